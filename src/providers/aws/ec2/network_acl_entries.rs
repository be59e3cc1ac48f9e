//! Entries of network ACLs: as configurations have them, and as AWS does.

use aws_sdk_ec2::types as sdk;

use super::network_acl::ACLS;
use super::protocol;
use crate::lang::{Type, Value};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Effect, Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::shape::object_of;
use crate::syntax::{Diagnostic, Diagnostics};

/// Numbers of the entries that every ACL ends with, for IPv4 and IPv6: nobody can change them.
const LAST: [i32; 2] = [32767, 32768];

/// The attributes that entries are in, and whether those are for what leaves.
pub const DIRECTIONS: [(&str, bool); 2] = [("ingress", false), ("egress", true)];

/// Codes that say that an ACL or an entry isn't there.
pub const GONE: &[&str] = &["InvalidNetworkAclID.NotFound", "InvalidNetworkAclEntry.NotFound"];

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number: the entry with the smallest one that fits decides.
    pub number: i32,
    /// Whether it is for what leaves.
    pub is_egress: bool,
    action: String,
    protocol: i32,
    ipv4: Option<String>,
    ipv6: Option<String>,
    ports: (i32, i32),
    /// ICMP's type and code.
    icmp: (i32, i32),
}

/// The type of the attributes `ingress` and `egress`, which are written as blocks.
#[must_use]
pub fn blocks_type() -> Type {
    Type::set(object_of([
        ("action", Type::String),
        ("cidr_block", Type::String),
        ("from_port", Type::Number),
        ("icmp_code", Type::Number),
        ("icmp_type", Type::Number),
        ("ipv6_cidr_block", Type::String),
        ("protocol", Type::String),
        ("rule_no", Type::Number),
        ("to_port", Type::Number),
    ]))
}

/// A protocol by its number.
#[must_use]
pub fn usual_protocol(value: &Value) -> Value {
    match value.as_str().and_then(|text| protocol::number(text)) {
        Some(number) => Value::string(number.to_string()),
        None => value.clone(),
    }
}

/// A text without capitals.
#[must_use]
pub fn lower_case(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| Value::string(text.to_lowercase()))
}

impl Entry {
    /// The entry that a block or an object is. `number` and `action` are the names of the attributes with these.
    ///
    /// # Errors
    /// When there is no such protocol.
    pub fn of(block: &Object, is_egress: bool, number: &str, action: &str) -> Outcome<Self> {
        let name = block.str("protocol");
        let protocol = protocol::number(name).ok_or_else(|| Failure::new(unsupported(name)))?;
        let int = |name| block.int32(name).unwrap_or(0);
        let is_icmp = [1, 58].contains(&protocol);
        Ok(Entry {
            number: int(number),
            is_egress,
            action: block.str(action).to_lowercase(),
            protocol,
            ipv4: block.text("cidr_block"),
            ipv6: block.text("ipv6_cidr_block"),
            ports: (int("from_port"), int("to_port")),
            icmp: if is_icmp { (int("icmp_type"), int("icmp_code")) } else { (0, 0) },
        })
    }

    /// The entries of an object that are written as blocks.
    ///
    /// # Errors
    /// When there is no such protocol.
    pub fn of_object(object: &Object, name: &str, is_egress: bool) -> Outcome<Vec<Self>> {
        object.blocks(name).iter().map(|block| Entry::of(block, is_egress, "rule_no", "action")).collect()
    }

    /// An entry as AWS has it; `None` for those that nobody can change.
    #[must_use]
    pub fn of_aws(entry: &sdk::NetworkAclEntry) -> Option<Self> {
        let number = entry.rule_number.unwrap_or(0);
        let (ports, icmp) = (entry.port_range.as_ref(), entry.icmp_type_code.as_ref());
        let or_0 = |number: Option<i32>| number.unwrap_or(0);
        (!LAST.contains(&number)).then(|| Entry {
            number,
            is_egress: entry.egress.unwrap_or(false),
            action: entry.rule_action.as_ref().map(|action| action.as_str().to_string()).unwrap_or_default(),
            protocol: entry.protocol.as_deref().and_then(protocol::number).unwrap_or(protocol::ALL),
            ipv4: entry.cidr_block.clone(),
            ipv6: entry.ipv6_cidr_block.clone(),
            ports: (or_0(ports.and_then(|p| p.from)), or_0(ports.and_then(|p| p.to))),
            icmp: (or_0(icmp.and_then(|i| i.r#type)), or_0(icmp.and_then(|i| i.code))),
        })
    }

    /// The entry as a block.
    #[must_use]
    pub fn block(&self) -> Object {
        Object::block()
            .with("action", &self.action)
            .with("cidr_block", self.ipv4.clone())
            .with("from_port", self.ports.0)
            .with("icmp_code", self.icmp.1)
            .with("icmp_type", self.icmp.0)
            .with("ipv6_cidr_block", self.ipv6.clone())
            .with("protocol", self.protocol.to_string())
            .with("rule_no", self.number)
            .with("to_port", self.ports.1)
    }

    /// Puts it into an ACL. One with the same number may be there only if it is to be replaced.
    ///
    /// # Errors
    /// When AWS refuses.
    pub async fn put(&self, aws: &Aws, acl: &str, replaces: bool) -> Outcome<()> {
        let (action, protocol) = (sdk::RuleAction::from(self.action.as_str()), self.protocol.to_string());
        let ports = sdk::PortRange::builder().from(self.ports.0).to(self.ports.1).build();
        let icmp = sdk::IcmpTypeCode::builder().r#type(self.icmp.0).code(self.icmp.1).build();
        let icmp = [1, 58].contains(&self.protocol).then_some(icmp);
        if replaces {
            let request = aws.ec2.replace_network_acl_entry().network_acl_id(acl).rule_number(self.number);
            let request = request.egress(self.is_egress).protocol(protocol).rule_action(action).port_range(ports);
            let request = request.set_icmp_type_code(icmp).set_cidr_block(self.ipv4.clone());
            let request = request.set_ipv6_cidr_block(self.ipv6.clone());
            aws.call("ec2:ReplaceNetworkAclEntry", || request.clone().send()).await?;
        } else {
            let request = aws.ec2.create_network_acl_entry().network_acl_id(acl).rule_number(self.number);
            let request = request.egress(self.is_egress).protocol(protocol).rule_action(action).port_range(ports);
            let request = request.set_icmp_type_code(icmp).set_cidr_block(self.ipv4.clone());
            let request = request.set_ipv6_cidr_block(self.ipv6.clone());
            match aws.call("ec2:CreateNetworkAclEntry", || request.clone().send()).await {
                // An earlier attempt may have got through.
                Err(failure) if failure.effect == Effect::Unknown && self.is_in(aws, acl).await? => {}
                outcome => drop(outcome?),
            }
        }
        Ok(())
    }

    async fn is_in(&self, aws: &Aws, acl: &str) -> Outcome<bool> {
        let entries = aws.load(&ACLS, acl).await?.and_then(|acl| acl.entries).unwrap_or_default();
        Ok(entries.iter().any(|entry| Entry::of_aws(entry).as_ref() == Some(self)))
    }

    /// Removes it from an ACL. That it is gone already is no failure.
    ///
    /// # Errors
    /// When AWS refuses.
    pub async fn remove(&self, aws: &Aws, acl: &str) -> Outcome<()> {
        let request = aws.ec2.delete_network_acl_entry().network_acl_id(acl);
        let request = request.rule_number(self.number).egress(self.is_egress);
        match aws.call("ec2:DeleteNetworkAclEntry", || request.clone().send()).await {
            Err(failure) if !failure.is(GONE) => Err(failure),
            _ => Ok(()),
        }
    }
}

/// Makes the entries of an ACL what they should be, without a moment in which a changed one is missing.
///
/// # Errors
/// When AWS refuses.
pub async fn change(aws: &Aws, acl: &str, before: &[Entry], wanted: &[Entry]) -> Outcome<()> {
    let is_same = |a: &Entry, b: &Entry| a.number == b.number && a.is_egress == b.is_egress;
    for entry in before.iter().filter(|entry| !wanted.iter().any(|w| is_same(w, entry))) {
        entry.remove(aws, acl).await?;
    }
    for entry in wanted.iter().filter(|entry| !before.contains(entry)) {
        let replaces = before.iter().any(|b| is_same(b, entry));
        entry.put(aws, acl, replaces).await?;
    }
    Ok(())
}

/// Two values of `ingress` or `egress` mean the same if their entries are the same.
#[must_use]
pub fn normalise(value: &Value) -> Value {
    let Some(elements) = value.as_elements().filter(|_| value.is_wholly_known()) else { return value.clone() };
    let blocks: Option<Vec<Value>> = elements
        .iter()
        .map(|block| Some(Entry::of(&Object::of(block, &block.ty()), false, "rule_no", "action").ok()?.block().value()))
        .collect();
    match (blocks, blocks_type()) {
        (Some(blocks), Type::Set(element)) => Value::set((*element).clone(), blocks),
        _ => value.clone(),
    }
}

fn unsupported(protocol: &str) -> String {
    format!("unsupported NACL protocol: {protocol}")
}

/// What is wrong with the protocol of an entry.
pub fn protocol_problems(path: &str, text: &str) -> Vec<String> {
    let problem = || format!("{path:?} : {}", unsupported(text));
    if protocol::number(text).is_some() { Vec::new() } else { vec![problem()] }
}

/// What is wrong with the action of an entry.
pub fn action_problems(path: &str, text: &str) -> Vec<String> {
    let is_one = ["allow", "deny"].iter().any(|action| text.eq_ignore_ascii_case(action));
    let problem = || format!("expected {path} to be one of [\"allow\" \"deny\"], got {text}");
    if is_one { Vec::new() } else { vec![problem()] }
}

/// What is wrong with the ports in the blocks of a configuration.
pub fn port_problems(config: &Object) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for (name, block) in DIRECTIONS.iter().flat_map(|(name, _)| config.blocks(name).into_iter().map(move |b| (name, b)))
    {
        let (from, to) = (block.int("from_port").unwrap_or(0), block.int("to_port").unwrap_or(0));
        if protocol::number(block.str("protocol")) == Some(protocol::ALL) && (from, to) != (0, 0) {
            let summary =
                format!("to_port ({to}) and from_port ({from}) must both be 0 to use the 'all' \"-1\" protocol!");
            problems.push(Diagnostic::error(summary, "").about(*name));
        }
    }
    problems
}
