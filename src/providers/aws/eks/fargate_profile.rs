//! `aws_eks_fargate_profile`: which pods of a cluster run without nodes.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_eks::types as sdk;
use smol_str::SmolStr;

use super::{
    PROPAGATION, cluster_name_problems, found, gone, is_busy, is_early, issues, parts, read_tags, some_map, tags_of,
    update_tags, wait_until_gone,
};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, optional, required, schema, set_block, string_map, string_set, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_eks_fargate_profile`.
pub struct FargateProfile;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            required("cluster_name", Type::String).force_new(),
            required("fargate_profile_name", Type::String).force_new(),
            id(),
            required("pod_execution_role_arn", Type::String).force_new(),
            set_block(
                "selector",
                [optional("labels", string_map()).force_new(), required("namespace", Type::String).force_new()],
            )
            .min(1),
            computed("status", Type::String),
            optional("subnet_ids", string_set()).force_new(),
            tags(),
            tags_all(),
            timeouts(&["create", "delete"]),
        ],
    )
});

/// Profiles by id, each by a request.
static PROFILES: Batch<sdk::FargateProfile> = Batch { size: 1, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::FargateProfile>> {
    let Some(id) = ids.first() else { return Ok(Found::new()) };
    let [cluster, name] = names(id)?;
    let request = aws.eks.describe_fargate_profile().cluster_name(cluster).fargate_profile_name(name);
    let answer = aws.call("eks:DescribeFargateProfile", || request.clone().send()).await;
    found(id, answer.map(|answer| answer.fargate_profile))
}

/// The names of the cluster and of the profile.
fn names(id: &str) -> Outcome<[&str; 2]> {
    parts(id, ':', "cluster-name:fargate-profile-name")
}

fn status(profile: Option<sdk::FargateProfile>) -> Option<Progress<()>> {
    let profile = profile?;
    let failure = |status: &str| {
        let found = profile.health.and_then(|health| health.issues).unwrap_or_default();
        let issues = issues(found, |i| (i.code.map(|c| c.to_string()), i.message, i.resource_ids));
        Progress::Failed(format!("{status}\n{issues}"))
    };
    Some(match profile.status {
        Some(sdk::FargateProfileStatus::Active) => Progress::Done(()),
        Some(status @ (sdk::FargateProfileStatus::CreateFailed | sdk::FargateProfileStatus::DeleteFailed)) => {
            failure(status.as_str())
        }
        status => Progress::Pending(status.map_or_else(String::new, |s| s.to_string())),
    })
}

fn selectors(object: &Object) -> Vec<sdk::FargateProfileSelector> {
    let selector = |block: Object| {
        let selector = sdk::FargateProfileSelector::builder().set_namespace(block.text("namespace"));
        selector.set_labels(some_map(block.map("labels"))).build()
    };
    object.blocks("selector").into_iter().map(selector).collect()
}

const CHECKS: Checks = &[
    ("cluster_name", Check::Text(cluster_name_problems)),
    ("fargate_profile_name pod_execution_role_arn selector.namespace", Check::NotEmpty),
];

#[async_trait]
impl ResourceType for FargateProfile {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 10, delete: 10, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(profile) = aws.load(&PROFILES, &id).await? else { return Ok(Presence::Gone) };
        let selectors = profile.selectors.unwrap_or_default().into_iter();
        let selectors = selectors.map(|s| Object::block().with("labels", s.labels).with("namespace", s.namespace));
        object.set("arn", profile.fargate_profile_arn);
        object.set("cluster_name", profile.cluster_name);
        object.set("fargate_profile_name", profile.fargate_profile_name);
        object.set("pod_execution_role_arn", profile.pod_execution_role_arn);
        object.set("selector", selectors.collect::<Vec<_>>());
        object.set("status", profile.status.map(|s| s.to_string()));
        object.set("subnet_ids", profile.subnets);
        read_tags(aws, object, profile.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let (cluster, name) = (object.str("cluster_name").to_string(), object.str("fargate_profile_name").to_string());
        let id = format!("{cluster}:{name}");
        let request = aws
            .eks
            .create_fargate_profile()
            .client_request_token(operation.token.as_str())
            .cluster_name(&cluster)
            .fargate_profile_name(&name)
            .pod_execution_role_arn(object.str("pod_execution_role_arn"))
            .set_selectors(Some(selectors(object)))
            .set_subnets(Some(object.texts("subnet_ids")))
            .set_tags(tags_of(object));
        let early = ["Misconfigured PodExecutionRole Trust Policy"];
        let send = || aws.call("eks:CreateFargateProfile", || request.clone().send());
        // A cluster makes or removes one profile at a time.
        let create = || retry_while(PROPAGATION, |f| is_early(f, &early), send);
        retry_while(operation.timeout, is_busy, create).await?;
        object.set("id", &id);
        wait_for(&format!("EKS Fargate profile {id}"), operation.timeout, || async {
            Ok(status(aws.load(&PROFILES, &id).await?).unwrap_or(Progress::Pending("missing".into())))
        })
        .await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _operation: &Operation) -> Outcome<()> {
        update_tags(aws, prior.str("arn"), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let [cluster, name] = names(id)?;
        let request = aws.eks.delete_fargate_profile().cluster_name(cluster).fargate_profile_name(name);
        let send = || aws.call("eks:DeleteFargateProfile", || request.clone().send());
        gone(retry_while(operation.timeout, is_busy, send).await)?;
        wait_until_gone(&format!("EKS Fargate profile {id}"), operation.timeout, || async {
            Ok(status(aws.load(&PROFILES, id).await?))
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let id = format!("{}:{}", object.str("cluster_name"), object.str("fargate_profile_name"));
        if aws.load(&PROFILES, &id).await?.is_none() {
            return Ok(Presence::Gone);
        }
        self.create(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}
