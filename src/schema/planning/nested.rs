//! Objects within objects: which of those before belongs to which of those now. Lists go by index,
//! maps by key; an element of a set is found again by what is not computed in it.

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::lang::{Kind, Value};
use crate::schema::{Attribute, Nested, Nesting, Shape};

/// A part of an object; none if it, or the object, is null or not there.
pub(super) fn part<'v>(object: Option<&'v Value>, name: &str) -> Option<&'v Value> {
    object?.get(name).filter(|v| !v.is_null())
}

/// The value without being null.
pub(super) fn present(value: &Value) -> Option<&Value> {
    Some(value).filter(|v| !v.is_null())
}

/// Makes something new of each object that is there now, given the one that it was before.
pub(super) fn combine(
    nested: Nested<'_>,
    prior: Option<&Value>,
    now: &Value,
    make: &mut dyn FnMut(Option<&Value>, &Value) -> Value,
) -> Value {
    if now.is_null() || !now.is_known() {
        return now.clone();
    }
    let before = prior.and_then(Value::as_elements).unwrap_or_default();
    let mut each = |items: &[Value], before: &dyn Fn(usize) -> Option<usize>, all: &[Value]| -> Vec<Value> {
        let pairs = items.iter().enumerate();
        pairs.map(|(i, item)| make(before(i).and_then(|i| all.get(i)), item)).collect()
    };
    match (nested.nesting, now.kind()) {
        (Nesting::Single | Nesting::Group, _) => make(prior, now),
        (Nesting::List, Kind::List(e)) => Value::list(e.element_type().clone(), each(e.items(), &Some, before)),
        (Nesting::List, Kind::Tuple(e)) => Value::tuple(each(e.items(), &Some, before)),
        (Nesting::Set, Kind::Set(e)) => {
            let found = correlate(nested.shape, before, e.items());
            Value::set(e.element_type().clone(), each(e.items(), &|i| found[i], before))
        }
        (Nesting::Map, Kind::Map(e) | Kind::Object(e)) => {
            let made = e.items().iter().map(|(k, v)| (k.clone(), make(part(prior, k), v)));
            let made: Vec<(SmolStr, Value)> = made.collect();
            match now.kind() {
                Kind::Map(_) => Value::map(e.element_type().clone(), made),
                _ => Value::object(made),
            }
        }
        _ => now.clone(),
    }
}

/// For each element of a set now the index of the one that it was before. None is taken twice.
pub(super) fn correlate(shape: Shape<'_>, before: &[Value], now: &[Value]) -> Vec<Option<usize>> {
    let mut candidates: HashMap<String, Vec<usize>> = HashMap::with_capacity(before.len());
    for (i, element) in before.iter().enumerate().rev() {
        candidates.entry(settled_part(shape, element)).or_default().push(i);
    }
    // The last candidate is the first element; those that are taken are removed.
    let find = |element: &Value| {
        let candidates = candidates.get_mut(&settled_part(shape, element))?;
        let found = candidates.iter().rposition(|&i| could_be(shape, &before[i], element))?;
        Some(candidates.remove(found))
    };
    now.iter().map(find).collect()
}

/// What must be the same for two elements to belong together, as text.
fn settled_part(shape: Shape<'_>, element: &Value) -> String {
    let settled = shape.attributes.iter().filter(|(_, a)| !a.computed && !a.write_only && a.nested.is_none());
    let mut text = String::new();
    for (name, a) in settled {
        let value = element.get(name).filter(|v| !v.is_null()).or(a.default.as_ref());
        match (value, a.normalise) {
            (Some(value), Some(normalise)) => text.push_str(&normalise(value).identity()),
            (Some(value), None) => text.push_str(&value.identity()),
            (None, _) => text.push('~'),
        }
        text.push(',');
    }
    text
}

/// Whether an object before can have become this one, with nothing but computed parts decided
/// otherwise.
pub(super) fn could_be(shape: Shape<'_>, before: &Value, now: &Value) -> bool {
    let attribute =
        |(name, a): (&SmolStr, &Attribute)| match (part(Some(before), name), part(Some(now), name), &a.nested) {
            _ if a.write_only => true,
            (_, None, _) if a.computed => true,
            (Some(before), None, _) => a.default.as_ref() == Some(before),
            (None, None, _) => true,
            (Some(before), Some(now), Some(n)) => all_could_be(n.nested(), before, now),
            (Some(before), Some(now), None) => a.is_same(before, now),
            (None, Some(now), _) => a.default.as_ref() == Some(now),
        };
    shape.attributes.iter().all(attribute)
        && shape.blocks.iter().all(|(name, b)| match (part(Some(before), name), part(Some(now), name)) {
            (Some(before), Some(now)) => all_could_be(b.nested(), before, now),
            (before, now) => before.is_none() && now.is_none(),
        })
}

fn all_could_be(nested: Nested<'_>, before: &Value, now: &Value) -> bool {
    if !now.is_known() || !before.is_known() {
        return before == now;
    }
    let shape = nested.shape;
    match (before.as_elements(), now.as_elements(), before.as_entries(), now.as_entries()) {
        (Some(before), Some(now), ..) if nested.nesting == Nesting::Set => {
            before.len() == now.len() && correlate(shape, before, now).iter().all(Option::is_some)
        }
        (Some(before), Some(now), ..) => {
            before.len() == now.len() && before.iter().zip(now).all(|(b, n)| could_be(shape, b, n))
        }
        (.., Some(b), Some(n)) if nested.nesting == Nesting::Map => {
            b.len() == n.len() && b.iter().zip(n).all(|(b, n)| b.0 == n.0 && could_be(shape, &b.1, &n.1))
        }
        _ => could_be(shape, before, now),
    }
}
