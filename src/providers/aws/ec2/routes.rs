//! Routes: what the types for route tables, single routes and associations have in common.

use std::time::Duration;

use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::network_interface::NETWORK_INTERFACES;
use super::{VALUES, filter, filter_keys};
use crate::lang::Value;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::cidr::{self, Cidr};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::{Object, fit};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};

/// The target of the routes within a VPC, which AWS makes.
pub const LOCAL: &str = "local";

/// How long something new may be unknown to those who are to use it.
pub const PROPAGATION: Duration = Duration::from_secs(20);

/// What a route's target can be.
const TARGETS: &[&str] = &[
    "carrier_gateway_id",
    "core_network_arn",
    "egress_only_gateway_id",
    "gateway_id",
    "instance_id",
    "local_gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
];

/// Route tables by id.
pub static ROUTE_TABLES: Batch<sdk::RouteTable> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(tables(aws, ids)) };

async fn tables(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::RouteTable>> {
    let tables = find_tables(&aws, Some(vec![filter_keys("route-table-id", &ids)])).await?;
    Ok(tables.into_iter().filter_map(|t| Some((t.route_table_id.as_deref()?.into(), t))).collect())
}

/// The main route table of VPCs.
pub static MAIN_ROUTE_TABLES: Batch<sdk::RouteTable> =
    Batch { size: VALUES, fetch: |aws, ids| Box::pin(main_tables(aws, ids)) };

async fn main_tables(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::RouteTable>> {
    let filters = vec![filter_keys("vpc-id", &ids), filter("association.main", ["true"])];
    let tables = find_tables(&aws, Some(filters)).await?;
    Ok(tables.into_iter().filter_map(|t| Some((t.vpc_id.as_deref()?.into(), t))).collect())
}

/// Route tables that filters match; all, if there are none.
///
/// # Errors
/// When AWS refuses.
pub async fn find_tables(aws: &Aws, filters: Option<Vec<sdk::Filter>>) -> Outcome<Vec<sdk::RouteTable>> {
    let send = |token| aws.ec2.describe_route_tables().set_filters(filters.clone()).set_next_token(token).send();
    aws.pages("ec2:DescribeRouteTables", send, |page| (page.route_tables, page.next_token)).await
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A range of IPv4 addresses.
    Ipv4(String),
    /// A range of IPv6 addresses, spelt as AWS does.
    Ipv6(String),
    /// The ranges of a prefix list.
    PrefixList(String),
}

impl Destination {
    /// Where a route of the configuration leads: a block of a route table, or an object of its own.
    #[must_use]
    pub fn of(route: &Object) -> Option<Self> {
        let first = |names: [&str; 2]| names.into_iter().find_map(|name| route.text(name));
        first(["cidr_block", "destination_cidr_block"])
            .map(Destination::Ipv4)
            .or_else(|| first(["ipv6_cidr_block", "destination_ipv6_cidr_block"]).map(Destination::ipv6_of))
            .or_else(|| route.text("destination_prefix_list_id").map(Destination::PrefixList))
    }

    fn of_route(route: &sdk::Route) -> Option<Self> {
        let list = || route.destination_prefix_list_id.clone().map(Destination::PrefixList);
        let ipv6 = || route.destination_ipv6_cidr_block.clone().map(Destination::ipv6_of);
        route.destination_cidr_block.clone().map(Destination::Ipv4).or_else(ipv6).or_else(list)
    }

    fn ipv6_of(text: String) -> Self {
        let canonical = text.parse::<Cidr>().map(|cidr| cidr.network().to_string());
        Destination::Ipv6(canonical.unwrap_or(text))
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Destination::Ipv4(text) | Destination::Ipv6(text) | Destination::PrefixList(text) => text,
        }
    }

    fn ipv4(&self) -> Option<String> {
        if let Destination::Ipv4(text) = self { Some(text.clone()) } else { None }
    }

    fn ipv6(&self) -> Option<String> {
        if let Destination::Ipv6(text) = self { Some(text.clone()) } else { None }
    }

    fn prefix_list(&self) -> Option<String> {
        if let Destination::PrefixList(text) = self { Some(text.clone()) } else { None }
    }
}

/// What the target of a route is: the attribute's name and value.
#[must_use]
pub fn target(route: &Object) -> Option<(&'static str, String)> {
    TARGETS.iter().find_map(|name| Some((*name, route.text(name)?)))
}

/// The route of a table that leads to a destination.
#[must_use]
pub fn route_to(table: &sdk::RouteTable, destination: &Destination) -> Option<sdk::Route> {
    let routes = table.routes.as_deref().unwrap_or_default();
    routes.iter().find(|r| Destination::of_route(r).as_ref() == Some(destination)).cloned()
}

/// A route as route tables have it; a block with the attributes of all types.
#[must_use]
pub fn route_block(route: &sdk::Route) -> Object {
    let (endpoint, gateway) = split_gateway(route.gateway_id.clone());
    Object::block()
        .with("carrier_gateway_id", route.carrier_gateway_id.clone())
        .with("cidr_block", route.destination_cidr_block.clone())
        .with("core_network_arn", route.core_network_arn.clone())
        .with("destination_prefix_list_id", route.destination_prefix_list_id.clone())
        .with("egress_only_gateway_id", route.egress_only_internet_gateway_id.clone())
        .with("gateway_id", gateway)
        .with("instance_id", route.instance_id.clone())
        .with("ipv6_cidr_block", route.destination_ipv6_cidr_block.clone())
        .with("local_gateway_id", route.local_gateway_id.clone())
        .with("nat_gateway_id", route.nat_gateway_id.clone())
        .with("network_interface_id", route.network_interface_id.clone())
        .with("transit_gateway_id", route.transit_gateway_id.clone())
        .with("vpc_endpoint_id", endpoint)
        .with("vpc_peering_connection_id", route.vpc_peering_connection_id.clone())
}

/// AWS answers with VPC endpoints and gateways in one attribute: the endpoint, and the gateway.
#[must_use]
pub fn split_gateway(gateway: Option<String>) -> (Option<String>, Option<String>) {
    match gateway {
        Some(id) if id.starts_with("vpce-") => (Some(id), None),
        other => (None, other),
    }
}

/// The routes of a table that users make: neither those of gateways that propagate theirs, nor those that belong to a VPC
/// endpoint or to a service of AWS, nor local ones unless `keeps_local`.
///
/// # Errors
/// When AWS refuses.
pub async fn own_routes(
    aws: &Aws,
    table: &sdk::RouteTable,
    keeps_local: impl Fn(&Destination) -> bool,
) -> Outcome<Vec<sdk::Route>> {
    let mut own = Vec::new();
    for route in table.routes.as_deref().unwrap_or_default() {
        let gateway = route.gateway_id.as_deref().unwrap_or_default();
        let is_foreign = gateway == "VpcLattice"
            || (gateway == LOCAL && !Destination::of_route(route).is_some_and(|d| keeps_local(&d)))
            || route.origin == Some(sdk::RouteOrigin::EnableVgwRoutePropagation)
            || (route.destination_prefix_list_id.is_some() && gateway.starts_with("vpce-"))
            || is_interface_of_service(aws, route.network_interface_id.as_deref()).await?;
        if !is_foreign {
            own.push(route.clone());
        }
    }
    Ok(own)
}

/// Whether a network interface is attached to something in another account.
async fn is_interface_of_service(aws: &Aws, id: Option<&str>) -> Outcome<bool> {
    let Some(id) = id else { return Ok(false) };
    let Some(interface) = aws.load(&NETWORK_INTERFACES, id).await? else { return Ok(false) };
    let Some(attachment) = interface.attachment else { return Ok(false) };
    Ok(interface.owner_id.is_some() && attachment.instance_owner_id != interface.owner_id)
}

/// Requests for routes are spelt alike, but have no type in common.
macro_rules! with_route {
    ($request:expr, $table:expr, $route:expr) => {{
        let (route, to) = ($route, Destination::of($route));
        $request
            .route_table_id($table)
            .set_destination_cidr_block(to.as_ref().and_then(Destination::ipv4))
            .set_destination_ipv6_cidr_block(to.as_ref().and_then(Destination::ipv6))
            .set_destination_prefix_list_id(to.as_ref().and_then(Destination::prefix_list))
            .set_carrier_gateway_id(route.text("carrier_gateway_id"))
            .set_core_network_arn(route.text("core_network_arn"))
            .set_egress_only_internet_gateway_id(route.text("egress_only_gateway_id"))
            .set_gateway_id(route.text("gateway_id").filter(|id| id != LOCAL))
            .set_instance_id(route.text("instance_id"))
            .set_local_gateway_id(route.text("local_gateway_id"))
            .set_nat_gateway_id(route.text("nat_gateway_id"))
            .set_network_interface_id(route.text("network_interface_id"))
            .set_transit_gateway_id(route.text("transit_gateway_id"))
            .set_vpc_endpoint_id(route.text("vpc_endpoint_id"))
            .set_vpc_peering_connection_id(route.text("vpc_peering_connection_id"))
    }};
}

/// Adds a route to a table.
///
/// # Errors
/// When AWS refuses; also when there is a route with the same destination.
pub async fn create_route(aws: &Aws, table: &str, route: &Object, timeout: Duration) -> Outcome<()> {
    if target(route).is_none() {
        // A block of a route table can't name an instance, and a route of its own without a target is no valid configuration.
        let targets: Vec<_> = TARGETS.iter().filter(|name| **name != "instance_id").copied().collect();
        return Err(Failure::new(format!("creating route: one of `{}` must be specified", targets.join(", "))));
    }
    let request = with_route!(aws.ec2.create_route(), table, route);
    let send = async || request.clone().send().await.map(|_| ());
    let find = async || {
        let table = aws.load(&ROUTE_TABLES, table).await?;
        Ok(table.is_some_and(|t| has_route(&t, route)).then_some(()))
    };
    // Table and target may be too new to be known everywhere; a transit gateway's attachment takes its time.
    let is_unknown = |f: &Failure| f.is_not_found();
    let is_not_ready = |f: &Failure| f.is(&["InvalidParameterException", "InvalidTransitGatewayID.NotFound"]);
    retry_while(timeout, is_not_ready, || {
        retry_while(PROPAGATION, is_unknown, || aws.create_once("ec2:CreateRoute", &send, &find))
    })
    .await
}

/// Gives a route of a table another target.
///
/// # Errors
/// When AWS refuses.
pub async fn replace_route(aws: &Aws, table: &str, route: &Object) -> Outcome<()> {
    let is_local = route.str("gateway_id") == LOCAL;
    let request = with_route!(aws.ec2.replace_route(), table, route).set_local_target(is_local.then_some(true));
    let is_unknown = |f: &Failure| f.is_not_found();
    retry_while(PROPAGATION, is_unknown, || aws.call("ec2:ReplaceRoute", || request.clone().send())).await?;
    Ok(())
}

/// Removes a route from a table. That there is none is no failure.
///
/// # Errors
/// When AWS refuses.
pub async fn delete_route(aws: &Aws, table: &str, to: &Destination, timeout: Duration) -> Outcome<()> {
    let request = aws
        .ec2
        .delete_route()
        .route_table_id(table)
        .set_destination_cidr_block(to.ipv4())
        .set_destination_ipv6_cidr_block(to.ipv6())
        .set_destination_prefix_list_id(to.prefix_list());
    let is_not_ready = |f: &Failure| f.is(&["InvalidParameterException"]);
    let deleted = retry_while(timeout, is_not_ready, || aws.call("ec2:DeleteRoute", || request.clone().send())).await;
    match deleted {
        Err(failure) if !failure.is(&["InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"]) => Err(failure),
        _ => Ok(()),
    }
}

/// Waits until AWS shows routes as they were made, and others no more.
///
/// # Errors
/// When time is up, or AWS refuses.
pub async fn wait_for_routes(
    aws: &Aws,
    table: &str,
    made: &[Object],
    removed: &[Destination],
    timeout: Duration,
) -> Outcome<()> {
    if made.is_empty() && removed.is_empty() {
        return Ok(());
    }
    wait_for(&format!("Route table {table}"), timeout, || async {
        let Some(found) = aws.load(&ROUTE_TABLES, table).await? else {
            return Ok(Progress::Pending("missing".into()));
        };
        let missing = made.iter().find(|route| !has_route(&found, route)).and_then(Destination::of);
        let left = removed.iter().find(|to| route_to(&found, to).is_some());
        Ok(match (missing, left) {
            (Some(to), _) => Progress::Pending(format!("without the new route to {}", to.text())),
            (None, Some(to)) => Progress::Pending(format!("with the former route to {}", to.text())),
            (None, None) => Progress::Done(()),
        })
    })
    .await
}

/// Whether a table has a route: same destination, same target.
#[must_use]
pub fn has_route(table: &sdk::RouteTable, route: &Object) -> bool {
    let found = Destination::of(route).and_then(|to| route_to(table, &to));
    found.is_some_and(|found| {
        let found = route_block(&found);
        target(route).is_none_or(|(name, id)| found.str(name) == id)
    })
}

/// Lets a VPN gateway add its routes to a table.
///
/// # Errors
/// When AWS refuses.
pub async fn enable_propagation(aws: &Aws, table: &str, gateway: &str, timeout: Duration) -> Outcome<()> {
    let is_not_ready = |f: &Failure| f.is(&["Gateway.NotAttached"]);
    retry_while(timeout, is_not_ready, || {
        aws.call("ec2:EnableVgwRoutePropagation", || {
            aws.ec2.enable_vgw_route_propagation().gateway_id(gateway).route_table_id(table).send()
        })
    })
    .await?;
    Ok(())
}

/// Lets a VPN gateway's routes disappear from a table.
///
/// # Errors
/// When AWS refuses.
pub async fn disable_propagation(aws: &Aws, table: &str, gateway: &str) -> Outcome<()> {
    aws.call("ec2:DisableVgwRoutePropagation", || {
        aws.ec2.disable_vgw_route_propagation().gateway_id(gateway).route_table_id(table).send()
    })
    .await?;
    Ok(())
}

/// One spelling for all spellings of a set of routes.
#[must_use]
pub fn normalise(routes: &Value) -> Value {
    let ty = routes.ty();
    let (Some(element), Some(items)) = (ty.element(), routes.as_elements()) else { return routes.clone() };
    if !routes.is_wholly_known() {
        return routes.clone();
    }
    let items = items.iter().map(|item| {
        let item = fit(item, element);
        let mut route = Object::of(&item, element);
        if let Some(range) = route.get("ipv6_cidr_block").map(cidr::normalise) {
            route.set("ipv6_cidr_block", range);
        }
        // AWS answers with a NAT gateway's interface too.
        if route.text("nat_gateway_id").is_some() {
            route.set("network_interface_id", "");
        }
        route.value()
    });
    Value::set(element.clone(), items.collect())
}

#[cfg(test)]
mod tests {
    use super::{Destination, normalise, route_block, sdk, target};
    use crate::lang::{Type, Value};
    use crate::providers::aws::object::{Object, fit};
    use crate::providers::aws::shape::object_of;

    fn routes(block: &Object) -> Value {
        let names = ["cidr_block", "ipv6_cidr_block", "nat_gateway_id", "network_interface_id"];
        let element = object_of(names.map(|name| (name, Type::String)));
        Value::set(element.clone(), vec![fit(&block.value(), &element)])
    }

    #[test]
    fn destinations_are_the_same_however_they_are_spelt() {
        let block = Object::block().with("ipv6_cidr_block", "2001:DB8:0::/32");
        let own = Object::block().with("destination_ipv6_cidr_block", "2001:db8::/32");
        assert_eq!(Destination::of(&block), Destination::of(&own));
        assert_eq!(Destination::of(&Object::block()), None);
    }

    #[test]
    fn routes_to_nat_gateways_are_the_same_with_and_without_their_interface() {
        let block = Object::block().with("ipv6_cidr_block", "0::/0").with("nat_gateway_id", "nat-1");
        let found = Object::block()
            .with("ipv6_cidr_block", "::/0")
            .with("nat_gateway_id", "nat-1")
            .with("network_interface_id", "eni-1");
        assert_eq!(normalise(&routes(&block)), normalise(&routes(&found)));
        assert_ne!(normalise(&routes(&block)), normalise(&routes(&block.with("nat_gateway_id", "nat-2"))));
    }

    #[test]
    fn endpoints_are_told_from_gateways() {
        let route = sdk::Route::builder().destination_cidr_block("10.0.0.0/8").gateway_id("vpce-1").build();
        assert_eq!(target(&route_block(&route)), Some(("vpc_endpoint_id", "vpce-1".into())));
    }
}
