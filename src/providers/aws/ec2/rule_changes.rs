//! Requests that change the rules of security groups.

use std::collections::HashMap;

use aws_sdk_ec2::types as sdk;

use super::rules::{self, Direction, Peer, Rule, Traffic, permissions};
use super::security_group::GROUPS;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};

/// The code that says that a rule isn't there.
pub const NO_RULE: &str = "InvalidPermission.NotFound";

/// Codes that say that a group, or a rule with an id, isn't there.
pub const GONE: &[&str] = &["InvalidGroup.NotFound", "InvalidGroupId.NotFound", "InvalidSecurityGroupRuleId.NotFound"];

/// Makes the rules of a group what they should be. `before` is what they are.
///
/// # Errors
/// When AWS refuses.
pub async fn change(aws: &Aws, id: &str, direction: Direction, before: &[Rule], wanted: &[Rule]) -> Outcome<()> {
    fn key(rule: &Rule) -> (&Traffic, &Peer) {
        (&rule.traffic, &rule.peer)
    }
    let (old, new): (HashMap<_, _>, HashMap<_, _>) =
        (before.iter().map(|r| (key(r), r)).collect(), wanted.iter().map(|r| (key(r), r)).collect());
    let pick = |rules: &[Rule], is_wanted: &dyn Fn(&Rule) -> bool| -> Vec<Rule> {
        rules.iter().filter(|rule| is_wanted(rule)).cloned().collect()
    };
    // Ranges can be described otherwise in place; what is described of groups and prefix lists comes with a new rule.
    let is_changed = |rule: &Rule, others: &HashMap<_, &Rule>, is_range: bool| {
        let other = others.get(&key(rule)).filter(|o| o.description != rule.description);
        other.is_some() && matches!(rule.peer, Peer::Ipv4(_) | Peer::Ipv6(_)) == is_range
    };
    let is_only_in_one =
        |rule: &Rule, others: &HashMap<_, &Rule>| !others.contains_key(&key(rule)) || is_changed(rule, others, false);
    let gone = pick(before, &|rule| is_only_in_one(rule, &new));
    let described = pick(wanted, &|rule| is_changed(rule, &old, true));
    let mut added = pick(wanted, &|rule| is_only_in_one(rule, &old));
    added.dedup();
    if !gone.is_empty() {
        revoke(aws, id, direction, &gone).await?;
    }
    if !described.is_empty() {
        describe(aws, id, direction, &described).await?;
    }
    if !added.is_empty() {
        let find = async || has_all(aws, id, direction, &added).await.map(|has| has.then(Vec::new));
        authorize(aws, id, direction, &added, None, find).await?;
    }
    Ok(())
}

async fn present(aws: &Aws, id: &str, direction: Direction) -> Outcome<Vec<Rule>> {
    let group = aws.load(&GROUPS, id).await?;
    Ok(group.map(|group| rules::of_group(&group, direction)).unwrap_or_default())
}

async fn has_all(aws: &Aws, id: &str, direction: Direction, wanted: &[Rule]) -> Outcome<bool> {
    let present = present(aws, id, direction).await?;
    Ok(wanted.iter().all(|rule| present.contains(rule)))
}

/// Adds rules. Answers with their ids; where `find` had to look whether they were added, with what it says.
///
/// # Errors
/// When AWS refuses, as it does if there is one of them already.
pub async fn authorize<G>(
    aws: &Aws,
    id: &str,
    direction: Direction,
    rules: &[Rule],
    tags: Option<sdk::TagSpecification>,
    find: impl Fn() -> G,
) -> Outcome<Vec<String>>
where
    G: Future<Output = Outcome<Option<Vec<String>>>>,
{
    let ids = |rules: Option<Vec<sdk::SecurityGroupRule>>| {
        rules.unwrap_or_default().into_iter().filter_map(|rule| rule.security_group_rule_id).collect()
    };
    let (permissions, tags) = (Some(permissions(rules)), tags.map(|t| vec![t]));
    match direction {
        Direction::Ingress => {
            let request = aws.ec2.authorize_security_group_ingress().group_id(id);
            let request = request.set_ip_permissions(permissions).set_tag_specifications(tags);
            let send = async || request.clone().send().await.map(|o| ids(o.security_group_rules));
            aws.create_once("ec2:AuthorizeSecurityGroupIngress", send, find).await
        }
        Direction::Egress => {
            let request = aws.ec2.authorize_security_group_egress().group_id(id);
            let request = request.set_ip_permissions(permissions).set_tag_specifications(tags);
            let send = async || request.clone().send().await.map(|o| ids(o.security_group_rules));
            aws.create_once("ec2:AuthorizeSecurityGroupEgress", send, find).await
        }
    }
}

/// Removes rules. Those that are gone already don't keep the others.
///
/// # Errors
/// When AWS refuses.
pub async fn revoke(aws: &Aws, id: &str, direction: Direction, rules: &[Rule]) -> Outcome<()> {
    match revoke_present(aws, id, direction, permissions(rules)).await {
        Err(failure) if failure.is(&[NO_RULE]) => {}
        outcome => return outcome,
    }
    let present = present(aws, id, direction).await?;
    let is_there = |rule: &&Rule| present.iter().any(|p| p.traffic == rule.traffic && p.peer == rule.peer);
    let rest: Vec<Rule> = rules.iter().filter(is_there).cloned().collect();
    if rest.is_empty() {
        return Ok(());
    }
    revoke_present(aws, id, direction, permissions(&rest)).await
}

async fn revoke_present(aws: &Aws, id: &str, direction: Direction, permissions: Vec<sdk::IpPermission>) -> Outcome<()> {
    match direction {
        Direction::Ingress => {
            let request = aws.ec2.revoke_security_group_ingress().group_id(id).set_ip_permissions(Some(permissions));
            aws.call("ec2:RevokeSecurityGroupIngress", || request.clone().send()).await?;
        }
        Direction::Egress => {
            let request = aws.ec2.revoke_security_group_egress().group_id(id).set_ip_permissions(Some(permissions));
            aws.call("ec2:RevokeSecurityGroupEgress", || request.clone().send()).await?;
        }
    }
    Ok(())
}

/// Removes rules by their ids. That they are gone already is no failure.
///
/// # Errors
/// When AWS refuses.
pub async fn revoke_by_ids(aws: &Aws, group: &str, direction: Direction, ids: Vec<String>) -> Outcome<()> {
    let ids = Some(ids);
    let is_there = |failure: &Failure| !failure.is(GONE);
    let revoked = match direction {
        Direction::Ingress => {
            let request = aws.ec2.revoke_security_group_ingress().group_id(group).set_security_group_rule_ids(ids);
            aws.call("ec2:RevokeSecurityGroupIngress", || request.clone().send()).await.err()
        }
        Direction::Egress => {
            let request = aws.ec2.revoke_security_group_egress().group_id(group).set_security_group_rule_ids(ids);
            aws.call("ec2:RevokeSecurityGroupEgress", || request.clone().send()).await.err()
        }
    };
    revoked.filter(is_there).map_or(Ok(()), Err)
}

/// Describes rules otherwise.
///
/// # Errors
/// When AWS refuses.
pub async fn describe(aws: &Aws, id: &str, direction: Direction, rules: &[Rule]) -> Outcome<()> {
    let permissions = Some(permissions(rules));
    match direction {
        Direction::Ingress => {
            let request = aws.ec2.update_security_group_rule_descriptions_ingress().group_id(id);
            let request = request.set_ip_permissions(permissions);
            aws.call("ec2:UpdateSecurityGroupRuleDescriptionsIngress", || request.clone().send()).await?;
        }
        Direction::Egress => {
            let request = aws.ec2.update_security_group_rule_descriptions_egress().group_id(id);
            let request = request.set_ip_permissions(permissions);
            aws.call("ec2:UpdateSecurityGroupRuleDescriptionsEgress", || request.clone().send()).await?;
        }
    }
    Ok(())
}
