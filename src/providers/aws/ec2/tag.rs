//! `aws_ec2_tag`: one tag of an object that is managed elsewhere.

use std::collections::HashSet;
use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::{SmolStr, format_smolstr};

use super::{VALUES, create_tags, filter};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{id, required, schema};
use crate::providers::aws::tags::Tags;
use crate::schema::Schema;

/// The resource type `aws_ec2_tag`.
pub struct Ec2Tag;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            id(),
            required("key", Type::String).force_new(),
            required("resource_id", Type::String).force_new(),
            required("value", Type::String),
        ],
    )
});

/// Values of tags by "object,key".
static TAGS: Batch<String> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<String>> {
    let (objects, keys): (HashSet<&str>, HashSet<&str>) = ids.iter().filter_map(|id| id.split_once(',')).unzip();
    let filters = [filter("resource-id", objects), filter("key", keys)];
    let send = |token| aws.ec2.describe_tags().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let tags = aws.pages("ec2:DescribeTags", send, |page| (page.tags, page.next_token)).await?;
    let by_id = |tag: sdk::TagDescription| {
        Some((format_smolstr!("{},{}", tag.resource_id?, tag.key?), tag.value.unwrap_or_default()))
    };
    Ok(tags.into_iter().filter_map(by_id).collect())
}

async fn put(aws: &Aws, object: &Object) -> Outcome<()> {
    let tags = Tags::from_iter([(object.str("key").to_string(), object.str("value").to_string())]);
    create_tags(aws, object.str("resource_id"), tags).await
}

#[async_trait]
impl ResourceType for Ec2Tag {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(value) = aws.load(&TAGS, &id).await? else { return Ok(Presence::Gone) };
        let (resource, key) = id.split_once(',').unwrap_or_default();
        object.set("resource_id", resource);
        object.set("key", key);
        object.set("value", value);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<()> {
        put(aws, object).await?;
        let id = format!("{},{}", object.str("resource_id"), object.str("key"));
        object.set("id", id);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, _: &Object, _: &Operation) -> Outcome<()> {
        put(aws, object).await
    }

    /// A tag that has another value by now is another's.
    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let tag = sdk::Tag::builder().key(object.str("key")).value(object.str("value")).build();
        let send = || aws.ec2.delete_tags().resources(object.str("resource_id")).tags(tag.clone()).send();
        match aws.call("ec2:DeleteTags", send).await {
            Err(failure) if !failure.is_not_found() => Err(failure),
            _ => Ok(()),
        }
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        match object.id().split_once(',') {
            Some((resource, key)) if !resource.is_empty() && !key.is_empty() => Ok(()),
            _ => Err(Failure::new(format!("unexpected format for ID ({}), expected resource-id,key", object.id()))),
        }
    }

    /// A tag may be set again.
    async fn recover(&self, _: &Aws, _: &mut Object, _: &Operation) -> Outcome<Presence> {
        Ok(Presence::Gone)
    }
}
