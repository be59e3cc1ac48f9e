//! `aws_db_option_group`: features of database engines, and their settings.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_rds::types as sdk;
use smol_str::SmolStr;

use super::texts;
use super::{PROPAGATION, RECORDS, create, is_too_new, list_tags, made_by, new_tags, only, read_tags, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, set_block, string_set, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_db_option_group`.
pub struct OptionGroup;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            required("engine_name", Type::String).force_new(),
            id(),
            required("major_engine_version", Type::String).force_new(),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            set_block(
                "option",
                [
                    optional("db_security_group_memberships", string_set()),
                    required("option_name", Type::String),
                    set_block("option_settings", [required("name", Type::String), required("value", Type::String)]),
                    optional("port", Type::Number),
                    optional("version", Type::String),
                    optional("vpc_security_group_memberships", string_set()),
                ],
            ),
            optional("option_group_description", Type::String).force_new().default("Managed by Terraform"),
            optional("skip_destroy", Type::Bool).default(false),
            tags(),
            tags_all(),
            timeouts(&["delete"]),
        ],
    )
});

/// Option groups by name.
static GROUPS: Batch<sdk::OptionGroup> = Batch { size: usize::MAX, fetch: |aws, names| Box::pin(describe(aws, names)) };

async fn describe(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<sdk::OptionGroup>> {
    let only = only(&names);
    let send = |marker| {
        let request = aws.rds.describe_option_groups().set_option_group_name(only.clone());
        request.max_records(RECORDS).set_marker(marker).send()
    };
    let groups = aws.pages("rds:DescribeOptionGroups", send, |page| (page.option_groups_list, page.marker)).await;
    let groups = match groups {
        Err(failure) if failure.is_not_found() => Vec::new(),
        groups => groups?,
    };
    Ok(groups.into_iter().filter_map(|g| Some((g.option_group_name.as_deref()?.into(), g))).collect())
}

async fn find(aws: &Aws, name: &str, operation: &Operation) -> Outcome<Option<String>> {
    let group = aws.load(&GROUPS, name).await?;
    made_by(aws, operation, group.and_then(|g| g.option_group_arn)).await
}

/// Reads an option. AWS has a value for every setting: one that is the default counts only if it is configured.
fn read_option(option: sdk::Option, configured: &[Object]) -> Object {
    let name = option.option_name.unwrap_or_default();
    let configured = configured.iter().find(|c| c.str("option_name") == name);
    let known = configured.map(|c| c.blocks("option_settings")).unwrap_or_default();
    let setting = |setting: sdk::OptionSetting| {
        let name = setting.name.unwrap_or_default();
        let before = known.iter().find(|k| k.str("name") == name).map(|k| k.str("value"));
        let value = match (before, setting.value.unwrap_or_default()) {
            (None, value) if value == setting.default_value.unwrap_or_default() => return None,
            // Passwords aren't told.
            (Some(before), value) if value == "****" => before.to_string(),
            (_, value) => value,
        };
        Some(Object::block().with("name", name).with("value", value))
    };
    let settings = option.option_settings.unwrap_or_default().into_iter().filter_map(setting);
    let db_groups = option.db_security_group_memberships.unwrap_or_default();
    let db_groups = db_groups.into_iter().filter_map(|g| g.db_security_group_name);
    let vpc_groups = option.vpc_security_group_memberships.unwrap_or_default();
    let vpc_groups = vpc_groups.into_iter().filter_map(|g| g.vpc_security_group_id);
    Object::block()
        .with("db_security_group_memberships", db_groups.collect::<Vec<_>>())
        .with("option_settings", settings.collect::<Vec<_>>())
        .with("port", option.port.filter(|_| configured.is_some_and(|c| c.int("port").unwrap_or(0) != 0)))
        .with("version", option.option_version.filter(|_| configured.is_some_and(|c| c.text("version").is_some())))
        .with("vpc_security_group_memberships", vpc_groups.collect::<Vec<_>>())
        .with("option_name", name)
}

/// An option as it is asked for.
fn configuration(option: &Object) -> sdk::OptionConfiguration {
    let setting = |s: Object| sdk::OptionSetting::builder().name(s.str("name")).value(s.str("value")).build();
    let settings: Vec<_> = option.blocks("option_settings").into_iter().map(setting).collect();
    sdk::OptionConfiguration::builder()
        .option_name(option.str("option_name"))
        .set_port(option.nonzero("port"))
        .set_option_version(option.text("version"))
        .set_db_security_group_memberships(option.some_texts("db_security_group_memberships"))
        .set_vpc_security_group_memberships(option.some_texts("vpc_security_group_memberships"))
        .set_option_settings(Some(settings).filter(|s| !s.is_empty()))
        .build()
}

async fn set_options(aws: &Aws, name: &str, before: &Object, after: &Object) -> Outcome<()> {
    let configurations = |object: &Object| object.blocks("option").iter().map(configuration).collect::<Vec<_>>();
    let (before, after) = (configurations(before), configurations(after));
    let is_kept = |o: &sdk::OptionConfiguration| after.iter().any(|a| a.option_name == o.option_name);
    let remove: Vec<String> = before.iter().filter(|o| !is_kept(o)).filter_map(|o| o.option_name.clone()).collect();
    let include: Vec<_> = after.iter().filter(|o| !before.contains(o)).cloned().collect();
    if include.is_empty() && remove.is_empty() {
        return Ok(());
    }
    let request = aws
        .rds
        .modify_option_group()
        .option_group_name(name)
        .apply_immediately(true)
        .set_options_to_include(Some(include).filter(|options| !options.is_empty()))
        .set_options_to_remove(Some(remove).filter(|options| !options.is_empty()));
    let send = || aws.call("rds:ModifyOptionGroup", || request.clone().send());
    retry_while(PROPAGATION, is_too_new, send).await?;
    Ok(())
}

/// What remains to be done for a group that has been made.
async fn finish(aws: &Aws, object: &Object, arn: &str) -> Outcome<()> {
    set_options(aws, object.id(), &Object::default(), object).await?;
    aws.note_intent(arn);
    Ok(())
}

const CHECKS: Checks = &[
    ("name name_prefix", Check::Exclusive),
    ("name", Check::Text(texts::option_group)),
    ("name_prefix", Check::Text(texts::option_group_prefix)),
];

#[async_trait]
impl ResourceType for OptionGroup {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { delete: 15, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(group) = aws.load(&GROUPS, object.id()).await? else { return Ok(Presence::Gone) };
        let name = group.option_group_name.unwrap_or_default();
        let arn = group.option_group_arn.unwrap_or_default();
        let configured = object.blocks("option");
        let options = group.options.unwrap_or_default().into_iter().map(|option| read_option(option, &configured));
        object.set("engine_name", group.engine_name);
        object.set("major_engine_version", group.major_engine_version);
        object.set("name_prefix", naming::prefix_of(&name));
        object.set("name", name);
        object.set("option", options.collect::<Vec<_>>());
        object.set("option_group_description", group.option_group_description);
        object.set("skip_destroy", object.is("skip_destroy"));
        read_tags(aws, object, Some(list_tags(aws, &arn).await?));
        object.set("arn", arn);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let request = aws
            .rds
            .create_option_group()
            .option_group_name(&name)
            .engine_name(object.str("engine_name"))
            .major_engine_version(object.str("major_engine_version"))
            .option_group_description(object.str("option_group_description"))
            .set_tags(new_tags(object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            Ok(made.option_group.and_then(|g| g.option_group_arn).unwrap_or_default())
        };
        let arn = create(aws, "rds:CreateOptionGroup", send, || find(aws, &name, operation)).await?;
        object.set("id", name.to_lowercase());
        finish(aws, object, &arn).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        set_options(aws, object.id(), prior, object).await?;
        update_tags(aws, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        if object.is("skip_destroy") {
            return Ok(());
        }
        // Snapshots and databases on the way out hold it.
        let is_in_use = |f: &Failure| f.is(&["InvalidOptionGroupStateFault"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("rds:DeleteOptionGroup", || aws.rds.delete_option_group().option_group_name(object.id()).send())
        });
        match deleted.await {
            Err(failure) if !failure.is_not_found() => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let name = naming::name(object, "name", "name_prefix", operation).to_lowercase();
        let Some(arn) = find(aws, &name, operation).await? else { return Ok(Presence::Gone) };
        object.set("id", name);
        finish(aws, object, &arn).await?;
        Ok(Presence::Found)
    }
}
