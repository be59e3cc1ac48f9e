//! The data source `aws_caller_identity`: who makes the requests.

use std::sync::LazyLock;

use async_trait::async_trait;

use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, schema};
use crate::schema::Schema;

/// The data source `aws_caller_identity`.
pub struct CallerIdentity;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [computed("account_id", Type::String), computed("arn", Type::String), id(), computed("user_id", Type::String)],
    )
});

#[async_trait]
impl DataSource for CallerIdentity {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let identity = aws.call("sts:GetCallerIdentity", || aws.sts.get_caller_identity().send()).await?;
        object.set("id", identity.account.clone());
        object.set("account_id", identity.account);
        object.set("arn", identity.arn);
        object.set("user_id", identity.user_id);
        Ok(())
    }
}
