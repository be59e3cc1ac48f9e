//! Addresses and prefixes in CIDR notation, read as leniently as ever: numbers can have leading
//! zeros, which don't make them octal.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An address. One of IPv6 can stand for one of IPv4 (`::ffff:10.0.0.1`), and is shown as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Address {
    /// How many bits it has.
    pub fn bits(&self) -> u32 {
        match self {
            Address::V4(_) => 32,
            Address::V6(_) => 128,
        }
    }

    /// The IPv4 address that it is or stands for.
    pub fn as_v4(&self) -> Option<Ipv4Addr> {
        match self {
            Address::V4(v4) => Some(*v4),
            Address::V6(v6) => v6.to_ipv4_mapped(),
        }
    }

    /// How many bits addresses of what it is or stands for have.
    pub fn family_bits(&self) -> u32 {
        if self.as_v4().is_some() { 32 } else { 128 }
    }

    /// Its bits as a number.
    pub fn number(&self) -> u128 {
        match self {
            Address::V4(v4) => u128::from(u32::from(*v4)),
            Address::V6(v6) => u128::from(*v6),
        }
    }

    /// The address of the same family with these bits, if it has so many.
    pub fn with_number(&self, number: u128) -> Option<Address> {
        Some(match self {
            Address::V4(_) => Address::V4(u32::try_from(number).ok()?.into()),
            Address::V6(_) => Address::V6(number.into()),
        })
    }

    fn parse(text: &str) -> Option<Address> {
        let v4 = || Some(Address::V4(parse_v4(text)?));
        v4().or_else(|| Some(Address::V6(parse_v6(text)?)))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.as_v4()) {
            (_, Some(v4)) => v4.fmt(f),
            (Address::V4(v4), None) => v4.fmt(f),
            (Address::V6(v6), None) => v6.fmt(f),
        }
    }
}

/// A network: all addresses that have their first bits in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    /// Its first address.
    pub address: Address,
    /// How many bits are in common, at most as many as the address has.
    pub length: u32,
}

impl Prefix {
    /// Reads a prefix such as `10.0.0.0/8`. Bits behind the prefix are cleared.
    pub fn parse(text: &str) -> Option<Prefix> {
        let (address, length) = text.split_once('/')?;
        let address = Address::parse(address)?;
        let length = digits(length).filter(|(_, rest)| rest.is_empty())?.0;
        (length <= address.bits()).then(|| Prefix { address, length }.masked())
    }

    /// Ones for the bits in common.
    fn mask_number(bits: u32, length: u32) -> u128 {
        let ones = u128::MAX >> (128 - bits);
        ones & !ones.checked_shr(length).unwrap_or(0)
    }

    fn with_number(&self, number: u128) -> Prefix {
        // Masks and sums that wrap around keep to the bits of the family.
        Prefix { address: self.address.with_number(number).unwrap_or(self.address), ..*self }
    }

    fn masked(&self) -> Prefix {
        self.with_number(self.address.number() & Self::mask_number(self.address.bits(), self.length))
    }

    /// Its mask, written as an address.
    pub fn mask(&self) -> Address {
        self.with_number(Self::mask_number(self.address.bits(), self.length)).address
    }

    /// Whether the first address of another is in it.
    pub fn contains(&self, other: &Prefix) -> bool {
        let mask = Self::mask_number(self.address.bits(), self.length);
        (self.address.number() ^ other.address.number()) & mask == 0
    }

    /// The network of that length just before it; from the first address on, the last one. `None`
    /// if its address stands for one of another family.
    pub fn previous(&self, length: u32) -> Option<Prefix> {
        if self.address.bits() != self.address.family_bits() {
            return None;
        }
        let ones = u128::MAX >> (128 - self.address.bits());
        let before = self.with_number(self.address.number().wrapping_sub(1) & ones);
        Some(Prefix { length, ..before }.masked())
    }

    /// The network of that length that is next to it. `None` behind the last.
    pub fn next(&self, length: u32) -> Option<Prefix> {
        let ones = u128::MAX >> (128 - self.address.bits());
        let last = |prefix: &Prefix| {
            prefix.with_number(
                prefix.address.number() | (ones & !Self::mask_number(prefix.address.bits(), prefix.length)),
            )
        };
        let end = last(&Prefix { length, ..last(self) }.masked());
        let number = end.address.number();
        (number != ones).then(|| end.with_number(number + 1).masked())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address that stands for one of IPv4 has a mask of IPv4, too.
        let hidden = self.address.bits() - self.address.family_bits();
        write!(f, "{}/{}", self.address, self.length.saturating_sub(hidden))
    }
}

/// Larger numbers don't occur.
const TOO_LARGE: u32 = 0xff_ffff;

/// A number in a base from the beginning of a text, and what follows.
fn number(text: &str, base: u32) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_digit(base)).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return None;
    }
    let number = digits
        .chars()
        .filter_map(|c| c.to_digit(base))
        .try_fold(0, |n: u32, digit| Some(n * base + digit).filter(|&n| n < TOO_LARGE))?;
    Some((number, rest))
}

fn digits(text: &str) -> Option<(u32, &str)> {
    number(text, 10)
}

fn parse_v4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut rest = text;
    for (i, octet) in octets.iter_mut().enumerate() {
        if i > 0 {
            rest = rest.strip_prefix('.')?;
        }
        let (n, after) = digits(rest)?;
        *octet = u8::try_from(n).ok()?;
        rest = after;
    }
    rest.is_empty().then(|| octets.into())
}

fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    let mut groups: Vec<u16> = Vec::with_capacity(8);
    let mut rest = text;
    // Where `::` stands for zeros.
    let mut gap = None;
    if let Some(after) = rest.strip_prefix("::") {
        gap = Some(0);
        rest = after;
    }
    while groups.len() < 8 && !(rest.is_empty() && gap == Some(groups.len())) {
        let (group, after) = number(rest, 16)?;
        let group = u16::try_from(group).ok()?;
        if after.starts_with('.') {
            if groups.len() > 6 || (gap.is_none() && groups.len() != 6) {
                return None;
            }
            let [a, b, c, d] = parse_v4(rest)?.octets();
            groups.extend([u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]);
            rest = "";
            break;
        }
        groups.push(group);
        rest = after;
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(':').filter(|rest| !rest.is_empty())?;
        if let Some(after) = rest.strip_prefix(':') {
            if gap.is_some() {
                return None;
            }
            gap = Some(groups.len());
            rest = after;
        }
    }
    let missing = 8usize.checked_sub(groups.len()).filter(|_| rest.is_empty())?;
    match gap {
        Some(at) if missing > 0 => drop(groups.splice(at..at, std::iter::repeat_n(0, missing))),
        None if missing == 0 => {}
        _ => return None,
    }
    <[u16; 8]>::try_from(groups).ok().map(Ipv6Addr::from)
}
