//! All resource types and data sources, by name: a line each.

use super::resource::{DataSource, ResourceType};
use super::{ec2, eks, kms, logs, ssm};

/// The resource type with a name.
#[must_use]
pub fn resource(kind: &str) -> Option<&'static dyn ResourceType> {
    Some(match kind {
        "aws_cloudwatch_log_group" => &logs::log_group::LogGroup,
        "aws_eks_access_entry" => &eks::access_entry::AccessEntry,
        "aws_eks_access_policy_association" => &eks::access_policy_association::AccessPolicyAssociation,
        "aws_eks_addon" => &eks::addon::Addon,
        "aws_eks_cluster" => &eks::cluster::Cluster,
        "aws_eks_fargate_profile" => &eks::fargate_profile::FargateProfile,
        "aws_eks_identity_provider_config" => &eks::identity_provider_config::IdentityProviderConfig,
        "aws_eks_node_group" => &eks::node_group::NodeGroup,
        "aws_eks_pod_identity_association" => &eks::pod_identity_association::PodIdentityAssociation,
        "aws_internet_gateway" => &ec2::internet_gateway::InternetGateway,
        "aws_kms_alias" => &kms::alias::Alias,
        "aws_kms_key" => &kms::key::Key,
        "aws_subnet" => &ec2::subnet::Subnet,
        "aws_vpc" => &ec2::vpc::Vpc,
        _ => return None,
    })
}

/// The data source with a name.
#[must_use]
pub fn data_source(kind: &str) -> Option<&'static dyn DataSource> {
    Some(match kind {
        "aws_eks_addon_version" => &eks::addon_version_data::AddonVersion,
        "aws_eks_cluster" => &eks::cluster_data::ClusterData,
        "aws_eks_cluster_auth" => &eks::cluster_auth_data::ClusterAuth,
        "aws_region" => &ec2::region::Region,
        "aws_ssm_parameter" => &ssm::parameter_data::Parameter,
        _ => return None,
    })
}
