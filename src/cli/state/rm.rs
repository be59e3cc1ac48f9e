//! `infra state rm`: forgets instances.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{ArgAction, Args};

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::cli::backend::{LockFlags, lock, open_store, wrong_arguments};
use crate::graph::{InstanceAddress, Target, parse_target};
use crate::state::State;
use crate::syntax::{Diagnostic, SourceMap};

/// Arguments of `state rm`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct RmArgs {
    /// Print what would have been removed, and change nothing
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub dry_run: bool,

    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// Path of the state file to change. By default that of the current workspace
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,

    /// Path where the state is kept as it was before
    #[arg(long, value_name = "PATH")]
    pub backup: Option<PathBuf>,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,

    /// Addresses of instances, resources or modules
    #[arg(value_name = "ADDRESS", num_args = 0..)]
    pub addresses: Vec<String>,
}

/// Forgets instances. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &RmArgs, terminal: &mut Terminal) -> io::Result<u8> {
    if args.addresses.is_empty() {
        return wrong_arguments("At least one address is required.", "state rm", terminal);
    }
    let Some(mut store) = open_store(super::paths(&args.state, &args.backup), terminal)? else { return Ok(1) };
    if !lock(&mut store, &args.lock, "state-rm", terminal)? {
        return Ok(1);
    }
    let Some(mut state) = super::read(&mut store, terminal)? else { return Ok(1) };
    let targets: Result<Vec<Target>, Diagnostic> = args.addresses.iter().map(|text| parse_target(text)).collect();
    let targets = match targets {
        Ok(targets) => targets,
        Err(error) => {
            terminal.show(&SourceMap::default(), &error.into())?;
            return Ok(1);
        }
    };
    let mut count = 0;
    for target in targets {
        for address in matching(&state, &target) {
            count += 1;
            writeln!(terminal.out, "{} {address}", if args.dry_run { "Would remove" } else { "Removed" })?;
            remove(&mut state, &address);
        }
    }
    if args.dry_run {
        if count == 0 {
            writeln!(terminal.out, "Would have removed nothing.")?;
        }
        return Ok(0);
    }
    if count == 0 {
        let detail = "No matching objects found. To view the available instances, use \"terraform state list\". Please modify \
                      the address to reference a specific instance.";
        terminal.show(&SourceMap::default(), &Diagnostic::error("Invalid target address", detail).into())?;
        return Ok(1);
    }
    let status = super::save(&mut store, &mut state, terminal)?;
    if status == 0 {
        writeln!(terminal.out, "Successfully removed {count} resource instance(s).")?;
    }
    Ok(status)
}

/// The instances that an address stands for.
pub(super) fn matching(state: &State, target: &Target) -> Vec<InstanceAddress> {
    match target {
        // Most states have many resources.
        Target::Instance(instance) => state.instance(instance).map(|_| instance.clone()).into_iter().collect(),
        _ => state.instances().map(|(address, _)| address).filter(|address| target.contains(address)).collect(),
    }
}

/// Removes an instance, and its resource if it was the last one.
pub(super) fn remove(state: &mut State, address: &InstanceAddress) -> Option<crate::state::InstanceState> {
    let resource = state.resources.get_mut(&address.resource)?;
    let removed = resource.instances.remove(&address.key);
    if resource.instances.is_empty() {
        state.resources.remove(&address.resource);
    }
    removed
}
