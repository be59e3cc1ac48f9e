//! Launching an instance.

use std::time::Duration;

use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types as sdk;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{devices, state};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::ec2::instance_type::is_burstable;
use crate::providers::aws::ec2::{create_tags, tag_specification, tags_of};
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming::unique;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::Operation;
use crate::providers::aws::wait::retry_while;

/// What identifies the launch of an operation, in the form that Terraform's provider gives it.
#[must_use]
pub fn client_token(operation: &Operation) -> String {
    unique("terraform-", &operation.token)
}

/// How long IAM may take until EC2 knows a new profile.
pub const PROPAGATION: Duration = Duration::from_secs(120);

/// Whether EC2 doesn't know a profile yet.
#[must_use]
pub fn is_profile_new(failure: &Failure) -> bool {
    failure.is(&["InvalidParameterValue"])
        && (failure.message.contains("Invalid IAM Instance Profile")
            || failure.message.contains("has no associated IAM Roles"))
}

/// Launches an instance, and says its id.
pub async fn launch(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<String> {
    let request = request(aws, object, operation).await?;
    let launched = retry_while(PROPAGATION, is_profile_new, || aws.call("ec2:RunInstances", || request.clone().send()));
    let instances = launched.await?.instances.unwrap_or_default();
    let id = instances.into_iter().find_map(|instance| instance.instance_id);
    id.ok_or_else(|| Failure::new("AWS has launched the instance, but not said its id."))
}

/// What can only be done once the instance is there.
pub async fn finish(aws: &Aws, object: &Object) -> Outcome<()> {
    let id = object.id();
    if !object.is("source_dest_check") && object.blocks("network_interface").is_empty() {
        let off = sdk::AttributeBooleanValue::builder().value(false).build();
        let send = || aws.ec2.modify_instance_attribute().instance_id(id).source_dest_check(off.clone()).send();
        aws.call("ec2:ModifyInstanceAttribute", send).await?;
    }
    let Some(instance) = state::find(aws, id).await? else { return Ok(()) };
    for (volume, tags) in devices::tags(aws, object, &instance) {
        create_tags(aws, &volume, tags).await?;
    }
    Ok(())
}

async fn request(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<RunInstancesFluentBuilder> {
    let on = |name| object.bool(name).filter(|on| *on);
    let profile = object.text("iam_instance_profile");
    let tags = [tag_specification(sdk::ResourceType::Instance, object, operation)];
    let tags = tags.into_iter().chain(volume_tags(object)).collect();
    let request = aws
        .ec2
        .run_instances()
        .client_token(client_token(operation))
        .min_count(1)
        .max_count(1)
        .set_image_id(object.text("ami"))
        .set_instance_type(object.word("instance_type"))
        .set_key_name(object.text("key_name"))
        .set_user_data(user_data(&operation.config))
        .set_ebs_optimized(on("ebs_optimized"))
        .set_disable_api_stop(object.bool("disable_api_stop"))
        .set_disable_api_termination(object.bool("disable_api_termination"))
        .set_enable_primary_ipv6(object.bool("enable_primary_ipv6"))
        .set_instance_initiated_shutdown_behavior(object.word("instance_initiated_shutdown_behavior"))
        .set_iam_instance_profile(profile.map(|n| sdk::IamInstanceProfileSpecification::builder().name(n).build()))
        .set_monitoring(
            object.bool("monitoring").map(|on| sdk::RunInstancesMonitoringEnabled::builder().enabled(on).build()),
        )
        .hibernation_options(sdk::HibernationOptionsRequest::builder().configured(object.is("hibernation")).build())
        .set_launch_template(launch_template(object))
        .set_placement(placement(object))
        .set_cpu_options(cpu_options(object))
        .set_credit_specification(credits(aws, object).await?)
        .set_block_device_mappings(devices::request(aws, object).await?)
        .set_tag_specifications(Some(tags));
    Ok(network(options(request, object), object, &operation.config))
}

/// What the new volumes are tagged with.
fn volume_tags(object: &Object) -> Option<sdk::TagSpecification> {
    let tags = Some(object.map("volume_tags")).filter(|tags| !tags.is_empty())?;
    let specification = sdk::TagSpecification::builder().resource_type(sdk::ResourceType::Volume);
    Some(specification.set_tags(Some(tags_of(tags))).build())
}

/// The user data as AWS wants it: base64, unless it is already.
#[must_use]
pub fn user_data(config: &Object) -> Option<String> {
    match config.text("user_data") {
        Some(text) if STANDARD.decode(&text).is_ok() => Some(text),
        Some(text) => Some(STANDARD.encode(text)),
        None => config.text("user_data_base64"),
    }
}

fn launch_template(object: &Object) -> Option<sdk::LaunchTemplateSpecification> {
    let template = object.block_at("launch_template")?;
    let specification = sdk::LaunchTemplateSpecification::builder().set_version(template.text("version"));
    Some(match template.text("id") {
        Some(id) => specification.launch_template_id(id).build(),
        None => specification.set_launch_template_name(template.text("name")).build(),
    })
}

fn placement(object: &Object) -> Option<sdk::Placement> {
    let placement = sdk::Placement::builder()
        .set_availability_zone(object.text("availability_zone"))
        .set_group_name(object.text("placement_group"))
        .set_partition_number(object.nonzero("placement_partition_number"))
        .set_host_id(object.text("host_id"))
        .set_host_resource_group_arn(object.text("host_resource_group_arn"))
        .set_tenancy(object.word("tenancy"))
        .build();
    (placement != sdk::Placement::builder().build()).then_some(placement)
}

fn cpu_options(object: &Object) -> Option<sdk::CpuOptionsRequest> {
    let options = object.block_at("cpu_options").unwrap_or_default();
    let options = sdk::CpuOptionsRequest::builder()
        .set_core_count(options.nonzero("core_count").or_else(|| object.nonzero("cpu_core_count")))
        .set_threads_per_core(options.nonzero("threads_per_core").or_else(|| object.nonzero("cpu_threads_per_core")))
        .set_amd_sev_snp(options.word("amd_sev_snp"))
        .build();
    (options != sdk::CpuOptionsRequest::builder().build()).then_some(options)
}

/// Credits, for instances that live on them: AWS refuses them for others.
async fn credits(aws: &Aws, object: &Object) -> Outcome<Option<sdk::CreditSpecificationRequest>> {
    let Some(credits) = object.block_at("credit_specification").and_then(|c| c.text("cpu_credits")) else {
        return Ok(None);
    };
    let takes = match object.text("instance_type") {
        Some(kind) => is_burstable(aws, &kind).await?,
        None => true,
    };
    Ok(takes.then(|| sdk::CreditSpecificationRequest::builder().cpu_credits(credits).build()))
}

/// What is set in blocks of its own.
fn options(request: RunInstancesFluentBuilder, object: &Object) -> RunInstancesFluentBuilder {
    let enclave = object.block_at("enclave_options").and_then(|o| o.bool("enabled"));
    let recovery = object.block_at("maintenance_options").and_then(|o| o.word("auto_recovery"));
    request
        .set_enclave_options(enclave.map(|on| sdk::EnclaveOptionsRequest::builder().enabled(on).build()))
        .set_maintenance_options(
            recovery.map(|r| sdk::InstanceMaintenanceOptionsRequest::builder().auto_recovery(r).build()),
        )
        .set_capacity_reservation_specification(capacity_reservation(object))
        .set_metadata_options(object.block_at("metadata_options").map(|o| metadata_options(&o)))
        .set_private_dns_name_options(object.block_at("private_dns_name_options").map(|o| {
            sdk::PrivateDnsNameOptionsRequest::builder()
                .set_enable_resource_name_dns_a_record(Some(o.is("enable_resource_name_dns_a_record")))
                .set_enable_resource_name_dns_aaaa_record(Some(o.is("enable_resource_name_dns_aaaa_record")))
                .set_hostname_type(o.word("hostname_type"))
                .build()
        }))
        .set_instance_market_options(object.block_at("instance_market_options").map(|o| {
            sdk::InstanceMarketOptionsRequest::builder()
                .set_market_type(o.word("market_type"))
                .set_spot_options(o.block_at("spot_options").map(|spot| spot_options(&spot)))
                .build()
        }))
}

/// Where capacity is reserved for an instance.
#[must_use]
pub fn capacity_reservation(object: &Object) -> Option<sdk::CapacityReservationSpecification> {
    let reservation = object.block_at("capacity_reservation_specification")?;
    let target = reservation.block_at("capacity_reservation_target").map(|target| {
        sdk::CapacityReservationTarget::builder()
            .set_capacity_reservation_id(target.text("capacity_reservation_id"))
            .set_capacity_reservation_resource_group_arn(target.text("capacity_reservation_resource_group_arn"))
            .build()
    });
    let specification = sdk::CapacityReservationSpecification::builder()
        .set_capacity_reservation_preference(reservation.word("capacity_reservation_preference"))
        .set_capacity_reservation_target(target)
        .build();
    (specification != sdk::CapacityReservationSpecification::builder().build()).then_some(specification)
}

/// AWS takes the other options only where the endpoint is on.
fn metadata_options(options: &Object) -> sdk::InstanceMetadataOptionsRequest {
    let request = sdk::InstanceMetadataOptionsRequest::builder().set_http_endpoint(options.word("http_endpoint"));
    if options.str("http_endpoint") == "disabled" {
        return request.build();
    }
    request
        .set_http_protocol_ipv6(options.word("http_protocol_ipv6"))
        .set_http_put_response_hop_limit(options.nonzero("http_put_response_hop_limit"))
        .set_http_tokens(options.word("http_tokens"))
        .set_instance_metadata_tags(options.word("instance_metadata_tags"))
        .build()
}

fn spot_options(options: &Object) -> sdk::SpotMarketOptions {
    let until =
        options.text("valid_until").and_then(|t| DateTime::from_str(&t, DateTimeFormat::DateTimeWithOffset).ok());
    sdk::SpotMarketOptions::builder()
        .set_instance_interruption_behavior(options.word("instance_interruption_behavior"))
        .set_max_price(options.text("max_price"))
        .set_spot_instance_type(options.word("spot_instance_type"))
        .set_valid_until(until)
        .build()
}

/// The instance's place in the network: AWS takes it from the request itself, or from an interface where it is told
/// more.
fn network(request: RunInstancesFluentBuilder, object: &Object, config: &Object) -> RunInstancesFluentBuilder {
    let interfaces = object.blocks("network_interface");
    if !interfaces.is_empty() {
        return request.set_network_interfaces(Some(interfaces.iter().map(existing_interface).collect()));
    }
    let addresses = object.some_texts("ipv6_addresses").map(|addresses| {
        addresses.into_iter().map(|a| sdk::InstanceIpv6Address::builder().ipv6_address(a).build()).collect()
    });
    let (subnet, groups) = (object.text("subnet_id"), object.some_texts("vpc_security_group_ids"));
    let wants_public = config.bool("associate_public_ip_address");
    let secondary = object.some_texts("secondary_private_ips");
    if subnet.is_some() && (wants_public.is_some() || secondary.is_some()) {
        let names = object.texts("security_groups");
        let groups = Some([names, groups.unwrap_or_default()].concat()).filter(|all| !all.is_empty());
        let interface = sdk::InstanceNetworkInterfaceSpecification::builder()
            .device_index(0)
            .set_associate_public_ip_address(wants_public)
            .set_subnet_id(subnet)
            .set_groups(groups)
            .set_ipv6_address_count(object.nonzero("ipv6_address_count"))
            .set_ipv6_addresses(addresses);
        return request.network_interfaces(with_addresses(interface, object.text("private_ip"), secondary).build());
    }
    let names = object.some_texts("security_groups");
    let (ids, names) = if subnet.is_some() { (groups.or(names), None) } else { (groups, names) };
    request
        .set_subnet_id(subnet)
        .set_private_ip_address(object.text("private_ip"))
        .set_ipv6_address_count(object.nonzero("ipv6_address_count"))
        .set_ipv6_addresses(addresses)
        .set_security_group_ids(ids)
        .set_security_groups(names)
}

fn existing_interface(interface: &Object) -> sdk::InstanceNetworkInterfaceSpecification {
    sdk::InstanceNetworkInterfaceSpecification::builder()
        .set_device_index(interface.int32("device_index"))
        .set_network_card_index(interface.nonzero("network_card_index"))
        .set_network_interface_id(interface.text("network_interface_id"))
        .set_delete_on_termination(Some(interface.is("delete_on_termination")))
        .build()
}

/// The first address is the primary one, if it is chosen.
fn with_addresses(
    interface: sdk::builders::InstanceNetworkInterfaceSpecificationBuilder,
    primary: Option<String>,
    secondary: Option<Vec<String>>,
) -> sdk::builders::InstanceNetworkInterfaceSpecificationBuilder {
    let Some(secondary) = secondary else { return interface.set_private_ip_address(primary) };
    let address = |is_primary: bool| {
        move |address: String| {
            sdk::PrivateIpAddressSpecification::builder().primary(is_primary).private_ip_address(address).build()
        }
    };
    let all = primary.into_iter().map(address(true)).chain(secondary.into_iter().map(address(false)));
    interface.set_private_ip_addresses(Some(all.collect()))
}
