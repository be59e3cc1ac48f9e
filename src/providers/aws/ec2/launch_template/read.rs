//! A version of a launch template as AWS tells it.

use aws_sdk_ec2::types as sdk;

use super::requirements;
use crate::providers::aws::ec2::{time, word};
use crate::providers::aws::object::Object;
use crate::providers::aws::tags::Tags;

/// Sets what a template says about instances.
pub fn read(object: &mut Object, told: sdk::ResponseLaunchTemplateData) {
    object.set("disable_api_stop", told.disable_api_stop);
    object.set("disable_api_termination", told.disable_api_termination);
    object.set("ebs_optimized", flag(told.ebs_optimized));
    object.set("image_id", told.image_id);
    object.set("instance_initiated_shutdown_behavior", word(told.instance_initiated_shutdown_behavior));
    object.set("instance_type", word(told.instance_type));
    object.set("kernel_id", told.kernel_id);
    object.set("key_name", told.key_name);
    object.set("ram_disk_id", told.ram_disk_id);
    object.set("security_group_names", told.security_groups);
    object.set("user_data", told.user_data);
    object.set("vpc_security_group_ids", told.security_group_ids);
    object.set("block_device_mappings", each(told.block_device_mappings, device));
    object.set("capacity_reservation_specification", one(told.capacity_reservation_specification, reservation));
    object.set("cpu_options", one(told.cpu_options, cpu_options));
    object.set(
        "credit_specification",
        one(told.credit_specification, |credits| Object::block().with("cpu_credits", credits.cpu_credits)),
    );
    object.set("elastic_gpu_specifications", each(told.elastic_gpu_specifications, |gpu| kind(gpu.r#type)));
    object.set("elastic_inference_accelerator", each(told.elastic_inference_accelerators, |a| kind(a.r#type)));
    object.set("enclave_options", one(told.enclave_options, |o| Object::block().with("enabled", o.enabled)));
    object.set(
        "hibernation_options",
        one(told.hibernation_options, |o| Object::block().with("configured", o.configured)),
    );
    object.set(
        "iam_instance_profile",
        one(told.iam_instance_profile, |profile| Object::block().with("arn", profile.arn).with("name", profile.name)),
    );
    object.set("instance_market_options", one(told.instance_market_options, market_options));
    object.set("instance_requirements", one(told.instance_requirements, requirements::block));
    object.set(
        "license_specification",
        each(told.license_specifications, |license| {
            Object::block().with("license_configuration_arn", license.license_configuration_arn)
        }),
    );
    object.set(
        "maintenance_options",
        one(told.maintenance_options, |options| Object::block().with("auto_recovery", word(options.auto_recovery))),
    );
    object.set("metadata_options", one(told.metadata_options, metadata_options));
    object.set("monitoring", one(told.monitoring, |o| Object::block().with("enabled", o.enabled)));
    object.set("network_interfaces", each(told.network_interfaces, interface));
    object.set("placement", one(told.placement, placement));
    object.set("private_dns_name_options", one(told.private_dns_name_options, name_options));
    object.set("tag_specifications", each(told.tag_specifications, tag_specification));
}

/// What AWS tells once is one block, or none.
fn one<T>(told: Option<T>, block: impl Fn(T) -> Object) -> Option<Vec<Object>> {
    told.map(|told| vec![block(told)])
}

fn each<T>(told: Option<Vec<T>>, block: impl Fn(T) -> Object) -> Option<Vec<Object>> {
    told.map(|told| told.into_iter().map(block).collect())
}

/// Kept as text, so that it can be left open.
fn flag(told: Option<bool>) -> Option<String> {
    told.map(|on| on.to_string())
}

fn kind(told: Option<String>) -> Object {
    Object::block().with("type", told)
}

fn device(told: sdk::LaunchTemplateBlockDeviceMapping) -> Object {
    let disk = one(told.ebs, |disk| {
        Object::block()
            .with("delete_on_termination", flag(disk.delete_on_termination))
            .with("encrypted", flag(disk.encrypted))
            .with("iops", disk.iops)
            .with("kms_key_id", disk.kms_key_id)
            .with("snapshot_id", disk.snapshot_id)
            .with("throughput", disk.throughput)
            .with("volume_initialization_rate", disk.volume_initialization_rate)
            .with("volume_size", disk.volume_size)
            .with("volume_type", word(disk.volume_type))
    });
    Object::block()
        .with("device_name", told.device_name)
        .with("ebs", disk)
        .with("no_device", told.no_device)
        .with("virtual_name", told.virtual_name)
}

fn reservation(told: sdk::LaunchTemplateCapacityReservationSpecificationResponse) -> Object {
    let target = one(told.capacity_reservation_target, |target| {
        let group = target.capacity_reservation_resource_group_arn;
        let block = Object::block().with("capacity_reservation_id", target.capacity_reservation_id);
        block.with("capacity_reservation_resource_group_arn", group)
    });
    let block = Object::block().with("capacity_reservation_preference", word(told.capacity_reservation_preference));
    block.with("capacity_reservation_target", target)
}

fn cpu_options(told: sdk::LaunchTemplateCpuOptions) -> Object {
    let block = Object::block().with("amd_sev_snp", word(told.amd_sev_snp)).with("core_count", told.core_count);
    block.with("threads_per_core", told.threads_per_core)
}

fn market_options(told: sdk::LaunchTemplateInstanceMarketOptions) -> Object {
    let spot = one(told.spot_options, |spot| {
        Object::block()
            .with("block_duration_minutes", spot.block_duration_minutes)
            .with("instance_interruption_behavior", word(spot.instance_interruption_behavior))
            .with("max_price", spot.max_price)
            .with("spot_instance_type", word(spot.spot_instance_type))
            .with("valid_until", time(spot.valid_until))
    });
    Object::block().with("market_type", word(told.market_type)).with("spot_options", spot)
}

fn metadata_options(told: sdk::LaunchTemplateInstanceMetadataOptions) -> Object {
    Object::block()
        .with("http_endpoint", word(told.http_endpoint))
        .with("http_protocol_ipv6", word(told.http_protocol_ipv6))
        .with("http_put_response_hop_limit", told.http_put_response_hop_limit)
        .with("http_tokens", word(told.http_tokens))
        .with("instance_metadata_tags", word(told.instance_metadata_tags))
}

fn placement(told: sdk::LaunchTemplatePlacement) -> Object {
    Object::block()
        .with("affinity", told.affinity)
        .with("availability_zone", told.availability_zone)
        .with("group_name", told.group_name)
        .with("host_id", told.host_id)
        .with("host_resource_group_arn", told.host_resource_group_arn)
        .with("partition_number", told.partition_number)
        .with("spread_domain", told.spread_domain)
        .with("tenancy", word(told.tenancy))
}

fn name_options(told: sdk::LaunchTemplatePrivateDnsNameOptions) -> Object {
    Object::block()
        .with("enable_resource_name_dns_a_record", told.enable_resource_name_dns_a_record)
        .with("enable_resource_name_dns_aaaa_record", told.enable_resource_name_dns_aaaa_record)
        .with("hostname_type", word(told.hostname_type))
}

fn tag_specification(told: sdk::LaunchTemplateTagSpecification) -> Object {
    let tags = told.tags.unwrap_or_default().into_iter();
    let tags: Tags = tags.map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())).collect();
    Object::block().with("resource_type", word(told.resource_type)).with("tags", tags)
}

fn interface(told: sdk::LaunchTemplateInstanceNetworkInterfaceSpecification) -> Object {
    let tracking = one(told.connection_tracking_specification, |tracking| {
        Object::block()
            .with("tcp_established_timeout", tracking.tcp_established_timeout)
            .with("udp_stream_timeout", tracking.udp_stream_timeout)
            .with("udp_timeout", tracking.udp_timeout)
    });
    let srd = one(told.ena_srd_specification, |srd| {
        let udp = one(srd.ena_srd_udp_specification, |udp| {
            Object::block().with("ena_srd_udp_enabled", udp.ena_srd_udp_enabled)
        });
        Object::block().with("ena_srd_enabled", srd.ena_srd_enabled).with("ena_srd_udp_specification", udp)
    });
    let addresses = told.private_ip_addresses.unwrap_or_default();
    let primary = addresses.iter().find(|a| a.primary == Some(true)).and_then(|a| a.private_ip_address.clone());
    let addresses: Vec<_> = addresses.into_iter().filter_map(|a| a.private_ip_address).collect();
    let ipv6: Vec<_> = told.ipv6_addresses.into_iter().flatten().filter_map(|a| a.ipv6_address).collect();
    let ipv4_prefixes: Vec<_> = told.ipv4_prefixes.into_iter().flatten().filter_map(|p| p.ipv4_prefix).collect();
    let ipv6_prefixes: Vec<_> = told.ipv6_prefixes.into_iter().flatten().filter_map(|p| p.ipv6_prefix).collect();
    Object::block()
        .with("associate_carrier_ip_address", flag(told.associate_carrier_ip_address))
        .with("associate_public_ip_address", flag(told.associate_public_ip_address))
        .with("connection_tracking_specification", tracking)
        .with("delete_on_termination", flag(told.delete_on_termination))
        .with("description", told.description)
        .with("device_index", told.device_index)
        .with("ena_srd_specification", srd)
        .with("interface_type", told.interface_type)
        .with("ipv4_address_count", told.secondary_private_ip_address_count)
        .with("ipv4_addresses", addresses)
        .with("ipv4_prefix_count", told.ipv4_prefix_count)
        .with("ipv4_prefixes", ipv4_prefixes)
        .with("ipv6_address_count", told.ipv6_address_count)
        .with("ipv6_addresses", ipv6)
        .with("ipv6_prefix_count", told.ipv6_prefix_count)
        .with("ipv6_prefixes", ipv6_prefixes)
        .with("network_card_index", told.network_card_index)
        .with("network_interface_id", told.network_interface_id)
        .with("primary_ipv6", flag(told.primary_ipv6))
        .with("private_ip_address", told.private_ip_address.or(primary))
        .with("security_groups", told.groups)
        .with("subnet_id", told.subnet_id)
}
