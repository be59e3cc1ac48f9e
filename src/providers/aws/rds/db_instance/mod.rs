//! `aws_db_instance`: a database on its own.

mod blue_green;
mod create;
mod data;
mod modify;
mod read;

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_rds::types as sdk;

pub use data::DbInstanceData;

use super::changes::Changes;
use super::instances::{self, INSTANCES, wait_until_available, wait_until_gone};
use super::texts;
use super::{is_protected, master_user_secrets, may_unprotect, update_tags};
use crate::lang::{Type, Value};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, list_block, object_of, optional, optional_computed, required, schema, string_set, strings, tags,
    tags_all, timeouts,
};
use crate::schema::Schema;
use crate::syntax::Diagnostic;

/// The resource type `aws_db_instance`.
pub struct DbInstance;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        2,
        [
            computed("address", Type::String),
            optional_computed("allocated_storage", Type::Number),
            optional("allow_major_version_upgrade", Type::Bool),
            optional("apply_immediately", Type::Bool).default(false),
            computed("arn", Type::String),
            optional("auto_minor_version_upgrade", Type::Bool).default(true),
            optional_computed("availability_zone", Type::String).force_new(),
            optional_computed("backup_retention_period", Type::Number),
            optional_computed("backup_target", Type::String).force_new(),
            optional_computed("backup_window", Type::String),
            list_block("blue_green_update", [optional("enabled", Type::Bool)]).max(1),
            optional_computed("ca_cert_identifier", Type::String),
            optional_computed("character_set_name", Type::String).force_new(),
            optional("copy_tags_to_snapshot", Type::Bool).default(false),
            optional("custom_iam_instance_profile", Type::String).force_new(),
            optional("customer_owned_ip_enabled", Type::Bool),
            optional_computed("database_insights_mode", Type::String),
            optional_computed("db_name", Type::String).force_new(),
            optional_computed("db_subnet_group_name", Type::String),
            optional("dedicated_log_volume", Type::Bool).default(false),
            optional("delete_automated_backups", Type::Bool).default(true),
            optional("deletion_protection", Type::Bool),
            optional("domain", Type::String),
            optional("domain_auth_secret_arn", Type::String),
            optional("domain_dns_ips", strings()),
            optional_computed("domain_fqdn", Type::String),
            optional("domain_iam_role_name", Type::String),
            optional("domain_ou", Type::String),
            optional("enabled_cloudwatch_logs_exports", string_set()),
            computed("endpoint", Type::String),
            optional_computed("engine", Type::String).force_new(),
            optional_computed("engine_lifecycle_support", Type::String),
            optional_computed("engine_version", Type::String),
            computed("engine_version_actual", Type::String),
            optional("final_snapshot_identifier", Type::String),
            computed("hosted_zone_id", Type::String),
            optional("iam_database_authentication_enabled", Type::Bool),
            id(),
            optional_computed("identifier", Type::String),
            optional_computed("identifier_prefix", Type::String),
            required("instance_class", Type::String),
            optional_computed("iops", Type::Number),
            optional_computed("kms_key_id", Type::String).force_new(),
            computed("latest_restorable_time", Type::String),
            optional_computed("license_model", Type::String),
            computed("listener_endpoint", listener_endpoints()),
            optional_computed("maintenance_window", Type::String),
            optional("manage_master_user_password", Type::Bool),
            computed("master_user_secret", master_user_secrets()),
            optional_computed("master_user_secret_kms_key_id", Type::String),
            optional("max_allocated_storage", Type::Number),
            optional("monitoring_interval", Type::Number).default(Value::int(0)),
            optional_computed("monitoring_role_arn", Type::String),
            optional_computed("multi_az", Type::Bool),
            optional_computed("nchar_character_set_name", Type::String).force_new(),
            optional_computed("network_type", Type::String),
            optional_computed("option_group_name", Type::String),
            optional_computed("parameter_group_name", Type::String),
            optional("password", Type::String).sensitive(),
            optional("password_wo", Type::String).sensitive().write_only(),
            optional("password_wo_version", Type::Number),
            optional("performance_insights_enabled", Type::Bool).default(false),
            optional_computed("performance_insights_kms_key_id", Type::String),
            optional_computed("performance_insights_retention_period", Type::Number),
            optional_computed("port", Type::Number),
            optional("publicly_accessible", Type::Bool).default(false),
            optional_computed("replica_mode", Type::String),
            computed("replicas", strings()),
            optional("replicate_source_db", Type::String),
            computed("resource_id", Type::String),
            list_block(
                "restore_to_point_in_time",
                [
                    optional("restore_time", Type::String),
                    optional("source_db_instance_automated_backups_arn", Type::String),
                    optional("source_db_instance_identifier", Type::String),
                    optional("source_dbi_resource_id", Type::String),
                    optional("use_latest_restorable_time", Type::Bool),
                ],
            )
            .max(1)
            .force_new(),
            list_block(
                "s3_import",
                [
                    required("bucket_name", Type::String).force_new(),
                    optional("bucket_prefix", Type::String).force_new(),
                    required("ingestion_role", Type::String).force_new(),
                    required("source_engine", Type::String).force_new(),
                    required("source_engine_version", Type::String).force_new(),
                ],
            )
            .max(1)
            .force_new(),
            optional("skip_final_snapshot", Type::Bool).default(false),
            optional_computed("snapshot_identifier", Type::String).force_new(),
            computed("status", Type::String),
            optional("storage_encrypted", Type::Bool).force_new(),
            optional_computed("storage_throughput", Type::Number),
            optional_computed("storage_type", Type::String),
            tags(),
            tags_all(),
            timeouts(&["create", "delete", "update"]),
            optional_computed("timezone", Type::String).force_new(),
            optional("upgrade_storage_config", Type::Bool),
            optional_computed("username", Type::String).force_new(),
            optional_computed("vpc_security_group_ids", string_set()),
        ],
    )
});

fn listener_endpoints() -> Type {
    Type::list(object_of([("address", Type::String), ("hosted_zone_id", Type::String), ("port", Type::Number)]))
}

/// The engines that can be changed by way of a second instance.
const BLUE_GREEN: &[&str] = &["mariadb", "mysql", "postgres"];

fn is_blue_green(object: &Object) -> bool {
    object.block_at("blue_green_update").is_some_and(|b| b.is("enabled"))
}

fn identifier(object: &Object, operation: &Operation) -> String {
    let prefix = object.text("identifier_prefix").unwrap_or_else(|| "tf-".into());
    object.text("identifier").unwrap_or_else(|| naming::unique(&prefix, &operation.token))
}

/// What remains to be done for an instance that has been made.
async fn finish(aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
    let instance = wait_until_available(aws, object.id(), operation.timeout, false).await?;
    if let Some(id) = &instance.dbi_resource_id {
        object.set("id", id);
    }
    let arn = instance.db_instance_arn.clone().unwrap_or_default();
    if create::is_copy(object) {
        modify::complete(aws, object, instance, operation).await?;
    }
    aws.note_intent(&arn);
    Ok(())
}

const CHECKS: Checks = &[
    ("backup_retention_period", Check::Range(0, 35)),
    ("backup_target character_set_name timezone", Check::Conflicts(&["s3_import"])),
    ("backup_target", Check::OneOf(&["outposts", "region"])),
    ("backup_window", Check::Text(texts::daily_window)),
    ("custom_iam_instance_profile", Check::Text(texts::custom_profile)),
    ("database_insights_mode", Check::OneOf(&["standard", "advanced"])),
    ("db_name username", Check::Conflicts(&["replicate_source_db"])),
    (
        "domain domain_iam_role_name",
        Check::Conflicts(&["domain_fqdn", "domain_ou", "domain_auth_secret_arn", "domain_dns_ips"]),
    ),
    (
        "domain_auth_secret_arn domain_dns_ips domain_fqdn domain_ou",
        Check::Conflicts(&["domain", "domain_iam_role_name"]),
    ),
    ("domain_auth_secret_arn kms_key_id monitoring_role_arn performance_insights_kms_key_id", Check::Arn),
    (
        "enabled_cloudwatch_logs_exports",
        Check::OneOf(&[
            "agent",
            "alert",
            "audit",
            "diag.log",
            "error",
            "general",
            "iam-db-auth-error",
            "listener",
            "notify.log",
            "oemagent",
            "postgresql",
            "slowquery",
            "trace",
            "upgrade",
        ]),
    ),
    ("domain_dns_ips", Check::Items(2)),
    ("engine_lifecycle_support", Check::OneOf(super::LIFECYCLE_SUPPORT)),
    ("final_snapshot_identifier", Check::Text(texts::instance_snapshot)),
    ("identifier identifier_prefix", Check::Exclusive),
    ("identifier", Check::Text(texts::identifier)),
    ("identifier_prefix", Check::Text(texts::identifier_prefix)),
    ("maintenance_window", Check::Text(texts::weekly_window)),
    ("manage_master_user_password password password_wo", Check::Exclusive),
    ("master_user_secret_kms_key_id", Check::Text(texts::secret_key)),
    ("monitoring_interval", Check::OneOfNumbers(&[0, 1, 5, 10, 15, 30, 60])),
    ("network_type", Check::OneOf(&["DUAL", "IPV4"])),
    ("password_wo password_wo_version", Check::Together(&["password_wo", "password_wo_version"])),
    ("performance_insights_retention_period", Check::Whole(retention_problems)),
    ("replica_mode", Check::OneOf(&["open-read-only", "mounted"])),
    ("restore_to_point_in_time", Check::Conflicts(&["s3_import", "snapshot_identifier", "replicate_source_db"])),
    ("restore_to_point_in_time.restore_time restore_to_point_in_time.use_latest_restorable_time", Check::Exclusive),
    ("restore_to_point_in_time.restore_time", Check::Time),
    ("s3_import", Check::Conflicts(&["snapshot_identifier", "replicate_source_db"])),
];

/// How long performance data are kept: not at all, a week, some months of 31 days, or two years.
pub(super) fn retention_problems(path: &str, days: i64) -> Vec<String> {
    let is_months = days % 31 == 0;
    if is_months || [7, 731].contains(&days) {
        return Vec::new();
    }
    vec![
        format!("expected {path} to be one of [7 731], got {days}"),
        format!("expected {path} to be divisible by 31, got: {days}"),
    ]
}

#[async_trait]
impl ResourceType for DbInstance {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 50, update: 80, delete: 60, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        for name in ["engine", "maintenance_window"] {
            let lower = plan.planned.str(name).to_lowercase();
            if plan.config.has(name) && plan.planned.str(name) != lower {
                plan.planned.set(name, lower);
            }
        }
        plan_storage(plan);
        if is_blue_green(plan.planned) {
            // As it is written: Terraform's provider minds capitals here.
            let engine = if plan.config.has("engine") { plan.config.str("engine") } else { plan.planned.str("engine") };
            if !engine.is_empty() && !BLUE_GREEN.contains(&engine) {
                let message = format!("\"blue_green_update.enabled\" cannot be set when \"engine\" is {engine:?}.");
                plan.problems.push(Diagnostic::error(message, ""));
            }
            if plan.planned.text("replicate_source_db").is_some() {
                let message = "\"blue_green_update.enabled\" cannot be set when \"replicate_source_db\" is set.";
                plan.problems.push(Diagnostic::error(message, ""));
            }
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(instance) = aws.load(&INSTANCES, object.id()).await? else { return Ok(Presence::Gone) };
        read::read(aws, object, instance);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let identifier = identifier(object, operation);
        let id = create::create(aws, object, &identifier, operation).await?;
        object.set("id", if id.is_empty() { identifier } else { id });
        finish(aws, object, operation).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        update_tags(aws, object, prior).await?;
        let changes = Changes::new(prior, object);
        if changes.has("replicate_source_db") {
            promote(aws, object, prior, operation).await?;
        }
        if is_blue_green(object) && changes.has_other_than(&SCHEMA, modify::NOT_BLUE_GREEN) {
            let id = blue_green::update(aws, changes, operation).await?;
            object.set("id", id);
        } else if changes.has_other_than(&SCHEMA, modify::NOT_MODIFIED) {
            let is_now = object.is("apply_immediately");
            let request = modify::request(aws, changes, operation).apply_immediately(is_now);
            instances::modify(aws, request, operation.timeout).await?;
            wait_until_available(aws, object.id(), operation.timeout, is_now).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let skips = object.is("skip_final_snapshot");
        if !skips && object.text("final_snapshot_identifier").is_none() {
            return Err(Failure::new("final_snapshot_identifier is required when skip_final_snapshot is false"));
        }
        let identifier = object.str("identifier");
        let request = aws
            .rds
            .delete_db_instance()
            .db_instance_identifier(identifier)
            .delete_automated_backups(object.is("delete_automated_backups"))
            .skip_final_snapshot(skips)
            .set_final_db_snapshot_identifier(object.text("final_snapshot_identifier").filter(|_| !skips));
        match instances::delete(aws, request.clone()).await {
            // Switching the protection off may have been left to the next maintenance.
            Err(failure) if is_protected(&failure) && may_unprotect(object) => {
                let unprotect = aws.rds.modify_db_instance().db_instance_identifier(identifier);
                let unprotect = unprotect.apply_immediately(true).deletion_protection(false);
                instances::modify(aws, unprotect, operation.timeout).await?;
                wait_until_available(aws, object.id(), operation.timeout, true).await?;
                instances::delete(aws, request).await?;
            }
            outcome => outcome?,
        }
        wait_until_gone(aws, object.id(), operation.timeout).await
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        // Nothing tells what is to become of it.
        object.set("skip_final_snapshot", true);
        object.set("delete_automated_backups", true);
        Ok(())
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let identifier = identifier(object, operation);
        let Some(id) = instances::find(aws, &identifier, operation).await? else { return Ok(Presence::Gone) };
        object.set("id", id);
        finish(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}

/// Storage that grows by itself may be more than is configured; growing up to what there is means not growing.
fn plan_storage(plan: &mut Planning<'_>) {
    let Some(prior) = plan.prior else { return };
    let number = |object: &Object, name| object.int(name).unwrap_or(0);
    if let Some(wanted) = plan.config.int("allocated_storage")
        && number(prior, "allocated_storage") > wanted
        && number(plan.planned, "max_allocated_storage") > wanted
    {
        plan.planned.set("allocated_storage", prior.int("allocated_storage").unwrap_or(0));
    }
    if let Some(most) = plan.config.int("max_allocated_storage")
        && prior.int("max_allocated_storage") == Some(0)
        && most == number(plan.planned, "allocated_storage")
    {
        plan.planned.set("max_allocated_storage", 0);
    }
}

/// Makes a replica stand on its own.
async fn promote(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    if object.text("replicate_source_db").is_some() {
        return Err(Failure::new("cannot elect new source database for replication"));
    }
    let request = aws
        .rds
        .promote_read_replica()
        .db_instance_identifier(prior.str("identifier"))
        .set_backup_retention_period(object.int32("backup_retention_period"))
        .set_preferred_backup_window(object.text("backup_window"));
    aws.call("rds:PromoteReadReplica", || request.clone().send()).await?;
    wait_until_available(aws, object.id(), operation.timeout, true).await?;
    Ok(())
}

/// Reads the ends of connections.
fn endpoint(endpoint: sdk::Endpoint) -> Object {
    Object::block()
        .with("address", endpoint.address)
        .with("hosted_zone_id", endpoint.hosted_zone_id)
        .with("port", endpoint.port)
}
