//! The concurrent walk over steps that wait for each other. One task, the caller's, owns everything
//! that changes and decides what starts; only work that takes time runs elsewhere. So the order in which
//! such work ends decides when something happens, and never what.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

/// Work that takes time.
pub type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How a step goes on.
pub enum Step<T> {
    /// It has come to a good end.
    Done,
    /// It has failed: what waits for it is skipped.
    Failed,
    /// This has to be done first; then [`Work::finish`] is asked.
    Run(Running<T>),
}

/// What a walk does at each step. Nothing here may take long but [`Step::Run`].
pub trait Work {
    /// What work that took time results in.
    type Result: Send + 'static;

    /// Begins a step: everything that it waits for has come to a good end.
    fn start(&mut self, index: u32) -> Step<Self::Result>;

    /// Goes on with a step whose work has ended.
    fn finish(&mut self, index: u32, result: Self::Result) -> Step<Self::Result>;

    /// Called before work begins that [`Work::start`] and [`Work::finish`] gave, once for all that begins
    /// together, and before the walk waits. If it says no, those steps fail and nothing new is started.
    fn commit(&mut self) -> bool {
        true
    }

    /// Called after work has begun, before the walk waits for any to end.
    fn pause(&mut self) {}

    /// The work of a step was cut off, by an interrupt or a defect in it: how far it came is unknown.
    fn cut_off(&mut self, index: u32);
}

/// How a step came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It came to a good end.
    Done,
    /// It failed.
    Failed,
    /// Something that it waits for did not come to a good end.
    Skipped,
    /// It was not begun, because of an interrupt.
    Left,
    /// It was begun, and cut off.
    CutOff,
}

/// What a walk came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// How each step came out.
    pub outcomes: Vec<Outcome>,
    /// How long the longest chain of steps took that wait for each other: no walk over these steps could have been faster.
    pub critical_path: Duration,
}

/// What has been asked of a walk from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interrupt {
    /// Nothing.
    #[default]
    None,
    /// To start nothing new, and let come to its end what has begun.
    Finish,
    /// To stop at once.
    Stop,
}

/// Which steps wait for which, turned round: who waits for a step.
struct Dependents {
    offsets: Vec<usize>,
    targets: Vec<u32>,
}

impl Dependents {
    /// With for each step the number of those that it waits for.
    fn new<'a>(count: u32, after: &impl Fn(u32) -> &'a [u32]) -> (Self, Vec<u32>) {
        let mut offsets = vec![0; count as usize + 2];
        let mut waiting = vec![0; count as usize];
        for index in 0..count {
            for earlier in after(index) {
                waiting[index as usize] += 1;
                if let Some(slot) = offsets.get_mut(*earlier as usize + 2) {
                    *slot += 1;
                }
            }
        }
        for i in 1..offsets.len() {
            offsets[i] += offsets[i - 1];
        }
        let mut targets = vec![0; offsets.last().copied().unwrap_or(0)];
        for index in 0..count {
            for earlier in after(index).iter().filter(|e| **e < count) {
                let slot = &mut offsets[*earlier as usize + 1];
                targets[*slot] = index;
                *slot += 1;
            }
        }
        (Dependents { offsets, targets }, waiting)
    }

    fn of(&self, index: u32) -> &[u32] {
        &self.targets[self.offsets[index as usize]..self.offsets[index as usize + 1]]
    }
}

/// Walks over `count` steps, each when all those that `after` names have come to a good end, at most
/// `parallelism` at once. Of those that could start, the one with the lowest index does. A step that waits for itself, directly or
/// not, is left.
///
/// Must be called within a runtime.
pub async fn walk<'a, W: Work>(
    count: u32,
    after: impl Fn(u32) -> &'a [u32],
    parallelism: usize,
    work: &mut W,
    mut interrupts: watch::Receiver<Interrupt>,
) -> Walked {
    let (dependents, waiting) = Dependents::new(count, &after);
    let ready = (0..count).filter(|i| waiting[*i as usize] == 0).map(Reverse).collect();
    let mut walk = Walk {
        dependents,
        waiting,
        outcomes: vec![None; count as usize],
        ready,
        prepared: Vec::new(),
        running: JoinSet::new(),
        indices: HashMap::new(),
        parallelism: parallelism.max(1),
        is_stopped: false,
        took: HashMap::new(),
        ended: Vec::new(),
    };
    let mut can_interrupt = true;
    loop {
        walk.begin(work, &interrupts);
        if walk.running.is_empty() {
            break;
        }
        tokio::select! {
            changed = interrupts.changed(), if can_interrupt => can_interrupt = changed.is_ok(),
            Some(ended) = walk.running.join_next_with_id() => walk.end(work, ended),
        }
        while let Some(ended) = walk.running.try_join_next_with_id() {
            walk.end(work, ended);
        }
        if *interrupts.borrow_and_update() == Interrupt::Stop {
            walk.cut_off(work);
        }
    }
    let critical_path = critical_path(&walk.ended, &walk.took, &after);
    let outcomes = walk.outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Left)).collect();
    Walked { outcomes, critical_path }
}

/// How long the longest chain took. `ended` has each step after those that it waits for.
fn critical_path<'a>(ended: &[u32], took: &HashMap<u32, Duration>, after: &impl Fn(u32) -> &'a [u32]) -> Duration {
    if took.is_empty() {
        return Duration::ZERO;
    }
    let mut earliest: HashMap<u32, Duration> = HashMap::with_capacity(ended.len());
    for step in ended {
        let begin = after(*step).iter().filter_map(|earlier| earliest.get(earlier)).max().copied().unwrap_or_default();
        earliest.insert(*step, begin + took.get(step).copied().unwrap_or_default());
    }
    earliest.into_values().max().unwrap_or_default()
}

struct Walk<T> {
    dependents: Dependents,
    /// How many steps each step still waits for.
    waiting: Vec<u32>,
    outcomes: Vec<Option<Outcome>>,
    ready: BinaryHeap<Reverse<u32>>,
    /// Work that has not begun yet.
    prepared: Vec<(u32, Running<T>)>,
    running: JoinSet<T>,
    indices: HashMap<Id, (u32, Instant)>,
    parallelism: usize,
    is_stopped: bool,
    /// How long the work of steps took, for those that took time.
    took: HashMap<u32, Duration>,
    /// Steps in the order in which they came to a good end.
    ended: Vec<u32>,
}

impl<T: Send + 'static> Walk<T> {
    /// Starts as much as there is room for.
    fn begin<W: Work<Result = T>>(&mut self, work: &mut W, interrupts: &watch::Receiver<Interrupt>) {
        loop {
            while self.running.len() + self.prepared.len() < self.parallelism
                && !self.is_stopped
                && *interrupts.borrow() == Interrupt::None
                && let Some(Reverse(index)) = self.ready.pop()
            {
                let step = work.start(index);
                self.go_on(index, step);
            }
            let may_begin = work.commit();
            if self.prepared.is_empty() {
                work.pause();
                return;
            }
            for (index, task) in std::mem::take(&mut self.prepared) {
                if may_begin {
                    self.run(index, task, work);
                } else {
                    self.is_stopped = true;
                    self.go_on(index, Step::Failed);
                }
            }
            work.pause();
        }
    }

    /// Begins work. What has its result at once is not worth a task of its own.
    fn run<W: Work<Result = T>>(&mut self, index: u32, mut task: Running<T>, work: &mut W) {
        let mut context = Context::from_waker(Waker::noop());
        match catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut context))) {
            Ok(Poll::Ready(result)) => {
                let step = work.finish(index, result);
                self.go_on(index, step);
            }
            Ok(Poll::Pending) => {
                let id = self.running.spawn(task).id();
                self.indices.insert(id, (index, Instant::now()));
            }
            Err(_) => {
                work.cut_off(index);
                self.fail(index, Outcome::CutOff);
            }
        }
    }

    fn go_on(&mut self, index: u32, step: Step<T>) {
        match step {
            Step::Run(task) => self.prepared.push((index, task)),
            Step::Done => {
                self.outcomes[index as usize] = Some(Outcome::Done);
                self.ended.push(index);
                for later in self.dependents.of(index) {
                    let waiting = &mut self.waiting[*later as usize];
                    *waiting -= 1;
                    if *waiting == 0 {
                        self.ready.push(Reverse(*later));
                    }
                }
            }
            Step::Failed => self.fail(index, Outcome::Failed),
        }
    }

    /// Marks a step, and all that wait for it as skipped.
    fn fail(&mut self, index: u32, outcome: Outcome) {
        self.outcomes[index as usize] = Some(outcome);
        let mut lost = vec![index];
        while let Some(index) = lost.pop() {
            for later in self.dependents.of(index) {
                let outcome = &mut self.outcomes[*later as usize];
                if outcome.is_none() {
                    *outcome = Some(Outcome::Skipped);
                    lost.push(*later);
                }
            }
        }
    }

    fn end<W: Work<Result = T>>(&mut self, work: &mut W, ended: Result<(Id, T), JoinError>) {
        let (id, result) = match ended {
            Ok((id, result)) => (id, Some(result)),
            Err(error) => (error.id(), None),
        };
        let Some((index, begin)) = self.indices.remove(&id) else { return };
        *self.took.entry(index).or_default() += begin.elapsed();
        match result {
            Some(result) => {
                let step = work.finish(index, result);
                self.go_on(index, step);
            }
            None => {
                work.cut_off(index);
                self.fail(index, Outcome::CutOff);
            }
        }
    }

    /// Cuts off what runs. Nothing is waited for.
    fn cut_off<W: Work<Result = T>>(&mut self, work: &mut W) {
        self.running = JoinSet::new();
        let mut lost: Vec<u32> = self.indices.drain().map(|(_, (index, _))| index).collect();
        lost.extend(self.prepared.drain(..).map(|(index, _)| index));
        lost.sort_unstable();
        for index in lost {
            work.cut_off(index);
            self.fail(index, Outcome::CutOff);
        }
    }
}

#[cfg(test)]
mod tests;
