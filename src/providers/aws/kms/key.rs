//! `aws_kms_key`: a key for encryption.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_kms::types as sdk;
use smol_str::SmolStr;

use super::PROPAGATION;
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::policy::{self, Form};
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, schema, tags, tags_all, timeouts};
use crate::providers::aws::tags::{INTENT, Tags, changes};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_kms_key`.
pub struct Key;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            optional("bypass_policy_lockout_safety_check", Type::Bool).default(false),
            optional("custom_key_store_id", Type::String).force_new(),
            optional("customer_master_key_spec", Type::String).force_new().default("SYMMETRIC_DEFAULT"),
            optional("deletion_window_in_days", Type::Number),
            optional_computed("description", Type::String),
            optional("enable_key_rotation", Type::Bool).default(false),
            id(),
            optional("is_enabled", Type::Bool).default(true),
            computed("key_id", Type::String),
            optional("key_usage", Type::String).force_new().default("ENCRYPT_DECRYPT"),
            optional_computed("multi_region", Type::Bool).force_new(),
            optional_computed("policy", Type::String).normalise(policy::meaning),
            optional_computed("rotation_period_in_days", Type::Number),
            tags(),
            tags_all(),
            timeouts(&["create"]),
            optional("xks_key_id", Type::String).force_new(),
        ],
    )
});

/// The name of a key's only policy.
const POLICY: &str = "default";

/// How long a change may take to be seen.
const SETTLING: Duration = Duration::from_secs(10 * 60);

/// A key, and what KMS has to be asked for besides.
#[derive(Clone, Debug)]
struct Known {
    metadata: sdk::KeyMetadata,
    policy: String,
    rotates: bool,
    rotation_period: Option<i32>,
    tags: Tags,
}

/// Keys by id, each by requests of its own.
static KEYS: Batch<Known> = Batch { size: 1, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<Known>> {
    let Some(id) = ids.first() else { return Ok(Found::new()) };
    match describe_one(&aws, id).await {
        Ok(key) => Ok(key.into_iter().map(|key| (id.clone(), key)).collect()),
        Err(failure) if failure.is(&["NotFoundException"]) => Ok(Found::new()),
        Err(failure) => Err(failure),
    }
}

async fn describe_one(aws: &Aws, id: &str) -> Outcome<Option<Known>> {
    let answer = aws.call("kms:DescribeKey", || aws.kms.describe_key().key_id(id).send()).await?;
    // A key that waits for its deletion can't be used any more.
    let is_going = |key: &sdk::KeyMetadata| {
        matches!(key.key_state, Some(sdk::KeyState::PendingDeletion | sdk::KeyState::PendingReplicaDeletion))
    };
    let Some(metadata) = answer.key_metadata.filter(|key| !is_going(key)) else { return Ok(None) };
    let policy = async {
        let send = || aws.kms.get_key_policy().key_id(id).policy_name(POLICY).send();
        Ok(aws.call("kms:GetKeyPolicy", send).await?.policy.unwrap_or_default())
    };
    let rotation = async {
        if metadata.origin != Some(sdk::OriginType::AwsKms) {
            return Ok((false, None));
        }
        let send = || aws.kms.get_key_rotation_status().key_id(id).send();
        let status = aws.call("kms:GetKeyRotationStatus", send).await?;
        Ok((status.key_rotation_enabled, status.rotation_period_in_days))
    };
    let (policy, (rotates, rotation_period), tags) = tokio::try_join!(policy, rotation, tags_of(aws, id))?;
    Ok(Some(Known { metadata, policy, rotates, rotation_period, tags }))
}

async fn tags_of(aws: &Aws, id: &str) -> Outcome<Tags> {
    let send = |marker| aws.kms.list_resource_tags().key_id(id).set_marker(marker).send();
    let tags = aws.pages("kms:ListResourceTags", send, |page| (page.tags, page.next_marker)).await?;
    Ok(tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value)).collect())
}

fn tag(key: impl Into<String>, value: impl Into<String>) -> Outcome<sdk::Tag> {
    let tag = sdk::Tag::builder().tag_key(key).tag_value(value).build();
    tag.map_err(|e| Failure::new(e.to_string()))
}

/// The key that an operation has made.
async fn find(aws: &Aws, operation: &Operation) -> Outcome<Option<String>> {
    let send = |marker| aws.kms.list_keys().set_marker(marker).send();
    let keys = aws.pages("kms:ListKeys", send, |page| (page.keys, page.next_marker)).await?;
    for id in keys.into_iter().filter_map(|key| key.key_id) {
        match tags_of(aws, &id).await {
            Ok(tags) if tags.get(INTENT).is_some_and(|token| *token == operation.token) => return Ok(Some(id)),
            Err(failure) if !failure.is(&["NotFoundException", "AccessDeniedException"]) => return Err(failure),
            _ => {}
        }
    }
    Ok(None)
}

async fn create(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<String> {
    let mut tags = vec![tag(INTENT, operation.token.as_str())?];
    for (key, value) in object.map("tags_all") {
        tags.push(tag(key, value)?);
    }
    let (store, external) = (object.text("custom_key_store_id"), object.text("xks_key_id"));
    let origin = match (&store, &external) {
        (_, Some(_)) => Some(sdk::OriginType::ExternalKeyStore),
        (Some(_), None) => Some(sdk::OriginType::AwsCloudhsm),
        (None, None) => None,
    };
    let request = aws
        .kms
        .create_key()
        .bypass_policy_lockout_safety_check(object.is("bypass_policy_lockout_safety_check"))
        .set_key_spec(object.word("customer_master_key_spec"))
        .set_key_usage(object.word("key_usage"))
        .set_description(object.text("description"))
        .set_multi_region(object.bool("multi_region").filter(|on| *on))
        .set_policy(object.text("policy"))
        .set_origin(origin)
        .set_custom_key_store_id(store)
        .set_xks_key_id(external)
        .set_tags(Some(tags));
    let send = async || {
        let made = request.clone().send().await?;
        Ok(made.key_metadata.map(|key| key.key_id).unwrap_or_default())
    };
    // Whoever the policy names may be too new to be known.
    let is_early = |f: &Failure| f.is(&["MalformedPolicyDocumentException"]);
    let made = || aws.create_once("kms:CreateKey", send, || find(aws, operation));
    retry_while(operation.timeout, is_early, made).await
}

async fn set_enabled(aws: &Aws, id: &str, is_enabled: bool) -> Outcome<()> {
    if is_enabled {
        let enable = || aws.call("kms:EnableKey", || aws.kms.enable_key().key_id(id).send());
        return retry_while(PROPAGATION, |f| f.is(&["NotFoundException"]), enable).await.map(|_| ());
    }
    let disable = || aws.call("kms:DisableKey", || aws.kms.disable_key().key_id(id).send());
    retry_while(PROPAGATION, |f| f.is(&["NotFoundException"]), disable).await.map(|_| ())
}

async fn set_rotation(aws: &Aws, id: &str, object: &Object) -> Outcome<()> {
    let passes = |f: &Failure| f.is(&["NotFoundException", "DisabledException"]);
    if !object.is("enable_key_rotation") {
        let disable = || aws.call("kms:DisableKeyRotation", || aws.kms.disable_key_rotation().key_id(id).send());
        return retry_while(SETTLING, passes, disable).await.map(|_| ());
    }
    let request = aws.kms.enable_key_rotation().key_id(id);
    let request = request.set_rotation_period_in_days(object.nonzero("rotation_period_in_days"));
    let enable = || aws.call("kms:EnableKeyRotation", || request.clone().send());
    retry_while(SETTLING, passes, enable).await.map(|_| ())
}

async fn set_policy(aws: &Aws, id: &str, object: &Object) -> Outcome<()> {
    let request = aws
        .kms
        .put_key_policy()
        .key_id(id)
        .policy_name(POLICY)
        .policy(object.str("policy"))
        .bypass_policy_lockout_safety_check(object.is("bypass_policy_lockout_safety_check"));
    let passes = |f: &Failure| f.is(&["NotFoundException", "MalformedPolicyDocumentException"]);
    let put = || aws.call("kms:PutKeyPolicy", || request.clone().send());
    retry_while(PROPAGATION, passes, put).await.map(|_| ())
}

async fn update_tags(aws: &Aws, id: &str, object: &Object, prior: &Object) -> Outcome<()> {
    let (set, remove) = changes(&prior.map("tags_all"), &object.map("tags_all"));
    if !remove.is_empty() {
        untag(aws, id, remove).await?;
    }
    if !set.is_empty() {
        let tags: Vec<sdk::Tag> = set.into_iter().map(|(key, value)| tag(key, value)).collect::<Outcome<_>>()?;
        let request = aws.kms.tag_resource().key_id(id).set_tags(Some(tags));
        aws.call("kms:TagResource", || request.clone().send()).await?;
    }
    Ok(())
}

async fn untag(aws: &Aws, id: &str, keys: Vec<String>) -> Outcome<()> {
    let request = aws.kms.untag_resource().key_id(id).set_tag_keys(Some(keys));
    let untag = || aws.call("kms:UntagResource", || request.clone().send());
    retry_while(PROPAGATION, |f| f.is(&["NotFoundException"]), untag).await.map(|_| ())
}

/// Removes the tag of an operation that has ended. A key is known by its ARN as well as by its id.
///
/// # Errors
/// When AWS refuses.
pub async fn remove_intent(aws: &Aws, arn: &str) -> Outcome<()> {
    match untag(aws, arn, vec![INTENT.into()]).await {
        Err(failure) if is_gone(&failure) => Ok(()),
        outcome => outcome,
    }
}

/// Whether a key is not there any more, or not for long.
fn is_gone(failure: &Failure) -> bool {
    failure.is(&["NotFoundException"])
        || (failure.is(&["KMSInvalidStateException"]) && failure.message.contains("is pending deletion"))
}

/// Whether KMS shows what was planned.
fn is_settled(key: &Known, object: &Object) -> bool {
    let tags = key.tags.iter().filter(|(name, _)| *name != INTENT && !name.starts_with("aws:")).count();
    let period = object.nonzero("rotation_period_in_days").filter(|_| object.is("enable_key_rotation"));
    key.metadata.enabled == object.is("is_enabled")
        && key.rotates == object.is("enable_key_rotation")
        && (period.is_none() || key.rotation_period.is_none() || period == key.rotation_period)
        && (!object.has("description")
            || key.metadata.description.as_deref().unwrap_or_default() == object.str("description"))
        && (object.str("policy").is_empty() || policy::is_same(&key.policy, object.str("policy")))
        && tags >= object.map("tags_all").len()
}

async fn settle(aws: &Aws, id: &str, object: &Object) -> Outcome<()> {
    wait_for(&format!("KMS key {id}"), SETTLING, || async {
        let is_settled = aws.load(&KEYS, id).await?.is_some_and(|key| is_settled(&key, object));
        Ok(if is_settled { Progress::Done(()) } else { Progress::Pending("as it was before".into()) })
    })
    .await
}

/// What remains to be done with a new key.
async fn finish(aws: &Aws, id: &str, object: &Object) -> Outcome<()> {
    if object.is("enable_key_rotation") {
        set_rotation(aws, id, object).await?;
    }
    if !object.is("is_enabled") {
        set_enabled(aws, id, false).await?;
    }
    settle(aws, id, object).await
}

const CHECKS: Checks = &[
    ("custom_key_store_id", Check::Length(1, 22)),
    ("customer_master_key_spec", Check::OneOf(sdk::KeySpec::values())),
    ("deletion_window_in_days", Check::Range(7, 30)),
    ("key_usage", Check::OneOf(&["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"])),
    ("policy", Check::Text(policy::json_problems)),
    ("rotation_period_in_days", Check::Together(&["enable_key_rotation", "rotation_period_in_days"])),
    ("rotation_period_in_days", Check::Range(90, 2560)),
    ("xks_key_id", Check::Together(&["custom_key_store_id", "xks_key_id"])),
];

#[async_trait]
impl ResourceType for Key {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 2, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        policy::plan(plan.planned, plan.prior, "policy", Form::Sorted);
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(key) = aws.load(&KEYS, &id).await? else { return Ok(Presence::Gone) };
        let metadata = key.metadata;
        let replica = metadata.multi_region_configuration.and_then(|c| c.multi_region_key_type);
        if metadata.multi_region == Some(true) && replica != Some(sdk::MultiRegionKeyType::Primary) {
            return Err(Failure::new(format!("KMS Key ({id}) is not a multi-Region primary key")));
        }
        object.set("arn", metadata.arn);
        object.set("custom_key_store_id", metadata.custom_key_store_id);
        object.set("customer_master_key_spec", metadata.key_spec.map(|s| s.to_string()));
        object.set("description", metadata.description);
        object.set("enable_key_rotation", key.rotates);
        object.set("is_enabled", metadata.enabled);
        object.set("key_id", metadata.key_id);
        object.set("key_usage", metadata.key_usage.map(|u| u.to_string()));
        object.set("multi_region", metadata.multi_region);
        object.set("policy", policy::kept(object.str("policy"), &key.policy, Form::Sorted));
        object.set("rotation_period_in_days", key.rotation_period);
        object.set("xks_key_id", metadata.xks_key_configuration.and_then(|c| c.id));
        if key.tags.contains_key(INTENT) {
            aws.note_intent(object.str("arn"));
        }
        aws.settings.tags.read(object, key.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let id = create(aws, object, operation).await?;
        object.set("id", &id);
        finish(aws, &id, object).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _operation: &Operation) -> Outcome<()> {
        let id = object.id().to_string();
        let is_enabled = object.is("is_enabled");
        // A key that is disabled can't be changed.
        if object.differs(prior, "is_enabled") && is_enabled {
            set_enabled(aws, &id, true).await?;
        }
        let is_other_period = object.is("enable_key_rotation") && object.differs(prior, "rotation_period_in_days");
        if object.differs(prior, "enable_key_rotation") || is_other_period {
            set_rotation(aws, &id, object).await?;
        }
        if object.differs(prior, "description") {
            let request = aws.kms.update_key_description().key_id(&id).description(object.str("description"));
            aws.call("kms:UpdateKeyDescription", || request.clone().send()).await?;
        }
        if object.differs(prior, "policy") && object.has("policy") {
            set_policy(aws, &id, object).await?;
        }
        if object.differs(prior, "is_enabled") && !is_enabled {
            set_enabled(aws, &id, false).await?;
        }
        update_tags(aws, &id, object, prior).await?;
        settle(aws, &id, object).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let request = aws.kms.schedule_key_deletion().key_id(id);
        let request = request.set_pending_window_in_days(object.nonzero("deletion_window_in_days"));
        match aws.call("kms:ScheduleKeyDeletion", || request.clone().send()).await {
            Err(failure) if is_gone(&failure) => return Ok(()),
            outcome => outcome?,
        };
        wait_for(&format!("KMS key {id}"), SETTLING, || async {
            let state = aws.load(&KEYS, id).await?.and_then(|key| key.metadata.key_state);
            Ok(state.map_or(Progress::Done(()), |state| Progress::Pending(state.to_string())))
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let Some(id) = find(aws, operation).await? else { return Ok(Presence::Gone) };
        object.set("id", &id);
        finish(aws, &id, object).await?;
        Ok(Presence::Found)
    }
}
