//! What came of operations that were cut off, for commands that have providers.

use std::path::Path;
use std::time::SystemTime;

use crate::apply::{Sources, journal};
use crate::cli::backend::{leave, save_recovered};
use crate::cli::plan::Ready;
use crate::cli::stack;
use crate::cli::ui::{Stop, Ui};
use crate::state::{State, Store};
use crate::syntax::{Diagnostic, Diagnostics};

/// Asks the providers, before anything else is asked of them, and puts what they have made into the state.
///
/// # Errors
/// When they can't be asked, which has been shown then: going on might make everything a second time.
pub fn recover(ready: &Ready<'_>, store: &mut Store, state: State, ui: &mut Ui<'_>) -> Result<State, Stop> {
    let path = journal::path_for(Path::new(&store.place()));
    if !store.is_locked() || !path.exists() {
        return Ok(state);
    }
    let host = stack::host(&ready.stack.folder, SystemTime::now(), true);
    let progress = ui.reporter()?;
    let (state, problems) = stack::run(progress.during(&[&ready.pool], adopt(ready.sources(&host), store, state)))?;
    if problems.has_errors() {
        let problems = problems.into_iter().chain(store.unlock()).collect();
        return Err(ui.stop(&ready.stack.sources, &problems));
    }
    ui.check(&ready.stack.sources, &problems)?;
    Ok(state)
}

/// Puts into a state what providers say that a journal's open intents have made.
pub(super) async fn adopt(sources: Sources<'_>, store: &mut Store, state: State) -> (State, Diagnostics) {
    let path = journal::path_for(Path::new(&store.place()));
    // What is wrong with it has been said when it was settled.
    let Ok(Some(recorded)) = journal::read(&path) else { return (state, Diagnostics::new()) };
    if recorded.open.is_empty() {
        return (state, Diagnostics::new());
    }
    let before = recorded.open.len();
    let recovery = crate::apply::recover(sources, state, recorded.open).await;
    let (mut state, mut problems) = (recovery.state, recovery.diagnostics);
    if !recovery.found.is_empty() {
        if state.lineage.is_empty() {
            state.lineage = recorded.lineage.clone();
        }
        if let Err(problem) = save_recovered(store, &mut state, &path) {
            problems.push(problem);
            return (state, problems);
        }
        let detail = format!(
            "An earlier apply was cut off while it was creating objects. Those that exist have been put into the state:\n  - {}",
            recovery.found.join("\n  - ")
        );
        problems.push(Diagnostic::warning("Interrupted apply settled", detail));
    }
    if recovery.open.len() < before {
        let of = State { lineage: recorded.lineage, serial: state.serial, ..State::default() };
        problems.extend(leave(&path, &of, recovery.open).err());
    }
    (state, problems)
}
