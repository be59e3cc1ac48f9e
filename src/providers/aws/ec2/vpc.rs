//! `aws_vpc`: a virtual network.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::routes::MAIN_ROUTE_TABLES;
use super::{VALUES, filter, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::cidr;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, schema, tags, tags_all};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_vpc`.
pub struct Vpc;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        1,
        [
            computed("arn", Type::String),
            optional("assign_generated_ipv6_cidr_block", Type::Bool),
            optional_computed("cidr_block", Type::String).force_new(),
            computed("default_network_acl_id", Type::String),
            computed("default_route_table_id", Type::String),
            computed("default_security_group_id", Type::String),
            computed("dhcp_options_id", Type::String),
            optional_computed("enable_dns_hostnames", Type::Bool),
            optional("enable_dns_support", Type::Bool).default(true),
            optional_computed("enable_network_address_usage_metrics", Type::Bool),
            id(),
            optional("instance_tenancy", Type::String).default("default"),
            optional("ipv4_ipam_pool_id", Type::String).force_new(),
            optional("ipv4_netmask_length", Type::Number).force_new(),
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

/// VPCs by id.
pub static VPCS: Batch<sdk::Vpc> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::Vpc>> {
    let filters = [filter_keys("vpc-id", &ids)];
    let send = |token| aws.ec2.describe_vpcs().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let vpcs = aws.pages("ec2:DescribeVpcs", send, |page| (page.vpcs, page.next_token)).await?;
    Ok(vpcs.into_iter().filter_map(|vpc| Some((vpc.vpc_id.as_deref()?.into(), vpc))).collect())
}

/// The default network ACL of VPCs.
static DEFAULT_ACLS: Batch<String> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(default_acls(aws, ids)) };

async fn default_acls(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<String>> {
    let filters = [filter_keys("vpc-id", &ids), filter("default", ["true"])];
    let send = |token| aws.ec2.describe_network_acls().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let acls = aws.pages("ec2:DescribeNetworkAcls", send, |page| (page.network_acls, page.next_token)).await?;
    Ok(acls.into_iter().filter_map(|a| Some((a.vpc_id?.into(), a.network_acl_id?))).collect())
}

/// The default security group of VPCs.
static DEFAULT_GROUPS: Batch<String> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(default_groups(aws, ids)) };

async fn default_groups(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<String>> {
    let filters = [filter_keys("vpc-id", &ids), filter("group-name", ["default"])];
    let send =
        |token| aws.ec2.describe_security_groups().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let groups = aws.pages("ec2:DescribeSecurityGroups", send, |page| (page.security_groups, page.next_token)).await?;
    Ok(groups.into_iter().filter_map(|g| Some((g.vpc_id?.into(), g.group_id?))).collect())
}

/// One of the attributes that are read one by one.
pub(super) async fn attribute(aws: &Aws, id: &str, name: sdk::VpcAttributeName) -> Outcome<bool> {
    let send = || aws.ec2.describe_vpc_attribute().vpc_id(id).attribute(name.clone()).send();
    let answer = aws.call("ec2:DescribeVpcAttribute", send).await?;
    let value = match name {
        sdk::VpcAttributeName::EnableDnsSupport => answer.enable_dns_support,
        sdk::VpcAttributeName::EnableDnsHostnames => answer.enable_dns_hostnames,
        _ => answer.enable_network_address_usage_metrics,
    };
    Ok(value.and_then(|v| v.value).unwrap_or(false))
}

/// Attributes are set by a request each.
pub(super) async fn set_attributes(aws: &Aws, object: &Object, before: &Object) -> Outcome<()> {
    let value = |name| {
        let wanted = object.bool(name)?;
        (before.bool(name).unwrap_or(name == "enable_dns_support") != wanted)
            .then(|| sdk::AttributeBooleanValue::builder().value(wanted).build())
    };
    let modify = || aws.ec2.modify_vpc_attribute().vpc_id(object.id());
    let requests = [
        value("enable_dns_support").map(|v| modify().enable_dns_support(v)),
        value("enable_dns_hostnames").map(|v| modify().enable_dns_hostnames(v)),
        value("enable_network_address_usage_metrics").map(|v| modify().enable_network_address_usage_metrics(v)),
    ];
    for request in requests.into_iter().flatten() {
        aws.call("ec2:ModifyVpcAttribute", || request.clone().send()).await?;
    }
    Ok(())
}

pub(super) async fn wait_until_available(aws: &Aws, id: &str, operation: &Operation) -> Outcome<()> {
    wait_for(&format!("VPC {id}"), operation.timeout, || async {
        let state = aws.load(&VPCS, id).await?.and_then(|vpc| vpc.state);
        Ok(match state {
            Some(sdk::VpcState::Available) => Progress::Done(()),
            other => Progress::Pending(other.map_or_else(|| "missing".into(), |s| s.as_str().into())),
        })
    })
    .await
}

const CHECKS: Checks = &[
    ("cidr_block ipv4_netmask_length", Check::Exclusive),
    ("cidr_block", Check::Text(range_problems)),
    ("instance_tenancy", Check::OneOf(&["default", "dedicated"])),
    ("ipv4_netmask_length", Check::Together(&["ipv4_ipam_pool_id", "ipv4_netmask_length"])),
    ("ipv4_netmask_length", Check::Range(16, 28)),
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

/// What is wrong with the range of a VPC.
pub(super) fn range_problems(path: &str, text: &str) -> Vec<String> {
    cidr::problems_of_network(path, text, 16..=28)
}

#[async_trait]
impl ResourceType for Vpc {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts::default()
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        if plan.changes("assign_generated_ipv6_cidr_block") {
            plan.make_unknown("ipv6_association_id");
            plan.make_unknown("ipv6_cidr_block");
        }
        // From dedicated to default can be done in place, the other way can't.
        if plan.changes("instance_tenancy") && plan.planned.str("instance_tenancy") != "default" {
            plan.replace_for("instance_tenancy");
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let vpc_id = object.id().to_string();
        let id = vpc_id.as_str();
        let Some(vpc) = aws.load(&VPCS, id).await? else { return Ok(Presence::Gone) };
        let (hostnames, support, metrics, table, acl, group) = tokio::try_join!(
            attribute(aws, id, sdk::VpcAttributeName::EnableDnsHostnames),
            attribute(aws, id, sdk::VpcAttributeName::EnableDnsSupport),
            attribute(aws, id, sdk::VpcAttributeName::EnableNetworkAddressUsageMetrics),
            aws.load(&MAIN_ROUTE_TABLES, id),
            aws.load(&DEFAULT_ACLS, id),
            aws.load(&DEFAULT_GROUPS, id),
        )?;
        let owner = vpc.owner_id.unwrap_or_default();
        object.set("arn", aws.arn_of("ec2", &owner, &format!("vpc/{id}")));
        object.set("owner_id", owner);
        object.set("cidr_block", vpc.cidr_block);
        object.set("dhcp_options_id", vpc.dhcp_options_id);
        object.set("enable_dns_hostnames", hostnames);
        object.set("enable_dns_support", support);
        object.set("enable_network_address_usage_metrics", metrics);
        object.set("instance_tenancy", vpc.instance_tenancy.map(|t| t.as_str().to_string()));
        object.set("default_network_acl_id", acl);
        let table = table.and_then(|t| t.route_table_id);
        object.set("default_route_table_id", table.clone());
        object.set("main_route_table_id", table);
        object.set("default_security_group_id", group);
        read_ipv6(object, vpc.ipv6_cidr_block_association_set.unwrap_or_default());
        read_tags(aws, object, vpc.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let request = aws
            .ec2
            .create_vpc()
            .set_cidr_block(object.text("cidr_block"))
            .set_instance_tenancy(object.text("instance_tenancy").map(|t| t.as_str().into()))
            .set_amazon_provided_ipv6_cidr_block(object.bool("assign_generated_ipv6_cidr_block").filter(|on| *on))
            .set_ipv4_ipam_pool_id(object.text("ipv4_ipam_pool_id"))
            .set_ipv4_netmask_length(object.int32("ipv4_netmask_length").filter(|n| *n != 0))
            .set_ipv6_cidr_block(object.text("ipv6_cidr_block"))
            .set_ipv6_ipam_pool_id(object.text("ipv6_ipam_pool_id"))
            .set_ipv6_netmask_length(object.int32("ipv6_netmask_length").filter(|n| *n != 0))
            .set_ipv6_cidr_block_network_border_group(object.text("ipv6_cidr_block_network_border_group"))
            .tag_specifications(tag_specification(sdk::ResourceType::Vpc, object, operation));
        let send = async || request.clone().send().await.map(|o| o.vpc.and_then(|v| v.vpc_id).unwrap_or_default());
        let find = || find_by_intent(aws, &sdk::ResourceType::Vpc, operation);
        let id = aws.create_once("ec2:CreateVpc", send, find).await?;
        object.set("id", &id);
        aws.note_intent(&id);
        wait_until_available(aws, &id, operation).await?;
        set_attributes(aws, object, &Object::default()).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id().to_string();
        set_attributes(aws, object, prior).await?;
        if object.differs(prior, "instance_tenancy") {
            let tenancy = sdk::VpcTenancy::from(object.str("instance_tenancy"));
            let send = || aws.ec2.modify_vpc_tenancy().vpc_id(&id).instance_tenancy(tenancy.clone()).send();
            aws.call("ec2:ModifyVpcTenancy", send).await?;
        }
        update_ipv6(aws, object, prior, operation).await?;
        update_tags(aws, &id, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let is_in_use = |f: &crate::providers::aws::failure::Failure| f.is(&["DependencyViolation"]);
        let deleted = retry_while(operation.timeout, is_in_use, || async {
            aws.call("ec2:DeleteVpc", || aws.ec2.delete_vpc().vpc_id(id).send()).await
        });
        match deleted.await {
            Err(failure) if !failure.is(&["InvalidVpcID.NotFound"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let Some(id) = find_by_intent(aws, &sdk::ResourceType::Vpc, operation).await? else {
            return Ok(Presence::Gone);
        };
        object.set("id", id);
        Ok(Presence::Found)
    }
}

/// The associated IPv6 range, if there is one: at most one counts.
pub(super) fn read_ipv6(object: &mut Object, associations: Vec<sdk::VpcIpv6CidrBlockAssociation>) {
    let is_associated = |a: &sdk::VpcIpv6CidrBlockAssociation| {
        let state = a.ipv6_cidr_block_state.as_ref().and_then(|s| s.state.as_ref());
        state == Some(&sdk::VpcCidrBlockStateCode::Associated)
    };
    let known = object.str("ipv6_association_id").to_string();
    let mut associated: Vec<_> = associations.into_iter().filter(is_associated).collect();
    let at = associated.iter().position(|a| a.association_id.as_deref() == Some(known.as_str())).unwrap_or(0);
    let association = (at < associated.len()).then(|| associated.swap_remove(at));
    let is_amazons = association.as_ref().is_some_and(|a| a.ipv6_pool.as_deref() == Some("Amazon"));
    object.set("assign_generated_ipv6_cidr_block", is_amazons);
    let pool = association.as_ref().and_then(|a| a.ipv6_pool.clone()).filter(|pool| pool.starts_with("ipam-pool-"));
    // It is what a pool was asked for.
    if pool.is_none() {
        object.set("ipv6_netmask_length", 0);
    }
    object.set("ipv6_ipam_pool_id", pool);
    let association = association.unwrap_or_else(|| sdk::VpcIpv6CidrBlockAssociation::builder().build());
    object.set("ipv6_association_id", association.association_id);
    object.set("ipv6_cidr_block", association.ipv6_cidr_block);
    object.set("ipv6_cidr_block_network_border_group", association.network_border_group);
}

/// The IPv6 range can be given up, and another one taken.
pub(super) async fn update_ipv6(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    let names = ["assign_generated_ipv6_cidr_block", "ipv6_cidr_block", "ipv6_ipam_pool_id", "ipv6_netmask_length"];
    let wants = object.is("assign_generated_ipv6_cidr_block") || object.text("ipv6_ipam_pool_id").is_some();
    let has = prior.text("ipv6_association_id");
    if !operation.config.differs_in(prior, &names) || (wants == has.is_some() && !object.differs_in(prior, &names)) {
        return Ok(());
    }
    if let Some(association) = has {
        let send = || aws.ec2.disassociate_vpc_cidr_block().association_id(&association).send();
        aws.call("ec2:DisassociateVpcCidrBlock", send).await?;
    }
    if wants {
        let request = aws
            .ec2
            .associate_vpc_cidr_block()
            .vpc_id(object.id())
            .set_amazon_provided_ipv6_cidr_block(object.bool("assign_generated_ipv6_cidr_block").filter(|on| *on))
            .set_ipv6_cidr_block(object.text("ipv6_cidr_block"))
            .set_ipv6_ipam_pool_id(object.text("ipv6_ipam_pool_id"))
            .set_ipv6_netmask_length(object.int32("ipv6_netmask_length").filter(|n| *n != 0));
        aws.call_once("ec2:AssociateVpcCidrBlock", || request.clone().send()).await?;
    }
    Ok(())
}
