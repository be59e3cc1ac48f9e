//! When objects go. What depends on what is told by the state, since what goes need not be in the
//! configuration any more.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::graph::ConfigAddress;
use crate::plan::{Action, OperationKind, ResourceChange};
use crate::state::{InstanceState, ObjectState, State};

use super::{Builder, Wait};

/// The blocks of objects in state, by number, with what their objects were made from.
#[derive(Default)]
struct Blocks<'s> {
    numbers: HashMap<ConfigAddress, usize>,
    /// All that state lists.
    listed: Vec<Option<&'s [ConfigAddress]>>,
    more: Vec<BTreeSet<usize>>,
    /// Without what is reached through others.
    direct: Vec<Vec<usize>>,
    dependents: Vec<Vec<usize>>,
}

/// Steps that destroy objects of a block.
#[derive(Clone, Default)]
struct Going {
    /// Those of objects that go before what replaces them comes.
    first: Vec<u32>,
    /// Those of objects that go after what replaces them has come.
    last: Vec<u32>,
}

impl Builder<'_, '_> {
    /// Adds the steps that destroy, and what waits for them.
    pub(super) fn destroy(&mut self, prior: &State) {
        let goes = |c: &ResourceChange| {
            matches!(c.change.action, Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete)
        };
        for (i, change) in self.changes.iter().enumerate() {
            if change.change.action == Action::Forget {
                let index = u32::try_from(i).unwrap_or(u32::MAX);
                self.push(OperationKind::Forget(index), Vec::new());
            }
        }
        if !self.changes.iter().any(goes) {
            return;
        }
        let blocks = Blocks::new(prior);
        let mut going = vec![Going::default(); blocks.direct.len()];
        let mut steps = Vec::new();
        for (i, change) in self.changes.iter().enumerate().filter(|(_, c)| goes(c)) {
            let index = u32::try_from(i).unwrap_or(u32::MAX);
            let step = self.push(OperationKind::Destroy(index), Vec::new());
            let last = change.change.action == Action::CreateThenDelete
                || (change.change.action == Action::Delete && change.create_before_destroy);
            match change.change.action {
                Action::DeleteThenCreate => self.after(self.made[i], step),
                Action::CreateThenDelete => self.after(Some(step), self.made[i]),
                _ => {}
            }
            let block = blocks.number(&change.address.resource.config());
            if let Some(block) = block {
                let of = &mut going[block];
                if last { of.last.push(step) } else { of.first.push(step) }
            }
            steps.push((step, block));
        }
        let mut gone = Gone { blocks: &blocks, going: &going, known: HashMap::new() };
        for (step, block) in &steps {
            let Some(block) = block else { continue };
            for dependent in &blocks.dependents[*block] {
                let wait = gone.all(self, *dependent);
                self.after(Some(*step), wait);
            }
        }
        let hard: Vec<usize> = self.operations.iter().map(|o| o.after.len()).collect();
        self.order_makers(&blocks, &going);
        self.drop_cycles(&hard);
    }

    /// `step` waits for `wait`.
    fn after(&mut self, step: Wait, wait: impl Into<Wait>) {
        if let (Some(step), Some(wait)) = (step, wait.into())
            && step != wait
            && !self.operations[step as usize].after.contains(&wait)
        {
            self.operations[step as usize].after.push(wait);
        }
    }

    /// What is made waits for what it was made from, or what was made from it, to go; where that goes last, the other
    /// way round.
    fn order_makers(&mut self, blocks: &Blocks<'_>, going: &[Going]) {
        let mut makers: Vec<(Vec<u32>, Vec<u32>)> = vec![Default::default(); going.len()];
        for (i, change) in self.changes.iter().enumerate() {
            let (Some(step), Some(block)) = (self.made[i], blocks.number(&change.address.resource.config())) else {
                continue;
            };
            match self.operations[step as usize].kind {
                OperationKind::Update(_) => makers[block].0.push(step),
                OperationKind::Create(_) => makers[block].1.push(step),
                _ => {}
            }
        }
        for (block, (updates, creates)) in makers.into_iter().enumerate() {
            let all: Vec<u32> = updates.iter().chain(&creates).copied().collect();
            if all.is_empty() {
                continue;
            }
            for made_from in going_below(blocks, going, block) {
                self.order(&all, &going[made_from]);
            }
            if !updates.is_empty() {
                for dependent in &blocks.dependents[block] {
                    self.order(&updates, &going[*dependent]);
                }
            }
        }
    }

    fn order(&mut self, makers: &[u32], going: &Going) {
        let first = self.join(going.first.clone());
        for step in makers {
            self.after(Some(*step), first);
        }
        if !going.last.is_empty() {
            let made = self.join(makers.to_vec());
            for step in &going.last {
                self.after(Some(*step), made);
            }
        }
    }

    /// An order that is only by custom gives way where there would be no order at all. `hard` is how many of what each
    /// step waits for are not.
    fn drop_cycles(&mut self, hard: &[usize]) {
        let stuck = self.stuck();
        for step in &stuck {
            if let Some(keep) = hard.get(*step as usize) {
                self.operations[*step as usize].after.truncate(*keep);
            }
        }
    }

    /// The steps that could never be begun.
    fn stuck(&self) -> Vec<u32> {
        let mut waits: Vec<usize> = self.operations.iter().map(|o| o.after.len()).collect();
        let mut dependents = vec![Vec::new(); self.operations.len()];
        for (i, o) in self.operations.iter().enumerate() {
            o.after.iter().for_each(|a| dependents[*a as usize].push(i));
        }
        let mut ready: Vec<usize> = (0..waits.len()).filter(|i| waits[*i] == 0).collect();
        while let Some(done) = ready.pop() {
            for d in &dependents[done] {
                waits[*d] -= 1;
                if waits[*d] == 0 {
                    ready.push(*d);
                }
            }
        }
        (0..waits.len()).filter(|i| waits[*i] > 0).filter_map(|i| u32::try_from(i).ok()).collect()
    }
}

/// The nearest blocks that a block depends on of which objects go.
fn going_below(blocks: &Blocks<'_>, going: &[Going], block: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut queue = blocks.direct[block].clone();
    while let Some(b) = queue.pop() {
        if !seen.insert(b) {
            continue;
        }
        match going[b].first.is_empty() && going[b].last.is_empty() {
            true => queue.extend(&blocks.direct[b]),
            false => found.push(b),
        }
    }
    found.sort_unstable();
    found
}

/// When all objects of a block that go, and of those that depend on it, are gone.
struct Gone<'g, 's> {
    blocks: &'g Blocks<'s>,
    going: &'g [Going],
    known: HashMap<usize, Wait>,
}

impl Gone<'_, '_> {
    fn all(&mut self, builder: &mut Builder<'_, '_>, block: usize) -> Wait {
        // Without recursion: chains can be long.
        let mut stack = vec![(block, false)];
        while let Some((at, is_second)) = stack.pop() {
            if is_second {
                let going = &self.going[at];
                let mut after: Vec<u32> = going.first.iter().chain(&going.last).copied().collect();
                if after.is_empty() {
                    after
                        .extend(self.blocks.dependents[at].iter().filter_map(|d| self.known.get(d).copied().flatten()));
                }
                let wait = builder.join(after);
                self.known.insert(at, wait);
            } else if let Entry::Vacant(unknown) = self.known.entry(at) {
                // Should the state describe a cycle, it is cut here.
                unknown.insert(None);
                stack.push((at, true));
                let going = &self.going[at];
                if going.first.is_empty() && going.last.is_empty() {
                    stack.extend(self.blocks.dependents[at].iter().map(|d| (*d, false)));
                }
            }
        }
        self.known.get(&block).copied().flatten()
    }
}

impl<'s> Blocks<'s> {
    fn new(state: &'s State) -> Self {
        let mut blocks = Blocks::default();
        for (address, resource) in &state.resources {
            let number = blocks.add(address.config());
            for object in resource.instances.values().flat_map(objects) {
                blocks.list(number, &object.dependencies);
            }
        }
        blocks.reduce();
        blocks
    }

    fn add(&mut self, address: ConfigAddress) -> usize {
        let next = self.numbers.len();
        let number = *self.numbers.entry(address).or_insert(next);
        if number == next {
            self.listed.push(None);
            self.more.push(BTreeSet::new());
        }
        number
    }

    fn number(&self, address: &ConfigAddress) -> Option<usize> {
        self.numbers.get(address).copied()
    }

    /// Objects of a block mostly list the same.
    fn list(&mut self, number: usize, dependencies: &'s [ConfigAddress]) {
        match self.listed[number] {
            Some(listed) if std::ptr::eq(listed, dependencies) || listed == dependencies => return,
            Some(_) | None => {}
        }
        if self.listed[number].is_none() {
            self.listed[number] = Some(dependencies);
        }
        for d in dependencies {
            let d = self.add(d.clone());
            self.more[number].insert(d);
        }
    }

    /// Only direct dependencies are of interest: what is reached through another one is left out.
    fn reduce(&mut self) {
        let count = self.more.len();
        self.direct = vec![Vec::new(); count];
        self.dependents = vec![Vec::new(); count];
        for block in 0..count {
            let mut rest = self.more[block].clone();
            rest.remove(&block);
            let mut by_depth: Vec<usize> = rest.iter().copied().collect();
            by_depth.sort_by_key(|d| std::cmp::Reverse(self.more[*d].len()));
            for d in by_depth {
                if rest.contains(&d) {
                    self.direct[block].push(d);
                    for below in self.more[d].iter().filter(|b| !self.more[**b].contains(&d)) {
                        rest.remove(below);
                    }
                    rest.insert(d);
                }
            }
            for d in self.direct[block].clone() {
                self.dependents[d].push(block);
            }
        }
    }
}

fn objects(instance: &InstanceState) -> impl Iterator<Item = &ObjectState> {
    instance.current.iter().chain(instance.deposed.values()).map(|o| &**o)
}
