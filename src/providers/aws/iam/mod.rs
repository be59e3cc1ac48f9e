//! IAM: roles, policies and what they are attached to. One file a type.
//!
//! IAM has no client tokens: what a creation has made is found by its name, and told from what others have made by the tag
//! [`INTENT`].

pub mod instance_profile;
pub mod openid_connect_provider;
mod policies;
pub mod policy;
pub mod policy_document;
pub mod role;
pub mod role_data;
pub mod role_policy;
pub mod role_policy_attachment;
pub mod roles;
pub mod session_context;

use std::time::Duration;

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::operation::RequestId;
use aws_sdk_iam::primitives::{DateTime, DateTimeFormat};
use aws_sdk_iam::types::Tag;

use super::call::Sent;
use super::connection::{Aws, Connection};
use super::failure::{Failure, Outcome};
use super::naming;
use super::object::Object;
use super::resource::Operation;
use super::tags::{self, INTENT, Tags};
use super::wait::retry_while;

/// How long it may take until all of IAM knows of something new.
pub const PROPAGATION: Duration = Duration::from_secs(120);

/// How long something that is referred to may be too new to be known.
const NEW: Duration = Duration::from_secs(20);

/// Something that can be tagged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tagged {
    /// A role, by name.
    Role(String),
    /// A policy, by ARN.
    Policy(String),
    /// An instance profile, by name.
    InstanceProfile(String),
    /// An OpenID Connect provider, by ARN.
    OpenIdProvider(String),
}

impl Tagged {
    /// What an ARN is about.
    #[must_use]
    pub fn of_arn(arn: &str) -> Option<Self> {
        let (kind, path) = arn.split(':').nth(5)?.split_once('/')?;
        let name = path.rsplit('/').next().unwrap_or(path).to_string();
        Some(match kind {
            "role" => Tagged::Role(name),
            "policy" => Tagged::Policy(arn.into()),
            "instance-profile" => Tagged::InstanceProfile(name),
            "oidc-provider" => Tagged::OpenIdProvider(arn.into()),
            _ => return None,
        })
    }

    async fn tag(&self, aws: &Aws, tags: Tags) -> Outcome<()> {
        if tags.is_empty() {
            return Ok(());
        }
        let tags = Some(sdk_tags(tags));
        let iam = &aws.iam;
        match self {
            Tagged::Role(name) => {
                let send = || iam.tag_role().role_name(name).set_tags(tags.clone()).send();
                change(aws, "iam:TagRole", send).await.map(drop)
            }
            Tagged::Policy(arn) => {
                let send = || iam.tag_policy().policy_arn(arn).set_tags(tags.clone()).send();
                change(aws, "iam:TagPolicy", send).await.map(drop)
            }
            Tagged::InstanceProfile(name) => {
                let send = || iam.tag_instance_profile().instance_profile_name(name).set_tags(tags.clone()).send();
                change(aws, "iam:TagInstanceProfile", send).await.map(drop)
            }
            Tagged::OpenIdProvider(arn) => {
                let request = iam.tag_open_id_connect_provider().open_id_connect_provider_arn(arn).set_tags(tags);
                change(aws, "iam:TagOpenIDConnectProvider", || request.clone().send()).await.map(drop)
            }
        }
    }

    async fn untag(&self, aws: &Aws, keys: Vec<String>) -> Outcome<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let keys = Some(keys);
        let iam = &aws.iam;
        match self {
            Tagged::Role(name) => {
                let send = || iam.untag_role().role_name(name).set_tag_keys(keys.clone()).send();
                change(aws, "iam:UntagRole", send).await.map(drop)
            }
            Tagged::Policy(arn) => {
                let send = || iam.untag_policy().policy_arn(arn).set_tag_keys(keys.clone()).send();
                change(aws, "iam:UntagPolicy", send).await.map(drop)
            }
            Tagged::InstanceProfile(name) => {
                let send =
                    || iam.untag_instance_profile().instance_profile_name(name).set_tag_keys(keys.clone()).send();
                change(aws, "iam:UntagInstanceProfile", send).await.map(drop)
            }
            Tagged::OpenIdProvider(arn) => {
                let request = iam.untag_open_id_connect_provider().open_id_connect_provider_arn(arn).set_tag_keys(keys);
                change(aws, "iam:UntagOpenIDConnectProvider", || request.clone().send()).await.map(drop)
            }
        }
    }
}

fn sdk_tags(tags: Tags) -> Vec<Tag> {
    // The builder only fails without key or value.
    tags.into_iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

/// What a new object is tagged with: its tags, and the one of the operation.
#[must_use]
pub fn new_tags(object: &Object, operation: &Operation) -> Option<Vec<Tag>> {
    let mut tags = object.map("tags_all");
    tags.insert(INTENT.into(), operation.token.to_string());
    Some(sdk_tags(tags))
}

/// Whether an object has the tag of an operation.
#[must_use]
pub fn is_made_by(tags: &[Tag], operation: &Operation) -> bool {
    tags.iter().any(|t| t.key == INTENT && t.value == operation.token.as_str())
}

/// Puts an object's tags into `tags` and `tags_all`.
pub fn read_tags(aws: &Connection, object: &mut Object, tags: Vec<Tag>) {
    if tags.iter().any(|t| t.key == INTENT) {
        aws.note_intent(object.str("arn"));
    }
    aws.settings.tags.read(object, tags.into_iter().map(|t| (t.key, t.value)));
}

/// Changes tags where they differ.
///
/// # Errors
/// When AWS refuses.
pub async fn update_tags(aws: &Aws, what: Tagged, object: &Object, prior: &Object) -> Outcome<()> {
    let (set, remove) = tags::changes(&prior.map("tags_all"), &object.map("tags_all"));
    what.untag(aws, remove).await?;
    what.tag(aws, set).await
}

/// Removes the tag of an operation that has ended.
///
/// # Errors
/// When AWS refuses.
pub async fn remove_intent(aws: &Aws, arn: &str) -> Outcome<()> {
    let Some(what) = Tagged::of_arn(arn) else { return Ok(()) };
    match what.untag(aws, vec![INTENT.into()]).await {
        Err(failure) if failure.is_not_found() => Ok(()),
        outcome => outcome,
    }
}

/// Sends a change until nobody else is changing the same object, and what its document refers to is known.
///
/// # Errors
/// When AWS refuses.
pub async fn change<T, E, F>(aws: &Aws, api: &'static str, send: impl Fn() -> F) -> Outcome<T>
where
    F: Future<Output = Sent<T, E>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
    SdkError<E, HttpResponse>: ProvideErrorMetadata + RequestId,
{
    retry_while(PROPAGATION, is_unsettled, || aws.call(api, &send)).await
}

/// [`change`] of something that may be too new to be known.
///
/// # Errors
/// When AWS refuses.
pub async fn change_new<T, E, F>(aws: &Aws, api: &'static str, send: impl Fn() -> F) -> Outcome<T>
where
    F: Future<Output = Sent<T, E>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
    SdkError<E, HttpResponse>: ProvideErrorMetadata + RequestId,
{
    // AWS's own policies aren't new.
    let may_be_new = |f: &Failure| f.is_not_found() && !f.message.contains(":iam::aws:policy/");
    retry_while(NEW, may_be_new, || change(aws, api, &send)).await
}

/// Creates an object that has a name of its own. `find` looks for the one that this operation has made.
///
/// # Errors
/// When AWS refuses, also if somebody else has the name.
pub async fn create<E, F, G>(
    aws: &Aws,
    api: &'static str,
    send: impl Fn() -> F,
    find: impl Fn() -> G,
) -> Outcome<String>
where
    F: Future<Output = Sent<String, E>>,
    G: Future<Output = Outcome<Option<String>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
    SdkError<E, HttpResponse>: ProvideErrorMetadata + RequestId,
{
    match retry_while(PROPAGATION, is_unsettled, || aws.create_once(api, &send, &find)).await {
        // An earlier attempt may have got through.
        Err(failure) if failure.is(&["EntityAlreadyExists"]) => find().await?.ok_or(failure),
        outcome => outcome,
    }
}

fn is_unsettled(failure: &Failure) -> bool {
    let is_new_principal =
        failure.is(&["MalformedPolicyDocument"]) && failure.message.contains("Invalid principal in policy");
    is_new_principal || failure.is(&["ConcurrentModification", "EntityTemporarilyUnmodifiable"])
}

/// Whatever wasn't there any more is gone as wished.
///
/// # Errors
/// All others.
pub fn gone<T>(outcome: Outcome<T>) -> Outcome<()> {
    match outcome {
        Err(failure) if !failure.is_not_found() => Err(failure),
        _ => Ok(()),
    }
}

/// A time as the state has it.
#[must_use]
pub fn time(at: &DateTime) -> String {
    DateTime::from_secs(at.secs()).fmt(DateTimeFormat::DateTime).unwrap_or_default()
}

/// Puts a name into `name` and `name_prefix`.
pub fn read_name(object: &mut Object, name: &str) {
    object.set("name", name);
    object.set("name_prefix", naming::prefix_of(name));
}

/// What is wrong with a name, or the beginning of one.
#[must_use]
pub fn name_problems(path: &str, text: &str, longest: usize) -> Vec<String> {
    let mut problems = Vec::new();
    if !(1..=longest).contains(&text.len()) {
        problems.push(format!("expected length of {path} to be in the range (1 - {longest}), got {text}"));
    }
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) {
        problems.push(format!("invalid value for {path} (must match [\\w+=,.@-])"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_tell_what_is_tagged() {
        let of = |resource: &str| Tagged::of_arn(&format!("arn:aws:iam::123456789012:{resource}"));
        assert_eq!(of("role/service/deploy"), Some(Tagged::Role("deploy".into())));
        assert_eq!(of("instance-profile/node"), Some(Tagged::InstanceProfile("node".into())));
        let policy = "arn:aws:iam::123456789012:policy/a/b";
        assert_eq!(Tagged::of_arn(policy), Some(Tagged::Policy(policy.into())));
        assert_eq!(of("user/somebody"), None);
        assert_eq!(Tagged::of_arn("vpc-1"), None);
    }

    #[test]
    fn names_are_checked() {
        let said = |name: &str| name_problems("name", name, 64).join("; ");
        assert_eq!(said("web_1+=,.@-"), "");
        assert_eq!(said("a b"), "invalid value for name (must match [\\w+=,.@-])");
        assert!(said(&"x".repeat(65)).starts_with("expected length of name to be in the range (1 - 64)"));
    }
}
