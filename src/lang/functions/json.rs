//! JSON: `jsonencode` and `jsondecode`.

mod read;

use smol_str::SmolStr;

use super::quote::quoted;
use super::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::value::nfc;
use crate::lang::{Host, Kind, Number, Type, Value};
use read::Json;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "jsonencode",
        "Writes a value as JSON, on one line.",
        &[Parameter::new("val", Want::Any).nullable().unknown().dynamic()],
        Returns::Type(Want::String),
        jsonencode,
    ),
    Function::new(
        "jsondecode",
        "Reads a JSON text: objects and tuples, strings, numbers, bools and null, as they stand there.",
        &[Parameter::new("str", Want::String)],
        Returns::Depends(jsondecode_type),
        jsondecode,
    )
    .nullable(),
];

fn jsonencode(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let Some(value) = args.first() else {
        return Ok(Value::unknown_not_null(Type::String));
    };
    if !value.is_wholly_known() {
        return Ok(unknown_json(value));
    }
    let mut out = String::new();
    write_value(value, &mut out)?;
    Ok(Value::from(out))
}

/// What is known of the JSON of a value that is not: its first character, if that can't be the one
/// of `null`.
fn unknown_json(value: &Value) -> Value {
    let first = match value.ty() {
        _ if !value.definitely_not_null() => "",
        Type::String => "\"",
        Type::Object(_) | Type::Map(_) => "{",
        Type::Tuple(_) | Type::List(_) | Type::Set(_) => "[",
        _ => "",
    };
    Value::unknown_not_null(Type::String).refine(|r| r.prefix = first.into())
}

/// Writes the JSON of a wholly known value.
pub(super) fn write_value(value: &Value, out: &mut String) -> Result<(), FunctionError> {
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(_) => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) if n.is_infinite() => return Err(FunctionError::new("cannot serialize infinity as JSON")),
        Kind::Number(n) => out.push_str(&n.to_fixed(None)),
        Kind::String(s) => write_string(s, out),
        Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => {
            out.push('[');
            for (i, item) in e.items().iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(item, out)?;
            }
            out.push(']');
        }
        Kind::Map(e) | Kind::Object(e) => {
            out.push('{');
            for (i, (key, item)) in e.items().iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write_value(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// A string with everything escaped that could mean something to HTML or JavaScript.
pub fn write_string(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The type of a text that is unknown, which its beginning can tell.
fn jsondecode_type(args: &[Value]) -> Result<Type, FunctionError> {
    let prefix = args.first().map(Value::string_prefix).unwrap_or_default();
    Ok(match prefix.chars().next() {
        None | Some('{' | '[' | 'n' | ' ' | '\t' | '\r' | '\n') => Type::Dynamic,
        Some('"') => Type::String,
        Some('t' | 'f') => Type::Bool,
        Some('-' | '0'..='9') => Type::Number,
        Some(c) => {
            let message = format!("a JSON document cannot begin with the character '{}'", c.escape_debug());
            return Err(FunctionError::argument(0, message));
        }
    })
}

fn jsondecode(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let text = args.first().and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default();
    let json = read::read(text).map_err(FunctionError::new)?;
    typed(&json, &implied_type(&json)).map_err(FunctionError::new)
}

/// The type of a document. Of attributes of one name the last decides.
fn implied_type(json: &Json) -> Type {
    match json {
        Json::Null => Type::Dynamic,
        Json::Bool(_) => Type::Bool,
        Json::Number(_) => Type::Number,
        Json::String(_) => Type::String,
        Json::Array(items) => Type::tuple(items.iter().map(implied_type).collect()),
        Json::Object(attributes) => {
            Type::object(attributes.iter().map(|(name, item)| (nfc(name.clone()), implied_type(item))))
        }
    }
}

/// The value of a document as of its implied type. Where a name occurs more than once, its earlier
/// values must be fit for the type of the last.
fn typed(json: &Json, ty: &Type) -> Result<Value, String> {
    match (json, ty) {
        (Json::Null, _) => Ok(Value::null(ty.clone())),
        (Json::Array(items), Type::Tuple(types)) => typed_tuple(items, types),
        (Json::Object(attributes), Type::Object(object)) => {
            let typed_attribute = |(name, item): &(SmolStr, Json)| match object.get(name) {
                Some(attribute) => Ok((name.clone(), typed(item, &attribute.ty)?)),
                None => Err(format!("unsupported attribute {}", quoted(name))),
            };
            Ok(Value::object(attributes.iter().map(typed_attribute).collect::<Result<_, _>>()?))
        }
        (Json::Object(attributes), Type::Dynamic) if !attributes.is_empty() => {
            Err(format!("invalid key {} in dynamically-typed value", quoted(&attributes[0].0)))
        }
        (_, Type::Object(_) | Type::Dynamic) => Err("missing expected {".into()),
        (_, Type::Tuple(_)) => Err("missing expected [".into()),
        (Json::Bool(b), Type::Bool) => Ok((*b).into()),
        (Json::String(s), Type::Bool) => match s.as_str() {
            "true" | "1" => Ok(true.into()),
            "false" | "0" => Ok(false.into()),
            _ => Err("a bool is required".into()),
        },
        (_, Type::Bool) => Err("bool is required".into()),
        (Json::Number(s) | Json::String(s), Type::Number) => {
            Number::parse(s).map(Value::from).ok_or_else(|| "a number is required".into())
        }
        (_, Type::Number) => Err("number is required".into()),
        (Json::String(s) | Json::Number(s), _) => Ok(Value::string(s.clone())),
        (Json::Bool(b), _) => Ok(Value::string(if *b { "true" } else { "false" })),
        _ => Err("string is required".into()),
    }
}

fn typed_tuple(items: &[Json], types: &[Type]) -> Result<Value, String> {
    let values = items.iter().zip(types).map(|(item, ty)| typed(item, ty)).collect::<Result<_, _>>()?;
    match items.len().cmp(&types.len()) {
        std::cmp::Ordering::Greater => Err(format!("too many tuple elements (need {})", types.len())),
        std::cmp::Ordering::Less => Err(format!("not enough tuple elements (need {})", types.len())),
        std::cmp::Ordering::Equal => Ok(Value::tuple(values)),
    }
}

#[cfg(test)]
mod tests;
