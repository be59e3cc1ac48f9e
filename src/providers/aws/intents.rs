//! New objects that still have the tag of the operation that made them, so that they are found even if the answer never came.
//! It is removed when an apply ends.
//!
//! Planning and applying have connections of their own. What planning comes across (an earlier apply was cut off) is
//! for the apply to remove, so this is kept for the whole program, by provider configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

static NOTED: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Notes an object, by the id or ARN that its tags are known by.
pub fn note(configuration: &str, id: &str) {
    let mut noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    noted.entry(configuration.to_string()).or_default().insert(id.to_string());
}

/// Whether there is something to remove.
#[must_use]
pub fn is_any(configuration: &str) -> bool {
    NOTED.lock().unwrap_or_else(PoisonError::into_inner).contains_key(configuration)
}

/// Takes all that were noted.
#[must_use]
pub fn take(configuration: &str) -> Vec<String> {
    let mut noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    noted.remove(configuration).unwrap_or_default().into_iter().collect()
}
