//! The `validation` rules of variables, checked against values.

use crate::config::evaluate::Evaluation;
use crate::config::graph::ConfigGraph;
use crate::config::module::{Condition, Variable};
use crate::config::scope::Instance;
use crate::lang::eval::{Interest, evaluate, explain};
use crate::lang::{Marks, Scope, Type, Value, convert};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap, Span};

/// How rules came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All hold.
    Pass,
    /// It can't be told yet.
    Unknown,
    /// One does not.
    Fail,
    /// One can't be evaluated.
    Error,
}

/// How the rules of a variable came out.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The worst of them.
    pub verdict: Verdict,
    /// What those say that failed, as far as it may be shown.
    pub failures: Vec<String>,
    /// The failures, and what is wrong with the rules themselves.
    pub diagnostics: Diagnostics,
}

/// Checks all rules of all variables. Every node of the graph must have been evaluated; a rule whose
/// condition is unknown passes for now.
#[must_use]
pub fn check(graph: &ConfigGraph<'_>, evaluation: &Evaluation<'_>, sources: &SourceMap) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (module, node) in graph.modules.iter().enumerate() {
        let scope = evaluation.scope(module, Instance::default());
        for variable in node.tree.module.variables.values() {
            let argument = node.arguments.get(&variable.name.name).map(|a| a.expr.span);
            diagnostics.extend(check_variable(variable, &scope, argument, sources).diagnostics);
        }
    }
    diagnostics
}

/// Checks the rules of a variable. `argument` is where its value is given, if that is in a module call.
pub fn check_variable(variable: &Variable, scope: &dyn Scope, argument: Option<Span>, sources: &SourceMap) -> Checked {
    let mut all = Checked { verdict: Verdict::Pass, failures: Vec::new(), diagnostics: Diagnostics::new() };
    for rule in &variable.validations {
        let one = check_rule(variable, rule, scope, argument, sources);
        all.verdict = if one.verdict as u8 > all.verdict as u8 { one.verdict } else { all.verdict };
        all.failures.extend(one.failures);
        all.diagnostics.extend(one.diagnostics);
    }
    all
}

fn check_rule(
    variable: &Variable,
    rule: &Condition,
    scope: &dyn Scope,
    argument: Option<Span>,
    sources: &SourceMap,
) -> Checked {
    const INVALID: &str = "Invalid variable validation result";
    let checked = |verdict, diagnostics| Checked { verdict, failures: Vec::new(), diagnostics };
    let condition = match evaluate(&rule.condition, scope) {
        Ok(v) => v.unmark().0,
        Err(diagnostics) => return checked(Verdict::Error, diagnostics),
    };
    if condition.is_null() {
        let detail = "Validation condition expression must return either true or false, not null.";
        return checked(Verdict::Error, Diagnostic::error(INVALID, detail).at(rule.condition.span).into());
    }
    let condition = match convert(&condition, &Type::Bool) {
        Err(e) => {
            let detail = format!("Invalid validation condition result value: {e}.");
            return checked(Verdict::Error, Diagnostic::error(INVALID, detail).at(rule.condition.span).into());
        }
        Ok(v) => v.as_bool(),
    };
    match condition {
        None => checked(Verdict::Unknown, Diagnostics::new()),
        Some(true) => checked(Verdict::Pass, Diagnostics::new()),
        Some(false) => {
            let place = sources.get(rule.span.file).map_or_else(String::new, |file| {
                let (start, end) = (file.position(rule.span.start as usize), file.position(rule.span.end as usize));
                format!("{}:{},{}-{}", file.name, start.line, start.column, end.column)
            });
            let message = error_message(rule, scope);
            let shown = match &message {
                Ok((_, marks)) if marks.contains(Marks::SENSITIVE) => {
                    "The error message included a sensitive value, so it will not be displayed."
                }
                Ok((text, _)) => text,
                Err(why) => why,
            };
            let detail = format!("{shown}\n\nThis was checked by the validation rule at {place}.");
            let subject = argument.unwrap_or(variable.span);
            let values = explain(&rule.condition, scope, Interest::default());
            let problem = Diagnostic { values, ..Diagnostic::error("Invalid value for variable", detail).at(subject) };
            // As in Terraform, the results of checks have the text, as plans and state have the value.
            let failures = message.into_iter().map(|(text, _)| text).collect();
            Checked { verdict: Verdict::Fail, failures, diagnostics: problem.into() }
        }
    }
}

/// What the rule says, or why it can't be told.
fn error_message(rule: &Condition, scope: &dyn Scope) -> Result<(String, Marks), &'static str> {
    let value = evaluate(&rule.error_message, scope).ok();
    let marks = value.as_ref().map_or(Marks::NONE, Value::deep_marks);
    let text = value.and_then(|v| convert(&v.unmark_deep().0, &Type::String).ok());
    match text.as_ref().and_then(|t| t.as_str()) {
        Some(text) => Ok((text.trim().to_string(), marks)),
        None => Err("The error message can't be shown, because it could not be evaluated."),
    }
}
