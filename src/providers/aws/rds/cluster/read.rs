//! What AWS says about a cluster.

use aws_sdk_rds::types as sdk;

use crate::lang::{Type, Value};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::naming;
use crate::providers::aws::object::{IntoValue, Object};
use crate::providers::aws::rds::{read_engine_version, read_master_user_secret, read_tags, time};

/// Puts it into an object.
pub fn read(aws: &Aws, object: &mut Object, cluster: sdk::DbCluster) {
    let pending = cluster.pending_modified_values.as_ref().and_then(|p| p.engine_version.clone());
    read_engine_version(object, cluster.engine_version.clone(), pending.as_deref());
    read_identity(object, &cluster);
    read_storage(object, &cluster);
    read_network(object, &cluster);
    read_operation(object, &cluster);
    read_watching(object, &cluster);
    match cluster.scaling_configuration_info {
        Some(info) => object.set_exactly("scaling_configuration", scaling(info)),
        None => object.set("scaling_configuration", Vec::<Object>::new()),
    }
    let serverless = cluster.serverless_v2_scaling_configuration.map(serverless_scaling);
    object.set("serverlessv2_scaling_configuration", serverless.into_iter().collect::<Vec<_>>());
    read_master_user_secret(object, cluster.master_user_secret);
    read_tags(aws, object, cluster.tag_list);
}

fn read_identity(object: &mut Object, cluster: &sdk::DbCluster) {
    let identifier = cluster.db_cluster_identifier.as_deref().unwrap_or_default();
    let members = cluster.db_cluster_members.iter().flatten().filter_map(|m| m.db_instance_identifier.clone());
    object.set("arn", cluster.db_cluster_arn.as_deref());
    object.set("cluster_identifier", identifier);
    object.set("cluster_identifier_prefix", naming::prefix_of(identifier));
    object.set("cluster_members", members.collect::<Vec<_>>());
    object.set("cluster_resource_id", cluster.db_cluster_resource_id.as_deref());
    let scalability = cluster.cluster_scalability_type.as_ref().map(sdk::ClusterScalabilityType::as_str);
    object.set("cluster_scalability_type", scalability);
    // AWS doesn't always tell it.
    if let Some(name) = &cluster.database_name {
        object.set("database_name", name);
    }
    object.set("db_cluster_instance_class", cluster.db_cluster_instance_class.as_deref());
    object.set("db_system_id", cluster.db_system_id.as_deref());
    object.set("engine", cluster.engine.as_deref());
    object.set("engine_lifecycle_support", cluster.engine_lifecycle_support.as_deref());
    object.set("engine_mode", cluster.engine_mode.as_deref());
    object.set("master_username", cluster.master_username.as_deref());
    object.set("replication_source_identifier", cluster.replication_source_identifier.as_deref());
}

fn read_storage(object: &mut Object, cluster: &sdk::DbCluster) {
    object.set("allocated_storage", cluster.allocated_storage);
    object.set("iops", cluster.iops);
    object.set("kms_key_id", cluster.kms_key_id.as_deref());
    object.set("storage_encrypted", cluster.storage_encrypted);
    object.set("storage_type", cluster.storage_type.as_deref());
}

fn read_network(object: &mut Object, cluster: &sdk::DbCluster) {
    let groups = cluster.vpc_security_groups.iter().flatten().filter_map(|g| g.vpc_security_group_id.clone());
    object.set("availability_zones", cluster.availability_zones.clone());
    if let Some(certificate) = &cluster.certificate_details {
        object.set("ca_certificate_identifier", certificate.ca_identifier.as_deref());
        object.set("ca_certificate_valid_till", time(certificate.valid_till));
    }
    object.set("db_subnet_group_name", cluster.db_subnet_group.as_deref());
    object.set("enable_http_endpoint", cluster.http_endpoint_enabled);
    object.set("endpoint", cluster.endpoint.as_deref());
    object.set("hosted_zone_id", cluster.hosted_zone_id.as_deref());
    object.set("network_type", cluster.network_type.as_deref());
    object.set("port", cluster.port);
    object.set("reader_endpoint", cluster.reader_endpoint.as_deref());
    object.set("vpc_security_group_ids", groups.collect::<Vec<_>>());
}

fn read_operation(object: &mut Object, cluster: &sdk::DbCluster) {
    let domain = cluster.domain_memberships.iter().flatten().next();
    let roles = cluster.associated_roles.iter().flatten().filter_map(|r| r.role_arn.clone());
    object.set("backtrack_window", cluster.backtrack_window);
    object.set("backup_retention_period", cluster.backup_retention_period);
    object.set("copy_tags_to_snapshot", cluster.copy_tags_to_snapshot);
    object.set("db_cluster_parameter_group_name", cluster.db_cluster_parameter_group.as_deref());
    object.set("deletion_protection", cluster.deletion_protection);
    object.set("domain", domain.and_then(|d| d.domain.as_deref()));
    object.set("domain_iam_role_name", domain.and_then(|d| d.iam_role_name.as_deref()));
    object.set("iam_database_authentication_enabled", cluster.iam_database_authentication_enabled);
    object.set("iam_roles", roles.collect::<Vec<_>>());
    object.set("preferred_backup_window", cluster.preferred_backup_window.as_deref());
    object.set("preferred_maintenance_window", cluster.preferred_maintenance_window.as_deref());
}

fn read_watching(object: &mut Object, cluster: &sdk::DbCluster) {
    let mode = cluster.database_insights_mode.as_ref().map(sdk::DatabaseInsightsMode::as_str);
    object.set("database_insights_mode", mode);
    object.set("enabled_cloudwatch_logs_exports", cluster.enabled_cloudwatch_logs_exports.clone());
    object.set("monitoring_interval", cluster.monitoring_interval);
    object.set("monitoring_role_arn", cluster.monitoring_role_arn.as_deref());
    object.set("performance_insights_enabled", cluster.performance_insights_enabled);
    object.set("performance_insights_kms_key_id", cluster.performance_insights_kms_key_id.as_deref());
    object.set("performance_insights_retention_period", cluster.performance_insights_retention_period);
}

/// What AWS doesn't say stays null here, unlike elsewhere.
fn scaling(info: sdk::ScalingConfigurationInfo) -> Value {
    let number = |n: Option<i32>| n.map_or(Value::null(Type::Number), |n| Value::int(n.into()));
    let block = Value::object(vec![
        ("auto_pause".into(), info.auto_pause.map_or(Value::null(Type::Bool), IntoValue::into_value)),
        ("max_capacity".into(), number(info.max_capacity)),
        ("min_capacity".into(), number(info.min_capacity)),
        ("seconds_before_timeout".into(), number(info.seconds_before_timeout)),
        ("seconds_until_auto_pause".into(), number(info.seconds_until_auto_pause)),
        ("timeout_action".into(), info.timeout_action.map_or(Value::null(Type::String), Value::string)),
    ]);
    Value::list(block.ty(), vec![block])
}

fn serverless_scaling(info: sdk::ServerlessV2ScalingConfigurationInfo) -> Object {
    Object::block()
        .with("max_capacity", info.max_capacity)
        .with("min_capacity", info.min_capacity)
        .with("seconds_until_auto_pause", info.seconds_until_auto_pause)
}
