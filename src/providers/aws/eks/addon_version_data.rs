//! The data source `aws_eks_addon_version`: the version of an add-on for a version of Kubernetes.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_eks::types as sdk;

use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, optional, required, schema};
use crate::schema::Schema;

/// The data source `aws_eks_addon_version`.
pub struct AddonVersion;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            required("addon_name", Type::String),
            id(),
            required("kubernetes_version", Type::String),
            optional("most_recent", Type::Bool),
            computed("version", Type::String),
        ],
    )
});

fn is_default(version: &sdk::AddonVersionInfo) -> bool {
    version.compatibilities.iter().flatten().any(|compatibility| compatibility.default_version)
}

const CHECKS: Checks = &[("addon_name", Check::NotEmpty)];

#[async_trait]
impl DataSource for AddonVersion {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let name = object.str("addon_name").to_string();
        let request =
            aws.eks.describe_addon_versions().addon_name(&name).kubernetes_version(object.str("kubernetes_version"));
        let send = |token| request.clone().set_next_token(token).send();
        let addons = aws.pages("eks:DescribeAddonVersions", send, |page| (page.addons, page.next_token)).await?;
        // The newest comes first.
        let is_newest_wanted = object.is("most_recent");
        let mut versions = addons.into_iter().flat_map(|addon| addon.addon_versions.unwrap_or_default());
        let Some(version) = versions.find(|version| is_newest_wanted || is_default(version)) else {
            return Err(Failure::new(format!("There is no such version of the EKS add-on {name:?}.")));
        };
        object.set("id", name);
        object.set("most_recent", is_newest_wanted);
        object.set("version", version.addon_version);
        Ok(())
    }
}
