//! Attributes that are not quite of their type: written by another version of a provider, or by hand.

use serde_json::{Map, Value as Json};

use crate::lang::Type;

/// The attributes without what the type does not have, and with numbers, bools and strings as the type wants them; none
/// if they can't be read. What doesn't fit even so stays as it is.
#[must_use]
pub fn fitted(attributes: &str, ty: &Type) -> Option<String> {
    let json = serde_json::from_str(attributes).ok()?;
    Some(fit(json, ty).to_string())
}

fn fit(json: Json, ty: &Type) -> Json {
    match (json, ty) {
        (Json::Object(parts), Type::Object(object)) => {
            let fit_part = |(name, part): (String, Json)| {
                let ty = &object.get(&name)?.ty;
                Some((name, fit(part, ty)))
            };
            Json::Object(parts.into_iter().filter_map(fit_part).collect::<Map<_, _>>())
        }
        (Json::Object(parts), Type::Map(element)) => {
            Json::Object(parts.into_iter().map(|(key, part)| (key, fit(part, element))).collect())
        }
        (Json::Array(items), Type::List(element) | Type::Set(element)) => {
            Json::Array(items.into_iter().map(|item| fit(item, element)).collect())
        }
        (Json::Number(n), Type::String) => Json::String(n.to_string()),
        (Json::Bool(b), Type::String) => Json::String(b.to_string()),
        (Json::String(text), Type::Number) => text.parse().map(Json::Number).unwrap_or(Json::String(text)),
        (Json::String(text), Type::Bool) => text.parse().map(Json::Bool).unwrap_or(Json::String(text)),
        (json, _) => json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits() {
        let part = Type::object([("n".into(), Type::Number), ("b".into(), Type::Bool)]);
        let ty = Type::object([
            ("id".into(), Type::String),
            ("parts".into(), Type::list(part)),
            ("any".into(), Type::Dynamic),
        ]);
        for (attributes, wanted) in [
            (r#"{"id":5,"gone":1}"#, r#"{"id":"5"}"#),
            (r#"{"parts":[{"n":"1","x":0},{"b":"true"}]}"#, r#"{"parts":[{"n":1},{"b":true}]}"#),
            (
                r#"{"any":{"type":"string","value":"x"},"id":null}"#,
                r#"{"any":{"type":"string","value":"x"},"id":null}"#,
            ),
            (r#"{"parts":"none"}"#, r#"{"parts":"none"}"#),
        ] {
            assert_eq!(fitted(attributes, &ty).as_deref(), Some(wanted));
        }
        assert_eq!(fitted("{", &ty), None);
    }
}
