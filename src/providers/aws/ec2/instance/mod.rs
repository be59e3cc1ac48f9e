//! `aws_instance`: a virtual machine.

mod attributes;
mod change;
mod checks;
pub mod data;
mod devices;
mod launch;
mod plan;
mod read;
mod schema;
pub mod state;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::find_by_intent;
use crate::providers::aws::checks::Checks;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::schema::Schema;

/// The resource type `aws_instance`.
pub struct Instance;

#[async_trait]
impl ResourceType for Instance {
    fn schema(&self) -> &'static Schema {
        &schema::SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 10, read: 15, update: 10, delete: 20 }
    }

    fn checks(&self) -> Checks {
        checks::CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        plan::plan(plan);
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(instance) = state::find(aws, object.id()).await? else { return Ok(Presence::Gone) };
        read::read(aws, object, instance).await?;
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let id = launch::launch(aws, object, operation).await?;
        object.set("id", &id);
        state::wait_for_states(aws, &id, &[sdk::InstanceStateName::Running], operation.timeout).await?;
        launch::finish(aws, object).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        change::change(aws, object, prior, operation).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        if object.is("disable_api_termination") {
            change::protect(aws, id, change::Protection::Termination, false).await?;
        }
        state::terminate(aws, id, operation.timeout).await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let id = find_by_intent(aws, &sdk::ResourceType::Instance, operation).await?;
        let Some(id) = id else { return Ok(Presence::Gone) };
        aws.note_intent(&id);
        object.set("id", id);
        state::wait_for_states(aws, object.id(), &[sdk::InstanceStateName::Running], operation.timeout).await?;
        launch::finish(aws, object).await?;
        Ok(Presence::Found)
    }
}
