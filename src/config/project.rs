//! A project: a folder with `stacks/` in it, every folder of which is a root module, called a stack.

use std::path::{Path, PathBuf};

use smol_str::SmolStr;

use super::files::{Disk, Files, clean, is_configuration};

/// The folder with the stacks.
const STACKS: &str = "stacks";
/// The folder with their states, where they don't say otherwise.
const STATES: &str = "state";

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its folder.
    pub root: PathBuf,
    /// The names of its stacks, sorted. There is at least one.
    pub stacks: Vec<SmolStr>,
}

impl Project {
    /// The project in a folder; none if that has no stacks, or is a root module itself.
    #[must_use]
    pub fn in_folder(root: &Path) -> Option<Self> {
        if is_module(root) {
            return None;
        }
        let entries = std::fs::read_dir(root.join(STACKS)).ok()?.filter_map(Result::ok);
        let folders = entries.filter(|entry| is_module(&entry.path()));
        let names = folders.filter_map(|entry| Some(SmolStr::from(entry.file_name().into_string().ok()?)));
        let mut stacks: Vec<SmolStr> = names.filter(|name| !name.starts_with('.')).collect();
        stacks.sort();
        (!stacks.is_empty()).then(|| Project { root: root.to_owned(), stacks })
    }

    /// Whether these are all names of its stacks.
    #[must_use]
    pub fn has_all(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.stacks.iter().any(|stack| stack == word.as_str()))
    }

    /// Those of its stacks that are named, or all if none is.
    #[must_use]
    pub fn named(&self, words: &[String]) -> Vec<SmolStr> {
        let is_named = |stack: &&SmolStr| words.is_empty() || words.iter().any(|word| word == stack.as_str());
        self.stacks.iter().filter(is_named).cloned().collect()
    }

    /// The folder of a stack.
    #[must_use]
    pub fn folder(&self, stack: &str) -> PathBuf {
        clean(&self.root.join(STACKS).join(stack))
    }

    /// The file with a stack's state, if the stack has no `backend` block.
    #[must_use]
    pub fn state_file(root: &Path, stack: &str) -> PathBuf {
        clean(&root.join(STATES).join(format!("{stack}.tfstate")))
    }
}

/// The folder of the project that a root module is a stack of, and the stack's name; none if it isn't one.
#[must_use]
pub fn stack_in(folder: &Path) -> Option<(PathBuf, SmolStr)> {
    let full = std::path::absolute(folder.join(".")).ok()?;
    let name = full.file_name()?.to_str()?;
    let stacks = full.parent()?;
    let is_stack = stacks.file_name()? == STACKS && !is_module(stacks.parent()?);
    is_stack.then(|| (clean(&folder.join("../..")), SmolStr::from(name)))
}

fn is_module(folder: &Path) -> bool {
    Disk.names(&folder.join(".")).is_some_and(|names| names.iter().any(|name| is_configuration(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_stacks_make_a_project() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        let at = |path: &str| root.path().join(path);
        assert_eq!(Project::in_folder(root.path()), None);
        for folder in ["stacks/b", "stacks/a", "stacks/empty", "stacks/.hidden", "other/a"] {
            std::fs::create_dir_all(at(folder))?;
        }
        for file in ["stacks/a/main.tf", "stacks/b/main.tf.json", "stacks/.hidden/x.tf", "other/a/main.tf"] {
            std::fs::write(at(file), "")?;
        }
        let project = Project::in_folder(root.path()).unwrap();
        assert_eq!(project.stacks, ["a", "b"]);
        assert_eq!(project.folder("b"), at("stacks/b"));
        assert_eq!(stack_in(&at("stacks/a")), Some((root.path().to_owned(), "a".into())));
        assert_eq!(stack_in(&at("other/a")), None);
        std::fs::write(at("main.tf"), "")?;
        assert_eq!(Project::in_folder(root.path()), None, "it is a root module");
        assert_eq!(stack_in(&at("stacks/a")), None);
        Ok(())
    }
}
