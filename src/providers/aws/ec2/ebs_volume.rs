//! `aws_ebs_volume`: a disk.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{VALUES, filter_keys, find_by_intent, read_tags, tag_specification, time, update_tags, word};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;
use crate::syntax::{Diagnostic, Diagnostics};

/// The resource type `aws_ebs_volume`.
pub struct EbsVolume;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            required("availability_zone", Type::String).force_new(),
            computed("create_time", Type::String),
            optional_computed("encrypted", Type::Bool).force_new(),
            optional("final_snapshot", Type::Bool).default(false),
            id(),
            optional_computed("iops", Type::Number),
            optional_computed("kms_key_id", Type::String).force_new(),
            optional("multi_attach_enabled", Type::Bool).force_new(),
            optional("outpost_arn", Type::String).force_new(),
            optional_computed("size", Type::Number),
            optional_computed("snapshot_id", Type::String).force_new(),
            tags(),
            tags_all(),
            optional_computed("throughput", Type::Number),
            timeouts(&["create", "delete", "update"]),
            optional_computed("type", Type::String),
        ],
    )
});

/// Volumes by id.
pub static VOLUMES: Batch<sdk::Volume> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::Volume>> {
    let filters = [filter_keys("volume-id", &ids)];
    let send = |token| aws.ec2.describe_volumes().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let volumes = aws.pages("ec2:DescribeVolumes", send, |page| (page.volumes, page.next_token)).await?;
    let is_there = |volume: &sdk::Volume| volume.state != Some(sdk::VolumeState::Deleted);
    Ok(volumes.into_iter().filter(is_there).filter_map(|v| Some((v.volume_id.as_deref()?.into(), v))).collect())
}

/// Waits for a volume to be in a state; none is none at all.
async fn wait_until(aws: &Aws, id: &str, wanted: Option<sdk::VolumeState>, timeout: Duration) -> Outcome<()> {
    wait_for(&format!("EBS volume {id}"), timeout, || async {
        let state = aws.load(&VOLUMES, id).await?.and_then(|volume| volume.state);
        Ok(match state {
            state if state == wanted => Progress::Done(()),
            Some(sdk::VolumeState::Error) => Progress::Failed("it is in error".into()),
            state => Progress::Pending(word(state).unwrap_or_else(|| "missing".into())),
        })
    })
    .await
}

/// What can be changed of a volume.
#[derive(Clone, Default)]
pub struct Modification {
    /// Gibibytes.
    pub size: Option<i32>,
    /// The kind.
    pub kind: Option<sdk::VolumeType>,
    /// Operations a second.
    pub iops: Option<i32>,
    /// Mebibytes a second.
    pub throughput: Option<i32>,
}

/// Changes a volume, if there is something to change, and waits until it can be used like that.
///
/// # Errors
/// When AWS refuses, or it takes too long.
pub async fn modify(aws: &Aws, id: &str, change: Modification, timeout: Duration) -> Outcome<()> {
    let Modification { size, kind, iops, throughput } = change;
    if size.is_none() && kind.is_none() && iops.is_none() && throughput.is_none() {
        return Ok(());
    }
    let request = aws
        .ec2
        .modify_volume()
        .volume_id(id)
        .set_size(size)
        .set_volume_type(kind)
        .set_iops(iops)
        .set_throughput(throughput);
    aws.call("ec2:ModifyVolume", || request.clone().send()).await?;
    wait_for(&format!("Modification of EBS volume {id}"), timeout, || modification(aws, id)).await
}

async fn modification(aws: &Aws, id: &str) -> Outcome<Progress<()>> {
    let send = || aws.ec2.describe_volumes_modifications().volume_ids(id).send();
    let answer = aws.call("ec2:DescribeVolumesModifications", send).await?;
    // Earlier ones are listed as well.
    let newest = answer.volumes_modifications.unwrap_or_default().into_iter().max_by_key(|m| m.start_time);
    Ok(match newest.map(|m| (m.modification_state, m.status_message)) {
        // It can be used while it is optimised.
        Some((Some(sdk::VolumeModificationState::Completed | sdk::VolumeModificationState::Optimizing), _)) => {
            Progress::Done(())
        }
        Some((Some(sdk::VolumeModificationState::Failed), why)) => {
            Progress::Failed(why.unwrap_or_else(|| "it has failed".into()))
        }
        other => Progress::Pending(word(other.and_then(|(state, _)| state)).unwrap_or_else(|| "not begun".into())),
    })
}

/// Keeps a volume's content before it is destroyed.
async fn final_snapshot(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
    let kind = sdk::ResourceType::Snapshot;
    let request = aws
        .ec2
        .create_snapshot()
        .volume_id(object.id())
        .set_outpost_arn(object.text("outpost_arn"))
        .tag_specifications(tag_specification(kind.clone(), object, operation));
    let send = async || Ok(request.clone().send().await?.snapshot_id.unwrap_or_default());
    let snapshot = match find_by_intent(aws, &kind, operation).await? {
        Some(id) => id,
        None => aws.create_once("ec2:CreateSnapshot", send, || find_by_intent(aws, &kind, operation)).await?,
    };
    aws.note_intent(&snapshot);
    wait_for(&format!("EBS snapshot {snapshot}"), operation.timeout, || async {
        let send = || aws.ec2.describe_snapshots().snapshot_ids(&snapshot).send();
        let answer = aws.call("ec2:DescribeSnapshots", send).await?;
        let found = answer.snapshots.unwrap_or_default().into_iter().next();
        Ok(match found.map(|s| (s.state, s.state_message)) {
            Some((Some(sdk::SnapshotState::Completed), _)) => Progress::Done(()),
            Some((Some(sdk::SnapshotState::Error), why)) => {
                Progress::Failed(why.unwrap_or_else(|| "it is in error".into()))
            }
            other => Progress::Pending(word(other.and_then(|(s, _)| s)).unwrap_or_else(|| "missing".into())),
        })
    })
    .await
}

/// What a new volume of some kind can't have, or must have.
fn problems(config: &Object, kind: &str) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let mut refuse = |name: &str, must: &str| {
        problems.push(Diagnostic::error(format!("'{name}' {must} be set when 'type' is '{kind}'"), ""));
    };
    let is_provisioned = matches!(kind, "io1" | "io2");
    match config.get("iops") {
        None if is_provisioned => refuse("iops", "must"),
        Some(_) if config.nonzero("iops").is_some() && !is_provisioned && kind != "gp3" => refuse("iops", "must not"),
        _ => {}
    }
    if config.is("multi_attach_enabled") && !is_provisioned {
        refuse("multi_attach_enabled", "must not");
    }
    if config.nonzero("throughput").is_some() && kind != "gp3" {
        refuse("throughput", "must not");
    }
    problems
}

const CHECKS: Checks = &[
    ("size snapshot_id", Check::AtLeastOne),
    ("kms_key_id outpost_arn", Check::Arn),
    ("throughput", Check::Range(125, 1000)),
];

#[async_trait]
impl ResourceType for EbsVolume {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 5, update: 5, delete: 10, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        let is_known = plan.config.get("type").is_none_or(crate::lang::Value::is_known);
        let kind = plan.planned.str("type").to_string();
        let Some(prior) = plan.prior else {
            if is_known {
                plan.problems.extend(problems(plan.config, &kind));
            }
            return;
        };
        // 0 is no change where the kind of volume doesn't let choose.
        let is_fixed = [("iops", !matches!(kind.as_str(), "gp3" | "io1" | "io2")), ("throughput", kind != "gp3")];
        for (name, is_fixed) in is_fixed {
            if let Some(before) = prior.get(name).filter(|_| is_fixed && plan.planned.int(name) == Some(0)) {
                plan.planned.set(name, before);
            }
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(volume) = aws.load(&VOLUMES, &id).await? else { return Ok(Presence::Gone) };
        object.set("arn", aws.arn("ec2", &format!("volume/{id}")));
        object.set("availability_zone", volume.availability_zone);
        object.set("create_time", time(volume.create_time));
        object.set("encrypted", volume.encrypted);
        object.set("iops", volume.iops);
        object.set("kms_key_id", volume.kms_key_id);
        object.set("multi_attach_enabled", volume.multi_attach_enabled);
        object.set("outpost_arn", volume.outpost_arn);
        object.set("size", volume.size);
        object.set("snapshot_id", volume.snapshot_id);
        object.set("throughput", volume.throughput);
        object.set("type", word(volume.volume_type));
        read_tags(aws, object, volume.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let request = aws
            .ec2
            .create_volume()
            .client_token(operation.token.as_str())
            .availability_zone(object.str("availability_zone"))
            .set_encrypted(object.bool("encrypted").filter(|on| *on))
            .set_iops(object.nonzero("iops"))
            .set_kms_key_id(object.text("kms_key_id"))
            .set_multi_attach_enabled(object.bool("multi_attach_enabled").filter(|on| *on))
            .set_outpost_arn(object.text("outpost_arn"))
            .set_size(object.nonzero("size"))
            .set_snapshot_id(object.text("snapshot_id"))
            .set_throughput(object.nonzero("throughput"))
            .set_volume_type(object.word("type"))
            .tag_specifications(tag_specification(sdk::ResourceType::Volume, object, operation));
        let made = aws.call("ec2:CreateVolume", || request.clone().send()).await?;
        let id = made.volume_id.unwrap_or_default();
        object.set("id", &id);
        aws.note_intent(&id);
        wait_until(aws, &id, Some(sdk::VolumeState::Available), operation.timeout).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id().to_string();
        let changed = |name| object.nonzero(name).filter(|_| object.differs(prior, name));
        let kind = object.word("type").filter(|_| object.differs(prior, "type"));
        // A new kind has its own default unless it is told what to do.
        let iops = changed("iops").or_else(|| {
            let chooses = matches!(kind, Some(sdk::VolumeType::Io1 | sdk::VolumeType::Io2 | sdk::VolumeType::Gp3));
            object.nonzero("iops").filter(|_| chooses)
        });
        let change =
            Modification { size: changed("size"), kind: kind.clone(), iops, throughput: changed("throughput") };
        modify(aws, &id, change, operation.timeout).await?;
        update_tags(aws, &id, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        if object.is("final_snapshot") {
            final_snapshot(aws, object, operation).await?;
        }
        let is_in_use = |f: &Failure| f.is(&["VolumeInUse"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeleteVolume", || aws.ec2.delete_volume().volume_id(id).send())
        });
        match deleted.await {
            Err(failure) if failure.is(&["InvalidVolume.NotFound"]) => Ok(()),
            Err(failure) => Err(failure),
            Ok(_) => wait_until(aws, id, None, operation.timeout).await,
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::Volume, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        Ok(Presence::Found)
    }
}
