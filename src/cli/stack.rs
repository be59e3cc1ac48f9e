//! A root module with its variables and its state, as the commands need it that plan and apply.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::{ArgAction, Args};
use indexmap::IndexMap;
use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::apply::journal;
use crate::cli::args::{VariableFlags, boolean};
use crate::cli::ui::{Stop, Ui};
use crate::cli::{data_dir, workspace};
use crate::config::graph::ConfigGraph;
use crate::config::host::FileHost;
use crate::config::files::{Recorder, Snapshot};
use crate::config::load::{Loaded, load_from};
use crate::config::tree::ModuleTree;
use crate::config::validate::{schema_of, validate};
use crate::config::module::Variable;
use crate::config::variables::{InputSource, Unset, variable_values};
use crate::lang::Value;
use crate::plan::file::SavedPlan;
use crate::providers::{self, Provider, ProviderConfigAddress};
use crate::state::backend::{self, Backend, StatePaths};
use crate::state::store::Store;
use crate::state::State;
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// Flags about state and locks.
#[derive(Args, Clone, Debug)]
pub struct StateFlags {
    /// Don't hold a state lock during the operation. This is dangerous if others might concurrently run
    /// commands against the same workspace
    #[arg(long, value_name = "BOOL", default_value = "true", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub lock: bool,

    /// Duration to retry a state lock
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub lock_timeout: Duration,

    /// Path to the state file. Defaults to terraform.tfstate
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,

    /// Path to write state to that is different than "-state"
    #[arg(long, value_name = "PATH")]
    pub state_out: Option<PathBuf>,

    /// Path to backup the existing state file before modifying. Set to "-" to disable backup
    #[arg(long, value_name = "PATH")]
    pub backup: Option<PathBuf>,
}

impl StateFlags {
    fn paths(&self) -> StatePaths {
        StatePaths { state: self.state.clone(), state_out: self.state_out.clone(), backup: self.backup.clone() }
    }
}

/// `10s`, `1m30s`, `500ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("time: invalid duration {text:?}");
    let mut rest = text;
    let mut total = Duration::ZERO;
    if rest == "0" {
        return Ok(total);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let seconds = match &rest[..unit] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(wrong()),
        };
        total += Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())?;
        rest = &rest[unit..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(total) }
}

/// A root module that is sound as far as that can be told without variables.
pub struct Stack {
    /// Its files.
    pub sources: SourceMap,
    /// It, with the modules that it calls.
    pub tree: ModuleTree,
    /// The workspace's name.
    pub workspace: String,
    /// The files as they were read, for plans that are saved.
    pub snapshot: Snapshot,
}

impl Stack {
    /// Loads and validates the configuration in the current folder.
    ///
    /// # Errors
    /// When something is wrong with it, which has been shown then.
    pub fn load(ui: &mut Ui<'_>) -> Result<Self, Stop> {
        let recorder = Recorder::default();
        let loaded = load_from(Path::new("."), &recorder);
        let mut problems = loaded.diagnostics.clone();
        if !problems.has_errors() {
            problems = validate(&loaded, &FileHost::default());
        }
        if let Some(tree) = &loaded.tree {
            problems.extend(tree.module.settings.unsupported());
        }
        ui.check(&loaded.sources, &problems)?;
        Self::of(loaded, workspace(), recorder.into_snapshot())
    }

    /// The configuration that a saved plan was made from.
    ///
    /// # Errors
    /// When it can't be read any more, which has been shown then.
    pub fn saved(saved: &SavedPlan, ui: &mut Ui<'_>) -> Result<Self, Stop> {
        let loaded = load_from(&saved.root, &saved.configuration);
        if loaded.diagnostics.has_errors() {
            ui.show(&loaded.sources, &loaded.diagnostics)?;
            return Err(Stop::Status(1));
        }
        Self::of(loaded, saved.plan.workspace.to_string(), saved.configuration.clone())
    }

    fn of(loaded: Loaded, workspace: String, snapshot: Snapshot) -> Result<Self, Stop> {
        let Some(tree) = loaded.tree else { return Err(Stop::Status(1)) };
        Ok(Stack { sources: loaded.sources, tree, workspace, snapshot })
    }

    /// The values of the root module's variables.
    ///
    /// # Errors
    /// When one is missing or unsuitable, which has been shown then.
    pub fn variables(&mut self, flags: &VariableFlags, ui: &mut Ui<'_>) -> Result<IndexMap<SmolStr, Value>, Stop> {
        let inputs = flags.with_environment();
        let (values, problems) =
            variable_values(Path::new("."), &self.tree.module, &inputs, Unset::Refused, &mut self.sources);
        ui.check(&self.sources, &problems)?;
        Ok(values.into_iter().map(|(name, input)| (name, input.value)).collect())
    }

    /// The values of the root module's variables for a saved plan: those that it has, and ephemeral ones, which have to be
    /// given again.
    ///
    /// # Errors
    /// When one is missing or is another one than when the plan was made, which has been shown then.
    pub fn variables_of(
        &mut self,
        saved: &SavedPlan,
        flags: &VariableFlags,
        ui: &mut Ui<'_>,
    ) -> Result<IndexMap<SmolStr, Value>, Stop> {
        let inputs = flags.with_environment();
        let (given, mut problems) =
            variable_values(Path::new("."), &self.tree.module, &inputs, Unset::Allowed, &mut self.sources);
        let mut values = IndexMap::new();
        for (name, variable) in &self.tree.module.variables {
            let planned = saved.plan.variables.get(name).map(|v| v.value.clone());
            let now = given.get(name);
            match planned {
                _ if saved.ephemeral.contains(name) => match now {
                    Some(input) => drop(values.insert(name.clone(), input.value.clone())),
                    None => problems.push(missing_again(variable)),
                },
                Some(planned) => {
                    let changed = now.filter(|i| i.source != InputSource::Default && i.value.unmark_deep().0 != planned.unmark_deep().0);
                    problems.extend(changed.map(|_| changed_variable(variable)));
                    values.insert(name.clone(), planned);
                }
                None => {}
            }
        }
        ui.check(&self.sources, &problems)?;
        Ok(values)
    }

    /// Where the state is kept.
    ///
    /// # Errors
    /// When that has to be set up first, which has been shown then.
    pub fn backend(&self, flags: &StateFlags, ui: &mut Ui<'_>) -> Result<Box<dyn Backend>, Stop> {
        let block = self.tree.module.settings.backend.as_ref();
        backend::open(block, &data_dir(), flags.paths()).map_err(|problems| match ui.show(&self.sources, &problems) {
            Ok(()) => Stop::Status(1),
            Err(error) => Stop::Io(error),
        })
    }

    /// The state, locked for an operation, with what an interrupted apply left behind put in.
    ///
    /// # Errors
    /// When it can't be locked or read, which has been shown then.
    pub fn state(
        &self,
        backend: &dyn Backend,
        operation: &str,
        flags: &StateFlags,
        ui: &mut Ui<'_>,
    ) -> Result<(Store, State), Stop> {
        open_state(backend, &self.workspace, operation, flags, &self.sources, ui)
    }

    /// The graph of the configuration and its order.
    ///
    /// # Errors
    /// When there is none, because of cycles, which have been shown then.
    pub fn graph(&self, ui: &mut Ui<'_>) -> Result<(ConfigGraph<'_>, Vec<NodeIndex>), Stop> {
        let graph = ConfigGraph::new(&self.tree, &schema_of);
        match graph.order(&self.sources) {
            Ok(order) => Ok((graph, order)),
            Err(cycles) => {
                ui.show(&self.sources, &cycles)?;
                Err(Stop::Status(1))
            }
        }
    }
}

fn missing_again(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The root module input variable {:?} is not set, and has no default value. It is ephemeral, so the saved plan does not \
         have its value. Use a -var or -var-file command line argument to provide a value for this variable.",
        variable.name.name
    );
    Diagnostic::error("No value for required variable", detail).at(variable.span)
}

fn changed_variable(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The variable {} has another value now than when the saved plan was made. A saved plan includes the variable values \
         that were set when it was created; to apply other ones, make a new plan.",
        variable.name.name
    );
    Diagnostic::error("Can't change variable when applying a saved plan", detail).at(variable.span)
}

/// Opens, locks, reads and settles a state.
///
/// # Errors
/// When that is not possible, which has been shown then.
pub fn open_state(
    backend: &dyn Backend,
    workspace: &str,
    operation: &str,
    flags: &StateFlags,
    sources: &SourceMap,
    ui: &mut Ui<'_>,
) -> Result<(Store, State), Stop> {
    let mut store = Store::new(backend, workspace);
    let mut problems = Diagnostics::new();
    if flags.lock {
        match store.lock(operation, flags.lock_timeout, &mut || ()) {
            Ok(abandoned) => problems.extend(abandoned.map(|lock| {
                let detail = format!("The state was still locked by {}, which is gone. That lock has been taken over.", lock.who);
                Diagnostic::warning("Abandoned state lock", detail)
            })),
            Err(errors) => problems.extend(errors),
        }
    }
    ui.check(sources, &problems)?;
    let state = match store.read_or_empty() {
        Ok(state) => state,
        Err(errors) => {
            ui.show(sources, &errors)?;
            return Err(Stop::Status(1));
        }
    };
    let (state, problems) = settle(&mut store, state, flags.lock);
    ui.check(sources, &problems)?;
    Ok((store, state))
}

/// Puts what an apply that was cut off has done into the state.
fn settle(store: &mut Store, state: State, locked: bool) -> (State, Diagnostics) {
    let path = journal::path_for(Path::new(&store.place()));
    let recorded = match journal::read(&path) {
        Ok(Some(recorded)) => recorded,
        Ok(None) => return (state, Diagnostics::new()),
        Err(problem) => return (state, problem.into()),
    };
    let (mut state, settled) = journal::settle(state, recorded);
    if !locked {
        // Somebody may be writing it just now.
        return (state, Diagnostics::new());
    }
    let mut problems = Diagnostics::new();
    if settled.is_foreign {
        let aside = journal::set_aside(&path).map_or_else(|e| e.to_string(), |p| p.display().to_string());
        let detail = format!(
            "{} belongs to another state than the one that is there now. It has not been used, and was moved to {aside}.",
            path.display()
        );
        problems.push(Diagnostic::warning("Journal of another state", detail));
        return (state, problems);
    }
    if let Err(errors) = store.save_or_rescue(&mut state) {
        problems.extend(errors);
        return (state, problems);
    }
    if let Err(error) = std::fs::remove_file(&path) {
        let detail = format!("{} is of no use any more, and could not be removed: {error}.", path.display());
        problems.push(Diagnostic::warning("Journal not removed", detail));
    }
    (state, problems)
}

/// The provider of a configuration.
#[must_use]
pub fn provider(address: &ProviderConfigAddress) -> Option<Arc<dyn Provider>> {
    providers::find(&address.provider)
}

/// The host of a plan or apply that was started then.
#[must_use]
pub fn host(started: SystemTime, is_planning: bool) -> FileHost {
    FileHost { plan_time: Some(started), is_planning }
}

/// Runs something that takes time.
///
/// # Errors
/// When the machine has no threads left.
pub fn run<T>(work: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    Ok(runtime.block_on(work))
}
