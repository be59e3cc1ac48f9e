//! The data source `aws_eks_cluster_auth`: a token for a cluster.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::token::token;
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, required, schema};
use crate::schema::Schema;

/// The data source `aws_eks_cluster_auth`.
pub struct ClusterAuth;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| schema(0, [id(), required("name", Type::String), computed("token", Type::String).sensitive()]));

const CHECKS: Checks = &[("name", Check::NotEmpty)];

#[async_trait]
impl DataSource for ClusterAuth {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let name = object.str("name").to_string();
        object.set("token", token(aws, &name).await?);
        object.set("id", name);
        Ok(())
    }
}
