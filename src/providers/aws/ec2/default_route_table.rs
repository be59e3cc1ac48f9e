//! `aws_default_route_table`: the main route table that a VPC comes with, taken over as it is.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::route_table::{read_table, set_routes};
use super::routes::{MAIN_ROUTE_TABLES, ROUTE_TABLES, normalise, own_routes, route_block};
use super::{create_tags, update_tags};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, object_of, optional, optional_computed, required, schema, string_set, tags, tags_all, timeouts,
};
use crate::schema::Schema;

/// The resource type `aws_default_route_table`.
pub struct DefaultRouteTable;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let route = object_of([
        ("cidr_block", Type::String),
        ("core_network_arn", Type::String),
        ("destination_prefix_list_id", Type::String),
        ("egress_only_gateway_id", Type::String),
        ("gateway_id", Type::String),
        ("instance_id", Type::String),
        ("ipv6_cidr_block", Type::String),
        ("nat_gateway_id", Type::String),
        ("network_interface_id", Type::String),
        ("transit_gateway_id", Type::String),
        ("vpc_endpoint_id", Type::String),
        ("vpc_peering_connection_id", Type::String),
    ]);
    schema(
        0,
        [
            computed("arn", Type::String),
            required("default_route_table_id", Type::String).force_new(),
            id(),
            computed("owner_id", Type::String),
            optional("propagating_vgws", string_set()),
            optional_computed("route", Type::set(route)).normalise(normalise),
            tags(),
            tags_all(),
            timeouts(&["create", "update"]),
            computed("vpc_id", Type::String),
        ],
    )
});

const CHECKS: Checks = &[("route.cidr_block", Check::Ipv4Range), ("route.ipv6_cidr_block", Check::Ipv6Range)];

#[async_trait]
impl ResourceType for DefaultRouteTable {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 2, update: 2, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        object.set("default_route_table_id", id);
        read_table(aws, object).await
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let id = object.str("default_route_table_id").to_string();
        let Some(table) = aws.load(&ROUTE_TABLES, &id).await? else {
            return Err(Failure::new(format!("There is no route table {id}.")));
        };
        object.set("id", &id);
        // All that it has is removed, except what AWS makes.
        let routes = own_routes(aws, &table, |_| false).await?;
        let gateways = table.propagating_vgws.unwrap_or_default().into_iter().filter_map(|g| g.gateway_id);
        let before = Object::block()
            .with("route", routes.iter().map(route_block).collect::<Vec<_>>())
            .with("propagating_vgws", gateways.collect::<Vec<_>>());
        set_routes(aws, object, &before, operation.timeout).await?;
        create_tags(aws, &id, object.map("tags_all")).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        set_routes(aws, object, prior, operation.timeout).await?;
        update_tags(aws, object.id(), object, prior).await
    }

    /// It is there as long as its VPC, with the routes that it has.
    async fn delete(&self, _: &Aws, _: &Object, _: &Operation) -> Outcome<()> {
        Ok(())
    }

    /// By the VPC's id.
    async fn import(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let vpc = object.id().to_string();
        let table = aws.load(&MAIN_ROUTE_TABLES, &vpc).await?.and_then(|t| t.route_table_id);
        let Some(id) = table else {
            return Err(Failure::new(format!("There is no main route table of a VPC {vpc:?}.")));
        };
        object.set("id", id);
        Ok(())
    }

    /// Nothing is made: it can be taken over again.
    async fn recover(&self, _: &Aws, _: &mut Object, _: &Operation) -> Outcome<Presence> {
        Ok(Presence::Gone)
    }
}
