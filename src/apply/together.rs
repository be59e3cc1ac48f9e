//! Applying the plans of several stacks in one walk: an operation begins when what it waits for is done, in whichever stack
//! that is.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use smol_str::SmolStr;
use tokio::sync::watch;

use super::executor::{Ended, Executor, Target};
use super::report::Applied;
use crate::graph::walk::{Interrupt, Step, Work, walk};
use crate::lang::Value;
use crate::plan::stacks::Steps;
use crate::plan::{OperationKind, Plan};
use crate::state::State;
use crate::syntax::Diagnostic;

/// A plan among those that are applied together.
pub struct Part<'a> {
    /// The name of its stack.
    pub stack: SmolStr,
    /// The plan.
    pub plan: &'a Plan,
    /// What it is applied with.
    pub target: Target<'a>,
}

/// What applying plans together came to.
pub struct AppliedTogether {
    /// What each came to.
    pub applied: Vec<Applied>,
    /// How long it took.
    pub took: Duration,
    /// How long the longest chain of operations took that wait for each other: it could not have been done in less.
    pub critical_path: Duration,
}

/// Executes plans. For each state the same holds as for [`apply`](super::apply). Must be called within a runtime.
pub async fn apply_together(
    parts: Vec<Part<'_>>,
    interrupts: watch::Receiver<Interrupt>,
    parallelism: usize,
) -> AppliedTogether {
    let begin = Instant::now();
    let plans: Vec<(SmolStr, &Plan)> = parts.iter().map(|part| (part.stack.clone(), part.plan)).collect();
    let steps = Steps::together(&plans);
    let Ok(count) = u32::try_from(steps.count()) else {
        let problem = Diagnostic::error("Plan too large", "It has too many operations.");
        let applied = plans.iter().map(|(_, plan)| Applied::not_begun(plan, problem.clone())).collect();
        return AppliedTogether { applied, took: Duration::ZERO, critical_path: Duration::ZERO };
    };
    let mut executors = Vec::with_capacity(parts.len());
    let mut problem = None;
    for Part { plan, target, .. } in parts {
        match Executor::begin(plan, target) {
            Ok(executor) => executors.push(executor),
            Err(error) => problem = Some(error),
        }
    }
    if let Some(problem) = problem {
        let not_begun = |(i, (_, plan)): (usize, &(SmolStr, &Plan))| {
            let problem = if i == 0 { problem.clone() } else { left_out() };
            Applied::not_begun(plan, problem)
        };
        let applied = plans.iter().enumerate().map(not_begun).collect();
        return AppliedTogether { applied, took: Duration::ZERO, critical_path: Duration::ZERO };
    }
    let stacks = plans.into_iter().map(|(stack, _)| stack).collect();
    let mut together = Together { steps: &steps, stacks, executors };
    let walked = walk(count, |step| steps.after(step), parallelism, &mut together, interrupts).await;
    let ends = together.executors.into_iter().enumerate();
    let applied = join_all(ends.map(|(i, executor)| executor.end(&walked.outcomes[steps.of(i)]))).await;
    AppliedTogether { applied, took: begin.elapsed(), critical_path: walked.critical_path }
}

fn left_out() -> Diagnostic {
    Diagnostic::error("Nothing was begun", "Another stack that is applied together with this one could not be begun.")
}

struct Together<'a, 's> {
    steps: &'s Steps,
    stacks: Vec<SmolStr>,
    executors: Vec<Executor<'a>>,
}

impl Together<'_, '_> {
    /// What has become of outputs that a stack waits for.
    fn take_outputs(&mut self, reader: usize, awaited: u32) -> Step<Ended> {
        let awaited = self.executors[reader].plan.awaited[awaited as usize].clone();
        let Some(stack) = self.stacks.iter().position(|stack| *stack == awaited.stack) else { return Step::Failed };
        let outputs = outputs_of(&self.executors[stack].store.state, awaited.output.as_deref());
        self.executors[reader].take_outputs(&awaited, outputs);
        Step::Done
    }
}

fn outputs_of(state: &State, only: Option<&str>) -> Vec<(SmolStr, Value)> {
    let wanted = state.outputs.iter().filter(|(name, _)| only.is_none_or(|only| only == name.as_str()));
    wanted.map(|(name, output)| (name.clone(), output.value.unmark_deep().0)).collect()
}

impl Work for Together<'_, '_> {
    type Result = Ended;

    fn start(&mut self, step: u32) -> Step<Ended> {
        let Some((at, index)) = self.steps.place(step) else { return Step::Done };
        match self.executors[at].plan.operations[index as usize].kind {
            OperationKind::Await(awaited) => self.take_outputs(at, awaited),
            _ => self.executors[at].start(index),
        }
    }

    fn finish(&mut self, step: u32, ended: Ended) -> Step<Ended> {
        match self.steps.place(step) {
            Some((at, index)) => self.executors[at].finish(index, ended),
            None => Step::Done,
        }
    }

    fn commit(&mut self) -> bool {
        // All of them, whether one fails or not.
        let failed = self.executors.iter_mut().map(Work::commit).filter(|is_written| !is_written).count();
        failed == 0
    }

    fn pause(&mut self) {
        self.executors.iter_mut().for_each(Work::pause);
    }

    fn cut_off(&mut self, step: u32) {
        if let Some((at, index)) = self.steps.place(step) {
            self.executors[at].cut_off(index);
        }
    }
}
