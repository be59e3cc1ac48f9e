//! `aws_security_group`: what traffic its members take part in.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::rules::{self, Direction, blocks_type};
use super::{
    VALUES, dependents, filter_keys, find_by_intent, read_tags, rule_changes, rule_references, tag_specification,
    update_tags,
};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, schema, tags, tags_all, timeouts};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;
use crate::syntax::Diagnostics;

/// The resource type `aws_security_group`.
pub struct SecurityGroup;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        1,
        [
            computed("arn", Type::String),
            optional("description", Type::String).force_new().default("Managed by Terraform"),
            optional_computed("egress", blocks_type()).normalise(rules::normalise),
            id(),
            optional_computed("ingress", blocks_type()).normalise(rules::normalise),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            computed("owner_id", Type::String),
            optional("revoke_rules_on_delete", Type::Bool).default(false),
            tags(),
            tags_all(),
            timeouts(&["create", "delete"]),
            optional_computed("vpc_id", Type::String).force_new(),
        ],
    )
});

/// Security groups by id.
pub static GROUPS: Batch<sdk::SecurityGroup> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::SecurityGroup>> {
    let groups = search(&aws, vec![filter_keys("group-id", &ids)]).await?;
    Ok(groups.into_iter().filter_map(|g| Some((g.group_id.as_deref()?.into(), g))).collect())
}

/// The security groups that filters let through.
///
/// # Errors
/// When AWS refuses.
pub async fn search(aws: &Aws, filters: Vec<sdk::Filter>) -> Outcome<Vec<sdk::SecurityGroup>> {
    let send =
        |token| aws.ec2.describe_security_groups().set_filters(Some(filters.clone())).set_next_token(token).send();
    aws.pages("ec2:DescribeSecurityGroups", send, |page| (page.security_groups, page.next_token)).await
}

/// Puts what AWS says of a group into its object.
pub fn read_group(aws: &Aws, object: &mut Object, group: sdk::SecurityGroup) {
    let group_id = object.id().to_string();
    for direction in Direction::ALL {
        let known = object.blocks(direction.name());
        let blocks = rules::blocks(&known, rules::of_group(&group, direction), &group_id);
        object.set(direction.name(), blocks);
    }
    let owner = group.owner_id.unwrap_or_default();
    object.set("arn", aws.arn_of("ec2", &owner, &format!("security-group/{group_id}")));
    object.set("description", group.description);
    object.set("name_prefix", group.group_name.as_deref().and_then(naming::prefix_of));
    object.set("name", group.group_name);
    object.set("owner_id", owner);
    object.set("vpc_id", group.vpc_id);
    read_tags(aws, object, group.tags);
}

/// Changes rules where they are to be others than before.
///
/// # Errors
/// When AWS refuses.
pub async fn update_rules(aws: &Aws, object: &Object, prior: &Object) -> Outcome<()> {
    for direction in Direction::ALL.into_iter().filter(|d| object.differs(prior, d.name())) {
        let (before, wanted) = (rules::of_object(prior, direction), rules::of_object(object, direction));
        rule_changes::change(aws, object.id(), direction, &before, &wanted).await?;
    }
    Ok(())
}

/// Gives a group that is new here the rules of its object, and no others.
///
/// # Errors
/// When AWS refuses.
pub async fn set_rules(aws: &Aws, object: &Object, group: &sdk::SecurityGroup) -> Outcome<()> {
    for direction in Direction::ALL {
        let (before, wanted) = (rules::of_group(group, direction), rules::of_object(object, direction));
        rule_changes::change(aws, object.id(), direction, &before, &wanted).await?;
    }
    Ok(())
}

/// Protocols have one spelling in state.
pub fn plan_rules(plan: &mut Planning<'_>) {
    for name in ["egress", "ingress"] {
        if let Some(blocks) = plan.planned.get(name).map(rules::with_usual_protocols) {
            plan.planned.set_exactly(name, blocks);
        }
    }
}

const CHECKS: Checks = &[
    ("name name_prefix", Check::Exclusive),
    ("description name", Check::Length(0, 255)),
    ("name_prefix", Check::Length(0, naming::longest_prefix(255))),
    ("name name_prefix", Check::Text(name_problems)),
    ("egress.cidr_blocks ingress.cidr_blocks", Check::Ipv4Range),
    ("egress.ipv6_cidr_blocks ingress.ipv6_cidr_blocks", Check::Ipv6Range),
    ("egress.description ingress.description", Check::Text(rules::description_problems)),
];

fn name_problems(path: &str, text: &str) -> Vec<String> {
    let problem = || format!("invalid value for {path} (cannot begin with sg-)");
    if text.starts_with("sg-") { vec![problem()] } else { Vec::new() }
}

#[async_trait]
impl ResourceType for SecurityGroup {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 10, delete: 15, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn validate(&self, config: &Object) -> Diagnostics {
        rules::port_problems(config)
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        plan_rules(plan);
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(group) = aws.load(&GROUPS, object.id()).await? else { return Ok(Presence::Gone) };
        read_group(aws, object, group);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let kind = sdk::ResourceType::SecurityGroup;
        let request = aws
            .ec2
            .create_security_group()
            .group_name(naming::name(object, "name", "name_prefix", operation))
            .description(object.str("description"))
            .set_vpc_id(object.text("vpc_id"))
            .tag_specifications(tag_specification(kind.clone(), object, operation));
        let send = async || request.clone().send().await.map(|made| made.group_id.unwrap_or_default());
        let id = aws.create_once("ec2:CreateSecurityGroup", send, || find_by_intent(aws, &kind, operation)).await?;
        object.set("id", &id);
        aws.note_intent(&id);
        finish(aws, object, operation).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        update_rules(aws, object, prior).await?;
        update_tags(aws, object.id(), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        if object.is("revoke_rules_on_delete") {
            rule_references::revoke_all(aws, id).await?;
        }
        let is_in_use = |f: &Failure| f.is(&["DependencyViolation", "InvalidGroup.InUse"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeleteSecurityGroup", || aws.ec2.delete_security_group().group_id(id).send())
        });
        match deleted.await {
            Err(failure) if is_in_use(&failure) => Err(dependents::explain(aws, failure, id).await),
            Err(failure) if !failure.is(rule_changes::GONE) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::SecurityGroup, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        finish(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}

/// Gives a new group its rules, and takes away the one that AWS gives to every new group.
async fn finish(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    let group = wait_for(&format!("Security group {id}"), operation.timeout, || async {
        let group = aws.load(&GROUPS, id).await?;
        Ok(group.map_or_else(|| Progress::Pending("missing".into()), Progress::Done))
    })
    .await?;
    set_rules(aws, object, &group).await
}
