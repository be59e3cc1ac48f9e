//! What keeps requests of a connection from being answered. Whoever waits is told of it, and what nothing helps against is
//! remembered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::failure::Failure;

/// What takes longer is told.
const LONG: Duration = Duration::from_secs(5);
/// So many operations are named.
const NAMED: usize = 5;

/// Why a request waits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// As many have been sent as AWS allows.
    Paced,
    /// AWS had too many.
    Throttled,
    /// No answer comes, or one that tells nothing: the last reason.
    Unanswered(String),
}

/// What is wrong with a connection, if anything is.
#[derive(Debug, Default)]
pub struct Troubles {
    waiting: Mutex<BTreeMap<u64, Wait>>,
    number: AtomicU64,
    throttles: Mutex<Throttles>,
    has_answered: AtomicBool,
    cannot_decode: AtomicBool,
    locked_out: OnceLock<Failure>,
}

#[derive(Debug)]
struct Wait {
    api: &'static str,
    since: Instant,
    why: Option<Why>,
}

/// How often AWS had too many, as far as that has not been told.
#[derive(Debug, Default)]
struct Throttles {
    times: BTreeMap<&'static str, usize>,
    longest: Duration,
}

/// A request that has not been answered yet.
pub struct Request<'t> {
    troubles: &'t Troubles,
    number: u64,
    begin: Instant,
    throttles: usize,
    api: &'static str,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Troubles {
    /// A request begins.
    pub fn begin(&self, api: &'static str) -> Request<'_> {
        let (number, begin) = (self.number.fetch_add(1, Ordering::Relaxed), Instant::now());
        locked(&self.waiting).insert(number, Wait { api, since: begin, why: None });
        Request { troubles: self, number, begin, throttles: 0, api }
    }

    /// AWS has answered, whatever it was.
    pub fn answered(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// Whether AWS has ever answered.
    pub fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    /// Nobody gets in any more with the credentials that there are.
    pub fn lock_out(&self, failure: &Failure) {
        drop(self.locked_out.set(failure.clone()));
    }

    /// Why nobody gets in any more.
    pub fn locked_out(&self) -> Option<&Failure> {
        self.locked_out.get()
    }

    /// AWS doesn't tell these credentials why it refuses.
    pub fn give_up_decoding(&self) {
        self.cannot_decode.store(true, Ordering::Relaxed);
    }

    /// Whether AWS may tell why it refuses.
    pub fn may_decode(&self) -> bool {
        !self.cannot_decode.load(Ordering::Relaxed)
    }

    /// What has been waited for long, a line each.
    pub fn waits_for(&self) -> Vec<String> {
        let mut lines: BTreeMap<Why, (Duration, Vec<&'static str>)> = BTreeMap::new();
        for Wait { api, since, why } in locked(&self.waiting).values() {
            let (elapsed, Some(why)) = (since.elapsed(), why.clone()) else { continue };
            if elapsed < LONG {
                continue;
            }
            let (longest, apis) = lines.entry(why).or_default();
            *longest = elapsed.max(*longest);
            if !apis.contains(api) {
                apis.push(api);
            }
        }
        let line = |(why, (longest, apis)): (Why, (Duration, Vec<&'static str>))| {
            let (apis, seconds) = (some_of(&apis), longest.as_secs());
            match why {
                Why::Paced => format!("Waiting for the rate limit of {apis} [{seconds}s]"),
                Why::Throttled => format!("AWS is throttling {apis}; waiting [{seconds}s]"),
                Why::Unanswered(reason) => format!("No answer from AWS to {apis}; trying again [{seconds}s]: {reason}"),
            }
        };
        lines.into_iter().map(line).collect()
    }

    /// How many requests AWS had too many of, which operations those were, and how long one of them had to wait, since this
    /// was last asked; nothing as long as nobody had to wait for long.
    pub fn take_throttles(&self) -> Option<(usize, String, Duration)> {
        let mut throttles = locked(&self.throttles);
        if throttles.longest < LONG {
            return None;
        }
        let Throttles { times, longest } = std::mem::take(&mut *throttles);
        let total = times.values().sum();
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_by_key(|(api, times)| (std::cmp::Reverse(*times), *api));
        let named: Vec<String> = times.iter().map(|(api, times)| format!("{api} ({times}x)")).collect();
        Some((total, some_of(&named), longest))
    }
}

impl Request<'_> {
    /// It has to wait.
    pub fn waits(&mut self, why: Why) {
        self.throttles += usize::from(why == Why::Throttled);
        if let Some(wait) = locked(&self.troubles.waiting).get_mut(&self.number) {
            // That there are too many is why it is paced.
            let is_known = why == Why::Paced && wait.why.is_some();
            wait.why = if is_known { wait.why.take() } else { Some(why) };
        }
    }
}

impl Drop for Request<'_> {
    fn drop(&mut self) {
        locked(&self.troubles.waiting).remove(&self.number);
        if self.throttles > 0 {
            let mut throttles = locked(&self.troubles.throttles);
            *throttles.times.entry(self.api).or_default() += self.throttles;
            throttles.longest = throttles.longest.max(self.begin.elapsed());
        }
    }
}

/// The first few, by name.
fn some_of(names: &[impl AsRef<str>]) -> String {
    let mut named: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    let more = format!("{} more", names.len().saturating_sub(NAMED));
    if names.len() > NAMED {
        named.push(&more);
    }
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = "ec2:DescribeVpcs";

    impl Request<'_> {
        /// As if it had begun earlier.
        fn since(mut self, seconds: u64) -> Self {
            let since = Instant::now() - Duration::from_secs(seconds);
            self.begin = since;
            locked(&self.troubles.waiting).values_mut().filter(|w| w.api == self.api).for_each(|w| w.since = since);
            self
        }
    }

    #[test]
    fn what_is_waited_for_long_is_told() {
        let troubles = Troubles::default();
        let mut one = troubles.begin(READ).since(4);
        one.waits(Why::Throttled);
        assert_eq!(troubles.waits_for(), Vec::<String>::new());
        let (mut one, mut other) = (one.since(6), troubles.begin("ec2:DescribeSubnets").since(7));
        one.waits(Why::Paced);
        other.waits(Why::Unanswered("connection refused".into()));
        let refused = "No answer from AWS to ec2:DescribeSubnets; trying again [7s]: connection refused";
        assert_eq!(troubles.waits_for(), ["AWS is throttling ec2:DescribeVpcs; waiting [6s]", refused]);
        drop(one);
        assert_eq!(troubles.waits_for(), [refused]);
    }

    #[test]
    fn throttles_are_told_once_if_they_took_long() {
        let troubles = Troubles::default();
        let throttled = |times: usize| {
            let mut request = troubles.begin(READ);
            (0..times).for_each(|_| request.waits(Why::Throttled));
            request
        };
        drop(throttled(2));
        assert_eq!(troubles.take_throttles(), None);
        drop(throttled(3).since(9));
        let (total, named, longest) = troubles.take_throttles().unwrap();
        assert_eq!((total, named.as_str(), longest.as_secs()), (5, "ec2:DescribeVpcs (5x)", 9));
        assert_eq!(troubles.take_throttles(), None);
    }

    #[test]
    fn few_are_named() {
        assert_eq!(some_of(&["a", "b"]), "a, b");
        assert_eq!(some_of(&["a", "b", "c", "d", "e", "f", "g"]), "a, b, c, d, e, 2 more");
    }
}
