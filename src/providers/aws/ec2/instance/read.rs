//! Reading an instance.

use std::time::Duration;

use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::attributes::{Attributes, UserData, attributes};
use super::devices::{self, DiskTags, Disks};
use super::state::state;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::{Aws, Launch};
use crate::providers::aws::ec2::instance_type::is_burstable;
use crate::providers::aws::ec2::launch_template::TEMPLATES;
use crate::providers::aws::ec2::vpc::VPCS;
use crate::providers::aws::ec2::{VALUES, filter_keys, read_tags, time, word};
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::sdk_v2::is_zero;
use crate::providers::aws::wait::{Progress, wait_for};

/// Sets all attributes of an instance. Whatever else is asked for, is asked for at once.
pub async fn read(aws: &Aws, object: &mut Object, instance: sdk::Instance) -> Outcome<()> {
    let id = object.id().to_string();
    let has_password = object.is("get_password_data");
    let (vpc, attributes, disks, template, market, credits, password) = tokio::try_join!(
        vpc(aws, &instance),
        attributes(aws, &id, expected_user_data(object)),
        devices::read(aws, &instance, disk_tags(object)),
        template(aws, &instance),
        market(aws, &instance),
        credit_specification(aws, &instance),
        async { if has_password { password(aws, &id).await } else { Ok(String::new()) } },
    )?;
    object.set("arn", aws.arn("ec2", &format!("instance/{id}")));
    object.set("instance_state", word(state(&instance)));
    read_itself(object, &instance);
    read_placement(object, instance.placement.as_ref());
    read_options(object, &instance);
    read_network(object, &instance);
    read_security_groups(object, &instance, vpc);
    read_attributes(object, attributes);
    read_disks(object, disks);
    read_launch_template(aws, object, &instance, template);
    object.set("instance_market_options", market);
    if let Some(credits) = credits {
        object.set("credit_specification", credits);
    }
    object.set("get_password_data", has_password);
    object.set("password_data", password);
    read_tags(aws, object, instance.tags);
    Ok(())
}

fn read_itself(object: &mut Object, instance: &sdk::Instance) {
    object.set("ami", instance.image_id.clone());
    object.set("ebs_optimized", instance.ebs_optimized);
    object.set("instance_lifecycle", word(instance.instance_lifecycle.clone()));
    object.set("instance_type", word(instance.instance_type.clone()));
    object.set("key_name", instance.key_name.clone());
    object.set("outpost_arn", instance.outpost_arn.clone());
    object.set("private_dns", instance.private_dns_name.clone());
    object.set("private_ip", instance.private_ip_address.clone());
    object.set("public_dns", instance.public_dns_name.clone());
    object.set("public_ip", instance.public_ip_address.clone());
    object.set("spot_instance_request_id", instance.spot_instance_request_id.clone());
    object.set("iam_instance_profile", profile_name(instance));
    if let Some(hibernation) = &instance.hibernation_options {
        object.set("hibernation", hibernation.configured);
    }
    if let Some(monitoring) = &instance.monitoring {
        let is_on = matches!(monitoring.state, Some(sdk::MonitoringState::Enabled | sdk::MonitoringState::Pending));
        object.set("monitoring", is_on);
    }
}

/// The name at the end of a profile's ARN: `arn:aws:iam::123456789012:instance-profile/path/name`.
#[must_use]
pub fn profile_name(instance: &sdk::Instance) -> Option<String> {
    let arn = instance.iam_instance_profile.as_ref()?.arn.as_deref()?;
    arn.rsplit('/').next().map(Into::into)
}

/// Sets where an instance runs.
pub fn read_placement(object: &mut Object, placement: Option<&sdk::Placement>) {
    let Some(placement) = placement else { return };
    object.set("availability_zone", placement.availability_zone.clone());
    object.set("host_id", placement.host_id.clone());
    object.set("placement_group", placement.group_name.clone());
    object.set("placement_partition_number", placement.partition_number);
    object.set("tenancy", word(placement.tenancy.clone()));
    if let Some(arn) = &placement.host_resource_group_arn {
        object.set("host_resource_group_arn", arn);
    }
}

fn read_options(object: &mut Object, instance: &sdk::Instance) {
    if let Some(cpu) = &instance.cpu_options {
        object.set("cpu_core_count", cpu.core_count);
        object.set("cpu_threads_per_core", cpu.threads_per_core);
    }
    let cpu = instance.cpu_options.as_ref().map(|cpu| {
        let block = Object::block().with("core_count", cpu.core_count);
        vec![block.with("threads_per_core", cpu.threads_per_core).with("amd_sev_snp", word(cpu.amd_sev_snp.clone()))]
    });
    object.set("cpu_options", cpu);
    read_shared_options(object, instance);
    let reservation = instance.capacity_reservation_specification.as_ref().map(|reservation| {
        let target = reservation.capacity_reservation_target.as_ref().map(|target| {
            let group = target.capacity_reservation_resource_group_arn.clone();
            let block = Object::block().with("capacity_reservation_id", target.capacity_reservation_id.clone());
            vec![block.with("capacity_reservation_resource_group_arn", group)]
        });
        let preference = word(reservation.capacity_reservation_preference.clone());
        let block = Object::block().with("capacity_reservation_preference", preference);
        vec![block.with("capacity_reservation_target", target)]
    });
    object.set("capacity_reservation_specification", reservation);
}

/// Sets what both the resource type and the data source show of an instance's options.
pub fn read_shared_options(object: &mut Object, instance: &sdk::Instance) {
    let enclave = instance.enclave_options.as_ref().map(|o| vec![Object::block().with("enabled", o.enabled)]);
    object.set("enclave_options", enclave);
    let maintenance = instance.maintenance_options.as_ref();
    object.set(
        "maintenance_options",
        maintenance.map(|o| vec![Object::block().with("auto_recovery", word(o.auto_recovery.clone()))]),
    );
    object.set("metadata_options", instance.metadata_options.as_ref().map(|o| vec![metadata_options(o)]));
    let names = instance.private_dns_name_options.as_ref().map(|o| {
        let block = Object::block().with("hostname_type", word(o.hostname_type.clone()));
        let block = block.with("enable_resource_name_dns_a_record", o.enable_resource_name_dns_a_record);
        vec![block.with("enable_resource_name_dns_aaaa_record", o.enable_resource_name_dns_aaaa_record)]
    });
    object.set("private_dns_name_options", names);
}

fn metadata_options(options: &sdk::InstanceMetadataOptionsResponse) -> Object {
    Object::block()
        .with("http_endpoint", word(options.http_endpoint.clone()))
        .with("http_protocol_ipv6", word(options.http_protocol_ipv6.clone()))
        .with("http_put_response_hop_limit", options.http_put_response_hop_limit)
        .with("http_tokens", word(options.http_tokens.clone()))
        .with("instance_metadata_tags", word(options.instance_metadata_tags.clone()))
}

/// The interface that an instance was launched with.
#[must_use]
pub fn primary_interface(instance: &sdk::Instance) -> Option<&sdk::InstanceNetworkInterface> {
    instance.network_interfaces.iter().flatten().find(|interface| device_index(interface) == Some(0))
}

fn device_index(interface: &sdk::InstanceNetworkInterface) -> Option<i32> {
    interface.attachment.as_ref()?.device_index
}

/// The addresses of an interface besides the primary one.
#[must_use]
pub fn secondary_addresses(interface: Option<&sdk::InstanceNetworkInterface>) -> Vec<String> {
    let addresses = interface.and_then(|i| i.private_ip_addresses.as_ref()).into_iter().flatten();
    let secondary = addresses.filter(|address| address.primary != Some(true));
    secondary.filter_map(|address| address.private_ip_address.clone()).collect()
}

fn read_network(object: &mut Object, instance: &sdk::Instance) {
    // Others may attach interfaces: only those that this instance is configured with are its own.
    let own: Vec<_> = object.blocks("network_interface").iter().filter_map(|b| b.int32("device_index")).collect();
    let interfaces = instance.network_interfaces.iter().flatten();
    let primary = primary_interface(instance);
    let ipv6: Vec<_> = primary.and_then(|i| i.ipv6_addresses.clone()).unwrap_or_default();
    if instance.network_interfaces.as_ref().is_none_or(Vec::is_empty) {
        object.set("associate_public_ip_address", instance.public_ip_address.is_some());
        object.set("ipv6_address_count", 0);
        object.set("primary_network_interface_id", "");
        object.set("subnet_id", instance.subnet_id.clone());
    } else {
        let own = interfaces.filter(|i| device_index(i).is_some_and(|index| own.contains(&index)));
        object.set("network_interface", own.map(own_interface).collect::<Vec<_>>());
    }
    if let Some(primary) = primary {
        if let Some(subnet) = &primary.subnet_id {
            object.set("subnet_id", subnet);
        }
        object.set("primary_network_interface_id", primary.network_interface_id.clone());
        object.set("ipv6_address_count", i32::try_from(ipv6.len()).unwrap_or_default());
        object.set("associate_public_ip_address", primary.association.is_some());
        if let Some(checks) = primary.source_dest_check {
            object.set("source_dest_check", checks);
        }
    }
    if ipv6.iter().any(|address| address.is_primary_ipv6 == Some(true)) {
        object.set("enable_primary_ipv6", true);
    }
    object.set("ipv6_addresses", ipv6.into_iter().filter_map(|a| a.ipv6_address).collect::<Vec<_>>());
    object.set("secondary_private_ips", secondary_addresses(primary));
    if instance.subnet_id.as_ref().is_some_and(|subnet| !subnet.is_empty()) {
        object.set("source_dest_check", instance.source_dest_check);
    }
}

fn own_interface(interface: &sdk::InstanceNetworkInterface) -> Object {
    let attachment = interface.attachment.as_ref();
    Object::block()
        .with("delete_on_termination", attachment.and_then(|a| a.delete_on_termination))
        .with("device_index", attachment.and_then(|a| a.device_index))
        .with("network_card_index", attachment.and_then(|a| a.network_card_index))
        .with("network_interface_id", interface.network_interface_id.clone())
}

/// The network that an instance is in.
pub async fn vpc(aws: &Aws, instance: &sdk::Instance) -> Outcome<Option<sdk::Vpc>> {
    match instance.vpc_id.as_deref().filter(|vpc| !vpc.is_empty()) {
        Some(vpc) => aws.load(&VPCS, vpc).await,
        None => Ok(None),
    }
}

/// Sets the security groups: ids in a VPC, names in a default one as well.
pub fn read_security_groups(object: &mut Object, instance: &sdk::Instance, vpc: Option<sdk::Vpc>) {
    let groups = instance.security_groups.as_deref().unwrap_or_default();
    let has_subnet = instance.subnet_id.as_ref().is_some_and(|subnet| !subnet.is_empty());
    let has_names = vpc.map_or(!has_subnet, |vpc| vpc.is_default == Some(true));
    if has_subnet {
        let ids: Vec<_> = groups.iter().filter_map(|g| g.group_id.clone()).collect();
        object.set("vpc_security_group_ids", ids);
        object.set("security_groups", Vec::<String>::new());
    }
    if has_names {
        object.set("security_groups", groups.iter().filter_map(|g| g.group_name.clone()).collect::<Vec<_>>());
    }
}

/// What was read before has an image; of what is just made, it's unknown what a launch template gave to it.
fn expected_user_data(object: &Object) -> UserData {
    let has_none = ["user_data", "user_data_base64"].iter().all(|name| object.get(name).is_none_or(is_zero));
    if object.has("ami") && has_none { UserData::None } else { UserData::Possible }
}

fn read_attributes(object: &mut Object, attributes: Attributes) {
    object.set("disable_api_stop", attributes.no_stop);
    object.set("disable_api_termination", attributes.no_termination);
    if let Some(behaviour) = attributes.on_shutdown {
        object.set("instance_initiated_shutdown_behavior", behaviour);
    }
    if let Some(data) = attributes.user_data {
        if object.text("user_data_base64").is_some() {
            object.set("user_data_base64", data);
        } else {
            object.set("user_data", super::plan::hash(&data));
        }
    }
}

fn disk_tags(object: &Object) -> DiskTags {
    if object.map("volume_tags").is_empty() { DiskTags::Own } else { DiskTags::OfInstance }
}

fn read_disks(object: &mut Object, disks: Disks) {
    let has_own_tags = |name| object.blocks(name).iter().any(|block| !block.map("tags").is_empty());
    let is_tagged = has_own_tags("root_block_device") || has_own_tags("ebs_block_device");
    if disk_tags(object) == DiskTags::OfInstance && !is_tagged {
        object.set("volume_tags", disks.tags);
    }
    // The root device may be configured as one of the others.
    let others = match (&disks.root, disks.others.is_empty() && !object.blocks("ebs_block_device").is_empty()) {
        (Some(root), true) => vec![root.clone().with("snapshot_id", disks.root_snapshot)],
        _ => disks.others,
    };
    object.set("ebs_block_device", others);
    if let Some(root) = disks.root {
        object.set("root_block_device", vec![root]);
    } else if object.blocks("root_block_device").is_empty() {
        object.set("root_block_device", Vec::<Object>::new());
    }
    if object.blocks("ephemeral_block_device").is_empty() {
        object.set("ephemeral_block_device", Vec::<Object>::new());
    }
}

fn tag(instance: &sdk::Instance, key: &str) -> Option<String> {
    let mut tags = instance.tags.iter().flatten();
    tags.find(|t| t.key.as_deref() == Some(key)).and_then(|t| t.value.clone())
}

/// The template that an instance was launched with, which its tags tell.
async fn template(aws: &Aws, instance: &sdk::Instance) -> Outcome<Option<sdk::LaunchTemplate>> {
    match tag(instance, "aws:ec2launchtemplate:id") {
        Some(id) => aws.load(&TEMPLATES, &id).await,
        None => Ok(None),
    }
}

/// Sets the template that an instance was launched with. As long as the version that is asked for is the instance's, it is
/// called as it was asked for.
fn read_launch_template(
    aws: &Aws,
    object: &mut Object,
    instance: &sdk::Instance,
    template: Option<sdk::LaunchTemplate>,
) {
    let Some(template) = template else {
        object.set("launch_template", Vec::<Object>::new());
        return;
    };
    let version = tag(instance, "aws:ec2launchtemplate:version").unwrap_or_default();
    let asked = object.block_at("launch_template").and_then(|t| t.text("version"));
    let number = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
    let launch = Launch {
        version: version.clone(),
        default: number(template.default_version_number),
        latest: number(template.latest_version_number),
    };
    let is_named = asked.as_deref().and_then(|asked| launch.of_name(asked)) == Some(&version);
    aws.note_launch(object.id(), launch);
    let block = Object::block()
        .with("id", template.launch_template_id)
        .with("name", template.launch_template_name)
        .with("version", asked.filter(|_| is_named).unwrap_or(version));
    object.set("launch_template", vec![block]);
}

/// Spot requests by id.
static SPOT_REQUESTS: Batch<sdk::SpotInstanceRequest> =
    Batch { size: VALUES, fetch: |aws, ids| Box::pin(spot_requests(aws, ids)) };

async fn spot_requests(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::SpotInstanceRequest>> {
    let filter = filter_keys("spot-instance-request-id", &ids);
    let send = |token| aws.ec2.describe_spot_instance_requests().filters(filter.clone()).set_next_token(token).send();
    let api = "ec2:DescribeSpotInstanceRequests";
    let requests = aws.pages(api, send, |page| (page.spot_instance_requests, page.next_token)).await?;
    Ok(requests.into_iter().filter_map(|r| Some((r.spot_instance_request_id.as_deref()?.into(), r))).collect())
}

/// How a spot instance was asked for, as blocks.
async fn market(aws: &Aws, instance: &sdk::Instance) -> Outcome<Vec<Object>> {
    let is_spot = instance.instance_lifecycle == Some(sdk::InstanceLifecycleType::Spot);
    let Some(request) = instance.spot_instance_request_id.as_deref().filter(|id| is_spot && !id.is_empty()) else {
        return Ok(Vec::new());
    };
    let spot = aws.load(&SPOT_REQUESTS, request).await?.map(|request| {
        vec![
            Object::block()
                .with("instance_interruption_behavior", word(request.instance_interruption_behavior))
                .with("max_price", request.spot_price)
                .with("spot_instance_type", word(request.r#type))
                .with("valid_until", time(request.valid_until)),
        ]
    });
    Ok(vec![Object::block().with("market_type", "spot").with("spot_options", spot)])
}

/// How an instance pays for bursts, as blocks. None if its type doesn't.
pub async fn credit_specification(aws: &Aws, instance: &sdk::Instance) -> Outcome<Option<Option<Vec<Object>>>> {
    let kind = instance.instance_type.as_ref().map_or("", sdk::InstanceType::as_str);
    if !is_burstable(aws, kind).await? {
        return Ok(None);
    }
    let credits = aws.load(&CREDITS, instance.instance_id.as_deref().unwrap_or_default()).await?;
    Ok(Some(credits.map(|credits| vec![Object::block().with("cpu_credits", credits)])))
}

/// How instances pay for bursts, by id.
static CREDITS: Batch<String> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(credits(aws, ids)) };

async fn credits(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<String>> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let send = |token| {
        let request = aws.ec2.describe_instance_credit_specifications().set_instance_ids(Some(ids.clone()));
        request.set_next_token(token).send()
    };
    let api = "ec2:DescribeInstanceCreditSpecifications";
    match aws.pages(api, send, |page| (page.instance_credit_specifications, page.next_token)).await {
        // Not everywhere.
        Err(failure) if failure.is(&["UnsupportedOperation"]) => Ok(Found::new()),
        Err(failure) => Err(failure),
        Ok(all) => Ok(all.into_iter().filter_map(|c| Some((c.instance_id?.into(), c.cpu_credits?))).collect()),
    }
}

/// How long Windows may take to make up a password.
const PASSWORD: Duration = Duration::from_secs(15 * 60);

/// The administrator's password, encrypted. It isn't there until Windows has made it up.
pub async fn password(aws: &Aws, id: &str) -> Outcome<String> {
    wait_for(&format!("Password of instance {id}"), PASSWORD, || async {
        let answer = aws.call("ec2:GetPasswordData", || aws.ec2.get_password_data().instance_id(id).send()).await?;
        Ok(match answer.password_data.as_deref().map(str::trim).filter(|p| !p.is_empty()) {
            Some(password) => Progress::Done(password.to_string()),
            None => Progress::Pending("missing".into()),
        })
    })
    .await
}
