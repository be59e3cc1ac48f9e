//! `aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`: a rule of a security group as AWS has it.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::rule_changes::{authorize, revoke_by_ids};
use super::rule_references::{describe, made_by};
use super::rules::{Direction, Peer, Rule, Traffic};
use super::{VALUES, filter_keys, protocol, read_tags, tag_specification, update_tags};
use crate::lang::{Type, Value};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::cidr;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::{IntoValue, Object};
use crate::providers::aws::resource::{Library, Operation, Planning, Presence, ResourceType};
use crate::providers::aws::shape::{computed, optional, required, schema, string_map, tags};
use crate::schema::Schema;
use crate::syntax::{Diagnostic, Diagnostics};

/// The resource types, which differ in their direction alone.
pub struct VpcSecurityGroupRule(Direction);

/// The resource type `aws_vpc_security_group_ingress_rule`.
pub static INGRESS: VpcSecurityGroupRule = VpcSecurityGroupRule(Direction::Ingress);

/// The resource type `aws_vpc_security_group_egress_rule`.
pub static EGRESS: VpcSecurityGroupRule = VpcSecurityGroupRule(Direction::Egress);

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            optional("cidr_ipv4", Type::String),
            optional("cidr_ipv6", Type::String),
            optional("description", Type::String),
            optional("from_port", Type::Number),
            computed("id", Type::String),
            required("ip_protocol", Type::String).normalise(usual_protocol),
            optional("prefix_list_id", Type::String),
            optional("referenced_security_group_id", Type::String),
            required("security_group_id", Type::String).force_new(),
            computed("security_group_rule_id", Type::String),
            tags(),
            computed("tags_all", string_map()),
            optional("to_port", Type::Number),
        ],
    )
});

fn usual_protocol(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| Value::string(protocol::of_security_group(text)))
}

/// Attributes that say where traffic comes from or goes to: one of them is set.
const PEERS: [&str; 4] = ["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"];

/// What AWS takes as well as what it says about the rule.
const CHANGEABLE: [&str; 8] = [
    "cidr_ipv4",
    "cidr_ipv6",
    "description",
    "from_port",
    "ip_protocol",
    "prefix_list_id",
    "referenced_security_group_id",
    "to_port",
];

/// Rules by id.
static RULES: Batch<sdk::SecurityGroupRule> =
    Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe_by_ids(aws, ids)) };

async fn describe_by_ids(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::SecurityGroupRule>> {
    let rules = describe(&aws, vec![filter_keys("security-group-rule-id", &ids)]).await?;
    Ok(rules.into_iter().filter_map(|rule| Some((rule.security_group_rule_id.as_deref()?.into(), rule))).collect())
}

/// The rule that an object is.
fn rule_of(object: &Object) -> Outcome<Rule> {
    let peers = [
        object.text("cidr_ipv4").map(Peer::Ipv4),
        object.text("cidr_ipv6").map(Peer::Ipv6),
        object.text("prefix_list_id").map(Peer::PrefixList),
        object.text("referenced_security_group_id").map(Peer::Group),
    ];
    let Some(peer) = peers.into_iter().flatten().next() else {
        return Err(Failure::new(format!("One of {} must be set.", PEERS.join(", "))));
    };
    let protocol = protocol::of_security_group(object.str("ip_protocol"));
    let port = |name| object.int32(name).unwrap_or(-1);
    let traffic = Traffic { protocol, from: port("from_port"), to: port("to_port") };
    Ok(Rule { traffic, peer, description: object.str("description").into() })
}

/// Sets an attribute, or says that there is nothing.
fn set(object: &mut Object, name: &'static str, value: Option<impl IntoValue>) {
    match value {
        Some(value) => object.set(name, value),
        None => object.unset(name),
    }
}

fn read_rule(aws: &Aws, object: &mut Object, rule: sdk::SecurityGroupRule) {
    let group = rule.referenced_group_info.map(|group| {
        let id = group.group_id.unwrap_or_default();
        let foreign = group.user_id.filter(|user| *user != aws.account);
        foreign.map_or(id.clone(), |user| format!("{user}/{id}"))
    });
    let known = protocol::of_security_group(object.str("ip_protocol"));
    if rule.ip_protocol.as_deref().map(protocol::of_security_group).as_deref() != Some(&known) {
        set(object, "ip_protocol", rule.ip_protocol);
    }
    // There are none where all protocols are allowed.
    for (name, port) in [("from_port", rule.from_port), ("to_port", rule.to_port)] {
        let is_none = port == Some(-1) && object.get(name).is_none();
        set(object, name, port.filter(|_| !is_none));
    }
    let rule_id = rule.security_group_rule_id.unwrap_or_default();
    set(object, "cidr_ipv4", rule.cidr_ipv4);
    set(object, "cidr_ipv6", rule.cidr_ipv6);
    set(object, "description", rule.description);
    set(object, "prefix_list_id", rule.prefix_list_id);
    set(object, "referenced_security_group_id", group);
    set(object, "security_group_id", rule.group_id);
    object.set("arn", aws.arn("ec2", &format!("security-group-rule/{rule_id}")));
    object.set("security_group_rule_id", &rule_id);
    let had_tags = object.get("tags").is_some();
    read_tags(aws, object, rule.tags);
    if !had_tags && object.map("tags").is_empty() {
        object.unset("tags");
    }
}

#[async_trait]
impl ResourceType for VpcSecurityGroupRule {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn library(&self) -> Library {
        Library::Framework
    }

    fn validate(&self, config: &Object) -> Diagnostics {
        let mut problems = Diagnostics::new();
        let set: Vec<&str> = PEERS.into_iter().filter(|name| config.get(name).is_some()).collect();
        let all_known = set.iter().all(|name| config.has(name));
        let detail = format!("Exactly one of these attributes must be configured: [{}]", PEERS.join(","));
        match set.first() {
            None => {
                problems.push(Diagnostic::error("Missing Attribute Configuration", detail).about(PEERS[0]));
            }
            Some(name) if set.len() > 1 && all_known => {
                problems.push(Diagnostic::error("Invalid Attribute Combination", detail).about(*name));
            }
            Some(_) => {}
        }
        let mut wrong = |name: &str, must: String| {
            let detail = format!("Attribute {name} value must be {must}");
            problems.push(Diagnostic::error("Invalid Attribute Value", detail).about(name));
        };
        let ranges =
            [("cidr_ipv4", "IPv4", cidr::check_ipv4 as fn(&str) -> _), ("cidr_ipv6", "IPv6", cidr::check_ipv6)];
        for (name, family, check) in ranges {
            if let Some(text) = config.get(name).and_then(Value::as_str).filter(|text| check(text).is_err()) {
                wrong(name, format!("a valid {family} CIDR that represents a network address, got: {text}"));
            }
        }
        for name in ["from_port", "to_port"] {
            if let Some(port) = config.int(name).filter(|port| !(-1..=65535).contains(port)) {
                wrong(name, format!("between -1 and 65535, got: {port}"));
            }
        }
        problems
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        // What kind of peer it is can't be changed.
        let Some(prior) = plan.prior else { return };
        let kind = |object: &Object| PEERS.into_iter().find(|name| object.get(name).is_some());
        let (before, after) = (kind(prior), kind(plan.planned));
        if before != after {
            before.into_iter().chain(after).for_each(|name| plan.replace_for(name));
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let rule = aws.load(&RULES, object.id()).await?;
        let Some(rule) = rule.filter(|rule| super::rule_references::direction(rule) == self.0) else {
            return Ok(Presence::Gone);
        };
        read_rule(aws, object, rule);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let tags = tag_specification(sdk::ResourceType::SecurityGroupRule, object, operation);
        let find = async || made_by(aws, operation).await.map(|ids| Some(ids).filter(|ids| !ids.is_empty()));
        let group = object.str("security_group_id");
        let made = authorize(aws, group, self.0, &[rule_of(object)?], Some(tags), find).await?;
        let Some(id) = made.first() else { return Err(Failure::new("AWS doesn't say which rule it has made.")) };
        aws.note_intent(id);
        object.set("id", id);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        if object.differs_in(prior, &CHANGEABLE) {
            let rule = sdk::SecurityGroupRuleRequest::builder()
                .ip_protocol(object.str("ip_protocol"))
                .set_from_port(object.int32("from_port"))
                .set_to_port(object.int32("to_port"))
                .set_cidr_ipv4(object.text("cidr_ipv4"))
                .set_cidr_ipv6(object.text("cidr_ipv6"))
                .set_prefix_list_id(object.text("prefix_list_id"))
                .set_referenced_group_id(object.text("referenced_security_group_id"))
                .set_description(object.text("description"))
                .build();
            let change =
                sdk::SecurityGroupRuleUpdate::builder().security_group_rule_id(object.id()).security_group_rule(rule);
            let request = aws.ec2.modify_security_group_rules().group_id(object.str("security_group_id"));
            let request = request.security_group_rules(change.build());
            aws.call("ec2:ModifySecurityGroupRules", || request.clone().send()).await?;
        }
        update_tags(aws, object.id(), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        match revoke_by_ids(aws, object.str("security_group_id"), self.0, vec![object.id().to_string()]).await {
            Err(failure) if !failure.is_not_found() => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let Some(id) = made_by(aws, operation).await?.into_iter().next() else { return Ok(Presence::Gone) };
        object.set("id", id);
        Ok(Presence::Found)
    }
}
