//! `root_module` with its `child_modules`: how plans and state list resources with their values.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::graph::ModuleAddress;

/// An instance of a module with what is in it.
#[derive(Debug, Serialize)]
pub struct ModuleValues<R> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<R>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    child_modules: Vec<ModuleValues<R>>,
}

/// Resources by module.
pub type ByModule<R> = BTreeMap<ModuleAddress, Vec<R>>;

impl<R> ModuleValues<R> {
    /// The root module, with all modules that there are. Modules between them are added.
    #[must_use]
    pub fn root(by_module: ByModule<R>) -> Self {
        // Deeper modules come later, so that a module is complete when it is reached from the end.
        let mut open: BTreeMap<_, _> = by_module.into_iter().map(|(m, r)| (m, (r, Vec::new()))).collect();
        while let Some((module, (resources, mut child_modules))) = open.pop_last() {
            child_modules.sort_by(|a: &Self, b| a.address.cmp(&b.address));
            let Some((_, outside)) = module.steps().split_last() else {
                return ModuleValues { resources, address: None, child_modules };
            };
            let parent = ModuleAddress::new(outside.to_vec());
            let node = ModuleValues { resources, address: Some(module.to_string()), child_modules };
            open.entry(parent).or_default().1.push(node);
        }
        ModuleValues { resources: Vec::new(), address: None, child_modules: Vec::new() }
    }
}
