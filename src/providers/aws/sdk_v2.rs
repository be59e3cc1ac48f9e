//! How plans, reads and results come out for resource types that Terraform's provider has written with its
//! older library (SDKv2). That one can't tell what is not set from zero, and state must be the same with both programs.
//!
//! Facts: terraform-plugin-sdk's documentation, and Terraform's recorded plans and states.

use crate::lang::{Type, Value};
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Schema};

use super::object::{fit, zero};

/// What an object will be: the configuration where it says something, else defaults, what is there now, or for AWS to
/// say. `prior` is null for a new object.
#[must_use]
pub fn planned(schema: &Schema, prior: &Value, config: &Value) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    block(&schema.block, Some(prior).filter(|p| !p.is_null()), config, Place::Top)
}

/// Where a block is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the object, or in a list.
    Top,
    /// It is in a set: what isn't set is zero.
    InSet,
}

fn block(schema: &Block, prior: Option<&Value>, config: &Value, place: Place) -> Value {
    let mut parts = Vec::with_capacity(schema.attributes.len() + schema.blocks.len());
    for (name, a) in &schema.attributes {
        let given = config.get(name).cloned().unwrap_or_else(|| Value::null(a.ty.clone()));
        parts.push((name.clone(), attribute(a, prior.map(|p| p.get(name)), &given, place)));
    }
    for (name, b) in &schema.blocks {
        let given = config.get(name).cloned().unwrap_or_else(|| Value::null(b.implied_type()));
        let before = prior.and_then(|p| p.get(name)).filter(|v| !v.is_null());
        parts.push((name.clone(), blocks(b, before, &given, prior.is_some())));
    }
    Value::object(parts)
}

/// `prior` is `None` if there is no object yet.
fn attribute(a: &Attribute, prior: Option<Option<&Value>>, config: &Value, place: Place) -> Value {
    let exists = prior.is_some();
    let before = prior.flatten().filter(|v| !v.is_null());
    if !config.is_known() {
        return config.clone();
    }
    if is_unknown(&a.ty, config) {
        return Value::unknown(a.ty.clone());
    }
    if a.write_only {
        return Value::null(a.ty.clone());
    }
    let config = &without_nulls(&a.ty, config);
    // An empty collection counts as none, unless there is something to be emptied.
    let is_optional_list = matches!(a.ty, Type::List(_)) && !a.computed;
    let may_be_none = if a.computed { before.is_none_or(is_zero) } else { before.is_none() };
    let is_nothing = may_be_none && config.len() == Some(0) && !is_of_objects(&a.ty) && !is_optional_list;
    let is_set = !config.is_null() && !is_nothing;
    if is_set {
        return match before {
            Some(before) if a.is_same(before, config) => before.clone(),
            _ if is_of_objects(&a.ty) => objects(a, before, config),
            _ => config.clone(),
        };
    }
    match (&a.default, before) {
        (Some(default), Some(before)) if a.is_same(before, default) => before.clone(),
        (Some(default), _) => default.clone(),
        (None, Some(before)) if a.computed || is_zero(before) => before.clone(),
        (None, None) if a.computed && !exists => Value::unknown(a.ty.clone()),
        // Of what isn't set, a text can be told from nothing, and a number or a map can't.
        _ if place == Place::InSet && !matches!(a.ty, Type::Number | Type::Bool | Type::Map(_)) => zero(&a.ty),
        _ if a.computed => Value::null(a.ty.clone()),
        // What was removed from a collection leaves an empty one.
        (None, Some(_)) if a.ty.is_collection() => zero(&a.ty),
        _ if is_nothing => Value::null(a.ty.clone()),
        _ => config.clone(),
    }
}

/// A map without the entries that are null, which the older library doesn't see.
fn without_nulls(ty: &Type, config: &Value) -> Value {
    match (ty, config.as_entries()) {
        (Type::Map(element), Some(entries)) if entries.iter().any(|(_, v)| v.is_null()) => {
            Value::map((**element).clone(), entries.iter().filter(|(_, v)| !v.is_null()).cloned().collect())
        }
        _ => config.clone(),
    }
}

/// Whether nothing is known of a collection: of a set, as long as an element is unknown, because then it is unknown how many
/// different ones there are; and of a map, for which the older library has no better.
fn is_unknown(ty: &Type, value: &Value) -> bool {
    matches!(ty, Type::Set(e) | Type::Map(e) if e.is_primitive()) && !value.is_wholly_known()
}

/// Attributes that are written as blocks: elements that mean the same as before stay as they are.
fn objects(a: &Attribute, before: Option<&Value>, config: &Value) -> Value {
    let (Some(element), Some(given)) = (a.ty.element(), config.as_elements()) else { return config.clone() };
    let known = before.and_then(Value::as_elements).unwrap_or_default();
    let alone = |v: &Value| collection(&a.ty, vec![v.clone()]);
    let is_same = |v: &Value, b: &Value| fit(v, element) == fit(b, element) || a.is_same(&alone(v), &alone(b));
    let same = |v: &Value| known.iter().find(|b| v.is_wholly_known() && is_same(v, b)).cloned();
    let is_changed = given.len() != known.len() || given.iter().any(|v| same(v).is_none());
    let items = given.iter().map(|v| match same(v) {
        Some(before) if is_changed => staying(&before, v, |_| true),
        Some(before) => before,
        None => fit_known(v, element),
    });
    collection(&a.ty, items.collect())
}

/// An element that stays while others of its set change: as it is written, and null, says the older library, for texts and
/// numbers that are not set and zero.
fn staying(before: &Value, config: &Value, may_be_null: impl Fn(&str) -> bool) -> Value {
    let parts = before.as_entries().unwrap_or_default().iter().map(|(name, v)| {
        let now = match config.get(name).filter(|given| !given.is_null()) {
            Some(given) if may_be_null(name) => given.clone(),
            None if may_be_null(name) && matches!(v.ty(), Type::String | Type::Number) && is_zero(v) => {
                Value::null(v.ty())
            }
            _ => v.clone(),
        };
        (name.clone(), now)
    });
    Value::object(parts.collect())
}

/// [`fit`], with what is unknown left as it is.
fn fit_known(value: &Value, ty: &Type) -> Value {
    let Type::Object(o) = ty else { return fit(value, ty) };
    if !value.is_known() || value.is_null() {
        return value.clone();
    }
    let part = |name, ty: &Type| match value.get(name) {
        Some(v) if v.is_null() && *ty == Type::Number => v.clone(),
        Some(v) if v.is_wholly_known() => fit(v, ty),
        Some(v) if is_unknown(ty, v) => Value::unknown(ty.clone()),
        Some(v) => v.clone(),
        None => zero(ty),
    };
    Value::object(o.attributes().iter().map(|a| (a.name.clone(), part(a.name.as_str(), &a.ty))).collect())
}

fn collection(ty: &Type, items: Vec<Value>) -> Value {
    match ty {
        Type::Set(e) => Value::set((**e).clone(), items),
        Type::List(e) => Value::list((**e).clone(), items),
        _ => Value::tuple(items),
    }
}

/// Whether a type is that of an attribute that is written as blocks.
fn is_of_objects(ty: &Type) -> bool {
    matches!(ty, Type::List(e) | Type::Set(e) if matches!(**e, Type::Object(_)))
}

fn blocks(b: &NestedBlock, before: Option<&Value>, config: &Value, exists: bool) -> Value {
    if !config.is_known() {
        return config.clone();
    }
    let element = b.block.implied_type();
    let known = before.and_then(Value::as_elements).unwrap_or_default();
    let given = config.as_elements().unwrap_or_default();
    match b.nesting {
        Nesting::Single | Nesting::Group if config.is_null() => config.clone(),
        Nesting::Single | Nesting::Group => block(&b.block, before, config, Place::Top),
        _ if given.is_empty() && b.computed => match (before, exists) {
            (Some(before), _) => before.clone(),
            (None, true) => empty(b, element),
            (None, false) => Value::unknown(b.implied_type()),
        },
        Nesting::Set => {
            let same = |v: &Value| known.iter().find(|k| is_same_block(&b.block, k, v));
            let is_changed = given.len() != known.len() || given.iter().any(|v| same(v).is_none());
            let items = given.iter().map(|v| match same(v) {
                Some(before) if is_changed => staying(before, v, |name| is_plain(&b.block, name)),
                Some(before) => before.clone(),
                None => block(&b.block, None, v, Place::InSet),
            });
            Value::set(element, items.collect())
        }
        Nesting::List | Nesting::Map => {
            let items = given.iter().enumerate().map(|(i, v)| block(&b.block, known.get(i), v, Place::Top));
            Value::list(element, items.collect())
        }
    }
}

fn empty(b: &NestedBlock, element: Type) -> Value {
    if b.nesting == Nesting::Set { Value::set(element, Vec::new()) } else { Value::list(element, Vec::new()) }
}

/// Whether an attribute is what the configuration says, and nothing else.
fn is_plain(schema: &Block, name: &str) -> bool {
    schema.attributes.get(name).is_some_and(|a| !a.computed && a.default.is_none())
}

/// Whether a block in the configuration is one that there is.
fn is_same_block(schema: &Block, before: &Value, config: &Value) -> bool {
    let is_unset = |v: Option<&Value>| v.is_none_or(Value::is_null);
    let attributes = schema.attributes.iter().all(|(name, a)| match (before.get(name), config.get(name)) {
        (before, config) if is_unset(config) => match &a.default {
            Some(default) => before.is_some_and(|b| a.is_same(b, default)),
            None => a.computed || before.is_none_or(is_zero),
        },
        (Some(before), Some(config)) if before.is_null() => is_zero(config),
        (Some(before), Some(config)) => a.is_same(before, config),
        _ => false,
    });
    attributes
        && schema.blocks.iter().all(|(name, b)| {
            let elements = |v: &Value| v.get(name).and_then(Value::as_elements).map(<[_]>::to_vec).unwrap_or_default();
            let (before, config) = (elements(before), elements(config));
            (config.is_empty() && b.computed)
                || before.len() == config.len()
                    && config.iter().all(|c| before.iter().any(|k| is_same_block(&b.block, k, c)))
        })
}

/// Whether a value is null, or what the older library takes for it.
#[must_use]
pub fn is_zero(value: &Value) -> bool {
    if value.is_null() {
        return true;
    }
    match value.ty() {
        Type::String => value.as_str().is_some_and(|s| s.is_empty()),
        Type::Number => value.as_number().is_some_and(crate::lang::Number::is_zero),
        Type::Bool => value.as_bool() == Some(false),
        _ => value.len() == Some(0),
    }
}

/// An object of which an import knows nothing yet: attributes are null, and there are no blocks.
#[must_use]
pub fn unread(schema: &Schema) -> Value {
    let is_repeated = |b: &NestedBlock| matches!(b.nesting, Nesting::List | Nesting::Set);
    let blocks = schema.block.blocks.iter().filter(|(_, b)| is_repeated(b));
    Value::object(blocks.map(|(name, b)| (name.clone(), empty(b, b.block.implied_type()))).collect())
}

/// What a data source has read: blocks that aren't configured are null, and lists of objects that weren't found empty.
#[must_use]
pub fn data(schema: &Schema, value: &Value) -> Value {
    let parts = value.as_entries().unwrap_or_default().iter().map(|(name, v)| {
        let attribute = schema.block.attributes.get(name);
        let v = match attribute {
            Some(a) if v.is_null() && a.computed && is_of_objects(&a.ty) => collection(&a.ty, Vec::new()),
            None if v.len() == Some(0) => Value::null(v.ty()),
            _ => v.clone(),
        };
        (name.clone(), v)
    });
    Value::object(parts.collect())
}

/// Whether nothing is planned but zero where there was nothing: the older library can't tell one from the other, and does
/// not make a change of it alone.
#[must_use]
pub fn is_unchanged(prior: &Value, planned: &Value) -> bool {
    if prior == planned || (is_zero(prior) && is_zero(planned)) {
        return true;
    }
    match prior.ty() {
        Type::Object(_) => prior.as_entries().is_some_and(|parts| {
            parts.iter().all(|(name, before)| planned.get(name).is_some_and(|after| is_unchanged(before, after)))
        }),
        Type::List(_) => match (prior.as_elements(), planned.as_elements()) {
            (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_unchanged(a, b)),
            _ => false,
        },
        _ => false,
    }
}

/// The texts of a set in the order in which the older library hands them on: by checksum, as text.
#[must_use]
pub fn in_set_order(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_by_cached_key(|text| crc32fast::hash(format!("{text};").as_bytes()).to_string());
    texts
}

/// What is read takes over the spelling of what was there, where both mean the same.
#[must_use]
pub fn read(prior: &Value, new: &Value) -> Value {
    normalise(new, prior, false)
}

/// What was made takes over the spelling of what was planned, where both mean the same.
#[must_use]
pub fn applied(planned: &Value, new: &Value) -> Value {
    normalise(new, planned, true)
}

fn normalise(new: &Value, old: &Value, is_applied: bool) -> Value {
    if !old.is_null() && !old.is_known() {
        return new.clone();
    }
    let ty = new.ty();
    if is_applied && ty.is_collection() {
        let is_empty = |v: &Value| !v.is_null() && v.len() == Some(0);
        if (old.is_null() && is_empty(new)) || (is_empty(old) && new.is_null()) {
            return old.clone();
        }
    }
    if old.is_null() || !new.is_known() {
        return new.clone();
    }
    match ty {
        Type::Object(_) | Type::Map(_) if !new.is_null() => new.map_children_with_step(|step, child| {
            let name = match step {
                crate::lang::PathStep::Attr(name) => Some(name.as_str()),
                crate::lang::PathStep::Index(key) => key.as_str().map(|k| k.as_str()),
            };
            name.and_then(|n| old.get(n)).map_or_else(|| child.clone(), |old| normalise(child, old, is_applied))
        }),
        Type::Set(_) if is_applied && old.is_wholly_known() => old.clone(),
        Type::List(_) if new.is_null() && old.is_wholly_known() && old.len() == Some(0) && !is_applied => old.clone(),
        Type::List(_) if !new.is_null() && new.len() == old.len() => {
            let before = old.as_elements().unwrap_or_default();
            let after = new.as_elements().unwrap_or_default();
            let items = after.iter().zip(before).map(|(new, old)| normalise(new, old, is_applied)).collect();
            collection(&new.ty(), items)
        }
        Type::String if new.is_null() && old.as_str().is_some_and(|s| s.is_empty()) => old.clone(),
        _ => new.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::in_set_order;

    #[test]
    fn sets_have_the_order_of_their_checksums() {
        let seen = ["10.41.1.7", "10.41.1.51", "10.41.1.50", "10.41.1.52"].map(String::from).to_vec();
        let mut sorted = seen.clone();
        sorted.sort();
        assert_eq!(in_set_order(sorted), seen);
    }
}
