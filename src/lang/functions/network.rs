//! Networks: `cidrhost`, `cidrnetmask`, `cidrsubnet`, `cidrsubnets`.

mod prefix;

use dashu_int::{IBig, UBig};
use smol_str::SmolStr;

use super::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, Number, Type, Value};
use prefix::{Address, Prefix};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "cidrhost",
        "The address of a host in a network, by its number; negative numbers count from the end.",
        &[Parameter::new("prefix", Want::String), Parameter::new("hostnum", Want::Number)],
        Returns::Type(Want::String),
        cidrhost,
    ),
    Function::new(
        "cidrnetmask",
        "The mask of an IPv4 network as an address.",
        &[Parameter::new("prefix", Want::String)],
        Returns::Type(Want::String),
        cidrnetmask,
    ),
    Function::new(
        "cidrsubnet",
        "The network of a number among those that are longer by a number of bits.",
        &[
            Parameter::new("prefix", Want::String),
            Parameter::new("newbits", Want::Number),
            Parameter::new("netnum", Want::Number),
        ],
        Returns::Type(Want::String),
        cidrsubnet,
    ),
    Function::new(
        "cidrsubnets",
        "Networks one after the other in another, each longer by its number of bits.",
        &[Parameter::new("prefix", Want::String)],
        Returns::Type(Want::ListOfString),
        cidrsubnets,
    )
    .variadic(Parameter::new("newbits", Want::Number)),
];

fn prefix(args: &[Value]) -> Result<Prefix, String> {
    let text = args.first().and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default();
    Prefix::parse(text).ok_or_else(|| format!("invalid CIDR expression: invalid CIDR address: {text}"))
}

fn number(args: &[Value], i: usize) -> Option<&Number> {
    args.get(i).and_then(Value::as_number)
}

/// The whole number of an argument, whatever its size.
fn whole(args: &[Value], i: usize) -> Result<IBig, FunctionError> {
    let digits = number(args, i).and_then(|number| number.integer_digits(16));
    digits
        .and_then(|digits| IBig::from_str_radix(&digits, 16).ok())
        .ok_or_else(|| FunctionError::new("value must be a whole number"))
}

/// The number of bits of an argument.
fn bits(args: &[Value], i: usize) -> Result<i64, String> {
    number(args, i)
        .and_then(Number::to_i64)
        .ok_or_else(|| format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX))
}

/// The lowest 64 bits of the absolute value: with all others Terraform doesn't reckon when it
/// looks whether there is room for a number.
fn low_bits(number: &IBig) -> u64 {
    let (_, magnitude) = number.clone().into_parts();
    u64::try_from(magnitude & UBig::from(u64::MAX)).unwrap_or(u64::MAX)
}

fn cidrhost(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let mut host = whole(args, 1)?;
    let prefix = prefix(args).map_err(FunctionError::new)?;
    let last = (IBig::from(1) << (prefix.address.bits() - prefix.length) as usize) - IBig::ONE;
    // The number that is compared is a signed one of 64 bits.
    let mut compared = IBig::from(low_bits(&host) as i64);
    if host < IBig::ZERO {
        compared = -&host - IBig::ONE;
        host = &last - &compared;
    }
    if compared > last {
        let message = format!("prefix of {} does not accommodate a host numbered {host}", prefix.length);
        return Err(FunctionError::new(message));
    }
    let address = insert(&prefix.address, &host, i64::from(prefix.address.family_bits()))?;
    Ok(Value::from(address.to_string()))
}

fn cidrnetmask(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let prefix = prefix(args).map_err(FunctionError::new)?;
    if prefix.address.as_v4().is_none() {
        let text = args.first().and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default();
        return Err(FunctionError::new(format!("IPv6 addresses cannot have a netmask: {text}")));
    }
    Ok(Value::from(prefix.mask().to_string()))
}

fn cidrsubnet(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let new_bits = bits(args, 1).map_err(FunctionError::new)?;
    let subnet = whole(args, 2)?;
    let prefix = prefix(args).map_err(FunctionError::new)?;
    let length = i64::from(prefix.length).saturating_add(new_bits);
    if length > i64::from(prefix.address.bits()) {
        return Err(FunctionError::new(format!(
            "insufficient address space to extend prefix of {} by {new_bits}",
            prefix.length
        )));
    }
    // An extension that is no shift of 64 bits leaves room for everything.
    let last = u32::try_from(new_bits).ok().and_then(|bits| 1u64.checked_shl(bits)).map_or(u64::MAX, |n| n - 1);
    if low_bits(&subnet) > last {
        return Err(FunctionError::new(format!(
            "prefix extension of {new_bits} does not accommodate a subnet numbered {subnet}"
        )));
    }
    let address = insert(&prefix.address, &subnet, length)?;
    Ok(Value::from(match u32::try_from(length) {
        Ok(length) => Prefix { address, length }.to_string(),
        Err(_) => "<nil>".into(),
    }))
}

/// The address with a number written into it that ends at a bit. Bits that are there already stay.
fn insert(address: &Address, number: &IBig, end: i64) -> Result<Address, FunctionError> {
    let too_large = || FunctionError::new(format!("there is no address for the number {number}"));
    let shift = match i64::from(address.bits()).saturating_sub(end) {
        _ if *number == IBig::ZERO => 0,
        shift @ 0..=256 => shift as usize,
        _ => return Err(too_large()),
    };
    let (_, magnitude) = (IBig::from(address.number()) | (number << shift)).into_parts();
    u128::try_from(magnitude).ok().and_then(|number| address.with_number(number)).ok_or_else(too_large)
}

/// More bits than this are not added at once.
const MAX_NEW_BITS: i64 = 32;

fn cidrsubnets(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let network = prefix(args).map_err(|e| FunctionError::argument(0, e))?;
    let mut subnets = Vec::with_capacity(args.len());
    let mut current = None;
    for i in 1..args.len() {
        let refused = |why: String| FunctionError::argument(i, why);
        let new_bits = bits(args, i).map_err(refused)?;
        if new_bits < 1 {
            return Err(refused("must extend prefix by at least one bit".into()));
        }
        if new_bits > MAX_NEW_BITS {
            return Err(refused("may not extend prefix by more than 32 bits".into()));
        }
        let length = network.length + new_bits as u32;
        if length > network.address.bits() {
            let family = if network.address.bits() == 32 { "IPv4" } else { "IPv6" };
            return Err(refused(format!(
                "would extend prefix to {length} bits, which is too long for an {family} address"
            )));
        }
        // The first begins where the one ends that is before the whole network.
        let before = current.take().or_else(|| network.previous(length));
        let next = before.as_ref().and_then(|before| before.next(length)).filter(|next| network.contains(next));
        let Some(next) = next else {
            let shown = before.map_or_else(|| "<nil>".to_string(), |before| before.to_string());
            return Err(refused(format!(
                "not enough remaining address space for a subnet with a prefix of {length} bits after {shown}"
            )));
        };
        subnets.push(Value::from(next.to_string()));
        current = Some(next);
    }
    Ok(Value::list(Type::String, subnets))
}

#[cfg(test)]
mod tests;
