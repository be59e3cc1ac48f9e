//! `aws_vpc_peering_connection`: a way between two VPCs, from the side that asks for it; and what it has in common with the
//! other side's type and that of its options.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use aws_sdk_ec2::types::VpcPeeringConnectionStateReasonCode as Code;
use smol_str::SmolStr;

use super::{VALUES, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    Part, computed, id, list_block, optional, optional_computed, required, schema, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::{Progress, wait_for};
use crate::schema::Schema;
use crate::syntax::Diagnostic;

/// The resource type `aws_vpc_peering_connection`.
pub struct VpcPeeringConnection;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("accept_status", Type::String),
            side("accepter"),
            optional("auto_accept", Type::Bool),
            id(),
            optional_computed("peer_owner_id", Type::String).force_new(),
            optional_computed("peer_region", Type::String).force_new(),
            required("peer_vpc_id", Type::String).force_new(),
            side("requester"),
            tags(),
            tags_all(),
            timeouts(&["create", "delete", "update"]),
            required("vpc_id", Type::String).force_new(),
        ],
    )
});

/// The only option that is left.
const DNS: &str = "allow_remote_vpc_dns_resolution";

/// How long options may take to be seen everywhere.
const PROPAGATION: Duration = Duration::from_secs(180);

/// The options of a side.
pub(super) fn side(name: &'static str) -> Part {
    list_block(name, [optional(DNS, Type::Bool).default(false)]).max(1).computed()
}

/// Peering connections by id, also those that have come to an end.
static PEERINGS: Batch<sdk::VpcPeeringConnection> =
    Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::VpcPeeringConnection>> {
    let filters = [filter_keys("vpc-peering-connection-id", &ids)];
    let send = |token| {
        aws.ec2.describe_vpc_peering_connections().set_filters(Some(filters.to_vec())).set_next_token(token).send()
    };
    let peerings = aws
        .pages("ec2:DescribeVpcPeeringConnections", send, |page| (page.vpc_peering_connections, page.next_token))
        .await?;
    Ok(peerings.into_iter().filter_map(|p| Some((p.vpc_peering_connection_id.as_deref()?.into(), p))).collect())
}

fn code_of(peering: &sdk::VpcPeeringConnection) -> Option<&Code> {
    peering.status.as_ref()?.code.as_ref()
}

fn has_ended(peering: &sdk::VpcPeeringConnection) -> bool {
    matches!(code_of(peering), Some(Code::Deleted | Code::Expired | Code::Failed | Code::Rejected))
}

/// A connection that has not come to an end. (AWS lists the others for a while.)
pub(super) async fn find(aws: &Aws, id: &str) -> Outcome<Option<sdk::VpcPeeringConnection>> {
    Ok(aws.load(&PEERINGS, id).await?.filter(|p| !has_ended(p)))
}

/// A connection that there has to be.
pub(super) async fn existing(aws: &Aws, id: &str) -> Outcome<sdk::VpcPeeringConnection> {
    find(aws, id).await?.ok_or_else(|| Failure::new(format!("There is no VPC peering connection {id}.")))
}

/// Waits for a connection to be in one of some states.
async fn wait_until(aws: &Aws, id: &str, timeout: Duration, goals: &[Code]) -> Outcome<Code> {
    wait_for(&format!("VPC peering connection {id}"), timeout, || async {
        let Some(peering) = aws.load(&PEERINGS, id).await? else { return Ok(Progress::Pending("missing".into())) };
        let code = code_of(&peering).cloned();
        let why = peering.status.as_ref().and_then(|s| s.message.clone()).unwrap_or_default();
        Ok(match code {
            Some(code) if goals.contains(&code) => Progress::Done(code),
            Some(code) if has_ended(&peering) => Progress::Failed(format!("it is {code}: {why}")),
            code => Progress::Pending(code.map(|c| c.to_string()).unwrap_or_default()),
        })
    })
    .await
}

/// Waits until a new connection is there, accepted or not.
pub(super) async fn wait_until_made(aws: &Aws, id: &str, operation: &Operation) -> Outcome<Code> {
    wait_until(aws, id, operation.timeout, &[Code::Active, Code::PendingAcceptance]).await
}

/// Accepts a connection if that is wanted and has not been done yet.
pub(super) async fn accept(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    if wait_until_made(aws, id, operation).await? == Code::Active || !object.is("auto_accept") {
        return Ok(());
    }
    let send = || aws.ec2.accept_vpc_peering_connection().vpc_peering_connection_id(id).send();
    match aws.call("ec2:AcceptVpcPeeringConnection", send).await {
        // An earlier attempt got through.
        Err(failure) if failure.is(&["InvalidStateTransition"]) && is_accepted(aws, id).await? => {}
        outcome => drop(outcome?),
    }
    wait_until(aws, id, operation.timeout, &[Code::Active]).await?;
    Ok(())
}

async fn is_accepted(aws: &Aws, id: &str) -> Outcome<bool> {
    let peering = aws.load(&PEERINGS, id).await?;
    Ok(matches!(peering.as_ref().and_then(code_of), Some(Code::Active | Code::Provisioning)))
}

/// Fails if a connection can't have options yet.
pub(super) async fn check_active(aws: &Aws, object: &Object, before: &Object) -> Outcome<()> {
    let id = object.id();
    if wanted(object, before, "accepter").or(wanted(object, before, "requester")).is_none()
        || is_accepted(aws, id).await?
    {
        return Ok(());
    }
    let peering = aws.load(&PEERINGS, id).await?;
    let status = peering.as_ref().and_then(code_of).map(ToString::to_string).unwrap_or_default();
    Err(Failure::new(format!(
        "Unable to modify EC2 VPC Peering Connection Options. EC2 VPC Peering Connection ({id}) is not active (current \
         status: {status}). Please set the `auto_accept` attribute to `true` or activate the EC2 VPC Peering Connection \
         manually."
    )))
}

/// What a side's option is to be, if that is another value than before.
fn wanted(object: &Object, before: &Object, side: &str) -> Option<bool> {
    let options = object.block_at(side).filter(|_| object.differs(before, side))?;
    Some(options.is(DNS))
}

/// Sets the options of both sides where they differ, and waits until that can be seen.
pub(super) async fn set_options(aws: &Aws, object: &Object, before: &Object) -> Outcome<()> {
    let (accepter, requester) = (wanted(object, before, "accepter"), wanted(object, before, "requester"));
    if accepter.or(requester).is_none() {
        return Ok(());
    }
    let id = object.id();
    let options = |on| sdk::PeeringConnectionOptionsRequest::builder().allow_dns_resolution_from_remote_vpc(on).build();
    let request = aws
        .ec2
        .modify_vpc_peering_connection_options()
        .vpc_peering_connection_id(id)
        .set_accepter_peering_connection_options(accepter.map(options))
        .set_requester_peering_connection_options(requester.map(options));
    aws.call("ec2:ModifyVpcPeeringConnectionOptions", || request.clone().send()).await?;
    wait_for(&format!("the options of VPC peering connection {id}"), PROPAGATION, || async {
        let peering = existing(aws, id).await?;
        let is_done = |side, wanted: Option<bool>| wanted.is_none_or(|on| dns_of(side) == Some(on));
        let done = is_done(peering.accepter_vpc_info.as_ref(), accepter)
            && is_done(peering.requester_vpc_info.as_ref(), requester);
        Ok(if done { Progress::Done(()) } else { Progress::Pending("not set".into()) })
    })
    .await
}

fn dns_of(side: Option<&sdk::VpcPeeringConnectionVpcInfo>) -> Option<bool> {
    Some(side?.peering_options.as_ref()?.allow_dns_resolution_from_remote_vpc.unwrap_or(false))
}

/// Puts the options of both sides into an object.
pub(super) fn read_options(object: &mut Object, peering: &sdk::VpcPeeringConnection) {
    let block = |side| dns_of(side).map(|on| vec![Object::block().with(DNS, on)]);
    object.set("accepter", block(peering.accepter_vpc_info.as_ref()));
    object.set("requester", block(peering.requester_vpc_info.as_ref()));
}

/// Reads a connection, from whichever side.
pub(super) async fn read(aws: &Aws, object: &mut Object) -> Outcome<Presence> {
    let Some(peering) = find(aws, object.id()).await? else { return Ok(Presence::Gone) };
    object.set("accept_status", code_of(&peering).map(ToString::to_string));
    read_options(object, &peering);
    let (accepter, requester) = (peering.accepter_vpc_info, peering.requester_vpc_info);
    object.set("peer_region", accepter.as_ref().and_then(|a| a.region.clone()));
    let is_ours = |side: &Option<sdk::VpcPeeringConnectionVpcInfo>| {
        side.as_ref().and_then(|s| s.owner_id.as_deref()) == Some(aws.account.as_str())
    };
    let (own, peer) =
        if is_ours(&accepter) && !is_ours(&requester) { (accepter, requester) } else { (requester, accepter) };
    object.set("peer_owner_id", peer.as_ref().and_then(|p| p.owner_id.clone()));
    object.set("peer_vpc_id", peer.and_then(|p| p.vpc_id));
    object.set("vpc_id", own.and_then(|o| o.vpc_id));
    read_tags(aws, object, peering.tags);
    Ok(Presence::Found)
}

/// Changes a connection, from whichever side.
pub(super) async fn update(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    accept(aws, object, operation).await?;
    check_active(aws, object, prior).await?;
    set_options(aws, object, prior).await?;
    update_tags(aws, object.id(), object, prior).await
}

#[async_trait]
impl ResourceType for VpcPeeringConnection {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 1, update: 1, delete: 1, ..Timeouts::default() }
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        if plan.prior.is_none() && plan.config.is("auto_accept") && plan.config.text("peer_region").is_some() {
            plan.problems.push(Diagnostic::error(
                "`peer_region` cannot be set whilst `auto_accept` is `true` when creating an EC2 VPC Peering Connection",
                "A connection to another region is accepted there, by an aws_vpc_peering_connection_accepter.",
            ));
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        read(aws, object).await
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let kind = sdk::ResourceType::VpcPeeringConnection;
        let request = aws
            .ec2
            .create_vpc_peering_connection()
            .vpc_id(object.str("vpc_id"))
            .peer_vpc_id(object.str("peer_vpc_id"))
            .set_peer_owner_id(object.text("peer_owner_id"))
            .set_peer_region(object.text("peer_region"))
            .tag_specifications(tag_specification(kind.clone(), object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            Ok(made.vpc_peering_connection.and_then(|p| p.vpc_peering_connection_id).unwrap_or_default())
        };
        let find = || find_by_intent(aws, &kind, operation);
        let id = aws.create_once("ec2:CreateVpcPeeringConnection", send, find).await?;
        object.set("id", &id);
        aws.note_intent(&id);
        accept(aws, object, operation).await?;
        check_active(aws, object, &Object::default()).await?;
        set_options(aws, object, &Object::default()).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        update(aws, object, prior, operation).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let send = || aws.ec2.delete_vpc_peering_connection().vpc_peering_connection_id(id).send();
        match aws.call("ec2:DeleteVpcPeeringConnection", send).await {
            Err(failure) if failure.is(&["InvalidVpcPeeringConnectionID.NotFound"]) => return Ok(()),
            // It has come to an end already, or is about to.
            Err(failure) if failure.is(&["InvalidStateTransition"]) && failure.message.contains("to deleting") => {
                return Ok(());
            }
            outcome => drop(outcome?),
        }
        wait_for(&format!("VPC peering connection {id}"), operation.timeout, || async {
            let peering = find(aws, id).await?;
            let status = |p: &sdk::VpcPeeringConnection| code_of(p).map(ToString::to_string).unwrap_or_default();
            Ok(peering.map_or(Progress::Done(()), |p| Progress::Pending(status(&p))))
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::VpcPeeringConnection, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        accept(aws, object, operation).await?;
        check_active(aws, object, &Object::default()).await?;
        set_options(aws, object, &Object::default()).await?;
        Ok(Presence::Found)
    }
}
