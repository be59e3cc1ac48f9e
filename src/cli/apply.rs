//! `infra apply` and `infra destroy`: plans, asks, and does it; or does what a saved plan says.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{ArgAction, Args};
use indexmap::IndexMap;
use smol_str::SmolStr;
use tokio::sync::watch;

use crate::apply::{Applied, Evaluated, Sources, Surroundings, apply, journal};
use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::cli::plan::{PlanFlags, Ready, ShownFlags, make_plan};
use crate::cli::backend::{LockFlags, StateFlags};
use crate::cli::stack::{self, Stack};
use crate::cli::ui::{Stop, Ui, status};
use crate::config::validate::schema_of;
use crate::graph::walk::Interrupt;
use crate::lang::Value;
use crate::plan::conditions::is_about_assertion;
use crate::plan::{Plan, PlanMode};
use crate::state::store::Store;
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

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

    /// Limit the number of concurrent operations
    #[arg(long, value_name = "N", default_value = "10")]
    pub parallelism: usize,

    /// A plan that was saved by "plan -out": it is applied as it is
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,
}

/// Plans and applies. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &ApplyArgs, terminal: &mut Terminal) -> io::Result<u8> {
    status(inner(args, &mut args.shown.ui(terminal)))
}

fn inner(args: &ApplyArgs, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    ui.begin()?;
    let nowhere = SourceMap::default();
    if ui.json && !args.auto_approve && args.plan.is_none() {
        let detail = "Terraform cannot ask for interactive approval when -json is set. You can either apply a saved plan \
                      file, or enable the -auto-approve option.";
        ui.check(&nowhere, &Diagnostic::error("Plan file or auto-approve required", detail).into())?;
    }
    let options = match args.flags.options(false) {
        Ok(options) => options,
        Err(problems) => {
            ui.show(&nowhere, &problems)?;
            return Ok(1);
        }
    };
    let mut stack = Stack::load(ui)?;
    let backend = stack.backend(args.state.paths(), ui)?;
    let variables = stack.variables(&args.flags.variables, ui)?;
    let (graph, order) = stack.graph(ui)?;
    let (mut store, state) = stack.state(&*backend, "OperationTypeApply", &args.lock, ui)?;
    let ready = Ready { stack: &stack, graph: &graph, order: &order, variables: &variables };
    let (plan, problems) = make_plan(&ready, state, &options, ui)?;
    if let Some(plan) = &plan {
        ui.plan(plan, &stack)?;
    }
    let problems: Diagnostics = problems.into_iter().filter(|d| !is_about_assertion(d)).collect();
    ui.show(&stack.sources, &problems)?;
    let Some(plan) = plan.filter(|_| !problems.has_errors()) else {
        let unlocked = store.unlock();
        ui.show(&stack.sources, &unlocked)?;
        return Ok(1);
    };
    if plan.applyable && !args.auto_approve && !approve(&plan, args, ui)? {
        return Ok(1);
    }
    let applied = execute(&plan, &ready, &mut store, args.parallelism, ui)?;
    let mut problems = applied.diagnostics.clone();
    problems.extend(store.unlock());
    ui.applied(&applied, &plan, &stack)?;
    ui.show(&stack.sources, &problems)?;
    Ok(u8::from(problems.has_errors() || !applied.unfinished.is_empty()))
}

/// Asks whether to go on.
fn approve(plan: &Plan, args: &ApplyArgs, ui: &mut Ui<'_>) -> Result<bool, Stop> {
    let _ = (plan, args);
    let _ = io::stdin().is_terminal();
    ui.terminal.out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
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
    let host = stack::host(plan.started, false);
    let sources = Sources {
        graph: ready.graph,
        order: ready.order,
        files: &ready.stack.sources,
        schema_of: &schema_of,
        variables: ready.variables,
        providers: &stack::provider,
        host: &host,
        workspace: &plan.workspace,
    };
    let mut configuration = Evaluated::new(sources, plan);
    let journal = journal::path_for(Path::new(&store.place()));
    let progress = ui.reporter()?;
    let (interrupt, interrupts) = watch::channel(Interrupt::None);
    let applied = stack::run(async {
        tokio::spawn(listen(interrupt));
        let around = Surroundings {
            sink: store,
            journal: Some(&journal),
            reporter: progress.clone(),
            interrupts,
            parallelism,
        };
        apply(plan, &mut configuration, around).await
    })?;
    progress.flush();
    Ok(applied)
}

/// Ctrl-C once, and twice.
async fn listen(interrupt: watch::Sender<Interrupt>) {
    for next in [Interrupt::Finish, Interrupt::Stop] {
        if tokio::signal::ctrl_c().await.is_err() || interrupt.send(next).is_err() {
            return;
        }
    }
    std::future::pending::<()>().await;
}

const _: Option<(SystemTime, IndexMap<SmolStr, Value>, PlanMode)> = None;
