//! `aws_vpc_dhcp_options_association`: which DHCP options a VPC has.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::vpc::VPCS;
use super::vpc_dhcp_options::{DEFAULT, associate};
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{id, required, schema};
use crate::schema::Schema;

/// The resource type `aws_vpc_dhcp_options_association`.
pub struct VpcDhcpOptionsAssociation;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(0, [required("dhcp_options_id", Type::String), id(), required("vpc_id", Type::String).force_new()])
});

/// The options that a VPC has; none if there is no such VPC.
async fn options_of(aws: &Aws, vpc: &str) -> Outcome<Option<String>> {
    Ok(aws.load(&VPCS, vpc).await?.map(|vpc| vpc.dhcp_options_id.unwrap_or_default()))
}

async fn put(aws: &Aws, object: &mut Object) -> Outcome<()> {
    let (vpc, options) = (object.str("vpc_id").to_string(), object.str("dhcp_options_id").to_string());
    associate(aws, &vpc, &options).await?;
    object.set("id", format!("{options}-{vpc}"));
    Ok(())
}

#[async_trait]
impl ResourceType for VpcDhcpOptionsAssociation {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let options = options_of(aws, object.str("vpc_id")).await?;
        Ok(match options.is_some_and(|o| o == object.str("dhcp_options_id")) {
            true => Presence::Found,
            false => Presence::Gone,
        })
    }

    async fn create(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<()> {
        put(aws, object).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, _: &Object, _: &Operation) -> Outcome<()> {
        put(aws, object).await
    }

    /// Options can't be taken away: the VPC gets the default ones.
    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        if object.str("dhcp_options_id") == DEFAULT {
            return Ok(());
        }
        match associate(aws, object.str("vpc_id"), DEFAULT).await {
            Err(failure) if !failure.is(&["InvalidVpcID.NotFound"]) => Err(failure),
            _ => Ok(()),
        }
    }

    /// The id is that of the VPC.
    async fn import(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let vpc = object.id().to_string();
        let found = options_of(aws, &vpc).await?;
        let options = found.ok_or_else(|| Failure::new(format!("There is no VPC {vpc}.")))?;
        object.set("id", format!("{options}-{vpc}"));
        object.set("dhcp_options_id", options);
        object.set("vpc_id", vpc);
        Ok(())
    }

    /// Options may be given again.
    async fn recover(&self, _: &Aws, _: &mut Object, _: &Operation) -> Outcome<Presence> {
        Ok(Presence::Gone)
    }
}
