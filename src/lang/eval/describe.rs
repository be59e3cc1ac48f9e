//! Words for messages: what values in a failing expression are, how two types differ.

use crate::lang::references::visit;
use crate::lang::{Kind, Marks, ObjectType, Type, Value};
use crate::syntax::ExpressionValue;
use crate::syntax::ast::{Expr, ExprKind, StepKind, Traversal};

use super::Evaluator;

/// At most so many values are shown with one error.
const MAX_VALUES: usize = 16;

impl Evaluator<'_> {
    /// What the references in an expression are at the moment.
    pub(super) fn explain(&mut self, expr: &Expr, of_interest: Interest) -> Vec<ExpressionValue> {
        let mut traversals: Vec<&Expr> = Vec::new();
        visit(expr, &mut |node, _| {
            if matches!(node.kind, ExprKind::Traversal(_)) && traversals.len() < MAX_VALUES {
                traversals.push(node);
            }
        });
        let mut found: Vec<ExpressionValue> = Vec::new();
        for node in traversals {
            let ExprKind::Traversal(traversal) = &node.kind else { continue };
            // Where the whole of it leads nowhere, the longest part that does is explained.
            let known = (1..=traversal.steps.len()).rev().find_map(|steps| {
                let part = Traversal { root: traversal.root.clone(), steps: traversal.steps[..steps].to_vec() };
                self.quietly(|e| e.traversal(&part, node)).map(|value| (part, value))
            });
            let Some((part, value)) = known else { continue };
            let Some(statement) = describe_value(&value, of_interest) else { continue };
            let said = ExpressionValue { traversal: written(&part), statement };
            if !found.contains(&said) {
                found.push(said);
            }
        }
        found.sort_by(|a, b| a.traversal.cmp(&b.traversal));
        found
    }

    /// Evaluates something whose errors don't count; `None` if there were any.
    pub(super) fn quietly(&mut self, inner: impl FnOnce(&mut Self) -> Value) -> Option<Value> {
        let before = self.errors();
        let was_quiet = std::mem::replace(&mut self.quiet, true);
        let value = inner(self);
        self.quiet = was_quiet;
        let failed = self.errors() > before;
        self.diagnostics.0.truncate(before);
        (!failed).then_some(value)
    }
}

/// A reference as one would write it.
fn written(traversal: &Traversal) -> String {
    let mut out = traversal.root.name.to_string();
    for step in &traversal.steps {
        match &step.kind {
            StepKind::Attr(name) => {
                out.push('.');
                out.push_str(name);
            }
            StepKind::Key(key) => out.push_str(&format!("[{:?}]", key.as_str())),
            StepKind::Index { number, .. } => out.push_str(&format!("[{number}]")),
        }
    }
    out
}

/// Which values are worth a word beside an error: those that an error is about are, but that some
/// value elsewhere in the expression is secret or unknown would only distract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// The error is that something is secret.
    pub sensitive: bool,
    /// The error is that something is unknown.
    pub unknown: bool,
}

/// What a value is, as the end of a sentence: `is "a"`, `is list of string with 2 elements`. `None`
/// if it isn't of interest.
#[must_use]
pub fn describe_value(value: &Value, of_interest: Interest) -> Option<String> {
    if value.marks().contains(Marks::SENSITIVE) {
        return of_interest.sensitive.then(|| "has a sensitive value".into());
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        return None;
    }
    Some(match value.kind() {
        Kind::Unknown(u) if u.ty == Type::Dynamic => {
            return of_interest.unknown.then(|| "will be known only after apply".into());
        }
        Kind::Unknown(u) if of_interest.unknown => format!("is a {}, known only after apply", u.ty.friendly_name()),
        Kind::Unknown(u) => format!("is a {}", u.ty.friendly_name()),
        Kind::Null(_) => "is null".into(),
        Kind::Bool(b) => format!("is {b}"),
        Kind::Number(n) => format!("is {n}"),
        Kind::String(s) => format!("is {:?}", s.as_str()),
        Kind::Object(e) => match e.items().len() {
            0 => "is object with no attributes".into(),
            1 => format!("is object with 1 attribute {:?}", e.items()[0].0.as_str()),
            n => format!("is object with {n} attributes"),
        },
        Kind::Tuple(e) => counted("tuple", e.items().len()),
        Kind::List(e) | Kind::Set(e) => counted(&value.ty().friendly_name(), e.items().len()),
        Kind::Map(e) => counted(&value.ty().friendly_name(), e.items().len()),
    })
}

fn counted(what: &str, n: usize) -> String {
    match n {
        0 => format!("is empty {what}"),
        1 => format!("is {what} with 1 element"),
        n => format!("is {what} with {n} elements"),
    }
}

/// How the types of the two arms of a conditional differ.
pub(super) fn type_mismatch(then: &Type, otherwise: &Type) -> String {
    match (then, otherwise) {
        (Type::Object(a), Type::Object(b)) => object_mismatch(a, b),
        (Type::Tuple(a), Type::Tuple(b)) if a.len() != b.len() => {
            format!("The 'true' tuple has length {}, but the 'false' tuple has length {}", a.len(), b.len())
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            let differing = a.iter().zip(b.iter()).enumerate().find(|(_, (a, b))| a != b);
            differing.map_or_else(String::new, |(i, (a, b))| {
                format!("Type mismatch for tuple element {i}: {}", type_mismatch(a, b))
            })
        }
        (a, b) if a.is_collection() && b.is_collection() && std::mem::discriminant(a) == std::mem::discriminant(b) => {
            let kind = match a {
                Type::List(_) => "list",
                Type::Set(_) => "set",
                _ => "map",
            };
            match (a.element(), b.element()) {
                (Some(x), Some(y)) => format!("Mismatched {kind} element types: {}", type_mismatch(x, y)),
                _ => String::new(),
            }
        }
        (a, b) => format!("The 'true' value is {}, but the 'false' value is {}", a.friendly_name(), b.friendly_name()),
    }
}

fn object_mismatch(a: &ObjectType, b: &ObjectType) -> String {
    for attribute in a.attributes() {
        match b.get(&attribute.name) {
            None => {
                return format!(
                    "The 'true' value includes object attribute {:?}, which is absent in the 'false' value",
                    attribute.name.as_str()
                );
            }
            Some(other) if other.ty != attribute.ty => {
                return format!(
                    "Type mismatch for object attribute {:?}: {}",
                    attribute.name.as_str(),
                    type_mismatch(&attribute.ty, &other.ty)
                );
            }
            Some(_) => {}
        }
    }
    let extra = b.attributes().iter().find(|x| a.get(&x.name).is_none());
    extra.map_or_else(String::new, |x| {
        format!(
            "The 'false' value includes object attribute {:?}, which is absent in the 'true' value",
            x.name.as_str()
        )
    })
}

/// A type as the console shows it: objects over several lines, attributes with their types.
pub(super) fn describe_type(ty: &Type) -> String {
    let mut out = String::new();
    write_type(ty, 0, &mut out);
    out
}

fn write_type(ty: &Type, indent: usize, out: &mut String) {
    let margin = "    ".repeat(indent + 1);
    match ty {
        Type::Dynamic => out.push_str("dynamic"),
        Type::List(t) => wrap_type("list", t, indent, out),
        Type::Set(t) => wrap_type("set", t, indent, out),
        Type::Map(t) => wrap_type("map", t, indent, out),
        Type::Tuple(ts) if ts.is_empty() => out.push_str("tuple([])"),
        Type::Tuple(ts) => {
            out.push_str("tuple([\n");
            for t in ts.iter() {
                out.push_str(&margin);
                write_type(t, indent + 1, out);
                out.push_str(",\n");
            }
            out.push_str(&"    ".repeat(indent));
            out.push_str("])");
        }
        Type::Object(o) if o.attributes().is_empty() => out.push_str("object({})"),
        Type::Object(o) => {
            out.push_str("object({\n");
            for a in o.attributes() {
                out.push_str(&format!("{margin}{}: ", a.name));
                write_type(&a.ty, indent + 1, out);
                out.push_str(",\n");
            }
            out.push_str(&"    ".repeat(indent));
            out.push_str("})");
        }
        primitive => out.push_str(&primitive.friendly_name()),
    }
}

fn wrap_type(kind: &str, element: &Type, indent: usize, out: &mut String) {
    out.push_str(kind);
    out.push('(');
    write_type(element, indent, out);
    out.push(')');
}
