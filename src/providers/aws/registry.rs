//! All resource types and data sources, by name: a line each.

use super::ec2;
use super::resource::{DataSource, ResourceType};

/// The resource type with a name.
#[must_use]
pub fn resource(kind: &str) -> Option<&'static dyn ResourceType> {
    Some(match kind {
        "aws_ec2_tag" => &ec2::tag::Ec2Tag,
        "aws_flow_log" => &ec2::flow_log::FlowLog,
        "aws_internet_gateway" => &ec2::internet_gateway::InternetGateway,
        "aws_network_interface" => &ec2::network_interface::NetworkInterface,
        "aws_subnet" => &ec2::subnet::Subnet,
        "aws_vpc" => &ec2::vpc::Vpc,
        "aws_vpc_dhcp_options" => &ec2::vpc_dhcp_options::VpcDhcpOptions,
        "aws_vpc_dhcp_options_association" => &ec2::vpc_dhcp_options_association::VpcDhcpOptionsAssociation,
        "aws_vpc_endpoint" => &ec2::vpc_endpoint::VpcEndpoint,
        "aws_vpc_peering_connection" => &ec2::vpc_peering_connection::VpcPeeringConnection,
        "aws_vpc_peering_connection_accepter" => &ec2::vpc_peering_connection_accepter::VpcPeeringConnectionAccepter,
        "aws_vpc_peering_connection_options" => &ec2::vpc_peering_connection_options::VpcPeeringConnectionOptions,
        _ => return None,
    })
}

/// The data source with a name.
#[must_use]
pub fn data_source(kind: &str) -> Option<&'static dyn DataSource> {
    Some(match kind {
        "aws_region" => &ec2::region::Region,
        "aws_subnet" => &ec2::subnet_data::Subnet,
        "aws_subnets" => &ec2::subnet_data::Subnets,
        "aws_vpc" => &ec2::vpc_data::Vpc,
        "aws_vpcs" => &ec2::vpc_data::Vpcs,
        _ => return None,
    })
}
