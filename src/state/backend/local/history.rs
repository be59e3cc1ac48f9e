//! Earlier states, in a folder beside the state. A state gets there as a second name of the file that
//! is about to be replaced: nothing is copied, however large it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::replace::folder_of;
use crate::state::backend::Revision;

/// How many there are at most.
const KEPT: usize = 30;

/// `.terraform.tfstate.history`
fn folder(state: &Path) -> PathBuf {
    let name = state.file_name().unwrap_or_default().to_string_lossy();
    folder_of(state).join(format!(".{name}.history"))
}

/// Where an earlier state is.
pub(super) fn path(state: &Path, id: &str) -> PathBuf {
    folder(state).join(format!("{id}.tfstate"))
}

/// Keeps the file as it is now, and drops the oldest ones.
pub(super) fn keep(state: &Path, serial: u64) -> io::Result<()> {
    let folder = folder(state);
    fs::create_dir_all(&folder)?;
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let kept = path(state, &format!("{now}-{serial}"));
    match fs::hard_link(state, &kept) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        // Not every file system has links.
        Err(_) => drop(fs::copy(state, &kept)?),
    }
    for old in list(state)?.iter().skip(KEPT) {
        fs::remove_file(path(state, &old.id))?;
    }
    Ok(())
}

/// What there is, the newest first. Other files in the folder are passed over.
pub(super) fn list(state: &Path) -> io::Result<Vec<Revision>> {
    let entries = match fs::read_dir(folder(state)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut revisions = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let revision = name.to_str().and_then(|name| name.strip_suffix(".tfstate")).and_then(|id| {
            let (time, serial) = id.split_once('-')?;
            let replaced = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
            let replaced = replaced.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
            Some((id.to_owned(), replaced, serial.parse().ok()?))
        });
        if let Some((id, replaced, serial)) = revision {
            revisions.push(Revision { id, replaced, serial, size: entry.metadata()?.len() });
        }
    }
    revisions.sort_by_key(|revision| std::cmp::Reverse((revision.replaced, revision.serial)));
    Ok(revisions)
}
