//! The data source `aws_partition`: the group of regions that this one belongs to.

use std::sync::LazyLock;

use async_trait::async_trait;

use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, schema};
use crate::schema::Schema;

/// The data source `aws_partition`.
pub struct Partition;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("dns_suffix", Type::String),
            id(),
            computed("partition", Type::String),
            computed("reverse_dns_prefix", Type::String),
        ],
    )
});

#[async_trait]
impl DataSource for Partition {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let suffix = aws.dns_suffix();
        let reverse: Vec<&str> = suffix.rsplit('.').collect();
        object.set("id", aws.partition());
        object.set("partition", aws.partition());
        object.set("reverse_dns_prefix", reverse.join("."));
        object.set("dns_suffix", suffix);
        Ok(())
    }
}
