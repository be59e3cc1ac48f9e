//! `aws_iam_instance_profile`: how an instance gets a role.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_iam::types as sdk;

use super::{
    PROPAGATION, Tagged, change, change_new, create, gone, is_made_by, name_problems, new_tags, read_name, read_tags,
    time, update_tags,
};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, schema, tags, tags_all};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_iam_instance_profile`.
pub struct InstanceProfile;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            computed("create_date", Type::String),
            id(),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            optional("path", Type::String).force_new().default("/"),
            optional("role", Type::String),
            tags(),
            tags_all(),
            computed("unique_id", Type::String),
        ],
    )
});

async fn find(aws: &Aws, name: &str) -> Outcome<Option<sdk::InstanceProfile>> {
    let send = || aws.iam.get_instance_profile().instance_profile_name(name).send();
    match aws.call("iam:GetInstanceProfile", send).await {
        Err(failure) if failure.is_not_found() => Ok(None),
        answer => Ok(answer?.instance_profile),
    }
}

async fn find_own(aws: &Aws, name: &str, operation: &Operation) -> Outcome<Option<String>> {
    let profile = find(aws, name).await?;
    let own = profile.filter(|p| is_made_by(p.tags.as_deref().unwrap_or_default(), operation));
    Ok(own.map(|p| p.arn))
}

/// Right after its creation, AWS may give its unique id for its ARN.
async fn wait_until_ready(aws: &Aws, name: &str, operation: &Operation) -> Outcome<()> {
    wait_for(&format!("IAM instance profile {name}"), operation.timeout, || async {
        Ok(match find(aws, name).await? {
            Some(profile) if profile.arn.starts_with("arn:") => Progress::Done(()),
            Some(_) => Progress::Pending("without an ARN".into()),
            None => Progress::Pending("missing".into()),
        })
    })
    .await
}

async fn add_role(aws: &Aws, name: &str, role: &str) -> Outcome<()> {
    let send = || aws.iam.add_role_to_instance_profile().instance_profile_name(name).role_name(role).send();
    match change_new(aws, "iam:AddRoleToInstanceProfile", send).await {
        // An earlier attempt got through: there can only be one.
        Err(failure) if failure.is(&["LimitExceeded"]) => {
            let roles = find(aws, name).await?.map(|p| p.roles).unwrap_or_default();
            if roles.iter().any(|r| r.role_name == role) { Ok(()) } else { Err(failure) }
        }
        outcome => outcome.map(drop),
    }
}

/// Takes a role out of a profile.
pub(super) async fn remove_role(aws: &Aws, name: &str, role: &str) -> Outcome<()> {
    let send = || aws.iam.remove_role_from_instance_profile().instance_profile_name(name).role_name(role).send();
    gone(change(aws, "iam:RemoveRoleFromInstanceProfile", send).await)
}

const CHECKS: Checks = &[
    ("name name_prefix", Check::Exclusive),
    ("name", Check::Text(|path, name| name_problems(path, name, 128))),
    ("name_prefix", Check::Text(|path, name| name_problems(path, name, naming::longest_prefix(128)))),
];

#[async_trait]
impl ResourceType for InstanceProfile {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(profile) = find(aws, &id).await? else { return Ok(Presence::Gone) };
        object.set("arn", profile.arn);
        object.set("create_date", time(&profile.create_date));
        read_name(object, &profile.instance_profile_name);
        object.set("path", profile.path);
        let role = profile.roles.into_iter().next().map(|r| r.role_name);
        if role.is_some() || object.text("role").is_some() {
            object.set("role", role);
        }
        object.set("unique_id", profile.instance_profile_id);
        read_tags(aws, object, profile.tags.unwrap_or_default());
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let request = aws
            .iam
            .create_instance_profile()
            .instance_profile_name(&name)
            .set_path(object.text("path"))
            .set_tags(new_tags(object, operation));
        let send = async || request.clone().send().await.map(|o| o.instance_profile.map(|p| p.arn).unwrap_or_default());
        let arn = create(aws, "iam:CreateInstanceProfile", send, || find_own(aws, &name, operation)).await?;
        object.set("id", &name);
        aws.note_intent(&arn);
        wait_until_ready(aws, &name, operation).await?;
        match object.text("role") {
            Some(role) => add_role(aws, &name, &role).await,
            None => Ok(()),
        }
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        let name = object.id().to_string();
        if object.str("role") != prior.str("role") {
            if let Some(role) = prior.text("role") {
                remove_role(aws, &name, &role).await?;
                object.set("role", object.text("role"));
            }
            if let Some(role) = object.text("role") {
                add_role(aws, &name, &role).await?;
            }
        }
        update_tags(aws, Tagged::InstanceProfile(name), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let name = object.id();
        if let Some(role) = object.text("role") {
            remove_role(aws, name, &role).await?;
        }
        let is_in_use = |f: &Failure| f.is(&["DeleteConflict"]);
        let send = || aws.iam.delete_instance_profile().instance_profile_name(name).send();
        gone(retry_while(PROPAGATION, is_in_use, || change(aws, "iam:DeleteInstanceProfile", send)).await)
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let Some(arn) = find_own(aws, &name, operation).await? else { return Ok(Presence::Gone) };
        aws.note_intent(&arn);
        if let Some(role) = object.text("role") {
            add_role(aws, &name, &role).await?;
        }
        object.set("id", name);
        Ok(Presence::Found)
    }
}
