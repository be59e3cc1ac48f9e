//! The one type that several types have in common.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::{Rules, attribute_types, can_convert};
use crate::lang::{ObjectType, Type};

/// The one type to which values of all these types can be converted: that of the arms of a
/// conditional, or of the elements of a list made from a tuple. `None` if there is none; anything
/// if there are no types at all.
#[must_use]
pub fn unify(types: &[Type], rules: Rules) -> Option<Type> {
    let Some(first) = types.first() else {
        return Some(Type::Dynamic);
    };
    if types.iter().all(|t| t == first) {
        return Some(first.clone());
    }
    let distinct = distinct(types);
    let types = distinct.as_slice();
    let only = |f: fn(&Type) -> bool| types.iter().all(|t| **t == Type::Dynamic || f(t));
    let any = |f: fn(&Type) -> bool| types.iter().any(|t| f(t));
    let (is_map, is_object) = (|t: &Type| matches!(t, Type::Map(_)), |t: &Type| matches!(t, Type::Object(_)));
    let (is_list, is_tuple) = (|t: &Type| matches!(t, Type::List(_)), |t: &Type| matches!(t, Type::Tuple(_)));
    let one_kind =
        only(is_map) || only(is_list) || only(|t| matches!(t, Type::Set(_))) || only(is_object) || only(is_tuple);
    if one_kind {
        // Which way this will go cannot be told before all types are known.
        return if types.contains(&&Type::Dynamic) { Some(Type::Dynamic) } else { unify_one_kind(types, rules) };
    }
    let unified = if only(|t| matches!(t, Type::Map(_) | Type::Object(_))) {
        unify_among(types, is_object, rules).filter(is_map)
    } else if only(|t| matches!(t, Type::List(_) | Type::Tuple(_))) {
        unify_among(types, is_tuple, rules).filter(is_list)
    } else if any(is_object) && any(is_tuple) {
        return None;
    } else {
        None
    };
    unified.or_else(|| most_general(types, rules))
}

/// Each type once, in the order of first occurrence.
fn distinct(types: &[Type]) -> Vec<&Type> {
    let mut seen = HashSet::new();
    types.iter().filter(|t| seen.insert(*t)).collect()
}

/// The common type of several lists, or sets, maps, objects or tuples.
fn unify_one_kind(types: &[&Type], rules: Rules) -> Option<Type> {
    let elements = || types.iter().filter_map(|t| t.element().cloned()).collect::<Vec<_>>();
    match types.first()? {
        Type::List(_) => unify(&elements(), rules).map(Type::list),
        Type::Set(_) => unify(&elements(), rules).map(Type::set),
        Type::Map(_) => unify(&elements(), rules).map(Type::map),
        Type::Object(_) => unify_objects(types, rules),
        _ => unify_tuples(types, rules),
    }
}

/// Objects with the same attribute names unify attribute by attribute, others as maps.
fn unify_objects(types: &[&Type], rules: Rules) -> Option<Type> {
    let objects: Vec<_> = types.iter().filter_map(|t| if let Type::Object(o) = t { Some(o) } else { None }).collect();
    let (first, rest) = objects.split_first()?;
    let names = |o: &ObjectType| o.attributes().iter().map(|a| a.name.clone()).collect::<Vec<_>>();
    if rest.iter().any(|o| names(o) != names(first)) {
        return as_collection(types, rules);
    }
    let attributes = first.attributes().iter().enumerate().map(|(i, a)| {
        let across: Vec<Type> = objects.iter().map(|o| o.attributes()[i].ty.clone()).collect();
        Some((a.name.clone(), unify(&across, rules)?))
    });
    let common = Type::object(attributes.collect::<Option<Vec<_>>>()?);
    if types.iter().all(|t| can_convert(t, &common, rules)) { Some(common) } else { as_collection(types, rules) }
}

/// Tuples of the same length unify element by element, others as lists.
fn unify_tuples(types: &[&Type], rules: Rules) -> Option<Type> {
    let tuples: Vec<_> = types.iter().filter_map(|t| if let Type::Tuple(e) = t { Some(e) } else { None }).collect();
    let (first, rest) = tuples.split_first()?;
    if rest.iter().any(|t| t.len() != first.len()) {
        return as_collection(types, rules);
    }
    let elements = (0..first.len()).map(|i| {
        let across: Vec<Type> = tuples.iter().map(|t| t[i].clone()).collect();
        unify(&across, rules)
    });
    let common = Type::tuple(elements.collect::<Option<_>>()?);
    if types.iter().all(|t| can_convert(t, &common, rules)) { Some(common) } else { as_collection(types, rules) }
}

/// The list type for several tuples, or the map type for several objects.
fn as_collection(types: &[&Type], rules: Rules) -> Option<Type> {
    let mut parts = Vec::new();
    for ty in types {
        match ty {
            Type::Tuple(elements) => parts.extend(elements.iter().cloned()),
            Type::Object(object) => parts.extend(attribute_types(object)),
            _ => return None,
        }
    }
    if parts.is_empty() {
        return None;
    }
    let element = unify(&parts, rules)?;
    let common = if matches!(types.first(), Some(Type::Tuple(_))) { Type::list(element) } else { Type::map(element) };
    types.iter().all(|t| can_convert(t, &common, rules)).then_some(common)
}

/// The common type where the structural ones among the types (tuples or objects) are taken for
/// the collections that they may well be meant to be.
fn unify_among(types: &[&Type], is_structural: fn(&Type) -> bool, rules: Rules) -> Option<Type> {
    let structural: Vec<&Type> = types.iter().copied().filter(|t| is_structural(t)).collect();
    let collection = as_collection(&structural, rules)?;
    let replaced: Vec<Type> =
        types.iter().map(|t| if is_structural(t) { collection.clone() } else { (*t).clone() }).collect();
    unify(&replaced, rules)
}

/// That one of the types to which all others convert; of several the most preferred.
fn most_general(types: &[&Type], rules: Rules) -> Option<Type> {
    let fits = |want: &Type| types.iter().all(|t| *t == want || can_convert(t, want, rules));
    by_preference(types).into_iter().find(|want| fits(want)).cloned()
}

/// The types sorted so that those others convert to come first, in the given order where neither
/// is preferred.
fn by_preference<'a>(types: &[&'a Type]) -> Vec<&'a Type> {
    let mut behind: Vec<Vec<usize>> = vec![Vec::new(); types.len()];
    let mut ahead = vec![0usize; types.len()];
    for i in 0..types.len() {
        for j in i + 1..types.len() {
            let (first, second) = match preference(types[i], types[j]) {
                Ordering::Less => (i, j),
                Ordering::Greater => (j, i),
                Ordering::Equal => continue,
            };
            behind[first].push(second);
            ahead[second] += 1;
        }
    }
    let mut sorted: Vec<usize> = (0..types.len()).filter(|i| ahead[*i] == 0).collect();
    let mut next = 0;
    while let Some(&i) = sorted.get(next) {
        next += 1;
        for &j in &behind[i] {
            ahead[j] -= 1;
            if ahead[j] == 0 {
                sorted.push(j);
            }
        }
    }
    sorted.into_iter().map(|i| types[i]).collect()
}

/// Which of two types is preferred as the common one (`Less`: the first).
fn preference(a: &Type, b: &Type) -> Ordering {
    match (a, b) {
        (Type::Dynamic, _) | (_, Type::Dynamic) => (*a == Type::Dynamic).cmp(&(*b == Type::Dynamic)),
        (a, b) if a.is_primitive() && b.is_primitive() => (*b == Type::String).cmp(&(*a == Type::String)),
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            preference(a, b)
        }
        (Type::List(_), Type::Tuple(_) | Type::Set(_))
        | (Type::Tuple(_), Type::Set(_))
        | (Type::Map(_), Type::Object(_)) => Ordering::Less,
        (Type::Tuple(_) | Type::Set(_), Type::List(_))
        | (Type::Set(_), Type::Tuple(_))
        | (Type::Object(_), Type::Map(_)) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}
