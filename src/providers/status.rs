//! How far an operation is that takes long: told by whoever waits, deep in a provider, to whoever tells the user.

use std::sync::{Arc, Mutex, PoisonError};

use smol_str::SmolStr;

tokio::task_local! {
    static CURRENT: Status;
}

/// What an operation waits for, in the provider's words; nothing while it doesn't wait.
#[derive(Clone, Debug, Default)]
pub struct Status(Arc<Mutex<Option<SmolStr>>>);

impl Status {
    /// Does the work of an operation, which tells this status.
    pub async fn of<T>(&self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), work).await
    }

    /// What is waited for now.
    #[must_use]
    pub fn now(&self) -> Option<SmolStr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, status: Option<SmolStr>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}

/// Something that is waited for, until this is dropped. Outside of [`Status::of`] nobody hears of it.
#[derive(Debug, Default)]
pub struct Waiting(());

impl Waiting {
    /// Tells what is waited for.
    pub fn tell(&self, status: impl Into<SmolStr>) {
        let _ = CURRENT.try_with(|current| current.set(Some(status.into())));
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.set(None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_waited_for_is_told_while_it_is() {
        let status = Status::default();
        let heard = status.clone();
        let work = async {
            assert_eq!(heard.now(), None);
            let waiting = Waiting::default();
            waiting.tell("NAT gateway nat-1: pending");
            assert_eq!(heard.now().as_deref(), Some("NAT gateway nat-1: pending"));
            drop(waiting);
            heard.now()
        };
        assert_eq!(status.of(work).await, None);
        Waiting::default().tell("heard by nobody");
        assert_eq!(status.now(), None);
    }
}
