//! Values and types to text.

use std::fmt::Write;

use crate::lang::{Kind, Marks, Path, PathStep, Type, Value};

pub use crate::lang::functions::write_json_string as write_string;

/// A value that JSON or state can't have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct EncodeError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Writes a value as of a type that it conforms to. Marks are passed over, but that ephemeral values
/// are refused.
///
/// # Errors
/// When a part is unknown, infinite or ephemeral, or not of the type.
pub fn write_value(value: &Value, ty: &Type, out: &mut String) -> Result<(), EncodeError> {
    if value.deep_marks().contains(Marks::EPHEMERAL) {
        return Err(failed("ephemeral values can't be kept in state"));
    }
    write(value, ty, out)
}

fn failed(reason: &'static str) -> EncodeError {
    EncodeError { path: Path::default(), reason }
}

fn write(value: &Value, ty: &Type, out: &mut String) -> Result<(), EncodeError> {
    // What has no type of its own either is null or unknown.
    if *ty == Type::Dynamic
        && let own = value.ty()
        && own != Type::Dynamic
    {
        out.push_str("{\"value\":");
        write(value, &own, out)?;
        out.push_str(",\"type\":");
        write_type(&own, out);
        out.push('}');
        return Ok(());
    }
    match (value.kind(), ty) {
        (Kind::Unknown(_), _) => return Err(failed("the value is not known")),
        (Kind::Null(_), _) => out.push_str("null"),
        (Kind::Bool(b), Type::Bool) => out.push_str(if *b { "true" } else { "false" }),
        (Kind::Number(n), Type::Number) if n.is_infinite() => return Err(failed("infinity can't be written as JSON")),
        (Kind::Number(n), Type::Number) => drop(write!(out, "{n}")),
        (Kind::String(s), Type::String) => write_string(s, out),
        (Kind::List(e), Type::List(element)) | (Kind::Set(e), Type::Set(element)) => {
            elements(e.items(), |_| Some(element), out)?;
        }
        (Kind::Tuple(e), Type::Tuple(types)) if e.items().len() == types.len() => {
            elements(e.items(), |i| types.get(i), out)?;
        }
        (Kind::Map(e), Type::Map(element)) => {
            let step = |key: &smol_str::SmolStr| PathStep::Index(Value::string(key.clone()));
            entries(e.items(), |_| Some(element), step, out)?;
        }
        (Kind::Object(e), Type::Object(object)) if e.items().len() == object.attributes().len() => {
            let step = |key: &smol_str::SmolStr| PathStep::Attr(key.clone());
            entries(e.items(), |key| object.get(key).map(|a| &a.ty), step, out)?;
        }
        _ => return Err(failed("the value is not of the type that the schema has")),
    }
    Ok(())
}

fn within(step: impl FnOnce() -> PathStep) -> impl FnOnce(EncodeError) -> EncodeError {
    |mut error| {
        error.path.0.insert(0, step());
        error
    }
}

fn elements<'t>(items: &[Value], ty: impl Fn(usize) -> Option<&'t Type>, out: &mut String) -> Result<(), EncodeError> {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        let ty = ty(i).unwrap_or(&Type::Dynamic);
        write(item, ty, out).map_err(within(|| PathStep::Index(Value::from(crate::lang::Number::from_usize(i)))))?;
    }
    out.push(']');
    Ok(())
}

fn entries<'t>(
    items: &[(smol_str::SmolStr, Value)],
    ty: impl Fn(&str) -> Option<&'t Type>,
    step: impl Fn(&smol_str::SmolStr) -> PathStep,
    out: &mut String,
) -> Result<(), EncodeError> {
    out.push('{');
    for (i, (key, item)) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(key, out);
        out.push(':');
        let Some(ty) = ty(key) else {
            return Err(within(|| step(key))(failed("the schema has no such attribute")));
        };
        write(item, ty, out).map_err(within(|| step(key)))?;
    }
    out.push('}');
    Ok(())
}

/// Writes a type: `"string"`, `["list",T]`, `["object",{…}]`.
pub fn write_type(ty: &Type, out: &mut String) {
    let mut of = |kind: &str, element: &Type| {
        out.push_str("[\"");
        out.push_str(kind);
        out.push_str("\",");
        write_type(element, out);
        out.push(']');
    };
    match ty {
        Type::Dynamic => out.push_str("\"dynamic\""),
        Type::String => out.push_str("\"string\""),
        Type::Number => out.push_str("\"number\""),
        Type::Bool => out.push_str("\"bool\""),
        Type::List(t) => of("list", t),
        Type::Set(t) => of("set", t),
        Type::Map(t) => of("map", t),
        Type::Tuple(types) => {
            out.push_str("[\"tuple\",[");
            for (i, ty) in types.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_type(ty, out);
            }
            out.push_str("]]");
        }
        Type::Object(object) => {
            out.push_str("[\"object\",{");
            for (i, attribute) in object.attributes().iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(&attribute.name, out);
                out.push(':');
                write_type(&attribute.ty, out);
            }
            out.push_str("}]");
        }
    }
}
