//! `terraform_data`: keeps a value, and is replaced when another one changes.

use std::sync::LazyLock;

use uuid::Uuid;

use super::schema;
use crate::lang::{Path, PathStep, Type, Value};
use crate::providers::{ApplyRequest, ApplyResponse, Imported, PlanRequest, PlanResponse};
use crate::schema::{Attribute, Schema};
use crate::syntax::{Diagnostic, Diagnostics};

pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(vec![
        ("id", Attribute::computed(Type::String)),
        ("input", Attribute::optional(Type::Dynamic)),
        ("output", Attribute::computed(Type::Dynamic)),
        ("triggers_replace", Attribute::optional(Type::Dynamic)),
    ])
});

/// Computed attributes can't be set.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let set = |name: &&str| config.get(name).is_some_and(|v| !v.is_null());
    let read_only = |name: &str| {
        Diagnostic::error(
            format!("{name:?} attribute is read-only"),
            format!("The value of {name:?} is decided when the object is created. Remove the argument."),
        )
    };
    ["id", "output"].iter().filter(|name| set(name)).map(|name| read_only(name)).collect()
}

/// An attribute of an object; null of an object that is null.
fn attribute(object: &Value, name: &str) -> Value {
    object.get(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic))
}

/// The object with some attributes changed.
fn with(object: &Value, changes: &[(&str, Value)]) -> Value {
    object.map_children_with_step(|step, old| {
        let changed = changes.iter().find(|(name, _)| matches!(step, PathStep::Attr(n) if n == name));
        changed.map_or_else(|| old.clone(), |(_, value)| value.clone())
    })
}

/// The output is known where nothing changes it. It follows the input in value *and* type.
pub(super) fn plan(request: &PlanRequest<'_>) -> PlanResponse {
    let (prior, proposed) = (request.prior, request.proposed);
    let response = |planned, requires_replace| PlanResponse {
        planned,
        requires_replace,
        private: request.private.cloned(),
        diagnostics: Diagnostics::new(),
    };
    if proposed.is_null() {
        return response(proposed.clone(), Vec::new());
    }
    let input = attribute(proposed, "input");
    if prior.is_null() {
        let output = if input.is_null() { input } else { Value::unknown(input.ty()) };
        let id = Value::unknown_not_null(Type::String);
        return response(with(proposed, &[("id", id), ("output", output)]), Vec::new());
    }
    let planned = match attribute(prior, "input") == input {
        true => proposed.clone(),
        false => with(proposed, &[("output", Value::unknown(input.ty()))]),
    };
    let triggers = "triggers_replace";
    let requires_replace = match attribute(prior, triggers) == attribute(proposed, triggers) {
        true => Vec::new(),
        false => vec![Path(vec![PathStep::Attr(triggers.into())])],
    };
    response(planned, requires_replace)
}

/// Decides what was left open: the id is the operation's token if that is a UUID, so that a
/// repetition makes the same object.
pub(super) fn apply(request: &ApplyRequest) -> ApplyResponse {
    let planned = &request.planned;
    let mut changes = Vec::new();
    if !planned.is_null() {
        if !attribute(planned, "id").is_known() {
            let id = Uuid::try_parse(&request.token).unwrap_or_else(|_| Uuid::new_v4());
            changes.push(("id", Value::string(id.hyphenated().to_string())));
        }
        if !attribute(planned, "output").is_known() {
            changes.push(("output", attribute(planned, "input")));
        }
    }
    let value = if changes.is_empty() { planned.clone() } else { with(planned, &changes) };
    ApplyResponse {
        value,
        private: request.private.clone(),
        diagnostics: Diagnostics::new(),
        is_open: false,
        is_made: false,
    }
}

/// Any id is that of an object without input.
pub(super) fn import(id: &str) -> Imported {
    let nothing = || Value::null(Type::Dynamic);
    let value = Value::object(vec![
        ("id".into(), Value::string(id)),
        ("input".into(), nothing()),
        ("output".into(), nothing()),
        ("triggers_replace".into(), nothing()),
    ]);
    Imported { value, private: None, diagnostics: Diagnostics::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0a1b2c3d-0000-4000-8000-000000000001";

    fn object(id: &Value, input: &Value, output: &Value, triggers: &Value) -> Value {
        let parts = [("id", id), ("input", input), ("output", output), ("triggers_replace", triggers)];
        Value::object(parts.map(|(name, v)| (name.into(), v.clone())).to_vec())
    }

    fn planned(prior: &Value, input: &Value, triggers: &Value) -> PlanResponse {
        let null = Value::null(Type::Dynamic);
        let (id, output) = match prior.is_null() {
            true => (Value::null(Type::String), null.clone()),
            false => (attribute(prior, "id"), attribute(prior, "output")),
        };
        let config = object(&Value::null(Type::String), input, &null, triggers);
        let proposed = object(&id, input, &output, triggers);
        plan(&PlanRequest { kind: "terraform_data", prior, proposed: &proposed, config: &config, private: None })
    }

    fn applied(prior: &Value, planned: &Value) -> Value {
        let request = ApplyRequest {
            kind: "terraform_data".into(),
            address: "terraform_data.a".into(),
            prior: prior.clone(),
            planned: planned.clone(),
            config: planned.clone(),
            private: None,
            token: ID.into(),
        };
        apply(&request).value
    }

    /// What an input gives on creation.
    #[test]
    fn creation() {
        let none = Value::null(Type::Dynamic);
        let tuple = Value::tuple(vec!["a".into()]);
        for (input, output) in [
            (none.clone(), none.clone()),
            ("x".into(), Value::unknown(Type::String)),
            (tuple.clone(), Value::unknown(tuple.ty())),
            (Value::dynamic(), Value::dynamic()),
        ] {
            let plan = planned(&none, &input, &none).planned;
            assert_eq!(plan, object(&Value::unknown_not_null(Type::String), &input, &output, &none));
            if input.is_known() {
                assert_eq!(applied(&none, &plan), object(&ID.into(), &input, &input, &none));
            }
        }
    }

    /// Input and triggers before and after; whether the output changes, whether the object is replaced.
    #[test]
    fn change() {
        let none = Value::null(Type::Dynamic);
        let (tuple, list) = (Value::tuple(vec!["a".into()]), Value::string_list(["a"]));
        for (before, after, changes) in [
            (none.clone(), none.clone(), false),
            (tuple.clone(), tuple.clone(), false),
            (tuple, list, true),
            ("x".into(), none.clone(), true),
            (none.clone(), "x".into(), true),
            ("x".into(), Value::unknown(Type::String), true),
        ] {
            let prior = object(&"i".into(), &before, &before, &none);
            let plan = planned(&prior, &after, &none);
            let output = if changes { Value::unknown(after.ty()) } else { before.clone() };
            assert_eq!(plan.planned, object(&"i".into(), &after, &output, &none));
            assert!(plan.requires_replace.is_empty());
            if after.is_known() {
                assert_eq!(applied(&prior, &plan.planned), object(&"i".into(), &after, &after, &none));
            }
            let prior = object(&"i".into(), &none, &none, &before);
            let paths: Vec<String> =
                planned(&prior, &none, &after).requires_replace.iter().map(Path::to_string).collect();
            assert_eq!(paths, if changes { vec![".triggers_replace"] } else { vec![] }, "{before:?} {after:?}");
        }
    }

    #[test]
    fn destruction() {
        let null = Value::null(SCHEMA.implied_type().clone());
        let prior = import("i").value;
        let request =
            PlanRequest { kind: "terraform_data", prior: &prior, proposed: &null, config: &null, private: None };
        assert_eq!(plan(&request).planned, null);
        assert_eq!(applied(&prior, &null), null);
    }
}
