//! The types of the language, as in Terraform: primitives, collections of one element type, and
//! structural types that know each element's.

use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;

/// A type. Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Not known yet, or anything (`any`).
    Dynamic,
    /// `string`
    String,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `list(T)`
    List(Arc<Type>),
    /// `set(T)`
    Set(Arc<Type>),
    /// `map(T)`
    Map(Arc<Type>),
    /// `tuple([T, …])`
    Tuple(Arc<[Type]>),
    /// `object({ name = T, … })`
    Object(ObjectType),
}

/// The attributes of an object type, sorted by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectType(Arc<[AttributeType]>);

/// One attribute of an object type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttributeType {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub ty: Type,
    /// In a type to convert to: may be missing, and is null then. Types of values have none.
    pub optional: bool,
}

impl ObjectType {
    /// An object type of attributes in any order. Of two with one name the last counts.
    #[must_use]
    pub fn new(mut attributes: Vec<AttributeType>) -> Self {
        attributes.reverse();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        attributes.dedup_by(|later, first| later.name == first.name);
        ObjectType(attributes.into())
    }

    /// All attributes, sorted by name.
    #[must_use]
    pub fn attributes(&self) -> &[AttributeType] {
        &self.0
    }

    /// The attribute of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&AttributeType> {
        self.0.binary_search_by(|a| a.name.as_str().cmp(name)).ok().map(|i| &self.0[i])
    }
}

impl Type {
    /// `list(element)`
    #[must_use]
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    /// `set(element)`
    #[must_use]
    pub fn set(element: Type) -> Type {
        Type::Set(Arc::new(element))
    }

    /// `map(element)`
    #[must_use]
    pub fn map(element: Type) -> Type {
        Type::Map(Arc::new(element))
    }

    /// `tuple([elements…])`
    #[must_use]
    pub fn tuple(elements: Vec<Type>) -> Type {
        Type::Tuple(elements.into())
    }

    /// `object({…})` with all attributes required.
    #[must_use]
    pub fn object(attributes: impl IntoIterator<Item = (SmolStr, Type)>) -> Type {
        let attributes = attributes.into_iter().map(|(name, ty)| AttributeType { name, ty, optional: false });
        Type::Object(ObjectType::new(attributes.collect()))
    }

    /// Whether it is string, number or bool.
    #[must_use]
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::String | Type::Number | Type::Bool)
    }

    /// Whether it is a list, set or map.
    #[must_use]
    pub fn is_collection(&self) -> bool {
        matches!(self, Type::List(_) | Type::Set(_) | Type::Map(_))
    }

    /// The element type of a collection.
    #[must_use]
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(t) | Type::Set(t) | Type::Map(t) => Some(t),
            _ => None,
        }
    }

    /// Whether `any` occurs anywhere in it.
    #[must_use]
    pub fn has_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::String | Type::Number | Type::Bool => false,
            Type::List(t) | Type::Set(t) | Type::Map(t) => t.has_dynamic(),
            Type::Tuple(ts) => ts.iter().any(Type::has_dynamic),
            Type::Object(o) => o.attributes().iter().any(|a| a.ty.has_dynamic()),
        }
    }

    /// The same type with no attribute optional: the type of a value converted to it.
    #[must_use]
    pub fn without_optional(&self) -> Type {
        match self {
            Type::Dynamic | Type::String | Type::Number | Type::Bool => self.clone(),
            Type::List(t) => Type::list(t.without_optional()),
            Type::Set(t) => Type::set(t.without_optional()),
            Type::Map(t) => Type::map(t.without_optional()),
            Type::Tuple(ts) => Type::Tuple(ts.iter().map(Type::without_optional).collect()),
            Type::Object(o) => Type::object(o.attributes().iter().map(|a| (a.name.clone(), a.ty.without_optional()))),
        }
    }

    /// [`Type::without_optional`] of a type that is given away: itself, mostly.
    #[must_use]
    pub fn into_required(self) -> Type {
        if self.has_optional() { self.without_optional() } else { self }
    }

    fn has_optional(&self) -> bool {
        match self {
            Type::Dynamic | Type::String | Type::Number | Type::Bool => false,
            Type::List(t) | Type::Set(t) | Type::Map(t) => t.has_optional(),
            Type::Tuple(ts) => ts.iter().any(Type::has_optional),
            Type::Object(o) => o.attributes().iter().any(|a| a.optional || a.ty.has_optional()),
        }
    }

    /// Its name in messages: `list of string`, `object`.
    #[must_use]
    pub fn friendly_name(&self) -> String {
        match self {
            Type::Dynamic => "dynamic".into(),
            Type::String => "string".into(),
            Type::Number => "number".into(),
            Type::Bool => "bool".into(),
            Type::List(t) => format!("list of {}", t.friendly_name()),
            Type::Set(t) => format!("set of {}", t.friendly_name()),
            Type::Map(t) => format!("map of {}", t.friendly_name()),
            Type::Tuple(_) => "tuple".into(),
            Type::Object(_) => "object".into(),
        }
    }

    /// Its name where a value of it is wanted: `list of any single type` for `list(any)`.
    #[must_use]
    pub fn friendly_name_for_constraint(&self) -> String {
        let element = |t: &Type| match t {
            Type::Dynamic => "any single type".to_string(),
            t => t.friendly_name_for_constraint(),
        };
        match self {
            Type::Dynamic => "any type".into(),
            Type::List(t) => format!("list of {}", element(t)),
            Type::Set(t) => format!("set of {}", element(t)),
            Type::Map(t) => format!("map of {}", element(t)),
            t => t.friendly_name(),
        }
    }

    /// As `terraform output -json` writes it: `"string"`, `["list", T]`, `["object", {…}]`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::{Map, Value, json};
        match self {
            Type::Dynamic => json!("dynamic"),
            Type::String => json!("string"),
            Type::Number => json!("number"),
            Type::Bool => json!("bool"),
            Type::List(t) => json!(["list", t.to_json()]),
            Type::Set(t) => json!(["set", t.to_json()]),
            Type::Map(t) => json!(["map", t.to_json()]),
            Type::Tuple(ts) => json!(["tuple", ts.iter().map(Type::to_json).collect::<Vec<_>>()]),
            Type::Object(o) => {
                let attributes: Map<String, Value> =
                    o.attributes().iter().map(|a| (a.name.to_string(), a.ty.to_json())).collect();
                let optional: Vec<&str> =
                    o.attributes().iter().filter(|a| a.optional).map(|a| a.name.as_str()).collect();
                if optional.is_empty() {
                    json!(["object", attributes])
                } else {
                    json!(["object", attributes, optional])
                }
            }
        }
    }
}

/// As a type constraint is written: `list(string)`, `object({a=number})`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::String => f.write_str("string"),
            Type::Number => f.write_str("number"),
            Type::Bool => f.write_str("bool"),
            Type::List(t) => write!(f, "list({t})"),
            Type::Set(t) => write!(f, "set({t})"),
            Type::Map(t) => write!(f, "map({t})"),
            Type::Tuple(ts) => {
                f.write_str("tuple([")?;
                for (i, t) in ts.iter().enumerate() {
                    write!(f, "{}{t}", if i > 0 { "," } else { "" })?;
                }
                f.write_str("])")
            }
            Type::Object(o) => {
                f.write_str("object({")?;
                for (i, a) in o.attributes().iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    match a.optional {
                        true => write!(f, "{comma}{}=optional({})", a.name, a.ty)?,
                        false => write!(f, "{comma}{}={}", a.name, a.ty)?,
                    }
                }
                f.write_str("})")
            }
        }
    }
}
