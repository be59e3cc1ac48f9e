//! How fast the parts of the engine are, with ten thousand resource instances in pairs: planning, applying, states, saved
//! plans, what is shown.
#![expect(clippy::expect_used, reason = "a bench that cannot run should stop")]

use std::fs;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use indexmap::IndexMap;
use infra::apply::{Evaluated, Reporter, Sources, StateSink, Surroundings, apply};
use infra::config::files::{Recorder, Snapshot};
use infra::config::graph::ConfigGraph;
use infra::config::host::FileHost;
use infra::config::load::{Loaded, load_from};
use infra::config::validate::schema_of;
use infra::graph::walk::Interrupt;
use infra::plan::file::{self, SavedBackend, SavedPlan};
use infra::plan::planner::{Input, Options, plan};
use infra::plan::{Event, Plan};
use infra::providers;
use infra::state::{State, format};
use infra::syntax::Diagnostics;
use infra::views::plan::{Layout, write_plan};
use petgraph::graph::NodeIndex;
use tokio::runtime::Runtime;
use tokio::sync::watch;

const PAIRS: &str = r#"
resource "terraform_data" "a" {
  count = 5000
  input = "x${count.index}"
}
resource "terraform_data" "b" {
  count = 5000
  input = terraform_data.a[count.index].output
}
"#;

/// A configuration with what it takes to plan it.
struct Stack<'c> {
    loaded: &'c Loaded,
    graph: ConfigGraph<'c>,
    order: Vec<NodeIndex>,
    variables: IndexMap<smol_str::SmolStr, infra::lang::Value>,
    host: FileHost,
    options: Options,
    pool: providers::Pool,
    runtime: Runtime,
}

impl<'c> Stack<'c> {
    fn new(loaded: &'c Loaded) -> Self {
        let graph = ConfigGraph::new(loaded.tree.as_ref().expect("a module"), &schema_of);
        let order = graph.order(&loaded.sources).expect("no cycles");
        Stack {
            loaded,
            graph,
            order,
            variables: IndexMap::new(),
            host: FileHost { plan_time: Some(SystemTime::UNIX_EPOCH), is_planning: true, ..FileHost::default() },
            options: Options::default(),
            pool: providers::Pool::default(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("threads"),
        }
    }

    fn plan(&self, state: State) -> Plan {
        let input = Input {
            together: None,
            graph: &self.graph,
            sources: &self.loaded.sources,
            variables: &self.variables,
            unsuitable: &Diagnostics::new(),
            schema_of: &schema_of,
            pool: &self.pool,
            host: &self.host,
            workspace: "default",
            options: &self.options,
            started: SystemTime::UNIX_EPOCH,
            report: &|_| (),
        };
        let (made, diagnostics) = self.runtime.block_on(plan(input, &self.order, state));
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        made.expect("a plan")
    }

    fn apply(&self, plan: &Plan) -> State {
        let sources = Sources {
            graph: &self.graph,
            order: &self.order,
            files: &self.loaded.sources,
            schema_of: &schema_of,
            variables: &self.variables,
            pool: &self.pool,
            host: &self.host,
            workspace: "default",
        };
        let mut configuration = Evaluated::new(sources, plan);
        let (_sender, interrupts) = watch::channel(Interrupt::None);
        let around =
            Surroundings { sink: &mut Nowhere, journal: None, reporter: Arc::new(Nobody), interrupts, parallelism: 10 };
        let applied = self.runtime.block_on(apply(plan, &mut configuration, around));
        assert!(!applied.diagnostics.has_errors(), "{:?}", applied.diagnostics);
        applied.state
    }
}

/// States are dropped.
struct Nowhere;

impl StateSink for Nowhere {
    fn write(&mut self, _: &mut State) -> Result<(), Diagnostics> {
        Ok(())
    }
}

/// Nobody is told.
struct Nobody;

impl Reporter for Nobody {
    fn report(&self, _: Event) {}
}

fn engine(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("main.tf"), PAIRS).expect("a file");
    let recorder = Recorder::default();
    let loaded = load_from(folder.path(), &recorder);
    let stack = Stack::new(&loaded);
    let creating = stack.plan(State::default());
    let state = stack.apply(&creating);
    assert_eq!(creating.changes.len(), 10_000);

    let mut group = c.benchmark_group("engine");
    group.sample_size(20);
    group.bench_function("plan, all to create", |b| b.iter(|| stack.plan(State::default())));
    group.bench_function("plan, nothing to do", |b| {
        b.iter_batched(|| state.clone(), |state| stack.plan(state), BatchSize::LargeInput);
    });
    group.bench_function("apply", |b| b.iter(|| stack.apply(black_box(&creating))));
    group.finish();
    states(c, &state);
    plans(c, creating, recorder.into_snapshot(), folder.path());
}

fn states(c: &mut Criterion, state: &State) {
    let mut text = Vec::new();
    format::write(state, &mut text).expect("room");
    let text = String::from_utf8(text).expect("text");
    let mut group = c.benchmark_group("state");
    group.sample_size(20);
    group.bench_function("write", |b| b.iter(|| format::write(black_box(state), &mut io::sink())));
    group.bench_function("read", |b| b.iter(|| format::read(black_box(&text)).expect("a state")));
    group.finish();
}

fn plans(c: &mut Criterion, plan: Plan, configuration: Snapshot, folder: &Path) {
    let path = folder.join("plan");
    let backend = SavedBackend::default();
    let saved = SavedPlan {
        plan,
        stack: None,
        root: folder.into(),
        configuration,
        ephemeral: Vec::new(),
        backend,
        version: "0".into(),
    };
    let layout = Layout::default();
    let mut group = c.benchmark_group("plan");
    group.sample_size(20);
    group.bench_function("save", |b| {
        b.iter(|| file::write(&path, black_box(std::slice::from_ref(&saved))).expect("room"))
    });
    group.bench_function("open", |b| b.iter(|| file::read(&path).expect("a plan")));
    group.bench_function("show", |b| {
        b.iter(|| write_plan(&saved.plan, &providers::resource_schema, layout, &mut io::sink()))
    });
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);
