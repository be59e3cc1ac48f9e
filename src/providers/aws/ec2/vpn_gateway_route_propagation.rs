//! `aws_vpn_gateway_route_propagation`: that a VPN gateway adds its routes to a route table.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::routes::{ROUTE_TABLES, disable_propagation, enable_propagation};
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{id, required, schema, timeouts};
use crate::schema::Schema;

/// The resource type `aws_vpn_gateway_route_propagation`.
pub struct VpnGatewayRoutePropagation;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            id(),
            required("route_table_id", Type::String).force_new(),
            timeouts(&["create", "delete"]),
            required("vpn_gateway_id", Type::String).force_new(),
        ],
    )
});

/// Table and gateway.
fn ends(object: &Object) -> (&str, &str) {
    (object.str("route_table_id"), object.str("vpn_gateway_id"))
}

#[async_trait]
impl ResourceType for VpnGatewayRoutePropagation {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 2, delete: 2, ..Timeouts::default() }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let (table, gateway) = ends(object);
        let gateways = aws.load(&ROUTE_TABLES, table).await?.and_then(|t| t.propagating_vgws).unwrap_or_default();
        let is_on = gateways.iter().any(|g| g.gateway_id.as_deref() == Some(gateway));
        Ok(if is_on { Presence::Found } else { Presence::Gone })
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let (table, gateway) = ends(object);
        enable_propagation(aws, table, gateway, operation.timeout).await?;
        object.set("id", format!("{gateway}_{table}"));
        Ok(())
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let (table, gateway) = ends(object);
        match disable_propagation(aws, table, gateway).await {
            Err(failure) if !failure.is(&["InvalidRouteTableID.NotFound"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<Presence> {
        let presence = self.read(aws, object).await?;
        let (table, gateway) = ends(object);
        object.set("id", format!("{gateway}_{table}"));
        Ok(presence)
    }
}
