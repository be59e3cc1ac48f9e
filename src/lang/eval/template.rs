//! Templates: text with values and directives in it.

use crate::lang::value::Refinement;
use crate::lang::{Marks, Type, Value, convert};
use crate::syntax::Span;
use crate::syntax::ast::{Expr, Ident, TemplatePart};

use super::Evaluator;
use super::conditional::Choice;

const INVALID: &str = "Invalid template interpolation value";

/// A template under way.
#[derive(Default)]
struct Rendering {
    text: String,
    marks: Marks,
    unknown: bool,
}

impl Evaluator<'_> {
    pub(super) fn template(&mut self, parts: &[TemplatePart], expr: &Expr) -> Value {
        let errors = self.errors();
        let mut out = Rendering::default();
        for part in parts {
            self.steps += 1;
            if self.steps > super::MAX_STEPS {
                return self.too_much(expr);
            }
            let value = match part {
                TemplatePart::Literal(text, _) => {
                    if !out.unknown {
                        out.text.push_str(text);
                    }
                    continue;
                }
                TemplatePart::Interpolation(e) => {
                    let before = self.errors();
                    let value = self.expr(e);
                    if self.errors() > before {
                        out.unknown = true;
                        continue;
                    }
                    (value, e.span)
                }
                TemplatePart::If { condition, then, otherwise, span } => {
                    (self.if_directive(condition, then, otherwise, *span, expr), *span)
                }
                TemplatePart::For { key_var, value_var, collection, body, span } => {
                    (self.for_directive((key_var.as_ref(), value_var), collection, body, expr), *span)
                }
            };
            self.render(&mut out, &value.0, value.1, expr);
            if out.text.len() > super::MAX_TEXT {
                return self.too_much(expr);
            }
        }
        if !out.unknown {
            return Value::string(out.text).with_marks(out.marks);
        }
        let mut refinement = Refinement { not_null: true, ..Refinement::default() };
        if self.errors() == errors {
            refinement.prefix = Refinement::known_prefix(&out.text);
        }
        Value::unknown_refined(Type::String, refinement).with_marks(out.marks)
    }

    /// Adds one value to the text.
    fn render(&mut self, out: &mut Rendering, value: &Value, span: Span, expr: &Expr) {
        if value.is_null() {
            let detail = "The expression result is null. Cannot include a null value in a string template.";
            self.fail(INVALID, detail, span, expr);
            return;
        }
        out.marks |= value.marks();
        if !value.is_known() {
            out.unknown = true;
            return;
        }
        match convert(value, &Type::String) {
            Ok(v) => {
                if let (Some(s), false) = (v.as_str(), out.unknown) {
                    out.text.push_str(s);
                }
            }
            Err(e) => {
                let detail = format!("Cannot include the given value in a string template: {e}.");
                self.fail(INVALID, detail, span, expr);
            }
        }
    }

    fn if_directive(
        &mut self,
        condition: &Expr,
        then: &[TemplatePart],
        otherwise: &[TemplatePart],
        span: Span,
        expr: &Expr,
    ) -> Value {
        let before = self.errors();
        let then_value = self.template(then, expr);
        let then_errors = self.diagnostics.0.split_off(before);
        let otherwise_value = self.template(otherwise, expr);
        let otherwise_errors = self.diagnostics.0.split_off(before);
        let choice = Choice {
            values: [then_value, otherwise_value],
            errors: [then_errors, otherwise_errors],
            spans: [span, span],
        };
        self.choose(condition, choice, expr)
    }

    fn for_directive(
        &mut self,
        (key_var, value_var): (Option<&Ident>, &Ident),
        collection: &Expr,
        body: &[TemplatePart],
        expr: &Expr,
    ) -> Value {
        let unknown = || Value::unknown_not_null(Type::String);
        let Some((collection, mut marks)) = self.iterable(collection, "for", expr) else { return unknown() };
        if !collection.is_known() {
            return unknown().with_marks(marks);
        }
        let mut text = String::new();
        let mut known = true;
        for element in collection.iterate() {
            let value = self.with_element(key_var, value_var, element, |e| e.template(body, expr));
            marks |= value.marks();
            match value.as_str() {
                Some(s) => text.push_str(s),
                None => known = false,
            }
            if self.steps > super::MAX_STEPS || text.len() > super::MAX_TEXT {
                return self.too_much(expr);
            }
        }
        if known { Value::string(text) } else { unknown() }.with_marks(marks)
    }
}
