//! The settings of a cluster: how requests have them, and how answers become blocks.

use aws_sdk_eks::types as sdk;

use super::time;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;

/// That EKS's own type for a request has been left without something: the schema doesn't allow that.
fn incomplete(error: impl std::error::Error) -> Failure {
    Failure::new(error.to_string())
}

pub fn access(object: &Object) -> Option<sdk::CreateAccessConfigRequest> {
    let block = object.block_at("access_config")?;
    let request = sdk::CreateAccessConfigRequest::builder()
        .set_authentication_mode(block.word("authentication_mode"))
        .bootstrap_cluster_creator_admin_permissions(block.is("bootstrap_cluster_creator_admin_permissions"));
    Some(request.build())
}

pub fn access_update(object: &Object) -> Option<sdk::UpdateAccessConfigRequest> {
    let mode = object.block_at("access_config")?.word("authentication_mode");
    Some(sdk::UpdateAccessConfigRequest::builder().set_authentication_mode(mode).build())
}

pub fn compute(object: &Object) -> Option<sdk::ComputeConfigRequest> {
    let block = object.block_at("compute_config")?;
    let request = sdk::ComputeConfigRequest::builder()
        .enabled(block.is("enabled"))
        .set_node_pools(block.some_texts("node_pools"))
        .set_node_role_arn(block.text("node_role_arn"));
    Some(request.build())
}

pub fn encryption(object: &Object) -> Option<Vec<sdk::EncryptionConfig>> {
    let one = |block: Object| {
        let key = block.block_at("provider").and_then(|p| p.text("key_arn"));
        #[allow(deprecated)]
        let config = sdk::EncryptionConfig::builder().set_resources(block.some_texts("resources"));
        config.provider(sdk::Provider::builder().set_key_arn(key).build()).build()
    };
    Some(object.blocks("encryption_config").into_iter().map(one).collect()).filter(|c: &Vec<_>| !c.is_empty())
}

/// What is to be logged and what isn't: both have to be said.
pub fn logging(object: &Object) -> sdk::Logging {
    let enabled = object.texts("enabled_cluster_log_types");
    let all = sdk::LogType::values().iter().map(ToString::to_string);
    let disabled: Vec<String> = all.filter(|kind| !enabled.contains(kind)).collect();
    let setup = |is_on, kinds: &[String]| {
        let kinds = kinds.iter().map(|kind| kind.as_str().into()).collect();
        sdk::LogSetup::builder().enabled(is_on).set_types(Some(kinds)).build()
    };
    sdk::Logging::builder().cluster_logging(setup(true, &enabled)).cluster_logging(setup(false, &disabled)).build()
}

pub fn network(object: &Object) -> Option<sdk::KubernetesNetworkConfigRequest> {
    let block = object.block_at("kubernetes_network_config")?;
    let balancing = block.block_at("elastic_load_balancing");
    let balancing = balancing.map(|b| sdk::ElasticLoadBalancing::builder().enabled(b.is("enabled")).build());
    let request = sdk::KubernetesNetworkConfigRequest::builder()
        .set_elastic_load_balancing(balancing)
        .set_ip_family(block.word("ip_family"))
        .set_service_ipv4_cidr(block.text("service_ipv4_cidr"));
    Some(request.build())
}

pub fn outpost(object: &Object) -> Outcome<Option<sdk::OutpostConfigRequest>> {
    let Some(block) = object.block_at("outpost_config") else { return Ok(None) };
    let group = block.block_at("control_plane_placement").map(|p| p.text("group_name"));
    let placement = group.map(|group| sdk::ControlPlanePlacementRequest::builder().set_group_name(group).build());
    let request = sdk::OutpostConfigRequest::builder()
        .set_control_plane_instance_type(block.text("control_plane_instance_type"))
        .set_control_plane_placement(placement)
        .set_outpost_arns(Some(block.texts("outpost_arns")));
    request.build().map(Some).map_err(incomplete)
}

pub fn remote_networks(object: &Object) -> Option<sdk::RemoteNetworkConfigRequest> {
    let block = object.block_at("remote_network_config")?;
    let ranges = |name| block.blocks(name).into_iter().map(|b: Object| b.texts("cidrs"));
    let nodes = ranges("remote_node_networks").map(|c| sdk::RemoteNodeNetwork::builder().set_cidrs(Some(c)).build());
    let pods = ranges("remote_pod_networks").map(|c| sdk::RemotePodNetwork::builder().set_cidrs(Some(c)).build());
    let pods = Some(pods.collect()).filter(|pods: &Vec<_>| !pods.is_empty());
    let request = sdk::RemoteNetworkConfigRequest::builder().set_remote_node_networks(Some(nodes.collect()));
    Some(request.set_remote_pod_networks(pods).build())
}

pub fn storage(object: &Object) -> Option<sdk::StorageConfigRequest> {
    let block = object.block_at("storage_config")?.block_at("block_storage");
    let block = block.map(|b| sdk::BlockStorage::builder().enabled(b.is("enabled")).build());
    Some(sdk::StorageConfigRequest::builder().set_block_storage(block).build())
}

pub fn upgrades(object: &Object) -> Option<sdk::UpgradePolicyRequest> {
    let kind = object.block_at("upgrade_policy")?.word("support_type");
    Some(sdk::UpgradePolicyRequest::builder().set_support_type(kind).build())
}

pub fn vpc(block: &Object) -> sdk::VpcConfigRequest {
    let request = endpoints(block).set_security_group_ids(Some(block.texts("security_group_ids")));
    request.set_subnet_ids(Some(block.texts("subnet_ids"))).build()
}

/// How the cluster's API is reached.
pub fn endpoints(block: &Object) -> sdk::builders::VpcConfigRequestBuilder {
    sdk::VpcConfigRequest::builder()
        .endpoint_private_access(block.is("endpoint_private_access"))
        .endpoint_public_access(block.is("endpoint_public_access"))
        .set_public_access_cidrs(block.some_texts("public_access_cidrs"))
}

pub fn zonal_shift(object: &Object) -> Option<sdk::ZonalShiftConfigRequest> {
    let block = object.block_at("zonal_shift_config")?;
    Some(sdk::ZonalShiftConfigRequest::builder().enabled(block.is("enabled")).build())
}

/// Puts into an object what the resource and the data source both have. EKS doesn't say whether the creator was made an
/// administrator.
pub fn read(object: &mut Object, cluster: sdk::Cluster, is_creator_admin: bool) {
    let is_on = |name, enabled: Option<bool>| Object::block().with(name, enabled);
    let access = cluster.access_config.map(|access| {
        Object::block()
            .with("authentication_mode", access.authentication_mode.map(|m| m.to_string()))
            .with("bootstrap_cluster_creator_admin_permissions", is_creator_admin)
    });
    object.set("access_config", one(access));
    object.set("arn", cluster.arn);
    object.set("certificate_authority", one(cluster.certificate_authority.map(|c| is_text("data", c.data))));
    if cluster.outpost_config.is_some() {
        object.set("cluster_id", cluster.id);
    }
    object.set("compute_config", one(cluster.compute_config.map(read_compute)));
    object.set("created_at", time(cluster.created_at));
    object.set("enabled_cluster_log_types", cluster.logging.map(enabled_logs));
    object.set("endpoint", cluster.endpoint);
    let issuer = |oidc: sdk::Oidc| is_text("issuer", oidc.issuer);
    let identity = cluster.identity.map(|i| Object::block().with("oidc", one(i.oidc.map(issuer))));
    object.set("identity", one(identity));
    object.set("kubernetes_network_config", one(cluster.kubernetes_network_config.map(read_network)));
    object.set("name", cluster.name);
    object.set("outpost_config", one(cluster.outpost_config.map(read_outpost)));
    object.set("platform_version", cluster.platform_version);
    object.set("remote_network_config", one(cluster.remote_network_config.map(read_remote_networks)));
    object.set("role_arn", cluster.role_arn);
    object.set("status", cluster.status.map(|s| s.to_string()));
    let storage = cluster.storage_config.map(|storage| {
        let block = storage.block_storage.map(|b| is_on("enabled", b.enabled));
        Object::block().with("block_storage", one(block))
    });
    object.set("storage_config", one(storage));
    let kind = |policy: sdk::UpgradePolicyResponse| policy.support_type.map(|t| t.to_string());
    object.set("upgrade_policy", one(cluster.upgrade_policy.map(|policy| is_text("support_type", kind(policy)))));
    object.set("version", cluster.version);
    object.set("vpc_config", one(cluster.resources_vpc_config.map(read_vpc)));
    object.set("zonal_shift_config", one(cluster.zonal_shift_config.map(|z| is_on("enabled", z.enabled))));
}

/// A list of a block, or of none.
fn one(block: Option<Object>) -> Vec<Object> {
    block.into_iter().collect()
}

fn is_text(name: &'static str, text: Option<String>) -> Object {
    Object::block().with(name, text)
}

fn read_compute(compute: sdk::ComputeConfigResponse) -> Object {
    Object::block()
        .with("enabled", compute.enabled)
        .with("node_pools", compute.node_pools)
        .with("node_role_arn", compute.node_role_arn)
}

fn enabled_logs(logging: sdk::Logging) -> Vec<String> {
    let enabled = logging.cluster_logging.unwrap_or_default().into_iter().filter(|setup| setup.enabled == Some(true));
    enabled.flat_map(|setup| setup.types.unwrap_or_default()).map(|kind| kind.to_string()).collect()
}

/// The blocks for encryption.
pub fn read_encryption(configs: Option<Vec<sdk::EncryptionConfig>>) -> Vec<Object> {
    let one_of = |config: sdk::EncryptionConfig| {
        let provider = config.provider.map(|provider| is_text("key_arn", provider.key_arn));
        #[allow(deprecated)]
        Object::block().with("provider", one(provider)).with("resources", config.resources)
    };
    configs.unwrap_or_default().into_iter().map(one_of).collect()
}

fn read_network(network: sdk::KubernetesNetworkConfigResponse) -> Object {
    let balancing = network.elastic_load_balancing.map(|b| Object::block().with("enabled", b.enabled));
    Object::block()
        .with("elastic_load_balancing", one(balancing))
        .with("ip_family", network.ip_family.map(|f| f.to_string()))
        .with("service_ipv4_cidr", network.service_ipv4_cidr)
        .with("service_ipv6_cidr", network.service_ipv6_cidr)
}

fn read_outpost(outpost: sdk::OutpostConfigResponse) -> Object {
    let placement = outpost.control_plane_placement.map(|p| is_text("group_name", p.group_name));
    Object::block()
        .with("control_plane_instance_type", outpost.control_plane_instance_type)
        .with("control_plane_placement", one(placement))
        .with("outpost_arns", outpost.outpost_arns)
}

fn read_remote_networks(remote: sdk::RemoteNetworkConfigResponse) -> Object {
    let cidrs = |cidrs: Option<Vec<String>>| Object::block().with("cidrs", cidrs);
    let nodes: Vec<Object> =
        remote.remote_node_networks.unwrap_or_default().into_iter().map(|n| cidrs(n.cidrs)).collect();
    let pods: Vec<Object> =
        remote.remote_pod_networks.unwrap_or_default().into_iter().map(|n| cidrs(n.cidrs)).collect();
    Object::block().with("remote_node_networks", nodes).with("remote_pod_networks", pods)
}

fn read_vpc(vpc: sdk::VpcConfigResponse) -> Object {
    Object::block()
        .with("cluster_security_group_id", vpc.cluster_security_group_id)
        .with("endpoint_private_access", vpc.endpoint_private_access)
        .with("endpoint_public_access", vpc.endpoint_public_access)
        .with("public_access_cidrs", vpc.public_access_cidrs)
        .with("security_group_ids", vpc.security_group_ids)
        .with("subnet_ids", vpc.subnet_ids)
        .with("vpc_id", vpc.vpc_id)
}
