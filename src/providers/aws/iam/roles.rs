//! How roles are read: one by one if few are wanted, else all of the account at once.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_iam::types as sdk;
use futures_util::future::try_join_all;
use smol_str::SmolStr;

use super::time;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::policy::decoded;

/// A role with everything that belongs to it.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// The id that no other role will ever have.
    pub unique_id: String,
    /// When it was created.
    pub created: String,
    /// What it is for.
    pub description: Option<String>,
    /// How many seconds a session may last.
    pub max_session: Option<i32>,
    /// Who may take it on.
    pub trust: String,
    /// The ARN of the policy that limits it.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: Vec<sdk::Tag>,
    /// When and where it was used last.
    pub last_used: Option<(String, String)>,
    /// The ARNs of attached policies.
    pub attached: Vec<String>,
    /// Its own policies by name.
    pub inline: Vec<(String, String)>,
}

/// Fewer than so many are read one by one.
const SEVERAL: usize = 3;

/// Any number of keys.
const ANY: usize = usize::MAX;

/// Roles by name.
pub static ROLES: Batch<Arc<Role>> = Batch { size: ANY, fetch: |aws, names| Box::pin(roles(aws, names)) };

/// The ARNs of the policies that are attached to roles, by the roles' names.
pub static ATTACHED: Batch<Vec<String>> = Batch { size: ANY, fetch: |aws, names| Box::pin(attached(aws, names)) };

/// The policies of roles themselves, by the role's and the policy's name with a colon between.
pub static INLINE: Batch<String> = Batch { size: ANY, fetch: |aws, keys| Box::pin(inline(aws, keys)) };

/// All roles, under one key.
type All = Arc<HashMap<String, Arc<Role>>>;

static ALL: Batch<All> = Batch { size: 1, fetch: |aws, keys| Box::pin(all(aws, keys)) };

async fn roles(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<Arc<Role>>> {
    let all = all_for(&aws, names.len()).await?;
    each(names, |name| find(aws.clone(), name, all.clone())).await
}

async fn find(aws: Aws, name: SmolStr, all: Option<All>) -> Outcome<Option<Arc<Role>>> {
    match all.and_then(|all| all.get(name.as_str()).cloned()) {
        Some(role) => Ok(Some(role)),
        None => Ok(one(&aws, &name).await?.map(Arc::new)),
    }
}

async fn attached(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<Vec<String>>> {
    let all = all_for(&aws, names.len()).await?;
    each(names, |name| {
        let (aws, role) = (aws.clone(), all.as_ref().and_then(|all| all.get(name.as_str()).cloned()));
        async move {
            match role {
                Some(role) => Ok(Some(role.attached.clone())),
                None => if_any(attached_to(&aws, &name).await),
            }
        }
    })
    .await
}

async fn inline(aws: Aws, keys: Vec<SmolStr>) -> Outcome<Found<String>> {
    let all = all_for(&aws, keys.len()).await?;
    each(keys, |key| {
        let (aws, all) = (aws.clone(), all.clone());
        async move {
            let Some((role, policy)) = key.split_once(':') else { return Ok(None) };
            let known = all.as_ref().and_then(|all| all.get(role)?.inline.iter().find(|(name, _)| name == policy));
            match known {
                Some((_, document)) => Ok(Some(document.clone())),
                None => if_any(document(&aws, role, policy).await),
            }
        }
    })
    .await
}

/// Reads things one by one, all at the same time.
async fn each<V, F>(keys: Vec<SmolStr>, read: impl Fn(SmolStr) -> F) -> Outcome<Found<V>>
where
    F: Future<Output = Outcome<Option<V>>>,
{
    let read = &read;
    let reads = keys.into_iter().map(|key| async move { Ok(read(key.clone()).await?.map(|value| (key, value))) });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

/// That there is no such thing is an answer.
fn if_any<V>(outcome: Outcome<V>) -> Outcome<Option<V>> {
    match outcome {
        Err(failure) if failure.is_not_found() => Ok(None),
        outcome => outcome.map(Some),
    }
}

/// All roles of the account, if so many are wanted that this is faster, and if it is allowed to ask for them. What isn't
/// among them may only be too new: it is looked for once more by itself.
async fn all_for(aws: &Aws, wanted: usize) -> Outcome<Option<All>> {
    if wanted < SEVERAL {
        return Ok(None);
    }
    match aws.load(&ALL, "roles").await {
        Err(failure) if failure.is(&["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]) => Ok(None),
        outcome => outcome,
    }
}

async fn all(aws: Aws, keys: Vec<SmolStr>) -> Outcome<Found<All>> {
    let details = |marker| {
        let filter = sdk::EntityType::Role;
        aws.iam.get_account_authorization_details().filter(filter).max_items(1000).set_marker(marker).send()
    };
    // What the details lack.
    let list = |marker| aws.iam.list_roles().max_items(1000).set_marker(marker).send();
    let (details, listed) = tokio::try_join!(
        aws.pages("iam:GetAccountAuthorizationDetails", details, |page| {
            (page.role_detail_list, page.marker.filter(|_| page.is_truncated))
        }),
        aws.pages("iam:ListRoles", list, |page| (Some(page.roles), page.marker.filter(|_| page.is_truncated))),
    )?;
    let mut listed: HashMap<String, sdk::Role> = listed.into_iter().map(|r| (r.role_name.clone(), r)).collect();
    let role = |detail: sdk::RoleDetail| {
        let role = listed.remove(detail.role_name.as_deref()?)?;
        Some((role.role_name.clone(), Arc::new(from_detail(role, detail))))
    };
    let roles: All = Arc::new(details.into_iter().filter_map(role).collect());
    Ok(keys.into_iter().map(|key| (key, Arc::clone(&roles))).collect())
}

fn from_detail(role: sdk::Role, detail: sdk::RoleDetail) -> Role {
    let policies = detail.role_policy_list.unwrap_or_default().into_iter();
    let attached = detail.attached_managed_policies.unwrap_or_default().into_iter();
    Role {
        boundary: detail.permissions_boundary.and_then(|b| b.permissions_boundary_arn),
        tags: detail.tags.unwrap_or_default(),
        last_used: detail.role_last_used.as_ref().map(last_used),
        attached: attached.filter_map(|p| p.policy_arn).collect(),
        inline: policies
            .filter_map(|p| Some((p.policy_name?, decoded(p.policy_document.as_deref().unwrap_or_default()))))
            .collect(),
        ..from_role(role)
    }
}

fn from_role(role: sdk::Role) -> Role {
    Role {
        last_used: role.role_last_used.as_ref().map(last_used),
        created: time(&role.create_date),
        trust: decoded(role.assume_role_policy_document.as_deref().unwrap_or_default()),
        boundary: role.permissions_boundary.and_then(|b| b.permissions_boundary_arn),
        arn: role.arn,
        name: role.role_name,
        path: role.path,
        unique_id: role.role_id,
        description: role.description,
        max_session: role.max_session_duration,
        tags: role.tags.unwrap_or_default(),
        attached: Vec::new(),
        inline: Vec::new(),
    }
}

fn last_used(used: &sdk::RoleLastUsed) -> (String, String) {
    (used.last_used_date.as_ref().map(time).unwrap_or_default(), used.region.clone().unwrap_or_default())
}

/// A role without what is attached to it.
///
/// # Errors
/// When AWS refuses.
pub async fn bare(aws: &Aws, name: &str) -> Outcome<Option<Role>> {
    let answer = if_any(aws.call("iam:GetRole", || aws.iam.get_role().role_name(name).send()).await)?;
    Ok(answer.and_then(|a| a.role).map(from_role))
}

async fn one(aws: &Aws, name: &str) -> Outcome<Option<Role>> {
    let Some(role) = bare(aws, name).await? else { return Ok(None) };
    let (attached, names) = tokio::try_join!(attached_to(aws, name), inline_names(aws, name))?;
    let documents = names.into_iter().map(|policy| async move {
        let document = document(aws, name, &policy).await?;
        Ok((policy, document))
    });
    Ok(Some(Role { attached, inline: try_join_all(documents).await?, ..role }))
}

/// The ARNs of the policies that are attached to a role.
///
/// # Errors
/// When AWS refuses, also because there is no such role.
pub async fn attached_to(aws: &Aws, role: &str) -> Outcome<Vec<String>> {
    let send = |marker| aws.iam.list_attached_role_policies().role_name(role).set_marker(marker).send();
    let policies = aws.pages("iam:ListAttachedRolePolicies", send, |page| {
        (page.attached_policies, page.marker.filter(|_| page.is_truncated))
    });
    Ok(policies.await?.into_iter().filter_map(|p| p.policy_arn).collect())
}

/// The names of a role's own policies.
///
/// # Errors
/// When AWS refuses, also because there is no such role.
pub async fn inline_names(aws: &Aws, role: &str) -> Outcome<Vec<String>> {
    let send = |marker| aws.iam.list_role_policies().role_name(role).set_marker(marker).send();
    let names = |page: aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput| {
        (Some(page.policy_names), page.marker.filter(|_| page.is_truncated))
    };
    aws.pages("iam:ListRolePolicies", send, names).await
}

async fn document(aws: &Aws, role: &str, policy: &str) -> Outcome<String> {
    let send = || aws.iam.get_role_policy().role_name(role).policy_name(policy).send();
    Ok(decoded(&aws.call("iam:GetRolePolicy", send).await?.policy_document))
}
