//! `aws_internet_gateway`: the way of a VPC into the internet.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{VALUES, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, optional_computed, schema, tags, tags_all, timeouts};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_internet_gateway`.
pub struct InternetGateway;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            id(),
            computed("owner_id", Type::String),
            tags(),
            tags_all(),
            timeouts(&["create", "delete", "update"]),
            optional_computed("vpc_id", Type::String),
        ],
    )
});

/// Internet gateways by id.
static GATEWAYS: Batch<sdk::InternetGateway> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::InternetGateway>> {
    let filters = [filter_keys("internet-gateway-id", &ids)];
    let send =
        |token| aws.ec2.describe_internet_gateways().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let gateways =
        aws.pages("ec2:DescribeInternetGateways", send, |page| (page.internet_gateways, page.next_token)).await?;
    Ok(gateways.into_iter().filter_map(|g| Some((g.internet_gateway_id.as_deref()?.into(), g))).collect())
}

async fn attach(aws: &Aws, id: &str, vpc: &str, operation: &Operation) -> Outcome<()> {
    // The gateway may be too new to be seen by everyone.
    let is_new = |f: &Failure| f.is(&["InvalidInternetGatewayID.NotFound"]);
    let attached = retry_while(operation.timeout, is_new, || {
        aws.call("ec2:AttachInternetGateway", || {
            aws.ec2.attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send()
        })
    });
    match attached.await {
        // An earlier attempt got through.
        Err(failure) if failure.is(&["Resource.AlreadyAssociated"]) && is_attached(aws, id, vpc).await? => Ok(()),
        outcome => outcome.map(|_| ()),
    }
}

async fn is_attached(aws: &Aws, id: &str, vpc: &str) -> Outcome<bool> {
    let gateway = aws.load(&GATEWAYS, id).await?;
    let attachments = gateway.and_then(|g| g.attachments).unwrap_or_default();
    Ok(attachments.iter().any(|a| a.vpc_id.as_deref() == Some(vpc)))
}

async fn detach(aws: &Aws, id: &str, vpc: &str, operation: &Operation) -> Outcome<()> {
    // Until the last public address in the VPC is gone.
    let is_in_use = |f: &Failure| f.is(&["DependencyViolation"]);
    let detached = retry_while(operation.timeout, is_in_use, || {
        aws.call("ec2:DetachInternetGateway", || {
            aws.ec2.detach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send()
        })
    });
    match detached.await {
        Err(failure) if !failure.is(&["Gateway.NotAttached", "InvalidInternetGatewayID.NotFound"]) => Err(failure),
        _ => Ok(()),
    }
}

#[async_trait]
impl ResourceType for InternetGateway {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 20, update: 20, delete: 20, ..Timeouts::default() }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(gateway) = aws.load(&GATEWAYS, &id).await? else { return Ok(Presence::Gone) };
        let owner = gateway.owner_id.unwrap_or_default();
        object.set("arn", aws.arn_of("ec2", &owner, &format!("internet-gateway/{id}")));
        object.set("owner_id", owner);
        object.set("vpc_id", gateway.attachments.unwrap_or_default().into_iter().find_map(|a| a.vpc_id));
        read_tags(aws, object, gateway.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let kind = sdk::ResourceType::InternetGateway;
        let request =
            aws.ec2.create_internet_gateway().tag_specifications(tag_specification(kind.clone(), object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            Ok(made.internet_gateway.and_then(|g| g.internet_gateway_id).unwrap_or_default())
        };
        let id = aws.create_once("ec2:CreateInternetGateway", send, || find_by_intent(aws, &kind, operation)).await?;
        object.set("id", &id);
        aws.note_intent(&id);
        match object.text("vpc_id") {
            Some(vpc) => attach(aws, &id, &vpc, operation).await,
            None => Ok(()),
        }
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id().to_string();
        if object.differs(prior, "vpc_id") {
            if let Some(vpc) = prior.text("vpc_id") {
                detach(aws, &id, &vpc, operation).await?;
            }
            if let Some(vpc) = object.text("vpc_id") {
                attach(aws, &id, &vpc, operation).await?;
            }
        }
        update_tags(aws, &id, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        if let Some(vpc) = object.text("vpc_id") {
            detach(aws, id, &vpc, operation).await?;
        }
        let is_in_use = |f: &Failure| f.is(&["DependencyViolation"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeleteInternetGateway", || aws.ec2.delete_internet_gateway().internet_gateway_id(id).send())
        });
        match deleted.await {
            Err(failure) if !failure.is(&["InvalidInternetGatewayID.NotFound"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::InternetGateway, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        if let Some(vpc) = object.text("vpc_id") {
            attach(aws, &id, &vpc, operation).await?;
        }
        object.set("id", id);
        Ok(Presence::Found)
    }
}
