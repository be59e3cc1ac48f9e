//! JSON syntax (`.tf.json`): a document with the place of everything in it, and its values as
//! expressions.

mod parser;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use smol_str::SmolStr;

use crate::syntax::ast::{Expr, ExprKind, Ident, ObjectItem, ObjectKey, UnaryOp};
use crate::syntax::parse::{normalise, parse_template};
use crate::syntax::{Diagnostic, Diagnostics, FileId, SourceFile, Span};

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its value: an object or an array.
    pub root: Arc<Node>,
    /// The file, since some messages name places in it.
    pub source: SourceFile,
}

/// A value with its place.
#[derive(Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it stands.
    pub span: Span,
    /// What it means as an expression, once that was asked for.
    expr: OnceLock<(Arc<Expr>, Diagnostics)>,
}

/// The kinds of value.
#[derive(Debug)]
pub enum NodeKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// As written.
    Number(SmolStr),
    /// Decoded.
    String(SmolStr),
    /// `[…]`
    Array(Vec<Arc<Node>>),
    /// `{…}`, in order, names that occur twice included.
    Object(Vec<Member>),
    /// What could not be read; there is an error about it.
    Invalid,
}

/// `"name": value`
#[derive(Clone, Debug)]
pub struct Member {
    /// The name, decoded.
    pub name: SmolStr,
    /// Where it stands, with its quotes.
    pub name_span: Span,
    /// The value.
    pub value: Arc<Node>,
}

impl Member {
    /// From the name to the end of the value.
    #[must_use]
    pub fn span(&self) -> Span {
        self.name_span.to(self.value.span)
    }
}

/// Parses a file. What could be made out is returned even if there are errors.
pub fn parse(file: FileId, source: &SourceFile) -> (Document, Diagnostics) {
    let (mut root, mut diagnostics) = parser::parse(file, &source.text);
    if !matches!(root.kind, NodeKind::Object(_) | NodeKind::Array(_)) {
        let detail = "The root value in a JSON-based configuration must be either a JSON object or a JSON array of \
                      objects.";
        diagnostics.push(Diagnostic::error("Root value must be object", detail).at(root.start_span()));
        root = Node::new(NodeKind::Object(Vec::new()), Span::new(file, 0, 0));
    }
    (Document { root: Arc::new(root), source: source.clone() }, diagnostics)
}

impl Node {
    fn new(kind: NodeKind, span: Span) -> Node {
        Node { kind, span, expr: OnceLock::new() }
    }

    /// Where it begins, as diagnostics show it: an opening bracket, or the whole of a scalar.
    #[must_use]
    pub fn start_span(&self) -> Span {
        match self.kind {
            NodeKind::Object(_) | NodeKind::Array(_) => {
                Span { end: self.span.end.min(self.span.start.saturating_add(1)), ..self.span }
            }
            _ => self.span,
        }
    }

    /// The closing bracket of an object or array.
    #[must_use]
    pub fn close_span(&self) -> Span {
        Span { start: self.span.end.saturating_sub(1).max(self.span.start), ..self.span }
    }

    /// What it means as an expression: strings are templates, and so are the names in objects. With
    /// what is wrong with it. Computed once.
    pub fn expr(&self, source: &SourceFile) -> (Arc<Expr>, Diagnostics) {
        let (expr, diagnostics) = self.expr.get_or_init(|| {
            let mut diagnostics = Diagnostics::new();
            let expr = self.lower(source, &mut diagnostics);
            (Arc::new(expr), diagnostics)
        });
        (Arc::clone(expr), diagnostics.clone())
    }

    fn lower(&self, source: &SourceFile, diagnostics: &mut Diagnostics) -> Expr {
        let kind = match &self.kind {
            NodeKind::Null | NodeKind::Invalid => ExprKind::Null,
            NodeKind::Bool(b) => ExprKind::Bool(*b),
            NodeKind::Number(text) => self.number(text),
            NodeKind::String(text) => string(text, self.span, diagnostics),
            NodeKind::Array(items) => {
                ExprKind::Tuple(items.iter().map(|item| item.lower(source, diagnostics)).collect())
            }
            NodeKind::Object(members) => {
                report_duplicates(members, source, diagnostics);
                let item = |member: &Member| ObjectItem {
                    key: key(member, diagnostics),
                    value: member.value.lower(source, diagnostics),
                };
                ExprKind::Object(members.iter().map(item).collect())
            }
        };
        Expr { kind, span: self.span }
    }

    fn number(&self, text: &SmolStr) -> ExprKind {
        match text.strip_prefix('-') {
            None => ExprKind::Number(text.clone()),
            Some(digits) => {
                let span = Span { start: self.span.start + 1, ..self.span };
                ExprKind::Unary(UnaryOp::Negate, Box::new(Expr { kind: ExprKind::Number(digits.into()), span }))
            }
        }
    }
}

fn report_duplicates(members: &[Member], source: &SourceFile, diagnostics: &mut Diagnostics) {
    let mut seen = std::collections::HashMap::with_capacity(members.len());
    for member in members {
        if let Some(first) = seen.get(&member.name) {
            let place = source.place(*first);
            let detail = format!("An attribute named {:?} was already defined at {place}.", member.name);
            diagnostics.push(Diagnostic::error("Duplicate object attribute", detail).at(member.name_span));
        } else {
            seen.insert(member.name.clone(), member.name_span);
        }
    }
}

fn key(member: &Member, diagnostics: &mut Diagnostics) -> ObjectKey {
    match string(&member.name, member.name_span, diagnostics) {
        ExprKind::String(name) => ObjectKey::Name(Ident { name, span: member.name_span }),
        kind => ObjectKey::Expr(Expr { kind, span: member.name_span }),
    }
}

/// A string as the template it is. `span` includes the quotes.
fn string(text: &SmolStr, span: Span, diagnostics: &mut Diagnostics) -> ExprKind {
    if !text.contains("${") && !text.contains("%{") {
        return ExprKind::String(normalise(text));
    }
    match parse_template(span.file, text, span.start as usize + 1) {
        Ok(template) => ExprKind::JsonString(text.clone(), Box::new(template)),
        Err(errors) => {
            diagnostics.extend(errors);
            ExprKind::String(text.clone())
        }
    }
}
