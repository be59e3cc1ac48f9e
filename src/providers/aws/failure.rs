//! What AWS refused, or what never got there.

use std::borrow::Cow;
use std::fmt;

use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ec2::operation::RequestId;

/// How something with AWS comes out.
pub type Outcome<T> = Result<T, Failure>;

/// Why something could not be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// The operation, as permissions name it: `ec2:CreateVpc`. Empty if none was called.
    pub api: &'static str,
    /// AWS's code: `InvalidVpcID.NotFound`. Empty if the answer has none, or there was none.
    pub code: String,
    /// What AWS says.
    pub message: String,
    /// AWS's number for the request.
    pub request_id: Option<String>,
    /// Whether it was done all the same.
    pub effect: Effect,
    /// AWS doesn't accept the credentials: no other request will do better.
    pub is_locked_out: bool,
    /// The request was never sent.
    pub is_unsent: bool,
}

/// Whether a request that failed had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It was refused.
    None,
    /// It was refused because there were too many.
    Throttled,
    /// It may have been done: no answer came, or one that says nothing about it.
    Unknown,
}

/// Codes that say "too many requests". (Facts: reference of each service's common errors.)
const THROTTLES: &[&str] = &[
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestThrottled",
    "RequestThrottledException",
    "EC2ThrottledException",
    "SlowDown",
    "PriorRequestNotComplete",
    "BandwidthLimitExceeded",
];

/// Codes of answers that don't tell whether something was done.
const UNKNOWN: &[&str] = &[
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "ServerInternal",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
    "ServerException",
    "RequestTimeout",
    "RequestTimeoutException",
];

/// Codes of credentials that were good once.
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

/// Codes of credentials that aren't known, or not any more.
const INVALID: &[&str] = &[
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
];

/// Codes that come with status 500 and mean just what they say.
const REFUSALS: &[&str] = &[
    "InsufficientInstanceCapacity",
    "InsufficientAddressCapacity",
    "InsufficientVolumeCapacity",
    "InsufficientCapacity",
];

impl Failure {
    /// Something that no request failed for.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Failure {
            api: "",
            code: String::new(),
            message: message.into(),
            request_id: None,
            effect: Effect::None,
            is_locked_out: false,
            is_unsent: false,
        }
    }

    /// Whether the credentials may not do this.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.is(&["UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "AuthFailure"])
    }

    /// Whether AWS refuses credentials that were good once.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.is_locked_out && !self.is(INVALID) && self.code != "AuthFailure"
    }

    /// Whether something was cut off by what has nothing to do with it.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.is_locked_out || self.effect == Effect::Unknown
    }

    /// Whether AWS's code is one of these.
    #[must_use]
    pub fn is(&self, codes: &[&str]) -> bool {
        codes.contains(&self.code.as_str())
    }

    /// Whether the code says that there is no such thing: all that end in `NotFound` and the like.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.code.ends_with("NotFound")
            || self.code.ends_with("NotFoundFault")
            || self.code.ends_with("NotFoundException")
            || self.code == "NoSuchEntity"
    }

    /// What an answer of the SDK comes to.
    pub fn from_sdk<E>(api: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        SdkError<E, HttpResponse>: ProvideErrorMetadata + RequestId,
    {
        let code = ProvideErrorMetadata::code(error).unwrap_or_default().to_string();
        let status = error.raw_response().map(|r| r.status().as_u16());
        let message = match (ProvideErrorMetadata::message(error), error) {
            (Some(message), _) => message.to_string(),
            (None, SdkError::ServiceError(_)) if !code.is_empty() => String::new(),
            (None, _) => causes(error),
        };
        let effect = match (error, status) {
            _ if THROTTLES.contains(&code.as_str()) || status == Some(429) => Effect::Throttled,
            (SdkError::ConstructionFailure(_), _) => Effect::None,
            (SdkError::ServiceError(_), _) if REFUSALS.contains(&code.as_str()) => Effect::None,
            (SdkError::ServiceError(_), _) if UNKNOWN.contains(&code.as_str()) => Effect::Unknown,
            (SdkError::ServiceError(_), Some(status)) if status < 500 => Effect::None,
            _ => Effect::Unknown,
        };
        // EC2 has one code for this and for objects of others.
        let is_unknown = code == "AuthFailure" && message.contains("validate the provided access credentials");
        let is_locked_out = is_unknown || EXPIRED.contains(&code.as_str()) || INVALID.contains(&code.as_str());
        let is_unsent = match error {
            SdkError::ConstructionFailure(_) => true,
            SdkError::DispatchFailure(failure) => failure.is_other(),
            _ => false,
        };
        Failure { api, code, message, request_id: error.request_id().map(Into::into), effect, is_locked_out, is_unsent }
    }

    /// What to do about it, where that can be told.
    #[must_use]
    pub fn advice(&self) -> Option<Cow<'static, str>> {
        let (service, operation) = self.api.split_once(':').unwrap_or(("", self.api));
        Some(match self.code.as_str() {
            _ if self.is_expired() => {
                "The credentials are not valid any more, or the clock of this machine is wrong: get new ones, and run the \
                 command again. It goes on where this one has ended."
                    .into()
            }
            _ if self.is_locked_out => {
                "AWS does not know these credentials: check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and the \
                 clock of this machine."
                    .into()
            }
            _ if self.is_refused() => {
                format!("Let the credentials in use do {service}:{operation}, or use others.").into()
            }
            _ if self.effect == Effect::Throttled => {
                "AWS had too many requests of this account for longer than is waited: run the command again when there are less, or \
                 with a smaller -parallelism."
                    .into()
            }
            code if code.ends_with("LimitExceeded") || code.ends_with("QuotaExceeded") => {
                "A quota of the account is used up: ask for more in Service Quotas, or remove what isn't needed.".into()
            }
            _ => return None,
        })
    }
}

/// An error with everything that it says about its causes.
#[must_use]
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut at = Some(error);
    while let Some(e) = at {
        let text = e.to_string();
        if !texts.iter().any(|t| t.contains(&text)) {
            texts.push(text);
        }
        at = e.source();
    }
    texts.join(": ")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str(), self.message.as_str()) {
            ("", message) => f.write_str(message),
            (code, "") => f.write_str(code),
            (code, message) => write!(f, "{code}: {message}"),
        }
    }
}
