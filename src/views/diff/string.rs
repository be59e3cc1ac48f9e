//! Strings that are more than one line of text: several lines, or JSON.

use serde_json::Value as Json;
use smol_str::SmolStr;

use crate::lang::{Number, Value};

/// How a string is shown.
pub(super) enum Text {
    /// In quotes.
    Plain,
    /// As a heredoc.
    Lines,
    /// As the value that it encodes.
    Json(Value),
}

impl Text {
    pub(super) fn of(text: &str) -> Text {
        match text.as_bytes().first() {
            Some(b'{' | b'[') => decode(text),
            _ => None,
        }
        .map_or(if text.contains('\n') { Text::Lines } else { Text::Plain }, Text::Json)
    }
}

/// The value of an object or array in JSON.
fn decode(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().map(from_json)
}

fn from_json(json: Json) -> Value {
    match json {
        Json::Null => Value::null(crate::lang::Type::Dynamic),
        Json::Bool(b) => b.into(),
        Json::Number(n) => Number::parse(&n.to_string()).map_or_else(|| Value::string(n.to_string()), Value::from),
        Json::String(s) => Value::string(s),
        Json::Array(items) => Value::tuple(items.into_iter().map(from_json).collect()),
        Json::Object(entries) => {
            Value::object(entries.into_iter().map(|(k, v)| (SmolStr::from(k), from_json(v))).collect())
        }
    }
}

/// The lines of a text; a newline at the end doesn't begin another.
pub(super) fn lines(text: &str) -> Vec<&str> {
    text.strip_suffix('\n').unwrap_or(text).split('\n').collect()
}
