//! Changes of a cluster.

use aws_sdk_rds::operation::modify_db_cluster::builders::ModifyDBClusterFluentBuilder;
use aws_sdk_rds::types as sdk;

use super::create::{is_copy, scaling, serverless_scaling};
use super::{SCHEMA, read, wait_until_available};
use crate::lang::Value;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::rds::changes::Changes;
use crate::providers::aws::rds::{BUSY, is_too_new};
use crate::providers::aws::resource::{Operation, object_of};
use crate::providers::aws::wait::retry_while;

/// What isn't a matter of the cluster itself, or has requests of its own.
pub const NOT_MODIFIED: &[&str] = &[
    "allow_major_version_upgrade",
    "delete_automated_backups",
    "final_snapshot_identifier",
    "global_cluster_identifier",
    "iam_roles",
    "replication_source_identifier",
    "skip_final_snapshot",
    "tags",
    "tags_all",
    "timeouts",
];

/// What the requests that copy a cluster don't take.
const OF_COPIES: &[&str] = &[
    "backup_retention_period",
    "manage_master_user_password",
    "master_password",
    "master_password_wo_version",
    "master_user_secret_kms_key_id",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "scaling_configuration",
    "serverlessv2_scaling_configuration",
];

/// What is set back when a cluster joins a global one.
const OF_GLOBAL: &[&str] =
    &["performance_insights_enabled", "performance_insights_kms_key_id", "performance_insights_retention_period"];

/// Brings a new cluster to what is planned: not all requests that make one take everything.
pub async fn complete(aws: &Aws, object: &Object, cluster: sdk::DbCluster, operation: &Operation) -> Outcome<()> {
    let names = match (is_copy(object), object.text("global_cluster_identifier")) {
        (true, _) => OF_COPIES,
        (false, Some(_)) => OF_GLOBAL,
        (false, None) => return Ok(()),
    };
    let mut actual = object_of(&Value::null(SCHEMA.implied_type().clone()), &SCHEMA);
    read::read(aws, &mut actual, cluster);
    let mut wanted = actual.clone();
    for name in names {
        if let Some(value) = object.get(name).filter(|v| v.as_elements().is_none_or(|items| !items.is_empty())) {
            wanted.set(name, value);
        }
    }
    let changes = Changes::new(&actual, &wanted);
    if !changes.has_any(names) {
        return Ok(());
    }
    modify(aws, request(aws, changes, operation).apply_immediately(true)).await?;
    wait_until_available(aws, object.id(), operation.timeout, true).await?;
    Ok(())
}

/// Changes a cluster, once it has time for that.
pub async fn modify(aws: &Aws, request: ModifyDBClusterFluentBuilder) -> Outcome<()> {
    const ONLY_MAJOR: &str = "db-instance-parameter-group-name can only be specified for a major";
    let is_busy = |f: &Failure| is_too_new(f) || f.is(&["InvalidDBClusterStateFault"]);
    let send = async |request: &ModifyDBClusterFluentBuilder| {
        retry_while(BUSY, is_busy, || aws.call("rds:ModifyDBCluster", || request.clone().send())).await
    };
    match send(&request).await {
        Err(failure) if failure.message.contains(ONLY_MAJOR) => {
            send(&request.set_db_instance_parameter_group_name(None)).await?;
        }
        outcome => drop(outcome?),
    }
    Ok(())
}

/// A request for some changes.
pub fn request(aws: &Aws, changes: Changes<'_>, operation: &Operation) -> ModifyDBClusterFluentBuilder {
    let object = changes.object;
    let is_http_inline = object.str("engine_mode") != "provisioned";
    let password = operation.config.text("master_password_wo").filter(|_| changes.has("master_password_wo_version"));
    let request = aws
        .rds
        .modify_db_cluster()
        .db_cluster_identifier(changes.prior.str("cluster_identifier"))
        .set_allocated_storage(changes.int32("allocated_storage"))
        .set_allow_major_version_upgrade(object.bool("allow_major_version_upgrade").filter(|on| *on))
        .set_backtrack_window(changes.int32("backtrack_window").map(Into::into))
        .set_backup_retention_period(changes.int32("backup_retention_period"))
        .set_ca_certificate_identifier(changes.text("ca_certificate_identifier"))
        .set_cloudwatch_logs_export_configuration(changes.log_exports())
        .set_copy_tags_to_snapshot(changes.bool("copy_tags_to_snapshot"))
        .set_db_cluster_instance_class(changes.text("db_cluster_instance_class"))
        .set_db_cluster_parameter_group_name(changes.text("db_cluster_parameter_group_name"))
        // AWS doesn't tell it.
        .set_db_instance_parameter_group_name(object.text("db_instance_parameter_group_name"))
        .set_deletion_protection(changes.bool("deletion_protection"))
        .set_enable_global_write_forwarding(changes.bool("enable_global_write_forwarding"))
        .set_enable_http_endpoint(changes.bool("enable_http_endpoint").filter(|_| is_http_inline))
        .set_enable_iam_database_authentication(changes.bool("iam_database_authentication_enabled"))
        .set_enable_local_write_forwarding(changes.bool("enable_local_write_forwarding"))
        .set_engine_lifecycle_support(changes.some_text("engine_lifecycle_support"))
        .set_engine_version(engine_version(changes))
        .set_iops(changes.int32("iops"))
        .set_manage_master_user_password(changes.bool("manage_master_user_password"))
        .set_master_user_password(changes.some_text("master_password").or(password))
        .set_master_user_secret_kms_key_id(changes.some_text("master_user_secret_kms_key_id"))
        .set_monitoring_interval(changes.int32("monitoring_interval"))
        .set_monitoring_role_arn(changes.text("monitoring_role_arn"))
        .set_network_type(changes.text("network_type"))
        .set_port(changes.int32("port"))
        .set_preferred_backup_window(changes.text("preferred_backup_window"))
        .set_preferred_maintenance_window(changes.text("preferred_maintenance_window"))
        .set_scaling_configuration(scaling(object).filter(|_| changes.has("scaling_configuration")))
        .set_serverless_v2_scaling_configuration(
            serverless_scaling(object).filter(|_| changes.has("serverlessv2_scaling_configuration")),
        )
        .set_storage_type(changes.text("storage_type"));
    let request = with_domain(with_insights(request, changes), changes);
    match changes.has("vpc_security_group_ids") {
        true => request.set_vpc_security_group_ids(Some(object.texts("vpc_security_group_ids"))),
        false => request,
    }
}

/// A version that waits for the next maintenance is asked for again.
fn engine_version(changes: Changes<'_>) -> Option<String> {
    let (wanted, actual) = (changes.object.text("engine_version")?, changes.prior.str("engine_version_actual"));
    let runs = actual.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    (changes.has("engine_version") || !runs).then_some(wanted)
}

fn with_insights(request: ModifyDBClusterFluentBuilder, changes: Changes<'_>) -> ModifyDBClusterFluentBuilder {
    let Some(mode) = changes.some_text("database_insights_mode") else {
        return request
            .set_enable_performance_insights(changes.bool("performance_insights_enabled"))
            .set_performance_insights_kms_key_id(changes.some_text("performance_insights_kms_key_id"))
            .set_performance_insights_retention_period(changes.int32("performance_insights_retention_period"));
    };
    let object = changes.object;
    request
        .database_insights_mode(mode.as_str().into())
        .enable_performance_insights(object.is("performance_insights_enabled"))
        .set_performance_insights_kms_key_id(object.text("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(object.nonzero("performance_insights_retention_period"))
}

fn with_domain(request: ModifyDBClusterFluentBuilder, changes: Changes<'_>) -> ModifyDBClusterFluentBuilder {
    if !changes.has_any(&["domain", "domain_iam_role_name"]) {
        return request;
    }
    let object = changes.object;
    request.domain(object.str("domain")).domain_iam_role_name(object.str("domain_iam_role_name"))
}
