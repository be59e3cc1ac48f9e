//! `aws_volume_attachment`: a disk that an instance has.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::ebs_volume::VOLUMES;
use super::instance::state::{stop, wait_for_states};
use super::word;
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{id, optional, required, schema, timeouts};
use crate::providers::aws::wait::{Progress, wait_for};
use crate::schema::Schema;

/// The resource type `aws_volume_attachment`.
pub struct VolumeAttachment;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            required("device_name", Type::String).force_new(),
            optional("force_detach", Type::Bool),
            id(),
            required("instance_id", Type::String).force_new(),
            optional("skip_destroy", Type::Bool),
            optional("stop_instance_before_detaching", Type::Bool),
            timeouts(&["create", "delete"]),
            required("volume_id", Type::String).force_new(),
        ],
    )
});

/// How an attachment is called in state: a hash of what it is.
fn id_of(device: &str, volume: &str, instance: &str) -> String {
    format!("vai-{}", crc32fast::hash(format!("{device}-{instance}-{volume}-").as_bytes()))
}

/// The state of an attachment; none if there is none.
async fn state_of(aws: &Aws, object: &Object) -> Outcome<Option<sdk::VolumeAttachmentState>> {
    let is_this = |a: &sdk::VolumeAttachment| {
        a.instance_id.as_deref() == Some(object.str("instance_id"))
            && a.device.as_deref() == Some(object.str("device_name"))
    };
    let volume = aws.load(&VOLUMES, object.str("volume_id")).await?;
    let attachments = volume.and_then(|v| v.attachments).unwrap_or_default();
    let state = attachments.into_iter().find(is_this).and_then(|a| a.state);
    Ok(state.filter(|state| *state != sdk::VolumeAttachmentState::Detached))
}

/// Waits for an attachment to be in a state; none is none at all.
async fn wait_until(
    aws: &Aws,
    object: &Object,
    wanted: Option<sdk::VolumeAttachmentState>,
    timeout: Duration,
) -> Outcome<()> {
    let what = format!("Attachment of {} to {}", object.str("volume_id"), object.str("instance_id"));
    wait_for(&what, timeout, || async {
        Ok(match state_of(aws, object).await? {
            state if state == wanted => Progress::Done(()),
            state => Progress::Pending(word(state).unwrap_or_else(|| "missing".into())),
        })
    })
    .await
}

#[async_trait]
impl ResourceType for VolumeAttachment {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 5, delete: 5, ..Timeouts::default() }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let is_there = state_of(aws, object).await?.is_some();
        Ok(if is_there { Presence::Found } else { Presence::Gone })
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let (device, volume, instance) =
            (object.str("device_name"), object.str("volume_id"), object.str("instance_id"));
        let id = id_of(device, volume, instance);
        // An instance takes no volumes before it runs.
        let ready = [sdk::InstanceStateName::Running, sdk::InstanceStateName::Stopped];
        wait_for_states(aws, instance, &ready, operation.timeout).await?;
        let send = async || {
            aws.ec2.attach_volume().device(device).volume_id(volume).instance_id(instance).send().await.map(|_| ())
        };
        let find = async || Ok(state_of(aws, object).await?.map(|_| ()));
        aws.create_once("ec2:AttachVolume", send, find).await?;
        object.set("id", id);
        wait_until(aws, object, Some(sdk::VolumeAttachmentState::Attached), operation.timeout).await
    }

    async fn update(&self, _: &Aws, _: &mut Object, _: &Object, _: &Operation) -> Outcome<()> {
        Ok(())
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        if object.is("skip_destroy") {
            return Ok(());
        }
        let instance = object.str("instance_id");
        if object.is("stop_instance_before_detaching") {
            stop(aws, instance, operation.timeout).await?;
        }
        let detached = aws.call("ec2:DetachVolume", || {
            aws.ec2
                .detach_volume()
                .device(object.str("device_name"))
                .instance_id(instance)
                .volume_id(object.str("volume_id"))
                .force(object.is("force_detach"))
                .send()
        });
        match detached.await {
            Err(failure) if is_detached(&failure) => return Ok(()),
            outcome => outcome?,
        };
        wait_until(aws, object, None, operation.timeout).await
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        let id = object.id().to_string();
        let parts: Vec<&str> = id.split(':').collect();
        let [device, volume, instance] = parts.as_slice() else {
            return Err(Failure::new(format!(
                "Unexpected format of ID ({id:?}), expected DEVICE_NAME:VOLUME_ID:INSTANCE_ID"
            )));
        };
        object.set("device_name", *device);
        object.set("volume_id", *volume);
        object.set("instance_id", *instance);
        object.set("id", id_of(device, volume, instance));
        Ok(())
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<Presence> {
        let id = id_of(object.str("device_name"), object.str("volume_id"), object.str("instance_id"));
        object.set("id", id);
        self.read(aws, object).await
    }
}

/// Whether a volume can't be detached because it isn't attached.
fn is_detached(failure: &Failure) -> bool {
    failure.is(&["InvalidVolume.NotFound", "InvalidInstanceID.NotFound", "InvalidAttachment.NotFound"])
        || failure.is(&["IncorrectState"]) && failure.message.contains("is in the 'available' state")
}
