//! Rules of security groups. AWS has one for each range, prefix list or group; configurations have blocks of many.

use aws_sdk_ec2::types as sdk;
use indexmap::IndexMap;
use smol_str::SmolStr;

use super::protocol;
use crate::lang::{Type, Value};
use crate::providers::aws::object::{Object, fit};
use crate::providers::aws::shape::{object_of, string_set, strings};
use crate::syntax::{Diagnostic, Diagnostics};

/// Which way traffic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the members of the group.
    Ingress,
    /// From them.
    Egress,
}

impl Direction {
    /// Both.
    pub const ALL: [Direction; 2] = [Direction::Ingress, Direction::Egress];

    /// Its name in configurations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }

    /// The direction with a name; egress if it isn't the other.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if name == "ingress" { Direction::Ingress } else { Direction::Egress }
    }

    /// What a group allows.
    #[must_use]
    pub fn permissions(self, group: &sdk::SecurityGroup) -> &[sdk::IpPermission] {
        match self {
            Direction::Ingress => group.ip_permissions(),
            Direction::Egress => group.ip_permissions_egress(),
        }
    }
}

/// A protocol and ports: for ICMP, a type and a code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Traffic {
    /// As [`protocol::of_security_group`] has it.
    pub protocol: String,
    /// The first port; 0 where there are none.
    pub from: i32,
    /// The last port; 0 where there are none.
    pub to: i32,
}

/// Where traffic comes from or goes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// A range of IPv4 addresses.
    Ipv4(String),
    /// A range of IPv6 addresses.
    Ipv6(String),
    /// A prefix list, by its id.
    PrefixList(String),
    /// The members of a security group, by its id: `sg-1`, or `123456789012/sg-1` if it is another account's.
    Group(String),
}

/// A rule as AWS has them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// What is allowed.
    pub traffic: Traffic,
    /// With whom.
    pub peer: Peer,
    /// Why; empty if nobody says.
    pub description: String,
}

/// The type of the attributes `ingress` and `egress`, which are written as blocks.
#[must_use]
pub fn blocks_type() -> Type {
    Type::set(object_of([
        ("cidr_blocks", strings()),
        ("description", Type::String),
        ("from_port", Type::Number),
        ("ipv6_cidr_blocks", strings()),
        ("prefix_list_ids", strings()),
        ("protocol", Type::String),
        ("security_groups", string_set()),
        ("self", Type::Bool),
        ("to_port", Type::Number),
    ]))
}

/// The rules that a block of a group comes to. `peers` are what it names groups by.
#[must_use]
pub fn of_block(block: &Object, group_id: &str) -> Vec<Rule> {
    let traffic = traffic_of(block);
    let itself = block.is("self").then(|| group_id.to_string());
    let groups = block.texts("security_groups").into_iter().chain(block.text("source_security_group_id"));
    let peers = (block.texts("cidr_blocks").into_iter().map(Peer::Ipv4))
        .chain(block.texts("ipv6_cidr_blocks").into_iter().map(Peer::Ipv6))
        .chain(block.texts("prefix_list_ids").into_iter().map(Peer::PrefixList))
        .chain(itself.into_iter().chain(groups).map(Peer::Group));
    let mut rules: Vec<Rule> = Vec::new();
    for peer in peers {
        let rule = Rule { traffic: traffic.clone(), peer, description: block.str("description").into() };
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules
}

fn traffic_of(block: &Object) -> Traffic {
    let port = |name| block.int32(name).unwrap_or(0);
    let protocol = protocol::of_security_group(block.str("protocol"));
    match protocol.as_str() {
        "-1" => Traffic { protocol, from: 0, to: 0 },
        _ => Traffic { protocol, from: port("from_port"), to: port("to_port") },
    }
}

/// The rules that an object has as blocks.
#[must_use]
pub fn of_object(object: &Object, direction: Direction) -> Vec<Rule> {
    object.blocks(direction.name()).iter().flat_map(|block| of_block(block, object.id())).collect()
}

/// The rules that a group has.
#[must_use]
pub fn of_group(group: &sdk::SecurityGroup, direction: Direction) -> Vec<Rule> {
    let owner = group.owner_id.as_deref().unwrap_or_default();
    direction.permissions(group).iter().flat_map(|permission| of_permission(permission, owner)).collect()
}

fn of_permission(permission: &sdk::IpPermission, owner: &str) -> Vec<Rule> {
    let traffic = Traffic {
        protocol: permission.ip_protocol.clone().unwrap_or_default(),
        from: permission.from_port.unwrap_or(0),
        to: permission.to_port.unwrap_or(0),
    };
    let rule = |peer, description: &Option<String>| Rule {
        traffic: traffic.clone(),
        peer,
        description: description.clone().unwrap_or_default(),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let ipv4 = permission.ip_ranges().iter().map(|r| rule(Peer::Ipv4(text(&r.cidr_ip)), &r.description));
    let ipv6 = permission.ipv6_ranges().iter().map(|r| rule(Peer::Ipv6(text(&r.cidr_ipv6)), &r.description));
    let lists = permission.prefix_list_ids().iter();
    let lists = lists.map(|r| rule(Peer::PrefixList(text(&r.prefix_list_id)), &r.description));
    let groups = permission.user_id_group_pairs().iter().map(|pair| {
        let id = text(&pair.group_id);
        let foreign = pair.user_id.as_deref().filter(|user| !user.is_empty() && *user != owner);
        rule(Peer::Group(foreign.map_or(id.clone(), |user| format!("{user}/{id}"))), &pair.description)
    });
    ipv4.chain(ipv6).chain(lists).chain(groups).collect()
}

/// Rules as requests have them.
#[must_use]
pub fn permissions(rules: &[Rule]) -> Vec<sdk::IpPermission> {
    let mut by_traffic: IndexMap<&Traffic, Vec<&Rule>> = IndexMap::new();
    for rule in rules {
        by_traffic.entry(&rule.traffic).or_default().push(rule);
    }
    by_traffic.into_iter().map(|(traffic, rules)| permission(traffic, &rules)).collect()
}

fn permission(traffic: &Traffic, rules: &[&Rule]) -> sdk::IpPermission {
    let mut permission = sdk::IpPermission::builder().ip_protocol(&traffic.protocol);
    if traffic.protocol != "-1" {
        permission = permission.from_port(traffic.from).to_port(traffic.to);
    }
    for rule in rules {
        let why = Some(rule.description.clone()).filter(|text| !text.is_empty());
        permission = match &rule.peer {
            Peer::Ipv4(cidr) => {
                permission.ip_ranges(sdk::IpRange::builder().cidr_ip(cidr).set_description(why).build())
            }
            Peer::Ipv6(cidr) => {
                permission.ipv6_ranges(sdk::Ipv6Range::builder().cidr_ipv6(cidr).set_description(why).build())
            }
            Peer::PrefixList(id) => {
                permission.prefix_list_ids(sdk::PrefixListId::builder().prefix_list_id(id).set_description(why).build())
            }
            Peer::Group(group) => {
                let (user, id) = group.split_once('/').map_or((None, group.as_str()), |(user, id)| (Some(user), id));
                let pair = sdk::UserIdGroupPair::builder().group_id(id).set_user_id(user.map(Into::into));
                permission.user_id_group_pairs(pair.set_description(why).build())
            }
        };
    }
    permission.build()
}

/// The blocks that a group's rules are shown as: those that were known, as far as the group has all that they say, and new ones
/// for the other rules.
#[must_use]
pub fn blocks(known: &[Object], mut rules: Vec<Rule>, group_id: &str) -> Vec<Object> {
    let mut blocks = Vec::new();
    for block in known {
        let wanted = of_block(block, group_id);
        // AWS has a rule for a peer once, whatever it is described as. A block is described in one way.
        let found = |w: &Rule| rules.iter().find(|r| r.traffic == w.traffic && r.peer == w.peer);
        let Some(actual) = wanted.iter().map(|w| found(w).cloned()).collect::<Option<Vec<Rule>>>() else { continue };
        let Some(first) = actual.first() else { continue };
        if actual.iter().any(|rule| rule.description != first.description) {
            continue;
        }
        let mut block = block.clone();
        if !first.description.is_empty() {
            block.set("description", &first.description);
        }
        rules.retain(|rule| !actual.contains(rule));
        blocks.push(block);
    }
    let mut others: IndexMap<(Traffic, String), Vec<Peer>> = IndexMap::new();
    for Rule { traffic, peer, description } in rules {
        others.entry((traffic, description)).or_default().push(peer);
    }
    let others = others.into_iter().map(|((traffic, why), peers)| new_block(traffic, why, &peers, group_id));
    blocks.into_iter().chain(others).collect()
}

fn new_block(traffic: Traffic, description: String, peers: &[Peer], group_id: &str) -> Object {
    let texts = |pick: fn(&Peer) -> Option<&String>| peers.iter().filter_map(pick).cloned().collect::<Vec<_>>();
    let (itself, groups): (Vec<String>, Vec<String>) = texts(|peer| match peer {
        Peer::Group(id) => Some(id),
        _ => None,
    })
    .into_iter()
    .partition(|id| id == group_id);
    let ipv4 = texts(|peer| if let Peer::Ipv4(cidr) = peer { Some(cidr) } else { None });
    let ipv6 = texts(|peer| if let Peer::Ipv6(cidr) = peer { Some(cidr) } else { None });
    let lists = texts(|peer| if let Peer::PrefixList(id) = peer { Some(id) } else { None });
    Object::block()
        .with("cidr_blocks", ipv4)
        .with("description", description)
        .with("from_port", traffic.from)
        .with("ipv6_cidr_blocks", ipv6)
        .with("prefix_list_ids", lists)
        .with("protocol", traffic.protocol)
        .with("security_groups", groups)
        .with("self", !itself.is_empty())
        .with("to_port", traffic.to)
}

/// Blocks with their protocols in the usual spelling.
#[must_use]
pub fn with_usual_protocols(blocks: &Value) -> Value {
    let part = |(name, value): &(SmolStr, Value)| match value.as_str().filter(|_| name == "protocol") {
        Some(protocol) => (name.clone(), Value::string(protocol::of_security_group(protocol))),
        None => (name.clone(), value.clone()),
    };
    let usual = |block: &Value| block.as_entries().map(|parts| Value::object(parts.iter().map(part).collect()));
    match (blocks.as_elements(), blocks_type()) {
        (Some(elements), Type::Set(element)) if blocks.is_wholly_known() => {
            Value::set((*element).clone(), elements.iter().filter_map(usual).collect())
        }
        _ => blocks.clone(),
    }
}

/// Two values of `ingress` or `egress` mean the same if their rules are written in another order only, or their protocols by
/// another name.
#[must_use]
pub fn normalise(value: &Value) -> Value {
    let (Some(elements), Type::Set(element)) = (value.as_elements(), blocks_type()) else { return value.clone() };
    let sorted = |block: &Value| {
        let mut block = Object::of(&fit(block, &element), &element);
        block.set("protocol", protocol::of_security_group(block.str("protocol")));
        for name in ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids"] {
            let mut texts = block.texts(name);
            texts.sort_unstable();
            block.set(name, texts);
        }
        block.value()
    };
    match value.is_wholly_known() {
        true => Value::set((*element).clone(), elements.iter().map(sorted).collect()),
        false => value.clone(),
    }
}

/// What is wrong with the ports in the blocks of a configuration.
pub fn port_problems(config: &Object) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for (name, block) in Direction::ALL.iter().flat_map(|d| config.blocks(d.name()).into_iter().map(|b| (d.name(), b)))
    {
        let (from, to) = (block.int("from_port").unwrap_or(0), block.int("to_port").unwrap_or(0));
        let is_all = block.has("protocol") && protocol::of_security_group(block.str("protocol")) == "-1";
        if is_all && (from, to) != (0, 0) {
            let summary =
                format!("from_port ({from}) and to_port ({to}) must both be 0 to use the 'ALL' \"-1\" protocol!");
            problems.push(Diagnostic::error(summary, "").about(name));
        }
    }
    problems
}

/// The characters that AWS takes in descriptions, as Terraform's provider says it.
const DESCRIPTION: &str = r"^[0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]*$";

/// What is wrong with the description of a rule.
pub fn description_problems(path: &str, text: &str) -> Vec<String> {
    let is_usual = |c: char| c.is_ascii_alphanumeric() || "_ .:/()#,@[]+=&;{}!$*-".contains(c);
    let mut problems = Vec::new();
    if text.len() > 255 {
        problems.push(format!("{path:?} cannot be longer than 255 characters: {text:?}"));
    }
    if !text.chars().all(is_usual) {
        problems.push(format!("{path:?} doesn't comply with restrictions ({DESCRIPTION:?}): {text:?}"));
    }
    problems
}
