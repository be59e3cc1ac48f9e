//! Text to values and types.

use std::borrow::Cow;

use smol_str::SmolStr;

use super::scan::Scanner;
use crate::lang::value::nfc;
use crate::lang::{Kind, Number, Path, PathStep, Type, Value};
use crate::syntax::quote::quoted;

/// JSON text that isn't of the type that it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodeError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there.
    pub reason: String,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.0.is_empty() {
            true => f.write_str(&self.reason),
            false => write!(f, "{}: {}", self.path, self.reason),
        }
    }
}

impl std::error::Error for DecodeError {}

impl From<String> for DecodeError {
    fn from(reason: String) -> Self {
        DecodeError { path: Path::default(), reason }
    }
}

impl DecodeError {
    fn within(mut self, step: PathStep) -> Self {
        self.path.0.insert(0, step);
        self
    }
}

/// Reads a value of a type. Missing attributes of objects are null.
///
/// # Errors
/// When the text is no JSON or not of the type.
pub fn read_value(json: &str, ty: &Type) -> Result<Value, DecodeError> {
    let mut scanner = Scanner::new(json);
    let value = read(&mut scanner, ty)?;
    scanner.end()?;
    Ok(value)
}

/// Reads a type: `"string"`, `["list",T]`, `["object",{…}]`.
///
/// # Errors
/// When the text isn't that of a type.
pub fn read_type(json: &str) -> Result<Type, DecodeError> {
    let mut scanner = Scanner::new(json);
    let ty = type_of(&mut scanner)?;
    scanner.end()?;
    Ok(ty)
}

fn read(s: &mut Scanner<'_>, ty: &Type) -> Result<Value, DecodeError> {
    if s.null() {
        return Ok(Value::null(ty.clone()));
    }
    match ty {
        Type::Dynamic => dynamic(s),
        Type::String => Ok(string(s)?),
        Type::Number => Ok(number(s)?),
        Type::Bool => Ok(boolean(s)?),
        Type::List(element) => Ok(Value::list((**element).clone(), elements(s, |_| Some(element))?)),
        Type::Set(element) => Ok(Value::set((**element).clone(), elements(s, |_| Some(element))?)),
        Type::Tuple(types) => {
            let items = elements(s, |i| types.get(i))?;
            match items.len() < types.len() {
                true => Err(format!("not enough tuple elements (need {})", types.len()).into()),
                false => Ok(Value::tuple(items)),
            }
        }
        Type::Map(element) => map(s, element),
        Type::Object(_) => object(s, ty),
    }
}

fn string(s: &mut Scanner<'_>) -> Result<Value, String> {
    match s.peek() {
        b'"' => Ok(Value::string(SmolStr::from(s.string()?))),
        b'-' | b'0'..=b'9' | b't' | b'f' => Ok(Value::string(s.scalar())),
        _ => Err("string is required".into()),
    }
}

fn number(s: &mut Scanner<'_>) -> Result<Value, String> {
    let text: Cow<'_, str> = match s.peek() {
        b'"' => s.string()?,
        b'-' | b'0'..=b'9' => s.scalar().into(),
        _ => return Err("number is required".into()),
    };
    Number::parse(&text).map(Value::from).ok_or_else(|| "a number is required".into())
}

fn boolean(s: &mut Scanner<'_>) -> Result<Value, String> {
    let text: Cow<'_, str> = match s.peek() {
        b'"' => s.string()?,
        b't' | b'f' => s.scalar().into(),
        _ => return Err("bool is required".into()),
    };
    match &*text {
        "true" | "1" => Ok(true.into()),
        "false" | "0" => Ok(false.into()),
        _ => Err("a bool is required".into()),
    }
}

fn elements<'t>(s: &mut Scanner<'_>, ty: impl Fn(usize) -> Option<&'t Type>) -> Result<Vec<Value>, DecodeError> {
    if s.peek() != b'[' {
        return Err("missing expected [".to_owned().into());
    }
    s.open(b'[')?;
    let mut items = Vec::new();
    while s.more(b']', items.is_empty())? {
        let Some(ty) = ty(items.len()) else {
            return Err(format!("too many tuple elements (need {})", items.len()).into());
        };
        let item = read(s, ty).map_err(|e| e.within(PathStep::Index(Number::from_usize(items.len()).into())))?;
        items.push(item);
    }
    Ok(items)
}

fn map(s: &mut Scanner<'_>, element: &Type) -> Result<Value, DecodeError> {
    let mut items = Vec::new();
    open_object(s)?;
    while s.more(b'}', items.is_empty())? {
        let key = nfc(s.key()?.into());
        let item = read(s, element).map_err(|e| e.within(PathStep::Index(Kind::String(key.clone()).into())))?;
        items.push((key, item));
    }
    Ok(Value::map(element.clone(), items))
}

fn object(s: &mut Scanner<'_>, ty: &Type) -> Result<Value, DecodeError> {
    let Type::Object(object) = ty else { return Err("object expected".to_owned().into()) };
    let mut items = Vec::with_capacity(object.attributes().len());
    open_object(s)?;
    while s.more(b'}', items.is_empty())? {
        let key = s.key()?;
        // The name in the type is shared, and so its text is, too.
        let Some(attribute) = object.get(&key).or_else(|| object.get(&nfc(SmolStr::new(&key)))) else {
            return Err(format!("unsupported attribute {}", quoted(&key)).into());
        };
        let item = read(s, &attribute.ty).map_err(|e| e.within(PathStep::Attr(attribute.name.clone())))?;
        items.push((attribute.name.clone(), item));
    }
    if items.len() < object.attributes().len() {
        let given: std::collections::HashSet<&str> = items.iter().map(|(name, _)| name.as_str()).collect();
        let missing = object.attributes().iter().filter(|a| !given.contains(a.name.as_str()));
        let missing: Vec<_> = missing.map(|a| (a.name.clone(), Value::null(a.ty.clone()))).collect();
        items.extend(missing);
    }
    Ok(Value::object(items))
}

fn open_object(s: &mut Scanner<'_>) -> Result<(), String> {
    if s.peek() != b'{' {
        return Err("missing expected {".into());
    }
    s.open(b'{')
}

/// A value with its type.
fn dynamic(s: &mut Scanner<'_>) -> Result<Value, DecodeError> {
    let (mut value, mut ty) = (None, None);
    open_object(s)?;
    let mut first = true;
    while s.more(b'}', std::mem::take(&mut first))? {
        match &*s.key()? {
            "value" => value = Some(s.raw()?),
            "type" => ty = Some(type_of(s)?),
            other => return Err(format!("invalid key {} in dynamically-typed value", quoted(other)).into()),
        }
    }
    let ty = ty.ok_or_else(|| "missing type in dynamically-typed value".to_owned())?;
    let json = value.ok_or_else(|| "missing value in dynamically-typed value".to_owned())?;
    // No deeper than the text around it, whose depth is bounded.
    read(&mut s.nested(json), &ty)
}

fn type_of(s: &mut Scanner<'_>) -> Result<Type, String> {
    if s.peek() == b'"' {
        return match &*s.string()? {
            "dynamic" => Ok(Type::Dynamic),
            "string" => Ok(Type::String),
            "number" => Ok(Type::Number),
            "bool" => Ok(Type::Bool),
            other => Err(format!("invalid primitive type name {}", quoted(other))),
        };
    }
    s.open(b'[')?;
    let kind = s.string()?;
    s.need(b',')?;
    let ty = match &*kind {
        "list" => Type::list(type_of(s)?),
        "set" => Type::set(type_of(s)?),
        "map" => Type::map(type_of(s)?),
        "tuple" => {
            let mut types = Vec::new();
            s.open(b'[')?;
            while s.more(b']', types.is_empty())? {
                types.push(type_of(s)?);
            }
            Type::tuple(types)
        }
        "object" => {
            let mut attributes = Vec::new();
            s.open(b'{')?;
            while s.more(b'}', attributes.is_empty())? {
                attributes.push((nfc(s.key()?.into()), type_of(s)?));
            }
            if s.take(b',') {
                // Which attributes are optional, which no value's type knows.
                s.raw()?;
            }
            Type::object(attributes)
        }
        other => return Err(format!("invalid complex type {}", quoted(other))),
    };
    match s.more(b']', true)? {
        true => Err(s.unexpected("the end of the type")),
        false => Ok(ty),
    }
}
