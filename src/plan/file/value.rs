//! Values and types as they are written: values as tokens in a row, so that no depth of them is too
//! much, types by number.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::lang::number::ExactNumber;
use crate::lang::types::{AttributeType, ObjectType};
use crate::lang::value::{Bound, Refinement};
use crate::lang::{Kind, Marks, Number, Type, Value};

/// A value, its parts behind it from the outside in.
pub(super) type Tokens = Vec<Token>;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Token {
    /// The next one is sensitive.
    Sensitive,
    Null(u32),
    Unknown(u32),
    Refined(u32, Box<WireRefinement>),
    Bool(bool),
    Int(i64, u32),
    Number(WireNumber),
    String(SmolStr),
    List(u32, u64),
    Set(u32, u64),
    Tuple(u64),
    Map(u32, Vec<SmolStr>),
    Object(Vec<SmolStr>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WireNumber {
    negative: bool,
    mantissa: Option<Vec<u8>>,
    exponent: i64,
    precision: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WireRefinement {
    not_null: bool,
    prefix: SmolStr,
    lower: Option<(WireNumber, bool)>,
    upper: Option<(WireNumber, bool)>,
    length: Option<(u64, Option<u64>)>,
}

/// A type made of types with lower numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum TypeDef {
    List(u32),
    Set(u32),
    Map(u32),
    Tuple(Vec<u32>),
    Object(Vec<(SmolStr, u32)>),
}

/// The types that have numbers without being written.
const SIMPLE: [Type; 4] = [Type::Dynamic, Type::String, Type::Number, Type::Bool];

/// Why a value can't be written.
#[derive(Debug, thiserror::Error)]
#[error("an ephemeral value would get into it, which is a defect of Infra")]
pub(super) struct Ephemeral;

/// Writes values. New types come out through `define`, in order.
#[derive(Default)]
pub(super) struct Encoder {
    known: HashMap<TypeDef, u32>,
    /// Types that were met, and are not written yet.
    pub new_types: Vec<TypeDef>,
}

impl Encoder {
    pub fn value(&mut self, value: &Value) -> Result<Tokens, Ephemeral> {
        if value.deep_marks().contains(Marks::EPHEMERAL) {
            return Err(Ephemeral);
        }
        let mut tokens = Vec::new();
        let mut rest = vec![value];
        while let Some(value) = rest.pop() {
            if value.is_sensitive() {
                tokens.push(Token::Sensitive);
            }
            tokens.push(self.token(value));
            match value.kind() {
                Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => rest.extend(e.items().iter().rev()),
                Kind::Map(e) | Kind::Object(e) => rest.extend(e.items().iter().rev().map(|(_, v)| v)),
                _ => {}
            }
        }
        Ok(tokens)
    }

    fn token(&mut self, value: &Value) -> Token {
        match value.kind() {
            Kind::Null(ty) => Token::Null(self.ty(ty)),
            Kind::Unknown(unknown) if unknown.refinement == Refinement::default() => {
                Token::Unknown(self.ty(&unknown.ty))
            }
            Kind::Unknown(unknown) => Token::Refined(self.ty(&unknown.ty), Box::new((&unknown.refinement).into())),
            Kind::Bool(b) => Token::Bool(*b),
            Kind::Number(n) => number_token(n),
            Kind::String(s) => Token::String(s.clone()),
            Kind::List(e) => Token::List(self.ty(e.element_type()), e.items().len() as u64),
            Kind::Set(e) => Token::Set(self.ty(e.element_type()), e.items().len() as u64),
            Kind::Tuple(e) => Token::Tuple(e.items().len() as u64),
            Kind::Map(e) => Token::Map(self.ty(e.element_type()), e.keys().cloned().collect()),
            Kind::Object(e) => Token::Object(e.keys().cloned().collect()),
        }
    }

    fn ty(&mut self, ty: &Type) -> u32 {
        let def = match ty {
            Type::Dynamic => return 0,
            Type::String => return 1,
            Type::Number => return 2,
            Type::Bool => return 3,
            Type::List(t) => TypeDef::List(self.ty(t)),
            Type::Set(t) => TypeDef::Set(self.ty(t)),
            Type::Map(t) => TypeDef::Map(self.ty(t)),
            Type::Tuple(types) => TypeDef::Tuple(types.iter().map(|t| self.ty(t)).collect()),
            Type::Object(o) => {
                TypeDef::Object(o.attributes().iter().map(|a| (a.name.clone(), self.ty(&a.ty))).collect())
            }
        };
        if let Some(number) = self.known.get(&def) {
            return *number;
        }
        let number = u32::try_from(SIMPLE.len() + self.known.len()).unwrap_or(u32::MAX);
        self.new_types.push(def.clone());
        self.known.insert(def, number);
        number
    }
}

/// Small integers take less room.
fn number_token(number: &Number) -> Token {
    match number.to_i64() {
        Some(n) if n != 0 && n != i64::MIN => Token::Int(n, number.precision()),
        _ => Token::Number(number.into()),
    }
}

impl From<&Number> for WireNumber {
    fn from(number: &Number) -> Self {
        let ExactNumber { negative, mantissa, exponent, precision } = number.to_exact();
        WireNumber { negative, mantissa, exponent, precision }
    }
}

impl WireNumber {
    fn number(self) -> Option<Number> {
        let WireNumber { negative, mantissa, exponent, precision } = self;
        Number::from_exact(&ExactNumber { negative, mantissa, exponent, precision })
    }
}

impl From<&Refinement> for WireRefinement {
    fn from(refinement: &Refinement) -> Self {
        let bound = |bound: &Option<Bound>| bound.as_ref().map(|b| ((&b.number).into(), b.inclusive));
        WireRefinement {
            not_null: refinement.not_null,
            prefix: refinement.prefix.clone(),
            lower: bound(&refinement.lower),
            upper: bound(&refinement.upper),
            length: refinement.length.map(|(min, max)| (min as u64, max.map(|max| max as u64))),
        }
    }
}

impl WireRefinement {
    fn refinement(self) -> Option<Refinement> {
        let bound = |bound: Option<(WireNumber, bool)>| match bound {
            Some((number, inclusive)) => Some(Some(Bound { number: number.number()?, inclusive })),
            None => Some(None),
        };
        let length = |n: u64| usize::try_from(n).ok();
        let lengths = match self.length {
            Some((min, Some(max))) => Some((length(min)?, Some(length(max)?))),
            Some((min, None)) => Some((length(min)?, None)),
            None => None,
        };
        Some(Refinement {
            not_null: self.not_null,
            prefix: self.prefix,
            lower: bound(self.lower)?,
            upper: bound(self.upper)?,
            length: lengths,
        })
    }
}

/// Reads values.
pub(super) struct Decoder {
    types: Vec<Type>,
}

/// A container that is being filled.
struct Open {
    token: Token,
    sensitive: bool,
    items: Vec<Value>,
    left: u64,
}

impl Decoder {
    pub fn new() -> Self {
        Decoder { types: SIMPLE.to_vec() }
    }

    /// Takes the next type; `None` if it is none.
    pub fn define(&mut self, def: TypeDef) -> Option<()> {
        let attribute = |(name, ty)| Some(AttributeType { name, ty: self.ty(ty)?, optional: false });
        let ty = match def {
            TypeDef::List(t) => Type::list(self.ty(t)?),
            TypeDef::Set(t) => Type::set(self.ty(t)?),
            TypeDef::Map(t) => Type::map(self.ty(t)?),
            TypeDef::Tuple(types) => Type::tuple(types.into_iter().map(|t| self.ty(t)).collect::<Option<_>>()?),
            TypeDef::Object(attributes) => {
                Type::Object(ObjectType::new(attributes.into_iter().map(attribute).collect::<Option<_>>()?))
            }
        };
        self.types.push(ty);
        Some(())
    }

    fn ty(&self, number: u32) -> Option<Type> {
        self.types.get(number as usize).cloned()
    }

    /// The value; `None` if the tokens make none.
    pub fn value(&self, tokens: Tokens) -> Option<Value> {
        let mut tokens = tokens.into_iter();
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut token = tokens.next()?;
            let sensitive = matches!(token, Token::Sensitive);
            if sensitive {
                token = tokens.next()?;
            }
            let left = match &token {
                Token::List(_, n) | Token::Set(_, n) | Token::Tuple(n) => *n,
                Token::Map(_, keys) | Token::Object(keys) => keys.len() as u64,
                _ => 0,
            };
            open.push(Open { token, sensitive, items: Vec::new(), left });
            while let Some(done) = open.pop_if(|innermost| innermost.left == 0) {
                let value = self.close(done)?;
                match open.last_mut() {
                    Some(outer) => {
                        outer.items.push(value);
                        outer.left -= 1;
                    }
                    None => return tokens.next().is_none().then_some(value),
                }
            }
        }
    }

    fn close(&self, open: Open) -> Option<Value> {
        let Open { token, sensitive, items, .. } = open;
        let value = match token {
            Token::Sensitive => return None,
            Token::Null(ty) => Value::null(self.ty(ty)?),
            Token::Unknown(ty) => Value::unknown(self.ty(ty)?),
            Token::Refined(ty, refinement) => Value::unknown_refined(self.ty(ty)?, refinement.refinement()?),
            Token::Bool(b) => b.into(),
            Token::Int(n, precision) => Number::from_i64_with_precision(n, precision).into(),
            Token::Number(number) => number.number()?.into(),
            Token::String(s) => Value::string(s),
            Token::List(ty, _) => Value::list(self.ty(ty)?, items),
            Token::Set(ty, _) => Value::set(self.ty(ty)?, items),
            Token::Tuple(_) => Value::tuple(items),
            Token::Map(ty, keys) => Value::map(self.ty(ty)?, keys.into_iter().zip(items).collect()),
            Token::Object(keys) => Value::object(keys.into_iter().zip(items).collect()),
        };
        Some(if sensitive { value.sensitive() } else { value })
    }
}
