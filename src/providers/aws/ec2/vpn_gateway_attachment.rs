//! `aws_vpn_gateway_attachment`: that a VPN gateway belongs to a VPC.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::vpn_gateway::{attach, attachment, detach};
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{id, required, schema};
use crate::schema::Schema;

/// The resource type `aws_vpn_gateway_attachment`.
pub struct VpnGatewayAttachment;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [id(), required("vpc_id", Type::String).force_new(), required("vpn_gateway_id", Type::String).force_new()],
    )
});

/// Gateway and VPC.
fn ends(object: &Object) -> (&str, &str) {
    (object.str("vpn_gateway_id"), object.str("vpc_id"))
}

/// The id that an attachment has in state: AWS has none.
fn id_of(object: &Object) -> String {
    let (gateway, vpc) = ends(object);
    format!("vpn-attachment-{:x}", crc32fast::hash(format!("{vpc}-{gateway}").as_bytes()))
}

#[async_trait]
impl ResourceType for VpnGatewayAttachment {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let (gateway, vpc) = ends(object);
        let found = attachment(aws, gateway, vpc).await?;
        Ok(if found.is_some() { Presence::Found } else { Presence::Gone })
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let (gateway, vpc) = ends(object);
        if attachment(aws, gateway, vpc).await?.is_some() {
            return Err(Failure::new(format!("VPN gateway {gateway} is attached to VPC {vpc} already.")));
        }
        attach(aws, gateway, vpc, operation.timeout).await?;
        object.set("id", id_of(object));
        Ok(())
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let (gateway, vpc) = ends(object);
        detach(aws, gateway, vpc, operation.timeout).await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<Presence> {
        let presence = self.read(aws, object).await?;
        object.set("id", id_of(object));
        Ok(presence)
    }
}
