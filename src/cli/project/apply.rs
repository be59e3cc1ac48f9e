//! `infra apply` and `infra destroy` in a project: several stacks in one go.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use smol_str::SmolStr;

use super::plan::{Made, make_plans, show_plan, summary};
use super::unapplied::note_unapplied;
use super::{Chosen, choose, listed, only_for_one, show};
use crate::apply::{AppliedTogether, Configuration, Evaluated, Part, Target, apply_together, journal};
use crate::cli::apply::{ApplyArgs, approve, is_told_again, no_questions, unusable};
use crate::cli::plan::Ready;
use crate::cli::ui::{StackProgress, Stop, Ui};
use crate::cli::{interrupts, stack};
use crate::config::project::Project;
use crate::plan::Plan;
use crate::plan::file::SavedPlan;
use crate::plan::targets::apply_warning;
use crate::providers::Pool;
use crate::state::{State, Store};
use crate::syntax::{Diagnostics, SourceMap};

/// Plans stacks, asks, and applies the plans. Gives the exit status.
///
/// # Errors
/// When something is wrong that is not about a plan, which has been shown then.
pub fn run(project: &Project, named: &[String], args: &ApplyArgs, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    no_questions(args, ui)?;
    ui.begin()?;
    let names = choose(project, named, ui)?;
    only_for_one(&names, &args.flags, &args.state, ui)?;
    let options = args.flags.options(false).map_err(|problems| ui.stop(&SourceMap::default(), &problems))?;
    let chosen = Chosen::load(project, names, &args.flags.variables, &args.state.paths(), ui)?;
    let graphs = chosen.graphs(ui)?;
    let ready = chosen.ready(&graphs);
    chosen.edges(&ready, ui)?;
    let mut states = chosen.states(&ready, "OperationTypeApply", &args.lock, ui)?;
    let mut made = make_plans(&chosen, &ready, &states, &options, ui)?;
    note_unapplied(project, &chosen, &ready, &mut made);
    let (plans, problems) = show_all(&chosen, &ready, made, args, ui)?;
    let to_do: Vec<&Plan> = plans.iter().flatten().collect();
    let applyable: Vec<&Plan> = to_do.iter().copied().filter(|plan| plan.applyable).collect();
    summary(&chosen.names, &to_do, ui)?;
    if let (Some(first), false) = (applyable.first(), args.auto_approve) {
        let concerned = chosen.names.iter().zip(&plans).filter(|(_, plan)| plan.as_ref().is_some_and(|p| p.applyable));
        let concerned: Vec<SmolStr> = concerned.map(|(name, _)| name.clone()).collect();
        let place = if concerned.len() == 1 { " in the stack " } else { " in the stacks " };
        if !approve(first.mode, &format!("{place}{}", listed(&concerned)), ui)? {
            return Ok(1);
        }
    }
    finish(&chosen, &ready, &plans, problems, &mut states, args, ui)
}

/// Shows plans. Those that could not be made are none from here on, and what there is to say of the others is said at the end.
fn show_all(
    chosen: &Chosen,
    ready: &[Ready<'_>],
    made: Vec<Made>,
    args: &ApplyArgs,
    ui: &mut Ui<'_>,
) -> Result<(Vec<Option<Plan>>, Vec<Diagnostics>), Stop> {
    let (mut plans, mut problems) = (Vec::new(), Vec::new());
    for ((name, ready), (plan, found)) in chosen.names.iter().zip(ready).zip(made) {
        show_plan(name, plan.as_ref(), ui)?;
        let found = ready.stack.with_warnings(found);
        let plan = plan.filter(|_| !found.has_errors());
        let told_again = |d: &crate::syntax::Diagnostic| plan.as_ref().is_some_and(|plan| is_told_again(d, plan));
        let found: Diagnostics = found.into_iter().filter(|d| !told_again(d)).collect();
        let is_asking = !args.auto_approve && plan.as_ref().is_some_and(|plan| plan.applyable);
        if plan.is_none() || is_asking {
            show(name, &ready.stack.sources, &found, ui)?;
            problems.push(Diagnostics::new());
        } else {
            problems.push(found);
        }
        plans.push(plan);
    }
    Ok((plans, problems))
}

/// Applies the saved plans of stacks.
///
/// # Errors
/// When they can't be applied, which has been shown then.
pub fn apply_saved(saved: &[SavedPlan], args: &ApplyArgs, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    let project = Project { root: PathBuf::new(), stacks: saved.iter().filter_map(|s| s.stack.clone()).collect() };
    let chosen = Chosen::saved(&project, saved, &args.flags.variables, &args.state.paths(), ui)?;
    let graphs = chosen.graphs(ui)?;
    let ready = chosen.ready(&graphs);
    let mut states = chosen.states(&ready, "OperationTypeApply", &args.lock, ui)?;
    let mut is_usable = true;
    for (((name, ready), saved), (_, state)) in chosen.names.iter().zip(&ready).zip(saved).zip(&states) {
        if let Some(problem) = unusable(saved, state, ready.stack) {
            show(name, &ready.stack.sources, &problem.into(), ui)?;
            is_usable = false;
        }
    }
    if !is_usable {
        let problems: Diagnostics = states.iter_mut().flat_map(|(store, _)| store.unlock()).collect();
        ui.show(&SourceMap::default(), &problems)?;
        return Ok(1);
    }
    for (name, saved) in chosen.names.iter().zip(saved) {
        ui.about(Some(name));
        ui.planned_changes(&saved.plan)?;
    }
    ui.about(None);
    let plans: Vec<Option<Plan>> = saved.iter().map(|saved| Some(saved.plan.clone())).collect();
    let problems = vec![Diagnostics::new(); plans.len()];
    finish(&chosen, &ready, &plans, problems, &mut states, args, ui)
}

/// Carries out plans and says what came of them. What has no plan has failed already.
fn finish(
    chosen: &Chosen,
    ready: &[Ready<'_>],
    plans: &[Option<Plan>],
    mut problems: Vec<Diagnostics>,
    states: &mut [(Store, State)],
    args: &ApplyArgs,
    ui: &mut Ui<'_>,
) -> Result<u8, Stop> {
    let AppliedTogether { applied, took, critical_path } = execute(chosen, ready, plans, states, args.parallelism, ui)?;
    let mut applied = applied.into_iter();
    let mut failed = false;
    for (i, (name, ready)) in chosen.names.iter().zip(ready).enumerate() {
        let mut problems = std::mem::take(&mut problems[i]);
        let applied = plans[i].as_ref().and_then(|_| applied.next());
        problems.extend(states[i].0.unlock());
        let Some((plan, applied)) = plans[i].as_ref().zip(applied) else {
            show(name, &ready.stack.sources, &problems, ui)?;
            failed = true;
            continue;
        };
        problems.extend(applied.diagnostics.clone());
        let partial = [("-target", &plan.targets), ("-exclude", &plan.excludes)];
        for (option, _) in partial.iter().filter(|(_, addresses)| !addresses.is_empty()) {
            problems.extend([apply_warning(option)]);
        }
        ui.heading(name)?;
        if problems.has_errors() || !applied.unfinished.is_empty() {
            ui.unfinished(&applied, &problems, &ready.stack.sources)?;
            failed = true;
        } else {
            ui.show(&ready.stack.sources, &problems)?;
            ui.applied(&applied, args.is_destroy)?;
        }
        ui.about(None);
    }
    if took >= WORTH_TELLING && !ui.json {
        ui.say(&format!(
            "\nIt took {}. The longest chain of operations that wait for each other took {}.",
            seconds(took),
            seconds(critical_path)
        ))?;
    }
    Ok(u8::from(failed))
}

/// An apply that took less is not worth a word on its time.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// `2m 7.3s`
fn seconds(time: Duration) -> String {
    let (minutes, rest) = (time.as_secs() / 60, time.as_secs_f64() % 60.0);
    if minutes > 0 { format!("{minutes}m {rest:.1}s") } else { format!("{rest:.1}s") }
}

/// Carries out plans in one walk.
fn execute(
    chosen: &Chosen,
    ready: &[Ready<'_>],
    plans: &[Option<Plan>],
    states: &mut [(Store, State)],
    parallelism: usize,
    ui: &mut Ui<'_>,
) -> Result<AppliedTogether, Stop> {
    let parts = chosen.names.iter().zip(ready).zip(plans).zip(states);
    let parts = parts.filter_map(|(((name, ready), plan), (store, _))| Some((name, ready, plan.as_ref()?, store)));
    let parts: Vec<_> = parts.collect();
    let host = |ready: &Ready<'_>, plan: &Plan| stack::host(&ready.stack.folder, plan.started, false);
    let hosts: Vec<_> = parts.iter().map(|(_, ready, plan, _)| host(ready, plan)).collect();
    let with_hosts = parts.iter().zip(&hosts);
    let mut configurations: Vec<Evaluated<'_>> =
        with_hosts.map(|((_, ready, plan, _), host)| Evaluated::new(ready.sources(host), plan)).collect();
    let journals: Vec<PathBuf> = parts.iter().map(|(.., store)| journal::path_for(Path::new(&store.place()))).collect();
    let progress = ui.reporter()?;
    let told = Arc::clone(&progress);
    let interrupts = interrupts::tell(move |text| told.say(text));
    let all = parts.into_iter().zip(&mut configurations).zip(&journals);
    let all = all.map(|(((name, _, plan, store), configuration), journal)| Part {
        stack: name.clone(),
        plan,
        target: Target {
            configuration: configuration as &mut dyn Configuration,
            sink: store,
            journal: Some(journal),
            reporter: Arc::new(StackProgress { progress: Arc::clone(&progress), stack: name.clone() }),
        },
    });
    let pools: Vec<&Pool> = ready.iter().map(|ready| &ready.pool).collect();
    let work = apply_together(all.collect(), interrupts, parallelism);
    Ok(stack::run(progress.during(&pools, work))?)
}
