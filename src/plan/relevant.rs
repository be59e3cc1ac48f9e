//! Which attributes of resources the changes of a plan were made from: of what has changed outside, only
//! that is worth mentioning.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use petgraph::graph::NodeIndex;

use crate::config::graph::{ConfigGraph, NodeKind};
use crate::config::module::Repetition;
use crate::config::reference::{Reference, Subject};
use crate::graph::{InstanceAddress, InstanceKey, ModuleAddress, ResourceAddress};
use crate::lang::references::references;
use crate::lang::{Number, Path, PathStep, Value};
use crate::plan::evaluate::{Evaluator, ModuleId};
use crate::plan::{Action, OutputChange, PlanMode, RelevantAttribute, ResourceChange};
use crate::syntax::ast::{Expr, StepKind, Traversal};

/// What changes refer to, directly or through values, but not through other resources; sorted, each once. Outputs of
/// modules are in no state, so each that is made counts as a change.
pub(super) fn relevant_attributes(
    evaluator: &Evaluator<'_>,
    mode: PlanMode,
    changes: &[ResourceChange],
    outputs: &[OutputChange],
) -> Vec<RelevantAttribute> {
    let graph = evaluator.graph();
    let mut search = Search { graph, seen: HashSet::new(), queue: Vec::new(), found: BTreeMap::new() };
    let mut resources = HashSet::new();
    for change in changes.iter().filter(|c| c.change.action != Action::NoOp) {
        let ResourceAddress { module, resource } = &*change.address.resource;
        if resources.insert(&change.address.resource)
            && let Some(index) = graph.module(&module.path())
            && let Some(node) = graph.resource(index, resource)
        {
            search.follow(module.clone(), node);
        }
    }
    for output in outputs.iter().filter(|o| o.change.action != Action::NoOp) {
        if let Some(node) = graph.output(0, &output.name) {
            search.follow(ModuleAddress::root(), node);
        }
    }
    if mode != PlanMode::Destroy {
        search.module_outputs(evaluator);
    }
    search.found.into_values().collect()
}

/// Something with expressions, in an instance of its module. Where a reference doesn't say which instance, the address
/// has no key.
type Place = (ModuleAddress, NodeIndex);

struct Search<'s, 'c> {
    graph: &'s ConfigGraph<'c>,
    seen: HashSet<Place>,
    queue: Vec<Place>,
    found: BTreeMap<(String, String), RelevantAttribute>,
}

impl Search<'_, '_> {
    fn module_outputs(&mut self, evaluator: &Evaluator<'_>) {
        let graph = self.graph;
        for (index, module) in graph.modules.iter().enumerate().skip(1) {
            for (instance, address) in evaluator.addresses_of(index).into_iter().enumerate() {
                for node in module.tree.module.outputs.keys().filter_map(|name| graph.output(index, name)) {
                    if !evaluator.value(ModuleId { module: index, instance }, node).is_null() {
                        self.follow(address.clone(), node);
                    }
                }
            }
        }
    }

    /// Follows what a node refers to, through values and up to resources.
    fn follow(&mut self, module: ModuleAddress, start: NodeIndex) {
        self.queue.push((module, start));
        while let Some(place) = self.queue.pop() {
            if !self.seen.contains(&place) {
                self.seen.insert(place.clone());
                self.references_of(&place);
            }
        }
    }

    fn references_of(&mut self, (module, node): &Place) {
        let graph = self.graph;
        let index = graph.node(*node).module;
        match graph.node(*node).kind {
            NodeKind::Variable(v) => {
                let argument = graph.modules[index].arguments.get(&v.name.name);
                if let (Some(argument), Some((outside, _))) = (argument, graph.modules[index].caller) {
                    self.expression(&module.parent(), outside, &argument.expr);
                }
            }
            NodeKind::Local(l) => self.expression(module, index, &l.expr),
            NodeKind::Output(o) => self.expression(module, index, &o.expr),
            NodeKind::Resource(r) => {
                if let Repetition::Count(expr) | Repetition::ForEach(expr) = &r.repetition {
                    self.expression(module, index, expr);
                }
                for traversal in graph.body_references(*node) {
                    self.reference(module, index, traversal);
                }
            }
            NodeKind::Module => {
                let outputs = graph.modules[index].tree.module.outputs.keys();
                let nodes = outputs.filter_map(|name| graph.output(index, name));
                self.queue.extend(nodes.map(|output| (module.clone(), output)));
            }
            NodeKind::Call(_) | NodeKind::Provider(..) => {}
        }
    }

    fn expression(&mut self, module: &ModuleAddress, index: usize, expr: &Expr) {
        for traversal in references(expr) {
            self.reference(module, index, traversal);
        }
    }

    fn reference(&mut self, module: &ModuleAddress, index: usize, traversal: &Traversal) {
        let Ok(reference) = Reference::parse(traversal) else { return };
        let key_of = |key: &Option<Value>| key.as_ref().and_then(InstanceKey::from_value).unwrap_or_default();
        match &reference.subject {
            Subject::Resource { resource, key } => {
                if self.graph.resource(index, resource).is_some() {
                    let path = reference.rest.iter().map(|step| step_of(&step.kind)).collect();
                    let address = ResourceAddress { module: module.clone(), resource: resource.clone() };
                    self.add(&Arc::new(address).instance(key_of(key)), Path(path));
                }
            }
            Subject::Module { name, key, .. } => {
                let called = module.child(name.clone(), key_of(key));
                self.queue.extend(self.graph.target(index, traversal).map(|node| (called, node)));
            }
            _ => self.queue.extend(self.graph.target(index, traversal).map(|node| (module.clone(), node))),
        }
    }

    fn add(&mut self, resource: &InstanceAddress, attribute: Path) {
        let address = resource.to_string();
        let shown = attribute.to_string();
        let relevant = RelevantAttribute { resource: address.as_str().into(), attribute };
        self.found.insert((address, shown), relevant);
    }
}

fn step_of(step: &StepKind) -> PathStep {
    match step {
        StepKind::Attr(name) => PathStep::Attr(name.clone()),
        StepKind::Key(key) => PathStep::Index(Value::string(key.clone())),
        StepKind::Index { number, .. } => {
            PathStep::Index(Number::parse(number).map_or_else(|| Value::string(number.clone()), Value::from))
        }
    }
}
