//! `aws_eks_cluster`: a Kubernetes cluster.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eks::operation::update_cluster_config::builders::UpdateClusterConfigFluentBuilder;
use aws_sdk_eks::types as sdk;
use smol_str::SmolStr;

use super::{
    PROPAGATION, Target, cluster_config, cluster_name_problems, found, gone, is_busy, is_early, issues, read_tags,
    step, tags_of, update_tags, wait_for_update, wait_until_gone,
};
use crate::lang::{Path, PathStep, Type, Value};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::cidr::{self, Cidr};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, list_block, object_of, optional, optional_computed, required, schema, string_set, tags, tags_all,
    timeouts,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;
use crate::syntax::Diagnostic;

/// The resource type `aws_eks_cluster`.
pub struct Cluster;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        1,
        [
            list_block(
                "access_config",
                [
                    optional_computed("authentication_mode", Type::String),
                    optional("bootstrap_cluster_creator_admin_permissions", Type::Bool).force_new(),
                ],
            )
            .max(1)
            .computed(),
            computed("arn", Type::String),
            optional("bootstrap_self_managed_addons", Type::Bool).force_new().default(true),
            computed("certificate_authority", Type::list(object_of([("data", Type::String)]))),
            computed("cluster_id", Type::String),
            list_block(
                "compute_config",
                [
                    optional("enabled", Type::Bool),
                    optional("node_pools", string_set()),
                    optional("node_role_arn", Type::String),
                ],
            )
            .max(1),
            computed("created_at", Type::String),
            optional("enabled_cluster_log_types", string_set()),
            list_block(
                "encryption_config",
                [
                    list_block("provider", [required("key_arn", Type::String)]).min(1).max(1),
                    required("resources", string_set()),
                ],
            )
            .max(1),
            computed("endpoint", Type::String),
            optional("force_update_version", Type::Bool),
            id(),
            computed("identity", Type::list(object_of([("oidc", Type::list(object_of([("issuer", Type::String)])))]))),
            list_block(
                "kubernetes_network_config",
                [
                    list_block("elastic_load_balancing", [optional("enabled", Type::Bool)]).max(1).computed(),
                    optional_computed("ip_family", Type::String).force_new(),
                    optional_computed("service_ipv4_cidr", Type::String).force_new(),
                    computed("service_ipv6_cidr", Type::String),
                ],
            )
            .max(1)
            .computed(),
            required("name", Type::String).force_new(),
            list_block(
                "outpost_config",
                [
                    required("control_plane_instance_type", Type::String).force_new(),
                    list_block("control_plane_placement", [required("group_name", Type::String).force_new()])
                        .max(1)
                        .force_new(),
                    required("outpost_arns", string_set()),
                ],
            )
            .max(1)
            .force_new(),
            computed("platform_version", Type::String),
            list_block(
                "remote_network_config",
                [
                    list_block("remote_node_networks", [optional("cidrs", string_set()).force_new()]).min(1).max(1),
                    list_block("remote_pod_networks", [optional("cidrs", string_set()).force_new()]).max(1).computed(),
                ],
            )
            .max(1)
            .force_new(),
            required("role_arn", Type::String).force_new(),
            computed("status", Type::String),
            list_block("storage_config", [list_block("block_storage", [optional("enabled", Type::Bool)]).max(1)])
                .max(1),
            tags(),
            tags_all(),
            timeouts(&["create", "delete", "update"]),
            list_block("upgrade_policy", [optional_computed("support_type", Type::String)]).max(1).computed(),
            optional_computed("version", Type::String),
            list_block(
                "vpc_config",
                [
                    computed("cluster_security_group_id", Type::String),
                    optional("endpoint_private_access", Type::Bool).default(false),
                    optional("endpoint_public_access", Type::Bool).default(true),
                    optional_computed("public_access_cidrs", string_set()),
                    optional("security_group_ids", string_set()),
                    required("subnet_ids", string_set()),
                    computed("vpc_id", Type::String),
                ],
            )
            .min(1)
            .max(1),
            list_block("zonal_shift_config", [optional("enabled", Type::Bool)]).max(1),
        ],
    )
});

/// Clusters by name, each by a request.
pub static CLUSTERS: Batch<sdk::Cluster> = Batch { size: 1, fetch: |aws, names| Box::pin(describe(aws, names)) };

async fn describe(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<sdk::Cluster>> {
    let Some(name) = names.first() else { return Ok(Found::new()) };
    let answer = aws.call("eks:DescribeCluster", || aws.eks.describe_cluster().name(name.as_str()).send()).await;
    found(name, answer.map(|answer| answer.cluster))
}

/// What EKS says of a role that it doesn't know yet, or not all of.
const EARLY: [&str; 5] = [
    "does not exist",
    "Error in role params",
    "Role could not be assumed because the trusted entity is not correct",
    "The provided role doesn't have the Amazon EKS Managed Policies associated with it",
    "IAM role's policy must include",
];

/// A deletion waits so long for what the cluster is doing.
const BUSY: Duration = Duration::from_secs(60 * 60);

fn health(cluster: sdk::Cluster) -> String {
    let found = cluster.health.and_then(|health| health.issues).unwrap_or_default();
    issues(found, |i| (i.code.map(|c| c.to_string()), i.message, i.resource_ids))
}

async fn wait_until_active(aws: &Aws, name: &str, operation: &Operation) -> Outcome<()> {
    wait_for(&format!("EKS cluster {name}"), operation.timeout, || async {
        let Some(cluster) = aws.load(&CLUSTERS, name).await? else { return Ok(Progress::Pending("missing".into())) };
        Ok(match cluster.status {
            Some(sdk::ClusterStatus::Active) => Progress::Done(()),
            Some(sdk::ClusterStatus::Failed) => Progress::Failed(format!("FAILED\n{}", health(cluster))),
            status => Progress::Pending(status.map_or_else(String::new, |s| s.to_string())),
        })
    })
    .await
}

/// Changes a setting, and waits until that is done: a cluster makes one change at a time, of one kind.
async fn update_config(
    aws: &Aws,
    name: &str,
    kind: &str,
    request: UpdateClusterConfigFluentBuilder,
    operation: &Operation,
) -> Outcome<()> {
    let request = request.name(name).client_request_token(step(operation, kind));
    let send = || aws.call("eks:UpdateClusterConfig", || request.clone().send());
    let update = retry_while(operation.timeout, is_busy, send).await?.update;
    wait_for_update(aws, name, Target::Cluster, update, operation).await
}

async fn update_version(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
    let request = aws
        .eks
        .update_cluster_version()
        .name(object.id())
        .version(object.str("version"))
        .set_force(object.bool("force_update_version").filter(|force| *force))
        .client_request_token(step(operation, "version"));
    let send = || aws.call("eks:UpdateClusterVersion", || request.clone().send());
    let update = retry_while(operation.timeout, is_busy, send).await?.update;
    wait_for_update(aws, object.id(), Target::Cluster, update, operation).await
}

async fn encrypt(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
    let request = aws
        .eks
        .associate_encryption_config()
        .cluster_name(object.id())
        .set_encryption_config(cluster_config::encryption(object))
        .client_request_token(step(operation, "encryption"));
    let send = || aws.call("eks:AssociateEncryptionConfig", || request.clone().send());
    let update = retry_while(operation.timeout, is_busy, send).await?.update;
    wait_for_update(aws, object.id(), Target::Cluster, update, operation).await
}

/// The changes of settings that are needed, in the order in which they are made, apart from those of the network.
fn config_updates(
    aws: &Aws,
    object: &Object,
    prior: &Object,
    names: &[&'static str],
) -> Vec<(&'static str, UpdateClusterConfigFluentBuilder)> {
    let request = || aws.eks.update_cluster_config();
    let update = |name: &'static str| match name {
        "access_config" => request().set_access_config(cluster_config::access_update(object)),
        "compute_config" => request()
            .set_compute_config(cluster_config::compute(object))
            .set_kubernetes_network_config(cluster_config::network(object))
            .set_storage_config(cluster_config::storage(object)),
        "enabled_cluster_log_types" => request().logging(cluster_config::logging(object)),
        "upgrade_policy" => request().set_upgrade_policy(cluster_config::upgrades(object)),
        _ => request().set_zonal_shift_config(cluster_config::zonal_shift(object)),
    };
    let is_changed = |name: &&'static str| match *name {
        "access_config" => object.differs(prior, name) && object.block_at(name).is_some(),
        "compute_config" => object.differs_in(prior, &AUTO_MODE),
        name => object.differs(prior, name),
    };
    names.iter().filter(|name| is_changed(name)).map(|name| (*name, update(name))).collect()
}

/// The changes of how the cluster is in its network.
fn vpc_updates(aws: &Aws, object: &Object, prior: &Object) -> Vec<(&'static str, UpdateClusterConfigFluentBuilder)> {
    let (Some(vpc), Some(before)) = (object.block_at("vpc_config"), prior.block_at("vpc_config")) else {
        return Vec::new();
    };
    let request = |config| aws.eks.update_cluster_config().resources_vpc_config(config);
    let builder = sdk::VpcConfigRequest::builder;
    let mut updates = Vec::new();
    if vpc.differs_in(&before, &["endpoint_private_access", "endpoint_public_access", "public_access_cidrs"]) {
        updates.push(("endpoints", request(cluster_config::endpoints(&vpc).build())));
    }
    if vpc.differs(&before, "subnet_ids") {
        let subnets = builder().set_subnet_ids(Some(vpc.texts("subnet_ids")));
        updates.push(("subnets", request(subnets.build())));
    }
    if vpc.differs(&before, "security_group_ids") {
        let groups = builder().set_security_group_ids(Some(vpc.texts("security_group_ids")));
        updates.push(("groups", request(groups.build())));
    }
    updates
}

/// What belongs to EKS's auto mode: all of it is on, or all off.
const AUTO_MODE: [&str; 3] = ["compute_config", "kubernetes_network_config", "storage_config"];

fn check_auto_mode(plan: &mut Planning<'_>) {
    if plan.prior.is_some_and(|prior| !plan.planned.differs_in(prior, &AUTO_MODE)) {
        return;
    }
    let is_on = |name, inner: Option<&str>| {
        let block = plan.planned.block_at(name);
        let block = if let Some(inner) = inner { block.and_then(|b| b.block_at(inner)) } else { block };
        block.is_some_and(|b| b.is("enabled"))
    };
    let computes = is_on("compute_config", None);
    let balances = is_on("kubernetes_network_config", Some("elastic_load_balancing"));
    if computes != balances || computes != is_on("storage_config", Some("block_storage")) {
        let problem = "compute_config.enabled, kubernetes_networking_config.elastic_load_balancing.enabled, and \
                       storage_config.block_storage.enabled must all be set to either true or false";
        plan.problems.push(Diagnostic::error(problem, ""));
    }
}

/// A role of nodes can be added, but not changed.
fn check_node_role(plan: &mut Planning<'_>) {
    let block = |object: &Object| object.block_at("compute_config");
    let (Some(before), Some(after)) = (plan.prior.and_then(block), block(plan.planned)) else { return };
    if !before.str("node_role_arn").is_empty() && before.differs(&after, "node_role_arn") {
        let steps = [PathStep::Attr("compute_config".into()), PathStep::Index(Value::int(0))];
        plan.replace.push(Path(steps.into_iter().chain([PathStep::Attr("node_role_arn".into())]).collect()));
    }
}

const CHECKS: Checks = &[
    ("name", Check::Text(cluster_name_problems)),
    ("access_config.authentication_mode", Check::Word(&["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"])),
    ("compute_config.node_pools", Check::OneOf(&["general-purpose", "system"])),
    ("compute_config.node_role_arn role_arn", Check::Arn),
    ("enabled_cluster_log_types", Check::Word(sdk::LogType::values())),
    ("encryption_config kubernetes_network_config remote_network_config", Check::Conflicts(&["outpost_config"])),
    ("encryption_config.resources", Check::OneOf(&["secrets"])),
    ("kubernetes_network_config.ip_family", Check::Word(&["ipv4", "ipv6"])),
    ("kubernetes_network_config.service_ipv4_cidr", Check::Text(service_range_problems)),
    ("outpost_config", Check::Conflicts(&["encryption_config", "kubernetes_network_config", "remote_network_config"])),
    (
        "remote_network_config.remote_node_networks.cidrs remote_network_config.remote_pod_networks.cidrs",
        Check::Ipv4Range,
    ),
    (
        "remote_network_config.remote_node_networks.cidrs remote_network_config.remote_pod_networks.cidrs",
        Check::Text(private_range_problems),
    ),
    ("upgrade_policy.support_type", Check::Word(&["STANDARD", "EXTENDED"])),
    ("vpc_config.public_access_cidrs", Check::AnyRange),
];

fn service_range_problems(path: &str, text: &str) -> Vec<String> {
    let problems = cidr::problems_of_network(path, text, 12..=24);
    problems.into_iter().chain(private_range_problems(path, text)).collect()
}

fn private_range_problems(path: &str, text: &str) -> Vec<String> {
    let is_private = text.parse().is_ok_and(|range: Cidr| matches!(range.address, IpAddr::V4(a) if a.is_private()));
    let problem = || format!("invalid value for {path} (must be within 10.0.0.0/8, 172.16.0.0/12, or 192.168.0.0/16)");
    if is_private { Vec::new() } else { vec![problem()] }
}

#[async_trait]
impl ResourceType for Cluster {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 30, update: 60, delete: 15, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        check_auto_mode(plan);
        check_node_role(plan);
        // Encryption is for good.
        let is_given_up = plan.planned.block_at("encryption_config").is_none() && plan.planned.has("encryption_config");
        if is_given_up && plan.prior.is_some_and(|prior| prior.block_at("encryption_config").is_some()) {
            plan.replace_for("encryption_config");
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let name = object.id().to_string();
        let Some(mut cluster) = aws.load(&CLUSTERS, &name).await? else { return Ok(Presence::Gone) };
        let access = object.block_at("access_config");
        let is_creator_admin = access.is_none_or(|a| a.is("bootstrap_cluster_creator_admin_permissions"));
        object.set("encryption_config", cluster_config::read_encryption(cluster.encryption_config.take()));
        object.set("bootstrap_self_managed_addons", object.is("bootstrap_self_managed_addons"));
        read_tags(aws, object, cluster.tags.take());
        cluster_config::read(object, cluster, is_creator_admin);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let name = object.str("name").to_string();
        let request = aws
            .eks
            .create_cluster()
            .client_request_token(operation.token.as_str())
            .name(&name)
            .role_arn(object.str("role_arn"))
            .set_version(object.text("version"))
            .bootstrap_self_managed_addons(object.is("bootstrap_self_managed_addons"))
            .set_access_config(cluster_config::access(object))
            .set_compute_config(cluster_config::compute(object))
            .set_encryption_config(cluster_config::encryption(object))
            .set_kubernetes_network_config(cluster_config::network(object))
            .logging(cluster_config::logging(object))
            .set_outpost_config(cluster_config::outpost(object)?)
            .set_remote_network_config(cluster_config::remote_networks(object))
            .set_resources_vpc_config(object.block_at("vpc_config").as_ref().map(cluster_config::vpc))
            .set_storage_config(cluster_config::storage(object))
            .set_tags(tags_of(object))
            .set_upgrade_policy(cluster_config::upgrades(object))
            .set_zonal_shift_config(cluster_config::zonal_shift(object));
        let send = || aws.call("eks:CreateCluster", || request.clone().send());
        retry_while(PROPAGATION, |f| is_early(f, &EARLY), send).await?;
        object.set("id", &name);
        wait_until_active(aws, &name, operation).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        let name = object.id().to_string();
        if object.differs(prior, "version") && object.has("version") {
            update_version(aws, object, operation).await?;
        }
        for (kind, request) in config_updates(aws, object, prior, &["access_config", "compute_config"]) {
            update_config(aws, &name, kind, request, operation).await?;
        }
        if prior.block_at("encryption_config").is_none() && object.block_at("encryption_config").is_some() {
            encrypt(aws, object, operation).await?;
        }
        let mut updates = config_updates(aws, object, prior, &["enabled_cluster_log_types", "upgrade_policy"]);
        updates.extend(vpc_updates(aws, object, prior));
        updates.extend(config_updates(aws, object, prior, &["zonal_shift_config"]));
        for (kind, request) in updates {
            update_config(aws, &name, kind, request, operation).await?;
        }
        update_tags(aws, prior.str("arn"), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let name = object.id();
        let send = || aws.call("eks:DeleteCluster", || aws.eks.delete_cluster().name(name).send());
        gone(retry_while(BUSY, is_busy, send).await)?;
        wait_until_gone(&format!("EKS cluster {name}"), operation.timeout, || async {
            let cluster = aws.load(&CLUSTERS, name).await?;
            Ok(cluster.map(|cluster| match cluster.status {
                Some(sdk::ClusterStatus::Failed) => Progress::Failed(format!("FAILED\n{}", health(cluster))),
                status => Progress::Pending(status.map_or_else(String::new, |s| s.to_string())),
            }))
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let name = object.str("name").to_string();
        if aws.load(&CLUSTERS, &name).await?.is_none() {
            return Ok(Presence::Gone);
        }
        if object.id().is_empty() {
            // If it is ours, the same request with the same token does nothing; otherwise EKS says that the name is taken.
            self.create(aws, object, operation).await?;
        } else {
            wait_until_active(aws, &name, operation).await?;
        }
        Ok(Presence::Found)
    }
}
