//! `infra state restore`: brings an earlier state back.

use std::io::{self, Write};

use clap::Args;

use crate::cli::Terminal;
use crate::cli::backend::{LockFlags, lock, open_store, wrong_arguments};
use crate::state::backend::StatePaths;

/// Arguments of `state restore`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct RestoreArgs {
    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// The ID of an earlier state
    #[arg(value_name = "ID", num_args = 0..)]
    pub id: Vec<String>,
}

/// Brings an earlier state back. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &RestoreArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let [id] = args.id.as_slice() else {
        return wrong_arguments("Exactly one argument expected.", "state restore", terminal);
    };
    let Some(mut store) = open_store(StatePaths::default(), terminal)? else { return Ok(1) };
    if !lock(&mut store, &args.lock, "state-restore", terminal)? {
        return Ok(1);
    }
    let current = match store.read() {
        Ok(current) => current.unwrap_or_default(),
        Err(error) => return terminal.fail(&format!("Failed to load state: {error}")),
    };
    let mut state = match store.read_revision(id) {
        Ok(state) => state,
        Err(error) => return terminal.fail(&format!("Failed to load the earlier state: {error}")),
    };
    // It goes on from where we are: plans made in between must not fit.
    let restored = state.serial;
    state.serial = current.serial.max(restored) + 1;
    if let Err(error) = store.replace(&state, true) {
        return terminal.fail(&format!("Failed to write state: {error}"));
    }
    writeln!(terminal.out, "Restored the state of serial {restored}, as serial {}.", state.serial)?;
    Ok(0)
}
