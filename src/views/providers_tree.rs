//! The providers that modules require, as a tree.

use std::collections::BTreeSet;

use crate::config::provider_of;
use crate::config::tree::ModuleTree;
use crate::config::version::VersionConstraint;
use crate::state::State;

/// The tree of a root module, with newlines around it.
#[must_use]
pub fn providers_tree(root: &ModuleTree) -> String {
    let mut out = String::from("\nProviders required by configuration:\n.\n");
    write(root, "", &mut out);
    out.push('\n');
    out
}

/// The providers that manage what is in a state, with a newline at the end. `None` if it is empty.
#[must_use]
pub fn providers_of_state(state: &State) -> Option<String> {
    let providers: BTreeSet<&str> = state.resources.values().map(|r| r.provider.provider.as_str()).collect();
    let lines: Vec<_> = providers.iter().map(|p| format!("    provider[{p}]\n\n")).collect();
    (!lines.is_empty()).then(|| format!("Providers required by state:\n\n{}", lines.concat()))
}

fn write(tree: &ModuleTree, indent: &str, out: &mut String) {
    let module = &*tree.module;
    let required = module.settings.required_providers.keys().map(|name| name.as_str());
    let configured = module.providers.keys().map(|key| key.name.as_str());
    let used = module.resources.values().map(provider_of::local_name);
    let names = required.chain(configured).chain(used);
    let providers: BTreeSet<String> = names.map(|name| provider_of::address(module, name)).collect();
    let mut children: Vec<_> = tree.children.iter().collect();
    children.sort_by_key(|(name, _)| *name);
    let mut left = providers.len() + children.len();
    let mut branch = |line: &str, out: &mut String| {
        left -= 1;
        let (mark, below) = if left == 0 { ("└── ", "    ") } else { ("├── ", "│   ") };
        out.push_str(&format!("{indent}{mark}{line}\n"));
        format!("{indent}{below}")
    };
    for provider in &providers {
        let versions = required_versions(tree, provider).map_or_else(String::new, |c| format!(" {c}"));
        branch(&format!("provider[{provider}]{versions}"), out);
    }
    for (name, child) in children {
        let indent = branch(&format!("module.{name}"), out);
        write(child, &indent, out);
    }
}

/// What a module says about the versions of a provider, by all names that it has for it.
#[must_use]
pub fn required_versions(tree: &ModuleTree, provider: &str) -> Option<VersionConstraint> {
    let required = tree.module.settings.required_providers.values();
    let of_provider = required.filter(|p| provider_of::address(&tree.module, &p.name.name) == provider);
    VersionConstraint::all(of_provider.filter_map(|p| VersionConstraint::parse(p.version.as_deref()?)))
}
