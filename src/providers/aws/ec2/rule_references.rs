//! Security group rules as AWS lists them, one by one, and those that refer to a group.

use aws_sdk_ec2::operation::describe_security_group_rules::DescribeSecurityGroupRulesOutput;
use aws_sdk_ec2::types as sdk;
use indexmap::IndexMap;
use smol_str::SmolStr;

use super::rules::Direction;
use super::security_group::search;
use super::{VALUES, filter, filter_keys, rule_changes};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::resource::Operation;
use crate::providers::aws::tags::INTENT;

/// The rules of groups, by the group's id.
pub static RULES_OF_GROUPS: Batch<Vec<sdk::SecurityGroupRule>> =
    Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe_of_groups(aws, ids)) };

async fn describe_of_groups(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<Vec<sdk::SecurityGroupRule>>> {
    let mut found = Found::new();
    for rule in describe(&aws, vec![filter_keys("group-id", &ids)]).await? {
        let Some(group) = rule.group_id.as_deref() else { continue };
        found.entry(group.into()).or_insert_with(Vec::new).push(rule);
    }
    Ok(found)
}

/// The rules that filters let through.
///
/// # Errors
/// When AWS refuses.
pub async fn describe(aws: &Aws, filters: Vec<sdk::Filter>) -> Outcome<Vec<sdk::SecurityGroupRule>> {
    let request = aws.ec2.describe_security_group_rules().set_filters(Some(filters)).max_results(1000);
    let send = |token| request.clone().set_next_token(token).send();
    let page = |page: DescribeSecurityGroupRulesOutput| (page.security_group_rules, page.next_token);
    let rules = aws.pages("ec2:DescribeSecurityGroupRules", send, page).await?;
    // Those of an apply that was cut off.
    let is_new = |rule: &&sdk::SecurityGroupRule| rule.tags().iter().any(|tag| tag.key() == Some(INTENT));
    rules.iter().filter(is_new).filter_map(|rule| rule.security_group_rule_id()).for_each(|id| aws.note_intent(id));
    Ok(rules)
}

/// The rules that an operation has made, found by their tag.
///
/// # Errors
/// When AWS refuses.
pub async fn made_by(aws: &Aws, operation: &Operation) -> Outcome<Vec<String>> {
    let rules = describe(aws, vec![filter(&format!("tag:{INTENT}"), [operation.token.as_str()])]).await?;
    let ids: Vec<String> = rules.into_iter().filter_map(|rule| rule.security_group_rule_id).collect();
    Ok(ids)
}

/// Which way a rule is.
#[must_use]
pub fn direction(rule: &sdk::SecurityGroupRule) -> Direction {
    if rule.is_egress == Some(true) { Direction::Egress } else { Direction::Ingress }
}

/// The other groups whose rules refer to a group.
///
/// # Errors
/// When AWS refuses.
pub async fn referring_groups(aws: &Aws, id: &str) -> Outcome<Vec<String>> {
    let (ingress, egress) = tokio::try_join!(
        search(aws, vec![filter("ip-permission.group-id", [id])]),
        search(aws, vec![filter("egress.ip-permission.group-id", [id])]),
    )?;
    let mut ids: Vec<String> = ingress.into_iter().chain(egress).filter_map(|g| g.group_id).collect();
    ids.retain(|other| other != id);
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Removes all rules of a group, and those of others that refer to it.
///
/// # Errors
/// When AWS refuses.
pub async fn revoke_all(aws: &Aws, id: &str) -> Outcome<()> {
    let groups = referring_groups(aws, id).await?;
    let mut by_group: IndexMap<(String, bool), Vec<String>> = IndexMap::new();
    for group in groups.iter().map(String::as_str).chain([id]) {
        for rule in aws.load(&RULES_OF_GROUPS, group).await?.unwrap_or_default() {
            let refers = rule.referenced_group_info.as_ref().and_then(|r| r.group_id.as_deref()) == Some(id);
            let (true, Some(rule_id)) = (refers || group == id, &rule.security_group_rule_id) else { continue };
            let is_egress = direction(&rule) == Direction::Egress;
            by_group.entry((group.into(), is_egress)).or_default().push(rule_id.clone());
        }
    }
    for ((group, is_egress), ids) in by_group {
        let direction = if is_egress { Direction::Egress } else { Direction::Ingress };
        rule_changes::revoke_by_ids(aws, &group, direction, ids).await?;
    }
    Ok(())
}
