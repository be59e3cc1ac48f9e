//! `infra refresh`: the state made to say what there is, without a question.

use std::io;
use std::path::Path;

use clap::Args;

use crate::apply::StateSink;
use crate::cli::Terminal;
use crate::cli::args::VariableFlags;
use crate::cli::backend::{LockFlags, StateFlags};
use crate::cli::plan::{PlanFlags, Ready, ShownFlags, make_plan, parallelism};
use crate::cli::stack::Stack;
use crate::cli::ui::{Stop, Ui, status};
use crate::plan::{Action, Plan};
use crate::providers::Pool;
use crate::state::{OutputState, State};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// Arguments of `refresh`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct RefreshArgs {
    /// Limit the operation to only the given module, resource, or resource instance and all of its
    /// dependencies
    #[arg(long, value_name = "ADDRESS", action = clap::ArgAction::Append)]
    pub target: Vec<String>,

    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableFlags,

    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// States in files.
    #[command(flatten)]
    pub state: StateFlags,

    /// How things are shown.
    #[command(flatten)]
    pub shown: ShownFlags,

    /// Limit the number of concurrent operations
    #[arg(long, value_name = "N", default_value = "10", value_parser = parallelism)]
    pub parallelism: usize,
}

/// Refreshes. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &RefreshArgs, terminal: &mut Terminal) -> io::Result<u8> {
    status(refresh(args, &mut args.shown.ui(terminal)))
}

fn refresh(args: &RefreshArgs, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    ui.begin()?;
    let flags = PlanFlags {
        destroy: false,
        refresh_only: false,
        refresh: true,
        replace: Vec::new(),
        target: args.target.clone(),
        exclude: Vec::new(),
        variables: args.variables.clone(),
    };
    let options = flags.options(false).map_err(|problems| ui.stop(&SourceMap::default(), &problems))?;
    let mut stack = Stack::load(Path::new(""), ui)?;
    let backend = stack.backend(args.state.paths(), ui)?;
    let variables = stack.variables(flags.variables.with_environment(), ui)?;
    let (graph, order) = stack.graph(ui)?;
    let ready =
        Ready { stack: &stack, graph: &graph, order: &order, variables: &variables, pool: Pool::of(&stack.folder) };
    let (mut store, state) = ready.state(&*backend, "OperationTypeRefresh", &args.lock, ui)?;
    let mut problems = Diagnostics::new();
    if state.resources.is_empty() && state.outputs.is_empty() {
        let detail = "There are currently no remote objects tracked in the state, so there is nothing to refresh.";
        problems.push(Diagnostic::warning("Empty or non-existent state", detail));
    }
    let (plan, planned) = make_plan(&ready, state, &options, ui)?;
    problems.extend(planned);
    let mut state = plan.filter(|_| !problems.has_errors()).map(found);
    if let Some(state) = &mut state
        && let Err(more) = store.write_last(state)
    {
        problems.extend(more);
    }
    problems.extend(store.unlock());
    ui.show(&stack.sources, &problems)?;
    let Some(state) = state.filter(|_| !problems.has_errors()) else { return Ok(1) };
    ui.outputs(&state)?;
    Ok(0)
}

/// The state that says what was found while planning, with the outputs that were. Conditions were tried for this plan
/// only, and are not kept.
fn found(plan: Plan) -> State {
    let mut state = plan.prior;
    state.checks = None;
    for output in plan.outputs {
        let value = output.change.after.unmark_deep().0;
        if output.change.action == Action::Delete || !value.is_wholly_known() {
            continue;
        }
        if value.is_null() {
            state.outputs.remove(&output.name);
        } else {
            state.outputs.insert(output.name, OutputState { value, sensitive: output.sensitive });
        }
    }
    state
}
