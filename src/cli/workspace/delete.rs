//! `infra workspace delete`: deletes a workspace.

use std::io::{self, Write};

use clap::{ArgAction, Args};

use crate::cli::args::boolean;
use crate::cli::backend::{LockFlags, lock, open_backend, wrong_arguments};
use crate::cli::{Terminal, workspace};
use crate::config::module::Mode;
use crate::state::backend::{DEFAULT_WORKSPACE, StatePaths};
use crate::state::{State, Store};
use crate::syntax::{Diagnostic, SourceMap};

/// Arguments of `workspace delete`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct DeleteArgs {
    /// Delete a workspace even if it is managing resources, which then can't be managed any more
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub force: bool,

    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// The name of the workspace
    #[arg(value_name = "NAME", num_args = 0..)]
    pub name: Vec<String>,
}

/// Deletes a workspace. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &DeleteArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let [name] = args.name.as_slice() else {
        return wrong_arguments("Expected a single argument: NAME.", "workspace delete", terminal);
    };
    let Some(backend) = open_backend(StatePaths::default(), terminal)? else { return Ok(1) };
    match backend.workspaces() {
        Ok(names) if names.iter().any(|known| known == name) => {}
        Ok(_) => return terminal.fail(super::no_such_workspace(name).trim_start()),
        Err(error) => return terminal.fail(&error.to_string()),
    }
    if *name == workspace() {
        return terminal.fail(&format!(
            "Workspace {name:?} is your active workspace.\n\nYou cannot delete the currently active workspace. Please \
             switch\nto another workspace and try again."
        ));
    }
    if name == DEFAULT_WORKSPACE {
        return terminal.fail("cannot delete default state");
    }
    let mut store = Store::new(&*backend, name);
    if !lock(&mut store, &args.lock, "workspace-delete", terminal)? {
        return Ok(1);
    }
    let state = match store.read() {
        Ok(state) => state.unwrap_or_default(),
        Err(error) => return terminal.fail(&error.to_string()),
    };
    let managed = managed(&state);
    if !managed.is_empty() && !args.force {
        terminal.show(&SourceMap::default(), &not_empty(name, &managed).into())?;
        return Ok(1);
    }
    let released = store.unlock();
    terminal.show(&SourceMap::default(), &released)?;
    if let Err(error) = backend.delete_workspace(name) {
        return terminal.fail(&error.to_string());
    }
    writeln!(terminal.out, "Deleted workspace {name:?}!")?;
    if !managed.is_empty() {
        writeln!(
            terminal.out,
            "WARNING: {name:?} was non-empty.\nThe resources managed by the deleted workspace may still exist,\nbut are no \
             longer manageable by Terraform since the state has\nbeen deleted.\n"
        )?;
    }
    Ok(0)
}

/// What the state manages.
fn managed(state: &State) -> Vec<String> {
    let instances = state.instances().filter(|(address, _)| address.resource.resource.mode == Mode::Managed);
    instances.map(|(address, _)| address.to_string()).collect()
}

fn not_empty(name: &str, managed: &[String]) -> Diagnostic {
    let list: String = managed.iter().map(|address| format!("\n  - {address}")).collect();
    let detail = format!(
        "Workspace {name:?} is currently tracking the following resource instances:{list}\n\nDeleting this workspace would cause \
         Terraform to lose track of any associated remote objects, which would then require you to delete them manually \
         outside of Terraform. You should destroy these objects with Terraform before deleting the workspace.\n\nIf you want \
         to delete this workspace anyway, and have Terraform forget about these managed objects, use the -force option to \
         disable this safety check."
    );
    Diagnostic::error("Workspace is not empty", detail)
}
