//! Changing an instance.

use std::collections::BTreeSet;

use aws_sdk_ec2::operation::modify_instance_attribute::builders::ModifyInstanceAttributeFluentBuilder;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types as sdk;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::launch::{PROPAGATION, capacity_reservation, is_profile_new, user_data};
use super::read::{primary_interface, profile_name};
use super::state::{self, start, stop};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::ec2::ebs_volume::{Modification, modify};
use crate::providers::aws::ec2::{filter, update_tags, update_tags_from};
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::Operation;
use crate::providers::aws::wait::{Progress, retry_while, wait_for};

/// Changes an instance from what it was to what is planned.
pub async fn change(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    change_profile(aws, object, prior, operation).await?;
    change_network(aws, object, prior).await?;
    change_stopped(aws, object, prior, operation).await?;
    for (name, protection) in
        [("disable_api_stop", Protection::Stop), ("disable_api_termination", Protection::Termination)]
    {
        if object.differs(prior, name) {
            protect(aws, id, protection, object.is(name)).await?;
        }
    }
    if object.differs(prior, "instance_initiated_shutdown_behavior") {
        let behaviour = attribute(object.str("instance_initiated_shutdown_behavior"));
        set_attribute(aws, id, |m| m.instance_initiated_shutdown_behavior(behaviour.clone())).await?;
    }
    if object.differs(prior, "monitoring") {
        change_monitoring(aws, object).await?;
    }
    change_options(aws, object, prior, operation).await?;
    change_disks(aws, object, prior, operation).await?;
    update_tags(aws, id, object, prior).await
}

/// What an instance is protected from.
#[derive(Clone, Copy)]
pub enum Protection {
    /// Being stopped.
    Stop,
    /// Being terminated.
    Termination,
}

/// Protects an instance, or does so no longer.
pub async fn protect(aws: &Aws, id: &str, protection: Protection, is_on: bool) -> Outcome<()> {
    let on = sdk::AttributeBooleanValue::builder().value(is_on).build();
    let set = set_attribute(aws, id, |modify| match protection {
        Protection::Stop => modify.disable_api_stop(on.clone()),
        Protection::Termination => modify.disable_api_termination(on.clone()),
    });
    match set.await {
        Err(failure) if failure.message.contains("not supported for spot instances") => Ok(()),
        outcome => outcome,
    }
}

/// AWS takes one attribute a request.
async fn set_attribute(
    aws: &Aws,
    id: &str,
    what: impl Fn(ModifyInstanceAttributeFluentBuilder) -> ModifyInstanceAttributeFluentBuilder,
) -> Outcome<()> {
    let request = what(aws.ec2.modify_instance_attribute().instance_id(id));
    aws.call("ec2:ModifyInstanceAttribute", || request.clone().send()).await.map(|_| ())
}

fn attribute(value: &str) -> sdk::AttributeValue {
    sdk::AttributeValue::builder().value(value).build()
}

async fn change_profile(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    if !object.differs(prior, "iam_instance_profile") {
        return Ok(());
    }
    let id = object.id();
    let of_this = filter("instance-id", [id]);
    let send = || aws.ec2.describe_iam_instance_profile_associations().filters(of_this.clone()).send();
    let associations = aws.call("ec2:DescribeIamInstanceProfileAssociations", send).await?;
    let association = associations
        .iam_instance_profile_associations
        .unwrap_or_default()
        .into_iter()
        .filter(|a| a.state != Some(sdk::IamInstanceProfileAssociationState::Disassociated))
        .find_map(|a| a.association_id);
    let wanted = object.text("iam_instance_profile");
    let profile = wanted.clone().map(|name| sdk::IamInstanceProfileSpecification::builder().name(name).build());
    // A profile can be replaced only while the instance runs.
    let is_stopped = matches!(prior.str("instance_state"), "stopped" | "stopping" | "shutting-down");
    match (association, profile) {
        (Some(association), Some(profile)) if !is_stopped => {
            let replace = || {
                let request = aws.ec2.replace_iam_instance_profile_association().association_id(&association);
                request.iam_instance_profile(profile.clone()).send()
            };
            let call = || aws.call("ec2:ReplaceIamInstanceProfileAssociation", replace);
            retry_while(PROPAGATION, is_profile_new, call).await?;
        }
        (association, profile) => {
            if let Some(association) = association {
                let send = || aws.ec2.disassociate_iam_instance_profile().association_id(&association).send();
                aws.call("ec2:DisassociateIamInstanceProfile", send).await?;
            }
            if let Some(profile) = profile {
                let associate = || {
                    aws.ec2
                        .associate_iam_instance_profile()
                        .instance_id(id)
                        .iam_instance_profile(profile.clone())
                        .send()
                };
                let call = || aws.call("ec2:AssociateIamInstanceProfile", associate);
                retry_while(PROPAGATION, is_profile_new, call).await?;
            }
        }
    }
    wait_for(&format!("Profile of instance {id}"), operation.timeout, || async {
        let name = state::find(aws, id).await?.as_ref().and_then(profile_name);
        Ok(if name == wanted { Progress::Done(()) } else { Progress::Pending(name.unwrap_or_else(|| "none".into())) })
    })
    .await
}

async fn change_network(aws: &Aws, object: &Object, prior: &Object) -> Outcome<()> {
    let id = object.id();
    if object.differs(prior, "source_dest_check") && object.blocks("network_interface").is_empty() {
        let on = sdk::AttributeBooleanValue::builder().value(object.is("source_dest_check")).build();
        set_attribute(aws, id, |modify| modify.source_dest_check(on.clone())).await?;
    }
    let names = ["secondary_private_ips", "vpc_security_group_ids", "ipv6_address_count", "enable_primary_ipv6"];
    if !object.differs_in(prior, &names) {
        return Ok(());
    }
    let instance = state::find(aws, id).await?;
    let primary = instance.as_ref().and_then(primary_interface);
    let Some(interface) = primary.and_then(|primary| primary.network_interface_id.as_deref()) else {
        return Err(Failure::new(format!("Instance {id} has no primary network interface.")));
    };
    if object.differs(prior, "secondary_private_ips") {
        change_addresses(aws, interface, object, prior).await?;
    }
    if object.differs(prior, "vpc_security_group_ids") {
        let Some(groups) = object.some_texts("vpc_security_group_ids") else {
            return Err(Failure::new("VPC-based instances require at least one security group to be attached."));
        };
        let send = || {
            let modify = aws.ec2.modify_network_interface_attribute().network_interface_id(interface);
            modify.set_groups(Some(groups.clone())).send()
        };
        aws.call("ec2:ModifyNetworkInterfaceAttribute", send).await?;
    }
    if object.differs(prior, "ipv6_address_count") {
        let addresses = primary.and_then(|primary| primary.ipv6_addresses.as_deref()).unwrap_or_default();
        let addresses: Vec<_> = addresses.iter().filter_map(|a| a.ipv6_address.clone()).collect();
        change_ipv6(aws, interface, addresses, object.int32("ipv6_address_count").unwrap_or_default()).await?;
    }
    if object.differs(prior, "enable_primary_ipv6") {
        let on = object.is("enable_primary_ipv6");
        let modify = || aws.ec2.modify_network_interface_attribute().network_interface_id(interface);
        aws.call("ec2:ModifyNetworkInterfaceAttribute", || modify().enable_primary_ipv6(on).send()).await?;
    }
    Ok(())
}

async fn change_addresses(aws: &Aws, interface: &str, object: &Object, prior: &Object) -> Outcome<()> {
    let of = |object: &Object| object.texts("secondary_private_ips").into_iter().collect::<BTreeSet<_>>();
    let (before, after) = (of(prior), of(object));
    let (gone, new): (Vec<_>, Vec<_>) =
        (before.difference(&after).cloned().collect(), after.difference(&before).cloned().collect());
    if !gone.is_empty() {
        let request = aws.ec2.unassign_private_ip_addresses().network_interface_id(interface);
        let request = request.set_private_ip_addresses(Some(gone));
        aws.call("ec2:UnassignPrivateIpAddresses", || request.clone().send()).await?;
    }
    if !new.is_empty() {
        let request = aws.ec2.assign_private_ip_addresses().network_interface_id(interface);
        let request = request.set_private_ip_addresses(Some(new));
        aws.call("ec2:AssignPrivateIpAddresses", || request.clone().send()).await?;
    }
    Ok(())
}

async fn change_ipv6(aws: &Aws, interface: &str, addresses: Vec<String>, wanted: i32) -> Outcome<()> {
    let keeps = usize::try_from(wanted).unwrap_or_default();
    let missing = wanted - i32::try_from(addresses.len()).unwrap_or_default();
    if missing > 0 {
        let request = aws.ec2.assign_ipv6_addresses().network_interface_id(interface).ipv6_address_count(missing);
        aws.call_once("ec2:AssignIpv6Addresses", || request.clone().send()).await?;
    } else if missing < 0 {
        let gone = addresses.into_iter().skip(keeps).collect();
        let request = aws.ec2.unassign_ipv6_addresses().network_interface_id(interface).set_ipv6_addresses(Some(gone));
        aws.call("ec2:UnassignIpv6Addresses", || request.clone().send()).await?;
    }
    Ok(())
}

/// What can be changed only while the instance is stopped.
async fn change_stopped(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    let (id, timeout) = (object.id(), operation.timeout);
    let is_other_type = object.differs(prior, "instance_type");
    let is_other_data = object.differs_in(prior, &["user_data", "user_data_base64"]);
    if !is_other_type && !is_other_data {
        return Ok(());
    }
    stop(aws, id, timeout).await?;
    if is_other_type {
        let kind = attribute(object.str("instance_type"));
        set_attribute(aws, id, |modify| modify.instance_type(kind.clone())).await?;
    }
    if is_other_data {
        // The SDK encodes it.
        let data = user_data(&operation.config).and_then(|data| STANDARD.decode(data).ok()).unwrap_or_default();
        let data = sdk::SecureBlobAttributeValue::builder().value(Blob::new(data)).build();
        set_attribute(aws, id, |modify| modify.user_data(data.clone())).await?;
    }
    start(aws, id, timeout).await
}

async fn change_monitoring(aws: &Aws, object: &Object) -> Outcome<()> {
    let id = object.id();
    if object.is("monitoring") {
        aws.call("ec2:MonitorInstances", || aws.ec2.monitor_instances().instance_ids(id).send()).await?;
    } else {
        aws.call("ec2:UnmonitorInstances", || aws.ec2.unmonitor_instances().instance_ids(id).send()).await?;
    }
    Ok(())
}

async fn change_options(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    let changed = |name| object.block_at(name).filter(|_| object.differs(prior, name));
    if let Some(options) = changed("maintenance_options") {
        let recovery: Option<sdk::InstanceAutoRecoveryState> = options.word("auto_recovery");
        let send =
            || aws.ec2.modify_instance_maintenance_options().instance_id(id).set_auto_recovery(recovery.clone()).send();
        aws.call("ec2:ModifyInstanceMaintenanceOptions", send).await?;
    }
    if let Some(credits) = changed("credit_specification") {
        let credits = sdk::InstanceCreditSpecificationRequest::builder()
            .instance_id(id)
            .set_cpu_credits(credits.text("cpu_credits"))
            .build();
        let send =
            || aws.ec2.modify_instance_credit_specification().instance_credit_specifications(credits.clone()).send();
        aws.call("ec2:ModifyInstanceCreditSpecification", send).await?;
    }
    if let Some(options) = changed("metadata_options") {
        change_metadata_options(aws, id, &options, operation).await?;
    }
    if changed("capacity_reservation_specification").is_some()
        && let Some(reservation) = capacity_reservation(object)
    {
        let send = || {
            let modify = aws.ec2.modify_instance_capacity_reservation_attributes().instance_id(id);
            modify.capacity_reservation_specification(reservation.clone()).send()
        };
        aws.call("ec2:ModifyInstanceCapacityReservationAttributes", send).await?;
    }
    if let Some(options) = changed("private_dns_name_options") {
        let before = prior.block_at("private_dns_name_options").unwrap_or_default();
        let flag = |name| options.bool(name).filter(|_| options.differs(&before, name));
        let kind = options.word("hostname_type").filter(|_| options.differs(&before, "hostname_type"));
        let request = aws
            .ec2
            .modify_private_dns_name_options()
            .instance_id(id)
            .set_enable_resource_name_dns_a_record(flag("enable_resource_name_dns_a_record"))
            .set_enable_resource_name_dns_aaaa_record(flag("enable_resource_name_dns_aaaa_record"))
            .set_private_dns_hostname_type(kind);
        aws.call("ec2:ModifyPrivateDnsNameOptions", || request.clone().send()).await?;
    }
    Ok(())
}

async fn change_metadata_options(aws: &Aws, id: &str, options: &Object, operation: &Operation) -> Outcome<()> {
    let mut request =
        aws.ec2.modify_instance_metadata_options().instance_id(id).set_http_endpoint(options.word("http_endpoint"));
    // AWS takes the others only where the endpoint is on.
    if options.str("http_endpoint") == "enabled" {
        request = request
            .set_http_protocol_ipv6(options.word("http_protocol_ipv6"))
            .set_http_put_response_hop_limit(options.nonzero("http_put_response_hop_limit"))
            .set_http_tokens(options.word("http_tokens"))
            .set_instance_metadata_tags(options.word("instance_metadata_tags"));
    }
    let call = async |request: &aws_sdk_ec2::operation::modify_instance_metadata_options::builders::ModifyInstanceMetadataOptionsFluentBuilder| {
        aws.call("ec2:ModifyInstanceMetadataOptions", || request.clone().send()).await
    };
    match call(&request).await {
        // Not everywhere.
        Err(f) if f.is(&["UnsupportedOperation"]) && f.message.contains("InstanceMetadataTags") => {
            call(&request.set_instance_metadata_tags(None)).await?
        }
        outcome => outcome?,
    };
    wait_for(&format!("Metadata options of instance {id}"), operation.timeout, || async {
        let state = state::find(aws, id).await?.and_then(|i| i.metadata_options?.state);
        Ok(match state {
            Some(sdk::InstanceMetadataOptionsState::Pending) => Progress::Pending("pending".into()),
            _ => Progress::Done(()),
        })
    })
    .await
}

async fn change_disks(aws: &Aws, object: &Object, prior: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    if object.differs(prior, "volume_tags") {
        let instance = state::find(aws, id).await?;
        let mappings = instance.and_then(|i| i.block_device_mappings).unwrap_or_default();
        for volume in mappings.into_iter().filter_map(|m| m.ebs?.volume_id) {
            update_tags_from(aws, &volume, &prior.map("volume_tags"), &object.map("volume_tags")).await?;
        }
    }
    let (Some(root), Some(before)) = (object.block_at("root_block_device"), prior.block_at("root_block_device")) else {
        return Ok(());
    };
    let volume = before.str("volume_id");
    let changed = |name| root.nonzero(name).filter(|_| root.differs(&before, name));
    let kind = root.str("volume_type");
    if changed("iops").is_some() && !matches!(kind, "io1" | "io2" | "gp3") {
        return Err(Failure::new(format!("iops attribute not supported for type {kind}")));
    }
    if changed("throughput").is_some() && kind != "gp3" {
        return Err(Failure::new(format!("throughput attribute not supported for type {kind}")));
    }
    let change = Modification {
        size: changed("volume_size"),
        kind: root.word("volume_type").filter(|_| root.differs(&before, "volume_type")),
        iops: changed("iops"),
        throughput: changed("throughput"),
    };
    modify(aws, volume, change, operation.timeout).await?;
    if root.differs(&before, "delete_on_termination") {
        let deletes = root.is("delete_on_termination");
        let disk = sdk::EbsInstanceBlockDeviceSpecification::builder().delete_on_termination(deletes).build();
        let device = sdk::InstanceBlockDeviceMappingSpecification::builder()
            .device_name(before.str("device_name"))
            .ebs(disk)
            .build();
        set_attribute(aws, id, |modify| modify.block_device_mappings(device.clone())).await?;
    }
    if root.differs(&before, "tags") {
        let all = |block: &Object| aws.settings.tags.all(&block.map("tags"));
        update_tags_from(aws, volume, &all(&before), &all(&root)).await?;
    }
    Ok(())
}
