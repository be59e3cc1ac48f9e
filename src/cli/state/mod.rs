//! `infra state`: commands on states themselves.

pub mod history;
pub mod list;
pub mod mv;
pub mod pull;
pub mod push;
pub mod replace_provider;
pub mod restore;
pub mod rm;
pub mod show;

use std::io;
use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::Terminal;
use crate::cli::backend::{NO_STATE, look};
use crate::state::backend::{StateError, StatePaths};
use crate::state::{State, Store};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// List resources in the state
    ///
    /// Lists the instances of resources in the state, all of them or those at the given addresses: of
    /// instances, resources or modules.
    List(list::ListArgs),

    /// Show a resource in the state
    ///
    /// Shows the attributes of one instance of a resource. "infra state list" shows which there are.
    Show(show::ShowArgs),

    /// Move an item in the state
    ///
    /// Gives an instance, a resource or a module another address, in this state or in another file, without
    /// any change to the real objects. A backup of the state is kept.
    Mv(mv::MvArgs),

    /// Remove instances from the state
    ///
    /// Forgets instances without destroying the real objects: all at the given addresses, of instances,
    /// resources or modules. A backup of the state is kept.
    Rm(rm::RmArgs),

    /// Pull current state and output to stdout
    ///
    /// Prints the state in the current version of the format.
    Pull(pull::PullArgs),

    /// Update remote state from a local state file
    ///
    /// Replaces the state by that in a file, or by standard input if the path is a dash. It must be of the
    /// same lineage and not older, unless that is forced.
    Push(push::PushArgs),

    /// Replace provider in the state
    ///
    /// Assigns all resources of one provider to another one, for example after that was renamed.
    ReplaceProvider(replace_provider::ReplaceProviderArgs),

    /// List earlier states
    ///
    /// Before a command changes the state for the first time, it is kept as it was. Shows what was kept,
    /// the newest first. "infra state restore" brings one back.
    History(history::HistoryArgs),

    /// Bring an earlier state back
    ///
    /// Replaces the state by one that "infra state history" lists. Real objects are not changed: what
    /// differs from them is shown by the next plan. The state that is replaced is kept in the history.
    Restore(restore::RestoreArgs),
}

impl StateCommand {
    /// Runs it and gives its exit status.
    ///
    /// # Errors
    /// When output can't be written.
    pub fn run(self, terminal: &mut Terminal) -> io::Result<u8> {
        match self {
            StateCommand::List(args) => list::run(&args, terminal),
            StateCommand::Show(args) => show::run(&args, terminal),
            StateCommand::Mv(args) => mv::run(&args, terminal),
            StateCommand::Rm(args) => rm::run(&args, terminal),
            StateCommand::Pull(args) => pull::run(&args, terminal),
            StateCommand::Push(args) => push::run(&args, terminal),
            StateCommand::ReplaceProvider(args) => replace_provider::run(&args, terminal),
            StateCommand::History(args) => history::run(&args, terminal),
            StateCommand::Restore(args) => restore::run(&args, terminal),
        }
    }
}

/// The state; `None` after saying why it can't be had, or that there is none.
fn read(store: &mut Store, terminal: &mut Terminal) -> io::Result<Option<State>> {
    match look(store) {
        Ok(Some(state)) => Ok(Some(state)),
        Ok(None) => terminal.fail(NO_STATE).map(|_| None),
        Err(error) => terminal.fail(&format!("Failed to load state: {error}")).map(|_| None),
    }
}

/// Saves the state and says what goes wrong. Gives the exit status.
fn save(store: &mut Store, state: &mut State, terminal: &mut Terminal) -> io::Result<u8> {
    match store.save(state) {
        Ok(()) => Ok(0),
        Err(error) => terminal.fail(&not_saved(&error)),
    }
}

fn not_saved(error: &StateError) -> String {
    format!(
        "Error saving the state: {error}\n\nThe state was not saved. No items were removed from the persisted\nstate. No backup \
         was created since no modification occurred. Please\nresolve the issue above and try again."
    )
}

/// Paths for changes by hand, each of which keeps the state as it was before.
fn paths(state: &Option<PathBuf>, backup: &Option<PathBuf>) -> StatePaths {
    StatePaths { state: state.clone(), backup: backup.clone(), dated_backup: true, ..StatePaths::default() }
}
