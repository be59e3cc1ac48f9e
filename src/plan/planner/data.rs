//! Data sources: read now where that is possible, else when the plan is applied.

use std::collections::BTreeMap;

use petgraph::graph::NodeIndex;

use crate::config::graph::NodeKind;
use crate::config::module::{Mode, Resource};
use crate::config::provider_of::BUILTIN;
use crate::config::scope::Instance;
use crate::config::validate::located;
use crate::graph::InstanceAddress;
use crate::lang::references::references;
use crate::lang::{Marks, Value};
use crate::plan::conditions::{ConditionKind, Outcome, try_all};
use crate::plan::{Action, Change, Event, EventKind, ObjectId, PlanMode, Reason, ResourceChange};
use crate::providers::{DataRequest, DataResponse, Task, all};
use crate::schema::decode_body;
use crate::schema::planning::planned_data;
use crate::state::{CheckStatus, ObjectState};
use crate::syntax::{Diagnostic, Diagnostics, Severity};

use super::prior::{PriorInstance, PriorObject, PriorResource, marked_by_schema};
use super::{Context, Planner, has_conditions, nothing_of};

/// An instance of a data source that is to be read now.
pub(super) struct Reading<'c> {
    pub context: Context<'c>,
    pub address: InstanceAddress,
    instance: Instance,
    /// Marked.
    pub config: Value,
    preconditions: Outcome,
    /// It is read again when the plan is applied.
    pub again: Option<Reason>,
}

impl<'c> Planner<'c> {
    /// Plans data sources that can be read at the same time.
    pub(super) async fn read_data(&mut self, nodes: &[NodeIndex]) {
        let mut readings = Vec::new();
        for node in nodes {
            let NodeKind::Resource(r) = self.input.graph.node(*node).kind else { continue };
            self.failed[node.index()] |= self.data_source(*node, r, &mut readings);
        }
        let mut batches: BTreeMap<_, Vec<Reading<'c>>> = BTreeMap::new();
        let mut linked = Vec::new();
        for reading in readings {
            if let Some(stack) = self.read_in_plan(&reading) {
                linked.push((reading, stack));
                continue;
            }
            batches.entry(reading.context.provider_address.clone()).or_default().push(reading);
        }
        self.connect(&batches.keys().cloned().collect()).await;
        let mut tasks: Vec<Task<'_, (Vec<DataResponse>, std::time::Duration)>> = Vec::new();
        for (address, batch) in &batches {
            let requests = batch.iter().map(|r| self.request(r)).collect::<Vec<_>>();
            let provider = self.configurations.get(&self.evaluator, address).0;
            tasks.push(Box::pin(async move {
                let started = tokio::time::Instant::now();
                let responses = match provider {
                    Some(provider) => provider.read_data(requests).await,
                    None => Vec::new(),
                };
                (responses, started.elapsed())
            }));
        }
        let answers = all(tasks).await;
        for (batch, (responses, elapsed)) in batches.into_values().zip(answers) {
            if responses.is_empty() {
                batch.iter().for_each(|r| self.failed[r.context.node.index()] = true);
            }
            for (reading, response) in batch.into_iter().zip(responses) {
                self.data_read(reading, response, elapsed);
            }
        }
        self.read_linked(linked).await;
        let problems = self.evaluator.take_problems();
        self.report(problems);
    }

    fn request(&self, r: &Reading<'c>) -> DataRequest {
        (self.input.report)(event(&r.address, EventKind::ApplyStart { action: Action::Read, id: None }));
        DataRequest {
            kind: r.context.resource.key.kind.clone(),
            address: r.address.to_string().into(),
            config: r.config.unmark_deep().0,
        }
    }

    /// Plans the instances of a data source that can't be read now, and collects those that can.
    fn data_source(&mut self, node: NodeIndex, r: &'c Resource, readings: &mut Vec<Reading<'c>>) -> bool {
        let is_pending = self.waits_for_changes(node, r);
        // Destroying needs data only to read again what there is.
        let is_refreshing = !self.input.options.skip_refresh && !self.has_nothing();
        let is_read = self.mode() != PlanMode::Destroy || is_refreshing;
        let schema = match self.schema(node, r) {
            Ok(schema) => schema,
            Err(failed) => return failed,
        };
        let mut failed = false;
        for id in self.instances_of(node) {
            let Some(context) = self.context(node, id, r, schema) else { return true };
            let expansion = match self.evaluator.expand(id, &r.repetition) {
                Ok(expansion) => expansion,
                Err(problems) => {
                    self.report(problems);
                    failed = true;
                    continue;
                }
            };
            self.evaluator.add_resource_instances(id, node, expansion.clone());
            self.expect_conditions(&context, &expansion);
            for position in 0..expansion.len() {
                let address = context.address.instance(expansion.key(position));
                if !is_read || !self.targeting.includes_instance(&address) {
                    match self.prior.current(&address.resource, &address.key).map(|p| p.value.clone()) {
                        Some(value) => self.evaluator.set_object(id, node, &address.key, value),
                        None if is_read => self.evaluator.set_missing(id, node, &address.key, context.schema),
                        None => {
                            let unknown = Value::unknown(context.schema.implied_type().clone());
                            self.evaluator.set_object(id, node, &address.key, unknown);
                        }
                    }
                    continue;
                }
                match self.prepare(&context, address, expansion.instance(position), is_pending) {
                    Ok(Some(reading)) => readings.push(reading),
                    Ok(None) => {}
                    Err(()) => failed = true,
                }
            }
        }
        failed
    }

    /// Evaluates the configuration of an instance. If that shows that it has to wait, plans just that.
    fn prepare(
        &mut self,
        context: &Context<'c>,
        address: InstanceAddress,
        instance: Instance,
        is_pending: bool,
    ) -> Result<Option<Reading<'c>>, ()> {
        let r = context.resource;
        let nested = r.check.is_some();
        let scope = self.evaluator.scope(context.id, instance.clone());
        let mut preconditions = match self.mode() {
            PlanMode::Destroy => Outcome::pass(),
            PlanMode::RefreshOnly => {
                try_all(&r.lifecycle.preconditions, ConditionKind::Precondition, Severity::Warning, &scope)
            }
            PlanMode::Normal => {
                try_all(&r.lifecycle.preconditions, ConditionKind::Precondition, Severity::Error, &scope)
            }
        };
        let (config, mut problems) = decode_body(&r.body, &context.schema.block, &scope);
        if !problems.has_errors() {
            problems.extend(context.provider.validate(r.key.mode, &r.key.kind, &config));
        }
        if preconditions.diagnostics.has_errors() {
            let outcome = std::mem::replace(&mut preconditions, Outcome::pass());
            self.record_data_conditions(context, &address, outcome);
            return Err(());
        }
        if problems.has_errors() {
            if !nested {
                self.report(addressed(problems, &address));
                return Err(());
            }
            self.unreadable(context, &address, &config, problems);
            return Ok(None);
        }
        self.report(addressed(problems, &address));
        let known = config.is_wholly_known();
        if known && !is_pending {
            let again = (nested && self.mode() == PlanMode::Normal).then_some(Reason::ReadBecauseCheckNested);
            let context = context.clone();
            return Ok(Some(Reading { context, address, instance, config, preconditions, again }));
        }
        let reason = if known { Reason::ReadBecauseDependencyPending } else { Reason::ReadBecauseConfigUnknown };
        let reason = if nested && !is_pending && known { Reason::ReadBecauseCheckNested } else { reason };
        let value = self.unknown_data(context, &config);
        self.record_data_conditions(context, &address, Outcome { status: CheckStatus::Unknown, ..preconditions });
        self.evaluator.set_object(context.id, context.node, &address.key, value.clone());
        if self.mode() == PlanMode::Normal {
            // What was read before says nothing any more.
            self.forget_read(&address);
            self.plan_read(context, address, value, reason);
        }
        Ok(None)
    }

    /// A data source of a check that can't be read: that is what its check finds.
    fn unreadable(&mut self, context: &Context<'c>, address: &InstanceAddress, config: &Value, problems: Diagnostics) {
        let value = self.unknown_data(context, config);
        self.evaluator.set_object(context.id, context.node, &address.key, value.clone());
        if self.mode() == PlanMode::Normal {
            self.plan_read(context, address.clone(), value, Reason::ReadBecauseCheckNested);
        } else {
            self.keep(context, address, value.unknown_as_null());
        }
        let outcome = Outcome::unreadable(addressed(problems, address));
        self.unreadable.insert((context.id, context.resource.key.clone()), outcome);
    }

    /// The configuration, and everything that is computed unknown.
    fn unknown_data(&self, context: &Context<'c>, config: &Value) -> Value {
        let (plain, _) = config.unmark_deep();
        let value = planned_data(context.schema, &plain);
        marked_by_schema(context.schema, &value.mark_paths(&config.marked_paths()))
    }

    fn plan_read(&mut self, context: &Context<'c>, address: InstanceAddress, after: Value, reason: Reason) {
        if reason != Reason::ReadBecauseCheckNested {
            self.pending[context.node.index()] = true;
        }
        let change = Change { action: Action::Read, before: nothing_of(context.schema), after };
        self.push_change(ResourceChange {
            address,
            previous_address: None,
            deposed: None,
            provider: context.provider_address.clone(),
            change,
            reason: Some(reason),
            replace_paths: Vec::new(),
            importing: None,
            generated_config: None,
            private: None,
            create_before_destroy: false,
        });
    }

    pub(super) fn data_read(&mut self, reading: Reading<'c>, response: DataResponse, elapsed: std::time::Duration) {
        let Reading { context, address, instance, config, preconditions, again } = reading;
        let nested = context.resource.check.is_some();
        let name = address.to_string();
        // As in Terraform, providers that are programs of their own have something against the whole block.
        let is_outside = context.provider_address.provider != BUILTIN;
        let place = is_outside.then(|| context.resource.body.missing_item_span());
        let placed = |d: Diagnostic| Diagnostic { subject: d.subject.or(place), ..d };
        let problems = response.diagnostics.into_iter().map(|d| placed(located(d, context.resource, &name)));
        let problems = problems.collect::<Diagnostics>();
        if problems.has_errors() {
            if nested {
                self.unreadable(&context, &address, &config, problems);
            } else {
                self.failed[context.node.index()] = true;
                self.report(problems);
            }
            self.record_data_conditions(&context, &address, Outcome { status: CheckStatus::Unknown, ..preconditions });
            return;
        }
        self.report(problems);
        let marks: Vec<_> = config.marked_paths().into_iter().filter(|(_, m)| m.contains(Marks::SENSITIVE)).collect();
        let value = marked_by_schema(context.schema, &response.value.mark_paths(&marks));
        let kind = EventKind::ApplyComplete { action: Action::Read, id: ObjectId::of(&value), elapsed };
        (self.input.report)(event(&address, kind));
        self.evaluator.set_object(context.id, context.node, &address.key, value.clone());
        let after = match self.mode() {
            PlanMode::Destroy => Outcome::pass(),
            mode => {
                let severity = if mode == PlanMode::Normal { Severity::Error } else { Severity::Warning };
                let instance = Instance { this: Some(value.clone()), ..instance };
                let scope = self.evaluator.scope(context.id, instance);
                let conditions = &context.resource.lifecycle.postconditions;
                try_all(conditions, ConditionKind::Postcondition, severity, &scope)
            }
        };
        let mut outcome = preconditions;
        outcome.add(after);
        if self.record_data_conditions(&context, &address, outcome) {
            self.failed[context.node.index()] = true;
        }
        if let Some(reason) = again {
            self.plan_read(&context, address, value, reason);
            return;
        }
        self.keep(&context, &address, value);
    }

    pub(super) fn forget_read(&mut self, address: &InstanceAddress) {
        if let Some(resource) = self.prior.resources.get_mut(&address.resource) {
            resource.instances.remove(&address.key);
        }
    }

    /// Puts what was read into the state that the plan starts from.
    fn keep(&mut self, context: &Context<'c>, address: &InstanceAddress, value: Value) {
        let Ok(state) = ObjectState::new(&value, context.schema.implied_type(), context.schema.version) else {
            let detail = format!("The provider gave a value for {address} that is not wholly known.");
            self.report(Diagnostic::error("Provider produced invalid object", detail).into());
            return;
        };
        let object = PriorObject { state: std::sync::Arc::new(state), value, stored: None };
        let resource =
            self.prior.resources.entry(std::sync::Arc::clone(&address.resource)).or_insert_with(|| PriorResource {
                provider: context.provider_address.clone(),
                schema: context.schema,
                instances: BTreeMap::new(),
            });
        resource.provider = context.provider_address.clone();
        let instance = PriorInstance { current: Some(object), ..PriorInstance::default() };
        resource.instances.insert(address.key.clone(), instance);
    }

    fn record_data_conditions(
        &mut self,
        context: &Context<'c>,
        address: &InstanceAddress,
        mut outcome: Outcome,
    ) -> bool {
        if !has_conditions(context.resource) {
            return false;
        }
        outcome.diagnostics = addressed(outcome.diagnostics, address);
        if self.mode() == PlanMode::Destroy {
            // What is about to go has no results.
            return self.report(outcome.diagnostics);
        }
        let block = self.block_address(context.node);
        self.note_outcome(&block, &address.to_string(), outcome)
    }

    /// Whether something in `depends_on`, of the data source itself or of the modules around it, will change, or something
    /// that its conditions are about.
    fn waits_for_changes(&self, node: NodeIndex, r: &Resource) -> bool {
        let graph = self.input.graph;
        let mut module = graph.node(node).module;
        let conditions = r.lifecycle.preconditions.iter().chain(&r.lifecycle.postconditions);
        let tried = conditions.flat_map(|c| [&c.condition, &c.error_message]).flat_map(|e| references(e));
        let own = r.depends_on.iter().chain(tried);
        let mut waits = own.filter_map(|t| graph.target(module, t)).any(|n| self.will_change(n));
        // A resource that it refers to counts as well: what it asks for may be known, but need not be there yet.
        let mut used = graph.body_references(node).iter().filter_map(|t| graph.target(module, t));
        waits |= used.any(|n| self.is_managed(n) && self.will_change(n));
        while let Some((caller, call)) = graph.modules[module].caller {
            waits |= call.depends_on.iter().filter_map(|t| graph.target(caller, t)).any(|n| self.will_change(n));
            module = caller;
        }
        waits
    }

    fn is_managed(&self, node: NodeIndex) -> bool {
        matches!(self.input.graph.node(node).kind, NodeKind::Resource(r) if r.key.mode == Mode::Managed)
    }

    /// Whether a resource, or anything in a module, will change.
    fn will_change(&self, node: NodeIndex) -> bool {
        match self.input.graph.node(node).kind {
            NodeKind::Resource(_) => self.pending[node.index()],
            NodeKind::Module => self.input.graph.dependencies(node).any(|n| self.will_change(n)),
            _ => false,
        }
    }
}

fn event(address: &InstanceAddress, kind: EventKind) -> Event {
    Event { address: address.clone(), deposed: None, kind }
}

fn addressed(problems: Diagnostics, address: &InstanceAddress) -> Diagnostics {
    let address = address.to_string();
    let addressed = |d: Diagnostic| Diagnostic { address: d.address.or(Some(address.clone())), ..d };
    problems.into_iter().map(addressed).collect()
}
