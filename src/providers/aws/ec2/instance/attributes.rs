//! What AWS tells of one instance at a time: no request takes several.

use aws_sdk_ec2::operation::describe_instance_attribute::DescribeInstanceAttributeOutput;
use aws_sdk_ec2::types::InstanceAttributeName as Name;
use futures_util::future::join_all;
use smol_str::SmolStr;

use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::ec2::word;
use crate::providers::aws::failure::{Effect, Failure, Outcome};

/// Attributes that descriptions of instances don't have.
#[derive(Clone, Debug)]
pub struct Attributes {
    /// Whether it can't be stopped.
    pub no_stop: Option<bool>,
    /// Whether it can't be terminated.
    pub no_termination: Option<bool>,
    /// What happens when it shuts itself down.
    pub on_shutdown: Option<String>,
    /// Base64.
    pub user_data: Option<String>,
}

/// By id. That one instance can't be read says nothing about the others.
static ATTRIBUTES: Batch<Outcome<Attributes>> = Batch { size: usize::MAX, fetch: |aws, ids| Box::pin(fetch(aws, ids)) };

/// Whether an instance has user data, as far as that is known before AWS is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserData {
    /// It had none when it was last looked at.
    None,
    /// It had some, or nobody has looked yet. A template without any may be of an API that puts none into templates, so AWS is
    /// asked once more.
    Possible,
}

/// The attributes of an instance.
///
/// # Errors
/// When AWS refuses.
pub async fn attributes(aws: &Aws, id: &str, expected: UserData) -> Outcome<Attributes> {
    let gone = || Err(Failure::new(format!("There is no instance {id}.")));
    let mut attributes = aws.load(&ATTRIBUTES, id).await?.unwrap_or_else(gone)?;
    if attributes.user_data.is_none() && expected == UserData::Possible {
        attributes.user_data = user_data(ask(aws, id, Name::UserData).await?);
    }
    Ok(attributes)
}

/// The first instance tells whether attributes may be asked for together: nobody wants to be refused a hundred times.
async fn fetch(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<Outcome<Attributes>>> {
    let Some((first, others)) = ids.split_first() else { return Ok(Found::new()) };
    let begun = together(&aws, first).await;
    let is_allowed = begun.is_some();
    let first_read = match begun {
        Some(read) => read,
        None => one_by_one(&aws, first).await,
    };
    let others = others.iter().map(async |id| {
        let read = if is_allowed { together(&aws, id).await } else { None };
        let read = match read {
            Some(read) => read,
            None => one_by_one(&aws, id).await,
        };
        (id.clone(), read)
    });
    Ok(join_all(others).await.into_iter().chain([(first.clone(), first_read)]).collect())
}

/// A template that makes the like of an instance has all of them. None if this can't be had, or isn't whole.
async fn together(aws: &Aws, id: &str) -> Option<Outcome<Attributes>> {
    let send = || aws.ec2.get_launch_template_data().instance_id(id).send();
    let data = match aws.call("ec2:GetLaunchTemplateData", send).await {
        Ok(answer) => answer.launch_template_data?,
        Err(failure) if failure.effect == Effect::None && !failure.is_not_found() => return None,
        Err(failure) => return Some(Err(failure)),
    };
    let (no_termination, on_shutdown) = (data.disable_api_termination?, data.instance_initiated_shutdown_behavior?);
    // Where a template says nothing, it's not certain that there is nothing.
    let no_stop = match data.disable_api_stop {
        Some(is_on) => Ok(Some(is_on)),
        None => ask(aws, id, Name::DisableApiStop).await.map(no_stop),
    };
    Some(no_stop.map(|no_stop| Attributes {
        no_stop,
        no_termination: Some(no_termination),
        on_shutdown: word(Some(on_shutdown)),
        user_data: data.user_data,
    }))
}

async fn one_by_one(aws: &Aws, id: &str) -> Outcome<Attributes> {
    let (stop, termination, shutdown, data) = tokio::try_join!(
        ask(aws, id, Name::DisableApiStop),
        ask(aws, id, Name::DisableApiTermination),
        ask(aws, id, Name::InstanceInitiatedShutdownBehavior),
        ask(aws, id, Name::UserData),
    )?;
    Ok(Attributes {
        no_stop: no_stop(stop),
        no_termination: termination.disable_api_termination.and_then(|v| v.value),
        on_shutdown: shutdown.instance_initiated_shutdown_behavior.and_then(|v| v.value),
        user_data: user_data(data),
    })
}

async fn ask(aws: &Aws, id: &str, name: Name) -> Outcome<DescribeInstanceAttributeOutput> {
    let send = || aws.ec2.describe_instance_attribute().instance_id(id).attribute(name.clone()).send();
    aws.call("ec2:DescribeInstanceAttribute", send).await
}

fn no_stop(answer: DescribeInstanceAttributeOutput) -> Option<bool> {
    answer.disable_api_stop.and_then(|v| v.value)
}

fn user_data(answer: DescribeInstanceAttributeOutput) -> Option<String> {
    answer.user_data.and_then(|v| v.value)
}
