//! The data source `aws_db_instance`: a database instance that there is.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_rds::types as sdk;

use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::rds::instances::{INSTANCES, list};
use crate::providers::aws::rds::{master_user_secrets, read_master_user_secret};
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, optional_computed, schema, string_map, strings};
use crate::providers::aws::tags::Tags;
use crate::schema::Schema;

/// The data source `aws_db_instance`.
pub struct DbInstanceData;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("address", Type::String),
            computed("allocated_storage", Type::Number),
            computed("auto_minor_version_upgrade", Type::Bool),
            computed("availability_zone", Type::String),
            computed("backup_retention_period", Type::Number),
            computed("ca_cert_identifier", Type::String),
            computed("database_insights_mode", Type::String),
            computed("db_cluster_identifier", Type::String),
            computed("db_instance_arn", Type::String),
            computed("db_instance_class", Type::String),
            optional_computed("db_instance_identifier", Type::String),
            computed("db_instance_port", Type::Number),
            computed("db_name", Type::String),
            computed("db_parameter_groups", strings()),
            computed("db_subnet_group", Type::String),
            computed("enabled_cloudwatch_logs_exports", strings()),
            computed("endpoint", Type::String),
            computed("engine", Type::String),
            computed("engine_version", Type::String),
            computed("hosted_zone_id", Type::String),
            id(),
            computed("iops", Type::Number),
            computed("kms_key_id", Type::String),
            computed("license_model", Type::String),
            computed("master_user_secret", master_user_secrets()),
            computed("master_username", Type::String),
            computed("max_allocated_storage", Type::Number),
            computed("monitoring_interval", Type::Number),
            computed("monitoring_role_arn", Type::String),
            computed("multi_az", Type::Bool),
            computed("network_type", Type::String),
            computed("option_group_memberships", strings()),
            computed("port", Type::Number),
            computed("preferred_backup_window", Type::String),
            computed("preferred_maintenance_window", Type::String),
            computed("publicly_accessible", Type::Bool),
            computed("replicate_source_db", Type::String),
            computed("resource_id", Type::String),
            computed("storage_encrypted", Type::Bool),
            computed("storage_throughput", Type::Number),
            computed("storage_type", Type::String),
            optional_computed("tags", string_map()),
            computed("timezone", Type::String),
            computed("vpc_security_groups", strings()),
        ],
    )
});

fn tags_of(instance: &sdk::DbInstance) -> Tags {
    let tags = instance.tag_list.iter().flatten();
    tags.map(|t| (t.key.clone().unwrap_or_default(), t.value.clone().unwrap_or_default())).collect()
}

/// The instance with an identifier and tags, as far as they are given.
async fn find(aws: &Aws, object: &Object) -> Outcome<sdk::DbInstance> {
    let wanted = object.map("tags");
    let candidates = match object.text("db_instance_identifier") {
        Some(identifier) => aws.load(&INSTANCES, &identifier.to_lowercase()).await?.into_iter().collect(),
        None => list(aws, None).await?,
    };
    let matches = |i: &sdk::DbInstance| {
        let tags = tags_of(i);
        wanted.iter().all(|(key, value)| tags.get(key) == Some(value))
    };
    let mut found: Vec<sdk::DbInstance> = candidates.into_iter().filter(matches).collect();
    match (found.pop(), found.len()) {
        (Some(instance), 0) => Ok(instance),
        (None, _) => Err(Failure::new("no matching RDS DB Instance found")),
        _ => Err(Failure::new(
            "multiple RDS DB Instances matched; use additional constraints to reduce matches to a single RDS DB Instance",
        )),
    }
}

#[async_trait]
impl DataSource for DbInstanceData {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let instance = find(aws, object).await?;
        let tags = tags_of(&instance).into_iter().filter(|(key, _)| !aws.settings.tags.is_ignored(key));
        object.set("tags", tags.collect::<Tags>());
        read_configuration(object, &instance);
        read_state(object, &instance);
        read_master_user_secret(object, instance.master_user_secret);
        Ok(())
    }
}

fn read_configuration(object: &mut Object, instance: &sdk::DbInstance) {
    object.set("id", instance.db_instance_identifier.as_deref());
    object.set("allocated_storage", instance.allocated_storage);
    object.set("auto_minor_version_upgrade", instance.auto_minor_version_upgrade);
    object.set("backup_retention_period", instance.backup_retention_period);
    object.set("ca_cert_identifier", instance.ca_certificate_identifier.as_deref());
    let mode = instance.database_insights_mode.as_ref().map(sdk::DatabaseInsightsMode::as_str);
    object.set("database_insights_mode", mode);
    object.set("db_cluster_identifier", instance.db_cluster_identifier.as_deref());
    object.set("db_instance_arn", instance.db_instance_arn.as_deref());
    object.set("db_instance_class", instance.db_instance_class.as_deref());
    object.set("db_instance_identifier", instance.db_instance_identifier.as_deref());
    object.set("db_name", instance.db_name.as_deref());
    object.set("enabled_cloudwatch_logs_exports", instance.enabled_cloudwatch_logs_exports.clone());
    object.set("engine", instance.engine.as_deref());
    object.set("engine_version", instance.engine_version.as_deref());
    object.set("iops", instance.iops);
    object.set("kms_key_id", instance.kms_key_id.as_deref());
    object.set("license_model", instance.license_model.as_deref());
    object.set("master_username", instance.master_username.as_deref());
    object.set("max_allocated_storage", instance.max_allocated_storage);
    object.set("monitoring_interval", instance.monitoring_interval);
    object.set("monitoring_role_arn", instance.monitoring_role_arn.as_deref());
    object.set("multi_az", instance.multi_az);
    object.set("preferred_backup_window", instance.preferred_backup_window.as_deref());
    object.set("preferred_maintenance_window", instance.preferred_maintenance_window.as_deref());
    object.set("publicly_accessible", instance.publicly_accessible);
    object.set("storage_encrypted", instance.storage_encrypted);
    object.set("storage_throughput", instance.storage_throughput);
    object.set("storage_type", instance.storage_type.as_deref());
    object.set("timezone", instance.timezone.as_deref());
}

fn read_state(object: &mut Object, instance: &sdk::DbInstance) {
    let parameter_groups = instance.db_parameter_groups.iter().flatten();
    let parameter_groups = parameter_groups.filter_map(|g| g.db_parameter_group_name.clone());
    let option_groups = instance.option_group_memberships.iter().flatten();
    let option_groups = option_groups.filter_map(|g| g.option_group_name.clone());
    let security_groups = instance.vpc_security_groups.iter().flatten();
    let security_groups = security_groups.filter_map(|g| g.vpc_security_group_id.clone());
    object.set("availability_zone", instance.availability_zone.as_deref());
    object.set("db_instance_port", instance.db_instance_port);
    object.set("db_parameter_groups", parameter_groups.collect::<Vec<_>>());
    let subnet_group = instance.db_subnet_group.as_ref().and_then(|g| g.db_subnet_group_name.as_deref());
    object.set("db_subnet_group", subnet_group);
    object.set("network_type", instance.network_type.as_deref());
    object.set("option_group_memberships", option_groups.collect::<Vec<_>>());
    object.set("replicate_source_db", instance.read_replica_source_db_instance_identifier.as_deref());
    object.set("resource_id", instance.dbi_resource_id.as_deref());
    object.set("vpc_security_groups", security_groups.collect::<Vec<_>>());
    if let Some(endpoint) = &instance.endpoint {
        let (address, port) = (endpoint.address.as_deref().unwrap_or_default(), endpoint.port.unwrap_or(0));
        object.set("address", address);
        object.set("endpoint", format!("{address}:{port}"));
        object.set("hosted_zone_id", endpoint.hosted_zone_id.as_deref());
        object.set("port", port);
    }
}
