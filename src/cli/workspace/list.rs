//! `infra workspace list`: which workspaces there are.

use std::io::{self, Write};

use clap::Args;

use crate::cli::backend::open_backend;
use crate::cli::{Terminal, workspace};
use crate::state::backend::StatePaths;

/// Arguments of `workspace list`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ListArgs {}

/// Lists workspaces. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(_: &ListArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let Some(backend) = open_backend(StatePaths::default(), terminal)? else { return Ok(1) };
    let names = match backend.workspaces() {
        Ok(names) => names,
        Err(error) => return terminal.fail(&error.to_string()),
    };
    let selected = workspace();
    for name in names {
        writeln!(terminal.out, "{} {name}", if name == selected { "*" } else { " " })?;
    }
    writeln!(terminal.out)?;
    if super::is_overridden() {
        let note = "\n\nThe active workspace is being overridden using the TF_WORKSPACE environment\nvariable.\n";
        writeln!(terminal.out, "{note}")?;
    }
    Ok(0)
}
