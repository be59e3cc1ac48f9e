use std::time::{Duration, Instant};

use proptest::prelude::*;
use tokio::sync::watch;

use super::*;

/// Steps whose values are made of the values of those that they wait for.
struct Sums<'a> {
    steps: &'a [Case],
    values: Vec<Option<u64>>,
    running: usize,
    most_running: usize,
    started: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Case {
    after: Vec<u32>,
    /// How often it lets others run; none for work that takes no time.
    delay: Option<u8>,
    stages: u8,
    fails: bool,
}

impl Sums<'_> {
    fn new(steps: &[Case]) -> Sums<'_> {
        Sums { steps, values: vec![None; steps.len()], running: 0, most_running: 0, started: Vec::new() }
    }

    fn end(&mut self, index: u32) -> Step<u8> {
        let case = &self.steps[index as usize];
        if case.fails {
            return Step::Failed;
        }
        let of_earlier = case.after.iter().map(|i| self.values[*i as usize].unwrap());
        self.values[index as usize] =
            Some(of_earlier.fold(u64::from(index), |a, b| a.wrapping_mul(31).wrapping_add(b)));
        Step::Done
    }

    fn stage(&mut self, index: u32, left: u8) -> Step<u8> {
        match self.steps[index as usize].delay {
            Some(delay) if left > 0 => Step::Run(Box::pin(async move {
                for _ in 0..delay {
                    tokio::task::yield_now().await;
                }
                left - 1
            })),
            _ => self.end(index),
        }
    }
}

impl Work for Sums<'_> {
    type Result = u8;

    fn start(&mut self, index: u32) -> Step<u8> {
        self.started.push(index);
        let step = self.stage(index, self.steps[index as usize].stages);
        self.running += usize::from(matches!(step, Step::Run(_)));
        self.most_running = self.most_running.max(self.running);
        step
    }

    fn finish(&mut self, index: u32, left: u8) -> Step<u8> {
        let step = self.stage(index, left);
        self.running -= usize::from(!matches!(step, Step::Run(_)));
        step
    }

    fn cut_off(&mut self, _: u32) {}
}

fn run<W: Work>(steps: &[Case], parallelism: usize, work: &mut W) -> Vec<Outcome> {
    let (_sender, receiver) = watch::channel(Interrupt::None);
    run_until(steps, parallelism, work, receiver)
}

fn run_until<W: Work>(
    steps: &[Case],
    parallelism: usize,
    work: &mut W,
    interrupts: watch::Receiver<Interrupt>,
) -> Vec<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let after = |i: u32| steps[i as usize].after.as_slice();
    runtime.block_on(walk(u32::try_from(steps.len()).unwrap(), after, parallelism, work, interrupts)).outcomes
}

/// One after the other.
fn reference(steps: &[Case]) -> (Vec<Outcome>, Vec<Option<u64>>) {
    let mut sums = Sums::new(steps);
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (index, case) in steps.iter().enumerate() {
        let may_start = case.after.iter().all(|i| outcomes[*i as usize] == Outcome::Done);
        outcomes.push(match may_start.then(|| sums.end(u32::try_from(index).unwrap())) {
            None => Outcome::Skipped,
            Some(Step::Done) => Outcome::Done,
            Some(_) => Outcome::Failed,
        });
    }
    (outcomes, sums.values)
}

fn cases() -> impl Strategy<Value = Vec<Case>> {
    let step = (
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        prop::option::of(0u8..6),
        1u8..3,
        prop::bool::weighted(0.1),
    );
    prop::collection::vec(step, 1..60).prop_map(|steps| {
        let case = |(index, (after, delay, stages, fails)): (usize, (Vec<prop::sample::Index>, _, _, _))| {
            let earlier = |i: &prop::sample::Index| u32::try_from(i.index(index)).unwrap();
            let after = if index == 0 { Vec::new() } else { after.iter().map(earlier).collect() };
            Case { after, delay, stages, fails }
        };
        steps.into_iter().enumerate().map(case).collect()
    })
}

proptest! {
    #[test]
    fn the_order_never_changes_results(steps in cases(), parallelism in 1usize..12) {
        let mut sums = Sums::new(&steps);
        let outcomes = run(&steps, parallelism, &mut sums);
        let (wanted, values) = reference(&steps);
        prop_assert_eq!(outcomes, wanted);
        prop_assert_eq!(&sums.values, &values);
        prop_assert!(sums.most_running <= parallelism);
    }
}

fn chain(count: u32, width: u32, delay: Option<u8>) -> Vec<Case> {
    let after = |i: u32| if i < width { vec![] } else { vec![i - width, i - 1] };
    (0..count).map(|i| Case { after: after(i), delay, stages: 1, fails: false }).collect()
}

#[test]
fn starts_in_order_where_it_is_free() {
    let steps: Vec<Case> = (0..50).map(|_| Case { after: vec![], delay: Some(1), stages: 1, fails: false }).collect();
    let mut sums = Sums::new(&steps);
    run(&steps, 4, &mut sums);
    assert_eq!(sums.started, (0..50).collect::<Vec<_>>());
}

#[test]
fn walks_fast_over_many_steps() {
    for delay in [None, Some(0)] {
        let steps = chain(200_000, 100, delay);
        let mut sums = Sums::new(&steps);
        let begin = Instant::now();
        assert!(run(&steps, 10, &mut sums).iter().all(|o| *o == Outcome::Done));
        // Far less, but other tests run beside this one.
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    }
}

/// Interrupts when the third step starts; the second never ends.
struct Interrupted {
    sender: watch::Sender<Interrupt>,
    with: Interrupt,
    cut_off: Vec<u32>,
}

impl Work for Interrupted {
    type Result = ();

    fn start(&mut self, index: u32) -> Step<()> {
        let (sender, with) = (self.sender.clone(), self.with);
        match index {
            1 if with == Interrupt::Stop => Step::Run(Box::pin(std::future::pending())),
            2 => Step::Run(Box::pin(async move {
                sender.send_replace(with);
            })),
            _ => Step::Done,
        }
    }

    fn finish(&mut self, _: u32, (): ()) -> Step<()> {
        Step::Done
    }

    fn cut_off(&mut self, index: u32) {
        self.cut_off.push(index);
    }
}

#[test]
fn interrupts() {
    let step = |after: &[u32]| Case { after: after.to_vec(), delay: None, stages: 0, fails: false };
    let steps = [step(&[]), step(&[]), step(&[0]), step(&[2]), step(&[1])];
    let with = |with| {
        let (sender, receiver) = watch::channel(Interrupt::None);
        let mut work = Interrupted { sender, with, cut_off: Vec::new() };
        let outcomes = run_until(&steps, 3, &mut work, receiver);
        (outcomes, work.cut_off)
    };
    use Outcome::{CutOff, Done, Left, Skipped};
    let (outcomes, cut_off) = with(Interrupt::Finish);
    assert_eq!((outcomes, cut_off), (vec![Done, Done, Done, Left, Done], vec![]));
    let (outcomes, cut_off) = with(Interrupt::Stop);
    assert_eq!((outcomes[0], outcomes[1], outcomes[3], outcomes[4]), (Done, CutOff, Left, Skipped));
    assert!(cut_off.contains(&1));
}

/// Fails to commit, or panics.
struct Broken {
    commits: bool,
    cut_off: Vec<u32>,
}

impl Work for Broken {
    type Result = ();

    fn start(&mut self, index: u32) -> Step<()> {
        Step::Run(Box::pin(async move { assert_ne!(index, 0, "for a test") }))
    }

    fn finish(&mut self, _: u32, (): ()) -> Step<()> {
        Step::Done
    }

    fn commit(&mut self) -> bool {
        self.commits
    }

    fn cut_off(&mut self, index: u32) {
        self.cut_off.push(index);
    }
}

#[test]
fn what_can_not_be_committed_is_not_begun() {
    let steps = chain(3, 3, None);
    let mut work = Broken { commits: false, cut_off: Vec::new() };
    assert_eq!(run(&steps, 2, &mut work), [Outcome::Failed, Outcome::Failed, Outcome::Left]);
    assert!(work.cut_off.is_empty());
}

#[test]
fn a_panic_fails_its_step_only() {
    let mut steps = chain(3, 3, None);
    steps[2].after = vec![0];
    let mut work = Broken { commits: true, cut_off: Vec::new() };
    assert_eq!(run(&steps, 2, &mut work), [Outcome::CutOff, Outcome::Done, Outcome::Skipped]);
    assert_eq!(work.cut_off, [0]);
}

#[test]
fn the_longest_chain_is_the_critical_path() {
    let after: [&[u32]; 5] = [&[], &[0], &[0], &[1, 2], &[]];
    let took = [(0, 5), (1, 20), (2, 30), (4, 40)].map(|(step, millis)| (step, Duration::from_millis(millis)));
    let path =
        |ended: &[u32]| critical_path(ended, &HashMap::from(took), &|step: u32| after[step as usize]).as_millis();
    assert_eq!(path(&[0, 4, 2, 1, 3]), 40);
    assert_eq!(path(&[4, 0, 1, 2]), 40);
    assert_eq!(path(&[0, 2, 1, 3]), 35);
    assert_eq!(critical_path(&[0], &HashMap::new(), &|_: u32| [].as_slice()), Duration::ZERO);
}
