//! Random plans with random delays and failures, against carrying them out one operation after the other.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::apply::journal;

/// What is done to an object, how its provider behaves, and what it waits for.
#[derive(Clone, Debug)]
struct Case {
    action: Action,
    /// What the object is to become: see [`FakeProvider`].
    wanted: &'static str,
    /// What it is.
    before: &'static str,
    after: Vec<usize>,
    /// It takes the id of the first one that it waits for, in place of `wanted`.
    takes_id: bool,
    delay: Duration,
}

fn cases() -> impl Strategy<Value = Vec<Case>> {
    use Action::{Create, CreateThenDelete, Delete, DeleteThenCreate, Update};
    let case = (
        prop::sample::select(vec![Create, Create, Update, Delete, DeleteThenCreate, CreateThenDelete]),
        prop::sample::select(vec!["y", "y", "y", "y", "y", "at once", "at once", "fail", "partial"]),
        prop::sample::select(vec!["x", "x", "x", "x", "x", "x", "fail to destroy"]),
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        any::<bool>(),
        (0u64..3000).prop_map(Duration::from_micros),
    );
    prop::collection::vec(case, 1..30).prop_map(|cases| {
        let build = |(at, (action, wanted, before, after, takes_id, delay)): (
            usize,
            (_, _, _, Vec<prop::sample::Index>, _, _),
        )| {
            let mut after: Vec<usize> = if at == 0 { Vec::new() } else { after.iter().map(|i| i.index(at)).collect() };
            after.sort_unstable();
            after.dedup();
            Case { action, wanted, before, after, takes_id, delay }
        };
        let mut cases: Vec<Case> = cases.into_iter().enumerate().map(build).collect();
        for at in 0..cases.len() {
            let has_id = cases[at].after.first().is_some_and(|first| cases[*first].action != Delete);
            cases[at].takes_id &= has_id && cases[at].action != Delete;
        }
        cases
    })
}

fn address(at: usize) -> String {
    format!("t.n{at:02}")
}

/// The plan, with for each case the operation that those wait for which come after it.
fn planned(cases: &[Case]) -> Setup {
    let mut setup = Setup::new();
    let mut provider = FakeProvider::default();
    let mut last: Vec<u32> = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let after: Vec<u32> = case.after.iter().map(|i| last[*i]).collect();
        let input = match case.after.first() {
            Some(first) if case.takes_id => Input::IdOf(address(*first).leak()),
            _ => Input::Text(Value::from(case.wanted)),
        };
        let before = (case.action != Action::Create).then_some(case.before);
        let wanted = (case.action != Action::Delete).then_some(input);
        let change = setup.change(&address(at), case.action, before, wanted);
        provider.delays.insert(address(at), case.delay);
        let kinds = match case.action {
            Action::Create => vec![OperationKind::Create(change)],
            Action::Update => vec![OperationKind::Update(change)],
            Action::Delete => vec![OperationKind::Destroy(change)],
            Action::DeleteThenCreate => vec![OperationKind::Destroy(change), OperationKind::Create(change)],
            _ => vec![OperationKind::Create(change), OperationKind::Destroy(change)],
        };
        let mut after = after;
        let numbers: Vec<u32> = kinds
            .into_iter()
            .map(|kind| {
                let number = setup.operation(kind, &after);
                after = vec![number];
                number
            })
            .collect();
        // Those that need an object don't wait until the one before it is gone.
        let made = if case.action == Action::CreateThenDelete { numbers[0] } else { after[0] };
        last.push(made);
    }
    setup.fake.provider = Arc::new(provider);
    setup
}

/// What has to be there in the end, with the counts, worked out by hand.
fn reference(cases: &[Case]) -> (Vec<String>, Counts) {
    let (mut lines, mut counts) = (Vec::new(), Counts::default());
    // The id of what has come to a good end.
    let mut ids: Vec<Option<String>> = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let address = address(at);
        let old = format!("{address}: old {address} {}", case.before);
        let deposed = format!("{address} deposed: old {address} {}", case.before);
        let has_old = case.action != Action::Create;
        if case.after.iter().any(|i| ids[*i].is_none()) {
            lines.extend(has_old.then_some(old));
            ids.push(None);
            continue;
        }
        let wanted = if case.takes_id { ids[case.after[0]].clone().unwrap() } else { case.wanted.to_owned() };
        let new = |id: &str| format!("{address}: {id} of {address} {wanted}");
        let keeps_old = case.before == "fail to destroy";
        let mut destroy = || {
            counts.destroyed += usize::from(!keeps_old);
            !keeps_old
        };
        let id = match (case.action, wanted.as_str()) {
            (Action::Delete, _) => {
                let gone = destroy();
                lines.extend((!gone).then_some(old));
                gone.then(String::new)
            }
            (Action::Update, "fail") => {
                lines.push(old);
                None
            }
            (Action::Update, _) => {
                lines.push(format!("{address}: old {address} {wanted}"));
                counts.changed += usize::from(wanted != "partial");
                (wanted != "partial").then(|| format!("old {address}"))
            }
            (Action::DeleteThenCreate, _) if !destroy() => {
                lines.push(old);
                None
            }
            (action, "fail") => {
                lines.extend((action == Action::CreateThenDelete).then_some(old));
                None
            }
            (action, "partial") => {
                lines.push(new("id") + " tainted");
                lines.extend((action == Action::CreateThenDelete).then_some(deposed));
                None
            }
            (action, _) => {
                lines.push(new("id"));
                counts.added += 1;
                let gone = action != Action::CreateThenDelete || destroy();
                lines.extend((!gone).then_some(deposed));
                Some(format!("id of {address}"))
            }
        };
        ids.push(id);
    }
    (lines, counts)
}

/// Keeps what is written, and looks whether the journal comes to the same.
struct Replaying {
    prior: State,
    journal: PathBuf,
    written: Vec<Vec<String>>,
}

impl StateSink for Replaying {
    fn write(&mut self, state: &mut State) -> Result<(), Diagnostics> {
        let recorded = journal::read(&self.journal).unwrap().unwrap();
        let (replayed, settled) = journal::settle(self.prior.clone(), recorded);
        assert!(!settled.is_foreign && !settled.is_damaged);
        assert_eq!(shown(&replayed), shown(state), "the journal says something else than the state");
        self.written.push(shown(state));
        Ok(())
    }
}

fn carry_out(setup: &mut Setup, parallelism: usize, journal: &Path) -> (Applied, Vec<String>, Replaying) {
    let (_sender, interrupts) = watch::channel(Interrupt::None);
    let told = Arc::new(Told::default());
    let mut sink = Replaying { prior: setup.plan.prior.clone(), journal: journal.to_owned(), written: Vec::new() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let reporter = Arc::clone(&told) as Arc<dyn Reporter>;
    let around = Surroundings { sink: &mut sink, journal: Some(journal), reporter, interrupts, parallelism };
    let applied = runtime.block_on(apply(&setup.plan, &mut setup.fake, around));
    let told = std::mem::take(&mut *told.0.lock().unwrap());
    (applied, told, sink)
}

/// Whoever starts does so after all that it waits for has come to a good end.
fn is_in_order(cases: &[Case], told: &[String]) -> bool {
    let place = |at: usize, what: &str| told.iter().position(|t| t.starts_with(&format!("{}: {what}", address(at))));
    cases.iter().enumerate().all(|(at, case)| {
        let start = place(at, "start");
        start.is_none_or(|start| case.after.iter().all(|i| place(*i, "complete").is_some_and(|end| end < start)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn an_apply_comes_to_what_one_operation_after_the_other_does(cases in cases(), parallelism in 1usize..12) {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal");
        let mut setup = planned(&cases);
        let (applied, told, sink) = carry_out(&mut setup, parallelism, &journal);
        let (lines, counts) = reference(&cases);
        prop_assert_eq!(shown(&applied.state), lines);
        prop_assert_eq!(applied.counts, counts);
        prop_assert_eq!(sink.written.last(), Some(&shown(&applied.state)));
        prop_assert!(is_in_order(&cases, &told), "{:?}", told);
        let mut calls = setup.fake.provider.calls.lock().unwrap().clone();
        let count = calls.len();
        calls.sort();
        calls.dedup();
        prop_assert_eq!(calls.len(), count, "something was done twice");
        prop_assert!(!journal.exists());
    }
}
