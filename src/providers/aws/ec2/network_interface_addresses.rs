//! The addresses of an `aws_network_interface`: of four kinds, each given as a set, as a number, and two of them also as a
//! list, whose order counts.

use aws_sdk_ec2::operation::create_network_interface::builders::CreateNetworkInterfaceFluentBuilder;
use aws_sdk_ec2::types as sdk;

use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::Planning;
use crate::providers::aws::sdk_v2::in_set_order;

/// A kind of addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    PrivateIps,
    Ipv4Prefixes,
    Ipv6Addresses,
    Ipv6Prefixes,
}

/// All kinds.
pub(super) const KINDS: [Kind; 4] = [Kind::PrivateIps, Kind::Ipv4Prefixes, Kind::Ipv6Addresses, Kind::Ipv6Prefixes];

/// Addresses to be added.
enum Added {
    These(Vec<String>),
    Any(i32),
}

impl Kind {
    /// The attributes with the addresses and their number. (That of private addresses doesn't count the primary one.)
    fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Kind::PrivateIps => ("private_ips", "private_ips_count"),
            Kind::Ipv4Prefixes => ("ipv4_prefixes", "ipv4_prefix_count"),
            Kind::Ipv6Addresses => ("ipv6_addresses", "ipv6_address_count"),
            Kind::Ipv6Prefixes => ("ipv6_prefixes", "ipv6_prefix_count"),
        }
    }

    /// The attribute with the addresses in order, and the one that says that it counts.
    fn list(self) -> Option<(&'static str, &'static str)> {
        match self {
            Kind::PrivateIps => Some(("private_ip_list", "private_ip_list_enabled")),
            Kind::Ipv6Addresses => Some(("ipv6_address_list", "ipv6_address_list_enabled")),
            Kind::Ipv4Prefixes | Kind::Ipv6Prefixes => None,
        }
    }

    async fn assign(self, aws: &Aws, id: &str, added: Added) -> Outcome<()> {
        let (these, count) = match added {
            Added::These(these) if these.is_empty() => return Ok(()),
            Added::These(these) => (Some(these), None),
            Added::Any(count) => (None, Some(count)),
        };
        let v4 = || aws.ec2.assign_private_ip_addresses().network_interface_id(id);
        let v6 = || aws.ec2.assign_ipv6_addresses().network_interface_id(id);
        let (v4, v6) = match self {
            Kind::PrivateIps => {
                (Some(v4().set_private_ip_addresses(these).set_secondary_private_ip_address_count(count)), None)
            }
            Kind::Ipv4Prefixes => (Some(v4().set_ipv4_prefixes(these).set_ipv4_prefix_count(count)), None),
            Kind::Ipv6Addresses => (None, Some(v6().set_ipv6_addresses(these).set_ipv6_address_count(count))),
            Kind::Ipv6Prefixes => (None, Some(v6().set_ipv6_prefixes(these).set_ipv6_prefix_count(count))),
        };
        if let Some(request) = v4 {
            aws.call_once("ec2:AssignPrivateIpAddresses", || request.clone().send()).await?;
        }
        if let Some(request) = v6 {
            aws.call_once("ec2:AssignIpv6Addresses", || request.clone().send()).await?;
        }
        Ok(())
    }

    async fn unassign(self, aws: &Aws, id: &str, these: Vec<String>) -> Outcome<()> {
        if these.is_empty() {
            return Ok(());
        }
        let these = Some(these);
        let v4 = || aws.ec2.unassign_private_ip_addresses().network_interface_id(id);
        let v6 = || aws.ec2.unassign_ipv6_addresses().network_interface_id(id);
        let (v4, v6) = match self {
            Kind::PrivateIps => (Some(v4().set_private_ip_addresses(these)), None),
            Kind::Ipv4Prefixes => (Some(v4().set_ipv4_prefixes(these)), None),
            Kind::Ipv6Addresses => (None, Some(v6().set_ipv6_addresses(these))),
            Kind::Ipv6Prefixes => (None, Some(v6().set_ipv6_prefixes(these))),
        };
        if let Some(request) = v4 {
            aws.call("ec2:UnassignPrivateIpAddresses", || request.clone().send()).await?;
        }
        if let Some(request) = v6 {
            aws.call("ec2:UnassignIpv6Addresses", || request.clone().send()).await?;
        }
        Ok(())
    }

    /// The addresses of this kind that an object names, without the primary one, which stays.
    fn of(self, object: &Object, name: &str, primary: &str) -> Vec<String> {
        let is_other = |ip: &String| self != Kind::PrivateIps || ip != primary;
        object.texts(name).into_iter().filter(is_other).collect()
    }

    /// Changes the addresses of an interface where they differ.
    pub(super) async fn update(self, aws: &Aws, object: &Object, prior: &Object) -> Outcome<()> {
        let (id, primary) = (object.id(), prior.str("private_ip"));
        if let Some((list, is_on)) = self.list()
            && object.is(is_on)
        {
            if object.has(list) && object.differs(prior, list) {
                self.unassign(aws, id, self.of(prior, list, primary)).await?;
                for address in self.of(object, list, primary) {
                    self.assign(aws, id, Added::These(vec![address])).await?;
                }
            }
            return Ok(());
        }
        let (set, count) = self.attributes();
        let mut now = self.of(prior, set, primary);
        if object.has(set) && object.differs(prior, set) {
            let wanted = self.of(object, set, primary);
            let without = |all: &[String], some: &[String]| all.iter().filter(|a| !some.contains(a)).cloned().collect();
            self.unassign(aws, id, without(&now, &wanted)).await?;
            self.assign(aws, id, Added::These(without(&wanted, &now))).await?;
            now = wanted;
        }
        let Some(wanted) = object.int32(count).filter(|_| object.differs(prior, count)) else { return Ok(()) };
        match wanted - i32::try_from(now.len()).unwrap_or(i32::MAX) {
            0 => Ok(()),
            missing if missing > 0 => self.assign(aws, id, Added::Any(missing)).await,
            missing => {
                now.truncate(usize::try_from(-missing).unwrap_or(0));
                self.unassign(aws, id, now).await
            }
        }
    }
}

/// The addresses of a new interface: those that can be given with the request for it.
pub(super) fn of_new(
    request: CreateNetworkInterfaceFluentBuilder,
    object: &Object,
) -> CreateNetworkInterfaceFluentBuilder {
    let v4 = |p: String| sdk::Ipv4PrefixSpecificationRequest::builder().ipv4_prefix(p).build();
    let v6 = |p: String| sdk::Ipv6PrefixSpecificationRequest::builder().ipv6_prefix(p).build();
    let address = |a: String| sdk::InstanceIpv6Address::builder().ipv6_address(a).build();
    let is_listed = object.is("ipv6_address_list_enabled");
    let addresses = object.some_texts(if is_listed { "ipv6_address_list" } else { "ipv6_addresses" });
    let count = |name| object.int32(name).filter(|n| *n > 0);
    let request = request
        .set_ipv4_prefixes(object.some_texts("ipv4_prefixes").map(|p| p.into_iter().map(v4).collect()))
        .set_ipv4_prefix_count(count("ipv4_prefix_count"))
        .set_ipv6_prefixes(object.some_texts("ipv6_prefixes").map(|p| p.into_iter().map(v6).collect()))
        .set_ipv6_prefix_count(count("ipv6_prefix_count"))
        .set_ipv6_addresses(addresses.map(|a| a.into_iter().map(address).collect()))
        .set_ipv6_address_count(count("ipv6_address_count"));
    let private = private_ips(object);
    if private.is_empty() {
        return request
            .set_private_ip_address(object.text("private_ip"))
            .set_secondary_private_ip_address_count(count("private_ips_count"));
    }
    let address = |(i, ip): (usize, String)| {
        let primary = (i == 0).then_some(true);
        sdk::PrivateIpAddressSpecification::builder().private_ip_address(ip).set_primary(primary).build()
    };
    request.set_private_ip_addresses(Some(private.into_iter().enumerate().map(address).collect()))
}

/// The private addresses of a new interface, the primary one first; not more than are wanted.
fn private_ips(object: &Object) -> Vec<String> {
    if object.is("private_ip_list_enabled") {
        return object.texts("private_ip_list");
    }
    // Which address of the set becomes the primary one is the provider's choice.
    let mut ips = in_set_order(object.texts("private_ips"));
    if let Some(secondary) = object.int("private_ips_count").filter(|n| *n > 0) {
        ips.truncate(usize::try_from(secondary).unwrap_or(0) + 1);
    }
    ips
}

/// Gives a new interface the private addresses that could not be given with the request for it.
pub(super) async fn complete_new(aws: &Aws, object: &Object) -> Outcome<()> {
    let given = i32::try_from(private_ips(object).len()).unwrap_or(i32::MAX);
    let Some(secondary) = object.int32("private_ips_count") else { return Ok(()) };
    if given == 0 || object.is("private_ip_list_enabled") || secondary < given {
        return Ok(());
    }
    Kind::PrivateIps.assign(aws, object.id(), Added::Any(secondary + 1 - given)).await
}

/// Puts an interface's addresses into an object.
pub(super) fn read(object: &mut Object, interface: &sdk::NetworkInterface) {
    let interface = interface.clone();
    let v4: Vec<_> = interface.ipv4_prefixes.into_iter().flatten().filter_map(|p| p.ipv4_prefix).collect();
    let v6: Vec<_> = interface.ipv6_prefixes.into_iter().flatten().filter_map(|p| p.ipv6_prefix).collect();
    let addresses: Vec<_> = interface.ipv6_addresses.into_iter().flatten().filter_map(|a| a.ipv6_address).collect();
    let private: Vec<_> =
        interface.private_ip_addresses.into_iter().flatten().filter_map(|a| a.private_ip_address).collect();
    object.set("private_ip", interface.private_ip_address);
    object.set("private_ip_list", &private);
    object.set("private_ips_count", number(private.len()) - 1);
    object.set("private_ips", private);
    object.set("ipv4_prefix_count", number(v4.len()));
    object.set("ipv4_prefixes", v4);
    object.set("ipv6_prefix_count", number(v6.len()));
    object.set("ipv6_prefixes", v6);
    object.set("ipv6_address_count", number(addresses.len()));
    object.set("ipv6_address_list", &addresses);
    object.set("ipv6_addresses", addresses);
}

fn number(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// One of the ways to say which addresses there are decides; the others will follow. The primary private address can't
/// change.
pub(super) fn plan(plan: &mut Planning<'_>) {
    for kind in KINDS {
        let Some((list, is_on)) = kind.list() else { continue };
        let (set, count) = kind.attributes();
        let (sets, counts, lists) = (plan.changes(set), plan.changes(count), plan.changes(list));
        let is_listed = plan.planned.is(is_on);
        let unknown = match is_listed {
            true => [(set, lists), (count, lists), (list, false)],
            false => [(set, counts && !sets), (count, sets && !counts), (list, sets || counts || lists)],
        };
        for (name, _) in unknown.into_iter().filter(|(_, is_unknown)| *is_unknown) {
            plan.make_unknown(name);
        }
        if kind == Kind::PrivateIps {
            let primary = plan.prior.and_then(|p| p.texts("private_ip_list").into_iter().next()).unwrap_or_default();
            if !is_listed && sets && !plan.planned.texts(set).contains(&primary) {
                plan.replace_for(set);
            }
            if is_listed && lists && plan.planned.texts(list).first() != Some(&primary) {
                plan.replace_for(list);
            }
        }
    }
}
