//! Variables, locals and checks.

use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::module::{Check, Resource, Variable};
use crate::config::scope::Instance;
use crate::config::variable_rules;
use crate::lang::references::references;
use crate::plan::PlanMode;
use crate::plan::conditions::{ConditionKind, Outcome, check_address, object_address, try_all};
use crate::plan::evaluate::ModuleId;
use crate::state::CheckStatus;
use crate::syntax::{Diagnostic, Severity};

use super::Planner;

impl<'c> Planner<'c> {
    /// Makes the values of a node in all instances of its module; whether that failed.
    fn values(&mut self, node: NodeIndex) -> bool {
        for id in self.instances_of(node) {
            drop(self.evaluator.value(id, node));
        }
        let problems = self.evaluator.take_problems();
        self.report(problems)
    }

    pub(super) fn local(&mut self, node: NodeIndex) -> bool {
        self.values(node)
    }

    /// Rules of a variable are there to be tried, whatever happens before. What is about to go has no results.
    pub(super) fn expect_validations(&mut self, node: NodeIndex, v: &Variable) {
        if v.validations.is_empty() || self.mode() == PlanMode::Destroy {
            return;
        }
        let block = self.block_address(node);
        self.checks.expand(&block);
        for id in self.instances_of(node) {
            self.checks.expect(&block, self.evaluator.variable_address(id, v).into());
        }
    }

    pub(super) fn variable(&mut self, node: NodeIndex, v: &'c Variable) -> bool {
        let block = self.block_address(node);
        self.expect_validations(node, v);
        let is_given = |name: &SmolStr| self.input.variables.contains_key(name) || self.input.unsuitable.is_empty();
        if self.values(node) || self.input.graph.node(node).module == 0 && !is_given(&v.name.name) {
            return true;
        }
        if v.validations.is_empty() {
            return false;
        }
        let mut failed = false;
        for id in self.instances_of(node) {
            let arguments = &self.input.graph.modules[id.module].arguments;
            let argument = arguments.get(&v.name.name).map(|a| a.expr.span);
            let scope = self.evaluator.scope(id, Instance::default());
            let outcome = Outcome::from(variable_rules::check_variable(v, &scope, argument, self.input.sources));
            failed |= match self.mode() {
                PlanMode::Destroy => self.report(outcome.diagnostics),
                _ => {
                    let object = self.evaluator.variable_address(id, v);
                    self.note_outcome(&block, &object, outcome)
                }
            };
        }
        failed
    }

    /// Assertions of a module are there to be tried in all its instances, whatever happens before. Of a module without
    /// instances, it is known that there is nothing to try.
    pub(super) fn expect_in_module(&mut self, module: usize) {
        if self.mode() == PlanMode::Destroy {
            return;
        }
        let graph = self.input.graph;
        let tree = graph.modules[module].tree;
        if self.evaluator.instance_count(module) == 0 {
            let blocks: Vec<_> = graph.contents(module).map(|node| self.block_address(node)).collect();
            blocks.iter().for_each(|block| self.checks.expand(block));
        }
        if self.targeting.is_partial() {
            return;
        }
        for name in tree.module.checks.keys() {
            let block = check_address(&tree.path, name);
            self.checks.expand(&block);
            for instance in 0..self.evaluator.instance_count(module) {
                let address = &self.evaluator.module(ModuleId { module, instance }).address;
                self.checks.expect(&block, object_address(address, &format!("check.{name}")));
            }
        }
    }

    /// The assertions of `check` blocks, which can only warn.
    pub(super) fn assertions(&mut self) {
        if self.mode() == PlanMode::Destroy {
            return;
        }
        for index in 0..self.input.graph.modules.len() {
            let tree = self.input.graph.modules[index].tree;
            for (name, check) in &tree.module.checks {
                let block = check_address(&tree.path, name);
                if self.targeting.is_partial() {
                    continue;
                }
                let mut is_final = false;
                self.checks.expand(&block);
                for instance in 0..self.evaluator.instance_count(index) {
                    let id = ModuleId { module: index, instance };
                    let unreadable = check.data.as_ref().and_then(|key| self.unreadable.remove(&(id, key.clone())));
                    // What was just read isn't read again by an apply that only keeps it.
                    is_final |= unreadable.is_some() && self.mode() == PlanMode::RefreshOnly;
                    let outcome = unreadable.unwrap_or_else(|| {
                        if self.is_about_failed(index, check) {
                            return Outcome { status: CheckStatus::Unknown, ..Outcome::pass() };
                        }
                        let scope = self.evaluator.scope(id, Instance::default());
                        try_all(&check.asserts, ConditionKind::Assertion, Severity::Warning, &scope)
                    });
                    let object = object_address(&self.evaluator.module(id).address, &format!("check.{name}"));
                    self.checks.set(&block, &object, &outcome);
                    self.report(outcome.diagnostics);
                }
                if !is_final && self.evaluator.instance_count(index) > 0 {
                    // An apply tries all again: what they are about may have changed.
                    self.undecided.insert(block);
                }
            }
        }
        let problems = self.evaluator.take_problems();
        self.report(problems);
    }

    /// Whether a check refers to something that could not be planned.
    fn is_about_failed(&self, module: usize, check: &Check) -> bool {
        let graph = self.input.graph;
        let exprs = check.asserts.iter().flat_map(|a| [&a.condition, &a.error_message]);
        let mut targets = exprs.flat_map(|e| references(e)).filter_map(|t| graph.target(module, t));
        targets.any(|node| self.failed[node.index()])
    }

    /// Ephemeral resources: no provider that is here has any.
    pub(super) fn ephemeral(&mut self, _: NodeIndex, r: &'c Resource) -> bool {
        let detail =
            format!("No provider of this version of Infra has the ephemeral resource type {:?}.", r.key.kind.as_str());
        self.report(Diagnostic::error("Invalid ephemeral resource", detail).at(r.kind_span).into())
    }
}
