//! What an object will be, as far as its schema tells.

use super::nested::{combine, part, present};
use super::{proposed_new, replace};
use crate::lang::{Path, Type, Value};
use crate::schema::{Attribute, Schema, Shape};

/// What a schema says about a change.
#[derive(Clone, Debug)]
pub struct SchemaPlan {
    /// What the object will be; unknown where the provider decides.
    pub planned: Value,
    /// The attributes whose change needs a new object.
    pub requires_replace: Vec<Path>,
}

/// Plans by what the schema says: what the provider decides is unknown in objects that are new,
/// and stays as it is in those that are there. Values that only are spelled another way than now
/// stay as they are. `proposed` is what [`proposed_new`] gave.
#[must_use]
pub fn plan_by_schema(schema: &Schema, prior: &Value, proposed: &Value) -> SchemaPlan {
    let planned = object(schema.block.shape(), present(prior), proposed);
    let requires_replace = replace::replace_paths(schema, prior, &planned);
    SchemaPlan { planned, requires_replace }
}

/// What a data source that is read during apply will be: the configuration, and unknown what the
/// provider decides.
#[must_use]
pub fn planned_data(schema: &Schema, config: &Value) -> Value {
    let nothing = Value::null(Type::Dynamic);
    object(schema.block.shape(), None, &proposed_new(schema, &nothing, config))
}

fn object(shape: Shape<'_>, prior: Option<&Value>, proposed: &Value) -> Value {
    if proposed.is_null() || !proposed.is_known() {
        return proposed.clone();
    }
    let mut parts = Vec::with_capacity(shape.attributes.len() + shape.blocks.len());
    for (name, a) in shape.attributes {
        let value = match part(Some(proposed), name) {
            Some(value) if !a.write_only => attribute(a, part(prior, name), value),
            None if a.computed && !a.write_only && prior.is_none() => Value::unknown(a.ty.clone()),
            _ => null_as_given(a, proposed.get(name)),
        };
        parts.push((name.clone(), value));
    }
    for (name, b) in shape.blocks {
        let now = proposed.get(name).cloned().unwrap_or_else(|| Value::null(b.implied_type()));
        let make = &mut |prior: Option<&Value>, proposed: &Value| object(b.block.shape(), prior, proposed);
        parts.push((name.clone(), combine(b.nested(), part(prior, name), &now, make)));
    }
    Value::object(parts)
}

/// Null. Where any type will do, it has the one that it was given.
fn null_as_given(a: &Attribute, given: Option<&Value>) -> Value {
    let given = given.filter(|v| v.is_null() && a.nested.is_none());
    given.cloned().unwrap_or_else(|| Value::null(a.ty.clone()))
}

fn attribute(a: &Attribute, prior: Option<&Value>, proposed: &Value) -> Value {
    match (&a.nested, prior) {
        (Some(n), _) => {
            let nested = n.nested();
            combine(nested, prior, proposed, &mut |prior, proposed| object(nested.shape, prior, proposed))
        }
        (None, Some(prior)) if a.is_same(prior, proposed) => prior.clone(),
        (None, _) => proposed.clone(),
    }
}
