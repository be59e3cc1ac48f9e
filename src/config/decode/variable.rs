//! `variable` blocks.

use std::sync::LazyLock;

use super::{Decoder, Given, label, module_call};
use crate::config::constraint::Constraint;
use crate::config::module::{Condition, Variable};
use crate::lang::Value;
use crate::lang::references::references;
use crate::syntax::ast::{Ident, StepKind};
use crate::syntax::body::{Attribute, BlockContent, BodySchema};

static VARIABLE: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(&["description", "default", "type", "sensitive", "ephemeral", "nullable"])
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
        let nullable = self.bool(attributes, "nullable").unwrap_or(true);
        let default = attributes.get("default").map(|a| self.default_value(a, constraint.as_ref(), nullable));
        let validations = content.blocks.iter().filter_map(|b| self.validation(b, &name)).collect();
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
                span: block.def_span,
            },
        }
    }

    fn constraint(&mut self, attribute: &Attribute) -> Constraint {
        let expr = self.expression(&attribute.expr);
        match Constraint::parse(&expr) {
            Ok(constraint) => constraint,
            Err(errors) => {
                self.diagnostics.extend(errors);
                Constraint::any()
            }
        }
    }

    fn default_value(&mut self, attribute: &Attribute, constraint: Option<&Constraint>, nullable: bool) -> Value {
        const SUMMARY: &str = "Invalid default value for variable";
        let mut value = self.constant(&attribute.expr);
        if let Some(constraint) = constraint {
            match constraint.apply(&value) {
                Ok(converted) => value = converted,
                Err(e) => {
                    let detail =
                        format!("This default value is not compatible with the variable's type constraint: {e}.");
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
            let detail =
                format!("The condition for variable {name:?} must refer to var.{name} in order to test incoming values.");
            self.error(validation.condition.span, "Invalid variable validation condition", detail);
        }
        Some(validation)
    }
}
