//! `infra taint` and `infra untaint`: whether an object is to be replaced.

use std::io::{self, Write};
use std::sync::Arc;

use clap::{ArgAction, Args};

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::cli::backend::{LockFlags, StateFlags, lock, open_store, wrong_arguments};
use crate::config::module::Mode;
use crate::graph::{InstanceAddress, parse_instance};
use crate::state::{ObjectState, ObjectStatus, State};
use crate::syntax::{Diagnostic, SourceMap};

/// Arguments of `taint` and `untaint`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct TaintArgs {
    /// Succeed even if there is no such instance
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub allow_missing: bool,

    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// Files.
    #[command(flatten)]
    pub state: StateFlags,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,

    /// The address of an instance
    #[arg(value_name = "ADDRESS", num_args = 0..)]
    pub address: Vec<String>,
}

/// Marks an instance, or, with `ready`, removes the mark. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &TaintArgs, wanted: ObjectStatus, terminal: &mut Terminal) -> io::Result<u8> {
    let command = if wanted == ObjectStatus::Tainted { "taint" } else { "untaint" };
    let [address] = args.address.as_slice() else {
        return wrong_arguments(&format!("The {command} command expects exactly one argument."), command, terminal);
    };
    let nowhere = SourceMap::default();
    let address = match parse_instance(address) {
        Ok(address) => address,
        Err(error) => return terminal.show(&nowhere, &error.into()).map(|()| 1),
    };
    if address.resource.resource.mode != Mode::Managed && wanted == ObjectStatus::Tainted {
        return terminal.fail(&format!("Resource instance {address} cannot be tainted"));
    }
    let Some(mut store) = open_store(args.state.paths(), terminal)? else { return Ok(1) };
    if !lock(&mut store, &args.lock, command, terminal)? {
        return Ok(1);
    }
    let mut state = match store.read_or_empty() {
        Ok(state) => state,
        Err(diagnostics) => return terminal.show(&nowhere, &diagnostics).map(|()| 1),
    };
    if let Err(error) = set_status(&mut state, &address, wanted) {
        let missing = state.instance(&address).is_none();
        let shown = match args.allow_missing && missing {
            true => Diagnostic::warning(
                "No such resource instance",
                format!(
                    "Resource instance {address} was not found, but this is not an error because -allow-missing was set."
                ),
            ),
            false => error,
        };
        terminal.show(&nowhere, &shown.into())?;
        return Ok(u8::from(!(args.allow_missing && missing)));
    }
    if let Err(error) = store.save(&mut state) {
        return terminal.fail(&format!("Error writing state file: {error}"));
    }
    let done = match wanted {
        ObjectStatus::Tainted => "marked as tainted",
        ObjectStatus::Ready => "successfully untainted",
    };
    writeln!(terminal.out, "Resource instance {address} has been {done}.")?;
    Ok(0)
}

fn set_status(state: &mut State, address: &InstanceAddress, wanted: ObjectStatus) -> Result<(), Diagnostic> {
    const MISSING: &str = "No such resource instance";
    if state.instances().next().is_none() {
        let detail = "The state currently contains no resource instances whatsoever. This may occur if the configuration has \
                      never been applied or if it has recently been destroyed.";
        return Err(Diagnostic::error(MISSING, detail));
    }
    let resource = state.resources.get_mut(&address.resource);
    let Some(instance) = resource.and_then(|resource| resource.instances.get_mut(&address.key)) else {
        let detail = format!(
            "There is no resource instance in the state with the address {address}. If the resource configuration has just \
             been added, you must run \"terraform apply\" once to create the corresponding instance(s) before they can be \
             tainted."
        );
        return Err(Diagnostic::error(MISSING, detail));
    };
    let Some(object) = &instance.current else {
        let detail = format!(
            "Resource instance {address} is currently part-way through a create_before_destroy replacement action. Run \
             \"terraform apply\" to complete its replacement before tainting it."
        );
        return Err(Diagnostic::error(MISSING, detail));
    };
    if wanted == ObjectStatus::Ready && object.status == ObjectStatus::Ready {
        let detail = format!("Resource instance {address} is not currently tainted, and so it cannot be untainted.");
        return Err(Diagnostic::error("Resource instance is not tainted", detail));
    }
    instance.current = Some(Arc::new(ObjectState { status: wanted, ..(**object).clone() }));
    Ok(())
}
