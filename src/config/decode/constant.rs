//! Arguments that are read without evaluating anything: constants, keywords, references, lists.

use std::borrow::Cow;

use smol_str::SmolStr;

use super::Decoder;
use crate::config::version::VersionConstraint;
use crate::lang::eval::evaluate_partial;
use crate::lang::scope::Constants;
use crate::lang::{Kind, Type, Value, convert};
use crate::syntax::Span;
use crate::syntax::ast::{Expr, ExprKind, Ident, ObjectItem, ObjectKey, Traversal};
use crate::syntax::body::{Attribute, Attributes};
use crate::syntax::parse::{parse_expression, parse_traversal};

/// What is wrong with an expression that is no reference.
pub const NOT_A_REFERENCE: &str = "A single static variable reference is required: only attribute access and indexing with \
                               constant keys. No calculations, function calls, template expressions, etc are allowed here.";

impl Decoder<'_> {
    /// The value of a constant expression, unknown where it is none, which is reported.
    pub(super) fn constant(&mut self, expr: &Expr) -> Value {
        let literal = if self.json { without_templates(expr) } else { Cow::Borrowed(expr) };
        let (value, diagnostics) = evaluate_partial(&literal, &Constants);
        self.diagnostics.extend(diagnostics);
        value
    }

    /// The value of a constant argument of a primitive type. What doesn't fit is reported.
    fn constant_of(&mut self, attribute: &Attribute, ty: &Type) -> Option<Value> {
        let value = self.constant(&attribute.expr);
        let problem = match convert(&value, ty) {
            Ok(v) if v.is_null() => "null value is not allowed".to_string(),
            Ok(v) if !v.is_known() => "value must be known".to_string(),
            Ok(v) => return Some(v),
            Err(e) => e.to_string(),
        };
        let at = self.start_of(&attribute.expr);
        self.error(at, "Unsuitable value type", format!("Unsuitable value: {problem}"));
        None
    }

    /// The argument, if there is one, as a string.
    pub(super) fn string(&mut self, attributes: &Attributes, name: &str) -> Option<SmolStr> {
        let value = self.constant_of(attributes.get(name)?, &Type::String)?;
        match value.kind() {
            Kind::String(s) => Some(s.clone()),
            _ => None,
        }
    }

    /// The argument, if there is one, as true or false.
    pub(super) fn bool(&mut self, attributes: &Attributes, name: &str) -> Option<bool> {
        let value = self.constant_of(attributes.get(name)?, &Type::Bool)?;
        match value.kind() {
            Kind::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// A version constraint.
    pub(super) fn version(&mut self, attribute: &Attribute) -> Option<SmolStr> {
        const SUMMARY: &str = "Invalid version constraint";
        let before = self.diagnostics.0.len();
        let value = self.constant(&attribute.expr);
        if self.diagnostics.0.len() > before || value.is_null() {
            return None;
        }
        let text = match convert(&value, &Type::String).ok().as_ref().map(Value::kind) {
            Some(Kind::String(text)) => text.clone(),
            _ => {
                let detail = format!("A string value is required for {}.", attribute.name);
                self.error(attribute.expr.span, SUMMARY, detail);
                return None;
            }
        };
        if VersionConstraint::parse(&text).is_none() {
            let detail = "This string does not use correct version constraint syntax.";
            self.error(attribute.expr.span, SUMMARY, detail);
            return None;
        }
        Some(text)
    }

    /// The items of a list that is written out.
    pub(super) fn list<'e>(&mut self, expr: &'e Expr) -> &'e [Expr] {
        if let ExprKind::Tuple(items) = &expr.kind {
            return items;
        }
        self.error(self.start_of(expr), "Invalid expression", "A static list expression is required.");
        &[]
    }

    /// Where an expression begins: that of a string in native syntax within its quotes.
    pub(super) fn start_of(&self, expr: &Expr) -> Span {
        match expr.kind {
            ExprKind::String(_) | ExprKind::Template(_) if !self.json && expr.span.end > expr.span.start + 1 => {
                Span { start: expr.span.start + 1, end: expr.span.end - 1, ..expr.span }
            }
            _ => expr.span,
        }
    }

    /// A reference with constant steps.
    pub(super) fn reference(&mut self, expr: &Expr) -> Option<Traversal> {
        if let Some(found) = self.unquoted(expr, false) {
            return found;
        }
        let found = self.traversal(expr);
        if found.is_none() {
            self.error(expr.span, "Invalid expression", NOT_A_REFERENCE);
        }
        found
    }

    /// References in a list: `depends_on`.
    pub(super) fn references(&mut self, attributes: &Attributes, name: &str) -> Vec<Traversal> {
        let Some(attribute) = attributes.get(name) else { return Vec::new() };
        self.list(&attribute.expr).iter().filter_map(|item| self.reference(item)).collect()
    }

    /// A reference that is written without quotes, or in JSON within them; nothing is reported but
    /// wrong syntax in JSON.
    pub(super) fn traversal(&mut self, expr: &Expr) -> Option<Traversal> {
        let keyword = |name: &'static str| {
            let root = Ident { name: SmolStr::new_static(name), span: expr.span };
            Some(Traversal { root, steps: Vec::new() })
        };
        match &expr.kind {
            ExprKind::Traversal(t) => Some(t.clone()),
            ExprKind::Bool(true) => keyword("true"),
            ExprKind::Bool(false) => keyword("false"),
            ExprKind::Null => keyword("null"),
            ExprKind::String(text) | ExprKind::JsonString(text, _) if self.json => {
                parse_traversal(self.id, text, expr.span.start as usize + 1).ok()
            }
            _ => None,
        }
    }

    /// The reference in a quoted string of native syntax, which is deprecated. `None` if it isn't one.
    pub(super) fn unquoted(&mut self, expr: &Expr, keyword: bool) -> Option<Option<Traversal>> {
        let ExprKind::String(text) = &expr.kind else { return None };
        if self.json {
            return None;
        }
        let parsed = parse_traversal(self.id, text, expr.span.start as usize + 1);
        let what = if keyword { "keyword" } else { "reference" };
        let detail = format!(
            "In this context, {what}s are expected literally rather than in quotes. Terraform 0.11 and earlier required \
             quotes, but quoted {what}s are now deprecated and will be removed in a future version of Terraform. Remove \
             the quotes surrounding this {what} to silence this warning."
        );
        let found = match parsed {
            Ok(t) => Some(t),
            Err(errors) => {
                self.diagnostics.extend(errors);
                None
            }
        };
        self.warning(expr.span, format!("Quoted {what}s are deprecated"), detail);
        Some(found)
    }

    /// The keyword that an expression is.
    pub(super) fn keyword(&mut self, expr: &Expr) -> Option<SmolStr> {
        self.traversal(expr).filter(|t| t.steps.is_empty()).map(|t| t.root.name)
    }

    /// In JSON, the expression that a string means as a whole; in native syntax the expression itself.
    pub(super) fn expression<'e>(&mut self, expr: &'e Expr) -> Cow<'e, Expr> {
        match &expr.kind {
            ExprKind::String(text) | ExprKind::JsonString(text, _) if self.json => {
                match parse_expression(self.id, text, expr.span.start as usize) {
                    Ok(inner) => Cow::Owned(inner),
                    Err(errors) => {
                        self.diagnostics.extend(errors);
                        Cow::Borrowed(expr)
                    }
                }
            }
            _ => Cow::Borrowed(expr),
        }
    }

    /// The entries of an object that is written out.
    pub(super) fn map<'e>(&mut self, expr: &'e Expr) -> Option<&'e [ObjectItem]> {
        match &expr.kind {
            ExprKind::Object(items) => Some(items),
            _ => None,
        }
    }

    /// A place in this file as messages name it.
    pub(super) fn place(&self, span: Span) -> String {
        self.file.place(span)
    }
}

/// Strings of JSON syntax as they stand: where there are no variables, they are no templates.
pub(crate) fn without_templates(expr: &Expr) -> Cow<'_, Expr> {
    let kind = match &expr.kind {
        ExprKind::JsonString(text, _) => ExprKind::String(crate::lang::value::nfc(text.clone())),
        ExprKind::Tuple(items) => ExprKind::Tuple(items.iter().map(|e| without_templates(e).into_owned()).collect()),
        ExprKind::Object(items) => ExprKind::Object(
            items
                .iter()
                .map(|item| ObjectItem {
                    key: match &item.key {
                        ObjectKey::Name(name) => ObjectKey::Name(name.clone()),
                        ObjectKey::Expr(e) => ObjectKey::Expr(without_templates(e).into_owned()),
                    },
                    value: without_templates(&item.value).into_owned(),
                })
                .collect(),
        ),
        _ => return Cow::Borrowed(expr),
    };
    Cow::Owned(Expr { kind, span: expr.span })
}
