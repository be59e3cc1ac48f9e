//! Changes of an instance.

use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder;
use aws_sdk_rds::types as sdk;

use super::{SCHEMA, read};
use crate::lang::Value;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::rds::changes::Changes;
use crate::providers::aws::rds::instances::{modify, reboot, wait_until_available};
use crate::providers::aws::resource::{Operation, object_of};

/// What isn't a matter of the instance itself.
pub const NOT_MODIFIED: &[&str] = &[
    "allow_major_version_upgrade",
    "blue_green_update",
    "delete_automated_backups",
    "final_snapshot_identifier",
    "replicate_source_db",
    "skip_final_snapshot",
    "tags",
    "tags_all",
    "timeouts",
];

/// What needs no second instance to be changed without an interruption.
pub const NOT_BLUE_GREEN: &[&str] = &[
    "allow_major_version_upgrade",
    "blue_green_update",
    "delete_automated_backups",
    "deletion_protection",
    "final_snapshot_identifier",
    "password",
    "replicate_source_db",
    "skip_final_snapshot",
    "tags",
    "tags_all",
    "timeouts",
];

/// What the requests that copy a database don't take, or take from the original where it isn't given.
const COMPLETED: &[&str] = &[
    "allocated_storage",
    "backup_retention_period",
    "backup_window",
    "ca_cert_identifier",
    "database_insights_mode",
    "dedicated_log_volume",
    "deletion_protection",
    "engine_version",
    "iops",
    "maintenance_window",
    "manage_master_user_password",
    "master_user_secret_kms_key_id",
    "max_allocated_storage",
    "monitoring_interval",
    "monitoring_role_arn",
    "multi_az",
    "parameter_group_name",
    "password",
    "password_wo_version",
    "performance_insights_enabled",
    "performance_insights_kms_key_id",
    "performance_insights_retention_period",
    "storage_throughput",
    "storage_type",
];

/// Brings a copy of a database to what is planned: requests for copies don't take everything.
pub async fn complete(aws: &Aws, object: &Object, instance: sdk::DbInstance, operation: &Operation) -> Outcome<()> {
    let identifier = instance.db_instance_identifier.clone().unwrap_or_default();
    let mut actual = object_of(&Value::null(SCHEMA.implied_type().clone()), &SCHEMA);
    actual.set("engine_version", object.str("engine_version"));
    read::read(aws, &mut actual, instance);
    let mut wanted = actual.clone();
    // A new replica has the storage of its source, and keeps it for some hours.
    let is_replica = object.text("replicate_source_db").is_some();
    for name in COMPLETED.iter().filter(|name| !is_replica || **name != "allocated_storage") {
        if let Some(value) = object.get(name) {
            wanted.set(name, value);
        }
    }
    let changes = Changes::new(&actual, &wanted);
    if !changes.has_any(COMPLETED) {
        return Ok(());
    }
    modify(aws, request(aws, changes, operation).apply_immediately(true), operation.timeout).await?;
    wait_until_available(aws, &identifier, operation.timeout, true).await?;
    if changes.has("parameter_group_name") {
        reboot(aws, &identifier, operation.timeout).await?;
    }
    Ok(())
}

/// A request for some changes.
pub fn request(aws: &Aws, changes: Changes<'_>, operation: &Operation) -> ModifyDBInstanceFluentBuilder {
    let version = changes.text("engine_version");
    let may_be_major = version.is_some().then(|| changes.object.is("allow_major_version_upgrade"));
    partial_request(aws, changes, operation)
        .db_instance_identifier(changes.prior.str("identifier"))
        .set_engine_version(version)
        .set_allow_major_version_upgrade(may_be_major)
        .set_db_parameter_group_name(changes.text("parameter_group_name"))
}

/// A request for some changes, but for those that the making of a second instance makes.
pub fn partial_request(aws: &Aws, changes: Changes<'_>, operation: &Operation) -> ModifyDBInstanceFluentBuilder {
    let request = aws
        .rds
        .modify_db_instance()
        .deletion_protection(changes.object.is("deletion_protection"))
        .set_auto_minor_version_upgrade(changes.bool("auto_minor_version_upgrade"))
        .set_backup_retention_period(changes.int32("backup_retention_period"))
        .set_preferred_backup_window(changes.text("backup_window"))
        .set_ca_certificate_identifier(changes.text("ca_cert_identifier"))
        .set_cloudwatch_logs_export_configuration(changes.log_exports())
        .set_copy_tags_to_snapshot(changes.bool("copy_tags_to_snapshot"))
        .set_db_instance_class(changes.text("instance_class"))
        .set_db_port_number(changes.int32("port"))
        .set_db_subnet_group_name(changes.text("db_subnet_group_name"))
        .set_dedicated_log_volume(changes.bool("dedicated_log_volume"))
        .set_enable_customer_owned_ip(changes.bool("customer_owned_ip_enabled"))
        .set_enable_iam_database_authentication(changes.bool("iam_database_authentication_enabled"))
        .set_engine_lifecycle_support(changes.some_text("engine_lifecycle_support"))
        .set_license_model(changes.text("license_model"))
        .set_monitoring_interval(changes.int32("monitoring_interval"))
        .set_monitoring_role_arn(changes.text("monitoring_role_arn"))
        .set_multi_az(changes.bool("multi_az"))
        .set_network_type(changes.text("network_type"))
        .set_new_db_instance_identifier(changes.text("identifier"))
        .set_option_group_name(changes.text("option_group_name"))
        .set_preferred_maintenance_window(changes.text("maintenance_window"))
        .set_publicly_accessible(changes.bool("publicly_accessible"))
        .set_replica_mode(changes.some_text("replica_mode").map(|mode| mode.as_str().into()));
    let request = with_storage(request, changes);
    let request = with_password(request, changes, operation);
    let request = with_insights(request, changes);
    let request = with_domain(request, changes);
    match changes.object.some_texts("vpc_security_group_ids") {
        Some(groups) if changes.has("vpc_security_group_ids") => request.set_vpc_security_group_ids(Some(groups)),
        _ => request,
    }
}

fn with_storage(request: ModifyDBInstanceFluentBuilder, changes: Changes<'_>) -> ModifyDBInstanceFluentBuilder {
    let object = changes.object;
    let kind = changes.text("storage_type");
    let throughput = changes.int32("storage_throughput");
    let is_sized = changes.has_any(&["allocated_storage", "iops"]);
    let is_rated = (is_sized && (changes.has("iops") || !is_small_gp3(object)))
        || throughput.is_some()
        || kind.as_deref() == Some("io1")
        || kind.as_deref() == Some("io2");
    let number = |name| object.int32(name).unwrap_or(0);
    // Growing by itself is switched off by the size that there is.
    let most = changes.int32("max_allocated_storage").map(|n| if n == 0 { number("allocated_storage") } else { n });
    request
        .set_allocated_storage((is_sized || throughput.is_some()).then(|| number("allocated_storage")))
        .set_iops(is_rated.then(|| number("iops")))
        .set_max_allocated_storage(most)
        .set_storage_throughput(throughput)
        .set_storage_type(kind)
}

/// Whether storage is so small that its rate can't be chosen. (Source: "General Purpose SSD storage" in the RDS guide.)
fn is_small_gp3(object: &Object) -> bool {
    let threshold = match object.str("engine") {
        "mariadb" | "mysql" | "postgres" => 400,
        "oracle-ee" | "oracle-ee-cdb" | "oracle-se2" | "oracle-se2-cdb" => 200,
        _ => 0,
    };
    object.str("storage_type") == "gp3" && object.int("allocated_storage").unwrap_or(0) < threshold
}

fn with_password(
    request: ModifyDBInstanceFluentBuilder,
    changes: Changes<'_>,
    operation: &Operation,
) -> ModifyDBInstanceFluentBuilder {
    let key = changes.some_text("master_user_secret_kms_key_id");
    let is_managed = changes.has("manage_master_user_password") || key.is_some();
    let unseen = operation.config.text("password_wo").filter(|_| changes.has("password_wo_version"));
    request
        .set_manage_master_user_password(is_managed.then(|| changes.object.is("manage_master_user_password")))
        .set_master_user_secret_kms_key_id(key)
        .set_master_user_password(changes.some_text("password").or(unseen))
}

fn with_insights(request: ModifyDBInstanceFluentBuilder, changes: Changes<'_>) -> ModifyDBInstanceFluentBuilder {
    let names = [
        "database_insights_mode",
        "performance_insights_enabled",
        "performance_insights_kms_key_id",
        "performance_insights_retention_period",
    ];
    if !changes.has_any(&names) {
        return request;
    }
    let object = changes.object;
    request
        .set_database_insights_mode(changes.some_text("database_insights_mode").map(|mode| mode.as_str().into()))
        .enable_performance_insights(object.is("performance_insights_enabled"))
        .set_performance_insights_kms_key_id(object.text("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(object.nonzero("performance_insights_retention_period"))
}

fn with_domain(request: ModifyDBInstanceFluentBuilder, changes: Changes<'_>) -> ModifyDBInstanceFluentBuilder {
    let names =
        ["domain", "domain_auth_secret_arn", "domain_dns_ips", "domain_fqdn", "domain_iam_role_name", "domain_ou"];
    let object = changes.object;
    match (changes.has_any(&names), object.text("domain").is_some() || object.text("domain_fqdn").is_some()) {
        (false, _) => request,
        (true, false) => request.disable_domain(true),
        (true, true) => request
            .set_domain(object.text("domain"))
            .set_domain_auth_secret_arn(object.text("domain_auth_secret_arn"))
            .set_domain_dns_ips(object.some_texts("domain_dns_ips"))
            .set_domain_fqdn(object.text("domain_fqdn"))
            .set_domain_iam_role_name(object.text("domain_iam_role_name"))
            .set_domain_ou(object.text("domain_ou")),
    }
}
