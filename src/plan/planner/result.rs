//! Putting a plan together: everything sorted, the state that it starts from, whether there is something to do.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::module::Mode;
use crate::config::version::COMPATIBLE_VERSION;
use crate::graph::{ConfigAddress, InstanceAddress, ModuleAddress};
use crate::plan::moves::{apply_moves, check_moves, implied_moves, in_order, statements};
use crate::plan::operations::{Steps, operations};
use crate::plan::relevant::relevant_attributes;
use crate::plan::removed::check_removed;
use crate::plan::targets::incomplete_replacement;
use crate::plan::{Action, OutputChange, Plan, PlanMode, PlannedVariable, ResourceChange};
use crate::state::{InstanceState, ObjectState, OutputState, ResourceState, State};
use crate::syntax::{Diagnostic, Diagnostics};

use super::Planner;
use super::prior::PriorInstance;

impl<'c> Planner<'c> {
    /// Makes moves and finds out what state has.
    pub(super) fn begin(&mut self, order: &[NodeIndex]) {
        let tree = self.input.graph.modules[0].tree;
        let problems = check_removed(tree);
        self.stopped |= self.report(problems);
        let written = statements(tree);
        let mut state = self.previous.clone();
        let mut all = written.clone();
        all.extend(implied_moves(tree, &state, &written));
        // What is wrong with them is reported when more is known.
        if let Ok(ordered) = in_order(all, self.input.sources) {
            self.moves = apply_moves(&ordered, &mut state);
        }
        self.begin_targeting(order, &state);
        if self.stopped {
            return;
        }
        self.load_prior(&state);
        let problems = self.missing_providers();
        self.report(problems);
        self.stopped |= self.diagnostics.has_errors();
        self.begin_imports();
    }

    /// What is wrong with `moved` blocks, now that it is known which objects there are to be.
    fn check_moves(&mut self) -> Diagnostics {
        let tree = self.input.graph.modules[0].tree;
        let written = statements(tree);
        if written.is_empty() {
            return Diagnostics::new();
        }
        let mut problems = check_moves(&written, tree, &self.evaluator, self.input.sources);
        if !problems.has_errors()
            && let Err(cycles) = in_order(written, self.input.sources)
        {
            problems.extend(cycles);
        }
        problems
    }

    /// The plan.
    pub(super) fn finish(mut self, order: &[NodeIndex]) -> (Option<Plan>, Diagnostics) {
        let problems = self.check_moves();
        if self.report(problems) {
            // What was planned starts from objects at the wrong addresses.
            return (None, self.diagnostics);
        }
        let forgotten = forgotten(&self.changes);
        self.report(forgotten.into_iter().collect());
        let problems = self.moves.warning();
        self.report(problems.into_iter().collect());
        self.unmatched_replacements();
        self.removed_outputs();
        if self.mode() == PlanMode::RefreshOnly {
            self.note_moves();
        }
        self.changes.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
        self.drift.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
        self.outputs.sort_by(|a, b| a.name.cmp(&b.name));
        let errored = self.diagnostics.has_errors();
        let prior = self.prior_state();
        let checks = std::mem::take(&mut self.checks).finish();
        self.link_state();
        let (evaluator, links) = (&self.evaluator, &self.links);
        let steps = match errored {
            true => Steps::default(),
            false => {
                operations(evaluator, order, &self.changes, &self.outputs, &checks, &self.undecided, &prior, links)
            }
        };
        let mut prior = prior;
        let follows = self.follow_configuration(&mut prior);
        let options = self.input.options;
        let mut plan = Plan {
            mode: options.mode,
            started: self.input.started,
            workspace: self.input.workspace.into(),
            variables: self.variables(),
            targets: options.targets.iter().map(|t| t.to_string().into()).collect(),
            excludes: options.excludes.iter().map(|t| t.to_string().into()).collect(),
            forced: options.forced.iter().map(|a| a.to_string().into()).collect(),
            relevant: relevant_attributes(&self.evaluator, options.mode, &self.changes, &self.outputs),
            previous: self.previous,
            prior,
            changes: self.changes,
            drift: self.drift,
            outputs: self.outputs,
            checks,
            operations: steps.operations,
            output_steps: steps.outputs,
            links: self.links,
            awaited: steps.awaited,
            errored,
            applyable: false,
            complete: !errored && !self.targeting.is_partial(),
        };
        let is_noted = plan.mode == PlanMode::RefreshOnly && follows;
        plan.applyable = !errored && (is_noted || has_something_to_do(&plan));
        (Some(plan), self.diagnostics)
    }

    /// `-replace` of a resource that has instances, without saying which.
    fn unmatched_replacements(&mut self) {
        for forced in self.input.options.forced.clone() {
            let id = self.evaluator.find_module(&forced.resource.module);
            let instances = id.and_then(|id| self.evaluator.resource_instances(id, &forced.resource.resource));
            let Some(expansion) = instances.map(|i| &i.expansion) else { continue };
            let keys: Vec<_> = (0..expansion.len()).map(|p| expansion.key(p)).collect();
            self.report(incomplete_replacement(&forced, &keys).into_iter().collect());
        }
    }

    fn variables(&self) -> indexmap::IndexMap<SmolStr, PlannedVariable> {
        let module = &self.input.graph.modules[0].tree.module;
        let planned = |(name, value): (&SmolStr, &crate::lang::Value)| {
            let is_default = module.variables.get(name).is_some_and(|v| v.default.as_ref() == Some(&value.unmark().0));
            (name.clone(), PlannedVariable { value: value.clone(), is_default })
        };
        self.input.variables.iter().map(planned).collect()
    }

    /// What state keeps beside attributes follows the configuration, too: at once where nothing else changes, and
    /// otherwise when the change is made. Until then what is read again waits for both. Whether anything did.
    fn follow_configuration(&self, state: &mut State) -> bool {
        let mut follows = false;
        let graph = self.input.graph;
        let is_unchanged = |c: &&ResourceChange| c.change.action == Action::NoOp && c.deposed.is_none();
        let unchanged: HashSet<&InstanceAddress> =
            self.changes.iter().filter(is_unchanged).map(|c| &c.address).collect();
        let mut listed = HashMap::new();
        for (address, resource) in &mut state.resources {
            let Some(node) =
                graph.module(&address.module.path()).and_then(|module| graph.resource(module, &address.resource))
            else {
                continue;
            };
            if self.failed[node.index()] || address.resource.mode != Mode::Managed {
                continue;
            }
            let configured = listed.entry(node).or_insert_with(|| self.dependencies.for_state(graph, node));
            for (key, instance) in &mut resource.instances {
                let Some(object) = &mut instance.current else { continue };
                let instance_address = address.instance(key.clone());
                let (dependencies, create_before_destroy) = if unchanged.contains(&instance_address) {
                    (Arc::clone(configured), self.dependencies.create_before_destroy(node))
                } else if self.input.options.skip_refresh || !self.targeting.includes_instance(&instance_address) {
                    continue;
                } else {
                    (merged(&object.dependencies, configured), object.create_before_destroy)
                };
                if object.dependencies != dependencies || object.create_before_destroy != create_before_destroy {
                    *object = Arc::new(ObjectState { dependencies, create_before_destroy, ..(**object).clone() });
                    follows = true;
                }
            }
        }
        follows
    }

    /// The outputs of the state that an apply starts from: what is known of them has its new value at once.
    fn prior_outputs(&self) -> BTreeMap<SmolStr, OutputState> {
        let mut outputs = self.stored_outputs.clone();
        for output in self.outputs.iter().filter(|o| o.change.action != Action::Delete) {
            let value = &output.change.after;
            if value.is_null() {
                outputs.remove(&output.name);
            } else if value.is_wholly_known() {
                let state = OutputState { value: value.clone(), sensitive: output.sensitive };
                outputs.insert(output.name.clone(), state);
            }
        }
        outputs
    }

    /// The state that an apply starts from.
    fn prior_state(&self) -> State {
        let instance = |prior: &PriorInstance| InstanceState {
            current: prior.current.as_ref().map(|o| Arc::clone(&o.state)),
            deposed: prior.deposed.iter().map(|(name, o)| (name.clone(), Arc::clone(&o.state))).collect(),
        };
        let outputs = self.prior_outputs();
        let mut state = State {
            terraform_version: COMPATIBLE_VERSION.into(),
            outputs,
            resources: BTreeMap::new(),
            ..self.previous.clone()
        };
        for (address, resource) in &self.prior.resources {
            let instances: BTreeMap<_, _> = resource
                .instances
                .iter()
                .filter(|(_, i)| i.current.is_some() || !i.deposed.is_empty())
                .map(|(key, i)| (key.clone(), instance(i)))
                .collect();
            if !instances.is_empty() {
                let resource = ResourceState { provider: resource.provider.clone(), instances };
                state.resources.insert(Arc::clone(address), resource);
            }
        }
        state
    }
}

/// The warning about objects that nobody will manage any more.
fn forgotten(changes: &[ResourceChange]) -> Option<Diagnostic> {
    let mut lines: Vec<String> = changes
        .iter()
        .filter(|c| c.change.action == Action::Forget)
        .map(|c| match &c.deposed {
            Some(key) => format!("\n - {} (deposed object {key})", c.address),
            None => format!("\n - {}", c.address),
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    lines.sort();
    let detail = format!(
        "If you apply this plan, Terraform will discard its tracking information for the following objects, but it will not \
         delete them:{}\n\nAfter applying this plan, Terraform will no longer manage these objects. You will need to import \
         them into Terraform to manage them again.",
        lines.concat()
    );
    Some(Diagnostic::warning("Some objects will no longer be managed by Terraform", detail))
}

/// All of two lists, sorted.
fn merged(state: &Arc<[ConfigAddress]>, configured: &Arc<[ConfigAddress]>) -> Arc<[ConfigAddress]> {
    if state == configured {
        return Arc::clone(state);
    }
    let known: HashSet<&ConfigAddress> = state.iter().collect();
    if configured.iter().all(|d| known.contains(d)) {
        return Arc::clone(state);
    }
    let mut all: Vec<ConfigAddress> = state.iter().chain(configured.iter()).cloned().collect();
    all.sort_by_cached_key(ToString::to_string);
    all.dedup();
    all.into()
}

/// Whether applying a plan would change anything.
fn has_something_to_do(plan: &Plan) -> bool {
    if plan.mode == PlanMode::RefreshOnly {
        // What an apply leaves as it is waits for one that does more: outputs that are gone, or can't be known yet.
        let is_new = |o: &OutputChange| {
            !matches!(o.change.action, Action::NoOp | Action::Delete) && o.change.after.is_wholly_known()
        };
        return !plan.drift.iter().all(|d| d.change.action == Action::NoOp) || plan.outputs.iter().any(is_new);
    }
    let changes = plan
        .changes
        .iter()
        .any(|c| c.change.action != Action::NoOp || c.previous_address.is_some() || c.importing.is_some());
    changes || changes_outputs(plan)
}

fn changes_outputs(plan: &Plan) -> bool {
    plan.outputs.iter().any(|o| o.change.action != Action::NoOp)
}

/// Which instances the configuration has, for those who check moves.
impl crate::plan::moves::Expansion for crate::plan::evaluate::Evaluator<'_> {
    fn module_instances(&self, path: &[SmolStr]) -> Vec<ModuleAddress> {
        self.graph().module(path).map_or_else(Vec::new, |module| self.addresses_of(module))
    }

    fn has_instance(&self, address: &InstanceAddress) -> bool {
        let id = self.find_module(&address.resource.module);
        let instances = id.and_then(|id| self.resource_instances(id, &address.resource.resource));
        instances.is_some_and(|i| i.expansion.position(&address.key).is_some())
    }
}
