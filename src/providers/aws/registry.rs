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
        "aws_region" => &ec2::region::Region,
        _ => return None,
    })
}
