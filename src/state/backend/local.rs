//! The `local` backend: states in files.

mod file;
mod history;
mod os_lock;
mod replace;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use smol_str::SmolStr;

use super::{Backend, DEFAULT_WORKSPACE, StateError, StatePaths, Storage};
use file::StateFile;

/// States in files: one for the default workspace, and a folder with folders for the others.
pub struct Local {
    path: PathBuf,
    workspace_dir: PathBuf,
    given: StatePaths,
}

impl Local {
    /// The backend with its arguments, and paths that were given by flags.
    #[must_use]
    pub fn new(path: PathBuf, workspace_dir: PathBuf, given: StatePaths) -> Self {
        Local { path, workspace_dir, given }
    }
}

impl Backend for Local {
    fn kind(&self) -> &'static str {
        "local"
    }

    fn workspaces(&self) -> Result<Vec<SmolStr>, StateError> {
        let mut names = Vec::new();
        match std::fs::read_dir(&self.workspace_dir) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(StateError::io("open", &self.workspace_dir)(error)),
            Ok(entries) => {
                for entry in entries {
                    let entry = entry.map_err(StateError::io("read", &self.workspace_dir))?;
                    if entry.path().is_dir() {
                        names.push(entry.file_name().to_string_lossy().into());
                    }
                }
            }
        }
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.into());
        Ok(names)
    }

    fn create_workspace(&self, name: &str) -> Result<(), StateError> {
        let folder = self.workspace_dir.join(name);
        std::fs::create_dir_all(&folder).map_err(StateError::io("mkdir", &folder))
    }

    fn delete_workspace(&self, name: &str) -> Result<(), StateError> {
        if name == DEFAULT_WORKSPACE || name.is_empty() {
            return Err(StateError::Refused("cannot delete default state".into()));
        }
        let folder = self.workspace_dir.join(name);
        std::fs::remove_dir_all(&folder).map_err(StateError::io("remove", &folder))
    }

    fn storage(&self, workspace: &str) -> Box<dyn Storage> {
        let configured = match workspace {
            DEFAULT_WORKSPACE | "" => self.path.clone(),
            name => self.workspace_dir.join(name).join("terraform.tfstate"),
        };
        let read = self.given.state.clone().unwrap_or(configured);
        let write = self.given.state_out.clone().unwrap_or_else(|| read.clone());
        let backup = match &self.given.backup {
            None => {
                let mut path = write.clone().into_os_string();
                if self.given.dated_backup {
                    path.push(format!(".{}", jiff::Timestamp::now().as_second()));
                }
                path.push(".backup");
                Some(path.into())
            }
            Some(path) if path.as_os_str() == "-" => None,
            Some(path) => Some(path.clone()),
        };
        Box::new(StateFile::new(read, write, backup))
    }
}
