//! Outputs: of modules for others, of the root module for state.

use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::module::Output;
use crate::config::scope::Instance;
use crate::lang::{Marks, Type, Value};
use crate::plan::conditions::{ConditionKind, object_address, try_all};
use crate::plan::evaluate::ModuleId;
use crate::plan::{Action, Change, OutputChange, PlanMode};
use crate::state::OutputState;
use crate::syntax::{Diagnostic, Severity};

use super::Planner;

impl<'c> Planner<'c> {
    pub(super) fn output(&mut self, node: NodeIndex, o: &'c Output) -> bool {
        let mut failed = false;
        for id in self.instances_of(node) {
            failed |= self.output_conditions(node, id, o);
        }
        if failed {
            return true;
        }
        for id in self.instances_of(node) {
            let value = self.evaluator.value(id, node);
            let problems = self.evaluator.take_problems();
            if self.report(problems) || self.report(refused(o, &value, id).into_iter().collect()) {
                self.evaluator.set_value(id, node, Value::dynamic());
                failed = true;
            } else if id == ModuleId::ROOT && self.mode() == PlanMode::Destroy {
                self.refresh_output(o, &value);
            } else if id == ModuleId::ROOT {
                self.root_output(o, value);
            }
        }
        failed
    }

    fn output_conditions(&mut self, node: NodeIndex, id: ModuleId, o: &Output) -> bool {
        if o.preconditions.is_empty() {
            return false;
        }
        let block = self.block_address(node);
        let object = object_address(&self.evaluator.module(id).address, &format!("output.{}", o.name.name));
        if self.mode() == PlanMode::Destroy {
            if id == ModuleId::ROOT {
                self.checks.expect(&block, object);
            }
            return false;
        }
        let severity = if self.mode() == PlanMode::RefreshOnly { Severity::Warning } else { Severity::Error };
        let scope = self.evaluator.scope(id, Instance::default());
        let outcome = try_all(&o.preconditions, ConditionKind::Output, severity, &scope);
        self.note_outcome(&block, &object, outcome)
    }

    /// Notes the change of an output of the root module.
    fn root_output(&mut self, o: &Output, after: Value) {
        if o.ephemeral {
            return;
        }
        let prior = self.previous.outputs.get(&o.name.name);
        let change = change(prior, after, o.sensitive);
        self.outputs.push(OutputChange { name: o.name.name.clone(), change, sensitive: o.sensitive });
    }

    /// What is about to go is shown as it would be now, where that is known.
    fn refresh_output(&mut self, o: &Output, value: &Value) {
        let value = value.unmark_deep().0;
        if self.input.options.skip_refresh || o.ephemeral || !value.is_wholly_known() {
            return;
        }
        if value.is_null() {
            self.stored_outputs.remove(&o.name.name);
        } else {
            self.stored_outputs.insert(o.name.name.clone(), OutputState { value, sensitive: o.sensitive });
        }
    }

    /// Outputs that are in state but no longer in the configuration or, when everything goes, all of them.
    pub(super) fn removed_outputs(&mut self) {
        if self.targeting.is_partial() {
            return;
        }
        let declared = &self.input.graph.modules[0].tree.module.outputs;
        let is_gone = |name: &SmolStr| self.mode() == PlanMode::Destroy || !declared.contains_key(name);
        let gone = self.stored_outputs.iter().filter(|(name, _)| is_gone(name));
        let removed = gone.map(|(name, prior)| {
            let before = marked(prior);
            let after = Value::null(Type::Dynamic);
            let change = Change { action: Action::Delete, before, after };
            OutputChange { name: name.clone(), change, sensitive: prior.sensitive }
        });
        let removed: Vec<OutputChange> = removed.collect();
        self.outputs.extend(removed);
    }
}

fn marked(prior: &OutputState) -> Value {
    if prior.sensitive { prior.value.clone().sensitive() } else { prior.value.clone() }
}

fn change(prior: Option<&OutputState>, after: Value, sensitive: bool) -> Change {
    let before = prior.map_or_else(|| Value::null(Type::Dynamic), marked);
    let (plain_before, plain_after) = (before.unmark_deep().0, after.unmark_deep().0);
    let was_sensitive = prior.is_some_and(|p| p.sensitive);
    // Neither is shown if one of them is a secret.
    let hidden = |v: Value| if sensitive || was_sensitive { v.sensitive() } else { v };
    let action = if plain_before.is_null() && plain_after.is_null() {
        Action::NoOp
    } else if prior.is_none() {
        Action::Create
    } else if after.is_wholly_known() && plain_before == plain_after && sensitive == was_sensitive {
        Action::NoOp
    } else {
        Action::Update
    };
    Change { action, before: hidden(before), after: hidden(after) }
}

/// What can't leave a module this way.
fn refused(o: &Output, value: &Value, id: ModuleId) -> Option<Diagnostic> {
    let marks = value.deep_marks();
    if id == ModuleId::ROOT && marks.contains(Marks::SENSITIVE) && !o.sensitive {
        let detail = "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, \
                      Terraform requires that any root module output containing sensitive data be explicitly marked as \
                      sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate the output \
                      value as sensitive by adding the following argument:\n    sensitive = true";
        return Some(Diagnostic::error("Output refers to sensitive values", detail).at(o.span));
    }
    if marks.contains(Marks::EPHEMERAL) && !o.ephemeral {
        let detail = "This output value is not declared as returning an ephemeral value, so it cannot be set to a result \
                      derived from an ephemeral value.";
        return Some(Diagnostic::error("Ephemeral value not allowed", detail).at(o.expr.span));
    }
    None
}
