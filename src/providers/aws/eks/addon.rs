//! `aws_eks_addon`: software in a cluster that EKS looks after.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_eks::types as sdk;
use smol_str::SmolStr;

use super::pod_identity_association::ASSOCIATIONS;
use super::{
    PROPAGATION, Target, cluster_name_problems, found, gone, is_busy, is_early, issues, parts, read_tags, step,
    tags_of, time, update_tags, wait_for_update, wait_until_gone,
};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, set_block, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_eks_addon`.
pub struct Addon;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(0, [required("addon_name", Type::String).force_new(), optional_computed("addon_version", Type::String), computed("arn", Type::String), required("cluster_name", Type::String).force_new(), optional_computed("configuration_values", Type::String), computed("created_at", Type::String), id(), computed("modified_at", Type::String), set_block("pod_identity_association", [required("role_arn", Type::String), required("service_account", Type::String)]), optional("preserve", Type::Bool), optional("resolve_conflicts", Type::String).deprecated("resolve_conflicts is deprecated. The resolve_conflicts attribute can't be set to \"PRESERVE\" on initial resource creation. Use resolve_conflicts_on_create and/or resolve_conflicts_on_update instead."), optional("resolve_conflicts_on_create", Type::String), optional("resolve_conflicts_on_update", Type::String), optional("service_account_role_arn", Type::String), tags(), tags_all(), timeouts(&["create", "delete", "update"])])
});

/// Add-ons by id, each by a request.
static ADDONS: Batch<sdk::Addon> = Batch { size: 1, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::Addon>> {
    let Some(id) = ids.first() else { return Ok(Found::new()) };
    let [cluster, name] = names(id)?;
    let request = aws.eks.describe_addon().cluster_name(cluster).addon_name(name);
    let answer = aws.call("eks:DescribeAddon", || request.clone().send()).await;
    found(id, answer.map(|answer| answer.addon))
}

/// The names of the cluster and of the add-on.
fn names(id: &str) -> Outcome<[&str; 2]> {
    parts(id, ':', "cluster-name:addon-name")
}

fn status(addon: Option<sdk::Addon>) -> Option<Progress<()>> {
    let addon = addon?;
    let failure = |status: &str| {
        let found = addon.health.and_then(|health| health.issues).unwrap_or_default();
        let issues = issues(found, |i| (i.code.map(|c| c.to_string()), i.message, i.resource_ids));
        Progress::Failed(format!("{status}\n{issues}"))
    };
    Some(match addon.status {
        Some(sdk::AddonStatus::Active) => Progress::Done(()),
        Some(status @ (sdk::AddonStatus::CreateFailed | sdk::AddonStatus::DeleteFailed)) => failure(status.as_str()),
        status => Progress::Pending(status.map_or_else(String::new, |s| s.to_string())),
    })
}

/// The roles of its service accounts.
fn identities(object: &Object) -> Outcome<Vec<sdk::AddonPodIdentityAssociations>> {
    let identity = |block: Object| {
        let role = sdk::AddonPodIdentityAssociations::builder().role_arn(block.str("role_arn"));
        role.service_account(block.str("service_account")).build().map_err(|e| Failure::new(e.to_string()))
    };
    object.blocks("pod_identity_association").into_iter().map(identity).collect()
}

/// The add-on only has the ARNs of its associations, which end in the cluster's name and their id.
async fn read_identities(aws: &Aws, arns: Vec<String>) -> Outcome<Vec<Object>> {
    let load = |arn: String| async move {
        let [_, key] = parts(&arn, '/', "an ARN of a pod identity association")?;
        aws.load(&ASSOCIATIONS, key).await
    };
    let associations = futures_util::future::try_join_all(arns.into_iter().map(load)).await?;
    let block = |association: sdk::PodIdentityAssociation| {
        Object::block().with("role_arn", association.role_arn).with("service_account", association.service_account)
    };
    Ok(associations.into_iter().flatten().map(block).collect())
}

fn resolution(object: &Object, name: &str) -> Option<sdk::ResolveConflicts> {
    object.word(name).or_else(|| object.word("resolve_conflicts"))
}

async fn update(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    let [cluster, name] = names(object.id())?;
    let changed = |attribute| object.differs(prior, attribute);
    let text = |attribute| object.str(attribute).to_string();
    let role = text("service_account_role_arn");
    let is_role_said = changed("service_account_role_arn") || !role.is_empty();
    let roles = identities(object)?;
    let conflicts = resolution(object, "resolve_conflicts_on_update");
    let request = aws
        .eks
        .update_addon()
        .client_request_token(step(operation, "addon"))
        .cluster_name(cluster)
        .addon_name(name)
        .set_addon_version(changed("addon_version").then(|| text("addon_version")))
        .set_configuration_values(changed("configuration_values").then(|| text("configuration_values")))
        .set_pod_identity_associations(changed("pod_identity_association").then_some(roles))
        .set_resolve_conflicts(conflicts.clone())
        .set_service_account_role_arn(is_role_said.then_some(role));
    let send = || aws.call("eks:UpdateAddon", || request.clone().send());
    let update = retry_while(operation.timeout, is_busy, send).await?.update;
    let waited = wait_for_update(aws, cluster, Target::Addon(name), update, operation).await;
    let advise = |mut failure: Failure| {
        if conflicts != Some(sdk::ResolveConflicts::Overwrite) {
            failure.message.push_str(". Consider setting resolve_conflicts_on_update to \"OVERWRITE\"");
        }
        failure
    };
    waited.map_err(advise)
}

const CHECKS: Checks = &[
    ("addon_name", Check::NotEmpty),
    ("addon_version", Check::Text(version_problems)),
    ("cluster_name", Check::Text(cluster_name_problems)),
    ("pod_identity_association.role_arn service_account_role_arn", Check::Arn),
    ("resolve_conflicts_on_create resolve_conflicts_on_update", Check::Conflicts(&["resolve_conflicts"])),
    ("resolve_conflicts resolve_conflicts_on_update", Check::OneOf(&["OVERWRITE", "NONE", "PRESERVE"])),
    ("resolve_conflicts_on_create", Check::OneOf(&["NONE", "OVERWRITE"])),
];

/// `v1.2.3-eksbuild.1`
fn version_problems(path: &str, text: &str) -> Vec<String> {
    let mut numbers = text.strip_prefix('v').unwrap_or_default().splitn(3, '.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let last = |part: &str| is_number(part.split(['-', '+']).next().unwrap_or_default());
    let is_version = matches!((numbers.next(), numbers.next(), numbers.next()),
        (Some(major), Some(minor), Some(patch)) if is_number(major) && is_number(minor) && last(patch));
    let problem = || format!("invalid value for {path} (must follow semantic version format)");
    if is_version { Vec::new() } else { vec![problem()] }
}

#[async_trait]
impl ResourceType for Addon {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 20, update: 20, delete: 40, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(addon) = aws.load(&ADDONS, &id).await? else { return Ok(Presence::Gone) };
        let identities = read_identities(aws, addon.pod_identity_associations.unwrap_or_default()).await?;
        object.set("addon_name", addon.addon_name);
        object.set("addon_version", addon.addon_version);
        object.set("arn", addon.addon_arn);
        object.set("cluster_name", addon.cluster_name);
        object.set("configuration_values", addon.configuration_values);
        object.set("created_at", time(addon.created_at));
        object.set("modified_at", time(addon.modified_at));
        object.set("pod_identity_association", identities);
        object.set("service_account_role_arn", addon.service_account_role_arn);
        read_tags(aws, object, addon.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let (cluster, name) = (object.str("cluster_name").to_string(), object.str("addon_name").to_string());
        let id = format!("{cluster}:{name}");
        let request = aws
            .eks
            .create_addon()
            .client_request_token(operation.token.as_str())
            .cluster_name(&cluster)
            .addon_name(&name)
            .set_addon_version(object.text("addon_version"))
            .set_configuration_values(object.text("configuration_values"))
            .set_pod_identity_associations(Some(identities(object)?).filter(|roles| !roles.is_empty()))
            .set_resolve_conflicts(resolution(object, "resolve_conflicts_on_create"))
            .set_service_account_role_arn(object.text("service_account_role_arn"))
            .set_tags(tags_of(object));
        let send = || aws.call("eks:CreateAddon", || request.clone().send());
        retry_while(PROPAGATION, |f| is_early(f, &["CREATE_FAILED", "does not exist"]), send).await?;
        object.set("id", &id);
        wait_for(&format!("EKS add-on {id}"), operation.timeout, || async {
            Ok(status(aws.load(&ADDONS, &id).await?).unwrap_or(Progress::Pending("missing".into())))
        })
        .await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        let names = ["addon_version", "service_account_role_arn", "configuration_values", "pod_identity_association"];
        if object.differs_in(prior, &names) {
            update(aws, object, prior, operation).await?;
        }
        update_tags(aws, prior.str("arn"), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let [cluster, name] = names(id)?;
        let request = aws.eks.delete_addon().cluster_name(cluster).addon_name(name);
        let request = request.set_preserve(object.bool("preserve").filter(|preserve| *preserve));
        let send = || aws.call("eks:DeleteAddon", || request.clone().send());
        gone(retry_while(operation.timeout, is_busy, send).await)?;
        wait_until_gone(&format!("EKS add-on {id}"), operation.timeout, || async {
            Ok(status(aws.load(&ADDONS, id).await?))
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let id = format!("{}:{}", object.str("cluster_name"), object.str("addon_name"));
        if aws.load(&ADDONS, &id).await?.is_none() {
            return Ok(Presence::Gone);
        }
        self.create(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}
