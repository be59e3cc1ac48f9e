//! Values with unknown and sensitive parts: what is known of them, and masks that say where the
//! rest is. A mask has the form of its value: `true` where the answer is yes, containers with what
//! is in them; entries that would be `false` are left out of objects, but not of arrays.

use serde::ser::Error;
use serde::{Serialize, Serializer};

use crate::lang::{Kind, Marks, Number, Type, Value};
use crate::views::json::InfiniteNumber;

/// What is known of a value. Unknown parts are left out of maps and objects, and are null in the rest.
pub struct Known<'a>(pub &'a Value);

impl Serialize for Known<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.kind() {
            Kind::Null(_) | Kind::Unknown(_) => serializer.serialize_unit(),
            Kind::Bool(b) => serializer.serialize_bool(*b),
            Kind::Number(n) => number(n, serializer),
            Kind::String(s) => serializer.serialize_str(s),
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => serializer.collect_seq(e.items().iter().map(Known)),
            Kind::Map(e) | Kind::Object(e) => {
                let known = e.items().iter().filter(|(_, v)| v.is_known());
                serializer.collect_map(known.map(|(k, v)| (k, Known(v))))
            }
        }
    }
}

fn number<S: Serializer>(n: &Number, serializer: S) -> Result<S::Ok, S::Error> {
    if n.is_infinite() {
        return Err(S::Error::custom(InfiniteNumber));
    }
    serde_json::Number::from_string_unchecked(n.to_string()).serialize(serializer)
}

/// Where a value is unknown.
pub struct UnknownMask<'a>(pub &'a Value);

impl UnknownMask<'_> {
    fn is_false(&self) -> bool {
        let known_container = self.0.as_elements().is_some() || self.0.as_entries().is_some();
        self.0.is_known() && !known_container
    }
}

impl Serialize for UnknownMask<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.kind() {
            Kind::Unknown(_) => serializer.serialize_bool(true),
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => serializer.collect_seq(e.items().iter().map(UnknownMask)),
            Kind::Map(e) | Kind::Object(e) => {
                let masks = e.items().iter().map(|(k, v)| (k, UnknownMask(v)));
                serializer.collect_map(masks.filter(|(_, mask)| !mask.is_false()))
            }
            _ => serializer.serialize_bool(false),
        }
    }
}

/// Where a value is sensitive. Of an unknown collection nothing is said but which kind it is.
pub struct SensitiveMask<'a>(pub &'a Value);

/// The form of what a value contains, as masks have it.
enum Form {
    Leaf,
    Array,
    Object,
}

fn form(value: &Value) -> Form {
    let of_type = |ty: &Type| match ty {
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => Form::Array,
        Type::Map(_) | Type::Object(_) => Form::Object,
        Type::Dynamic | Type::String | Type::Number | Type::Bool => Form::Leaf,
    };
    match value.kind() {
        Kind::List(_) | Kind::Set(_) | Kind::Tuple(_) => Form::Array,
        Kind::Map(_) | Kind::Object(_) => Form::Object,
        Kind::Unknown(u) => of_type(&u.ty),
        Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => Form::Leaf,
    }
}

impl SensitiveMask<'_> {
    fn is_false(&self) -> bool {
        !self.0.is_sensitive() && matches!(form(self.0), Form::Leaf)
    }
}

impl Serialize for SensitiveMask<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.marks().contains(Marks::SENSITIVE) {
            return serializer.serialize_bool(true);
        }
        match form(self.0) {
            Form::Leaf => serializer.serialize_bool(false),
            Form::Array => {
                let elements = self.0.as_elements().unwrap_or_default();
                serializer.collect_seq(elements.iter().map(SensitiveMask))
            }
            Form::Object => {
                let masks = self.0.as_entries().unwrap_or_default().iter().map(|(k, v)| (k, SensitiveMask(v)));
                serializer.collect_map(masks.filter(|(_, mask)| !mask.is_false()))
            }
        }
    }
}
