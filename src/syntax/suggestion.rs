//! "Did you mean …?"

/// The candidate that a misspelt name most likely means: the closest, at most two edits away. Of
/// equally close ones the first in alphabetical order.
pub fn suggest<'c>(given: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // Longer names are never that close to anything of ours, and not worth the time.
    if given.len() > 256 {
        return None;
    }
    let near = candidates.into_iter().filter(|c| c.len().abs_diff(given.len()) <= 8);
    near.map(|c| (strsim::levenshtein(given, c), c)).filter(|(distance, _)| *distance < 3).min().map(|(_, c)| c)
}
