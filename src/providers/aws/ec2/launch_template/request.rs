//! A version of a launch template as AWS is told it.

use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types as sdk;

use super::requirements;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::ec2::instance_type::is_burstable;
use crate::providers::aws::ec2::tags_of;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;

/// What a template says about instances.
pub async fn data(aws: &Aws, object: &Object) -> Outcome<sdk::RequestLaunchTemplateData> {
    let on = |name| object.bool(name).filter(|on| *on);
    let enclave = object.block_at("enclave_options").map(|o| o.is("enabled"));
    let hibernation = object.block_at("hibernation_options").map(|o| o.is("configured"));
    let monitoring = object.block_at("monitoring").map(|o| o.is("enabled"));
    let request = sdk::RequestLaunchTemplateData::builder()
        // AWS wants to be told something, even if it is nothing.
        .user_data(object.str("user_data"))
        .set_instance_type(object.word("instance_type"))
        .set_image_id(object.text("image_id"))
        .set_kernel_id(object.text("kernel_id"))
        .set_key_name(object.text("key_name"))
        .set_ram_disk_id(object.text("ram_disk_id"))
        .set_disable_api_stop(on("disable_api_stop"))
        .set_disable_api_termination(on("disable_api_termination"))
        .set_ebs_optimized(flag(object, "ebs_optimized"))
        .set_instance_initiated_shutdown_behavior(object.word("instance_initiated_shutdown_behavior"))
        .set_security_groups(object.some_texts("security_group_names"))
        .set_security_group_ids(object.some_texts("vpc_security_group_ids"))
        .set_enclave_options(enclave.map(|on| sdk::LaunchTemplateEnclaveOptionsRequest::builder().enabled(on).build()))
        .set_hibernation_options(
            hibernation.map(|on| sdk::LaunchTemplateHibernationOptionsRequest::builder().configured(on).build()),
        )
        .set_monitoring(monitoring.map(|on| sdk::LaunchTemplatesMonitoringRequest::builder().enabled(on).build()))
        .set_credit_specification(credits(aws, object).await?)
        .set_block_device_mappings(each(object, "block_device_mappings", device))
        .set_network_interfaces(each(object, "network_interfaces", interface))
        .set_tag_specifications(each(object, "tag_specifications", tag_specification))
        .set_license_specifications(each(object, "license_specification", license))
        .set_instance_requirements(object.block_at("instance_requirements").map(|r| requirements::request(&r)));
    Ok(retired(options(request, object), object).build())
}

/// What AWS has given up, but templates may have.
#[expect(deprecated, reason = "AWS tells why if it is used")]
fn retired(
    request: sdk::builders::RequestLaunchTemplateDataBuilder,
    object: &Object,
) -> sdk::builders::RequestLaunchTemplateDataBuilder {
    let gpu = |block: &Object| sdk::ElasticGpuSpecification::builder().r#type(block.str("type")).build();
    let accelerator =
        |block: &Object| sdk::LaunchTemplateElasticInferenceAccelerator::builder().r#type(block.str("type")).build();
    request
        .set_elastic_gpu_specifications(each(object, "elastic_gpu_specifications", gpu))
        .set_elastic_inference_accelerators(each(object, "elastic_inference_accelerator", accelerator))
}

/// What is set in blocks of which there is one at most.
fn options(
    request: sdk::builders::RequestLaunchTemplateDataBuilder,
    object: &Object,
) -> sdk::builders::RequestLaunchTemplateDataBuilder {
    let profile = object.block_at("iam_instance_profile").map(|profile| {
        let request = sdk::LaunchTemplateIamInstanceProfileSpecificationRequest::builder();
        request.set_arn(profile.text("arn")).set_name(profile.text("name")).build()
    });
    let cpu = object.block_at("cpu_options").map(|cpu| {
        sdk::LaunchTemplateCpuOptionsRequest::builder()
            .set_amd_sev_snp(cpu.word("amd_sev_snp"))
            .set_core_count(cpu.nonzero("core_count"))
            .set_threads_per_core(cpu.nonzero("threads_per_core"))
            .build()
    });
    let maintenance = object.block_at("maintenance_options").map(|maintenance| {
        let request = sdk::LaunchTemplateInstanceMaintenanceOptionsRequest::builder();
        request.set_auto_recovery(maintenance.word("auto_recovery")).build()
    });
    let names = object.block_at("private_dns_name_options").map(|names| {
        sdk::LaunchTemplatePrivateDnsNameOptionsRequest::builder()
            .enable_resource_name_dns_a_record(names.is("enable_resource_name_dns_a_record"))
            .enable_resource_name_dns_aaaa_record(names.is("enable_resource_name_dns_aaaa_record"))
            .set_hostname_type(names.word("hostname_type"))
            .build()
    });
    request
        .set_iam_instance_profile(profile)
        .set_cpu_options(cpu)
        .set_maintenance_options(maintenance)
        .set_private_dns_name_options(names)
        .set_capacity_reservation_specification(
            object.block_at("capacity_reservation_specification").map(|r| capacity_reservation(&r)),
        )
        .set_instance_market_options(object.block_at("instance_market_options").map(|o| market_options(&o)))
        .set_metadata_options(object.block_at("metadata_options").map(|o| metadata_options(&o)))
        .set_placement(object.block_at("placement").map(|p| placement(&p)))
}

/// What a function makes of each block of a kind; none if there are no such blocks.
fn each<T>(object: &Object, name: &str, make: impl Fn(&Object) -> T) -> Option<Vec<T>> {
    let blocks = object.blocks(name);
    (!blocks.is_empty()).then(|| blocks.iter().map(make).collect())
}

/// A truth value that is kept as text, so that it can be left open.
fn flag(object: &Object, name: &str) -> Option<bool> {
    match object.str(name) {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// AWS refuses credits for instances that don't live on them.
async fn credits(aws: &Aws, object: &Object) -> Outcome<Option<sdk::CreditSpecificationRequest>> {
    let (Some(credits), Some(kind)) = (object.block_at("credit_specification"), object.text("instance_type")) else {
        return Ok(None);
    };
    let takes = is_burstable(aws, &kind).await?;
    Ok(takes.then(|| sdk::CreditSpecificationRequest::builder().set_cpu_credits(credits.text("cpu_credits")).build()))
}

fn device(block: &Object) -> sdk::LaunchTemplateBlockDeviceMappingRequest {
    sdk::LaunchTemplateBlockDeviceMappingRequest::builder()
        .set_device_name(block.text("device_name"))
        .set_no_device(block.text("no_device"))
        .set_virtual_name(block.text("virtual_name"))
        .set_ebs(block.block_at("ebs").map(|disk| {
            sdk::LaunchTemplateEbsBlockDeviceRequest::builder()
                .set_delete_on_termination(flag(&disk, "delete_on_termination"))
                .set_encrypted(flag(&disk, "encrypted"))
                .set_iops(disk.nonzero("iops"))
                .set_kms_key_id(disk.text("kms_key_id"))
                .set_snapshot_id(disk.text("snapshot_id"))
                .set_throughput(disk.nonzero("throughput"))
                .set_volume_initialization_rate(disk.nonzero("volume_initialization_rate"))
                .set_volume_size(disk.nonzero("volume_size"))
                .set_volume_type(disk.word("volume_type"))
                .build()
        }))
        .build()
}

fn capacity_reservation(block: &Object) -> sdk::LaunchTemplateCapacityReservationSpecificationRequest {
    let target = block.block_at("capacity_reservation_target").map(|target| {
        sdk::CapacityReservationTarget::builder()
            .set_capacity_reservation_id(target.text("capacity_reservation_id"))
            .set_capacity_reservation_resource_group_arn(target.text("capacity_reservation_resource_group_arn"))
            .build()
    });
    sdk::LaunchTemplateCapacityReservationSpecificationRequest::builder()
        .set_capacity_reservation_preference(block.word("capacity_reservation_preference"))
        .set_capacity_reservation_target(target)
        .build()
}

fn market_options(block: &Object) -> sdk::LaunchTemplateInstanceMarketOptionsRequest {
    let spot = block.block_at("spot_options").map(|spot| {
        let until = spot.text("valid_until");
        let until = until.and_then(|t| DateTime::from_str(&t, DateTimeFormat::DateTimeWithOffset).ok());
        sdk::LaunchTemplateSpotMarketOptionsRequest::builder()
            .set_block_duration_minutes(spot.nonzero("block_duration_minutes"))
            .set_instance_interruption_behavior(spot.word("instance_interruption_behavior"))
            .set_max_price(spot.text("max_price"))
            .set_spot_instance_type(spot.word("spot_instance_type"))
            .set_valid_until(until)
            .build()
    });
    sdk::LaunchTemplateInstanceMarketOptionsRequest::builder()
        .set_market_type(block.word("market_type"))
        .set_spot_options(spot)
        .build()
}

fn metadata_options(block: &Object) -> sdk::LaunchTemplateInstanceMetadataOptionsRequest {
    let request = sdk::LaunchTemplateInstanceMetadataOptionsRequest::builder();
    let request = request.set_http_endpoint(block.word("http_endpoint"));
    // AWS takes the other options only where the endpoint is on.
    if block.str("http_endpoint") == "disabled" {
        return request.build();
    }
    request
        .set_http_protocol_ipv6(block.word("http_protocol_ipv6"))
        .set_http_put_response_hop_limit(block.nonzero("http_put_response_hop_limit"))
        .set_http_tokens(block.word("http_tokens"))
        .set_instance_metadata_tags(block.word("instance_metadata_tags"))
        .build()
}

fn placement(block: &Object) -> sdk::LaunchTemplatePlacementRequest {
    sdk::LaunchTemplatePlacementRequest::builder()
        .set_affinity(block.text("affinity"))
        .set_availability_zone(block.text("availability_zone"))
        .set_group_name(block.text("group_name"))
        .set_host_id(block.text("host_id"))
        .set_host_resource_group_arn(block.text("host_resource_group_arn"))
        .set_partition_number(block.nonzero("partition_number"))
        .set_spread_domain(block.text("spread_domain"))
        .set_tenancy(block.word("tenancy"))
        .build()
}

fn license(block: &Object) -> sdk::LaunchTemplateLicenseConfigurationRequest {
    sdk::LaunchTemplateLicenseConfigurationRequest::builder()
        .set_license_configuration_arn(block.text("license_configuration_arn"))
        .build()
}

fn tag_specification(block: &Object) -> sdk::LaunchTemplateTagSpecificationRequest {
    sdk::LaunchTemplateTagSpecificationRequest::builder()
        .set_resource_type(block.word("resource_type"))
        .set_tags(Some(tags_of(block.map("tags"))))
        .build()
}

fn interface(block: &Object) -> sdk::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest {
    let request = sdk::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest::builder()
        .set_associate_carrier_ip_address(flag(block, "associate_carrier_ip_address"))
        .set_associate_public_ip_address(flag(block, "associate_public_ip_address"))
        .set_delete_on_termination(flag(block, "delete_on_termination"))
        .set_description(block.text("description"))
        .device_index(block.int32("device_index").unwrap_or_default())
        .set_groups(block.some_texts("security_groups"))
        .set_interface_type(block.text("interface_type"))
        .network_card_index(block.int32("network_card_index").unwrap_or_default())
        .set_network_interface_id(block.text("network_interface_id"))
        .set_primary_ipv6(flag(block, "primary_ipv6"))
        .set_subnet_id(block.text("subnet_id"))
        .set_connection_tracking_specification(block.block_at("connection_tracking_specification").map(|tracking| {
            sdk::ConnectionTrackingSpecificationRequest::builder()
                .set_tcp_established_timeout(tracking.nonzero("tcp_established_timeout"))
                .set_udp_stream_timeout(tracking.nonzero("udp_stream_timeout"))
                .set_udp_timeout(tracking.nonzero("udp_timeout"))
                .build()
        }))
        .set_ena_srd_specification(block.block_at("ena_srd_specification").map(|srd| {
            let udp = srd.block_at("ena_srd_udp_specification").map(|udp| {
                let request = sdk::EnaSrdUdpSpecificationRequest::builder();
                request.set_ena_srd_udp_enabled(udp.bool("ena_srd_udp_enabled")).build()
            });
            let request = sdk::EnaSrdSpecificationRequest::builder();
            request.set_ena_srd_enabled(srd.bool("ena_srd_enabled")).set_ena_srd_udp_specification(udp).build()
        }));
    addresses(request, block).build()
}

/// The addresses of an interface: chosen ones, or how many.
fn addresses(
    request: sdk::builders::LaunchTemplateInstanceNetworkInterfaceSpecificationRequestBuilder,
    block: &Object,
) -> sdk::builders::LaunchTemplateInstanceNetworkInterfaceSpecificationRequestBuilder {
    let own = block.text("private_ip_address");
    let all = block.some_texts("ipv4_addresses").map(|addresses| {
        let address = |address: String| {
            let is_primary = own.as_ref() == Some(&address);
            sdk::PrivateIpAddressSpecification::builder().primary(is_primary).private_ip_address(address).build()
        };
        addresses.into_iter().map(address).collect()
    });
    let ipv6 = block.some_texts("ipv6_addresses").map(|addresses| {
        addresses.into_iter().map(|a| sdk::InstanceIpv6AddressRequest::builder().ipv6_address(a).build()).collect()
    });
    let ipv4_prefixes = block.some_texts("ipv4_prefixes").map(|prefixes| {
        prefixes.into_iter().map(|p| sdk::Ipv4PrefixSpecificationRequest::builder().ipv4_prefix(p).build()).collect()
    });
    let ipv6_prefixes = block.some_texts("ipv6_prefixes").map(|prefixes| {
        prefixes.into_iter().map(|p| sdk::Ipv6PrefixSpecificationRequest::builder().ipv6_prefix(p).build()).collect()
    });
    request
        .set_private_ip_address(own.clone())
        .set_private_ip_addresses(all)
        .set_secondary_private_ip_address_count(block.nonzero("ipv4_address_count"))
        .set_ipv4_prefix_count(block.nonzero("ipv4_prefix_count"))
        .set_ipv4_prefixes(ipv4_prefixes)
        .set_ipv6_address_count(block.nonzero("ipv6_address_count"))
        .set_ipv6_addresses(ipv6)
        .set_ipv6_prefix_count(block.nonzero("ipv6_prefix_count"))
        .set_ipv6_prefixes(ipv6_prefixes)
}
