//! Managed resources: what becomes of each instance. The order within an instance is that of the rules: what
//! triggers a replacement, preconditions, configuration, the provider's plan, the action, `prevent_destroy`,
//! postconditions.

use std::sync::Arc;

use petgraph::graph::NodeIndex;

use crate::config::module::Resource;
use crate::config::scope::Instance;
use crate::config::validate::located;
use crate::graph::{InstanceAddress, InstanceKey};
use crate::lang::{Marks, Path, Value};
use crate::plan::conditions::{ConditionKind, Outcome, try_all};
use crate::plan::evaluate::Expansion;
use crate::plan::{Action, Change, PlanMode, Reason, ResourceChange};
use crate::providers::provisioners::check_runnable;
use crate::providers::{PlanRequest, PlanResponse};
use crate::schema::decode_body;
use crate::schema::planning::{assert_plan_valid, filter_replace_paths, proposed_new, sensitive_paths};
use crate::syntax::{Diagnostic, Diagnostics, Severity};

use super::prior::PriorObject;
use super::{Context, Planner, has_conditions};

/// What is planned for an instance.
struct Planned {
    change: ResourceChange,
    /// What others get to see.
    value: Value,
}

/// An instance in the making.
struct InstancePlan<'p, 'c> {
    context: &'p Context<'c>,
    address: InstanceAddress,
    /// What `count` and `each` are.
    instance: Instance,
    prior: Option<PriorObject>,
}

impl<'c> Planner<'c> {
    /// Plans all instances of a resource in all instances of its module; whether that failed.
    pub(super) async fn managed(&mut self, node: NodeIndex, r: &'c Resource) -> bool {
        let mut failed = false;
        if self.report(Self::refers_to_itself_by_repetition(r).into_iter().collect()) {
            return true;
        }
        if self.report(r.provisioners.iter().filter_map(|p| check_runnable(p).err()).collect()) {
            return true;
        }
        let schema = match self.schema(node, r) {
            Ok(schema) => schema,
            Err(failed) => return failed,
        };
        let mut instances = Vec::new();
        for id in self.instances_of(node) {
            let Some(context) = self.context(node, id, r, schema) else { return true };
            match self.evaluator.expand(id, &r.repetition) {
                Ok(expansion) => {
                    self.evaluator.add_resource_instances(id, node, expansion.clone());
                    self.expect_conditions(&context, &expansion);
                    instances.push((context, expansion));
                }
                Err(problems) => failed |= self.report(problems),
            }
        }
        if self.resource_imports(node, &instances) {
            return true;
        }
        for (context, expansion) in instances {
            let own = self.refers_to_itself(node, &context, &expansion);
            if self.report(own) {
                return true;
            }
            failed |= self.import_objects(&context, &expansion).await;
            for position in 0..expansion.len() {
                failed |= self.instance(&context, &expansion, position);
            }
        }
        failed |= r.lifecycle.prevent_destroy && self.has_orphan(node, r);
        let problems = self.evaluator.take_problems();
        self.report(problems) | failed
    }

    /// Conditions of instances are there to be tried, whatever happens before.
    pub(super) fn expect_conditions(&mut self, context: &Context<'c>, expansion: &Expansion) {
        if self.mode() == PlanMode::Destroy || !has_conditions(context.resource) {
            return;
        }
        let block = self.block_address(context.node);
        self.checks.expand(&block);
        for position in 0..expansion.len() {
            self.checks.expect(&block, context.address.instance(expansion.key(position)).to_string().into());
        }
    }

    fn instance(&mut self, context: &Context<'c>, expansion: &Expansion, position: usize) -> bool {
        let address = context.address.instance(expansion.key(position));
        if !self.unread.is_empty() && self.unread.contains(&(address.clone(), None)) {
            let value = Value::unknown(context.schema.implied_type().clone());
            self.evaluator.set_object(context.id, context.node, &address.key, value);
            return true;
        }
        let prior = self.prior.current(&context.address, &address.key).cloned();
        let instance = expansion.instance(position);
        let plan = InstancePlan { context, address, instance, prior };
        let is_included = self.targeting.includes_instance(&plan.address);
        let (value, failed) = match self.mode() {
            PlanMode::Normal if is_included => self.plan_instance(&plan),
            _ => self.as_it_is(&plan, is_included),
        };
        let is_planned = is_included && self.mode() == PlanMode::Normal;
        if plan.prior.is_none() && !is_planned && self.mode() != PlanMode::Destroy {
            self.evaluator.set_missing(context.id, context.node, &plan.address.key, context.schema);
        } else {
            self.evaluator.set_object(context.id, context.node, &plan.address.key, value);
        }
        failed
    }

    /// The value of an instance that nothing is planned for: the one in state.
    fn as_it_is(&mut self, plan: &InstancePlan<'_, 'c>, is_included: bool) -> (Value, bool) {
        let unknown = || Value::unknown(plan.context.schema.implied_type().clone());
        let value = plan.prior.as_ref().map_or_else(unknown, |p| p.value.clone());
        if is_included && self.mode() == PlanMode::RefreshOnly {
            // Conditions can only warn where nothing will be done.
            let before = self.try_conditions(plan, ConditionKind::Precondition, None, Severity::Warning);
            let after = self.try_conditions(plan, ConditionKind::Postcondition, Some(&value), Severity::Warning);
            self.record_conditions(plan, before, after);
        }
        (value, false)
    }

    fn try_conditions(
        &mut self,
        plan: &InstancePlan<'_, 'c>,
        kind: ConditionKind,
        this: Option<&Value>,
        severity: Severity,
    ) -> Outcome {
        let lifecycle = &plan.context.resource.lifecycle;
        let conditions = match kind {
            ConditionKind::Precondition => &lifecycle.preconditions,
            _ => &lifecycle.postconditions,
        };
        if conditions.is_empty() {
            return Outcome::pass();
        }
        let instance = Instance { this: this.cloned(), ..plan.instance.clone() };
        try_all(conditions, kind, severity, &self.evaluator.scope(plan.context.id, instance))
    }

    /// Notes how conditions came out; whether there was an error.
    fn record_conditions(&mut self, plan: &InstancePlan<'_, 'c>, mut outcome: Outcome, more: Outcome) -> bool {
        if !has_conditions(plan.context.resource) {
            return false;
        }
        outcome.add(more);
        let block = self.block_address(plan.context.node);
        self.note_outcome(&block, &plan.address.to_string(), outcome)
    }

    /// Plans an instance. Its value for others, and whether there was an error.
    fn plan_instance(&mut self, plan: &InstancePlan<'_, 'c>) -> (Value, bool) {
        let context = plan.context;
        let ty = context.schema.implied_type();
        let triggered = match self.triggered(context, &plan.instance) {
            Ok(triggered) => triggered,
            Err(problems) => {
                self.report(problems);
                return (Value::unknown(ty.clone()), true);
            }
        };
        let before = self.try_conditions(plan, ConditionKind::Precondition, None, Severity::Error);
        if before.diagnostics.has_errors() {
            self.record_conditions(plan, before, Outcome::pass());
            return (Value::unknown(ty.clone()), true);
        }
        let (config, mut problems) = self.configuration(plan);
        if !problems.has_errors() {
            let planned = self.decide(plan, &config, triggered, &mut problems);
            if let Some(planned) = planned {
                let failed = self.report(problems);
                let value = planned.value.clone();
                self.record(context, planned);
                let failed = failed | self.refuse_destroy(plan);
                let after = self.try_conditions(plan, ConditionKind::Postcondition, Some(&value), Severity::Error);
                return (value, self.record_conditions(plan, before, after) | failed);
            }
        }
        self.record_conditions(plan, before, Outcome::pass());
        self.report(problems);
        (Value::unknown(ty.clone()), true)
    }

    /// The configuration of an instance, marked, and what is wrong with it.
    fn configuration(&self, plan: &InstancePlan<'_, 'c>) -> (Value, Diagnostics) {
        let context = plan.context;
        let scope = self.evaluator.scope(context.id, plan.instance.clone());
        let (config, mut problems) = decode_body(&context.resource.body, &context.schema.block, &scope);
        if !problems.has_errors() {
            let address = plan.address.to_string();
            let refused = context.provider.validate(context.resource.key.mode, &context.resource.key.kind, &config);
            problems.extend(refused.into_iter().map(|d| located(d, context.resource, &address)));
            if config.deep_marks().contains(Marks::EPHEMERAL) {
                let detail = "Ephemeral values are not valid for resource arguments, because they must be persisted to \
                              state.";
                problems.push(Diagnostic::error("Invalid use of ephemeral value", detail).at(context.resource.span));
            }
        }
        (config, problems)
    }

    /// What is to happen to an instance.
    fn decide(
        &mut self,
        plan: &InstancePlan<'_, 'c>,
        config: &Value,
        triggered: bool,
        problems: &mut Diagnostics,
    ) -> Option<Planned> {
        let context = plan.context;
        let ty = context.schema.implied_type();
        let plain_config = config.unmark_deep().0;
        let null = Value::null(ty.clone());
        let prior = plan.prior.as_ref().map(|p| p.value.unmark_deep().0);
        let usable = prior.as_ref().filter(|_| !plan.prior.as_ref().is_some_and(PriorObject::is_tainted));
        let mut response = match usable {
            Some(prior) => {
                let wanted = context.resource.lifecycle.ignore_changes.applied(context.schema, prior, &plain_config);
                self.ask(plan, prior, &wanted, problems)?
            }
            None => self.ask(plan, &null, &plain_config, problems)?,
        };
        let mut replace_paths = match usable {
            Some(prior) => filter_replace_paths(prior, &response.planned, response.requires_replace.clone()),
            None => Vec::new(),
        };
        let forced = self.forced.contains(&plan.address);
        let cannot_update = !replace_paths.is_empty();
        let (action, reason) = match (&prior, usable) {
            (None, _) => (Action::Create, None),
            (Some(_), None) => (self.replacement(context), Some(Reason::ReplaceBecauseTainted)),
            _ if forced => (self.replacement(context), Some(Reason::ReplaceByRequest)),
            _ if cannot_update || triggered => (self.replacement(context), Some(Reason::ReplaceBecauseCannotUpdate)),
            (_, Some(prior)) if response.planned == *prior => (Action::NoOp, None),
            _ => (Action::Update, None),
        };
        // As Terraform has it, whatever else there is, and be there nothing to replace.
        let reason = if triggered { Some(Reason::ReplaceByTriggers) } else { reason };
        if action.is_replace() && usable.is_some() {
            let anew = self.ask(plan, &null, &plain_config, problems)?;
            // What the provider wants to keep but can't is worth mentioning, too.
            if let Some(prior) = usable {
                let more = filter_replace_paths(prior, &anew.planned, response.requires_replace.clone());
                replace_paths.extend(more.into_iter().filter(|p| !replace_paths.contains(p)).collect::<Vec<Path>>());
            }
            response = anew;
            if !cannot_update {
                replace_paths.clear();
            }
        }
        let after = mark_planned(context, &response.planned, config);
        let before = plan.prior.as_ref().map(|p| p.value.clone());
        let is_marked_anew = before.as_ref().is_some_and(|b| {
            action == Action::NoOp && b.deep_marks() | after.deep_marks() != Marks::NONE && !same_marks(b, &after)
        });
        let action = if is_marked_anew { Action::Update } else { action };
        // A value that does not change is the same one.
        let after = match &before {
            Some(before) if action == Action::NoOp => before.clone(),
            _ => after,
        };
        let before = before.unwrap_or(null);
        let change = Change { action, before, after: after.clone() };
        Some(Planned {
            change: self.resource_change(plan, change, reason, replace_paths, response.private),
            value: after,
        })
    }

    fn resource_change(
        &self,
        plan: &InstancePlan<'_, 'c>,
        change: Change,
        reason: Option<Reason>,
        replace_paths: Vec<Path>,
        private: Option<smol_str::SmolStr>,
    ) -> ResourceChange {
        ResourceChange {
            address: plan.address.clone(),
            previous_address: self.moves.previous.get(&plan.address).cloned(),
            deposed: None,
            provider: plan.context.provider_address.clone(),
            change,
            reason,
            replace_paths,
            importing: self.imports.importing(&plan.address),
            generated_config: None,
            private,
            create_before_destroy: self.dependencies.create_before_destroy(plan.context.node),
        }
    }

    fn replacement(&self, context: &Context<'c>) -> Action {
        match self.dependencies.create_before_destroy(context.node) {
            true => Action::CreateThenDelete,
            false => Action::DeleteThenCreate,
        }
    }

    /// What the provider makes of a configuration, checked.
    fn ask(
        &self,
        plan: &InstancePlan<'_, 'c>,
        prior: &Value,
        config: &Value,
        problems: &mut Diagnostics,
    ) -> Option<PlanResponse> {
        let context = plan.context;
        let proposed = proposed_new(context.schema, prior, config);
        let private = plan.prior.as_ref().and_then(|p| p.state.private.as_ref()).filter(|_| !prior.is_null());
        let kind = context.resource.key.kind.as_str();
        let mut response = context.provider.plan(PlanRequest { kind, prior, proposed: &proposed, config, private });
        let given = std::mem::take(&mut response.diagnostics);
        let failed = given.has_errors();
        let address = plan.address.to_string();
        let span = context.resource.body.missing_item_span();
        problems.extend(given.into_iter().map(|d| Diagnostic {
            address: Some(address.clone()),
            subject: d.subject.or(Some(span)),
            ..d
        }));
        if failed {
            return None;
        }
        if context.provider.is_lenient(kind) {
            if !prior.is_null() {
                response.planned =
                    context.resource.lifecycle.ignore_changes.kept(context.schema, prior, response.planned);
            }
            return Some(response);
        }
        let wrong = assert_plan_valid(context.schema, prior, config, &response.planned);
        for why in &wrong {
            let detail = format!(
                "Provider {} planned an invalid value for {address}: {why}.\n\nThis is a bug in the provider, which should \
                 be reported in the provider's own issue tracker.",
                context.provider_address
            );
            problems.push(Diagnostic::error("Provider produced invalid plan", detail));
        }
        wrong.is_empty().then_some(response)
    }

    fn record(&mut self, context: &Context<'c>, planned: Planned) {
        let change = planned.change;
        if change.change.action != Action::NoOp {
            self.pending[context.node.index()] = true;
        }
        self.push_change(change);
    }

    pub(super) fn push_change(&mut self, change: ResourceChange) {
        if change.deposed.is_none() {
            self.change_of.insert(change.address.clone(), self.changes.len());
        }
        self.changes.push(change);
    }

    /// `prevent_destroy`, for the change that was recorded last.
    fn refuse_destroy(&mut self, plan: &InstancePlan<'_, 'c>) -> bool {
        let destroys = self.changes.last().is_some_and(|c| c.change.action.is_replace());
        destroys && plan.context.resource.lifecycle.prevent_destroy && {
            let problem = prevented(&plan.address, plan.context.resource);
            self.report(problem.into())
        }
    }

    /// The instances of a resource that is in the configuration, by an address of state.
    pub(super) fn declared(&self, resource: &Arc<crate::graph::ResourceAddress>, key: &InstanceKey) -> bool {
        let id = self.evaluator.find_module(&resource.module);
        let instances = id.and_then(|id| self.evaluator.resource_instances(id, &resource.resource));
        instances.is_some_and(|i| i.expansion.position(key).is_some())
    }
}

/// That an object must not be destroyed.
pub(super) fn prevented(address: &InstanceAddress, r: &Resource) -> Diagnostic {
    let detail = format!(
        "Resource {address} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To \
         avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the scope of the \
         plan using the -target option."
    );
    Diagnostic::error("Instance cannot be destroyed", detail).at(r.span)
}

/// A planned value with the marks of the configuration and of the schema.
fn mark_planned(context: &Context<'_>, planned: &Value, config: &Value) -> Value {
    let mut paths = sensitive_paths(context.schema, planned);
    if !config.deep_marks().is_empty() {
        paths.extend(config.marked_paths());
    }
    if paths.is_empty() { planned.clone() } else { planned.mark_paths(&paths) }
}

/// Whether two values are marked at the same places.
fn same_marks(a: &Value, b: &Value) -> bool {
    let (a, b) = (a.marked_paths(), b.marked_paths());
    a.len() == b.len() && a.iter().all(|m| b.contains(m))
}
