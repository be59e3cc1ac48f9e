//! `aws_db_parameter_group`: parameters of database instances.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_rds::types as sdk;
use smol_str::SmolStr;

use super::texts;
use super::{BUSY, RECORDS, create, list_tags, made_by, new_tags, only, parameters, read_tags, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, set_block, tags, tags_all,
};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_db_parameter_group`.
pub struct ParameterGroup;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            optional("description", Type::String).force_new().default("Managed by Terraform"),
            required("family", Type::String).force_new(),
            id(),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            set_block(
                "parameter",
                [
                    optional("apply_method", Type::String).default("immediate"),
                    required("name", Type::String),
                    required("value", Type::String),
                ],
            ),
            optional("skip_destroy", Type::Bool).default(false),
            tags(),
            tags_all(),
        ],
    )
});

/// Parameter groups by name.
static GROUPS: Batch<sdk::DbParameterGroup> =
    Batch { size: usize::MAX, fetch: |aws, names| Box::pin(describe(aws, names)) };

async fn describe(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<sdk::DbParameterGroup>> {
    let only = only(&names);
    let send = |marker| {
        let request = aws.rds.describe_db_parameter_groups().set_db_parameter_group_name(only.clone());
        request.max_records(RECORDS).set_marker(marker).send()
    };
    let groups = aws.pages("rds:DescribeDBParameterGroups", send, |page| (page.db_parameter_groups, page.marker)).await;
    let groups = match groups {
        Err(failure) if failure.is_not_found() => Vec::new(),
        groups => groups?,
    };
    Ok(groups.into_iter().filter_map(|g| Some((g.db_parameter_group_name.as_deref()?.into(), g))).collect())
}

async fn find(aws: &Aws, name: &str, operation: &Operation) -> Outcome<Option<String>> {
    let group = aws.load(&GROUPS, name).await?;
    made_by(aws, operation, group.and_then(|g| g.db_parameter_group_arn)).await
}

/// The parameters that someone has set, or all of them.
async fn describe_parameters(aws: &Aws, name: &str, source: Option<&str>) -> Outcome<Vec<sdk::Parameter>> {
    let send = |marker| {
        let request = aws.rds.describe_db_parameters().db_parameter_group_name(name);
        let request = request.set_source(source.map(Into::into));
        request.max_records(RECORDS).set_marker(marker).send()
    };
    aws.pages("rds:DescribeDBParameters", send, |page| (page.parameters, page.marker)).await
}

/// The parameters that someone has set, and those in the configuration that are set to what they are anyway.
async fn load_parameters(aws: &Aws, object: &Object) -> Outcome<Vec<sdk::Parameter>> {
    let configured = parameters::of(object);
    let is_among =
        |name: Option<&str>, some: &[sdk::Parameter]| some.iter().any(|p| p.parameter_name.as_deref() == name);
    let mut found = describe_parameters(aws, object.id(), Some("user")).await?;
    if configured.iter().all(|p| is_among(p.parameter_name.as_deref(), &found)) {
        return Ok(found);
    }
    let all = describe_parameters(aws, object.id(), None).await?;
    found.extend(all.into_iter().filter(|p| {
        let name = p.parameter_name.as_deref();
        is_among(name, &configured) && p.source.as_deref() != Some("user")
    }));
    Ok(found)
}

async fn set_parameters(aws: &Aws, name: &str, before: &Object, after: &Object) -> Outcome<()> {
    let (before, after) = (parameters::of(before), parameters::of(after));
    for chunk in parameters::to_set(&before, &after) {
        let request = aws.rds.modify_db_parameter_group().db_parameter_group_name(name).set_parameters(Some(chunk));
        aws.call("rds:ModifyDBParameterGroup", || request.clone().send()).await?;
    }
    for chunk in parameters::to_reset(&before, &after) {
        let request = aws.rds.reset_db_parameter_group().db_parameter_group_name(name).reset_all_parameters(false);
        let request = request.set_parameters(Some(chunk));
        aws.call("rds:ResetDBParameterGroup", || request.clone().send()).await?;
    }
    Ok(())
}

/// What remains to be done for a group that has been made.
async fn finish(aws: &Aws, object: &Object, arn: &str) -> Outcome<()> {
    set_parameters(aws, object.id(), &Object::default(), object).await?;
    aws.note_intent(arn);
    Ok(())
}

const CHECKS: Checks = &[
    ("name name_prefix", Check::Exclusive),
    ("name", Check::Text(texts::parameter_group)),
    ("name_prefix", Check::Text(texts::parameter_group_prefix)),
    ("parameter.apply_method", Check::Text(texts::apply_method)),
];

#[async_trait]
impl ResourceType for ParameterGroup {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(group) = aws.load(&GROUPS, object.id()).await? else { return Ok(Presence::Gone) };
        let name = group.db_parameter_group_name.unwrap_or_default();
        let arn = group.db_parameter_group_arn.unwrap_or_default();
        let (parameters, tags) = tokio::try_join!(load_parameters(aws, object), list_tags(aws, &arn))?;
        object.set("description", group.description);
        object.set("family", group.db_parameter_group_family);
        object.set("name_prefix", naming::prefix_of(&name));
        object.set("name", name);
        object.set("skip_destroy", object.is("skip_destroy"));
        parameters::read(object, parameters);
        read_tags(aws, object, Some(tags));
        object.set("arn", arn);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let request = aws
            .rds
            .create_db_parameter_group()
            .db_parameter_group_name(&name)
            .db_parameter_group_family(object.str("family"))
            .description(object.str("description"))
            .set_tags(new_tags(object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            Ok(made.db_parameter_group.and_then(|g| g.db_parameter_group_arn).unwrap_or_default())
        };
        let arn = create(aws, "rds:CreateDBParameterGroup", send, || find(aws, &name, operation)).await?;
        object.set("id", name);
        finish(aws, object, &arn).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        set_parameters(aws, object.id(), prior, object).await?;
        update_tags(aws, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        if object.is("skip_destroy") {
            return Ok(());
        }
        // Its last database may still be on the way out.
        let is_in_use = |f: &Failure| f.is(&["InvalidDBParameterGroupState"]);
        let deleted = retry_while(BUSY, is_in_use, || {
            let send = || aws.rds.delete_db_parameter_group().db_parameter_group_name(object.id()).send();
            aws.call("rds:DeleteDBParameterGroup", send)
        });
        match deleted.await {
            Err(failure) if !failure.is_not_found() => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let Some(arn) = find(aws, &name, operation).await? else { return Ok(Presence::Gone) };
        object.set("id", name);
        finish(aws, object, &arn).await?;
        Ok(Presence::Found)
    }
}
