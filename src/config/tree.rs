//! A root module with all modules that it calls.

use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::config::module::Module;

/// A module in the tree of calls. A module that is called twice stands in it twice, its contents
/// shared.
#[derive(Clone, Debug)]
pub struct ModuleTree {
    /// The calls that lead here from the root: empty for the root.
    pub path: Vec<SmolStr>,
    /// What the module says.
    pub module: Arc<Module>,
    /// The modules of its calls. One that can't be loaded has been reported and is missing.
    pub children: IndexMap<SmolStr, ModuleTree>,
}

impl ModuleTree {
    /// The module that calls lead to from here.
    #[must_use]
    pub fn at(&self, path: &[SmolStr]) -> Option<&ModuleTree> {
        path.iter().try_fold(self, |tree, name| tree.children.get(name))
    }

    /// This module and all that it calls, each before its own.
    pub fn walk(&self) -> impl Iterator<Item = &ModuleTree> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(next.children.values().rev());
            Some(next)
        })
    }
}
