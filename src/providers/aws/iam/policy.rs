//! `aws_iam_policy`: a policy that can be attached to many.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_iam::types as sdk;

use super::policies::{self, find, text_of};
use super::{Tagged, change, create, gone, is_made_by, name_problems, new_tags, read_name, read_tags, update_tags};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::policy::{self as document, Form};
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, required, schema, tags, tags_all};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_iam_policy`.
pub struct Policy;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            computed("attachment_count", Type::Number),
            optional("description", Type::String).force_new(),
            id(),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            optional("path", Type::String).force_new().default("/"),
            required("policy", Type::String).normalise(document::meaning),
            computed("policy_id", Type::String),
            tags(),
            tags_all(),
        ],
    )
});

/// So many versions a policy may have.
const VERSIONS: usize = 5;

/// How long it may take until a policy is seen not to be attached any more.
const DETACHED: Duration = Duration::from_secs(30);

/// The ARN of the policy of a name, if this operation has made it.
async fn find_own(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<Option<String>> {
    let name = naming::name(object, "name", "name_prefix", operation);
    let path = object.text("path");
    let local = sdk::PolicyScopeType::Local;
    let send =
        |marker| aws.iam.list_policies().scope(local.clone()).set_path_prefix(path.clone()).set_marker(marker).send();
    let policies =
        aws.pages("iam:ListPolicies", send, |page| (page.policies, page.marker.filter(|_| page.is_truncated)));
    let policy = policies.await?.into_iter().find(|p| p.policy_name.as_deref() == Some(name.as_str()));
    let Some(arn) = policy.and_then(|p| p.arn) else { return Ok(None) };
    // Lists don't tell the tags.
    let tags = find(aws, &arn).await?.and_then(|p| p.tags).unwrap_or_default();
    Ok(is_made_by(&tags, operation).then_some(arn))
}

async fn versions(aws: &Aws, arn: &str) -> Outcome<Vec<sdk::PolicyVersion>> {
    let send = |marker| aws.iam.list_policy_versions().policy_arn(arn).set_marker(marker).send();
    aws.pages("iam:ListPolicyVersions", send, |page| (page.versions, page.marker.filter(|_| page.is_truncated))).await
}

async fn delete_version(aws: &Aws, arn: &str, version: sdk::PolicyVersion) -> Outcome<()> {
    let request = aws.iam.delete_policy_version().policy_arn(arn).set_version_id(version.version_id);
    gone(change(aws, "iam:DeletePolicyVersion", || request.clone().send()).await)
}

/// A new version takes the place of the oldest one, if there are as many as there may be.
async fn replace_text(aws: &Aws, arn: &str, text: &str) -> Outcome<()> {
    let known = versions(aws, arn).await?;
    if known.len() >= VERSIONS {
        let old = known.into_iter().filter(|v| !v.is_default_version);
        if let Some(oldest) = old.min_by_key(|v| v.create_date.map(|d| d.secs())) {
            delete_version(aws, arn, oldest).await?;
        }
    }
    let request = aws.iam.create_policy_version().policy_arn(arn).policy_document(text).set_as_default(true);
    let send = async || request.clone().send().await.map(drop);
    let is_done = async || {
        let Some(policy) = find(aws, arn).await? else { return Ok(None) };
        Ok(document::is_same(&text_of(aws, &policy).await?, text).then_some(()))
    };
    aws.create_once("iam:CreatePolicyVersion", send, is_done).await
}

const CHECKS: Checks = &[
    ("name name_prefix", Check::Exclusive),
    ("name", Check::Text(|path, name| name_problems(path, name, 128))),
    ("name_prefix", Check::Text(|path, name| name_problems(path, name, naming::longest_prefix(128)))),
    ("policy", Check::Text(document::problems)),
];

#[async_trait]
impl ResourceType for Policy {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        document::plan(plan.planned, plan.prior, "policy", Form::Sorted);
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some((policy, text)) = policies::load(aws, &id).await? else { return Ok(Presence::Gone) };
        object.set("arn", policy.arn);
        object.set("attachment_count", policy.attachment_count);
        object.set("description", policy.description);
        read_name(object, policy.policy_name.as_deref().unwrap_or_default());
        object.set("path", policy.path);
        object.set("policy", document::kept(object.str("policy"), &text, Form::Sorted));
        object.set("policy_id", policy.policy_id);
        read_tags(aws, object, policy.tags.unwrap_or_default());
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let request = aws
            .iam
            .create_policy()
            .policy_name(naming::name(object, "name", "name_prefix", operation))
            .policy_document(document::write(object.str("policy"), Form::Sorted))
            .set_description(object.text("description"))
            .set_path(object.text("path"))
            .set_tags(new_tags(object, operation));
        let send = async || request.clone().send().await.map(|o| o.policy.and_then(|p| p.arn).unwrap_or_default());
        let arn = create(aws, "iam:CreatePolicy", send, || find_own(aws, object, operation)).await?;
        aws.note_intent(&arn);
        object.set("id", arn);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        let arn = object.id().to_string();
        if object.differs(prior, "policy") {
            replace_text(aws, &arn, &document::write(object.str("policy"), Form::Sorted)).await?;
        }
        update_tags(aws, Tagged::Policy(arn), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let arn = object.id();
        let known = match versions(aws, arn).await {
            Err(failure) if failure.is_not_found() => return Ok(()),
            known => known?,
        };
        for version in known.into_iter().filter(|v| !v.is_default_version) {
            delete_version(aws, arn, version).await?;
        }
        let is_attached = |f: &Failure| f.is(&["DeleteConflict"]);
        let delete = || change(aws, "iam:DeletePolicy", || aws.iam.delete_policy().policy_arn(arn).send());
        gone(retry_while(DETACHED, is_attached, delete).await)
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let Some(arn) = find_own(aws, object, operation).await? else { return Ok(Presence::Gone) };
        aws.note_intent(&arn);
        object.set("id", arn);
        Ok(Presence::Found)
    }
}
