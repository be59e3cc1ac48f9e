//! Type constraints of variables: `list(object({ name = string, size = optional(number, 3) }))`.

use std::sync::Arc;

use smol_str::{SmolStr, ToSmolStr};

use crate::lang::convert::{Rules, unify};
use crate::lang::eval::evaluate;
use crate::lang::scope::Constants;
use crate::lang::{AttributeType, ConvertError, Kind, ObjectType, Type, Value, convert};
use crate::syntax::ast::{Call, Expr, ExprKind, ObjectItem, ObjectKey, Traversal};
use crate::syntax::{Diagnostic, Diagnostics};

/// A type to convert to, with values for what may be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// The type, optional attributes marked in it.
    pub ty: Type,
    defaults: Option<Arc<Defaults>>,
}

/// Default values of optional attributes, in the shape of the type.
#[derive(Clone, Debug, Default, PartialEq)]
struct Defaults {
    /// Of attributes of this object.
    values: Vec<(SmolStr, Value)>,
    children: Children,
}

/// Defaults further down.
#[derive(Clone, Debug, Default, PartialEq)]
enum Children {
    #[default]
    None,
    /// The same for every element of a collection.
    Each(Arc<Defaults>),
    /// By attribute, or by index of a tuple in decimal.
    Named(Vec<(SmolStr, Arc<Defaults>)>),
}

impl Constraint {
    /// The constraint that everything satisfies.
    #[must_use]
    pub fn any() -> Self {
        Constraint { ty: Type::Dynamic, defaults: None }
    }

    /// Whether there is nothing to convert to.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.ty == Type::Dynamic
    }

    /// Reads a type constraint.
    ///
    /// # Errors
    /// When the expression is not one.
    pub fn parse(expr: &Expr) -> Result<Self, Diagnostics> {
        // On their own, these two may leave the element type open.
        if let ExprKind::Traversal(Traversal { root, steps }) = &expr.kind
            && steps.is_empty()
        {
            match root.name.as_str() {
                "list" => return Ok(Constraint { ty: Type::list(Type::Dynamic), defaults: None }),
                "map" => return Ok(Constraint { ty: Type::map(Type::Dynamic), defaults: None }),
                _ => {}
            }
        }
        let (ty, defaults) = parse_type(expr)?;
        Ok(Constraint { ty, defaults })
    }

    /// A value with defaults filled in, converted to the type.
    ///
    /// # Errors
    /// When it does not convert.
    pub fn apply(&self, value: &Value) -> Result<Value, ConvertError> {
        match &self.defaults {
            Some(defaults) => convert(&defaults.fill(value), &self.ty),
            None => convert(value, &self.ty),
        }
    }
}

impl Defaults {
    fn is_empty(&self) -> bool {
        self.values.is_empty() && self.children == Children::None
    }

    fn some(self) -> Option<Arc<Self>> {
        (!self.is_empty()).then(|| Arc::new(self))
    }

    fn child(&self, key: &str) -> Option<&Arc<Defaults>> {
        match &self.children {
            Children::None => None,
            Children::Each(d) => Some(d),
            Children::Named(named) => named.iter().find(|(k, _)| k == key).map(|(_, d)| d),
        }
    }

    /// Fills in what is missing or null below a value. The value itself stays as it is if it is
    /// null or unknown.
    fn fill(&self, value: &Value) -> Value {
        if value.is_null() || !value.is_known() {
            return value.clone();
        }
        let filled = match value.kind() {
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => {
                let items = e.items().iter().enumerate();
                let items: Vec<Value> =
                    items.map(|(i, v)| self.child(&i.to_smolstr()).map_or_else(|| v.clone(), |d| d.fill(v))).collect();
                match value.kind() {
                    Kind::Tuple(_) => Value::tuple(items),
                    _ => collection(value, items),
                }
            }
            Kind::Map(e) | Kind::Object(e) => {
                let mut entries: Vec<(SmolStr, Value)> = e
                    .items()
                    .iter()
                    .map(|(k, v)| (k.clone(), self.child(k).map_or_else(|| v.clone(), |d| d.fill(v))))
                    .collect();
                self.fill_missing(&mut entries);
                match value.kind() {
                    Kind::Map(_) => map_of(entries),
                    _ => Value::object(entries),
                }
            }
            _ => return value.clone(),
        };
        filled.with_marks(value.marks())
    }

    fn fill_missing(&self, entries: &mut Vec<(SmolStr, Value)>) {
        for (name, default) in &self.values {
            let value = self.child(name).map_or_else(|| default.clone(), |d| d.fill(default));
            match entries.iter_mut().find(|(k, _)| k == name) {
                Some((_, v)) if v.is_null() => *v = value,
                Some(_) => {}
                None => entries.push((name.clone(), value)),
            }
        }
    }
}

/// Elements again as a list or set; a tuple if filling in gave them types that don't unify.
fn collection(old: &Value, items: Vec<Value>) -> Value {
    let types: Vec<Type> = items.iter().map(Value::ty).collect();
    let (Kind::List(e) | Kind::Set(e)) = old.kind() else { return Value::tuple(items) };
    let ty = if items.is_empty() { Some(e.element_type().clone()) } else { unify(&types, Rules::Unsafe) };
    let Some(ty) = ty else { return Value::tuple(items) };
    let converted: Result<Vec<Value>, _> = items.iter().map(|v| convert(v, &ty)).collect();
    match (converted, old.kind()) {
        (Ok(items), Kind::Set(_)) => Value::set(ty, items),
        (Ok(items), _) => Value::list(ty, items),
        (Err(_), _) => Value::tuple(items),
    }
}

/// Entries again as a map; an object if filling in gave them types that don't unify.
fn map_of(entries: Vec<(SmolStr, Value)>) -> Value {
    let types: Vec<Type> = entries.iter().map(|(_, v)| v.ty()).collect();
    let Some(ty) = unify(&types, Rules::Unsafe) else { return Value::object(entries) };
    let converted: Result<Vec<_>, _> = entries.iter().map(|(k, v)| Ok((k.clone(), convert(v, &ty)?))).collect();
    match converted {
        Ok(entries) => Value::map(ty, entries),
        Err(ConvertError { .. }) => Value::object(entries),
    }
}

type Parsed = (Type, Option<Arc<Defaults>>);

const INVALID: &str = "Invalid type specification";

fn refuse(expr: &Expr, detail: impl Into<String>) -> Diagnostics {
    Diagnostic::error(INVALID, detail).at(expr.span).into()
}

fn parse_type(expr: &Expr) -> Result<Parsed, Diagnostics> {
    match &expr.kind {
        ExprKind::Traversal(Traversal { root, steps }) if steps.is_empty() => parse_keyword(&root.name, expr),
        ExprKind::Call(call) => parse_call(call, expr),
        // JSON syntax has the whole constraint in a string.
        ExprKind::JsonString(_, inner) => parse_type(inner),
        ExprKind::Parentheses(inner) => parse_type(inner),
        _ => Err(refuse(
            expr,
            "A type specification is either a primitive type keyword (bool, number, string) or a complex type \
             constructor call, like list(string).",
        )),
    }
}

fn parse_keyword(keyword: &str, expr: &Expr) -> Result<Parsed, Diagnostics> {
    let ty = match keyword {
        "bool" => Type::Bool,
        "string" => Type::String,
        "number" => Type::Number,
        "any" => Type::Dynamic,
        "list" | "set" | "map" => {
            let detail = format!("The {keyword} type constructor requires one argument specifying the element type.");
            return Err(refuse(expr, detail));
        }
        "object" => {
            let detail = "The object type constructor requires one argument specifying the attribute types and values \
                          as a map.";
            return Err(refuse(expr, detail));
        }
        "tuple" => {
            let detail = "The tuple type constructor requires one argument specifying the element types as a list.";
            return Err(refuse(expr, detail));
        }
        _ => return Err(refuse(expr, format!("The keyword {keyword:?} is not a valid type specification."))),
    };
    Ok((ty, None))
}

fn parse_call(call: &Call, expr: &Expr) -> Result<Parsed, Diagnostics> {
    let name = call.name.as_str();
    match name {
        "bool" | "string" | "number" | "any" => {
            let detail = format!("Primitive type keyword {name:?} does not expect arguments.");
            return Err(Diagnostic::error(INVALID, detail).at(call.open.to(call.close)).within(expr.span).into());
        }
        "optional" => {
            let detail = format!("Keyword {name:?} is valid only as a modifier for object type attributes.");
            return Err(refuse(expr, detail));
        }
        "list" | "set" | "map" | "object" | "tuple" => {}
        _ => {
            let detail = format!("Keyword {name:?} is not a valid type constructor.");
            return Err(Diagnostic::error(INVALID, detail).at(expr.span).into());
        }
    }
    let [argument] = call.args.as_slice() else {
        let detail = match name {
            "list" | "set" | "map" => {
                format!("The {name} type constructor requires one argument specifying the element type.")
            }
            "object" => "The object type constructor requires one argument specifying the attribute types and values \
                         as a map."
                .into(),
            _ => "The tuple type constructor requires one argument specifying the element types as a list.".to_string(),
        };
        return Err(Diagnostic::error(INVALID, detail).at(call.open.to(call.close)).within(expr.span).into());
    };
    match name {
        "object" => parse_object(argument, expr),
        "tuple" => parse_tuple(argument, expr),
        _ => {
            let (element, defaults) = parse_type(argument)?;
            let defaults = defaults.map(|d| Arc::new(Defaults { values: Vec::new(), children: Children::Each(d) }));
            let ty = match name {
                "list" => Type::list(element),
                "set" => Type::set(element),
                _ => Type::map(element),
            };
            Ok((ty, defaults))
        }
    }
}

fn parse_tuple(argument: &Expr, expr: &Expr) -> Result<Parsed, Diagnostics> {
    let ExprKind::Tuple(items) = &argument.kind else {
        let detail = "Tuple type constructor requires a list of element types.";
        return Err(Diagnostic::error(INVALID, detail).at(argument.span).within(expr.span).into());
    };
    let mut types = Vec::with_capacity(items.len());
    let mut children = Vec::new();
    let mut problems = Diagnostics::new();
    for (i, item) in items.iter().enumerate() {
        match parse_type(item) {
            Ok((ty, defaults)) => {
                types.push(ty);
                children.extend(defaults.map(|d| (i.to_smolstr(), d)));
            }
            Err(d) => problems.extend(d),
        }
    }
    if problems.has_errors() {
        return Err(problems);
    }
    let children = if children.is_empty() { Children::None } else { Children::Named(children) };
    Ok((Type::tuple(types), Defaults { values: Vec::new(), children }.some()))
}

fn parse_object(argument: &Expr, expr: &Expr) -> Result<Parsed, Diagnostics> {
    let ExprKind::Object(items) = &argument.kind else {
        let detail = "Object type constructor requires a map whose keys are attribute names and whose values are the \
                      corresponding attribute types.";
        return Err(Diagnostic::error(INVALID, detail).at(argument.span).within(expr.span).into());
    };
    let mut attributes = Vec::with_capacity(items.len());
    let mut values = Vec::new();
    let mut children = Vec::new();
    let mut problems = Diagnostics::new();
    for item in items {
        match parse_attribute(item) {
            Ok(a) if attributes.iter().any(|other: &AttributeType| other.name == a.ty.name) => {
                let detail = "Object constructor map keys must be unique.";
                let span = match &item.key {
                    ObjectKey::Name(name) => name.span,
                    ObjectKey::Expr(expr) => expr.span,
                };
                problems.push(Diagnostic::error(INVALID, detail).at(span).within(expr.span));
            }
            Ok(a) => {
                values.extend(a.default.map(|v| (a.ty.name.clone(), v)));
                children.extend(a.defaults.map(|d| (a.ty.name.clone(), d)));
                attributes.push(a.ty);
            }
            Err(d) => problems.extend(d),
        }
    }
    if problems.has_errors() {
        return Err(problems);
    }
    let children = if children.is_empty() { Children::None } else { Children::Named(children) };
    Ok((Type::Object(ObjectType::new(attributes)), Defaults { values, children }.some()))
}

/// An attribute of an object type, as read.
struct Attribute {
    ty: AttributeType,
    default: Option<Value>,
    defaults: Option<Arc<Defaults>>,
}

fn parse_attribute(item: &ObjectItem) -> Result<Attribute, Diagnostics> {
    let name = match &item.key {
        ObjectKey::Name(name) => name.name.clone(),
        ObjectKey::Expr(Expr { kind: ExprKind::String(s), .. }) => s.clone(),
        ObjectKey::Expr(e) => return Err(refuse(e, "Object constructor map keys must be attribute names.")),
    };
    let value = match &item.value.kind {
        ExprKind::JsonString(_, inner) => inner,
        _ => &item.value,
    };
    let ExprKind::Call(call) = &value.kind else {
        let (ty, defaults) = parse_type(value)?;
        return Ok(Attribute { ty: AttributeType { name, ty, optional: false }, default: None, defaults });
    };
    if call.name != "optional" {
        let (ty, defaults) = parse_type(value)?;
        return Ok(Attribute { ty: AttributeType { name, ty, optional: false }, default: None, defaults });
    }
    let (constraint, default) = match call.args.as_slice() {
        [] => {
            let detail = "Optional attribute modifier requires the attribute type as its argument.";
            return Err(Diagnostic::error(INVALID, detail).at(call.open.to(call.close)).within(value.span).into());
        }
        [ty] => (ty, None),
        [ty, default] => (ty, Some(default)),
        [_, _, extra, ..] => {
            let detail = "Optional attribute modifier expects at most two arguments: the attribute type, and a \
                          default value.";
            return Err(Diagnostic::error(INVALID, detail).at(extra.span).within(value.span).into());
        }
    };
    let (ty, defaults) = parse_type(constraint)?;
    let default = default.map(|d| parse_default(d, &ty)).transpose()?.filter(|v| !v.is_null());
    Ok(Attribute { ty: AttributeType { name, ty, optional: true }, default, defaults })
}

fn parse_default(expr: &Expr, ty: &Type) -> Result<Value, Diagnostics> {
    let value = evaluate(expr, &Constants)?;
    convert(&value, ty).map_err(|e| {
        // The place in the value is told only if it has to do with types.
        let never_fits = convert(&Value::unknown(value.ty()), ty).is_err();
        let reason = if never_fits { e.to_string() } else { e.message };
        let detail = format!("This default value is not compatible with the attribute's type constraint: {reason}.");
        Diagnostic::error("Invalid default value for optional attribute", detail).at(expr.span).into()
    })
}
