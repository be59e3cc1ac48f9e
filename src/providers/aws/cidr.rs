//! Ranges of IP addresses in CIDR notation.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::lang::Value;

/// A range: `10.0.0.0/8`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cidr {
    /// An address in it; the first one, if it is written as AWS wants it.
    pub address: IpAddr,
    /// So many bits are the same in all of its addresses.
    pub length: u8,
}

impl Cidr {
    /// The range written with its first address.
    #[must_use]
    pub fn network(self) -> Self {
        let address = match self.address {
            IpAddr::V4(a) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(a.to_bits() & mask))
            }
            IpAddr::V6(a) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(a.to_bits() & mask))
            }
        };
        Cidr { address, ..self }
    }
}

impl FromStr for Cidr {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, length) = text.split_once('/').ok_or(())?;
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let is_number = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        let length: u8 = length.parse().map_err(|_| ())?;
        let fits = length <= if address.is_ipv4() { 32 } else { 128 };
        (is_number && fits).then_some(Cidr { address, length }).ok_or(())
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// One spelling for all spellings of a range; other texts are left alone. For [`super::shape::Part::normalise`].
#[must_use]
pub fn normalise(value: &Value) -> Value {
    match value.as_str().and_then(|text| text.parse::<Cidr>().ok()) {
        Some(cidr) => Value::string(cidr.network().to_string()),
        None => value.clone(),
    }
}

/// What is wrong with a text that should be a range of IPv4 addresses, written with the first of them.
///
/// # Errors
/// When there is something.
pub fn check_ipv4(text: &str) -> Result<(), String> {
    check(text, "IPv4", IpAddr::is_ipv4)
}

/// What is wrong with a text that should be a range of IPv6 addresses, written with the first of them.
///
/// # Errors
/// When there is something.
pub fn check_ipv6(text: &str) -> Result<(), String> {
    check(text, "IPv6", IpAddr::is_ipv6)
}

/// What is wrong with a text that should be a range of addresses of any version, written with the first of them.
///
/// # Errors
/// When there is something.
pub fn check_any(text: &str) -> Result<(), String> {
    check(text, "", |_| true)
}

/// What is wrong with a text that should be a range of private IPv4 addresses with a prefix of some length. `path` is what it is
/// called.
#[must_use]
pub fn problems_of_network(path: &str, text: &str, lengths: RangeInclusive<u8>) -> Vec<String> {
    let Ok(cidr) = text.parse::<Cidr>() else {
        return vec![format!(
            "expected {path} to contain a valid Value, got: {text} with err: invalid CIDR address: {text}"
        )];
    };
    let mut problems = Vec::new();
    if cidr.network() != cidr {
        let network = cidr.network();
        problems.push(format!("expected {path} to contain a valid network Value, expected {network}, got {text}"));
    }
    if !lengths.contains(&cidr.length) {
        let (least, most, length) = (lengths.start(), lengths.end(), cidr.length);
        problems.push(format!(
            "expected {path:?} to contain a network Value with between {least} and {most} significant bits, got: {length}"
        ));
    }
    problems
}

fn check(text: &str, family: &str, is_family: fn(&IpAddr) -> bool) -> Result<(), String> {
    let family = if family.is_empty() { String::new() } else { format!("{family} ") };
    let Ok(cidr) = text.parse::<Cidr>() else {
        return Err(format!("{text:?} is not a valid CIDR block: invalid CIDR address: {text}"));
    };
    if !is_family(&cidr.address) {
        return Err(format!("{text:?} is not a valid {family}CIDR block"));
    }
    if cidr.network() != cidr {
        let network = cidr.network().to_string();
        return Err(format!("{text:?} is not a valid {family}CIDR block; did you mean {network:?}?"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Cidr, check_ipv4, check_ipv6, normalise};
    use crate::lang::Value;

    #[test]
    fn networks_begin_with_their_first_address() {
        for (text, network) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.1.2.3/0", "0.0.0.0/0"),
            ("10.1.2.3/32", "10.1.2.3/32"),
            ("2001:DB8:0::1/32", "2001:db8::/32"),
            ("::1/0", "::/0"),
            ("::1/128", "::1/128"),
        ] {
            let cidr: Option<Cidr> = text.parse().ok();
            assert_eq!(cidr.map(|c| c.network().to_string()).as_deref(), Some(network));
            assert_eq!(normalise(&Value::string(text)), Value::string(network));
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        assert_eq!(check_ipv4("10.0.0.0/8"), Ok(()));
        assert_eq!(check_ipv6("2001:DB8::/32"), Ok(()));
        for text in ["", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "x/8", "10.0.0.1/8", "::/0"] {
            assert!(check_ipv4(text).is_err(), "{text}");
        }
        assert_eq!(
            check_ipv6("2001:db8::1/32"),
            Err(r#""2001:db8::1/32" is not a valid IPv6 CIDR block; did you mean "2001:db8::/32"?"#.into())
        );
    }
}
