//! `aws_default_network_acl`: the network ACL that comes with a VPC. It is taken over, never made or deleted.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::network_acl::{ACLS, associate, read_acl, set_entries, subnets_without, update_entries};
use super::{network_acl_entries as entries, read_tags, update_tags};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{
    Part, computed, id, optional, required, schema, set_block, string_set, tags, tags_all,
};
use crate::schema::Schema;
use crate::syntax::Diagnostics;

/// The resource type `aws_default_network_acl`.
pub struct DefaultNetworkAcl;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            required("default_network_acl_id", Type::String).force_new(),
            entries_block("egress"),
            id(),
            entries_block("ingress"),
            computed("owner_id", Type::String),
            optional("subnet_ids", string_set()),
            tags(),
            tags_all(),
            computed("vpc_id", Type::String),
        ],
    )
});

fn entries_block(name: &'static str) -> Part {
    set_block(
        name,
        [
            required("action", Type::String).normalise(entries::lower_case),
            optional("cidr_block", Type::String),
            required("from_port", Type::Number),
            optional("icmp_code", Type::Number),
            optional("icmp_type", Type::Number),
            optional("ipv6_cidr_block", Type::String),
            required("protocol", Type::String).normalise(entries::usual_protocol),
            required("rule_no", Type::Number),
            required("to_port", Type::Number),
        ],
    )
}

const CHECKS: Checks = &[
    ("egress.action ingress.action", Check::Text(entries::action_problems)),
    ("egress.cidr_block ingress.cidr_block", Check::Ipv4Range),
    ("egress.from_port egress.to_port ingress.from_port ingress.to_port", Check::Port),
    ("egress.ipv6_cidr_block ingress.ipv6_cidr_block", Check::Ipv6Range),
    ("egress.protocol ingress.protocol", Check::Text(entries::protocol_problems)),
    ("egress.rule_no ingress.rule_no", Check::Range(1, 32766)),
];

#[async_trait]
impl ResourceType for DefaultNetworkAcl {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn validate(&self, config: &Object) -> Diagnostics {
        entries::port_problems(config)
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(acl) = aws.load(&ACLS, object.id()).await? else { return Ok(Presence::Gone) };
        read_acl(aws, object, acl);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<()> {
        let id = object.str("default_network_acl_id").to_string();
        let Some(acl) = aws.load(&ACLS, &id).await? else {
            return Err(Failure::new(format!("There is no network ACL {id}.")));
        };
        if acl.is_default != Some(true) {
            return Err(Failure::new("use the `aws_network_acl` resource instead"));
        }
        object.set("id", &id);
        set_entries(aws, object, &acl).await?;
        associate(aws, &id, &object.texts("subnet_ids")).await?;
        let mut before = Object::default();
        read_tags(aws, &mut before, acl.tags);
        update_tags(aws, &id, object, &before).await
    }

    /// Subnets can't be taken away from it: they come under another one by its doing.
    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        update_entries(aws, object, prior).await?;
        associate(aws, object.id(), &subnets_without(object, prior)).await?;
        update_tags(aws, object.id(), object, prior).await
    }

    /// It goes with its VPC.
    async fn delete(&self, _: &Aws, _: &Object, _: &Operation) -> Outcome<()> {
        Ok(())
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        let id = object.id().to_string();
        object.set("default_network_acl_id", id);
        Ok(())
    }

    /// Taking it over again does no harm.
    async fn recover(&self, _: &Aws, _: &mut Object, _: &Operation) -> Outcome<Presence> {
        Ok(Presence::Gone)
    }
}
