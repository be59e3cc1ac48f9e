//! What lists, sets, tuples, maps and objects are made of. Each knows at once whether anything in
//! it is unknown or marked, so that such questions never walk the value.

use std::sync::OnceLock;

use smol_str::SmolStr;

use crate::lang::{Marks, Type, Value};

/// What is known of all parts together.
#[derive(Clone, Copy, Debug, Default)]
struct Contents {
    unknown: bool,
    marks: Marks,
    weight: u64,
}

impl Contents {
    fn of<'a>(values: impl Iterator<Item = &'a Value>) -> Self {
        values.fold(Contents::default(), |c, v| Contents {
            unknown: c.unknown || !v.is_wholly_known(),
            marks: c.marks | v.deep_marks(),
            weight: c.weight.saturating_add(v.weight()),
        })
    }
}

/// The elements of a list, set or tuple.
#[derive(Debug)]
pub struct Elements {
    items: Vec<Value>,
    element: Type,
    contents: Contents,
    tuple_type: OnceLock<Type>,
}

impl Elements {
    pub(super) fn new(element: Type, items: Vec<Value>) -> Self {
        let contents = Contents::of(items.iter());
        Elements { items, element, contents, tuple_type: OnceLock::new() }
    }

    /// The elements in order.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// The type of the elements of a list or set.
    #[must_use]
    pub fn element_type(&self) -> &Type {
        &self.element
    }

    pub(super) fn has_unknown(&self) -> bool {
        self.contents.unknown
    }

    pub(super) fn marks(&self) -> Marks {
        self.contents.marks
    }

    pub(super) fn weight(&self) -> u64 {
        self.contents.weight.saturating_add(1)
    }

    pub(super) fn tuple_type(&self) -> Type {
        self.tuple_type.get_or_init(|| Type::Tuple(self.items.iter().map(Value::ty).collect())).clone()
    }
}

/// The entries of a map or the attributes of an object, sorted by key.
#[derive(Debug)]
pub struct Entries {
    items: Vec<(SmolStr, Value)>,
    element: Type,
    contents: Contents,
    object_type: OnceLock<Type>,
}

impl Entries {
    pub(super) fn new(element: Type, mut items: Vec<(SmolStr, Value)>) -> Self {
        if !items.is_sorted_by(|a, b| a.0 < b.0) {
            items.reverse();
            items.sort_by(|a, b| a.0.cmp(&b.0));
            items.dedup_by(|later, first| later.0 == first.0);
        }
        let contents = Contents::of(items.iter().map(|(_, v)| v));
        Entries { items, element, contents, object_type: OnceLock::new() }
    }

    /// The entries in order of their keys.
    #[must_use]
    pub fn items(&self) -> &[(SmolStr, Value)] {
        &self.items
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &SmolStr> {
        self.items.iter().map(|(k, _)| k)
    }

    /// The entry of a key, found by binary search.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.items.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok().map(|i| &self.items[i].1)
    }

    /// The type of the elements of a map.
    #[must_use]
    pub fn element_type(&self) -> &Type {
        &self.element
    }

    pub(super) fn has_unknown(&self) -> bool {
        self.contents.unknown
    }

    pub(super) fn marks(&self) -> Marks {
        self.contents.marks
    }

    pub(super) fn weight(&self) -> u64 {
        self.contents.weight.saturating_add(1 + self.items.len() as u64)
    }

    pub(super) fn object_type(&self) -> Type {
        self.object_type.get_or_init(|| Type::object(self.items.iter().map(|(k, v)| (k.clone(), v.ty())))).clone()
    }
}
