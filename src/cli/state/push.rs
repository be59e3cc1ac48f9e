//! `infra state push`: replaces the state by that in a file.

use std::io::{self, Read};

use clap::{ArgAction, Args};

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::cli::backend::{LockFlags, lock, open_store, wrong_arguments};
use crate::state::backend::StatePaths;
use crate::state::format;
use crate::syntax::quote::quoted;

/// Arguments of `state push`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct PushArgs {
    /// Write the state even if lineages don't match or the current serial is higher
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub force: bool,

    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// The state file, or a dash for standard input
    #[arg(value_name = "PATH", num_args = 0..)]
    pub path: Vec<String>,
}

/// Replaces the state. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &PushArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let [path] = args.path.as_slice() else {
        return wrong_arguments("Exactly one argument expected.", "state push", terminal);
    };
    let mut text = Vec::new();
    let read = match path.as_str() {
        "-" => io::stdin().lock().read_to_end(&mut text).map(drop),
        path => std::fs::read(path).map(|read| text = read),
    };
    if let Err(error) = read {
        let reason = error.to_string().to_lowercase();
        let reason = reason.split(" (os error").next().unwrap_or_default();
        return terminal.fail(&format!("open {path}: {reason}"));
    }
    let state = match format::read(&String::from_utf8_lossy(&text)) {
        Ok(state) => state,
        Err(diagnostics) => {
            let problems = format::problems(&diagnostics);
            return terminal.fail(&format!("Error reading source state {}: {problems}", quoted(path)));
        }
    };
    drop(text);
    let Some(mut store) = open_store(StatePaths::default(), terminal)? else { return Ok(1) };
    if !lock(&mut store, &args.lock, "state-push", terminal)? {
        return Ok(1);
    }
    match store.replace(&state, args.force) {
        Ok(()) => Ok(0),
        Err(error) => terminal.fail(&format!("Failed to write state: {error}")),
    }
}
