//! Variables, locals and checks.

use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::module::{Resource, Variable};
use crate::config::scope::Instance;
use crate::config::variable_rules;
use crate::graph::ModuleAddress;
use crate::plan::PlanMode;
use crate::plan::conditions::{ConditionKind, Outcome, try_all};
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

    pub(super) fn variable(&mut self, node: NodeIndex, v: &'c Variable) -> bool {
        if self.values(node) {
            return true;
        }
        if v.validations.is_empty() {
            return false;
        }
        let mut failed = false;
        let block = self.block_address(node);
        for id in self.instances_of(node) {
            let arguments = &self.input.graph.modules[id.module].arguments;
            let argument = arguments.get(&v.name.name).map(|a| a.expr.span);
            let scope = self.evaluator.scope(id, Instance::default());
            let outcome = Outcome::from(variable_rules::check_variable(v, &scope, argument, self.input.sources));
            let object: SmolStr = self.evaluator.variable_address(id, v).into();
            if outcome.status == CheckStatus::Unknown {
                self.undecided.insert(block.clone());
            }
            self.checks.set(&block, &object, &outcome);
            failed |= self.report(outcome.diagnostics);
        }
        failed
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
                let failed = self.check_failed(index, check);
                self.checks.expand(&block);
                for instance in 0..self.evaluator.instance_count(index) {
                    let id = ModuleId { module: index, instance };
                    let object = object_address(&self.evaluator.module(id).address, &format!("check.{name}"));
                    if failed {
                        self.checks.expect(&block, object);
                        continue;
                    }
                    let scope = self.evaluator.scope(id, Instance::default());
                    let outcome = try_all(&check.asserts, ConditionKind::Assertion, Severity::Warning, &scope);
                    // An apply tries all again: what they are about may have changed.
                    self.undecided.insert(block.clone());
                    self.checks.set(&block, &object, &outcome);
                    self.report(outcome.diagnostics);
                }
            }
        }
        let problems = self.evaluator.take_problems();
        self.report(problems);
    }

    /// Whether something that a check refers to could not be had.
    fn check_failed(&self, module: usize, check: &crate::config::module::Check) -> bool {
        let graph = self.input.graph;
        let references = check.asserts.iter().flat_map(|c| [&c.condition, &c.error_message]);
        let mut nodes =
            references.flat_map(|e| crate::lang::references::references(e)).filter_map(|t| graph.target(module, t));
        let data = check.data.as_ref().and_then(|key| graph.resource(module, key));
        nodes.any(|n| self.failed[n.index()]) || data.is_some_and(|n| self.failed[n.index()])
    }

    /// Ephemeral resources: no provider that is here has any.
    pub(super) fn ephemeral(&mut self, _: NodeIndex, r: &'c Resource) -> bool {
        let detail =
            format!("No provider of this version of Infra has the ephemeral resource type {:?}.", r.key.kind.as_str());
        self.report(Diagnostic::error("Invalid ephemeral resource", detail).at(r.kind_span).into())
    }
}

/// `module.a.check.name`
pub(in crate::plan) fn check_address(path: &[SmolStr], name: &str) -> SmolStr {
    let mut address = String::new();
    path.iter().for_each(|step| address.push_str(&format!("module.{step}.")));
    format!("{address}check.{name}").into()
}

/// `module.a[0].name`
pub(super) fn object_address(module: &ModuleAddress, name: &str) -> SmolStr {
    if module.is_root() { name.into() } else { format!("{module}.{name}").into() }
}
