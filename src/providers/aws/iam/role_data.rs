//! The data source `aws_iam_role`.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::roles::bare;
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, object_of, optional_computed, required, schema, string_map};
use crate::providers::aws::tags::Tags;
use crate::schema::Schema;

/// The data source `aws_iam_role`.
pub struct Role;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            computed("assume_role_policy", Type::String),
            computed("create_date", Type::String),
            computed("description", Type::String),
            id(),
            computed("max_session_duration", Type::Number),
            required("name", Type::String),
            computed("path", Type::String),
            computed("permissions_boundary", Type::String),
            computed(
                "role_last_used",
                Type::list(object_of([("last_used_date", Type::String), ("region", Type::String)])),
            ),
            optional_computed("tags", string_map()),
            computed("unique_id", Type::String),
        ],
    )
});

#[async_trait]
impl DataSource for Role {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let name = object.str("name").to_string();
        let Some(role) = bare(aws, &name).await? else {
            return Err(Failure::new(format!("There is no IAM role {name}.")));
        };
        object.set("arn", role.arn);
        object.set("assume_role_policy", role.trust);
        object.set("create_date", role.created);
        object.set("description", role.description);
        object.set("max_session_duration", role.max_session);
        object.set("path", role.path);
        object.set("permissions_boundary", role.boundary);
        let used = role.last_used.into_iter();
        let used = used.map(|(date, region)| Object::block().with("last_used_date", date).with("region", region));
        object.set("role_last_used", used.collect::<Vec<_>>());
        let tags =
            role.tags.into_iter().map(|t| (t.key, t.value)).filter(|(key, _)| !aws.settings.tags.is_ignored(key));
        object.set("tags", tags.collect::<Tags>());
        object.set("unique_id", role.unique_id);
        object.set("id", name);
        Ok(())
    }
}
