//! The journal of an apply: what it was about to do and what came of it, in a file beside the state that
//! is only ever appended to. With it, being killed at any instant loses nothing: the next command
//! [settles](settle) it.
//!
//! A line is a record in JSON. An *intent* is in the file before the mutation begins, and if the provider's
//! objects live outside of state, on disk. A *result* follows once the mutation has ended. The state file is
//! written every now and then, each time after a record that says so, and always has all results before
//! that record. Putting results into a state that has them already changes nothing, so the journal is
//! kept until the apply ends.
//!
//! A settled journal has only intents whose provider has not been asked yet what came of them. They are about what is
//! outside of state, so it belongs to a state whatever happens to that.

mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::slot::Slot;
use crate::config::provider_of::BUILTIN;
use crate::providers::Mutation;
use crate::state::wire;

pub use read::{Recorded, Settled, note_saving, read, set_aside, settle};

/// The version of the format.
const VERSION: u32 = 1;

/// What is about to be done to an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The object's address.
    pub address: String,
    /// The key of a deposed object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<SmolStr>,
    /// The configuration of its provider.
    pub provider: wire::Provider,
    /// What is done.
    pub action: Mutation,
    /// Identifies the operation for good: the provider gets the same.
    pub token: SmolStr,
    /// What identifies the object now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<SmolStr>,
    /// The object that is wanted as state would have it, null where it isn't known. Only for objects that live outside
    /// of state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<wire::Object>,
}

impl Intent {
    /// Whether only the provider can tell what came of it. Of other operations the next refresh tells, or, if the object
    /// lives in state only, nothing came.
    #[must_use]
    pub fn is_for_provider(&self) -> bool {
        self.action == Mutation::Create && self.provider.provider != BUILTIN
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    /// The first one: what the journal is about.
    Journal {
        version: u32,
        lineage: SmolStr,
        serial: u64,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_settled: bool,
    },
    Intent {
        number: u64,
        #[serde(flatten)]
        intent: Box<Intent>,
    },
    /// How an intent came out, or what was read.
    Result {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u64>,
        slots: Vec<WireSlot>,
    },
    /// The state is about to be written with this serial.
    Saving { serial: u64 },
}

#[derive(Serialize, Deserialize)]
struct WireSlot {
    resource: wire::Resource,
    key: wire::Key,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deposed: Option<SmolStr>,
    provider: wire::Provider,
    object: Option<wire::Object>,
}

impl From<&Slot> for WireSlot {
    fn from(slot: &Slot) -> Self {
        WireSlot {
            resource: (&*slot.address.resource).into(),
            key: (&slot.address.key).into(),
            deposed: slot.deposed.clone(),
            provider: (&slot.provider).into(),
            object: slot.object.as_deref().map(wire::Object::from),
        }
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    lineage: SmolStr,
    serial: u64,
    /// What a settled journal had, which is still open.
    carried: Vec<Intent>,
    /// What was begun and has no result yet, by number.
    open: BTreeMap<u64, Intent>,
    file: File,
    /// What isn't in the file yet.
    buffer: Vec<u8>,
    /// The file's name is on disk, and not only what is in it.
    is_named_on_disk: bool,
    /// Something in the buffer must be on disk before work goes on.
    needs_sync: bool,
    last: u64,
    /// How much of the file is whole.
    length: u64,
    /// There may be part of something behind that.
    is_torn: bool,
}

/// Where the journal of a state file is: `.terraform.tfstate.journal` beside `terraform.tfstate`.
#[must_use]
pub fn path_for(state: &Path) -> PathBuf {
    let name = state.file_name().unwrap_or_default().to_string_lossy();
    state.with_file_name(format!(".{name}.journal"))
}

impl Journal {
    /// Begins a journal for changes to the state of a lineage and serial.
    ///
    /// # Errors
    /// When the file can't be written, or there is one already: it has to be settled first. What a settled one has is
    /// taken over.
    pub fn create(path: &Path, lineage: &SmolStr, serial: u64) -> io::Result<Journal> {
        let mut carried = Vec::new();
        if fs::metadata(path).is_ok_and(|found| found.len() > 0) {
            match read(path) {
                Ok(Some(recorded)) if recorded.is_settled && recorded.lineage == *lineage => carried = recorded.open,
                _ => {
                    let why = "there is one already, of an apply that was cut off or is going on. A command that locks the \
                               state settles it";
                    return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
                }
            }
        }
        Self::begin(path, lineage, serial, false, carried)
    }

    fn begin(
        path: &Path,
        lineage: &SmolStr,
        serial: u64,
        is_settled: bool,
        carried: Vec<Intent>,
    ) -> io::Result<Journal> {
        // Renamed into place, it always has its first line.
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&name)?;
        let mut journal = Journal {
            path: path.to_path_buf(),
            lineage: lineage.clone(),
            serial,
            carried: Vec::new(),
            open: BTreeMap::new(),
            file,
            buffer: Vec::new(),
            is_named_on_disk: false,
            needs_sync: false,
            last: 0,
            length: 0,
            is_torn: false,
        };
        journal.append(&Record::Journal { version: VERSION, lineage: lineage.clone(), serial, is_settled });
        for intent in &carried {
            journal.intend(intent.clone(), true);
        }
        journal.open.clear();
        journal.flush()?;
        fs::rename(&name, path)?;
        journal.is_named_on_disk = false;
        journal.needs_sync = !carried.is_empty();
        journal.flush()?;
        journal.carried = carried;
        Ok(journal)
    }

    /// Adds an intent and gives its number. `sync` says that it must be on disk before the mutation begins.
    /// Nothing is written before [`Journal::flush`].
    pub fn intend(&mut self, intent: Intent, sync: bool) -> u64 {
        self.last += 1;
        self.needs_sync |= sync;
        self.append(&Record::Intent { number: self.last, intent: Box::new(intent.clone()) });
        self.open.insert(self.last, intent);
        self.last
    }

    /// Adds what came of an intent, or was found out without one.
    pub fn result(&mut self, number: Option<u64>, slots: &[Slot]) {
        self.append(&Record::Result { number, slots: slots.iter().map(WireSlot::from).collect() });
        number.and_then(|number| self.open.remove(&number));
    }

    /// Says that the state is about to be written with this serial, with all results so far.
    pub fn saving(&mut self, serial: u64) {
        self.append(&Record::Saving { serial });
    }

    fn append(&mut self, record: &Record) {
        // Writing to memory can't fail, nor have these structs anything that JSON can't.
        if serde_json::to_writer(&mut self.buffer, record).is_ok() {
            self.buffer.push(b'\n');
        }
    }

    /// Writes what was added, and sees to it that intents are on disk that must be.
    ///
    /// # Errors
    /// When that fails. Then no mutation may begin.
    pub fn flush(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            if self.is_torn {
                // A line torn in the middle would hide the one after it.
                self.file.set_len(self.length)?;
                self.file.seek(SeekFrom::Start(self.length))?;
            }
            self.is_torn = true;
            self.file.write_all(&self.buffer)?;
            self.is_torn = false;
            self.length += self.buffer.len() as u64;
            self.buffer.clear();
        }
        if self.needs_sync {
            self.file.sync_data()?;
            if !self.is_named_on_disk {
                let folder = self.path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
                File::open(folder)?.sync_all()?;
                self.is_named_on_disk = true;
            }
            self.needs_sync = false;
        }
        Ok(())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Ends it: the state has everything but what only providers can tell.
    ///
    /// # Errors
    /// When the file can't be removed or written.
    pub fn end(self) -> io::Result<()> {
        let open = self.open.into_values().filter(Intent::is_for_provider);
        leave(&self.path, &self.lineage, self.serial, self.carried.into_iter().chain(open).collect())
    }
}

/// Leaves of a journal that has been put into a state of this lineage and serial only what is still open: if that is
/// nothing, no file.
///
/// # Errors
/// When the file can't be removed or written.
pub fn leave(path: &Path, lineage: &SmolStr, serial: u64, open: Vec<Intent>) -> io::Result<()> {
    match open.is_empty() {
        true => fs::remove_file(path),
        false => Journal::begin(path, lineage, serial, true, open).map(drop),
    }
}
