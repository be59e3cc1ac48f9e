//! The steps of an apply and what each waits for. Instances wait for instances wherever a reference says
//! which; what stands for many (all of a resource, a local value made of many) is a milestone, so that there
//! are never more edges than references. See the rules of ordering: a new object after what it refers to; an
//! object goes before what it was made from does, and after what replaces it where it is replaced so.

mod destroy;
mod needs;
mod remote;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::graph::{ConfigGraph, NodeKind};
use crate::config::scope::Instance;
use crate::graph::{InstanceAddress, InstanceKey, ResourceAddress};
use crate::lang::eval::evaluate;
use crate::plan::conditions::check_address;
use crate::plan::evaluate::{Evaluator, ModuleId};
use crate::plan::{Action, Awaited, Link, Operation, OperationKind, OutputChange, ResourceChange};
use crate::state::{CheckState, State};

use needs::{Key, needs_of_conditions};
pub(super) use needs::{Need, needs};

/// The step after which something is as it will be; none if it is already.
type Wait = Option<u32>;

/// The steps of an apply.
#[derive(Default)]
pub(super) struct Steps {
    pub operations: Vec<Operation>,
    /// The step after which an output of the root module is what it will be.
    pub outputs: BTreeMap<SmolStr, u32>,
    /// What is waited for in other stacks.
    pub awaited: Vec<Awaited>,
}

/// The steps that carry out changes. `order` has every node of the graph after what it depends on.
#[expect(clippy::too_many_arguments, reason = "the parts of a plan that its steps are made from")]
pub(super) fn operations(
    evaluator: &Evaluator<'_>,
    order: &[NodeIndex],
    changes: &[ResourceChange],
    outputs: &[OutputChange],
    checks: &[CheckState],
    undecided: &BTreeSet<SmolStr>,
    prior: &State,
    links: &[Link],
) -> Steps {
    let index = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
    let mut builder = Builder {
        evaluator,
        graph: evaluator.graph(),
        changes,
        change_of: changes
            .iter()
            .enumerate()
            .filter(|(_, c)| c.deposed.is_none())
            .map(|(i, c)| (&c.address, index(i)))
            .collect(),
        output_of: outputs.iter().enumerate().map(|(i, o)| (o.name.as_str(), index(i))).collect(),
        check_of: checks
            .iter()
            .enumerate()
            .filter(|(_, c)| undecided.contains(&c.config_address))
            .map(|(i, c)| (c.config_address.as_str(), index(i)))
            .collect(),
        operations: Vec::new(),
        values: HashMap::new(),
        resources: HashMap::new(),
        milestones: HashMap::new(),
        made: vec![None; changes.len()],
        linked: remote::linked(evaluator, links),
        awaits: HashMap::new(),
        awaited: Vec::new(),
    };
    if changes.iter().any(does_something)
        || outputs.iter().any(|o| o.change.action != Action::NoOp)
        || !undecided.is_empty()
    {
        order.iter().for_each(|node| builder.node(*node));
        builder.checks();
        builder.generated();
        builder.outputs_gone(outputs);
        builder.destroy(prior);
    }
    let mut outputs = builder.output_steps();
    let awaited = std::mem::take(&mut builder.awaited);
    let (operations, places) = in_order(builder.operations);
    outputs.values_mut().for_each(|step| *step = places.get(*step as usize).copied().unwrap_or(*step));
    Steps { operations, outputs, awaited }
}

/// The same steps, each behind those that it waits for, and as they were where that leaves it open; with the place where each
/// is now, if any has moved.
fn in_order(operations: Vec<Operation>) -> (Vec<Operation>, Vec<u32>) {
    if operations.iter().enumerate().all(|(i, o)| o.after.iter().all(|a| (*a as usize) < i)) {
        return (operations, Vec::new());
    }
    let mut waits: Vec<usize> = operations.iter().map(|o| o.after.len()).collect();
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); operations.len()];
    for (i, o) in operations.iter().enumerate() {
        o.after.iter().for_each(|a| dependents[*a as usize].push(i));
    }
    let mut ready: BinaryHeap<Reverse<usize>> = (0..waits.len()).filter(|i| waits[*i] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(operations.len());
    let mut places = vec![0u32; operations.len()];
    while let Some(Reverse(next)) = ready.pop() {
        places[next] = u32::try_from(order.len()).unwrap_or(u32::MAX);
        order.push(next);
        for d in &dependents[next] {
            waits[*d] -= 1;
            if waits[*d] == 0 {
                ready.push(Reverse(*d));
            }
        }
    }
    let mut operations: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    let moved = order.iter().filter_map(|i| operations[*i].take());
    let renumbered = |o: Operation| Operation { after: o.after.iter().map(|a| places[*a as usize]).collect(), ..o };
    (moved.map(renumbered).collect(), places)
}

fn does_something(change: &ResourceChange) -> bool {
    change.change.action != Action::NoOp || change.importing.is_some()
}

struct Builder<'b, 'c> {
    evaluator: &'b Evaluator<'c>,
    graph: &'c ConfigGraph<'c>,
    changes: &'b [ResourceChange],
    change_of: HashMap<&'b InstanceAddress, u32>,
    output_of: HashMap<&'b str, u32>,
    /// Conditions that are still to be tried, by block.
    check_of: HashMap<&'b str, u32>,
    operations: Vec<Operation>,
    /// When values (and calls, and modules as a whole) are as they will be; what isn't here is.
    values: HashMap<(ModuleId, NodeIndex), u32>,
    /// When instances of resources are, by position; what isn't here is.
    resources: HashMap<(ModuleId, NodeIndex), Vec<Wait>>,
    /// When all instances are, made when first asked for.
    milestones: HashMap<(ModuleId, NodeIndex), Wait>,
    /// The step that makes the object of a change what it will be.
    made: Vec<Wait>,
    /// Data sources that read stacks which are planned together with this one.
    linked: HashMap<(ModuleId, NodeIndex), Vec<remote::Linked>>,
    /// The steps that wait for those.
    awaits: HashMap<Awaited, u32>,
    awaited: Vec<Awaited>,
}

impl<'c> Builder<'_, 'c> {
    fn push(&mut self, kind: OperationKind, mut after: Vec<u32>) -> u32 {
        after.sort_unstable();
        after.dedup();
        let index = u32::try_from(self.operations.len()).unwrap_or(u32::MAX);
        self.operations.push(Operation { kind, after });
        index
    }

    /// One step to wait for in the place of several.
    fn join(&mut self, mut after: Vec<u32>) -> Wait {
        after.sort_unstable();
        after.dedup();
        match after.as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => Some(self.push(OperationKind::Milestone, after)),
        }
    }

    fn node(&mut self, node: NodeIndex) {
        let module = self.graph.node(node).module;
        let needs = needs(self.graph, node);
        let mut tried_after: Option<Vec<u32>> = None;
        for instance in 0..self.evaluator.instance_count(module) {
            let id = ModuleId { module, instance };
            match self.graph.node(node).kind {
                NodeKind::Resource(_) => self.resource(id, node, &needs),
                NodeKind::Module => {
                    let after = self.everything(id, node);
                    let wait = self.join(after);
                    self.set_value(id, node, wait);
                }
                kind => {
                    let is_variable = matches!(kind, NodeKind::Variable(_));
                    let (from, own) = match is_variable {
                        true => (self.evaluator.module(id).caller, self.evaluator.module(id).instance.clone()),
                        false => (id, Instance::default()),
                    };
                    let mut after = self.module_wait(id);
                    for need in &needs {
                        self.wait_for(from, need, &own, &mut after);
                    }
                    if let NodeKind::Variable(v) = kind {
                        for need in needs_of_conditions(self.graph, module, &v.validations) {
                            self.wait_for(id, &need, &Instance::default(), &mut after);
                        }
                    }
                    let wait = match kind {
                        NodeKind::Output(o) if id == ModuleId::ROOT => self.output(node, &o.name.name, after),
                        _ if self.check(node).is_some() => {
                            tried_after.get_or_insert_default().extend(after);
                            continue;
                        }
                        _ => self.join(after),
                    };
                    self.set_value(id, node, wait);
                }
            }
        }
        if let (Some(after), Some(check)) = (tried_after, self.check(node)) {
            self.tried(node, check, after);
        }
    }

    /// Values with conditions that are still to be tried, which are in all instances of the module together.
    fn tried(&mut self, node: NodeIndex, check: u32, after: Vec<u32>) {
        let step = self.push(OperationKind::Check(check), after);
        let module = self.graph.node(node).module;
        for instance in 0..self.evaluator.instance_count(module) {
            self.set_value(ModuleId { module, instance }, node, Some(step));
        }
    }

    /// The conditions of a block, if they are still to be tried.
    fn check(&self, node: NodeIndex) -> Option<u32> {
        // Addresses are texts, which would be made for nothing.
        if self.check_of.is_empty() { None } else { self.check_of.get(self.graph.address(node).as_str()).copied() }
    }

    /// An output of the root module. One that is written tries its conditions itself.
    fn output(&mut self, node: NodeIndex, name: &str, after: Vec<u32>) -> Wait {
        match (self.output_of.get(name).copied(), self.check(node)) {
            (Some(output), _) => Some(self.push(OperationKind::Output(output), after)),
            (None, Some(check)) => Some(self.push(OperationKind::Check(check), after)),
            (None, None) => self.join(after),
        }
    }

    fn set_value(&mut self, id: ModuleId, node: NodeIndex, wait: Wait) {
        if let Some(wait) = wait {
            self.values.insert((id, node), wait);
        }
    }

    /// What everything in an instance of a module waits for: `depends_on` of its call.
    fn module_wait(&self, id: ModuleId) -> Vec<u32> {
        let Some((outside, call)) = self.graph.modules[id.module].caller else { return Vec::new() };
        let caller = self.evaluator.module(id).caller;
        let node = self.graph.call(outside, &call.name.name);
        node.and_then(|node| self.values.get(&(caller, node))).copied().into_iter().collect()
    }

    /// All of a module's instance.
    fn everything(&mut self, id: ModuleId, node: NodeIndex) -> Vec<u32> {
        let contents: Vec<NodeIndex> = self.graph.dependencies(node).collect();
        let mut after = Vec::new();
        for inner in contents {
            let at = self.graph.node(inner).module;
            match self.graph.node(inner).kind {
                NodeKind::Resource(_) => after.extend(self.all_instances(id, inner)),
                NodeKind::Module => {
                    for instance in 0..self.evaluator.instance_count(at) {
                        let child = ModuleId { module: at, instance };
                        if self.evaluator.module(child).caller == id {
                            after.extend(self.values.get(&(child, inner)));
                        }
                    }
                }
                _ => after.extend(self.values.get(&(id, inner))),
            }
        }
        after
    }

    fn resource(&mut self, id: ModuleId, node: NodeIndex, needs: &[Need]) {
        let NodeKind::Resource(r) = self.graph.node(node).kind else { return };
        let Some(instances) = self.evaluator.resource_instances(id, &r.key) else { return };
        let expansion = &instances.expansion;
        let module = self.evaluator.module(id).address.clone();
        let resource = std::sync::Arc::new(ResourceAddress { module, resource: r.key.clone() });
        let check = self.check(node);
        let around = self.module_wait(id);
        let mut waits = Vec::with_capacity(expansion.len());
        let mut unchecked = Vec::new();
        for position in 0..expansion.len() {
            let own = expansion.instance(position);
            let mut after = around.clone();
            for need in needs {
                self.wait_for(id, need, &own, &mut after);
            }
            self.wait_for_stack((id, node), position, &mut after);
            let change = self.change_of.get(&resource.instance(expansion.key(position))).copied();
            let wait = match change.and_then(|i| make(&self.changes[i as usize], i)) {
                Some(kind) => Some(self.push(kind, after)),
                None if check.is_some() => {
                    unchecked.extend(after.iter().copied());
                    self.join(after)
                }
                None => self.join(after),
            };
            if let Some(i) = change {
                self.made[i as usize] =
                    wait.filter(|w| !matches!(self.operations[*w as usize].kind, OperationKind::Milestone));
            }
            waits.push(wait);
        }
        if let Some(check) = check.filter(|_| waits.iter().any(|w| w.is_none_or(|w| !self.is_making(w)))) {
            // Of instances that don't change, conditions are tried by themselves.
            unchecked.extend(waits.iter().flatten());
            let tried = self.push(OperationKind::Check(check), unchecked);
            waits.iter_mut().for_each(|w| *w = Some(tried));
        }
        if waits.iter().any(Option::is_some) {
            self.resources.insert((id, node), waits);
        }
    }

    fn is_making(&self, step: u32) -> bool {
        matches!(
            self.operations[step as usize].kind,
            OperationKind::Create(_) | OperationKind::Update(_) | OperationKind::Read(_)
        )
    }

    fn wait_for(&mut self, id: ModuleId, need: &Need, own: &Instance, after: &mut Vec<u32>) {
        match need {
            Need::Node(node) => after.extend(self.values.get(&(id, *node))),
            Need::Resource(node, key) => {
                if !self.resources.contains_key(&(id, *node)) {
                    return;
                }
                let position = self.key(id, key, own).and_then(|key| self.position(id, *node, &key));
                let wait = match position {
                    Some(position) => self.resources[&(id, *node)].get(position).copied().flatten(),
                    None => self.all_instances(id, *node),
                };
                after.extend(wait);
            }
            Need::RemoteOutput(node, key, output) => self.wait_for_remote(id, *node, key, output, own, after),
            Need::Provider(node) => {
                let at = self.evaluator.around(id, self.graph.node(*node).module);
                after.extend(self.values.get(&(at, *node)));
            }
            Need::Module { call, key, output } => {
                self.wait_for_module(id, call, self.key(id, key, own), output.as_deref(), after)
            }
        }
    }

    fn wait_for_module(
        &mut self,
        id: ModuleId,
        call: &str,
        key: Option<InstanceKey>,
        output: Option<&str>,
        after: &mut Vec<u32>,
    ) {
        let (Some(child), Some(calls)) = (self.graph.child(id.module, call), self.evaluator.call_instances(id, call))
        else {
            return;
        };
        let node = output.and_then(|o| self.graph.output(child, o)).unwrap_or_else(|| self.graph.whole(child));
        let single = key.or(Some(InstanceKey::None)).and_then(|key| calls.expansion.position(&key));
        let positions = match single {
            Some(position) => position..position + 1,
            None => 0..calls.expansion.len(),
        };
        let first = calls.first;
        let many = positions.len() > 1;
        if many && let Some(wait) = self.milestones.get(&(id, node)) {
            after.extend(wait);
            return;
        }
        let waits: Vec<u32> = positions
            .filter_map(|p| self.values.get(&(ModuleId { module: child, instance: first + p }, node)).copied())
            .collect();
        let wait = self.join(waits);
        if many {
            self.milestones.insert((id, node), wait);
        }
        after.extend(wait);
    }

    /// When all instances of a resource are as they will be.
    fn all_instances(&mut self, id: ModuleId, node: NodeIndex) -> Wait {
        if let Some(wait) = self.milestones.get(&(id, node)) {
            return *wait;
        }
        let waits: Vec<u32> = self.resources.get(&(id, node)).into_iter().flatten().flatten().copied().collect();
        let wait = self.join(waits);
        self.milestones.insert((id, node), wait);
        wait
    }

    fn position(&self, id: ModuleId, node: NodeIndex, key: &InstanceKey) -> Option<usize> {
        let NodeKind::Resource(r) = self.graph.node(node).kind else { return None };
        self.evaluator.resource_instances(id, &r.key)?.expansion.position(key)
    }

    fn key(&self, id: ModuleId, key: &Key, own: &Instance) -> Option<InstanceKey> {
        match key {
            Key::Any => None,
            Key::Is(key) => Some(key.clone()),
            Key::Computed(expr) => {
                let value = evaluate(expr, &self.evaluator.scope(id, own.clone())).ok()?;
                InstanceKey::from_value(&value.unmark().0)
            }
        }
    }

    /// Imports of what the configuration did not have.
    fn generated(&mut self) {
        for (i, change) in self.changes.iter().enumerate().filter(|(_, c)| c.generated_config.is_some()) {
            let index = u32::try_from(i).unwrap_or(u32::MAX);
            if let Some(kind) = make(change, index) {
                self.push(kind, Vec::new());
            }
        }
    }

    /// Assertions that could not be decided.
    fn checks(&mut self) {
        for module in 0..self.graph.modules.len() {
            let tree = self.graph.modules[module].tree;
            for (name, check) in &tree.module.checks {
                let address = check_address(&tree.path, name);
                let Some(index) = self.check_of.get(address.as_str()).copied() else { continue };
                let needs = needs_of_conditions(self.graph, module, &check.asserts);
                let mut after = Vec::new();
                for instance in 0..self.evaluator.instance_count(module) {
                    for need in &needs {
                        self.wait_for(ModuleId { module, instance }, need, &Instance::default(), &mut after);
                    }
                }
                self.push(OperationKind::Check(index), after);
            }
        }
    }

    /// Outputs that the configuration does not have any more.
    fn outputs_gone(&mut self, outputs: &[OutputChange]) {
        for (i, output) in outputs.iter().enumerate() {
            if output.change.action == Action::Delete {
                let index = u32::try_from(i).unwrap_or(u32::MAX);
                self.push(OperationKind::Output(index), Vec::new());
            }
        }
    }
}

/// The step that makes an object what it will be.
fn make(change: &ResourceChange, index: u32) -> Option<OperationKind> {
    match change.change.action {
        Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete => Some(OperationKind::Create(index)),
        Action::Update => Some(OperationKind::Update(index)),
        Action::Read => Some(OperationKind::Read(index)),
        Action::NoOp if change.importing.is_some() => Some(OperationKind::Adopt(index)),
        Action::NoOp | Action::Delete | Action::Forget => None,
    }
}
