mod property;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};

use indexmap::IndexMap;
use smol_str::SmolStr;
use tokio::sync::watch;

use super::*;
use crate::config::module::Mode;
use crate::graph::walk::{Interrupt, Outcome};
use crate::graph::{ConfigAddress, InstanceAddress, ResourceAddress, parse_instance};
use crate::lang::{Type, Value};
use crate::plan::{
    Action, Change, Event, EventKind, Operation, OperationKind, OutputChange, Plan, PlanMode, ResourceChange,
};
use crate::providers::{
    ApplyRequest, ApplyResponse, Configured, DataRequest, DataResponse, Imported, PlanRequest, PlanResponse, Provider,
    ProviderConfigAddress, ReadRequest, ReadResponse, RecoverRequest, Recovered, Task,
};
use crate::schema::{Attribute, Block, Schema};
use crate::state::{CheckState, CheckStatus, ObjectState, State};
use crate::syntax::{Diagnostic, Diagnostics, FileId, Span};

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let attributes = [
        ("id".into(), Attribute::computed(Type::String)),
        ("input".into(), Attribute::optional(Type::String)),
        ("secret".into(), Attribute { sensitive: true, ..Attribute::computed(Type::String) }),
    ];
    Schema::new(3, Block { attributes: attributes.into_iter().collect(), blocks: IndexMap::new() })
});

fn object(id: Option<&str>, input: Value) -> Value {
    let computed = |known: Option<&str>| known.map_or(Value::unknown(Type::String), Value::from);
    Value::object(vec![
        ("id".into(), computed(id)),
        ("input".into(), input),
        ("secret".into(), computed(id.map(|_| "s")).sensitive()),
    ])
}

/// Does what the input says: `fail`, `partial`, `wrong`, `unknown`, `panic`, `at once`, `fail to destroy`.
#[derive(Default)]
struct FakeProvider {
    calls: Mutex<Vec<String>>,
    /// How long it takes for an address, if not a millisecond.
    delays: BTreeMap<String, Duration>,
}

impl FakeProvider {
    async fn make(&self, request: ApplyRequest) -> ApplyResponse {
        let input = |value: &Value| value.get("input").and_then(Value::as_str).cloned().unwrap_or_default();
        let is_destroy = request.planned.is_null();
        let wanted = if is_destroy { input(&request.prior) } else { input(&request.planned) };
        let kind = if is_destroy {
            "destroy"
        } else if request.prior.is_null() {
            "create"
        } else {
            "update"
        };
        self.calls.lock().unwrap().push(format!("{kind} {} {wanted}", request.address));
        if wanted != "at once" {
            let delay = self.delays.get(request.address.as_str()).copied();
            tokio::time::sleep(delay.unwrap_or(Duration::from_millis(1))).await;
        }
        let failed = || Diagnostics::from(Diagnostic::error("It failed", "As asked."));
        let id = request
            .prior
            .get("id")
            .and_then(Value::as_str)
            .cloned()
            .unwrap_or_else(|| format!("id of {}", request.address).into());
        let made = object(Some(&id), Value::from(wanted.as_str())).unmark_deep().0;
        let null = Value::null(SCHEMA.implied_type().clone());
        let (value, diagnostics) = match (is_destroy, wanted.as_str()) {
            (true, "fail to destroy") => (null, failed()),
            (true, _) => (null, Diagnostics::new()),
            (false, "fail") => (null, failed()),
            (false, "partial") => (made, failed()),
            (false, "wrong") => (object(Some(&id), Value::from("other")).unmark_deep().0, Diagnostics::new()),
            (false, "unknown") => (object(None, Value::from("unknown")).unmark_deep().0, Diagnostics::new()),
            (false, "panic") => panic!("as asked"),
            _ => (made, Diagnostics::new()),
        };
        ApplyResponse { value, private: Some("cHJpdmF0ZQ==".into()), diagnostics, is_open: false, is_made: false }
    }
}

impl Provider for FakeProvider {
    fn schema(&self, _: Mode, _: &str) -> Option<&'static Schema> {
        Some(&SCHEMA)
    }

    fn validate(&self, _: Mode, _: &str, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    fn upgrade(&self, _: &str, _: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        Ok(attributes)
    }

    fn read(&self, _: Vec<ReadRequest>) -> Task<'_, Vec<ReadResponse>> {
        Box::pin(async { Vec::new() })
    }

    fn read_data(&self, requests: Vec<DataRequest>) -> Task<'_, Vec<DataResponse>> {
        let read = |request: DataRequest| {
            let input = request.config.get("input").cloned().unwrap();
            let diagnostics = match input.as_str().is_some_and(|i| i == "fail") {
                true => Diagnostic::error("It failed", "As asked.").into(),
                false => Diagnostics::new(),
            };
            DataResponse { value: object(Some("read"), input).unmark_deep().0, diagnostics }
        };
        Box::pin(async move { requests.into_iter().map(read).collect() })
    }

    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        let id = request.prior.get("id").and_then(Value::as_str);
        let input = request.config.get("input").cloned().unwrap();
        // Changes its mind.
        let input = if input.as_str().is_some_and(|i| i == "fickle") { Value::from("else") } else { input };
        let planned = object(id.map(SmolStr::as_str), input).unmark_deep().0;
        PlanResponse { planned, requires_replace: Vec::new(), private: None, diagnostics: Diagnostics::new() }
    }

    fn apply(&self, request: ApplyRequest) -> Task<'_, ApplyResponse> {
        Box::pin(self.make(request))
    }

    fn import(&self, _: &str, _: &str) -> Task<'_, Imported> {
        unreachable!("an apply imports nothing")
    }

    fn recover(&self, _: RecoverRequest) -> Task<'_, Recovered> {
        unreachable!("an apply recovers nothing")
    }
}

/// The input of a resource is a text, or the id of another.
#[derive(Clone)]
enum Input {
    Text(Value),
    IdOf(&'static str),
}

struct Fake {
    provider: Arc<FakeProvider>,
    inputs: BTreeMap<String, Input>,
    objects: BTreeMap<String, Value>,
    provisioners: Vec<(&'static str, bool, &'static str, bool)>,
    failing: Vec<(&'static str, When)>,
}

impl Configuration for Fake {
    fn place(&self, _: &InstanceAddress) -> Option<Span> {
        None
    }

    fn provider(&mut self, address: &ProviderConfigAddress) -> (Option<Arc<Configured>>, Diagnostics) {
        let provider = Arc::clone(&self.provider) as Arc<dyn Provider>;
        (Some(Arc::new(Configured::new(address.clone(), provider, None))), Diagnostics::new())
    }

    fn connected(&self) -> Vec<Arc<Configured>> {
        Vec::new()
    }

    fn desired(&mut self, address: &InstanceAddress, _: &Value) -> (Desired, Diagnostics) {
        let input = match self.inputs.get(&address.to_string()).unwrap() {
            Input::Text(text) => text.clone(),
            Input::IdOf(other) => self.objects[*other].get("id").unwrap().clone(),
        };
        let null = || Value::null(Type::String);
        let config = Value::object(vec![("id".into(), null()), ("input".into(), input), ("secret".into(), null())]);
        (Desired { proposed: config.clone(), config }, Diagnostics::new())
    }

    fn set_outputs(&mut self, _: &InstanceAddress, _: &[(SmolStr, Value)]) {}

    fn set_object(&mut self, address: &InstanceAddress, object: Option<Value>) {
        match object {
            Some(object) => drop(self.objects.insert(address.to_string(), object)),
            None => drop(self.objects.remove(&address.to_string())),
        }
    }

    fn locate(&self, _: &InstanceAddress, problems: Diagnostics) -> Diagnostics {
        problems
    }

    fn set_unreadable(&mut self, _: &InstanceAddress, _: Diagnostics) {}

    fn output(&mut self, name: &str) -> (Option<Value>, Option<Conditions>, Diagnostics) {
        let id = self.objects.get(name).and_then(|o| o.get("id")).cloned();
        (id.or(Some(Value::null(Type::String))), None, Diagnostics::new())
    }

    fn conditions(&mut self, address: &InstanceAddress, when: When) -> (Option<Conditions>, Diagnostics) {
        if !self.failing.iter().any(|(a, w)| *a == address.to_string() && *w == when) {
            return (None, Diagnostics::new());
        }
        let conditions = Conditions { status: CheckStatus::Fail, failures: vec!["no".into()] };
        (Some(conditions), Diagnostic::error("Condition failed", "no").into())
    }

    fn check(&mut self, planned: &CheckState) -> (CheckState, Diagnostics) {
        (CheckState { status: CheckStatus::Pass, ..planned.clone() }, Diagnostics::new())
    }

    fn provisioners(
        &mut self,
        address: &InstanceAddress,
        on_destroy: bool,
        _: &Value,
    ) -> (Vec<ProvisionerRun>, Diagnostics) {
        let mine = self.provisioners.iter().filter(|(a, d, ..)| *a == address.to_string() && *d == on_destroy);
        let run = |(_, _, command, continue_on_failure): &(_, _, &str, bool)| ProvisionerRun {
            kind: "local-exec".into(),
            arguments: Value::object(vec![("command".into(), Value::from(*command))]),
            connection: Value::null(Type::Dynamic),
            folder: "".into(),
            continue_on_failure: *continue_on_failure,
            span: Span::new(FileId(0), 0, 0),
        };
        (mine.map(run).collect(), Diagnostics::new())
    }

    fn has_provisioners(&self, address: &InstanceAddress) -> bool {
        self.provisioners.iter().any(|(a, on_destroy, ..)| *a == address.to_string() && !on_destroy)
    }

    fn dependencies(&mut self, resource: &Arc<ResourceAddress>) -> Arc<[ConfigAddress]> {
        Arc::new([resource.config()])
    }
}

/// Keeps states, and tells events in few words.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Reporter for Told {
    fn report(&self, event: Event) {
        let what = match event.kind {
            EventKind::ApplyStart { action, .. } => format!("start {action:?}"),
            EventKind::ApplyComplete { action, id, .. } => {
                format!("complete {action:?} {}", id.map(|id| id.value).unwrap_or_default())
            }
            EventKind::ApplyErrored { action, .. } => format!("errored {action:?}"),
            EventKind::ProvisionOutput { output, .. } => output,
            _ => return,
        };
        self.0.lock().unwrap().push(format!("{}: {what}", event.address));
    }
}

#[derive(Default)]
struct Sink(Vec<State>);

impl StateSink for Sink {
    fn write(&mut self, state: &mut State) -> Result<(), Diagnostics> {
        self.0.push(state.clone());
        Ok(())
    }
}

/// A plan in the making, with what its resources are configured as.
struct Setup {
    plan: Plan,
    fake: Fake,
}

impl Setup {
    fn new() -> Setup {
        let plan = Plan {
            mode: PlanMode::Normal,
            started: SystemTime::UNIX_EPOCH,
            workspace: "default".into(),
            variables: IndexMap::new(),
            targets: Vec::new(),
            excludes: Vec::new(),
            forced: Vec::new(),
            previous: State::default(),
            prior: State::default(),
            changes: Vec::new(),
            drift: Vec::new(),
            outputs: Vec::new(),
            checks: Vec::new(),
            relevant: Vec::new(),
            operations: Vec::new(),
            output_steps: std::collections::BTreeMap::new(),
            links: Vec::new(),
            awaited: Vec::new(),
            errored: false,
            applyable: true,
            complete: true,
        };
        let fake = Fake {
            provider: Arc::default(),
            inputs: BTreeMap::new(),
            objects: BTreeMap::new(),
            provisioners: Vec::new(),
            failing: Vec::new(),
        };
        Setup { plan, fake }
    }

    /// Adds a change from an input, if there is an object, to another; gives its number.
    fn change(&mut self, address: &str, action: Action, before: Option<&str>, after: Option<Input>) -> u32 {
        let null = || Value::null(SCHEMA.implied_type().clone());
        let old = format!("old {address}");
        let before_value = before.map_or_else(null, |input| object(Some(&old), Value::from(input)));
        let id = Some(old.as_str()).filter(|_| action == Action::Update);
        let after_value = match &after {
            None => null(),
            Some(Input::Text(text)) => object(id, text.clone()),
            Some(Input::IdOf(_)) => object(id, Value::unknown(Type::String)),
        };
        if let Some(input) = after {
            self.fake.inputs.insert(address.into(), input);
        }
        let provider = ProviderConfigAddress::root("example.com/test/fake");
        let instance = parse_instance(address).unwrap();
        if before.is_some() {
            let state = Arc::new(ObjectState::new(&before_value, SCHEMA.implied_type(), 3).unwrap());
            let slot =
                Slot { address: instance.clone(), deposed: None, provider: provider.clone(), object: Some(state) };
            slot.put_into(&mut self.plan.prior);
            self.fake.objects.insert(address.into(), before_value.clone());
        }
        self.plan.changes.push(ResourceChange {
            address: instance,
            previous_address: None,
            deposed: None,
            provider,
            change: Change { action, before: before_value, after: after_value },
            reason: None,
            replace_paths: Vec::new(),
            importing: None,
            generated_config: None,
            private: None,
            create_before_destroy: action == Action::CreateThenDelete,
        });
        u32::try_from(self.plan.changes.len() - 1).unwrap()
    }

    fn operation(&mut self, kind: OperationKind, after: &[u32]) -> u32 {
        self.plan.operations.push(Operation { kind, after: after.to_vec() });
        u32::try_from(self.plan.operations.len() - 1).unwrap()
    }

    fn create(&mut self, address: &str, input: &str, after: &[u32]) -> u32 {
        let change = self.change(address, Action::Create, None, Some(Input::Text(Value::from(input))));
        self.operation(OperationKind::Create(change), after)
    }

    fn run(&mut self) -> Ran {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal");
        let (_sender, interrupts) = watch::channel(Interrupt::None);
        let (mut sink, told) = (Sink::default(), Arc::new(Told::default()));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let around = Surroundings {
            sink: &mut sink,
            journal: Some(&journal),
            reporter: Arc::clone(&told) as Arc<dyn Reporter>,
            interrupts,
            parallelism: 10,
        };
        let applied = runtime.block_on(apply(&self.plan, &mut self.fake, around));
        let told = std::mem::take(&mut *told.0.lock().unwrap());
        Ran { applied, told, states: sink.0, has_journal: journal.exists() }
    }
}

struct Ran {
    applied: Applied,
    told: Vec<String>,
    states: Vec<State>,
    has_journal: bool,
}

/// The objects of a state, a line for each.
fn shown(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    let shown = |o: &Arc<ObjectState>| {
        let value = o.value(SCHEMA.implied_type()).unwrap();
        let part = |name: &str| value.get(name).unwrap().as_str().cloned().unwrap_or("null".into());
        format!("{} {}{}", part("id"), part("input"), if o.status == Default::default() { "" } else { " tainted" })
    };
    for (resource, r) in &state.resources {
        for (key, instance) in &r.instances {
            lines.extend(instance.current.iter().map(|o| format!("{resource}{key}: {}", shown(o))));
            lines.extend(instance.deposed.values().map(|o| format!("{resource}{key} deposed: {}", shown(o))));
        }
    }
    lines
}

impl Ran {
    fn objects(&self) -> Vec<String> {
        shown(&self.applied.state)
    }

    fn summaries(&self) -> Vec<&str> {
        self.applied.diagnostics.iter().map(|d| d.summary.as_str()).collect()
    }

    fn unfinished(&self) -> Vec<(&str, Outcome)> {
        self.applied.unfinished.iter().map(|u| (u.what.as_str(), u.outcome)).collect()
    }
}

#[test]
fn creates_in_order_with_values_learned_on_the_way() {
    let mut setup = Setup::new();
    let first = setup.create("t.a", "x", &[]);
    let change = setup.change("t.b", Action::Create, None, Some(Input::IdOf("t.a")));
    let second = setup.operation(OperationKind::Create(change), &[first]);
    let value = Value::unknown(Type::String);
    let change = Change { action: Action::Create, before: Value::null(Type::String), after: value };
    setup.plan.outputs.push(OutputChange { name: "t.b".into(), change: change.clone(), sensitive: false });
    setup.plan.outputs.push(OutputChange { name: "null".into(), change, sensitive: false });
    setup.operation(OperationKind::Output(0), &[second]);
    setup.operation(OperationKind::Output(1), &[second]);
    let ran = setup.run();
    assert!(ran.applied.is_complete(), "{:?}", ran.applied);
    assert_eq!(ran.objects(), ["t.a: id of t.a x", "t.b: id of t.b id of t.a"]);
    assert_eq!(
        ran.told,
        ["t.a: start Create", "t.a: complete Create id of t.a", "t.b: start Create", "t.b: complete Create id of t.b",]
    );
    let state = &ran.applied.state;
    assert_eq!(
        state.outputs.iter().map(|(n, o)| (n.as_str(), o.value.clone())).collect::<Vec<_>>(),
        [("t.b", Value::from("id of t.b"))]
    );
    let object = state.resources.values().next().unwrap().instances.values().next().unwrap().current.clone().unwrap();
    assert_eq!((object.schema_version, object.private.as_deref()), (3, Some("cHJpdmF0ZQ==")));
    assert_eq!(object.sensitive.iter().map(ToString::to_string).collect::<Vec<_>>(), [".secret"]);
    assert_eq!(object.dependencies.len(), 1);
    assert_eq!(ran.applied.counts, Counts { added: 2, ..Counts::default() });
    let written = ran.states.last().unwrap();
    assert_eq!((written.serial, &written.lineage), (ran.states.len() as u64, &state.lineage));
    assert!(!ran.has_journal && !state.lineage.is_empty());
}

#[test]
fn a_failure_skips_what_depends_on_it() {
    for (input, kept, summary) in [
        ("fail", None, "It failed"),
        ("partial", Some("t.a: id of t.a partial tainted"), "It failed"),
        ("wrong", Some("t.a: id of t.a other tainted"), "Provider produced inconsistent result after apply"),
        ("unknown", Some("t.a: null unknown tainted"), "Provider returned invalid result object after apply"),
        ("panic", None, "Operation cut off"),
    ] {
        let mut setup = Setup::new();
        let first = setup.create("t.a", input, &[]);
        let second = setup.create("t.b", "x", &[first]);
        setup.create("t.c", "x", &[second]);
        setup.create("t.d", "x", &[]);
        let ran = setup.run();
        let objects: Vec<&str> = kept.into_iter().chain(["t.d: id of t.d x"]).collect();
        assert_eq!(ran.objects(), objects, "{input}");
        assert_eq!(ran.summaries(), [summary]);
        let first = if input == "panic" { Outcome::CutOff } else { Outcome::Failed };
        assert_eq!(ran.unfinished(), [("t.a", first), ("t.b", Outcome::Skipped), ("t.c", Outcome::Skipped)]);
        assert_eq!(ran.applied.counts.added, 1);
        assert_eq!(ran.has_journal, input == "panic");
        assert!(ran.told.contains(&"t.a: errored Create".to_string()));
    }
}

#[test]
fn updates() {
    let text = |text: &str| Some(Input::Text(Value::from(text)));
    for (after, kept, told) in [
        (text("new"), "old t.a new", Some("complete Update old t.a")),
        (text("fail"), "old t.a x", Some("errored Update")),
        (text("partial"), "old t.a partial", Some("errored Update")),
        // Only sensitive now: no call, but a change.
        (Some(Input::Text(Value::from("x").sensitive())), "old t.a x", Some("complete Update old t.a")),
        // Unknown at first, and then as it was: no change.
        (Some(Input::IdOf("t.a")), "old t.a old t.a", None),
    ] {
        let mut setup = Setup::new();
        let before = if told.is_none() { "old t.a" } else { "x" };
        let change = setup.change("t.a", Action::Update, Some(before), after);
        setup.operation(OperationKind::Update(change), &[]);
        let ran = setup.run();
        assert_eq!(ran.objects(), [format!("t.a: {kept}")]);
        assert_eq!(ran.told.last().cloned(), told.map(|told| format!("t.a: {told}")));
        assert_eq!(
            setup.fake.provider.calls.lock().unwrap().len(),
            usize::from(told.is_some() && kept != "old t.a x")
                + usize::from(told == Some("errored Update") && kept == "old t.a x")
        );
    }
}

#[test]
fn a_provider_keeps_to_its_plan() {
    let mut setup = Setup::new();
    let change = setup.change("t.a", Action::Create, None, Some(Input::Text(Value::from("fickle"))));
    setup.operation(OperationKind::Create(change), &[]);
    let ran = setup.run();
    assert_eq!(ran.summaries(), ["Provider produced inconsistent final plan"]);
    assert!(ran.objects().is_empty());
}

#[test]
fn replacements() {
    let replace = |action: Action, before: &str, input: &str| {
        let mut setup = Setup::new();
        let change = setup.change("t.a", action, Some(before), Some(Input::Text(Value::from(input))));
        if action == Action::CreateThenDelete {
            let first = setup.operation(OperationKind::Create(change), &[]);
            setup.operation(OperationKind::Destroy(change), &[first]);
        } else {
            let first = setup.operation(OperationKind::Destroy(change), &[]);
            setup.operation(OperationKind::Create(change), &[first]);
        }
        let ran = setup.run();
        let calls = std::mem::take(&mut *setup.fake.provider.calls.lock().unwrap());
        (ran.objects(), calls.len())
    };
    let objects = |of: &[&str]| of.iter().map(ToString::to_string).collect::<Vec<_>>();
    use Action::{CreateThenDelete, DeleteThenCreate};
    assert_eq!(replace(DeleteThenCreate, "x", "y"), (objects(&["t.a: id of t.a y"]), 2));
    assert_eq!(replace(DeleteThenCreate, "x", "fail"), (objects(&[]), 2));
    assert_eq!(replace(DeleteThenCreate, "fail to destroy", "y"), (objects(&["t.a: old t.a fail to destroy"]), 1));
    assert_eq!(replace(CreateThenDelete, "x", "y"), (objects(&["t.a: id of t.a y"]), 2));
    assert_eq!(replace(CreateThenDelete, "x", "fail"), (objects(&["t.a: old t.a x"]), 1));
    let both = objects(&["t.a: id of t.a partial tainted", "t.a deposed: old t.a x"]);
    assert_eq!(replace(CreateThenDelete, "x", "partial"), (both, 1));
    let both = objects(&["t.a: id of t.a y", "t.a deposed: old t.a fail to destroy"]);
    assert_eq!(replace(CreateThenDelete, "fail to destroy", "y"), (both, 2));
}

#[test]
fn conditions() {
    for (when, kept) in [(When::Before, vec![]), (When::After, vec!["t.a: id of t.a x"])] {
        let mut setup = Setup::new();
        setup.fake.failing.push(("t.a", when));
        let first = setup.create("t.a", "x", &[]);
        setup.create("t.b", "x", &[first]);
        let ran = setup.run();
        assert_eq!(ran.objects(), kept);
        assert_eq!(ran.unfinished(), [("t.a", Outcome::Failed), ("t.b", Outcome::Skipped)]);
    }
}

#[test]
fn provisioners() {
    let run = |command, continues| {
        let mut setup = Setup::new();
        setup.fake.provisioners.push(("t.a", false, command, continues));
        setup.create("t.a", "x", &[]);
        setup.run()
    };
    let ran = run("echo hello; echo error >&2", false);
    assert_eq!(
        ran.told[1..4],
        [r#"t.a: Executing: ["/bin/sh" "-c" "echo hello; echo error >&2"]"#, "t.a: hello", "t.a: error",]
    );
    assert!(ran.applied.is_complete());
    let ran = run("echo hello; exit 3", false);
    assert_eq!(ran.objects(), ["t.a: id of t.a x tainted"]);
    let problem = &ran.applied.diagnostics.0[0];
    assert_eq!(problem.summary, "local-exec provisioner error");
    assert_eq!(problem.detail, "Error running command 'echo hello; exit 3': exit status 3. Output: hello\n");
    assert_eq!(run("exit 3", true).objects(), ["t.a: id of t.a x"]);
    assert_eq!(run("", false).summaries(), ["Invalid local-exec provisioner command"]);
}

#[test]
fn destruction_and_its_provisioners() {
    for (command, kept) in [("exit 0", vec![]), ("exit 1", vec!["t.a: old t.a x"])] {
        let mut setup = Setup::new();
        setup.fake.provisioners.push(("t.a", true, command, false));
        let change = setup.change("t.a", Action::Delete, Some("x"), None);
        setup.operation(OperationKind::Destroy(change), &[]);
        let ran = setup.run();
        assert_eq!(ran.objects(), kept);
        assert_eq!(ran.applied.counts.destroyed, usize::from(kept.is_empty()));
    }
}

#[test]
fn data_and_forgetting() {
    let mut setup = Setup::new();
    let data = setup.change("data.t.d", Action::Read, None, Some(Input::Text(Value::from("x").sensitive())));
    setup.operation(OperationKind::Read(data), &[]);
    let gone = setup.change("t.a", Action::Forget, Some("x"), None);
    setup.operation(OperationKind::Forget(gone), &[]);
    let ran = setup.run();
    assert_eq!(ran.objects(), ["data.t.d: read x"]);
    assert_eq!(ran.applied.counts, Counts { forgotten: 1, ..Counts::default() });
    assert!(setup.fake.objects["data.t.d"].get("input").unwrap().is_sensitive());
    assert!(setup.fake.provider.calls.lock().unwrap().is_empty());
}

#[test]
fn a_journal_that_can_not_be_begun_stops_everything() {
    let mut setup = Setup::new();
    setup.create("t.a", "x", &[]);
    let (_sender, interrupts) = watch::channel(Interrupt::None);
    let mut sink = Sink::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let around = Surroundings {
        sink: &mut sink,
        journal: Some(std::path::Path::new("/nowhere/at/all")),
        reporter: Arc::<Told>::default(),
        interrupts,
        parallelism: 10,
    };
    let applied = runtime.block_on(apply(&setup.plan, &mut setup.fake, around));
    assert_eq!(applied.unfinished[0].outcome, Outcome::Left);
    assert!(setup.fake.provider.calls.lock().unwrap().is_empty() && sink.0.is_empty());
}

#[test]
fn many_operations_are_no_trouble() {
    let mut setup = Setup::new();
    for i in 0..5_000 {
        let change = setup.change(&format!("t.a[{i}]"), Action::Create, None, Some(Input::IdOf("t.x")));
        setup.plan.changes[change as usize].change.after = object(None, Value::from("x"));
        setup.fake.inputs.insert(format!("t.a[{i}]"), Input::Text(Value::from("at once")));
        setup.plan.changes[change as usize].change.after = object(None, Value::from("at once"));
        setup.operation(OperationKind::Create(change), &[]);
    }
    let begin = std::time::Instant::now();
    let ran = setup.run();
    assert_eq!(ran.applied.counts.added, 5_000);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}
