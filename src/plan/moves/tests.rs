use std::collections::BTreeMap;
use std::fs;

use super::*;
use crate::config::load::{Loaded, load};
use crate::config::module::Repetition;
use crate::graph::{InstanceAddress, InstanceKey, ModuleAddress, parse_instance};
use crate::providers::ProviderConfigAddress;
use crate::state::{InstanceState, ResourceState, State};
use crate::syntax::Diagnostics;

/// A root module and the module `m`.
fn config(root: &str, module: &str) -> Loaded {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("m")).unwrap();
    fs::write(dir.path().join("main.tf"), root).unwrap();
    fs::write(dir.path().join("m/main.tf"), module).unwrap();
    let loaded = load(dir.path());
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    loaded
}

fn state(addresses: &[&str]) -> State {
    let mut state = State::default();
    for address in addresses {
        let address = parse_instance(address).unwrap();
        let resource = state.resources.entry(address.resource).or_insert_with(|| ResourceState {
            provider: ProviderConfigAddress::root("terraform.io/builtin/terraform"),
            instances: BTreeMap::new(),
        });
        resource.instances.insert(address.key, InstanceState::default());
    }
    state
}

/// What the state has, each with where it was if that is another address; and what was blocked.
fn moved(loaded: &Loaded, before: &[&str]) -> Vec<String> {
    let tree = loaded.tree.as_ref().unwrap();
    let mut state = state(before);
    let mut all = statements(tree);
    let implied = implied_moves(tree, &state, &all);
    all.extend(implied);
    let moves = apply_moves(&in_order(all, &loaded.sources).unwrap(), &mut state);
    let mut shown = Vec::new();
    for (resource, instances) in &state.resources {
        for key in instances.instances.keys() {
            let address = resource.instance(key.clone());
            let old = moves.previous.get(&address).map(|old| format!(" <- {old}"));
            shown.push(format!("{address}{}", old.unwrap_or_default()));
        }
    }
    if let Some(warning) = moves.warning() {
        shown.extend(warning.detail.lines().filter(|l| l.starts_with("  - ")).map(|l| l[4..].to_owned()));
    }
    shown
}

const CALLS: &str = "module \"x\" {\n source = \"./m\"\n}\nmodule \"k\" {\n source = \"./m\"\n count = 2\n}\n";

#[test]
fn states_after_moves() {
    let table: &[(&str, &str, &[&str], &[&str])] = &[
        // Whole resources, instances, chains.
        ("", "", &["t.a"], &["t.a"]),
        ("moved {\n from = t.a\n to = t.b\n}", "", &["t.a[0]", "t.a[1]"], &["t.b[0] <- t.a[0]", "t.b[1] <- t.a[1]"]),
        (
            "moved {\n from = t.a[1]\n to = t.b[\"x\"]\n}",
            "",
            &["t.a[0]", "t.a[1]"],
            &["t.a[0]", "t.b[\"x\"] <- t.a[1]"],
        ),
        ("moved {\n from = t.a\n to = t.b[\"x\"]\n}", "", &["t.a[0]", "t.a"], &["t.a[0]", "t.b[\"x\"] <- t.a"]),
        ("moved {\n from = t.b\n to = t.c\n}\nmoved {\n from = t.a\n to = t.b\n}", "", &["t.a"], &["t.c <- t.a"]),
        // Into and out of modules.
        (
            "moved {\n from = t.a\n to = module.x.t.b\n}\nmoved {\n from = module.x\n to = module.y[\"q\"]\n}",
            "",
            &["t.a", "module.x.t.c"],
            &["module.y[\"q\"].t.b <- t.a", "module.y[\"q\"].t.c <- module.x.t.c"],
        ),
        (
            "moved {\n from = module.x\n to = module.y\n}\nmoved {\n from = module.x.t.r\n to = t.z\n}",
            "",
            &["module.x.t.r", "module.x.t.s", "module.x[1].t.s"],
            &["t.z <- module.x.t.r", "module.y.t.s <- module.x.t.s", "module.y[1].t.s <- module.x[1].t.s"],
        ),
        (
            "moved {\n from = module.x\n to = module.x.module.y\n}",
            "",
            &["module.x.t.r", "module.x.module.n[0].t.s"],
            &["module.x.module.y.t.r <- module.x.t.r", "module.x.module.y.module.n[0].t.s <- module.x.module.n[0].t.s"],
        ),
        // In a module's own words, for all its instances, which move themselves.
        (
            "moved {\n from = module.k\n to = module.k[1]\n}\nmoved {\n from = module.b[0]\n to = module.x\n}",
            "moved {\n from = t.r\n to = t.t\n}\nmoved {\n from = t.t\n to = t.u\n}",
            &["module.k.t.r", "module.k[0].t.r", "module.b[0].t.r"],
            &[
                "module.k[0].t.u <- module.k[0].t.r",
                "module.k[1].t.u <- module.k.t.r",
                "module.x.t.u <- module.b[0].t.r",
            ],
        ),
        // Blocked.
        (
            "moved {\n from = module.x\n to = module.y\n}\nmoved {\n from = t.a\n to = t.b\n}\nmoved {\n from = t.c[0]\n to = t.c[1]\n}",
            "",
            &[
                "t.a[0]",
                "t.b[\"k\"]",
                "t.c[0]",
                "t.c[1]",
                "module.x.t.b",
                "module.x.module.n.t.b",
                "module.y.module.n.t.c",
            ],
            &[
                "t.a[0]",
                "t.b[\"k\"]",
                "t.c[0]",
                "t.c[1]",
                "module.y.t.b <- module.x.t.b",
                "module.x.module.n.t.b",
                "module.y.module.n.t.c",
                "t.a could not move to t.b",
                "t.c[0] could not move to t.c[1]",
                "module.x.module.n could not move to module.y.module.n",
            ],
        ),
        // Implied.
        (
            "resource \"t\" \"a\" {\n count = 2\n}\nresource \"t\" \"b\" {}\nresource \"t\" \"c\" {\n for_each = {}\n}\nresource \"t\" \"e\" {}",
            "",
            &["t.a", "t.b[0]", "t.b[1]", "t.c", "t.e", "t.e[0]", "data.t.b[0]"],
            &[
                "data.t.b[0]",
                "t.a[0] <- t.a",
                "t.b <- t.b[0]",
                "t.b[1]",
                "t.c",
                "t.e",
                "t.e[0]",
                "t.e[0] could not move to t.e",
            ],
        ),
        // Implied ones look at the state as it is, and stand back where something is written.
        (
            "resource \"t\" \"a\" {\n count = 2\n}\nresource \"t\" \"b\" {}\nmoved {\n from = t.a\n to = t.a[1]\n}\nmoved {\n from = t.c\n to = t.b\n}",
            "resource \"t\" \"r\" {\n count = 1\n}",
            &["t.a", "t.c[0]", "module.x.t.r", "module.k.t.r", "module.q.t.r"],
            &[
                "t.a[1] <- t.a",
                "t.b[0] <- t.c[0]",
                "module.k.t.r[0] <- module.k.t.r",
                "module.q.t.r",
                "module.x.t.r[0] <- module.x.t.r",
            ],
        ),
    ];
    for (root, module, before, after) in table {
        let loaded = config(&format!("{CALLS}{root}"), module);
        assert_eq!(moved(&loaded, before), *after, "{root}\n{module}");
    }
}

/// One instance moves before the others do, in whatever order that is written.
#[test]
fn parts_go_first() {
    let block = |(from, to): &(&str, &str)| format!("moved {{\n from = {from}\n to = {to}\n}}\n");
    let mut statements =
        [("t.a", "t.b"), ("t.a[1]", "t.c"), ("module.p", "module.q"), ("module.p[\"x\"]", "module.y"), ("t.d", "t.e")];
    let before = ["t.a[0]", "t.a[1]", "module.p[\"x\"].t.a", "module.p[\"y\"].t.a", "t.d"];
    let after = [
        "t.b[0] <- t.a[0]",
        "t.c <- t.a[1]",
        "t.e <- t.d",
        "module.q[\"y\"].t.a <- module.p[\"y\"].t.a",
        "module.y.t.a <- module.p[\"x\"].t.a",
    ];
    for _ in 0..2 {
        let root: String = statements.iter().map(block).collect();
        assert_eq!(moved(&config(&format!("{CALLS}{root}"), ""), &before), after, "{root}");
        statements.reverse();
    }
    let root: String = [("t.a", "t.b"), ("t.a[1]", "t.b[0]")].iter().map(block).collect();
    let loaded = config(&root, "");
    let found = in_order(super::statements(loaded.tree.as_ref().unwrap()), &loaded.sources).unwrap_err();
    assert_eq!(found.iter().map(|d| d.summary.as_str()).collect::<Vec<_>>(), ["Cyclic dependency in move statements"]);
}

/// Everything that has no repetition or `count = 2`.
struct Counted<'t>(&'t ModuleTree);

fn keys(repetition: &Repetition) -> Vec<InstanceKey> {
    match repetition {
        Repetition::Single => vec![InstanceKey::None],
        _ => vec![InstanceKey::Index(0), InstanceKey::Index(1)],
    }
}

impl Expansion for Counted<'_> {
    fn module_instances(&self, path: &[smol_str::SmolStr]) -> Vec<ModuleAddress> {
        let Some((name, outside)) = path.split_last() else { return vec![ModuleAddress::root()] };
        let Some(call) = self.0.at(outside).and_then(|t| t.module.calls.get(name)) else { return Vec::new() };
        let outside = self.module_instances(outside);
        let children = |m: &ModuleAddress| -> Vec<_> {
            keys(&call.repetition).into_iter().map(|key| m.child(name.clone(), key)).collect()
        };
        outside.iter().flat_map(children).collect()
    }

    fn has_instance(&self, address: &InstanceAddress) -> bool {
        let path = address.resource.module.path();
        let resource = self.0.at(&path).and_then(|t| t.module.resources.get(&address.resource.resource));
        resource.is_some_and(|r| keys(&r.repetition).contains(&address.key))
            && self.module_instances(&path).contains(&address.resource.module)
    }
}

/// Summaries and details, files without their folder.
fn show(diagnostics: &Diagnostics, tree: &ModuleTree) -> Vec<String> {
    let folder = format!("{}/", tree.module.dir.display());
    let shown = diagnostics.iter().map(|d| format!("{}\n{}\n", d.summary, d.detail.replace(&folder, "")));
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

#[test]
fn wrong_statements() {
    let root = r#"
resource "t" "a" {}
resource "t" "n" {
  count = 2
}
moved {
  from = t.a
  to   = t.b
}
moved {
  from = t.n[0]
  to   = t.m
}
moved {
  from = t.n[5]
  to   = t.m5
}
moved {
  from = t.a
  to   = t.c["x"]
}
moved {
  from = t.z
  to   = t.z
}
moved {
  from = module.k
  to   = module.x
}
moved {
  from = module.k[1]
  to   = module.q
}
moved {
  from = module.k["a"]
  to   = module.q
}
moved {
  from = module.k[1].t.r
  to   = t.r
}
moved {
  from = module.u
  to   = module.v
}
moved {
  from = module.u
  to   = module.w
}
moved {
  from = t.f[0]
  to   = t.g[0]
}
moved {
  from = t.f[1]
  to   = t.g[0]
}
"#;
    let module = "resource \"t\" \"r\" {}\nmoved {\n  from = t.r\n  to = t.s\n}\n";
    let loaded = config(&format!("{CALLS}{root}"), module);
    let tree = loaded.tree.as_ref().unwrap();
    let found = check_moves(&statements(tree), tree, &Counted(tree), &loaded.sources);
    insta::assert_snapshot!(show(&found, tree).join("\n"));
}

#[test]
fn cycles() {
    let root = r#"
moved {
  from = t.a
  to   = module.x.t.a
}
moved {
  from = module.x
  to   = module.y
}
moved {
  from = module.y.t.a
  to   = t.a
}
moved {
  from = module.p[0]
  to   = module.q
}
moved {
  from = module.q
  to   = module.p
}
moved {
  from = module.c.t.r
  to   = module.l.t.t
}
moved {
  from = module.c
  to   = module.l
}
"#;
    let module = "moved {\n  from = t.k\n  to = t.l\n}\nmoved {\n  from = t.l\n  to = t.k\n}\n";
    let loaded = config(&format!("{CALLS}{root}"), module);
    let tree = loaded.tree.as_ref().unwrap();
    let found = in_order(statements(tree), &loaded.sources).unwrap_err();
    insta::assert_snapshot!(show(&found, tree).join("\n"));
}

/// Neither many statements nor many objects make work for each other.
#[test]
fn many_moves() {
    let mut root = String::new();
    let mut before = Vec::new();
    for i in 0..2_000 {
        root.push_str(&format!("moved {{\n from = t.a[{i}]\n to = t.b[\"k{i}\"]\n}}\n"));
        before.push(format!("t.a[{i}]"));
    }
    let loaded = config(&format!("{CALLS}{root}"), "");
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let after = moved(&loaded, &before);
    assert_eq!(after.len(), 2_000);
    assert_eq!(after[0], "t.b[\"k0\"] <- t.a[0]");
}
