//! The disks that are an instance's own.

use aws_sdk_ec2::types as sdk;
use futures_util::future::try_join_all;

use crate::providers::aws::connection::Aws;
use crate::providers::aws::ec2::ebs_volume::VOLUMES;
use crate::providers::aws::ec2::word;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::tags::Tags;

/// The disks that a new instance is to have. None if the image's do.
pub async fn request(aws: &Aws, object: &Object) -> Outcome<Option<Vec<sdk::BlockDeviceMapping>>> {
    let mut devices = Vec::new();
    for block in object.blocks("ebs_block_device") {
        devices.push(mapping(block.str("device_name"), disk(&block, "ebs_block_device")?));
    }
    for block in object.blocks("ephemeral_block_device") {
        devices.push(ephemeral(&block)?);
    }
    if let Some(block) = object.block_at("root_block_device") {
        let name = root_device_name(aws, object).await?;
        devices.push(mapping(&name, disk(&block, "root_block_device")?));
    }
    Ok(Some(devices).filter(|devices| !devices.is_empty()))
}

fn mapping(name: &str, disk: sdk::EbsBlockDevice) -> sdk::BlockDeviceMapping {
    sdk::BlockDeviceMapping::builder().device_name(name).ebs(disk).build()
}

fn disk(block: &Object, what: &str) -> Outcome<sdk::EbsBlockDevice> {
    let kind = block.str("volume_type");
    let (iops, throughput) = (block.nonzero("iops"), block.nonzero("throughput"));
    let refuse = |name: &str| {
        let kind = if kind.is_empty() { "gp2" } else { kind };
        Err(Failure::new(format!("{name} attribute not supported for {what} with volume_type {kind}")))
    };
    if iops.is_some() && !matches!(kind, "io1" | "io2" | "gp3") {
        return refuse("iops");
    }
    if throughput.is_some() && kind != "gp3" {
        return refuse("throughput");
    }
    Ok(sdk::EbsBlockDevice::builder()
        .set_delete_on_termination(block.bool("delete_on_termination"))
        .set_snapshot_id(block.text("snapshot_id"))
        .set_encrypted(block.bool("encrypted").filter(|on| *on))
        .set_kms_key_id(block.text("kms_key_id"))
        .set_volume_size(block.nonzero("volume_size"))
        .set_volume_type(block.word("volume_type"))
        .set_iops(iops)
        .set_throughput(throughput)
        .build())
}

fn ephemeral(block: &Object) -> Outcome<sdk::BlockDeviceMapping> {
    let mapping = sdk::BlockDeviceMapping::builder().device_name(block.str("device_name"));
    match (block.text("virtual_name"), block.is("no_device")) {
        (_, true) => Ok(mapping.no_device("").build()),
        (Some(name), false) => Ok(mapping.virtual_name(name).build()),
        (None, false) => Err(Failure::new("virtual_name cannot be empty when no_device is false or undefined.")),
    }
}

/// How the image calls its first disk.
async fn root_device_name(aws: &Aws, object: &Object) -> Outcome<String> {
    let image = match object.text("ami") {
        Some(image) => image,
        None => image_of_template(aws, object).await?,
    };
    let send = || aws.ec2.describe_images().image_ids(&image).send();
    let answer = aws.call("ec2:DescribeImages", send).await?;
    let found = answer.images.unwrap_or_default().into_iter().next();
    let Some(found) = found else {
        return Err(Failure::new(format!("Expected 1 AMI for ID: {image}, got none")));
    };
    if found.root_device_type == Some(sdk::DeviceType::InstanceStore) {
        return Err(Failure::new(format!("The AMI {image} has its root device in the instance store.")));
    }
    // Some images call their root device differently from the disk that it is.
    let root = found.root_device_name.unwrap_or_default();
    let disks = found.block_device_mappings.unwrap_or_default();
    let is_root = disks.iter().any(|d| d.device_name.as_deref() == Some(root.as_str()));
    let first = disks.iter().find_map(|d| d.device_name.clone());
    let name = if is_root { Some(root) } else { first.or(Some(root)) };
    name.filter(|name| !name.is_empty())
        .ok_or_else(|| Failure::new(format!("finding Root Device Name for AMI ({image})")))
}

async fn image_of_template(aws: &Aws, object: &Object) -> Outcome<String> {
    let template = object.block_at("launch_template").unwrap_or_default();
    let request = aws
        .ec2
        .describe_launch_template_versions()
        .set_launch_template_id(template.text("id"))
        .set_launch_template_name(template.text("name").filter(|_| template.text("id").is_none()))
        .versions(template.text("version").unwrap_or_else(|| "$Default".into()));
    let answer = aws.call("ec2:DescribeLaunchTemplateVersions", || request.clone().send()).await?;
    let versions = answer.launch_template_versions.unwrap_or_default();
    let image = versions.into_iter().find_map(|v| v.launch_template_data?.image_id);
    image.ok_or_else(|| Failure::new("`ami` must be set or provided via `launch_template`"))
}

/// A disk that an instance has.
struct Attached {
    device: String,
    is_root: bool,
    deletes: Option<bool>,
    volume: sdk::Volume,
}

async fn attached(aws: &Aws, instance: &sdk::Instance) -> Outcome<Vec<Attached>> {
    let devices = instance.block_device_mappings.iter().flatten().filter_map(|d| {
        let disk = d.ebs.as_ref()?;
        Some((d.device_name.clone().unwrap_or_default(), disk.volume_id.clone()?, disk.delete_on_termination))
    });
    let loads = devices.map(async |(device, volume, deletes)| {
        let is_root = instance.root_device_name.as_deref() == Some(device.as_str());
        let volume = aws.load(&VOLUMES, &volume).await?;
        Ok(volume.map(|volume| Attached { device, is_root, deletes, volume }))
    });
    Ok(try_join_all(loads).await?.into_iter().flatten().collect())
}

/// The disks of an instance as blocks.
pub struct Disks {
    /// The first disk.
    pub root: Option<Object>,
    /// The snapshot that the first disk was made of.
    pub root_snapshot: Option<String>,
    /// All others.
    pub others: Vec<Object>,
    /// The tags of all of them.
    pub tags: Tags,
}

/// Whose tags the disks have: their own, or those of the instance's `volume_tags`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DiskTags {
    /// Their own, default ones only in `tags_all`.
    Own,
    /// Their own, as a data source shows them.
    Shown,
    /// The instance's.
    OfInstance,
}

/// Reads the disks of an instance.
pub async fn read(aws: &Aws, instance: &sdk::Instance, whose: DiskTags) -> Outcome<Disks> {
    let mut disks = Disks { root: None, root_snapshot: None, others: Vec::new(), tags: Tags::new() };
    for attached in attached(aws, instance).await? {
        let Attached { device, is_root, deletes, volume } = attached;
        let mut block = Object::block()
            .with("delete_on_termination", deletes)
            .with("device_name", device)
            .with("encrypted", volume.encrypted)
            .with("iops", volume.iops)
            .with("kms_key_id", volume.kms_key_id)
            .with("throughput", volume.throughput)
            .with("volume_id", volume.volume_id)
            .with("volume_size", volume.size)
            .with("volume_type", word(volume.volume_type));
        let tags = volume.tags.unwrap_or_default().into_iter();
        let tags: Tags = tags.map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())).collect();
        disks.tags.extend(tags.iter().filter(|(k, _)| !k.starts_with("aws:")).map(|(k, v)| (k.clone(), v.clone())));
        match whose {
            DiskTags::Own => aws.settings.tags.read(&mut block, tags),
            DiskTags::Shown => {
                let shown: Tags = tags.into_iter().filter(|(k, _)| !aws.settings.tags.is_ignored(k)).collect();
                block.set("tags", shown);
            }
            DiskTags::OfInstance => {}
        }
        if is_root {
            disks.root = Some(block);
            disks.root_snapshot = volume.snapshot_id;
        } else {
            disks.others.push(block.with("snapshot_id", volume.snapshot_id));
        }
    }
    Ok(disks)
}

/// The volumes of an instance that are to have tags of their own, with these.
#[must_use]
pub fn tags(aws: &Aws, object: &Object, instance: &sdk::Instance) -> Vec<(String, Tags)> {
    let volume_of = |device: &str| {
        let mappings = instance.block_device_mappings.iter().flatten();
        let mut named = mappings.filter(|d| d.device_name.as_deref() == Some(device));
        named.find_map(|d| d.ebs.as_ref()?.volume_id.clone())
    };
    let root = instance.root_device_name.as_deref().unwrap_or_default();
    let roots = object.blocks("root_block_device").into_iter().map(|block| (root.to_string(), block));
    let others = object.blocks("ebs_block_device").into_iter().map(|b| (b.str("device_name").to_string(), b));
    let tagged = roots.chain(others).filter_map(|(device, block)| {
        let own = block.map("tags");
        let tags = if object.map("volume_tags").is_empty() { aws.settings.tags.all(&own) } else { own };
        Some((volume_of(&device)?, tags)).filter(|(_, tags)| !tags.is_empty())
    });
    tagged.collect()
}
