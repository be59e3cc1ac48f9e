//! `aws_default_vpc`: the VPC that a region comes with, taken over as it is, and made if there is none.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::vpc::{Vpc, set_attributes, update_ipv6, wait_until_available};
use super::{filter, update_tags};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, schema, tags, tags_all};
use crate::schema::Schema;

/// The resource type `aws_default_vpc`.
pub struct DefaultVpc;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        1,
        [
            computed("arn", Type::String),
            optional("assign_generated_ipv6_cidr_block", Type::Bool),
            computed("cidr_block", Type::String),
            computed("default_network_acl_id", Type::String),
            computed("default_route_table_id", Type::String),
            computed("default_security_group_id", Type::String),
            computed("dhcp_options_id", Type::String),
            optional("enable_dns_hostnames", Type::Bool).default(true),
            optional("enable_dns_support", Type::Bool).default(true),
            optional_computed("enable_network_address_usage_metrics", Type::Bool),
            computed("existing_default_vpc", Type::Bool),
            optional("force_destroy", Type::Bool).default(false),
            id(),
            computed("instance_tenancy", Type::String),
            computed("ipv6_association_id", Type::String),
            optional_computed("ipv6_cidr_block", Type::String),
            optional_computed("ipv6_cidr_block_network_border_group", Type::String),
            optional("ipv6_ipam_pool_id", Type::String),
            optional("ipv6_netmask_length", Type::Number),
            computed("main_route_table_id", Type::String),
            computed("owner_id", Type::String),
            tags(),
            tags_all(),
        ],
    )
});

async fn find(aws: &Aws) -> Outcome<Option<sdk::Vpc>> {
    let filters = [filter("is-default", ["true"])];
    let send = |token| aws.ec2.describe_vpcs().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let vpcs = aws.pages("ec2:DescribeVpcs", send, |page| (page.vpcs, page.next_token)).await?;
    Ok(vpcs.into_iter().next())
}

/// Whether the range of IPv6 addresses isn't what it should be.
fn has_other_ipv6(object: &Object, before: &Object) -> bool {
    let (generated, range) = ("assign_generated_ipv6_cidr_block", object.text("ipv6_cidr_block"));
    object.is(generated) != before.is(generated)
        || object.text("ipv6_ipam_pool_id") != before.text("ipv6_ipam_pool_id")
        || (range.is_some() && range != before.text("ipv6_cidr_block"))
}

const CHECKS: Checks = &[
    ("assign_generated_ipv6_cidr_block ipv6_ipam_pool_id", Check::Exclusive),
    ("ipv6_cidr_block", Check::Together(&["ipv6_cidr_block", "ipv6_ipam_pool_id"])),
    ("ipv6_cidr_block", Check::Conflicts(&["ipv6_netmask_length", "assign_generated_ipv6_cidr_block"])),
    (
        "ipv6_cidr_block_network_border_group",
        Check::Together(&["assign_generated_ipv6_cidr_block", "ipv6_cidr_block_network_border_group"]),
    ),
    ("ipv6_netmask_length", Check::Together(&["ipv6_ipam_pool_id", "ipv6_netmask_length"])),
    ("ipv6_netmask_length", Check::Conflicts(&["ipv6_cidr_block"])),
];

#[async_trait]
impl ResourceType for DefaultVpc {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        Vpc.plan(plan);
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        Vpc.read(aws, object).await
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let found = find(aws).await?;
        object.set("existing_default_vpc", found.is_some());
        let id = match found.and_then(|vpc| vpc.vpc_id) {
            Some(id) => id,
            None => {
                let id_of = |vpc: sdk::Vpc| vpc.vpc_id;
                let send =
                    async || Ok(aws.ec2.create_default_vpc().send().await?.vpc.and_then(id_of).unwrap_or_default());
                let find = async || Ok(find(aws).await?.and_then(id_of));
                aws.create_once("ec2:CreateDefaultVpc", send, find).await?
            }
        };
        object.set("id", &id);
        wait_until_available(aws, &id, operation).await?;
        let mut before = object.clone();
        Vpc.read(aws, &mut before).await?;
        set_attributes(aws, object, &before).await?;
        if has_other_ipv6(object, &before) {
            update_ipv6(aws, object, &before, operation).await?;
        }
        update_tags(aws, &id, object, &before).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        set_attributes(aws, object, prior).await?;
        update_ipv6(aws, object, prior, operation).await?;
        update_tags(aws, object.id(), object, prior).await
    }

    /// It stays, unless the configuration says otherwise.
    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        if object.is("force_destroy") { Vpc.delete(aws, object, operation).await } else { Ok(()) }
    }

    /// It can be taken over again.
    async fn recover(&self, _: &Aws, _: &mut Object, _: &Operation) -> Outcome<Presence> {
        Ok(Presence::Gone)
    }
}
