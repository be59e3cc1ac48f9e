//! The backend as `init` sets it up: recorded, and states copied when it changes.

use std::io::{self, BufRead, Write};
use std::path::Path;

use super::InitArgs;
use super::progress::Progress;
use crate::cli::backend::home_of;
use crate::cli::data_dir;
use crate::config::tree::ModuleTree;
use crate::state::Store;
use crate::state::backend::{
    Backend, Configured, DEFAULT_WORKSPACE, Initialization, Recorded, StatePaths, from_configuration, initialization,
    migrate,
};
use crate::syntax::{Diagnostic, Diagnostics};

/// Sets up the backend of a configuration. The inner result says what is wrong with it.
pub(super) fn run(
    args: &InitArgs,
    tree: &ModuleTree,
    progress: &mut Progress<'_>,
) -> io::Result<Result<(), Diagnostics>> {
    if let Some(problem) = tree.module.settings.unsupported() {
        return Ok(Err(problem.into()));
    }
    let block = tree.module.settings.backend.as_ref();
    let data_dir = data_dir();
    let was_recorded = Recorded::read(&data_dir).ok().and_then(|r| r.kind().map(str::to_owned));
    let (from, to, record) = match initialization(block, &args.backend_config, &data_dir, args.reconfigure) {
        Ok(Initialization::Unchanged) => return Ok(Ok(())),
        Ok(Initialization::Changed { from, to, record }) => (from, to, record),
        Err(problems) => return Ok(Err(problems)),
    };
    let may_migrate = args.migrate_state || args.force_copy;
    if was_recorded.is_some() && from.is_some() && !may_migrate {
        return Ok(Err(changed().into()));
    }
    if let (None, Some(kind)) = (block, &was_recorded)
        && from.is_some()
    {
        progress.note(&format!("Terraform has detected you're unconfiguring your previously set {kind:?} backend."))?;
    }
    if let Some(from) = from
        && let Err(problems) = copy_states(args, &from, &to, progress)?
    {
        return Ok(Err(problems));
    }
    if let Err(error) = record.write(&data_dir) {
        let detail = format!("Which backend is used can't be recorded in {}: {error}.", data_dir.display());
        return Ok(Err(Diagnostic::error("Error configuring the backend", detail).into()));
    }
    match (block, was_recorded) {
        (Some(block), _) => progress.note(&format!(
            "\nSuccessfully configured the backend {:?}! Infra will automatically\nuse this backend unless the backend \
             configuration changes.",
            block.kind.name
        ))?,
        (None, Some(kind)) => {
            progress.note(&format!("\n\nSuccessfully unset the backend {kind:?}. Infra will now operate locally."))?;
        }
        (None, None) => {}
    }
    Ok(Ok(()))
}

fn changed() -> Diagnostic {
    let detail = "A change in the backend configuration has been detected, which may require migrating existing state.\n\nIf \
                  you wish to attempt automatic migration of the state, use \"terraform init -migrate-state\".\nIf you wish \
                  to store the current configuration with no changes to the state, use \"terraform init -reconfigure\".";
    Diagnostic::error("Backend configuration changed", detail)
}

/// Copies the states of all workspaces if there are any and that is wanted.
fn copy_states(
    args: &InitArgs,
    from: &Configured,
    to: &Configured,
    progress: &mut Progress<'_>,
) -> io::Result<Result<(), Diagnostics>> {
    let home = home_of(Path::new(""));
    let from = from_configuration(from, &home, StatePaths::default());
    let to = from_configuration(to, &home, StatePaths::default());
    let is_same = from.storage(DEFAULT_WORKSPACE).place() == to.storage(DEFAULT_WORKSPACE).place();
    let found = match (has_states(&*from), has_states(&*to)) {
        _ if is_same => return Ok(Ok(())),
        (Ok(false), _) => return Ok(Ok(())),
        (Ok(true), Ok(is_there)) => is_there,
        (Err(problem), _) | (_, Err(problem)) => return Ok(Err(problem.into())),
    };
    if !args.force_copy {
        if !args.input || args.json {
            let summary = "Can't ask approval for state migration when interactive input is disabled.\n\nPlease remove the \
                           \"-input=false\" option and try again.";
            return Ok(Err(Diagnostic::error(summary, "").into()));
        }
        match ask(&question(from.kind(), to.kind(), found), progress)? {
            Some(true) => {}
            Some(false) => return Ok(Ok(())),
            None => {
                let detail = "The answer must be \"yes\" or \"no\". Nothing has been changed.";
                return Ok(Err(Diagnostic::error("Error asking for state migration action", detail).into()));
            }
        }
    }
    Ok(copy_locked(args, &*from, &*to))
}

fn copy_locked(args: &InitArgs, from: &dyn Backend, to: &dyn Backend) -> Result<(), Diagnostics> {
    let mut stores = [Store::new(from, DEFAULT_WORKSPACE), Store::new(to, DEFAULT_WORKSPACE)];
    if args.lock {
        for store in &mut stores {
            store.lock("init", args.lock_timeout, &mut || {})?;
        }
    }
    let copied = migrate(from, to).map_err(|error| {
        let detail = format!("The state could not be copied to the new backend: {error}.");
        Diagnostic::error("Error migrating state", detail)
    });
    let unlocked: Diagnostics = stores.iter_mut().flat_map(Store::unlock).collect();
    copied?;
    if unlocked.has_errors() { Err(unlocked) } else { Ok(()) }
}

/// Whether any workspace has a state with something in it.
fn has_states(backend: &dyn Backend) -> Result<bool, Diagnostic> {
    let failed = |error: crate::state::backend::StateError| {
        Diagnostic::error("Error inspecting states", format!("The state of a backend could not be read: {error}."))
    };
    for workspace in backend.workspaces().map_err(failed)? {
        if backend.storage(&workspace).read().map_err(failed)?.is_some_and(|state| !state.is_empty()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn question(from: &str, to: &str, is_there: bool) -> String {
    let target = match is_there {
        false => format!(
            "No existing state was found in the newly\n  configured {to:?} backend. Do you want to copy this state to the \
             new {to:?}\n  backend? Enter \"yes\" to copy and \"no\" to start with an empty state."
        ),
        true => format!(
            "There is a state in the newly\n  configured {to:?} backend, too. Do you want to overwrite it with the \
             previous\n  one? Enter \"yes\" to copy and \"no\" to use the state that is there."
        ),
    };
    format!(
        "Do you want to copy existing state to the new backend?\n  Pre-existing state was found while migrating the previous \
         {from:?} backend to the\n  newly configured {to:?} backend. {target}\n\n  Enter a value: "
    )
}

fn ask(question: &str, progress: &mut Progress<'_>) -> io::Result<Option<bool>> {
    let out = &mut progress.terminal.out;
    write!(out, "{question}")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    writeln!(out)?;
    Ok(match answer.trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    })
}
