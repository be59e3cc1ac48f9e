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
    "aws_customer_gateway" => &ec2::customer_gateway::CustomerGateway,
    "aws_default_route_table" => &ec2::default_route_table::DefaultRouteTable,
    "aws_default_vpc" => &ec2::default_vpc::DefaultVpc,
    "aws_egress_only_internet_gateway" => &ec2::egress_only_internet_gateway::EgressOnlyInternetGateway,
    "aws_eip" => &ec2::eip::Eip,
    "aws_internet_gateway" => &ec2::internet_gateway::InternetGateway,
    "aws_main_route_table_association" => &ec2::main_route_table_association::MainRouteTableAssociation,
    "aws_nat_gateway" => &ec2::nat_gateway::NatGateway,
    "aws_route" => &ec2::route::Route,
    "aws_route_table" => &ec2::route_table::RouteTable,
    "aws_route_table_association" => &ec2::route_table_association::RouteTableAssociation,
    "aws_subnet" => &ec2::subnet::Subnet,
    "aws_vpc" => &ec2::vpc::Vpc,
    "aws_vpc_ipv4_cidr_block_association" => &ec2::vpc_ipv4_cidr_block_association::VpcIpv4CidrBlockAssociation,
    "aws_vpn_gateway" => &ec2::vpn_gateway::VpnGateway,
    "aws_vpn_gateway_attachment" => &ec2::vpn_gateway_attachment::VpnGatewayAttachment,
    "aws_vpn_gateway_route_propagation" => &ec2::vpn_gateway_route_propagation::VpnGatewayRoutePropagation,
});

by_name!(data_source -> DataSource, DATA_SOURCES, {
    "aws_availability_zones" => &ec2::availability_zones::AvailabilityZones,
    "aws_region" => &ec2::region::Region,
    "aws_route_table" => &ec2::route_table_data::RouteTable,
    "aws_route_tables" => &ec2::route_table_data::RouteTables,
});
