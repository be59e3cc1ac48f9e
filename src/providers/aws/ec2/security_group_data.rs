//! The data source `aws_security_group`.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::filter;
use super::query::{filters_by, filters_of, only, read_all_tags};
use super::security_group::search;
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{
    computed, id, optional_computed, required, schema, set_block, string_map, string_set, timeouts,
};
use crate::schema::Schema;

/// The data source `aws_security_group`.
pub struct SecurityGroupData;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            computed("description", Type::String),
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            id(),
            optional_computed("name", Type::String),
            optional_computed("tags", string_map()),
            timeouts(&["read"]),
            optional_computed("vpc_id", Type::String),
        ],
    )
});

#[async_trait]
impl DataSource for SecurityGroupData {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let mut filters = filters_by(object, &[("group-name", "name"), ("vpc-id", "vpc_id"), ("group-id", "id")]);
        filters.extend(filters_of(object));
        if filters.is_empty() {
            // Any group will do, if there is only one.
            filters.push(filter("group-name", ["*"]));
        }
        let group = only("EC2 Security Group", search(aws, filters).await?)?;
        let Some(id) = group.group_id else { return Err(Failure::new("AWS doesn't say which group it has found.")) };
        let owner = group.owner_id.unwrap_or_default();
        object.set("arn", aws.arn_of("ec2", &owner, &format!("security-group/{id}")));
        object.set("description", group.description);
        object.set("id", id);
        object.set("name", group.group_name);
        object.set("vpc_id", group.vpc_id);
        read_all_tags(aws, object, group.tags);
        Ok(())
    }
}
