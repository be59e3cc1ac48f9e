//! What functions need from outside the language: files, the clock, chance. The caller supplies
//! it, so that the language itself does no I/O and tests decide what the world looks like.

use std::time::SystemTime;

use thiserror::Error;

/// Why the host could not do what a function asked for. Reasons are the operating system's words,
/// in lower case: `permission denied`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HostError {
    /// There is nothing at that path.
    #[error("no such file or directory")]
    NotFound,
    /// It is there, or may be, but can't be got at.
    #[error("{0}")]
    Open(String),
    /// It was opened, but can't be read.
    #[error("{0}")]
    Read(String),
}

/// What there is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A folder.
    Folder,
    /// A block or character device.
    Device,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// Anything else.
    Other,
}

/// Files, clock and chance. Paths are as written in the configuration: relative ones are relative
/// to the working folder. Symbolic links are followed.
pub trait Host {
    /// The bytes of a file.
    ///
    /// # Errors
    /// When there is no such file or it can't be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, HostError>;

    /// What is at a path.
    ///
    /// # Errors
    /// When there is nothing, or it can't be told.
    fn kind(&self, path: &str) -> Result<FileKind, HostError>;

    /// The names of everything directly in a folder, in any order. Names that are not UTF-8 are
    /// left out.
    ///
    /// # Errors
    /// When there is no such folder or it can't be read.
    fn entries(&self, folder: &str) -> Result<Vec<String>, HostError>;

    /// The absolute path of the working folder.
    ///
    /// # Errors
    /// When it is unknown.
    fn working_folder(&self) -> Result<String, HostError>;

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

    /// Whether results that the next run would not repeat (`timestamp`, `uuid`, `bcrypt`) must
    /// stay unknown for now, as while planning.
    fn defers_unrepeatable(&self) -> bool;
}

/// A host in memory, for tests.
#[cfg(test)]
pub mod memory {
    use std::collections::{BTreeMap, BTreeSet};
    use std::time::{Duration, SystemTime};

    use super::{FileKind, Host, HostError};

    /// Files by path, relative to the working folder `/base`. Folders exist where files are in them.
    #[derive(Clone, Debug, Default)]
    pub struct MemoryHost {
        /// The content of each file.
        pub files: BTreeMap<String, Vec<u8>>,
        /// What [`Host::defers_unrepeatable`] says.
        pub is_planning: bool,
    }

    impl MemoryHost {
        /// A host with these files.
        pub fn with_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
            let files = files.into_iter().map(|(path, bytes)| (path.to_string(), bytes.to_vec())).collect();
            MemoryHost { files, is_planning: false }
        }

        fn below(&self, folder: &str) -> BTreeSet<String> {
            let prefix = if folder == "." { String::new() } else { format!("{folder}/") };
            let names = self.files.keys().filter_map(|path| path.strip_prefix(&prefix));
            names.map(|rest| rest.split('/').next().unwrap_or(rest).to_string()).collect()
        }
    }

    impl Host for MemoryHost {
        fn read(&self, path: &str) -> Result<Vec<u8>, HostError> {
            match self.kind(path)? {
                FileKind::Folder => Err(HostError::Read("is a directory".into())),
                _ => self.files.get(path).cloned().ok_or(HostError::NotFound),
            }
        }

        fn kind(&self, path: &str) -> Result<FileKind, HostError> {
            match self.files.contains_key(path) {
                true => Ok(FileKind::Regular),
                false if !self.below(path).is_empty() => Ok(FileKind::Folder),
                false => Err(HostError::NotFound),
            }
        }

        fn entries(&self, folder: &str) -> Result<Vec<String>, HostError> {
            match self.kind(folder)? {
                FileKind::Folder => Ok(self.below(folder).into_iter().collect()),
                _ => Err(HostError::Open("not a directory".into())),
            }
        }

        fn working_folder(&self) -> Result<String, HostError> {
            Ok("/base".into())
        }

        fn home(&self) -> Result<String, HostError> {
            Ok("/home/me".into())
        }

        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_514_862_245)
        }

        fn plan_time(&self) -> Option<SystemTime> {
            Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_514_862_000))
        }

        fn random(&self) -> [u8; 16] {
            [7; 16]
        }

        fn defers_unrepeatable(&self) -> bool {
            self.is_planning
        }
    }
}
