//! Tags: the provider's default ones, those that are ignored, and those that only this program sees.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::object::Object;

/// The tag that a new object has until the apply ends: its value identifies the operation, so that the object is found
/// even if the answer to its creation never came. It is in no plan and no state.
pub const INTENT: &str = "infra:intent";

/// Tags by key.
pub type Tags = IndexMap<String, String>;

/// What the provider's configuration says about tags.
#[derive(Clone, Debug, Default)]
pub struct TagRules {
    /// Tags that everything gets that does not say otherwise.
    pub default: Tags,
    /// Keys that are left alone.
    pub ignored_keys: Vec<String>,
    /// Beginnings of such keys.
    pub ignored_prefixes: Vec<String>,
}

impl TagRules {
    /// Whether a tag is nobody's business here: ignored, AWS's own, or the [`INTENT`].
    #[must_use]
    pub fn is_ignored(&self, key: &str) -> bool {
        key == INTENT
            || key.starts_with("aws:")
            || self.ignored_keys.iter().any(|k| k == key)
            || self.ignored_prefixes.iter().any(|p| key.starts_with(p.as_str()))
    }

    /// The configuration's tags with the default ones.
    #[must_use]
    pub fn all(&self, tags: &Tags) -> Tags {
        let mut all = self.default.clone();
        all.extend(tags.iter().map(|(k, v)| (k.clone(), v.clone())));
        all
    }

    /// Puts what AWS has into `tags` and `tags_all`. A default tag is in `tags` only if `tags` had it before.
    pub fn read(&self, object: &mut Object, tags: impl IntoIterator<Item = (String, String)>) {
        let mut all: Tags = tags.into_iter().filter(|(key, _)| !self.is_ignored(key)).collect();
        all.sort_unstable_keys();
        let before = object.map("tags");
        let is_default = |key: &str, value: &str| {
            self.default.get(key).is_some_and(|v| v == value) && before.get(key).is_none_or(|v| v != value)
        };
        let own: Tags = all.iter().filter(|(k, v)| !is_default(k, v)).map(|(k, v)| (k.clone(), v.clone())).collect();
        object.set("tags", own);
        object.set("tags_all", all);
    }
}

/// What to do to get from some tags to others: those to set, and the keys to remove.
#[must_use]
pub fn changes(before: &Tags, after: &Tags) -> (Tags, Vec<String>) {
    let set = after.iter().filter(|(k, v)| before.get(*k) != Some(v)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let kept: HashSet<&String> = after.keys().collect();
    (set, before.keys().filter(|k| !kept.contains(k)).cloned().collect())
}
