//! `infra refresh`: the state made to say what there is, without a question.

use std::io;

use clap::Args;

use crate::cli::Terminal;
use crate::cli::apply::{self, ApplyArgs};
use crate::cli::args::VariableFlags;
use crate::cli::backend::{LockFlags, StateFlags};
use crate::cli::plan::{PlanFlags, ShownFlags, parallelism};

/// Arguments of `refresh`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct RefreshArgs {
    /// Limit the operation to only the given module, resource, or resource instance and all of its
    /// dependencies
    #[arg(long, value_name = "ADDRESS", action = clap::ArgAction::Append)]
    pub target: Vec<String>,

    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableFlags,

    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// States in files.
    #[command(flatten)]
    pub state: StateFlags,

    /// How things are shown.
    #[command(flatten)]
    pub shown: ShownFlags,

    /// Limit the number of concurrent operations
    #[arg(long, value_name = "N", default_value = "10", value_parser = parallelism)]
    pub parallelism: usize,
}

/// Refreshes. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: RefreshArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let flags = PlanFlags {
        destroy: false,
        refresh_only: true,
        refresh: true,
        replace: Vec::new(),
        target: args.target,
        exclude: Vec::new(),
        variables: args.variables,
    };
    let apply = ApplyArgs {
        flags,
        lock: args.lock,
        state: args.state,
        shown: args.shown,
        auto_approve: true,
        parallelism: args.parallelism,
        plan: None,
        is_destroy: false,
    };
    apply::run(&apply, terminal)
}
