//! `aws_customer_gateway`: the other end of a VPN connection.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{VALUES, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, optional, required, schema, tags, tags_all};
use crate::providers::aws::tags::INTENT;
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_customer_gateway`.
pub struct CustomerGateway;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            optional("bgp_asn", Type::String).force_new(),
            optional("bgp_asn_extended", Type::String).force_new(),
            optional("certificate_arn", Type::String).force_new(),
            optional("device_name", Type::String).force_new(),
            id(),
            optional("ip_address", Type::String).force_new(),
            tags(),
            tags_all(),
            required("type", Type::String).force_new(),
        ],
    )
});

/// Customer gateways by id; those that are deleted are listed for a while.
static GATEWAYS: Batch<sdk::CustomerGateway> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::CustomerGateway>> {
    let filters = [filter_keys("customer-gateway-id", &ids)];
    let send = || aws.ec2.describe_customer_gateways().set_filters(Some(filters.to_vec())).send();
    let answer = aws.call("ec2:DescribeCustomerGateways", send).await?;
    let gateways = answer.customer_gateways.unwrap_or_default().into_iter();
    let is_there = |g: &sdk::CustomerGateway| g.state.as_deref() != Some("deleted");
    Ok(gateways.filter(is_there).filter_map(|g| Some((g.customer_gateway_id.as_deref()?.into(), g))).collect())
}

fn what(id: &str) -> String {
    format!("Customer gateway {id}")
}

/// A number of an autonomous system.
fn number<N: std::str::FromStr>(object: &Object, name: &str) -> Outcome<Option<N>> {
    let parse = |text: String| text.parse().map_err(|_| Failure::new(format!("{name} can't be {text:?}.")));
    object.text(name).map(parse).transpose()
}

/// AWS answers with the gateway that there is already to a request for an equal one. That must not be taken for a new one.
async fn check_is_new(aws: &Aws, made: &sdk::CustomerGateway, operation: &Operation) -> Outcome<()> {
    let tags = made.tags.as_deref().unwrap_or_default();
    let is_intent =
        |t: &sdk::Tag| t.key.as_deref() == Some(INTENT) && t.value.as_deref() == Some(operation.token.as_str());
    if tags.iter().any(is_intent) {
        return Ok(());
    }
    let found = find_by_intent(aws, &sdk::ResourceType::CustomerGateway, operation).await?;
    if found.is_some() && found == made.customer_gateway_id {
        return Ok(());
    }
    let id = made.customer_gateway_id.as_deref().unwrap_or_default();
    Err(Failure::new(format!("There is a customer gateway like that already, {id}: import it, or set `device_name`.")))
}

const CHECKS: Checks = &[
    ("bgp_asn bgp_asn_extended", Check::Exclusive),
    ("bgp_asn bgp_asn_extended", Check::Text(asn_problems)),
    ("certificate_arn", Check::Arn),
    ("device_name", Check::Length(1, 255)),
    ("ip_address", Check::Ipv4),
    ("type", Check::OneOf(&["ipsec.1"])),
];

fn asn_problems(path: &str, text: &str) -> Vec<String> {
    let problem = match text.parse::<i64>() {
        Ok(number) if u32::try_from(number).is_ok() => return Vec::new(),
        Ok(_) => "must be in the range 0 to 4294967295",
        Err(_) => "must be a 64-bit integer",
    };
    vec![format!("{path:?} ({text:?}) {problem}")]
}

#[async_trait]
impl ResourceType for CustomerGateway {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(gateway) = aws.load(&GATEWAYS, &id).await? else { return Ok(Presence::Gone) };
        object.set("arn", aws.arn("ec2", &format!("customer-gateway/{id}")));
        object.set("bgp_asn", gateway.bgp_asn);
        object.set("bgp_asn_extended", gateway.bgp_asn_extended);
        object.set("certificate_arn", gateway.certificate_arn);
        object.set("device_name", gateway.device_name);
        object.set("ip_address", gateway.ip_address);
        object.set("type", gateway.r#type);
        read_tags(aws, object, gateway.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let request = aws
            .ec2
            .create_customer_gateway()
            .r#type(object.str("type").into())
            .set_bgp_asn(number(object, "bgp_asn")?)
            .set_bgp_asn_extended(number(object, "bgp_asn_extended")?)
            .set_certificate_arn(object.text("certificate_arn"))
            .set_device_name(object.text("device_name"))
            .set_ip_address(object.text("ip_address"))
            .tag_specifications(tag_specification(sdk::ResourceType::CustomerGateway, object, operation));
        // An equal request makes nothing more.
        let made = aws.call("ec2:CreateCustomerGateway", || request.clone().send()).await?;
        let Some(gateway) = made.customer_gateway else { return Err(Failure::new("AWS's answer is empty.")) };
        check_is_new(aws, &gateway, operation).await?;
        let id = gateway.customer_gateway_id.unwrap_or_default();
        object.set("id", &id);
        aws.note_intent(&id);
        wait_for(&what(&id), operation.timeout, || async {
            let state = aws.load(&GATEWAYS, &id).await?.and_then(|g| g.state).unwrap_or_else(|| "missing".into());
            Ok(if state == "available" { Progress::Done(()) } else { Progress::Pending(state) })
        })
        .await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        update_tags(aws, object.id(), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        // A VPN connection that is being deleted still has it.
        let is_in_use = |f: &Failure| f.is(&["IncorrectState"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeleteCustomerGateway", || aws.ec2.delete_customer_gateway().customer_gateway_id(id).send())
        });
        match deleted.await {
            Err(failure) if failure.is(&["InvalidCustomerGatewayID.NotFound"]) => return Ok(()),
            outcome => outcome?,
        };
        wait_for(&what(id), operation.timeout, || async {
            let left = aws.load(&GATEWAYS, id).await?;
            Ok(left.map_or(Progress::Done(()), |g| Progress::Pending(g.state.unwrap_or_default())))
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::CustomerGateway, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        Ok(Presence::Found)
    }
}
