//! `removed` blocks: what is no longer in the configuration is destroyed as they say, or only
//! forgotten.

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::config::decode::target::Target;
use crate::config::module::{Mode, Removed, ResourceKey};
use crate::config::tree::ModuleTree;
use crate::graph::InstanceAddress;
use crate::syntax::{Diagnostic, Diagnostics};

/// A `removed` block with the place where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Removal<'t> {
    /// The block.
    pub block: &'t Removed,
    /// The module in which it stands: its provisioners' expressions are evaluated there.
    pub module: &'t ModuleTree,
}

/// Names of calls, and a resource if one is meant.
type Address = (Vec<SmolStr>, Option<ResourceKey>);

/// The `removed` blocks of a configuration.
#[derive(Debug, Default)]
pub struct Removals<'t>(HashMap<Address, Removal<'t>>);

impl<'t> Removals<'t> {
    /// The blocks of all modules. Of several for one address the first counts.
    #[must_use]
    pub fn new(tree: &'t ModuleTree) -> Self {
        let mut found = HashMap::new();
        for module in tree.walk() {
            for block in &module.module.removed {
                if let Some(address) = address(module, block) {
                    found.entry(address).or_insert(Removal { block, module });
                }
            }
        }
        Removals(found)
    }

    /// The block that says what becomes of an object that is in state and not in the configuration: one that says to
    /// forget it, whether it names the resource or a module around it, goes before one that says to destroy it.
    #[must_use]
    pub fn for_instance(&self, instance: &InstanceAddress) -> Option<Removal<'t>> {
        let resource = &instance.resource;
        if self.0.is_empty() || resource.resource.mode != Mode::Managed {
            return None;
        }
        let path = resource.module.path();
        let own = self.0.get(&(path.clone(), Some(resource.resource.clone())));
        let around = (1..=path.len()).rev().filter_map(|depth| self.0.get(&(path[..depth].to_vec(), None)));
        let all: Vec<Removal<'t>> = own.into_iter().chain(around).copied().collect();
        all.iter().find(|r| !r.block.destroy).or(all.first()).copied()
    }
}

/// The address that a block names, from the root.
fn address(module: &ModuleTree, block: &Removed) -> Option<Address> {
    let target = Target::parse_whole(&block.from).ok()?;
    let calls = target.modules.into_iter().map(|(name, _)| name);
    Some((module.path.iter().cloned().chain(calls).collect(), target.resource.map(|(key, _)| key)))
}

/// Reports blocks for what is still there.
#[must_use]
pub fn check_removed(tree: &ModuleTree) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for module in tree.walk() {
        for block in &module.module.removed {
            diagnostics.extend(address(module, block).and_then(|address| still_there(tree, &address)));
        }
    }
    diagnostics
}

fn still_there(tree: &ModuleTree, (path, resource): &Address) -> Option<Diagnostic> {
    let mut shown: Vec<String> = path.iter().map(|name| format!("module.{name}")).collect();
    shown.extend(resource.iter().map(ToString::to_string));
    let (noun, span) = match resource {
        Some(key) => ("resource", tree.at(path)?.module.resources.get(key)?.span),
        None => {
            let (name, outside) = path.split_last()?;
            ("module", tree.at(outside)?.module.calls.get(name)?.span)
        }
    };
    let detail = format!(
        "This statement declares that {} was removed, but it is still declared in configuration.",
        shown.join(".")
    );
    Some(Diagnostic::error(format!("Removed {noun} still exists"), detail).at(span))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::load::load;
    use crate::graph::parse_instance;

    fn removed(from: &str, destroy: bool) -> String {
        format!("removed {{\n  from = {from}\n  lifecycle {{\n    destroy = {destroy}\n  }}\n}}\n")
    }

    /// `d` and `f` stand for blocks that destroy and forget.
    fn blocks(text: &str) -> String {
        text.split(", ").filter_map(|item| item.split_once(' ')).map(|(how, from)| removed(from, how == "d")).collect()
    }

    #[test]
    fn forgetting_goes_first() {
        let table = [
            ("", "", "module.x.t.a", ""),
            ("d t.a, f t.a", "", "t.a[0]", "destroy"),
            ("f t.a, d t.a", "", "t.a", "forget"),
            ("f t.b", "", "t.a", ""),
            ("f t.a", "", "module.x.t.a", ""),
            ("d module.x.t.a", "f t.a", "module.x.t.a", "destroy"),
            ("f module.x.t.a", "d t.a", "module.x.t.a", "forget"),
            ("", "f t.a", "module.x[5].t.a[1]", "forget"),
            ("d module.x, f module.x.t.a", "", "module.x.t.a", "forget"),
            ("d module.x.t.a, f module.x", "", "module.x[\"k\"].t.a", "forget"),
            ("d module.x, f module.x.module.y, d module.x.module.y.t.a", "", "module.x.module.y[1].t.a", "forget"),
            ("d module.x", "", "module.x.module.y.t.a", "destroy"),
            ("f module.x", "", "module.x.data.t.a", ""),
        ];
        for (root, module, instance, wanted) in table {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("m")).unwrap();
            let call = "module \"x\" {\n  source = \"./m\"\n}\n";
            fs::write(dir.path().join("main.tf"), format!("{call}{}", blocks(root))).unwrap();
            fs::write(dir.path().join("m/main.tf"), blocks(module)).unwrap();
            let loaded = load(dir.path());
            let removals = Removals::new(loaded.tree.as_ref().unwrap());
            let found = removals.for_instance(&parse_instance(instance).unwrap());
            let shown = found.map_or("", |r| if r.block.destroy { "destroy" } else { "forget" });
            assert_eq!(shown, wanted, "{root} / {module} / {instance}");
        }
    }

    #[test]
    fn what_is_still_there() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("m")).unwrap();
        let root = "module \"x\" {\n  source = \"./m\"\n}\nresource \"t\" \"a\" {\n  count = 0\n}\n".to_owned()
            + &blocks("f t.a, f module.x, f module.x.t.r, f module.x.t.s, f module.z.t.r");
        fs::write(dir.path().join("main.tf"), root).unwrap();
        fs::write(dir.path().join("m/main.tf"), "resource \"t\" \"r\" {}\n".to_owned() + &blocks("f t.r")).unwrap();
        let loaded = load(dir.path());
        let found = check_removed(loaded.tree.as_ref().unwrap());
        let shown: Vec<String> = found
            .iter()
            .map(|d| format!("{}: {}", d.summary, d.detail.split(" was removed").next().unwrap()))
            .collect();
        let says = "This statement declares that";
        assert_eq!(
            shown,
            [
                format!("Removed resource still exists: {says} t.a"),
                format!("Removed module still exists: {says} module.x"),
                format!("Removed resource still exists: {says} module.x.t.r"),
                format!("Removed resource still exists: {says} module.x.t.r"),
            ]
        );
    }
}
