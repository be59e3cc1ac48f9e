//! The architecture's rules about who may use what.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders of `src` with what they may use of the crate, beside themselves.
const LAYERS: [(&str, &[&str]); 11] = [
    ("cli", &["apply", "plan", "views", "config", "graph", "state", "providers", "schema", "lang", "syntax"]),
    ("apply", &["plan", "config", "graph", "state", "providers", "schema", "lang", "syntax"]),
    ("views", &["plan", "config", "graph", "state", "providers", "schema", "lang", "syntax"]),
    ("plan", &["config", "graph", "state", "providers", "schema", "lang", "syntax"]),
    ("config", &["providers", "schema", "lang", "syntax"]),
    ("graph", &["config", "schema", "lang", "syntax"]),
    ("state", &["config", "graph", "providers", "schema", "lang", "syntax"]),
    ("providers", &["config", "graph", "state", "schema", "lang", "syntax"]),
    ("schema", &["lang", "syntax"]),
    ("lang", &["syntax"]),
    ("syntax", &[]),
];

/// What code may not name outside of certain folders.
const RESERVED: [(&str, &[&str]); 7] = [
    ("hcl_edit::parser", &["syntax"]),
    ("std::fs", &["cli", "config", "state", "plan", "apply", "providers/aws"]),
    ("std::env", &["cli", "config", "state", "providers/aws"]),
    ("std::process", &["cli", "state", "providers", "main.rs"]),
    ("SystemTime::now", &["config", "state", "apply", "cli", "providers/aws"]),
    ("aws_sdk_", &["providers/aws"]),
    ("println!", &[]),
];

fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

#[test]
fn layers_point_downward() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for (path, text) in &files {
        let path = path.strip_prefix(&root).unwrap();
        let layer = path.iter().next().unwrap().to_str().unwrap();
        if let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) {
            for (used, _) in LAYERS.iter().filter(|(used, _)| *used != layer && !allowed.contains(used)) {
                if text.contains(&format!("crate::{used}::")) || text.contains(&format!("crate::{used};")) {
                    wrong.push(format!("{}: {layer} uses {used}", path.display()));
                }
            }
        }
        if path.ends_with("tests.rs") {
            continue;
        }
        for (what, allowed) in RESERVED.iter().filter(|(what, _)| text.contains(what)) {
            if !allowed.iter().any(|folder| path.starts_with(folder)) {
                wrong.push(format!("{}: {what} has no place in {layer}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
