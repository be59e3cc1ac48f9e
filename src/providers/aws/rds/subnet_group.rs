//! `aws_db_subnet_group`: the subnets that databases may be in.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_rds::types as sdk;
use smol_str::SmolStr;

use super::texts;
use super::{BUSY, RECORDS, create, list_tags, made_by, new_tags, only, read_tags, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, string_set, tags, tags_all,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_db_subnet_group`.
pub struct SubnetGroup;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            optional("description", Type::String).default("Managed by Terraform"),
            id(),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            required("subnet_ids", string_set()),
            computed("supported_network_types", string_set()),
            tags(),
            tags_all(),
            computed("vpc_id", Type::String),
        ],
    )
});

/// Subnet groups by name.
static GROUPS: Batch<sdk::DbSubnetGroup> =
    Batch { size: usize::MAX, fetch: |aws, names| Box::pin(describe(aws, names)) };

async fn describe(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<sdk::DbSubnetGroup>> {
    let only = only(&names);
    let send = |marker| {
        let request = aws.rds.describe_db_subnet_groups().set_db_subnet_group_name(only.clone());
        request.max_records(RECORDS).set_marker(marker).send()
    };
    let groups = aws.pages("rds:DescribeDBSubnetGroups", send, |page| (page.db_subnet_groups, page.marker)).await;
    let groups = match groups {
        Err(failure) if failure.is_not_found() => Vec::new(),
        groups => groups?,
    };
    Ok(groups.into_iter().filter_map(|g| Some((g.db_subnet_group_name.as_deref()?.into(), g))).collect())
}

async fn find(aws: &Aws, name: &str, operation: &Operation) -> Outcome<Option<String>> {
    let group = aws.load(&GROUPS, name).await?;
    made_by(aws, operation, group.and_then(|g| g.db_subnet_group_arn)).await
}

const CHECKS: Checks =
    &[("name name_prefix", Check::Exclusive), ("name name_prefix", Check::Text(texts::subnet_group))];

#[async_trait]
impl ResourceType for SubnetGroup {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(group) = aws.load(&GROUPS, object.id()).await? else { return Ok(Presence::Gone) };
        let name = group.db_subnet_group_name.unwrap_or_default();
        let arn = group.db_subnet_group_arn.unwrap_or_default();
        let subnets = group.subnets.unwrap_or_default().into_iter().filter_map(|s| s.subnet_identifier);
        object.set("description", group.db_subnet_group_description);
        object.set("name_prefix", naming::prefix_of(&name));
        object.set("name", name);
        object.set("subnet_ids", subnets.collect::<Vec<_>>());
        object.set("supported_network_types", group.supported_network_types);
        object.set("vpc_id", group.vpc_id);
        read_tags(aws, object, Some(list_tags(aws, &arn).await?));
        object.set("arn", arn);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let request = aws
            .rds
            .create_db_subnet_group()
            .db_subnet_group_name(&name)
            .db_subnet_group_description(object.str("description"))
            .set_subnet_ids(Some(object.texts("subnet_ids")))
            .set_tags(new_tags(object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            Ok(made.db_subnet_group.and_then(|g| g.db_subnet_group_arn).unwrap_or_default())
        };
        let arn = create(aws, "rds:CreateDBSubnetGroup", send, || find(aws, &name, operation)).await?;
        object.set("id", name);
        aws.note_intent(&arn);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        if object.differs_in(prior, &["description", "subnet_ids"]) {
            let request = aws
                .rds
                .modify_db_subnet_group()
                .db_subnet_group_name(object.id())
                .db_subnet_group_description(object.str("description"))
                .set_subnet_ids(Some(object.texts("subnet_ids")));
            aws.call("rds:ModifyDBSubnetGroup", || request.clone().send()).await?;
        }
        update_tags(aws, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let name = object.id();
        // Its last database may still be on the way out.
        let is_in_use = |f: &Failure| f.is(&["InvalidDBSubnetGroupStateFault"]);
        let deleted = retry_while(BUSY, is_in_use, || {
            aws.call("rds:DeleteDBSubnetGroup", || aws.rds.delete_db_subnet_group().db_subnet_group_name(name).send())
        });
        match deleted.await {
            Err(failure) if failure.is_not_found() => return Ok(()),
            outcome => outcome?,
        };
        wait_for(&format!("DB subnet group {name}"), operation.timeout, || async {
            let is_there = aws.load(&GROUPS, name).await?.is_some();
            Ok(if is_there { Progress::Pending("there".into()) } else { Progress::Done(()) })
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let Some(arn) = find(aws, &name, operation).await? else { return Ok(Presence::Gone) };
        object.set("id", name);
        aws.note_intent(&arn);
        Ok(Presence::Found)
    }
}
