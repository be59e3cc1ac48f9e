//! `infra workspace new`: makes a workspace.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use crate::cli::Terminal;
use crate::cli::backend::{LockFlags, is_workspace_name, lock, open_backend, wrong_arguments};
use crate::state::backend::StatePaths;
use crate::state::{Store, format};

/// Arguments of `workspace new`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct NewArgs {
    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// Copy an existing state file into the new workspace
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,

    /// The name of the workspace
    #[arg(value_name = "NAME", num_args = 0..)]
    pub name: Vec<String>,
}

/// Makes and selects a workspace. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &NewArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let [name] = args.name.as_slice() else {
        return wrong_arguments("Expected a single argument: NAME.", "workspace new", terminal);
    };
    if !is_workspace_name(name) {
        return terminal.fail(&super::invalid_name(name));
    }
    if super::is_overridden() {
        return terminal.fail(
            "\nThe workspace is currently overridden using the TF_WORKSPACE environment\nvariable. You cannot create a new \
             workspace when using this setting.\n\nTo create a new workspace, either unset this environment variable or update \
             it\nto match the workspace name you are trying to create, and then run this command\nagain.\n",
        );
    }
    // What is to be copied must be good before anything is made.
    let copied = match &args.state {
        None => None,
        Some(path) => match std::fs::read(path).map(|text| format::read(&String::from_utf8_lossy(&text))) {
            Ok(Ok(state)) => Some(state),
            Ok(Err(problems)) => return terminal.fail(&format::problems(&problems)),
            Err(error) => return terminal.fail(&format!("open {}: {error}", path.display())),
        },
    };
    let Some(backend) = open_backend(StatePaths::default(), terminal)? else { return Ok(1) };
    match backend.workspaces() {
        Ok(names) if names.iter().any(|known| known == name) => {
            return terminal.fail(&format!("Workspace {name:?} already exists"));
        }
        Ok(_) => {}
        Err(error) => return terminal.fail(&format!("Failed to get configured named states: {error}")),
    }
    if let Err(error) = backend.create_workspace(name) {
        return terminal.fail(&error.to_string());
    }
    if let Some(mut state) = copied {
        // From here on it is a line of states of its own.
        (state.lineage, state.serial) = (Default::default(), 0);
        let mut store = Store::new(&*backend, name);
        if !lock(&mut store, &args.lock, "workspace-new", terminal)? {
            return Ok(1);
        }
        if let Err(error) = store.save(&mut state) {
            return terminal.fail(&error.to_string());
        }
    }
    if let Err(error) = super::select(name) {
        return terminal.fail(&format!("Error selecting new workspace: {error}"));
    }
    let created = terminal.style.success(&format!("Created and switched to workspace {name:?}!"));
    writeln!(terminal.out, "{created}{}", super::CREATED)?;
    Ok(0)
}
