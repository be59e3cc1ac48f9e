//! Finding, reading and decoding the files of a module and of all modules that it calls.

mod assemble;
mod files;
mod installed;
mod providers;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::config::decode::source::ModuleSource;
use crate::config::files::{Disk, Files, clean};
use crate::config::module::{Module, ModuleCall};
use crate::config::tree::ModuleTree;
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};
use installed::Installed;
pub use installed::note_modules;

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// All files.
    pub sources: SourceMap,
    /// The modules, as far as they could be read; `None` if the folder can't be.
    pub tree: Option<ModuleTree>,
    /// What is wrong with their form.
    pub diagnostics: Diagnostics,
}

/// How deep modules can call modules, and how many calls there can be: more is surely a mistake, and
/// would take all memory.
const MAX_DEPTH: usize = 64;
const MAX_CALLS: usize = 20_000;

/// Loads the module in a folder and none that it calls.
#[must_use]
pub fn load_root(dir: &Path) -> Loaded {
    let mut sources = SourceMap::default();
    let mut diagnostics = Diagnostics::new();
    let tree = files::read_module(&clean(dir), &Disk, &mut sources).map(|files| {
        let (module, problems) = assemble::assemble(&clean(dir), files, &sources);
        diagnostics.extend(problems);
        ModuleTree { path: Vec::new(), module: Arc::new(module), children: IndexMap::new() }
    });
    Loaded { sources, tree, diagnostics }
}

/// Loads the module in a folder with all modules that it calls. If the root module has errors, the
/// others are not looked at.
#[must_use]
pub fn load(dir: &Path) -> Loaded {
    load_from(dir, &Disk)
}

/// [`load`], of files that need not be on disk.
#[must_use]
pub fn load_from(dir: &Path, files: &dyn Files) -> Loaded {
    let mut loader = Loader {
        root: dir,
        files,
        sources: SourceMap::default(),
        modules: HashMap::new(),
        installed: Installed::read(dir, files),
        calls: 0,
    };
    let mut diagnostics = Diagnostics::new();
    let Some(module) = loader.module(&clean(dir), &mut diagnostics) else {
        return Loaded { sources: loader.sources, tree: None, diagnostics };
    };
    let mut tree = ModuleTree { path: Vec::new(), module, children: IndexMap::new() };
    if !diagnostics.has_errors() {
        loader.children(&mut tree, &mut vec![clean(dir)], &mut diagnostics);
        providers::check_providers(&tree, &mut diagnostics);
    }
    if !diagnostics.has_errors() {
        assemble::check_versions(&tree, "", &mut diagnostics);
    }
    Loaded { sources: loader.sources, tree: Some(tree), diagnostics }
}

impl Loaded {
    /// What in the configuration asks for another version of this program, whatever else is wrong with it.
    #[must_use]
    pub fn unmet_versions(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if let Some(tree) = &self.tree {
            assemble::check_versions(tree, "", &mut diagnostics);
        }
        diagnostics
    }
}

struct Loader<'a> {
    root: &'a Path,
    files: &'a dyn Files,
    sources: SourceMap,
    /// By folder, with what is wrong with them.
    modules: HashMap<PathBuf, Option<(Arc<Module>, Diagnostics)>>,
    installed: Installed,
    calls: usize,
}

impl Loader<'_> {
    /// The module in a folder. What is wrong with it is reported every time it is asked for.
    fn module(&mut self, dir: &Path, diagnostics: &mut Diagnostics) -> Option<Arc<Module>> {
        if !self.modules.contains_key(dir) {
            let loaded = files::read_module(dir, self.files, &mut self.sources).map(|files| {
                let (module, problems) = assemble::assemble(dir, files, &self.sources);
                (Arc::new(module), problems)
            });
            self.modules.insert(dir.to_path_buf(), loaded);
        }
        match self.modules.get(dir) {
            Some(Some((module, problems))) => {
                diagnostics.extend(problems.clone());
                Some(Arc::clone(module))
            }
            _ => {
                let detail = format!("Module directory {} does not exist or cannot be read.", dir.display());
                diagnostics.push(Diagnostic::error("Failed to read module directory", detail));
                None
            }
        }
    }

    /// Loads what a module calls. `dirs` are the folders of the modules on the way here.
    fn children(&mut self, tree: &mut ModuleTree, dirs: &mut Vec<PathBuf>, diagnostics: &mut Diagnostics) {
        let module = Arc::clone(&tree.module);
        for (name, call) in &module.calls {
            let mut path = tree.path.clone();
            path.push(name.clone());
            let found = self.call_dir(call, &path, dirs);
            let child = found.and_then(|dir| self.child(call, path, dir, dirs));
            match child {
                Ok((child, problems)) => {
                    diagnostics.extend(problems);
                    tree.children.extend(child.map(|c| (name.clone(), c)));
                }
                Err(problem) => diagnostics.push(problem),
            }
        }
    }

    /// The folder of a called module.
    fn call_dir(&self, call: &ModuleCall, path: &[SmolStr], dirs: &[PathBuf]) -> Result<PathBuf, Diagnostic> {
        match ModuleSource::parse(&call.source, call.version.is_some()) {
            Ok(ModuleSource::Local(source)) => {
                let parent = dirs.last().map_or(self.root, PathBuf::as_path);
                Ok(clean(&parent.join(source)))
            }
            Ok(source) => self.installed.dir(self.root, call, &source, path).map(|dir| clean(&dir)),
            Err((summary, detail)) => Err(Diagnostic::error(summary, detail).at(call.source_span)),
        }
    }

    fn child(
        &mut self,
        call: &ModuleCall,
        path: Vec<SmolStr>,
        dir: PathBuf,
        dirs: &mut Vec<PathBuf>,
    ) -> Result<(Option<ModuleTree>, Diagnostics), Diagnostic> {
        self.calls += 1;
        if dirs.contains(&dir) || dirs.len() >= MAX_DEPTH || self.calls > MAX_CALLS {
            let detail = format!(
                "Module {:?} (from {}) calls itself, directly or through other modules, or modules are nested too deeply.",
                path.join("."),
                dir.display()
            );
            return Err(Diagnostic::error("Module calls form a cycle", detail).at(call.source_span));
        }
        if !self.files.is_folder(&dir) {
            let detail = format!(
                "The folder {} of module {:?} (from {:?}) does not exist or is not a folder.",
                dir.display(),
                path.join("."),
                call.source
            );
            return Err(Diagnostic::error("Module not installed", detail).at(call.span));
        }
        let mut diagnostics = Diagnostics::new();
        let Some(module) = self.module(&dir, &mut diagnostics) else { return Ok((None, diagnostics)) };
        let mut tree = ModuleTree { path, module, children: IndexMap::new() };
        dirs.push(dir);
        self.children(&mut tree, dirs, &mut diagnostics);
        dirs.pop();
        Ok((Some(tree), diagnostics))
    }
}

#[cfg(test)]
mod tests;
