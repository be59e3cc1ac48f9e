//! `aws_default_security_group`: the security group that comes with a VPC. It is taken over, never made or deleted.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::rules::{self, blocks_type};
use super::security_group::{GROUPS, plan_rules, read_group, search, set_rules, update_rules};
use super::{filter, update_tags};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, schema, tags, tags_all};
use crate::schema::Schema;
use crate::syntax::Diagnostics;

/// The resource type `aws_default_security_group`.
pub struct DefaultSecurityGroup;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        1,
        [
            computed("arn", Type::String),
            computed("description", Type::String),
            optional_computed("egress", blocks_type()).normalise(rules::normalise),
            id(),
            optional_computed("ingress", blocks_type()).normalise(rules::normalise),
            computed("name", Type::String),
            computed("name_prefix", Type::String),
            computed("owner_id", Type::String),
            optional("revoke_rules_on_delete", Type::Bool).default(false),
            tags(),
            tags_all(),
            optional_computed("vpc_id", Type::String).force_new(),
        ],
    )
});

const CHECKS: Checks = &[
    ("egress.cidr_blocks ingress.cidr_blocks", Check::Ipv4Range),
    ("egress.ipv6_cidr_blocks ingress.ipv6_cidr_blocks", Check::Ipv6Range),
    ("egress.description ingress.description", Check::Text(rules::description_problems)),
];

#[async_trait]
impl ResourceType for DefaultSecurityGroup {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
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

    async fn create(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<()> {
        let of = match object.text("vpc_id") {
            Some(vpc) => filter("vpc-id", [vpc]),
            None => filter("description", ["default group"]),
        };
        let groups = search(aws, vec![filter("group-name", ["default"]), of]).await?;
        let [group] = groups.as_slice() else {
            return Err(Failure::new(format!(
                "Of {} security groups it is not clear which one is meant.",
                groups.len()
            )));
        };
        object.set("id", group.group_id.as_deref());
        let mut before = Object::default();
        super::read_tags(aws, &mut before, group.tags.clone());
        update_tags(aws, object.id(), object, &before).await?;
        set_rules(aws, object, group).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        update_rules(aws, object, prior).await?;
        update_tags(aws, object.id(), object, prior).await
    }

    /// It goes with its VPC.
    async fn delete(&self, _: &Aws, _: &Object, _: &Operation) -> Outcome<()> {
        Ok(())
    }

    /// Taking it over again does no harm.
    async fn recover(&self, _: &Aws, _: &mut Object, _: &Operation) -> Outcome<Presence> {
        Ok(Presence::Gone)
    }
}
