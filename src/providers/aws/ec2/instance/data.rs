//! The data source `aws_instance`: a virtual machine that exists.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::attributes::{Attributes, UserData, attributes};
use super::devices::{self, DiskTags, Disks};
use super::read;
use super::state::{matching, state};
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::ec2::query::{filters_of, only, read_all_tags};
use crate::providers::aws::ec2::{filter, time, word};
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{
    computed, id, object_of, optional, optional_computed, required, schema, set_block, string_map, string_set, timeouts,
};
use crate::schema::Schema;

/// The data source `aws_instance`.
pub struct Instance;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("ami", Type::String),
            computed("arn", Type::String),
            computed("associate_public_ip_address", Type::Bool),
            computed("availability_zone", Type::String),
            computed("credit_specification", Type::list(object_of([("cpu_credits", Type::String)]))),
            computed("disable_api_stop", Type::Bool),
            computed("disable_api_termination", Type::Bool),
            computed(
                "ebs_block_device",
                Type::set(object_of([
                    ("delete_on_termination", Type::Bool),
                    ("device_name", Type::String),
                    ("encrypted", Type::Bool),
                    ("iops", Type::Number),
                    ("kms_key_id", Type::String),
                    ("snapshot_id", Type::String),
                    ("tags", string_map()),
                    ("throughput", Type::Number),
                    ("volume_id", Type::String),
                    ("volume_size", Type::Number),
                    ("volume_type", Type::String),
                ])),
            ),
            computed("ebs_optimized", Type::Bool),
            computed("enclave_options", Type::list(object_of([("enabled", Type::Bool)]))),
            computed(
                "ephemeral_block_device",
                Type::list(object_of([
                    ("device_name", Type::String),
                    ("no_device", Type::Bool),
                    ("virtual_name", Type::String),
                ])),
            ),
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            optional("get_password_data", Type::Bool),
            optional("get_user_data", Type::Bool),
            computed("host_id", Type::String),
            computed("host_resource_group_arn", Type::String),
            computed("iam_instance_profile", Type::String),
            id(),
            optional("instance_id", Type::String),
            computed("instance_state", Type::String),
            optional_computed("instance_tags", string_map()),
            computed("instance_type", Type::String),
            computed("ipv6_addresses", string_set()),
            computed("key_name", Type::String),
            computed("launch_time", Type::String),
            computed("maintenance_options", Type::list(object_of([("auto_recovery", Type::String)]))),
            computed(
                "metadata_options",
                Type::list(object_of([
                    ("http_endpoint", Type::String),
                    ("http_protocol_ipv6", Type::String),
                    ("http_put_response_hop_limit", Type::Number),
                    ("http_tokens", Type::String),
                    ("instance_metadata_tags", Type::String),
                ])),
            ),
            computed("monitoring", Type::Bool),
            computed("network_interface_id", Type::String),
            computed("outpost_arn", Type::String),
            computed("password_data", Type::String),
            computed("placement_group", Type::String),
            computed("placement_partition_number", Type::Number),
            computed("private_dns", Type::String),
            computed(
                "private_dns_name_options",
                Type::list(object_of([
                    ("enable_resource_name_dns_a_record", Type::Bool),
                    ("enable_resource_name_dns_aaaa_record", Type::Bool),
                    ("hostname_type", Type::String),
                ])),
            ),
            computed("private_ip", Type::String),
            computed("public_dns", Type::String),
            computed("public_ip", Type::String),
            computed(
                "root_block_device",
                Type::set(object_of([
                    ("delete_on_termination", Type::Bool),
                    ("device_name", Type::String),
                    ("encrypted", Type::Bool),
                    ("iops", Type::Number),
                    ("kms_key_id", Type::String),
                    ("tags", string_map()),
                    ("throughput", Type::Number),
                    ("volume_id", Type::String),
                    ("volume_size", Type::Number),
                    ("volume_type", Type::String),
                ])),
            ),
            computed("secondary_private_ips", string_set()),
            computed("security_groups", string_set()),
            computed("source_dest_check", Type::Bool),
            computed("subnet_id", Type::String),
            optional_computed("tags", string_map()),
            computed("tenancy", Type::String),
            timeouts(&["read"]),
            computed("user_data", Type::String),
            computed("user_data_base64", Type::String),
            computed("vpc_security_group_ids", string_set()),
        ],
    )
});

#[async_trait]
impl DataSource for Instance {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let instance = find(aws, object).await?;
        let id = instance.instance_id.clone().unwrap_or_default();
        let (vpc, disks, attributes, credits) = tokio::try_join!(
            read::vpc(aws, &instance),
            devices::read(aws, &instance, DiskTags::Shown),
            attributes(aws, &id, UserData::Possible),
            read::credit_specification(aws, &instance),
        )?;
        object.set("id", &id);
        object.set("arn", aws.arn("ec2", &format!("instance/{id}")));
        object.set("get_password_data", object.is("get_password_data"));
        object.set("get_user_data", object.is("get_user_data"));
        read_itself(object, &instance);
        read::read_placement(object, instance.placement.as_ref());
        let group = instance.placement.as_ref().and_then(|placement| placement.host_resource_group_arn.clone());
        object.set("host_resource_group_arn", group);
        read::read_shared_options(object, &instance);
        read_network(object, &instance);
        read::read_security_groups(object, &instance, vpc);
        read_disks(object, disks);
        read_attributes(object, attributes);
        if let Some(credits) = credits {
            object.set("credit_specification", credits);
        }
        if object.is("get_password_data") {
            object.set("password_data", read::password(aws, &id).await?);
        }
        read_all_tags(aws, object, instance.tags);
        Ok(())
    }
}

async fn find(aws: &Aws, object: &Object) -> Outcome<sdk::Instance> {
    let id = object.text("instance_id").map(|id| filter("instance-id", [id]));
    let tags = object.map("instance_tags").into_iter().map(|(key, value)| filter(&format!("tag:{key}"), [value]));
    // `tags` is what is found here, not what is looked for.
    let mut wanted = object.clone();
    wanted.unset("tags");
    let mut found = matching(aws, id.into_iter().chain(tags).chain(filters_of(&wanted)).collect()).await?;
    found.retain(|instance| state(instance) != Some(sdk::InstanceStateName::Terminated));
    only("EC2 Instance", found)
}

fn read_itself(object: &mut Object, instance: &sdk::Instance) {
    object.set("ami", instance.image_id.clone());
    object.set("ebs_optimized", instance.ebs_optimized);
    object.set("iam_instance_profile", read::profile_name(instance));
    object.set("instance_state", word(state(instance)));
    object.set("instance_type", word(instance.instance_type.clone()));
    object.set("key_name", instance.key_name.clone());
    object.set("launch_time", time(instance.launch_time));
    object.set("outpost_arn", instance.outpost_arn.clone());
    object.set("private_dns", instance.private_dns_name.clone());
    object.set("private_ip", instance.private_ip_address.clone());
    object.set("public_dns", instance.public_dns_name.clone());
    object.set("public_ip", instance.public_ip_address.clone());
    if let Some(monitoring) = &instance.monitoring {
        let is_on = matches!(monitoring.state, Some(sdk::MonitoringState::Enabled | sdk::MonitoringState::Pending));
        object.set("monitoring", is_on);
    }
}

fn read_network(object: &mut Object, instance: &sdk::Instance) {
    match read::primary_interface(instance) {
        Some(primary) => {
            let ipv6: Vec<_> = primary.ipv6_addresses.iter().flatten().filter_map(|a| a.ipv6_address.clone()).collect();
            object.set("associate_public_ip_address", primary.association.is_some());
            object.set("ipv6_addresses", ipv6);
            object.set("network_interface_id", primary.network_interface_id.clone());
            object.set("secondary_private_ips", read::secondary_addresses(Some(primary)));
            object.set("subnet_id", primary.subnet_id.clone());
        }
        None => {
            object.set("network_interface_id", "");
            object.set("subnet_id", instance.subnet_id.clone());
        }
    }
    if instance.subnet_id.as_ref().is_some_and(|subnet| !subnet.is_empty()) {
        object.set("source_dest_check", instance.source_dest_check);
    }
}

fn read_disks(object: &mut Object, disks: Disks) {
    object.set("ebs_block_device", disks.others);
    object.set("root_block_device", disks.root.into_iter().collect::<Vec<_>>());
    object.set("ephemeral_block_device", Vec::<Object>::new());
}

fn read_attributes(object: &mut Object, attributes: Attributes) {
    object.set("disable_api_stop", attributes.no_stop);
    object.set("disable_api_termination", attributes.no_termination);
    if let Some(data) = attributes.user_data {
        object.set("user_data", super::plan::hash(&data));
        if object.is("get_user_data") {
            object.set("user_data_base64", data);
        }
    }
}
