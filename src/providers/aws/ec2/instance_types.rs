//! `aws_ec2_instance_types`: the kinds of instances that there are.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::query::{filters_of, some};
use super::word;
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, required, schema, set_block, string_set, strings, timeouts};
use crate::schema::Schema;

/// The data source `aws_ec2_instance_types`.
pub struct InstanceTypes;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            id(),
            computed("instance_types", strings()),
            timeouts(&["read"]),
        ],
    )
});

#[async_trait]
impl DataSource for InstanceTypes {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let filters = some(filters_of(object));
        let send = |token| aws.ec2.describe_instance_types().set_filters(filters.clone()).set_next_token(token).send();
        let kinds = aws.pages("ec2:DescribeInstanceTypes", send, |page| (page.instance_types, page.next_token)).await?;
        object.set("instance_types", kinds.into_iter().filter_map(|kind| word(kind.instance_type)).collect::<Vec<_>>());
        object.set("id", aws.region.as_str());
        Ok(())
    }
}
