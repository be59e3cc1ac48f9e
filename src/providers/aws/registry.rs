//! All resource types and data sources, by name: a line each.

use super::resource::{DataSource, ResourceType};
use super::{ec2, eks, iam, kms, logs, meta, rds, ssm, sts};

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
        "aws_cloudwatch_log_group" => &logs::log_group::LogGroup,
        "aws_customer_gateway" => &ec2::customer_gateway::CustomerGateway,
        "aws_db_instance" => &rds::db_instance::DbInstance,
        "aws_db_option_group" => &rds::option_group::OptionGroup,
        "aws_db_parameter_group" => &rds::parameter_group::ParameterGroup,
        "aws_db_subnet_group" => &rds::subnet_group::SubnetGroup,
        "aws_default_network_acl" => &ec2::default_network_acl::DefaultNetworkAcl,
        "aws_default_route_table" => &ec2::default_route_table::DefaultRouteTable,
        "aws_default_security_group" => &ec2::default_security_group::DefaultSecurityGroup,
        "aws_default_vpc" => &ec2::default_vpc::DefaultVpc,
        "aws_ebs_volume" => &ec2::ebs_volume::EbsVolume,
        "aws_ec2_tag" => &ec2::tag::Ec2Tag,
        "aws_egress_only_internet_gateway" => &ec2::egress_only_internet_gateway::EgressOnlyInternetGateway,
        "aws_eip" => &ec2::eip::Eip,
        "aws_eks_access_entry" => &eks::access_entry::AccessEntry,
        "aws_eks_access_policy_association" => &eks::access_policy_association::AccessPolicyAssociation,
        "aws_eks_addon" => &eks::addon::Addon,
        "aws_eks_cluster" => &eks::cluster::Cluster,
        "aws_eks_fargate_profile" => &eks::fargate_profile::FargateProfile,
        "aws_eks_identity_provider_config" => &eks::identity_provider_config::IdentityProviderConfig,
        "aws_eks_node_group" => &eks::node_group::NodeGroup,
        "aws_eks_pod_identity_association" => &eks::pod_identity_association::PodIdentityAssociation,
        "aws_flow_log" => &ec2::flow_log::FlowLog,
        "aws_iam_instance_profile" => &iam::instance_profile::InstanceProfile,
        "aws_iam_openid_connect_provider" => &iam::openid_connect_provider::OpenIdConnectProvider,
        "aws_iam_policy" => &iam::policy::Policy,
        "aws_iam_role" => &iam::role::Role,
        "aws_iam_role_policy" => &iam::role_policy::RolePolicy,
        "aws_iam_role_policy_attachment" => &iam::role_policy_attachment::RolePolicyAttachment,
        "aws_instance" => &ec2::instance::Instance,
        "aws_internet_gateway" => &ec2::internet_gateway::InternetGateway,
        "aws_key_pair" => &ec2::key_pair::KeyPair,
        "aws_kms_alias" => &kms::alias::Alias,
        "aws_kms_key" => &kms::key::Key,
        "aws_launch_template" => &ec2::launch_template::LaunchTemplate,
        "aws_main_route_table_association" => &ec2::main_route_table_association::MainRouteTableAssociation,
        "aws_nat_gateway" => &ec2::nat_gateway::NatGateway,
        "aws_network_acl" => &ec2::network_acl::NetworkAcl,
        "aws_network_acl_rule" => &ec2::network_acl_rule::NetworkAclRule,
        "aws_network_interface" => &ec2::network_interface::NetworkInterface,
        "aws_placement_group" => &ec2::placement_group::PlacementGroup,
        "aws_rds_cluster" => &rds::cluster::Cluster,
        "aws_rds_cluster_instance" => &rds::cluster_instance::ClusterInstance,
        "aws_rds_cluster_parameter_group" => &rds::cluster_parameter_group::ClusterParameterGroup,
        "aws_route" => &ec2::route::Route,
        "aws_route_table" => &ec2::route_table::RouteTable,
        "aws_route_table_association" => &ec2::route_table_association::RouteTableAssociation,
        "aws_security_group" => &ec2::security_group::SecurityGroup,
        "aws_security_group_rule" => &ec2::security_group_rule::SecurityGroupRule,
        "aws_subnet" => &ec2::subnet::Subnet,
        "aws_volume_attachment" => &ec2::volume_attachment::VolumeAttachment,
        "aws_vpc" => &ec2::vpc::Vpc,
        "aws_vpc_dhcp_options" => &ec2::vpc_dhcp_options::VpcDhcpOptions,
        "aws_vpc_dhcp_options_association" => &ec2::vpc_dhcp_options_association::VpcDhcpOptionsAssociation,
        "aws_vpc_endpoint" => &ec2::vpc_endpoint::VpcEndpoint,
        "aws_vpc_ipv4_cidr_block_association" => &ec2::vpc_ipv4_cidr_block_association::VpcIpv4CidrBlockAssociation,
        "aws_vpc_peering_connection" => &ec2::vpc_peering_connection::VpcPeeringConnection,
        "aws_vpc_peering_connection_accepter" => &ec2::vpc_peering_connection_accepter::VpcPeeringConnectionAccepter,
        "aws_vpc_peering_connection_options" => &ec2::vpc_peering_connection_options::VpcPeeringConnectionOptions,
        "aws_vpc_security_group_egress_rule" => &ec2::vpc_security_group_rule::EGRESS,
        "aws_vpc_security_group_ingress_rule" => &ec2::vpc_security_group_rule::INGRESS,
        "aws_vpn_gateway" => &ec2::vpn_gateway::VpnGateway,
        "aws_vpn_gateway_attachment" => &ec2::vpn_gateway_attachment::VpnGatewayAttachment,
        "aws_vpn_gateway_route_propagation" => &ec2::vpn_gateway_route_propagation::VpnGatewayRoutePropagation,
});

by_name!(data_source -> DataSource, DATA_SOURCES, {
        "aws_ami" => &ec2::ami::Ami,
        "aws_availability_zones" => &ec2::availability_zones::AvailabilityZones,
        "aws_caller_identity" => &sts::caller_identity::CallerIdentity,
        "aws_db_instance" => &rds::db_instance::DbInstanceData,
        "aws_default_tags" => &meta::default_tags::DefaultTags,
        "aws_ec2_instance_type" => &ec2::instance_type::InstanceType,
        "aws_ec2_instance_types" => &ec2::instance_types::InstanceTypes,
        "aws_eks_addon_version" => &eks::addon_version_data::AddonVersion,
        "aws_eks_cluster" => &eks::cluster_data::ClusterData,
        "aws_eks_cluster_auth" => &eks::cluster_auth_data::ClusterAuth,
        "aws_iam_policy_document" => &iam::policy_document::PolicyDocument,
        "aws_iam_role" => &iam::role_data::Role,
        "aws_iam_session_context" => &iam::session_context::SessionContext,
        "aws_instance" => &ec2::instance::data::Instance,
        "aws_instances" => &ec2::instances::Instances,
        "aws_partition" => &meta::partition::Partition,
        "aws_region" => &meta::region::Region,
        "aws_route_table" => &ec2::route_table_data::RouteTable,
        "aws_route_tables" => &ec2::route_table_data::RouteTables,
        "aws_security_group" => &ec2::security_group_data::SecurityGroupData,
        "aws_ssm_parameter" => &ssm::parameter_data::Parameter,
        "aws_subnet" => &ec2::subnet_data::Subnet,
        "aws_subnets" => &ec2::subnet_data::Subnets,
        "aws_vpc" => &ec2::vpc_data::Vpc,
        "aws_vpcs" => &ec2::vpc_data::Vpcs,
});
