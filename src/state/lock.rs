//! Who holds a state, as Terraform says it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::version::COMPATIBLE_VERSION;

/// A lock on a state and its holder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LockInfo {
    /// A UUID.
    #[serde(rename = "ID")]
    pub id: String,
    /// What it is held for: `OperationTypeApply`, `state-mv`.
    pub operation: String,
    /// Anything else.
    pub info: String,
    /// User and host.
    pub who: String,
    /// The version of Terraform that the holder is or is compatible with.
    pub version: String,
    /// Since when, as in RFC 3339.
    pub created: String,
    /// Where the state is.
    pub path: String,
}

impl LockInfo {
    /// A lock of this process, from now on.
    #[must_use]
    pub fn new(operation: &str, path: &str) -> Self {
        LockInfo {
            id: uuid::Uuid::new_v4().to_string(),
            operation: operation.to_owned(),
            info: String::new(),
            who: who(),
            version: COMPATIBLE_VERSION.to_owned(),
            created: jiff::Timestamp::now().to_string(),
            path: path.to_owned(),
        }
    }
}

/// User and host.
fn who() -> String {
    let user = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
    let user = user.unwrap_or_else(|| match rustix::process::getuid() {
        uid if uid.is_root() => "root".to_owned(),
        uid => uid.as_raw().to_string(),
    });
    format!("{user}@{}", rustix::system::uname().nodename().to_string_lossy())
}

/// The lines of Terraform's messages.
impl fmt::Display for LockInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let created = self.created.replacen('T', " ", 1).replacen('Z', " +0000 UTC", 1);
        let LockInfo { id, operation, info, who, version, path, .. } = self;
        write!(
            f,
            "Lock Info:\n  ID:        {id}\n  Path:      {path}\n  Operation: {operation}\n  Who:       {who}\n  \
             Version:   {version}\n  Created:   {created}\n  Info:      {info}\n"
        )
    }
}

/// Why a lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else has it.
    #[error("resource temporarily unavailable{}", .0.as_ref().map(|info| format!("\n{info}")).unwrap_or_default())]
    Held(Option<Box<LockInfo>>),
    /// It can't be taken at all.
    #[error("{0}")]
    Failed(String),
}
