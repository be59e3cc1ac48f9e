//! Values: known, null or unknown, each with a type and marks. Cloning one is O(1), whatever its
//! size: everything large is shared.

mod containers;
mod equality;
mod order;
mod unknown;

use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;
use unicode_normalization::{UnicodeNormalization, is_nfc_quick};

pub use containers::{Elements, Entries};
pub use unknown::{Bound, Refinement, Unknown};

use crate::lang::{Marks, Number, Path, PathStep, Type};

/// A value of the language.
#[derive(Clone)]
pub struct Value {
    kind: Kind,
    marks: Marks,
}

/// What a value is, apart from its marks. Strings are in NFC.
#[derive(Clone)]
pub enum Kind {
    /// `null` of a type.
    Null(Type),
    /// Not known yet.
    Unknown(Arc<Unknown>),
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(SmolStr),
    /// A list: elements of one type.
    List(Arc<Elements>),
    /// A set: elements of one type, sorted, no two equal as far as is known, none marked.
    Set(Arc<Elements>),
    /// A map: keys with elements of one type.
    Map(Arc<Entries>),
    /// A tuple.
    Tuple(Arc<Elements>),
    /// An object.
    Object(Arc<Entries>),
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Value { kind, marks: Marks::NONE }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Kind::Bool(b).into()
    }
}

impl From<Number> for Value {
    fn from(n: Number) -> Self {
        Kind::Number(n).into()
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::string(s)
    }
}

impl From<String> for Value {
    fn from(s: String) -> Self {
        Value::string(s)
    }
}

/// The string in Unicode's normal form C, which all strings of the language have.
#[must_use]
pub fn nfc(s: SmolStr) -> SmolStr {
    if s.is_ascii() || is_nfc_quick(s.chars()) == unicode_normalization::IsNormalized::Yes {
        s
    } else {
        s.nfc().collect()
    }
}

/// Making values.
impl Value {
    /// A string, normalised to NFC.
    #[must_use]
    pub fn string(s: impl Into<SmolStr>) -> Value {
        Kind::String(nfc(s.into())).into()
    }

    /// An integer with the 64 bits of precision that Terraform gives to lengths and counts.
    #[must_use]
    pub fn int(n: i64) -> Value {
        Number::from(n).into()
    }

    /// `null` of a type.
    #[must_use]
    pub fn null(ty: Type) -> Value {
        Kind::Null(ty.into_required()).into()
    }

    /// An unknown value of a type.
    #[must_use]
    pub fn unknown(ty: Type) -> Value {
        Kind::Unknown(Arc::new(Unknown { ty: ty.into_required(), refinement: Refinement::default() })).into()
    }

    /// An unknown value of which something is known.
    #[must_use]
    pub fn unknown_refined(ty: Type, refinement: Refinement) -> Value {
        Unknown { ty: ty.into_required(), refinement }.into_value()
    }

    /// An unknown value that will not be null.
    #[must_use]
    pub fn unknown_not_null(ty: Type) -> Value {
        Value::unknown_refined(ty, Refinement { not_null: true, ..Refinement::default() })
    }

    /// Neither value nor type is known.
    #[must_use]
    pub fn dynamic() -> Value {
        Value::unknown(Type::Dynamic)
    }

    /// A list. All elements must be of the element type (or of a type it admits by `any`).
    #[must_use]
    pub fn list(element: Type, items: Vec<Value>) -> Value {
        Kind::List(Arc::new(Elements::new(element, items))).into()
    }

    /// A list of strings.
    pub fn string_list<S: Into<SmolStr>>(items: impl IntoIterator<Item = S>) -> Value {
        Value::list(Type::String, items.into_iter().map(Value::string).collect())
    }

    /// A set of elements in any order and with repetitions. Marks of elements become marks of the
    /// set. Unknown elements are all kept: which others they will equal can't be told yet.
    #[must_use]
    pub fn set(element: Type, mut items: Vec<Value>) -> Value {
        let mut marks = Marks::NONE;
        for item in &mut items {
            if !item.deep_marks().is_empty() {
                let (plain, m) = item.unmark_deep();
                // As in Terraform, that there is a null is no secret.
                if !plain.is_null() {
                    marks |= m;
                }
                *item = plain;
            }
        }
        items.sort_by(order::set_order);
        items.dedup_by(|a, b| a.is_wholly_known() && a == b);
        Value::from(Kind::Set(Arc::new(Elements::new(element, items)))).with_marks(marks)
    }

    /// A map of entries in any order; of two with one key the last counts.
    #[must_use]
    pub fn map(element: Type, entries: Vec<(SmolStr, Value)>) -> Value {
        Kind::Map(Arc::new(Entries::new(element, entries))).into()
    }

    /// A tuple.
    #[must_use]
    pub fn tuple(items: Vec<Value>) -> Value {
        Kind::Tuple(Arc::new(Elements::new(Type::Dynamic, items))).into()
    }

    /// An object of attributes in any order; of two with one name the last counts.
    #[must_use]
    pub fn object(attributes: Vec<(SmolStr, Value)>) -> Value {
        Kind::Object(Arc::new(Entries::new(Type::Dynamic, attributes))).into()
    }
}

/// Marks.
impl Value {
    /// The value's own marks, not those of what is in it.
    #[must_use]
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// The marks of the value and of everything in it. O(1).
    #[must_use]
    pub fn deep_marks(&self) -> Marks {
        self.marks | self.inner_marks()
    }

    /// The marks of everything in the value.
    fn inner_marks(&self) -> Marks {
        match &self.kind {
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => e.marks(),
            Kind::Map(e) | Kind::Object(e) => e.marks(),
            _ => Marks::NONE,
        }
    }

    /// The value with these marks added to its own.
    #[must_use]
    pub fn with_marks(mut self, marks: Marks) -> Value {
        self.marks |= marks;
        self
    }

    /// The value marked sensitive.
    #[must_use]
    pub fn sensitive(self) -> Value {
        self.with_marks(Marks::SENSITIVE)
    }

    /// Whether the value itself is marked sensitive.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.marks.contains(Marks::SENSITIVE)
    }

    /// The value without its own marks, and those.
    #[must_use]
    pub fn unmark(&self) -> (Value, Marks) {
        (Value { kind: self.kind.clone(), marks: Marks::NONE }, self.marks)
    }

    /// The value without any marks, its own and those in it, and all of them. O(1) where there
    /// are none.
    #[must_use]
    pub fn unmark_deep(&self) -> (Value, Marks) {
        let marks = self.deep_marks();
        (self.without_marks_deep(marks), marks)
    }

    /// The value with the given marks removed from it and from everything in it.
    #[must_use]
    pub fn without_marks_deep(&self, unwanted: Marks) -> Value {
        let kind = if self.inner_marks().is_empty() {
            self.kind.clone()
        } else {
            self.map_children(|child| child.without_marks_deep(unwanted)).kind
        };
        Value { kind, marks: self.marks.without(unwanted) }
    }

    /// Where marks stand in the value: each marked part with its path, from the outside in.
    #[must_use]
    pub fn marked_paths(&self) -> Vec<(Path, Marks)> {
        let mut found = Vec::new();
        self.collect_marked(&mut Path::default(), &mut found);
        found
    }

    fn collect_marked(&self, path: &mut Path, found: &mut Vec<(Path, Marks)>) {
        if !self.marks.is_empty() {
            found.push((path.clone(), self.marks));
        }
        if self.deep_marks().is_empty() {
            return;
        }
        for (step, child) in self.children() {
            path.0.push(step);
            child.collect_marked(path, found);
            path.0.pop();
        }
    }

    /// The value with marks put at paths, as [`Value::marked_paths`] gave them. Paths that lead
    /// nowhere are passed over.
    #[must_use]
    pub fn mark_paths(&self, paths: &[(Path, Marks)]) -> Value {
        let refs: Vec<(&[PathStep], Marks)> = paths.iter().map(|(p, m)| (p.0.as_slice(), *m)).collect();
        self.mark_steps(&refs)
    }

    fn mark_steps(&self, paths: &[(&[PathStep], Marks)]) -> Value {
        if paths.is_empty() {
            return self.clone();
        }
        let own = paths.iter().filter(|(p, _)| p.is_empty()).fold(Marks::NONE, |m, (_, n)| m | *n);
        let inner: Vec<_> = paths.iter().filter(|(p, _)| !p.is_empty()).copied().collect();
        if inner.is_empty() {
            return self.clone().with_marks(own);
        }
        let marked = self.map_children_with_step(|step, child| {
            let below: Vec<_> = inner.iter().filter(|(p, _)| p[0] == *step).map(|(p, m)| (&p[1..], *m)).collect();
            child.mark_steps(&below)
        });
        marked.with_marks(own)
    }
}

/// Looking at values.
impl Value {
    /// What it is, apart from its marks.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Its type. O(1) but for the first call on a tuple or object.
    #[must_use]
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Null(ty) => ty.clone(),
            Kind::Unknown(u) => u.ty.clone(),
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) => Type::String,
            Kind::List(e) => Type::list(e.element_type().clone()),
            Kind::Set(e) => Type::set(e.element_type().clone()),
            Kind::Map(e) => Type::map(e.element_type().clone()),
            Kind::Tuple(e) => e.tuple_type(),
            Kind::Object(e) => e.object_type(),
        }
    }

    /// Whether it is null (and so known).
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null(_))
    }

    /// Whether the value itself is known; what is in it may not be.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self.kind, Kind::Unknown(_))
    }

    /// Whether the value and everything in it is known. O(1).
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        match &self.kind {
            Kind::Unknown(_) => false,
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => !e.has_unknown(),
            Kind::Map(e) | Kind::Object(e) => !e.has_unknown(),
            _ => true,
        }
    }

    /// What is known of an unknown value.
    #[must_use]
    pub fn as_unknown(&self) -> Option<&Unknown> {
        match &self.kind {
            Kind::Unknown(u) => Some(u),
            _ => None,
        }
    }

    /// The string, if it is one that is known and not null.
    #[must_use]
    pub fn as_str(&self) -> Option<&SmolStr> {
        match &self.kind {
            Kind::String(s) => Some(s),
            _ => None,
        }
    }

    /// The number, if it is one that is known and not null.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            Kind::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The bool, if it is one that is known and not null.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The elements of a known list, set or tuple. Marks of the value itself are not added.
    #[must_use]
    pub fn as_elements(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => Some(e.items()),
            _ => None,
        }
    }

    /// The entries of a known map or object, sorted by key.
    #[must_use]
    pub fn as_entries(&self) -> Option<&[(SmolStr, Value)]> {
        match &self.kind {
            Kind::Map(e) | Kind::Object(e) => Some(e.items()),
            _ => None,
        }
    }

    /// The entry of a key of a known map or object, without the value's own marks.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.kind {
            Kind::Map(e) | Kind::Object(e) => e.get(key),
            _ => None,
        }
    }

    /// How many elements, entries or attributes a known value has.
    #[must_use]
    pub fn len(&self) -> Option<usize> {
        self.as_elements().map(<[_]>::len).or_else(|| self.as_entries().map(<[_]>::len))
    }

    /// Whether a known value has no elements.
    #[must_use]
    pub fn is_empty(&self) -> Option<bool> {
        self.len().map(|n| n == 0)
    }

    /// Whether the type of value can be iterated: collections, tuples and objects.
    #[must_use]
    pub fn can_iterate(&self) -> bool {
        !matches!(self.ty(), Type::String | Type::Number | Type::Bool | Type::Dynamic)
    }

    /// Key and element of everything in a known container, in the order of the language: index
    /// and element, key and element, and for sets the element twice.
    #[must_use]
    pub fn iterate(&self) -> Vec<(Value, Value)> {
        match &self.kind {
            Kind::List(e) | Kind::Tuple(e) => (0i64..).map(Value::int).zip(e.items().iter().cloned()).collect(),
            Kind::Set(e) => e.items().iter().map(|v| (v.clone(), v.clone())).collect(),
            Kind::Map(e) | Kind::Object(e) => {
                e.items().iter().map(|(k, v)| (Kind::String(k.clone()).into(), v.clone())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Every part directly in the value, with the step that leads to it.
    #[must_use]
    pub fn children(&self) -> Vec<(PathStep, Value)> {
        match &self.kind {
            Kind::Object(e) => e.items().iter().map(|(k, v)| (PathStep::Attr(k.clone()), v.clone())).collect(),
            _ => self.iterate().into_iter().map(|(k, v)| (PathStep::Index(k), v)).collect(),
        }
    }

    /// The value with each part directly in it replaced, its kind, length and keys as they were.
    /// The parts of collections must keep one type.
    #[must_use]
    pub fn map_children(&self, mut f: impl FnMut(&Value) -> Value) -> Value {
        self.map_children_with_step(|_, v| f(v))
    }

    /// [`Value::map_children`], with the step that leads to each part.
    #[must_use]
    pub fn map_children_with_step(&self, mut f: impl FnMut(&PathStep, &Value) -> Value) -> Value {
        let children: Vec<Value> = self.children().iter().map(|(step, child)| f(step, child)).collect();
        let element = |old: &Type| match (old, children.first()) {
            (Type::Dynamic, _) | (_, None) => old.clone(),
            (_, Some(first)) => first.ty(),
        };
        let rebuilt = match &self.kind {
            Kind::List(e) => Value::list(element(e.element_type()), children),
            Kind::Set(e) => Value::set(element(e.element_type()), children),
            Kind::Tuple(_) => Value::tuple(children),
            Kind::Map(e) => {
                let ty = element(e.element_type());
                Value::map(ty, e.keys().cloned().zip(children).collect())
            }
            Kind::Object(e) => Value::object(e.keys().cloned().zip(children).collect()),
            _ => return self.clone(),
        };
        rebuilt.with_marks(self.marks)
    }

    /// Roughly how large the value is when written out: parts that are shared count each time. One
    /// for a small value, and one more for every 64 bytes of text. O(1); saturates.
    #[must_use]
    pub fn weight(&self) -> u64 {
        match &self.kind {
            Kind::String(s) => 1 + s.len() as u64 / 64,
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => e.weight(),
            Kind::Map(e) | Kind::Object(e) => e.weight(),
            _ => 1,
        }
    }

    /// Whether it is not null, known or not.
    #[must_use]
    pub fn definitely_not_null(&self) -> bool {
        match &self.kind {
            Kind::Null(_) => false,
            Kind::Unknown(u) => u.refinement.not_null,
            _ => true,
        }
    }
}

/// For messages of tests and traces; secrets stay hidden.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.marks.contains(Marks::SENSITIVE) {
            return f.write_str("(sensitive)");
        }
        match &self.kind {
            Kind::Null(ty) => write!(f, "null({ty})"),
            Kind::Unknown(u) => write!(f, "unknown({}, {:?})", u.ty, u.refinement),
            Kind::Bool(b) => write!(f, "{b}"),
            Kind::Number(n) => write!(f, "{n}"),
            Kind::String(s) => write!(f, "{s:?}"),
            Kind::List(e) => write!(f, "list({}){:?}", e.element_type(), e.items()),
            Kind::Set(e) => write!(f, "set({}){:?}", e.element_type(), e.items()),
            Kind::Tuple(e) => write!(f, "{:?}", e.items()),
            Kind::Map(e) => write!(f, "map({})", e.element_type()).and_then(|()| entries(f, e)),
            Kind::Object(e) => entries(f, e),
        }
    }
}

fn entries(f: &mut fmt::Formatter<'_>, e: &Entries) -> fmt::Result {
    f.debug_map().entries(e.items().iter().map(|(k, v)| (k, v))).finish()
}
