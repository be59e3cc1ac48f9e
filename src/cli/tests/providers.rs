//! Provider configurations.

use super::*;

#[test]
fn objects_of_a_configured_provider() {
    let stack = Stack::new("objects");
    stack.write(
        "resource \"fake_thing\" \"a\" {\n  input = \"x\"\n}\ndata \"fake_lookup\" \"l\" {\n  input = \"y\"\n}\n",
    );
    let made = stack.apply();
    assert_eq!(made.problems, Vec::<String>::new());
    assert_eq!(made.changes(), ["Create fake_thing.a"]);
    assert_eq!(stack.calls(), ["ready", "read data.fake_lookup.l", "create fake_thing.a", "finish"]);
    let again = stack.plan();
    assert_eq!(
        (again.problems, stack.calls()),
        (vec![], vec!["ready".into(), "read fake_thing.a".into(), "read data.fake_lookup.l".into()])
    );
    let made = stack.destroy();
    assert_eq!(made.changes(), ["Delete fake_thing.a"]);
    assert!(in_world("objects", |w| w.things.is_empty()));
}

#[test]
fn a_closed_world_is_told_once_and_the_rest_goes_on() {
    let stack = Stack::new("closed");
    let things = "resource \"fake_thing\" \"a\" {}\nresource \"fake_thing\" \"b\" {}\n";
    stack.write(things);
    stack.apply();
    stack.write(&format!("{things}resource \"terraform_data\" \"t\" {{}}\nresource \"fake_thing\" \"c\" {{}}\n"));
    in_world("closed", |w| w.is_closed = true);
    let made = stack.plan();
    assert_eq!(made.problems, ["provider[\"example.com/test/fake\"]: No credentials"]);
    assert_eq!(made.changes(), ["Create terraform_data.t"]);
    // What only state has isn't touched, either.
    stack.write("");
    let made = stack.plan();
    assert_eq!((made.problems.len(), made.changes().len()), (1, 0));
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let stack = Stack::new("unreadable");
    stack.write(
        "resource \"fake_thing\" \"n\" {\n  count = 2\n  input = count.index == 0 ? \"unreadable\" : \"x\"\n}\n",
    );
    stack.apply();
    stack.write("resource \"fake_thing\" \"n\" {\n  count = 2\n  input = \"y\"\n}\n");
    let made = stack.plan();
    assert_eq!(made.problems, ["fake_thing.n[0]: Unreadable"]);
    assert_eq!(made.changes(), ["Update fake_thing.n[1]"]);
    stack.write("");
    let made = stack.plan();
    assert_eq!(made.changes(), ["Delete fake_thing.n[1]"]);
}

#[test]
fn configurations_are_made_from_what_there_is() {
    let stack = Stack::new("made-from");
    in_world("made-from-inner", |w| *w = Default::default());
    let outer = "provider \"fake\" {\n  world = local.world\n}\nlocals {\n  world = \"made-from\"\n}\n";
    let inner = "provider \"fake\" {\n  alias = \"inner\"\n  world = \"${fake_thing.a.input}-inner\"\n  region = fake_thing.a.id\n}\n\
                 resource \"fake_thing\" \"a\" {\n  input = \"made-from\"\n}\n";
    let thing = "resource \"fake_thing\" \"b\" {\n  provider = fake.inner\n}\n";
    stack.write_whole(&format!("{outer}{inner}{thing}"));
    let made = stack.apply();
    assert_eq!(made.problems, Vec::<String>::new());
    let inner_calls = || in_world("made-from-inner", |w| std::mem::take(&mut w.calls));
    assert_eq!(inner_calls(), ["ready", "ready", "create fake_thing.b", "finish"]);
    let state = stack.state();
    let b = state.resources.iter().find(|(a, _)| a.to_string() == "fake_thing.b").unwrap().1;
    assert_eq!(b.provider.to_string(), "provider[\"example.com/test/fake\"].inner");
    let dependencies = &b.instances.values().next().unwrap().current.as_ref().unwrap().dependencies;
    assert_eq!(dependencies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["fake_thing.a"]);
    // Its objects are read once it is known, also where only state has them.
    stack.write_whole(&format!("{outer}{inner}"));
    let made = stack.apply();
    assert_eq!((made.problems.clone(), made.changes()), (vec![], vec!["Delete fake_thing.b".to_owned()]));
    assert_eq!(inner_calls(), ["ready", "read fake_thing.b", "destroy fake_thing.b", "finish"]);
    // And destroyed before what it is made from.
    stack.write_whole(&format!("{outer}{inner}{thing}"));
    stack.apply();
    let made = stack.destroy();
    assert_eq!(made.problems, Vec::<String>::new());
    assert!(stack.state().resources.is_empty());
    let target = |text: &str| Options {
        mode: PlanMode::Destroy,
        targets: vec![crate::plan::targets::target("target", text).unwrap()],
        ..Options::default()
    };
    stack.apply();
    let made = stack.go(&target("fake_thing.b"), true);
    assert_eq!(made.changes(), ["Delete fake_thing.b"]);
    assert!(in_world("made-from-inner", |w| w.things.is_empty()));
}

#[test]
fn configurations_that_are_gone() {
    let stack = Stack::new("gone");
    let west = "provider \"fake\" {\n  alias = \"west\"\n  world = \"gone\"\n}\n";
    let thing = "resource \"fake_thing\" \"a\" {\n  provider = fake.west\n}\n";
    stack.write(&format!("{west}{thing}"));
    stack.apply();
    stack.write(thing);
    assert_eq!(stack.problems(), ["Provider configuration not present"]);
    stack.write("");
    let made = stack.plan();
    assert_eq!((made.problems, made.plan.is_none()), (vec!["Provider configuration not present".to_owned()], true));
    // The block says which one an object has now.
    stack.write("resource \"fake_thing\" \"a\" {}\n");
    assert_eq!(stack.apply().problems, Vec::<String>::new());
}

#[test]
fn configurations_in_modules() {
    let stack = Stack::new("modules");
    let child = "variable \"world\" {\n  type = string\n}\nprovider \"fake\" {\n  world = var.world\n}\n\
                 resource \"fake_thing\" \"a\" {}\n";
    stack.write_module("child", child);
    stack.write_module("bare", "resource \"fake_thing\" \"a\" {}\n");
    let call = |name: &str, rest: &str| format!("module \"{name}\" {{\n  source = \"./{name}\"\n{rest}}}\n");
    in_world("modules-child", |w| *w = Default::default());
    let west = "provider \"fake\" {\n  alias = \"west\"\n  world = \"modules-west\"\n}\n";
    in_world("modules-west", |w| *w = Default::default());
    stack.write(
        &[west, &call("child", "  world = \"modules-child\"\n"), &call("bare", "  providers = { fake = fake.west }\n")]
            .concat(),
    );
    assert_eq!(stack.problems(), Vec::<String>::new());
    let made = stack.apply();
    assert_eq!(made.problems, Vec::<String>::new());
    assert_eq!(in_world("modules-child", |w| w.things.len()), 1);
    assert_eq!(in_world("modules-west", |w| w.things.len()), 1);
    assert_eq!(stack.calls(), Vec::<String>::new());
    stack.write(west);
    let made = stack.plan();
    assert_eq!(made.problems, ["Provider configuration not present"]);
}

#[test]
fn wrong_configurations() {
    let thing = "resource \"fake_thing\" \"a\" {}\n";
    let table: &[(&str, &[&str])] = &[
        ("provider \"fake\" {\n  world = \"w\"\n  foo = 1\n}\n", &["Unsupported argument"]),
        ("provider \"fake\" {\n}\n", &["Missing required argument"]),
        ("provider \"fake\" {\n  world = [\"w\"]\n}\n", &["Incorrect attribute value type"]),
        ("provider \"fake\" {\n  world = \"refused\"\n}\n", &["No such world"]),
        ("provider \"fake\" {\n  world = fake_thing.b.id\n}\n", &["Reference to undeclared resource"]),
    ];
    for (provider, wanted) in table {
        let stack = Stack::new("wrong");
        stack.write_whole(&format!("{provider}{thing}"));
        assert_eq!(stack.problems(), *wanted, "{provider}");
        // As in Terraform, nobody looks at what is not used.
        stack.write_whole(provider);
        assert_eq!(stack.problems(), Vec::<String>::new(), "{provider}");
    }
    let stack = Stack::new("wrong");
    stack.write_whole(thing);
    let made = stack.plan();
    assert_eq!(made.problems, ["Missing required argument", "Invalid provider configuration"]);
}

#[test]
fn types_that_a_provider_does_not_have() {
    let stack = Stack::new("types");
    let thing = |rest: &str| format!("resource \"fake_thin\" \"a\" {{\n{rest}}}\n");
    stack.write(&thing(""));
    assert_eq!(stack.problems(), ["Invalid resource type"]);
    let unused = "  count = 0\n  b {\n    x = terraform_data.t.output\n  }\n";
    let rest = "resource \"terraform_data\" \"t\" {}\noutput \"o\" {\n  value = fake_thin.a[*].id\n}\n";
    stack.write(&format!("{}{rest}", thing(unused)));
    assert_eq!(stack.problems(), Vec::<String>::new());
    let made = stack.apply();
    assert_eq!((made.problems.clone(), made.changes()), (vec![], vec!["Create terraform_data.t".to_owned()]));
    stack.write(&format!("locals {{\n  n = 1\n}}\n{}", thing("  count = local.n\n")));
    assert_eq!(stack.problems(), Vec::<String>::new());
    assert_eq!(stack.plan().problems, ["Invalid resource type"]);
}
