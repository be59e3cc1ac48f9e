//! Waiting for AWS to finish something: often at first, less and less later.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::failure::{Failure, Outcome};
use crate::providers::status::Waiting;

/// How far something is.
#[derive(Clone, Debug)]
pub enum Progress<T> {
    /// It is done.
    Done(T),
    /// Not yet: AWS's word for how far it is.
    Pending(String),
    /// It has failed: AWS's own reason.
    Failed(String),
}

/// Looks until something is done. `what` is for messages: "EKS cluster production".
///
/// # Errors
/// When it fails, or time is up, or it can't be looked at.
pub async fn wait_for<T, F>(what: &str, timeout: Duration, look: impl Fn() -> F) -> Outcome<T>
where
    F: Future<Output = Outcome<Progress<T>>>,
{
    let begin = Instant::now();
    let waiting = Waiting::default();
    let mut pause = Duration::from_millis(50);
    loop {
        let status = match look().await? {
            Progress::Done(value) => return Ok(value),
            Progress::Failed(reason) => return Err(Failure::new(format!("{what}: {reason}"))),
            Progress::Pending(status) => status,
        };
        if begin.elapsed() + pause > timeout {
            let minutes = timeout.as_secs() / 60;
            return Err(Failure::new(format!("{what} was still {status} after {minutes} minutes")));
        }
        waiting.tell(format!("{what}: {status}"));
        tokio::time::sleep(pause).await;
        pause = pause.mul_f64(1.5).min(Duration::from_secs(10));
    }
}

/// Does something again while it fails for a reason that will pass.
///
/// # Errors
/// When it fails for another reason, or time is up.
pub async fn retry_while<T, F>(
    timeout: Duration,
    passes: impl Fn(&Failure) -> bool,
    attempt: impl Fn() -> F,
) -> Outcome<T>
where
    F: Future<Output = Outcome<T>>,
{
    let begin = Instant::now();
    let waiting = Waiting::default();
    let mut pause = Duration::from_millis(100);
    loop {
        match attempt().await {
            Err(failure) if passes(&failure) && begin.elapsed() + pause < timeout => {
                waiting.tell(format!("{} again after {}", failure.api, failure.code));
                tokio::time::sleep(pause).await;
                pause = pause.mul_f64(1.6).min(Duration::from_secs(10));
            }
            outcome => return outcome,
        }
    }
}
