//! `aws_rds_cluster`: a database of several instances that share their storage.

mod create;
mod modify;
mod read;

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_rds::types as sdk;
use smol_str::SmolStr;

use super::changes::Changes;
use super::texts;
use super::{BUSY, PAGE, RECORDS, filter_keys, is_made_by, is_too_new, master_user_secrets, reasons, update_tags};
use crate::lang::{Type, Value};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, list_block, optional, optional_computed, required, schema, string_set, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_rds_cluster`.
pub struct Cluster;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        1,
        [
            optional_computed("allocated_storage", Type::Number),
            optional("allow_major_version_upgrade", Type::Bool),
            optional_computed("apply_immediately", Type::Bool),
            computed("arn", Type::String),
            optional_computed("availability_zones", string_set()).force_new(),
            optional("backtrack_window", Type::Number),
            optional_computed("backup_retention_period", Type::Number),
            optional_computed("ca_certificate_identifier", Type::String),
            computed("ca_certificate_valid_till", Type::String),
            optional_computed("cluster_identifier", Type::String).force_new(),
            optional_computed("cluster_identifier_prefix", Type::String).force_new(),
            optional_computed("cluster_members", string_set()),
            computed("cluster_resource_id", Type::String),
            optional_computed("cluster_scalability_type", Type::String).force_new(),
            optional("copy_tags_to_snapshot", Type::Bool).default(false),
            optional_computed("database_insights_mode", Type::String),
            optional_computed("database_name", Type::String).force_new(),
            optional("db_cluster_instance_class", Type::String),
            optional_computed("db_cluster_parameter_group_name", Type::String),
            optional("db_instance_parameter_group_name", Type::String),
            optional_computed("db_subnet_group_name", Type::String).force_new(),
            optional_computed("db_system_id", Type::String).force_new(),
            optional("delete_automated_backups", Type::Bool).default(true),
            optional("deletion_protection", Type::Bool),
            optional("domain", Type::String),
            optional("domain_iam_role_name", Type::String),
            optional("enable_global_write_forwarding", Type::Bool).default(false),
            optional("enable_http_endpoint", Type::Bool).default(false),
            optional("enable_local_write_forwarding", Type::Bool).default(false),
            optional("enabled_cloudwatch_logs_exports", string_set()),
            computed("endpoint", Type::String),
            required("engine", Type::String).force_new(),
            optional_computed("engine_lifecycle_support", Type::String),
            optional("engine_mode", Type::String).force_new().default("provisioned"),
            optional_computed("engine_version", Type::String),
            computed("engine_version_actual", Type::String),
            optional("final_snapshot_identifier", Type::String),
            optional("global_cluster_identifier", Type::String),
            computed("hosted_zone_id", Type::String),
            optional("iam_database_authentication_enabled", Type::Bool),
            optional_computed("iam_roles", string_set()),
            id(),
            optional("iops", Type::Number),
            optional_computed("kms_key_id", Type::String).force_new(),
            optional("manage_master_user_password", Type::Bool),
            optional("master_password", Type::String).sensitive(),
            optional("master_password_wo", Type::String).sensitive().write_only(),
            optional("master_password_wo_version", Type::Number),
            computed("master_user_secret", master_user_secrets()),
            optional_computed("master_user_secret_kms_key_id", Type::String),
            optional_computed("master_username", Type::String).force_new(),
            optional_computed("monitoring_interval", Type::Number),
            optional_computed("monitoring_role_arn", Type::String),
            optional_computed("network_type", Type::String),
            optional("performance_insights_enabled", Type::Bool),
            optional_computed("performance_insights_kms_key_id", Type::String),
            optional_computed("performance_insights_retention_period", Type::Number),
            optional_computed("port", Type::Number),
            optional_computed("preferred_backup_window", Type::String),
            optional_computed("preferred_maintenance_window", Type::String),
            computed("reader_endpoint", Type::String),
            optional("replication_source_identifier", Type::String),
            list_block(
                "restore_to_point_in_time",
                [
                    optional("restore_to_time", Type::String).force_new(),
                    optional("restore_type", Type::String).force_new(),
                    optional("source_cluster_identifier", Type::String).force_new(),
                    optional("source_cluster_resource_id", Type::String).force_new(),
                    optional("use_latest_restorable_time", Type::Bool).force_new(),
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
            list_block(
                "scaling_configuration",
                [
                    optional("auto_pause", Type::Bool).default(true),
                    optional("max_capacity", Type::Number).default(Value::int(16)),
                    optional("min_capacity", Type::Number).default(Value::int(1)),
                    optional("seconds_before_timeout", Type::Number).default(Value::int(300)),
                    optional("seconds_until_auto_pause", Type::Number).default(Value::int(300)),
                    optional("timeout_action", Type::String).default("RollbackCapacityChange"),
                ],
            )
            .max(1),
            list_block(
                "serverlessv2_scaling_configuration",
                [
                    required("max_capacity", Type::Number),
                    required("min_capacity", Type::Number),
                    optional_computed("seconds_until_auto_pause", Type::Number),
                ],
            )
            .max(1),
            optional("skip_final_snapshot", Type::Bool).default(false),
            optional("snapshot_identifier", Type::String).force_new(),
            optional("source_region", Type::String).force_new(),
            optional_computed("storage_encrypted", Type::Bool).force_new(),
            optional_computed("storage_type", Type::String),
            tags(),
            tags_all(),
            timeouts(&["create", "delete", "update"]),
            optional_computed("vpc_security_group_ids", string_set()),
        ],
    )
});

/// Clusters by identifier.
pub static CLUSTERS: Batch<sdk::DbCluster> = Batch { size: PAGE, fetch: |aws, keys| Box::pin(describe(aws, keys)) };

async fn describe(aws: Aws, keys: Vec<SmolStr>) -> Outcome<Found<sdk::DbCluster>> {
    let clusters = match list(&aws, Some(vec![filter_keys("db-cluster-id", &keys)])).await {
        // Perhaps only one of them is gone.
        Err(failure) if failure.is_not_found() && keys.len() > 1 => list(&aws, None).await?,
        Err(failure) if failure.is_not_found() => Vec::new(),
        clusters => clusters?,
    };
    Ok(clusters.into_iter().filter_map(|c| Some((c.db_cluster_identifier.as_deref()?.into(), c))).collect())
}

async fn list(aws: &Aws, filters: Option<Vec<sdk::Filter>>) -> Outcome<Vec<sdk::DbCluster>> {
    let send = |marker| {
        let request = aws.rds.describe_db_clusters().set_filters(filters.clone());
        request.max_records(RECORDS).set_marker(marker).send()
    };
    aws.pages("rds:DescribeDBClusters", send, |page| (page.db_clusters, page.marker)).await
}

/// The global cluster that clusters are in, by their ARN.
static GLOBAL_CLUSTERS: Batch<String> = Batch { size: usize::MAX, fetch: |aws, _| Box::pin(describe_global(aws)) };

async fn describe_global(aws: Aws) -> Outcome<Found<String>> {
    let send = |marker| aws.rds.describe_global_clusters().max_records(RECORDS).set_marker(marker).send();
    let clusters = match aws.pages("rds:DescribeGlobalClusters", send, |page| (page.global_clusters, page.marker)).await
    {
        // There are regions without such clusters.
        Err(failure) if failure.message.contains("Access Denied to API Version: APIGlobalDatabases") => Vec::new(),
        clusters => clusters?,
    };
    let mut found = Found::new();
    for cluster in clusters {
        let id = cluster.global_cluster_identifier.unwrap_or_default();
        let members = cluster.global_cluster_members.unwrap_or_default().into_iter();
        found.extend(members.filter_map(|m| Some((m.db_cluster_arn?.into(), id.clone()))));
    }
    Ok(found)
}

async fn find(aws: &Aws, identifier: &str, operation: &Operation) -> Outcome<Option<String>> {
    let cluster = aws.load(&CLUSTERS, identifier).await?;
    let ours = cluster.filter(|c| is_made_by(operation, c.tag_list.as_deref().unwrap_or_default()));
    Ok(ours.and_then(|c| c.db_cluster_arn))
}

/// Waits until a cluster is available, and (`is_changed`) nothing is pending.
///
/// # Errors
/// When it fails, or time is up.
pub async fn wait_until_available(aws: &Aws, id: &str, timeout: Duration, is_changed: bool) -> Outcome<sdk::DbCluster> {
    wait_for(&format!("RDS cluster {id}"), timeout, || async {
        let Some(cluster) = aws.load(&CLUSTERS, id).await? else { return Ok(Progress::Pending("missing".into())) };
        let nothing = sdk::ClusterPendingModifiedValues::builder().build();
        let is_pending = cluster.pending_modified_values.as_ref().is_some_and(|pending| *pending != nothing);
        let status = cluster.status.clone().unwrap_or_default();
        Ok(match status.as_str() {
            "available" if is_changed && is_pending => Progress::Pending("available, with pending changes".into()),
            "available" => Progress::Done(cluster),
            _ if is_failure(&status) => {
                let why = reasons(aws, sdk::SourceType::DbCluster, id).await;
                Progress::Failed(format!("it is {status}. {why}"))
            }
            _ => Progress::Pending(status),
        })
    })
    .await
}

/// Statuses that nothing but an operator's action ends.
fn is_failure(status: &str) -> bool {
    let ends = ["cloning-failed", "inaccessible-encryption-credentials", "migration-failed", "stopped", "deleting"];
    ends.contains(&status) || status.contains("failed") || status.starts_with("incompatible-")
}

async fn wait_until_gone(aws: &Aws, id: &str, timeout: Duration) -> Outcome<()> {
    wait_for(&format!("RDS cluster {id}"), timeout, || async {
        let status = aws.load(&CLUSTERS, id).await?.map(|c| c.status.unwrap_or_default());
        Ok(status.map_or(Progress::Done(()), Progress::Pending))
    })
    .await
}

/// What remains to be done for a cluster that has been made.
async fn finish(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    let cluster = wait_until_available(aws, id, operation.timeout, false).await?;
    let arn = cluster.db_cluster_arn.clone().unwrap_or_default();
    let has = |role: &String| cluster.associated_roles.iter().flatten().any(|r| r.role_arn.as_ref() == Some(role));
    for role in object.texts("iam_roles").iter().filter(|role| !has(role)) {
        add_role(aws, id, role).await?;
    }
    modify::complete(aws, object, cluster, operation).await?;
    aws.note_intent(&arn);
    Ok(())
}

async fn add_role(aws: &Aws, id: &str, role: &str) -> Outcome<()> {
    let send = || aws.rds.add_role_to_db_cluster().db_cluster_identifier(id).role_arn(role).send();
    let is_busy = |f: &Failure| is_too_new(f) || f.is(&["InvalidDBClusterStateFault"]);
    match retry_while(BUSY, is_busy, || aws.call("rds:AddRoleToDBCluster", send)).await {
        Err(failure) if !failure.is(&["DBClusterRoleAlreadyExists"]) => Err(failure),
        _ => Ok(()),
    }
}

async fn remove_role(aws: &Aws, id: &str, role: &str) -> Outcome<()> {
    let send = || aws.rds.remove_role_from_db_cluster().db_cluster_identifier(id).role_arn(role).send();
    let is_busy = |f: &Failure| f.is(&["InvalidDBClusterStateFault"]);
    match retry_while(BUSY, is_busy, || aws.call("rds:RemoveRoleFromDBCluster", send)).await {
        Err(failure) if !failure.is_not_found() => Err(failure),
        _ => Ok(()),
    }
}

/// Takes a cluster out of a global one.
async fn leave_global(aws: &Aws, object: &Object, global: &str, operation: &Operation) -> Outcome<()> {
    let arn = object.str("arn");
    let request = aws.rds.remove_from_global_cluster().db_cluster_identifier(arn).global_cluster_identifier(global);
    match aws.call("rds:RemoveFromGlobalCluster", || request.clone().send()).await {
        Err(failure) if !failure.is_not_found() && !failure.message.contains("is not found in global cluster") => {
            return Err(failure);
        }
        _ => {}
    }
    wait_until_available(aws, object.id(), operation.timeout, true).await?;
    Ok(())
}

/// Makes a replica stand on its own.
async fn promote(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    if object.text("replication_source_identifier").is_some() {
        return Err(Failure::new(format!("promoting to standalone is not supported for RDS Cluster ({id})")));
    }
    let send = || aws.rds.promote_read_replica_db_cluster().db_cluster_identifier(id).send();
    aws.call("rds:PromoteReadReplicaDBCluster", send).await?;
    wait_until_available(aws, id, operation.timeout, false).await?;
    Ok(())
}

/// Queries over HTTP are switched by requests of their own, unless the cluster is a serverless one of the first kind.
async fn switch_http_endpoint(aws: &Aws, object: &Object) -> Outcome<()> {
    let arn = object.str("arn");
    if object.is("enable_http_endpoint") {
        aws.call("rds:EnableHttpEndpoint", || aws.rds.enable_http_endpoint().resource_arn(arn).send()).await?;
    } else {
        aws.call("rds:DisableHttpEndpoint", || aws.rds.disable_http_endpoint().resource_arn(arn).send()).await?;
    }
    Ok(())
}

fn identifier(object: &Object, operation: &Operation) -> String {
    let prefix = object.text("cluster_identifier_prefix").unwrap_or_else(|| "tf-".into());
    object.text("cluster_identifier").unwrap_or_else(|| naming::unique(&prefix, &operation.token))
}

const CHECKS: Checks = &[
    ("backtrack_window", Check::Range(0, 259200)),
    ("backup_retention_period", Check::AtMost(35)),
    ("cluster_identifier cluster_identifier_prefix", Check::Exclusive),
    ("cluster_identifier", Check::Text(texts::identifier)),
    ("cluster_identifier_prefix", Check::Text(texts::identifier_prefix)),
    ("cluster_scalability_type", Check::OneOf(&["standard", "limitless"])),
    ("database_insights_mode", Check::OneOf(&["standard", "advanced"])),
    (
        "enabled_cloudwatch_logs_exports",
        Check::OneOf(&[
            "audit",
            "error",
            "general",
            "iam-db-auth-error",
            "instance",
            "postgresql",
            "slowquery",
            "upgrade",
        ]),
    ),
    ("engine", Check::Text(texts::cluster_engine)),
    ("engine_lifecycle_support", Check::OneOf(super::LIFECYCLE_SUPPORT)),
    ("engine_mode", Check::OneOf(&["global", "multimaster", "parallelquery", "provisioned", "serverless", ""])),
    ("final_snapshot_identifier", Check::Text(texts::cluster_snapshot)),
    ("kms_key_id monitoring_role_arn performance_insights_kms_key_id", Check::Arn),
    ("manage_master_user_password master_password master_password_wo", Check::Exclusive),
    (
        "master_password_wo master_password_wo_version",
        Check::Together(&["master_password_wo", "master_password_wo_version"]),
    ),
    ("master_user_secret_kms_key_id", Check::Text(texts::secret_key)),
    ("network_type", Check::OneOf(&["DUAL", "IPV4"])),
    ("preferred_backup_window", Check::Text(texts::daily_window)),
    ("preferred_maintenance_window", Check::Text(texts::weekly_window)),
    ("restore_to_point_in_time", Check::Conflicts(&["s3_import", "snapshot_identifier"])),
    ("restore_to_point_in_time.restore_to_time restore_to_point_in_time.use_latest_restorable_time", Check::ExactlyOne),
    ("restore_to_point_in_time.restore_to_time", Check::Time),
    ("restore_to_point_in_time.restore_type", Check::OneOf(&["copy-on-write", "full-copy"])),
    (
        "restore_to_point_in_time.source_cluster_identifier restore_to_point_in_time.source_cluster_resource_id",
        Check::ExactlyOne,
    ),
    ("restore_to_point_in_time.source_cluster_identifier", Check::Text(texts::identifier_or_arn)),
    ("s3_import", Check::Conflicts(&["snapshot_identifier", "restore_to_point_in_time"])),
    ("scaling_configuration.seconds_before_timeout", Check::Range(60, 600)),
    ("scaling_configuration.seconds_until_auto_pause", Check::Range(300, 86400)),
    ("scaling_configuration.timeout_action", Check::OneOf(&["ForceApplyCapacityChange", "RollbackCapacityChange"])),
    ("serverlessv2_scaling_configuration.max_capacity", Check::Between(1.0, 256.0)),
    ("serverlessv2_scaling_configuration.min_capacity", Check::Between(0.0, 256.0)),
    ("serverlessv2_scaling_configuration.seconds_until_auto_pause", Check::Range(300, 86400)),
    ("snapshot_identifier", Check::Conflicts(&["global_cluster_identifier"])),
];

#[async_trait]
impl ResourceType for Cluster {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 120, update: 120, delete: 120, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        let lower = plan.planned.str("preferred_maintenance_window").to_lowercase();
        if plan.config.has("preferred_maintenance_window") {
            plan.planned.set("preferred_maintenance_window", lower);
        }
        let Some(prior) = plan.prior else { return };
        if !plan.planned.str("engine").starts_with("aurora") && plan.changes("storage_type") {
            plan.replace_for("storage_type");
        }
        // Aurora's first kind of storage has no name in AWS's answers.
        if plan.planned.str("storage_type") == "aurora" && prior.str("storage_type").is_empty() {
            plan.planned.set("storage_type", "");
        }
        if plan.planned.str("engine_mode").is_empty() && prior.str("engine_mode") == "provisioned" {
            plan.planned.set("engine_mode", "provisioned");
        }
        // The snapshot that a cluster was made of is history.
        if plan.planned.str("snapshot_identifier").is_empty()
            && let Some(snapshot) = prior.get("snapshot_identifier")
        {
            plan.planned.set("snapshot_identifier", snapshot);
        }
        plan_scaling(plan, prior);
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(cluster) = aws.load(&CLUSTERS, object.id()).await? else { return Ok(Presence::Gone) };
        let arn = cluster.db_cluster_arn.clone().unwrap_or_default();
        let global = match (&cluster.global_cluster_identifier, cluster.engine_mode.as_deref()) {
            (Some(id), _) => Some(id.clone()),
            (None, Some("global" | "provisioned")) => aws.load(&GLOBAL_CLUSTERS, &arn).await?,
            _ => None,
        };
        read::read(aws, object, cluster);
        object.set("global_cluster_identifier", global);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let identifier = identifier(object, operation);
        create::create(aws, object, &identifier, operation).await?;
        object.set("id", identifier);
        finish(aws, object, operation).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        update_tags(aws, object, prior).await?;
        let changes = Changes::new(prior, object);
        if changes.has("enable_http_endpoint") && object.str("engine_mode") == "provisioned" {
            switch_http_endpoint(aws, object).await?;
        }
        if changes.has("replication_source_identifier") {
            promote(aws, object, operation).await?;
        }
        if changes.has_other_than(&SCHEMA, modify::NOT_MODIFIED) {
            let is_now = object.is("apply_immediately");
            let request = modify::request(aws, changes, operation).apply_immediately(is_now);
            modify::modify(aws, request).await?;
            wait_until_available(aws, object.id(), operation.timeout, is_now).await?;
        }
        if changes.has("global_cluster_identifier") {
            let (before, after) = (prior.str("global_cluster_identifier"), object.str("global_cluster_identifier"));
            if before.is_empty() {
                let message = "existing RDS Clusters cannot be added to an existing RDS Global Cluster";
                return Err(Failure::new(message));
            }
            if !after.is_empty() {
                let message = "existing RDS Clusters cannot be migrated between existing RDS Global Clusters";
                return Err(Failure::new(message));
            }
            leave_global(aws, object, before, operation).await?;
        }
        let (add, remove) = changes.texts("iam_roles");
        for role in &add {
            add_role(aws, object.id(), role).await?;
        }
        for role in &remove {
            remove_role(aws, object.id(), role).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let (id, skips) = (object.id(), object.is("skip_final_snapshot"));
        if !skips && object.text("final_snapshot_identifier").is_none() {
            let message = "RDS Cluster final_snapshot_identifier is required when skip_final_snapshot is false";
            return Err(Failure::new(message));
        }
        if let Some(global) = object.text("global_cluster_identifier") {
            leave_global(aws, object, &global, operation).await?;
        }
        let request = aws
            .rds
            .delete_db_cluster()
            .db_cluster_identifier(id)
            .delete_automated_backups(object.is("delete_automated_backups"))
            .skip_final_snapshot(skips)
            .set_final_db_snapshot_identifier(object.text("final_snapshot_identifier").filter(|_| !skips));
        let is_busy = |f: &Failure| {
            f.is(&["InvalidDBClusterStateFault"])
                && (f.message.contains("is not currently in the available state")
                    || f.message.contains("cluster is a part of a global cluster"))
        };
        let delete = || retry_while(BUSY, is_busy, || aws.call("rds:DeleteDBCluster", || request.clone().send()));
        match delete().await {
            Err(failure) if failure.is_not_found() => return Ok(()),
            // Switching the protection off may have been left to the next maintenance.
            Err(failure) if super::is_protected(&failure) && super::may_unprotect(object) => {
                let unprotect = aws.rds.modify_db_cluster().db_cluster_identifier(id);
                modify::modify(aws, unprotect.apply_immediately(true).deletion_protection(false)).await?;
                wait_until_available(aws, id, operation.timeout, false).await?;
                delete().await?;
            }
            outcome => drop(outcome?),
        }
        wait_until_gone(aws, id, operation.timeout).await
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        // Nothing tells what is to become of it.
        object.set("skip_final_snapshot", true);
        object.set("delete_automated_backups", true);
        Ok(())
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

/// Scaling can be changed, not given up: without its block, the first kind goes back to what it is by default, and the second
/// kind stays as it is.
fn plan_scaling(plan: &mut Planning<'_>, prior: &Object) {
    let is_left_out = |name: &str| plan.config.get(name).is_some_and(|blocks| blocks.len() == Some(0));
    if is_left_out("scaling_configuration") && prior.block_at("scaling_configuration").is_some() {
        let default = Object::block()
            .with("auto_pause", true)
            .with("max_capacity", 16)
            .with("min_capacity", 1)
            .with("seconds_before_timeout", 300)
            .with("seconds_until_auto_pause", 300)
            .with("timeout_action", "RollbackCapacityChange");
        plan.planned.set("scaling_configuration", vec![default]);
    }
    if is_left_out("serverlessv2_scaling_configuration")
        && let Some(before) = prior.get("serverlessv2_scaling_configuration")
    {
        plan.planned.set("serverlessv2_scaling_configuration", before);
    }
}
