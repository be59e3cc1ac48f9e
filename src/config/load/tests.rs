use std::fs;

use super::*;
use crate::config::files::Recorder;
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
    let recorder = Recorder::default();
    let loaded = load_from(dir.path(), &recorder);
    // What was read is all that is needed to read it again.
    let again = load_from(dir.path(), &recorder.into_snapshot());
    assert_eq!(again.diagnostics, loaded.diagnostics);
    assert_eq!(format!("{:?}", again.tree), format!("{:?}", loaded.tree));
    loaded
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
    let table: &[(&str, &[&str])] = &[
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
        ("terraform { experiments = [x] }", &["main.tf:1:13 Experiments are ignored"]),
        (
            "import {\n to = t[\"a\"].b\n id = 1\n}",
            &["main.tf:2:2 Invalid import address", "main.tf:2:8 Invalid address"],
        ),
        ("import {\n to = t.a[var.x]\n id = 1\n}", &["main.tf:2:7 Invalid expression"]),
        ("import {\n to = module.m[\"k\"].t.a[0]\n id = 1\n}", &[]),
        ("import {\n for_each = []\n to = module.m[each.key].t.a[each.value.x]\n id = 1\n}", &[]),
        ("import {\n for_each = []\n to = t[each.key].a\n id = 1\n}", &["main.tf:3:9 Invalid address"]),
        ("import {\n for_each = []\n to = t.a[var.x]\n id = 1\n}", &["main.tf:3:11 Unknown variable"]),
        (
            "import {\n for_each = []\n to = t.a[\"${upper(\"x\")}\"]\n id = 1\n}",
            &["main.tf:3:14 Function calls not allowed"],
        ),
        ("terraform {\n cloud {}\n}", &[]),
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
            "variable \"v\" {\n type = number\n default = 1\n}\nresource \"t\" \"a\" {\n for_each = {}\n x = 1\n y = 1\n}\n\
             resource \"t\" \"b\" {\n count = 1\n}",
        ),
        (
            "override.tf",
            "variable \"v\" { default = \"2\" }\nresource \"t\" \"a\" {\n count = 2\n x = 2\n lifecycle {\n \
             ignore_changes = all\n postcondition {\n condition = self.x\n error_message = \"x\"\n }\n }\n}\n\
             resource \"t\" \"b\" {\n for_each = {}\n depends_on = [t.a]\n}\ncheck \"c\" {}",
        ),
        ("z_override.tf", "locals { no = 1 }"),
    ]);
    let expected = [
        "override.tf:15:16 Unsupported override",
        "override.tf:17:1 Can't override check blocks",
        "override.tf:7:2 Can't override postcondition blocks",
        "z_override.tf:1:10 Missing base local value definition to override",
    ];
    assert_eq!(problems(&l), expected);
    let module = l.tree.expect("a tree").module;
    assert_eq!(module.variables["v"].default, Some(Value::int(2)));
    let key = |name: &str| ResourceKey { mode: Mode::Managed, kind: "t".into(), name: name.into() };
    let resource = &module.resources[&key("a")];
    // A count stays, and takes the place of a for_each.
    for name in ["a", "b"] {
        assert!(matches!(module.resources[&key(name)].repetition, Repetition::Count(_)), "{name}");
    }
    assert!(matches!(resource.lifecycle.ignore_changes, IgnoreChanges::All));
    let (attributes, _) = resource.body.just_attributes();
    assert_eq!(attributes.keys().collect::<Vec<_>>(), ["x", "y"]);
}

#[test]
fn passed_providers() {
    // What the root requires, what it passes, and what the called module says.
    let builtin = "terraform.io/builtin/terraform";
    let required = |name: &str, source: &str, aliases: &str| {
        format!(
            "terraform {{\n required_providers {{\n  {name} = {{\n source = {source:?}\n configuration_aliases = \
             [{aliases}]\n}}\n }}\n}}\n"
        )
    };
    let table: [(String, &str, String, &[&str]); 8] = [
        (required("t", builtin, ""), "u = t", required("u", builtin, ""), &[]),
        (required("t", builtin, ""), "u.x = t", required("u", builtin, "u.x"), &[]),
        (required("t", builtin, ""), "u.x = t", required("u", builtin, ""), &["Reference to undefined provider"]),
        (required("t", builtin, ""), "u = t", required("u", "a/b", ""), &["Provider type mismatch"]),
        (required("t", "hashicorp/u", ""), "u = t", String::new(), &["Reference to undefined provider"]),
        (String::new(), "t = t", required("t", "hashicorp/t", ""), &["Reference to undefined provider"]),
        (String::new(), "t = t.x", required("t", "hashicorp/t", ""), &[]),
        (
            required("t", "hashicorp/t", ""),
            "t = t",
            "provider \"t\" {\n x = 1\n}".into(),
            &["Cannot override provider configuration", "Reference to undefined provider"],
        ),
    ];
    for (root, passed, called, expected) in table {
        let call = format!("module \"m\" {{\n source = \"./m\"\n providers = {{ {passed} }}\n}}");
        let l = loaded(&[("main.tf", &call), ("versions.tf", &root), ("m/main.tf", &called)]);
        let mut found: Vec<&str> = l.diagnostics.iter().map(|d| d.summary.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{root}{call}{called}");
    }
}

#[test]
fn installed_modules() {
    let call = |source: &str, version: &str| format!("module \"m\" {{\n source = {source:?}\n {version}\n}}");
    let manifest = r#"{"Modules": [
        {"Key": "", "Source": "", "Dir": "."},
        {"Key": "m", "Source": "registry.terraform.io/a/b/c", "Version": "1.2.0", "Dir": ".terraform/modules/m"}
    ]}"#;
    let notes = (".terraform/modules/modules.json", manifest);
    let module = (".terraform/modules/m/main.tf", "locals { x = 1 }");
    type Case<'a> = (String, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let table: [Case<'_>; 6] = [
        (call("a/b/c", ""), &[notes, module], &[]),
        (call("a/b/c", "version = \"~> 1.0\""), &[notes, module], &[]),
        (
            call("a/b/c", "version = \"~> 2.0\""),
            &[notes, module],
            &["main.tf:1:1 Module version requirements have changed"],
        ),
        (call("a/b/d", ""), &[notes, module], &["main.tf:1:1 Module source has changed"]),
        (call("a/b/c", ""), &[notes], &["main.tf:1:1 Module not installed"]),
        (call("git::https://example.com/x.git", ""), &[], &["main.tf:1:1 Module not installed"]),
    ];
    for (text, files, expected) in table {
        let l = loaded(&[&[("main.tf", text.as_str())], files].concat());
        assert_eq!(problems(&l), expected, "{text}");
        assert_eq!(l.tree.is_some_and(|t| t.children.contains_key("m")), expected.is_empty(), "{text}");
    }
}

/// The details of what is wrong, the places in them filled in.
fn details(text: &str) -> Vec<String> {
    let l = loaded(&[("main.tf", text)]);
    l.diagnostics.iter().map(|d| d.detail_in(&l.sources).into_owned()).collect()
}

#[test]
fn details_name_places() {
    let table = [
        ("locals {\n  x = 1\n  x = 2\n}", "main.tf:2,3-4. Each argument may be set only once."),
        ("locals {\n  x = \"%{ if true }\"\n}", "main.tf:2,8-20 is missing its corresponding endif directive."),
        ("locals {\n  x = \"%{ for a in [] }%{ endif }\"\n}", "main.tf:2,8-24."),
        (
            "module \"m\" { source = \"a/b/c\" }",
            "Run \"terraform init\" or \"terraform get\" for the root module to install it.",
        ),
        (
            "variable \"a\" { type = object({ a = optional(list(number), [\"x\"]) }) }",
            "constraint: a number is required.",
        ),
        (
            "variable \"a\" { type = object({ a = optional(list(number), [[]]) }) }",
            "constraint: element 0: number required.",
        ),
    ];
    for (text, end) in table {
        let found = details(text);
        assert!(matches!(found.as_slice(), [only] if only.ends_with(end)), "{text}: {found:?}");
    }
}

#[test]
fn encodings() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("a.tf"), b"# \xe9\nlocals { a = 1 }").expect("a file");
    assert_eq!(problems(&load(dir.path())), Vec::<String>::new());
    fs::write(dir.path().join("b.tf"), b"locals {\n  b = \"\xe9\"\n}").expect("a file");
    fs::write(dir.path().join("c.tf.json"), b"{\"locals\": {\"c\": \"\xe9\"}}").expect("a file");
    let expected = ["b.tf:2:8 Invalid character encoding", "c.tf.json:1:19 Invalid character encoding"];
    assert_eq!(problems(&load(dir.path())), expected);
}
