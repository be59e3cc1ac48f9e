//! What is done to managed objects.

use std::sync::Arc;

use smol_str::{SmolStr, ToSmolStr};
use uuid::Uuid;

use super::configuration::{Desired, When};
use super::executor::{Ended, Executor};
use super::journal::Intent;
use super::progress::Progress;
use super::result::marked;
use super::slot::{deposed_key, object_at};
use crate::config::provider_of::BUILTIN;
use crate::graph::walk::Step;
use crate::lang::Value;
use crate::plan::{Action, ObjectId, ResourceChange};
use crate::providers::{ApplyRequest, ApplyResponse, Configured, Mutation, PlanRequest};
use crate::schema::Schema;
use crate::schema::planning::{assert_object_compatible, filter_replace_paths};
use crate::state::{ObjectState, ObjectStatus, wire};
use crate::syntax::Diagnostics;

/// An operation that is going on.
pub(super) struct InFlight {
    pub progress: Progress,
    pub change: u32,
    pub provider: Arc<Configured>,
    pub schema: &'static Schema,
    /// The intent's number in the journal.
    pub number: Option<u64>,
    /// The configuration, marked; null for destruction.
    pub config: Value,
    /// What the provider was asked to make; afterwards what it made, marked.
    pub object: Value,
    /// The key of the object that is destroyed, if it is a deposed one.
    pub deposed: Option<SmolStr>,
}

/// What a change comes to now that everything is known.
struct FinalPlan {
    planned: Value,
    private: Option<SmolStr>,
}

impl Executor<'_> {
    pub fn start_create(&mut self, index: u32, change: u32) -> Step<Ended> {
        self.start_change(index, change, Action::Create).unwrap_or(Step::Failed)
    }

    pub fn start_update(&mut self, index: u32, change: u32) -> Step<Ended> {
        self.start_change(index, change, Action::Update).unwrap_or(Step::Failed)
    }

    pub(super) fn schema(&mut self, change: &ResourceChange, provider: &Configured) -> Option<&'static Schema> {
        let key = &change.address.resource.resource;
        let schema = provider.schema(key.mode, &key.kind);
        if schema.is_none() {
            let detail = format!("The provider {} does not support resource type {:?}.", change.provider, key.kind);
            self.error(&change.address, "Unsupported resource type", detail);
        }
        schema
    }

    /// `None` if that fails.
    fn start_change(&mut self, index: u32, number: u32, action: Action) -> Option<Step<Ended>> {
        let change = self.change(number);
        // As in Terraform, a resource is in state from when something is about to be done to it.
        self.store.mention(change);
        self.adopt(number);
        if !self.conditions_hold(&change.address, When::Before) {
            return None;
        }
        let provider = self.provider(change)?;
        let schema = self.schema(change, &provider)?;
        let prior = match action {
            Action::Create => Value::null(schema.implied_type().clone()),
            _ => change.change.before.clone(),
        };
        let (desired, problems) = self.configuration.desired(&change.address, &prior);
        if self.take_evaluated(problems) {
            return None;
        }
        let prior = prior.unmark_deep().0;
        let FinalPlan { planned, private } = self.final_plan(change, &provider, schema, &prior, &desired)?;
        let progress = self.progress(change, action, &prior);
        let config = desired.config;
        let in_flight = InFlight {
            progress,
            change: number,
            provider,
            schema,
            number: None,
            config,
            object: planned,
            deposed: None,
        };
        if action == Action::Update && in_flight.object == prior {
            return Some(self.without_provider(index, in_flight));
        }
        in_flight.progress.start();
        let mutation = if action == Action::Create { Mutation::Create } else { Mutation::Update };
        Some(self.run_provider(index, in_flight, mutation, prior, private))
    }

    /// The planned object. If it was not wholly known, the provider plans again, and has to keep to
    /// what it said.
    fn final_plan(
        &mut self,
        change: &ResourceChange,
        provider: &Configured,
        schema: &Schema,
        prior: &Value,
        desired: &Desired,
    ) -> Option<FinalPlan> {
        let (planned, _) = change.change.after.unmark_deep();
        if planned.is_wholly_known() {
            return Some(FinalPlan { planned, private: change.private.clone() });
        }
        let object = if prior.is_null() { None } else { object_at(&self.store.state, &change.address, None) };
        let private = object.and_then(|object| object.private.clone());
        let response = provider.plan(PlanRequest {
            kind: &change.address.resource.resource.kind,
            prior,
            proposed: &desired.proposed.unmark_deep().0,
            config: &desired.config.unmark_deep().0,
            private: private.as_ref(),
        });
        if self.take_from_provider(response.diagnostics, &change.address) {
            return None;
        }
        let final_planned = response.planned.unmark_deep().0;
        let needs_new =
            !prior.is_null() && !filter_replace_paths(prior, &final_planned, response.requires_replace).is_empty();
        let mut problems: Vec<String> = assert_object_compatible(schema, &planned, &final_planned)
            .into_iter()
            .map(|problem| format!("produced an invalid new value for {problem}"))
            .collect();
        if needs_new {
            problems = vec!["changed the planned action from Update to DeleteThenCreate".into()];
        }
        for problem in &problems {
            let detail = format!(
                "When expanding the plan for {} to include new values learned so far during apply, provider {} {problem}.\n\n\
                 This is a bug in the provider, which should be reported in the provider's own issue tracker.",
                change.address, change.provider
            );
            self.error(&change.address, "Provider produced inconsistent final plan", detail);
        }
        problems.is_empty().then_some(FinalPlan { planned: final_planned, private: response.private })
    }

    /// An update in which the provider has nothing to do: only marks change, or now that everything is
    /// known there is nothing to change.
    fn without_provider(&mut self, index: u32, in_flight: InFlight) -> Step<Ended> {
        let change = self.change(in_flight.change);
        let was_change = change.change.after.unmark_deep().0 != in_flight.object;
        if was_change {
            self.configuration.set_object(&change.address, Some(change.change.before.clone()));
            let holds = self.conditions_hold(&change.address, When::After);
            return if holds { Step::Done } else { Step::Failed };
        }
        in_flight.progress.start();
        let private = object_at(&self.store.state, &change.address, None).and_then(|object| object.private.clone());
        let value = in_flight.object.clone();
        let response =
            ApplyResponse { value, private, diagnostics: Diagnostics::new(), is_open: false, is_made: false };
        self.changed(index, in_flight, response)
    }

    /// Has the provider do it, after the journal knows.
    fn run_provider(
        &mut self,
        index: u32,
        mut in_flight: InFlight,
        action: Mutation,
        prior: Value,
        private: Option<SmolStr>,
    ) -> Step<Ended> {
        let change = self.change(in_flight.change);
        let (address, kind) = (&change.address, change.address.resource.resource.kind.clone());
        let token = new_token();
        let is_outside = change.provider.provider != BUILTIN;
        let planned = is_outside.then(|| self.wanted(change, &in_flight, private.clone())).flatten();
        let intent = Intent {
            address: address.to_string(),
            deposed: in_flight.deposed.clone(),
            provider: (&change.provider).into(),
            action,
            token: token.clone(),
            id: ObjectId::of(&prior).map(|id| id.value),
            planned,
        };
        in_flight.number = self.store.intend(intent, is_outside);
        let request = ApplyRequest {
            kind,
            address: address.to_smolstr(),
            prior,
            planned: in_flight.object.clone(),
            config: in_flight.config.unmark_deep().0,
            private,
            token,
        };
        let provider = Arc::clone(&in_flight.provider);
        let work = async move {
            let (is_ready, problems) = provider.ready().await;
            if !is_ready {
                return Ended::NotReady(problems);
            }
            let response = provider.apply(request).await;
            Ended::Applied(ApplyResponse {
                diagnostics: problems.into_iter().chain(response.diagnostics).collect(),
                ..response
            })
        };
        self.run(index, in_flight, Box::pin(work))
    }

    /// What an operation is to make, as state will have it as far as it is known.
    fn wanted(
        &mut self,
        change: &ResourceChange,
        in_flight: &InFlight,
        private: Option<SmolStr>,
    ) -> Option<wire::Object> {
        if in_flight.object.is_null() {
            return None;
        }
        let known = in_flight.object.unknown_as_null();
        let object = marked(&known, &in_flight.config, Some(&change.change.after), in_flight.schema);
        // If all that is known of it is that it was made, its provisioners have not run.
        let is_create = in_flight.progress.action == Action::Create;
        let tainted = is_create && self.configuration.has_provisioners(&change.address);
        self.object_state(change, in_flight, &object, private, tainted).as_deref().map(wire::Object::from)
    }

    /// A provider could not connect: nothing was done, and why is said once.
    pub fn not_ready(&mut self, in_flight: InFlight, problems: Diagnostics) -> Step<Ended> {
        self.take_evaluated(problems);
        self.store.result(in_flight.number, &[]);
        in_flight.progress.errored();
        Step::Failed
    }

    /// An object was created or changed, or part of it.
    pub fn changed(&mut self, index: u32, mut in_flight: InFlight, response: ApplyResponse) -> Step<Ended> {
        let change = self.change(in_flight.change);
        let is_create = in_flight.progress.action == Action::Create;
        let mut has_failed = self.take_from_provider(response.diagnostics, &change.address) || response.is_open;
        if is_create && response.is_open {
            // The journal keeps what was begun: the next command asks what came of it.
            in_flight.number = None;
        }
        let actual = response.value.unmark_deep().0;
        has_failed |= !self.is_as_planned(change, &in_flight, &actual, has_failed);
        let actual = actual.unknown_as_null();
        if actual.is_null() {
            // Nothing was created, or nothing is known: what was there before still is.
            self.store.result(in_flight.number, &[]);
            in_flight.progress.errored();
            return Step::Failed;
        }
        let object = marked(&actual, &in_flight.config, Some(&change.change.after), in_flight.schema);
        self.configuration.set_object(&change.address, Some(object.clone()));
        let (runs, problems) = match is_create && !has_failed {
            true => self.configuration.provisioners(&change.address, false, &object),
            false => Default::default(),
        };
        // Until its provisioners have run, it counts as not finished, whatever happens to us meanwhile.
        let is_made = response.is_made && !self.configuration.has_provisioners(&change.address);
        let tainted = is_create && (has_failed && !is_made || !runs.is_empty());
        let Some(state) = self.object_state(change, &in_flight, &object, response.private, tainted) else {
            in_flight.progress.errored();
            return Step::Failed;
        };
        self.store_changed(in_flight.change, in_flight.number, is_create, state);
        in_flight.object = object;
        if has_failed {
            in_flight.progress.errored();
            return Step::Failed;
        }
        if !is_create {
            return self.completed(in_flight);
        }
        if problems.has_errors() || runs.is_empty() {
            return self.provisioned(in_flight, problems);
        }
        self.run_provisioners(index, in_flight, runs)
    }

    /// Whether a provider made what it had planned. If it failed, only that everything is known.
    fn is_as_planned(
        &mut self,
        change: &ResourceChange,
        in_flight: &InFlight,
        actual: &Value,
        has_failed: bool,
    ) -> bool {
        if !actual.is_wholly_known() {
            let detail = format!(
                "After the apply operation, the provider still indicated an unknown value for {}. All values must be known \
                 after apply, so this is always a bug in the provider and should be reported in the provider's own \
                 repository. Infra will still save the other known object values in the state.",
                change.address
            );
            self.error(&change.address, "Provider returned invalid result object after apply", detail);
            return false;
        }
        if has_failed || in_flight.provider.is_lenient(&change.address.resource.resource.kind) {
            return true;
        }
        let problems = assert_object_compatible(in_flight.schema, &in_flight.object, actual);
        for problem in &problems {
            let detail = format!(
                "When applying changes to {}, provider {} produced an unexpected new value: {problem}.\n\nThis is a bug in the \
                 provider, which should be reported in the provider's own issue tracker.",
                change.address, change.provider
            );
            self.error(&change.address, "Provider produced inconsistent result after apply", detail);
        }
        problems.is_empty()
    }

    fn object_state(
        &mut self,
        change: &ResourceChange,
        in_flight: &InFlight,
        object: &Value,
        private: Option<SmolStr>,
        tainted: bool,
    ) -> Option<Arc<ObjectState>> {
        let schema = in_flight.schema;
        let encoded = match ObjectState::new(object, schema.implied_type(), schema.version) {
            Ok(encoded) => encoded,
            Err(error) => {
                let detail = format!("The new value of {}{error}, and can't be kept in state.", change.address);
                self.error(&change.address, "Failed to encode object", detail);
                return None;
            }
        };
        Some(Arc::new(ObjectState {
            status: if tainted { ObjectStatus::Tainted } else { ObjectStatus::Ready },
            private,
            dependencies: self.configuration.dependencies(&change.address.resource),
            create_before_destroy: change.create_before_destroy,
            ..encoded
        }))
    }

    /// Puts a new object into state. The one that it replaces, if that is still there, makes room as a
    /// deposed one: only now, because until there is a new object it keeps its place.
    fn store_changed(&mut self, number: u32, journaled: Option<u64>, is_create: bool, object: Arc<ObjectState>) {
        let change = self.change(number);
        let mut slots = Vec::with_capacity(2);
        if is_create
            && change.change.action == Action::CreateThenDelete
            && let Some(old) = object_at(&self.store.state, &change.address, None).cloned()
        {
            let key = deposed_key();
            self.deposed.insert(number, key.clone());
            slots.push(self.slot(change, Some(key), Some(old)));
        }
        slots.push(self.slot(change, None, Some(object)));
        self.store.result(journaled, &slots);
    }

    /// Provisioners have run after a creation.
    pub fn provisioned(&mut self, in_flight: InFlight, problems: Diagnostics) -> Step<Ended> {
        let change = self.change(in_flight.change);
        let has_failed = self.take(problems, &change.address);
        let status = if has_failed { ObjectStatus::Tainted } else { ObjectStatus::Ready };
        let known = object_at(&self.store.state, &change.address, None);
        if let Some(object) = known.filter(|object| object.status != status) {
            let object = ObjectState { status, ..(**object).clone() };
            self.put(change, None, Some(Arc::new(object)), None);
        }
        if !has_failed {
            return self.completed(in_flight);
        }
        in_flight.progress.errored();
        Step::Failed
    }

    fn completed(&mut self, in_flight: InFlight) -> Step<Ended> {
        let change = self.change(in_flight.change);
        match in_flight.progress.action {
            Action::Create => self.counts.added += 1,
            _ => self.counts.changed += 1,
        }
        in_flight.progress.complete(&in_flight.object);
        if self.conditions_hold(&change.address, When::After) { Step::Done } else { Step::Failed }
    }

    pub fn start_destroy(&mut self, index: u32, number: u32) -> Step<Ended> {
        self.begin_destroy(index, number).unwrap_or(Step::Failed)
    }

    /// `None` if that fails.
    fn begin_destroy(&mut self, index: u32, number: u32) -> Option<Step<Ended>> {
        let change = self.change(number);
        self.adopt(number);
        let deposed = change.deposed.clone().or_else(|| self.deposed.get(&number).cloned());
        let Some(object) = object_at(&self.store.state, &change.address, deposed.as_ref()) else {
            return Some(Step::Done);
        };
        let is_ready = object.status == ObjectStatus::Ready;
        let provider = self.provider(change)?;
        let schema = self.schema(change, &provider)?;
        let null = Value::null(schema.implied_type().clone());
        let mut progress = self.progress(change, Action::Delete, &change.change.before);
        progress.deposed.clone_from(&deposed);
        progress.start();
        // As in Terraform, neither deposed nor tainted objects have provisioners run.
        let runs = if deposed.is_none() && is_ready {
            let (runs, problems) = self.configuration.provisioners(&change.address, true, &change.change.before);
            if self.take(problems, &change.address) {
                progress.errored();
                return None;
            }
            runs
        } else {
            Vec::new()
        };
        let config = null.clone();
        let in_flight =
            InFlight { progress, change: number, provider, schema, number: None, config, object: null, deposed };
        if runs.is_empty() {
            return Some(self.destroy(index, in_flight));
        }
        Some(self.run_provisioners(index, in_flight, runs))
    }

    /// Provisioners have run before a destruction.
    pub fn unprovisioned(&mut self, index: u32, in_flight: InFlight, problems: Diagnostics) -> Step<Ended> {
        if self.take(problems, &in_flight.progress.address) {
            in_flight.progress.errored();
            return Step::Failed;
        }
        self.destroy(index, in_flight)
    }

    fn destroy(&mut self, index: u32, in_flight: InFlight) -> Step<Ended> {
        let change = self.change(in_flight.change);
        let object = object_at(&self.store.state, &change.address, in_flight.deposed.as_ref());
        let kept = object.and_then(|object| object.private.clone());
        // What the provider planned for a replacement is about the new object.
        let planned = change.private.clone().filter(|_| !change.change.action.is_replace());
        // What is shown of an orphan is what was stored; the state has what was read.
        let current = object.and_then(|object| object.value(in_flight.schema.implied_type()).ok());
        let prior = current.unwrap_or_else(|| change.change.before.clone()).unmark_deep().0;
        self.run_provider(index, in_flight, Mutation::Delete, prior, planned.or(kept))
    }

    /// An object was destroyed, or is still there.
    pub fn destroyed(&mut self, in_flight: InFlight, response: ApplyResponse) -> Step<Ended> {
        let change = self.change(in_flight.change);
        let mut has_failed = self.take(response.diagnostics, &change.address) || response.is_open;
        let left = response.value.unmark_deep().0.unknown_as_null();
        if !has_failed && !left.is_null() {
            has_failed = true;
            let detail = format!(
                "After applying a Delete plan, the provider returned a non-null object for {}. Destroying should always \
                 produce a null value, so this is always a bug in the provider and should be reported in the provider's own \
                 repository. Infra will still save this errant object in the state for debugging and recovery.",
                change.address
            );
            self.error(&change.address, "Provider returned invalid result object after apply", detail);
        }
        if has_failed {
            self.keep(change, &in_flight, &left, response.private);
            in_flight.progress.errored();
            return Step::Failed;
        }
        self.put(change, in_flight.deposed.clone(), None, in_flight.number);
        if in_flight.deposed.is_none() {
            self.configuration.set_object(&change.address, None);
        }
        self.counts.destroyed += 1;
        in_flight.progress.complete(&change.change.before);
        Step::Done
    }

    /// Keeps what is left of an object that should be gone: as it was, if nothing is known of it.
    fn keep(&mut self, change: &ResourceChange, in_flight: &InFlight, left: &Value, private: Option<SmolStr>) {
        let old = object_at(&self.store.state, &change.address, in_flight.deposed.as_ref()).cloned();
        let (Some(old), false) = (old, left.is_null()) else {
            self.store.result(in_flight.number, &[]);
            return;
        };
        let object = marked(left, &change.change.before, None, in_flight.schema);
        match old.with_value(&object, in_flight.schema.implied_type()) {
            Ok(object) => {
                let object = ObjectState { private, ..object };
                self.put(change, in_flight.deposed.clone(), Some(Arc::new(object)), in_flight.number);
            }
            Err(_) => self.store.result(in_flight.number, &[]),
        }
    }
}

/// What identifies an operation: a UUID that tells the time (version 7), as names that are made from it do.
fn new_token() -> SmolStr {
    let [random @ .., _, _, _, _, _, _] = Uuid::new_v4().into_bytes();
    let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(now, &random).into_uuid().to_smolstr()
}
