//! `aws_vpn_gateway`: the end of VPN connections in a VPC.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::routes::PROPAGATION;
use super::{VALUES, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, schema, tags, tags_all};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_vpn_gateway`.
pub struct VpnGateway;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional_computed("amazon_side_asn", Type::String).force_new(),
            computed("arn", Type::String),
            optional("availability_zone", Type::String).force_new(),
            id(),
            tags(),
            tags_all(),
            optional_computed("vpc_id", Type::String),
        ],
    )
});

/// VPN gateways by id; those that are deleted are listed for a while.
static GATEWAYS: Batch<sdk::VpnGateway> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::VpnGateway>> {
    let filters = [filter_keys("vpn-gateway-id", &ids)];
    let send = || aws.ec2.describe_vpn_gateways().set_filters(Some(filters.to_vec())).send();
    let gateways = aws.call("ec2:DescribeVpnGateways", send).await?.vpn_gateways.unwrap_or_default().into_iter();
    let is_there = |g: &sdk::VpnGateway| g.state != Some(sdk::VpnState::Deleted);
    Ok(gateways.filter(is_there).filter_map(|g| Some((g.vpn_gateway_id.as_deref()?.into(), g))).collect())
}

/// How far a gateway is attached to a VPC; `None` if it isn't.
///
/// # Errors
/// When AWS refuses.
pub async fn attachment(aws: &Aws, id: &str, vpc: &str) -> Outcome<Option<sdk::AttachmentStatus>> {
    let attachments = aws.load(&GATEWAYS, id).await?.and_then(|g| g.vpc_attachments).unwrap_or_default();
    let found = attachments.into_iter().find(|a| a.vpc_id.as_deref() == Some(vpc)).and_then(|a| a.state);
    Ok(found.filter(|state| *state != sdk::AttachmentStatus::Detached))
}

fn what(id: &str, vpc: &str) -> String {
    format!("The attachment of VPN gateway {id} to VPC {vpc}")
}

/// Attaches a gateway to a VPC.
///
/// # Errors
/// When AWS refuses, or time is up.
pub async fn attach(aws: &Aws, id: &str, vpc: &str, timeout: Duration) -> Outcome<()> {
    let request = aws.ec2.attach_vpn_gateway().vpn_gateway_id(id).vpc_id(vpc);
    let send = async || request.clone().send().await.map(|_| ());
    let is_going_on = |s: &sdk::AttachmentStatus| *s != sdk::AttachmentStatus::Detaching;
    let find = async || Ok(attachment(aws, id, vpc).await?.filter(is_going_on).map(|_| ()));
    let is_unknown = |f: &Failure| f.is(&["InvalidVpnGatewayID.NotFound"]);
    retry_while(PROPAGATION, is_unknown, || aws.create_once("ec2:AttachVpnGateway", &send, &find)).await?;
    wait_for(&what(id, vpc), timeout, || async {
        Ok(match attachment(aws, id, vpc).await? {
            Some(sdk::AttachmentStatus::Attached) => Progress::Done(()),
            other => Progress::Pending(other.map_or_else(|| "missing".into(), |s| s.as_str().into())),
        })
    })
    .await
}

/// Detaches a gateway from a VPC. That it isn't attached is no failure.
///
/// # Errors
/// When AWS refuses, or time is up.
pub async fn detach(aws: &Aws, id: &str, vpc: &str, timeout: Duration) -> Outcome<()> {
    let send = || aws.ec2.detach_vpn_gateway().vpn_gateway_id(id).vpc_id(vpc).send();
    match aws.call("ec2:DetachVpnGateway", send).await {
        Err(f) if f.is(&["InvalidVpnGatewayAttachment.NotFound", "InvalidVpnGatewayID.NotFound"]) => return Ok(()),
        outcome => outcome?,
    };
    wait_for(&what(id, vpc), timeout, || async {
        let left = attachment(aws, id, vpc).await?;
        Ok(left.map_or(Progress::Done(()), |state| Progress::Pending(state.as_str().into())))
    })
    .await
}

const CHECKS: Checks = &[("amazon_side_asn", Check::Text(asn_problems))];

fn asn_problems(path: &str, text: &str) -> Vec<String> {
    // The single ones are AWS's own, from the time when there was no choice.
    let problem = match text.parse::<i64>() {
        Ok(7224 | 9059 | 10124 | 17493 | 64_512..=65_534 | 4_200_000_000..=4_294_967_294) => return Vec::new(),
        Ok(_) => "must be 7224, 9059, 10124 or 17493 or in the range 64512 to 65534 or 4200000000 to 4294967294",
        Err(_) => "must be a 64-bit integer",
    };
    vec![format!("{path:?} ({text:?}) {problem}")]
}

#[async_trait]
impl ResourceType for VpnGateway {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(gateway) = aws.load(&GATEWAYS, &id).await? else { return Ok(Presence::Gone) };
        object.set("amazon_side_asn", gateway.amazon_side_asn.unwrap_or_default().to_string());
        object.set("arn", aws.arn("ec2", &format!("vpn-gateway/{id}")));
        if let Some(zone) = gateway.availability_zone.filter(|zone| !zone.is_empty()) {
            object.set("availability_zone", zone);
        }
        let is_attached = |a: &sdk::VpcAttachment| a.state == Some(sdk::AttachmentStatus::Attached);
        let attached = gateway.vpc_attachments.unwrap_or_default().into_iter().rfind(is_attached);
        object.set("vpc_id", attached.and_then(|a| a.vpc_id));
        read_tags(aws, object, gateway.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let kind = sdk::ResourceType::VpnGateway;
        let request = aws
            .ec2
            .create_vpn_gateway()
            .r#type(sdk::GatewayType::Ipsec1)
            .set_availability_zone(object.text("availability_zone"))
            .set_amazon_side_asn(object.text("amazon_side_asn").and_then(|text| text.parse().ok()))
            .tag_specifications(tag_specification(kind.clone(), object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            Ok(made.vpn_gateway.and_then(|g| g.vpn_gateway_id).unwrap_or_default())
        };
        let id = aws.create_once("ec2:CreateVpnGateway", send, || find_by_intent(aws, &kind, operation)).await?;
        object.set("id", &id);
        aws.note_intent(&id);
        match object.text("vpc_id") {
            Some(vpc) => attach(aws, &id, &vpc, operation.timeout).await,
            None => Ok(()),
        }
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        if object.differs(prior, "vpc_id") {
            if let Some(vpc) = prior.text("vpc_id") {
                detach(aws, id, &vpc, operation.timeout).await?;
            }
            if let Some(vpc) = object.text("vpc_id") {
                attach(aws, id, &vpc, operation.timeout).await?;
            }
        }
        update_tags(aws, id, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        if let Some(vpc) = object.text("vpc_id") {
            detach(aws, id, &vpc, operation.timeout).await?;
        }
        let is_in_use = |f: &Failure| f.is(&["IncorrectState"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeleteVpnGateway", || aws.ec2.delete_vpn_gateway().vpn_gateway_id(id).send())
        });
        match deleted.await {
            Err(failure) if !failure.is(&["InvalidVpnGatewayID.NotFound"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::VpnGateway, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        if let Some(vpc) = object.text("vpc_id") {
            attach(aws, &id, &vpc, operation.timeout).await?;
        }
        object.set("id", id);
        Ok(Presence::Found)
    }
}
