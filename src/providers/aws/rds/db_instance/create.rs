//! The ways in which an instance comes into being.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::rds::instances::find;
use crate::providers::aws::rds::{create as create_named, moment, new_tags};
use crate::providers::aws::resource::Operation;

/// Whether an instance is made from another database, which decides what isn't asked for.
pub fn is_copy(object: &Object) -> bool {
    let copies = ["replicate_source_db", "snapshot_identifier"];
    copies.iter().any(|name| object.text(name).is_some()) || object.block_at("restore_to_point_in_time").is_some()
}

/// Makes an instance; its resource id, if that is known already.
pub async fn create(aws: &Aws, object: &Object, identifier: &str, operation: &Operation) -> Outcome<String> {
    if object.text("replicate_source_db").is_some() {
        replica(aws, object, identifier, operation).await
    } else if let Some(import) = object.block_at("s3_import") {
        from_s3(aws, object, &import, identifier, operation).await
    } else if object.text("snapshot_identifier").is_some() {
        from_snapshot(aws, object, identifier, operation).await
    } else if let Some(point) = object.block_at("restore_to_point_in_time") {
        from_point_in_time(aws, object, &point, identifier, operation).await
    } else {
        new(aws, object, identifier, operation).await
    }
}

/// What must be there for an instance that isn't a copy of another one.
fn must_have(object: &Object, names: &[&str]) -> Outcome<()> {
    match names.iter().find(|name| object.get(name).is_none()) {
        Some(name) => Err(Failure::new(format!("{name:?}: required field is not set"))),
        None => Ok(()),
    }
}

/// The password in the configuration, kept in state or not.
fn password(object: &Object, operation: &Operation) -> Option<String> {
    object.text("password").or_else(|| operation.config.text("password_wo"))
}

async fn new(aws: &Aws, object: &Object, identifier: &str, operation: &Operation) -> Outcome<String> {
    must_have(object, &["allocated_storage", "engine"])?;
    let request = aws
        .rds
        .create_db_instance()
        .db_instance_identifier(identifier)
        .set_allocated_storage(object.int32("allocated_storage"))
        .set_auto_minor_version_upgrade(object.bool("auto_minor_version_upgrade"))
        .set_availability_zone(object.text("availability_zone"))
        .backup_retention_period(object.int32("backup_retention_period").unwrap_or(0))
        .set_backup_target(object.text("backup_target"))
        .set_ca_certificate_identifier(object.text("ca_cert_identifier"))
        .set_character_set_name(object.text("character_set_name"))
        .set_copy_tags_to_snapshot(object.bool("copy_tags_to_snapshot"))
        .set_custom_iam_instance_profile(object.text("custom_iam_instance_profile"))
        .set_database_insights_mode(object.word("database_insights_mode"))
        .set_db_instance_class(object.text("instance_class"))
        .db_name(object.str("db_name"))
        .set_db_parameter_group_name(object.text("parameter_group_name"))
        .set_db_subnet_group_name(object.text("db_subnet_group_name"))
        .set_dedicated_log_volume(object.bool("dedicated_log_volume"))
        .set_deletion_protection(object.bool("deletion_protection"))
        .set_domain(object.text("domain"))
        .set_domain_auth_secret_arn(object.text("domain_auth_secret_arn"))
        .set_domain_dns_ips(object.some_texts("domain_dns_ips"))
        .set_domain_fqdn(object.text("domain_fqdn"))
        .set_domain_iam_role_name(object.text("domain_iam_role_name"))
        .set_domain_ou(object.text("domain_ou"))
        .set_enable_cloudwatch_logs_exports(object.some_texts("enabled_cloudwatch_logs_exports"))
        .set_enable_customer_owned_ip(object.bool("customer_owned_ip_enabled"))
        .set_enable_iam_database_authentication(object.bool("iam_database_authentication_enabled"))
        .set_enable_performance_insights(object.bool("performance_insights_enabled").filter(|on| *on))
        .set_engine(object.text("engine"))
        .set_engine_lifecycle_support(object.text("engine_lifecycle_support"))
        .set_engine_version(object.text("engine_version"))
        .set_iops(object.nonzero("iops"))
        .set_kms_key_id(object.text("kms_key_id"))
        .set_license_model(object.text("license_model"))
        .set_manage_master_user_password(object.bool("manage_master_user_password").filter(|on| *on))
        .set_master_user_password(password(object, operation))
        .set_master_user_secret_kms_key_id(object.text("master_user_secret_kms_key_id"))
        .set_master_username(object.text("username"))
        .set_max_allocated_storage(object.nonzero("max_allocated_storage"))
        .set_monitoring_interval(object.nonzero("monitoring_interval"))
        .set_monitoring_role_arn(object.text("monitoring_role_arn"))
        .set_multi_az(object.bool("multi_az"))
        .set_nchar_character_set_name(object.text("nchar_character_set_name"))
        .set_network_type(object.text("network_type"))
        .set_option_group_name(object.text("option_group_name"))
        .set_performance_insights_kms_key_id(object.text("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(object.nonzero("performance_insights_retention_period"))
        .set_port(object.nonzero("port"))
        .set_preferred_backup_window(object.text("backup_window"))
        .set_preferred_maintenance_window(object.text("maintenance_window"))
        .set_publicly_accessible(object.bool("publicly_accessible"))
        .storage_encrypted(object.is("storage_encrypted"))
        .set_storage_throughput(object.nonzero("storage_throughput"))
        .set_storage_type(object.text("storage_type"))
        .set_timezone(object.text("timezone"))
        .set_vpc_security_group_ids(object.some_texts("vpc_security_group_ids"))
        .set_tags(new_tags(object, operation));
    let send = async || {
        let made = request.clone().send().await?;
        Ok(made.db_instance.and_then(|i| i.dbi_resource_id).unwrap_or_default())
    };
    create_named(aws, "rds:CreateDBInstance", send, || find(aws, identifier, operation)).await
}

async fn replica(aws: &Aws, object: &Object, identifier: &str, operation: &Operation) -> Outcome<String> {
    let source = object.str("replicate_source_db");
    let is_elsewhere = source.starts_with("arn:") && source.split(':').nth(3) != Some(aws.region.as_str());
    let request = aws
        .rds
        .create_db_instance_read_replica()
        .db_instance_identifier(identifier)
        .source_db_instance_identifier(source)
        .set_auto_minor_version_upgrade(object.bool("auto_minor_version_upgrade"))
        .set_availability_zone(object.text("availability_zone"))
        .set_backup_target(object.text("backup_target"))
        .set_ca_certificate_identifier(object.text("ca_cert_identifier"))
        .set_copy_tags_to_snapshot(object.bool("copy_tags_to_snapshot"))
        .set_custom_iam_instance_profile(object.text("custom_iam_instance_profile"))
        .set_database_insights_mode(object.word("database_insights_mode"))
        .set_db_instance_class(object.text("instance_class"))
        // In the same region the replica begins with the group of its source.
        .set_db_parameter_group_name(object.text("parameter_group_name").filter(|_| is_elsewhere))
        .set_db_subnet_group_name(object.text("db_subnet_group_name"))
        .set_dedicated_log_volume(object.bool("dedicated_log_volume").filter(|on| *on))
        .set_deletion_protection(object.bool("deletion_protection"))
        .set_domain(object.text("domain"))
        .set_domain_auth_secret_arn(object.text("domain_auth_secret_arn"))
        .set_domain_dns_ips(object.some_texts("domain_dns_ips"))
        .set_domain_fqdn(object.text("domain_fqdn"))
        .set_domain_iam_role_name(object.text("domain_iam_role_name"))
        .set_domain_ou(object.text("domain_ou"))
        .set_enable_cloudwatch_logs_exports(object.some_texts("enabled_cloudwatch_logs_exports"))
        .set_enable_customer_owned_ip(object.bool("customer_owned_ip_enabled"))
        .set_enable_iam_database_authentication(object.bool("iam_database_authentication_enabled"))
        .set_enable_performance_insights(object.bool("performance_insights_enabled").filter(|on| *on))
        .set_iops(object.nonzero("iops"))
        .set_kms_key_id(object.text("kms_key_id"))
        .set_max_allocated_storage(object.nonzero("max_allocated_storage"))
        .set_monitoring_interval(object.nonzero("monitoring_interval"))
        .set_monitoring_role_arn(object.text("monitoring_role_arn"))
        .set_multi_az(object.bool("multi_az").filter(|on| *on))
        .set_network_type(object.text("network_type"))
        .set_option_group_name(object.text("option_group_name"))
        .set_performance_insights_kms_key_id(object.text("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(object.nonzero("performance_insights_retention_period"))
        .set_port(object.nonzero("port"))
        .set_publicly_accessible(object.bool("publicly_accessible"))
        .set_replica_mode(object.word("replica_mode"))
        .set_storage_throughput(object.nonzero("storage_throughput"))
        .set_storage_type(object.text("storage_type"))
        .set_upgrade_storage_config(object.bool("upgrade_storage_config").filter(|on| *on))
        .set_vpc_security_group_ids(object.some_texts("vpc_security_group_ids"))
        .set_tags(new_tags(object, operation));
    let send = async || {
        let made = request.clone().send().await?;
        Ok(made.db_instance.and_then(|i| i.dbi_resource_id).unwrap_or_default())
    };
    create_named(aws, "rds:CreateDBInstanceReadReplica", send, || find(aws, identifier, operation)).await
}

async fn from_s3(
    aws: &Aws,
    object: &Object,
    import: &Object,
    identifier: &str,
    operation: &Operation,
) -> Outcome<String> {
    must_have(object, &["allocated_storage", "engine", "username"])?;
    let request = aws
        .rds
        .restore_db_instance_from_s3()
        .db_instance_identifier(identifier)
        .set_s3_bucket_name(import.text("bucket_name"))
        .set_s3_ingestion_role_arn(import.text("ingestion_role"))
        .set_s3_prefix(import.text("bucket_prefix"))
        .set_source_engine(import.text("source_engine"))
        .set_source_engine_version(import.text("source_engine_version"))
        .set_allocated_storage(object.int32("allocated_storage"))
        .set_auto_minor_version_upgrade(object.bool("auto_minor_version_upgrade"))
        .set_availability_zone(object.text("availability_zone"))
        .backup_retention_period(object.int32("backup_retention_period").unwrap_or(0))
        .set_ca_certificate_identifier(object.text("ca_cert_identifier"))
        .set_copy_tags_to_snapshot(object.bool("copy_tags_to_snapshot"))
        .set_database_insights_mode(object.word("database_insights_mode"))
        .set_db_instance_class(object.text("instance_class"))
        .db_name(object.str("db_name"))
        .set_db_parameter_group_name(object.text("parameter_group_name"))
        .set_db_subnet_group_name(object.text("db_subnet_group_name"))
        .set_dedicated_log_volume(object.bool("dedicated_log_volume"))
        .set_deletion_protection(object.bool("deletion_protection"))
        .set_enable_cloudwatch_logs_exports(object.some_texts("enabled_cloudwatch_logs_exports"))
        .set_enable_iam_database_authentication(object.bool("iam_database_authentication_enabled"))
        .set_enable_performance_insights(object.bool("performance_insights_enabled").filter(|on| *on))
        .set_engine(object.text("engine"))
        .set_engine_lifecycle_support(object.text("engine_lifecycle_support"))
        .set_engine_version(object.text("engine_version"))
        .set_iops(object.nonzero("iops"))
        .set_kms_key_id(object.text("kms_key_id"))
        .set_license_model(object.text("license_model"))
        .set_manage_master_user_password(object.bool("manage_master_user_password").filter(|on| *on))
        .set_master_user_password(password(object, operation))
        .set_master_user_secret_kms_key_id(object.text("master_user_secret_kms_key_id"))
        .set_master_username(object.text("username"))
        .set_max_allocated_storage(object.nonzero("max_allocated_storage"))
        .set_monitoring_interval(object.nonzero("monitoring_interval"))
        .set_monitoring_role_arn(object.text("monitoring_role_arn"))
        .set_multi_az(object.bool("multi_az"))
        .set_network_type(object.text("network_type"))
        .set_option_group_name(object.text("option_group_name"))
        .set_performance_insights_kms_key_id(object.text("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(object.nonzero("performance_insights_retention_period"))
        .set_port(object.nonzero("port"))
        .set_preferred_backup_window(object.text("backup_window"))
        .set_preferred_maintenance_window(object.text("maintenance_window"))
        .set_publicly_accessible(object.bool("publicly_accessible"))
        .storage_encrypted(object.is("storage_encrypted"))
        .set_storage_throughput(object.nonzero("storage_throughput"))
        .set_storage_type(object.text("storage_type"))
        .set_vpc_security_group_ids(object.some_texts("vpc_security_group_ids"))
        .set_tags(new_tags(object, operation));
    let send = async || {
        let made = request.clone().send().await?;
        Ok(made.db_instance.and_then(|i| i.dbi_resource_id).unwrap_or_default())
    };
    create_named(aws, "rds:RestoreDBInstanceFromS3", send, || find(aws, identifier, operation)).await
}

async fn from_snapshot(aws: &Aws, object: &Object, identifier: &str, operation: &Operation) -> Outcome<String> {
    let engine = object.text("engine");
    // These keep the databases that they have.
    let keeps_name = matches!(engine.as_deref(), Some("mariadb" | "mysql" | "postgres"));
    // Mirroring needs backups, which are set up afterwards.
    let is_mirrored = engine.as_deref().is_none_or(|e| e.starts_with("sqlserver"));
    let request = aws
        .rds
        .restore_db_instance_from_db_snapshot()
        .db_instance_identifier(identifier)
        .set_db_snapshot_identifier(object.text("snapshot_identifier"))
        .set_auto_minor_version_upgrade(object.bool("auto_minor_version_upgrade"))
        .set_availability_zone(object.text("availability_zone"))
        .set_backup_target(object.text("backup_target"))
        .set_ca_certificate_identifier(object.text("ca_cert_identifier"))
        .set_copy_tags_to_snapshot(object.bool("copy_tags_to_snapshot"))
        .set_custom_iam_instance_profile(object.text("custom_iam_instance_profile"))
        .set_db_instance_class(object.text("instance_class"))
        .set_db_name(object.text("db_name").filter(|_| !keeps_name))
        .set_db_parameter_group_name(object.text("parameter_group_name"))
        .set_db_subnet_group_name(object.text("db_subnet_group_name"))
        .set_dedicated_log_volume(object.bool("dedicated_log_volume").filter(|on| *on))
        .set_deletion_protection(object.bool("deletion_protection"))
        .set_domain(object.text("domain"))
        .set_domain_auth_secret_arn(object.text("domain_auth_secret_arn"))
        .set_domain_dns_ips(object.some_texts("domain_dns_ips"))
        .set_domain_fqdn(object.text("domain_fqdn"))
        .set_domain_iam_role_name(object.text("domain_iam_role_name"))
        .set_domain_ou(object.text("domain_ou"))
        .set_enable_cloudwatch_logs_exports(object.some_texts("enabled_cloudwatch_logs_exports"))
        .set_enable_customer_owned_ip(object.bool("customer_owned_ip_enabled"))
        .set_enable_iam_database_authentication(object.bool("iam_database_authentication_enabled"))
        .set_engine(engine)
        .set_engine_lifecycle_support(object.text("engine_lifecycle_support"))
        .set_license_model(object.text("license_model"))
        .set_multi_az(object.bool("multi_az").filter(|_| !is_mirrored))
        .set_network_type(object.text("network_type"))
        .set_option_group_name(object.text("option_group_name"))
        .set_port(object.nonzero("port"))
        .set_publicly_accessible(object.bool("publicly_accessible"))
        .set_vpc_security_group_ids(object.some_texts("vpc_security_group_ids"))
        .set_tags(new_tags(object, operation));
    let send = async || {
        let made = request.clone().send().await?;
        Ok(made.db_instance.and_then(|i| i.dbi_resource_id).unwrap_or_default())
    };
    create_named(aws, "rds:RestoreDBInstanceFromDBSnapshot", send, || find(aws, identifier, operation)).await
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
        .restore_db_instance_to_point_in_time()
        .target_db_instance_identifier(identifier)
        .set_restore_time(moment(point, "restore_time"))
        .set_source_db_instance_automated_backups_arn(point.text("source_db_instance_automated_backups_arn"))
        .set_source_db_instance_identifier(point.text("source_db_instance_identifier"))
        .set_source_dbi_resource_id(point.text("source_dbi_resource_id"))
        .set_use_latest_restorable_time(point.bool("use_latest_restorable_time").filter(|on| *on))
        .set_auto_minor_version_upgrade(object.bool("auto_minor_version_upgrade"))
        .set_availability_zone(object.text("availability_zone"))
        .set_backup_target(object.text("backup_target"))
        .set_ca_certificate_identifier(object.text("ca_cert_identifier"))
        .set_copy_tags_to_snapshot(object.bool("copy_tags_to_snapshot"))
        .set_custom_iam_instance_profile(object.text("custom_iam_instance_profile"))
        .set_db_instance_class(object.text("instance_class"))
        .set_db_name(object.text("db_name"))
        .set_db_parameter_group_name(object.text("parameter_group_name"))
        .set_db_subnet_group_name(object.text("db_subnet_group_name"))
        .set_dedicated_log_volume(object.bool("dedicated_log_volume").filter(|on| *on))
        .set_deletion_protection(object.bool("deletion_protection"))
        .set_domain(object.text("domain"))
        .set_domain_auth_secret_arn(object.text("domain_auth_secret_arn"))
        .set_domain_dns_ips(object.some_texts("domain_dns_ips"))
        .set_domain_fqdn(object.text("domain_fqdn"))
        .set_domain_iam_role_name(object.text("domain_iam_role_name"))
        .set_domain_ou(object.text("domain_ou"))
        .set_enable_cloudwatch_logs_exports(object.some_texts("enabled_cloudwatch_logs_exports"))
        .set_enable_customer_owned_ip(object.bool("customer_owned_ip_enabled"))
        .set_enable_iam_database_authentication(object.bool("iam_database_authentication_enabled"))
        .set_engine(object.text("engine"))
        .set_engine_lifecycle_support(object.text("engine_lifecycle_support"))
        .set_iops(object.nonzero("iops"))
        .set_license_model(object.text("license_model"))
        .set_max_allocated_storage(object.nonzero("max_allocated_storage"))
        .set_multi_az(object.bool("multi_az"))
        .set_network_type(object.text("network_type"))
        .set_option_group_name(object.text("option_group_name"))
        .set_port(object.nonzero("port"))
        .set_publicly_accessible(object.bool("publicly_accessible"))
        .set_storage_throughput(object.nonzero("storage_throughput"))
        .set_storage_type(object.text("storage_type"))
        .set_vpc_security_group_ids(object.some_texts("vpc_security_group_ids"))
        .set_tags(new_tags(object, operation));
    let send = async || {
        let made = request.clone().send().await?;
        Ok(made.db_instance.and_then(|i| i.dbi_resource_id).unwrap_or_default())
    };
    create_named(aws, "rds:RestoreDBInstanceToPointInTime", send, || find(aws, identifier, operation)).await
}
