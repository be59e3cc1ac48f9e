//! The state while it changes: in memory, in the journal, and every now and then where it is kept.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use smol_str::{SmolStr, ToSmolStr};
use uuid::Uuid;

use super::journal::{Intent, Journal};
use super::slot::Slot;
use crate::config::version::COMPATIBLE_VERSION;
use crate::plan::ResourceChange;
use crate::state::{ResourceState, State};
use crate::syntax::{Diagnostic, Diagnostics};

/// Where state is kept.
pub trait StateSink {
    /// Writes a state for good, as one step: all of it or nothing. Its serial is one more than that of
    /// the state before, and is set back if there was nothing new to write.
    ///
    /// # Errors
    /// Why that failed. What was written before is still there then.
    fn write(&mut self, state: &mut State) -> Result<(), Diagnostics>;

    /// Writes the last state of an apply: somewhere else if it can't be written where it belongs.
    ///
    /// # Errors
    /// Why that failed, and where the state is now.
    fn write_last(&mut self, state: &mut State) -> Result<(), Diagnostics> {
        self.write(state)
    }
}

impl StateSink for crate::state::Store {
    fn write(&mut self, state: &mut State) -> Result<(), Diagnostics> {
        self.save(state)
            .map_err(|error| Diagnostic::error("Failed to save state", format!("Error saving state: {error}")).into())
    }

    fn write_last(&mut self, state: &mut State) -> Result<(), Diagnostics> {
        self.save_or_rescue(state)
    }
}

/// Not more than one part in so many of the time goes into writing state before the apply ends.
const SHARE: u32 = 10;

/// The state of a running apply.
pub(super) struct Store<'a> {
    pub state: State,
    sink: &'a mut dyn StateSink,
    journal: Option<Journal>,
    /// There is something that was not written yet.
    is_dirty: bool,
    /// When the last write ended, and how long it took.
    last: Option<(Instant, Duration)>,
    /// What went wrong, until somebody takes it.
    pub diagnostics: Diagnostics,
    /// The journal failed: no more mutations.
    is_broken: bool,
}

impl<'a> Store<'a> {
    /// Begins with a state, in a journal if there is a path for one.
    ///
    /// # Errors
    /// When the journal can't be begun.
    pub fn new(mut state: State, sink: &'a mut dyn StateSink, journal: Option<&Path>) -> Result<Self, Diagnostic> {
        if state.lineage.is_empty() {
            state.lineage = Uuid::new_v4().to_smolstr();
        }
        state.terraform_version = SmolStr::new_static(COMPATIBLE_VERSION);
        let journal = match journal {
            Some(path) => {
                let journal = Journal::create(path, &state.lineage, state.serial).map_err(|error| {
                    let detail =
                        format!("The journal {} could not be begun: {error}. Nothing was changed.", path.display());
                    Diagnostic::error("Failed to write journal", detail)
                })?;
                Some(journal)
            }
            None => None,
        };
        let diagnostics = Diagnostics::new();
        Ok(Store { state, sink, journal, is_dirty: false, last: None, diagnostics, is_broken: false })
    }

    /// Notes that the state was changed other than through [`Store::result`].
    pub fn touch(&mut self) {
        self.is_dirty = true;
    }

    /// Sees to it that the resource of a change is in state, though it may have no object yet.
    pub fn mention(&mut self, change: &ResourceChange) {
        self.state.resources.entry(Arc::clone(&change.address.resource)).or_insert_with(|| {
            self.is_dirty = true;
            ResourceState { provider: change.provider.clone(), instances: Default::default() }
        });
    }

    /// Notes what is about to be done.
    pub fn intend(&mut self, intent: Intent, sync: bool) -> Option<u64> {
        self.journal.as_mut().map(|journal| journal.intend(intent, sync))
    }

    /// Notes what came of it.
    pub fn result(&mut self, number: Option<u64>, slots: &[Slot]) {
        for slot in slots {
            slot.put_into(&mut self.state);
        }
        if let Some(journal) = &mut self.journal {
            journal.result(number, slots);
        }
        self.is_dirty = true;
    }

    /// Writes the journal. If that fails, no mutation may begin any more.
    pub fn flush(&mut self) -> bool {
        if let Some(journal) = &mut self.journal
            && let Err(error) = journal.flush()
            && !self.is_broken
        {
            self.is_broken = true;
            let detail = format!(
                "The journal {} could not be written: {error}. Nothing more is begun, because it could get lost.",
                journal.path().display()
            );
            self.diagnostics.push(Diagnostic::error("Failed to write journal", detail));
        }
        !self.is_broken
    }

    /// Writes the state, if something has changed and it takes little of the time.
    pub fn save_if_cheap(&mut self) {
        let is_due = self.last.is_none_or(|(end, took)| end.elapsed() >= took * (SHARE - 1));
        if self.is_dirty && is_due {
            // What fails now is tried again; what counts is the last time.
            let _ = self.save(false);
        }
    }

    fn save(&mut self, is_last: bool) -> Result<(), Diagnostics> {
        let (begin, before) = (Instant::now(), self.state.serial);
        self.state.serial += 1;
        if let Some(journal) = &mut self.journal {
            journal.saving(self.state.serial);
        }
        self.flush();
        let written = match is_last {
            true => self.sink.write_last(&mut self.state),
            false => self.sink.write(&mut self.state),
        };
        match &written {
            Ok(()) => self.is_dirty = false,
            Err(_) => self.state.serial = before,
        }
        self.last = Some((Instant::now(), begin.elapsed()));
        written
    }

    /// Writes what is left to write. `is_settled` says that no mutation was cut off; otherwise the journal
    /// stays for the next command.
    pub fn end(mut self, is_settled: bool) -> (State, Diagnostics) {
        let written = if self.is_dirty { self.save(true) } else { Ok(()) };
        let journal_path = self.journal.as_ref().map(|journal| journal.path().display().to_string());
        match (written, self.journal) {
            (Ok(()), Some(journal)) if is_settled => {
                if let Err(error) = journal.end() {
                    let path = journal_path.unwrap_or_default();
                    let detail = format!("{path} is of no use any more, and could not be removed: {error}.");
                    self.diagnostics.push(Diagnostic::warning("Journal not removed", detail));
                }
            }
            (Ok(()), _) => {}
            (Err(problems), _) => {
                self.diagnostics.extend(problems);
                if let (Some(path), false) = (journal_path, self.is_broken) {
                    let detail = format!(
                        "What was done is in the journal {path}, too: the next command that uses the state puts it in."
                    );
                    self.diagnostics.push(Diagnostic::warning("Journal kept", detail));
                }
            }
        }
        (self.state, self.diagnostics)
    }
}
