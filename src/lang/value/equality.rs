//! Two questions about two values: are they the very same (`==` in Rust, marks and unknowns
//! compared as such), and are they equal in the language (which can be unknown).

use super::{Kind, Value};
use crate::lang::Type;

/// The very same: type, content and marks. An unknown is the same as one of the same type and
/// refinement.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        if self.marks != other.marks {
            return false;
        }
        match (&self.kind, &other.kind) {
            (Kind::Null(a), Kind::Null(b)) => a == b,
            (Kind::Unknown(a), Kind::Unknown(b)) => a == b,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Number(a), Kind::Number(b)) => a.equals(b),
            (Kind::String(a), Kind::String(b)) => a == b,
            (Kind::List(a), Kind::List(b)) | (Kind::Set(a), Kind::Set(b)) => {
                std::sync::Arc::ptr_eq(a, b) || (a.element_type() == b.element_type() && a.items() == b.items())
            }
            (Kind::Tuple(a), Kind::Tuple(b)) => std::sync::Arc::ptr_eq(a, b) || a.items() == b.items(),
            (Kind::Map(a), Kind::Map(b)) => {
                std::sync::Arc::ptr_eq(a, b) || (a.element_type() == b.element_type() && a.items() == b.items())
            }
            (Kind::Object(a), Kind::Object(b)) => std::sync::Arc::ptr_eq(a, b) || a.items() == b.items(),
            _ => false,
        }
    }
}

impl Value {
    /// Equality in the language: a bool, unknown where it can't be told yet, with the marks of
    /// both.
    #[must_use]
    pub fn equals(&self, other: &Value) -> Value {
        let (a, a_marks) = self.unmark_deep();
        let (b, b_marks) = other.unmark_deep();
        let result = match compare(&a, &b) {
            Some(equal) => Value::from(equal),
            None => Value::unknown_not_null(Type::Bool),
        };
        result.with_marks(a_marks | b_marks)
    }
}

/// Whether two unmarked values are equal; `None` if that is unknown.
fn compare(a: &Value, b: &Value) -> Option<bool> {
    if a.is_null() && b.is_null() {
        return Some(true);
    }
    if (a.is_null() && b.definitely_not_null()) || (b.is_null() && a.definitely_not_null()) {
        return Some(false);
    }
    if !a.is_known() || !b.is_known() {
        return compare_unknown(a, b);
    }
    match (&a.kind, &b.kind) {
        (Kind::List(x), Kind::List(y)) if x.element_type() == y.element_type() => compare_all(x.items(), y.items()),
        (Kind::Tuple(x), Kind::Tuple(y)) => compare_all(x.items(), y.items()),
        (Kind::Map(x), Kind::Map(y)) if x.element_type() == y.element_type() => compare_entries(x, y),
        (Kind::Object(x), Kind::Object(y)) => compare_entries(x, y),
        (Kind::Set(x), Kind::Set(y)) if x.element_type() == y.element_type() => compare_sets(x.items(), y.items()),
        _ => Some(a == b),
    }
}

/// One at least is unknown: its type or what else is known of it may still exclude equality.
fn compare_unknown(a: &Value, b: &Value) -> Option<bool> {
    // What is known of two unknown values is not held against each other.
    if a.is_null() || b.is_null() || a.is_known() == b.is_known() {
        return None;
    }
    let (ta, tb) = (a.ty(), b.ty());
    if has_open_type(a) || has_open_type(b) {
        return if conforms(&ta, &tb) || conforms(&tb, &ta) { None } else { Some(false) };
    }
    if ta != tb {
        return Some(false);
    }
    let (known, unknown) = if a.is_known() { (a, b) } else { (b, a) };
    let excluded = match ta {
        Type::String => !known.string_prefix().starts_with(unknown.string_prefix().as_str()),
        Type::Number => known.definitely_less(unknown) == Some(true) || unknown.definitely_less(known) == Some(true),
        Type::List(_) | Type::Set(_) | Type::Map(_) => {
            let ((min, max), (other_min, other_max)) = (known.length_range(), unknown.length_range());
            max.is_some_and(|m| m < other_min) || other_max.is_some_and(|m| m < min)
        }
        _ => false,
    };
    // Both must be there for a difference to count: a null has no prefix, range or length.
    if excluded && a.definitely_not_null() && b.definitely_not_null() { Some(false) } else { None }
}

/// Whether an unknown value in it, or it itself, is of a type that isn't fully known.
fn has_open_type(v: &Value) -> bool {
    match &v.kind {
        Kind::Unknown(u) => u.ty.has_dynamic(),
        _ if v.is_wholly_known() => false,
        _ => v.children().iter().any(|(_, child)| has_open_type(child)),
    }
}

/// Whether a type is, or can come to be, the wanted one by filling in what that leaves open.
fn conforms(have: &Type, want: &Type) -> bool {
    match (have, want) {
        (_, Type::Dynamic) => true,
        (Type::List(h), Type::List(w)) | (Type::Set(h), Type::Set(w)) | (Type::Map(h), Type::Map(w)) => conforms(h, w),
        (Type::Tuple(h), Type::Tuple(w)) => h.len() == w.len() && h.iter().zip(w.iter()).all(|(h, w)| conforms(h, w)),
        (Type::Object(h), Type::Object(w)) => {
            let (h, w) = (h.attributes(), w.attributes());
            h.len() == w.len() && h.iter().zip(w).all(|(h, w)| h.name == w.name && conforms(&h.ty, &w.ty))
        }
        _ => have == want,
    }
}

fn compare_all(a: &[Value], b: &[Value]) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    // The first pair decides that isn't equal for sure.
    a.iter().zip(b).map(|(a, b)| compare(a, b)).find(|equal| *equal != Some(true)).unwrap_or(Some(true))
}

fn compare_entries(a: &super::Entries, b: &super::Entries) -> Option<bool> {
    if a.items().len() != b.items().len() || a.keys().zip(b.keys()).any(|(x, y)| x != y) {
        return Some(false);
    }
    all_equal(a.items().iter().map(|(_, v)| v).zip(b.items().iter().map(|(_, v)| v)))
}

/// An unknown element leaves it open, whatever the others are; one that is only unknown in part is,
/// as in Terraform, not found in any other set.
fn compare_sets(a: &[Value], b: &[Value]) -> Option<bool> {
    let mut all = a.iter().chain(b);
    if all.clone().any(|v| !v.is_known()) {
        return None;
    }
    Some(all.all(Value::is_wholly_known) && a == b)
}

/// One difference decides, even beside unknowns. (In Terraform the first pair decides that isn't
/// equal for sure, and which is the first is left to chance.)
fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let mut result = Some(true);
    for (a, b) in pairs {
        match compare(a, b) {
            Some(false) => return Some(false),
            None => result = None,
            Some(true) => {}
        }
    }
    result
}
