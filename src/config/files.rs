//! Where the files of a configuration come from: the disk, or what a saved plan has kept of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Folders with files.
pub trait Files {
    /// Whether there is a folder of that name.
    fn is_folder(&self, path: &Path) -> bool;

    /// The names of the files in a folder, in any order; `None` if it can't be read.
    fn names(&self, folder: &Path) -> Option<Vec<String>>;

    /// What is in a file.
    ///
    /// # Errors
    /// When it can't be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// What messages call a file.
    fn shown(&self, path: &Path) -> String {
        path.to_string_lossy().into_owned()
    }
}

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn names(&self, folder: &Path) -> Option<Vec<String>> {
        let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
        let files = entries.filter(|entry| !entry.file_type().is_ok_and(|t| t.is_dir()));
        Some(files.filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }
}

/// What was once read of a configuration, so that it can be read again whatever has become of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The folders.
    pub folders: BTreeSet<PathBuf>,
    /// The files, by path.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Snapshot {
    /// Whether there is any configuration file in it.
    #[must_use]
    pub fn has_configuration(&self) -> bool {
        self.files.keys().filter_map(|path| path.file_name()?.to_str()).any(is_configuration)
    }
}

impl Files for Snapshot {
    fn is_folder(&self, path: &Path) -> bool {
        self.folders.contains(path)
    }

    fn names(&self, folder: &Path) -> Option<Vec<String>> {
        if !self.folders.contains(folder) {
            return None;
        }
        let is_in = |path: &&PathBuf| path.parent().is_some_and(|parent| same_folder(parent, folder));
        let name = |path: &PathBuf| Some(path.file_name()?.to_str()?.to_owned());
        Some(self.files.keys().filter(is_in).filter_map(name).collect())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// Whether a file, by its name, is part of the module: not hidden, not a backup of an editor.
pub(in crate::config) fn is_configuration(name: &str) -> bool {
    let is_ignored = name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    !is_ignored && (name.ends_with(".tf") || name.ends_with(".tf.json"))
}

/// The parent of `a.tf` is empty, and the folder that it is in is `.`.
fn same_folder(parent: &Path, folder: &Path) -> bool {
    parent == folder || (parent.as_os_str().is_empty() && folder == Path::new("."))
}

/// The files of this machine, as a root module sees them, remembering what was read of them.
#[derive(Debug, Default)]
pub struct Recorder {
    folder: PathBuf,
    read: RefCell<Snapshot>,
}

impl Recorder {
    /// For the root module in a folder, from where all paths begin.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Recorder { folder: folder.to_owned(), read: RefCell::default() }
    }

    /// What was read.
    #[must_use]
    pub fn into_snapshot(self) -> Snapshot {
        self.read.into_inner()
    }
}

impl Files for Recorder {
    fn is_folder(&self, path: &Path) -> bool {
        let is_folder = Disk.is_folder(&self.folder.join(path));
        if is_folder {
            self.read.borrow_mut().folders.insert(path.to_path_buf());
        }
        is_folder
    }

    fn names(&self, folder: &Path) -> Option<Vec<String>> {
        let names = Disk.names(&self.folder.join(folder))?;
        self.read.borrow_mut().folders.insert(folder.to_path_buf());
        Some(names)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = Disk.read(&self.folder.join(path))?;
        self.read.borrow_mut().files.insert(path.to_path_buf(), bytes.clone());
        Ok(bytes)
    }

    fn shown(&self, path: &Path) -> String {
        clean(&self.folder.join(path)).to_string_lossy().into_owned()
    }
}

/// A path without `.` and `x/..`, as messages show it. What there is behind links is not looked at.
#[must_use]
pub fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir) => {}
                _ => out.push(".."),
            },
            _ => out.push(part),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}
