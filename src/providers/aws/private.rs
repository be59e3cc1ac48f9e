//! What Terraform's provider keeps beside an object: how long operations may take, and the schema's version.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, json};
use smol_str::SmolStr;

use super::object::Object;
use super::resource::{Library, ResourceType};

/// The key that Terraform's older library has for timeouts.
const TIMEOUTS: &str = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0";

/// The private data of an object, base64, from what it was before. None if there is none.
pub fn of(ty: &dyn ResourceType, object: &Object, before: Option<&SmolStr>) -> Option<SmolStr> {
    private(ty, object, ty.schema().version > 0 || before.is_some_and(|text| has_version(text)))
}

/// The private data of an object that was imported: it always tells the schema's version.
pub fn imported(ty: &dyn ResourceType, object: &Object) -> Option<SmolStr> {
    private(ty, object, true)
}

fn has_version(private: &str) -> bool {
    let json = STANDARD.decode(private).ok().and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    json.is_some_and(|json| json.get("schema_version").is_some())
}

fn private(ty: &dyn ResourceType, object: &Object, with_version: bool) -> Option<SmolStr> {
    if ty.library() == Library::Framework {
        return None;
    }
    let timeouts = ty.timeouts();
    let mut operations = Map::new();
    for (name, _) in timeouts.by_name().into_iter().filter(|(_, default)| *default > 0) {
        operations.insert(name.into(), json!(u64::try_from(timeouts.of(name, object).as_nanos()).unwrap_or(u64::MAX)));
    }
    let mut all = Map::new();
    if !operations.is_empty() {
        all.insert(TIMEOUTS.into(), operations.into());
    }
    if with_version {
        all.insert("schema_version".into(), ty.schema().version.to_string().into());
    }
    let text = if all.is_empty() { "null".into() } else { serde_json::Value::Object(all).to_string() };
    Some(STANDARD.encode(text).into())
}
