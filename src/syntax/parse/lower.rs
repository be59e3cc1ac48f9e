//! From the tree of `hcl-edit` to ours.
//!
//! Its tree says what stands where; whatever is a matter of text (numbers, strings, names) is read
//! from the source at its spans, since it rounds numbers and decodes some strings incompletely.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Decorated;
use hcl_edit::expr::{BinaryOperator, Expression, ForExpr, FuncCall, Object, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{self, Structure};
use smol_str::SmolStr;

use super::literal;
use crate::syntax::ast::{
    Attribute, BinaryOp, Block, Body, Call, Expr, ExprKind, For, Ident, ObjectItem, ObjectKey, Splat, Step, StepKind,
    Traversal, UnaryOp,
};
use crate::syntax::{Diagnostic, Diagnostics, FileId, Span};

/// How many computed indexes and splats may follow one expression: each is a level of the tree.
const MAX_NESTED_STEPS: usize = 128;

/// Translates what was parsed from `parsed`.
pub(super) struct Lower<'a> {
    /// The file that spans are to name.
    pub file: FileId,
    /// The source, as the user wrote it.
    pub source: &'a str,
    /// What `hcl-edit` was given: `source`, or a disguise of it of the same length.
    pub parsed: &'a str,
    /// What to add to a position in `source` to get one in the file …
    pub origin: usize,
    /// … after this many bytes of `source` that are not in the file.
    pub skip: usize,
    /// What could not be expressed.
    pub diagnostics: Diagnostics,
}

impl Lower<'_> {
    pub fn body(&mut self, body: &structure::Body) -> Body {
        // Exact sizes: configurations have many small bodies, and whoever decodes them keeps them all.
        let attributes = body.attributes().count();
        let mut lowered = Body {
            attributes: Vec::with_capacity(attributes),
            blocks: Vec::with_capacity(body.len() - attributes),
            valueless: Vec::new(),
        };
        for item in body {
            match item {
                Structure::Attribute(attribute) => {
                    let name = self.ident(&attribute.key);
                    let expr = self.expr(&attribute.value);
                    let span = name.span.to(expr.span);
                    lowered.attributes.push(Attribute { name, expr: Arc::new(expr), span });
                }
                Structure::Block(block) => lowered.blocks.push(self.block(block)),
            }
        }
        lowered
    }

    fn block(&mut self, block: &structure::Block) -> Block {
        let kind = self.ident(&block.ident);
        let labels: Vec<Ident> = block.labels.iter().map(|label| self.label(label)).collect();
        let header = labels.last().map_or(kind.span, |last| kind.span.to(last.span));
        let last_range = block.labels.last().map_or_else(|| range(&block.ident), range);
        let open = literal::skip_trivia(self.source, last_range.end);
        let braces = self.span(open..range(block).end.max(open));
        Block { kind, labels, body: Arc::new(self.body(&block.body)), header, braces }
    }

    fn label(&self, label: &structure::BlockLabel) -> Ident {
        let at = range(label);
        let text = self.text(at.clone());
        let name = if label.is_string() { literal::decode_quoted(literal::unquote(text)) } else { text.into() };
        Ident { name: name.into(), span: self.span(at) }
    }

    pub fn expr(&mut self, expr: &Expression) -> Expr {
        let at = range(expr);
        let span = self.span(at.clone());
        let kind = match expr {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(b) => ExprKind::Bool(*b.value()),
            Expression::Number(_) => return self.number(at),
            Expression::String(_) => ExprKind::String(literal::string(literal::unquote(self.text(at)))),
            Expression::Array(items) => ExprKind::Tuple(items.iter().map(|item| self.expr(item)).collect()),
            Expression::Object(object) => self.object(object),
            Expression::StringTemplate(template) => self.quoted_template(template),
            Expression::HeredocTemplate(heredoc) => {
                let flush = self.text(at).starts_with("<<-");
                self.heredoc(&heredoc.template, flush)
            }
            Expression::Parenthesis(inner) => ExprKind::Parentheses(Box::new(self.expr(inner.inner()))),
            Expression::Variable(name) => ExprKind::Traversal(Traversal { root: self.ident(name), steps: Vec::new() }),
            Expression::Conditional(c) => ExprKind::Conditional(Box::new([
                self.expr(&c.cond_expr),
                self.expr(&c.true_expr),
                self.expr(&c.false_expr),
            ])),
            Expression::FuncCall(call) => ExprKind::Call(Box::new(self.call(call, &at))),
            Expression::Traversal(traversal) => return self.traversal(traversal),
            Expression::UnaryOp(op) => {
                let operator = match op.operator.value() {
                    UnaryOperator::Neg => UnaryOp::Negate,
                    UnaryOperator::Not => UnaryOp::Not,
                };
                ExprKind::Unary(operator, Box::new(self.expr(&op.expr)))
            }
            Expression::BinaryOp(op) => ExprKind::Binary(
                binary_operator(*op.operator.value()),
                Box::new(self.expr(&op.lhs_expr)),
                Box::new(self.expr(&op.rhs_expr)),
            ),
            Expression::ForExpr(each) => ExprKind::For(Box::new(self.for_expr(each, &at))),
        };
        Expr { kind, span }
    }

    /// A number; a sign that `hcl-edit` took for a part of it becomes an operator again.
    fn number(&self, at: Range<usize>) -> Expr {
        let span = self.span(at.clone());
        if !self.text(at.clone()).starts_with('-') {
            return Expr { kind: ExprKind::Number(self.text(at).into()), span };
        }
        let digits = literal::skip_trivia(self.source, at.start + 1)..at.end;
        Expr { kind: ExprKind::Unary(UnaryOp::Negate, Box::new(self.number(digits))), span }
    }

    fn object(&mut self, object: &Object) -> ExprKind {
        let mut items = Vec::with_capacity(object.len());
        for (key, value) in object.iter() {
            items.push(ObjectItem { key: self.object_key(key), value: self.expr(value.expr()) });
        }
        ExprKind::Object(items)
    }

    fn object_key(&mut self, key: &hcl_edit::expr::ObjectKey) -> ObjectKey {
        use hcl_edit::expr::ObjectKey as Key;
        let at = range(key);
        if self.source.get(at.clone()) != self.parsed.get(at.clone()) {
            return self.disguised_key(at);
        }
        match key {
            Key::Ident(name) => ObjectKey::Name(self.ident(name)),
            Key::Expression(Expression::Null(_) | Expression::Bool(_)) => {
                ObjectKey::Name(Ident { name: self.text(at.clone()).into(), span: self.span(at) })
            }
            Key::Expression(expr) => ObjectKey::Expr(self.expr(expr)),
        }
    }

    /// A key that was hidden from `hcl-edit`: parses it on its own.
    fn disguised_key(&mut self, at: Range<usize>) -> ObjectKey {
        let span = self.span(at.clone());
        match super::parse_piece(self.file, self.text(at), span.start as usize) {
            Ok(Expr { kind: ExprKind::Traversal(t), .. }) if t.steps.is_empty() => ObjectKey::Name(t.root),
            Ok(Expr { kind: ExprKind::Null, .. }) => ObjectKey::Name(Ident { name: "null".into(), span }),
            Ok(Expr { kind: ExprKind::Bool(b), .. }) => {
                ObjectKey::Name(Ident { name: if b { "true" } else { "false" }.into(), span })
            }
            Ok(expr) => ObjectKey::Expr(expr),
            Err(diagnostics) => {
                self.diagnostics.extend(diagnostics);
                ObjectKey::Name(Ident { name: SmolStr::default(), span })
            }
        }
    }

    fn call(&mut self, call: &FuncCall, at: &Range<usize>) -> Call {
        let mut name = String::new();
        for namespace in &call.name.namespace {
            name.push_str(namespace.as_str());
            name.push_str("::");
        }
        name.push_str(call.name.name.as_str());
        let last = range(&call.name.name);
        let name_range = call.name.namespace.first().map_or(last.start, |first| range(first).start)..last.end;
        let open = literal::skip_trivia(self.source, last.end);
        let close = at.end.saturating_sub(1);
        Call {
            name: name.into(),
            name_span: self.span(name_range),
            args: call.args.iter().map(|arg| self.expr(arg)).collect(),
            expand_final: call.args.expand_final(),
            open: self.span(open..open + 1),
            close: self.span(close..at.end),
        }
    }

    fn for_expr(&mut self, each: &ForExpr, at: &Range<usize>) -> For {
        let intro = range(&each.intro);
        For {
            key_var: each.intro.key_var.as_ref().map(|name| self.ident(name)),
            value_var: self.ident(&each.intro.value_var),
            collection: self.expr(&each.intro.collection_expr),
            key: each.key_expr.as_ref().map(|key| self.expr(key)),
            value: self.expr(&each.value_expr),
            condition: each.cond.as_ref().map(|cond| self.expr(&cond.expr)),
            group: each.grouping,
            intro: self.span(at.start..intro.end),
        }
    }

    fn traversal(&mut self, traversal: &hcl_edit::expr::Traversal) -> Expr {
        let steps = &traversal.operators;
        let nested = steps
            .iter()
            .filter(|step| !matches!(step.value(), TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_)))
            .count();
        let mut source = self.expr(&traversal.expr);
        if let ExprKind::Traversal(Traversal { steps: merged, .. }) = &mut source.kind
            && nested == 0
        {
            merged.reserve_exact(steps.len());
        }
        if nested > MAX_NESTED_STEPS {
            self.diagnostics.push(
                Diagnostic::error(
                    "Unsupported syntax",
                    format!("At most {MAX_NESTED_STEPS} index brackets and splat operators can follow one expression."),
                )
                .at(source.span),
            );
            return source;
        }
        match source {
            // In `-1.a` the sign applies last.
            Expr { kind: ExprKind::Unary(operator, operand), span } => {
                let operand = self.postfix(*operand, steps);
                let span = span.to(operand.span);
                Expr { kind: ExprKind::Unary(operator, Box::new(operand)), span }
            }
            source => self.postfix(source, steps),
        }
    }

    /// Applies the operators to `expr`, one after the other; a full splat takes all that follow it.
    fn postfix(&mut self, mut expr: Expr, operators: &[Decorated<TraversalOperator>]) -> Expr {
        let mut rest = operators;
        while let Some((operator, following)) = rest.split_first() {
            rest = following;
            if let Some(step) = self.attribute_step(operator) {
                expr = with_step(expr, step);
                continue;
            }
            let marker = self.span(range(operator));
            match operator.value() {
                TraversalOperator::Index(key) => expr = self.index(expr, key, marker),
                TraversalOperator::FullSplat(_) => {
                    let item = Expr { kind: ExprKind::SplatItem, span: marker };
                    let each = self.postfix(item, following);
                    return splat(expr, each, true, marker);
                }
                _ => {
                    let mut each = Expr { kind: ExprKind::SplatItem, span: marker };
                    while let Some((next, following)) = rest.split_first() {
                        let Some(step) = self.attribute_step(next) else { break };
                        each = with_step(each, step);
                        rest = following;
                    }
                    expr = splat(expr, each, false, marker);
                }
            }
        }
        expr
    }

    /// The step of `.name` and `.0`.
    fn attribute_step(&self, operator: &Decorated<TraversalOperator>) -> Option<Step> {
        let at = range(operator);
        let kind = match operator.value() {
            TraversalOperator::GetAttr(name) => StepKind::Attr(self.ident(name).name),
            TraversalOperator::LegacyIndex(_) => {
                let digits = literal::skip_space(self.source, at.start + 1)..at.end;
                StepKind::Index { number: self.text(digits).into(), legacy: true }
            }
            _ => return None,
        };
        Some(Step { kind, span: self.span(at) })
    }

    /// `[key]`: a step if the key is a literal.
    fn index(&mut self, collection: Expr, key: &Expression, brackets: Span) -> Expr {
        let key = self.expr(key);
        let kind = match key.kind {
            ExprKind::Number(number) => StepKind::Index { number, legacy: false },
            ExprKind::String(text) => StepKind::Key(text),
            _ => {
                let span = collection.span.to(brackets);
                return Expr { kind: ExprKind::Index(Box::new(collection), Box::new(key)), span };
            }
        };
        with_step(collection, Step { kind, span: brackets })
    }

    pub fn ident(&self, ident: &Decorated<hcl_edit::Ident>) -> Ident {
        let at = range(ident);
        Ident { name: self.text(at.clone()).into(), span: self.span(at) }
    }

    pub fn text(&self, at: Range<usize>) -> &str {
        self.source.get(at).unwrap_or_default()
    }

    pub fn span(&self, at: Range<usize>) -> Span {
        let place = |position: usize| (self.origin + position).saturating_sub(self.skip);
        Span::new(self.file, place(at.start), place(at.end))
    }
}

/// Where a node stands in the parsed text; everything that comes from the parser has a span.
pub(super) fn range(node: &impl hcl_edit::Span) -> Range<usize> {
    node.span().unwrap_or_default()
}

/// Adds a constant step: references and their like grow, everything else becomes the source of one.
fn with_step(mut expr: Expr, step: Step) -> Expr {
    let span = expr.span.to(step.span);
    match &mut expr.kind {
        ExprKind::Traversal(Traversal { steps, .. }) | ExprKind::RelativeTraversal(_, steps) => {
            steps.push(step);
            Expr { span, ..expr }
        }
        _ => Expr { kind: ExprKind::RelativeTraversal(Box::new(expr), vec![step]), span },
    }
}

fn splat(source: Expr, each: Expr, full: bool, marker: Span) -> Expr {
    let span = source.span.to(each.span);
    Expr { kind: ExprKind::Splat(Box::new(Splat { source, each, full, marker })), span }
}

fn binary_operator(operator: BinaryOperator) -> BinaryOp {
    match operator {
        BinaryOperator::Or => BinaryOp::Or,
        BinaryOperator::And => BinaryOp::And,
        BinaryOperator::Eq => BinaryOp::Equal,
        BinaryOperator::NotEq => BinaryOp::NotEqual,
        BinaryOperator::Less => BinaryOp::Less,
        BinaryOperator::LessEq => BinaryOp::LessEqual,
        BinaryOperator::Greater => BinaryOp::Greater,
        BinaryOperator::GreaterEq => BinaryOp::GreaterEqual,
        BinaryOperator::Plus => BinaryOp::Add,
        BinaryOperator::Minus => BinaryOp::Subtract,
        BinaryOperator::Mul => BinaryOp::Multiply,
        BinaryOperator::Div => BinaryOp::Divide,
        BinaryOperator::Mod => BinaryOp::Modulo,
    }
}
