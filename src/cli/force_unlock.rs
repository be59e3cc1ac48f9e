//! `infra force-unlock`: removes a lock whose holder is gone.

use std::io::{self, Write};

use clap::{ArgAction, Args};

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::cli::backend::{open_store, wrong_arguments};
use crate::state::backend::StatePaths;

/// Arguments of `force-unlock`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ForceUnlockArgs {
    /// Don't ask for confirmation
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub force: bool,

    /// The ID of the lock, as the message says that it is held
    #[arg(value_name = "LOCK_ID", num_args = 0..)]
    pub id: Vec<String>,
}

/// Removes a lock. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &ForceUnlockArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let [id] = args.id.as_slice() else {
        return wrong_arguments("Expected a single argument: LOCK_ID", "force-unlock", terminal);
    };
    let Some(mut store) = open_store(StatePaths::default(), terminal)? else { return Ok(1) };
    if !args.force {
        // The operating system ends such locks with their holders: the next command simply goes on.
        return terminal.fail("Local state cannot be unlocked by another process");
    }
    match store.break_lock(id) {
        Ok(()) => {
            let done = terminal.style.success("Terraform state has been successfully unlocked!");
            let more = "The state has been unlocked, and Terraform commands should now be able to\nobtain a new lock on the \
                        remote state.";
            writeln!(terminal.out, "{done}\n\n{more}")?;
            Ok(0)
        }
        Err(error) => terminal.fail(&format!("Failed to unlock state: {error}")),
    }
}
