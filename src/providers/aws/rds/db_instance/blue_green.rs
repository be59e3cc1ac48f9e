//! Changes by way of a second instance, which takes over from the first one: with hardly an interruption.

use aws_sdk_rds::types as sdk;

use super::modify::partial_request;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::rds::changes::Changes;
use crate::providers::aws::rds::instances::{self, INSTANCES, modify, wait_until_available, wait_until_gone};
use crate::providers::aws::resource::Operation;
use crate::providers::aws::wait::{Progress, wait_for};

/// Makes a second instance, changes it, and lets it take over. The first one is deleted in the end. Says which one it is now.
pub async fn update(aws: &Aws, changes: Changes<'_>, operation: &Operation) -> Outcome<String> {
    let identifier = changes.prior.str("identifier");
    enable_backups(aws, changes, operation).await?;
    let request = aws
        .rds
        .create_blue_green_deployment()
        .blue_green_deployment_name(identifier)
        .source(changes.prior.str("arn"))
        .set_target_db_parameter_group_name(changes.text("parameter_group_name"))
        .set_target_engine_version(changes.text("engine_version"));
    let made = aws.call_once("rds:CreateBlueGreenDeployment", || request.clone().send()).await?;
    let deployment = made.blue_green_deployment.and_then(|d| d.blue_green_deployment_identifier).unwrap_or_default();
    let switched = switch(aws, &deployment, changes, operation).await;
    let given_up = delete(aws, &deployment, switched.is_ok(), operation).await;
    let source = switched?;
    given_up?;
    delete_source(aws, &source, changes.object, operation).await?;
    let instance = aws.load(&INSTANCES, identifier).await?;
    let id = instance.and_then(|i| i.dbi_resource_id);
    id.ok_or_else(|| Failure::new("The instance can't be found although another one has taken over for it."))
}

/// There must be backups for a second instance to be made.
async fn enable_backups(aws: &Aws, changes: Changes<'_>, operation: &Operation) -> Outcome<()> {
    let days = changes.object.int32("backup_retention_period").unwrap_or(0);
    if changes.prior.int32("backup_retention_period").unwrap_or(0) > 0 || days == 0 {
        return Ok(());
    }
    let request = aws.rds.modify_db_instance().db_instance_identifier(changes.prior.str("identifier"));
    modify(aws, request.apply_immediately(true).backup_retention_period(days), operation.timeout).await?;
    wait_until_available(aws, changes.object.id(), operation.timeout, true).await?;
    Ok(())
}

/// Changes the second instance, and lets it take over. Says what the first one is called now.
async fn switch(aws: &Aws, deployment: &str, changes: Changes<'_>, operation: &Operation) -> Outcome<String> {
    let made = wait_until(aws, deployment, "AVAILABLE", operation).await?;
    let target = identifier(made.target.as_deref());
    wait_until_available(aws, &target, operation.timeout, false).await?;
    let request = partial_request(aws, changes, operation).db_instance_identifier(&target).apply_immediately(true);
    modify(aws, request.set_new_db_instance_identifier(None), operation.timeout).await?;
    wait_until_available(aws, &target, operation.timeout, true).await?;
    let send = || aws.rds.switchover_blue_green_deployment().blue_green_deployment_identifier(deployment).send();
    aws.call_once("rds:SwitchoverBlueGreenDeployment", send).await?;
    let switched = wait_until(aws, deployment, "SWITCHOVER_COMPLETED", operation).await?;
    Ok(identifier(switched.source.as_deref()))
}

/// The identifier in an ARN: `arn:aws:rds:us-east-1:123456789012:db:main-old1`.
fn identifier(arn: Option<&str>) -> String {
    arn.and_then(|arn| arn.rsplit(':').next()).unwrap_or_default().to_string()
}

async fn find(aws: &Aws, deployment: &str) -> Outcome<Option<sdk::BlueGreenDeployment>> {
    let send = || aws.rds.describe_blue_green_deployments().blue_green_deployment_identifier(deployment).send();
    match aws.call("rds:DescribeBlueGreenDeployments", send).await {
        Err(failure) if failure.is_not_found() => Ok(None),
        answer => Ok(answer?.blue_green_deployments.and_then(|all| all.into_iter().next())),
    }
}

async fn wait_until(
    aws: &Aws,
    deployment: &str,
    status: &str,
    operation: &Operation,
) -> Outcome<sdk::BlueGreenDeployment> {
    wait_for(&format!("Blue/green deployment {deployment}"), operation.timeout, || async {
        let Some(found) = find(aws, deployment).await? else { return Ok(Progress::Pending("missing".into())) };
        let now = found.status.clone().unwrap_or_default();
        let why = found.status_details.clone().unwrap_or_default();
        Ok(match now.as_str() {
            now if now == status => Progress::Done(found),
            "INVALID_CONFIGURATION" | "PROVISIONING_FAILED" | "SWITCHOVER_FAILED" => {
                Progress::Failed(format!("it is {now}. {why}"))
            }
            _ => Progress::Pending(now),
        })
    })
    .await
}

/// Deletes the deployment, and with it the second instance if that hasn't taken over.
async fn delete(aws: &Aws, deployment: &str, has_switched: bool, operation: &Operation) -> Outcome<()> {
    let request = aws.rds.delete_blue_green_deployment().blue_green_deployment_identifier(deployment);
    let request = request.set_delete_target((!has_switched).then_some(true));
    match aws.call("rds:DeleteBlueGreenDeployment", || request.clone().send()).await {
        Err(failure) if failure.is_not_found() => return Ok(()),
        outcome => outcome?,
    };
    wait_for(&format!("Blue/green deployment {deployment}"), operation.timeout, || async {
        let found = find(aws, deployment).await?;
        Ok(found.map_or(Progress::Done(()), |d| Progress::Pending(d.status.unwrap_or_default())))
    })
    .await
}

async fn delete_source(aws: &Aws, source: &str, object: &Object, operation: &Operation) -> Outcome<()> {
    if object.is("deletion_protection") {
        let request = aws.rds.modify_db_instance().db_instance_identifier(source);
        modify(aws, request.apply_immediately(true).deletion_protection(false), operation.timeout).await?;
    }
    let request = aws.rds.delete_db_instance().db_instance_identifier(source).skip_final_snapshot(true);
    instances::delete(aws, request).await?;
    wait_until_gone(aws, source, operation.timeout).await
}
