//! `aws_egress_only_internet_gateway`: the way of IPv6 addresses out of their VPC.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{id, required, schema, tags, tags_all};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_egress_only_internet_gateway`.
pub struct EgressOnlyInternetGateway;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| schema(0, [id(), tags(), tags_all(), required("vpc_id", Type::String).force_new()]));

/// Egress-only gateways by id. They can't be filtered by it, and a request for certain ones fails if one is gone: all are
/// read. There are few.
static GATEWAYS: Batch<sdk::EgressOnlyInternetGateway> =
    Batch { size: usize::MAX, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, _: Vec<SmolStr>) -> Outcome<Found<sdk::EgressOnlyInternetGateway>> {
    let send = |token| aws.ec2.describe_egress_only_internet_gateways().set_next_token(token).send();
    let gateways = aws
        .pages("ec2:DescribeEgressOnlyInternetGateways", send, |page| {
            (page.egress_only_internet_gateways, page.next_token)
        })
        .await?;
    Ok(gateways.into_iter().filter_map(|g| Some((g.egress_only_internet_gateway_id.as_deref()?.into(), g))).collect())
}

#[async_trait]
impl ResourceType for EgressOnlyInternetGateway {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(gateway) = aws.load(&GATEWAYS, object.id()).await? else { return Ok(Presence::Gone) };
        let vpc = match &gateway.attachments.unwrap_or_default()[..] {
            [only] if only.state == Some(sdk::AttachmentStatus::Attached) => only.vpc_id.clone(),
            _ => None,
        };
        object.set("vpc_id", vpc);
        read_tags(aws, object, gateway.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let tags = tag_specification(sdk::ResourceType::EgressOnlyInternetGateway, object, operation);
        let request = aws
            .ec2
            .create_egress_only_internet_gateway()
            .vpc_id(object.str("vpc_id"))
            .client_token(operation.token.as_str())
            .tag_specifications(tags);
        let made = aws.call("ec2:CreateEgressOnlyInternetGateway", || request.clone().send()).await?;
        let gateway = made.egress_only_internet_gateway;
        let id = gateway.and_then(|g| g.egress_only_internet_gateway_id).unwrap_or_default();
        object.set("id", &id);
        aws.note_intent(&id);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        update_tags(aws, object.id(), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let is_in_use = |f: &Failure| f.is(&["DependencyViolation"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            let send = || aws.ec2.delete_egress_only_internet_gateway().egress_only_internet_gateway_id(id).send();
            aws.call("ec2:DeleteEgressOnlyInternetGateway", send)
        });
        match deleted.await {
            Err(failure) if !failure.is_not_found() => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::EgressOnlyInternetGateway, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        Ok(Presence::Found)
    }
}
