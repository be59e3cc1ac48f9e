//! `infra show`: a state or a saved plan.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args};

use crate::cli::args::boolean;
use crate::cli::ui::{Stop, Ui, status};
use crate::cli::{Terminal, data_dir, workspace};
use crate::config::load::load;
use crate::providers::resource_schema;
use crate::state::backend::{self, StatePaths};
use crate::state::store::Store;
use crate::state::{State, format};
use crate::syntax::{Diagnostic, SourceMap};
use crate::views::state_json;

/// Arguments of `show`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ShowArgs {
    /// Produce output in a machine-readable JSON format
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,

    /// A state or plan file; by default the current state
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
}

/// Shows it. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &ShowArgs, terminal: &mut Terminal) -> io::Result<u8> {
    terminal.warnings_out = !args.json;
    status(inner(args, &mut Ui { terminal, json: false, compact_warnings: false }))
}

fn inner(args: &ShowArgs, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    let state = match &args.path {
        Some(path) => Some(state_file(path, ui)?),
        None => current(ui)?,
    };
    if args.json {
        state_json::write(state.as_ref(), &|mode, kind| resource_schema(mode, kind), &mut ui.terminal.out)?;
        writeln!(ui.terminal.out)?;
        return Ok(0);
    }
    Ok(0)
}

/// The state of the configuration in the current folder.
fn current(ui: &mut Ui<'_>) -> Result<Option<State>, Stop> {
    let loaded = load(Path::new("."));
    let block = loaded.tree.as_ref().and_then(|t| t.module.settings.backend.as_ref());
    let opened = backend::open(block, &data_dir(), StatePaths::default());
    let backend = match opened {
        Ok(backend) => backend,
        Err(problems) => {
            ui.show(&loaded.sources, &problems)?;
            return Err(Stop::Status(1));
        }
    };
    match Store::new(&*backend, &workspace()).read() {
        Ok(state) => Ok(state),
        Err(error) => {
            ui.show(&loaded.sources, &Diagnostic::error("Failed to load state", error.to_string()).into())?;
            Err(Stop::Status(1))
        }
    }
}

fn state_file(path: &Path, ui: &mut Ui<'_>) -> Result<State, Stop> {
    let read = std::fs::read_to_string(path).map_err(|e| Diagnostic::error("Failed to read the given file", e.to_string()).into());
    match read.and_then(|text| format::read(&text)) {
        Ok(state) => Ok(state),
        Err(problems) => {
            ui.show(&SourceMap::default(), &problems)?;
            Err(Stop::Status(1))
        }
    }
}
