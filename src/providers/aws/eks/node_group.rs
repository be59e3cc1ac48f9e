//! `aws_eks_node_group`: nodes of a cluster that EKS looks after.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_eks::types as sdk;
use smol_str::SmolStr;

use super::{
    Target, cluster_name_problems, found, gone, is_busy, issues, parts, read_tags, some_map, step, tags_of,
    update_tags, wait_for_update, wait_until_gone,
};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::ec2::launch_template;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, list_block, object_of, optional, optional_computed, required, schema, set_block, string_map,
    string_set, strings, tags, tags_all, timeouts,
};
use crate::providers::aws::tags;
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_eks_node_group`.
pub struct NodeGroup;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional_computed("ami_type", Type::String).force_new(),
            computed("arn", Type::String),
            optional_computed("capacity_type", Type::String).force_new(),
            required("cluster_name", Type::String).force_new(),
            optional_computed("disk_size", Type::Number).force_new(),
            optional("force_update_version", Type::Bool),
            id(),
            optional_computed("instance_types", strings()).force_new(),
            optional("labels", string_map()),
            list_block(
                "launch_template",
                [
                    optional_computed("id", Type::String).force_new(),
                    optional_computed("name", Type::String).force_new(),
                    required("version", Type::String),
                ],
            )
            .max(1),
            optional_computed("node_group_name", Type::String).force_new(),
            optional_computed("node_group_name_prefix", Type::String).force_new(),
            list_block("node_repair_config", [optional("enabled", Type::Bool).default(false)]).max(1).computed(),
            required("node_role_arn", Type::String).force_new(),
            optional_computed("release_version", Type::String),
            list_block(
                "remote_access",
                [
                    optional("ec2_ssh_key", Type::String).force_new(),
                    optional("source_security_group_ids", string_set()).force_new(),
                ],
            )
            .max(1)
            .force_new(),
            computed(
                "resources",
                Type::list(object_of([
                    ("autoscaling_groups", Type::list(object_of([("name", Type::String)]))),
                    ("remote_access_security_group_id", Type::String),
                ])),
            ),
            list_block(
                "scaling_config",
                [
                    required("desired_size", Type::Number),
                    required("max_size", Type::Number),
                    required("min_size", Type::Number),
                ],
            )
            .min(1)
            .max(1),
            computed("status", Type::String),
            required("subnet_ids", string_set()).force_new(),
            tags(),
            tags_all(),
            set_block(
                "taint",
                [required("effect", Type::String), required("key", Type::String), optional("value", Type::String)],
            )
            .max(50),
            timeouts(&["create", "delete", "update"]),
            list_block(
                "update_config",
                [optional("max_unavailable", Type::Number), optional("max_unavailable_percentage", Type::Number)],
            )
            .max(1)
            .computed(),
            optional_computed("version", Type::String),
        ],
    )
});

/// Groups by id, each by a request.
static GROUPS: Batch<sdk::Nodegroup> = Batch { size: 1, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::Nodegroup>> {
    let Some(id) = ids.first() else { return Ok(Found::new()) };
    let [cluster, name] = names(id)?;
    let request = aws.eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(name);
    let answer = aws.call("eks:DescribeNodegroup", || request.clone().send()).await;
    found(id, answer.map(|answer| answer.nodegroup))
}

/// The names of the cluster and of the group.
fn names(id: &str) -> Outcome<[&str; 2]> {
    parts(id, ':', "cluster-name:node-group-name")
}

fn status(group: Option<sdk::Nodegroup>) -> Option<Progress<()>> {
    let group = group?;
    let failure = |status: &str| {
        let found = group.health.and_then(|health| health.issues).unwrap_or_default();
        let issues = issues(found, |i| (i.code.map(|c| c.to_string()), i.message, i.resource_ids));
        Progress::Failed(format!("{status}\n{issues}"))
    };
    Some(match group.status {
        Some(sdk::NodegroupStatus::Active) => Progress::Done(()),
        Some(status @ (sdk::NodegroupStatus::CreateFailed | sdk::NodegroupStatus::DeleteFailed)) => {
            failure(status.as_str())
        }
        status => Progress::Pending(status.map_or_else(String::new, |s| s.to_string())),
    })
}

fn launch_template(object: &Object) -> Option<sdk::LaunchTemplateSpecification> {
    let block = object.block_at("launch_template")?;
    let template = sdk::LaunchTemplateSpecification::builder()
        .set_id(block.text("id"))
        .set_name(block.text("name"))
        .set_version(block.text("version"));
    Some(template.build())
}

/// The template to change to. EKS takes its id or its name, not both: the one that changes.
fn other_launch_template(object: &Object, prior: &Object) -> Option<sdk::LaunchTemplateSpecification> {
    let mut template = launch_template(object)?;
    let before = launch_template(prior);
    if template.id.is_some() && template.name.is_some() {
        if before.as_ref().is_some_and(|before| before.name == template.name) {
            template.name = None;
        } else if before.is_some_and(|before| before.id == template.id) {
            template.id = None;
        }
    }
    Some(template)
}

fn remote_access(object: &Object) -> Option<sdk::RemoteAccessConfig> {
    let block = object.block_at("remote_access")?;
    let access = sdk::RemoteAccessConfig::builder()
        .set_ec2_ssh_key(block.text("ec2_ssh_key"))
        .set_source_security_groups(block.some_texts("source_security_group_ids"));
    Some(access.build())
}

fn repair(object: &Object) -> Option<sdk::NodeRepairConfig> {
    let block = object.block_at("node_repair_config")?;
    Some(sdk::NodeRepairConfig::builder().enabled(block.is("enabled")).build())
}

fn scaling(object: &Object) -> Option<sdk::NodegroupScalingConfig> {
    let block = object.block_at("scaling_config")?;
    let scaling = sdk::NodegroupScalingConfig::builder()
        .set_desired_size(block.int32("desired_size"))
        .set_max_size(block.nonzero("max_size"))
        .set_min_size(block.int32("min_size"));
    Some(scaling.build())
}

fn update_mode(object: &Object) -> Option<sdk::NodegroupUpdateConfig> {
    let block = object.block_at("update_config")?;
    let mode = sdk::NodegroupUpdateConfig::builder()
        .set_max_unavailable(block.nonzero("max_unavailable"))
        .set_max_unavailable_percentage(block.nonzero("max_unavailable_percentage"));
    Some(mode.build())
}

fn taints(object: &Object) -> Vec<sdk::Taint> {
    let taint = |block: Object| {
        let taint = sdk::Taint::builder().key(block.str("key")).value(block.str("value"));
        taint.set_effect(block.word("effect")).build()
    };
    object.blocks("taint").into_iter().map(taint).collect()
}

/// A taint is known by its key and its effect.
fn taint_changes(object: &Object, prior: &Object) -> Option<sdk::UpdateTaintsPayload> {
    let (before, after) = (taints(prior), taints(object));
    let is_kept = |old: &sdk::Taint| after.iter().any(|new| new.key == old.key && new.effect == old.effect);
    let removed: Vec<sdk::Taint> = before.iter().filter(|old| !is_kept(old)).cloned().collect();
    let set: Vec<sdk::Taint> = after.iter().filter(|new| !before.contains(new)).cloned().collect();
    let some = |taints: Vec<sdk::Taint>| Some(taints).filter(|taints| !taints.is_empty());
    let is_changed = !removed.is_empty() || !set.is_empty();
    let changes = sdk::UpdateTaintsPayload::builder();
    is_changed.then(|| changes.set_remove_taints(some(removed)).set_add_or_update_taints(some(set)).build())
}

fn label_changes(object: &Object, prior: &Object) -> Option<sdk::UpdateLabelsPayload> {
    let (set, removed) = tags::changes(&prior.map("labels"), &object.map("labels"));
    let is_changed = !removed.is_empty() || !set.is_empty();
    let changes = sdk::UpdateLabelsPayload::builder()
        .set_add_or_update_labels(some_map(set))
        .set_remove_labels(Some(removed).filter(|removed| !removed.is_empty()));
    is_changed.then(|| changes.build())
}

async fn update_version(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    let [cluster, name] = names(object.id())?;
    let changed = |attribute| object.text(attribute).filter(|_| object.differs(prior, attribute));
    let request = aws
        .eks
        .update_nodegroup_version()
        .client_request_token(step(operation, "version"))
        .cluster_name(cluster)
        .nodegroup_name(name)
        .set_force(object.bool("force_update_version").filter(|force| *force))
        .set_launch_template(other_launch_template(object, prior))
        .set_release_version(changed("release_version"))
        .set_version(changed("version"));
    let send = || aws.call("eks:UpdateNodegroupVersion", || request.clone().send());
    let update = retry_while(operation.timeout, is_busy, send).await?.update;
    wait_for_update(aws, cluster, Target::NodeGroup(name), update, operation).await
}

async fn update_config(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    let [cluster, name] = names(object.id())?;
    let changes = |attribute| object.differs(prior, attribute);
    let request = aws
        .eks
        .update_nodegroup_config()
        .client_request_token(step(operation, "config"))
        .cluster_name(cluster)
        .nodegroup_name(name)
        .set_labels(label_changes(object, prior))
        .set_taints(taint_changes(object, prior))
        .set_node_repair_config(repair(object).filter(|_| changes("node_repair_config")))
        .set_scaling_config(scaling(object).filter(|_| changes("scaling_config")))
        .set_update_config(update_mode(object).filter(|_| changes("update_config")));
    let send = || aws.call("eks:UpdateNodegroupConfig", || request.clone().send());
    let update = retry_while(operation.timeout, is_busy, send).await?.update;
    wait_for_update(aws, cluster, Target::NodeGroup(name), update, operation).await
}

fn read_blocks(object: &mut Object, group: &sdk::Nodegroup) {
    let one = |block: Option<Object>| block.into_iter().collect::<Vec<_>>();
    let template = group.launch_template.as_ref().map(|template| {
        let block = Object::block().with("id", template.id.clone()).with("name", template.name.clone());
        block.with("version", template.version.clone())
    });
    object.set("launch_template", one(template));
    let repair = group.node_repair_config.as_ref().map(|repair| Object::block().with("enabled", repair.enabled));
    object.set("node_repair_config", one(repair));
    let access = group.remote_access.as_ref().map(|access| {
        let block = Object::block().with("ec2_ssh_key", access.ec2_ssh_key.clone());
        block.with("source_security_group_ids", access.source_security_groups.clone())
    });
    object.set("remote_access", one(access));
    let resources = group.resources.as_ref().map(|resources| {
        let groups = resources.auto_scaling_groups.iter().flatten();
        let groups: Vec<Object> = groups.map(|group| Object::block().with("name", group.name.clone())).collect();
        let block = Object::block().with("autoscaling_groups", groups);
        block.with("remote_access_security_group_id", resources.remote_access_security_group.clone())
    });
    object.set("resources", one(resources));
    let scaling = group.scaling_config.as_ref().map(|scaling| {
        let block = Object::block().with("desired_size", scaling.desired_size);
        block.with("max_size", scaling.max_size).with("min_size", scaling.min_size)
    });
    object.set("scaling_config", one(scaling));
    let taint = |taint: &sdk::Taint| {
        let block = Object::block().with("key", taint.key.clone()).with("value", taint.value.clone());
        block.with("effect", taint.effect.as_ref().map(sdk::TaintEffect::as_str))
    };
    object.set("taint", group.taints.iter().flatten().map(taint).collect::<Vec<_>>());
    let mode = group.update_config.as_ref().map(|mode| {
        let block = Object::block().with("max_unavailable", mode.max_unavailable);
        block.with("max_unavailable_percentage", mode.max_unavailable_percentage)
    });
    object.set("update_config", one(mode));
}

/// The name of a new group.
fn name_of(object: &Object, operation: &Operation) -> String {
    naming::name(object, "node_group_name", "node_group_name_prefix", operation)
}

const CHECKS: Checks = &[
    ("ami_type", Check::OneOf(sdk::AmiTypes::values())),
    ("capacity_type", Check::OneOf(&["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"])),
    ("cluster_name", Check::Text(cluster_name_problems)),
    ("launch_template.id launch_template.name", Check::Exclusive),
    ("launch_template.name", Check::Text(launch_template::name_problems)),
    ("launch_template.version", Check::Length(1, 255)),
    ("node_group_name node_group_name_prefix", Check::Exclusive),
    ("node_group_name", Check::Length(0, 63)),
    ("node_group_name_prefix", Check::Length(0, 37)),
    ("node_role_arn", Check::NotEmpty),
    ("scaling_config.desired_size scaling_config.min_size", Check::AtLeast(0)),
    ("scaling_config.max_size", Check::AtLeast(1)),
    ("taint.effect", Check::Word(&["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"])),
    ("taint.key", Check::Length(1, 63)),
    ("taint.value", Check::Length(0, 63)),
    ("update_config.max_unavailable update_config.max_unavailable_percentage", Check::ExactlyOne),
    ("update_config.max_unavailable update_config.max_unavailable_percentage", Check::Range(1, 100)),
];

#[async_trait]
impl ResourceType for NodeGroup {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 60, update: 60, delete: 60, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(group) = aws.load(&GROUPS, &id).await? else { return Ok(Presence::Gone) };
        read_blocks(object, &group);
        object.set("ami_type", group.ami_type.map(|t| t.to_string()));
        object.set("arn", group.nodegroup_arn);
        object.set("capacity_type", group.capacity_type.map(|t| t.to_string()));
        object.set("cluster_name", group.cluster_name);
        object.set("disk_size", group.disk_size);
        object.set("instance_types", group.instance_types);
        object.set("labels", group.labels);
        object.set("node_group_name_prefix", group.nodegroup_name.as_deref().and_then(naming::prefix_of));
        object.set("node_group_name", group.nodegroup_name);
        object.set("node_role_arn", group.node_role);
        object.set("release_version", group.release_version);
        object.set("status", group.status.map(|s| s.to_string()));
        object.set("subnet_ids", group.subnets);
        object.set("version", group.version);
        read_tags(aws, object, group.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let cluster = object.str("cluster_name").to_string();
        let name = name_of(object, operation);
        let id = format!("{cluster}:{name}");
        let request = aws
            .eks
            .create_nodegroup()
            .client_request_token(operation.token.as_str())
            .cluster_name(&cluster)
            .nodegroup_name(&name)
            .node_role(object.str("node_role_arn"))
            .set_subnets(Some(object.texts("subnet_ids")))
            .set_ami_type(object.word("ami_type"))
            .set_capacity_type(object.word("capacity_type"))
            .set_disk_size(object.nonzero("disk_size"))
            .set_instance_types(object.some_texts("instance_types"))
            .set_labels(some_map(object.map("labels")))
            .set_launch_template(launch_template(object))
            .set_node_repair_config(repair(object))
            .set_release_version(object.text("release_version"))
            .set_remote_access(remote_access(object))
            .set_scaling_config(scaling(object))
            .set_tags(tags_of(object))
            .set_taints(Some(taints(object)).filter(|taints| !taints.is_empty()))
            .set_update_config(update_mode(object))
            .set_version(object.text("version"));
        let send = || aws.call("eks:CreateNodegroup", || request.clone().send());
        retry_while(operation.timeout, is_busy, send).await?;
        object.set("id", &id);
        wait_for(&format!("EKS node group {id}"), operation.timeout, || async {
            Ok(status(aws.load(&GROUPS, &id).await?).unwrap_or(Progress::Pending("missing".into())))
        })
        .await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        if object.differs_in(prior, &["launch_template", "release_version", "version"]) {
            update_version(aws, object, prior, operation).await?;
        }
        if object.differs_in(prior, &["labels", "scaling_config", "taint", "update_config", "node_repair_config"]) {
            update_config(aws, object, prior, operation).await?;
        }
        update_tags(aws, prior.str("arn"), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let [cluster, name] = names(id)?;
        let request = aws.eks.delete_nodegroup().cluster_name(cluster).nodegroup_name(name);
        let send = || aws.call("eks:DeleteNodegroup", || request.clone().send());
        gone(retry_while(operation.timeout, is_busy, send).await)?;
        wait_until_gone(&format!("EKS node group {id}"), operation.timeout, || async {
            // It may take a moment until it is no longer said to be active.
            Ok(status(aws.load(&GROUPS, id).await?).map(|progress| match progress {
                Progress::Done(()) => Progress::Pending("ACTIVE".into()),
                other => other,
            }))
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let id = format!("{}:{}", object.str("cluster_name"), name_of(object, operation));
        if aws.load(&GROUPS, &id).await?.is_none() {
            return Ok(Presence::Gone);
        }
        // If it is ours, the same request with the same token does nothing; otherwise EKS says that the name is taken.
        self.create(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}
