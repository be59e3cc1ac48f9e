//! `aws_eip`: an elastic IP address.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{VALUES, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::{Aws, Connection};
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, schema, tags, tags_all, timeouts};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_eip`.
pub struct Eip;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional("address", Type::String).force_new(),
            computed("allocation_id", Type::String),
            computed("arn", Type::String),
            optional("associate_with_private_ip", Type::String),
            computed("association_id", Type::String),
            computed("carrier_ip", Type::String),
            computed("customer_owned_ip", Type::String),
            optional("customer_owned_ipv4_pool", Type::String),
            optional_computed("domain", Type::String).force_new(),
            id(),
            optional_computed("instance", Type::String),
            optional_computed("ipam_pool_id", Type::String).force_new(),
            optional_computed("network_border_group", Type::String).force_new(),
            optional_computed("network_interface", Type::String),
            computed("private_dns", Type::String),
            computed("private_ip", Type::String),
            computed("ptr_record", Type::String),
            computed("public_dns", Type::String),
            computed("public_ip", Type::String),
            optional_computed("public_ipv4_pool", Type::String).force_new(),
            tags(),
            tags_all(),
            timeouts(&["delete", "read", "update"]),
            optional_computed("vpc", Type::Bool).force_new().deprecated("use domain attribute instead"),
        ],
    )
});

/// Elastic IP addresses by allocation id.
pub static ADDRESSES: Batch<sdk::Address> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::Address>> {
    let filters = [filter_keys("allocation-id", &ids)];
    let send = || aws.ec2.describe_addresses().set_filters(Some(filters.to_vec())).send();
    let answer = aws.call("ec2:DescribeAddresses", send).await?;
    let addresses = answer.addresses.unwrap_or_default();
    Ok(addresses.into_iter().filter_map(|a| Some((a.allocation_id.as_deref()?.into(), a))).collect())
}

/// The domain names that addresses are resolved to.
static DOMAIN_NAMES: Batch<String> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(domain_names(aws, ids)) };

async fn domain_names(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<String>> {
    let mut attributes = domain_attributes(&aws, &ids).await;
    if attributes.as_ref().is_err_and(Failure::is_not_found) && ids.len() > 1 {
        // One of them is gone by now, and the request fails for all.
        let each = ids.chunks(1).map(|id| domain_attributes(&aws, id));
        let each = futures_util::future::join_all(each).await.into_iter().filter_map(Result::ok);
        attributes = Ok(each.flatten().collect());
    }
    let attributes = match attributes {
        // Some regions don't know the request.
        Err(failure) if failure.is_not_found() || failure.is(&["InvalidAction"]) => Vec::new(),
        outcome => outcome?,
    };
    let name = |record: String| record.trim_end_matches('.').to_string();
    Ok(attributes.into_iter().filter_map(|a| Some((a.allocation_id?.into(), name(a.ptr_record?)))).collect())
}

async fn domain_attributes(aws: &Aws, ids: &[SmolStr]) -> Outcome<Vec<sdk::AddressAttribute>> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let send = |token| {
        let request = aws.ec2.describe_addresses_attribute().attribute(sdk::AddressAttributeName::DomainName);
        request.set_allocation_ids(Some(ids.clone())).set_next_token(token).send()
    };
    aws.pages("ec2:DescribeAddressesAttribute", send, |page| (page.addresses, page.next_token)).await
}

/// The name that AWS gives a private address.
fn private_dns(aws: &Connection, address: &str) -> String {
    let domain =
        if aws.region == "us-east-1" { "ec2.internal".into() } else { format!("{}.compute.internal", aws.region) };
    format!("ip-{}.{domain}", address.replace('.', "-"))
}

/// The name that AWS gives a public address.
fn public_dns(aws: &Connection, address: &str) -> String {
    let domain = if aws.region == "us-east-1" { "compute-1".into() } else { format!("{}.compute", aws.region) };
    format!("ec2-{}.{domain}.{}", address.replace('.', "-"), aws.dns_suffix())
}

/// Associates an address with what the configuration says, if that says something, else with what it was associated with.
async fn associate(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
    let (instance, interface) = (operation.config.text("instance"), operation.config.text("network_interface"));
    let interface = interface.or_else(|| object.text("network_interface").filter(|_| instance.is_none()));
    if instance.is_none() && interface.is_none() {
        return Ok(());
    }
    let id = object.id();
    let request = aws
        .ec2
        .associate_address()
        .allocation_id(id)
        .set_instance_id(instance)
        .set_network_interface_id(interface)
        .set_private_ip_address(object.text("associate_with_private_ip"));
    // The address may be too new to be known, and an instance must run first.
    let is_not_ready = |f: &Failure| {
        f.is(&["InvalidAllocationID.NotFound"])
            || (f.is(&["InvalidInstanceID"]) && f.message.contains("pending instance"))
    };
    let made =
        retry_while(operation.timeout, is_not_ready, || aws.call("ec2:AssociateAddress", || request.clone().send()));
    let association = made.await?.association_id;
    wait_for(&format!("Elastic IP address {id}"), operation.timeout, || async {
        let found = aws.load(&ADDRESSES, id).await?.and_then(|a| a.association_id);
        let is_done = found.is_some() && (association.is_none() || found == association);
        Ok(if is_done { Progress::Done(()) } else { Progress::Pending("without association".into()) })
    })
    .await
}

async fn disassociate(aws: &Aws, association: &str) -> Outcome<()> {
    if association.is_empty() {
        return Ok(());
    }
    let send = || aws.ec2.disassociate_address().association_id(association).send();
    match aws.call("ec2:DisassociateAddress", send).await {
        Err(failure) if !failure.is(&["InvalidAssociationID.NotFound"]) => Err(failure),
        _ => Ok(()),
    }
}

/// Waits until the pool that an address came from has it back.
async fn wait_until_returned(aws: &Aws, pool: &str, id: &str) -> Outcome<()> {
    let send = |token| aws.ec2.get_ipam_pool_allocations().ipam_pool_id(pool).set_next_token(token).send();
    wait_for(&format!("Elastic IP address {id}"), std::time::Duration::from_secs(600), || async {
        let page = |p: aws_sdk_ec2::operation::get_ipam_pool_allocations::GetIpamPoolAllocationsOutput| {
            (p.ipam_pool_allocations, p.next_token)
        };
        let allocations = aws.pages("ec2:GetIpamPoolAllocations", send, page).await?;
        let is_left = allocations.iter().any(|a| a.resource_id.as_deref() == Some(id));
        Ok(if is_left { Progress::Pending(format!("allocated from {pool}")) } else { Progress::Done(()) })
    })
    .await
}

const CHECKS: Checks = &[("domain vpc", Check::Exclusive), ("domain", Check::OneOf(&["vpc", "standard"]))];

#[async_trait]
impl ResourceType for Eip {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { read: 15, update: 5, delete: 3, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(address) = aws.load(&ADDRESSES, &id).await? else { return Ok(Presence::Gone) };
        object.set("ptr_record", aws.load(&DOMAIN_NAMES, &id).await?);
        object.set("arn", aws.arn("ec2", &format!("elastic-ip/{id}")));
        object.set("allocation_id", id);
        object.set("association_id", address.association_id);
        object.set("carrier_ip", address.carrier_ip);
        object.set("customer_owned_ip", address.customer_owned_ip);
        object.set("customer_owned_ipv4_pool", address.customer_owned_ipv4_pool);
        object.set("vpc", address.domain == Some(sdk::DomainType::Vpc));
        object.set("domain", address.domain.map(|d| d.as_str().to_string()));
        object.set("instance", address.instance_id);
        if let Some(pool) = address.public_ipv4_pool.clone().filter(|pool| pool.starts_with("ipam-pool-")) {
            object.set("ipam_pool_id", pool);
        }
        object.set("network_border_group", address.network_border_group);
        object.set("network_interface", address.network_interface_id);
        object.set("public_ipv4_pool", address.public_ipv4_pool);
        if let Some(ip) = address.private_ip_address.as_deref().filter(|ip| !ip.is_empty()) {
            object.set("private_dns", private_dns(aws, ip));
        }
        object.set("private_ip", address.private_ip_address);
        if let Some(ip) = address.public_ip.as_deref().filter(|ip| !ip.is_empty()) {
            object.set("public_dns", public_dns(aws, ip));
        }
        object.set("public_ip", address.public_ip);
        read_tags(aws, object, address.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let kind = sdk::ResourceType::ElasticIp;
        let domain = object.text("domain").or_else(|| object.is("vpc").then(|| "vpc".into()));
        let request = aws
            .ec2
            .allocate_address()
            .set_address(object.text("address"))
            .set_customer_owned_ipv4_pool(object.text("customer_owned_ipv4_pool"))
            .set_domain(domain.map(|d| d.as_str().into()))
            .set_ipam_pool_id(object.text("ipam_pool_id"))
            .set_network_border_group(object.text("network_border_group"))
            .set_public_ipv4_pool(object.text("public_ipv4_pool"))
            .tag_specifications(tag_specification(kind.clone(), object, operation));
        let send = async || request.clone().send().await.map(|o| o.allocation_id.unwrap_or_default());
        let id = aws.create_once("ec2:AllocateAddress", send, || find_by_intent(aws, &kind, operation)).await?;
        object.set("id", &id);
        aws.note_intent(&id);
        associate(aws, object, operation).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        if object.differs_in(prior, &["associate_with_private_ip", "instance", "network_interface"]) {
            disassociate(aws, prior.str("association_id")).await?;
            associate(aws, object, operation).await?;
        }
        update_tags(aws, object.id(), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        disassociate(aws, object.str("association_id")).await?;
        // A NAT gateway that is being deleted still has it.
        let is_in_use = |f: &Failure| f.is(&["InvalidIPAddress.InUse"]);
        let request =
            aws.ec2.release_address().allocation_id(id).set_network_border_group(object.text("network_border_group"));
        let released =
            retry_while(operation.timeout, is_in_use, || aws.call("ec2:ReleaseAddress", || request.clone().send()));
        match released.await {
            Err(failure) if failure.is(&["InvalidAllocationID.NotFound"]) => return Ok(()),
            // So AWS says when an address is released a second time.
            Err(failure) if failure.is(&["AuthFailure"]) && aws.load(&ADDRESSES, id).await?.is_none() => return Ok(()),
            outcome => outcome?,
        };
        match object.text("ipam_pool_id") {
            Some(pool) => wait_until_returned(aws, &pool, id).await,
            None => Ok(()),
        }
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        if object.id().starts_with("eipalloc-") {
            return Ok(());
        }
        let problem = "with the retirement of EC2-Classic standard domain EC2 EIPs are no longer supported";
        Err(Failure::new(format!("{problem}: give the allocation id (eipalloc-…)")))
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::ElasticIp, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        associate(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}
