//! `aws_route_table`: where packets that leave a subnet go.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::routes::{
    Destination, LOCAL, ROUTE_TABLES, create_route, delete_route, disable_propagation, enable_propagation, normalise,
    own_routes, replace_route, route_block, target, wait_for_routes,
};
use super::{find_by_intent, read_tags, route_table_association, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, object_of, optional_computed, required, schema, string_set, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_route_table`.
pub struct RouteTable;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let route = object_of([
        ("carrier_gateway_id", Type::String),
        ("cidr_block", Type::String),
        ("core_network_arn", Type::String),
        ("destination_prefix_list_id", Type::String),
        ("egress_only_gateway_id", Type::String),
        ("gateway_id", Type::String),
        ("ipv6_cidr_block", Type::String),
        ("local_gateway_id", Type::String),
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
            id(),
            computed("owner_id", Type::String),
            optional_computed("propagating_vgws", string_set()),
            optional_computed("route", Type::set(route)).normalise(normalise),
            tags(),
            tags_all(),
            timeouts(&["create", "delete", "update"]),
            required("vpc_id", Type::String).force_new(),
        ],
    )
});

/// Reads a route table.
///
/// # Errors
/// When AWS refuses.
pub async fn read_table(aws: &Aws, object: &mut Object) -> Outcome<Presence> {
    let id = object.id().to_string();
    let Some(table) = aws.load(&ROUTE_TABLES, &id).await? else { return Ok(Presence::Gone) };
    // Local routes are there anyway: they count if the configuration has them.
    let known = object.blocks("route");
    let is_local = |route: &&Object| route.str("gateway_id") == LOCAL;
    let local: Vec<Destination> = known.iter().filter(is_local).filter_map(Destination::of).collect();
    let routes = own_routes(aws, &table, |to| local.contains(to)).await?;
    let owner = table.owner_id.unwrap_or_default();
    object.set("arn", aws.arn_of("ec2", &owner, &format!("route-table/{id}")));
    object.set("owner_id", owner);
    let gateways = table.propagating_vgws.unwrap_or_default().into_iter().filter_map(|g| g.gateway_id);
    object.set("propagating_vgws", gateways.collect::<Vec<_>>());
    object.set("route", routes.iter().map(route_block).collect::<Vec<_>>());
    object.set("vpc_id", table.vpc_id);
    // Amazon FSx tags the tables that it uses.
    let tags = table.tags.unwrap_or_default().into_iter().filter(|t| t.key.as_deref() != Some("AmazonFSx"));
    read_tags(aws, object, Some(tags.collect()));
    Ok(Presence::Found)
}

/// Makes routes and propagations of a table what they should be. A route that gets another target is never missing.
///
/// # Errors
/// When AWS refuses.
pub async fn set_routes(aws: &Aws, object: &Object, prior: &Object, timeout: Duration) -> Outcome<()> {
    let table = object.id();
    let (gateways, former) = (object.texts("propagating_vgws"), prior.texts("propagating_vgws"));
    for gateway in former.iter().filter(|g| !gateways.contains(g)) {
        disable_propagation(aws, table, gateway).await?;
    }
    for gateway in gateways.iter().filter(|g| !former.contains(g)) {
        enable_propagation(aws, table, gateway, timeout).await?;
    }
    let (routes, before) = (object.blocks("route"), prior.blocks("route"));
    let mut made = Vec::new();
    for route in routes {
        let to = Destination::of(&route);
        match before.iter().find(|b| Destination::of(b) == to) {
            Some(before) if target(before) == target(&route) => continue,
            Some(_) => replace_route(aws, table, &route).await?,
            // It is AWS who makes these.
            None if route.str("gateway_id") == LOCAL => {}
            None => create_route(aws, table, &route, timeout).await?,
        }
        made.push(route);
    }
    let kept: Vec<_> = object.blocks("route").iter().filter_map(Destination::of).collect();
    let removed: Vec<_> = before.iter().filter_map(Destination::of).filter(|to| !kept.contains(to)).collect();
    for to in &removed {
        delete_route(aws, table, to, timeout).await?;
    }
    wait_for_routes(aws, table, &made, &removed, timeout).await
}

async fn wait_until_there(aws: &Aws, id: &str, timeout: Duration) -> Outcome<()> {
    wait_for(&format!("Route table {id}"), timeout, || async {
        let table = aws.load(&ROUTE_TABLES, id).await?;
        Ok(table.map_or_else(|| Progress::Pending("missing".into()), |_| Progress::Done(())))
    })
    .await
}

const CHECKS: Checks = &[("route.cidr_block", Check::Ipv4Range), ("route.ipv6_cidr_block", Check::Ipv6Range)];

#[async_trait]
impl ResourceType for RouteTable {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 5, update: 2, delete: 5, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        read_table(aws, object).await
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let tags = tag_specification(sdk::ResourceType::RouteTable, object, operation);
        let request = aws
            .ec2
            .create_route_table()
            .vpc_id(object.str("vpc_id"))
            .client_token(operation.token.as_str())
            .tag_specifications(tags);
        let made = aws.call("ec2:CreateRouteTable", || request.clone().send()).await?;
        let id = made.route_table.and_then(|t| t.route_table_id).unwrap_or_default();
        object.set("id", &id);
        aws.note_intent(&id);
        wait_until_there(aws, &id, operation.timeout).await?;
        set_routes(aws, object, &Object::default(), operation.timeout).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        set_routes(aws, object, prior, operation.timeout).await?;
        update_tags(aws, object.id(), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let Some(table) = aws.load(&ROUTE_TABLES, id).await? else { return Ok(()) };
        for association in table.associations.unwrap_or_default() {
            let association = association.route_table_association_id.unwrap_or_default();
            route_table_association::disassociate(aws, id, &association, operation.timeout).await?;
        }
        let is_in_use = |f: &Failure| f.is(&["DependencyViolation"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeleteRouteTable", || aws.ec2.delete_route_table().route_table_id(id).send())
        });
        match deleted.await {
            Err(failure) if !failure.is(&["InvalidRouteTableID.NotFound"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let Some(id) = find_by_intent(aws, &sdk::ResourceType::RouteTable, operation).await? else {
            return Ok(Presence::Gone);
        };
        object.set("id", id);
        let mut found = object.clone();
        let presence = read_table(aws, &mut found).await?;
        set_routes(aws, object, &found, operation.timeout).await?;
        Ok(presence)
    }
}
