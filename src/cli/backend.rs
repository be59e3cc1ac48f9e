//! What commands on states share: flags, the backend of the current folder, its lock.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args};

use crate::apply::journal::{self, Intent};
use crate::cli::args::{boolean, duration};
use crate::cli::{Terminal, data_dir_of, interrupts, workspace};
use crate::config::load::load_root;
use crate::config::project::{Project, stack_in};
use crate::state::backend::{self, Backend, Home, StateError, StatePaths};
use crate::state::{LockInfo, State, Store};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// Flags of commands that lock the state.
#[derive(Args, Clone, Debug)]
pub struct LockFlags {
    /// Don't hold a state lock during the operation. This is dangerous if others might concurrently run
    /// commands against the same workspace
    #[arg(long, value_name = "BOOL", default_value = "true", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub lock: bool,

    /// Duration to retry a state lock
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub lock_timeout: Duration,
}

/// Flags of commands that change a state in a file.
#[derive(Args, Clone, Debug, Default)]
pub struct StateFlags {
    /// Path of the state file to read, for states in files. By default that of the current workspace
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,

    /// Path to write the changed state to. By default where it was read
    #[arg(long, value_name = "PATH")]
    pub state_out: Option<PathBuf>,

    /// Path where the state is kept as it was before. By default the written path with ".backup" at its end; "-"
    /// for none
    #[arg(long, value_name = "PATH")]
    pub backup: Option<PathBuf>,
}

impl StateFlags {
    /// That where states are is for the configuration to say.
    #[must_use]
    pub fn deprecation(&self) -> Option<Diagnostic> {
        self.state.as_ref()?;
        let detail = "Use the `path` attribute within the `local` backend instead.";
        Some(Diagnostic::warning("Deprecated flag: -state", detail))
    }

    /// The paths that they give.
    #[must_use]
    pub fn paths(&self) -> StatePaths {
        StatePaths {
            state: self.state.clone(),
            state_out: self.state_out.clone(),
            backup: self.backup.clone(),
            ..StatePaths::default()
        }
    }
}

/// Where the root module in a folder is at home.
#[must_use]
pub fn home_of(folder: &Path) -> Home {
    let state = stack_in(folder).map(|(root, stack)| Project::state_file(&root, &stack));
    Home { folder: folder.to_owned(), data_dir: data_dir_of(folder), project_state: state }
}

/// The backend that the configuration in the current folder has; `None` after saying what is wrong with it.
///
/// # Errors
/// When output can't be written.
pub fn open_backend(paths: StatePaths, terminal: &mut Terminal) -> io::Result<Option<Box<dyn Backend>>> {
    let loaded = load_root(Path::new("."));
    let Some(tree) = loaded.tree.filter(|_| !loaded.diagnostics.has_errors()) else {
        terminal.show(&loaded.sources, &loaded.diagnostics)?;
        return Ok(None);
    };
    let settings = &tree.module.settings;
    let unsupported = settings.unsupported().map(Diagnostics::from);
    match unsupported.map_or_else(|| backend::open(settings.backend.as_ref(), &home_of(Path::new("")), paths), Err) {
        Ok(backend) => Ok(Some(backend)),
        Err(diagnostics) => {
            terminal.show(&loaded.sources, &diagnostics)?;
            Ok(None)
        }
    }
}

/// The state of the selected workspace; `None` after saying what is wrong.
///
/// # Errors
/// When output can't be written.
pub fn open_store(paths: StatePaths, terminal: &mut Terminal) -> io::Result<Option<Store>> {
    let workspace = workspace();
    if !is_workspace_name(&workspace) {
        terminal.fail("Error selecting workspace: Invalid workspace name set using TF_WORKSPACE")?;
        return Ok(None);
    }
    Ok(open_backend(paths, terminal)?.map(|backend| Store::new(&*backend, &workspace)))
}

/// Locks a state if that is wanted. Whether the command can go on; if not, what is wrong has been said.
///
/// # Errors
/// When output can't be written.
pub fn lock(store: &mut Store, flags: &LockFlags, operation: &str, terminal: &mut Terminal) -> io::Result<bool> {
    if !flags.lock {
        return Ok(true);
    }
    interrupts::end(store.release(), "Interrupted.");
    let mut written = Ok(());
    let locked = store.lock(operation, flags.lock_timeout, &mut || {
        let out = &mut terminal.out;
        written = writeln!(out, "{WAITING}").and_then(|()| out.flush());
    });
    written?;
    match locked {
        Ok(abandoned) => {
            let mut problems: Diagnostics = abandoned.iter().map(taken_over).collect();
            problems.extend(settle(store));
            terminal.show(&SourceMap::default(), &problems)?;
            Ok(!problems.has_errors())
        }
        Err(diagnostics) => {
            terminal.show(&SourceMap::default(), &diagnostics)?;
            Ok(false)
        }
    }
}

/// Puts what an apply that was cut off has done into the state, which must be locked.
pub fn settle(store: &mut Store) -> Diagnostics {
    let path = journal::path_for(Path::new(&store.place()));
    let recorded = match journal::read(&path) {
        Ok(Some(recorded)) => recorded,
        Ok(None) => return Diagnostics::new(),
        Err(problem) => return problem.into(),
    };
    let state = match store.read_or_empty() {
        Ok(state) => state,
        Err(errors) => return errors,
    };
    let (mut state, settled) = journal::settle(state, recorded);
    if settled.is_foreign {
        let aside = journal::set_aside(&path).map_or_else(|e| e.to_string(), |p| p.display().to_string());
        let detail = format!(
            "{} belongs to another state than the one that is there now. It has not been used, and was moved to {aside}.",
            path.display()
        );
        return Diagnostic::warning("Journal of another state", detail).into();
    }
    if settled.recovered > 0
        && let Err(problem) = save_recovered(store, &mut state, &path)
    {
        return problem.into();
    }
    let mut problems = Diagnostics::new();
    let has_open = !settled.open.is_empty();
    if settled.is_damaged {
        let aside = journal::set_aside(&path).map_or_else(|e| e.to_string(), |p| p.display().to_string());
        let detail = format!(
            "{} has lines that can't be read. The others have been put into the state; what was in those may be missing. It \
             was moved to {aside}.",
            path.display()
        );
        problems.push(Diagnostic::warning("Damaged journal", detail));
    }
    if !settled.is_damaged || has_open {
        problems.extend(leave(&path, &state, settled.open).err());
    }
    if settled.recovered > 0 {
        let detail = format!(
            "An earlier apply was cut off. What it had done and not yet written to the state has been put in: {} object(s).",
            settled.recovered
        );
        problems.push(Diagnostic::warning("Interrupted apply settled", detail));
    }
    problems
}

/// Leaves in a journal only what providers have still to be asked about.
///
/// # Errors
/// A warning, when that fails: everything else is in the state already.
pub fn leave(path: &Path, state: &State, open: Vec<Intent>) -> Result<(), Diagnostic> {
    journal::leave(path, &state.lineage, state.serial, open).map_err(|error| {
        let detail = format!("{} is of no use any more, and could not be removed: {error}.", path.display());
        Diagnostic::warning("Journal not removed", detail)
    })
}

/// The state with what a journal beside it has, for commands that only look: nothing is written and nothing locked.
///
/// # Errors
/// When the state can't be read.
pub fn look(store: &mut Store) -> Result<Option<State>, StateError> {
    let state = store.read()?;
    let Ok(Some(recorded)) = journal::read(&journal::path_for(Path::new(&store.place()))) else { return Ok(state) };
    let (settled, report) = journal::settle(state.clone().unwrap_or_default(), recorded);
    Ok(if report.recovered > 0 { Some(settled) } else { state })
}

/// Saves a state with everything that a journal has. Nothing is lost if that fails: the journal stays.
///
/// # Errors
/// When it can't be saved.
pub fn save_recovered(store: &mut Store, state: &mut State, path: &Path) -> Result<(), Diagnostic> {
    let failed = |error: &dyn std::fmt::Display| {
        let detail = format!(
            "An earlier apply was cut off. What it had done could not be put into the state: {error}.\n\nIt is still in the \
             journal {}, and the next command tries again.",
            path.display()
        );
        Diagnostic::error("Failed to save state", detail)
    };
    journal::note_saving(path, store.next_serial()).map_err(|error| failed(&error))?;
    store.save(state).map_err(|error| failed(&error))
}

/// What to say of a lock whose holder is gone.
#[must_use]
pub fn taken_over(lock: &LockInfo) -> Diagnostic {
    let detail = format!(
        "The process that held the lock on the state is gone without releasing it, so the lock has been taken over. What \
         that process did last may be missing in the state.\n\n{lock}"
    );
    Diagnostic::warning("Abandoned state lock", detail)
}

/// Whether a workspace can have a name: what a part of a URL can be without escapes.
#[must_use]
pub fn is_workspace_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_.~$&+=:@".contains(c);
    !matches!(name, "" | "." | "..") && name.chars().all(is_allowed)
}

/// What is said when the lock takes a while.
pub const WAITING: &str = "Acquiring state lock. This may take a few moments...";

/// What commands on states say where there is none.
pub const NO_STATE: &str = "No state file was found!\n\nState management commands require a state file. Run this command\nin \
                            a directory where Terraform has been run or use the -state flag\nto point the command to a \
                            specific state location.";

/// What is said about a wrong number of arguments.
///
/// # Errors
/// When it can't be written.
pub fn wrong_arguments(message: &str, command: &str, terminal: &mut Terminal) -> io::Result<u8> {
    terminal.fail(&format!("{message}\n\nFor more help on using this command, run:\n  infra {command} -help"))
}
