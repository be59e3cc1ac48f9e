//! `aws_region`: a region.

use std::sync::LazyLock;

use async_trait::async_trait;

use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, optional_computed, schema};
use crate::schema::Schema;

/// The data source `aws_region`.
pub struct Region;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("description", Type::String),
            optional_computed("endpoint", Type::String),
            id(),
            optional_computed("name", Type::String),
        ],
    )
});

#[async_trait]
impl DataSource for Region {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let name = object.text("name").unwrap_or_else(|| aws.region.clone());
        object.set("endpoint", format!("ec2.{name}.{}", aws.dns_suffix()));
        object.set("description", "");
        object.set("id", &name);
        object.set("name", name);
        Ok(())
    }
}
