//! `aws_ami`: an image that instances are launched from.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use regex::Regex;

use super::query::{filters_of, read_all_tags, some};
use super::word;
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{
    computed, id, object_of, optional, optional_computed, required, schema, set_block, string_map, string_set, strings,
    timeouts,
};
use crate::providers::aws::tags::Tags;
use crate::schema::Schema;
use crate::syntax::{Diagnostic, Diagnostics};

/// The data source `aws_ami`.
pub struct Ami;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("architecture", Type::String),
            computed("arn", Type::String),
            computed(
                "block_device_mappings",
                Type::set(object_of([
                    ("device_name", Type::String),
                    ("ebs", string_map()),
                    ("no_device", Type::String),
                    ("virtual_name", Type::String),
                ])),
            ),
            computed("boot_mode", Type::String),
            computed("creation_date", Type::String),
            computed("deprecation_time", Type::String),
            computed("description", Type::String),
            computed("ena_support", Type::Bool),
            optional("executable_users", strings()),
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            computed("hypervisor", Type::String),
            id(),
            computed("image_id", Type::String),
            computed("image_location", Type::String),
            computed("image_owner_alias", Type::String),
            computed("image_type", Type::String),
            computed("imds_support", Type::String),
            optional("include_deprecated", Type::Bool),
            computed("kernel_id", Type::String),
            computed("last_launched_time", Type::String),
            optional("most_recent", Type::Bool),
            computed("name", Type::String),
            optional("name_regex", Type::String),
            computed("owner_id", Type::String),
            optional("owners", strings()),
            computed("platform", Type::String),
            computed("platform_details", Type::String),
            computed(
                "product_codes",
                Type::set(object_of([("product_code_id", Type::String), ("product_code_type", Type::String)])),
            ),
            computed("public", Type::Bool),
            computed("ramdisk_id", Type::String),
            computed("root_device_name", Type::String),
            computed("root_device_type", Type::String),
            computed("root_snapshot_id", Type::String),
            computed("sriov_net_support", Type::String),
            computed("state", Type::String),
            computed("state_reason", string_map()),
            optional_computed("tags", string_map()),
            timeouts(&["read"]),
            computed("tpm_support", Type::String),
            optional("uefi_data", Type::String),
            computed("usage_operation", Type::String),
            computed("virtualization_type", Type::String),
        ],
    )
});

const CHECKS: Checks = &[("owners", Check::NotEmpty)];

#[async_trait]
impl DataSource for Ami {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn validate(&self, config: &Object) -> Diagnostics {
        let mut problems = Diagnostics::new();
        if let Some(Err(why)) = config.text("name_regex").map(|pattern| Regex::new(&pattern)) {
            let problem = Diagnostic::error("\"name_regex\": invalid regular expression", why.to_string());
            problems.push(problem.about("name_regex"));
        }
        problems
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let image = find(aws, object).await?;
        let id = image.image_id.clone().unwrap_or_default();
        object.set("id", &id);
        object.set("arn", aws.arn_of("ec2", "", &format!("image/{id}")));
        object.set("include_deprecated", object.is("include_deprecated"));
        object.set("most_recent", object.is("most_recent"));
        read_disks(object, &image);
        let tags = image.tags.clone();
        read_itself(object, image);
        read_all_tags(aws, object, tags);
        Ok(())
    }
}

/// The image that is looked for: the only one, or the newest.
async fn find(aws: &Aws, object: &Object) -> Outcome<sdk::Image> {
    // `tags` is what is found here, not what is looked for.
    let mut wanted = object.clone();
    wanted.unset("tags");
    let request = aws
        .ec2
        .describe_images()
        .include_deprecated(object.is("include_deprecated"))
        .set_executable_users(object.some_texts("executable_users"))
        .set_filters(some(filters_of(&wanted)))
        .set_owners(object.some_texts("owners"));
    let send = |token| request.clone().set_next_token(token).send();
    let mut images = aws.pages("ec2:DescribeImages", send, |page| (page.images, page.next_token)).await?;
    if let Some(pattern) = object.text("name_regex") {
        let pattern = Regex::new(&pattern).map_err(|why| Failure::new(why.to_string()))?;
        images.retain(|image| image.name.as_deref().is_some_and(|name| pattern.is_match(name)));
    }
    if images.len() > 1 && !object.is("most_recent") {
        return Err(Failure::new(
            "Your query returned more than one result. Please try a more specific search criteria, or set \
             `most_recent` attribute to true.",
        ));
    }
    // Times of this form are in order as texts. To the second; the first of those that are as new as each other.
    let second = |image: &sdk::Image| image.creation_date.as_deref().and_then(|t| t.get(..19)).map(ToString::to_string);
    images.into_iter().rev().max_by_key(second).ok_or_else(|| {
        Failure::new("Your query returned no results. Please change your search criteria and try again.")
    })
}

fn read_itself(object: &mut Object, image: sdk::Image) {
    object.set("architecture", word(image.architecture));
    object.set("boot_mode", word(image.boot_mode));
    object.set("creation_date", image.creation_date);
    object.set("deprecation_time", image.deprecation_time);
    object.set("description", image.description);
    object.set("ena_support", image.ena_support);
    object.set("hypervisor", word(image.hypervisor));
    object.set("image_id", image.image_id);
    object.set("image_location", image.image_location);
    object.set("image_owner_alias", image.image_owner_alias);
    object.set("image_type", word(image.image_type));
    object.set("imds_support", word(image.imds_support));
    object.set("kernel_id", image.kernel_id);
    object.set("last_launched_time", image.last_launched_time);
    object.set("name", image.name);
    object.set("owner_id", image.owner_id);
    object.set("platform", word(image.platform));
    object.set("platform_details", image.platform_details);
    object.set("public", image.public);
    object.set("ramdisk_id", image.ramdisk_id);
    object.set("root_device_name", image.root_device_name);
    object.set("root_device_type", word(image.root_device_type));
    object.set("sriov_net_support", image.sriov_net_support);
    object.set("state", word(image.state));
    object.set("tpm_support", word(image.tpm_support));
    object.set("usage_operation", image.usage_operation);
    object.set("virtualization_type", word(image.virtualization_type));
    let unset = || Some("UNSET".to_string());
    let reason = image.state_reason.map_or_else(|| (unset(), unset()), |reason| (reason.code, reason.message));
    let reason = [("code", reason.0), ("message", reason.1)];
    let reason: Tags = reason.into_iter().map(|(k, v)| (k.to_string(), v.unwrap_or_default())).collect();
    object.set("state_reason", reason);
    let code = |code: sdk::ProductCode| {
        let block = Object::block().with("product_code_id", code.product_code_id);
        block.with("product_code_type", word(code.product_code_type))
    };
    let codes = image.product_codes.unwrap_or_default();
    object.set("product_codes", codes.into_iter().map(code).collect::<Vec<_>>());
}

fn read_disks(object: &mut Object, image: &sdk::Image) {
    let mappings = image.block_device_mappings.as_deref().unwrap_or_default();
    let root = mappings.iter().find(|mapping| mapping.device_name == image.root_device_name);
    object.set("root_snapshot_id", root.and_then(|mapping| mapping.ebs.as_ref()?.snapshot_id.clone()));
    let block = |mapping: &sdk::BlockDeviceMapping| {
        Object::block()
            .with("device_name", mapping.device_name.clone())
            .with("ebs", mapping.ebs.as_ref().map(disk))
            .with("no_device", mapping.no_device.clone())
            .with("virtual_name", mapping.virtual_name.clone())
    };
    object.set("block_device_mappings", mappings.iter().map(block).collect::<Vec<_>>());
}

/// A disk, all of it as text.
fn disk(disk: &sdk::EbsBlockDevice) -> Tags {
    let number = |n: Option<i32>| n.unwrap_or_default().to_string();
    let flag = |on: Option<bool>| on.unwrap_or_default().to_string();
    let parts = [
        ("delete_on_termination", flag(disk.delete_on_termination)),
        ("encrypted", flag(disk.encrypted)),
        ("iops", number(disk.iops)),
        ("snapshot_id", disk.snapshot_id.clone().unwrap_or_default()),
        ("throughput", number(disk.throughput)),
        ("volume_initialization_rate", number(disk.volume_initialization_rate)),
        ("volume_size", number(disk.volume_size)),
        ("volume_type", word(disk.volume_type.clone()).unwrap_or_default()),
    ];
    parts.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}
