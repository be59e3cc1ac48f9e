//! `aws_network_acl`: what traffic gets into and out of subnets.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::network_acl_entries::{self as entries, DIRECTIONS, Entry, GONE, blocks_type};
use super::{VALUES, filter, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Effect, Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, optional_computed, required, schema, string_set, tags, tags_all};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;
use crate::syntax::Diagnostics;

/// The resource type `aws_network_acl`.
pub struct NetworkAcl;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            optional_computed("egress", blocks_type()).normalise(entries::normalise),
            id(),
            optional_computed("ingress", blocks_type()).normalise(entries::normalise),
            computed("owner_id", Type::String),
            optional_computed("subnet_ids", string_set()),
            tags(),
            tags_all(),
            required("vpc_id", Type::String).force_new(),
        ],
    )
});

/// Network ACLs by id.
pub static ACLS: Batch<sdk::NetworkAcl> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::NetworkAcl>> {
    let mut acls = Vec::new();
    match by_ids(&aws, &ids).await {
        // One that is missing keeps AWS from telling about the others.
        Err(failure) if failure.is_not_found() && ids.len() > 1 => {
            for id in ids.chunks(1) {
                match by_ids(&aws, id).await {
                    Err(failure) if failure.is_not_found() => {}
                    found => acls.extend(found?),
                }
            }
        }
        Err(failure) if failure.is_not_found() => {}
        found => acls = found?,
    }
    Ok(acls.into_iter().filter_map(|acl| Some((acl.network_acl_id.as_deref()?.into(), acl))).collect())
}

async fn by_ids(aws: &Aws, ids: &[SmolStr]) -> Outcome<Vec<sdk::NetworkAcl>> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let send =
        |token| aws.ec2.describe_network_acls().set_network_acl_ids(Some(ids.clone())).set_next_token(token).send();
    aws.pages("ec2:DescribeNetworkAcls", send, |page| (page.network_acls, page.next_token)).await
}

/// The network ACLs that filters let through.
///
/// # Errors
/// When AWS refuses.
pub async fn search(aws: &Aws, filters: Vec<sdk::Filter>) -> Outcome<Vec<sdk::NetworkAcl>> {
    let send = |token| aws.ec2.describe_network_acls().set_filters(Some(filters.clone())).set_next_token(token).send();
    aws.pages("ec2:DescribeNetworkAcls", send, |page| (page.network_acls, page.next_token)).await
}

/// Puts what AWS says of an ACL into its object.
pub fn read_acl(aws: &Aws, object: &mut Object, acl: sdk::NetworkAcl) {
    let all: Vec<Entry> = acl.entries().iter().filter_map(Entry::of_aws).collect();
    for (name, is_egress) in DIRECTIONS {
        let blocks: Vec<Object> = all.iter().filter(|e| e.is_egress == is_egress).map(Entry::block).collect();
        object.set(name, blocks);
    }
    let subnets: Vec<String> = acl.associations().iter().filter_map(|a| a.subnet_id.clone()).collect();
    let owner = acl.owner_id.unwrap_or_default();
    object.set("arn", aws.arn_of("ec2", &owner, &format!("network-acl/{}", object.id())));
    object.set("owner_id", owner);
    object.set("subnet_ids", subnets);
    object.set("vpc_id", acl.vpc_id);
    read_tags(aws, object, acl.tags);
}

/// Changes entries where they are to be others than before.
///
/// # Errors
/// When AWS refuses.
pub async fn update_entries(aws: &Aws, object: &Object, prior: &Object) -> Outcome<()> {
    for (name, is_egress) in DIRECTIONS.into_iter().filter(|(name, _)| object.differs(prior, name)) {
        let before = Entry::of_object(prior, name, is_egress)?;
        let wanted = Entry::of_object(object, name, is_egress)?;
        entries::change(aws, object.id(), &before, &wanted).await?;
    }
    Ok(())
}

/// Gives an ACL that is new here the entries of its object, and no others. As with Terraform's provider it starts from nothing.
///
/// # Errors
/// When AWS refuses.
pub async fn set_entries(aws: &Aws, object: &Object, acl: &sdk::NetworkAcl) -> Outcome<()> {
    let all: Vec<Entry> = acl.entries().iter().filter_map(Entry::of_aws).collect();
    for (name, is_egress) in DIRECTIONS {
        let before: Vec<Entry> = all.iter().filter(|e| e.is_egress == is_egress).cloned().collect();
        let wanted = Entry::of_object(object, name, is_egress)?;
        entries::change(aws, object.id(), &before, &[]).await?;
        entries::change(aws, object.id(), &[], &wanted).await?;
    }
    Ok(())
}

/// Subnets that an object has and another one hasn't.
#[must_use]
pub fn subnets_without(object: &Object, other: &Object) -> Vec<String> {
    let others = other.texts("subnet_ids");
    object.texts("subnet_ids").into_iter().filter(|id| !others.contains(id)).collect()
}

/// Puts subnets under an ACL; every subnet is under one already.
///
/// # Errors
/// When AWS refuses, or there is no such subnet.
pub async fn associate(aws: &Aws, acl: &str, subnets: &[String]) -> Outcome<()> {
    if subnets.is_empty() {
        return Ok(());
    }
    let acls = search(aws, vec![filter("association.subnet-id", subnets)]).await?;
    for subnet in subnets {
        let of_subnet = acls.iter().flat_map(sdk::NetworkAcl::associations);
        let Some(now) = of_subnet.into_iter().find(|a| a.subnet_id.as_deref() == Some(subnet)) else {
            return Err(Failure::new(format!(
                "No network ACL is in effect for subnet {subnet}: there may be no such one."
            )));
        };
        if now.network_acl_id.as_deref() == Some(acl) {
            continue;
        }
        let id = now.network_acl_association_id.as_deref().unwrap_or_default();
        let send = || aws.ec2.replace_network_acl_association().association_id(id).network_acl_id(acl).send();
        // A repetition doesn't find the association any more: it has a new id then.
        match aws.call("ec2:ReplaceNetworkAclAssociation", send).await {
            Err(failure) if failure.effect == Effect::Unknown && is_under(aws, acl, subnet).await? => {}
            outcome => drop(outcome?),
        }
    }
    Ok(())
}

async fn is_under(aws: &Aws, acl: &str, subnet: &str) -> Outcome<bool> {
    let acls = search(aws, vec![filter("association.subnet-id", [subnet])]).await?;
    Ok(acls.iter().any(|a| a.network_acl_id.as_deref() == Some(acl)))
}

/// Puts subnets under the default ACL of their VPC.
async fn dissociate(aws: &Aws, vpc: &str, subnets: &[String]) -> Outcome<()> {
    if subnets.is_empty() {
        return Ok(());
    }
    let default = search(aws, vec![filter("vpc-id", [vpc]), filter("default", ["true"])]).await?;
    let Some(acl) = default.into_iter().find_map(|acl| acl.network_acl_id) else {
        return Err(Failure::new(format!("VPC {vpc} has no default network ACL.")));
    };
    // Subnets that are gone need none.
    let known = search(aws, vec![filter("association.subnet-id", subnets)]).await?;
    let known: Vec<&str> = known.iter().flat_map(|acl| acl.associations()).filter_map(|a| a.subnet_id()).collect();
    let there: Vec<String> = subnets.iter().filter(|id| known.contains(&id.as_str())).cloned().collect();
    associate(aws, &acl, &there).await
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
impl ResourceType for NetworkAcl {
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

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let request = aws
            .ec2
            .create_network_acl()
            .vpc_id(object.str("vpc_id"))
            .client_token(operation.token.as_str())
            .tag_specifications(tag_specification(sdk::ResourceType::NetworkAcl, object, operation));
        let made = aws.call("ec2:CreateNetworkAcl", || request.clone().send()).await?;
        let Some(acl) = made.network_acl else { return Err(Failure::new("AWS doesn't say what it has made.")) };
        let id = acl.network_acl_id.clone().unwrap_or_default();
        object.set("id", &id);
        aws.note_intent(&id);
        set_entries(aws, object, &acl).await?;
        associate(aws, &id, &object.texts("subnet_ids")).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        update_entries(aws, object, prior).await?;
        dissociate(aws, object.str("vpc_id"), &subnets_without(prior, object)).await?;
        associate(aws, object.id(), &subnets_without(object, prior)).await?;
        update_tags(aws, object.id(), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let Some(acl) = aws.load(&ACLS, id).await? else { return Ok(()) };
        let subnets: Vec<String> = acl.associations().iter().filter_map(|a| a.subnet_id.clone()).collect();
        dissociate(aws, object.str("vpc_id"), &subnets).await?;
        let is_in_use = |f: &Failure| f.is(&["DependencyViolation"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeleteNetworkAcl", || aws.ec2.delete_network_acl().network_acl_id(id).send())
        });
        match deleted.await {
            Err(failure) if !failure.is(GONE) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn import(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        match aws.load(&ACLS, object.id()).await? {
            Some(acl) if acl.is_default == Some(true) => {
                Err(Failure::new("use the `aws_default_network_acl` resource instead"))
            }
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::NetworkAcl, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        Ok(Presence::Found)
    }
}
