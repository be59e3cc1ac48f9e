//! Telling what happens.

use std::time::{Duration, Instant};

use smol_str::SmolStr;
use std::sync::Arc;

use crate::graph::InstanceAddress;
use crate::graph::walk::Running;
use crate::lang::Value;
use crate::plan::{Action, Event, EventKind, ObjectId};
use crate::providers::status::Status;

/// Who is told what happens, in the order in which it does. Called from several threads.
pub trait Reporter: Send + Sync {
    /// Something happened.
    fn report(&self, event: Event);
}

/// How often a running operation is reported.
const INTERVAL: Duration = Duration::from_secs(10);

/// What is told about one operation.
#[derive(Clone)]
pub(super) struct Progress {
    pub reporter: Arc<dyn Reporter>,
    pub address: InstanceAddress,
    pub deposed: Option<SmolStr>,
    pub action: Action,
    pub id: Option<ObjectId>,
    pub begin: Instant,
}

impl Progress {
    /// Tells something of the operation's object.
    pub fn tell(&self, kind: EventKind) {
        let (address, deposed) = (self.address.clone(), self.deposed.clone());
        self.reporter.report(Event { address, deposed, kind });
    }

    pub fn start(&self) {
        self.tell(EventKind::ApplyStart { action: self.action, id: self.id.clone() });
    }

    pub fn complete(&self, object: &Value) {
        let id = ObjectId::of(object).or_else(|| self.id.clone());
        self.tell(EventKind::ApplyComplete { action: self.action, id, elapsed: self.begin.elapsed() });
    }

    pub fn errored(&self) {
        self.tell(EventKind::ApplyErrored { action: self.action, elapsed: self.begin.elapsed() });
    }

    /// The work, with word of it every ten seconds. Work that ends at once sets no timer.
    pub fn watch<T: 'static>(&self, work: Running<T>) -> Running<T> {
        let progress = self.clone();
        Box::pin(async move {
            let status = Status::default();
            let mut work = Box::pin(status.of(work));
            let mut ticks = 0;
            loop {
                match tokio::time::timeout(INTERVAL, &mut work).await {
                    Ok(result) => return result,
                    Err(_) => ticks += 1,
                }
                let (action, id) = (progress.action, progress.id.clone());
                let (elapsed, status) = (INTERVAL * ticks, status.now());
                progress.tell(EventKind::ApplyProgress { action, id, elapsed, status });
            }
        })
    }
}
