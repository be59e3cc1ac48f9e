//! The values of the root module's variables: from the environment, from files, from the command
//! line.

mod collect;

use std::path::Path;

use indexmap::{IndexMap, IndexSet};
use smol_str::SmolStr;

use crate::config::module::{Module, Variable};
use crate::lang::{Marks, Value};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap, Span};
use collect::{Collected, Given};

/// What the user gives beside the files of the folder.
#[derive(Clone, Debug, Default)]
pub struct VariableInputs {
    /// `-var` and `-var-file`, in order.
    pub flags: Vec<VarFlag>,
    /// Environment variables that begin with `TF_VAR_`, with that prefix.
    pub env: Vec<(String, String)>,
    /// The variables of other root modules that the flags are for, too: those that this one hasn't are no mistake.
    pub elsewhere: IndexSet<SmolStr>,
}

impl VariableInputs {
    /// Whether a value comes from a flag.
    #[must_use]
    pub fn is_of_flag(&self, source: &InputSource, sources: &SourceMap) -> bool {
        let InputSource::File(span) = source else { return *source == InputSource::CommandLine };
        let file = sources.get(span.file).map(|f| f.name.to_string());
        self.flags.iter().any(|flag| matches!(flag, VarFlag::VarFile(path) if Some(path) == file.as_ref()))
    }
}

/// A flag that gives values to variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VarFlag {
    /// `-var 'name=value'`: what follows the flag.
    Var(String),
    /// `-var-file path`
    VarFile(String),
}

/// The value of a variable.
#[derive(Clone, Debug, PartialEq)]
pub struct InputValue {
    /// Converted to the variable's type, marked if the variable is sensitive or ephemeral.
    pub value: Value,
    /// As it was given, marked likewise: what plans keep.
    pub given: Value,
    /// Where it comes from.
    pub source: InputSource,
}

/// Where a variable's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputSource {
    /// The variable's `default`.
    Default,
    /// An environment variable.
    Environment,
    /// `-var`
    CommandLine,
    /// A file of values: the value, with its name.
    File(Span),
}

/// What becomes of a variable without default for which no value is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// It is an error.
    Refused,
    /// It has no value.
    Allowed,
}

/// The values of all variables of a root module that have one. Values that don't fit their variables are errors.
pub fn variable_values(
    dir: &Path,
    module: &Module,
    inputs: &VariableInputs,
    unset: Unset,
    sources: &mut SourceMap,
) -> (IndexMap<SmolStr, InputValue>, Diagnostics) {
    let (values, mut problems, unsuitable) = suitable_values(dir, module, inputs, unset, sources);
    problems.extend(unsuitable);
    (values, problems)
}

/// The values of all variables of a root module that have one and are suitable, what is wrong with the input as a whole,
/// and what with values that don't fit their variables: what doesn't depend on those can still be planned.
pub fn suitable_values(
    dir: &Path,
    module: &Module,
    inputs: &VariableInputs,
    unset: Unset,
    sources: &mut SourceMap,
) -> (IndexMap<SmolStr, InputValue>, Diagnostics, Diagnostics) {
    let Collected { given, diagnostics: mut problems } = collect::collect(dir, inputs, sources);
    let mut values = IndexMap::new();
    let mut unsuitable = Diagnostics::new();
    if problems.has_errors() {
        return (values, problems, unsuitable);
    }
    let mut parsed = IndexMap::new();
    let mut undeclared = Vec::new();
    for (name, given) in given {
        match module.variables.get(&name) {
            Some(variable) => match given.parse(variable, sources) {
                Ok(value) => {
                    parsed.insert(name, (value, given));
                }
                Err(errors) => problems.extend(errors),
            },
            None if inputs.elsewhere.contains(&name) && inputs.is_of_flag(&given.source(), sources) => {}
            None => undeclared.push((name, given)),
        }
    }
    report_undeclared(&undeclared, sources, &mut problems);
    if unset == Unset::Refused {
        let is_missing = |v: &&Variable| v.default.is_none() && !parsed.contains_key(&v.name.name);
        problems.extend(module.variables.values().filter(is_missing).map(missing));
    }
    if problems.has_errors() {
        return (values, problems, unsuitable);
    }
    for (name, variable) in &module.variables {
        if let Some((_, given)) = parsed.get(name) {
            let place = if let InputSource::File(span) = given.source() { Some(span) } else { None };
            problems.extend(variable.deprecation(place));
        }
        match final_value(variable, parsed.swap_remove(name), sources) {
            Ok(value) => {
                values.extend(value.map(|v| (name.clone(), v)));
            }
            Err(problem) => unsuitable.push(problem),
        }
    }
    (values, problems, unsuitable)
}

fn missing(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The root module input variable {:?} is not set, and has no default value. Use a -var or -var-file command line \
         argument to provide a value for this variable.",
        variable.name.name
    );
    Diagnostic::error("No value for required variable", detail).at(variable.span)
}

/// Values for variables that there are not: errors for those of the command line, warnings for those
/// in files, nothing for the environment.
fn report_undeclared(undeclared: &[(SmolStr, Given)], sources: &SourceMap, diagnostics: &mut Diagnostics) {
    const SUMMARY: &str = "Value for undeclared variable";
    const SHOWN: usize = 2;
    let mut in_files = 0;
    for (name, given) in undeclared {
        match given.source() {
            InputSource::CommandLine => {
                let detail = format!(
                    "A variable named {name:?} was assigned on the command line, but the root module does not declare a \
                     variable of that name. To use this value, add a \"variable\" block to the configuration."
                );
                diagnostics.push(Diagnostic::error(SUMMARY, detail));
            }
            // What is wrong with a value that nobody wants is not reported.
            InputSource::File(span) if given.is_valid() => {
                in_files += 1;
                if in_files > SHOWN {
                    continue;
                }
                let file = sources.get(span.file).map(|f| f.name.to_string()).unwrap_or_default();
                let detail = format!(
                    "The root module does not declare a variable named {name:?} but a value was found in file {file:?}. \
                     If you meant to use this value, add a \"variable\" block to the configuration.\n\nTo silence these \
                     warnings, use TF_VAR_... environment variables to provide certain \"global\" settings to all \
                     configurations in your organization. To reduce the verbosity of these warnings, use the \
                     -compact-warnings option."
                );
                diagnostics.push(Diagnostic::warning(SUMMARY, detail));
            }
            InputSource::File(_) | InputSource::Environment | InputSource::Default => {}
        }
    }
    if in_files > SHOWN {
        let detail = format!(
            "In addition to the other similar warnings shown, {} other variable(s) defined without being declared.",
            in_files - SHOWN
        );
        diagnostics.push(Diagnostic::warning("Values for undeclared variables", detail));
    }
}

/// The given value or the default, as the module sees it.
fn final_value(
    variable: &Variable,
    given: Option<(Value, Given)>,
    sources: &SourceMap,
) -> Result<Option<InputValue>, Diagnostic> {
    let (value, given, source) = match (given, &variable.default) {
        // Where null is no value, it stands for the default.
        (Some((value, _)), Some(default)) if value.is_null() && !variable.nullable => {
            (default.clone(), value, InputSource::Default)
        }
        (Some((value, given)), _) => {
            let converted = variable
                .constraint
                .apply(&value)
                .map_err(|e| not_fitting("Invalid value for input variable", &e.message, variable, &given, sources))?;
            if converted.is_null() && !variable.nullable {
                let reason = "required variable may not be set to null";
                return Err(not_fitting("Required variable not set", reason, variable, &given, sources));
            }
            (converted, value, given.source())
        }
        (None, Some(default)) => (default.clone(), default.clone(), InputSource::Default),
        (None, None) => return Ok(None),
    };
    let given = declared_marks(variable, given);
    Ok(Some(InputValue { value: declared_marks(variable, value), given, source }))
}

fn declared_marks(variable: &Variable, value: Value) -> Value {
    let mut marks = value.marks();
    if variable.sensitive {
        marks |= Marks::SENSITIVE;
    }
    if variable.ephemeral {
        marks |= Marks::EPHEMERAL;
    }
    value.with_marks(marks)
}

/// The value that a variable gets of what a plan has kept of it, which suited when the plan was made. None if it doesn't
/// any more.
#[must_use]
pub fn kept_value(variable: &Variable, given: &Value) -> Option<Value> {
    let value = match &variable.default {
        Some(default) if given.is_null() && !variable.nullable => default.clone(),
        _ => variable.constraint.apply(&given.unmark_deep().0).ok()?,
    };
    Some(declared_marks(variable, value))
}

/// An error about a value that does not fit its variable. A sensitive value is not shown.
fn not_fitting(summary: &str, reason: &str, variable: &Variable, given: &Given, sources: &SourceMap) -> Diagnostic {
    let name = &variable.name.name;
    match given {
        Given::Text { .. } => {
            let detail = format!("Unsuitable value for var.{name} {}: {reason}.", given.describe());
            Diagnostic::error(summary, detail).at(variable.span)
        }
        Given::Expr { expr, .. } if variable.sensitive => {
            let detail = format!(
                "The given value is not suitable for var.{name}, which is sensitive: {reason}. Invalid value defined at {}.",
                sources.place(expr.span)
            );
            Diagnostic::error(summary, detail).at(variable.span)
        }
        Given::Expr { expr, .. } => {
            let declared = sources.place(variable.span);
            let detail = format!("The given value is not suitable for var.{name} declared at {declared}: {reason}.");
            Diagnostic::error(summary, detail).at(expr.span)
        }
    }
}

#[cfg(test)]
mod tests;
