//! `aws_main_route_table_association`: which route table is the main one of a VPC.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::route_table_association::{find_by_id, wait_until_associated};
use super::routes::MAIN_ROUTE_TABLES;
use super::{find_by_intent, update_tags_from};
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, required, schema, timeouts};
use crate::providers::aws::tags::{INTENT, Tags};
use crate::schema::Schema;

/// The resource type `aws_main_route_table_association`.
pub struct MainRouteTableAssociation;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            id(),
            computed("original_route_table_id", Type::String),
            required("route_table_id", Type::String),
            timeouts(&["create", "delete", "update"]),
            required("vpc_id", Type::String),
        ],
    )
});

/// The association that makes a table the main one of a VPC.
async fn main_association(aws: &Aws, vpc: &str) -> Outcome<Option<sdk::RouteTableAssociation>> {
    let associations = aws.load(&MAIN_ROUTE_TABLES, vpc).await?.and_then(|t| t.associations).unwrap_or_default();
    Ok(associations.into_iter().find(|a| a.main == Some(true)))
}

/// The id of that association, if it is a certain table.
async fn main_association_of(aws: &Aws, vpc: &str, table: &str) -> Outcome<Option<String>> {
    let main = main_association(aws, vpc).await?.filter(|a| a.route_table_id.as_deref() == Some(table));
    Ok(main.and_then(|a| a.route_table_association_id))
}

/// Makes another table the main one: the id of the new association.
async fn replace(aws: &Aws, vpc: &str, association: &str, table: &str, timeout: Duration) -> Outcome<String> {
    let request = aws.ec2.replace_route_table_association().association_id(association).route_table_id(table);
    let send = async || request.clone().send().await.map(|o| o.new_association_id.unwrap_or_default());
    let find = async || main_association_of(aws, vpc, table).await;
    let id = aws.create_once("ec2:ReplaceRouteTableAssociation", &send, &find).await?;
    wait_until_associated(aws, table, &id, timeout).await?;
    Ok(id)
}

/// Tags the table that was the main one, by which that is known after an interruption. Where tagging isn't permitted, it is done
/// without.
async fn mark(aws: &Aws, original: &str, operation: &Operation) -> Outcome<()> {
    unless_refused(update_tags_from(aws, original, &Tags::new(), &intent(operation)).await)
}

async fn unmark(aws: &Aws, original: &str, operation: &Operation) -> Outcome<()> {
    unless_refused(update_tags_from(aws, original, &intent(operation), &Tags::new()).await)
}

fn intent(operation: &Operation) -> Tags {
    [(INTENT.to_string(), operation.token.to_string())].into_iter().collect()
}

fn unless_refused(done: Outcome<()>) -> Outcome<()> {
    match done {
        Err(failure) if failure.is_refused() && !failure.is_locked_out => Ok(()),
        done => done,
    }
}

#[async_trait]
impl ResourceType for MainRouteTableAssociation {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 5, update: 2, delete: 5, ..Timeouts::default() }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let found = find_by_id(aws, object.str("route_table_id"), object.id()).await?;
        Ok(if found.is_some_and(|a| a.main == Some(true)) { Presence::Found } else { Presence::Gone })
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let (vpc, table) = (object.str("vpc_id").to_string(), object.str("route_table_id").to_string());
        let Some(main) = main_association(aws, &vpc).await? else {
            return Err(Failure::new(format!("There is no main route table of a VPC {vpc:?}.")));
        };
        let association = main.route_table_association_id.unwrap_or_default();
        let original = main.route_table_id.unwrap_or_default();
        object.set("original_route_table_id", &original);
        mark(aws, &original, operation).await?;
        let replaced = replace(aws, &vpc, &association, &table, operation.timeout).await;
        if let Ok(id) = &replaced {
            object.set("id", id);
        }
        if !replaced.as_ref().is_err_and(Failure::is_cut_off) {
            unmark(aws, &original, operation).await?;
        }
        replaced.map(drop)
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        let (vpc, table) = (object.str("vpc_id"), object.str("route_table_id"));
        let id = replace(aws, vpc, prior.id(), table, operation.timeout).await?;
        object.set("id", id);
        Ok(())
    }

    /// A VPC always has one: it is again the one that it was.
    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let original = object.str("original_route_table_id");
        replace(aws, object.str("vpc_id"), object.id(), original, operation.timeout).await.map(|_| ())
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let marked = find_by_intent(aws, &sdk::ResourceType::RouteTable, operation).await?;
        let (vpc, table) = (object.str("vpc_id").to_string(), object.str("route_table_id").to_string());
        let Some(id) = main_association_of(aws, &vpc, &table).await? else { return Ok(Presence::Gone) };
        if let Some(original) = marked {
            object.set("original_route_table_id", original);
        }
        object.set("id", id);
        Ok(Presence::Found)
    }
}
