//! Commands on the stacks of a project: on all of them, or on those that are named.

pub mod apply;
pub mod output;
pub mod plan;
pub mod show;
pub mod unapplied;
pub mod validate;

use std::io;

use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::cli::args::{VariableFlags, too_many};
use crate::cli::backend::{LockFlags, StateFlags};
use crate::cli::plan::{PlanFlags, Ready};
use crate::cli::stack::{RootVariables, Stack, host};
use crate::cli::ui::{Stop, Ui};
use crate::config::graph::ConfigGraph;
use crate::config::project::Project;
use crate::config::variables::{VarFlag, VariableInputs};
use crate::plan::file::SavedPlan;
use crate::plan::stacks::{Edge, Known, edges, in_order};
use crate::providers::Pool;
use crate::state::backend::{Backend, StatePaths};
use crate::state::{State, Store};
use crate::syntax::suggestion::suggestion;
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// Stacks of a project with everything that is known of them without their states.
pub struct Chosen {
    /// Their names.
    pub names: Vec<SmolStr>,
    /// Their configurations.
    pub stacks: Vec<Stack>,
    /// Where their states are.
    pub backends: Vec<Box<dyn Backend>>,
    variables: Vec<RootVariables>,
}

/// The graph of a configuration, and its order.
type Graph<'c> = (ConfigGraph<'c>, Vec<NodeIndex>);

/// What is wrong with stacks that are named where there are none.
///
/// # Errors
/// If any are named.
pub fn no_stacks(command: &str, named: &[String], ui: &mut Ui<'_>) -> Result<(), Stop> {
    let Some(first) = named.first() else { return Ok(()) };
    ui.show(&SourceMap::default(), &too_many(first).into())?;
    ui.terminal.fail(&format!("\nFor more help on using this command, run:\n  infra {command} -help"))?;
    Err(Stop::Status(1))
}

/// The stacks of a project that are named, or all of them.
///
/// # Errors
/// When there is none of that name, which has been shown then.
pub fn choose(project: &Project, named: &[String], ui: &mut Ui<'_>) -> Result<Vec<SmolStr>, Stop> {
    let mut problems = Diagnostics::new();
    for name in named.iter().filter(|name| !project.stacks.iter().any(|stack| stack == name.as_str())) {
        let hint = suggestion(name, project.stacks.iter().map(SmolStr::as_str));
        let hint = hint.map(|name| format!(" Did you mean {name:?}?")).unwrap_or_default();
        let detail = format!("There is no stack {name:?} in this project.{hint} It has {}.", listed(&project.stacks));
        problems.push(Diagnostic::error("No such stack", detail));
    }
    if !problems.is_empty() {
        return Err(ui.stop(&SourceMap::default(), &problems));
    }
    Ok(project.named(named))
}

/// `a`, `a and b`, `a, b and c`
#[must_use]
pub fn listed(names: &[SmolStr]) -> String {
    match names {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What is wrong with flags that are about one stack where there are several.
///
/// # Errors
/// If there are any, which has been shown then.
pub fn only_for_one(names: &[SmolStr], flags: &PlanFlags, state: &StateFlags, ui: &mut Ui<'_>) -> Result<(), Stop> {
    let given = [
        ("-target", !flags.target.is_empty()),
        ("-exclude", !flags.exclude.is_empty()),
        ("-replace", !flags.replace.is_empty()),
        ("-state", state.state.is_some()),
        ("-state-out", state.state_out.is_some()),
        ("-backup", state.backup.is_some()),
    ];
    let flag = given.into_iter().find(|(_, is_given)| *is_given && names.len() > 1);
    let Some((flag, _)) = flag else { return Ok(()) };
    let detail = format!("{flag} is about one stack, and this is about {}: name the one that is meant.", listed(names));
    Err(ui.stop(&SourceMap::default(), &Diagnostic::error("More than one stack", detail).into()))
}

impl Chosen {
    /// Loads stacks.
    ///
    /// # Errors
    /// When there is something wrong with one, which has been shown then.
    pub fn load(
        project: &Project,
        names: Vec<SmolStr>,
        flags: &VariableFlags,
        paths: &StatePaths,
        ui: &mut Ui<'_>,
    ) -> Result<Self, Stop> {
        let mut chosen = Chosen { names: Vec::new(), stacks: Vec::new(), backends: Vec::new(), variables: Vec::new() };
        let mut failed = None;
        for name in names {
            ui.about(Some(&name));
            match Stack::load(&project.folder(&name), ui) {
                Ok(stack) => {
                    chosen.names.push(name);
                    chosen.stacks.push(stack);
                }
                Err(stop) => failed = Some(stop),
            }
        }
        if let Some(stop) = failed {
            return Err(stop);
        }
        chosen.declared_somewhere(flags, ui)?;
        let inputs = chosen.inputs(flags);
        for (name, stack) in chosen.names.iter().zip(&mut chosen.stacks) {
            ui.about(Some(name));
            chosen.backends.push(stack.backend(paths.clone(), ui)?);
            chosen.variables.push(stack.variables(inputs.clone(), ui)?);
        }
        ui.about(None);
        Ok(chosen)
    }

    /// The configurations of saved plans.
    ///
    /// # Errors
    /// When one can't be used any more, which has been shown then.
    pub fn saved(
        project: &Project,
        saved: &[SavedPlan],
        flags: &VariableFlags,
        paths: &StatePaths,
        ui: &mut Ui<'_>,
    ) -> Result<Self, Stop> {
        let mut chosen =
            Chosen { names: project.stacks.clone(), stacks: Vec::new(), backends: Vec::new(), variables: Vec::new() };
        for (name, saved) in project.stacks.iter().zip(saved) {
            ui.about(Some(name));
            chosen.stacks.push(Stack::saved(saved, ui)?);
        }
        let inputs = chosen.inputs(flags);
        for ((name, stack), saved) in chosen.names.iter().zip(&mut chosen.stacks).zip(saved) {
            ui.about(Some(name));
            chosen.backends.push(stack.backend(paths.clone(), ui)?);
            chosen.variables.push(stack.variables_of(saved, &inputs, ui)?);
        }
        ui.about(None);
        Ok(chosen)
    }

    /// What is given to all of their variables.
    fn inputs(&self, flags: &VariableFlags) -> VariableInputs {
        let elsewhere = self.stacks.iter().flat_map(|stack| stack.tree.module.variables.keys().cloned()).collect();
        VariableInputs { elsewhere, ..flags.with_environment() }
    }

    /// A variable that is set must be one of some stack.
    fn declared_somewhere(&self, flags: &VariableFlags, ui: &mut Ui<'_>) -> Result<(), Stop> {
        let is_unknown = |name: &&str| !self.stacks.iter().any(|stack| stack.tree.module.variables.contains_key(*name));
        let unknown = flags.0.iter().filter_map(variable_of).filter(is_unknown);
        let problem = |name: &str| {
            let detail = format!(
                "A variable named {name:?} was assigned on the command line, but none of the stacks has a variable of that name: {}.",
                listed(&self.names)
            );
            Diagnostic::error("Value for undeclared variable", detail)
        };
        let problems: Diagnostics = unknown.map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(ui.stop(&SourceMap::default(), &problems)) }
    }

    /// Their graphs.
    ///
    /// # Errors
    /// When there are cycles in one, which have been shown then.
    pub fn graphs(&self, ui: &mut Ui<'_>) -> Result<Vec<Graph<'_>>, Stop> {
        self.stacks.iter().map(|stack| stack.graph(ui)).collect()
    }

    /// Everything that plans are made from but the states.
    #[must_use]
    pub fn ready<'c>(&'c self, graphs: &'c [Graph<'c>]) -> Vec<Ready<'c>> {
        let parts = self.stacks.iter().zip(&self.variables).zip(graphs);
        parts
            .map(|((stack, variables), (graph, order))| {
                let pool = Pool::of(&stack.folder);
                Ready { stack, graph, order, variables, pool }
            })
            .collect()
    }

    /// Who reads whom among them.
    ///
    /// # Errors
    /// When they read each other in a circle, which has been shown then.
    pub fn edges(&self, ready: &[Ready<'_>], ui: &mut Ui<'_>) -> Result<Vec<Edge>, Stop> {
        let hosts: Vec<_> =
            self.stacks.iter().map(|stack| host(&stack.folder, std::time::SystemTime::now(), true)).collect();
        let known = self.names.iter().zip(ready).zip(&hosts).zip(&self.backends);
        let known: Vec<Known<'_>> = known
            .map(|(((name, ready), host), backend)| Known {
                stack: name,
                folder: &ready.stack.folder,
                state: backend.storage(&ready.stack.workspace).place().into(),
                graph: ready.graph,
                order: ready.order,
                sources: &ready.stack.sources,
                variables: &ready.variables.values,
                host,
                workspace: &ready.stack.workspace,
            })
            .collect();
        let edges = edges(&known);
        let names: Vec<&str> = self.names.iter().map(SmolStr::as_str).collect();
        match in_order(&names, &edges) {
            Ok(_) => Ok(edges),
            Err(cycle) => Err(ui.stop(&SourceMap::default(), &cycle.into())),
        }
    }

    /// Their states, locked for an operation: always in the same order, so that nobody waits for anybody in a circle.
    ///
    /// # Errors
    /// When one can't be locked or read, which has been shown then. None is locked then.
    pub fn states(
        &self,
        ready: &[Ready<'_>],
        operation: &str,
        flags: &LockFlags,
        ui: &mut Ui<'_>,
    ) -> Result<Vec<(Store, State)>, Stop> {
        let mut states: Vec<(Store, State)> = Vec::with_capacity(ready.len());
        for ((ready, backend), name) in ready.iter().zip(&self.backends).zip(&self.names) {
            ui.about(Some(name));
            match ready.state(&**backend, operation, flags, ui) {
                Ok(state) => states.push(state),
                Err(stop) => {
                    let problems: Diagnostics = states.iter_mut().flat_map(|(store, _)| store.unlock()).collect();
                    ui.show(&SourceMap::default(), &problems)?;
                    return Err(stop);
                }
            }
        }
        ui.about(None);
        Ok(states)
    }
}

/// The variable that a flag sets.
fn variable_of(flag: &VarFlag) -> Option<&str> {
    match flag {
        VarFlag::Var(text) => text.split_once('=').map(|(name, _)| name.trim()),
        VarFlag::VarFile(_) => None,
    }
}

/// Shows diagnostics of a stack.
///
/// # Errors
/// When they can't be written.
pub fn show(name: &SmolStr, sources: &SourceMap, problems: &Diagnostics, ui: &mut Ui<'_>) -> io::Result<()> {
    ui.about(Some(name));
    ui.show(sources, problems)?;
    ui.about(None);
    Ok(())
}
