//! A root module with its variables and its state, as the commands need it that plan and apply.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use indexmap::IndexMap;
use petgraph::graph::NodeIndex;
use smol_str::SmolStr;
use tokio::runtime::Runtime;

use crate::cli::backend::{LockFlags, home_of, settle, taken_over};
use crate::cli::ui::{Stop, Ui};
use crate::cli::{interrupts, workspace_of};
use crate::config::files::{Recorder, Snapshot};
use crate::config::graph::ConfigGraph;
use crate::config::host::FileHost;
use crate::config::load::{Loaded, load_from};
use crate::config::module::Variable;
use crate::config::provider_of;
use crate::config::tree::ModuleTree;
use crate::config::validate::{schema_of, validate};
use crate::config::variables::{
    InputSource, InputValue, Unset, VariableInputs, kept_value, suitable_values, variable_values,
};
use crate::lang::Value;
use crate::plan::file::SavedPlan;
use crate::state::backend::{self, Backend, StatePaths};
use crate::state::{State, Store};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// A root module that is sound as far as that can be told without variables.
pub struct Stack {
    /// Its folder: the working directory, if it is empty.
    pub folder: PathBuf,
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
    /// Loads and validates the configuration in a folder.
    ///
    /// # Errors
    /// When something is wrong with it, which has been shown then.
    pub fn load(folder: &Path, ui: &mut Ui<'_>) -> Result<Self, Stop> {
        let recorder = Recorder::of(folder);
        let loaded = load_from(Path::new("."), &recorder);
        let mut problems = loaded.diagnostics.clone();
        let uninstalled = loaded.tree.as_ref().and_then(|tree| provider_of::uninstalled(tree, &loaded.sources));
        if let Some(problem) = uninstalled.filter(|_| !problems.has_errors()) {
            problems.extend([problem]);
        } else if !problems.has_errors() {
            problems = validate(&loaded, &FileHost { folder: folder.to_owned(), ..FileHost::default() });
        }
        if let Some(tree) = &loaded.tree {
            problems.extend(tree.module.settings.unsupported());
        }
        if problems.has_errors() {
            return Err(ui.stop(&loaded.sources, &problems));
        }
        let stack = Self::of(folder, loaded, workspace_of(folder), recorder.into_snapshot())?;
        Ok(Stack { warnings: problems, ..stack })
    }

    /// The configuration that a saved plan was made from.
    ///
    /// # Errors
    /// When it can't be read any more, which has been shown then.
    pub fn saved(saved: &SavedPlan, ui: &mut Ui<'_>) -> Result<Self, Stop> {
        let loaded = load_from(Path::new("."), &saved.configuration);
        if loaded.diagnostics.has_errors() {
            ui.show(&loaded.sources, &loaded.diagnostics)?;
            return Err(Stop::Status(1));
        }
        Self::of(&saved.root, loaded, saved.plan.workspace.to_string(), saved.configuration.clone())
    }

    fn of(folder: &Path, loaded: Loaded, workspace: String, snapshot: Snapshot) -> Result<Self, Stop> {
        let Some(tree) = loaded.tree else { return Err(Stop::Status(1)) };
        let folder = folder.to_owned();
        Ok(Stack { folder, sources: loaded.sources, tree, workspace, snapshot, warnings: Diagnostics::new() })
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
    /// When one is missing or can't be read, which has been shown then.
    pub fn variables(&mut self, mut inputs: VariableInputs, ui: &mut Ui<'_>) -> Result<RootVariables, Stop> {
        if ui.can_ask() {
            let answers = ui.ask_for_variables(&self.tree.module, &self.folder, &inputs, &mut self.sources)?;
            // They count less than any other.
            inputs.env.splice(0..0, answers);
        }
        let (values, problems, unsuitable) =
            suitable_values(&self.folder, &self.tree.module, &inputs, Unset::Refused, &mut self.sources);
        if problems.has_errors() {
            return Err(ui.stop(&self.sources, &problems));
        }
        self.warnings.extend(problems);
        let is_set = |(_, input): &(&SmolStr, &InputValue)| input.source != InputSource::Default;
        let set = values.iter().filter(is_set).map(|(name, _)| name.clone()).collect();
        let given = values.iter().map(|(name, input)| (name.clone(), input.given.clone())).collect();
        let values = values.into_iter().map(|(name, input)| (name, input.value)).collect();
        Ok(RootVariables { values, set, given, unsuitable })
    }

    /// Diagnostics of a plan, with the warnings that were held back for it.
    #[must_use]
    pub fn with_warnings(&self, planned: Diagnostics) -> Diagnostics {
        self.warnings.clone().into_iter().chain(planned).collect()
    }

    /// The values of the root module's variables for a saved plan: those that it has, and ephemeral ones, of which just
    /// those have to be given again that were.
    ///
    /// # Errors
    /// When one is missing or is another one than when the plan was made, which has been shown then.
    pub fn variables_of(
        &mut self,
        saved: &SavedPlan,
        inputs: &VariableInputs,
        ui: &mut Ui<'_>,
    ) -> Result<RootVariables, Stop> {
        let (given, mut problems) =
            variable_values(&self.folder, &self.tree.module, inputs, Unset::Allowed, &mut self.sources);
        let mut values = IndexMap::new();
        for (name, variable) in &self.tree.module.variables {
            let now = given.get(name);
            let is_set = now.is_some_and(|i| i.source != InputSource::Default);
            if variable.ephemeral {
                match (saved.ephemeral.contains(name), is_set) {
                    (true, false) => problems.push(not_set_again(variable)),
                    (false, true) => problems.push(not_set_before(variable)),
                    _ => values.extend(now.map(|input| (name.clone(), input.value.clone()))),
                }
            } else if let Some(planned) = saved.plan.variables.get(name).and_then(|v| kept_value(variable, &v.value)) {
                // Who says it in the command line means it; the rest is as it was when the plan was made.
                let insisted = now.filter(|i| inputs.is_of_flag(&i.source, &self.sources));
                let changed = insisted.filter(|i| i.value.unmark_deep().0 != planned.unmark_deep().0);
                problems.extend(changed.map(|_| changed_variable(variable)));
                values.insert(name.clone(), planned);
            }
        }
        ui.check(&self.sources, &problems)?;
        Ok(RootVariables { values, ..RootVariables::default() })
    }

    /// Where the state is kept.
    ///
    /// # Errors
    /// When that has to be set up first, which has been shown then.
    pub fn backend(&self, paths: StatePaths, ui: &mut Ui<'_>) -> Result<Box<dyn Backend>, Stop> {
        let block = self.tree.module.settings.backend.as_ref();
        backend::open(block, &home_of(&self.folder), paths).map_err(|problems| {
            match ui.show(&self.sources, &problems) {
                Ok(()) => Stop::Status(1),
                Err(error) => Stop::Io(error),
            }
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
        let mut store = Store::new(backend, &self.workspace).of_folder(&self.folder);
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

/// Values for the root module's variables.
#[derive(Clone, Debug, Default)]
pub struct RootVariables {
    /// Those that are suitable.
    pub values: IndexMap<SmolStr, Value>,
    /// Those for which a value was given, be it that of the default.
    pub set: HashSet<SmolStr>,
    /// The values as they were given or declared, not converted: what a saved plan keeps.
    pub given: IndexMap<SmolStr, Value>,
    /// What is wrong with the others.
    pub unsuitable: Diagnostics,
}

fn not_set_again(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The ephemeral input variable {:?} was set during the plan phase, and so must also be set during the apply phase.",
        variable.name.name
    );
    Diagnostic::error("No value for required variable", detail)
}

fn not_set_before(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The ephemeral input variable {:?} was not set during the planning phase, and so must remain unset during the apply \
         phase.",
        variable.name.name
    );
    Diagnostic::error("Ephemeral variable was not set during planning", detail)
}

fn changed_variable(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The variable {} cannot be set using the -var and -var-file options when applying a saved plan file, because a saved \
         plan includes the variable values that were set when it was created, and it had another value then. To declare an \
         ephemeral variable which is not saved in the plan file, use ephemeral = true.",
        variable.name.name
    );
    Diagnostic::error("Can't change variable when applying a saved plan", detail)
}

/// The host of a plan or apply, for the root module in a folder, that was started then.
#[must_use]
pub fn host(folder: &Path, started: SystemTime, is_planning: bool) -> FileHost {
    FileHost { folder: folder.to_owned(), plan_time: Some(started), is_planning }
}

/// Runs something that takes time.
///
/// # Errors
/// When the machine has no threads left.
pub fn run<T>(work: impl Future<Output = T>) -> std::io::Result<T> {
    // One for all that a command does: connections that planning has made are there to apply.
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime.block_on(work));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    Ok(RUNTIME.get_or_init(|| runtime).block_on(work))
}
