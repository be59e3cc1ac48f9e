//! `variable` blocks.

use std::sync::LazyLock;

use super::{Decoder, Given, label, module_call};
use crate::config::constraint::Constraint;
use crate::config::module::{Condition, Variable};
use crate::lang::references::references;
use crate::lang::{ConvertError, PathStep, Value};
use crate::syntax::ast::{ExprKind, Ident, StepKind};
use crate::syntax::body::{Attribute, BlockContent, BodySchema};
use crate::syntax::parse::parse_expression;
use crate::syntax::{Diagnostic, Span};

static VARIABLE: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(&["description", "default", "type", "sensitive", "ephemeral", "nullable", "deprecated"])
        .block("validation", &[])
});

impl Decoder<'_> {
    pub(super) fn variable(&mut self, block: &BlockContent) -> Given<Variable> {
        let content = self.content(&block.body, &VARIABLE);
        let attributes = &content.attributes;
        let name = self.name(&label(block, 0), "Invalid variable name");
        if module_call::is_reserved(&name.name) {
            let detail = format!(
                "The variable name {:?} is reserved due to its special meaning inside module blocks.",
                name.name
            );
            self.error(name.span, "Invalid variable name", detail);
        }
        let description = self.string(attributes, "description");
        let constraint = attributes.get("type").map(|a| self.constraint(a));
        let sensitive = self.bool(attributes, "sensitive").unwrap_or(false);
        let ephemeral = self.bool(attributes, "ephemeral").unwrap_or(false);
        let deprecated = self.string(attributes, "deprecated");
        let nullable = self.bool(attributes, "nullable").unwrap_or(true);
        let default = attributes.get("default").map(|a| self.default_value(a, constraint.as_ref(), nullable));
        let validations = content.blocks.iter().filter_map(|b| self.validation(b, &name)).collect();
        if let (true, Some(validation)) = (self.overriding, content.blocks.first()) {
            self.error(
                validation.def_span,
                "Can't override validation blocks",
                "Override files cannot override \"validation\" blocks.",
            );
        }
        Given {
            names: self.given(&content),
            block: Variable {
                name,
                description,
                constraint: constraint.unwrap_or_else(Constraint::any),
                type_span: attributes.get("type").map(|a| a.expr.span),
                default,
                validations,
                sensitive,
                nullable,
                ephemeral,
                deprecated,
                span: block.def_span,
            },
        }
    }

    fn constraint(&mut self, attribute: &Attribute) -> Constraint {
        let expr = &attribute.expr;
        let parsed = match &expr.kind {
            ExprKind::String(text) | ExprKind::JsonString(text, _) if self.json => {
                let inner = parse_expression(self.id, text, expr.span.start as usize);
                inner.map_or_else(|_| Constraint::parse(expr), |inner| Constraint::parse(&inner))
            }
            ExprKind::String(text) => Err(quoted_type(text, expr.span).into()),
            ExprKind::Null | ExprKind::Bool(_) => {
                let keyword = self.keyword(expr).unwrap_or_default();
                let detail = format!("The keyword {keyword:?} is not a valid type specification.");
                Err(Diagnostic::error("Invalid type specification", detail).at(expr.span).into())
            }
            _ => Constraint::parse(expr),
        };
        parsed.unwrap_or_else(|errors| {
            self.diagnostics.extend(errors);
            Constraint::any()
        })
    }

    fn default_value(&mut self, attribute: &Attribute, constraint: Option<&Constraint>, nullable: bool) -> Value {
        const SUMMARY: &str = "Invalid default value for variable";
        let mut value = self.constant(&attribute.expr);
        if let Some(constraint) = constraint {
            match constraint.apply(&value) {
                Ok(converted) => value = converted,
                Err(e) => {
                    let reason = with_path(&e);
                    let detail =
                        format!("This default value is not compatible with the variable's type constraint: {reason}.");
                    self.error(attribute.expr.span, SUMMARY, detail);
                    value = Value::dynamic();
                }
            }
        }
        if !nullable && value.is_null() {
            let detail = "A null default value is not valid when nullable=false.";
            self.error(attribute.expr.span, SUMMARY, detail);
        }
        value
    }

    fn validation(&mut self, block: &BlockContent, variable: &Ident) -> Option<Condition> {
        let validation = self.condition(block)?;
        let is_this = |t: &&crate::syntax::ast::Traversal| {
            t.root.name == "var"
                && matches!(t.steps.first().map(|s| &s.kind), Some(StepKind::Attr(n)) if *n == variable.name)
        };
        if !references(&validation.condition).iter().any(is_this) {
            let name = &variable.name;
            let detail = format!(
                "The condition for variable {name:?} must refer to var.{name} in order to test incoming values."
            );
            self.error(validation.condition.span, "Invalid variable validation condition", detail);
        }
        Some(validation)
    }
}

/// What does not convert, with where in the value that is: `.a[1]: a number is required`.
fn with_path(error: &ConvertError) -> String {
    let mut text = String::new();
    for step in &error.path.0 {
        match step {
            PathStep::Attr(name) => text.push_str(&format!(".{name}")),
            PathStep::Index(key) => match (key.as_str(), key.as_number()) {
                (Some(key), _) => text.push_str(&format!("[{:?}]", key.as_str())),
                (_, Some(number)) => text.push_str(&format!("[{number}]")),
                _ => text.push_str("[...]"),
            },
        }
    }
    let separator = if text.is_empty() { "" } else { ": " };
    format!("{text}{separator}{}", error.message)
}

/// Old configurations have types in quotes.
fn quoted_type(text: &str, at: Span) -> Diagnostic {
    let instead = match text {
        "string" => "",
        "list" => " and write list(string) instead to explicitly indicate that the list elements are strings",
        "map" => " and write map(string) instead to explicitly indicate that the map elements are strings",
        _ => {
            let detail = "To provide a full type expression, remove the surrounding quotes and give the type expression \
                          directly.";
            return Diagnostic::error("Invalid legacy variable type hint", detail).at(at);
        }
    };
    let detail = format!(
        "Terraform 0.11 and earlier required type constraints to be given in quotes, but that form is now deprecated and \
         will be removed in a future version of Terraform. Remove the quotes around {text:?}{instead}."
    );
    Diagnostic::error("Invalid quoted type constraints", detail).at(at)
}
