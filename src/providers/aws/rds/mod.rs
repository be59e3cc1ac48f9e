//! RDS: databases and what they are configured with. One file a type.
//!
//! RDS has no client tokens. A new object is found again by its name, which no other object can have, and is known to be
//! ours by the tag of the operation, which it has until it is finished.

pub mod changes;
pub mod cluster;
pub mod cluster_instance;
pub mod cluster_parameter_group;
pub mod db_instance;
pub mod instances;
pub mod option_group;
pub mod parameter_group;
pub mod parameters;
pub mod subnet_group;
mod texts;

use std::time::Duration;

use aws_sdk_rds::config::http::HttpResponse;
use aws_sdk_rds::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_rds::operation::RequestId;
use aws_sdk_rds::primitives::{DateTime, DateTimeFormat};
use aws_sdk_rds::types::{Filter, MasterUserSecret, SourceType, Tag};
use smol_str::SmolStr;

use super::call::Sent;
use super::connection::{Aws, Connection};
use super::failure::{Failure, Outcome};
use super::object::Object;
use super::resource::Operation;
use super::shape::object_of;
use super::tags::{self, INTENT, Tags};
use super::wait::retry_while;
use crate::lang::Type;

/// So many things a page of an answer has, and so many values a filter gets.
pub const PAGE: usize = 100;

/// The same for requests.
pub const RECORDS: i32 = 100;

/// What happens to engines that are out of their standard support.
pub const LIFECYCLE_SUPPORT: &[&str] =
    &["open-source-rds-extended-support", "open-source-rds-extended-support-disabled"];

/// How long a role or another new thing may take to be seen by RDS.
pub const PROPAGATION: Duration = Duration::from_secs(120);

/// How long it is tried to change something that is busy with something else, or to delete what is just being given up.
pub const BUSY: Duration = Duration::from_secs(5 * 60);

/// A filter by the keys of a batch.
#[must_use]
pub fn filter_keys(name: &str, keys: &[SmolStr]) -> Filter {
    let values = keys.iter().map(SmolStr::to_string).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

/// The name of the only group that is wanted: there are no requests for some of them, only for one, or all.
#[must_use]
pub fn only(names: &[SmolStr]) -> Option<String> {
    match names {
        [name] => Some(name.to_string()),
        _ => None,
    }
}

/// A time as Terraform's provider writes it: `2024-05-06T07:08:09Z`.
#[must_use]
pub fn time(value: Option<DateTime>) -> Option<String> {
    DateTime::from_secs(value?.secs()).fmt(DateTimeFormat::DateTime).ok()
}

/// What a time in the configuration is.
#[must_use]
pub fn moment(object: &Object, name: &str) -> Option<DateTime> {
    DateTime::from_str(&object.text(name)?, DateTimeFormat::DateTimeWithOffset).ok()
}

/// The tags of a new object: its own, and the one of the operation.
#[must_use]
pub fn new_tags(object: &Object, operation: &Operation) -> Option<Vec<Tag>> {
    let own = object.map("tags_all").into_iter();
    let intent = (INTENT.to_string(), operation.token.to_string());
    Some(own.chain([intent]).map(|(key, value)| tag(key, value)).collect())
}

fn tag(key: String, value: String) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// Whether something with these tags was made by this operation.
#[must_use]
pub fn is_made_by(operation: &Operation, tags: &[Tag]) -> bool {
    tags.iter().any(|t| t.key.as_deref() == Some(INTENT) && t.value.as_deref() == Some(operation.token.as_str()))
}

/// The tags of an object that doesn't come with them.
///
/// # Errors
/// When AWS refuses.
pub async fn list_tags(aws: &Aws, arn: &str) -> Outcome<Vec<Tag>> {
    let send = || aws.rds.list_tags_for_resource().resource_name(arn).send();
    Ok(aws.call("rds:ListTagsForResource", send).await?.tag_list.unwrap_or_default())
}

/// The ARN of something that was found, if this operation has made it.
///
/// # Errors
/// When AWS refuses.
pub async fn made_by(aws: &Aws, operation: &Operation, arn: Option<String>) -> Outcome<Option<String>> {
    let Some(arn) = arn else { return Ok(None) };
    let tags = list_tags(aws, &arn).await?;
    Ok(is_made_by(operation, &tags).then_some(arn))
}

/// Puts an object's tags into `tags` and `tags_all`.
pub fn read_tags(aws: &Connection, object: &mut Object, tags: Option<Vec<Tag>>) {
    let tags = tags.unwrap_or_default();
    if tags.iter().any(|t| t.key.as_deref() == Some(INTENT)) && object.has("arn") {
        aws.note_intent(object.str("arn"));
    }
    let tags = tags.into_iter();
    aws.settings.tags.read(object, tags.map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())));
}

/// Changes tags where they differ.
///
/// # Errors
/// When AWS refuses.
pub async fn update_tags(aws: &Aws, object: &Object, prior: &Object) -> Outcome<()> {
    let arn = prior.str("arn");
    let (set, remove) = tags::changes(&prior.map("tags_all"), &object.map("tags_all"));
    if !remove.is_empty() {
        remove_tags(aws, arn, remove).await?;
    }
    add_tags(aws, arn, set).await
}

async fn add_tags(aws: &Aws, arn: &str, tags: Tags) -> Outcome<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let tags: Vec<Tag> = tags.into_iter().map(|(key, value)| tag(key, value)).collect();
    let send = || aws.rds.add_tags_to_resource().resource_name(arn).set_tags(Some(tags.clone())).send();
    aws.call("rds:AddTagsToResource", send).await?;
    Ok(())
}

async fn remove_tags(aws: &Aws, arn: &str, keys: Vec<String>) -> Outcome<()> {
    let send = || aws.rds.remove_tags_from_resource().resource_name(arn).set_tag_keys(Some(keys.clone())).send();
    aws.call("rds:RemoveTagsFromResource", send).await?;
    Ok(())
}

/// Removes the tag of an operation that has ended.
///
/// # Errors
/// When AWS refuses.
pub async fn remove_intent(aws: &Aws, arn: &str) -> Outcome<()> {
    match remove_tags(aws, arn, vec![INTENT.into()]).await {
        Err(failure) if failure.is_not_found() => Ok(()),
        outcome => outcome,
    }
}

/// Creates something with a name of its own. `find` looks for something with that name that this operation has made.
///
/// # Errors
/// When AWS refuses, also because something else has that name.
pub async fn create<T, E, F, G>(aws: &Aws, api: &'static str, send: impl Fn() -> F, find: impl Fn() -> G) -> Outcome<T>
where
    F: Future<Output = Sent<T, E>>,
    G: Future<Output = Outcome<Option<T>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
    SdkError<E, HttpResponse>: ProvideErrorMetadata + RequestId,
{
    match retry_while(PROPAGATION, is_too_new, || aws.create_once(api, &send, &find)).await {
        // An earlier attempt may have got through.
        Err(failure) if failure.code.contains("AlreadyExists") => find().await?.ok_or(failure),
        outcome => outcome,
    }
}

/// Whether something that a request names may be too new to be seen by RDS: roles above all.
#[must_use]
pub fn is_too_new(failure: &Failure) -> bool {
    const REASONS: &[&str] = &[
        "IAM role ARN value is invalid or does not include the required permissions",
        "ENHANCED_MONITORING",
        "S3_SNAPSHOT_INGESTION",
        "S3 bucket cannot be found",
        "Files from the specified Amazon S3 bucket cannot be downloaded",
        "RDS couldn't fetch the role from instance profile",
    ];
    failure.is(&["InvalidParameterValue", "ValidationError"]) && REASONS.iter().any(|r| failure.message.contains(r))
}

/// What AWS has noted about something lately, for the message when it has failed.
pub async fn reasons(aws: &Aws, kind: SourceType, id: &str) -> String {
    let send = || aws.rds.describe_events().source_type(kind.clone()).source_identifier(id).duration(60).send();
    let events = aws.call("rds:DescribeEvents", send).await.ok().and_then(|answer| answer.events).unwrap_or_default();
    let messages: Vec<String> = events.into_iter().rev().take(3).filter_map(|e| e.message).collect();
    messages.join(" ")
}

/// Reads the version of an engine. A configured one stays as long as it means what runs (`15` is `15.4`), or will run
/// after the next maintenance.
pub fn read_engine_version(object: &mut Object, actual: Option<String>, pending: Option<&str>) {
    let actual = actual.unwrap_or_default();
    let before = object.str("engine_version");
    let is_pending = !before.is_empty() && pending == Some(before);
    let is_shorter = actual.strip_prefix(before).is_some_and(|rest| rest.starts_with('.'));
    if !is_pending && !is_shorter {
        object.set("engine_version", &actual);
    }
    object.set("engine_version_actual", actual);
}

/// Reads the secret with a password that RDS manages.
pub fn read_master_user_secret(object: &mut Object, secret: Option<MasterUserSecret>) {
    let block = |secret: MasterUserSecret| {
        Object::block()
            .with("kms_key_id", secret.kms_key_id)
            .with("secret_arn", secret.secret_arn)
            .with("secret_status", secret.secret_status)
    };
    object.set("master_user_secret", secret.map(block).into_iter().collect::<Vec<_>>());
}

/// The type of an attribute with such secrets.
#[must_use]
pub fn master_user_secrets() -> Type {
    Type::list(object_of([("kms_key_id", Type::String), ("secret_arn", Type::String), ("secret_status", Type::String)]))
}

/// Whether a database is protected from being deleted.
#[must_use]
pub fn is_protected(failure: &Failure) -> bool {
    failure.is(&["InvalidParameterCombination"]) && failure.message.contains("disable deletion pro")
}

/// Whether the protection may be switched off, as the configuration has it already.
#[must_use]
pub fn may_unprotect(object: &Object) -> bool {
    !object.is("deletion_protection") && object.is("apply_immediately")
}
