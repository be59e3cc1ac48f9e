//! `aws_vpc_peering_connection_options`: the options of a way between two VPCs, where the connection is managed elsewhere.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::vpc_peering_connection::{existing, find, read_options, set_options, side};
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{id, required, schema};
use crate::schema::Schema;

/// The resource type `aws_vpc_peering_connection_options`.
pub struct VpcPeeringConnectionOptions;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [side("accepter"), id(), side("requester"), required("vpc_peering_connection_id", Type::String).force_new()],
    )
});

#[async_trait]
impl ResourceType for VpcPeeringConnectionOptions {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(peering) = find(aws, object.id()).await? else { return Ok(Presence::Gone) };
        read_options(object, &peering);
        object.set("vpc_peering_connection_id", peering.vpc_peering_connection_id);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<()> {
        let id = object.str("vpc_peering_connection_id").to_string();
        existing(aws, &id).await?;
        object.set("id", id);
        set_options(aws, object, &Object::default()).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        set_options(aws, object, prior).await
    }

    /// The connection keeps its options.
    async fn delete(&self, _: &Aws, _: &Object, _: &Operation) -> Outcome<()> {
        Ok(())
    }

    /// Options may be set again.
    async fn recover(&self, _: &Aws, _: &mut Object, _: &Operation) -> Outcome<Presence> {
        Ok(Presence::Gone)
    }
}
