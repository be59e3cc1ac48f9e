//! Requests to AWS: one at a time, as fast as is allowed, repeated where that is safe.

use std::future::Future;
use std::time::Duration;

use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ec2::operation::RequestId;
use tokio::time::Instant;

use super::connection::Connection;
use super::failure::{Effect, Failure, Outcome};

/// How long a request is repeated that AWS has no time for, or that never arrives.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What the SDK says.
pub type Sent<T, E> = Result<T, SdkError<E, HttpResponse>>;

impl Connection {
    /// Sends a request, again and again while AWS is busy or doesn't answer. For whatever may be done twice: reads, deletions,
    /// changes, and what has a client token.
    ///
    /// # Errors
    /// When AWS refuses, or time is up.
    pub async fn call<T, E, F>(&self, api: &'static str, send: impl Fn() -> F) -> Outcome<T>
    where
        F: Future<Output = Sent<T, E>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        SdkError<E, HttpResponse>: ProvideErrorMetadata + RequestId,
    {
        self.repeat(api, send, &[Effect::Throttled, Effect::Unknown]).await
    }

    /// Sends a request that must not be done twice: it is sent again only if AWS has certainly not acted. With a failure of
    /// [`Effect::Unknown`] the caller has to look.
    ///
    /// # Errors
    /// When AWS refuses, or it is not known what it has done, or time is up.
    pub async fn call_once<T, E, F>(&self, api: &'static str, send: impl Fn() -> F) -> Outcome<T>
    where
        F: Future<Output = Sent<T, E>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        SdkError<E, HttpResponse>: ProvideErrorMetadata + RequestId,
    {
        self.repeat(api, send, &[Effect::Throttled]).await
    }

    async fn repeat<T, E, F>(&self, api: &'static str, send: impl Fn() -> F, again: &[Effect]) -> Outcome<T>
    where
        F: Future<Output = Sent<T, E>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        SdkError<E, HttpResponse>: ProvideErrorMetadata + RequestId,
    {
        let begin = Instant::now();
        let (mut attempt, mut unanswered) = (0u32, 0u32);
        loop {
            self.limits.acquire(api).await;
            let failure = match send().await {
                Ok(output) => {
                    self.limits.succeeded(api);
                    return Ok(output);
                }
                Err(error) => Failure::from_sdk(api, &error),
            };
            if failure.effect == Effect::Throttled {
                self.limits.throttled(api);
            }
            attempt += 1;
            // Who throttles is there: only what tells nothing counts.
            unanswered += u32::from(failure.effect == Effect::Unknown);
            let is_given_up = match failure.effect {
                // Nobody there is nobody there: a second or two tell a hiccup from an outage.
                Effect::Unknown if failure.code.is_empty() => unanswered >= self.settings.max_attempts.min(5),
                Effect::Unknown => unanswered >= self.settings.max_attempts,
                _ => false,
            };
            if !again.contains(&failure.effect) || is_given_up || begin.elapsed() > PATIENCE {
                return Err(failure);
            }
            tokio::time::sleep(pause(attempt)).await;
        }
    }

    /// All pages of an answer. `send` gets the token of the page, `page` takes items and the next token out of it.
    ///
    /// # Errors
    /// When AWS refuses a page.
    pub async fn pages<T, E, F, I>(
        &self,
        api: &'static str,
        send: impl Fn(Option<String>) -> F,
        page: impl Fn(T) -> (Option<Vec<I>>, Option<String>),
    ) -> Outcome<Vec<I>>
    where
        F: Future<Output = Sent<T, E>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        SdkError<E, HttpResponse>: ProvideErrorMetadata + RequestId,
    {
        let mut items = Vec::new();
        let mut token = None;
        loop {
            let (more, next) = page(self.call(api, || send(token.clone())).await?);
            items.extend(more.unwrap_or_default());
            token = next.filter(|t| !t.is_empty());
            if token.is_none() {
                return Ok(items);
            }
        }
    }

    /// Creates something that has no client token. When no answer comes, `find` looks whether it was made; only if it
    /// certainly wasn't, it is made again.
    ///
    /// # Errors
    /// When AWS refuses.
    pub async fn create_once<T, E, F, G>(
        &self,
        api: &'static str,
        send: impl Fn() -> F,
        find: impl Fn() -> G,
    ) -> Outcome<T>
    where
        F: Future<Output = Sent<T, E>>,
        G: Future<Output = Outcome<Option<T>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        SdkError<E, HttpResponse>: ProvideErrorMetadata + RequestId,
    {
        for attempt in 1.. {
            match self.call_once(api, &send).await {
                Err(failure) if failure.effect == Effect::Unknown => {
                    // It may become visible a little later than it was made.
                    for look in 1..=LOOKS {
                        tokio::time::sleep(pause(look)).await;
                        if let Some(found) = find().await? {
                            return Ok(found);
                        }
                    }
                    if attempt >= self.settings.max_attempts {
                        return Err(failure);
                    }
                }
                // Refused the second time: what the first request has made may be visible only now.
                Err(failure) if attempt > 1 => return find().await?.ok_or(failure),
                outcome => return outcome,
            }
        }
        Err(Failure::new("unreachable: the loop ends by returning"))
    }
}

/// How often it is looked for something that may have been made.
const LOOKS: u32 = 6;

/// How long to wait before the next attempt: twice as long every time, up to 20 s, and a random part of that.
#[must_use]
pub fn pause(attempt: u32) -> Duration {
    let ceiling = 100u64.saturating_mul(1 << attempt.min(8)).min(20_000);
    let part = u64::from(uuid::Uuid::new_v4().as_fields().0 % 512) + 512;
    Duration::from_millis(ceiling * part / 1024)
}
