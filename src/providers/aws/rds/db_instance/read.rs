//! What AWS says about an instance.

use aws_sdk_rds::types as sdk;

use super::endpoint;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::rds::{read_engine_version, read_master_user_secret, read_tags, time};

/// Puts it into an object.
pub fn read(aws: &Aws, object: &mut Object, instance: sdk::DbInstance) {
    let pending = instance.pending_modified_values.as_ref().and_then(|p| p.engine_version.clone());
    read_engine_version(object, instance.engine_version.clone(), pending.as_deref());
    read_identity(object, &instance);
    read_storage(object, &instance);
    read_network(object, &instance);
    read_operation(object, &instance);
    read_watching(object, &instance);
    read_domain(object, instance.domain_memberships.unwrap_or_default());
    read_master_user_secret(object, instance.master_user_secret);
    read_tags(aws, object, instance.tag_list);
}

fn read_identity(object: &mut Object, instance: &sdk::DbInstance) {
    let identifier = instance.db_instance_identifier.as_deref().unwrap_or_default();
    object.set("arn", instance.db_instance_arn.as_deref());
    // An import may name it by its identifier.
    if let Some(id) = instance.dbi_resource_id.as_deref() {
        object.set("id", id);
    }
    object.set("character_set_name", instance.character_set_name.as_deref());
    object.set("db_name", instance.db_name.as_deref());
    object.set("engine", instance.engine.as_deref());
    object.set("engine_lifecycle_support", instance.engine_lifecycle_support.as_deref());
    object.set("identifier", identifier);
    object.set("identifier_prefix", naming::prefix_of(identifier));
    object.set("instance_class", instance.db_instance_class.as_deref());
    object.set("license_model", instance.license_model.as_deref());
    object.set("nchar_character_set_name", instance.nchar_character_set_name.as_deref());
    object.set("replica_mode", instance.replica_mode.as_ref().map(sdk::ReplicaMode::as_str));
    object.set("replicas", instance.read_replica_db_instance_identifiers.clone());
    object.set("replicate_source_db", instance.read_replica_source_db_instance_identifier.as_deref());
    object.set("resource_id", instance.dbi_resource_id.as_deref());
    object.set("status", instance.db_instance_status.as_deref());
    object.set("timezone", instance.timezone.as_deref());
    object.set("username", instance.master_username.as_deref());
}

fn read_storage(object: &mut Object, instance: &sdk::DbInstance) {
    object.set("allocated_storage", instance.allocated_storage);
    object.set("dedicated_log_volume", instance.dedicated_log_volume);
    object.set("iops", instance.iops);
    object.set("kms_key_id", instance.kms_key_id.as_deref());
    object.set("max_allocated_storage", instance.max_allocated_storage);
    object.set("storage_encrypted", instance.storage_encrypted);
    object.set("storage_throughput", instance.storage_throughput);
    object.set("storage_type", instance.storage_type.as_deref());
}

fn read_network(object: &mut Object, instance: &sdk::DbInstance) {
    let groups = instance.vpc_security_groups.iter().flatten().filter_map(|g| g.vpc_security_group_id.clone());
    object.set("availability_zone", instance.availability_zone.as_deref());
    object.set("ca_cert_identifier", instance.ca_certificate_identifier.as_deref());
    object.set("customer_owned_ip_enabled", instance.customer_owned_ip_enabled);
    object.set("multi_az", instance.multi_az);
    object.set("network_type", instance.network_type.as_deref());
    object.set("port", instance.db_instance_port);
    object.set("publicly_accessible", instance.publicly_accessible);
    object.set("vpc_security_group_ids", groups.collect::<Vec<_>>());
    if let Some(group) = &instance.db_subnet_group {
        object.set("db_subnet_group_name", group.db_subnet_group_name.as_deref());
    }
    if let Some(found) = &instance.endpoint {
        object.set("address", found.address.as_deref());
        if let (Some(address), Some(port)) = (&found.address, found.port) {
            object.set("endpoint", format!("{address}:{port}"));
        }
        object.set("hosted_zone_id", found.hosted_zone_id.as_deref());
        object.set("port", found.port);
    }
    object.set("listener_endpoint", instance.listener_endpoint.clone().map(endpoint).into_iter().collect::<Vec<_>>());
}

fn read_operation(object: &mut Object, instance: &sdk::DbInstance) {
    object.set("auto_minor_version_upgrade", instance.auto_minor_version_upgrade);
    object.set("backup_retention_period", instance.backup_retention_period);
    object.set("backup_target", instance.backup_target.as_deref());
    object.set("backup_window", instance.preferred_backup_window.as_deref());
    object.set("copy_tags_to_snapshot", instance.copy_tags_to_snapshot);
    object.set("custom_iam_instance_profile", instance.custom_iam_instance_profile.as_deref());
    object.set("deletion_protection", instance.deletion_protection);
    object.set("iam_database_authentication_enabled", instance.iam_database_authentication_enabled);
    object.set("latest_restorable_time", time(instance.latest_restorable_time));
    object.set("maintenance_window", instance.preferred_maintenance_window.as_deref());
    if let Some(group) = instance.option_group_memberships.iter().flatten().next() {
        object.set("option_group_name", group.option_group_name.as_deref());
    }
    if let Some(group) = instance.db_parameter_groups.iter().flatten().next() {
        object.set("parameter_group_name", group.db_parameter_group_name.as_deref());
    }
}

fn read_watching(object: &mut Object, instance: &sdk::DbInstance) {
    let mode = instance.database_insights_mode.as_ref().map(sdk::DatabaseInsightsMode::as_str);
    object.set("database_insights_mode", mode);
    object.set("enabled_cloudwatch_logs_exports", instance.enabled_cloudwatch_logs_exports.clone());
    object.set("monitoring_interval", instance.monitoring_interval);
    object.set("monitoring_role_arn", instance.monitoring_role_arn.as_deref());
    object.set("performance_insights_enabled", instance.performance_insights_enabled);
    object.set("performance_insights_kms_key_id", instance.performance_insights_kms_key_id.as_deref());
    object.set("performance_insights_retention_period", instance.performance_insights_retention_period);
}

fn read_domain(object: &mut Object, memberships: Vec<sdk::DomainMembership>) {
    let membership = memberships.into_iter().next().unwrap_or_else(|| sdk::DomainMembership::builder().build());
    object.set("domain", membership.domain);
    object.set("domain_auth_secret_arn", membership.auth_secret_arn);
    object.set("domain_dns_ips", membership.dns_ips);
    object.set("domain_fqdn", membership.fqdn);
    object.set("domain_iam_role_name", membership.iam_role_name);
    object.set("domain_ou", membership.ou);
}
