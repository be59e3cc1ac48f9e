//! How policies are read: one by one, since only that tells their tags, but for the texts of many, which come together.

use std::collections::HashMap;

use aws_sdk_iam::types as sdk;
use futures_util::future::join_all;
use smol_str::SmolStr;

use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::policy::decoded;

/// From so many on, all policies of the account are asked for their texts: all versions of all of them are a lot to send for a
/// few.
const MANY: usize = 10;

/// A policy and what it says. That one can't be read says nothing about the others.
type Read = Outcome<Option<(sdk::Policy, String)>>;

static POLICIES: Batch<Read> = Batch { size: usize::MAX, fetch: |aws, arns| Box::pin(fetch(aws, arns)) };

/// The texts of policies' default versions, with the versions' ids, by ARN.
type Texts = HashMap<String, (String, String)>;

/// A policy and what it says, by ARN.
///
/// # Errors
/// When AWS refuses.
pub async fn load(aws: &Aws, arn: &str) -> Read {
    aws.load(&POLICIES, arn).await?.unwrap_or(Ok(None))
}

/// A policy without what it says.
///
/// # Errors
/// When AWS refuses.
pub async fn find(aws: &Aws, arn: &str) -> Outcome<Option<sdk::Policy>> {
    match aws.call("iam:GetPolicy", || aws.iam.get_policy().policy_arn(arn).send()).await {
        Err(failure) if failure.is_not_found() => Ok(None),
        answer => Ok(answer?.policy),
    }
}

/// What a policy says.
///
/// # Errors
/// When AWS refuses, also because there is no such policy.
pub async fn text_of(aws: &Aws, policy: &sdk::Policy) -> Outcome<String> {
    let (arn, version) = (policy.arn.clone(), policy.default_version_id.clone());
    let request = aws.iam.get_policy_version().set_policy_arn(arn).set_version_id(version);
    let answer = aws.call("iam:GetPolicyVersion", || request.clone().send()).await?;
    let text = answer.policy_version.and_then(|v| v.document).unwrap_or_default();
    Ok(decoded(&text))
}

async fn fetch(aws: Aws, arns: Vec<SmolStr>) -> Outcome<Found<Read>> {
    let texts = if arns.len() < MANY { Texts::new() } else { texts(&aws).await? };
    let reads = arns.into_iter().map(async |arn| {
        let read = one(&aws, &arn, texts.get(arn.as_str())).await;
        (arn, read)
    });
    Ok(join_all(reads).await.into_iter().collect())
}

async fn one(aws: &Aws, arn: &str, known: Option<&(String, String)>) -> Read {
    let Some(policy) = find(aws, arn).await? else { return Ok(None) };
    let known = known.filter(|(version, _)| policy.default_version_id.as_ref() == Some(version));
    match known {
        Some((_, text)) => Ok(Some((policy, text.clone()))),
        None => match text_of(aws, &policy).await {
            Err(failure) if failure.is_not_found() => Ok(None),
            text => Ok(Some((policy, text?))),
        },
    }
}

/// None, if they may not be asked for: then every policy is asked for its own.
async fn texts(aws: &Aws) -> Outcome<Texts> {
    let send = |marker| {
        let filter = sdk::EntityType::LocalManagedPolicy;
        aws.iam.get_account_authorization_details().filter(filter).max_items(1000).set_marker(marker).send()
    };
    let details = aws.pages("iam:GetAccountAuthorizationDetails", send, |page| {
        (page.policies, page.marker.filter(|_| page.is_truncated))
    });
    let text = |detail: sdk::ManagedPolicyDetail| {
        let version = detail.policy_version_list?.into_iter().find(|v| v.version_id == detail.default_version_id)?;
        Some((detail.arn?, (version.version_id?, decoded(&version.document?))))
    };
    match details.await {
        Err(failure) if failure.is(&["AccessDenied", "AccessDeniedException"]) => Ok(Texts::new()),
        details => Ok(details?.into_iter().filter_map(text).collect()),
    }
}
