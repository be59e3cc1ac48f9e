//! The proposed new object: the configuration where it says something, what is there now elsewhere.

use super::nested::{combine, part, present};
use crate::lang::{Type, Value};
use crate::schema::{Attribute, NestedAttributes, Nesting, Schema, Shape};

/// The configuration where it says something; elsewhere defaults, and for what the provider can
/// decide what is there now. Null if the configuration is.
#[must_use]
pub fn proposed_new(schema: &Schema, prior: &Value, config: &Value) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    object(schema.block.shape(), present(prior), config)
}

fn object(shape: Shape<'_>, prior: Option<&Value>, config: &Value) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    let mut parts = Vec::with_capacity(shape.attributes.len() + shape.blocks.len());
    for (name, a) in shape.attributes {
        let value = attribute(a, part(prior, name), part(Some(config), name));
        parts.push((name.clone(), value.unwrap_or_else(|| null(a, name, prior, config))));
    }
    for (name, b) in shape.blocks {
        let now = config.get(name).cloned().unwrap_or_else(|| Value::null(b.implied_type()));
        let make = &mut |prior: Option<&Value>, config: &Value| object(b.block.shape(), prior, config);
        parts.push((name.clone(), combine(b.nested(), part(prior, name), &now, make)));
    }
    Value::object(parts)
}

/// A null that has the type that it was given, or has had before, where the schema leaves that open.
fn null(a: &Attribute, name: &str, prior: Option<&Value>, config: &Value) -> Value {
    let kept = prior.filter(|p| a.computed && !p.is_null()).and_then(|p| p.get(name));
    let null = kept.or_else(|| config.get(name)).filter(|v| v.is_null() && a.ty == Type::Dynamic);
    null.cloned().unwrap_or_else(|| Value::null(a.ty.clone()))
}

/// Nothing where neither configuration nor what was before has a value.
fn attribute(a: &Attribute, prior: Option<&Value>, config: Option<&Value>) -> Option<Value> {
    match (config, &a.nested) {
        (Some(config), Some(n)) => {
            let nested = n.nested();
            Some(combine(nested, prior, config, &mut |prior, config| object(nested.shape, prior, config)))
        }
        (Some(config), None) => Some(config.clone()),
        (None, nested) => {
            let was_configured =
                a.optional && nested.as_ref().is_some_and(|n| prior.is_some_and(|p| is_configured(n, p)));
            let kept = prior.filter(|_| a.computed && !a.write_only && !was_configured);
            kept.or(a.default.as_ref()).cloned()
        }
    }
}

/// Whether there is something in the objects that only the configuration can have put there: then
/// it is gone from there, and not left to the provider.
fn is_configured(nested: &NestedAttributes, value: &Value) -> bool {
    let in_object = |object: &Value| {
        nested.attributes.iter().any(|(name, a)| match (part(Some(object), name), &a.nested) {
            (None, _) => false,
            (Some(_), _) if !a.computed => true,
            (Some(v), Some(n)) => a.optional && is_configured(n, v),
            (Some(_), None) => false,
        })
    };
    match nested.nesting {
        Nesting::Single | Nesting::Group => in_object(value),
        _ => value.children().iter().any(|(_, object)| in_object(object)),
    }
}
