//! The data source `aws_default_tags`: the tags that everything gets.

use std::sync::LazyLock;

use async_trait::async_trait;

use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, schema, string_map};
use crate::providers::aws::tags::Tags;
use crate::schema::Schema;

/// The data source `aws_default_tags`.
pub struct DefaultTags;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| schema(0, [id(), computed("tags", string_map())]));

#[async_trait]
impl DataSource for DefaultTags {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let rules = &aws.settings.tags;
        let tags = rules.default.iter().filter(|(key, _)| !rules.is_ignored(key));
        object.set("tags", tags.map(|(k, v)| (k.clone(), v.clone())).collect::<Tags>());
        object.set("id", aws.partition());
        Ok(())
    }
}
