//! How fast AWS is asked: a token bucket for each operation of an account and region, as AWS has them.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// How many requests a bucket holds, and how many come back in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// As many at once.
    pub capacity: f64,
    /// As many in a second after that.
    pub refill: f64,
}

const fn rate(capacity: f64, refill: f64) -> Rate {
    Rate { capacity, refill }
}

/// Whether an operation changes nothing.
#[must_use]
pub fn is_read(api: &str) -> bool {
    let operation = api.split_once(':').map_or(api, |(_, operation)| operation);
    ["Describe", "List", "Get"].iter().any(|verb| operation.starts_with(verb))
}

/// The rate of an operation. (Source: "Request throttling for the Amazon EC2 API". For the other services, nothing is
/// published: these are careful guesses.)
#[must_use]
pub fn published(api: &str) -> Rate {
    let (service, operation) = api.split_once(':').unwrap_or(("", api));
    let is_read = is_read(api);
    match (service, operation) {
        ("ec2", "CreateTags" | "DeleteTags") => rate(100.0, 10.0),
        ("ec2", "CreateNatGateway" | "DeleteNatGateway") => rate(10.0, 1.0),
        ("ec2", "CreateVpcEndpoint" | "ModifyVpcEndpoint" | "DeleteVpcEndpoints") => rate(4.0, 0.3),
        ("ec2", "RunInstances" | "StartInstances") => rate(5.0, 2.0),
        ("ec2", "TerminateInstances" | "CreateVolume" | "DeleteVolume" | "CreateLaunchTemplateVersion") => {
            rate(100.0, 5.0)
        }
        ("ec2", _) if is_read => rate(100.0, 20.0),
        ("ec2", _) => rate(50.0, 5.0),
        ("sts", _) => rate(100.0, 50.0),
        ("iam", _) if is_read => rate(50.0, 20.0),
        (_, _) if is_read => rate(40.0, 10.0),
        _ => rate(20.0, 5.0),
    }
}

/// A bucket. It shrinks when AWS says that it is too much, and grows again with what succeeds.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
    /// Which part of the published rate is ours: others use the account, too.
    share: f64,
}

/// All buckets of an account and region.
#[derive(Debug, Default)]
pub struct Limits {
    buckets: Mutex<HashMap<&'static str, Bucket>>,
}

impl Limits {
    /// Takes a token for a request; how long to wait if there is none.
    pub fn take(&self, api: &'static str, now: Instant) -> Option<Duration> {
        let Rate { capacity, refill } = published(api);
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let bucket = buckets.entry(api).or_insert(Bucket { tokens: capacity, at: now, share: 1.0 });
        let refill = refill * bucket.share;
        bucket.tokens = (bucket.tokens + now.duration_since(bucket.at).as_secs_f64() * refill).min(capacity);
        bucket.at = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return None;
        }
        Some(Duration::from_secs_f64(((1.0 - bucket.tokens) / refill).clamp(0.001, 30.0)))
    }

    /// AWS had too many of these: ask half as fast from now on.
    pub fn throttled(&self, api: &'static str) {
        self.change(api, |bucket| {
            bucket.tokens = bucket.tokens.min(1.0);
            bucket.share = (bucket.share / 2.0).max(0.1);
        });
    }

    /// A request went through.
    pub fn succeeded(&self, api: &'static str) {
        self.change(api, |bucket| bucket.share = (bucket.share + 0.05).min(1.0));
    }

    fn change(&self, api: &'static str, change: impl FnOnce(&mut Bucket)) {
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(api) {
            change(bucket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_emptied_and_refilled() {
        const NAT: &str = "ec2:CreateNatGateway";
        let (limits, begin) = (Limits::default(), Instant::now());
        for _ in 0..10 {
            assert_eq!(limits.take(NAT, begin), None);
        }
        assert_eq!(limits.take(NAT, begin), Some(Duration::from_secs(1)));
        let later = begin + Duration::from_secs(1);
        assert_eq!(limits.take(NAT, later), None);
        limits.throttled(NAT);
        assert_eq!(limits.take(NAT, later), Some(Duration::from_secs(2)), "half as fast");
    }
}
