//! Which parts of an object its schema calls sensitive.

use super::nested::part;
use crate::lang::{Marks, Path, PathStep, Value};
use crate::schema::{Nested, Nesting, Schema, Shape};

/// The parts of an object that the schema calls sensitive, null and unknown ones too, as
/// [`Value::mark_paths`] takes them.
#[must_use]
pub fn sensitive_paths(schema: &Schema, value: &Value) -> Vec<(Path, Marks)> {
    let mut found = Vec::new();
    object(schema.block.shape(), value, &mut Path::default(), &mut found);
    found
}

fn object(shape: Shape<'_>, value: &Value, path: &mut Path, found: &mut Vec<(Path, Marks)>) {
    if value.as_entries().is_none() {
        return;
    }
    for (name, a) in shape.attributes {
        path.0.push(PathStep::Attr(name.clone()));
        match &a.nested {
            _ if a.sensitive => found.push((path.clone(), Marks::SENSITIVE)),
            Some(n) => nested(n.nested(), part(Some(value), name), path, found),
            None => {}
        }
        path.0.pop();
    }
    for (name, b) in shape.blocks {
        path.0.push(PathStep::Attr(name.clone()));
        nested(b.nested(), part(Some(value), name), path, found);
        path.0.pop();
    }
}

fn nested(nested: Nested<'_>, value: Option<&Value>, path: &mut Path, found: &mut Vec<(Path, Marks)>) {
    let Some(value) = value.filter(|_| has_sensitive(nested.shape)) else { return };
    match nested.nesting {
        Nesting::Single | Nesting::Group => object(nested.shape, value, path, found),
        Nesting::List | Nesting::Set | Nesting::Map => {
            for (key, element) in value.iterate() {
                path.0.push(PathStep::Index(key));
                object(nested.shape, &element, path, found);
                path.0.pop();
            }
        }
    }
}

/// Most blocks have nothing sensitive in them, and need no look at their values.
fn has_sensitive(shape: Shape<'_>) -> bool {
    let in_attribute = |a: &crate::schema::Attribute| {
        a.sensitive || a.nested.as_ref().is_some_and(|n| has_sensitive(n.nested().shape))
    };
    shape.attributes.values().any(in_attribute) || shape.blocks.values().any(|b| has_sensitive(b.block.shape()))
}
