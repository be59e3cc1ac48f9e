//! What a scalar means: by its tag if it has one, else by its style and text.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::super::quote::quoted;
use super::timestamp;
use super::token::Style;
use crate::lang::{Number, Type, Value};

const BINARY: &str = "tag:yaml.org,2002:binary";
const BOOL: &str = "tag:yaml.org,2002:bool";
const FLOAT: &str = "tag:yaml.org,2002:float";
const INT: &str = "tag:yaml.org,2002:int";
const NULL: &str = "tag:yaml.org,2002:null";
const STR: &str = "tag:yaml.org,2002:str";
const TIMESTAMP: &str = "tag:yaml.org,2002:timestamp";

/// As Go decodes: whatever the bits behind the last octet are.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

pub(super) enum Scalar {
    Value(Value),
    /// `<<`, which as a key merges another mapping.
    Merge,
}

/// The meaning of a scalar with a tag (empty if it has none).
pub(super) fn resolve(tag: &str, text: &str, style: Style) -> Result<Scalar, String> {
    if tag.is_empty() && text == "<<" {
        return Ok(Scalar::Merge);
    }
    value(tag, text, style).map(Scalar::Value)
}

fn value(tag: &str, text: &str, style: Style) -> Result<Value, String> {
    match tag {
        STR => return Ok(Value::string(text)),
        BINARY => return binary(text),
        "" | BOOL | FLOAT | INT | NULL | TIMESTAMP => {}
        _ => return Err(format!("unsupported tag {}", quoted(tag))),
    }
    if may_be_special(text) {
        if style == Style::Quoted {
            return Ok(Value::string(text));
        }
        if let Some(value) = special(tag, text)? {
            return Ok(value);
        }
    }
    if matches!(tag, INT | FLOAT)
        && let Some(number) = lenient_number(&text.replace('_', ""))
    {
        return Ok(number.into());
    }
    match tag {
        "" if matches!(text, ".nan" | ".NaN" | ".NAN") => Err("floating point NaN is not supported".to_string()),
        "" => Ok(Value::string(text)),
        NULL => Ok(Value::null(Type::Dynamic)),
        _ => Err(cannot_parse(text, tag)),
    }
}

/// Whether the first character is one that something else than a string can begin with.
fn may_be_special(text: &str) -> bool {
    text.chars().next().is_none_or(|c| "+-0123456789yYnNtTfFoO~.".contains(c))
}

/// Words, numbers and timestamps.
fn special(tag: &str, text: &str) -> Result<Option<Value>, String> {
    Ok(Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => true.into(),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => false.into(),
        "" | "~" | "null" | "Null" | "NULL" => Value::null(Type::Dynamic),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => infinity("Inf"),
        "-.inf" | "-.Inf" | "-.INF" => infinity("-Inf"),
        _ if is_decimal(text) => Number::parse(text).ok_or_else(|| cannot_parse(text, FLOAT))?.into(),
        _ if is_prefixed(text) => machine_integer(text).ok_or_else(|| cannot_parse(text, INT))?.into(),
        _ => match timestamp::parse(text) {
            Some(timestamp) if matches!(tag, "" | TIMESTAMP) => Value::string(timestamp),
            _ => return Ok(None),
        },
    }))
}

fn infinity(text: &str) -> Value {
    Number::parse(text).map_or_else(|| Value::null(Type::Number), Value::from)
}

fn cannot_parse(text: &str, tag: &str) -> String {
    format!("cannot parse {} as {tag}", quoted(text))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (significand, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((significand, exponent)) => (significand, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = significand.split_once('.').unwrap_or((significand, ""));
    let are_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    are_digits(whole)
        && are_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|e| !e.is_empty() && are_digits(e))
}

/// `0x1f` or `0o17`
fn is_prefixed(text: &str) -> bool {
    let all = |digits: &str, radix| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    match text.get(..2) {
        Some("0x") => all(&text[2..], 16),
        Some("0o") => all(&text[2..], 8),
        _ => false,
    }
}

/// Under the tags of numbers: also `1p4`, `inf`, binary numbers and prefixes of either case with a sign.
fn lenient_number(text: &str) -> Option<Number> {
    Number::parse(text).or_else(|| machine_integer(text))
}

/// An integer of 64 bits with the prefix of its base; with a sign, one bit is for that.
fn machine_integer(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let radix = match unsigned.get(..2)? {
        "0x" | "0X" => 16,
        "0o" | "0O" => 8,
        "0b" | "0B" => 2,
        _ => return None,
    };
    let digits = &unsigned[2..];
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    let limit = match text.as_bytes()[0] {
        b'-' => 1 << 63,
        b'+' => (1 << 63) - 1,
        _ => u64::MAX,
    };
    let sign = if text.starts_with('-') { "-" } else { "" };
    if magnitude > limit { None } else { Number::parse(&format!("{sign}{magnitude}")) }
}

/// Base64, which stays as it is.
fn binary(text: &str) -> Result<Value, String> {
    let code: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    match BASE64.decode(code) {
        Ok(_) => Ok(Value::string(text)),
        Err(_) => Err(format!("{}: not valid base64", cannot_parse(text, BINARY))),
    }
}
