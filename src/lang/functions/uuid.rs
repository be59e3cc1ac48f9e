//! UUIDs: `uuid` and `uuidv5`.

use smol_str::SmolStr;
use uuid::{Builder, Uuid};

use super::quote::quoted;
use super::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, Type, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("uuid", "A new random UUID at each call.", &[], Returns::Type(Want::String), uuid),
    Function::new(
        "uuidv5",
        "The UUID of a name in a namespace, always the same: `dns`, `url`, `oid`, `x500`, or a UUID.",
        &[Parameter::new("namespace", Want::String), Parameter::new("name", Want::String)],
        Returns::Type(Want::String),
        uuidv5,
    ),
];

fn uuid(_: &[Value], host: &dyn Host) -> Result<Value, FunctionError> {
    if host.defers_unrepeatable() {
        return Ok(Value::unknown_not_null(Type::String));
    }
    Ok(Value::from(Builder::from_random_bytes(host.random()).into_uuid().to_string()))
}

fn uuidv5(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let text = |i: usize| args.get(i).and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default();
    let namespace = match text(0) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => parse(other)
            .map_err(|why| FunctionError::new(format!("uuidv5() doesn't support namespace {other} ({why})")))?,
    };
    Ok(Value::from(Uuid::new_v5(&namespace, text(1).as_bytes()).to_string()))
}

/// Reads a UUID: plain, without hyphens, as a URN, or between any two bytes, which are meant to be
/// braces.
fn parse(text: &str) -> Result<Uuid, String> {
    let bytes = text.as_bytes();
    let (digits, hyphenated) = match bytes.len() {
        36 => (bytes, true),
        45 if bytes[..9].eq_ignore_ascii_case(b"urn:uuid:") => (&bytes[9..], true),
        45 => {
            return Err(format!("invalid urn prefix: {}", quoted(&String::from_utf8_lossy(&bytes[..9]))));
        }
        38 => (&bytes[1..37], true),
        32 => (bytes, false),
        length => return Err(format!("invalid UUID length: {length}")),
    };
    let invalid = || "invalid UUID format".to_string();
    if hyphenated && [8, 13, 18, 23].iter().any(|&i| digits[i] != b'-') {
        return Err(invalid());
    }
    Uuid::try_parse_ascii(digits).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::host::memory::MemoryHost;

    #[test]
    fn names_have_uuids() {
        for (namespace, expected) in [
            ("dns", Ok("cfbff0d1-9375-5685-968c-48ce8b15ae17")),
            ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", Ok("cfbff0d1-9375-5685-968c-48ce8b15ae17")),
            ("6BA7B8109DAD11D180B400C04FD430C8", Ok("cfbff0d1-9375-5685-968c-48ce8b15ae17")),
            ("URN:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", Ok("cfbff0d1-9375-5685-968c-48ce8b15ae17")),
            ("(6ba7b810-9dad-11d1-80b4-00c04fd430c8)", Ok("cfbff0d1-9375-5685-968c-48ce8b15ae17")),
            ("DNS", Err("uuidv5() doesn't support namespace DNS (invalid UUID length: 3)")),
            (
                "6ba7b810-9dad-11d1-80b4-00c04fd430cx",
                Err("uuidv5() doesn't support namespace 6ba7b810-9dad-11d1-80b4-00c04fd430cx (invalid UUID format)"),
            ),
            (
                "urn:uuix:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
                Err("uuidv5() doesn't support namespace urn:uuix:6ba7b810-9dad-11d1-80b4-00c04fd430c8 \
                     (invalid urn prefix: \"urn:uuix:\")"),
            ),
        ] {
            let result = uuidv5(&[namespace.into(), "example.com".into()], &MemoryHost::default());
            assert_eq!(result.map_err(|e| e.message), expected.map(Value::from).map_err(String::from), "{namespace}");
        }
    }

    #[test]
    fn random_ones_wait_for_apply() {
        let mut host = MemoryHost::default();
        assert_eq!(uuid(&[], &host), Ok("07070707-0707-4707-8707-070707070707".into()));
        host.is_planning = true;
        assert_eq!(uuid(&[], &host), Ok(Value::unknown_not_null(Type::String)));
    }
}
