//! `aws_security_group_rule`: rules of a security group, the same for some sources or destinations.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::rule_changes::{GONE, authorize, describe, revoke};
use super::rule_references::{RULES_OF_GROUPS, direction, made_by};
use super::rules::{self, Direction, Peer, Rule};
use super::security_group::GROUPS;
use super::{protocol, tag_specification};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, required, schema, strings, timeouts};
use crate::schema::Schema;

/// The resource type `aws_security_group_rule`.
pub struct SecurityGroupRule;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        2,
        [
            optional("cidr_blocks", strings()).force_new(),
            optional("description", Type::String),
            required("from_port", Type::Number).force_new(),
            id(),
            optional("ipv6_cidr_blocks", strings()).force_new(),
            optional("prefix_list_ids", strings()).force_new(),
            required("protocol", Type::String).force_new(),
            required("security_group_id", Type::String).force_new(),
            computed("security_group_rule_id", Type::String),
            optional("self", Type::Bool).force_new().default(false),
            optional_computed("source_security_group_id", Type::String).force_new(),
            timeouts(&["create"]),
            required("to_port", Type::Number).force_new(),
            required("type", Type::String).force_new(),
        ],
    )
});

fn rules_of(object: &Object) -> Vec<Rule> {
    rules::of_block(object, object.str("security_group_id"))
}

/// The id that Terraform's provider makes: AWS has none for several rules.
fn id_of(object: &Object) -> String {
    let rules = rules_of(object);
    let Some(Rule { traffic, .. }) = rules.first() else { return String::new() };
    let mut text = format!("{}-", object.str("security_group_id"));
    for port in [traffic.from, traffic.to].into_iter().filter(|port| *port > 0) {
        text.push_str(&format!("{port}-"));
    }
    text.push_str(&format!("{}-{}-", traffic.protocol, object.str("type")));
    let mut peers: Vec<(usize, &str)> = rules.iter().map(|rule| order(&rule.peer)).collect();
    peers.sort_unstable();
    for (kind, peer) in peers {
        text.push_str(peer);
        text.push_str(if kind == GROUP { "--" } else { "-" });
    }
    format!("sgrule-{}", crc32fast::hash(text.as_bytes()))
}

const GROUP: usize = 3;

/// Where a peer comes in the text of an id: by its kind, then by its name.
fn order(peer: &Peer) -> (usize, &str) {
    match peer {
        Peer::Ipv4(cidr) => (0, cidr),
        Peer::Ipv6(cidr) => (1, cidr),
        Peer::PrefixList(id) => (2, id),
        Peer::Group(id) => (GROUP, id.split_once('/').map_or(id.as_str(), |(_, id)| id)),
    }
}

/// AWS's id, if it is one rule only.
async fn rule_id(aws: &Aws, object: &Object, rules: &[Rule]) -> Outcome<Option<String>> {
    let [rule] = rules else { return Ok(None) };
    let listed = aws.load(&RULES_OF_GROUPS, object.str("security_group_id")).await?.unwrap_or_default();
    let found = listed.into_iter().find(|r| direction(r).name() == object.str("type") && is_listed_as(rule, r));
    Ok(found.and_then(|r| r.security_group_rule_id))
}

fn is_listed_as(rule: &Rule, listed: &sdk::SecurityGroupRule) -> bool {
    let traffic = &rule.traffic;
    let is_port = |port: Option<i32>, wanted| traffic.protocol == "-1" || port == Some(wanted);
    let peer = match &rule.peer {
        Peer::Ipv4(_) => listed.cidr_ipv4.as_deref(),
        Peer::Ipv6(_) => listed.cidr_ipv6.as_deref(),
        Peer::PrefixList(_) => listed.prefix_list_id.as_deref(),
        Peer::Group(_) => listed.referenced_group_info.as_ref().and_then(|group| group.group_id.as_deref()),
    };
    listed.ip_protocol.as_deref() == Some(&traffic.protocol)
        && is_port(listed.from_port, traffic.from)
        && is_port(listed.to_port, traffic.to)
        && peer == Some(order(&rule.peer).1)
}

const CHECKS: Checks = &[
    ("cidr_blocks ipv6_cidr_blocks prefix_list_ids self source_security_group_id", Check::AtLeastOne),
    ("cidr_blocks ipv6_cidr_blocks", Check::Conflicts(&["source_security_group_id", "self"])),
    ("cidr_blocks", Check::Ipv4Range),
    ("description", Check::Text(rules::description_problems)),
    ("ipv6_cidr_blocks", Check::Ipv6Range),
    ("prefix_list_ids", Check::NotEmpty),
    ("self", Check::Conflicts(&["cidr_blocks", "ipv6_cidr_blocks", "source_security_group_id"])),
    ("source_security_group_id", Check::Conflicts(&["cidr_blocks", "ipv6_cidr_blocks", "self"])),
    ("type", Check::OneOf(&["egress", "ingress"])),
];

#[async_trait]
impl ResourceType for SecurityGroupRule {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 5, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        let Some(protocol) = plan.planned.text("protocol").map(|p| protocol::of_security_group(&p)) else { return };
        // There are no ports where all protocols are allowed, whatever the configuration says.
        for port in ["from_port", "to_port"] {
            if protocol == "-1" && plan.prior.is_some_and(|prior| prior.int(port) == Some(0)) {
                plan.planned.set(port, 0);
            }
        }
        plan.planned.set("protocol", protocol);
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(group) = aws.load(&GROUPS, object.str("security_group_id")).await? else {
            return Ok(Presence::Gone);
        };
        let actual = rules::of_group(&group, Direction::of(object.str("type")));
        let rules = rules_of(object);
        let found = |w: &Rule| actual.iter().find(|a| a.traffic == w.traffic && a.peer == w.peer);
        let Some(found) = rules.iter().map(found).collect::<Option<Vec<&Rule>>>().filter(|f| !f.is_empty()) else {
            return Ok(Presence::Gone);
        };
        if let Some(described) = found.iter().find(|rule| !rule.description.is_empty()) {
            object.set("description", &described.description);
        }
        let traffic = &found[0].traffic;
        object.set("from_port", traffic.from);
        object.set("to_port", traffic.to);
        object.set("protocol", &traffic.protocol);
        object.set("security_group_rule_id", rule_id(aws, object, &rules).await?);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let tags = tag_specification(sdk::ResourceType::SecurityGroupRule, object, operation);
        let find = async || made_by(aws, operation).await.map(|ids| Some(ids).filter(|ids| !ids.is_empty()));
        let direction = Direction::of(object.str("type"));
        let group = object.str("security_group_id");
        let made = authorize(aws, group, direction, &rules_of(object), Some(tags), find).await?;
        made.iter().for_each(|id| aws.note_intent(id));
        object.set("id", id_of(object));
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, _: &Object, _: &Operation) -> Outcome<()> {
        let direction = Direction::of(object.str("type"));
        describe(aws, object.str("security_group_id"), direction, &rules_of(object)).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let direction = Direction::of(object.str("type"));
        match revoke(aws, object.str("security_group_id"), direction, &rules_of(object)).await {
            Err(failure) if !failure.is(GONE) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        let id = object.id().to_string();
        take_apart(object, &id).map_err(|problem| {
            Failure::new(format!(
                "unexpected format for ID ({id:?}), expected \
                 SECURITYGROUPID_TYPE_PROTOCOL_FROMPORT_TOPORT_SOURCE[_SOURCE]*: {problem}"
            ))
        })?;
        object.set("id", id_of(object));
        Ok(())
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        if made_by(aws, operation).await?.is_empty() {
            return Ok(Presence::Gone);
        }
        object.set("id", id_of(object));
        Ok(Presence::Found)
    }
}

/// Sets what an id says: `sg-1_ingress_tcp_8000_8000_10.0.0.0/8_sg-2`.
fn take_apart(object: &mut Object, id: &str) -> Result<(), &'static str> {
    let parts: Vec<&str> = id.split('_').collect();
    let [group, kind, protocol, from, to, peers @ ..] = parts.as_slice() else { return Err("too few parts") };
    if peers.is_empty() {
        return Err("too few parts");
    }
    if !group.starts_with("sg-") {
        return Err("invalid Security Group ID");
    }
    if !["ingress", "egress"].contains(kind) {
        return Err("expecting 'ingress' or 'egress'");
    }
    if !["tcp", "udp", "icmp", "icmpv6", "all"].contains(protocol) && protocol.parse::<i32>().is_err() {
        return Err("protocol must be tcp/udp/icmp/icmpv6/all or a number");
    }
    let protocol = protocol::of_security_group(protocol);
    let (from, to) = ports(&protocol, from, to)?;
    object.set("security_group_id", *group);
    object.set("type", *kind);
    object.set("protocol", protocol);
    object.set("from_port", from);
    object.set("to_port", to);
    object.set("self", peers.contains(&"self"));
    let (mut ipv4, mut ipv6, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    for peer in peers.iter().copied().filter(|peer| *peer != "self") {
        match peer {
            _ if peer.contains("sg-") => object.set("source_security_group_id", peer),
            _ if peer.contains(':') => ipv6.push(peer),
            _ if peer.contains("pl-") => lists.push(peer),
            _ if peer.contains('.') => ipv4.push(peer),
            _ => return Err("source must be cidr, ipv6cidr, prefix list, 'self', or a Security Group ID"),
        }
    }
    for (name, values) in [("cidr_blocks", ipv4), ("ipv6_cidr_blocks", ipv6), ("prefix_list_ids", lists)] {
        object.set(name, values);
    }
    Ok(())
}

fn ports(protocol: &str, from: &str, to: &str) -> Result<(i32, i32), &'static str> {
    let is_icmp = protocol.starts_with("icmp");
    let of = |text: &str, problem| match text.parse::<i32>() {
        Ok(number) if !is_icmp || (-1..=255).contains(&number) => Ok(number),
        _ => Err(problem),
    };
    let from = of(from, if is_icmp { "invalid icmp type" } else { "invalid from_port" })?;
    let to = of(to, if is_icmp { "invalid icmp code" } else { "invalid to_port" })?;
    if !is_icmp && to < from {
        return Err("to_port lower than from_port");
    }
    Ok((from, to))
}

#[cfg(test)]
mod tests {
    use super::{SCHEMA, take_apart};
    use crate::providers::aws::resource::object_of;
    use crate::providers::aws::sdk_v2::unread;

    #[test]
    fn an_id_says_of_all_collections_what_is_in_them() {
        let mut object = object_of(&unread(&SCHEMA), &SCHEMA);
        assert_eq!(take_apart(&mut object, "sg-1_ingress_tcp_80_80_10.0.0.0/8_sg-2"), Ok(()));
        let length = |name| object.get(name).and_then(|value| value.len());
        let lengths = ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids"].map(length);
        assert_eq!(lengths, [Some(1), Some(0), Some(0)]);
        assert_eq!(object.str("source_security_group_id"), "sg-2");
    }
}
