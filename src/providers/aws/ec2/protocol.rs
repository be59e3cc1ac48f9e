//! Names and numbers of IP protocols. (Facts: IANA's protocol numbers, and which of the names AWS knows.)

/// A protocol as rules of security groups have it: one of few names, or a number. All protocols are `-1`.
#[must_use]
pub fn of_security_group(text: &str) -> String {
    let protocol = text.to_ascii_lowercase();
    match protocol.as_str() {
        "all" | "-1" => "-1",
        "1" => "icmp",
        "6" => "tcp",
        "17" => "udp",
        "58" => "icmpv6",
        _ => return protocol,
    }
    .into()
}

/// The number of a protocol, as rules of network ACLs have it. `None` if there is no such protocol.
#[must_use]
pub fn number(text: &str) -> Option<i32> {
    match text.parse::<i32>() {
        Ok(number) => is_number(number).then_some(number),
        Err(_) if text == "all" => Some(ALL),
        Err(_) => NAMES.split(' ').position(|name| name == text).and_then(|n| i32::try_from(n).ok()),
    }
}

/// All protocols.
pub const ALL: i32 = -1;

fn is_number(number: i32) -> bool {
    matches!(number, ALL | 0..=56 | 58..=142 | 253 | 254)
}

/// The names in the order of their numbers. Where there is none, it is the number's digits; 57 isn't known to AWS.
const NAMES: &str = "\
    hopopt icmp igmp ggp ipv4 st tcp cbt egp igp bbn-rcc-mon nvp-ii pup argus emcon xnet chaos udp mux dcn-meas hmp \
    prm xns-idp trunk-1 trunk-2 leaf-1 leaf-2 rdp irtp iso-tp4 netblt mfe-nsp merit-inp dccp 3pc idpr xtp ddp \
    idpr-cmtp tp++ il ipv6 sdrp ipv6-route ipv6-frag idrp rsvp gre dsr bna esp ah i-nlsp swipe narp mobile tlsp ? \
    ipv6-icmp ipv6-nonxt ipv6-opts 61 cftp 63 sat-expak kryptolan rvd ippc 68 sat-mon visa ipcv cpnx cphb wsn pvp \
    br-sat-mon sun-nd wb-mon wb-expak iso-ip vmtp secure-vmtp vines ttp nsfnet-igp dgp tcf eigrp ospfigp sprite-rpc \
    larp mtp ax.25 ipip micp scc-sp etherip encap 99 gmtp ifmp pnni pim aris scps qnx a/n ipcomp snp compaq-peer \
    ipx-in-ip vrrp pgm 114 l2tp dd iatp stp srp uti smp sm ptp isis-over-ipv4 fire crtp crudp sscopmce iplt sps pipe \
    sctp fc rsvp-e2e-ignore mobility-header udplite mpls-in-ip manet hip shim6 wesp rohc";

#[cfg(test)]
mod tests {
    use super::{number, of_security_group};

    #[test]
    fn numbers_of_protocols() {
        for (text, expected) in [
            ("all", Some(-1)),
            ("-1", Some(-1)),
            ("tcp", Some(6)),
            ("6", Some(6)),
            ("ipv6-icmp", Some(58)),
            ("rohc", Some(142)),
            ("254", Some(254)),
            ("", None),
            ("57", None),
            ("200", None),
            ("icmpv6", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn protocols_of_security_groups() {
        for (text, expected) in [("ALL", "-1"), ("6", "tcp"), ("TCP", "tcp"), ("58", "icmpv6"), ("50", "50")] {
            assert_eq!(of_security_group(text), expected);
        }
    }
}
