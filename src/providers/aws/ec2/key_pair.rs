//! `aws_key_pair`: a public key that instances let in.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{VALUES, filter, filter_keys, find_by_intent, read_tags_of, tag_specification, update_tags, word};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, optional_computed, required, schema, tags, tags_all};
use crate::schema::Schema;

/// The resource type `aws_key_pair`.
pub struct KeyPair;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        1,
        [
            computed("arn", Type::String),
            computed("fingerprint", Type::String),
            id(),
            optional_computed("key_name", Type::String).force_new(),
            optional_computed("key_name_prefix", Type::String).force_new(),
            computed("key_pair_id", Type::String),
            computed("key_type", Type::String),
            required("public_key", Type::String).force_new(),
            tags(),
            tags_all(),
        ],
    )
});

/// Key pairs by name.
static KEY_PAIRS: Batch<sdk::KeyPairInfo> = Batch { size: VALUES, fetch: |aws, names| Box::pin(describe(aws, names)) };

async fn describe(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<sdk::KeyPairInfo>> {
    let pairs = matching(&aws, filter_keys("key-name", &names)).await?;
    Ok(pairs.into_iter().filter_map(|pair| Some((pair.key_name.as_deref()?.into(), pair))).collect())
}

async fn matching(aws: &Aws, filter: sdk::Filter) -> Outcome<Vec<sdk::KeyPairInfo>> {
    let answer = aws.call("ec2:DescribeKeyPairs", || aws.ec2.describe_key_pairs().filters(filter.clone()).send());
    Ok(answer.await?.key_pairs.unwrap_or_default())
}

/// The name of the key pair that an operation has made.
async fn find(aws: &Aws, operation: &Operation) -> Outcome<Option<String>> {
    match find_by_intent(aws, &sdk::ResourceType::KeyPair, operation).await? {
        Some(id) => Ok(matching(aws, filter("key-pair-id", [id])).await?.into_iter().find_map(|pair| pair.key_name)),
        None => Ok(None),
    }
}

const CHECKS: Checks = &[
    ("key_name key_name_prefix", Check::Exclusive),
    ("key_name", Check::Length(0, 255)),
    ("key_name_prefix", Check::Length(0, naming::longest_prefix(255))),
];

#[async_trait]
impl ResourceType for KeyPair {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        if let Some(key) = plan.config.text("public_key") {
            plan.planned.set("public_key", key.trim());
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let name = object.id().to_string();
        let Some(pair) = aws.load(&KEY_PAIRS, &name).await? else { return Ok(Presence::Gone) };
        object.set("arn", aws.arn("ec2", &format!("key-pair/{name}")));
        object.set("fingerprint", pair.key_fingerprint);
        object.set("key_name_prefix", naming::prefix_of(&name));
        object.set("key_name", name);
        object.set("key_pair_id", pair.key_pair_id);
        object.set("key_type", word(pair.key_type));
        let id = object.str("key_pair_id").to_string();
        read_tags_of(aws, object, &id, pair.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let request = aws
            .ec2
            .import_key_pair()
            .key_name(naming::name(object, "key_name", "key_name_prefix", operation))
            .public_key_material(Blob::new(object.str("public_key")))
            .tag_specifications(tag_specification(sdk::ResourceType::KeyPair, object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            if let Some(id) = &made.key_pair_id {
                aws.note_intent(id);
            }
            Ok(made.key_name.unwrap_or_default())
        };
        let name = aws.create_once("ec2:ImportKeyPair", send, || find(aws, operation)).await?;
        object.set("id", name);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        update_tags(aws, object.str("key_pair_id"), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let deleted = aws.call("ec2:DeleteKeyPair", || aws.ec2.delete_key_pair().key_name(object.id()).send());
        match deleted.await {
            Err(failure) if !failure.is(&["InvalidKeyPair.NotFound"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let Some(name) = find(aws, operation).await? else { return Ok(Presence::Gone) };
        object.set("id", name);
        Ok(Presence::Found)
    }
}
