//! `aws_vpc_dhcp_options`: what machines in a VPC are told about names, time and such.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{VALUES, filter, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, optional, schema, strings, tags, tags_all};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_vpc_dhcp_options`.
pub struct VpcDhcpOptions;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            optional("domain_name", Type::String).force_new(),
            optional("domain_name_servers", strings()).force_new(),
            id(),
            optional("ipv6_address_preferred_lease_time", Type::String).force_new(),
            optional("netbios_name_servers", strings()).force_new(),
            optional("netbios_node_type", Type::String).force_new(),
            optional("ntp_servers", strings()).force_new(),
            computed("owner_id", Type::String),
            tags(),
            tags_all(),
        ],
    )
});

/// The options of VPCs that have no others.
pub(super) const DEFAULT: &str = "default";

/// Attributes that are one text, by AWS's name for them.
const TEXTS: [(&str, &str); 3] = [
    ("domain-name", "domain_name"),
    ("ipv6-address-preferred-lease-time", "ipv6_address_preferred_lease_time"),
    ("netbios-node-type", "netbios_node_type"),
];

/// Attributes that are lists, by AWS's name for them.
const LISTS: [(&str, &str); 3] = [
    ("domain-name-servers", "domain_name_servers"),
    ("netbios-name-servers", "netbios_name_servers"),
    ("ntp-servers", "ntp_servers"),
];

/// Sets of options by id.
static OPTIONS: Batch<sdk::DhcpOptions> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::DhcpOptions>> {
    let filters = [filter_keys("dhcp-options-id", &ids)];
    let send = |token| aws.ec2.describe_dhcp_options().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let options = aws.pages("ec2:DescribeDhcpOptions", send, |page| (page.dhcp_options, page.next_token)).await?;
    Ok(options.into_iter().filter_map(|o| Some((o.dhcp_options_id.as_deref()?.into(), o))).collect())
}

/// Gives a VPC other options.
pub(super) async fn associate(aws: &Aws, vpc: &str, options: &str) -> Outcome<()> {
    let send = || aws.ec2.associate_dhcp_options().vpc_id(vpc).dhcp_options_id(options).send();
    aws.call("ec2:AssociateDhcpOptions", send).await?;
    Ok(())
}

/// Gives VPCs with these options the default ones.
async fn dissociate(aws: &Aws, id: &str) -> Outcome<()> {
    let filters = [filter("dhcp-options-id", [id])];
    let send = |token| aws.ec2.describe_vpcs().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let vpcs = aws.pages("ec2:DescribeVpcs", send, |page| (page.vpcs, page.next_token)).await?;
    for vpc in vpcs.into_iter().filter_map(|v| v.vpc_id) {
        match associate(aws, &vpc, DEFAULT).await {
            Err(failure) if !failure.is(&["InvalidVpcID.NotFound"]) => return Err(failure),
            _ => {}
        }
    }
    Ok(())
}

const CHECKS: Checks = &[(
    "domain_name domain_name_servers ipv6_address_preferred_lease_time netbios_name_servers netbios_node_type \
         ntp_servers",
    Check::AtLeastOne,
)];

#[async_trait]
impl ResourceType for VpcDhcpOptions {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(options) = aws.load(&OPTIONS, &id).await? else { return Ok(Presence::Gone) };
        let owner = options.owner_id.unwrap_or_default();
        object.set("arn", aws.arn_of("ec2", &owner, &format!("dhcp-options/{id}")));
        object.set("owner_id", owner);
        let options_set = options.dhcp_configurations.unwrap_or_default();
        let values = |key: &str| -> Vec<String> {
            let option = options_set.iter().find(|o| o.key.as_deref() == Some(key));
            option.into_iter().flat_map(sdk::DhcpConfiguration::values).filter_map(|v| v.value.clone()).collect()
        };
        for (key, name) in TEXTS {
            object.set(name, values(key).into_iter().next());
        }
        for (key, name) in LISTS {
            object.set(name, values(key));
        }
        read_tags(aws, object, options.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let kind = sdk::ResourceType::DhcpOptions;
        let option =
            |key: &str, values| Some(sdk::NewDhcpConfiguration::builder().key(key).set_values(Some(values?)).build());
        let texts = TEXTS.iter().filter_map(|(key, name)| option(key, object.text(name).map(|t| vec![t])));
        let lists = LISTS.iter().filter_map(|(key, name)| option(key, object.some_texts(name)));
        let request = aws
            .ec2
            .create_dhcp_options()
            .set_dhcp_configurations(Some(texts.chain(lists).collect()))
            .tag_specifications(tag_specification(kind.clone(), object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            Ok(made.dhcp_options.and_then(|o| o.dhcp_options_id).unwrap_or_default())
        };
        let id = aws.create_once("ec2:CreateDhcpOptions", send, || find_by_intent(aws, &kind, operation)).await?;
        object.set("id", &id);
        aws.note_intent(&id);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        update_tags(aws, object.id(), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        dissociate(aws, id).await?;
        let is_in_use = |f: &Failure| f.is(&["DependencyViolation"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeleteDhcpOptions", || aws.ec2.delete_dhcp_options().dhcp_options_id(id).send())
        });
        match deleted.await {
            Err(failure) if !failure.is_not_found() => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::DhcpOptions, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        Ok(Presence::Found)
    }
}
