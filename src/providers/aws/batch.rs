//! Reads that are wanted at the same time become one request.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use smol_str::SmolStr;
use tokio::sync::watch;

use super::connection::Aws;
use super::failure::{Failure, Outcome};

/// Things by key.
pub type Found<V> = HashMap<SmolStr, V>;

/// A request for many.
pub type Fetching<V> = Pin<Box<dyn Future<Output = Outcome<Found<V>>> + Send>>;

/// How things of a kind are read: many by one request. One static for each kind.
pub struct Batch<V> {
    /// So many keys at most in a request.
    pub size: usize,
    /// Reads things by their keys. What isn't there is left out of the answer.
    pub fetch: fn(Aws, Vec<SmolStr>) -> Fetching<V>,
}

/// How long others may join a request, and again as long as somebody has joined meanwhile.
const WINDOW: Duration = Duration::from_millis(4);

/// So often at most.
const WINDOWS: usize = 10;

/// Keys that are waiting for a request, and those who wait for its answer.
struct Pending<V> {
    keys: BTreeSet<SmolStr>,
    /// How many wait.
    joined: usize,
    answer: watch::Sender<Option<Arc<Answer<V>>>>,
}

/// By key; a failure is that of all keys of its request.
type Answer<V> = HashMap<SmolStr, Outcome<Option<V>>>;

struct Queue<V> {
    pending: Mutex<Option<Pending<V>>>,
}

/// The queues of a connection, by the address of their [`Batch`].
#[derive(Default)]
pub struct Queues(Mutex<HashMap<usize, Arc<dyn Any + Send + Sync>>>);

impl Queues {
    fn of<V: Send + Sync + 'static>(&self, batch: &'static Batch<V>) -> Option<Arc<Queue<V>>> {
        let key = std::ptr::from_ref(batch).addr();
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.entry(key).or_insert_with(|| Arc::new(Queue::<V> { pending: Mutex::new(None) }));
        Arc::clone(queue).downcast().ok()
    }
}

impl Aws {
    /// Reads one thing, together with whatever else of its kind is wanted now. `None` if there is no such thing.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn load<V: Clone + Send + Sync + 'static>(
        &self,
        batch: &'static Batch<V>,
        key: &str,
    ) -> Outcome<Option<V>> {
        let lost = || Failure::new("The request was given up.");
        let Some(queue) = self.queues.of(batch) else { return Err(lost()) };
        let mut answer = {
            let mut pending = queue.pending.lock().unwrap_or_else(PoisonError::into_inner);
            let waiting = pending.get_or_insert_with(|| {
                tokio::spawn(flush(self.clone(), batch, Arc::clone(&queue)));
                Pending { keys: BTreeSet::new(), joined: 0, answer: watch::Sender::new(None) }
            });
            waiting.keys.insert(key.into());
            waiting.joined += 1;
            waiting.answer.subscribe()
        };
        let answered = answer.wait_for(Option::is_some).await.map_err(|_| lost())?;
        answered.as_ref().and_then(|a| a.get(key).cloned()).unwrap_or_else(|| Err(lost()))
    }
}

/// Sends what has come together.
async fn flush<V: Clone + Send + Sync + 'static>(aws: Aws, batch: &'static Batch<V>, queue: Arc<Queue<V>>) {
    let mut joined = 1;
    for _ in 0..WINDOWS {
        tokio::time::sleep(WINDOW).await;
        let now = queue.pending.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, |p| p.joined);
        if now == joined {
            break;
        }
        joined = now;
    }
    let Some(Pending { keys, answer, .. }) = queue.pending.lock().unwrap_or_else(PoisonError::into_inner).take() else {
        return;
    };
    let keys: Vec<SmolStr> = keys.into_iter().collect();
    let requests = keys.chunks(batch.size.max(1)).map(|chunk| {
        let aws = aws.clone();
        async move {
            let found = (batch.fetch)(aws, chunk.to_vec()).await;
            let one = |key: &SmolStr| found.as_ref().map(|f| f.get(key).cloned()).map_err(Clone::clone);
            chunk.iter().map(|key| (key.clone(), one(key))).collect::<Vec<_>>()
        }
    });
    let answers = futures_util::future::join_all(requests).await;
    answer.send_replace(Some(Arc::new(answers.into_iter().flatten().collect())));
}
