//! What a block refers to, as precisely as can be told without values: which node of the graph and, where the
//! reference names an instance, by which key.

use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::graph::{ConfigGraph, Node, NodeKind};
use crate::config::module::{Condition, Mode, Repetition, Resource, ResourceKey};
use crate::config::reference::{Reference, Subject};
use crate::graph::InstanceKey;
use crate::lang::references::{keyed_references, references};
use crate::providers::builtin::remote_state::REMOTE_STATE;
use crate::providers::{self, provisioners};
use crate::schema::{Block, body_expressions};
use crate::syntax::Span;
use crate::syntax::ast::{Expr, ExprKind, Ident, Step, StepKind, Traversal};
use crate::syntax::body::ConfigBody;

/// Which instance.
#[derive(Clone, Debug)]
pub(in crate::plan) enum Key {
    /// All, or it can't be told.
    Any,
    /// This one.
    Is(InstanceKey),
    /// The one that an expression names, which refers to nothing but the instance at hand and to constants.
    Computed(Expr),
}

/// Something that a block refers to.
#[derive(Clone, Debug)]
pub(in crate::plan) enum Need {
    /// A variable, local value, or a module as a whole, in the same instance of the module.
    Node(NodeIndex),
    /// A resource.
    Resource(NodeIndex, Key),
    /// One output that a data source `terraform_remote_state` has.
    RemoteOutput(NodeIndex, Key, SmolStr),
    /// A provider configuration, of the same module or of one around it.
    Provider(NodeIndex),
    /// A called module, or one output of it.
    Module { call: SmolStr, key: Key, output: Option<SmolStr> },
}

/// What a node refers to. For a variable those are references in the calling module.
pub(in crate::plan) fn needs(graph: &ConfigGraph<'_>, index: NodeIndex) -> Vec<Need> {
    let Node { module, kind } = graph.node(index);
    let caller = graph.modules[module].caller;
    let mut found = Needs { graph, module, found: Vec::new() };
    match kind {
        NodeKind::Variable(v) => {
            if let (Some((outside, _)), Some(argument)) = (caller, graph.modules[module].arguments.get(&v.name.name)) {
                found.module = outside;
                found.expr(&argument.expr);
            }
        }
        NodeKind::Local(l) => found.expr(&l.expr),
        NodeKind::Output(o) => {
            found.expr(&o.expr);
            found.all(&o.depends_on);
            found.conditions(&o.preconditions);
        }
        NodeKind::Resource(r) => {
            found.resource(r);
            let is_provider = |n: &NodeIndex| matches!(graph.node(*n).kind, NodeKind::Provider(..));
            found.found.extend(graph.dependencies(index).filter(is_provider).map(Need::Provider));
        }
        NodeKind::Provider(..) => found.all(graph.body_references(index)),
        NodeKind::Call(c) => {
            found.repetition(&c.repetition);
            found.all(&c.depends_on);
        }
        NodeKind::Module => {}
    }
    found.found
}

/// What the assertions of a check refer to.
pub(super) fn needs_of_conditions(graph: &ConfigGraph<'_>, module: usize, conditions: &[Condition]) -> Vec<Need> {
    let mut found = Needs { graph, module, found: Vec::new() };
    found.conditions(conditions);
    found.found
}

struct Needs<'n, 't> {
    graph: &'n ConfigGraph<'t>,
    module: usize,
    found: Vec<Need>,
}

impl Needs<'_, '_> {
    fn expr(&mut self, expr: &Expr) {
        for (traversal, key) in keyed_references(expr) {
            self.reference(traversal, key);
        }
    }

    fn all(&mut self, traversals: &[Traversal]) {
        traversals.iter().for_each(|t| self.reference(t, None));
    }

    fn conditions(&mut self, conditions: &[Condition]) {
        for c in conditions {
            self.expr(&c.condition);
            self.expr(&c.error_message);
        }
    }

    fn repetition(&mut self, repetition: &Repetition) {
        match repetition {
            Repetition::Single => {}
            Repetition::Count(e) => self.expr(e),
            // One instance for each instance of another resource: each waits for its own.
            Repetition::ForEach(e) => match &e.kind {
                ExprKind::Traversal(t) => self.reference(t, Some(&each_key(e.span))),
                _ => self.expr(e),
            },
        }
    }

    fn resource(&mut self, r: &Resource) {
        self.repetition(&r.repetition);
        self.all(&r.depends_on);
        match providers::resource_schema(r.key.mode, &r.key.kind) {
            Some(schema) => self.body(&r.body, &schema.block),
            None => r.body.expressions().iter().for_each(|e| self.expr(e)),
        }
        self.conditions(&r.lifecycle.preconditions);
        self.conditions(&r.lifecycle.postconditions);
        r.lifecycle.replace_triggered_by.iter().for_each(|e| self.expr(e));
        for p in r.provisioners.iter().filter(|p| !p.on_destroy) {
            if let Some(block) = provisioners::provisioner(&p.kind.name) {
                self.body(&p.body, block);
            }
            if let Some(connection) = p.connection.as_ref().or(r.connection.as_ref()) {
                self.body(connection, provisioners::connection());
            }
        }
    }

    fn body(&mut self, body: &ConfigBody, block: &Block) {
        for (expr, iterators) in body_expressions(body, block) {
            for (traversal, key) in keyed_references(&expr) {
                if !iterators.contains(&traversal.root.name) {
                    let key = key.filter(|k| !references(k).iter().any(|t| iterators.contains(&t.root.name)));
                    self.reference(traversal, key);
                }
            }
        }
    }

    fn reference(&mut self, traversal: &Traversal, computed: Option<&Expr>) {
        let Ok(reference) = Reference::parse(traversal) else { return };
        let pick = |key: &Option<crate::lang::Value>| match (key, computed) {
            (Some(key), _) => InstanceKey::from_value(key).map_or(Key::Any, Key::Is),
            (None, Some(expr)) if reference.whole == traversal.steps.len() && is_local(expr) => {
                Key::Computed(expr.clone())
            }
            _ => Key::Any,
        };
        let need = match &reference.subject {
            Subject::Variable(name) => self.graph.variable(self.module, name).map(Need::Node),
            Subject::Local(name) => self.graph.local(self.module, name).map(Need::Node),
            Subject::Resource { resource, key } => {
                let node = self.graph.resource(self.module, resource);
                let output = output_of(resource, reference.rest);
                node.map(|node| match output {
                    Some(output) => Need::RemoteOutput(node, pick(key), output),
                    None => Need::Resource(node, pick(key)),
                })
            }
            Subject::Module { name, key, output } => {
                Some(Need::Module { call: name.clone(), key: pick(key), output: output.clone() })
            }
            _ => None,
        };
        self.found.extend(need);
    }
}

/// The output in `data.terraform_remote_state.x.outputs.name`, by what follows the name of the data source.
fn output_of(resource: &ResourceKey, rest: &[Step]) -> Option<SmolStr> {
    if resource.mode != Mode::Data || resource.kind != REMOTE_STATE {
        return None;
    }
    match rest.first().map(|step| &step.kind) {
        Some(StepKind::Attr(name)) if name == "outputs" => {}
        _ => return None,
    }
    match &rest.get(1)?.kind {
        StepKind::Attr(name) | StepKind::Key(name) => Some(name.clone()),
        StepKind::Index { .. } => None,
    }
}

/// `each.key`
fn each_key(span: Span) -> Expr {
    let root = Ident { name: SmolStr::new_static("each"), span };
    let steps = vec![Step { kind: StepKind::Attr(SmolStr::new_static("key")), span }];
    Expr { kind: ExprKind::Traversal(Traversal { root, steps }), span }
}

/// Whether an expression refers to the instance at hand only.
fn is_local(expr: &Expr) -> bool {
    references(expr).iter().all(|t| matches!(t.root.name.as_str(), "count" | "each"))
}
