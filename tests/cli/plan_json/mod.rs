//! Plans of Terraform, read and written again. Each folder of `tests/plan_json` is a case: a
//! configuration, `plan.json`, what `terraform show -json` says about the plan, and perhaps
//! `state.json`, what it says about the state after that. `schemas.json` has those of the AWS
//! provider that occur.
//!
//! `INFRA_PLANS=DIR` names a folder with more cases.

mod load;
mod schemas;

use std::fs;
use std::path::{Path, PathBuf};

use infra::views::{plan_json, state_json};
use schemas::Known;

fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut cases: Vec<_> = entries.filter(|p| p.is_dir()).collect();
    cases.sort();
    cases
}

/// Where two texts part.
fn difference(ours: &str, expected: &str) -> Option<String> {
    if ours == expected {
        return None;
    }
    let at = ours.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let bytes = text.as_bytes();
        String::from_utf8_lossy(&bytes[at.saturating_sub(150)..(at + 150).min(bytes.len())]).into_owned()
    };
    Some(format!("at byte {at}\n  ours:     {}\n  expected: {}", around(ours), around(expected)))
}

/// Terraform's text without what comes in no certain order.
fn normalized(text: &str) -> String {
    let mut document: serde_json::Value = serde_json::from_str(text).unwrap();
    if let Some(checks) = document.get_mut("checks").and_then(|c| c.as_array_mut()) {
        checks.sort_by_key(|c| c["address"]["to_display"].to_string());
    }
    document.to_string()
}

fn plan(dir: &Path, text: &str, known: &Known) -> String {
    let loaded = infra::config::load::load(dir);
    let tree = loaded.tree.unwrap();
    let plan = load::plan(&serde_json::from_str(text).unwrap());
    let mut out = Vec::new();
    let schemas =
        plan_json::Schemas { resource: &|mode, kind| known.resource(mode, kind), provider: &|_| known.provider() };
    plan_json::write(&plan, &tree, schemas, &mut out).unwrap();
    let ours = String::from_utf8(out).unwrap();
    let own = format!(",\"infra_version\":\"{}\"}}", env!("CARGO_PKG_VERSION"));
    format!("{}}}", ours.strip_suffix(&own).unwrap())
}

fn state(text: &str, known: &Known) -> String {
    let state = load::state(&serde_json::from_str(text).unwrap());
    let mut out = Vec::new();
    state_json::write(state.as_ref(), &|mode, kind| known.resource(mode, kind), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn plans_and_states_are_written_as_terraform_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plan_json");
    let known = Known::load(&root.join("schemas.json"));
    let more = std::env::var_os("INFRA_PLANS").map(|dir| cases(Path::new(&dir))).unwrap_or_default();
    let mut wrong = Vec::new();
    for dir in cases(&root).into_iter().chain(more) {
        let mut check = |file: &str, ours: &dyn Fn(&str) -> String| {
            let Ok(text) = fs::read_to_string(dir.join(file)) else { return };
            let written: serde_json::Value = serde_json::from_str(&ours(text.trim())).unwrap();
            if let Some(d) = difference(&normalized(&written.to_string()), &normalized(&text)) {
                wrong.push(format!("{} {file} {d}", dir.file_name().unwrap().to_string_lossy()));
            }
        };
        check("plan.json", &|text| plan(&dir, text, &known));
        check("state.json", &|text| state(text, &known));
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
