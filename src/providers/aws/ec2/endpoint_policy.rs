//! Policies as they are compared and written down: what they mean counts, not how they are written.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::lang::Value;

/// A policy in the form that Terraform's provider keeps: keys in order, no spaces. None if it is no JSON.
pub(super) fn canonical(policy: &str) -> Option<String> {
    let text = sorted(serde_json::from_str(policy).ok()?).to_string();
    // As Go's encoder writes them.
    Some(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

fn sorted(json: Json) -> Json {
    match json {
        Json::Object(map) => {
            map.into_iter().map(|(k, v)| (k, sorted(v))).collect::<BTreeMap<_, _>>().into_iter().collect()
        }
        Json::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

/// Whether two policies mean the same.
pub(super) fn is_equivalent(a: &str, b: &str) -> bool {
    let meaning = |policy| serde_json::from_str(policy).ok().map(meaning);
    a == b || meaning(a).is_some_and(|a| Some(a) == meaning(b))
}

/// A form that all policies with the same meaning have: in no list does the order count, a list of one thing is that thing,
/// and everyone is everyone of AWS.
fn meaning(json: Json) -> Json {
    match json {
        Json::Object(map) if map.len() == 1 && map.get("AWS").is_some_and(|v| meaning(v.clone()) == "*") => "*".into(),
        Json::Object(map) => {
            map.into_iter().map(|(k, v)| (k, meaning(v))).collect::<BTreeMap<_, _>>().into_iter().collect()
        }
        Json::Array(items) => {
            let mut items: Vec<Json> = items.into_iter().map(meaning).collect();
            items.sort_by_cached_key(Json::to_string);
            items.dedup();
            if items.len() == 1 { items.remove(0) } else { items.into() }
        }
        other => other,
    }
}

/// [`meaning`], for a schema.
pub(super) fn normalise(value: &Value) -> Value {
    let text = value.as_str().and_then(|s| serde_json::from_str(s).ok()).map(|json| meaning(json).to_string());
    text.map_or_else(|| value.clone(), Value::string)
}
