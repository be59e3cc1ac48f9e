//! Values as JSON, and JSON as Terraform writes it.

use std::io;

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::Formatter;

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

/// A document on one line as it comes, without a newline at the end, with the escapes that Terraform uses in
/// strings. Nothing is kept in memory.
///
/// # Errors
/// When it can't be written, or has an infinite number in it.
pub fn write_line(document: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, OneLine);
    document.serialize(&mut serializer).map_err(io::Error::from)
}

/// No white space; `<`, `>`, `&` and the two line ends of Unicode are escaped.
struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let special = |c: char| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| special(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            write!(out, "\\u{:04x}", u32::from(c))?;
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    // What is taken over as text has such characters in strings only.
    fn write_raw_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        self.write_string_fragment(out, fragment)
    }
}
