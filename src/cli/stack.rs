//! A root module with its variables and its state, as the commands need it that plan and apply.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use indexmap::IndexMap;
use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::cli::args::VariableFlags;
use crate::cli::backend::{LockFlags, settle, taken_over};
use crate::cli::ui::{Stop, Ui};
use crate::cli::{data_dir, interrupts, workspace};
use crate::config::files::{Recorder, Snapshot};
use crate::config::graph::ConfigGraph;
use crate::config::host::FileHost;
use crate::config::load::{Loaded, load_from};
use crate::config::module::Variable;
use crate::config::provider_of;
use crate::config::tree::ModuleTree;
use crate::config::validate::{schema_of, validate};
use crate::config::variables::{InputSource, Unset, VarFlag, variable_values};
use crate::lang::Value;
use crate::plan::file::SavedPlan;
use crate::providers::{self, Provider, ProviderConfigAddress};
use crate::state::backend::{self, Backend, StatePaths};
use crate::state::{State, Store};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

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
    /// What is worth a warning so far, for when the plan is shown.
    warnings: Diagnostics,
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
        let uninstalled = loaded.tree.as_ref().and_then(|tree| provider_of::uninstalled(tree, &loaded.sources));
        if let Some(problem) = uninstalled.filter(|_| !problems.has_errors()) {
            problems.extend([problem]);
        } else if !problems.has_errors() {
            problems = validate(&loaded, &FileHost::default());
        }
        if let Some(tree) = &loaded.tree {
            problems.extend(tree.module.settings.unsupported());
        }
        if problems.has_errors() {
            return Err(ui.stop(&loaded.sources, &problems));
        }
        let stack = Self::of(loaded, workspace(), recorder.into_snapshot())?;
        Ok(Stack { warnings: problems, ..stack })
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
        Ok(Stack { sources: loaded.sources, tree, workspace, snapshot, warnings: Diagnostics::new() })
    }

    /// Whether there is no configuration at all, not even an empty file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.snapshot.has_configuration()
    }

    /// Takes a warning that is shown with the plan.
    pub fn warn(&mut self, warning: Option<Diagnostic>) {
        self.warnings.extend(warning);
    }

    /// The values of the root module's variables.
    ///
    /// # Errors
    /// When one is missing or unsuitable, which has been shown then.
    pub fn variables(&mut self, flags: &VariableFlags, ui: &mut Ui<'_>) -> Result<IndexMap<SmolStr, Value>, Stop> {
        let mut inputs = flags.with_environment();
        if ui.can_ask() {
            let answers = ui.ask_for_variables(&self.tree.module, Path::new("."), &inputs, &mut self.sources)?;
            // They count less than any other.
            inputs.env.splice(0..0, answers);
        }
        let (values, problems) =
            variable_values(Path::new("."), &self.tree.module, &inputs, Unset::Refused, &mut self.sources);
        if problems.has_errors() {
            return Err(ui.stop(&self.sources, &problems));
        }
        self.warnings.extend(problems);
        Ok(values.into_iter().map(|(name, input)| (name, input.value)).collect())
    }

    /// Diagnostics of a plan, with the warnings that were held back for it.
    #[must_use]
    pub fn with_warnings(&self, planned: Diagnostics) -> Diagnostics {
        self.warnings.clone().into_iter().chain(planned).collect()
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
                    let changed = now.filter(|i| {
                        self.is_from_flag(flags, &i.source) && i.value.unmark_deep().0 != planned.unmark_deep().0
                    });
                    problems.extend(changed.map(|_| changed_variable(variable)));
                    values.insert(name.clone(), planned);
                }
                None => {}
            }
        }
        ui.check(&self.sources, &problems)?;
        Ok(values)
    }

    /// Whether a value was given by `-var` or `-var-file`. Only those contradict a saved plan: the environment and files
    /// that are found by their names may say what they like.
    fn is_from_flag(&self, flags: &VariableFlags, source: &InputSource) -> bool {
        match source {
            InputSource::CommandLine => true,
            InputSource::File(span) => self.sources.get(span.file).is_some_and(|file| {
                flags.0.iter().any(|flag| matches!(flag, VarFlag::VarFile(path) if **path == *file.name))
            }),
            InputSource::Environment | InputSource::Default => false,
        }
    }

    /// Where the state is kept.
    ///
    /// # Errors
    /// When that has to be set up first, which has been shown then.
    pub fn backend(&self, paths: StatePaths, ui: &mut Ui<'_>) -> Result<Box<dyn Backend>, Stop> {
        let block = self.tree.module.settings.backend.as_ref();
        backend::open(block, &data_dir(), paths).map_err(|problems| match ui.show(&self.sources, &problems) {
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
        flags: &LockFlags,
        ui: &mut Ui<'_>,
    ) -> Result<(Store, State), Stop> {
        let mut store = Store::new(backend, &self.workspace);
        let mut problems = Diagnostics::new();
        interrupts::end(store.release(), "Interrupted. Nothing was begun.");
        if flags.lock {
            let mut waiting = || ui.waits_for_lock();
            match store.lock(operation, flags.lock_timeout, &mut waiting) {
                Ok(abandoned) => problems.extend(abandoned.map(|lock| taken_over(&lock))),
                Err(errors) => problems.extend(errors),
            }
            if !problems.has_errors() {
                problems.extend(settle(&mut store));
            }
        }
        ui.check(&self.sources, &problems)?;
        match store.read_or_empty() {
            Ok(state) => Ok((store, state)),
            Err(errors) => {
                ui.show(&self.sources, &errors)?;
                Err(Stop::Status(1))
            }
        }
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
        "The ephemeral input variable {:?} was set during the plan phase, and so must also be set during the apply phase.",
        variable.name.name
    );
    Diagnostic::error("No value for required variable", detail)
}

fn changed_variable(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The variable {} has another value now than when the saved plan was made. A saved plan includes the variable values \
         that were set when it was created; to apply other ones, make a new plan.",
        variable.name.name
    );
    Diagnostic::error("Can't change variable when applying a saved plan", detail).at(variable.span)
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
