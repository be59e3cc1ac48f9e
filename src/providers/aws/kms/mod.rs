//! KMS: keys for encryption. One file a type.

pub mod alias;
pub mod key;

use std::time::Duration;

/// How long KMS may take to know everywhere what it, or another service, has just made.
const PROPAGATION: Duration = Duration::from_secs(2 * 60);
