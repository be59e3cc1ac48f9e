//! `aws_subnet`: a part of a VPC in one availability zone.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::operation::modify_subnet_attribute::builders::ModifySubnetAttributeFluentBuilder;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{VALUES, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_subnet`.
pub struct Subnet;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        1,
        [
            computed("arn", Type::String),
            optional("assign_ipv6_address_on_creation", Type::Bool).default(false),
            optional_computed("availability_zone", Type::String).force_new(),
            optional_computed("availability_zone_id", Type::String).force_new(),
            optional("cidr_block", Type::String).force_new(),
            optional("customer_owned_ipv4_pool", Type::String),
            optional("enable_dns64", Type::Bool).default(false),
            optional("enable_lni_at_device_index", Type::Number),
            optional("enable_resource_name_dns_a_record_on_launch", Type::Bool).default(false),
            optional("enable_resource_name_dns_aaaa_record_on_launch", Type::Bool).default(false),
            id(),
            optional("ipv6_cidr_block", Type::String),
            computed("ipv6_cidr_block_association_id", Type::String),
            optional("ipv6_native", Type::Bool).force_new().default(false),
            optional("map_customer_owned_ip_on_launch", Type::Bool),
            optional("map_public_ip_on_launch", Type::Bool).default(false),
            optional("outpost_arn", Type::String).force_new(),
            computed("owner_id", Type::String),
            optional_computed("private_dns_hostname_type_on_launch", Type::String),
            tags(),
            tags_all(),
            timeouts(&["create", "delete"]),
            required("vpc_id", Type::String).force_new(),
        ],
    )
});

/// Subnets by id.
pub static SUBNETS: Batch<sdk::Subnet> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::Subnet>> {
    let filters = [filter_keys("subnet-id", &ids)];
    let send = |token| aws.ec2.describe_subnets().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let subnets = aws.pages("ec2:DescribeSubnets", send, |page| (page.subnets, page.next_token)).await?;
    Ok(subnets.into_iter().filter_map(|s| Some((s.subnet_id.as_deref()?.into(), s))).collect())
}

/// Changes attributes where they differ, by a request each.
async fn set_attributes(aws: &Aws, object: &Object, before: &Object) -> Outcome<()> {
    let flag = |name| {
        let wanted = object.bool(name)?;
        (before.is(name) != wanted).then(|| sdk::AttributeBooleanValue::builder().value(wanted).build())
    };
    let modify = || aws.ec2.modify_subnet_attribute().subnet_id(object.id());
    let mut requests: Vec<ModifySubnetAttributeFluentBuilder> = [
        flag("assign_ipv6_address_on_creation").map(|v| modify().assign_ipv6_address_on_creation(v)),
        flag("enable_dns64").map(|v| modify().enable_dns64(v)),
        flag("enable_resource_name_dns_a_record_on_launch")
            .map(|v| modify().enable_resource_name_dns_a_record_on_launch(v)),
        flag("enable_resource_name_dns_aaaa_record_on_launch")
            .map(|v| modify().enable_resource_name_dns_aaaa_record_on_launch(v)),
        flag("map_public_ip_on_launch").map(|v| modify().map_public_ip_on_launch(v)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(index) = object.int32("enable_lni_at_device_index").filter(|i| *i != 0)
        && object.differs(before, "enable_lni_at_device_index")
    {
        requests.push(modify().enable_lni_at_device_index(index));
    }
    if let Some(kind) = object.text("private_dns_hostname_type_on_launch")
        && before.text("private_dns_hostname_type_on_launch").is_some_and(|b| b != kind)
    {
        requests.push(modify().private_dns_hostname_type_on_launch(kind.as_str().into()));
    }
    if let (Some(pool), Some(on)) = (object.text("customer_owned_ipv4_pool"), flag("map_customer_owned_ip_on_launch")) {
        requests.push(modify().customer_owned_ipv4_pool(pool).map_customer_owned_ip_on_launch(on));
    }
    for request in requests {
        // A new subnet may not be known everywhere yet.
        let is_new = |f: &Failure| f.is(&["InvalidSubnetID.NotFound"]) && before.id().is_empty();
        retry_while(super::super::CONSISTENCY, is_new, || {
            aws.call("ec2:ModifySubnetAttribute", || request.clone().send())
        })
        .await?;
    }
    Ok(())
}

async fn wait_until_available(aws: &Aws, id: &str, operation: &Operation) -> Outcome<()> {
    wait_for(&format!("Subnet {id}"), operation.timeout, || async {
        let state = aws.load(&SUBNETS, id).await?.and_then(|s| s.state);
        Ok(match state {
            Some(sdk::SubnetState::Available) => Progress::Done(()),
            other => Progress::Pending(other.map_or_else(|| "missing".into(), |s| s.as_str().into())),
        })
    })
    .await
}

/// Puts what the resource type and the data source have in common into an object.
pub(super) fn read_attributes(object: &mut Object, subnet: sdk::Subnet) {
    object.set("arn", subnet.subnet_arn);
    object.set("assign_ipv6_address_on_creation", subnet.assign_ipv6_address_on_creation);
    object.set("availability_zone", subnet.availability_zone);
    object.set("availability_zone_id", subnet.availability_zone_id);
    object.set("cidr_block", subnet.cidr_block);
    object.set("customer_owned_ipv4_pool", subnet.customer_owned_ipv4_pool);
    object.set("enable_dns64", subnet.enable_dns64);
    object.set("enable_lni_at_device_index", subnet.enable_lni_at_device_index);
    object.set("ipv6_native", subnet.ipv6_native);
    object.set("map_customer_owned_ip_on_launch", subnet.map_customer_owned_ip_on_launch);
    object.set("map_public_ip_on_launch", subnet.map_public_ip_on_launch);
    object.set("outpost_arn", subnet.outpost_arn);
    object.set("owner_id", subnet.owner_id);
    object.set("vpc_id", subnet.vpc_id);
    let names = subnet.private_dns_name_options_on_launch;
    let options = names.unwrap_or_else(|| sdk::PrivateDnsNameOptionsOnLaunch::builder().build());
    object.set("enable_resource_name_dns_a_record_on_launch", options.enable_resource_name_dns_a_record);
    object.set("enable_resource_name_dns_aaaa_record_on_launch", options.enable_resource_name_dns_aaaa_record);
    object.set("private_dns_hostname_type_on_launch", options.hostname_type.map(|t| t.as_str().to_string()));
    let associations = subnet.ipv6_cidr_block_association_set.unwrap_or_default();
    let associated = associations.into_iter().find(|a| {
        let state = a.ipv6_cidr_block_state.as_ref().and_then(|s| s.state.as_ref());
        state == Some(&sdk::SubnetCidrBlockStateCode::Associated)
    });
    object.set("ipv6_cidr_block_association_id", associated.as_ref().and_then(|a| a.association_id.clone()));
    object.set("ipv6_cidr_block", associated.and_then(|a| a.ipv6_cidr_block));
}

const CHECKS: Checks = &[
    ("availability_zone availability_zone_id", Check::Exclusive),
    ("cidr_block", Check::Ipv4Range),
    (
        "customer_owned_ipv4_pool map_customer_owned_ip_on_launch",
        Check::Together(&["customer_owned_ipv4_pool", "map_customer_owned_ip_on_launch", "outpost_arn"]),
    ),
    ("enable_lni_at_device_index", Check::NotZero),
    ("ipv6_cidr_block", Check::Ipv6Range),
    ("outpost_arn", Check::Arn),
    ("private_dns_hostname_type_on_launch", Check::OneOf(&["ip-name", "resource-name"])),
];

#[async_trait]
impl ResourceType for Subnet {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 10, delete: 20, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(mut subnet) = aws.load(&SUBNETS, object.id()).await? else { return Ok(Presence::Gone) };
        read_tags(aws, object, subnet.tags.take());
        read_attributes(object, subnet);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let kind = sdk::ResourceType::Subnet;
        let request = aws
            .ec2
            .create_subnet()
            .vpc_id(object.str("vpc_id"))
            .set_cidr_block(object.text("cidr_block"))
            .set_ipv6_cidr_block(object.text("ipv6_cidr_block"))
            .set_ipv6_native(object.bool("ipv6_native").filter(|on| *on))
            .set_availability_zone(object.text("availability_zone"))
            .set_availability_zone_id(object.text("availability_zone_id"))
            .set_outpost_arn(object.text("outpost_arn"))
            .tag_specifications(tag_specification(kind.clone(), object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            Ok(made.subnet.and_then(|s| s.subnet_id).unwrap_or_default())
        };
        let id = aws.create_once("ec2:CreateSubnet", send, || find_by_intent(aws, &kind, operation)).await?;
        object.set("id", &id);
        aws.note_intent(&id);
        wait_until_available(aws, &id, operation).await?;
        set_attributes(aws, object, &Object::default()).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        let id = object.id().to_string();
        let ipv6 = (prior.text("ipv6_cidr_block"), object.text("ipv6_cidr_block"));
        if let (Some(_), changed) = (prior.text("ipv6_cidr_block_association_id"), ipv6.0 != ipv6.1)
            && changed
        {
            let association = prior.str("ipv6_cidr_block_association_id");
            let send = || aws.ec2.disassociate_subnet_cidr_block().association_id(association).send();
            aws.call("ec2:DisassociateSubnetCidrBlock", send).await?;
        }
        if let (true, Some(cidr)) = (ipv6.0 != ipv6.1, &ipv6.1) {
            let send = || aws.ec2.associate_subnet_cidr_block().subnet_id(&id).ipv6_cidr_block(cidr).send();
            aws.call_once("ec2:AssociateSubnetCidrBlock", send).await?;
        }
        set_attributes(aws, object, prior).await?;
        update_tags(aws, &id, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let is_in_use = |f: &Failure| f.is(&["DependencyViolation"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeleteSubnet", || aws.ec2.delete_subnet().subnet_id(id).send())
        });
        match deleted.await {
            Err(failure) if !failure.is(&["InvalidSubnetID.NotFound", "InvalidSubnetId.NotFound"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::Subnet, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        Ok(Presence::Found)
    }
}
