//! `aws_network_acl_rule`: an entry of a network ACL.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::network_acl::ACLS;
use super::network_acl_entries::{self as entries, Entry};
use super::protocol;
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{id, optional, required, schema};
use crate::schema::Schema;

/// The resource type `aws_network_acl_rule`.
pub struct NetworkAclRule;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional("cidr_block", Type::String).force_new(),
            optional("egress", Type::Bool).force_new().default(false),
            optional("from_port", Type::Number).force_new(),
            optional("icmp_code", Type::Number).force_new(),
            optional("icmp_type", Type::Number).force_new(),
            id(),
            optional("ipv6_cidr_block", Type::String).force_new(),
            required("network_acl_id", Type::String).force_new(),
            required("protocol", Type::String).force_new().normalise(entries::usual_protocol),
            required("rule_action", Type::String).force_new().normalise(entries::lower_case),
            required("rule_number", Type::Number).force_new(),
            optional("to_port", Type::Number).force_new(),
        ],
    )
});

fn entry_of(object: &Object) -> Outcome<Entry> {
    Entry::of(object, object.is("egress"), "rule_number", "rule_action")
}

/// The id that Terraform's provider makes.
fn id_of(acl: &str, number: i64, is_egress: bool, protocol: &str) -> String {
    let text = format!("{acl}-{number}-{is_egress}-{protocol}-");
    format!("nacl-{}", crc32fast::hash(text.as_bytes()))
}

fn id_of_object(object: &Object) -> String {
    let number = object.int("rule_number").unwrap_or(0);
    id_of(object.str("network_acl_id"), number, object.is("egress"), object.str("protocol"))
}

/// The entry of the ACL with the same number, as AWS has it.
async fn present(aws: &Aws, object: &Object) -> Outcome<Option<aws_sdk_ec2::types::NetworkAclEntry>> {
    let acl = aws.load(&ACLS, object.str("network_acl_id")).await?;
    let (number, is_egress) = (object.int32("rule_number"), object.is("egress"));
    let entries = acl.and_then(|acl| acl.entries).unwrap_or_default();
    Ok(entries.into_iter().find(|e| e.rule_number == number && e.egress.unwrap_or(false) == is_egress))
}

const CHECKS: Checks = &[
    ("cidr_block ipv6_cidr_block", Check::ExactlyOne),
    ("protocol", Check::Text(entries::protocol_problems)),
    ("rule_action", Check::Text(entries::action_problems)),
];

#[async_trait]
impl ResourceType for NetworkAclRule {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let Some(entry) = present(aws, object).await? else { return Ok(Presence::Gone) };
        object.set("cidr_block", entry.cidr_block);
        object.set("egress", entry.egress);
        object.set("ipv6_cidr_block", entry.ipv6_cidr_block);
        object.set("rule_action", entry.rule_action.map(|action| action.as_str().to_string()));
        object.set("rule_number", entry.rule_number);
        if let Some(icmp) = entry.icmp_type_code {
            object.set("icmp_code", icmp.code);
            object.set("icmp_type", icmp.r#type);
        }
        if let Some(ports) = entry.port_range {
            object.set("from_port", ports.from);
            object.set("to_port", ports.to);
        }
        object.set("protocol", entry.protocol.map(|p| protocol::number(&p).map_or(p, |number| number.to_string())));
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<()> {
        // AWS doesn't mind if there is the same one already, but then it is somebody else's.
        if present(aws, object).await?.is_some() {
            return Err(Failure::new(format!(
                "EC2 Network ACL ({}) Rule (egress: {})({}) already exists",
                object.str("network_acl_id"),
                object.is("egress"),
                object.int("rule_number").unwrap_or(0)
            )));
        }
        entry_of(object)?.put(aws, object.str("network_acl_id"), false).await?;
        object.set("id", id_of_object(object));
        Ok(())
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        entry_of(object)?.remove(aws, object.str("network_acl_id")).await
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        let id = object.id().to_string();
        let wrong = || {
            let expected = "NETWORK_ACL_ID:RULE_NUMBER:PROTOCOL:EGRESS";
            Failure::new(format!("unexpected format of ID ({id}), expected {expected}"))
        };
        let parts: Vec<&str> = id.split(':').collect();
        let [acl, number, protocol, egress] = parts.as_slice() else { return Err(wrong()) };
        if acl.is_empty() || protocol.is_empty() {
            return Err(wrong());
        }
        let number: i64 = number.parse().map_err(|_| wrong())?;
        let is_egress: bool = egress.parse().map_err(|_| wrong())?;
        object.set("id", id_of(acl, number, is_egress, protocol));
        object.set("egress", is_egress);
        object.set("network_acl_id", *acl);
        object.set("rule_number", number);
        Ok(())
    }

    /// An entry has no mark of who made it: one that is as it should be is taken for ours.
    async fn recover(&self, aws: &Aws, object: &mut Object, _: &Operation) -> Outcome<Presence> {
        let found = present(aws, object).await?.and_then(|entry| Entry::of_aws(&entry));
        if found.is_none() || found != entry_of(object).ok() {
            return Ok(Presence::Gone);
        }
        object.set("id", id_of_object(object));
        Ok(Presence::Found)
    }
}
