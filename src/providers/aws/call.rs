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
                message: format!("The credentials could not be renewed: {}", causes(&error).trim()),
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_sdk_sts::error::ErrorMetadata;
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;

    use super::*;
    use crate::lang::Value;
    use crate::providers::aws::connection::Aws;
    use crate::providers::aws::object::Object;
    use crate::providers::aws::settings::{SCHEMA, Settings};

    const API: &str = "ec2:CreateVpc";

    /// What AWS answers.
    #[derive(Clone, Copy)]
    enum Answer {
        Done,
        Refused(&'static str),
        None,
    }

    /// A connection that nothing is sent through.
    async fn aws() -> Aws {
        let ty = SCHEMA.implied_type();
        let mut block = Object::of(&Value::null(ty.clone()), ty);
        for (name, text) in [("access_key", "K"), ("secret_key", "S"), ("region", "eu-west-1")] {
            block.set(name, text);
        }
        block.set("skip_credentials_validation", true);
        block.set("skip_requesting_account_id", true);
        Aws::connect_alone(Settings::of(&block.value(), std::path::Path::new(""))).await.unwrap()
    }

    /// How a request comes out that is answered like that, and how often it was sent.
    async fn outcome(aws: &Aws, is_once: bool, answers: &[Answer]) -> (Outcome<()>, usize) {
        let sent = AtomicUsize::new(0);
        let send = || {
            let number = sent.fetch_add(1, Ordering::Relaxed);
            let answer = answers[number.min(answers.len() - 1)];
            std::future::ready(match answer {
                Answer::Done => Ok(()),
                Answer::None => Err(SdkError::timeout_error("no answer")),
                Answer::Refused(code) => {
                    let error = GetCallerIdentityError::generic(ErrorMetadata::builder().code(code).build());
                    Err(SdkError::service_error(error, HttpResponse::new(400.try_into().unwrap(), "".into())))
                }
            })
        };
        let outcome = if is_once { aws.call_once(API, send).await } else { aws.call(API, send).await };
        (outcome, sent.into_inner())
    }

    #[tokio::test]
    async fn requests_are_sent_again_where_that_is_safe() {
        use Answer::{Done, None, Refused};
        let aws = aws().await;
        for (is_once, answers, wanted) in [
            (true, vec![Done], (Ok(()), 1)),
            (true, vec![Refused("RequestLimitExceeded"), Done], (Ok(()), 2)),
            (true, vec![None, Done], (Err(Effect::Unknown), 1)),
            (true, vec![Refused("InternalError"), Done], (Err(Effect::Unknown), 1)),
            (false, vec![None, Refused("InternalError"), Done], (Ok(()), 3)),
            (false, vec![Refused("InvalidVpcRange")], (Err(Effect::None), 1)),
            // What is there already may be what the first request has made.
            (false, vec![None, Refused("AlreadyExists")], (Err(Effect::Unknown), 2)),
        ] {
            let (outcome, sent) = outcome(&aws, is_once, &answers).await;
            assert_eq!((outcome.map_err(|failure| failure.effect), sent), wanted);
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_with_credentials_that_have_expired() {
        let aws = aws().await;
        let expired = Answer::Refused("RequestExpired");
        assert_eq!(outcome(&aws, true, &[expired, Answer::Done]).await, (Ok(()), 2));
        let (first, sent) = outcome(&aws, false, &[expired]).await;
        assert_eq!((first.as_ref().unwrap_err().is_expired(), sent), (true, 3));
        assert_eq!(outcome(&aws, false, &[Answer::Done]).await, (first, 0));
    }
}
