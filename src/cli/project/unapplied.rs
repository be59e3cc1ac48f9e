//! A stack that is planned without one that it reads, when that has something to apply first.

use smol_str::SmolStr;

use super::plan::Made;
use super::{Chosen, listed};
use crate::cli::backend::home_of;
use crate::cli::plan::Ready;
use crate::cli::stack::host;
use crate::cli::workspace_of;
use crate::config::load::load_root;
use crate::config::project::{Project, stack_in};
use crate::plan::stacks::{Known, full, outputs_read};
use crate::state::backend::{self, StatePaths};
use crate::state::{State, Store};
use crate::syntax::{Diagnostic, Diagnostics};

/// Says of each plan which outputs it reads that other stacks have not applied yet: those that are not planned together with
/// it.
pub fn note_unapplied(project: &Project, chosen: &Chosen, ready: &[Ready<'_>], made: &mut [Made]) {
    let others: Vec<Other> = project
        .stacks
        .iter()
        .filter(|stack| !chosen.names.contains(stack))
        .filter_map(|stack| Other::find(project, stack))
        .collect();
    if others.is_empty() {
        return;
    }
    for ((name, ready), (_, problems)) in chosen.names.iter().zip(ready).zip(made) {
        problems.extend(unapplied(name, ready, &others));
    }
}

/// What [`note_unapplied`] says of one stack that is planned by itself.
#[must_use]
pub fn unapplied_alone(ready: &Ready<'_>) -> Diagnostics {
    let Some((root, name)) = stack_in(&ready.stack.folder) else { return Diagnostics::new() };
    let Some(project) = Project::in_folder(&root) else { return Diagnostics::new() };
    let others = project.stacks.iter().filter(|stack| **stack != name);
    let others: Vec<Other> = others.filter_map(|stack| Other::find(&project, stack)).collect();
    unapplied(&name, ready, &others)
}

/// Another stack that has something to apply.
struct Other {
    stack: SmolStr,
    /// The file with its state.
    state: std::path::PathBuf,
    /// Outputs that it declares and its state doesn't have.
    missing: Vec<SmolStr>,
}

impl Other {
    /// A stack that lacks outputs. None for one that can't be read: who plans it hears of that.
    fn find(project: &Project, stack: &SmolStr) -> Option<Self> {
        let folder = project.folder(stack);
        let tree = load_root(&folder).tree?;
        let block = tree.module.settings.backend.as_ref();
        let backend = backend::open(block, &home_of(&folder), StatePaths::default()).ok()?;
        let mut store = Store::new(&*backend, &workspace_of(&folder));
        let state: State = store.read().ok()?.unwrap_or_default();
        let is_missing = |name: &&SmolStr| !state.outputs.contains_key(*name);
        let missing: Vec<SmolStr> = tree.module.outputs.keys().filter(is_missing).cloned().collect();
        (!missing.is_empty()).then(|| Other { stack: stack.clone(), state: store.place().into(), missing })
    }
}

fn unapplied(name: &SmolStr, ready: &Ready<'_>, others: &[Other]) -> Diagnostics {
    let host = host(&ready.stack.folder, std::time::SystemTime::now(), true);
    let known = Known {
        stack: name,
        folder: &ready.stack.folder,
        state: std::path::PathBuf::new(),
        graph: ready.graph,
        order: ready.order,
        sources: &ready.stack.sources,
        variables: &ready.variables.values,
        host: &host,
        workspace: &ready.stack.workspace,
    };
    let read = outputs_read(&known);
    let note = |other: &Other| {
        let read: Vec<_> = read.iter().filter(|read| read.file == full(&other.state)).collect();
        let is_read =
            |name: &&SmolStr| read.iter().any(|read| read.output.as_ref().is_none_or(|output| output == *name));
        let missing: Vec<SmolStr> = other.missing.iter().filter(is_read).cloned().collect();
        if missing.is_empty() {
            return None;
        }
        let detail = format!(
            "The stack {name} reads outputs of the stack {stack}, and {stack} has not applied all of those that it has now: {} \
             missing in its state. Plan and apply both together, as with \"infra plan {stack} {name}\".",
            are(&missing),
            stack = other.stack,
        );
        Some(Diagnostic::warning(format!("Changes of the stack {} are pending", other.stack), detail))
    };
    others.iter().filter_map(note).collect()
}

fn are(missing: &[SmolStr]) -> String {
    format!("{} {}", listed(missing), if missing.len() == 1 { "is" } else { "are" })
}
