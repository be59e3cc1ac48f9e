//! Provider configurations from the text to the state, with a provider whose world is in memory.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::config::graph::ConfigGraph;
use crate::config::host::FileHost;
use crate::config::load::load;
use crate::config::validate::{schema_of, validate};
use crate::plan::planner::{Input, Options, plan};
use crate::providers::fake::in_world;

use super::*;

const HEAD: &str = "terraform {\n  required_providers {\n    fake = { source = \"example.com/test/fake\" }\n  }\n}\n";

/// A folder with a configuration, its state, and a world of its own.
pub(super) struct Stack {
    folder: tempfile::TempDir,
    pub world: String,
    pub state: State,
}

/// What came of a plan.
pub(super) struct Made {
    pub plan: Option<Plan>,
    pub problems: Vec<String>,
    pub state: State,
}

impl Made {
    /// `create fake_thing.a`, without what doesn't change.
    pub fn changes(&self) -> Vec<String> {
        let changes = self.plan.iter().flat_map(|p| &p.changes).filter(|c| c.change.action != Action::NoOp);
        let deposed = |c: &ResourceChange| c.deposed.as_ref().map_or_else(String::new, |_| " (deposed)".into());
        changes.map(|c| format!("{:?} {}{}", c.change.action, c.address, deposed(c))).collect()
    }
}

impl Stack {
    pub fn new(world: &str) -> Stack {
        in_world(world, |w| *w = Default::default());
        Stack { folder: tempfile::tempdir().unwrap(), world: world.into(), state: State::default() }
    }

    /// Configuration, with a provider in this stack's world.
    pub fn write(&self, text: &str) {
        let provider = format!("provider \"fake\" {{\n  world = \"{}\"\n}}\n", self.world);
        self.write_whole(&format!("{provider}{text}"));
    }

    pub fn write_whole(&self, text: &str) {
        fs::write(self.folder.path().join("main.tf"), format!("{HEAD}{text}")).unwrap();
    }

    fn write_module(&self, name: &str, text: &str) {
        fs::create_dir_all(self.folder.path().join(name)).unwrap();
        fs::write(self.folder.path().join(name).join("main.tf"), format!("{HEAD}{text}")).unwrap();
    }

    pub fn journal(&self) -> PathBuf {
        journal::path_for(&self.folder.path().join("terraform.tfstate"))
    }

    /// What was asked of the world since this was asked last.
    pub fn calls(&self) -> Vec<String> {
        in_world(&self.world, |w| std::mem::take(&mut w.calls))
    }

    pub fn problems(&self) -> Vec<String> {
        let loaded = load(self.folder.path());
        validate(&loaded, &FileHost::default()).iter().map(|d| d.summary.clone()).collect()
    }

    /// Plans, and applies that.
    pub fn apply(&mut self) -> Made {
        self.go(&Options::default(), true)
    }

    pub fn plan(&mut self) -> Made {
        self.go(&Options::default(), false)
    }

    pub fn go(&mut self, options: &Options, is_applied: bool) -> Made {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let made = runtime.block_on(self.run(options, is_applied));
        if is_applied {
            self.state = made.state.clone();
        }
        made
    }

    async fn run(&self, options: &Options, is_applied: bool) -> Made {
        let loaded = load(self.folder.path());
        assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
        let tree = loaded.tree.as_ref().unwrap();
        let graph = ConfigGraph::new(tree, &schema_of);
        let order = graph.order(&loaded.sources).unwrap();
        let host = FileHost::default();
        let variables = IndexMap::new();
        let input = Input {
            graph: &graph,
            sources: &loaded.sources,
            variables: &variables,
            unsuitable: &Diagnostics::new(),
            schema_of: &schema_of,
            host: &host,
            workspace: "default",
            options,
            started: SystemTime::UNIX_EPOCH,
            report: &|_| {},
        };
        let (plan, problems) = plan(input, &order, self.state.clone()).await;
        let is_applied = is_applied && !problems.has_errors();
        let mut problems: Vec<String> = problems.iter().map(shown).collect();
        let mut state = self.state.clone();
        if let (Some(plan), true) = (&plan, is_applied) {
            let sources = Sources {
                graph: &graph,
                order: &order,
                files: &loaded.sources,
                schema_of: &schema_of,
                variables: &variables,
                host: &host,
                workspace: "default",
            };
            let mut configuration = Evaluated::new(sources, plan);
            let journal = self.journal();
            let around = Surroundings {
                sink: &mut Sink::default(),
                journal: Some(&journal),
                reporter: Arc::new(Told::default()),
                interrupts: watch::channel(Interrupt::None).1,
                parallelism: 10,
            };
            let applied = super::super::apply(plan, &mut configuration, around).await;
            problems = applied.diagnostics.iter().map(shown).collect();
            state = applied.state;
        }
        Made { plan, problems, state }
    }
}

fn shown(d: &Diagnostic) -> String {
    let at = d.address.as_ref().map_or_else(String::new, |a| format!("{a}: "));
    format!("{at}{}", d.summary)
}

#[test]
fn objects_of_a_configured_provider() {
    let mut stack = Stack::new("objects");
    stack.write(
        "resource \"fake_thing\" \"a\" {\n  input = \"x\"\n}\ndata \"fake_lookup\" \"l\" {\n  input = \"y\"\n}\n",
    );
    let made = stack.apply();
    assert_eq!(made.problems, Vec::<String>::new());
    assert_eq!(made.changes(), ["Create fake_thing.a"]);
    assert_eq!(stack.calls(), ["ready", "read data.fake_lookup.l", "ready", "create fake_thing.a"]);
    let again = stack.plan();
    assert_eq!(
        (again.problems, stack.calls()),
        (vec![], vec!["ready".into(), "read fake_thing.a".into(), "read data.fake_lookup.l".into()])
    );
    let made = stack.go(&Options { mode: PlanMode::Destroy, ..Options::default() }, true);
    assert_eq!(made.changes(), ["Delete fake_thing.a"]);
    assert!(in_world("objects", |w| w.things.is_empty()));
}

#[test]
fn a_closed_world_is_told_once_and_the_rest_goes_on() {
    let mut stack = Stack::new("closed");
    let things = "resource \"fake_thing\" \"a\" {}\nresource \"fake_thing\" \"b\" {}\n";
    stack.write(things);
    stack.apply();
    stack.write(&format!("{things}resource \"terraform_data\" \"t\" {{}}\nresource \"fake_thing\" \"c\" {{}}\n"));
    in_world("closed", |w| w.is_closed = true);
    let made = stack.plan();
    assert_eq!(made.problems, ["provider[\"example.com/test/fake\"]: No credentials"]);
    assert_eq!(made.changes(), ["Create terraform_data.t"]);
    // What only state has isn't touched, either.
    stack.write("");
    let made = stack.plan();
    assert_eq!((made.problems.len(), made.changes().len()), (1, 0));
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let mut stack = Stack::new("unreadable");
    stack.write(
        "resource \"fake_thing\" \"n\" {\n  count = 2\n  input = count.index == 0 ? \"unreadable\" : \"x\"\n}\n",
    );
    stack.apply();
    stack.write("resource \"fake_thing\" \"n\" {\n  count = 2\n  input = \"y\"\n}\n");
    let made = stack.plan();
    assert_eq!(made.problems, ["fake_thing.n[0]: Unreadable"]);
    assert_eq!(made.changes(), ["Update fake_thing.n[1]"]);
    stack.write("");
    let made = stack.plan();
    assert_eq!(made.changes(), ["Delete fake_thing.n[1]"]);
}

#[test]
fn configurations_are_made_from_what_there_is() {
    let mut stack = Stack::new("made-from");
    in_world("made-from-inner", |w| *w = Default::default());
    let outer = "provider \"fake\" {\n  world = local.world\n}\nlocals {\n  world = \"made-from\"\n}\n";
    let inner = "provider \"fake\" {\n  alias = \"inner\"\n  world = \"${fake_thing.a.input}-inner\"\n  region = fake_thing.a.id\n}\n\
                 resource \"fake_thing\" \"a\" {\n  input = \"made-from\"\n}\n";
    let thing = "resource \"fake_thing\" \"b\" {\n  provider = fake.inner\n}\n";
    stack.write_whole(&format!("{outer}{inner}{thing}"));
    let made = stack.apply();
    assert_eq!(made.problems, Vec::<String>::new());
    let inner_calls = || in_world("made-from-inner", |w| std::mem::take(&mut w.calls));
    assert_eq!(inner_calls(), ["ready", "ready", "create fake_thing.b"]);
    let b = made.state.resources.iter().find(|(a, _)| a.to_string() == "fake_thing.b").unwrap().1;
    assert_eq!(b.provider.to_string(), "provider[\"example.com/test/fake\"].inner");
    let dependencies = &b.instances.values().next().unwrap().current.as_ref().unwrap().dependencies;
    assert_eq!(dependencies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["fake_thing.a"]);
    // Its objects are read once it is known, also where only state has them.
    stack.write_whole(&format!("{outer}{inner}"));
    let made = stack.apply();
    assert_eq!((made.problems.clone(), made.changes()), (vec![], vec!["Delete fake_thing.b".to_owned()]));
    assert_eq!(inner_calls(), ["ready", "read fake_thing.b", "ready", "destroy fake_thing.b"]);
    // And destroyed before what it is made from.
    stack.write_whole(&format!("{outer}{inner}{thing}"));
    stack.apply();
    let made = stack.go(&Options { mode: PlanMode::Destroy, ..Options::default() }, true);
    assert_eq!(made.problems, Vec::<String>::new());
    assert!(made.state.resources.is_empty());
    let target = |text: &str| Options {
        mode: PlanMode::Destroy,
        targets: vec![crate::plan::targets::target("target", text).unwrap()],
        ..Options::default()
    };
    stack.apply();
    let made = stack.go(&target("fake_thing.b"), true);
    assert_eq!(made.changes(), ["Delete fake_thing.b"]);
    assert!(in_world("made-from-inner", |w| w.things.is_empty()));
}

#[test]
fn configurations_that_are_gone() {
    let mut stack = Stack::new("gone");
    let west = "provider \"fake\" {\n  alias = \"west\"\n  world = \"gone\"\n}\n";
    let thing = "resource \"fake_thing\" \"a\" {\n  provider = fake.west\n}\n";
    stack.write(&format!("{west}{thing}"));
    stack.apply();
    stack.write(thing);
    assert_eq!(stack.problems(), ["Provider configuration not present"]);
    stack.write("");
    let made = stack.plan();
    assert_eq!((made.problems, made.plan.is_none()), (vec!["Provider configuration not present".to_owned()], true));
    // The block says which one an object has now.
    stack.write("resource \"fake_thing\" \"a\" {}\n");
    assert_eq!(stack.apply().problems, Vec::<String>::new());
}

#[test]
fn configurations_in_modules() {
    let mut stack = Stack::new("modules");
    let child = "variable \"world\" {\n  type = string\n}\nprovider \"fake\" {\n  world = var.world\n}\n\
                 resource \"fake_thing\" \"a\" {}\n";
    stack.write_module("child", child);
    stack.write_module("bare", "resource \"fake_thing\" \"a\" {}\n");
    let call = |name: &str, rest: &str| format!("module \"{name}\" {{\n  source = \"./{name}\"\n{rest}}}\n");
    in_world("modules-child", |w| *w = Default::default());
    let west = "provider \"fake\" {\n  alias = \"west\"\n  world = \"modules-west\"\n}\n";
    in_world("modules-west", |w| *w = Default::default());
    stack.write(
        &[west, &call("child", "  world = \"modules-child\"\n"), &call("bare", "  providers = { fake = fake.west }\n")]
            .concat(),
    );
    assert_eq!(stack.problems(), Vec::<String>::new());
    let made = stack.apply();
    assert_eq!(made.problems, Vec::<String>::new());
    assert_eq!(in_world("modules-child", |w| w.things.len()), 1);
    assert_eq!(in_world("modules-west", |w| w.things.len()), 1);
    assert_eq!(stack.calls(), Vec::<String>::new());
    stack.write(west);
    let made = stack.plan();
    assert_eq!(made.problems, ["Provider configuration not present"]);
}

#[test]
fn wrong_configurations() {
    let thing = "resource \"fake_thing\" \"a\" {}\n";
    let table: &[(&str, &[&str])] = &[
        ("provider \"fake\" {\n  world = \"w\"\n  foo = 1\n}\n", &["Unsupported argument"]),
        ("provider \"fake\" {\n}\n", &["Missing required argument"]),
        ("provider \"fake\" {\n  world = [\"w\"]\n}\n", &["Incorrect attribute value type"]),
        ("provider \"fake\" {\n  world = \"refused\"\n}\n", &["No such world"]),
        ("provider \"fake\" {\n  world = fake_thing.b.id\n}\n", &["Reference to undeclared resource"]),
    ];
    for (provider, wanted) in table {
        let stack = Stack::new("wrong");
        stack.write_whole(&format!("{provider}{thing}"));
        assert_eq!(stack.problems(), *wanted, "{provider}");
        // As in Terraform, nobody looks at what is not used.
        stack.write_whole(provider);
        assert_eq!(stack.problems(), Vec::<String>::new(), "{provider}");
    }
    let mut stack = Stack::new("wrong");
    stack.write_whole(thing);
    let made = stack.plan();
    assert_eq!(made.problems, ["Missing required argument", "Invalid provider configuration"]);
}

#[test]
fn types_that_a_provider_does_not_have() {
    let mut stack = Stack::new("types");
    let thing = |rest: &str| format!("resource \"fake_thin\" \"a\" {{\n{rest}}}\n");
    stack.write(&thing(""));
    assert_eq!(stack.problems(), ["Invalid resource type"]);
    let unused = "  count = 0\n  b {\n    x = terraform_data.t.output\n  }\n";
    let rest = "resource \"terraform_data\" \"t\" {}\noutput \"o\" {\n  value = fake_thin.a[*].id\n}\n";
    stack.write(&format!("{}{rest}", thing(unused)));
    assert_eq!(stack.problems(), Vec::<String>::new());
    let made = stack.apply();
    assert_eq!((made.problems.clone(), made.changes()), (vec![], vec!["Create terraform_data.t".to_owned()]));
    stack.write(&format!("locals {{\n  n = 1\n}}\n{}", thing("  count = local.n\n")));
    assert_eq!(stack.problems(), Vec::<String>::new());
    assert_eq!(stack.plan().problems, ["Invalid resource type"]);
}
