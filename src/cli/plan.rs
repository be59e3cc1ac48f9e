//! `infra plan`: what would be done.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{ArgAction, Args};
use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::apply::{Reporter, Sources};
use crate::cli::Terminal;
use crate::cli::args::{VariableFlags, boolean};
use crate::cli::backend::{LockFlags, StateFlags};
use crate::cli::project::{self, unapplied::unapplied_alone};
use crate::cli::recovery::recover;
use crate::cli::stack::{self, RootVariables, Stack};
use crate::cli::ui::{Stop, Ui, status};
use crate::config::graph::ConfigGraph;
use crate::config::host::FileHost;
use crate::config::module::Variable;
use crate::config::project::Project;
use crate::config::validate::schema_of;
use crate::lang::Host;
use crate::plan::file::{self, SavedBackend, SavedPlan};
use crate::plan::generate_config::generated_file;
use crate::plan::planner::{Input, Options, plan};
use crate::plan::targets;
use crate::plan::{Event, Plan, PlanMode, ResourceChange};
use crate::providers::Pool;
use crate::state::backend::Backend;
use crate::state::{State, Store};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// What to plan: flags that `plan` and `apply` share.
#[derive(Args, Clone, Debug)]
pub struct PlanFlags {
    /// Select the "destroy" planning mode, which creates a plan to destroy all objects currently managed by
    /// this configuration instead of the usual behavior
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub destroy: bool,

    /// Select the "refresh only" planning mode, which checks whether remote objects still match the outcome
    /// of the most recent apply but does not propose any actions to undo any changes made outside
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub refresh_only: bool,

    /// Skip checking for external changes to remote objects while creating the plan. This can potentially
    /// make planning faster, but at the expense of possibly planning against a stale record of the remote
    /// system state
    #[arg(long, value_name = "BOOL", default_value = "true", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub refresh: bool,

    /// Force replacement of a particular resource instance using its resource address. If the plan would've
    /// normally produced an update or no-op action for this instance, it is planned to be replaced instead.
    /// You can use this option multiple times to replace more than one object
    #[arg(long, value_name = "ADDRESS", action = ArgAction::Append)]
    pub replace: Vec<String>,

    /// Limit the planning operation to only the given module, resource, or resource instance and all of its
    /// dependencies. You can use this option multiple times to include more than one object. This is for
    /// exceptional use only
    #[arg(long, value_name = "ADDRESS", action = ArgAction::Append)]
    pub target: Vec<String>,

    /// Leave out the given module, resource, or resource instance and everything that depends on it. You can
    /// use this option multiple times to leave out more than one object
    #[arg(long, value_name = "ADDRESS", action = ArgAction::Append)]
    pub exclude: Vec<String>,

    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableFlags,
}

impl PlanFlags {
    /// Whether there is any about what to plan.
    #[must_use]
    pub fn says_something(&self) -> bool {
        let addresses = [&self.replace, &self.target, &self.exclude];
        self.destroy || self.refresh_only || !self.refresh || addresses.iter().any(|a| !a.is_empty())
    }

    /// What they ask of the planner.
    ///
    /// # Errors
    /// When they contradict each other, or an address is none.
    pub fn options(&self, generate_config: bool) -> Result<Options, Diagnostics> {
        let mut problems = Diagnostics::new();
        let incompatible = |detail: &str| Diagnostic::error("Incompatible plan mode options", detail);
        let mode = match (self.destroy, self.refresh_only) {
            (true, true) => {
                let detail = "The -destroy and -refresh-only options are mutually-exclusive.";
                problems.push(incompatible(detail));
                PlanMode::Normal
            }
            (true, false) => PlanMode::Destroy,
            (false, true) => PlanMode::RefreshOnly,
            (false, false) => PlanMode::Normal,
        };
        if self.refresh_only && !self.refresh {
            let detail = "It doesn't make sense to use -refresh-only at the same time as -refresh=false, because Terraform \
                          would have nothing to do.";
            problems.push(Diagnostic::error("Incompatible refresh options", detail));
        }
        if mode != PlanMode::Normal && !self.replace.is_empty() {
            let detail =
                "Forcing resource instance replacement (with -replace=...) is allowed only in normal planning mode.";
            problems.push(Diagnostic::error("Unsupported plan mode", detail));
        }
        if mode != PlanMode::Normal && generate_config {
            let detail = "Config can only be generated during a normal plan operation, and not during a refresh-only or \
                          destroy plan.";
            problems.push(Diagnostic::error("Invalid generate-config-out flag", detail));
        }
        let forced = collect(&self.replace, targets::replacement, &mut problems);
        let included = collect(&self.target, |text| targets::target("target", text), &mut problems);
        let excludes = collect(&self.exclude, |text| targets::target("exclude", text), &mut problems);
        if !included.is_empty() && !excludes.is_empty() {
            let detail = "The -target and -exclude options are mutually-exclusive.";
            problems.push(incompatible(detail));
        }
        let options =
            Options { mode, skip_refresh: !self.refresh, targets: included, excludes, forced, generate_config };
        if problems.has_errors() { Err(problems) } else { Ok(options) }
    }
}

fn collect<T>(texts: &[String], parse: fn(&str) -> Result<T, Diagnostic>, problems: &mut Diagnostics) -> Vec<T> {
    let mut found = Vec::new();
    for text in texts {
        match parse(text) {
            Ok(address) => found.push(address),
            Err(problem) => problems.push(problem),
        }
    }
    found
}

/// A configuration with everything that a plan is made from but the state.
pub struct Ready<'c> {
    /// The configuration.
    pub stack: &'c Stack,
    /// Its graph.
    pub graph: &'c ConfigGraph<'c>,
    /// The graph's order.
    pub order: &'c [NodeIndex],
    /// Values of the root module's variables.
    pub variables: &'c RootVariables,
    /// The providers that were made so far.
    pub pool: Pool,
}

impl Ready<'_> {
    /// The state, locked for an operation, with everything that an interrupted apply left behind.
    ///
    /// # Errors
    /// When it can't be locked or read, or providers can't be asked, which has been shown then.
    pub fn state(
        &self,
        backend: &dyn Backend,
        operation: &str,
        flags: &LockFlags,
        ui: &mut Ui<'_>,
    ) -> Result<(Store, State), Stop> {
        let (mut store, state) = self.stack.state(backend, operation, flags, ui)?;
        let state = recover(self, &mut store, state, ui)?;
        Ok((store, state))
    }

    /// What a plan is made from.
    #[must_use]
    pub fn input<'s>(
        &'s self,
        options: &'s Options,
        host: &'s FileHost,
        started: SystemTime,
        report: &'s dyn Fn(Event),
    ) -> Input<'s> {
        Input {
            graph: self.graph,
            sources: &self.stack.sources,
            variables: &self.variables.values,
            unsuitable: &self.variables.unsuitable,
            schema_of: &schema_of,
            pool: &self.pool,
            host,
            workspace: &self.stack.workspace,
            options,
            together: None,
            started,
            report,
        }
    }

    /// A plan with all that it takes to apply it later. `stack` names it among those that were planned together.
    #[must_use]
    pub fn saved(&self, plan: &Plan, backend: &dyn Backend, stack: Option<SmolStr>) -> SavedPlan {
        let declared = &self.stack.tree.module.variables;
        let is_given_again = |v: &&Variable| v.ephemeral && self.variables.set.contains(&v.name.name);
        let mut plan = plan.clone();
        for (name, variable) in &mut plan.variables {
            if let Some(given) = self.variables.given.get(name) {
                variable.value = given.clone();
            }
        }
        SavedPlan {
            plan,
            stack,
            root: self.stack.folder.clone(),
            configuration: self.stack.snapshot.clone(),
            ephemeral: declared.values().filter(is_given_again).map(|v| v.name.name.clone()).collect(),
            backend: SavedBackend { kind: backend.kind().into(), ..SavedBackend::default() },
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// What an apply evaluates.
    #[must_use]
    pub fn sources<'s>(&'s self, host: &'s dyn Host) -> Sources<'s> {
        Sources {
            graph: self.graph,
            order: self.order,
            files: &self.stack.sources,
            schema_of: &schema_of,
            variables: &self.variables.values,
            pool: &self.pool,
            host,
            workspace: &self.stack.workspace,
        }
    }
}

/// Makes a plan. Its warnings and errors are for the caller to show.
///
/// # Errors
/// When the machine has no threads left, or output can't be written.
pub fn make_plan(
    ready: &Ready<'_>,
    state: State,
    options: &Options,
    ui: &mut Ui<'_>,
) -> Result<(Option<Plan>, Diagnostics), Stop> {
    let started = SystemTime::now();
    let host = stack::host(&ready.stack.folder, started, true);
    let progress = ui.reporter()?;
    let report = |event| progress.report(event);
    let input = ready.input(options, &host, started, &report);
    let made = stack::run(progress.during(&[&ready.pool], plan(input, ready.order, state)))?;
    Ok(made)
}

/// Arguments of `plan`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct PlanArgs {
    /// What to plan.
    #[command(flatten)]
    pub flags: PlanFlags,

    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// States in files.
    #[command(flatten)]
    pub state: StateFlags,

    /// How things are shown.
    #[command(flatten)]
    pub shown: ShownFlags,

    /// Return detailed exit codes when the command exits: 0 for an empty plan, 1 for errors, 2 if there is
    /// something to apply: changes, or with -refresh-only what has changed outside
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub detailed_exitcode: bool,

    /// Write a plan file to the given path. This can be used as input to the "apply" command
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,

    /// Write configuration for imports into a file, where the configuration has none yet
    #[arg(long, value_name = "PATH")]
    pub generate_config_out: Option<PathBuf>,

    /// Accepted for compatibility: objects are read in batches, not one by one
    #[arg(long, value_name = "N", default_value = "10", value_parser = parallelism)]
    pub parallelism: usize,

    /// In a project: the stacks to plan. By default all of them
    #[arg(value_name = "STACK", num_args = 0..)]
    pub stacks: Vec<String>,
}

/// How many operations at once: ten where it says 0.
///
/// # Errors
/// For anything but a whole number that is not negative.
pub fn parallelism(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Ok(10),
        Ok(n) => Ok(n),
        Err(_) => Err("must be a whole number, and not negative".to_owned()),
    }
}

/// Flags about what is shown and asked.
#[derive(Args, Clone, Debug)]
pub struct ShownFlags {
    /// Produce output in a machine-readable JSON format, suitable for use in other programs
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,

    /// Don't ask for variables that have no value: that is an error then
    #[arg(long, value_name = "BOOL", default_value = "true", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub input: bool,

    /// Show warnings, if there are no errors, in a more compact form that includes only the summaries
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub compact_warnings: bool,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,
}

impl ShownFlags {
    /// Who the command talks to.
    pub fn ui<'t>(&self, terminal: &'t mut Terminal) -> Ui<'t> {
        let (json, compact_warnings, input) = (self.json, self.compact_warnings, self.input);
        Ui { terminal, json, compact_warnings, input, stack: None }
    }
}

/// Plans and shows the plan. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &PlanArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let ui = &mut args.shown.ui(terminal);
    status(match Project::in_folder(Path::new("")) {
        Some(project) => project::plan::run(&project, args, ui),
        None => project::no_stacks("plan", &args.stacks, ui).and_then(|()| inner(args, ui)),
    })
}

fn inner(args: &PlanArgs, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    ui.begin()?;
    let generated = args.generate_config_out.as_deref();
    let options =
        args.flags.options(generated.is_some()).map_err(|problems| ui.stop(&SourceMap::default(), &problems))?;
    if let Some(path) = generated.filter(|path| path.exists()) {
        let detail =
            format!("A file already exists at {}. Configuration is written into new files only.", path.display());
        ui.check(&SourceMap::default(), &Diagnostic::error("Target generated file already exists", detail).into())?;
    }
    let mut stack = Stack::load(Path::new(""), ui)?;
    stack.warn(args.state.deprecation());
    if stack.is_empty() && !args.flags.destroy {
        let detail = "Plan requires configuration to be present. Planning without a configuration would mark everything for \
                      destruction, which is normally not what is desired. If you would like to destroy everything, run \
                      plan with the -destroy option. Otherwise, create a Terraform configuration file (.tf file) and try \
                      again.";
        ui.check(&SourceMap::default(), &Diagnostic::error("No configuration files", detail).into())?;
    }
    let backend = stack.backend(args.state.paths(), ui)?;
    let variables = stack.variables(args.flags.variables.with_environment(), ui)?;
    let (graph, order) = stack.graph(ui)?;
    let ready =
        Ready { stack: &stack, graph: &graph, order: &order, variables: &variables, pool: Pool::of(&stack.folder) };
    let (mut store, state) = ready.state(&*backend, "OperationTypePlan", &args.lock, ui)?;
    let (plan, planned) = make_plan(&ready, state, &options, ui)?;
    let mut problems = stack.with_warnings(planned);
    problems.extend(unapplied_alone(&ready));
    if let Some(plan) = &plan {
        problems.extend(write_files(args, plan, &ready, &*backend));
        ui.plan(plan)?;
    }
    problems.extend(store.unlock());
    ui.show(&stack.sources, &problems)?;
    let Some(plan) = plan.filter(|_| !problems.has_errors()) else { return Ok(1) };
    ui.plan_notes(plan.applyable, args.out.as_deref(), generated)?;
    Ok(if args.detailed_exitcode && plan.applyable { 2 } else { 0 })
}

/// Writes the plan, and configuration for imports, if that was asked for.
fn write_files(args: &PlanArgs, plan: &Plan, ready: &Ready<'_>, backend: &dyn Backend) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let block =
        |c: &ResourceChange| Some((c.importing.as_ref()?.id.clone(), SmolStr::from(c.generated_config.as_deref()?)));
    let blocks: Vec<(SmolStr, SmolStr)> = plan.changes.iter().filter_map(block).collect();
    if let (Some(path), false) = (&args.generate_config_out, blocks.is_empty()) {
        problems.push(match std::fs::write(path, generated_file(&blocks)) {
            Ok(()) => {
                let detail = format!(
                    "{} was made from what was found. Read it, and change what should not be as it is, before you apply it.",
                    path.display()
                );
                Diagnostic::warning("Config generation is experimental", detail)
            }
            Err(error) => {
                let detail = format!("Configuration could not be written to {}: {error}.", path.display());
                Diagnostic::error("Failed to write generated configuration", detail)
            }
        });
        if problems.has_errors() {
            return problems;
        }
    }
    problems.extend(args.out.as_ref().and_then(|out| file::write(out, &[ready.saved(plan, backend, None)]).err()));
    problems
}

/// Whether a plan, be it a failed one, is about any object or output: drift alone doesn't count.
#[must_use]
pub fn has_content(plan: &Plan) -> bool {
    !plan.changes.is_empty() || !plan.outputs.is_empty()
}
