//! All resource types and data sources, by name: a line each.

use super::ec2;
use super::resource::{DataSource, ResourceType};

/// The resource type with a name.
#[must_use]
pub fn resource(kind: &str) -> Option<&'static dyn ResourceType> {
    Some(match kind {
        "aws_internet_gateway" => &ec2::internet_gateway::InternetGateway,
        "aws_subnet" => &ec2::subnet::Subnet,
        "aws_vpc" => &ec2::vpc::Vpc,
        _ => return None,
    })
}

/// The data source with a name.
#[must_use]
pub fn data_source(kind: &str) -> Option<&'static dyn DataSource> {
    Some(match kind {
        "aws_region" => &ec2::region::Region,
        _ => return None,
    })
}
