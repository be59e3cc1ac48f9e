//! Provider configurations, and what is recovered after a crash, from the text to the state: with a provider whose world is
//! in memory.

mod providers;
mod recovery;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use indexmap::IndexMap;
use tokio::sync::watch;

use crate::apply::{Applied, Evaluated, Reporter, Sources, Surroundings, journal};
use crate::cli::backend::settle;
use crate::cli::recovery::adopt;
use crate::config::graph::ConfigGraph;
use crate::config::host::FileHost;
use crate::config::load::load;
use crate::config::validate::{schema_of, validate};
use crate::graph::walk::Interrupt;
use crate::plan::planner::{Input, Options, plan};
use crate::plan::{Action, Event, Plan, PlanMode, ResourceChange};
use crate::providers::Pool;
use crate::providers::fake::in_world;
use crate::state::backend::{Local, StatePaths};
use crate::state::{ObjectState, State, Store};
use crate::syntax::{Diagnostic, Diagnostics};

const HEAD: &str = "terraform {\n  required_providers {\n    fake = { source = \"example.com/test/fake\" }\n  }\n}\n";

/// A folder with a configuration and its state, and a world of its own.
struct Stack {
    folder: tempfile::TempDir,
    world: String,
}

/// What came of a command.
struct Made {
    plan: Option<Plan>,
    problems: Vec<String>,
}

impl Made {
    /// `Create fake_thing.a`, without what doesn't change.
    fn changes(&self) -> Vec<String> {
        let changes = self.plan.iter().flat_map(|p| &p.changes).filter(|c| c.change.action != Action::NoOp);
        let deposed = |c: &ResourceChange| if c.deposed.is_some() { " (deposed)" } else { "" };
        changes.map(|c| format!("{:?} {}{}", c.change.action, c.address, deposed(c))).collect()
    }
}

/// Hears nothing.
struct Deaf;

impl Reporter for Deaf {
    fn report(&self, _: Event) {}
}

impl Stack {
    fn new(world: &str) -> Stack {
        in_world(world, |w| *w = Default::default());
        Stack { folder: tempfile::tempdir().unwrap(), world: world.into() }
    }

    /// Configuration, with a provider in this stack's world.
    fn write(&self, text: &str) {
        let provider = format!("provider \"fake\" {{\n  world = \"{}\"\n}}\n", self.world);
        self.write_whole(&format!("{provider}{text}"));
    }

    fn write_whole(&self, text: &str) {
        fs::write(self.folder.path().join("main.tf"), format!("{HEAD}{text}")).unwrap();
    }

    fn write_module(&self, name: &str, text: &str) {
        fs::create_dir_all(self.folder.path().join(name)).unwrap();
        fs::write(self.folder.path().join(name).join("main.tf"), format!("{HEAD}{text}")).unwrap();
    }

    fn store(&self) -> Store {
        let path = self.folder.path().join("terraform.tfstate");
        Store::new(&Local::new(path, "terraform.tfstate.d".into(), StatePaths::default()), "default")
    }

    fn locked(&self) -> Store {
        let mut store = self.store();
        store.lock("test", Duration::ZERO, &mut || {}).unwrap();
        store
    }

    fn state(&self) -> State {
        self.store().read_or_empty().unwrap()
    }

    /// The current object at an address.
    fn object(&self, address: &str) -> Option<Arc<ObjectState>> {
        self.state().current(&crate::graph::parse_instance(address).unwrap()).cloned()
    }

    fn journal(&self) -> PathBuf {
        journal::path_for(Path::new(&self.store().place()))
    }

    /// What was asked of the world since this was asked last.
    fn calls(&self) -> Vec<String> {
        in_world(&self.world, |w| std::mem::take(&mut w.calls))
    }

    fn things(&self) -> usize {
        in_world(&self.world, |w| w.things.len())
    }

    fn problems(&self) -> Vec<String> {
        let loaded = load(self.folder.path());
        validate(&loaded, &FileHost::default()).iter().map(|d| d.summary.clone()).collect()
    }

    fn apply(&self) -> Made {
        self.go(&Options::default(), true)
    }

    fn plan(&self) -> Made {
        self.go(&Options::default(), false)
    }

    fn destroy(&self) -> Made {
        self.go(&Options { mode: PlanMode::Destroy, ..Options::default() }, true)
    }

    fn go(&self, options: &Options, is_applied: bool) -> Made {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(self.run(options, is_applied))
    }

    async fn run(&self, options: &Options, is_applied: bool) -> Made {
        let loaded = load(self.folder.path());
        assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
        let graph = ConfigGraph::new(loaded.tree.as_ref().unwrap(), &schema_of);
        let order = graph.order(&loaded.sources).unwrap();
        let (host, variables, pool) = (FileHost::default(), IndexMap::new(), Pool::default());
        let sources = Sources {
            graph: &graph,
            order: &order,
            files: &loaded.sources,
            schema_of: &schema_of,
            variables: &variables,
            pool: &pool,
            host: &host,
            workspace: "default",
        };
        let mut store = self.locked();
        let mut problems = settle(&mut store);
        let state = store.read_or_empty().unwrap();
        let (state, more) = adopt(sources, &mut store, state).await;
        problems.extend(more);
        if problems.has_errors() {
            return Made { plan: None, problems: problems.iter().map(shown).collect() };
        }
        let input = Input {
            graph: &graph,
            sources: &loaded.sources,
            variables: &variables,
            unsuitable: &Diagnostics::new(),
            schema_of: &schema_of,
            pool: &pool,
            host: &host,
            workspace: "default",
            options,
            started: SystemTime::UNIX_EPOCH,
            together: None,
            report: &|_| {},
        };
        let (plan, planned) = plan(input, &order, state).await;
        problems.extend(planned);
        if let (Some(plan), true, false) = (&plan, is_applied, problems.has_errors()) {
            problems.extend(self.execute(plan, sources, &mut store).await.diagnostics);
        }
        Made { plan, problems: problems.iter().map(shown).collect() }
    }

    async fn execute(&self, plan: &Plan, sources: Sources<'_>, store: &mut Store) -> Applied {
        let mut configuration = Evaluated::new(sources, plan);
        let journal = self.journal();
        let around = Surroundings {
            sink: store,
            journal: Some(&journal),
            reporter: Arc::new(Deaf),
            interrupts: watch::channel(Interrupt::None).1,
            parallelism: 10,
        };
        crate::apply::apply(plan, &mut configuration, around).await
    }
}

fn shown(d: &Diagnostic) -> String {
    let at = d.address.as_ref().map_or_else(String::new, |a| format!("{a}: "));
    format!("{at}{}", d.summary)
}
