//! `ignore_changes`: parts of the configuration that give way to what is there now.

use smol_str::SmolStr;

use super::nested::present;
use crate::lang::{Kind, Number, Path, PathStep, Value};
use crate::schema::{Nested, Nesting, Schema, Shape};
use crate::syntax::ast::{StepKind, Traversal};

/// A path in `ignore_changes`.
#[derive(Clone, Debug, PartialEq)]
pub struct IgnoredPath {
    /// Where.
    pub path: Path,
    /// Only this key of the map there.
    pub key: Option<SmolStr>,
}

/// The path of a relative reference: `tags["x"]`. A key at its end is one of a map; of anything
/// else it stands for the whole, as in Terraform.
#[must_use]
pub fn ignored_path(traversal: &Traversal) -> IgnoredPath {
    let step = |kind: &StepKind| match kind {
        StepKind::Attr(name) => PathStep::Attr(name.clone()),
        StepKind::Key(key) => PathStep::Index(Value::string(key.clone())),
        StepKind::Index { number, .. } => {
            PathStep::Index(Number::parse(number).unwrap_or_else(|| Number::from_usize(0)).into())
        }
    };
    let root = PathStep::Attr(traversal.root.name.clone());
    let (key, steps) = match traversal.steps.split_last() {
        Some((crate::syntax::ast::Step { kind: StepKind::Key(key), .. }, steps)) => (Some(key.clone()), steps),
        _ => (None, traversal.steps.as_slice()),
    };
    let path = Path(std::iter::once(root).chain(steps.iter().map(|s| step(&s.kind))).collect());
    IgnoredPath { path, key }
}

/// The configuration with these paths as they are in `prior`. Paths that lead nowhere in either,
/// and attributes that the configuration has no say in, are passed over. Marks of what stays are kept.
#[must_use]
pub fn ignore_changes(schema: &Schema, prior: &Value, config: &Value, paths: &[IgnoredPath]) -> Value {
    if prior.is_null() || config.is_null() {
        return config.clone();
    }
    let has_a_say = |path: &Path| match path.0.first() {
        Some(PathStep::Attr(name)) => !schema.block.attributes.get(name).is_some_and(|a| a.is_read_only()),
        _ => true,
    };
    paths.iter().filter(|p| has_a_say(&p.path)).fold(config.clone(), |config, ignored| {
        let Some(before) = ignored.path.resolve(prior) else { return config };
        replaced(&config, &ignored.path.0, &|now| match (&ignored.key, now.kind()) {
            (Some(key), Kind::Map(_)) => with_key_of(now, &before, key),
            (Some(key), Kind::Null(crate::lang::Type::Map(element))) if before.get(key).is_some() => {
                with_key_of(&Value::map((**element).clone(), Vec::new()), &before, key)
            }
            (Some(_), Kind::Null(crate::lang::Type::Map(_))) => now.clone(),
            _ => before.clone(),
        })
    })
}

/// The value with what is at a path replaced, if there is anything.
fn replaced(value: &Value, steps: &[PathStep], replace: &dyn Fn(&Value) -> Value) -> Value {
    let Some((first, rest)) = steps.split_first() else { return replace(value) };
    match first.resolve(value) {
        Some(child) if !matches!(value.kind(), Kind::Set(_)) => {
            let new = replaced(&child, rest, replace);
            let is_it = |step: &PathStep| match (step, first) {
                (PathStep::Attr(name), PathStep::Index(key)) => key.as_str() == Some(name),
                (step, first) => step == first,
            };
            value.map_children_with_step(|step, old| if is_it(step) { new.clone() } else { old.clone() })
        }
        _ => value.clone(),
    }
}

/// A map with the entry that another has under a key, or without any.
fn with_key_of(map: &Value, other: &Value, key: &SmolStr) -> Value {
    let Kind::Map(entries) = map.kind() else { return map.clone() };
    let mut items: Vec<(SmolStr, Value)> = entries.items().iter().filter(|(k, _)| k != key).cloned().collect();
    items.extend(other.get(key).map(|v| (key.clone(), v.clone())));
    Value::map(entries.element_type().clone(), items).with_marks(map.marks())
}

/// The configuration that changes nothing: what is there now, without what the configuration has
/// no say in.
#[must_use]
pub fn ignore_all(schema: &Schema, prior: &Value, config: &Value) -> Value {
    match (present(prior), config.is_null()) {
        (Some(prior), false) => configurable(schema.block.shape(), prior),
        _ => config.clone(),
    }
}

fn configurable(shape: Shape<'_>, value: &Value) -> Value {
    value.map_children_with_step(|step, part| {
        let PathStep::Attr(name) = step else { return part.clone() };
        match (shape.attributes.get(name), shape.blocks.get(name)) {
            (Some(a), _) if a.is_read_only() => Value::null(a.ty.clone()),
            (Some(a), _) => a.nested.as_ref().map_or_else(|| part.clone(), |n| all_configurable(n.nested(), part)),
            (None, Some(b)) => all_configurable(b.nested(), part),
            (None, None) => part.clone(),
        }
    })
}

fn all_configurable(nested: Nested<'_>, value: &Value) -> Value {
    match nested.nesting {
        _ if value.is_null() => value.clone(),
        Nesting::Single | Nesting::Group => configurable(nested.shape, value),
        _ => value.map_children(|object| configurable(nested.shape, object)),
    }
}
