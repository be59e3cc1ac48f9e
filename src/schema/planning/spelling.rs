//! One thing, two spellings: what is there now keeps the one that it has.

use super::nested::{combine, part, present};
use crate::lang::Value;
use crate::schema::{Schema, Shape};

/// An object as it was read, with the spelling of `prior` wherever the two mean the same: only
/// what is left is drift.
#[must_use]
pub fn keep_spelling(schema: &Schema, prior: &Value, actual: &Value) -> Value {
    object(schema.block.shape(), present(prior), actual)
}

fn object(shape: Shape<'_>, prior: Option<&Value>, actual: &Value) -> Value {
    if prior.is_none_or(|prior| prior == actual) || actual.as_entries().is_none() {
        return actual.clone();
    }
    actual.map_children_with_step(|step, now| {
        let crate::lang::PathStep::Attr(name) = step else { return now.clone() };
        let Some(before) = part(prior, name) else { return now.clone() };
        let nested = match (shape.attributes.get(name), shape.blocks.get(name)) {
            (Some(a), _) if a.nested.is_none() => {
                return if a.is_same(before, now) { before.clone() } else { now.clone() };
            }
            (Some(a), _) => a.nested.as_ref().map(|n| n.nested()),
            (None, b) => b.map(|b| b.nested()),
        };
        let Some(nested) = nested else { return now.clone() };
        combine(nested, Some(before), now, &mut |prior, now| object(nested.shape, prior, now))
    })
}
