//! Applies that were cut off, with objects that live outside of state.

use crate::apply::Slot;
use crate::cli::backend::look;
use crate::providers::ProviderConfigAddress;
use crate::providers::fake::{CutOff, LeftOpen};
use crate::state::ObjectStatus;

use super::*;

const THING: &str = "resource \"fake_thing\" \"a\" {\n  input = \"x\"\n}\n";

impl Stack {
    /// An apply whose operations are cut off.
    fn crash(&self, when: CutOff) {
        in_world(&self.world, |w| w.cuts_off = Some(when));
        let made = self.apply();
        assert!(made.problems.iter().any(|p| p.ends_with("Operation cut off")), "{:?}", made.problems);
        in_world(&self.world, |w| w.cuts_off = None);
        assert!(self.journal().exists());
        self.calls();
    }
}

#[test]
fn what_was_made_is_adopted() {
    let stack = Stack::new("adopted");
    stack.write(THING);
    stack.crash(CutOff::After);
    assert!(stack.object("fake_thing.a").is_none());
    let made = stack.plan();
    assert_eq!(made.problems, ["Interrupted apply settled"]);
    assert_eq!(made.changes(), Vec::<String>::new());
    assert_eq!(stack.calls(), ["ready", "recover fake_thing.a", "read fake_thing.a"]);
    assert_eq!(stack.object("fake_thing.a").unwrap().status, ObjectStatus::Ready);
    assert!(!stack.journal().exists());
    assert_eq!((stack.apply().problems, stack.things()), (vec![], 1));
}

#[test]
fn what_was_half_made_is_tainted() {
    let stack = Stack::new("half");
    stack.write(THING);
    stack.crash(CutOff::Half);
    let made = stack.apply();
    assert_eq!(made.changes(), ["DeleteThenCreate fake_thing.a"]);
    assert_eq!(stack.things(), 1);
}

#[test]
fn what_was_left_open_is_asked_for_again() {
    let two = format!("{THING}{}", THING.replace("\"a\"", "\"b\""));
    for (left, known_as) in [
        (LeftOpen::Unknown, None),
        (LeftOpen::Known, Some(ObjectStatus::Tainted)),
        (LeftOpen::Made, Some(ObjectStatus::Ready)),
    ] {
        let name = format!("open-{left:?}");
        let stack = Stack::new(&name);
        stack.write(&two);
        in_world(&name, |w| w.leaves_open = Some(left));
        let problems = stack.apply().problems;
        assert!(problems.len() == 1 && problems[0].ends_with("Locked out"), "said once: {problems:?}");
        let status = |address: &str| stack.object(address).map(|o| o.status);
        assert_eq!(status("fake_thing.a"), known_as);
        assert!(stack.journal().exists());
        in_world(&name, |w| w.leaves_open = None);
        stack.calls();
        let made = stack.apply();
        let asked = if known_as.is_some() { "finish fake_thing.a" } else { "recover fake_thing.a" };
        assert!(stack.calls().contains(&asked.to_owned()));
        assert_eq!((made.problems.clone(), made.changes()), (vec!["Interrupted apply settled".to_owned()], vec![]));
        assert_eq!(
            (status("fake_thing.a"), status("fake_thing.b")),
            (Some(ObjectStatus::Ready), status("fake_thing.a"))
        );
        assert_eq!(stack.things(), 2);
        assert!(!stack.journal().exists());
    }
}

#[test]
fn provisioners_that_have_not_run_leave_it_tainted() {
    let stack = Stack::new("unprovisioned");
    let provisioner = "  provisioner \"local-exec\" {\n    command = \"true\"\n  }\n}\n";
    stack.write(&THING.replace("}\n", provisioner));
    stack.crash(CutOff::After);
    let made = stack.apply();
    assert_eq!(made.changes(), ["DeleteThenCreate fake_thing.a"]);
    assert_eq!(stack.object("fake_thing.a").unwrap().status, ObjectStatus::Ready);
}

#[test]
fn what_was_not_made_is_forgotten() {
    let stack = Stack::new("nothing");
    stack.write(THING);
    stack.crash(CutOff::Before);
    let made = stack.plan();
    assert_eq!((made.problems.clone(), made.changes()), (vec![], vec!["Create fake_thing.a".to_owned()]));
    assert!(!stack.journal().exists());
}

#[test]
fn what_cannot_be_found_out_stays_open() {
    let stack = Stack::new("silent");
    stack.write(THING);
    stack.crash(CutOff::After);
    for (silent, closed, problem) in
        [(true, false, "fake_thing.a: No answer"), (false, true, "provider[\"example.com/test/fake\"]: No credentials")]
    {
        in_world("silent", |w| (w.is_silent, w.is_closed) = (silent, closed));
        let made = stack.apply();
        assert_eq!((made.problems, made.plan.is_none()), (vec![problem.to_owned()], true));
        assert!(stack.journal().exists());
    }
    in_world("silent", |w| (w.is_silent, w.is_closed) = (false, false));
    // Nor does it go with its configuration, or with a command that has no providers.
    stack.write_whole("");
    let mut store = stack.locked();
    assert!(settle(&mut store).is_empty());
    let mut state = store.read_or_empty().unwrap();
    state.outputs.insert("o".into(), crate::state::OutputState { value: "x".into(), sensitive: false });
    store.save(&mut state).unwrap();
    drop(store);
    let made = stack.plan();
    assert_eq!(made.problems.last().unwrap(), "Invalid provider configuration");
    stack.write(THING);
    assert_eq!(stack.plan().problems, ["Interrupted apply settled"]);
    assert!(stack.object("fake_thing.a").is_some());
}

#[test]
fn crashes_after_crashes() {
    let stack = Stack::new("again");
    stack.write(THING);
    stack.crash(CutOff::After);
    let more = "resource \"fake_thing\" \"b\" {\n  provider = fake.other\n  input = fake_thing.a.id\n}\n\
                provider \"fake\" {\n  alias = \"other\"\n  world = \"again\"\n}\n";
    stack.write(&format!("{THING}{more}"));
    stack.crash(CutOff::After);
    assert!(stack.object("fake_thing.a").is_some());
    let made = stack.apply();
    assert_eq!((made.changes(), stack.things()), (vec![], 2));
    let b = stack.object("fake_thing.b").unwrap();
    assert_eq!(b.dependencies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["fake_thing.a"]);
    let state = stack.state();
    let of_b = state.resources.iter().find(|(a, _)| a.to_string() == "fake_thing.b").unwrap().1;
    assert_eq!(of_b.provider.to_string(), "provider[\"example.com/test/fake\"].other");
}

#[test]
fn replacements_that_come_first() {
    let stack = Stack::new("first");
    let thing = |kind: &str| {
        format!(
            "resource \"fake_thing\" \"a\" {{\n  kind = \"{kind}\"\n  lifecycle {{\n    create_before_destroy = true\n  }}\n}}\n"
        )
    };
    stack.write(&thing("x"));
    stack.apply();
    stack.write(&thing("y"));
    stack.crash(CutOff::After);
    assert_eq!(stack.things(), 2);
    // The new object is adopted, and the old one makes room. Its destruction is cut off, too.
    stack.crash(CutOff::After);
    assert!(stack.object("fake_thing.a").unwrap().create_before_destroy);
    let made = stack.apply();
    assert_eq!((made.problems.clone(), made.changes()), (vec![], vec![]));
    assert_eq!(stack.things(), 1);
    assert!(stack.state().resources.values().all(|r| r.instances.values().all(|i| i.deposed.is_empty())));
    assert!(!stack.journal().exists());
}

#[test]
fn changes_and_destructions_are_told_by_the_refresh() {
    let stack = Stack::new("refresh");
    stack.write(THING);
    stack.apply();
    stack.write(&THING.replace("\"x\"", "\"y\""));
    stack.crash(CutOff::After);
    let made = stack.plan();
    assert_eq!((made.problems.clone(), made.changes()), (vec![], vec![]));
    stack.calls();
    in_world("refresh", |w| w.cuts_off = Some(CutOff::After));
    stack.destroy();
    in_world("refresh", |w| w.cuts_off = None);
    stack.write("");
    let made = stack.apply();
    assert_eq!((made.problems.clone(), made.changes(), stack.things()), (vec![], vec![], 0));
    assert!(!stack.journal().exists());
}

#[test]
fn commands_that_look_see_what_the_journal_has() {
    let stack = Stack::new("look");
    let mut journal = journal::Journal::create(&stack.journal(), &"l".into(), 0).unwrap();
    let object = ObjectState {
        status: ObjectStatus::Ready,
        schema_version: 0,
        attributes: "{}".into(),
        sensitive: Arc::default(),
        private: None,
        dependencies: Arc::default(),
        create_before_destroy: false,
    };
    let slot = Slot {
        address: crate::graph::parse_instance("fake_thing.a").unwrap(),
        deposed: None,
        provider: ProviderConfigAddress::root("example.com/test/fake"),
        object: Some(Arc::new(object)),
    };
    journal.result(None, &[slot]);
    journal.flush().unwrap();
    let before = fs::read(stack.journal()).unwrap();
    let seen = look(&mut stack.store()).unwrap().unwrap();
    assert_eq!(seen.instances().map(|(address, _)| address.to_string()).collect::<Vec<_>>(), ["fake_thing.a"]);
    assert_eq!(fs::read(stack.journal()).unwrap(), before);
    assert!(stack.store().read().unwrap().is_none());
}
