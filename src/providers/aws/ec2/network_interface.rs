//! `aws_network_interface`: a network card that instances can have. Its addresses are in [`super::network_interface_addresses`].

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::operation::create_network_interface::builders::CreateNetworkInterfaceFluentBuilder;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::network_interface_addresses::{self as addresses, KINDS};
use super::{VALUES, create_tags, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, set_block, string_set, strings, tags, tags_all,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_network_interface`.
pub struct NetworkInterface;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            set_block(
                "attachment",
                [
                    computed("attachment_id", Type::String),
                    required("device_index", Type::Number),
                    required("instance", Type::String),
                ],
            )
            .computed(),
            optional("description", Type::String),
            optional_computed("enable_primary_ipv6", Type::Bool),
            id(),
            optional_computed("interface_type", Type::String).force_new(),
            optional_computed("ipv4_prefix_count", Type::Number),
            optional_computed("ipv4_prefixes", string_set()),
            optional_computed("ipv6_address_count", Type::Number),
            optional_computed("ipv6_address_list", strings()),
            optional("ipv6_address_list_enabled", Type::Bool).default(false),
            optional_computed("ipv6_addresses", string_set()),
            optional_computed("ipv6_prefix_count", Type::Number),
            optional_computed("ipv6_prefixes", string_set()),
            computed("mac_address", Type::String),
            computed("outpost_arn", Type::String),
            computed("owner_id", Type::String),
            computed("private_dns_name", Type::String),
            optional_computed("private_ip", Type::String),
            optional_computed("private_ip_list", strings()),
            optional("private_ip_list_enabled", Type::Bool).default(false),
            optional_computed("private_ips", string_set()),
            optional_computed("private_ips_count", Type::Number),
            optional_computed("security_groups", string_set()),
            optional("source_dest_check", Type::Bool).default(true),
            required("subnet_id", Type::String).force_new(),
            tags(),
            tags_all(),
        ],
    )
});

/// Network interfaces by id.
pub static NETWORK_INTERFACES: Batch<sdk::NetworkInterface> =
    Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::NetworkInterface>> {
    let filters = [filter_keys("network-interface-id", &ids)];
    let send =
        |token| aws.ec2.describe_network_interfaces().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let interfaces =
        aws.pages("ec2:DescribeNetworkInterfaces", send, |page| (page.network_interfaces, page.next_token)).await?;
    Ok(interfaces.into_iter().filter_map(|i| Some((i.network_interface_id.as_deref()?.into(), i))).collect())
}

async fn attachment_of(aws: &Aws, id: &str) -> Outcome<Option<sdk::NetworkInterfaceAttachment>> {
    Ok(aws.load(&NETWORK_INTERFACES, id).await?.and_then(|i| i.attachment))
}

async fn attach(aws: &Aws, id: &str, attachment: &Object, operation: &Operation) -> Outcome<()> {
    let instance = attachment.str("instance");
    let request = aws
        .ec2
        .attach_network_interface()
        .network_interface_id(id)
        .instance_id(instance)
        .set_device_index(attachment.int32("device_index"));
    let send = async || request.clone().send().await.map(drop);
    let find = async || {
        let found = attachment_of(aws, id).await?;
        Ok(found.filter(|a| a.instance_id.as_deref() == Some(instance)).map(drop))
    };
    aws.create_once("ec2:AttachNetworkInterface", send, find).await?;
    wait_for(&format!("the attachment of network interface {id}"), operation.timeout, || async {
        let status = attachment_of(aws, id).await?.and_then(|a| a.status);
        Ok(match status {
            Some(sdk::AttachmentStatus::Attached) => Progress::Done(()),
            other => Progress::Pending(other.map_or_else(|| "missing".into(), |s| s.to_string())),
        })
    })
    .await
}

async fn detach(aws: &Aws, id: &str, attachment: &Object, operation: &Operation) -> Outcome<()> {
    let send = || aws.ec2.detach_network_interface().attachment_id(attachment.str("attachment_id")).force(true).send();
    match aws.call("ec2:DetachNetworkInterface", send).await {
        Err(failure) if failure.is_not_found() => return Ok(()),
        outcome => drop(outcome?),
    }
    wait_for(&format!("the attachment of network interface {id}"), operation.timeout, || async {
        let status = attachment_of(aws, id).await?.map(|a| a.status);
        Ok(match status {
            None | Some(Some(sdk::AttachmentStatus::Detached)) => Progress::Done(()),
            Some(other) => Progress::Pending(other.map(|s| s.to_string()).unwrap_or_default()),
        })
    })
    .await
}

/// Changes what is set by a request each.
async fn set_attributes(aws: &Aws, object: &Object, prior: &Object) -> Outcome<()> {
    let modify = || aws.ec2.modify_network_interface_attribute().network_interface_id(object.id());
    let differs = |name| object.has(name) && object.differs(prior, name);
    let check = sdk::AttributeBooleanValue::builder().value(object.is("source_dest_check")).build();
    let description = sdk::AttributeValue::builder().value(object.str("description")).build();
    let requests = [
        differs("source_dest_check").then(|| modify().source_dest_check(check)),
        differs("security_groups").then(|| modify().set_groups(object.some_texts("security_groups"))),
        object.differs(prior, "description").then(|| modify().description(description)),
        differs("enable_primary_ipv6").then(|| modify().enable_primary_ipv6(object.is("enable_primary_ipv6"))),
    ];
    for request in requests.into_iter().flatten() {
        aws.call("ec2:ModifyNetworkInterfaceAttribute", || request.clone().send()).await?;
    }
    Ok(())
}

/// The request for a new interface, without tags.
fn creation(aws: &Aws, object: &Object, operation: &Operation) -> CreateNetworkInterfaceFluentBuilder {
    let request = aws
        .ec2
        .create_network_interface()
        .client_token(operation.token.as_str())
        .subnet_id(object.str("subnet_id"))
        .set_description(object.text("description"))
        .set_interface_type(object.text("interface_type").map(|t| t.as_str().into()))
        .set_enable_primary_ipv6(object.bool("enable_primary_ipv6").filter(|on| *on))
        .set_groups(object.some_texts("security_groups"));
    addresses::of_new(request, object)
}

const CHECKS: Checks = &[
    ("interface_type", Check::OneOf(&["efa", "efa-only", "branch", "trunk"])),
    ("ipv4_prefix_count ipv4_prefixes", Check::Exclusive),
    ("ipv4_prefixes", Check::Ipv4Range),
    ("ipv6_address_count ipv6_addresses", Check::Exclusive),
    ("ipv6_address_list", Check::Conflicts(&["ipv6_addresses", "ipv6_address_count"])),
    ("ipv6_addresses", Check::Conflicts(&["ipv6_address_list"])),
    ("ipv6_addresses", Check::Ipv6),
    ("ipv6_prefix_count ipv6_prefixes", Check::Exclusive),
    ("ipv6_prefixes", Check::Ipv6Range),
    ("private_ip_list", Check::Conflicts(&["private_ips", "private_ips_count"])),
    ("private_ips private_ips_count", Check::Conflicts(&["private_ip_list"])),
];

#[async_trait]
impl ResourceType for NetworkInterface {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        addresses::plan(plan);
        let was_primary = plan.prior.is_some_and(|prior| prior.is("enable_primary_ipv6"));
        if was_primary && plan.planned.bool("enable_primary_ipv6") == Some(false) {
            plan.replace_for("enable_primary_ipv6");
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(interface) = aws.load(&NETWORK_INTERFACES, &id).await? else { return Ok(Presence::Gone) };
        addresses::read(object, &interface);
        let owner = interface.owner_id.unwrap_or_default();
        object.set("arn", aws.arn_of("ec2", &owner, &format!("network-interface/{id}")));
        object.set("owner_id", owner);
        let attachment = |a: sdk::NetworkInterfaceAttachment| {
            Object::block()
                .with("attachment_id", a.attachment_id)
                .with("device_index", a.device_index)
                .with("instance", a.instance_id)
        };
        object.set("attachment", interface.attachment.map(|a| vec![attachment(a)]));
        object.set("description", interface.description);
        object.set("interface_type", interface.interface_type.map(|t| t.as_str().to_string()));
        object.set("mac_address", interface.mac_address);
        object.set("outpost_arn", interface.outpost_arn);
        object.set("private_dns_name", interface.private_dns_name);
        let groups = interface.groups.unwrap_or_default().into_iter().filter_map(|g| g.group_id);
        object.set("security_groups", groups.collect::<Vec<_>>());
        object.set("source_dest_check", interface.source_dest_check);
        object.set("subnet_id", interface.subnet_id);
        read_tags(aws, object, interface.tag_set);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let mut request = creation(aws, object, operation);
        // AWS fails internally if there are tags beside prefixes.
        let is_tagged_later = object.has("ipv4_prefixes") || object.has("ipv6_prefixes");
        if !is_tagged_later {
            let kind = sdk::ResourceType::NetworkInterface;
            request = request.tag_specifications(tag_specification(kind, object, operation));
        }
        let made = aws.call("ec2:CreateNetworkInterface", || request.clone().send()).await?;
        let id = made.network_interface.and_then(|i| i.network_interface_id).unwrap_or_default();
        object.set("id", &id);
        wait_until_made(aws, &id, operation).await?;
        if is_tagged_later {
            create_tags(aws, &id, object.map("tags_all")).await?;
        } else {
            aws.note_intent(&id);
        }
        addresses::complete_new(aws, object).await?;
        if object.bool("source_dest_check") == Some(false) {
            let off = sdk::AttributeBooleanValue::builder().value(false).build();
            let request = aws.ec2.modify_network_interface_attribute().network_interface_id(&id).source_dest_check(off);
            aws.call("ec2:ModifyNetworkInterfaceAttribute", || request.clone().send()).await?;
        }
        match object.block_at("attachment") {
            Some(attachment) => attach(aws, &id, &attachment, operation).await,
            None => Ok(()),
        }
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id().to_string();
        if object.has("attachment") && object.differs(prior, "attachment") {
            if let Some(before) = prior.block_at("attachment") {
                detach(aws, &id, &before, operation).await?;
            }
            if let Some(after) = object.block_at("attachment") {
                attach(aws, &id, &after, operation).await?;
            }
        }
        for kind in KINDS {
            kind.update(aws, object, prior).await?;
        }
        set_attributes(aws, object, prior).await?;
        update_tags(aws, &id, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        if let Some(attachment) = object.block_at("attachment") {
            detach(aws, id, &attachment, operation).await?;
        }
        let is_in_use = |f: &Failure| f.is(&["InvalidNetworkInterface.InUse"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeleteNetworkInterface", || {
                aws.ec2.delete_network_interface().network_interface_id(id).send()
            })
        });
        match deleted.await {
            Err(failure) if !failure.is(&["InvalidNetworkInterfaceID.NotFound"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::NetworkInterface, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        Ok(Presence::Found)
    }
}

async fn wait_until_made(aws: &Aws, id: &str, operation: &Operation) -> Outcome<()> {
    wait_for(&format!("network interface {id}"), operation.timeout, || async {
        let interface = aws.load(&NETWORK_INTERFACES, id).await?;
        let status = interface.map(|i| i.status.map(|s| s.to_string()).unwrap_or_default());
        Ok(match status.as_deref() {
            None => Progress::Pending("missing".into()),
            Some("pending") => Progress::Pending("pending".into()),
            Some(_) => Progress::Done(()),
        })
    })
    .await
}
