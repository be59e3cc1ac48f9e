//! `infra apply` and `infra destroy`: plans, asks, and does it; or does what a saved plan says.

use std::io::{self, BufRead, Write};
use std::path::Path;

use clap::{ArgAction, Args};

use crate::apply::{Applied, Evaluated, Surroundings, apply, journal};
use crate::cli::args::boolean;
use crate::cli::backend::{LockFlags, StateFlags};
use crate::cli::plan::{PlanFlags, Ready, ShownFlags, has_content, make_plan, parallelism};
use crate::cli::project::{self, unapplied::unapplied_alone};
use crate::cli::stack::{self, Stack};
use crate::cli::ui::{Stop, Ui, status};
use crate::cli::{Terminal, interrupts};
use crate::config::project::Project;
use crate::plan::conditions::is_about_assertion;
use crate::plan::file::{self, SavedPlan};
use crate::plan::targets::apply_warning;
use crate::plan::{Action, Plan, PlanMode, Reason, ResourceChange};
use crate::providers::Pool;
use crate::state::{State, Store};
use crate::syntax::{Diagnostic, Diagnostics, Severity, SourceMap};

/// Arguments of `apply` and `destroy`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ApplyArgs {
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

    /// Skip interactive approval of plan before applying
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub auto_approve: bool,

    /// Limit the number of concurrent operations. How fast AWS is asked is limited by itself
    #[arg(long, value_name = "N", default_value = "50", value_parser = parallelism)]
    pub parallelism: usize,

    /// A plan that was saved by "plan -out": it is applied as it is. In a project: the stacks to plan and apply, by
    /// default all of them
    #[arg(value_name = "PLAN|STACK", num_args = 0..)]
    pub words: Vec<String>,

    /// The command is `destroy`.
    #[arg(skip)]
    pub is_destroy: bool,
}

/// Plans and applies. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &ApplyArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let ui = &mut args.shown.ui(terminal);
    status(match (Project::in_folder(Path::new("")), args.words.as_slice()) {
        (Some(project), words) if names_stacks(&project, words) => project::apply::run(&project, words, args, ui),
        (_, []) => plan_and_apply(args, ui),
        (_, [path]) => apply_saved(args, Path::new(path), ui),
        (_, [_, more @ ..]) => project::no_stacks("apply", more, ui).map(|()| 1),
    })
}

/// Whether these are the names of stacks, and not that of a saved plan. No words stand for all stacks.
fn names_stacks(project: &Project, words: &[String]) -> bool {
    let is_stack = |word: &String| project.stacks.iter().any(|stack| stack == word.as_str());
    words.len() != 1 || words.iter().any(is_stack) || !Path::new(&words[0]).exists()
}

/// Programs are not asked.
///
/// # Errors
/// When somebody would have to be, which has been shown then.
pub fn no_questions(args: &ApplyArgs, ui: &mut Ui<'_>) -> Result<(), Stop> {
    if !ui.json || args.auto_approve {
        return Ok(());
    }
    let detail = "Terraform cannot ask for interactive approval when -json is set. You can either apply a saved plan \
                  file, or enable the -auto-approve option.";
    ui.check(&SourceMap::default(), &Diagnostic::error("Plan file or auto-approve required", detail).into())
}

fn plan_and_apply(args: &ApplyArgs, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    no_questions(args, ui)?;
    ui.begin()?;
    let options = args.flags.options(false).map_err(|problems| ui.stop(&SourceMap::default(), &problems))?;
    let mut stack = Stack::load(Path::new(""), ui)?;
    stack.warn(args.state.deprecation());
    if stack.is_empty() && !args.flags.destroy {
        let detail = "Apply requires configuration to be present. Applying without a configuration would mark everything for \
                      destruction, which is normally not what is desired. If you would like to destroy everything, run \
                      'terraform destroy' instead.";
        ui.check(&SourceMap::default(), &Diagnostic::error("No configuration files", detail).into())?;
    }
    let backend = stack.backend(args.state.paths(), ui)?;
    let variables = stack.variables(args.flags.variables.with_environment(), ui)?;
    let (graph, order) = stack.graph(ui)?;
    let ready =
        Ready { stack: &stack, graph: &graph, order: &order, variables: &variables, pool: Pool::of(&stack.folder) };
    let (mut store, state) = ready.state(&*backend, "OperationTypeApply", &args.lock, ui)?;
    let (plan, planned) = make_plan(&ready, state, &options, ui)?;
    let mut problems = stack.with_warnings(planned);
    problems.extend(unapplied_alone(&ready));
    // As far as a plan came that can't be carried out, it is shown, too.
    if let Some(plan) = plan.as_ref().filter(|plan| !ui.json || !plan.errored || has_content(plan)) {
        ui.plan(plan)?;
    }
    let plan = plan.filter(|_| !problems.has_errors());
    let told_again = |d: &Diagnostic| plan.as_ref().is_some_and(|plan| is_told_again(d, plan));
    let mut problems: Diagnostics = problems.into_iter().filter(|d| !told_again(d)).collect();
    let Some(plan) = plan else {
        problems.extend(store.unlock());
        ui.show(&stack.sources, &problems)?;
        return Ok(1);
    };
    if plan.applyable && !args.auto_approve {
        ui.show(&stack.sources, &std::mem::take(&mut problems))?;
        if !approve(plan.mode, &place(&plan), ui)? {
            return Ok(1);
        }
    }
    finish(&plan, problems, &ready, &mut store, args, ui)
}

/// Whether something that was found while planning is found again by the apply: checks and what they read are tried again.
pub fn is_told_again(d: &Diagnostic, plan: &Plan) -> bool {
    let is_nested = |c: &ResourceChange| c.reason == Some(Reason::ReadBecauseCheckNested);
    let is_about = |address: &str| plan.changes.iter().any(|c| is_nested(c) && c.address.to_string() == address);
    is_about_assertion(d) || d.severity == Severity::Warning && d.address.as_deref().is_some_and(is_about)
}

/// Applies a saved plan, if nothing has happened to the state since.
fn apply_saved(args: &ApplyArgs, path: &Path, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    ui.begin()?;
    let nowhere = SourceMap::default();
    let plans = file::read(path).map_err(|problem| ui.stop(&nowhere, &problem.into()))?;
    if args.flags.says_something() {
        let detail = "What to plan was decided when the saved plan was made. Apply it without options about that, or make a \
                      new plan.";
        let problem = Diagnostic::error("Planning options with a saved plan", detail);
        ui.check(&nowhere, &problem.into())?;
    }
    let saved = match plans.as_slice() {
        [saved] if saved.stack.is_none() => saved,
        _ => return project::apply::apply_saved(&plans, args, ui),
    };
    let mut stack = Stack::saved(saved, ui)?;
    let backend = stack.backend(args.state.paths(), ui)?;
    let variables = stack.variables_of(saved, &args.flags.variables.with_environment(), ui)?;
    let (graph, order) = stack.graph(ui)?;
    let ready =
        Ready { stack: &stack, graph: &graph, order: &order, variables: &variables, pool: Pool::of(&stack.folder) };
    let (mut store, state) = ready.state(&*backend, "OperationTypeApply", &args.lock, ui)?;
    if let Some(problem) = unusable(saved, &state, &stack) {
        let mut problems = Diagnostics::from(problem);
        problems.extend(store.unlock());
        ui.check(&stack.sources, &problems)?;
    }
    ui.planned_changes(&saved.plan)?;
    finish(&saved.plan, Diagnostics::new(), &ready, &mut store, args, ui)
}

/// Why a saved plan can't be applied to the state that there is now.
pub fn unusable(saved: &SavedPlan, state: &State, stack: &Stack) -> Option<Diagnostic> {
    let planned = &saved.plan.previous;
    if saved.plan.errored {
        let detail = "The given plan was made with errors, and can't be applied. Make a new plan.";
        return Some(Diagnostic::error("Cannot apply incomplete plan", detail));
    }
    let now = crate::cli::workspace();
    if stack.workspace != now {
        let detail = format!(
            "The given plan file was created for the workspace {:?}, but {now:?} is selected. Select the other one, or \
             make a new plan.",
            stack.workspace
        );
        return Some(Diagnostic::error("Saved plan is for another workspace", detail));
    }
    if !planned.lineage.is_empty() && !state.lineage.is_empty() && planned.lineage != state.lineage {
        let detail = "The given plan file can not be applied because it was created from a different state lineage.";
        return Some(Diagnostic::error("Saved plan does not match the given state", detail));
    }
    if planned.lineage != state.lineage || planned.serial != state.serial {
        let detail = format!(
            "The given plan file can no longer be applied because the state was changed by another operation after the plan \
             was created.\n\nThe plan was made from serial {} of the state, which is at {} now.",
            planned.serial, state.serial
        );
        return Some(Diagnostic::error("Saved plan is stale", detail));
    }
    None
}

fn changes_outputs(plan: &Plan) -> bool {
    plan.outputs.iter().any(|o| o.change.action != Action::NoOp)
}

/// Carries out a plan and says what came of it.
fn finish(
    plan: &Plan,
    mut problems: Diagnostics,
    ready: &Ready<'_>,
    store: &mut Store,
    args: &ApplyArgs,
    ui: &mut Ui<'_>,
) -> Result<u8, Stop> {
    if plan.mode == PlanMode::RefreshOnly && !plan.applyable && changes_outputs(plan) {
        let detail = "Nothing has changed outside, and these outputs wait for what only an apply without -refresh-only changes. \
                      Run it without that option.";
        problems.push(Diagnostic::error("Cannot apply non-applyable plan", detail));
        problems.extend(store.unlock());
        return ui.check(&ready.stack.sources, &problems).map(|()| 1);
    }
    let applied = execute(plan, ready, store, args.parallelism, ui)?;
    problems.extend(applied.diagnostics.clone());
    let partial = [("-target", &plan.targets), ("-exclude", &plan.excludes)];
    for (option, _) in partial.iter().filter(|(_, addresses)| !addresses.is_empty()) {
        problems.extend([apply_warning(option)]);
    }
    problems.extend(store.unlock());
    let failed = problems.has_errors() || !applied.unfinished.is_empty();
    if failed {
        ui.unfinished(&applied, &problems, &ready.stack.sources)?;
        return Ok(1);
    }
    ui.show(&ready.stack.sources, &problems)?;
    ui.applied(&applied, args.is_destroy)?;
    Ok(0)
}

/// Where a plan is for, if that has to be said.
fn place(plan: &Plan) -> String {
    match plan.workspace.as_str() {
        "default" => String::new(),
        name => format!(" in workspace {name:?}"),
    }
}

/// Asks whether to go on.
///
/// # Errors
/// When nobody answers, or the question can't be shown.
pub fn approve(mode: PlanMode, place: &str, ui: &mut Ui<'_>) -> Result<bool, Stop> {
    let (question, why) = match mode {
        PlanMode::Normal => (
            format!("Do you want to perform these actions{place}?"),
            "Infra will perform the actions described above.\n  Only 'yes' will be accepted to approve.",
        ),
        PlanMode::Destroy => (
            format!("Do you really want to destroy all resources{place}?"),
            "Infra will destroy all your managed infrastructure, as shown above.\n  There is no undo. Only 'yes' will be \
             accepted to confirm.",
        ),
        PlanMode::RefreshOnly => (
            format!("Would you like to update the state{place} to reflect these detected changes?"),
            "Infra will write these changes to the state without modifying any real infrastructure.\n  There is no undo. \
             Only 'yes' will be accepted to confirm.",
        ),
    };
    let paint = ui.layout().paint;
    let (bold, reset) = (paint.bold(), paint.reset());
    let out = &mut ui.terminal.out;
    write!(out, "\n{bold}{question}{reset}\n  {why}\n\n  {bold}Enter a value:{reset} ")?;
    out.flush()?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer)? == 0 {
        ui.terminal.out.write_all(b"\n")?;
        let problem = Diagnostic::error("error asking for approval: EOF", "");
        return Err(ui.stop(&SourceMap::default(), &problem.into()));
    }
    writeln!(ui.terminal.out)?;
    if answer.trim() == "yes" {
        return Ok(true);
    }
    let what = if mode == PlanMode::Destroy { "Destroy" } else { "Apply" };
    writeln!(ui.terminal.out, "{what} cancelled.")?;
    Ok(false)
}

/// Carries out a plan.
///
/// # Errors
/// When the machine has no threads left, or output can't be written.
pub fn execute(
    plan: &Plan,
    ready: &Ready<'_>,
    store: &mut Store,
    parallelism: usize,
    ui: &mut Ui<'_>,
) -> Result<Applied, Stop> {
    let host = stack::host(&ready.stack.folder, plan.started, false);
    let sources = ready.sources(&host);
    let mut configuration = Evaluated::new(sources, plan);
    let journal = journal::path_for(Path::new(&store.place()));
    let progress = ui.reporter()?;
    let told = progress.clone();
    let interrupts = interrupts::tell(move |text| told.say(text));
    let reporter = progress.clone();
    let around = Surroundings { sink: store, journal: Some(&journal), reporter, interrupts, parallelism };
    let applied = stack::run(progress.during(&[&ready.pool], apply(plan, &mut configuration, around)))?;
    Ok(applied)
}
