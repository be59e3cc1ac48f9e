//! EC2: instances and networks. One file a type.

pub mod ami;
pub mod availability_zones;
pub mod customer_gateway;
pub mod default_network_acl;
pub mod default_route_table;
pub mod default_security_group;
pub mod default_vpc;
mod dependents;
pub mod ebs_volume;
pub mod egress_only_internet_gateway;
pub mod eip;
pub mod flow_log;
pub mod instance;
pub mod instance_type;
pub mod instance_types;
pub mod instances;
pub mod internet_gateway;
pub mod key_pair;
pub mod launch_template;
pub mod main_route_table_association;
pub mod nat_gateway;
pub mod network_acl;
pub mod network_acl_entries;
pub mod network_acl_rule;
pub mod network_interface;
mod network_interface_addresses;
pub mod placement_group;
pub mod protocol;
pub mod query;
pub mod route;
pub mod route_table;
pub mod route_table_association;
pub mod route_table_data;
pub mod routes;
mod rule_changes;
mod rule_references;
mod rules;
pub mod security_group;
pub mod security_group_data;
pub mod security_group_rule;
pub mod subnet;
pub mod subnet_data;
pub mod tag;
pub mod volume_attachment;
pub mod vpc;
pub mod vpc_data;
pub mod vpc_dhcp_options;
pub mod vpc_dhcp_options_association;
pub mod vpc_endpoint;
pub mod vpc_ipv4_cidr_block_association;
pub mod vpc_peering_connection;
pub mod vpc_peering_connection_accepter;
pub mod vpc_peering_connection_options;
pub mod vpc_security_group_rule;
pub mod vpn_gateway;
pub mod vpn_gateway_attachment;
pub mod vpn_gateway_route_propagation;

use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification, UnsuccessfulItem};
use futures_util::future::join_all;
use smol_str::SmolStr;

use super::connection::{Aws, Connection};
use super::failure::{Failure, Outcome};
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

/// The text of one of the SDK's enumerations.
#[must_use]
pub fn word(value: Option<impl AsRef<str>>) -> Option<String> {
    value.map(|v| v.as_ref().to_string())
}

/// The texts of one of the SDK's enumerations.
#[must_use]
pub fn words(values: Option<Vec<impl AsRef<str>>>) -> Option<Vec<String>> {
    values.map(|values| values.iter().map(|v| v.as_ref().to_string()).collect())
}

/// A time as state has it, to the second: `2024-05-06T07:08:09Z`.
#[must_use]
pub fn time(value: Option<DateTime>) -> Option<String> {
    DateTime::from_secs(value?.secs()).fmt(DateTimeFormat::DateTime).ok()
}

/// What a new object is tagged with: its tags, and the one of the operation.
#[must_use]
pub fn tag_specification(kind: ResourceType, object: &Object, operation: &Operation) -> TagSpecification {
    let own = object.map("tags_all").into_iter();
    let tags = own.chain([(INTENT.to_string(), operation.token.to_string())]);
    TagSpecification::builder().resource_type(kind).set_tags(Some(tags_of(tags))).build()
}

/// Tags as the SDK has them.
#[must_use]
pub fn tags_of(tags: impl IntoIterator<Item = (String, String)>) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Puts an object's tags into `tags` and `tags_all`.
pub fn read_tags(aws: &Connection, object: &mut Object, tags: Option<Vec<Tag>>) {
    let id = object.id().to_string();
    read_tags_of(aws, object, &id, tags);
}

/// The same for an object that is tagged by another id than it has in state.
pub fn read_tags_of(aws: &Connection, object: &mut Object, id: &str, tags: Option<Vec<Tag>>) {
    let tags = tags.unwrap_or_default();
    if tags.iter().any(|t| t.key.as_deref() == Some(INTENT)) {
        aws.note_intent(id);
    }
    let tags = tags.into_iter();
    aws.settings.tags.read(object, tags.map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())));
}

/// Changes tags where they differ.
///
/// # Errors
/// When AWS refuses.
pub async fn update_tags(aws: &Aws, id: &str, object: &Object, prior: &Object) -> Outcome<()> {
    update_tags_from(aws, id, &prior.map("tags_all"), &object.map("tags_all")).await
}

/// Changes some tags to others.
///
/// # Errors
/// When AWS refuses.
pub async fn update_tags_from(aws: &Aws, id: &str, before: &Tags, after: &Tags) -> Outcome<()> {
    let (set, remove) = tags::changes(before, after);
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
    let tags = tags_of(tags);
    aws.call("ec2:CreateTags", || aws.ec2.create_tags().resources(id).set_tags(Some(tags.clone())).send()).await?;
    Ok(())
}

/// The object that an operation has made, found by its tag. What kind an object is of does not always have the same name
/// in answers as in requests, so it only decides among several.
///
/// # Errors
/// When AWS refuses.
pub async fn find_by_intent(aws: &Aws, kind: &ResourceType, operation: &Operation) -> Outcome<Option<String>> {
    let filters = [filter("key", [INTENT]), filter("value", [operation.token.as_str()])];
    let answer =
        aws.call("ec2:DescribeTags", || aws.ec2.describe_tags().set_filters(Some(filters.to_vec())).send()).await?;
    let mut tags = answer.tags.unwrap_or_default();
    tags.sort_by_key(|tag| tag.resource_type.as_ref() != Some(kind));
    let id = tags.into_iter().find_map(|t| t.resource_id);
    if let Some(id) = &id {
        aws.note_intent(id);
    }
    Ok(id)
}

/// Removes the tags of operations that have ended, as far as that can be done.
///
/// # Errors
/// The first refusal of AWS.
pub async fn remove_intents(aws: &Aws) -> Outcome<()> {
    let (named, ids): (Vec<_>, Vec<_>) = aws.take_intents().into_iter().partition(|id| id.starts_with("arn:"));
    let of_others = join_all(named.iter().map(|arn| async move {
        match arn.split(':').nth(2) {
            Some("rds") => super::rds::remove_intent(aws, arn).await,
            Some("kms") => super::kms::key::remove_intent(aws, arn).await,
            _ => super::iam::remove_intent(aws, arn).await,
        }
    }));
    let ours = join_all(ids.chunks(1000).map(|ids| remove_intents_of(aws, ids)));
    let (of_others, ours) = tokio::join!(of_others, ours);
    of_others.into_iter().chain(ours).collect()
}

/// One request is for all or none. Where there is something that is not there any more, the others go in halves.
async fn remove_intents_of(aws: &Aws, ids: &[String]) -> Outcome<()> {
    let tag = Tag::builder().key(INTENT).build();
    let (mut todo, mut outcome) = (vec![ids], Ok(()));
    while let Some(ids) = todo.pop() {
        let send = || aws.ec2.delete_tags().set_resources(Some(ids.to_vec())).tags(tag.clone()).send();
        match aws.call("ec2:DeleteTags", send).await {
            Ok(_) => {}
            Err(failure) if is_missing(&failure) && ids.len() > 1 => {
                let (some, others) = ids.split_at(ids.len() / 2);
                todo.extend([some, others]);
            }
            Err(failure) if is_missing(&failure) => {}
            Err(failure) => outcome = outcome.and(Err(failure)),
        }
    }
    outcome
}

/// Whether an object isn't there, of whatever kind.
fn is_missing(failure: &Failure) -> bool {
    failure.is_not_found() || failure.is(&["InvalidID"])
}

/// What a request for several objects was refused for, although it succeeded.
///
/// # Errors
/// When one of the objects was refused.
pub fn check_all_done(api: &'static str, refused: Option<Vec<UnsuccessfulItem>>) -> Outcome<()> {
    let Some(error) = refused.unwrap_or_default().into_iter().find_map(|item| item.error) else { return Ok(()) };
    let (code, message) = (error.code.unwrap_or_default(), error.message.unwrap_or_default());
    Err(Failure { api, code, ..Failure::new(message) })
}
