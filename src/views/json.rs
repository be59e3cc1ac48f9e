//! Values as JSON.

use serde_json::Value as Json;

use crate::lang::{Kind, Value};

/// A value in JSON, marks ignored: numbers with all their digits, sets and tuples as arrays,
/// unknown parts as null.
///
/// # Errors
/// When a number is infinite, which JSON can't say.
pub fn value_to_json(value: &Value) -> Result<Json, InfiniteNumber> {
    Ok(match value.kind() {
        Kind::Null(_) | Kind::Unknown(_) => Json::Null,
        Kind::Bool(b) => Json::Bool(*b),
        Kind::Number(n) if n.is_infinite() => return Err(InfiniteNumber),
        Kind::Number(n) => Json::Number(serde_json::Number::from_string_unchecked(n.to_string())),
        Kind::String(s) => Json::String(s.to_string()),
        Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => {
            Json::Array(e.items().iter().map(value_to_json).collect::<Result<_, _>>()?)
        }
        Kind::Map(e) | Kind::Object(e) => {
            let entry = |(k, v): &(smol_str::SmolStr, Value)| Ok((k.to_string(), value_to_json(v)?));
            Json::Object(e.items().iter().map(entry).collect::<Result<_, _>>()?)
        }
    })
}

/// A number is infinite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an infinite number can't be represented in JSON")]
pub struct InfiniteNumber;

/// A document over several lines, indented by two, with the escapes that Terraform uses in strings.
#[must_use]
pub fn pretty(document: &Json) -> String {
    let text = format!("{document:#}");
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Outside of strings none of these occurs.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}
