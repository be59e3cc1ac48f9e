//! EKS: Kubernetes clusters and what belongs to them. One file a type.

pub mod access_entry;
pub mod access_policy_association;
pub mod addon;
pub mod addon_version_data;
pub mod cluster;
pub mod cluster_auth_data;
mod cluster_config;
pub mod cluster_data;
pub mod fargate_profile;
pub mod identity_provider_config;
pub mod node_group;
pub mod pod_identity_association;
mod token;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_eks::primitives::{DateTime, DateTimeFormat};
use aws_sdk_eks::types::{ErrorDetail, Update, UpdateStatus};
use indexmap::IndexMap;
use smol_str::SmolStr;
use uuid::Uuid;

use super::batch::Found;
use super::connection::Aws;
use super::failure::{Failure, Outcome};
use super::object::Object;
use super::resource::Operation;
use super::tags;
use super::wait::{Progress, retry_while, wait_for};

/// How long EKS may take to know what other services have just made.
const PROPAGATION: Duration = Duration::from_secs(2 * 60);

/// What EKS calls a parameter that it will take a little later: of a role that it doesn't know yet, for one.
fn is_early(failure: &Failure, texts: &[&str]) -> bool {
    failure.is(&["InvalidParameterException"]) && texts.iter().any(|text| failure.message.contains(text))
}

/// Whether the cluster has something else to do first.
fn is_busy(failure: &Failure) -> bool {
    let texts = ["in progress", "in status", "not in Active State"];
    failure.is(&["ResourceInUseException", "InvalidRequestException"])
        && texts.iter().any(|text| failure.message.contains(text))
}

/// The token of one of the requests of an operation that has several.
fn step(operation: &Operation, name: &str) -> String {
    let token = Uuid::try_parse(&operation.token).unwrap_or_default();
    Uuid::new_v5(&token, name.as_bytes()).to_string()
}

/// The parts of an id that names its object within others.
fn parts<'a, const N: usize>(id: &'a str, separator: char, expected: &str) -> Outcome<[&'a str; N]> {
    let parts: Vec<&str> = id.splitn(N, separator).collect();
    match <[&str; N]>::try_from(parts) {
        Ok(parts) if parts.iter().all(|part| !part.is_empty()) => Ok(parts),
        _ => Err(Failure::new(format!("unexpected format for ID ({id}), expected {expected}"))),
    }
}

/// What a request for one thing comes to: nothing if there is no such thing.
fn found<V>(key: &SmolStr, answer: Outcome<Option<V>>) -> Outcome<Found<V>> {
    match answer {
        Ok(thing) => Ok(thing.into_iter().map(|thing| (key.clone(), thing)).collect()),
        Err(failure) if is_gone(&failure) => Ok(Found::new()),
        Err(failure) => Err(failure),
    }
}

/// Whether there is no such thing: sometimes EKS says so in an unusual way.
fn is_gone(failure: &Failure) -> bool {
    failure.is(&["ResourceNotFoundException"])
        || (failure.is(&["ClientException"]) && failure.message.contains("No cluster found for name:"))
}

/// That there is nothing to delete is as good as a deletion.
fn gone<T>(deleted: Outcome<T>) -> Outcome<()> {
    match deleted {
        Err(failure) if !is_gone(&failure) => Err(failure),
        _ => Ok(()),
    }
}

/// Waits until something is there no more. `look` says how far it is.
async fn wait_until_gone<F>(what: &str, timeout: Duration, look: impl Fn() -> F) -> Outcome<()>
where
    F: Future<Output = Outcome<Option<Progress<()>>>>,
{
    wait_for(what, timeout, || async { Ok(look().await?.unwrap_or(Progress::Done(()))) }).await
}

/// What an update changes.
#[derive(Clone, Copy, Debug)]
enum Target<'a> {
    /// The cluster itself.
    Cluster,
    /// A group of nodes.
    NodeGroup(&'a str),
    /// An add-on.
    Addon(&'a str),
}

/// Waits until an update is done.
async fn wait_for_update(
    aws: &Aws,
    cluster: &str,
    target: Target<'_>,
    update: Option<Update>,
    operation: &Operation,
) -> Outcome<()> {
    let Some(id) = update.and_then(|update| update.id) else { return Ok(()) };
    let request = aws.eks.describe_update().name(cluster).update_id(&id);
    let (what, request) = match target {
        Target::Cluster => (format!("EKS cluster {cluster}"), request),
        Target::NodeGroup(name) => (format!("EKS node group {cluster}:{name}"), request.nodegroup_name(name)),
        Target::Addon(name) => (format!("EKS add-on {cluster}:{name}"), request.addon_name(name)),
    };
    wait_for(&format!("{what}: update {id}"), operation.timeout, || async {
        let send = || aws.call("eks:DescribeUpdate", || request.clone().send());
        let update = retry_while(PROPAGATION, is_gone, send).await?.update;
        let (status, errors) = update.map(|update| (update.status, update.errors)).unwrap_or_default();
        Ok(match status {
            Some(UpdateStatus::Successful) => Progress::Done(()),
            Some(status @ (UpdateStatus::Failed | UpdateStatus::Cancelled)) => {
                Progress::Failed(format!("{}: {}", status.as_str(), errors_of(errors.unwrap_or_default())))
            }
            status => Progress::Pending(status.map_or_else(String::new, |s| s.as_str().into())),
        })
    })
    .await
}

fn errors_of(errors: Vec<ErrorDetail>) -> String {
    issues(errors, |e| (e.error_code.map(|c| c.to_string()), e.error_message, e.resource_ids))
}

/// What is wrong: code, text, and what it is about.
type Issue = (Option<String>, Option<String>, Option<Vec<String>>);

/// What EKS says is wrong, in lines.
fn issues<T>(found: Vec<T>, issue: impl Fn(T) -> Issue) -> String {
    let line = |(code, message, ids): Issue| {
        let about = ids.filter(|ids| !ids.is_empty()).map(|ids| format!("{}: ", ids.join(", ")));
        format!("{}{}: {}", about.unwrap_or_default(), code.unwrap_or_default(), message.unwrap_or_default())
    };
    found.into_iter().map(|found| line(issue(found))).collect::<Vec<_>>().join("\n")
}

/// A map as the SDK has it, if there is anything in it.
fn some_map(map: IndexMap<String, String>) -> Option<HashMap<String, String>> {
    (!map.is_empty()).then(|| map.into_iter().collect())
}

/// The tags of a new object.
fn tags_of(object: &Object) -> Option<HashMap<String, String>> {
    some_map(object.map("tags_all"))
}

/// Puts an object's tags into `tags` and `tags_all`.
fn read_tags(aws: &Aws, object: &mut Object, tags: Option<HashMap<String, String>>) {
    aws.settings.tags.read(object, tags.unwrap_or_default());
}

/// Changes tags where they differ.
async fn update_tags(aws: &Aws, arn: &str, object: &Object, prior: &Object) -> Outcome<()> {
    let (set, remove) = tags::changes(&prior.map("tags_all"), &object.map("tags_all"));
    if !remove.is_empty() {
        let request = aws.eks.untag_resource().resource_arn(arn).set_tag_keys(Some(remove));
        aws.call("eks:UntagResource", || request.clone().send()).await?;
    }
    if !set.is_empty() {
        let request = aws.eks.tag_resource().resource_arn(arn).set_tags(Some(set.into_iter().collect()));
        aws.call("eks:TagResource", || request.clone().send()).await?;
    }
    Ok(())
}

/// A time as most of the provider's attributes have it: to the second.
fn time(at: Option<DateTime>) -> Option<String> {
    DateTime::from_secs(at?.secs()).fmt(DateTimeFormat::DateTime).ok()
}

/// A time as Go writes it: to the millisecond, without zeros at the end.
fn moment(at: Option<DateTime>) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at?.to_millis().ok()?).ok()?;
    let fraction = format!(".{:03}", at.subsec_millisecond());
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    Some(format!("{}{fraction} +0000 UTC", at.strftime("%Y-%m-%d %H:%M:%S")))
}

/// What is wrong with the name of a cluster.
fn cluster_name_problems(path: &str, name: &str) -> Vec<String> {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut problems = Vec::new();
    if !(1..=100).contains(&name.len()) {
        problems.push(format!("{path:?} length must be between 1-100 characters: {name:?}"));
    }
    if name.is_empty() || name.starts_with(['-', '_']) || !name.chars().all(is_fit) {
        problems.push(format!("{path:?} doesn't comply with restrictions (\"^[0-9A-Za-z][0-9A-Za-z_-]*$\"): {name:?}"));
    }
    problems
}
