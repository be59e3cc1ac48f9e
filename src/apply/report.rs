//! What an apply came to.

use crate::graph::walk::Outcome;
use crate::plan::{Action, OperationKind, Plan};
use crate::state::State;
use crate::syntax::{Diagnostic, Diagnostics};

/// How many objects something was done to, with success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Created.
    pub added: usize,
    /// Changed in place.
    pub changed: usize,
    /// Destroyed, for replacements, too.
    pub destroyed: usize,
    /// Imported.
    pub imported: usize,
    /// Taken out of state.
    pub forgotten: usize,
}

/// An operation that did not come to a good end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The object's address, with the key of a deposed one: `terraform_data.a (deposed object 0badcafe)`; of an output
    /// `output.name`.
    pub what: String,
    /// What was to be done to an object; none for outputs and checks.
    pub action: Option<Action>,
    /// Why not: failed, skipped, left or cut off.
    pub outcome: Outcome,
}

/// What an apply came to.
#[derive(Debug)]
pub struct Applied {
    /// The state now.
    pub state: State,
    /// Errors and warnings. If there are errors, or anything is unfinished, the apply has failed.
    pub diagnostics: Diagnostics,
    /// What was done.
    pub counts: Counts,
    /// What was not done, in order of the plan.
    pub unfinished: Vec<Unfinished>,
}

impl Applied {
    /// Nothing could be begun.
    pub(super) fn not_begun(plan: &Plan, problem: Diagnostic) -> Self {
        let outcomes = vec![Outcome::Left; plan.operations.len()];
        report(plan, &outcomes, plan.previous.clone(), problem.into(), Counts::default())
    }

    /// Whether everything was done and nothing went wrong.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unfinished.is_empty() && !self.diagnostics.has_errors()
    }
}

pub(super) fn report(
    plan: &Plan,
    outcomes: &[Outcome],
    state: State,
    diagnostics: Diagnostics,
    counts: Counts,
) -> Applied {
    let unfinished = plan.operations.iter().zip(outcomes).filter(|(_, outcome)| **outcome != Outcome::Done);
    let unfinished = unfinished.filter_map(|(operation, outcome)| {
        let (what, action) = describe(plan, &operation.kind)?;
        Some(Unfinished { what, action, outcome: *outcome })
    });
    Applied { unfinished: unfinished.collect(), state, diagnostics, counts }
}

fn describe(plan: &Plan, kind: &OperationKind) -> Option<(String, Option<Action>)> {
    let (change, action) = match kind {
        OperationKind::Create(change) => (*change, Action::Create),
        OperationKind::Update(change) => (*change, Action::Update),
        OperationKind::Destroy(change) => (*change, Action::Delete),
        OperationKind::Read(change) => (*change, Action::Read),
        OperationKind::Forget(change) => (*change, Action::Forget),
        OperationKind::Output(output) => {
            return Some((format!("output.{}", plan.outputs[*output as usize].name), None));
        }
        OperationKind::Check(check) => return Some((plan.checks[*check as usize].config_address.to_string(), None)),
        OperationKind::Adopt(_) | OperationKind::Milestone | OperationKind::Await(_) => return None,
    };
    let change = &plan.changes[change as usize];
    let what = match &change.deposed {
        Some(key) => format!("{} (deposed object {key})", change.address),
        None => change.address.to_string(),
    };
    Some((what, Some(action)))
}
