//! Conditions: pre- and postconditions, validations of variables, assertions of checks. How one comes
//! out, and the record of how all did.

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::config::module::Condition;
use crate::config::variable_rules::{Checked, Verdict};
use crate::graph::ModuleAddress;
use crate::lang::eval::{Interest, evaluate_partial, explain};
use crate::lang::{Marks, Scope, Type, Value, convert};
use crate::state::{CheckObject, CheckState, CheckStatus};
use crate::syntax::{Diagnostic, Diagnostics, Severity};

/// What kind of condition it is, and so what a failure is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionKind {
    /// A resource's `precondition`.
    Precondition,
    /// A resource's `postcondition`.
    Postcondition,
    /// An output's `precondition`.
    Output,
    /// An `assert` of a check.
    Assertion,
}

impl ConditionKind {
    fn failure(self) -> &'static str {
        match self {
            ConditionKind::Precondition => "Resource precondition failed",
            ConditionKind::Postcondition => "Resource postcondition failed",
            ConditionKind::Output => "Module output value precondition failed",
            ConditionKind::Assertion => "Check block assertion failed",
        }
    }

    /// What an error in a condition itself is, where a failure is of the given severity: an assertion that can't be
    /// evaluated is no mere warning.
    fn severity_of_errors(self, severity: Severity) -> Severity {
        if self == ConditionKind::Assertion { Severity::Error } else { severity }
    }
}

/// Whether a diagnostic is about an assertion of a check, which an apply will tell again.
#[must_use]
pub fn is_about_assertion(d: &Diagnostic) -> bool {
    d.severity == Severity::Warning
        && (d.summary == ConditionKind::Assertion.failure() || d.summary == ASSERTION_UNKNOWN)
}

const ASSERTION_UNKNOWN: &str = "Check block assertion known after apply";

/// How conditions came out.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The worst of them.
    pub status: CheckStatus,
    /// What failed ones say, as far as that may be shown.
    pub failures: Vec<String>,
    /// The failures, and errors in the conditions themselves.
    pub diagnostics: Diagnostics,
}

impl From<Checked> for Outcome {
    fn from(checked: Checked) -> Self {
        let status = match checked.verdict {
            Verdict::Pass => CheckStatus::Pass,
            Verdict::Unknown => CheckStatus::Unknown,
            Verdict::Fail => CheckStatus::Fail,
            Verdict::Error => CheckStatus::Error,
        };
        Outcome { status, failures: checked.failures, diagnostics: checked.diagnostics }
    }
}

impl Outcome {
    /// No condition, nothing wrong.
    #[must_use]
    pub fn pass() -> Self {
        Outcome { status: CheckStatus::Pass, failures: Vec::new(), diagnostics: Diagnostics::new() }
    }

    /// What a check reads can't be read: it has failed, which is no more than a warning.
    #[must_use]
    pub fn unreadable(problems: Diagnostics) -> Self {
        let errors = problems.iter().filter(|d| d.severity == Severity::Error);
        let failures = errors.map(|d| format!("{}: {}", d.summary, d.detail)).collect();
        let warned = problems.into_iter().map(|d| Diagnostic { severity: Severity::Warning, ..d });
        Outcome { status: CheckStatus::Fail, failures, diagnostics: warned.collect() }
    }

    /// This and another one.
    pub fn add(&mut self, other: Outcome) {
        self.status = worse(self.status, other.status);
        self.failures.extend(other.failures);
        self.diagnostics.extend(other.diagnostics);
    }
}

/// Results from the best to the worst: an error is worse than a failure, and that than not knowing.
pub const RANKED: [CheckStatus; 4] = [CheckStatus::Pass, CheckStatus::Unknown, CheckStatus::Fail, CheckStatus::Error];

/// The place of a result in [`RANKED`].
#[must_use]
pub fn rank(status: CheckStatus) -> usize {
    RANKED.iter().position(|s| *s == status).unwrap_or_default()
}

/// The worse of two results.
#[must_use]
pub fn worse(a: CheckStatus, b: CheckStatus) -> CheckStatus {
    RANKED[rank(a).max(rank(b))]
}

/// Tries conditions. Failures are diagnostics of the given severity.
pub fn try_all<'r>(
    conditions: impl IntoIterator<Item = &'r Condition>,
    kind: ConditionKind,
    severity: Severity,
    scope: &dyn Scope,
) -> Outcome {
    let mut outcome = Outcome::pass();
    for condition in conditions {
        outcome.add(try_one(condition, kind, severity, scope));
    }
    outcome
}

fn try_one(c: &Condition, kind: ConditionKind, severity: Severity, scope: &dyn Scope) -> Outcome {
    let (value, mut diagnostics) = evaluate_partial(&c.condition, scope);
    let message = message(c, scope, &mut diagnostics);
    let outcome = |status, diagnostics| Outcome { status, failures: Vec::new(), diagnostics };
    let result = if diagnostics.has_errors() { None } else { result(c, &value, scope, &mut diagnostics) };
    let broken = kind.severity_of_errors(severity);
    diagnostics.0.iter_mut().filter(|d| d.severity == Severity::Error).for_each(|d| d.severity = broken);
    let Some(result) = result else { return outcome(CheckStatus::Error, diagnostics) };
    match result.as_bool() {
        None => {
            if kind == ConditionKind::Assertion && severity == Severity::Warning {
                let detail = "The condition could not be evaluated at this time, a result will be known when this plan is \
                              applied.";
                let notice = Diagnostic::warning(ASSERTION_UNKNOWN, detail).at(c.condition.span);
                let values = explain(&c.condition, scope, Interest::default());
                diagnostics.push(Diagnostic { values, ..notice });
            }
            outcome(CheckStatus::Unknown, diagnostics)
        }
        Some(true) => outcome(CheckStatus::Pass, diagnostics),
        Some(false) => {
            let detail = message.clone().unwrap_or_else(|| NO_MESSAGE.into());
            let failure = Diagnostic { severity, ..Diagnostic::error(kind.failure(), detail) }.at(c.condition.span);
            diagnostics.push(Diagnostic { values: explain(&c.condition, scope, Interest::default()), ..failure });
            Outcome {
                status: CheckStatus::Fail,
                failures: message.filter(|m| !m.is_empty()).into_iter().collect(),
                diagnostics,
            }
        }
    }
}

/// The value as a boolean, which may be unknown. None, and an error, if it is neither true nor false.
fn result(c: &Condition, value: &Value, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> Option<Value> {
    let (value, _) = value.unmark();
    let detail = match convert(&value, &Type::Bool) {
        _ if value.is_null() => "Condition expression must return either true or false, not null.".into(),
        Err(e) => format!("Invalid condition result value: {e}."),
        Ok(v) => return Some(v),
    };
    let problem = Diagnostic::error("Invalid condition result", detail).at(c.condition.span);
    diagnostics.push(Diagnostic { values: explain(&c.condition, scope, Interest::default()), ..problem });
    None
}

const NO_MESSAGE: &str =
    "This check failed, but has an invalid error message as described in the other accompanying messages.";

/// The error message's text, if it can be shown. What is wrong with it is told whether it is needed or not.
fn message(c: &Condition, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> Option<String> {
    let (value, problems) = evaluate_partial(&c.error_message, scope);
    let failed = problems.has_errors();
    diagnostics.extend(problems);
    if failed || !value.is_known() {
        return None;
    }
    let at = |d: Diagnostic| d.at(c.error_message.span);
    let marks = value.deep_marks();
    if marks.contains(Marks::SENSITIVE) {
        let detail = "The error expression used to explain this condition refers to sensitive values, so Terraform will \
                      not display the resulting message.\n\nYou can correct this by removing references to sensitive \
                      values, or by carefully using the nonsensitive() function if the expression will not reveal the \
                      sensitive data.";
        diagnostics.push(at(Diagnostic::warning("Error message refers to sensitive values", detail)));
        return None;
    }
    if marks.contains(Marks::EPHEMERAL) {
        let detail = "The error expression used to explain this condition refers to ephemeral values, so Terraform will \
                      not display the resulting message.\n\nYou can correct this by removing references to ephemeral \
                      values, or by using the ephemeralasnull() function on the references to not reveal ephemeral data.";
        diagnostics.push(at(Diagnostic::warning("Error message refers to ephemeral values", detail)));
        return None;
    }
    if value.is_null() {
        let detail = "Unsuitable value for error message: must not be null.";
        diagnostics.push(at(Diagnostic::error("Invalid error message", detail)));
        return None;
    }
    let text = convert(&value, &Type::String);
    match text.as_ref().map(|t| t.as_str()) {
        Ok(Some(text)) => Some(text.trim().to_owned()),
        Ok(None) => None,
        Err(e) => {
            let detail = format!("Unsuitable value for error message: {e}.");
            diagnostics.push(at(Diagnostic::error("Invalid error message", detail)));
            None
        }
    }
}

/// What kind of block has conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckableKind {
    /// A resource or data source.
    Resource,
    /// An output.
    Output,
    /// A `check` block.
    Check,
    /// An input variable.
    Variable,
}

impl CheckableKind {
    /// As state names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            CheckableKind::Resource => "resource",
            CheckableKind::Output => "output",
            CheckableKind::Check => "check",
            CheckableKind::Variable => "var",
        }
    }
}

/// How a `check` block is called: `module.a.check.name`.
#[must_use]
pub fn check_address(path: &[SmolStr], name: &str) -> SmolStr {
    let mut address = String::new();
    path.iter().for_each(|step| address.push_str(&format!("module.{step}.")));
    format!("{address}check.{name}").into()
}

/// How an instance of something in a module is called: `module.a[0].output.name`.
#[must_use]
pub fn object_address(module: &ModuleAddress, name: &str) -> SmolStr {
    if module.is_root() { name.into() } else { format!("{module}.{name}").into() }
}

/// How all conditions came out, by block and instance.
#[derive(Clone, Debug, Default)]
pub struct Record {
    blocks: IndexMap<SmolStr, Block>,
}

#[derive(Clone, Debug)]
struct Block {
    kind: CheckableKind,
    /// By address; none if it isn't known which there are.
    objects: Option<IndexMap<SmolStr, (CheckStatus, Vec<String>)>>,
}

impl Record {
    /// There is a block with conditions.
    pub fn declare(&mut self, kind: CheckableKind, block: SmolStr) {
        self.blocks.entry(block).or_insert(Block { kind, objects: None });
    }

    /// A block has an instance, whose conditions haven't been tried.
    pub fn expect(&mut self, block: &str, object: SmolStr) {
        if let Some(b) = self.blocks.get_mut(block) {
            b.objects.get_or_insert_default().entry(object).or_insert((CheckStatus::Unknown, Vec::new()));
        }
    }

    /// A block is known to have instances, or to have none.
    pub fn expand(&mut self, block: &str) {
        if let Some(b) = self.blocks.get_mut(block) {
            b.objects.get_or_insert_default();
        }
    }

    /// Conditions of an instance were tried: all of them that there are so far.
    pub fn set(&mut self, block: &str, object: &str, outcome: &Outcome) {
        if let Some(b) = self.blocks.get_mut(block) {
            let result = (outcome.status, outcome.failures.clone());
            b.objects.get_or_insert_default().insert(object.into(), result);
        }
    }

    /// The record, sorted.
    #[must_use]
    pub fn finish(self) -> Vec<CheckState> {
        let mut states: Vec<CheckState> = self.blocks.into_iter().map(|(address, b)| b.finish(address)).collect();
        states.sort_by(|a, b| (&a.config_address, &a.kind).cmp(&(&b.config_address, &b.kind)));
        states
    }
}

impl Block {
    fn finish(self, address: SmolStr) -> CheckState {
        let object = |(address, (status, failures))| CheckObject { address, status, failures };
        let mut objects: Vec<CheckObject> =
            self.objects.as_ref().into_iter().flatten().map(|(a, r)| object((a.clone(), r.clone()))).collect();
        objects.sort_by(|a, b| a.address.cmp(&b.address));
        let status = match &self.objects {
            None => CheckStatus::Unknown,
            Some(_) => objects.iter().fold(CheckStatus::Pass, |s, o| worse(s, o.status)),
        };
        CheckState { kind: self.kind.name().into(), config_address: address, status, objects }
    }
}
