//! Backends: where states are kept. A backend has a state for each workspace.

mod configuration;
mod local;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use smol_str::SmolStr;

pub use configuration::{Configured, Initialization, Recorded, initialization, migrate};
pub use local::Local;

use crate::config::files::clean;
use crate::config::module;
use crate::state::lock::LockError;
use crate::state::{LockInfo, State};
use crate::syntax::Diagnostics;

/// The file with the state of a root module that doesn't say otherwise.
pub const STATE_FILE: &str = "terraform.tfstate";

/// The workspace that every backend has.
pub const DEFAULT_WORKSPACE: &str = "default";

/// Where states are kept.
pub trait Backend: Send + Sync {
    /// Its type: `local`.
    fn kind(&self) -> &'static str;

    /// The names of all workspaces, the default one first.
    ///
    /// # Errors
    /// Why they can't be told.
    fn workspaces(&self) -> Result<Vec<SmolStr>, StateError>;

    /// Makes a workspace.
    ///
    /// # Errors
    /// Why it can't be made.
    fn create_workspace(&self, name: &str) -> Result<(), StateError>;

    /// Deletes a workspace with its state.
    ///
    /// # Errors
    /// Why it can't be deleted.
    fn delete_workspace(&self, name: &str) -> Result<(), StateError>;

    /// The state of a workspace.
    fn storage(&self, workspace: &str) -> Box<dyn Storage>;
}

/// One state where it is kept.
pub trait Storage: Send {
    /// Where that is, for messages and locks.
    fn place(&self) -> String;

    /// Reads it; `None` if there is none.
    ///
    /// # Errors
    /// When it can't be read, or isn't a state.
    fn read(&mut self) -> Result<Option<State>, StateError>;

    /// Replaces it by another one, wholly or not at all.
    ///
    /// # Errors
    /// When it can't be written, or somebody else has changed it since it was read.
    fn write(&mut self, state: &State) -> Result<(), StateError>;

    /// Tries to lock it. Gives a lock that was left behind by a process that is gone.
    ///
    /// # Errors
    /// When somebody else holds it, or it can't be locked.
    fn lock(&mut self, info: &LockInfo) -> Result<Option<LockInfo>, LockError>;

    /// Gives up the lock.
    ///
    /// # Errors
    /// When traces of it can't be removed.
    fn unlock(&mut self) -> Result<(), StateError>;

    /// Removes the lock with an ID whose holder is gone.
    ///
    /// # Errors
    /// When there is no such lock, or its holder is still there.
    fn break_lock(&mut self, id: &str) -> Result<(), StateError>;

    /// When it was last written, if that is known.
    fn written(&self) -> Option<SystemTime>;

    /// Earlier states, the newest first.
    ///
    /// # Errors
    /// When they can't be told.
    fn history(&self) -> Result<Vec<Revision>, StateError>;

    /// An earlier state.
    ///
    /// # Errors
    /// When it can't be read.
    fn read_revision(&self, id: &str) -> Result<State, StateError>;
}

/// An earlier state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Names it.
    pub id: String,
    /// When it was replaced, seconds since 1970.
    pub replaced: i64,
    /// Its serial.
    pub serial: u64,
    /// How many bytes it has.
    pub size: u64,
}

/// What goes wrong with states.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The system doesn't do what is needed: `open a.tfstate: permission denied`.
    #[error("{doing} {}: {}", path.display(), reason(source))]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// It isn't a state, or not one that can be used.
    #[error("{}", super::format::problems(.0))]
    Content(Diagnostics),
    /// Anything else, in a sentence.
    #[error("{0}")]
    Refused(String),
}

impl StateError {
    /// What wraps an error of the system.
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| StateError::Io { doing, path, source }
    }
}

/// What the system says, without its number and with a small letter, as Terraform shows it.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !chars.as_str().starts_with(char::is_uppercase) => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// Paths given by flags, for states in files: they count more than what is configured.
#[derive(Clone, Debug, Default)]
pub struct StatePaths {
    /// `-state`
    pub state: Option<PathBuf>,
    /// `-state-out`
    pub state_out: Option<PathBuf>,
    /// `-backup`; `-` for none.
    pub backup: Option<PathBuf>,
    /// Without `-backup` every backup gets a name of its own, with the time in it.
    pub dated_backup: bool,
}

/// Where a root module is at home.
#[derive(Clone, Debug)]
pub struct Home {
    /// Its folder, from where paths in it begin; the working directory if it is empty.
    pub folder: PathBuf,
    /// The folder for what belongs to it but not to its configuration.
    pub data_dir: PathBuf,
    /// If it is a stack of a project: the file that has its state unless it says otherwise.
    pub project_state: Option<PathBuf>,
}

/// The backend that a configuration has, as it was initialized in its folder.
///
/// # Errors
/// When it has to be initialized first, or is none that there is.
pub fn open(block: Option<&module::Backend>, home: &Home, paths: StatePaths) -> Result<Box<dyn Backend>, Diagnostics> {
    let configured = configuration::current(block, home)?;
    Ok(from_configuration(&configured, home, paths))
}

/// The backend of a configuration.
#[must_use]
pub fn from_configuration(configured: &Configured, home: &Home, paths: StatePaths) -> Box<dyn Backend> {
    let Configured::Local { path, workspace_dir } = configured;
    let or = |path: &Option<PathBuf>, default: &str| {
        let path = path.clone().filter(|path| !path.as_os_str().is_empty()).unwrap_or_else(|| default.into());
        if home.folder.as_os_str().is_empty() { path } else { clean(&home.folder.join(path)) }
    };
    let (path, workspace_dir) = match (&home.project_state, path) {
        (Some(state), None) => (state.clone(), state.with_extension("tfstate.d")),
        _ => (or(path, STATE_FILE), or(workspace_dir, "terraform.tfstate.d")),
    };
    Box::new(Local::new(path, workspace_dir, paths))
}
