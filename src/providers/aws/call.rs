//! Requests to AWS: one at a time, as fast as is allowed, repeated where that is safe.

use std::future::Future;
use std::time::Duration;

use aws_sdk_ec2::config::ProvideCredentials;
use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ec2::operation::RequestId;
use tokio::time::Instant;

use super::connection::Connection;
use super::failure::{Effect, Failure, Outcome, causes};
use super::trouble::Why;

/// How long a request is repeated that AWS has no time for.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How long nobody may answer who has answered before.
const OUTAGE: Duration = Duration::from_secs(2 * 60);
/// So often a request may be refused because of its credentials: they may have been renewed, or a pause of this machine was longer
/// than a signature is good for.
const LOCKED: u32 = 3;

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
        let mut request = self.troubles.begin(api);
        let (mut attempt, mut unanswered, mut locked) = (0u32, 0u32, 0u32);
        let mut silent_since = None;
        loop {
            if let Some(failure) = self.troubles.locked_out() {
                return Err(failure.clone());
            }
            while let Some(wait) = self.limits.take(api, Instant::now()) {
                request.waits(Why::Paced);
                tokio::time::sleep(wait).await;
            }
            let failure = match send().await {
                Ok(output) => {
                    self.troubles.answered();
                    self.limits.succeeded(api);
                    return Ok(output);
                }
                Err(error) => self.examined(Failure::from_sdk(api, &error)).await,
            };
            attempt += 1;
            let is_silent = failure.code.is_empty() && failure.effect == Effect::Unknown;
            if is_silent {
                silent_since.get_or_insert_with(Instant::now);
            } else if !failure.is_unsent {
                silent_since = None;
                self.troubles.answered();
            }
            match failure.effect {
                Effect::None if failure.is_locked_out => {
                    locked += 1;
                    if locked >= LOCKED {
                        self.troubles.lock_out(&failure);
                        return Err(failure);
                    }
                }
                Effect::Throttled => {
                    self.limits.throttled(api);
                    request.waits(Why::Throttled);
                }
                // Refused, but an earlier attempt may have got through.
                Effect::None if unanswered > 0 => return Err(Failure { effect: Effect::Unknown, ..failure }),
                Effect::None => return Err(failure),
                Effect::Unknown => {
                    unanswered += 1;
                    request.waits(Why::Unanswered(failure.to_string()));
                    // Nobody there is nobody there: a second or two tell a hiccup from a wrong address.
                    let is_outage = is_silent
                        && match silent_since {
                            Some(since) if self.troubles.has_answered() => since.elapsed() > OUTAGE,
                            _ => unanswered >= 5,
                        };
                    if is_outage || unanswered >= self.settings.max_attempts {
                        return Err(failure);
                    }
                }
            }
            let is_repeated = failure.is_locked_out || again.contains(&failure.effect);
            if !is_repeated || begin.elapsed() > PATIENCE {
                return Err(failure);
            }
            tokio::time::sleep(pause(attempt)).await;
        }
    }

    /// A request that was not sent may lack credentials: those that were there could not be renewed.
    async fn examined(&self, failure: Failure) -> Failure {
        if !failure.is_unsent {
            return failure;
        }
        let Some(credentials) = &self.credentials else { return failure };
        match credentials.provide_credentials().await {
            Err(error) => Failure {
                message: format!("the credentials could not be renewed: {}", causes(&error)),
                effect: Effect::None,
                is_locked_out: true,
                ..failure
            },
            Ok(_) => failure,
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
