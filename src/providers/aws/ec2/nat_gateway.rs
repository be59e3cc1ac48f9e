//! `aws_nat_gateway`: the way of private addresses out of their VPC.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{VALUES, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, string_set, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::{Progress, wait_for};
use crate::schema::Schema;
use crate::syntax::Diagnostic;

/// The resource type `aws_nat_gateway`.
pub struct NatGateway;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional("allocation_id", Type::String).force_new(),
            computed("association_id", Type::String),
            optional("connectivity_type", Type::String).force_new().default("public"),
            id(),
            computed("network_interface_id", Type::String),
            optional_computed("private_ip", Type::String).force_new(),
            computed("public_ip", Type::String),
            optional("secondary_allocation_ids", string_set()),
            optional_computed("secondary_private_ip_address_count", Type::Number).force_new(),
            optional_computed("secondary_private_ip_addresses", string_set()),
            required("subnet_id", Type::String).force_new(),
            tags(),
            tags_all(),
            timeouts(&["create", "delete", "update"]),
        ],
    )
});

/// NAT gateways by id; those that are deleted are listed for a while.
pub static NAT_GATEWAYS: Batch<sdk::NatGateway> =
    Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::NatGateway>> {
    let filters = [filter_keys("nat-gateway-id", &ids)];
    let send = |token| aws.ec2.describe_nat_gateways().set_filter(Some(filters.to_vec())).set_next_token(token).send();
    let gateways = aws.pages("ec2:DescribeNatGateways", send, |page| (page.nat_gateways, page.next_token)).await?;
    Ok(gateways.into_iter().filter_map(|g| Some((g.nat_gateway_id.as_deref()?.into(), g))).collect())
}

fn what(id: &str) -> String {
    format!("NAT gateway {id}")
}

/// Why AWS gave up.
fn reason(gateway: sdk::NatGateway) -> String {
    let (code, message) = (gateway.failure_code.unwrap_or_default(), gateway.failure_message.unwrap_or_default());
    format!("{code}: {message}")
}

async fn wait_until_available(aws: &Aws, id: &str, operation: &Operation) -> Outcome<()> {
    wait_for(&what(id), operation.timeout, || async {
        let Some(gateway) = aws.load(&NAT_GATEWAYS, id).await? else {
            return Ok(Progress::Pending("missing".into()));
        };
        Ok(match gateway.state.clone() {
            Some(sdk::NatGatewayState::Available) => Progress::Done(()),
            Some(sdk::NatGatewayState::Pending) | None => Progress::Pending("pending".into()),
            Some(_) => Progress::Failed(reason(gateway)),
        })
    })
    .await
}

/// Whether an address of a gateway is the one that it was made with.
fn is_primary(gateway: &sdk::NatGateway, address: &sdk::NatGatewayAddress) -> bool {
    address.is_primary == Some(true) || gateway.nat_gateway_addresses.as_ref().is_some_and(|all| all.len() == 1)
}

/// What an address is known by: its elastic IP's allocation, or the private address itself.
type Key = fn(&sdk::NatGatewayAddress) -> Option<&str>;

/// Waits until some addresses are in use, and others are gone.
async fn wait_for_addresses(aws: &Aws, id: &str, key: Key, change: &Change, operation: &Operation) -> Outcome<()> {
    wait_for(&what(id), operation.timeout, || async {
        let addresses = aws.load(&NAT_GATEWAYS, id).await?.and_then(|g| g.nat_gateway_addresses).unwrap_or_default();
        let find = |wanted: &String| addresses.iter().find(|a| key(a) == Some(wanted.as_str()));
        for wanted in &change.added {
            match find(wanted).map(|a| (a.status.clone(), a.failure_message.clone())) {
                Some((Some(sdk::NatGatewayAddressStatus::Succeeded), _)) => {}
                Some((Some(sdk::NatGatewayAddressStatus::Failed), message)) => {
                    return Ok(Progress::Failed(message.unwrap_or_default()));
                }
                _ => return Ok(Progress::Pending(format!("without its new address {wanted}"))),
            }
        }
        let left = change.removed.iter().find(|gone| find(gone).is_some());
        Ok(left.map_or(Progress::Done(()), |gone| Progress::Pending(format!("with its former address {gone}"))))
    })
    .await
}

/// How a set of addresses changes.
struct Change {
    added: Vec<String>,
    removed: Vec<String>,
}

impl Change {
    fn of(name: &str, object: &Object, prior: &Object) -> Self {
        let (before, after) = (prior.texts(name), object.texts(name));
        let without = |a: &[String], b: &[String]| a.iter().filter(|v| !b.contains(v)).cloned().collect();
        Change { added: without(&after, &before), removed: without(&before, &after) }
    }
}

/// Elastic IPs of a public gateway besides the first one.
async fn update_elastic_ips(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    let key: Key = |a| a.allocation_id.as_deref();
    let change = Change::of("secondary_allocation_ids", object, prior);
    if !change.added.is_empty() {
        let private = Change::of("secondary_private_ip_addresses", object, prior).added;
        let request = aws
            .ec2
            .associate_nat_gateway_address()
            .nat_gateway_id(id)
            .set_allocation_ids(Some(change.added.clone()))
            .set_private_ip_addresses(Some(private).filter(|p| !p.is_empty()));
        let send = async || request.clone().send().await.map(|_| ());
        aws.create_once("ec2:AssociateNatGatewayAddress", send, || has_addresses(aws, id, key, &change.added)).await?;
    }
    if !change.removed.is_empty() {
        let addresses = aws.load(&NAT_GATEWAYS, id).await?.and_then(|g| g.nat_gateway_addresses).unwrap_or_default();
        let is_removed = |a: &&sdk::NatGatewayAddress| key(a).is_some_and(|k| change.removed.iter().any(|r| r == k));
        let gone: Vec<_> = addresses.iter().filter(is_removed).filter_map(|a| a.association_id.clone()).collect();
        let send = || {
            let request = aws.ec2.disassociate_nat_gateway_address().nat_gateway_id(id);
            request.set_association_ids(Some(gone.clone())).send()
        };
        aws.call("ec2:DisassociateNatGatewayAddress", send).await?;
    }
    wait_for_addresses(aws, id, key, &change, operation).await
}

/// Addresses of a private gateway besides the first one.
async fn update_private_ips(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    let key: Key = |a| a.private_ip.as_deref();
    let change = Change::of("secondary_private_ip_addresses", object, prior);
    if !change.added.is_empty() {
        let request = aws.ec2.assign_private_nat_gateway_address().nat_gateway_id(id);
        let request = request.set_private_ip_addresses(Some(change.added.clone()));
        let send = async || request.clone().send().await.map(|_| ());
        let find = || has_addresses(aws, id, key, &change.added);
        aws.create_once("ec2:AssignPrivateNatGatewayAddress", send, find).await?;
    }
    if !change.removed.is_empty() {
        let request = aws.ec2.unassign_private_nat_gateway_address().nat_gateway_id(id);
        let request = request.set_private_ip_addresses(Some(change.removed.clone()));
        aws.call("ec2:UnassignPrivateNatGatewayAddress", || request.clone().send()).await?;
    }
    wait_for_addresses(aws, id, key, &change, operation).await
}

async fn has_addresses(aws: &Aws, id: &str, key: Key, wanted: &[String]) -> Outcome<Option<()>> {
    let addresses = aws.load(&NAT_GATEWAYS, id).await?.and_then(|g| g.nat_gateway_addresses).unwrap_or_default();
    let is_there = |wanted: &String| addresses.iter().any(|a| key(a) == Some(wanted.as_str()));
    Ok(wanted.iter().all(is_there).then_some(()))
}

const CHECKS: Checks = &[
    ("connectivity_type", Check::OneOf(&["private", "public"])),
    ("private_ip", Check::Ipv4),
    ("secondary_private_ip_address_count secondary_private_ip_addresses", Check::Exclusive),
];

#[async_trait]
impl ResourceType for NatGateway {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 10, update: 10, delete: 30, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        let connectivity = plan.planned.str("connectivity_type").to_string();
        let unsupported: &[&str] = match connectivity.as_str() {
            "private" => &["allocation_id", "secondary_allocation_ids"],
            "public" => &["secondary_private_ip_address_count"],
            _ => &[],
        };
        let is_set = |name: &&&str| plan.config.has(name) && plan.config.get(name).is_some_and(|v| v.len() != Some(0));
        for name in unsupported.iter().filter(is_set) {
            let problem = format!("{name} is not supported with connectivity_type = {connectivity:?}");
            plan.problems.push(Diagnostic::error(problem, ""));
        }
        if connectivity == "public" && plan.changes("secondary_allocation_ids") {
            plan.make_unknown("secondary_private_ip_address_count");
            if plan.config.get("secondary_private_ip_addresses").is_none() {
                plan.make_unknown("secondary_private_ip_addresses");
            }
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(gateway) = aws.load(&NAT_GATEWAYS, object.id()).await? else { return Ok(Presence::Gone) };
        if matches!(gateway.state, Some(sdk::NatGatewayState::Deleted | sdk::NatGatewayState::Deleting)) {
            return Ok(Presence::Gone);
        }
        let (mut allocations, mut addresses) = (Vec::new(), Vec::new());
        for address in gateway.nat_gateway_addresses.clone().unwrap_or_default() {
            if is_primary(&gateway, &address) {
                object.set("allocation_id", address.allocation_id);
                object.set("association_id", address.association_id);
                object.set("network_interface_id", address.network_interface_id);
                object.set("private_ip", address.private_ip);
                object.set("public_ip", address.public_ip);
            } else {
                allocations.extend(address.allocation_id);
                addresses.extend(address.private_ip);
            }
        }
        object.set("connectivity_type", gateway.connectivity_type.map(|c| c.as_str().to_string()));
        object.set("secondary_allocation_ids", allocations);
        object.set("secondary_private_ip_address_count", i64::try_from(addresses.len()).unwrap_or_default());
        object.set("secondary_private_ip_addresses", addresses);
        object.set("subnet_id", gateway.subnet_id);
        read_tags(aws, object, gateway.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let request = aws
            .ec2
            .create_nat_gateway()
            .client_token(operation.token.as_str())
            .subnet_id(object.str("subnet_id"))
            .set_allocation_id(object.text("allocation_id"))
            .set_connectivity_type(object.text("connectivity_type").map(|c| c.as_str().into()))
            .set_private_ip_address(object.text("private_ip"))
            .set_secondary_allocation_ids(object.some_texts("secondary_allocation_ids"))
            .set_secondary_private_ip_address_count(
                object.int32("secondary_private_ip_address_count").filter(|n| *n != 0),
            )
            .set_secondary_private_ip_addresses(object.some_texts("secondary_private_ip_addresses"))
            .tag_specifications(tag_specification(sdk::ResourceType::Natgateway, object, operation));
        let made = aws.call("ec2:CreateNatGateway", || request.clone().send()).await?;
        let id = made.nat_gateway.and_then(|g| g.nat_gateway_id).unwrap_or_default();
        object.set("id", &id);
        aws.note_intent(&id);
        wait_until_available(aws, &id, operation).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        match object.str("connectivity_type") {
            "private" => update_private_ips(aws, object, prior, operation).await?,
            _ => update_elastic_ips(aws, object, prior, operation).await?,
        }
        update_tags(aws, object.id(), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let send = || aws.ec2.delete_nat_gateway().nat_gateway_id(id).send();
        match aws.call("ec2:DeleteNatGateway", send).await {
            Err(failure) if failure.is(&["NatGatewayNotFound", "InvalidNatGatewayID.NotFound"]) => return Ok(()),
            outcome => outcome?,
        };
        wait_for(&what(id), operation.timeout, || async {
            Ok(match aws.load(&NAT_GATEWAYS, id).await?.map(|g| (g.state.clone(), g)) {
                None | Some((Some(sdk::NatGatewayState::Deleted), _)) => Progress::Done(()),
                Some((Some(sdk::NatGatewayState::Failed), gateway)) => Progress::Failed(reason(gateway)),
                Some((state, _)) => Progress::Pending(state.map_or_else(String::new, |s| s.as_str().into())),
            })
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::Natgateway, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        wait_until_available(aws, &id, operation).await?;
        object.set("id", id);
        Ok(Presence::Found)
    }
}
