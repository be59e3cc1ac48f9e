//! `aws_eks_access_entry`: who of IAM may use a cluster.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_eks::types as sdk;
use smol_str::SmolStr;

use super::{
    PROPAGATION, cluster_name_problems, found, gone, is_early, parts, read_tags, step, tags_of, time, update_tags,
};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, string_set, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_eks_access_entry`.
pub struct AccessEntry;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("access_entry_arn", Type::String),
            required("cluster_name", Type::String).force_new(),
            computed("created_at", Type::String),
            id(),
            optional_computed("kubernetes_groups", string_set()),
            computed("modified_at", Type::String),
            required("principal_arn", Type::String).force_new(),
            tags(),
            tags_all(),
            timeouts(&["create", "delete"]),
            optional("type", Type::String).force_new().default("STANDARD"),
            optional_computed("user_name", Type::String),
        ],
    )
});

/// Entries by id, each by a request.
static ENTRIES: Batch<sdk::AccessEntry> = Batch { size: 1, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::AccessEntry>> {
    let Some(id) = ids.first() else { return Ok(Found::new()) };
    let [cluster, principal] = names(id)?;
    let request = aws.eks.describe_access_entry().cluster_name(cluster).principal_arn(principal);
    let answer = aws.call("eks:DescribeAccessEntry", || request.clone().send()).await;
    found(id, answer.map(|answer| answer.access_entry))
}

/// The name of the cluster, and who it is.
fn names(id: &str) -> Outcome<[&str; 2]> {
    parts(id, ':', "cluster-name:principal-arn")
}

/// The kinds of entries.
const TYPES: [&str; 6] = ["EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "STANDARD"];

const CHECKS: Checks = &[
    ("cluster_name", Check::Text(cluster_name_problems)),
    ("principal_arn", Check::Arn),
    ("type", Check::OneOf(&TYPES)),
];

#[async_trait]
impl ResourceType for AccessEntry {
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
        let Some(entry) = aws.load(&ENTRIES, &id).await? else { return Ok(Presence::Gone) };
        object.set("access_entry_arn", entry.access_entry_arn);
        object.set("cluster_name", entry.cluster_name);
        object.set("created_at", time(entry.created_at));
        object.set("kubernetes_groups", entry.kubernetes_groups);
        object.set("modified_at", time(entry.modified_at));
        object.set("principal_arn", entry.principal_arn);
        object.set("type", entry.r#type);
        object.set("user_name", entry.username);
        read_tags(aws, object, entry.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let (cluster, principal) = (object.str("cluster_name").to_string(), object.str("principal_arn").to_string());
        let request = aws
            .eks
            .create_access_entry()
            .client_request_token(operation.token.as_str())
            .cluster_name(&cluster)
            .principal_arn(&principal)
            .r#type(object.str("type"))
            .set_kubernetes_groups(object.some_texts("kubernetes_groups"))
            .set_username(object.text("user_name"))
            .set_tags(tags_of(object));
        let early = ["The specified principalArn is invalid: invalid principal"];
        let send = || aws.call("eks:CreateAccessEntry", || request.clone().send());
        retry_while(PROPAGATION, |f| is_early(f, &early), send).await?;
        object.set("id", format!("{cluster}:{principal}"));
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        if object.differs_in(prior, &["kubernetes_groups", "user_name"]) {
            let [cluster, principal] = names(prior.id())?;
            let request = aws
                .eks
                .update_access_entry()
                .client_request_token(step(operation, "entry"))
                .cluster_name(cluster)
                .principal_arn(principal)
                .set_kubernetes_groups(Some(object.texts("kubernetes_groups")))
                .username(object.str("user_name"));
            aws.call("eks:UpdateAccessEntry", || request.clone().send()).await?;
        }
        update_tags(aws, prior.str("access_entry_arn"), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _operation: &Operation) -> Outcome<()> {
        let [cluster, principal] = names(object.id())?;
        let request = aws.eks.delete_access_entry().cluster_name(cluster).principal_arn(principal);
        gone(aws.call("eks:DeleteAccessEntry", || request.clone().send()).await)
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let id = format!("{}:{}", object.str("cluster_name"), object.str("principal_arn"));
        if aws.load(&ENTRIES, &id).await?.is_none() {
            return Ok(Presence::Gone);
        }
        self.create(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}
