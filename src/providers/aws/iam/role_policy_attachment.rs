//! `aws_iam_role_policy_attachment`: a policy that applies to a role.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::role::{attach, detach};
use super::roles::ATTACHED;
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming::unique;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{id, required, schema};
use crate::schema::Schema;

/// The resource type `aws_iam_role_policy_attachment`.
pub struct RolePolicyAttachment;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(0, [id(), required("policy_arn", Type::String).force_new(), required("role", Type::String).force_new()])
});

async fn is_attached(aws: &Aws, object: &Object) -> Outcome<bool> {
    let attached = aws.load(&ATTACHED, object.str("role")).await?.unwrap_or_default();
    Ok(attached.iter().any(|arn| arn == object.str("policy_arn")))
}

/// The id tells the attachment from others, and nothing else.
fn new_id(object: &Object, operation: &Operation) -> String {
    unique(&format!("{}-", object.str("role")), &operation.token)
}

const CHECKS: Checks = &[("policy_arn", Check::Arn)];

#[async_trait]
impl ResourceType for RolePolicyAttachment {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        Ok(if is_attached(aws, object).await? { Presence::Found } else { Presence::Gone })
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        attach(aws, object.str("role"), object.str("policy_arn")).await?;
        object.set("id", new_id(object, operation));
        Ok(())
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        detach(aws, object.str("role"), object.str("policy_arn")).await
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        let id = object.id().to_string();
        let Some((role, arn)) = id.split_once('/').filter(|(role, arn)| !role.is_empty() && !arn.is_empty()) else {
            return Err(Failure::new(format!("unexpected format of ID ({id:?}), expected <role-name>/<policy_arn>")));
        };
        object.set("role", role);
        object.set("policy_arn", arn);
        object.set("id", format!("{role}-{arn}"));
        Ok(())
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        if !is_attached(aws, object).await? {
            return Ok(Presence::Gone);
        }
        object.set("id", new_id(object, operation));
        Ok(Presence::Found)
    }
}
