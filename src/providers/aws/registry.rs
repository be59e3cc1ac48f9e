//! All resource types and data sources, by name: a line each.

use super::ec2;
use super::resource::{DataSource, ResourceType};

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
