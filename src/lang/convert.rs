//! Conversion of values between types, and the type that several types have in common. The rules
//! are those of Terraform's type system (cty): numbers and bools turn into strings and back,
//! tuples into lists and sets, objects into maps and back, wherever every part converts.

mod unify;

use smol_str::SmolStr;
use thiserror::Error;

use crate::lang::value::{Kind, Refinement};
use crate::lang::{Number, ObjectType, Path, PathStep, Type, Value};

pub use unify::unify;

/// Why a value does not convert, and where in it.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{}", self.text())]
pub struct ConvertError {
    /// The part that does not convert; empty for the value itself.
    pub path: Path,
    /// What is wanted of that part: `a number is required`.
    pub message: String,
}

impl ConvertError {
    fn new(message: impl Into<String>) -> Self {
        ConvertError { path: Path::default(), message: message.into() }
    }

    fn inside(mut self, step: PathStep) -> Self {
        self.path.0.insert(0, step);
        self
    }

    /// The message with the place: `attribute "a": string required`.
    fn text(&self) -> String {
        let mut out = String::new();
        for step in &self.path.0 {
            match step {
                PathStep::Attr(name) => out.push_str(&format!("attribute {name:?}: ")),
                PathStep::Index(key) => match key.as_str() {
                    Some(k) => out.push_str(&format!("element {:?}: ", k.as_str())),
                    None => match key.as_number() {
                        Some(n) => out.push_str(&format!("element {n}: ")),
                        None => out.push_str("element: "),
                    },
                },
            }
        }
        out + &self.message
    }
}

/// Which conversions between types count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Only those that succeed for every value: number and bool to string.
    Safe,
    /// Also those that depend on the value: string to number and bool, map to object.
    Unsafe,
}

/// Converts a value to a type, in which attributes can be optional and `any` stands for whatever
/// the value has there. Marks and what is known of unknown values are kept.
///
/// # Errors
/// When the value, or a part of it, does not convert.
pub fn convert(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    let converted = match (value.kind(), want) {
        (_, Type::Dynamic)
        | (Kind::String(_), Type::String)
        | (Kind::Number(_), Type::Number)
        | (Kind::Bool(_), Type::Bool) => return Ok(value.clone()),
        (Kind::Null(have), _) => possible(have, want).map(|()| Value::null(settle(have, want)))?,
        (Kind::Unknown(u), _) => {
            possible(&u.ty, want)?;
            unknown_result(value, &u.ty, want)
        }
        (_, Type::String | Type::Number | Type::Bool) => convert_primitive(value, want)?,
        (Kind::Set(_), Type::List(_)) if !value.is_length_known() => {
            possible(&value.ty(), want).map(|()| Value::unknown(settle(&value.ty(), want)))?
        }
        (_, Type::List(element)) => {
            let (element, items) = convert_elements(value, element, want)?;
            Value::list(element, items)
        }
        (_, Type::Set(element)) => {
            let (element, items) = convert_elements(value, element, want)?;
            Value::set(element, items)
        }
        (_, Type::Map(element)) => convert_to_map(value, element, want)?,
        (Kind::Tuple(have), Type::Tuple(types)) if have.items().len() == types.len() => {
            let items = have.items().iter().zip(types.iter()).enumerate().map(|(i, (v, t))| at_index(i, convert(v, t)));
            Value::tuple(items.collect::<Result<_, _>>()?)
        }
        (Kind::Object(_) | Kind::Map(_), Type::Object(_)) => convert_to_object(value, want)?,
        _ => return Err(mismatch(&value.ty(), want)),
    };
    Ok(converted.with_marks(value.marks()))
}

/// Whether values of one type can be converted to another at all.
#[must_use]
pub fn can_convert(have: &Type, want: &Type, rules: Rules) -> bool {
    let can = |h: &Type, w: &Type| can_convert(h, w, rules);
    let is_unsafe = rules == Rules::Unsafe;
    match (have, want) {
        (_, Type::Dynamic) => true,
        (Type::Dynamic, _) => is_unsafe,
        (Type::Number | Type::Bool | Type::String, Type::String)
        | (Type::Number, Type::Number)
        | (Type::Bool, Type::Bool) => true,
        (Type::String, Type::Number | Type::Bool) => is_unsafe,
        (Type::List(h) | Type::Set(h), Type::List(w)) | (Type::Set(h), Type::Set(w)) | (Type::Map(h), Type::Map(w)) => {
            h == w || can(h, w)
        }
        (Type::List(h), Type::Set(w)) => is_unsafe && can(h, w),
        (Type::Tuple(hs), Type::List(w) | Type::Set(w)) => match &**w {
            Type::Dynamic => common_element_type(hs, rules).is_some(),
            w => hs.iter().all(|h| can(h, w)),
        },
        (Type::Object(o), Type::Map(w)) => match &**w {
            Type::Dynamic => unify(&attribute_types(o), rules).is_some(),
            w => o.attributes().iter().all(|a| can(&a.ty, w)),
        },
        (Type::Tuple(hs), Type::Tuple(ws)) => hs.len() == ws.len() && hs.iter().zip(ws.iter()).all(|(h, w)| can(h, w)),
        (Type::Object(h), Type::Object(w)) => w.attributes().iter().all(|a| match h.get(&a.name) {
            Some(have) => have.ty == a.ty || can(&have.ty, &a.ty),
            None => a.optional,
        }),
        (Type::Map(h), Type::Object(w)) => is_unsafe && w.attributes().iter().all(|a| can(h, &a.ty)),
        _ => false,
    }
}

fn attribute_types(object: &ObjectType) -> Vec<Type> {
    object.attributes().iter().map(|a| a.ty.clone()).collect()
}

/// The element type of a list or set of any type made from a tuple. What is not yet known there
/// goes with other elements only if those say what it is.
fn common_element_type(elements: &[Type], rules: Rules) -> Option<Type> {
    let common = unify(elements, rules)?;
    let is_open = common == Type::Dynamic && elements.iter().any(|t| *t != Type::Dynamic);
    (!is_open).then_some(common)
}

fn possible(have: &Type, want: &Type) -> Result<(), ConvertError> {
    if can_convert(have, want, Rules::Unsafe) { Ok(()) } else { Err(mismatch(have, want)) }
}

/// The type that a value of type `have` has after conversion to `want`: `any` is filled in.
fn settle(have: &Type, want: &Type) -> Type {
    let unified = |parts: Vec<Type>, want: &Type| match want {
        Type::Dynamic => unify(&parts, Rules::Unsafe).unwrap_or(Type::Dynamic),
        _ => {
            let settled: Vec<Type> = parts.iter().map(|p| settle(p, want)).collect();
            unify(&settled, Rules::Unsafe).unwrap_or_else(|| want.without_optional())
        }
    };
    if !want.has_dynamic() {
        return want.without_optional();
    }
    match (have, want) {
        (_, Type::Dynamic) => have.clone(),
        (Type::List(h) | Type::Set(h), Type::List(w)) => Type::list(settle(h, w)),
        (Type::List(h) | Type::Set(h), Type::Set(w)) => Type::set(settle(h, w)),
        (Type::Tuple(hs), Type::List(w)) => Type::list(unified(hs.to_vec(), w)),
        (Type::Tuple(hs), Type::Set(w)) => Type::set(unified(hs.to_vec(), w)),
        (Type::Map(h), Type::Map(w)) => Type::map(settle(h, w)),
        (Type::Object(o), Type::Map(w)) => Type::map(unified(o.attributes().iter().map(|a| a.ty.clone()).collect(), w)),
        (Type::Tuple(hs), Type::Tuple(ws)) => {
            Type::tuple(hs.iter().zip(ws.iter()).map(|(h, w)| settle(h, w)).collect())
        }
        (Type::Object(h), Type::Object(w)) => Type::object(w.attributes().iter().map(|a| {
            let ty = h.get(&a.name).map_or_else(|| a.ty.without_optional(), |have| settle(&have.ty, &a.ty));
            (a.name.clone(), ty)
        })),
        (Type::Map(h), Type::Object(w)) => {
            Type::object(w.attributes().iter().map(|a| (a.name.clone(), settle(h, &a.ty))))
        }
        _ => want.without_optional(),
    }
}

/// The result for an unknown value: what is known of null-ness and length stays known.
fn unknown_result(value: &Value, have: &Type, want: &Type) -> Value {
    let ty = settle(have, want);
    if ty == *have {
        return value.unmark().0;
    }
    let mut refinement = Refinement { not_null: value.definitely_not_null(), ..Refinement::default() };
    let sized = |t: &Type| !matches!(t, Type::String | Type::Number | Type::Bool | Type::Dynamic);
    if ty.is_collection() && sized(have) {
        let (min, max) = value.length_range();
        let shrinks = matches!(ty, Type::Set(_)) && !matches!(have, Type::Set(_));
        refinement.length = Some((if shrinks { min.min(1) } else { min }, max));
    }
    Value::unknown_refined(ty, refinement)
}

fn convert_primitive(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    match (value.kind(), want) {
        (Kind::Number(n), Type::String) => Ok(Value::string(n.to_string())),
        (Kind::Bool(b), Type::String) => Ok(Value::from(if *b { "true" } else { "false" })),
        (Kind::String(s), Type::Number) => {
            Number::parse(s).map(Value::from).ok_or_else(|| ConvertError::new("a number is required"))
        }
        (Kind::String(s), Type::Bool) => match s.as_str() {
            "true" | "1" => Ok(true.into()),
            "false" | "0" => Ok(false.into()),
            "True" | "TRUE" | "False" | "FALSE" => Err(ConvertError::new(format!(
                "a bool is required; to convert from string, use lowercase {:?}",
                s.to_lowercase()
            ))),
            _ => Err(ConvertError::new("a bool is required")),
        },
        _ => Err(mismatch(&value.ty(), want)),
    }
}

fn at_index(i: usize, result: Result<Value, ConvertError>) -> Result<Value, ConvertError> {
    result.map_err(|e| e.inside(PathStep::Index(Value::int(i64::try_from(i).unwrap_or(i64::MAX)))))
}

/// Converts the elements of a list, set or tuple to one type and gives that type.
fn convert_elements(value: &Value, element: &Type, want: &Type) -> Result<(Type, Vec<Value>), ConvertError> {
    let Some(items) = value.as_elements() else {
        return Err(mismatch(&value.ty(), want));
    };
    let have = match value.kind() {
        Kind::List(e) | Kind::Set(e) => Some(e.element_type()),
        _ => None,
    };
    if (have.is_none() && *element == Type::Dynamic) || items.is_empty() {
        possible(&value.ty(), want)?;
    }
    if have == Some(element) || (have.is_some() && *element == Type::Dynamic) {
        return Ok((have.cloned().unwrap_or(Type::Dynamic), items.to_vec()));
    }
    let converted =
        items.iter().enumerate().map(|(i, v)| at_index(i, convert(v, element))).collect::<Result<Vec<_>, _>>()?;
    let kind = if matches!(want, Type::Set(_)) { "set" } else { "list" };
    common_element(converted, have, element, || format!("all {kind} elements must have the same type"))
}

/// Brings converted elements to one type where the wanted one leaves it open.
fn common_element(
    items: Vec<Value>,
    have: Option<&Type>,
    element: &Type,
    message: impl Fn() -> String,
) -> Result<(Type, Vec<Value>), ConvertError> {
    if !element.has_dynamic() {
        return Ok((element.without_optional(), items));
    }
    if items.is_empty() {
        return Ok((have.map_or_else(|| element.without_optional(), |h| settle(h, element)), items));
    }
    let mut items = items;
    // A second round, if the first filled in what the common type had left open.
    for _ in 0..2 {
        let types: Vec<Type> = items.iter().map(Value::ty).collect();
        let unified =
            unify(&types, Rules::Unsafe).and_then(|t| if t == Type::Dynamic { agreed(&types) } else { Some(t) });
        let unified = unified.ok_or_else(|| ConvertError::new(message()))?;
        if types.iter().all(|t| *t == unified) {
            return Ok((unified, items));
        }
        items = items.iter().enumerate().map(|(i, v)| at_index(i, convert(v, &unified))).collect::<Result<_, _>>()?;
        if !unified.has_dynamic() {
            return Ok((unified, items));
        }
    }
    let ty = items.first().map_or(Type::Dynamic, Value::ty);
    if items.iter().all(|v| v.ty() == ty) { Ok((ty, items)) } else { Err(ConvertError::new(message())) }
}

/// A list of values that are of one type but for those that have none yet. `None` if they are not.
#[must_use]
pub fn list_of_one_type(items: Vec<Value>) -> Option<Value> {
    let ty = agreed(&items.iter().map(Value::ty).collect::<Vec<_>>())?;
    let items = items.iter().map(|v| convert(v, &ty).ok()).collect::<Option<_>>()?;
    Some(Value::list(ty, items))
}

/// The one type of those elements whose type is known; the others must come to have it too.
fn agreed(types: &[Type]) -> Option<Type> {
    let mut known = types.iter().filter(|t| **t != Type::Dynamic);
    let first = known.next().unwrap_or(&Type::Dynamic);
    known.all(|t| t == first).then(|| first.clone())
}

fn convert_to_map(value: &Value, element: &Type, want: &Type) -> Result<Value, ConvertError> {
    let Some(entries) = value.as_entries() else {
        return Err(mismatch(&value.ty(), want));
    };
    let have = match value.kind() {
        Kind::Map(e) => Some(e.element_type()),
        _ => None,
    };
    if have.is_some() && *element == Type::Dynamic {
        return Ok(value.clone());
    }
    let step = |k: &SmolStr| PathStep::Index(Value::from(k.as_str()));
    let converted = entries
        .iter()
        .map(|(k, v)| convert(v, element).map_err(|e| e.inside(step(k))))
        .collect::<Result<Vec<_>, _>>()?;
    let (ty, items) =
        common_element(converted, have, element, || "all map elements must have the same type".to_string())?;
    Ok(Value::map(ty, entries.iter().map(|(k, _)| k.clone()).zip(items).collect()))
}

fn convert_to_object(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    let Type::Object(object) = want else {
        return Err(mismatch(&value.ty(), want));
    };
    let is_map = matches!(value.kind(), Kind::Map(_));
    let missing: Vec<&str> = object
        .attributes()
        .iter()
        .filter(|a| !a.optional && value.get(&a.name).is_none())
        .map(|a| a.name.as_str())
        .collect();
    if !missing.is_empty() {
        return Err(ConvertError::new(missing_message(&missing, is_map)));
    }
    let mut attributes = Vec::with_capacity(object.attributes().len());
    for a in object.attributes() {
        let converted = match value.get(&a.name) {
            Some(v) => convert(v, &a.ty).map_err(|e| {
                e.inside(match is_map {
                    true => PathStep::Index(Value::from(a.name.as_str())),
                    false => PathStep::Attr(a.name.clone()),
                })
            })?,
            None => Value::null(a.ty.clone()),
        };
        attributes.push((a.name.clone(), converted));
    }
    Ok(Value::object(attributes))
}

fn missing_message(names: &[&str], is_map: bool) -> String {
    let what = if is_map { "element" } else { "attribute" };
    match names {
        [one] => format!("{what} {one:?} is required"),
        [a, b] => format!("{what}s {a:?} and {b:?} are required"),
        [init @ .., last] => {
            let init: Vec<String> = init.iter().map(|n| format!("{n:?}")).collect();
            format!("{what}s {}, and {last:?} are required", init.join(", "))
        }
        [] => String::new(),
    }
}

/// Says what is wanted, and of which part, when types alone exclude a conversion.
fn mismatch(have: &Type, want: &Type) -> ConvertError {
    let inner = |step: PathStep, h: &Type, w: &Type| mismatch(h, w).inside(step);
    let index = |i: usize| PathStep::Index(Value::int(i64::try_from(i).unwrap_or(i64::MAX)));
    let wrong = |h: &Type, w: &Type| !can_convert(h, w, Rules::Unsafe);
    match (have, want) {
        (Type::Object(h), Type::Object(w)) => {
            let missing: Vec<&str> = w
                .attributes()
                .iter()
                .filter(|a| !a.optional && h.get(&a.name).is_none())
                .map(|a| a.name.as_str())
                .collect();
            if !missing.is_empty() {
                return ConvertError::new(missing_message(&missing, false));
            }
            let bad = w.attributes().iter().find_map(|a| {
                let have = &h.get(&a.name)?.ty;
                wrong(have, &a.ty).then(|| inner(PathStep::Attr(a.name.clone()), have, &a.ty))
            });
            bad.unwrap_or_else(|| ConvertError::new("object required"))
        }
        (Type::Tuple(hs), Type::List(w) | Type::Set(w)) => {
            if **w == Type::Dynamic {
                return ConvertError::new(format!(
                    "all {} elements must have the same type",
                    if matches!(want, Type::Set(_)) { "set" } else { "list" }
                ));
            }
            let bad = hs.iter().enumerate().find(|(_, h)| wrong(h, w)).map(|(i, h)| inner(index(i), h, w));
            bad.unwrap_or_else(|| required(want))
        }
        (Type::Object(o), Type::Map(w)) => {
            if **w == Type::Dynamic {
                return ConvertError::new("all map elements must have the same type");
            }
            let bad = o.attributes().iter().find(|a| wrong(&a.ty, w));
            bad.map_or_else(|| required(want), |a| inner(PathStep::Index(Value::from(a.name.as_str())), &a.ty, w))
        }
        (Type::List(h) | Type::Set(h), Type::List(w) | Type::Set(w)) | (Type::Map(h), Type::Map(w)) if wrong(h, w) => {
            ConvertError::new(format!("incorrect {} element type: {}", collection_name(want), mismatch(h, w)))
        }
        _ => required(want),
    }
}

fn collection_name(ty: &Type) -> &'static str {
    match ty {
        Type::Set(_) => "set",
        Type::Map(_) => "map",
        _ => "list",
    }
}

fn required(want: &Type) -> ConvertError {
    ConvertError::new(format!("{} required", want.friendly_name_for_constraint()))
}
