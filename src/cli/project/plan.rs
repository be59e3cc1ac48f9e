//! `infra plan` in a project: the plans of several stacks as one.

use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::join_all;
use smol_str::SmolStr;

use super::unapplied::note_unapplied;
use super::{Chosen, choose, listed, only_for_one, show};
use crate::apply::Reporter;
use crate::cli::plan::{PlanArgs, Ready, has_content};
use crate::cli::stack;
use crate::cli::ui::{StackProgress, Stop, Ui};
use crate::config::project::Project;
use crate::plan::file;
use crate::plan::planner::{Input, Options, Together, plan};
use crate::plan::stacks::{Outputs, planned_outputs};
use crate::plan::{Action, Event, Plan, PlanMode};
use crate::providers::Pool;
use crate::state::{State, Store};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// A plan of one of several stacks, with what there is to say of it. None if there is not even a beginning.
pub type Made = (Option<Plan>, Diagnostics);

/// Plans stacks and shows the plans. Gives the exit status.
///
/// # Errors
/// When something is wrong that is not about a plan, which has been shown then.
pub fn run(project: &Project, args: &PlanArgs, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    ui.begin()?;
    let names = choose(project, &args.stacks, ui)?;
    only_for_one(&names, &args.flags, &args.state, ui)?;
    if args.generate_config_out.is_some() {
        let detail = "Configuration is written for one stack: plan it with -chdir.";
        let problem = Diagnostic::error("-generate-config-out with several stacks", detail);
        ui.check(&SourceMap::default(), &problem.into())?;
    }
    let options = args.flags.options(false).map_err(|problems| ui.stop(&SourceMap::default(), &problems))?;
    let chosen = Chosen::load(project, names, &args.flags.variables, &args.state.paths(), ui)?;
    let graphs = chosen.graphs(ui)?;
    let ready = chosen.ready(&graphs);
    let edges = chosen.edges(&ready, ui)?;
    let mut states = chosen.states(&ready, "OperationTypePlan", &args.lock, ui)?;
    let mut made = make_plans(&chosen, &ready, &states, &options, ui)?;
    note_unapplied(project, &chosen, &ready, &mut made);
    drop(edges);
    let mut failed = false;
    for (((name, ready), (plan, problems)), (store, _)) in
        chosen.names.iter().zip(&ready).zip(&mut made).zip(&mut states)
    {
        let mut all = ready.stack.with_warnings(std::mem::take(problems));
        all.extend(store.unlock());
        failed |= all.has_errors() || plan.is_none();
        show_plan(name, plan.as_ref(), ui)?;
        show(name, &ready.stack.sources, &all, ui)?;
    }
    let plans: Vec<&Plan> = made.iter().filter_map(|(plan, _)| plan.as_ref()).collect();
    if failed {
        return Ok(1);
    }
    if let Some(path) = &args.out {
        let parts = chosen.names.iter().zip(&ready).zip(&chosen.backends).zip(&plans);
        let saved: Vec<_> =
            parts.map(|(((name, ready), backend), plan)| ready.saved(plan, &**backend, Some(name.clone()))).collect();
        let written: Diagnostics = file::write(path, &saved).err().into_iter().collect();
        ui.check(&SourceMap::default(), &written)?;
    }
    summary(&chosen.names, &plans, ui)?;
    ui.plan_notes(plans.iter().any(|plan| plan.applyable), args.out.as_deref(), None)?;
    Ok(if args.detailed_exitcode && plans.iter().any(|plan| plan.applyable) { 2 } else { 0 })
}

/// Plans stacks at the same time. Who reads the outputs of another gets them as soon as they are planned.
///
/// # Errors
/// When the machine has no threads left, or output can't be written.
pub fn make_plans(
    chosen: &Chosen,
    ready: &[Ready<'_>],
    states: &[(Store, State)],
    options: &Options,
    ui: &mut Ui<'_>,
) -> Result<Vec<Made>, Stop> {
    let started = SystemTime::now();
    let hosts: Vec<_> = ready.iter().map(|r| stack::host(&r.stack.folder, started, true)).collect();
    let progress = ui.reporter()?;
    let reporter = |stack: &SmolStr| StackProgress { progress: Arc::clone(&progress), stack: stack.clone() };
    let reporters: Vec<_> = chosen.names.iter().map(reporter).collect();
    let reports: Vec<_> = reporters.iter().map(|reporter| |event: Event| reporter.report(event)).collect();
    let places = chosen.names.iter().cloned().zip(states.iter().map(|(store, _)| store.place().into()));
    let outputs = Outputs::of(places);
    let plans = ready.iter().zip(&hosts).zip(&reports).zip(states).zip(&chosen.names);
    let plans = plans.map(|((((ready, host), report), (_, state)), name)| {
        let together = Some(Together { stack: name, outputs: &outputs });
        let input = Input { together, ..ready.input(options, host, started, report) };
        let outputs = &outputs;
        async move {
            let (plan, problems) = plan(input, ready.order, state.clone()).await;
            let known = plan.as_ref().filter(|plan| !plan.errored);
            outputs.set(name, known.map(planned_outputs));
            (plan, problems)
        }
    });
    let pools: Vec<&Pool> = ready.iter().map(|ready| &ready.pool).collect();
    Ok(stack::run(progress.during(&pools, join_all(plans)))?)
}

/// Shows the plan of a stack.
///
/// # Errors
/// When it can't be written.
pub fn show_plan(name: &SmolStr, plan: Option<&Plan>, ui: &mut Ui<'_>) -> Result<(), Stop> {
    ui.heading(name)?;
    if let Some(plan) = plan.filter(|plan| !ui.json || !plan.errored || has_content(plan)) {
        ui.plan(plan)?;
    }
    ui.about(None);
    Ok(())
}

/// What all plans come to, where there are several.
///
/// # Errors
/// When it can't be written.
pub fn summary(names: &[SmolStr], plans: &[&Plan], ui: &mut Ui<'_>) -> Result<(), Stop> {
    if ui.json || plans.len() < 2 {
        return Ok(());
    }
    let count = |wanted: fn(Action) -> bool| {
        plans.iter().flat_map(|plan| &plan.changes).filter(|c| wanted(c.change.action)).count()
    };
    let add = count(|a| a == Action::Create || a.is_replace());
    let change = count(|a| a == Action::Update);
    let destroy = count(|a| a == Action::Delete || a.is_replace());
    let what = if plans.iter().any(|plan| plan.mode == PlanMode::RefreshOnly) {
        let drift = plans.iter().flat_map(|plan| &plan.drift);
        match drift.filter(|c| c.change.action != Action::NoOp).count() {
            0 => "nothing has changed outside.".to_owned(),
            1 => "1 object has changed outside.".to_owned(),
            n => format!("{n} objects have changed outside."),
        }
    } else {
        format!("{add} to add, {change} to change, {destroy} to destroy.")
    };
    let paint = ui.layout().paint;
    let (bold, reset) = (paint.bold(), paint.reset());
    ui.say(&format!("\n{bold}All of {}:{reset} {what}", listed(names)))?;
    Ok(())
}
