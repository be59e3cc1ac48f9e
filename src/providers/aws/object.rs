//! Objects of a schema as providers read and write them: attributes by name.

use std::collections::HashMap;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::lang::{Number, Type, Value};

/// An object, or a block within one.
#[derive(Clone, Debug, Default)]
pub struct Object {
    ty: Option<Type>,
    values: IndexMap<SmolStr, Value>,
}

impl Object {
    /// The object that a value is; without attributes if it is null. `ty` is the type of what is put in later.
    #[must_use]
    pub fn of(value: &Value, ty: &Type) -> Self {
        let mut object = Object { ty: Some(ty.clone()), values: IndexMap::new() };
        if let Type::Object(attributes) = ty {
            for a in attributes.attributes() {
                let known = value.get(&a.name).cloned();
                object.values.insert(a.name.clone(), known.unwrap_or_else(|| Value::null(a.ty.clone())));
            }
        }
        object
    }

    /// A block that is to be put into an object. What isn't set in it is zero, as everywhere in the provider's state.
    #[must_use]
    pub fn block() -> Self {
        Object::default()
    }

    /// The same with a value set.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl IntoValue) -> Self {
        self.set(name, value);
        self
    }

    /// Sets an attribute. Nothing is the type's zero: "", 0, false, an empty collection.
    pub fn set(&mut self, name: &'static str, value: impl IntoValue) {
        let value = value.into_value();
        let value = match self.attribute_type(name) {
            Some(ty) => fit(&value, &ty),
            None => value,
        };
        self.values.insert(SmolStr::new_static(name), value);
    }

    /// Sets an attribute to a value of its type, in which null stays null.
    pub fn set_exactly(&mut self, name: &'static str, value: Value) {
        self.values.insert(SmolStr::new_static(name), value);
    }

    /// Sets an attribute to null.
    pub fn unset(&mut self, name: &'static str) {
        let ty = self.attribute_type(name).unwrap_or(Type::Dynamic);
        self.values.insert(SmolStr::new_static(name), Value::null(ty));
    }

    /// Only an apply will tell what an attribute is.
    pub fn set_unknown(&mut self, name: &'static str) {
        let ty = self.attribute_type(name).unwrap_or(Type::Dynamic);
        self.values.insert(SmolStr::new_static(name), Value::unknown(ty));
    }

    fn attribute_type(&self, name: &str) -> Option<Type> {
        match &self.ty {
            Some(Type::Object(attributes)) => attributes.get(name).map(|a| a.ty.clone()),
            _ => None,
        }
    }

    /// The value of an attribute, if there is one and it is not null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|v| !v.is_null())
    }

    /// Whether an attribute is known and not null.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(Value::is_known)
    }

    /// A text, unless it is null, unknown or empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_str().filter(|s| !s.is_empty()).map(ToString::to_string)
    }

    /// A text; empty where there is none.
    #[must_use]
    pub fn str(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).map_or("", SmolStr::as_str)
    }

    /// The object's id; empty if it has none.
    #[must_use]
    pub fn id(&self) -> &str {
        self.str("id")
    }

    /// A truth value, if it is known and not null.
    #[must_use]
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// Whether an attribute is true.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.bool(name) == Some(true)
    }

    /// A whole number, if it is known and not null.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_number()?.to_i64()
    }

    /// A whole number that fits what the SDK wants.
    #[must_use]
    pub fn int32(&self, name: &str) -> Option<i32> {
        i32::try_from(self.int(name)?).ok()
    }

    /// A whole number, unless it is null, unknown or 0: what the older library takes for not set.
    #[must_use]
    pub fn nonzero(&self, name: &str) -> Option<i32> {
        self.int32(name).filter(|n| *n != 0)
    }

    /// A number, if it is known and not null.
    #[must_use]
    pub fn float(&self, name: &str) -> Option<f64> {
        Some(self.get(name)?.as_number()?.to_f64())
    }

    /// A text as one of the SDK's enumerations, unless it is null, unknown or empty.
    #[must_use]
    pub fn word<T: for<'a> From<&'a str>>(&self, name: &str) -> Option<T> {
        self.text(name).map(|text| T::from(&text))
    }

    /// The known texts of a list or set as one of the SDK's enumerations, if there are any.
    #[must_use]
    pub fn words<T: for<'a> From<&'a str>>(&self, name: &str) -> Option<Vec<T>> {
        Some(self.some_texts(name)?.iter().map(|text| T::from(text)).collect())
    }

    /// The known texts of a list or set; none if it is null or unknown.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<String> {
        let elements = self.get(name).and_then(Value::as_elements).unwrap_or_default();
        elements.iter().filter_map(|v| v.as_str().map(ToString::to_string)).collect()
    }

    /// [`Object::texts`], if there are any.
    #[must_use]
    pub fn some_texts(&self, name: &str) -> Option<Vec<String>> {
        Some(self.texts(name)).filter(|texts| !texts.is_empty())
    }

    /// The entries of a map of texts.
    #[must_use]
    pub fn map(&self, name: &str) -> IndexMap<String, String> {
        let entries = self.get(name).and_then(Value::as_entries).unwrap_or_default();
        entries.iter().filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_string()))).collect()
    }

    /// Nested blocks, or objects of a list or set.
    #[must_use]
    pub fn blocks(&self, name: &str) -> Vec<Object> {
        let Some(value) = self.get(name) else { return Vec::new() };
        match value.as_elements() {
            Some(elements) => elements.iter().filter(|v| !v.is_null()).map(|v| Object::of(v, &v.ty())).collect(),
            None if matches!(value.ty(), Type::Object(_)) && value.is_known() => vec![Object::of(value, &value.ty())],
            None => Vec::new(),
        }
    }

    /// The only or first nested block.
    #[must_use]
    pub fn block_at(&self, name: &str) -> Option<Object> {
        self.blocks(name).into_iter().next()
    }

    /// Whether two objects differ in an attribute.
    #[must_use]
    pub fn differs(&self, other: &Object, name: &str) -> bool {
        self.get(name) != other.get(name)
    }

    /// Whether two objects differ in one of some attributes.
    #[must_use]
    pub fn differs_in(&self, other: &Object, names: &[&str]) -> bool {
        names.iter().any(|name| self.differs(other, name))
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::object(self.values.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
    }
}

/// The zero of a type.
#[must_use]
pub fn zero(ty: &Type) -> Value {
    match ty {
        Type::String => Value::string(""),
        Type::Number => Value::int(0),
        Type::Bool => Value::from(false),
        Type::List(e) => Value::list((**e).clone(), Vec::new()),
        Type::Set(e) => Value::set((**e).clone(), Vec::new()),
        Type::Map(e) => Value::map((**e).clone(), Vec::new()),
        other => Value::null(other.clone()),
    }
}

/// A value as a type has it: collections of the right kind, objects with all attributes, zero instead of null.
#[must_use]
pub fn fit(value: &Value, ty: &Type) -> Value {
    if value.is_null() {
        return zero(ty);
    }
    if !value.is_known() {
        return Value::unknown(ty.clone());
    }
    let elements = |e: &Type| value.as_elements().map(|items| items.iter().map(|v| fit(v, e)).collect::<Vec<_>>());
    match ty {
        Type::List(e) => elements(e).map(|items| Value::list((**e).clone(), items)),
        Type::Set(e) => elements(e).map(|items| Value::set((**e).clone(), items)),
        Type::Map(e) => value
            .as_entries()
            .map(|entries| Value::map((**e).clone(), entries.iter().map(|(k, v)| (k.clone(), fit(v, e))).collect())),
        Type::Object(o) => {
            let part = |name: &SmolStr, ty: &Type| value.get(name).map_or_else(|| zero(ty), |v| fit(v, ty));
            Some(Value::object(o.attributes().iter().map(|a| (a.name.clone(), part(&a.name, &a.ty))).collect()))
        }
        _ => crate::lang::convert(value, ty).ok(),
    }
    .unwrap_or_else(|| zero(ty))
}

/// What attributes can be set to.
pub trait IntoValue {
    /// The value, of a type that is near enough.
    fn into_value(self) -> Value;
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}
impl IntoValue for &Value {
    fn into_value(self) -> Value {
        self.clone()
    }
}
impl IntoValue for &str {
    fn into_value(self) -> Value {
        Value::string(self)
    }
}
impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::string(self)
    }
}
impl IntoValue for &String {
    fn into_value(self) -> Value {
        Value::string(self.as_str())
    }
}
impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::from(self)
    }
}
impl IntoValue for i32 {
    fn into_value(self) -> Value {
        Value::int(self.into())
    }
}
impl IntoValue for i64 {
    fn into_value(self) -> Value {
        Value::int(self)
    }
}
impl IntoValue for f64 {
    fn into_value(self) -> Value {
        Number::from_f64(self).map_or_else(|| Value::null(Type::Number), Value::from)
    }
}
impl IntoValue for Object {
    fn into_value(self) -> Value {
        self.value()
    }
}
impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or_else(|| Value::null(Type::Dynamic), IntoValue::into_value)
    }
}
impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::tuple(self.into_iter().map(IntoValue::into_value).collect())
    }
}
impl<T: Clone + IntoValue> IntoValue for &[T] {
    fn into_value(self) -> Value {
        Value::tuple(self.iter().cloned().map(IntoValue::into_value).collect())
    }
}
impl<T: Clone + IntoValue> IntoValue for &Vec<T> {
    fn into_value(self) -> Value {
        self.as_slice().into_value()
    }
}
impl IntoValue for IndexMap<String, String> {
    fn into_value(self) -> Value {
        let entries = self.into_iter().map(|(k, v)| (k.into(), Value::string(v))).collect();
        Value::map(Type::String, entries)
    }
}
impl IntoValue for HashMap<String, String> {
    fn into_value(self) -> Value {
        self.into_iter().collect::<IndexMap<_, _>>().into_value()
    }
}
