//! `aws_route_table_association`: the route table of a subnet or gateway.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::routes::{PROPAGATION, ROUTE_TABLES};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{id, optional, required, schema, timeouts};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_route_table_association`.
pub struct RouteTableAssociation;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional("gateway_id", Type::String).force_new(),
            id(),
            required("route_table_id", Type::String),
            optional("subnet_id", Type::String).force_new(),
            timeouts(&["create", "delete", "update"]),
        ],
    )
});

/// An association of a route table, unless it is none any more.
///
/// # Errors
/// When AWS refuses.
pub async fn find(
    aws: &Aws,
    table: &str,
    is_meant: impl Fn(&sdk::RouteTableAssociation) -> bool,
) -> Outcome<Option<sdk::RouteTableAssociation>> {
    let associations = aws.load(&ROUTE_TABLES, table).await?.and_then(|t| t.associations).unwrap_or_default();
    let is_there = |a: &sdk::RouteTableAssociation| {
        let state = a.association_state.as_ref().and_then(|s| s.state.as_ref());
        state != Some(&sdk::RouteTableAssociationStateCode::Disassociated)
    };
    Ok(associations.into_iter().find(|a| is_there(a) && is_meant(a)))
}

/// The association with an id.
///
/// # Errors
/// When AWS refuses.
pub async fn find_by_id(aws: &Aws, table: &str, id: &str) -> Outcome<Option<sdk::RouteTableAssociation>> {
    find(aws, table, |a| a.route_table_association_id.as_deref() == Some(id)).await
}

/// The association that an object describes.
async fn find_by_target(aws: &Aws, object: &Object) -> Outcome<Option<String>> {
    let (subnet, gateway) = (object.text("subnet_id"), object.text("gateway_id"));
    let is_meant = |a: &sdk::RouteTableAssociation| a.subnet_id == subnet && a.gateway_id == gateway;
    let found = find(aws, object.str("route_table_id"), is_meant).await?;
    Ok(found.and_then(|a| a.route_table_association_id))
}

/// Waits until a table has an association.
///
/// # Errors
/// When it fails, or time is up.
pub async fn wait_until_associated(aws: &Aws, table: &str, id: &str, timeout: Duration) -> Outcome<()> {
    wait_for(&format!("Association {id} of route table {table}"), timeout, || async {
        let Some(association) = find_by_id(aws, table, id).await? else {
            return Ok(Progress::Pending("missing".into()));
        };
        let (state, message) = association.association_state.map_or((None, None), |s| (s.state, s.status_message));
        Ok(match state {
            // Some regions don't tell.
            None | Some(sdk::RouteTableAssociationStateCode::Associated) => Progress::Done(()),
            Some(sdk::RouteTableAssociationStateCode::Failed) => Progress::Failed(message.unwrap_or_default()),
            Some(other) => Progress::Pending(other.as_str().into()),
        })
    })
    .await
}

/// Ends an association. That there is none is no failure.
///
/// # Errors
/// When AWS refuses, or time is up.
pub async fn disassociate(aws: &Aws, table: &str, id: &str, timeout: Duration) -> Outcome<()> {
    let send = || aws.ec2.disassociate_route_table().association_id(id).send();
    match aws.call("ec2:DisassociateRouteTable", send).await {
        Err(failure) if !failure.is(&["InvalidAssociationID.NotFound"]) => return Err(failure),
        _ => {}
    }
    wait_for(&format!("Association {id} of route table {table}"), timeout, || async {
        let left = find_by_id(aws, table, id).await?;
        Ok(left.map_or(Progress::Done(()), |_| Progress::Pending("there".into())))
    })
    .await
}

async fn associate(aws: &Aws, object: &mut Object, timeout: Duration) -> Outcome<()> {
    let table = object.str("route_table_id").to_string();
    let request = aws
        .ec2
        .associate_route_table()
        .route_table_id(&table)
        .set_subnet_id(object.text("subnet_id"))
        .set_gateway_id(object.text("gateway_id"));
    let send = async || request.clone().send().await.map(|o| o.association_id.unwrap_or_default());
    let planned = object.clone();
    let find = async || find_by_target(aws, &planned).await;
    let is_unknown = |f: &Failure| f.is_not_found();
    let made = retry_while(PROPAGATION, is_unknown, || aws.create_once("ec2:AssociateRouteTable", &send, &find));
    let id = made.await?;
    object.set("id", &id);
    wait_until_associated(aws, &table, &id, timeout).await
}

const CHECKS: Checks = &[("gateway_id subnet_id", Check::ExactlyOne)];

#[async_trait]
impl ResourceType for RouteTableAssociation {
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
        let Some(association) = find_by_id(aws, object.str("route_table_id"), object.id()).await? else {
            return Ok(Presence::Gone);
        };
        object.set("gateway_id", association.gateway_id);
        object.set("route_table_id", association.route_table_id);
        object.set("subnet_id", association.subnet_id);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        associate(aws, object, operation.timeout).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        if !object.differs(prior, "route_table_id") {
            return Ok(());
        }
        let table = object.str("route_table_id").to_string();
        let request = aws.ec2.replace_route_table_association().association_id(prior.id()).route_table_id(&table);
        let send = async || request.clone().send().await.map(|o| o.new_association_id.unwrap_or_default());
        let planned = object.clone();
        let find = async || find_by_target(aws, &planned).await;
        match aws.create_once("ec2:ReplaceRouteTableAssociation", &send, &find).await {
            // There is none that could be replaced.
            Err(failure) if failure.is(&["InvalidAssociationID.NotFound"]) => {
                associate(aws, object, operation.timeout).await
            }
            Err(failure) => Err(failure),
            Ok(id) => {
                object.set("id", &id);
                wait_until_associated(aws, &table, &id, operation.timeout).await
            }
        }
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        disassociate(aws, object.str("route_table_id"), object.id(), operation.timeout).await
    }

    async fn import(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let id = object.id().to_string();
        let [target, table] = id.split('/').collect::<Vec<_>>()[..] else {
            let format = "Use 'subnet ID/route table ID' or 'gateway ID/route table ID";
            return Err(Failure::new(format!("Unexpected format for import: {id}. {format}")));
        };
        let is_meant = |a: &sdk::RouteTableAssociation| {
            a.subnet_id.as_deref() == Some(target) || a.gateway_id.as_deref() == Some(target)
        };
        let found = find(aws, table, is_meant).await?;
        let Some(id) = found.and_then(|a| a.route_table_association_id) else {
            let message = format!("No association found between route table ID {table} and target ID {target}");
            return Err(Failure::new(message));
        };
        object.set("route_table_id", table);
        object.set("id", id);
        Ok(())
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<Presence> {
        let Some(id) = find_by_target(aws, object).await? else { return Ok(Presence::Gone) };
        object.set("id", id);
        Ok(Presence::Found)
    }
}
