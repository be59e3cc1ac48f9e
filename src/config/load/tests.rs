use std::fs;

use super::*;
use crate::config::module::{IgnoreChanges, Mode, Repetition, ResourceKey};
use crate::lang::Value;

/// Loads files from a folder of their own.
fn loaded(files: &[(&str, &str)]) -> Loaded {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    load(dir.path())
}

/// `file:line:column summary` of every diagnostic, the file without its folder.
fn problems(loaded: &Loaded) -> Vec<String> {
    let mut shown: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|d| {
            let place = d.subject.and_then(|span| {
                let file = loaded.sources.get(span.file)?;
                let at = file.position(span.start as usize);
                let name = file.name.rsplit('/').next().unwrap_or_default();
                Some(format!("{name}:{}:{}", at.line, at.column))
            });
            format!("{} {}", place.unwrap_or_default(), d.summary)
        })
        .collect();
    shown.sort();
    shown
}

#[test]
fn refusals() {
    let table: [(&str, &[&str]); 24] = [
        ("variable \"a\" {}\nvariable \"a\" {}", &["main.tf:2:1 Duplicate variable declaration"]),
        ("variable \"source\" {}", &["main.tf:1:10 Invalid variable name"]),
        ("variable \"a\" { type = \"list\" }", &["main.tf:1:23 Invalid quoted type constraints"]),
        ("variable \"a\" {\n type = number\n default = \"x\"\n}", &["main.tf:3:12 Invalid default value for variable"]),
        ("output \"1\" { value = 1 }", &["main.tf:1:8 Invalid output name"]),
        ("output \"a\" {}", &["main.tf:1:12 Missing required argument"]),
        ("locals { a = 1 }\nlocals { a = 1 }", &["main.tf:2:10 Duplicate local value definition"]),
        ("resource \"t\" \"a\" {}\nresource \"t\" \"a\" {}", &["main.tf:2:1 Duplicate resource \"t\" configuration"]),
        (
            "resource \"t\" \"a\" {\n count = 1\n for_each = {}\n}",
            &["main.tf:3:2 Invalid combination of \"count\" and \"for_each\""],
        ),
        (
            "resource \"t\" \"a\" {\n lifecycle {\n  prevent_destroy = var.x\n }\n}",
            &["main.tf:3:21 Unsuitable value type", "main.tf:3:21 Variables not allowed"],
        ),
        (
            "resource \"t\" \"a\" {\n provisioner \"local-exec\" {\n  when = foo\n }\n}",
            &["main.tf:3:10 Invalid \"when\" keyword"],
        ),
        (
            "data \"t\" \"a\" {\n lifecycle {\n  ignore_changes = all\n }\n}",
            &["main.tf:3:3 Invalid data resource lifecycle argument"],
        ),
        ("module \"a\" { source = \"x\" }", &["main.tf:1:23 Invalid module source address"]),
        ("module \"a\" { source = \"a/b/c\" }", &["main.tf:1:1 Module not installed"]),
        ("module \"a\" { source = \"./no\" }", &["main.tf:1:1 Module not installed"]),
        ("module \"a\" { source = \"./\" }", &["main.tf:1:23 Module calls form a cycle"]),
        ("provider \"Foo\" {}", &["main.tf:1:1 Invalid provider local name"]),
        ("moved {\n from = t.a\n to = module.b\n}", &["main.tf:1:1 Invalid \"moved\" addresses"]),
        ("removed { from = t.a[0] }", &["main.tf:1:21 Resource instance keys not allowed"]),
        ("import {\n to = data.t.a\n id = 1\n}", &["main.tf:2:2 Invalid import address"]),
        ("check \"a\" {}", &["main.tf:1:1 Zero assert blocks"]),
        ("terraform { required_version = \"> 2\" }", &["main.tf:1:13 Unsupported Terraform Core version"]),
        ("terraform { required_version = \"x\" }", &["main.tf:1:32 Invalid version constraint"]),
        ("foo {}\nbar = 1", &["main.tf:1:1 Unsupported block type", "main.tf:2:1 Unsupported argument"]),
    ];
    let found: Vec<_> = table.iter().map(|(text, _)| (*text, problems(&loaded(&[("main.tf", text)])))).collect();
    let expected: Vec<_> =
        table.iter().map(|(text, lines)| (*text, lines.iter().map(ToString::to_string).collect::<Vec<_>>())).collect();
    assert_eq!(found, expected);
}

#[test]
fn files_and_calls() {
    let l = loaded(&[
        ("b.tf", "module \"m\" { source = \"./m\" }\nmodule \"n\" { source = \"./m\" }"),
        ("a.tf.json", r#"{"locals": {"x": 1}}"#),
        (".hidden.tf", "foo"),
        ("x.tf~", "foo"),
        ("#y.tf#", "foo"),
        ("m/main.tf", "locals { y = 2 }"),
    ]);
    assert_eq!(problems(&l), Vec::<String>::new());
    let tree = l.tree.expect("a tree");
    assert_eq!(tree.module.locals.keys().collect::<Vec<_>>(), ["x"]);
    assert_eq!(tree.children.keys().collect::<Vec<_>>(), ["m", "n"]);
    assert!(Arc::ptr_eq(&tree.children["m"].module, &tree.children["n"].module));
    assert_eq!(tree.children["n"].path, ["n"]);
}

#[test]
fn overriding() {
    let l = loaded(&[
        (
            "main.tf",
            "variable \"v\" {\n type = number\n default = 1\n}\nresource \"t\" \"a\" {\n count = 1\n x = 1\n y = 1\n}",
        ),
        (
            "override.tf",
            "variable \"v\" { default = \"2\" }\nresource \"t\" \"a\" {\n for_each = {}\n x = 2\n lifecycle {\n \
             ignore_changes = all\n }\n}",
        ),
        ("z_override.tf", "locals { no = 1 }"),
    ]);
    assert_eq!(problems(&l), ["z_override.tf:1:10 Missing base local value definition to override"]);
    let module = l.tree.expect("a tree").module;
    assert_eq!(module.variables["v"].default, Some(Value::int(2)));
    let key = ResourceKey { mode: Mode::Managed, kind: "t".into(), name: "a".into() };
    let resource = &module.resources[&key];
    assert!(matches!(resource.repetition, Repetition::ForEach(_)));
    assert!(matches!(resource.lifecycle.ignore_changes, IgnoreChanges::All));
    let (attributes, _) = resource.body.just_attributes();
    assert_eq!(attributes.keys().collect::<Vec<_>>(), ["x", "y"]);
}
