//! Saved plans: a plan with everything that it takes to apply it later, in one file.
//!
//! The file begins with a magic line and the version of the format. What follows is compressed: one
//! frame after another, each of them a [`frame::Frame`] behind its length. Types, addresses and objects
//! that occur often are frames of their own, and referred to by number. At the end stands a checksum over
//! everything before it: a plan is applied as it was made, or not at all.

mod frame;
mod read;
#[cfg(test)]
mod tests;
mod value;
mod write;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::config::files::Snapshot;
use crate::plan::Plan;
use crate::syntax::Diagnostic;

pub use read::read;

/// What the file begins with. Its first byte is no text, and its line ends tell when somebody has
/// converted them.
const MAGIC: &[u8] = b"\x89infra plan\r\n\x1a\n";
/// The version of the format.
const VERSION: u32 = 2;
/// The length of the checksum at the end.
const CHECKSUM: usize = 32;

/// A plan with everything that it takes to apply it later.
#[derive(Debug)]
pub struct SavedPlan {
    /// The plan.
    pub plan: Plan,
    /// The stack that it is of, if it was made together with those of other stacks.
    pub stack: Option<SmolStr>,
    /// The folder of the root module; the working directory, if it is empty.
    pub root: PathBuf,
    /// The configuration's files.
    pub configuration: Snapshot,
    /// The root module's variables with ephemeral values that were given. They are not kept: who applies the plan has to give
    /// them again. They are not among the plan's variables when it is read.
    pub ephemeral: Vec<SmolStr>,
    /// Where the state is.
    pub backend: SavedBackend,
    /// The version of Infra that made it.
    pub version: SmolStr,
}

/// The backend that a plan's state is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedBackend {
    /// Its type.
    pub kind: SmolStr,
    /// Its configuration, JSON.
    pub config: String,
    /// The hash of its configuration, by which a changed one is noticed.
    pub hash: u64,
}

/// Writes a saved plan, one of a root module or those of several stacks, in one step: readable to its owner only, because plans have secrets in them.
///
/// # Errors
/// When it can't be written, or has something that can't be kept.
pub fn write(path: &Path, saved: &[SavedPlan]) -> Result<(), Diagnostic> {
    let failed = |error: &dyn std::fmt::Display| {
        Diagnostic::error("Failed to write plan file", format!("The plan file could not be written: {error}."))
    };
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        // A device or a pipe is written to, not replaced.
        let file = std::fs::OpenOptions::new().write(true).open(path).map_err(|error| failed(&error))?;
        let hashed = Hashed { inner: io::BufWriter::new(file), hash: Sha256::new() };
        return write_to(hashed, saved).map_err(|error| failed(&error));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    let hashed = Hashed { inner: io::BufWriter::new(file.as_file_mut()), hash: Sha256::new() };
    write_to(hashed, saved).map_err(|error| failed(&error))?;
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    file.persist(path).map_err(|error| failed(&error.error))?;
    Ok(())
}

fn write_to<W: Write>(mut out: Hashed<W>, saved: &[SavedPlan]) -> io::Result<()> {
    out.write_all(MAGIC)?;
    out.write_all(&VERSION.to_le_bytes())?;
    let mut out = write::write_frames(out, saved)?;
    let checksum = out.hash.finalize();
    out.inner.write_all(&checksum)?;
    out.inner.flush()
}

/// A writer that knows the checksum of what it has written.
struct Hashed<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
