//! The steps of several plans as one: what is made waits for the outputs that it is made from, and what is destroyed
//! for what was made from it.

use std::collections::{HashMap, HashSet};

use smol_str::SmolStr;

use crate::graph::ConfigAddress;
use crate::plan::{Awaited, OperationKind, Plan};

/// The steps of several plans, numbered through, and behind them milestones that belong to none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// The number of each plan's first step.
    firsts: Vec<u32>,
    /// The number of the first milestone.
    milestones: u32,
    /// What each step waits for.
    after: Vec<Vec<u32>>,
}

impl Steps {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.after.len()
    }

    /// What a step waits for.
    #[must_use]
    pub fn after(&self, step: u32) -> &[u32] {
        &self.after[step as usize]
    }

    /// The plan that a step is of, with its number there; none for a milestone.
    #[must_use]
    pub fn place(&self, step: u32) -> Option<(usize, u32)> {
        if step >= self.milestones {
            return None;
        }
        let plan = self.firsts.partition_point(|first| *first <= step) - 1;
        Some((plan, step - self.firsts[plan]))
    }

    /// The numbers of a plan's steps.
    #[must_use]
    pub fn of(&self, plan: usize) -> std::ops::Range<usize> {
        let end = self.firsts.get(plan + 1).copied().unwrap_or(self.milestones);
        self.firsts[plan] as usize..end as usize
    }

    /// The steps of plans, by the names of their stacks.
    #[must_use]
    pub fn together(plans: &[(SmolStr, &Plan)]) -> Self {
        let mut steps = Steps::default();
        for (_, plan) in plans {
            let first = number(steps.after.len());
            steps.firsts.push(first);
            let shifted = plan.operations.iter().map(|o| o.after.iter().map(|earlier| earlier + first).collect());
            steps.after.extend(shifted);
        }
        steps.milestones = number(steps.after.len());
        let positions: HashMap<&str, usize> =
            plans.iter().enumerate().map(|(i, (stack, _))| (stack.as_str(), i)).collect();
        for (reader, (_, plan)) in plans.iter().enumerate() {
            steps.make_in_order(plans, reader, plan, &positions);
        }
        let firm: Vec<usize> = steps.after.iter().map(Vec::len).collect();
        for (_, plan) in plans {
            steps.destroy_in_order(plans, plan, &positions);
        }
        steps.drop_cycles(&firm);
        steps
    }

    fn make_in_order(
        &mut self,
        plans: &[(SmolStr, &Plan)],
        reader: usize,
        plan: &Plan,
        positions: &HashMap<&str, usize>,
    ) {
        for (index, operation) in plan.operations.iter().enumerate() {
            let OperationKind::Await(awaited) = operation.kind else { continue };
            let Awaited { stack, output } = &plan.awaited[awaited as usize];
            let Some(read) = positions.get(stack.as_str()).copied() else { continue };
            let outputs = &plans[read].1.output_steps;
            let waits: Vec<u32> = match output {
                Some(output) => outputs.get(output).copied().into_iter().collect(),
                None => outputs.values().copied().collect(),
            };
            let first = self.firsts[read];
            self.after[self.firsts[reader] as usize + index].extend(waits.into_iter().map(|step| first + step));
        }
    }

    /// What a stack destroys waits until what others made from its outputs is gone.
    fn destroy_in_order(&mut self, plans: &[(SmolStr, &Plan)], plan: &Plan, positions: &HashMap<&str, usize>) {
        let mut read: HashMap<usize, HashSet<ConfigAddress>> = HashMap::new();
        for link in &plan.links {
            if let Some(stack) = positions.get(link.stack.as_str()) {
                read.entry(*stack).or_default().insert(link.address.resource.config());
            }
        }
        let Some(reader) = plans.iter().position(|(_, other)| std::ptr::eq(*other, plan)) else { return };
        let mut read: Vec<_> = read.into_iter().collect();
        read.sort_by_key(|(stack, _)| *stack);
        for (stack, sources) in read {
            let gone = self.destroys(reader, plan, |index| was_made_from(plan, index, &sources));
            let waiting = self.destroys(stack, plans[stack].1, |_| true);
            if gone.is_empty() || waiting.is_empty() {
                continue;
            }
            let milestone = number(self.after.len());
            self.after.push(gone);
            waiting.iter().for_each(|step| self.after[*step as usize].push(milestone));
        }
    }

    /// The steps of a plan that destroy objects, those of which a change says so.
    fn destroys(&self, at: usize, plan: &Plan, is_meant: impl Fn(u32) -> bool) -> Vec<u32> {
        let first = self.firsts[at];
        let destroys = plan.operations.iter().enumerate().filter_map(|(i, o)| match o.kind {
            OperationKind::Destroy(change) if is_meant(change) => Some(first + number(i)),
            _ => None,
        });
        destroys.collect()
    }

    /// Where steps would wait for themselves, nothing that is destroyed waits for another stack: replacements that create first
    /// go the other way. `firm` says how many of its waits each step has to keep.
    fn drop_cycles(&mut self, firm: &[usize]) {
        let stuck = self.stuck();
        for step in stuck {
            if let Some(firm) = firm.get(step) {
                self.after[step].truncate(*firm);
            }
        }
    }

    /// Steps that wait for themselves, directly or not, and what waits for those.
    fn stuck(&self) -> Vec<usize> {
        let mut waits: Vec<usize> = self.after.iter().map(Vec::len).collect();
        let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); self.after.len()];
        for (step, after) in self.after.iter().enumerate() {
            after.iter().for_each(|earlier| dependents[*earlier as usize].push(step));
        }
        let mut ready: Vec<usize> = (0..waits.len()).filter(|step| waits[*step] == 0).collect();
        while let Some(step) = ready.pop() {
            for dependent in &dependents[step] {
                waits[*dependent] -= 1;
                if waits[*dependent] == 0 {
                    ready.push(*dependent);
                }
            }
        }
        (0..waits.len()).filter(|step| waits[*step] > 0).collect()
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether the object that a change destroys was made from one of these.
fn was_made_from(plan: &Plan, change: u32, sources: &HashSet<ConfigAddress>) -> bool {
    let change = &plan.changes[change as usize];
    let instance =
        plan.prior.resources.get(&change.address.resource).and_then(|r| r.instances.get(&change.address.key));
    let object = instance.and_then(|instance| match &change.deposed {
        Some(key) => instance.deposed.get(key),
        None => instance.current.as_ref(),
    });
    object.is_some_and(|object| object.dependencies.iter().any(|d| sources.contains(d)))
}
