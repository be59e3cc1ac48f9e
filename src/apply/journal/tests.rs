use std::fs;
use std::io::Write;
use std::sync::Arc;

use super::*;
use crate::graph::parse_instance;
use crate::providers::ProviderConfigAddress;
use crate::state::{ObjectState, ObjectStatus, State};

fn slot(address: &str, deposed: Option<&str>, id: Option<&str>) -> Slot {
    let object = |id: &str| ObjectState {
        status: ObjectStatus::Ready,
        schema_version: 1,
        attributes: format!("{{\"id\":{id:?}}}").into(),
        sensitive: Arc::default(),
        private: None,
        dependencies: Arc::default(),
        create_before_destroy: false,
    };
    Slot {
        address: parse_instance(address).unwrap(),
        deposed: deposed.map(SmolStr::from),
        provider: ProviderConfigAddress::root("example.com/a/b"),
        object: id.map(object).map(Arc::new),
    }
}

fn intent(address: &str) -> Intent {
    Intent {
        address: address.into(),
        deposed: None,
        provider: (&ProviderConfigAddress::root("example.com/a/b")).into(),
        action: Mutation::Create,
        token: "t".into(),
        id: None,
        planned: None,
    }
}

fn shown(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for (resource, r) in &state.resources {
        for (key, instance) in &r.instances {
            lines.extend(instance.current.iter().map(|o| format!("{resource}{key} {}", o.attributes)));
            lines.extend(instance.deposed.iter().map(|(k, o)| format!("{resource}{key} ({k}) {}", o.attributes)));
        }
    }
    lines
}

/// A journal of three results and an open intent, and a state of its lineage.
fn left_behind(folder: &Path) -> (PathBuf, State) {
    let path = path_for(&folder.join("x.tfstate"));
    let mut state = State { lineage: "l".into(), serial: 4, ..State::default() };
    slot("t.a[0]", None, Some("old")).put_into(&mut state);
    let mut journal = Journal::create(&path, &state.lineage, state.serial).unwrap();
    let first = journal.intend(intent("t.a[0]"), true);
    journal.intend(intent("t.b"), false);
    journal.flush().unwrap();
    journal.result(Some(first), &[slot("t.a[0]", Some("0badcafe"), Some("old")), slot("t.a[0]", None, Some("new"))]);
    journal.saving(5);
    journal.result(None, &[slot("data.t.d", None, Some("read"))]);
    journal.result(None, &[slot("t.a[0]", Some("0badcafe"), None)]);
    journal.flush().unwrap();
    (path, state)
}

const AFTER: [&str; 2] = [r#"data.t.d {"id":"read"}"#, r#"t.a[0] {"id":"new"}"#];

#[test]
fn results_are_put_into_the_state() {
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = left_behind(folder.path());
    assert_eq!(path.file_name().unwrap(), ".x.tfstate.journal");
    let settled = |state: State| settle(state, read(&path).unwrap().unwrap());
    let (once, report) = settled(state);
    assert_eq!(shown(&once), AFTER);
    assert_eq!((report.recovered, report.open, report.is_foreign), (2, vec![intent("t.b")], false));
    let (twice, report) = settled(State { serial: 5, ..once });
    assert_eq!(shown(&twice), AFTER);
    assert_eq!(report.recovered, 0);
}

#[test]
fn journals_of_other_states_are_not_applied() {
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = left_behind(folder.path());
    for (lineage, serial) in [("other", 4), ("l", 3), ("l", 6), ("", 0)] {
        let state = State { lineage: lineage.into(), serial, ..state.clone() };
        let (state, report) = settle(state, read(&path).unwrap().unwrap());
        assert!(report.is_foreign && report.open.is_empty(), "{lineage} {serial}");
        assert_eq!(shown(&state), [r#"t.a[0] {"id":"old"}"#]);
    }
    fs::write(folder.path().join(".x.tfstate.journal.1"), "").unwrap();
    assert_eq!(set_aside(&path).unwrap().file_name().unwrap(), ".x.tfstate.journal.2");
    assert!(read(&path).unwrap().is_none());
}

#[test]
fn a_first_state_takes_the_lineage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    let mut journal = Journal::create(&path, &"new".into(), 0).unwrap();
    journal.result(None, &[slot("t.a", None, Some("x"))]);
    journal.flush().unwrap();
    let (state, _) = settle(State::default(), read(&path).unwrap().unwrap());
    assert_eq!((state.lineage.as_str(), shown(&state)), ("new", vec![r#"t.a {"id":"x"}"#.to_string()]));
}

#[test]
fn any_torn_end_is_fine() {
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = left_behind(folder.path());
    let text = fs::read(&path).unwrap();
    let mut recovered = 0;
    for end in 0..=text.len() {
        fs::write(&path, &text[..end]).unwrap();
        let Ok(Some(recorded)) = read(&path) else {
            assert!(!text[..end].contains(&b'\n'));
            continue;
        };
        let (_, report) = settle(state.clone(), recorded);
        assert!(report.recovered <= 3 && !report.is_foreign);
        recovered = report.recovered;
    }
    assert_eq!(recovered, 2);
}

#[test]
fn lines_that_can_not_be_read_hide_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = left_behind(folder.path());
    let text = fs::read_to_string(&path).unwrap();
    for place in 1..text.lines().count() {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[place] = "\0\0\0\0";
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        let (after, report) = settle(state.clone(), read(&path).unwrap().unwrap());
        assert!(report.is_damaged && !report.is_foreign);
        let wanted = if lines[place..].iter().any(|l| l.contains("read")) { &AFTER[..1] } else { &[] };
        assert!(wanted.iter().all(|line| shown(&after).contains(&(*line).to_string())), "{place}");
    }
}

#[test]
fn a_settled_journal_belongs_to_the_state_that_it_was_put_into() {
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = left_behind(folder.path());
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"result\":{\"slo").unwrap();
    note_saving(&path, 9).unwrap();
    let recorded = read(&path).unwrap().unwrap();
    let (after, report) = settle(State { serial: 9, ..state }, recorded);
    assert!(!report.is_foreign && !report.is_damaged);
    assert_eq!(shown(&after), AFTER);
}

#[test]
fn there_is_one_journal_at_a_time_and_newer_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = left_behind(folder.path());
    let error = Journal::create(&path, &"l".into(), 4).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    fs::write(&path, "{\"journal\":{\"version\":2,\"lineage\":\"l\",\"serial\":1}}\n").unwrap();
    assert_eq!(read(&path).unwrap_err().summary, "Unsupported journal version");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"garbage\n").unwrap();
    assert_eq!(read(&path).unwrap_err().summary, "Invalid journal");
}

#[test]
fn what_is_open_stays_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = left_behind(folder.path());
    let (state, report) = settle(state, read(&path).unwrap().unwrap());
    leave(&path, &state.lineage, state.serial, report.open).unwrap();
    // It has nothing to do with what the state says.
    let other = State { serial: 99, ..state.clone() };
    let (_, report) = settle(other, read(&path).unwrap().unwrap());
    assert_eq!((report.recovered, report.open, report.is_foreign), (0, vec![intent("t.b")], false));
    // Another apply takes it over, and gives it back.
    let mut journal = Journal::create(&path, &"l".into(), 5).unwrap();
    let number = journal.intend(intent("t.c"), true);
    journal.flush().unwrap();
    let open = |path| settle(State { serial: 5, ..state.clone() }, read(path).unwrap().unwrap()).1.open;
    assert_eq!(open(&path), [intent("t.b"), intent("t.c")]);
    journal.result(Some(number), &[]);
    journal.flush().unwrap();
    journal.end().unwrap();
    assert_eq!(open(&path), [intent("t.b")]);
    leave(&path, &"l".into(), 5, Vec::new()).unwrap();
    assert!(!path.exists());
}
