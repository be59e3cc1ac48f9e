//! All resource types and data sources, by name: a line each.

use super::resource::{DataSource, ResourceType};
use super::{ec2, rds};

/// The resource type with a name.
#[must_use]
pub fn resource(kind: &str) -> Option<&'static dyn ResourceType> {
    Some(match kind {
        "aws_db_instance" => &rds::db_instance::DbInstance,
        "aws_db_option_group" => &rds::option_group::OptionGroup,
        "aws_db_parameter_group" => &rds::parameter_group::ParameterGroup,
        "aws_db_subnet_group" => &rds::subnet_group::SubnetGroup,
        "aws_internet_gateway" => &ec2::internet_gateway::InternetGateway,
        "aws_rds_cluster" => &rds::cluster::Cluster,
        "aws_rds_cluster_instance" => &rds::cluster_instance::ClusterInstance,
        "aws_rds_cluster_parameter_group" => &rds::cluster_parameter_group::ClusterParameterGroup,
        "aws_subnet" => &ec2::subnet::Subnet,
        "aws_vpc" => &ec2::vpc::Vpc,
        _ => return None,
    })
}

/// The data source with a name.
#[must_use]
pub fn data_source(kind: &str) -> Option<&'static dyn DataSource> {
    Some(match kind {
        "aws_db_instance" => &rds::db_instance::DbInstanceData,
/// A function that finds something by name, and the names that it knows.
macro_rules! by_name {
    ($find:ident -> $kind:ident, $names:ident, { $($name:literal => $found:expr,)* }) => {
        /// What has a name.
        #[must_use]
        pub fn $find(name: &str) -> Option<&'static dyn $kind> {
            Some(match name {
                $($name => $found,)*
                _ => return None,
            })
        }

        /// The names of all.
        pub const $names: &[&str] = &[$($name),*];
    };
}

by_name!(resource -> ResourceType, RESOURCES, {
        "aws_default_network_acl" => &ec2::default_network_acl::DefaultNetworkAcl,
        "aws_default_security_group" => &ec2::default_security_group::DefaultSecurityGroup,
        "aws_internet_gateway" => &ec2::internet_gateway::InternetGateway,
        "aws_network_acl" => &ec2::network_acl::NetworkAcl,
        "aws_network_acl_rule" => &ec2::network_acl_rule::NetworkAclRule,
        "aws_security_group" => &ec2::security_group::SecurityGroup,
        "aws_security_group_rule" => &ec2::security_group_rule::SecurityGroupRule,
        "aws_subnet" => &ec2::subnet::Subnet,
        "aws_vpc" => &ec2::vpc::Vpc,
        "aws_vpc_security_group_egress_rule" => &ec2::vpc_security_group_rule::EGRESS,
        "aws_vpc_security_group_ingress_rule" => &ec2::vpc_security_group_rule::INGRESS,
});

by_name!(data_source -> DataSource, DATA_SOURCES, {
        "aws_region" => &ec2::region::Region,
        "aws_security_group" => &ec2::security_group_data::SecurityGroupData,
});
