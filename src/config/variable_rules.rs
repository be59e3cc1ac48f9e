//! The `validation` rules of variables, checked against values.

use crate::config::evaluate::Evaluation;
use crate::config::graph::ConfigGraph;
use crate::config::module::{Condition, Variable};
use crate::config::scope::Instance;
use crate::lang::eval::{Interest, evaluate_partial, explain};
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
    let (condition, mut problems) = evaluate_partial(&rule.condition, scope);
    let is_broken = problems.has_errors();
    let (message, more) = evaluate_partial(&rule.error_message, scope);
    let is_unclear = more.has_errors() || !message.is_known();
    problems.extend(more);
    let checked = |verdict, diagnostics| Checked { verdict, failures: Vec::new(), diagnostics };
    if is_broken {
        return checked(Verdict::Unknown, problems);
    }
    let condition = condition.unmark().0;
    let wrong = match convert(&condition, &Type::Bool) {
        _ if condition.is_null() => {
            "Validation condition expression must return either true or false, not null.".into()
        }
        Err(e) => format!("Invalid validation condition result value: {e}."),
        Ok(condition) => match condition.as_bool() {
            None => return checked(Verdict::Unknown, problems),
            Some(true) => return checked(Verdict::Pass, problems),
            Some(false) if is_unclear => {
                let detail = "What a rule says that does not hold must be known at once: it can't depend on values that are \
                              known after apply, or that could not be evaluated.";
                problems.push(Diagnostic::error("Invalid error message", detail).at(rule.error_message.span));
                return checked(Verdict::Error, problems);
            }
            Some(false) => return failed(variable, rule, &message, scope, argument, sources, problems),
        },
    };
    problems.push(Diagnostic::error(INVALID, wrong).at(rule.condition.span));
    checked(Verdict::Error, problems)
}

/// A rule does not hold.
fn failed(
    variable: &Variable,
    rule: &Condition,
    message: &Value,
    scope: &dyn Scope,
    argument: Option<Span>,
    sources: &SourceMap,
    mut problems: Diagnostics,
) -> Checked {
    const HIDDEN: &str = "The error message included a sensitive value, so it will not be displayed.";
    let place = sources.get(rule.span.file).map_or_else(String::new, |file| {
        let (start, end) = (file.position(rule.span.start as usize), file.position(rule.span.end as usize));
        format!("{}:{},{}-{}", file.name, start.line, start.column, end.column)
    });
    let marks = message.deep_marks();
    let text = convert(&message.unmark_deep().0, &Type::String);
    let text = match text.as_ref().map(|text| text.as_str()) {
        Ok(Some(text)) => text.trim().to_owned(),
        Ok(None) => "Failed to evaluate condition error message.".to_owned(),
        Err(e) => {
            let detail = format!("Unsuitable value for error message: {e}.");
            problems.push(Diagnostic::error("Invalid error message", detail).at(rule.error_message.span));
            "Failed to evaluate condition error message.".to_owned()
        }
    };
    let text = if marks.contains(Marks::EPHEMERAL) {
        let detail = "The error expression used to explain this condition refers to ephemeral values. Remove references to \
                      them, or use ephemeralasnull() on them.";
        let problem = Diagnostic::error("Error message refers to ephemeral values", detail);
        problems.push(problem.at(rule.error_message.span));
        HIDDEN.to_owned()
    } else {
        text
    };
    let shown = if marks.contains(Marks::SENSITIVE) { HIDDEN } else { &text };
    let detail = format!("{shown}\n\nThis was checked by the validation rule at {place}.");
    let subject = argument.unwrap_or(variable.span);
    let values = explain(&rule.condition, scope, Interest::default());
    problems.push(Diagnostic { values, ..Diagnostic::error("Invalid value for variable", detail).at(subject) });
    // As in Terraform, the results of checks have the text, as plans and state have the value.
    Checked { verdict: Verdict::Fail, failures: vec![text], diagnostics: problems }
}
