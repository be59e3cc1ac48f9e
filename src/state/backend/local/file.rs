//! A state in a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::replace::{folder_of, replace, sweep};
use super::{history, os_lock};
use crate::state::backend::{Revision, StateError, Storage, reason};
use crate::state::lock::LockError;
use crate::state::{LockInfo, State, format};

/// A state in a file, or read from one and written to another.
pub(super) struct StateFile {
    /// Where it is read, until it is written.
    read: PathBuf,
    /// Where it is written.
    write: PathBuf,
    /// Where what it was before is kept.
    backup: Option<PathBuf>,
    /// What was last read or written.
    seen: Seen,
    /// Whether it has been written.
    written: bool,
    /// The file while it is locked.
    lock: Option<Lock>,
}

/// A state as it was seen last.
#[derive(Clone, Copy, Default)]
struct Seen {
    print: Option<Fingerprint>,
    serial: u64,
    /// Whether anybody has looked.
    looked: bool,
}

/// What changes whenever a file does.
type Fingerprint = (u64, u64, u64, i64, i64);

struct Lock {
    /// The operating system's lock is on it.
    file: File,
    /// The file is there only to be locked.
    created: bool,
}

impl StateFile {
    pub fn new(read: PathBuf, write: PathBuf, backup: Option<PathBuf>) -> Self {
        StateFile { read, write, backup, seen: Seen::default(), written: false, lock: None }
    }

    fn source(&self) -> &Path {
        if self.written { &self.write } else { &self.read }
    }

    /// `.terraform.tfstate.lock.info`, which says who holds the lock.
    fn info_path(&self) -> PathBuf {
        let name = self.write.file_name().unwrap_or_default().to_string_lossy();
        folder_of(&self.write).join(format!(".{name}.lock.info"))
    }

    fn read_info(&self) -> Option<LockInfo> {
        serde_json::from_slice(&fs::read(self.info_path()).ok()?).ok()
    }

    /// Before the first change: keeps what there is.
    fn keep_old(&self) -> Result<(), StateError> {
        if fs::metadata(&self.write).map_or(0, |metadata| metadata.len()) == 0 {
            return Ok(());
        }
        if let Some(backup) = &self.backup {
            make_folder(backup)?;
            let copy = |out: &mut dyn Write| io::copy(&mut File::open(&self.write)?, out).map(drop);
            replace(backup, copy, |_| Ok(())).map_err(StateError::io("write backup", backup))?;
        }
        history::keep(&self.write, self.seen.serial).map_err(StateError::io("keep history of", &self.write))
    }

    /// That nobody else has written since we looked.
    fn check_unchanged(&self) -> Result<(), StateError> {
        let is_same_file = self.source() == self.write;
        if !is_same_file || !self.seen.looked || self.seen.print == fingerprint(&self.write) {
            return Ok(());
        }
        Err(StateError::Refused(format!(
            "{} was changed by another process since it was read. Nothing has been written to it, so that nothing of that \
             gets lost",
            self.write.display()
        )))
    }
}

/// None for a file that isn't there, or has nothing in it.
fn fingerprint(path: &Path) -> Option<Fingerprint> {
    let m = fs::metadata(path).ok().filter(|m| m.len() > 0)?;
    Some((m.dev(), m.ino(), m.len(), m.mtime(), m.mtime_nsec()))
}

fn make_folder(path: &Path) -> Result<(), StateError> {
    let folder = folder_of(path);
    fs::create_dir_all(&folder).map_err(StateError::io("mkdir", &folder))
}

/// The state in a file; `None` if there is none, or nothing in it.
fn read_state(path: &Path) -> Result<Option<State>, StateError> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|mut file| {
        bytes.reserve_exact(file.metadata().map_or(0, |m| usize::try_from(m.len()).unwrap_or(0)) + 1);
        file.read_to_end(&mut bytes)
    }) {
        Ok(0) => return Ok(None),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StateError::io("open", path)(error)),
    }
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    format::read(&text).map(Some).map_err(StateError::Content)
}

impl Storage for StateFile {
    fn place(&self) -> String {
        self.write.display().to_string()
    }

    fn read(&mut self) -> Result<Option<State>, StateError> {
        let print = fingerprint(self.source());
        let state = read_state(self.source())?;
        let serial = state.as_ref().map_or(0, |state| state.serial);
        self.seen = Seen { print, serial, looked: true };
        Ok(state)
    }

    fn write(&mut self, state: &State) -> Result<(), StateError> {
        self.check_unchanged()?;
        make_folder(&self.write)?;
        if !self.written {
            self.keep_old()?;
        }
        let locked = self.lock.is_some();
        let ready = |file: &File| match !locked || os_lock::try_lock(file)? {
            true => Ok(()),
            false => Err(io::Error::other("the new file is locked by somebody else")),
        };
        let file = replace(&self.write, |out| format::write(state, out), ready)
            .map_err(StateError::io("write", &self.write))?;
        if let Some(lock) = &mut self.lock {
            *lock = Lock { file, created: false };
        }
        self.written = true;
        self.seen = Seen { print: fingerprint(&self.write), serial: state.serial, looked: true };
        Ok(())
    }

    fn lock(&mut self, info: &LockInfo) -> Result<Option<LockInfo>, LockError> {
        make_folder(&self.write).map_err(|error| LockError::Failed(error.to_string()))?;
        let failed = |doing: &str, error: &io::Error| {
            LockError::Failed(format!("{doing} {}: {}", self.write.display(), reason(error)))
        };
        let file = loop {
            let existed = self.write.exists();
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false).open(&self.write);
            let file = file.map_err(|error| failed("open", &error))?;
            if !os_lock::try_lock(&file).map_err(|error| failed("lock", &error))? {
                return Err(LockError::Held(self.read_info().map(Box::new)));
            }
            // Who held it before may have put another file in its place.
            let ours = file.metadata().map_err(|error| failed("stat", &error))?;
            if fs::metadata(&self.write).is_ok_and(|now| (now.dev(), now.ino()) == (ours.dev(), ours.ino())) {
                break Lock { file, created: !existed };
            }
        };
        // With the lock ours, whoever is named there is gone.
        let abandoned = self.read_info();
        let path = self.info_path();
        let text = serde_json::to_string(info).unwrap_or_default();
        let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        written
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| LockError::Failed(format!("open {}: {}", path.display(), reason(&error))))?;
        self.lock = Some(file);
        for path in [Some(&self.write), self.backup.as_ref()].into_iter().flatten() {
            // What can't be swept away is only in the way of nobody.
            let _ = sweep(path);
        }
        Ok(abandoned)
    }

    fn unlock(&mut self) -> Result<(), StateError> {
        let Some(lock) = self.lock.take() else { return Ok(()) };
        if lock.created && lock.file.metadata().is_ok_and(|m| m.len() == 0) {
            fs::remove_file(&self.write).map_err(StateError::io("remove", &self.write))?;
        }
        let path = self.info_path();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StateError::io("remove", &path)(error)),
            _ => Ok(()),
        }
    }

    fn break_lock(&mut self, id: &str) -> Result<(), StateError> {
        let refused = |text: &str| Err(StateError::Refused(text.to_owned()));
        let Some(info) = self.read_info() else { return refused("LocalState not locked") };
        if info.id != id {
            return Err(StateError::Refused(format!("lock ID {id:?} does not match existing lock\n{info}")));
        }
        match self.lock(&info) {
            Ok(_) => self.unlock(),
            Err(LockError::Held(_)) => {
                refused("Local state cannot be unlocked by another process: its holder is running")
            }
            Err(LockError::Failed(reason)) => Err(StateError::Refused(reason)),
        }
    }

    fn written(&self) -> Option<SystemTime> {
        fs::metadata(&self.read).and_then(|found| found.modified()).ok()
    }

    fn history(&self) -> Result<Vec<Revision>, StateError> {
        history::list(&self.write).map_err(StateError::io("read history of", &self.write))
    }

    fn read_revision(&self, id: &str) -> Result<State, StateError> {
        let known = self.history()?;
        if !known.iter().any(|revision| revision.id == id) {
            return Err(StateError::Refused(format!("there is no earlier state with the ID {id:?}")));
        }
        let path = history::path(&self.write, id);
        read_state(&path)?.ok_or_else(|| StateError::Refused(format!("{} is empty", path.display())))
    }
}
