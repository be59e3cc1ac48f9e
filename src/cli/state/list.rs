//! `infra state list`: which instances there are.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use crate::cli::Terminal;
use crate::cli::backend::open_store;
use crate::graph::{InstanceAddress, Target, parse_target};
use crate::state::backend::StatePaths;
use crate::state::{ObjectState, State};
use crate::syntax::{Diagnostic, SourceMap};

/// Arguments of `state list`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ListArgs {
    /// Path to a state file. By default that of the current workspace
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,

    /// List only instances whose attribute "id" has this value
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,

    /// Addresses of instances, resources or modules
    #[arg(value_name = "ADDRESS", num_args = 0..)]
    pub addresses: Vec<String>,
}

/// Lists instances. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &ListArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let paths = StatePaths { state: args.state.clone(), ..StatePaths::default() };
    let Some(mut store) = open_store(paths, terminal)? else { return Ok(1) };
    let Some(state) = super::read(&mut store, terminal)? else { return Ok(1) };
    let found = match find(&state, &args.addresses) {
        Ok(found) => found,
        Err(error) => {
            terminal.show(&SourceMap::default(), &error.into())?;
            return Ok(1);
        }
    };
    for address in found {
        let has_id = |id: &String| state.current(&address).is_some_and(|object| id_of(object).as_ref() == Some(id));
        if args.id.as_ref().is_none_or(has_id) {
            writeln!(terminal.out, "{address}")?;
        }
    }
    Ok(0)
}

/// The instances at addresses, or all if there are none.
fn find(state: &State, addresses: &[String]) -> Result<BTreeSet<InstanceAddress>, Diagnostic> {
    if addresses.is_empty() {
        return Ok(state.instances().map(|(address, _)| address).collect());
    }
    let mut found = BTreeSet::new();
    for text in addresses {
        let target = parse_target(text)?;
        if !exists(state, &target) {
            return Err(unknown(&target));
        }
        found.extend(super::rm::matching(state, &target));
    }
    Ok(found)
}

fn exists(state: &State, target: &Target) -> bool {
    match target {
        Target::Module(_) => state.resources.keys().any(|r| target.contains(&r.instance(Default::default()))),
        Target::Resource(resource) => state.resources.contains_key(resource),
        Target::Instance(instance) => state.instance(instance).is_some(),
    }
}

fn unknown(target: &Target) -> Diagnostic {
    match target {
        Target::Module(_) => Diagnostic::error(
            "Unknown module",
            format!(
                "The current state contains no module at {target}. If you've just added this module to the configuration, \
                 you must run \"terraform apply\" first to create the module's entry in the state."
            ),
        ),
        Target::Resource(_) => Diagnostic::error(
            "Unknown resource",
            format!(
                "The current state contains no resource {target}. If you've just added this resource to the configuration, \
                 you must run \"terraform apply\" first to create the resource's entry in the state."
            ),
        ),
        Target::Instance(_) => Diagnostic::error(
            "Unknown resource instance",
            format!(
                "The current state contains no resource instance {target}. If you've just added its resource to the \
                 configuration or have changed the count or for_each arguments, you must run \"terraform apply\" first to \
                 update the resource's entry in the state."
            ),
        ),
    }
}

/// The attribute that most objects have, without a look at the others.
fn id_of(object: &ObjectState) -> Option<String> {
    #[derive(Deserialize)]
    struct Id {
        id: Option<String>,
    }
    serde_json::from_str::<Id>(&object.attributes).ok()?.id
}
