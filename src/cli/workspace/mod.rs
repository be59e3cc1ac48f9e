//! `infra workspace`: several states for one configuration.

pub mod delete;
pub mod list;
pub mod new;
pub mod select;

use std::io::{self, Write};

use clap::{Args, Subcommand};

use crate::cli::backend::is_workspace_name;
use crate::cli::{Terminal, data_dir, workspace};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum WorkspaceCommand {
    /// List workspaces
    ///
    /// Lists workspaces. The selected one has a star.
    List(list::ListArgs),

    /// Select a workspace
    ///
    /// Makes another workspace the one that commands work on.
    Select(select::SelectArgs),

    /// Create a new workspace
    ///
    /// Makes a workspace with an empty state, or with a copy of a given one, and selects it.
    New(new::NewArgs),

    /// Delete a workspace
    ///
    /// Deletes a workspace with its state. It must be empty, unless that is forced.
    Delete(delete::DeleteArgs),

    /// Show the name of the current workspace
    ///
    /// Shows the name of the selected workspace.
    Show(ShowArgs),
}

/// Arguments of `workspace show`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ShowArgs {}

impl WorkspaceCommand {
    /// Runs it and gives its exit status.
    ///
    /// # Errors
    /// When output can't be written.
    pub fn run(self, terminal: &mut Terminal) -> io::Result<u8> {
        match self {
            WorkspaceCommand::List(args) => list::run(&args, terminal),
            WorkspaceCommand::Select(args) => select::run(&args, terminal),
            WorkspaceCommand::New(args) => new::run(&args, terminal),
            WorkspaceCommand::Delete(args) => delete::run(&args, terminal),
            WorkspaceCommand::Show(_) => show(terminal),
        }
    }
}

fn show(terminal: &mut Terminal) -> io::Result<u8> {
    let name = workspace();
    if !is_workspace_name(&name) {
        return terminal.fail("Error selecting workspace: Invalid workspace name set using TF_WORKSPACE");
    }
    writeln!(terminal.out, "{name}")?;
    Ok(0)
}

/// Whether the environment says which workspace is selected.
fn is_overridden() -> bool {
    std::env::var_os("TF_WORKSPACE").is_some_and(|name| !name.is_empty())
}

/// Remembers which workspace is selected.
fn select(name: &str) -> io::Result<()> {
    std::fs::create_dir_all(data_dir())?;
    std::fs::write(data_dir().join("environment"), name)
}

fn invalid_name(name: &str) -> String {
    format!(
        "\nThe workspace name {name:?} is not allowed. The name must contain only URL safe\ncharacters, and no path separators.\n"
    )
}

fn no_such_workspace(name: &str) -> String {
    format!(
        "\nWorkspace {name:?} doesn't exist.\n\nYou can create this workspace with the \"new\" subcommand \nor include the \
         \"-or-create\" flag with the \"select\" subcommand."
    )
}

const CREATED: &str = "\n\nYou're now on a new, empty workspace. Workspaces isolate their state,\nso if you run \"terraform \
                       plan\" Terraform will not see any existing state\nfor this configuration.";
