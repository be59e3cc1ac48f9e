//! The proposed new object: the configuration where it says something, what is there now elsewhere.

use super::nested::{combine, part, present};
use crate::lang::Value;
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
        parts.push((name.clone(), attribute(a, prior.and_then(|p| p.get(name)), config.get(name))));
    }
    for (name, b) in shape.blocks {
        let now = config.get(name).cloned().unwrap_or_else(|| Value::null(b.implied_type()));
        let make = &mut |prior: Option<&Value>, config: &Value| object(b.block.shape(), prior, config);
        parts.push((name.clone(), combine(b.nested(), part(prior, name), &now, make)));
    }
    Value::object(parts)
}

fn attribute(a: &Attribute, before: Option<&Value>, given: Option<&Value>) -> Value {
    let prior = before.filter(|v| !v.is_null());
    match (given.filter(|v| !v.is_null()), &a.nested) {
        (Some(config), Some(n)) => {
            let nested = n.nested();
            combine(nested, prior, config, &mut |prior, config| object(nested.shape, prior, config))
        }
        (Some(config), None) => config.clone(),
        (None, nested) => {
            let was_configured =
                a.optional && nested.as_ref().is_some_and(|n| prior.is_some_and(|p| is_configured(n, p)));
            let kept = prior.filter(|_| a.computed && !a.write_only && !was_configured);
            // Where any type will do, null has the one that it had or was given.
            let null = before.filter(|v| a.computed && v.is_null()).or(given);
            kept.or(a.default.as_ref()).or(null).cloned().unwrap_or_else(|| Value::null(a.ty.clone()))
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
