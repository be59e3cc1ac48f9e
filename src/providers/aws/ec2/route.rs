//! `aws_route`: a single route of a route table.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::routes::{
    Destination, LOCAL, ROUTE_TABLES, create_route, delete_route, has_route, replace_route, route_to, split_gateway,
    wait_for_routes,
};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::cidr;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, required, schema, timeouts};
use crate::schema::Schema;

/// The resource type `aws_route`.
pub struct Route;

const DESTINATIONS: &[&str] = &["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional("carrier_gateway_id", Type::String),
            optional("core_network_arn", Type::String),
            optional("destination_cidr_block", Type::String).force_new(),
            optional("destination_ipv6_cidr_block", Type::String).force_new().normalise(cidr::normalise),
            optional("destination_prefix_list_id", Type::String).force_new(),
            optional("egress_only_gateway_id", Type::String),
            optional("gateway_id", Type::String),
            id(),
            computed("instance_id", Type::String),
            computed("instance_owner_id", Type::String),
            optional("local_gateway_id", Type::String),
            optional("nat_gateway_id", Type::String),
            optional_computed("network_interface_id", Type::String),
            computed("origin", Type::String),
            required("route_table_id", Type::String).force_new(),
            computed("state", Type::String),
            timeouts(&["create", "delete", "update"]),
            optional("transit_gateway_id", Type::String),
            optional("vpc_endpoint_id", Type::String),
            optional("vpc_peering_connection_id", Type::String),
        ],
    )
});

/// The id that a route has in state: AWS has none.
fn id_of(object: &Object) -> String {
    let destination = DESTINATIONS.iter().find_map(|name| object.text(name)).unwrap_or_default();
    format!("r-{}{}", object.str("route_table_id"), crc32fast::hash(destination.as_bytes()))
}

fn destination(object: &Object) -> Outcome<Destination> {
    Destination::of(object).ok_or_else(|| Failure::new("It has no destination."))
}

const CHECKS: Checks = &[
    ("destination_cidr_block destination_ipv6_cidr_block destination_prefix_list_id", Check::ExactlyOne),
    (
        "carrier_gateway_id core_network_arn egress_only_gateway_id gateway_id local_gateway_id nat_gateway_id \
         network_interface_id transit_gateway_id vpc_endpoint_id vpc_peering_connection_id",
        Check::ExactlyOne,
    ),
    ("carrier_gateway_id", Check::Conflicts(&["destination_ipv6_cidr_block"])),
    ("egress_only_gateway_id", Check::Conflicts(&["destination_cidr_block"])),
    ("vpc_endpoint_id", Check::Conflicts(&["destination_prefix_list_id"])),
    ("destination_cidr_block", Check::Ipv4Range),
    ("destination_ipv6_cidr_block", Check::Ipv6Range),
];

#[async_trait]
impl ResourceType for Route {
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
        let table = aws.load(&ROUTE_TABLES, object.str("route_table_id")).await?;
        let to = destination(object)?;
        let Some(route) = table.and_then(|t| route_to(&t, &to)) else { return Ok(Presence::Gone) };
        let (endpoint, gateway) = split_gateway(route.gateway_id);
        object.set("carrier_gateway_id", route.carrier_gateway_id);
        object.set("core_network_arn", route.core_network_arn);
        object.set("destination_cidr_block", route.destination_cidr_block);
        object.set("destination_ipv6_cidr_block", route.destination_ipv6_cidr_block);
        object.set("destination_prefix_list_id", route.destination_prefix_list_id);
        object.set("egress_only_gateway_id", route.egress_only_internet_gateway_id);
        object.set("gateway_id", gateway);
        object.set("instance_id", route.instance_id);
        object.set("instance_owner_id", route.instance_owner_id);
        object.set("local_gateway_id", route.local_gateway_id);
        object.set("nat_gateway_id", route.nat_gateway_id);
        object.set("network_interface_id", route.network_interface_id);
        object.set("origin", route.origin.map(|o| o.as_str().to_string()));
        object.set("state", route.state.map(|s| s.as_str().to_string()));
        object.set("transit_gateway_id", route.transit_gateway_id);
        object.set("vpc_endpoint_id", endpoint);
        object.set("vpc_peering_connection_id", route.vpc_peering_connection_id);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let table = object.str("route_table_id").to_string();
        if object.str("gateway_id") == LOCAL {
            return Err(Failure::new("Local routes can't be created: import the one that there is."));
        }
        let to = destination(object)?;
        // AWS takes a second request for a route that there is, if it has the same target.
        let found = aws.load(&ROUTE_TABLES, &table).await?.and_then(|t| route_to(&t, &to));
        if found.is_some_and(|route| route.origin == Some(aws_sdk_ec2::types::RouteOrigin::CreateRoute)) {
            let what = format!("Route table {table} has a route to {} already: import that one.", to.text());
            return Err(Failure::new(what));
        }
        create_route(aws, &table, &operation.config, operation.timeout).await?;
        object.set("id", id_of(object));
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, _: &Object, operation: &Operation) -> Outcome<()> {
        let table = object.str("route_table_id");
        replace_route(aws, table, &operation.config).await?;
        wait_for_routes(aws, table, std::slice::from_ref(&operation.config), &[], operation.timeout).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let table = object.str("route_table_id");
        let to = destination(object)?;
        // These (they can be imported) are there as long as the table.
        if object.str("gateway_id") == LOCAL {
            return Ok(());
        }
        delete_route(aws, table, &to, operation.timeout).await?;
        if aws.load(&ROUTE_TABLES, table).await?.is_none() {
            return Ok(());
        }
        wait_for_routes(aws, table, &[], &[to], operation.timeout).await
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        let id = object.id().to_string();
        let (table, to) = match id.split('_').collect::<Vec<_>>()[..] {
            [table, to] if !table.is_empty() && !to.is_empty() => (table, to),
            _ => {
                let message = format!("unexpected format of ID ({id:?}), expected ROUTETABLEID_DESTINATION");
                return Err(Failure::new(message));
            }
        };
        let name = match to {
            to if to.contains(':') => "destination_ipv6_cidr_block",
            to if to.contains('.') => "destination_cidr_block",
            _ => "destination_prefix_list_id",
        };
        object.set("route_table_id", table);
        object.set(name, to);
        object.set("id", id_of(object));
        Ok(())
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<Presence> {
        let table = aws.load(&ROUTE_TABLES, object.str("route_table_id")).await?;
        if !table.is_some_and(|t| has_route(&t, object)) {
            return Ok(Presence::Gone);
        }
        object.set("id", id_of(object));
        Ok(Presence::Found)
    }
}

#[cfg(test)]
mod tests {
    use super::{Route, id_of};
    use crate::lang::Value;
    use crate::providers::aws::checks;
    use crate::providers::aws::object::Object;
    use crate::providers::aws::resource::{ResourceType, object_of};

    fn route(attributes: &[(&'static str, &str)]) -> Object {
        let schema = Route.schema();
        let mut object = object_of(&Value::null(schema.implied_type().clone()), schema);
        attributes.iter().for_each(|(name, value)| object.set(name, *value));
        object
    }

    #[test]
    fn ids_are_those_of_terraform() {
        let object = route(&[("route_table_id", "rtb-1"), ("destination_cidr_block", "0.0.0.0/0")]);
        assert_eq!(id_of(&object), "r-rtb-11080289494");
    }

    #[test]
    fn a_route_has_one_destination_and_one_target() {
        let problems = |attributes: &[_]| {
            let problems = checks::problems(super::CHECKS, Route.schema(), &route(attributes));
            problems.into_iter().map(|d| d.detail).collect::<Vec<_>>()
        };
        let (to, gateway) = (("destination_cidr_block", "0.0.0.0/0"), ("gateway_id", "igw-1"));
        assert_eq!(problems(&[to, gateway]), Vec::<String>::new());
        assert_ne!(problems(&[to]), Vec::<String>::new());
        assert_ne!(problems(&[gateway]), Vec::<String>::new());
        assert_eq!(
            problems(&[to, ("egress_only_gateway_id", "eigw-1")]),
            [r#""egress_only_gateway_id": conflicts with destination_cidr_block"#]
        );
    }
}
