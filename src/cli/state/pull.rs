//! `infra state pull`: prints the state.

use std::io;

use clap::Args;

use crate::cli::Terminal;
use crate::cli::backend::{look, open_store};
use crate::state::backend::StatePaths;
use crate::state::format;

/// Arguments of `state pull`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct PullArgs {}

/// Prints the state. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(_: &PullArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let Some(mut store) = open_store(StatePaths::default(), terminal)? else { return Ok(1) };
    match look(&mut store) {
        Ok(Some(state)) => format::write(&state, &mut terminal.out).map(|()| 0),
        Ok(None) => Ok(0),
        Err(error) => terminal.fail(&format!("Failed to refresh state: {error}")),
    }
}
