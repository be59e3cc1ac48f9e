//! All functions by name.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Function;

/// The tables of the files of this folder.
static TABLES: &[&[Function]] = &[];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> =
    LazyLock::new(|| TABLES.iter().copied().flatten().map(|f| (f.name, f)).collect());

/// The function of a name; `core::` in front of it means the same.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name.strip_prefix("core::").unwrap_or(name)).copied()
}

/// All names, in no order.
pub fn names() -> impl Iterator<Item = &'static str> {
    BY_NAME.keys().copied()
}
