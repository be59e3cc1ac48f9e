//! `infra workspace select`: makes another workspace the current one.

use std::io::{self, Write};

use clap::{ArgAction, Args};

use crate::cli::args::boolean;
use crate::cli::backend::{is_workspace_name, open_backend, wrong_arguments};
use crate::cli::{Terminal, workspace};
use crate::state::backend::StatePaths;

/// Arguments of `workspace select`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct SelectArgs {
    /// Create the workspace if it doesn't exist
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub or_create: bool,

    /// The name of the workspace
    #[arg(value_name = "NAME", num_args = 0..)]
    pub name: Vec<String>,
}

/// Selects a workspace. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &SelectArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let [name] = args.name.as_slice() else {
        return wrong_arguments("Expected a single argument: NAME.", "workspace select", terminal);
    };
    let Some(backend) = open_backend(StatePaths::default(), terminal)? else { return Ok(1) };
    if super::is_overridden() {
        return terminal.fail(
            "\nThe selected workspace is currently overridden using the TF_WORKSPACE\nenvironment variable.\n\nTo select a new \
             workspace, either update this environment variable or unset\nit and then run this command again.\n",
        );
    }
    if !is_workspace_name(name) {
        return terminal.fail(&super::invalid_name(name));
    }
    if *name == workspace() {
        return Ok(0);
    }
    let names = match backend.workspaces() {
        Ok(names) => names,
        Err(error) => return terminal.fail(&error.to_string()),
    };
    let exists = names.iter().any(|known| known == name);
    if !exists && !args.or_create {
        return terminal.fail(&super::no_such_workspace(name));
    }
    if !exists && let Err(error) = backend.create_workspace(name) {
        return terminal.fail(&error.to_string());
    }
    if let Err(error) = super::select(name) {
        return terminal.fail(&format!("Error switching to workspace {name:?}: {error}"));
    }
    let style = terminal.style;
    match exists {
        true => writeln!(terminal.out, "Switched to workspace {name:?}.")?,
        false => {
            let created = style.success(&format!("Created and switched to workspace {name:?}!"));
            writeln!(terminal.out, "{created}{}", super::CREATED)?;
        }
    }
    Ok(0)
}
