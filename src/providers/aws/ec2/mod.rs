//! EC2: instances and networks. One file a type.

pub mod default_network_acl;
pub mod default_security_group;
mod dependents;
pub mod internet_gateway;
pub mod network_acl;
pub mod network_acl_entries;
pub mod network_acl_rule;
pub mod protocol;
pub mod query;
pub mod region;
mod rule_changes;
mod rule_references;
mod rules;
pub mod security_group;
pub mod security_group_data;
pub mod security_group_rule;
pub mod subnet;
pub mod vpc;
pub mod vpc_security_group_rule;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use smol_str::SmolStr;

use super::connection::{Aws, Connection};
use super::failure::Outcome;
use super::object::Object;
use super::resource::Operation;
use super::tags::{self, INTENT, Tags};

/// So many values a filter takes.
pub const VALUES: usize = 200;

/// A filter by values.
#[must_use]
pub fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// A filter by the keys of a batch.
#[must_use]
pub fn filter_keys(name: &str, keys: &[SmolStr]) -> Filter {
    filter(name, keys.iter().map(SmolStr::as_str))
}

/// What a new object is tagged with: its tags, and the one of the operation.
#[must_use]
pub fn tag_specification(kind: ResourceType, object: &Object, operation: &Operation) -> TagSpecification {
    let own = object.map("tags_all").into_iter();
    let tags = own.chain([(INTENT.to_string(), operation.token.to_string())]);
    TagSpecification::builder().resource_type(kind).set_tags(Some(tags.map(|(k, v)| tag(k, v)).collect())).build()
}

fn tag(key: String, value: String) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// Puts an object's tags into `tags` and `tags_all`.
pub fn read_tags(aws: &Connection, object: &mut Object, tags: Option<Vec<Tag>>) {
    let tags = tags.unwrap_or_default();
    if tags.iter().any(|t| t.key.as_deref() == Some(INTENT)) {
        aws.note_intent(object.id());
    }
    let tags = tags.into_iter();
    aws.settings.tags.read(object, tags.map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())));
}

/// Changes tags where they differ.
///
/// # Errors
/// When AWS refuses.
pub async fn update_tags(aws: &Aws, id: &str, object: &Object, prior: &Object) -> Outcome<()> {
    let (set, remove) = tags::changes(&prior.map("tags_all"), &object.map("tags_all"));
    if !remove.is_empty() {
        let gone: Vec<Tag> = remove.into_iter().map(|key| Tag::builder().key(key).build()).collect();
        aws.call("ec2:DeleteTags", || aws.ec2.delete_tags().resources(id).set_tags(Some(gone.clone())).send()).await?;
    }
    create_tags(aws, id, set).await
}

/// Tags an object.
///
/// # Errors
/// When AWS refuses.
pub async fn create_tags(aws: &Aws, id: &str, tags: Tags) -> Outcome<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let tags: Vec<Tag> = tags.into_iter().map(|(k, v)| tag(k, v)).collect();
    aws.call("ec2:CreateTags", || aws.ec2.create_tags().resources(id).set_tags(Some(tags.clone())).send()).await?;
    Ok(())
}

/// The object that an operation has made, found by its tag.
///
/// # Errors
/// When AWS refuses.
pub async fn find_by_intent(aws: &Aws, kind: &ResourceType, operation: &Operation) -> Outcome<Option<String>> {
    let filters = [
        filter("key", [INTENT]),
        filter("value", [operation.token.as_str()]),
        filter("resource-type", [kind.as_str()]),
    ];
    let answer =
        aws.call("ec2:DescribeTags", || aws.ec2.describe_tags().set_filters(Some(filters.to_vec())).send()).await?;
    let id = answer.tags.unwrap_or_default().into_iter().find_map(|t| t.resource_id);
    if let Some(id) = &id {
        aws.note_intent(id);
    }
    Ok(id)
}

/// Removes the tags of operations that have ended.
///
/// # Errors
/// When AWS refuses.
pub async fn remove_intents(aws: &Aws) -> Outcome<()> {
    let ids = aws.take_intents();
    let tag = Tag::builder().key(INTENT).build();
    for ids in ids.chunks(1000) {
        aws.call("ec2:DeleteTags", || aws.ec2.delete_tags().set_resources(Some(ids.to_vec())).tags(tag.clone()).send())
            .await?;
    }
    Ok(())
}
