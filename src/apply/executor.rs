//! Executes the operations of a plan: what begins each of them and what happens with its result.
//! What is done to managed objects is in [`managed`](super::managed).

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use smol_str::SmolStr;
use tokio::sync::watch;

use super::configuration::{Conditions, Configuration, ProvisionerRun, When};
use super::managed::InFlight;
use super::progress::{Progress, Reporter};
use super::provision::provision;
use super::report::{Applied, Counts, report};
use super::slot::Slot;
use super::store::{StateSink, Store};
use crate::config::module::Mode;
use crate::graph::walk::{Interrupt, Outcome, Running, Step, Work, walk};
use crate::graph::{InstanceAddress, parse_config};
use crate::lang::Value;
use crate::plan::conditions::{CheckableKind, RANKED, rank, worse};
use crate::plan::stacks::OutputValues;
use crate::plan::{Action, Awaited, ObjectId, OperationKind, Plan, PlanMode, ResourceChange};
use crate::providers::{ApplyResponse, Configured, DataResponse};
use crate::state::{CheckObject, CheckState, CheckStatus, ObjectState, OutputState};
use crate::syntax::{Diagnostic, Diagnostics};

/// What a plan is applied to, and with.
pub struct Target<'a> {
    /// The configuration that it was made from.
    pub configuration: &'a mut dyn Configuration,
    /// Where the state is kept.
    pub sink: &'a mut dyn StateSink,
    /// Where the journal is kept; no journal without.
    pub journal: Option<&'a Path>,
    /// Who is told what happens.
    pub reporter: Arc<dyn Reporter>,
}

/// What an apply works with, beside the plan and the configuration.
pub struct Surroundings<'a> {
    /// Where the state is kept.
    pub sink: &'a mut dyn StateSink,
    /// Where the journal is kept; no journal without.
    pub journal: Option<&'a Path>,
    /// Who is told what happens.
    pub reporter: Arc<dyn Reporter>,
    /// What is asked from outside while it goes on.
    pub interrupts: watch::Receiver<Interrupt>,
    /// How many operations are going on at once, at most.
    pub parallelism: usize,
}

/// Executes a plan. The state that there is has to be the one that the plan was made from, settled and
/// locked. Must be called within a runtime.
pub async fn apply(plan: &Plan, configuration: &mut dyn Configuration, around: Surroundings<'_>) -> Applied {
    let Surroundings { sink, journal, reporter, interrupts, parallelism } = around;
    let count = match u32::try_from(plan.operations.len()) {
        Ok(count) => count,
        Err(_) => return Applied::not_begun(plan, Diagnostic::error("Plan too large", "It has too many operations.")),
    };
    let mut executor = match Executor::begin(plan, Target { configuration, sink, journal, reporter }) {
        Ok(executor) => executor,
        Err(problem) => return Applied::not_begun(plan, problem),
    };
    let after = |index: u32| plan.operations[index as usize].after.as_slice();
    let outcomes = walk(count, after, parallelism, &mut executor, interrupts).await.outcomes;
    executor.end(&outcomes).await
}

/// What running work results in.
pub(super) enum Ended {
    Applied(ApplyResponse),
    Data(DataResponse),
    /// Nothing was done, because the provider could not connect.
    NotReady(Diagnostics),
    Provisioned(Diagnostics),
}

/// The one who owns everything that changes during an apply.
pub(super) struct Executor<'a> {
    pub plan: &'a Plan,
    pub configuration: &'a mut dyn Configuration,
    pub store: Store<'a>,
    pub reporter: Arc<dyn Reporter>,
    pub diagnostics: Diagnostics,
    pub counts: Counts,
    /// The keys under which objects were deposed by changes that create first.
    pub deposed: HashMap<u32, SmolStr>,
    pub in_flight: HashMap<u32, InFlight>,
    adopted: HashSet<u32>,
    /// All outputs of other stacks that are applied together with this one.
    outputs: HashMap<SmolStr, OutputValues>,
    /// Where each object is among the state's checks, by address.
    check_places: HashMap<SmolStr, (usize, usize)>,
    /// How the objects of each of these checks came out.
    check_tallies: Vec<Tally>,
}

impl<'a> Executor<'a> {
    /// Begins to apply a plan.
    ///
    /// # Errors
    /// When the journal can't be begun. Nothing has happened then.
    pub fn begin(plan: &'a Plan, target: Target<'a>) -> Result<Self, Diagnostic> {
        let store = Store::new(plan.prior.clone(), target.sink, target.journal)?;
        let mut executor = Executor::new(plan, target.configuration, store, target.reporter);
        // What planning found out is to be kept even if nothing else happens.
        executor.store.touch();
        Ok(executor)
    }

    /// What it came to, when all operations have come out.
    pub async fn end(mut self, outcomes: &[Outcome]) -> Applied {
        let is_settled = !outcomes.contains(&Outcome::CutOff);
        if is_settled {
            self.finish_providers().await;
        }
        let Executor { plan, store, mut diagnostics, counts, .. } = self;
        let (state, problems) = store.end(is_settled);
        diagnostics.extend(problems);
        report(plan, outcomes, state, diagnostics, counts)
    }

    /// Takes what has become of outputs of another stack.
    pub fn take_outputs(&mut self, awaited: &Awaited, outputs: OutputValues) {
        for link in self.plan.links.iter().filter(|link| link.stack == awaited.stack) {
            self.configuration.set_outputs(&link.address, &outputs);
        }
        if awaited.output.is_none() {
            self.outputs.insert(awaited.stack.clone(), outputs);
        }
    }

    /// The outputs that a data source finds in a stack that is applied together with this one.
    pub fn linked_outputs(&self, address: &InstanceAddress) -> Option<&OutputValues> {
        let link = self.plan.links.iter().find(|link| link.address == *address)?;
        self.outputs.get(&link.stack)
    }

    fn new(
        plan: &'a Plan,
        configuration: &'a mut dyn Configuration,
        mut store: Store<'a>,
        reporter: Arc<dyn Reporter>,
    ) -> Self {
        let checks: Vec<CheckState> = plan.checks.iter().map(to_begin_with).collect();
        let check_tallies = checks.iter().map(Tally::of).collect();
        store.state.checks = (!checks.is_empty()).then_some(checks);
        let places = plan.checks.iter().enumerate().flat_map(|(at, check)| {
            check.objects.iter().enumerate().map(move |(i, object)| (object.address.clone(), (at, i)))
        });
        Executor {
            plan,
            configuration,
            store,
            reporter,
            diagnostics: Diagnostics::new(),
            counts: Counts::default(),
            deposed: HashMap::new(),
            in_flight: HashMap::new(),
            adopted: HashSet::new(),
            outputs: HashMap::new(),
            check_places: places.collect(),
            check_tallies,
        }
    }

    pub fn change(&self, change: u32) -> &'a ResourceChange {
        &self.plan.changes[change as usize]
    }

    /// Takes diagnostics, which are about an object, and tells whether there are errors among them.
    pub fn take(&mut self, problems: Diagnostics, address: &InstanceAddress) -> bool {
        let has_errors = problems.has_errors();
        for problem in problems {
            let address = problem.address.clone().or_else(|| Some(address.to_string()));
            self.diagnostics.push(Diagnostic { address, ..problem });
        }
        has_errors
    }

    /// Takes what a provider says about an object that is in the configuration.
    pub fn take_from_provider(&mut self, problems: Diagnostics, address: &InstanceAddress) -> bool {
        if problems.is_empty() {
            return false;
        }
        let place = self.configuration.place(address);
        let placed = |d: Diagnostic| Diagnostic { subject: d.subject.or(place), ..d };
        self.take(problems.into_iter().map(placed).collect(), address)
    }

    /// Takes diagnostics about the configuration, which have places of their own, and tells whether there are errors
    /// among them.
    pub fn take_evaluated(&mut self, problems: Diagnostics) -> bool {
        let has_errors = problems.has_errors();
        self.diagnostics.extend(problems);
        has_errors
    }

    pub fn error(&mut self, address: &InstanceAddress, summary: &str, detail: String) {
        self.take(Diagnostic::error(summary, detail).into(), address);
    }

    /// The provider of a change; why there is none, or none that can be used, is said once.
    pub fn provider(&mut self, change: &ResourceChange) -> Option<Arc<Configured>> {
        let (provider, problems) = self.configuration.provider(&change.provider);
        let has_errors = self.take_evaluated(problems);
        provider.filter(|provider| !has_errors && provider.is_usable())
    }

    /// Before the journal goes: if this is cut off, the next command has to know.
    async fn finish_providers(&mut self) {
        for provider in self.configuration.connected() {
            self.diagnostics.extend(provider.finish().await);
            self.diagnostics.extend(provider.remarks());
        }
    }

    pub fn progress(&self, change: &ResourceChange, action: Action, object: &Value) -> Progress {
        Progress {
            reporter: Arc::clone(&self.reporter),
            address: change.address.clone(),
            deposed: change.deposed.clone(),
            action,
            id: ObjectId::of(object),
            begin: Instant::now(),
        }
    }

    /// Tries conditions, takes their results into state, and tells whether all hold.
    pub fn conditions_hold(&mut self, address: &InstanceAddress, when: When) -> bool {
        let (conditions, problems) = self.configuration.conditions(address, when);
        if let Some(conditions) = conditions {
            self.note_conditions(&address.to_string(), when, conditions.status, conditions.failures);
        }
        !self.take_evaluated(problems)
    }

    fn note_conditions(&mut self, address: &str, when: When, status: CheckStatus, failures: Vec<String>) {
        let Some((at, i)) = self.check_places.get(address).copied() else { return };
        let Some(check) = self.store.state.checks.as_mut().and_then(|checks| checks.get_mut(at)) else { return };
        let (Some(object), Some(tally)) = (check.objects.get_mut(i), self.check_tallies.get_mut(at)) else { return };
        let before = object.status;
        match when {
            When::Before => {
                (object.status, object.failures) = (status, failures);
            }
            When::After => {
                object.status = worse(object.status, status);
                object.failures.extend(failures);
            }
        }
        tally.replace(before, object.status);
        check.status = tally.worst();
        self.store.touch();
    }

    fn check(&mut self, index: u32) -> Step<Ended> {
        let (result, problems) = self.configuration.check(&self.plan.checks[index as usize]);
        for (i, CheckObject { address, .. }) in result.objects.iter().enumerate() {
            self.check_places.insert(address.clone(), (index as usize, i));
        }
        if let Some(check) = self.store.state.checks.as_mut().and_then(|checks| checks.get_mut(index as usize)) {
            self.check_tallies[index as usize] = Tally::of(&result);
            *check = result;
        }
        self.store.touch();
        let has_errors = problems.has_errors();
        self.diagnostics.extend(problems);
        if has_errors { Step::Failed } else { Step::Done }
    }

    fn output(&mut self, index: u32) -> Step<Ended> {
        let change = &self.plan.outputs[index as usize];
        self.store.touch();
        if change.change.action == Action::Delete {
            self.store.state.outputs.remove(&change.name);
            return Step::Done;
        }
        let (value, conditions, problems) = self.configuration.output(&change.name);
        if let Some(Conditions { status, failures }) = conditions {
            self.note_conditions(&format!("output.{}", change.name), When::Before, status, failures);
        }
        let has_errors = problems.has_errors();
        self.diagnostics.extend(problems);
        // What a refresh finds is kept, whatever the conditions say.
        let is_kept = |value: &Value| !has_errors || self.plan.mode == PlanMode::RefreshOnly && value.is_wholly_known();
        let Some(value) = value.filter(is_kept) else { return Step::Failed };
        // As in Terraform, state has no outputs that are null, but for what isn't known because nothing was made.
        if value.is_null() {
            self.store.state.outputs.remove(&change.name);
        } else {
            let value = if value.is_wholly_known() { value } else { value.unknown_as_null() };
            self.store.state.outputs.insert(change.name.clone(), OutputState { value, sensitive: change.sensitive });
        }
        if has_errors { Step::Failed } else { Step::Done }
    }

    /// Tells of an import that it has happened: while planning, in truth.
    pub fn adopt(&mut self, change: u32) {
        use crate::plan::EventKind::{AdoptComplete, AdoptStart};
        let planned = self.change(change);
        let Some(importing) = planned.importing.as_ref().filter(|_| self.adopted.insert(change)) else { return };
        let progress = self.progress(planned, planned.change.action, &planned.change.before);
        progress.tell(AdoptStart { id: importing.id.clone() });
        progress.tell(AdoptComplete { id: importing.id.clone() });
        self.counts.imported += 1;
        self.store.touch();
    }

    fn forget(&mut self, change: u32) -> Step<Ended> {
        let planned = self.change(change);
        self.put(planned, planned.deposed.clone(), None, None);
        if planned.deposed.is_none() {
            self.configuration.set_object(&planned.address, None);
        }
        self.counts.forgotten += 1;
        Step::Done
    }

    /// Puts an object into state, or takes it out.
    pub fn put(
        &mut self,
        change: &ResourceChange,
        deposed: Option<SmolStr>,
        object: Option<Arc<ObjectState>>,
        number: Option<u64>,
    ) {
        let slot = self.slot(change, deposed, object);
        self.store.result(number, &[slot]);
    }

    pub fn slot(&self, change: &ResourceChange, deposed: Option<SmolStr>, object: Option<Arc<ObjectState>>) -> Slot {
        Slot { address: change.address.clone(), deposed, provider: change.provider.clone(), object }
    }

    /// Runs provisioners.
    pub fn run_provisioners(&mut self, index: u32, in_flight: InFlight, runs: Vec<ProvisionerRun>) -> Step<Ended> {
        let work = provision(runs, in_flight.progress.clone());
        self.run(index, in_flight, Box::pin(async move { Ended::Provisioned(work.await) }))
    }

    /// Begins work that goes on with [`Work::finish`].
    pub fn run(&mut self, index: u32, in_flight: InFlight, work: Running<Ended>) -> Step<Ended> {
        let watched = in_flight.progress.watch(work);
        self.in_flight.insert(index, in_flight);
        Step::Run(watched)
    }
}

/// How often each result occurs in a check: what its worst one is, without looking at all objects again.
struct Tally([usize; RANKED.len()]);

impl Tally {
    fn of(check: &CheckState) -> Self {
        let mut tally = Tally([0; RANKED.len()]);
        check.objects.iter().for_each(|object| tally.0[rank(object.status)] += 1);
        tally
    }

    /// The result of an object has changed.
    fn replace(&mut self, before: CheckStatus, after: CheckStatus) {
        self.0[rank(before)] -= 1;
        self.0[rank(after)] += 1;
    }

    /// The worst result, `Pass` if there are none.
    fn worst(&self) -> CheckStatus {
        self.0.iter().rposition(|count| *count > 0).map_or(CheckStatus::Pass, |worst| RANKED[worst])
    }
}

/// What is known of conditions before they are tried again. Those of data sources that aren't read again are not tried:
/// as in Terraform, nothing is said of them then.
fn to_begin_with(planned: &CheckState) -> CheckState {
    let mut check = planned.clone();
    let address = parse_config(&check.config_address).ok().filter(|_| check.kind == CheckableKind::Resource.name());
    if address.is_some_and(|a| a.resource.mode == Mode::Data) {
        check.status = CheckStatus::Unknown;
        check.objects.iter_mut().for_each(|o| (o.status, o.failures) = (CheckStatus::Unknown, Vec::new()));
    }
    check
}

impl Work for Executor<'_> {
    type Result = Ended;

    fn start(&mut self, index: u32) -> Step<Ended> {
        match self.plan.operations[index as usize].kind {
            OperationKind::Create(change) => self.start_create(index, change),
            OperationKind::Update(change) => self.start_update(index, change),
            OperationKind::Destroy(change) => self.start_destroy(index, change),
            OperationKind::Read(change) => self.start_read(index, change),
            OperationKind::Forget(change) => self.forget(change),
            OperationKind::Adopt(change) => {
                self.adopt(change);
                Step::Done
            }
            // Of outputs of other stacks, whoever applies all of them sees to it.
            OperationKind::Milestone | OperationKind::Await(_) => Step::Done,
            OperationKind::Output(output) => self.output(output),
            OperationKind::Check(check) => self.check(check),
        }
    }

    fn finish(&mut self, index: u32, ended: Ended) -> Step<Ended> {
        let Some(in_flight) = self.in_flight.remove(&index) else { return Step::Failed };
        if let Ended::NotReady(problems) = ended {
            return self.not_ready(in_flight, problems);
        }
        match (self.plan.operations[index as usize].kind.clone(), ended) {
            (OperationKind::Create(_) | OperationKind::Update(_), Ended::Applied(response)) => {
                self.changed(index, in_flight, response)
            }
            (OperationKind::Destroy(_), Ended::Applied(response)) => self.destroyed(in_flight, response),
            (OperationKind::Create(_), Ended::Provisioned(problems)) => self.provisioned(in_flight, problems),
            (OperationKind::Destroy(_), Ended::Provisioned(problems)) => self.unprovisioned(index, in_flight, problems),
            (OperationKind::Read(_), Ended::Data(response)) => self.data_read(in_flight, response),
            _ => Step::Failed,
        }
    }

    fn commit(&mut self) -> bool {
        self.store.flush()
    }

    fn pause(&mut self) {
        self.store.save_if_cheap();
    }

    fn cut_off(&mut self, index: u32) {
        let Some(in_flight) = self.in_flight.remove(&index) else { return };
        in_flight.progress.errored();
        let detail = "The operation was cut off before it had ended, so how far it came is not known. The journal has what it \
                      was about to do; the next plan shows what there is.";
        self.error(&in_flight.progress.address, "Operation cut off", detail.into());
    }
}
