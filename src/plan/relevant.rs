//! Which attributes of resources the changes of a plan were made from: of what has changed outside, only
//! that is worth mentioning.

use std::collections::{BTreeMap, HashSet};

use petgraph::graph::NodeIndex;

use crate::config::graph::{ConfigGraph, NodeKind};
use crate::config::reference::{Reference, Subject};
use crate::lang::references::references;
use crate::lang::{Number, Path, PathStep, Value};
use crate::plan::evaluate::Evaluator;
use crate::plan::{Action, OutputChange, RelevantAttribute, ResourceChange};
use crate::schema::body_expressions;
use crate::syntax::ast::{Expr, StepKind, Traversal};

/// What changes refer to, directly or through values; sorted, each once.
pub(super) fn relevant_attributes(
    evaluator: &Evaluator<'_>,
    changes: &[ResourceChange],
    outputs: &[OutputChange],
) -> Vec<RelevantAttribute> {
    let graph = evaluator.graph();
    let mut search = Search { graph, seen: HashSet::new(), found: BTreeMap::new() };
    let mut resources = HashSet::new();
    for change in changes.iter().filter(|c| c.change.action != Action::NoOp) {
        if resources.insert(&change.address.resource)
            && let Some(id) = evaluator.find_module(&change.address.resource.module)
            && let Some(node) = graph.resource(id.module, &change.address.resource.resource)
        {
            search.node(node);
        }
    }
    for output in outputs.iter().filter(|o| o.change.action != Action::NoOp) {
        if let Some(node) = graph.output(0, &output.name) {
            search.node(node);
        }
    }
    search.found.into_values().collect()
}

struct Search<'s, 'c> {
    graph: &'s ConfigGraph<'c>,
    seen: HashSet<NodeIndex>,
    found: BTreeMap<(String, String), RelevantAttribute>,
}

impl Search<'_, '_> {
    /// Follows what a node refers to, through values and up to resources.
    fn node(&mut self, start: NodeIndex) {
        let mut queue = vec![start];
        while let Some(node) = queue.pop() {
            if !self.seen.insert(node) {
                continue;
            }
            let module = self.graph.node(node).module;
            for (at, expr) in self.expressions(node) {
                for traversal in references(&expr) {
                    self.reference(at.unwrap_or(module), traversal, &mut queue);
                }
            }
        }
    }

    /// The expressions of a node, with the module they are evaluated in if that is another.
    fn expressions(&self, node: NodeIndex) -> Vec<(Option<usize>, std::sync::Arc<Expr>)> {
        let module = self.graph.node(node).module;
        match self.graph.node(node).kind {
            NodeKind::Variable(v) => {
                let caller = self.graph.modules[module].caller;
                let argument = self.graph.modules[module].arguments.get(&v.name.name);
                argument
                    .map(|a| (caller.map(|(outside, _)| outside), std::sync::Arc::clone(&a.expr)))
                    .into_iter()
                    .collect()
            }
            NodeKind::Local(l) => vec![(None, std::sync::Arc::clone(&l.expr))],
            NodeKind::Output(o) => vec![(None, std::sync::Arc::clone(&o.expr))],
            NodeKind::Resource(r) => {
                let schema = crate::providers::resource_schema(r.key.mode, &r.key.kind);
                let body = schema.map(|s| body_expressions(&r.body, &s.block)).unwrap_or_default();
                body.into_iter().map(|(expr, _)| (None, expr)).collect()
            }
            NodeKind::Call(_) | NodeKind::Module => Vec::new(),
        }
    }

    fn reference(&mut self, module: usize, traversal: &Traversal, queue: &mut Vec<NodeIndex>) {
        let Ok(reference) = Reference::parse(traversal) else { return };
        if let Subject::Resource { resource, key } = &reference.subject {
            if self.graph.resource(module, resource).is_some() {
                let path = reference.rest.iter().map(|step| step_of(&step.kind)).collect();
                self.add(module, resource, key.as_ref(), Path(path));
            }
            return;
        }
        queue.extend(self.graph.target(module, traversal));
    }

    fn add(
        &mut self,
        module: usize,
        resource: &crate::config::module::ResourceKey,
        key: Option<&Value>,
        attribute: Path,
    ) {
        let mut address = String::new();
        for step in &self.graph.modules[module].tree.path {
            address.push_str(&format!("module.{step}."));
        }
        address.push_str(&resource.to_string());
        if let Some(key) = key.and_then(crate::graph::InstanceKey::from_value) {
            address.push_str(&key.to_string());
        }
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
