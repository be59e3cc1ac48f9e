//! `aws_iam_role_policy`: a policy that belongs to one role.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::roles::INLINE;
use super::{change, change_new, gone, name_problems, read_name};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::policy::{self, Form};
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType};
use crate::providers::aws::shape::{id, optional_computed, required, schema};
use crate::schema::Schema;

/// The resource type `aws_iam_role_policy`.
pub struct RolePolicy;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            id(),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            required("policy", Type::String).normalise(policy::meaning),
            required("role", Type::String).force_new(),
        ],
    )
});

/// The role's name and the policy's.
fn parts(id: &str) -> Outcome<(&str, &str)> {
    let wrong = || Failure::new("role_policy id must be of the form <role name>:<policy name>");
    id.split_once(':').ok_or_else(wrong)
}

const CHECKS: Checks = &[
    ("name name_prefix", Check::Exclusive),
    ("name", Check::Text(|path, name| name_problems(path, name, 128))),
    ("name_prefix", Check::Text(|path, name| name_problems(path, name, naming::longest_prefix(128)))),
    ("policy", Check::Text(policy::problems)),
    ("role", Check::Length(1, 128)),
    ("role", Check::Text(role_problems)),
];

fn role_problems(path: &str, text: &str) -> Vec<String> {
    let problem = || format!("{path:?} must be the role's name not its ARN");
    if text.starts_with("arn:") || text.is_empty() { vec![problem()] } else { Vec::new() }
}

#[async_trait]
impl ResourceType for RolePolicy {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        policy::plan(plan.planned, plan.prior, "policy", Form::VersionFirst);
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let (role, name) = parts(&id)?;
        let Some(document) = aws.load(&INLINE, &id).await? else { return Ok(Presence::Gone) };
        read_name(object, name);
        object.set("policy", policy::kept(object.str("policy"), &document, Form::VersionFirst));
        object.set("role", role);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let id = format!("{}:{}", object.str("role"), naming::name(object, "name", "name_prefix", operation));
        put(aws, &id, object).await?;
        object.set("id", id);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, _: &Object, _: &Operation) -> Outcome<()> {
        put(aws, object.id(), object).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let (role, name) = parts(object.id())?;
        let send = || aws.iam.delete_role_policy().role_name(role).policy_name(name).send();
        gone(change(aws, "iam:DeleteRolePolicy", send).await)
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let id = format!("{}:{}", object.str("role"), naming::name(object, "name", "name_prefix", operation));
        match aws.load(&INLINE, &id).await? {
            Some(document) if policy::is_same(&document, object.str("policy")) => {
                object.set("id", id);
                Ok(Presence::Found)
            }
            _ => Ok(Presence::Gone),
        }
    }
}

async fn put(aws: &Aws, id: &str, object: &Object) -> Outcome<()> {
    let (role, name) = parts(id)?;
    let text = policy::write(object.str("policy"), Form::VersionFirst);
    let send = || aws.iam.put_role_policy().role_name(role).policy_name(name).policy_document(&text).send();
    change_new(aws, "iam:PutRolePolicy", send).await.map(drop)
}
