//! All functions by name.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Function;

/// The tables of the files of this folder.
static TABLES: &[&[Function]] = &[
    super::collection::maps::FUNCTIONS,
    super::collection::questions::FUNCTIONS,
    super::collection::selection::FUNCTIONS,
    super::collection::sequences::FUNCTIONS,
    super::collection::sets::FUNCTIONS,
    super::conversion::FUNCTIONS,
    super::numeric::FUNCTIONS,
    super::yaml::FUNCTIONS,
    super::format::FUNCTIONS,
    super::regex::FUNCTIONS,
    super::string::FUNCTIONS,
    super::base64::FUNCTIONS,
    super::csv::FUNCTIONS,
    super::date::FUNCTIONS,
    super::filesystem::FUNCTIONS,
    super::hash::FUNCTIONS,
    super::json::FUNCTIONS,
    super::network::FUNCTIONS,
    super::url::FUNCTIONS,
    super::uuid::FUNCTIONS,
    super::rsa::FUNCTIONS,
    super::special::FUNCTIONS,
    super::text_encoding::FUNCTIONS,
];

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
