//! `aws_rds_cluster_instance`: an instance of a database cluster.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::changes::Changes;
use super::cluster::{self, CLUSTERS};
use super::db_instance::retention_problems;
use super::instances::{self, INSTANCES, find, reboot, wait_until_available, wait_until_gone};
use super::texts;
use super::{create, new_tags, read_engine_version, read_tags, update_tags};
use crate::lang::{Type, Value};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, tags, tags_all, timeouts,
};
use crate::schema::Schema;

/// The resource type `aws_rds_cluster_instance`.
pub struct ClusterInstance;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional_computed("apply_immediately", Type::Bool),
            computed("arn", Type::String),
            optional("auto_minor_version_upgrade", Type::Bool).default(true),
            optional_computed("availability_zone", Type::String).force_new(),
            optional_computed("ca_cert_identifier", Type::String),
            required("cluster_identifier", Type::String).force_new(),
            optional("copy_tags_to_snapshot", Type::Bool).default(false),
            optional("custom_iam_instance_profile", Type::String).force_new(),
            optional_computed("db_parameter_group_name", Type::String),
            optional_computed("db_subnet_group_name", Type::String).force_new(),
            computed("dbi_resource_id", Type::String),
            computed("endpoint", Type::String),
            required("engine", Type::String).force_new(),
            optional_computed("engine_version", Type::String),
            computed("engine_version_actual", Type::String),
            optional("force_destroy", Type::Bool).default(false),
            id(),
            optional_computed("identifier", Type::String).force_new(),
            optional_computed("identifier_prefix", Type::String).force_new(),
            required("instance_class", Type::String),
            computed("kms_key_id", Type::String),
            optional("monitoring_interval", Type::Number).default(Value::int(0)),
            optional_computed("monitoring_role_arn", Type::String),
            computed("network_type", Type::String),
            optional_computed("performance_insights_enabled", Type::Bool),
            optional_computed("performance_insights_kms_key_id", Type::String),
            optional_computed("performance_insights_retention_period", Type::Number),
            computed("port", Type::Number),
            optional_computed("preferred_backup_window", Type::String),
            optional_computed("preferred_maintenance_window", Type::String),
            optional("promotion_tier", Type::Number).default(Value::int(0)),
            optional_computed("publicly_accessible", Type::Bool),
            computed("storage_encrypted", Type::Bool),
            tags(),
            tags_all(),
            timeouts(&["create", "delete", "update"]),
            computed("writer", Type::Bool),
        ],
    )
});

/// What isn't a matter of the instance itself.
const NOT_MODIFIED: &[&str] = &["force_destroy", "tags", "tags_all", "timeouts"];

fn identifier(object: &Object, operation: &Operation) -> String {
    let prefix = object.text("identifier_prefix").unwrap_or_else(|| "tf-".into());
    object.text("identifier").unwrap_or_else(|| naming::unique(&prefix, &operation.token))
}

/// What remains to be done for an instance that has been made.
async fn finish(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    let instance = wait_until_available(aws, id, operation.timeout, false).await?;
    let certificate =
        object.text("ca_cert_identifier").filter(|c| Some(c) != instance.ca_certificate_identifier.as_ref());
    if let Some(certificate) = certificate {
        let request = aws.rds.modify_db_instance().db_instance_identifier(id).ca_certificate_identifier(certificate);
        instances::modify(aws, request.apply_immediately(true), operation.timeout).await?;
        wait_until_available(aws, id, operation.timeout, false).await?;
        reboot(aws, id, operation.timeout).await?;
    }
    if let Some(arn) = &instance.db_instance_arn {
        aws.note_intent(arn);
    }
    Ok(())
}

/// Whether an instance is the one of its cluster that can be written to; `None` if the cluster doesn't know it.
async fn is_writer(aws: &Aws, cluster: &str, identifier: &str) -> Outcome<Option<bool>> {
    let found = aws.load(&CLUSTERS, cluster).await?;
    let found = found.ok_or_else(|| Failure::new(format!("RDS cluster {cluster} can't be found")))?;
    let mut members = found.db_cluster_members.unwrap_or_default().into_iter();
    let member = members.find(|m| m.db_instance_identifier.as_deref() == Some(identifier));
    Ok(member.map(|m| m.is_cluster_writer.unwrap_or(false)))
}

const CHECKS: Checks = &[
    ("custom_iam_instance_profile", Check::Text(texts::custom_profile)),
    ("engine", Check::Text(texts::cluster_engine)),
    ("identifier identifier_prefix", Check::Exclusive),
    ("identifier", Check::Text(texts::identifier)),
    ("identifier_prefix", Check::Text(texts::identifier_prefix)),
    ("performance_insights_kms_key_id", Check::Arn),
    ("performance_insights_retention_period", Check::AtLeast(7)),
    ("performance_insights_retention_period", Check::AtMost(731)),
    ("performance_insights_retention_period", Check::Whole(retention_problems)),
    ("preferred_backup_window", Check::Text(texts::daily_window)),
    ("preferred_maintenance_window", Check::Text(texts::weekly_window)),
];

#[async_trait]
impl ResourceType for ClusterInstance {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 90, update: 90, delete: 90, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        if plan.config.has("preferred_maintenance_window") {
            let lower = plan.planned.str("preferred_maintenance_window").to_lowercase();
            plan.planned.set("preferred_maintenance_window", lower);
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(instance) = aws.load(&INSTANCES, object.id()).await? else { return Ok(Presence::Gone) };
        let identifier = instance.db_instance_identifier.unwrap_or_default();
        let Some(cluster) = instance.db_cluster_identifier else {
            return Err(Failure::new(format!(
                "DBClusterIdentifier is missing from RDS Cluster Instance ({identifier}). The aws_db_instance resource \
                 should be used for non-Aurora instances"
            )));
        };
        if let Some(is_writer) = is_writer(aws, &cluster, &identifier).await? {
            object.set("writer", is_writer);
        }
        if let Some(endpoint) = instance.endpoint {
            object.set("endpoint", endpoint.address);
            object.set("port", endpoint.port);
        }
        if let Some(group) = instance.db_parameter_groups.into_iter().flatten().next() {
            object.set("db_parameter_group_name", group.db_parameter_group_name);
        }
        if let Some(group) = instance.db_subnet_group {
            object.set("db_subnet_group_name", group.db_subnet_group_name);
        }
        let pending = instance.pending_modified_values.and_then(|p| p.engine_version);
        read_engine_version(object, instance.engine_version, pending.as_deref());
        object.set("arn", instance.db_instance_arn);
        object.set("auto_minor_version_upgrade", instance.auto_minor_version_upgrade);
        object.set("availability_zone", instance.availability_zone);
        object.set("ca_cert_identifier", instance.ca_certificate_identifier);
        object.set("cluster_identifier", cluster);
        object.set("copy_tags_to_snapshot", instance.copy_tags_to_snapshot);
        object.set("custom_iam_instance_profile", instance.custom_iam_instance_profile);
        object.set("dbi_resource_id", instance.dbi_resource_id);
        object.set("engine", instance.engine);
        object.set("identifier_prefix", naming::prefix_of(&identifier));
        object.set("identifier", identifier);
        object.set("instance_class", instance.db_instance_class);
        object.set("kms_key_id", instance.kms_key_id);
        object.set("monitoring_interval", instance.monitoring_interval);
        object.set("monitoring_role_arn", instance.monitoring_role_arn);
        object.set("network_type", instance.network_type);
        object.set("performance_insights_enabled", instance.performance_insights_enabled);
        object.set("performance_insights_kms_key_id", instance.performance_insights_kms_key_id);
        object.set("performance_insights_retention_period", instance.performance_insights_retention_period);
        object.set("preferred_backup_window", instance.preferred_backup_window);
        object.set("preferred_maintenance_window", instance.preferred_maintenance_window);
        object.set("promotion_tier", instance.promotion_tier);
        object.set("publicly_accessible", instance.publicly_accessible);
        object.set("storage_encrypted", instance.storage_encrypted);
        read_tags(aws, object, instance.tag_list);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let identifier = identifier(object, operation);
        let request = aws
            .rds
            .create_db_instance()
            .db_instance_identifier(&identifier)
            .set_auto_minor_version_upgrade(object.bool("auto_minor_version_upgrade"))
            .set_availability_zone(object.text("availability_zone"))
            .set_copy_tags_to_snapshot(object.bool("copy_tags_to_snapshot"))
            .set_custom_iam_instance_profile(object.text("custom_iam_instance_profile"))
            .set_db_cluster_identifier(object.text("cluster_identifier"))
            .set_db_instance_class(object.text("instance_class"))
            .set_db_parameter_group_name(object.text("db_parameter_group_name"))
            .set_db_subnet_group_name(object.text("db_subnet_group_name"))
            .set_enable_performance_insights(object.bool("performance_insights_enabled").filter(|on| *on))
            .set_engine(object.text("engine"))
            .set_engine_version(object.text("engine_version"))
            .set_monitoring_interval(object.nonzero("monitoring_interval"))
            .set_monitoring_role_arn(object.text("monitoring_role_arn"))
            .set_performance_insights_kms_key_id(object.text("performance_insights_kms_key_id"))
            .set_performance_insights_retention_period(object.nonzero("performance_insights_retention_period"))
            .set_preferred_backup_window(object.text("preferred_backup_window"))
            .set_preferred_maintenance_window(object.text("preferred_maintenance_window"))
            .set_promotion_tier(object.int32("promotion_tier"))
            .publicly_accessible(object.is("publicly_accessible"))
            .set_tags(new_tags(object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            Ok(made.db_instance.and_then(|i| i.dbi_resource_id).unwrap_or_default())
        };
        create(aws, "rds:CreateDBInstance", send, || find(aws, &identifier, operation)).await?;
        object.set("id", identifier);
        finish(aws, object, operation).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        update_tags(aws, object, prior).await?;
        let changes = Changes::new(prior, object);
        if !changes.has_other_than(&SCHEMA, NOT_MODIFIED) {
            return Ok(());
        }
        let (id, is_now) = (object.id(), object.is("apply_immediately"));
        let insights = ["performance_insights_enabled", "performance_insights_kms_key_id", RETENTION];
        let watches = changes.has_any(&insights);
        let request = aws
            .rds
            .modify_db_instance()
            .db_instance_identifier(id)
            .apply_immediately(is_now)
            .set_auto_minor_version_upgrade(changes.bool("auto_minor_version_upgrade"))
            .set_ca_certificate_identifier(changes.text("ca_cert_identifier"))
            .set_copy_tags_to_snapshot(changes.bool("copy_tags_to_snapshot"))
            .set_db_instance_class(changes.text("instance_class"))
            .set_db_parameter_group_name(changes.text("db_parameter_group_name"))
            .set_enable_performance_insights(watches.then(|| object.is("performance_insights_enabled")))
            .set_monitoring_interval(changes.int32("monitoring_interval"))
            .set_monitoring_role_arn(changes.text("monitoring_role_arn"))
            .set_performance_insights_kms_key_id(object.text("performance_insights_kms_key_id").filter(|_| watches))
            .set_performance_insights_retention_period(object.nonzero(RETENTION).filter(|_| watches))
            .set_preferred_backup_window(changes.text("preferred_backup_window"))
            .set_preferred_maintenance_window(changes.text("preferred_maintenance_window"))
            .set_promotion_tier(changes.int32("promotion_tier"))
            .set_publicly_accessible(changes.bool("publicly_accessible"));
        instances::modify(aws, request, operation.timeout).await?;
        wait_until_available(aws, id, operation.timeout, is_now).await?;
        Ok(())
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let is_custom = object.str("engine").starts_with("custom-");
        let request = aws.rds.delete_db_instance().db_instance_identifier(id);
        let request = request.set_skip_final_snapshot(is_custom.then_some(true));
        let is_last = |f: &Failure| {
            f.is(&["InvalidDBClusterStateFault"])
                && f.message.contains("Cannot delete the last instance of the read replica DB cluster")
        };
        match instances::delete(aws, request.clone()).await {
            Err(failure) if is_last(&failure) && object.is("force_destroy") => {
                let cluster = object.str("cluster_identifier");
                let send = || aws.rds.promote_read_replica_db_cluster().db_cluster_identifier(cluster).send();
                aws.call("rds:PromoteReadReplicaDBCluster", send).await?;
                cluster::wait_until_available(aws, cluster, operation.timeout, false).await?;
                instances::delete(aws, request).await?;
            }
            outcome => outcome?,
        }
        wait_until_gone(aws, id, operation.timeout).await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let identifier = identifier(object, operation);
        if find(aws, &identifier, operation).await?.is_none() {
            return Ok(Presence::Gone);
        }
        object.set("id", identifier);
        finish(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}

/// How long performance data are kept.
const RETENTION: &str = "performance_insights_retention_period";
