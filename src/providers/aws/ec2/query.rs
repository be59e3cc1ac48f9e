//! What data sources look for: filters, as configurations have them, and what is found.

use aws_sdk_ec2::types::{Filter, Tag};

use super::filter;
use crate::providers::aws::connection::Connection;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::tags::Tags;

/// The filters that an object's `filter` blocks and `tags` are.
#[must_use]
pub fn filters_of(object: &Object) -> Vec<Filter> {
    let blocks = object.blocks("filter").into_iter().map(|block| filter(block.str("name"), block.texts("values")));
    let tags = object.map("tags").into_iter().map(|(key, value)| filter(&format!("tag:{key}"), [value]));
    blocks.chain(tags).collect()
}

/// Filters by texts or true flags of an object, where it has them: the filter's name, the attribute's.
#[must_use]
pub fn filters_by(object: &Object, names: &[(&str, &str)]) -> Vec<Filter> {
    let value = |name| object.text(name).or_else(|| object.is(name).then(|| "true".to_string()));
    names.iter().filter_map(|(key, name)| Some(filter(key, [value(name)?]))).collect()
}

/// `None` for no filters: AWS takes no empty list.
#[must_use]
pub fn some(filters: Vec<Filter>) -> Option<Vec<Filter>> {
    Some(filters).filter(|f| !f.is_empty())
}

/// The only thing that was found. `what` is what it is: "EC2 VPC".
///
/// # Errors
/// When there is none, or more than one.
pub fn only<T>(what: &str, found: Vec<T>) -> Outcome<T> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Failure::new(format!("no matching {what} found"))),
        (Some(_), Some(_)) => Err(Failure::new(format!(
            "multiple {what}s matched; use additional constraints to reduce matches to a single {what}"
        ))),
    }
}

/// Puts the tags of what was found into `tags`, those of the provider's default included.
pub fn read_all_tags(aws: &Connection, object: &mut Object, tags: Option<Vec<Tag>>) {
    let pairs = tags.unwrap_or_default().into_iter().map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default()));
    let mut tags: Tags = pairs.filter(|(key, _)| !aws.settings.tags.is_ignored(key)).collect();
    tags.sort_unstable_keys();
    object.set("tags", tags);
}
