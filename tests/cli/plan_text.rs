//! Plans as text. `tests/plan-text` has plans as `terraform show -json` writes them, without what
//! isn't needed, and beside each what `terraform show -no-color` says of it. `schemas/` has the
//! resource types, as `terraform providers schema -json` describes them, and `states/` state files with
//! what `terraform show` says of them.

mod load;

use std::fs;
use std::path::{Path, PathBuf};

use infra::views::paint::Paint;
use infra::views::plan::{Layout, write_plan};
use infra::views::state::{StateObject, write_state};

use load::{Schemas, plan, state};

fn render(file: &Path, schemas: &Schemas) -> String {
    render_with(file, schemas, Layout::default())
}

fn render_with(file: &Path, schemas: &Schemas, layout: Layout) -> String {
    let document = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let plan = plan(&document, schemas);
    let mut out = Vec::new();
    write_plan(&plan, &|_, kind| schemas.get(kind), layout, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn render_state(file: &Path, schemas: &Schemas) -> String {
    let document = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let (objects, outputs) = state(&document, schemas);
    let objects = objects.iter().map(|o| StateObject {
        address: &o.address,
        deposed: o.deposed.as_deref(),
        tainted: o.tainted,
        value: o.value.clone(),
        schema: schemas.get(&o.address.resource.resource.kind),
    });
    let mut out = Vec::new();
    write_state(objects, &outputs, Paint::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn check(folder: &Path, schemas: &Schemas, render: fn(&Path, &Schemas) -> String) -> (usize, Vec<String>) {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "json"));
    files.sort();
    let mut failures = Vec::new();
    for file in &files {
        let wanted = fs::read_to_string(file.with_extension("txt")).unwrap();
        let found = render(file, schemas);
        if wanted != found {
            let diff = similar::TextDiff::from_lines(wanted, found);
            failures.push(format!("{}\n{}", file.display(), diff.unified_diff().context_radius(8)));
        }
    }
    (files.len(), failures)
}

#[test]
fn plans_are_shown_as_terraform_shows_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plan-text");
    let (count, failures) = check(&folder, &Schemas::read(&folder.join("schemas")), render);
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn colours_are_those_of_terraform() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plan-text");
    let schemas = Schemas::read(&folder.join("schemas"));
    for name in ["attributes", "nesting", "reasons", "drift"] {
        let wanted = fs::read_to_string(folder.join(format!("{name}.colored.txt"))).unwrap();
        let layout = Layout { paint: Paint { color: true }, ..Layout::default() };
        let found = render_with(&folder.join(format!("{name}.json")), &schemas, layout);
        let escape = |text: &str| text.replace('\u{1b}', "^");
        let diff = similar::TextDiff::from_lines(escape(&wanted), escape(&found));
        assert!(wanted == found, "{name}\n{}", diff.unified_diff());
    }
}

#[test]
fn states_are_shown_as_terraform_shows_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plan-text");
    let (count, failures) = check(&folder.join("states"), &Schemas::read(&folder.join("schemas")), render_state);
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n"));
}

/// For more of them: a folder of the same form, in `INFRA_PLAN_TEXT`.
#[test]
fn plans_elsewhere_are_shown_as_terraform_shows_them() {
    let Some(folder) = std::env::var_os("INFRA_PLAN_TEXT").map(PathBuf::from) else { return };
    let (count, failures) = check(&folder, &Schemas::read(&folder.join("schemas")), render);
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n"));
}
