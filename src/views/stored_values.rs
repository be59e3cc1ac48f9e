//! Attributes as state keeps them, JSON text, written into other documents: what providers' types
//! leave open has its type beside it there, which is left out, and a mask says what is sensitive.

use indexmap::IndexMap;
use serde::ser::Error;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use smol_str::SmolStr;

use crate::lang::{PathStep, Type};
use crate::schema::{Attribute, Block, Nesting, Schema};
use crate::state::ObjectState;

/// The entries of a JSON object, in order, not decoded.
type Entries<'a> = IndexMap<std::borrow::Cow<'a, str>, &'a RawValue>;

fn read<'a, T: Deserialize<'a>, E: Error>(text: &'a str) -> Result<T, E> {
    serde_json::from_str(text).map_err(|e| E::custom(format_args!("the attributes of an object are broken: {e}")))
}

/// An object's attributes.
pub struct Attributes<'a> {
    /// The object.
    pub object: &'a ObjectState,
    /// Its schema, if that is known.
    pub schema: Option<&'a Schema>,
}

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = read(&self.object.attributes)?;
        Plain { raw, ty: self.schema.map(Schema::implied_type) }.serialize(serializer)
    }
}

/// A stored value without the types in it.
struct Plain<'a> {
    raw: &'a RawValue,
    ty: Option<&'a Type>,
}

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let open = self.ty.filter(|ty| ty.has_dynamic());
        match (open, self.raw.get().as_bytes().first()) {
            (Some(Type::Dynamic), _) => without_type::<S::Error>(self.raw)?.serialize(serializer),
            (Some(ty), Some(b'[')) => {
                let items: Vec<&RawValue> = read(self.raw.get())?;
                let items = items.into_iter().enumerate();
                serializer.collect_seq(items.map(|(i, raw)| Plain { raw, ty: element_type(ty, i) }))
            }
            (Some(ty), Some(b'{')) => {
                let entries: Entries<'_> = read(self.raw.get())?;
                serializer.collect_map(entries.iter().map(|(k, raw)| (k, Plain { raw, ty: entry_type(ty, k) })))
            }
            _ => self.raw.serialize(serializer),
        }
    }
}

/// What `any` holds is kept as `{"value": …, "type": …}`, or null.
fn without_type<E: Error>(raw: &RawValue) -> Result<&RawValue, E> {
    #[derive(Deserialize)]
    struct Typed<'a> {
        #[serde(borrow)]
        value: &'a RawValue,
    }
    if raw.get().starts_with('{') { read::<Typed<'_>, E>(raw.get()).map(|typed| typed.value) } else { Ok(raw) }
}

fn element_type(ty: &Type, index: usize) -> Option<&Type> {
    match ty {
        Type::Tuple(types) => types.get(index),
        ty => ty.element(),
    }
}

fn entry_type<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    match ty {
        Type::Object(o) => o.get(name).map(|a| &a.ty),
        ty => ty.element(),
    }
}

/// Where an object's attributes are sensitive: as state says, and as the schema does.
pub struct AttributesMask<'a> {
    /// The object.
    pub object: &'a ObjectState,
    /// Its schema, if that is known.
    pub schema: Option<&'a Schema>,
}

impl Serialize for AttributesMask<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mask = Mask {
            raw: read(&self.object.attributes)?,
            ty: self.schema.map(Schema::implied_type),
            sensitive: false,
            paths: self.object.sensitive.iter().map(|p| p.0.as_slice()).collect(),
            schema: self.schema.map_or(Part::Unknown, |s| Part::Block(&s.block)),
        };
        mask.serialize(serializer)
    }
}

/// What the schema says about a part of an object.
#[derive(Clone, Copy)]
enum Part<'a> {
    Unknown,
    Block(&'a Block),
    Blocks(&'a Block),
    Attributes(&'a IndexMap<SmolStr, Attribute>),
    Nested(&'a IndexMap<SmolStr, Attribute>),
}

impl<'a> Part<'a> {
    /// What it says about an entry, and whether that is sensitive.
    fn entry(self, name: &str) -> (Part<'a>, bool) {
        let attribute = |attributes: &'a IndexMap<SmolStr, Attribute>| {
            let attribute = attributes.get(name)?;
            let part = match attribute.nested.as_deref() {
                None => Part::Unknown,
                Some(n) if n.nesting == Nesting::Single => Part::Attributes(&n.attributes),
                Some(n) => Part::Nested(&n.attributes),
            };
            Some((part, attribute.sensitive))
        };
        let block = |block: &'a Block| {
            let nested = block.blocks.get(name)?;
            let single = matches!(nested.nesting, Nesting::Single | Nesting::Group);
            Some((if single { Part::Block(&nested.block) } else { Part::Blocks(&nested.block) }, false))
        };
        let found = match self {
            Part::Unknown => None,
            Part::Block(b) => attribute(&b.attributes).or_else(|| block(b)),
            Part::Attributes(attributes) => attribute(attributes),
            Part::Blocks(_) | Part::Nested(_) => Some((self.element(), false)),
        };
        found.unwrap_or((Part::Unknown, false))
    }

    fn element(self) -> Part<'a> {
        match self {
            Part::Blocks(b) => Part::Block(b),
            Part::Nested(attributes) => Part::Attributes(attributes),
            _ => Part::Unknown,
        }
    }
}

struct Mask<'a> {
    raw: &'a RawValue,
    ty: Option<&'a Type>,
    sensitive: bool,
    /// Sensitive parts, from here on.
    paths: Vec<&'a [PathStep]>,
    schema: Part<'a>,
}

impl<'a> Mask<'a> {
    fn child<E: Error>(
        &self,
        raw: &'a RawValue,
        ty: Option<&'a Type>,
        (schema, sensitive): (Part<'a>, bool),
        leads_there: impl Fn(&PathStep) -> bool,
    ) -> Result<Self, E> {
        let raw = if ty == Some(&Type::Dynamic) { without_type(raw)? } else { raw };
        let steps = self.paths.iter().filter_map(|p| p.split_first());
        let paths: Vec<_> = steps.filter(|(first, _)| leads_there(first)).map(|(_, rest)| rest).collect();
        let sensitive = sensitive || paths.iter().any(|p| p.is_empty());
        Ok(Mask { raw, ty: ty.filter(|t| **t != Type::Dynamic), sensitive, paths, schema })
    }

    fn is_false(&self) -> bool {
        !self.sensitive && !self.raw.get().starts_with(['[', '{'])
    }
}

impl Serialize for Mask<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.raw.get().as_bytes().first() {
            _ if self.sensitive => serializer.serialize_bool(true),
            Some(b'[') => {
                let items: Vec<&RawValue> = read(self.raw.get())?;
                let mut masks = Vec::with_capacity(items.len());
                for (i, raw) in items.into_iter().enumerate() {
                    let is_index = |step: &PathStep| matches!(step, PathStep::Index(key) if is_number(key, i));
                    let ty = self.ty.and_then(|t| element_type(t, i));
                    masks.push(self.child::<S::Error>(raw, ty, (self.schema.element(), false), is_index)?);
                }
                serializer.collect_seq(masks)
            }
            Some(b'{') => {
                let entries: Entries<'_> = read(self.raw.get())?;
                let mut masks = Vec::with_capacity(entries.len());
                for (name, raw) in &entries {
                    let is_name = |step: &PathStep| match step {
                        PathStep::Attr(attr) => attr.as_str() == name,
                        PathStep::Index(key) => key.as_str().is_some_and(|key| key.as_str() == name),
                    };
                    let ty = self.ty.and_then(|t| entry_type(t, name));
                    masks.push((name, self.child::<S::Error>(raw, ty, self.schema.entry(name), is_name)?));
                }
                serializer.collect_map(masks.into_iter().filter(|(_, mask)| !mask.is_false()))
            }
            _ => serializer.serialize_bool(false),
        }
    }
}

fn is_number(key: &crate::lang::Value, index: usize) -> bool {
    let number = key.as_number().and_then(crate::lang::Number::to_i64);
    number.and_then(|n| usize::try_from(n).ok()) == Some(index)
}
