//! The ways in which a cluster comes into being.

use aws_sdk_rds::types as sdk;

use super::find;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::rds::{create as create_named, moment, new_tags};
use crate::providers::aws::resource::Operation;

/// Whether a cluster is made from another one, which decides what isn't asked for.
pub fn is_copy(object: &Object) -> bool {
    object.text("snapshot_identifier").is_some() || object.block_at("restore_to_point_in_time").is_some()
}

/// Makes a cluster; its ARN.
pub async fn create(aws: &Aws, object: &Object, identifier: &str, operation: &Operation) -> Outcome<String> {
    if object.text("snapshot_identifier").is_some() {
        from_snapshot(aws, object, identifier, operation).await
    } else if let Some(import) = object.block_at("s3_import") {
        from_s3(aws, object, &import, identifier, operation).await
    } else if let Some(point) = object.block_at("restore_to_point_in_time") {
        from_point_in_time(aws, object, &point, identifier, operation).await
    } else {
        new(aws, object, identifier, operation).await
    }
}

/// The password in the configuration, kept in state or not.
fn password(object: &Object, operation: &Operation) -> Option<String> {
    object.text("master_password").or_else(|| operation.config.text("master_password_wo"))
}

/// How serverless clusters of the first kind grow and shrink.
pub fn scaling(object: &Object) -> Option<sdk::ScalingConfiguration> {
    let block = object.block_at("scaling_configuration")?;
    Some(
        sdk::ScalingConfiguration::builder()
            .set_auto_pause(block.bool("auto_pause"))
            .set_max_capacity(block.int32("max_capacity"))
            .set_min_capacity(block.int32("min_capacity"))
            .set_seconds_before_timeout(block.int32("seconds_before_timeout"))
            .set_seconds_until_auto_pause(block.int32("seconds_until_auto_pause"))
            .set_timeout_action(block.text("timeout_action"))
            .build(),
    )
}

/// How serverless clusters of the second kind grow and shrink.
pub fn serverless_scaling(object: &Object) -> Option<sdk::ServerlessV2ScalingConfiguration> {
    let block = object.block_at("serverlessv2_scaling_configuration")?;
    let least = block.float("min_capacity");
    Some(
        sdk::ServerlessV2ScalingConfiguration::builder()
            .set_max_capacity(block.float("max_capacity").filter(|most| *most != 0.0))
            .set_min_capacity(least)
            .set_seconds_until_auto_pause(block.nonzero("seconds_until_auto_pause").filter(|_| least == Some(0.0)))
            .build(),
    )
}

fn wide(object: &Object, name: &str) -> Option<i64> {
    object.int(name).filter(|n| *n != 0)
}

async fn new(aws: &Aws, object: &Object, identifier: &str, operation: &Operation) -> Outcome<String> {
    let global = object.text("global_cluster_identifier");
    // In a global cluster, these come afterwards: they would be set back.
    let is_alone = |_: &_| global.is_none();
    let source = object.text("replication_source_identifier").filter(|_| global.is_none());
    let request = aws
        .rds
        .create_db_cluster()
        .db_cluster_identifier(identifier)
        .set_allocated_storage(object.nonzero("allocated_storage"))
        .set_availability_zones(object.some_texts("availability_zones"))
        .set_backtrack_window(wide(object, "backtrack_window"))
        .set_backup_retention_period(object.nonzero("backup_retention_period"))
        .set_ca_certificate_identifier(object.text("ca_certificate_identifier"))
        .set_cluster_scalability_type(object.word("cluster_scalability_type"))
        .set_copy_tags_to_snapshot(object.bool("copy_tags_to_snapshot"))
        .set_database_insights_mode(object.word("database_insights_mode"))
        .set_database_name(object.text("database_name"))
        .set_db_cluster_instance_class(object.text("db_cluster_instance_class"))
        .set_db_cluster_parameter_group_name(object.text("db_cluster_parameter_group_name"))
        .set_db_subnet_group_name(object.text("db_subnet_group_name"))
        .set_db_system_id(object.text("db_system_id"))
        .deletion_protection(object.is("deletion_protection"))
        .set_domain(object.text("domain"))
        .set_domain_iam_role_name(object.text("domain_iam_role_name"))
        .set_enable_cloudwatch_logs_exports(object.some_texts("enabled_cloudwatch_logs_exports"))
        .set_enable_global_write_forwarding(object.bool("enable_global_write_forwarding").filter(|on| *on))
        .set_enable_http_endpoint(object.bool("enable_http_endpoint").filter(|on| *on))
        .set_enable_iam_database_authentication(object.bool("iam_database_authentication_enabled").filter(|on| *on))
        .set_enable_local_write_forwarding(object.bool("enable_local_write_forwarding").filter(|on| *on))
        .set_enable_performance_insights(object.bool("performance_insights_enabled").filter(|on| *on).filter(is_alone))
        .set_engine(object.text("engine"))
        .set_engine_lifecycle_support(object.text("engine_lifecycle_support"))
        .set_engine_mode(object.text("engine_mode"))
        .set_engine_version(object.text("engine_version"))
        .set_iops(object.nonzero("iops"))
        .set_kms_key_id(object.text("kms_key_id"))
        .set_manage_master_user_password(object.bool("manage_master_user_password").filter(|on| *on))
        .set_master_user_password(password(object, operation))
        .set_master_user_secret_kms_key_id(object.text("master_user_secret_kms_key_id"))
        .set_master_username(object.text("master_username"))
        .set_monitoring_interval(object.nonzero("monitoring_interval"))
        .set_monitoring_role_arn(object.text("monitoring_role_arn"))
        .set_network_type(object.text("network_type"))
        .set_performance_insights_kms_key_id(
            object.text("performance_insights_kms_key_id").filter(|_| global.is_none()),
        )
        .set_performance_insights_retention_period(
            object.nonzero("performance_insights_retention_period").filter(|_| global.is_none()),
        )
        .set_port(object.nonzero("port"))
        .set_preferred_backup_window(object.text("preferred_backup_window"))
        .set_preferred_maintenance_window(object.text("preferred_maintenance_window"))
        .set_replication_source_identifier(source)
        .set_scaling_configuration(scaling(object))
        .set_serverless_v2_scaling_configuration(serverless_scaling(object))
        .set_storage_encrypted(object.bool("storage_encrypted"))
        .set_storage_type(object.text("storage_type"))
        .set_vpc_security_group_ids(object.some_texts("vpc_security_group_ids"))
        .set_global_cluster_identifier(global.clone())
        .set_tags(new_tags(object, operation));
    let send = async || {
        let made = request.clone().send().await?;
        Ok(made.db_cluster.and_then(|c| c.db_cluster_arn).unwrap_or_default())
    };
    create_named(aws, "rds:CreateDBCluster", send, || find(aws, identifier, operation)).await
}

async fn from_snapshot(aws: &Aws, object: &Object, identifier: &str, operation: &Operation) -> Outcome<String> {
    let request = aws
        .rds
        .restore_db_cluster_from_snapshot()
        .db_cluster_identifier(identifier)
        .set_snapshot_identifier(object.text("snapshot_identifier"))
        .set_availability_zones(object.some_texts("availability_zones"))
        .set_backtrack_window(wide(object, "backtrack_window"))
        .set_copy_tags_to_snapshot(object.bool("copy_tags_to_snapshot"))
        .set_database_name(object.text("database_name"))
        .set_db_cluster_instance_class(object.text("db_cluster_instance_class"))
        .set_db_cluster_parameter_group_name(object.text("db_cluster_parameter_group_name"))
        .set_db_subnet_group_name(object.text("db_subnet_group_name"))
        .deletion_protection(object.is("deletion_protection"))
        .set_domain(object.text("domain"))
        .set_domain_iam_role_name(object.text("domain_iam_role_name"))
        .set_enable_cloudwatch_logs_exports(object.some_texts("enabled_cloudwatch_logs_exports"))
        .set_enable_iam_database_authentication(object.bool("iam_database_authentication_enabled").filter(|on| *on))
        .set_engine(object.text("engine"))
        .set_engine_lifecycle_support(object.text("engine_lifecycle_support"))
        .set_engine_mode(object.text("engine_mode"))
        .set_engine_version(object.text("engine_version"))
        .set_iops(object.nonzero("iops"))
        .set_kms_key_id(object.text("kms_key_id"))
        .set_monitoring_interval(object.nonzero("monitoring_interval"))
        .set_monitoring_role_arn(object.text("monitoring_role_arn"))
        .set_network_type(object.text("network_type"))
        .set_port(object.nonzero("port"))
        .set_scaling_configuration(scaling(object))
        .set_serverless_v2_scaling_configuration(serverless_scaling(object))
        .set_storage_type(object.text("storage_type"))
        .set_vpc_security_group_ids(object.some_texts("vpc_security_group_ids"))
        .set_tags(new_tags(object, operation));
    let send = async || {
        let made = request.clone().send().await?;
        Ok(made.db_cluster.and_then(|c| c.db_cluster_arn).unwrap_or_default())
    };
    create_named(aws, "rds:RestoreDBClusterFromSnapshot", send, || find(aws, identifier, operation)).await
}

async fn from_s3(
    aws: &Aws,
    object: &Object,
    import: &Object,
    identifier: &str,
    operation: &Operation,
) -> Outcome<String> {
    if object.text("master_username").is_none() {
        return Err(Failure::new("\"master_username\": required field is not set"));
    }
    let request = aws
        .rds
        .restore_db_cluster_from_s3()
        .db_cluster_identifier(identifier)
        .set_s3_bucket_name(import.text("bucket_name"))
        .set_s3_ingestion_role_arn(import.text("ingestion_role"))
        .set_s3_prefix(import.text("bucket_prefix"))
        .set_source_engine(import.text("source_engine"))
        .set_source_engine_version(import.text("source_engine_version"))
        .set_availability_zones(object.some_texts("availability_zones"))
        .set_backtrack_window(wide(object, "backtrack_window"))
        .set_backup_retention_period(object.nonzero("backup_retention_period"))
        .set_copy_tags_to_snapshot(object.bool("copy_tags_to_snapshot"))
        .set_database_name(object.text("database_name"))
        .set_db_cluster_parameter_group_name(object.text("db_cluster_parameter_group_name"))
        .set_db_subnet_group_name(object.text("db_subnet_group_name"))
        .deletion_protection(object.is("deletion_protection"))
        .set_domain(object.text("domain"))
        .set_domain_iam_role_name(object.text("domain_iam_role_name"))
        .set_enable_cloudwatch_logs_exports(object.some_texts("enabled_cloudwatch_logs_exports"))
        .set_enable_iam_database_authentication(object.bool("iam_database_authentication_enabled").filter(|on| *on))
        .set_engine(object.text("engine"))
        .set_engine_lifecycle_support(object.text("engine_lifecycle_support"))
        .set_engine_version(object.text("engine_version"))
        .set_kms_key_id(object.text("kms_key_id"))
        .set_manage_master_user_password(object.bool("manage_master_user_password").filter(|on| *on))
        .set_master_user_password(password(object, operation))
        .set_master_user_secret_kms_key_id(object.text("master_user_secret_kms_key_id"))
        .set_master_username(object.text("master_username"))
        .set_network_type(object.text("network_type"))
        .set_port(object.nonzero("port"))
        .set_preferred_backup_window(object.text("preferred_backup_window"))
        .set_preferred_maintenance_window(object.text("preferred_maintenance_window"))
        .set_serverless_v2_scaling_configuration(serverless_scaling(object))
        .set_storage_encrypted(object.bool("storage_encrypted"))
        .set_storage_type(object.text("storage_type"))
        .set_vpc_security_group_ids(object.some_texts("vpc_security_group_ids"))
        .set_tags(new_tags(object, operation));
    let send = async || {
        let made = request.clone().send().await?;
        Ok(made.db_cluster.and_then(|c| c.db_cluster_arn).unwrap_or_default())
    };
    create_named(aws, "rds:RestoreDBClusterFromS3", send, || find(aws, identifier, operation)).await
}

async fn from_point_in_time(
    aws: &Aws,
    object: &Object,
    point: &Object,
    identifier: &str,
    operation: &Operation,
) -> Outcome<String> {
    let request = aws
        .rds
        .restore_db_cluster_to_point_in_time()
        .db_cluster_identifier(identifier)
        .set_restore_to_time(moment(point, "restore_to_time"))
        .set_restore_type(point.text("restore_type"))
        .set_source_db_cluster_identifier(point.text("source_cluster_identifier"))
        .set_source_db_cluster_resource_id(point.text("source_cluster_resource_id"))
        .set_use_latest_restorable_time(point.bool("use_latest_restorable_time").filter(|on| *on))
        .set_backtrack_window(wide(object, "backtrack_window"))
        .set_copy_tags_to_snapshot(object.bool("copy_tags_to_snapshot"))
        .set_db_cluster_instance_class(object.text("db_cluster_instance_class"))
        .set_db_cluster_parameter_group_name(object.text("db_cluster_parameter_group_name"))
        .set_db_subnet_group_name(object.text("db_subnet_group_name"))
        .deletion_protection(object.is("deletion_protection"))
        .set_domain(object.text("domain"))
        .set_domain_iam_role_name(object.text("domain_iam_role_name"))
        .set_enable_cloudwatch_logs_exports(object.some_texts("enabled_cloudwatch_logs_exports"))
        .set_enable_iam_database_authentication(object.bool("iam_database_authentication_enabled").filter(|on| *on))
        .set_engine_lifecycle_support(object.text("engine_lifecycle_support"))
        .set_iops(object.nonzero("iops"))
        .set_kms_key_id(object.text("kms_key_id"))
        .set_monitoring_interval(object.nonzero("monitoring_interval"))
        .set_monitoring_role_arn(object.text("monitoring_role_arn"))
        .set_network_type(object.text("network_type"))
        .set_port(object.nonzero("port"))
        .set_storage_type(object.text("storage_type"))
        .set_vpc_security_group_ids(object.some_texts("vpc_security_group_ids"))
        .set_tags(new_tags(object, operation));
    let send = async || {
        let made = request.clone().send().await?;
        Ok(made.db_cluster.and_then(|c| c.db_cluster_arn).unwrap_or_default())
    };
    create_named(aws, "rds:RestoreDBClusterToPointInTime", send, || find(aws, identifier, operation)).await
}
