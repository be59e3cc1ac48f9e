//! `aws_vpc_peering_connection_accepter`: a way between two VPCs, from the side that is asked. The connection is another's;
//! this type accepts it, tags it on this side, and leaves it there in the end.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::create_tags;
use super::vpc_peering_connection::{self as peering, side};
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, optional, required, schema, tags, tags_all, timeouts};
use crate::schema::Schema;

/// The resource type `aws_vpc_peering_connection_accepter`.
pub struct VpcPeeringConnectionAccepter;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("accept_status", Type::String),
            side("accepter"),
            optional("auto_accept", Type::Bool),
            id(),
            computed("peer_owner_id", Type::String),
            computed("peer_region", Type::String),
            computed("peer_vpc_id", Type::String),
            side("requester"),
            tags(),
            tags_all(),
            timeouts(&["create", "update"]),
            computed("vpc_id", Type::String),
            required("vpc_peering_connection_id", Type::String).force_new(),
        ],
    )
});

#[async_trait]
impl ResourceType for VpcPeeringConnectionAccepter {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 1, update: 1, ..Timeouts::default() }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        peering::read(aws, object).await
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let id = object.str("vpc_peering_connection_id").to_string();
        // It comes from another region or account, where it may be only just made.
        peering::wait_until_made(aws, &id, operation).await?;
        object.set("id", &id);
        peering::accept(aws, object, operation).await?;
        peering::check_active(aws, object, &Object::default()).await?;
        peering::set_options(aws, object, &Object::default()).await?;
        create_tags(aws, &id, object.map("tags_all")).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        peering::update(aws, object, prior, operation).await
    }

    async fn delete(&self, _: &Aws, _: &Object, _: &Operation) -> Outcome<()> {
        Ok(())
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        let id = object.id().to_string();
        object.set("vpc_peering_connection_id", id);
        Ok(())
    }

    /// All that a creation does may be done again.
    async fn recover(&self, _: &Aws, _: &mut Object, _: &Operation) -> Outcome<Presence> {
        Ok(Presence::Gone)
    }
}
