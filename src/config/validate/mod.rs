//! Everything that can be said to be wrong with a configuration before any value is given to its
//! variables and before any provider is asked.

mod call;
mod condition;
pub mod import;
mod provider;
mod references;
pub(crate) mod repetition;
mod resource;

pub use resource::{located, located_in};

use std::collections::HashSet;
use std::sync::Arc;

use petgraph::graph::NodeIndex;

use crate::config::evaluate::{Assumptions, Evaluation, InModule};
use crate::config::graph::{ConfigGraph, Node, NodeKind};
use crate::config::load::Loaded;
use crate::config::module::{Output, Resource};
use crate::config::provider_of;
use crate::config::scope::{Instance, ModuleScope, unresolved};
use crate::lang::eval::evaluate_partial;
use crate::lang::references::references as references_in;
use crate::lang::{Host, Marks, Value};
use crate::providers;
use crate::schema::Schema;
use crate::syntax::ast::{Expr, Traversal};
use crate::syntax::{Diagnostic, Diagnostics, Severity};

use references::References;

/// The schema of a resource, if its provider is here and has it.
#[must_use]
pub fn schema_of(resource: &Resource) -> Option<&'static Schema> {
    providers::resource_schema(resource.key.mode, &resource.key.kind)
}

/// Validates a loaded configuration. Errors in reading it come first; with any, nothing else is
/// looked at.
pub fn validate(loaded: &Loaded, host: &dyn Host) -> Diagnostics {
    let mut diagnostics = loaded.diagnostics.clone();
    let Some(tree) = loaded.tree.as_ref().filter(|_| !diagnostics.has_errors()) else { return diagnostics };
    diagnostics.extend(provider_of::check(tree));
    diagnostics.extend(call::check_arguments(tree));
    if diagnostics.has_errors() {
        return diagnostics;
    }
    let graph = ConfigGraph::new(tree, &schema_of);
    diagnostics.extend(provider::missing(&graph));
    if diagnostics.has_errors() {
        return diagnostics;
    }
    let order = match graph.order(&loaded.sources) {
        Ok(order) => order,
        Err(cycles) => {
            diagnostics.extend(cycles);
            return diagnostics;
        }
    };
    let evaluation = Evaluation::new(&graph, &schema_of, host, Assumptions::Nothing, "default");
    let used = provider::used(&graph);
    let mut validator = Validator { graph: &graph, evaluation: &evaluation, used, diagnostics };
    validator.run(&order);
    validator.diagnostics
}

/// What is wrong with the references of an expression in the root module.
#[must_use]
pub fn check_expression(graph: &ConfigGraph<'_>, expr: &Expr) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    References { graph, module: 0, this: None, diagnostics: &mut diagnostics }.expr(expr);
    diagnostics
}

struct Validator<'v> {
    graph: &'v ConfigGraph<'v>,
    evaluation: &'v Evaluation<'v>,
    /// The provider configurations that something uses: others are not looked at.
    used: HashSet<NodeIndex>,
    diagnostics: Diagnostics,
}

impl<'v> Validator<'v> {
    fn run(&mut self, order: &[NodeIndex]) {
        // A module that is called several times has the same errors each time.
        let mut seen = HashSet::new();
        let first: Vec<bool> = self.graph.modules.iter().map(|m| seen.insert(Arc::as_ptr(&m.tree.module))).collect();
        // What depends on something in error is left alone: its own errors would only be echoes.
        let mut failed = vec![false; self.graph.len()];
        for index in order {
            let node = self.graph.node(*index);
            if self.graph.dependencies(*index).any(|d| failed[d.index()]) {
                failed[index.index()] = true;
            } else {
                let before = self.diagnostics.0.len();
                if let NodeKind::Variable(v) = node.kind
                    && self.graph.modules[node.module].caller.is_some_and(|(outside, _)| first[outside])
                {
                    self.argument(node.module, v);
                }
                if first[node.module] {
                    self.node(*index, node);
                }
                failed[index.index()] = self.diagnostics.iter().skip(before).any(|d| d.severity == Severity::Error);
            }
        }
        for module in (0..first.len()).filter(|m| first[*m]) {
            let tree = self.graph.modules[module].tree;
            for c in tree.module.checks.values().flat_map(|check| &check.asserts) {
                for e in [&c.condition, &c.error_message] {
                    self.resolves(module, e, Instance::default());
                }
            }
            self.imports(module, tree);
        }
    }

    fn node(&mut self, index: NodeIndex, Node { module, kind }: Node<'v>) {
        match kind {
            NodeKind::Variable(v) => {
                self.diagnostics.extend(self.evaluation.evaluate(index));
                for c in &v.validations {
                    self.boolean_condition(module, c, "Invalid variable validation result");
                }
            }
            NodeKind::Local(l) => {
                if l.refers_to_itself() {
                    self.diagnostics.extend(references::self_reference(l));
                } else if self.resolves(module, &l.expr, Instance::default()) {
                    self.diagnostics.extend(self.evaluation.evaluate(index));
                }
            }
            NodeKind::Output(o) => self.output(index, module, o),
            NodeKind::Resource(r) => self.resource(index, module, r),
            NodeKind::Call(c) => self.call(module, c),
            NodeKind::Provider(key, config) => self.provider(index, module, key, config),
            NodeKind::Module => {}
        }
    }

    fn references(&mut self, module: usize) -> References<'_, 'v> {
        References { graph: self.graph, module, this: None, diagnostics: &mut self.diagnostics }
    }

    /// Checks references and evaluates; `None` if there was an error in it.
    fn evaluate(&mut self, module: usize, expr: &Expr, instance: Instance) -> Option<Value> {
        if !self.resolves(module, expr, instance.clone()) {
            return None;
        }
        let (value, diagnostics) = evaluate_partial(expr, &self.scope(module, instance));
        let failed = diagnostics.has_errors();
        self.diagnostics.extend(diagnostics);
        (!failed).then_some(value)
    }

    /// Whether all references of an expression are to something that is there.
    fn resolves(&mut self, module: usize, expr: &Expr, instance: Instance) -> bool {
        if !self.references(module).expr(expr) {
            return false;
        }
        let problems = unresolved(&self.scope(module, instance), references_in(expr));
        let good = !problems.has_errors();
        self.diagnostics.extend(problems);
        good
    }

    fn scope(&self, module: usize, instance: Instance) -> ModuleScope<InModule<'v, 'v>> {
        self.evaluation.scope(module, instance)
    }

    fn depends_on(&mut self, module: usize, traversals: &[Traversal]) {
        for t in traversals {
            self.references(module).depends_on(t);
        }
    }

    fn output(&mut self, index: NodeIndex, module: usize, o: &Output) {
        self.depends_on(module, &o.depends_on);
        if module == 0 && o.ephemeral {
            let detail = "Ephemeral outputs are not allowed in context of a root module";
            self.diagnostics.push(Diagnostic::error("Ephemeral output not allowed", detail).at(o.span));
            return;
        }
        for c in &o.preconditions {
            self.output_condition(module, c);
        }
        if !self.resolves(module, &o.expr, Instance::default()) {
            return;
        }
        let diagnostics = self.evaluation.evaluate(index);
        if diagnostics.has_errors() {
            self.diagnostics.extend(diagnostics);
            return;
        }
        let marks = self.evaluation.value_of(index).deep_marks();
        if module == 0 && marks.contains(Marks::SENSITIVE) && !o.sensitive {
            let detail = "To reduce the risk of accidentally exporting sensitive data that was intended to be only \
                          internal, Terraform requires that any root module output containing sensitive data be \
                          explicitly marked as sensitive, to confirm your intent.\n\nIf you do intend to export this \
                          data, annotate the output value as sensitive by adding the following argument:\n    \
                          sensitive = true";
            self.diagnostics.push(Diagnostic::error("Output refers to sensitive values", detail).at(o.span));
        }
        if marks.contains(Marks::EPHEMERAL) && !o.ephemeral {
            let detail = "This output value is not declared as returning an ephemeral value, so it cannot be set to a \
                          result derived from an ephemeral value.";
            self.diagnostics.push(Diagnostic::error("Ephemeral value not allowed", detail).at(o.expr.span));
        }
    }
}
