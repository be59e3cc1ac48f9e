//! Database instances as AWS has them: those on their own, and those of clusters.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_rds::operation::delete_db_instance::builders::DeleteDBInstanceFluentBuilder;
use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder;
use aws_sdk_rds::types as sdk;
use smol_str::SmolStr;
use tokio::time::Instant;

use super::{BUSY, PAGE, RECORDS, filter_keys, is_made_by, is_too_new, reasons};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::resource::Operation;
use crate::providers::aws::wait::{Progress, retry_while, wait_for};

/// Instances by resource id, or by identifier.
pub static INSTANCES: Batch<sdk::DbInstance> = Batch { size: PAGE, fetch: |aws, keys| Box::pin(describe(aws, keys)) };

async fn describe(aws: Aws, keys: Vec<SmolStr>) -> Outcome<Found<sdk::DbInstance>> {
    let mut found = Found::new();
    let (resources, mut names): (Vec<SmolStr>, Vec<SmolStr>) = keys.into_iter().partition(|key| is_resource_id(key));
    for instance in matching(&aws, "dbi-resource-id", &resources).await? {
        found.insert(instance.dbi_resource_id.as_deref().unwrap_or_default().into(), instance);
    }
    // An identifier can look like a resource id.
    names.extend(resources.into_iter().filter(|key| !found.contains_key(key)));
    for instance in matching(&aws, "db-instance-id", &names).await? {
        found.insert(instance.db_instance_identifier.as_deref().unwrap_or_default().into(), instance);
    }
    Ok(found)
}

/// Whether it looks like what AWS names instances: `db-BE6UI2KLPQP3OVDYD74ZEV6NUM`.
fn is_resource_id(key: &str) -> bool {
    key.strip_prefix("db-").is_some_and(|rest| rest.len() > 1 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The instances with some ids, perhaps with others: AWS may refuse a filter because of an instance that is gone.
async fn matching(aws: &Aws, filter: &str, keys: &[SmolStr]) -> Outcome<Vec<sdk::DbInstance>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    match list(aws, Some(vec![filter_keys(filter, keys)])).await {
        Err(failure) if failure.is_not_found() && keys.len() == 1 => Ok(Vec::new()),
        Err(failure) if failure.is_not_found() => list(aws, None).await,
        outcome => outcome,
    }
}

/// All instances, or those that pass some filters.
///
/// # Errors
/// When AWS refuses.
pub async fn list(aws: &Aws, filters: Option<Vec<sdk::Filter>>) -> Outcome<Vec<sdk::DbInstance>> {
    let send = |marker| {
        let request = aws.rds.describe_db_instances().set_filters(filters.clone());
        request.max_records(RECORDS).set_marker(marker).send()
    };
    aws.pages("rds:DescribeDBInstances", send, |page| (page.db_instances, page.marker)).await
}

/// The resource id of the instance with an identifier, if an operation has made it.
///
/// # Errors
/// When AWS refuses.
pub async fn find(aws: &Aws, identifier: &str, operation: &Operation) -> Outcome<Option<String>> {
    let instance = aws.load(&INSTANCES, identifier).await?;
    let ours = instance.filter(|i| is_made_by(operation, i.tag_list.as_deref().unwrap_or_default()));
    Ok(ours.map(|i| i.dbi_resource_id.unwrap_or_else(|| identifier.into())))
}

/// How long an instance may say that something is pending although it is to be done at once, before that is left to it: some
/// changes wait for a restart.
const PENDING: Duration = Duration::from_secs(60);

/// Waits until an instance is available. After changes that are to be done at once (`is_changed`), also until nothing is
/// pending: it stays available for a while before it begins with them.
///
/// # Errors
/// When it fails, or time is up.
pub async fn wait_until_available(
    aws: &Aws,
    id: &str,
    timeout: Duration,
    is_changed: bool,
) -> Outcome<sdk::DbInstance> {
    let since: Mutex<Option<Instant>> = Mutex::new(None);
    let waits_for_pending = |instance: &sdk::DbInstance| {
        let nothing = sdk::PendingModifiedValues::builder().build();
        let is_pending = instance.pending_modified_values.as_ref().is_some_and(|pending| *pending != nothing);
        let mut since = since.lock().unwrap_or_else(PoisonError::into_inner);
        is_changed && is_pending && since.get_or_insert_with(Instant::now).elapsed() < PENDING
    };
    wait_for(&format!("DB instance {id}"), timeout, || async {
        let Some(instance) = aws.load(&INSTANCES, id).await? else { return Ok(Progress::Pending("missing".into())) };
        let status = instance.db_instance_status.clone().unwrap_or_default();
        Ok(match status.as_str() {
            "available" | "storage-optimization" if waits_for_pending(&instance) => {
                Progress::Pending("available, with pending changes".into())
            }
            "available" | "storage-optimization" => Progress::Done(instance),
            _ if is_failure(&status) => {
                let identifier = instance.db_instance_identifier.as_deref().unwrap_or_default();
                let why = reasons(aws, sdk::SourceType::DbInstance, identifier).await;
                Progress::Failed(format!("it is {status}. {why}"))
            }
            _ => Progress::Pending(status),
        })
    })
    .await
}

/// Statuses that nothing but an operator's action ends.
fn is_failure(status: &str) -> bool {
    let ends = [
        "failed",
        "restore-error",
        "inaccessible-encryption-credentials",
        "insufficient-capacity",
        "stopped",
        "deleting",
    ];
    ends.contains(&status) || status.starts_with("incompatible-")
}

/// Changes an instance, once it has time for that.
///
/// # Errors
/// When AWS refuses.
pub async fn modify(aws: &Aws, request: ModifyDBInstanceFluentBuilder, timeout: Duration) -> Outcome<()> {
    let is_optimizing = |f: &Failure| {
        f.is(&["InvalidParameterCombination"]) && f.message.contains("previous storage change is being optimized")
    };
    let is_busy = |f: &Failure| is_too_new(f) || f.is(&["InvalidDBInstanceState", "InvalidDBClusterStateFault"]);
    let send = || retry_while(BUSY, is_busy, || aws.call("rds:ModifyDBInstance", || request.clone().send()));
    retry_while(timeout, is_optimizing, send).await?;
    Ok(())
}

/// Restarts an instance.
///
/// # Errors
/// When AWS refuses, or it doesn't come back.
pub async fn reboot(aws: &Aws, identifier: &str, timeout: Duration) -> Outcome<()> {
    let is_busy = |f: &Failure| f.is(&["InvalidDBInstanceState"]);
    retry_while(BUSY, is_busy, || {
        aws.call("rds:RebootDBInstance", || aws.rds.reboot_db_instance().db_instance_identifier(identifier).send())
    })
    .await?;
    wait_until_available(aws, identifier, timeout, true).await?;
    Ok(())
}

/// Deletes an instance; that it is gone, or being deleted, is no failure.
///
/// # Errors
/// When AWS refuses.
pub async fn delete(aws: &Aws, request: DeleteDBInstanceFluentBuilder) -> Outcome<()> {
    let is_deleting = |f: &Failure| f.is(&["InvalidDBInstanceState"]) && f.message.contains("already being deleted");
    let is_replicated = |f: &Failure| {
        f.is(&["InvalidDBClusterStateFault"]) && f.message.contains("Delete the replica cluster before deleting")
    };
    let is_busy =
        |f: &Failure| is_too_new(f) || is_replicated(f) || f.is(&["InvalidDBInstanceState"]) && !is_deleting(f);
    match retry_while(BUSY, is_busy, || aws.call("rds:DeleteDBInstance", || request.clone().send())).await {
        Err(failure) if !failure.is_not_found() && !is_deleting(&failure) => Err(failure),
        _ => Ok(()),
    }
}

/// Waits until an instance is gone.
///
/// # Errors
/// When it can't be deleted, or time is up.
pub async fn wait_until_gone(aws: &Aws, id: &str, timeout: Duration) -> Outcome<()> {
    wait_for(&format!("DB instance {id}"), timeout, || async {
        let status = aws.load(&INSTANCES, id).await?.map(|i| i.db_instance_status.unwrap_or_default());
        Ok(match status {
            None => Progress::Done(()),
            Some(status) if status.starts_with("incompatible-") => Progress::Failed(format!("it is {status}")),
            Some(status) => Progress::Pending(status),
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::is_resource_id;

    #[test]
    fn resource_ids() {
        for (key, is_one) in [("db-BE6UI2KLPQP3OVDYD74ZEV6NUM", true), ("db-main-1", false), ("main", false)] {
            assert_eq!(is_resource_id(key), is_one, "{key}");
        }
    }
}
