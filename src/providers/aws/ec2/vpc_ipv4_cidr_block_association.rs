//! `aws_vpc_ipv4_cidr_block_association`: a further range of addresses of a VPC.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::vpc::{VPCS, range_problems};
use super::{VALUES, filter_keys};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{id, optional, optional_computed, required, schema, timeouts};
use crate::providers::aws::wait::{Progress, wait_for};
use crate::schema::Schema;

/// The resource type `aws_vpc_ipv4_cidr_block_association`.
pub struct VpcIpv4CidrBlockAssociation;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional_computed("cidr_block", Type::String).force_new(),
            id(),
            optional("ipv4_ipam_pool_id", Type::String).force_new(),
            optional("ipv4_netmask_length", Type::Number).force_new(),
            timeouts(&["create", "delete"]),
            required("vpc_id", Type::String).force_new(),
        ],
    )
});

/// The VPCs of associations, for those of which nothing but the id is known.
static VPCS_BY_ASSOCIATION: Batch<String> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(vpcs_of(aws, ids)) };

async fn vpcs_of(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<String>> {
    let filters = [filter_keys("cidr-block-association.association-id", &ids)];
    let send = |token| aws.ec2.describe_vpcs().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let vpcs = aws.pages("ec2:DescribeVpcs", send, |page| (page.vpcs, page.next_token)).await?;
    let by_association = vpcs.into_iter().flat_map(|vpc| {
        let id = vpc.vpc_id.unwrap_or_default();
        let associations = vpc.cidr_block_association_set.unwrap_or_default();
        associations.into_iter().filter_map(move |a| Some((a.association_id?.into(), id.clone())))
    });
    Ok(by_association.collect())
}

/// The ranges of a VPC, unless it has them no more.
async fn associations(aws: &Aws, vpc: &str) -> Outcome<Vec<sdk::VpcCidrBlockAssociation>> {
    let all = aws.load(&VPCS, vpc).await?.and_then(|v| v.cidr_block_association_set).unwrap_or_default();
    Ok(all.into_iter().filter(|a| state(a) != Some(&sdk::VpcCidrBlockStateCode::Disassociated)).collect())
}

async fn find(aws: &Aws, vpc: &str, id: &str) -> Outcome<Option<sdk::VpcCidrBlockAssociation>> {
    let all = associations(aws, vpc).await?;
    Ok(all.into_iter().find(|a| a.association_id.as_deref() == Some(id)))
}

fn state(association: &sdk::VpcCidrBlockAssociation) -> Option<&sdk::VpcCidrBlockStateCode> {
    association.cidr_block_state.as_ref()?.state.as_ref()
}

async fn wait_until_associated(aws: &Aws, vpc: &str, id: &str, operation: &Operation) -> Outcome<()> {
    wait_for(&format!("The range {id} of VPC {vpc}"), operation.timeout, || async {
        let Some(association) = find(aws, vpc, id).await? else { return Ok(Progress::Pending("missing".into())) };
        let message = association.cidr_block_state.as_ref().and_then(|s| s.status_message.clone());
        Ok(match state(&association) {
            Some(sdk::VpcCidrBlockStateCode::Associated) => Progress::Done(()),
            Some(sdk::VpcCidrBlockStateCode::Failed | sdk::VpcCidrBlockStateCode::Failing) => {
                Progress::Failed(message.unwrap_or_else(|| "failed".into()))
            }
            other => Progress::Pending(other.map_or_else(String::new, |s| s.as_str().into())),
        })
    })
    .await
}

const CHECKS: Checks = &[("cidr_block", Check::Text(range_problems)), ("ipv4_netmask_length", Check::Range(16, 28))];

#[async_trait]
impl ResourceType for VpcIpv4CidrBlockAssociation {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 10, delete: 10, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        // A pool has given the range: the configuration's doesn't count.
        let is_given = plan.planned.int("ipv4_netmask_length").is_some_and(|n| n != 0);
        if let Some(prior) = plan.prior.filter(|_| is_given && plan.changes("cidr_block")) {
            plan.planned.set("cidr_block", prior.str("cidr_block"));
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let vpc = match object.text("vpc_id") {
            Some(vpc) => Some(vpc),
            None => aws.load(&VPCS_BY_ASSOCIATION, &id).await?,
        };
        let Some(vpc) = vpc else { return Ok(Presence::Gone) };
        let Some(association) = find(aws, &vpc, &id).await? else { return Ok(Presence::Gone) };
        object.set("cidr_block", association.cidr_block);
        object.set("vpc_id", vpc);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let vpc = object.str("vpc_id").to_string();
        let id_of = |a: sdk::VpcCidrBlockAssociation| a.association_id;
        let before: Vec<_> = associations(aws, &vpc).await?.into_iter().filter_map(id_of).collect();
        let request = aws
            .ec2
            .associate_vpc_cidr_block()
            .vpc_id(&vpc)
            .set_cidr_block(object.text("cidr_block"))
            .set_ipv4_ipam_pool_id(object.text("ipv4_ipam_pool_id"))
            .set_ipv4_netmask_length(object.int32("ipv4_netmask_length").filter(|n| *n != 0));
        let send = async || {
            let made = request.clone().send().await?;
            Ok(made.cidr_block_association.and_then(id_of).unwrap_or_default())
        };
        let wanted = object.text("cidr_block");
        let find = async || {
            let now = associations(aws, &vpc).await?.into_iter();
            let mut new = now.filter(|a| wanted.is_none() || a.cidr_block == wanted).filter_map(id_of);
            Ok(new.find(|id| !before.contains(id)))
        };
        let id = aws.create_once("ec2:AssociateVpcCidrBlock", send, find).await?;
        object.set("id", &id);
        wait_until_associated(aws, &vpc, &id, operation).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let (vpc, id) = (object.str("vpc_id"), object.id());
        let send = || aws.ec2.disassociate_vpc_cidr_block().association_id(id).send();
        match aws.call("ec2:DisassociateVpcCidrBlock", send).await {
            Err(failure) if failure.is(&["InvalidVpcCidrBlockAssociationID.NotFound"]) => return Ok(()),
            outcome => outcome?,
        };
        wait_for(&format!("The range {id} of VPC {vpc}"), operation.timeout, || async {
            let Some(association) = find(aws, vpc, id).await? else { return Ok(Progress::Done(())) };
            Ok(Progress::Pending(state(&association).map_or_else(String::new, |s| s.as_str().into())))
        })
        .await
    }

    /// An id, or an id, a pool and the length of the range's prefix.
    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        let id = object.id().to_string();
        let (association, pool, length) = match id.split(',').collect::<Vec<_>>()[..] {
            [association] => (association, None, None),
            [association, pool] => (association, Some(pool), None),
            [association, pool, length] => (association, Some(pool), Some(length.parse::<i64>().unwrap_or_default())),
            _ => return Err(Failure::new(format!("invalid import ID ({id})"))),
        };
        object.set("id", association);
        if let Some(pool) = pool {
            object.set("ipv4_ipam_pool_id", pool);
        }
        if let Some(length) = length {
            object.set("ipv4_netmask_length", length);
        }
        Ok(())
    }

    /// Without a range in the configuration it can't be told from others.
    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let vpc = object.str("vpc_id").to_string();
        let Some(wanted) = object.text("cidr_block") else { return Ok(Presence::Gone) };
        let made = associations(aws, &vpc).await?.into_iter().find(|a| a.cidr_block.as_ref() == Some(&wanted));
        let Some(id) = made.and_then(|a| a.association_id) else { return Ok(Presence::Gone) };
        wait_until_associated(aws, &vpc, &id, operation).await?;
        object.set("id", id);
        Ok(Presence::Found)
    }
}
