//! What functions need from outside the language: files, the clock, chance. The caller supplies
//! it, so that the language itself does no I/O and tests decide what the world looks like.

use std::time::SystemTime;

use thiserror::Error;

/// Why the host could not do what a function asked for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HostError {
    /// There is nothing at that path.
    #[error("no file exists at {0:?}")]
    NotFound(String),
    /// There is something, but no regular file (or no folder, where one is wanted).
    #[error("{0:?} is not a regular file")]
    NotAFile(String),
    /// It can't be read: why.
    #[error("{0}")]
    Failed(String),
}

/// Files, clock and chance. Paths are as written in the configuration: relative ones are relative
/// to the working directory.
pub trait Host {
    /// The bytes of a file.
    ///
    /// # Errors
    /// When there is no such file or it can't be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, HostError>;

    /// Whether a regular file is there. Something else there is an error.
    ///
    /// # Errors
    /// When what is there is no regular file, or it can't be told.
    fn is_file(&self, path: &str) -> Result<bool, HostError>;

    /// All regular files below a folder, as paths relative to it with `/`, at most `depth` folders
    /// deep (0: only those directly in it). None if there is no such folder.
    ///
    /// # Errors
    /// When a folder can't be read.
    fn files_below(&self, folder: &str, depth: usize) -> Result<Vec<String>, HostError>;

    /// The absolute, cleaned form of a path.
    ///
    /// # Errors
    /// When the working directory is unknown.
    fn absolute(&self, path: &str) -> Result<String, HostError>;

    /// The user's home folder.
    ///
    /// # Errors
    /// When there is none.
    fn home(&self) -> Result<String, HostError>;

    /// The time now.
    fn now(&self) -> SystemTime;

    /// When the current plan was started; `None` where no plan is being made or applied.
    fn plan_time(&self) -> Option<SystemTime>;

    /// Sixteen random bytes.
    fn random(&self) -> [u8; 16];
}
