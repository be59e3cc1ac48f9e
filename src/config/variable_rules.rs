//! The `validation` rules of variables, checked against values.

use crate::config::evaluate::Evaluation;
use crate::config::scope::Instance;
use crate::config::graph::ConfigGraph;
use crate::config::module::{Condition, Variable};
use crate::lang::eval::evaluate;
use crate::lang::{Marks, Scope, Type, convert};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap, Span};

/// Checks all rules of all variables. Every node of the graph must have been evaluated; a rule whose
/// condition is unknown passes for now.
#[must_use]
pub fn check(graph: &ConfigGraph<'_>, evaluation: &Evaluation<'_>, sources: &SourceMap) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (module, node) in graph.modules.iter().enumerate() {
        let scope = evaluation.scope(module, Instance::default());
        for variable in node.tree.module.variables.values() {
            let argument = node.arguments.get(&variable.name.name).map(|a| a.expr.span);
            for rule in &variable.validations {
                diagnostics.extend(check_rule(variable, rule, &scope, argument, sources));
            }
        }
    }
    diagnostics
}

fn check_rule(
    variable: &Variable,
    rule: &Condition,
    scope: &dyn Scope,
    argument: Option<Span>,
    sources: &SourceMap,
) -> Diagnostics {
    const INVALID: &str = "Invalid variable validation result";
    let condition = match evaluate(&rule.condition, scope) {
        Ok(v) => v.unmark().0,
        Err(diagnostics) => return diagnostics,
    };
    if condition.is_null() {
        let detail = "Validation condition expression must return either true or false, not null.";
        return Diagnostic::error(INVALID, detail).at(rule.condition.span).into();
    }
    match convert(&condition, &Type::Bool) {
        Err(e) => {
            let detail = format!("Invalid validation condition result value: {e}.");
            Diagnostic::error(INVALID, detail).at(rule.condition.span).into()
        }
        Ok(v) if v.as_bool() == Some(false) => {
            let place = sources.get(rule.span.file).map_or_else(String::new, |file| {
                let (start, end) = (file.position(rule.span.start as usize), file.position(rule.span.end as usize));
                format!("{}:{},{}-{}", file.name, start.line, start.column, end.column)
            });
            let message = error_message(rule, scope);
            let detail = format!("{message}\n\nThis was checked by the validation rule at {place}.");
            let subject = argument.unwrap_or(variable.span);
            Diagnostic::error("Invalid value for variable", detail).at(subject).into()
        }
        Ok(_) => Diagnostics::new(),
    }
}

/// What the rule says, unless that would give away a secret.
fn error_message(rule: &Condition, scope: &dyn Scope) -> String {
    let value = evaluate(&rule.error_message, scope).ok();
    let text = value.as_ref().and_then(|v| convert(v, &Type::String).ok());
    match (value, text.as_ref().and_then(|t| t.as_str())) {
        (Some(v), _) if v.deep_marks().contains(Marks::SENSITIVE) => {
            "The error message included a sensitive value, so it will not be displayed.".into()
        }
        (_, Some(text)) => text.trim().to_string(),
        _ => "The error message can't be shown, because it could not be evaluated.".into(),
    }
}
