//! What changes from one state of an object to another, as the optional parts of a request for changes.

use crate::lang::Value;
use crate::providers::aws::object::Object;
use crate::providers::aws::sdk_v2::is_zero;

/// The difference between two states of an object.
#[derive(Clone, Copy)]
pub struct Changes<'a> {
    /// What it was.
    pub prior: &'a Object,
    /// What it will be.
    pub object: &'a Object,
}

impl<'a> Changes<'a> {
    /// The way from one state to another.
    #[must_use]
    pub fn new(prior: &'a Object, object: &'a Object) -> Self {
        Changes { prior, object }
    }

    /// Whether an attribute changes. What isn't set is no different from zero.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let is_nothing = |object: &Object| object.get(name).is_none_or(is_zero);
        self.object.differs(self.prior, name) && !(is_nothing(self.object) && is_nothing(self.prior))
    }

    /// Whether one of some attributes changes.
    #[must_use]
    pub fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    /// A text, if it changes.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.has(name).then(|| self.object.str(name).to_string())
    }

    /// A text, if it changes to one that isn't empty.
    #[must_use]
    pub fn some_text(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// A truth value, if it changes.
    #[must_use]
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.has(name).then(|| self.object.is(name))
    }

    /// A whole number, if it changes.
    #[must_use]
    pub fn int32(&self, name: &str) -> Option<i32> {
        self.has(name).then(|| self.object.int32(name).unwrap_or(0))
    }

    /// What comes into a set of texts, and what goes.
    #[must_use]
    pub fn texts(&self, name: &str) -> (Vec<String>, Vec<String>) {
        let (before, after) = (self.prior.texts(name), self.object.texts(name));
        let without = |all: &[String], other: &[String]| all.iter().filter(|t| !other.contains(t)).cloned().collect();
        (without(&after, &before), without(&before, &after))
    }

    /// The logs that are to be exported from now on, and those that aren't any more.
    #[must_use]
    pub fn log_exports(&self) -> Option<aws_sdk_rds::types::CloudwatchLogsExportConfiguration> {
        const NAME: &str = "enabled_cloudwatch_logs_exports";
        let (enable, disable) = self.texts(NAME);
        self.has(NAME).then(|| {
            aws_sdk_rds::types::CloudwatchLogsExportConfiguration::builder()
                .set_enable_log_types(Some(enable))
                .set_disable_log_types(Some(disable))
                .build()
        })
    }

    /// Whether anything changes beside some attributes, and what is for AWS to say.
    #[must_use]
    pub fn has_other_than(&self, schema: &crate::schema::Schema, names: &[&str]) -> bool {
        let block = &schema.block;
        let attributes = block.attributes.iter().filter(|(_, a)| a.required || a.optional).map(|(name, _)| name);
        attributes.chain(block.blocks.keys()).any(|name| !names.contains(&name.as_str()) && self.has(name))
    }

    /// The value of an attribute to come.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.object.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_no_different_from_zero() {
        let prior = Object::block().with("class", "small").with("iops", 0).with("logs", vec!["audit", "error"]);
        let object = Object::block().with("class", "large").with("logs", vec!["error", "general"]);
        let changes = Changes::new(&prior, &object);
        assert_eq!(changes.text("class").as_deref(), Some("large"));
        assert_eq!(changes.int32("iops"), None);
        assert_eq!(changes.bool("multi_az"), None);
        assert_eq!(changes.texts("logs"), (vec!["general".to_string()], vec!["audit".to_string()]));
    }
}
