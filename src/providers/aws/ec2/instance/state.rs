//! Whether instances run.

use std::time::Duration;

use aws_sdk_ec2::types as sdk;
use aws_sdk_ec2::types::InstanceStateName as State;
use smol_str::SmolStr;

use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::ec2::{VALUES, filter_keys, word};
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};

/// Instances by id, terminated ones included.
pub static INSTANCES: Batch<sdk::Instance> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::Instance>> {
    let instances = matching(&aws, vec![filter_keys("instance-id", &ids)]).await?;
    Ok(instances.into_iter().filter_map(|i| Some((i.instance_id.as_deref()?.into(), i))).collect())
}

/// All instances that filters let through.
///
/// # Errors
/// When AWS refuses.
pub async fn matching(aws: &Aws, filters: Vec<sdk::Filter>) -> Outcome<Vec<sdk::Instance>> {
    let filters = Some(filters).filter(|filters| !filters.is_empty());
    let send = |token| aws.ec2.describe_instances().set_filters(filters.clone()).set_next_token(token).send();
    let reservations = aws.pages("ec2:DescribeInstances", send, |page| (page.reservations, page.next_token)).await?;
    Ok(reservations.into_iter().flat_map(|r| r.instances.unwrap_or_default()).collect())
}

/// An instance, unless it is terminated.
///
/// # Errors
/// When AWS refuses.
pub async fn find(aws: &Aws, id: &str) -> Outcome<Option<sdk::Instance>> {
    let is_there = |instance: &sdk::Instance| state(instance) != Some(State::Terminated);
    Ok(aws.load(&INSTANCES, id).await?.filter(is_there))
}

/// The state of an instance.
#[must_use]
pub fn state(instance: &sdk::Instance) -> Option<State> {
    instance.state.as_ref()?.name.clone()
}

/// Waits until an instance is in one of some states. That it comes to its end instead is a failure, with AWS's reason.
///
/// # Errors
/// When it fails, or takes too long.
pub async fn wait_for_states(aws: &Aws, id: &str, wanted: &[State], timeout: Duration) -> Outcome<()> {
    wait_for(&format!("Instance {id}"), timeout, || async {
        let Some(instance) = aws.load(&INSTANCES, id).await? else { return Ok(Progress::Pending("missing".into())) };
        Ok(match state(&instance) {
            Some(state) if wanted.contains(&state) => Progress::Done(()),
            Some(State::ShuttingDown | State::Terminated) => Progress::Failed(end(&instance)),
            state => Progress::Pending(word(state).unwrap_or_default()),
        })
    })
    .await
}

/// Why an instance came to its end.
fn end(instance: &sdk::Instance) -> String {
    let reason = instance.state_reason.as_ref().and_then(|r| r.message.clone());
    reason.or_else(|| instance.state_transition_reason.clone()).unwrap_or_else(|| "it was terminated".into())
}

/// Stops an instance.
///
/// # Errors
/// When AWS refuses, or it takes too long.
pub async fn stop(aws: &Aws, id: &str, timeout: Duration) -> Outcome<()> {
    let stopped = aws.call("ec2:StopInstances", || aws.ec2.stop_instances().instance_ids(id).send()).await;
    match stopped {
        Err(failure) if failure.is(&["InvalidInstanceID.NotFound"]) => return Ok(()),
        outcome => outcome?,
    };
    wait_for_states(aws, id, &[State::Stopped], timeout).await
}

/// Starts an instance.
///
/// # Errors
/// When AWS refuses, or it takes too long.
pub async fn start(aws: &Aws, id: &str, timeout: Duration) -> Outcome<()> {
    // The new type of an instance isn't known everywhere at once.
    let passes = |f: &Failure| {
        f.is(&["InvalidParameterValue"])
            && f.message.contains("LaunchPlan instance type does not match attribute value")
    };
    retry_while(timeout, passes, || {
        aws.call("ec2:StartInstances", || aws.ec2.start_instances().instance_ids(id).send())
    })
    .await?;
    wait_for_states(aws, id, &[State::Running], timeout).await
}

/// Ends an instance for good.
///
/// # Errors
/// When AWS refuses, or it takes too long.
pub async fn terminate(aws: &Aws, id: &str, timeout: Duration) -> Outcome<()> {
    let ended = aws.call("ec2:TerminateInstances", || aws.ec2.terminate_instances().instance_ids(id).send()).await;
    match ended {
        Err(failure) if failure.is(&["InvalidInstanceID.NotFound"]) => return Ok(()),
        outcome => outcome?,
    };
    wait_for(&format!("Instance {id}"), timeout, || async {
        let instance = aws.load(&INSTANCES, id).await?;
        Ok(match instance.as_ref().and_then(state) {
            None | Some(State::Terminated) => Progress::Done(()),
            state => Progress::Pending(word(state).unwrap_or_default()),
        })
    })
    .await
}
