//! A state that is worked on: read, locked, saved when it changes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::state::backend::{Backend, Revision, StateError, Storage};
use crate::state::lock::LockError;
use crate::state::{LockInfo, State, format};
use crate::syntax::{Diagnostic, Diagnostics};

/// The state of a workspace. Its lock, if it has one, ends with it.
pub struct Store {
    storage: Arc<Mutex<Box<dyn Storage>>>,
    saved: Option<State>,
    locked: bool,
    /// The folder of the root module.
    folder: PathBuf,
}

/// Gives up the lock of a [`Store`] from another thread, when the process is to end.
pub struct Release(Arc<Mutex<Box<dyn Storage>>>);

impl Release {
    /// Gives it up once nobody is using the state, and keeps everybody from using it as long as the result lives.
    #[must_use]
    pub fn give_up(&self) -> impl Drop {
        let mut storage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody is left to be told.
        let _ = storage.unlock();
        storage
    }
}

/// Where a state goes that can't be saved where it belongs.
const ERRORED: &str = "errored.tfstate";

impl Store {
    /// The state of a workspace of a backend.
    #[must_use]
    pub fn new(backend: &dyn Backend, workspace: &str) -> Self {
        let storage = Arc::new(Mutex::new(backend.storage(workspace)));
        Store { storage, saved: None, locked: false, folder: PathBuf::new() }
    }

    /// Says in which folder the root module is: that is where a state goes that can't be saved where it belongs.
    #[must_use]
    pub fn of_folder(mut self, folder: &Path) -> Self {
        self.folder = folder.to_owned();
        self
    }

    fn storage(&self) -> MutexGuard<'_, Box<dyn Storage>> {
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked
    }

    /// What gives up the lock if the process has to end.
    #[must_use]
    pub fn release(&self) -> Release {
        Release(Arc::clone(&self.storage))
    }

    /// Where the state is, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        self.storage().place()
    }

    /// Locks the state for an operation, trying again for some time while somebody else has it, and reads
    /// it. `waiting` is called once if it takes a while. Gives the lock that a process which is gone
    /// has left behind.
    ///
    /// # Errors
    /// When it can't be locked, or is none that can be used.
    pub fn lock(
        &mut self,
        operation: &str,
        timeout: Duration,
        waiting: &mut dyn FnMut(),
    ) -> Result<Option<LockInfo>, Diagnostics> {
        let info = LockInfo::new(operation, &self.place());
        // A process that was killed while it was starting a command leaves the lock to that for a moment.
        let timeout = timeout.max(GRACE);
        let start = Instant::now();
        let mut announced = false;
        let abandoned = loop {
            let locked = self.storage().lock(&info);
            match locked {
                Ok(abandoned) => break abandoned,
                Err(LockError::Held(_)) if start.elapsed() < timeout => {
                    if !announced && start.elapsed() >= PATIENCE {
                        announced = true;
                        waiting();
                    }
                    std::thread::park_timeout(PAUSE.min(timeout.saturating_sub(start.elapsed())));
                }
                Err(error) => return Err(not_locked(&error.to_string()).into()),
            }
        };
        self.locked = true;
        match self.refresh() {
            Ok(()) => Ok(abandoned),
            Err(error) => {
                let failed = not_locked(&error.to_string());
                Err(std::iter::once(failed).chain(self.unlock()).collect())
            }
        }
    }

    /// Gives up the lock. What goes wrong with that is a matter of diagnostics.
    pub fn unlock(&mut self) -> Diagnostics {
        if !std::mem::take(&mut self.locked) {
            return Diagnostics::new();
        }
        let unlocked = self.storage().unlock();
        match unlocked {
            Ok(()) => Diagnostics::new(),
            Err(error) => Diagnostic::error(
                "Error releasing the state lock",
                format!(
                    "Error message: {error}\n\nTerraform acquires a lock when accessing your state to prevent others running \
                     Terraform to potentially modify the state at the same time. An error occurred while releasing this \
                     lock. This could mean that the lock did or did not release properly. If the lock didn't release \
                     properly, Terraform may not be able to run future commands since it'll appear as if the lock is \
                     held.\n\nIn this scenario, please call the \"force-unlock\" command to unlock the state manually. This \
                     is a very dangerous operation since if it is done erroneously it could result in two people \
                     modifying state at the same time. Only call this command if you're certain that the unlock above \
                     failed and that no one else is holding a lock."
                ),
            )
            .into(),
        }
    }

    fn refresh(&mut self) -> Result<(), StateError> {
        let read = self.storage().read()?;
        self.saved = read;
        Ok(())
    }

    /// Reads the state, if that hasn't been done. `None` if there is none.
    ///
    /// # Errors
    /// When it can't be read, or is none that can be used.
    pub fn read(&mut self) -> Result<Option<State>, StateError> {
        if self.saved.is_none() {
            self.refresh()?;
        }
        Ok(self.saved.clone())
    }

    /// Reads the state for an operation on a configuration; an empty one if there is none.
    ///
    /// # Errors
    /// When it can't be read, or is none that can be used.
    pub fn read_or_empty(&mut self) -> Result<State, Diagnostics> {
        match self.read() {
            Ok(state) => Ok(state.unwrap_or_default()),
            Err(StateError::Content(diagnostics)) => Err(diagnostics),
            Err(error) => Err(Diagnostic::error("Error loading state", error.to_string()).into()),
        }
    }

    /// Saves the state if it says something new: with the next serial, and a lineage if it has none.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn save(&mut self, state: &mut State) -> Result<(), StateError> {
        match &self.saved {
            Some(saved) if saved.says_the_same(state) => {
                state.serial = saved.serial;
                return Ok(());
            }
            _ => state.serial = self.next_serial(),
        }
        if state.lineage.is_empty() {
            state.lineage = uuid::Uuid::new_v4().to_string().into();
        }
        self.storage().write(state)?;
        self.saved = Some(state.clone());
        Ok(())
    }

    /// The serial that the next state gets that says something new.
    #[must_use]
    pub fn next_serial(&self) -> u64 {
        self.saved.as_ref().map_or(0, |saved| saved.serial) + 1
    }

    /// Saves the state, or, if that fails, writes it to `errored.tfstate` in the current folder.
    ///
    /// # Errors
    /// What went wrong, and where the state is now.
    pub fn save_or_rescue(&mut self, state: &mut State) -> Result<(), Diagnostics> {
        let Err(error) = self.save(state) else { return Ok(()) };
        let failed = Diagnostic::error("Failed to save state", format!("Error saving state: {error}"));
        Err(vec![failed, rescue(state, &self.folder)].into_iter().collect())
    }

    /// Puts a state in the place of this one, its serial and lineage as they are. Without `force` it must
    /// be of the same lineage and not older, unless this one is empty.
    ///
    /// # Errors
    /// When it is not, or can't be written.
    pub fn replace(&mut self, state: &State, force: bool) -> Result<(), StateError> {
        if let Some(saved) = self.read()?.filter(|saved| !force && !saved.is_empty()) {
            if !saved.lineage.is_empty() && !state.lineage.is_empty() && saved.lineage != state.lineage {
                return Err(StateError::Refused(format!(
                    "cannot import state with lineage {:?} over unrelated state with lineage {:?}",
                    state.lineage.as_str(),
                    saved.lineage.as_str()
                )));
            }
            if saved.serial > state.serial {
                return Err(StateError::Refused(format!(
                    "cannot import state with serial {} over newer state with serial {}",
                    state.serial, saved.serial
                )));
            }
            if saved.serial == state.serial && !saved.says_the_same(state) {
                return Err(StateError::Refused(format!(
                    "cannot overwrite existing state with serial {} with a different state that has the same serial",
                    state.serial
                )));
            }
        }
        self.storage().write(state)?;
        self.saved = Some(state.clone());
        Ok(())
    }

    /// Removes a lock by its ID, whose holder is gone.
    ///
    /// # Errors
    /// When there is no such lock, or its holder is still there.
    pub fn break_lock(&mut self, id: &str) -> Result<(), StateError> {
        self.storage().break_lock(id)
    }

    /// Earlier states, the newest first.
    ///
    /// # Errors
    /// When they can't be told.
    pub fn history(&self) -> Result<Vec<Revision>, StateError> {
        self.storage().history()
    }

    /// An earlier state.
    ///
    /// # Errors
    /// When there is none of that ID, or it can't be read.
    pub fn read_revision(&self, id: &str) -> Result<State, StateError> {
        self.storage().read_revision(id)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Who wants to know what goes wrong calls `unlock`.
        self.unlock();
    }
}

/// How long a lock may take before somebody wonders.
const PATIENCE: Duration = Duration::from_millis(400);
/// How long a lock is tried for at least.
const GRACE: Duration = Duration::from_millis(300);
/// Between two attempts to lock.
const PAUSE: Duration = Duration::from_millis(100);

fn not_locked(reason: &str) -> Diagnostic {
    let detail = format!(
        "Error message: {reason}\n\nTerraform acquires a state lock to protect the state from being written\nby multiple users \
         at the same time. Please resolve the issue above and try\nagain. For most commands, you can disable locking with \
         the \"-lock=false\"\nflag, but this is not recommended."
    );
    Diagnostic::error("Error acquiring the state lock", detail)
}

/// Writes a state into the root module's folder, as the last resort.
fn rescue(state: &State, folder: &Path) -> Diagnostic {
    const SUMMARY: &str = "Failed to persist state to backend";
    let path = folder.join(ERRORED);
    let written = std::fs::File::create(&path).and_then(|file| {
        let mut file = std::io::BufWriter::new(file);
        format::write(state, &mut file)?;
        file.flush()?;
        file.get_ref().sync_all()
    });
    match written {
        Ok(()) if !folder.as_os_str().is_empty() => {
            let (path, folder) = (path.display(), folder.display());
            let detail = format!(
                "The error shown above has prevented infra from writing the updated state where it belongs. It is in {path}.\n\nAn \
                 apply would not know of what was made. To put the state where it belongs, use:\n    infra -chdir={folder} state push \
                 {ERRORED}"
            );
            Diagnostic::error(SUMMARY, detail)
        }
        Ok(()) => Diagnostic::error(
            SUMMARY,
            "The error shown above has prevented Terraform from writing the updated state to the configured backend. To \
             allow for recovery, the state has been written to the file \"errored.tfstate\" in the current working \
             directory.\n\nRunning \"terraform apply\" again at this point will create a forked state, making it harder to \
             recover.\n\nTo retry writing this state, use the following command:\n    terraform state push \
             errored.tfstate\n",
        ),
        Err(error) => {
            // It must not get lost.
            let mut text = Vec::new();
            let _ = format::write(state, &mut text);
            let text = String::from_utf8_lossy(&text);
            let detail = format!(
                "The errors shown above have prevented Terraform from writing the updated state to the configured backend \
                 and from creating a local backup file ({error}). As a fallback, the raw state data is shown below as JSON. \
                 Copy it to a file and write it to the backend with \"terraform state push\".\n\n{text}"
            );
            Diagnostic::error("Failed to create local state file", detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use smol_str::SmolStr;

    use super::*;
    use crate::state::backend::Revision;

    /// Nothing can be written there.
    struct Full;

    fn refused<T>() -> Result<T, StateError> {
        Err(StateError::Refused("no space left".into()))
    }

    impl Backend for Full {
        fn kind(&self) -> &'static str {
            "full"
        }
        fn workspaces(&self) -> Result<Vec<SmolStr>, StateError> {
            Ok(Vec::new())
        }
        fn create_workspace(&self, _: &str) -> Result<(), StateError> {
            refused()
        }
        fn delete_workspace(&self, _: &str) -> Result<(), StateError> {
            refused()
        }
        fn storage(&self, _: &str) -> Box<dyn Storage> {
            Box::new(Full)
        }
    }

    impl Storage for Full {
        fn place(&self) -> String {
            "full".into()
        }
        fn read(&mut self) -> Result<Option<State>, StateError> {
            Ok(None)
        }
        fn write(&mut self, _: &State) -> Result<(), StateError> {
            refused()
        }
        fn lock(&mut self, _: &LockInfo) -> Result<Option<LockInfo>, LockError> {
            Ok(None)
        }
        fn unlock(&mut self) -> Result<(), StateError> {
            Ok(())
        }
        fn break_lock(&mut self, _: &str) -> Result<(), StateError> {
            refused()
        }
        fn written(&self) -> Option<SystemTime> {
            None
        }
        fn history(&self) -> Result<Vec<Revision>, StateError> {
            Ok(Vec::new())
        }
        fn read_revision(&self, _: &str) -> Result<State, StateError> {
            refused()
        }
    }

    /// Of several stacks none takes the place of another.
    #[test]
    fn what_cannot_be_saved_is_in_the_folder_of_its_root_module() {
        let root = tempfile::tempdir().unwrap();
        for stack in ["a", "b"] {
            let folder = root.path().join(stack);
            std::fs::create_dir(&folder).unwrap();
            let mut state = State { lineage: stack.into(), ..State::default() };
            let problems = Store::new(&Full, "default").of_folder(&folder).save_or_rescue(&mut state).unwrap_err();
            assert!(problems.iter().any(|d| d.detail.contains(&format!("-chdir={} state push", folder.display()))));
            let text = std::fs::read_to_string(folder.join(ERRORED)).unwrap();
            assert_eq!(format::read(&text).unwrap().lineage, stack);
        }
    }
}
