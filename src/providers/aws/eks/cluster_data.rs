//! The data source `aws_eks_cluster`: a Kubernetes cluster.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::cluster::CLUSTERS;
use super::{cluster_config, cluster_name_problems};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{
    computed, id, object_of, optional_computed, required, schema, string_map, string_set,
};
use crate::providers::aws::tags::Tags;
use crate::schema::Schema;

/// The data source `aws_eks_cluster`.
pub struct ClusterData;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed(
                "access_config",
                Type::list(object_of([
                    ("authentication_mode", Type::String),
                    ("bootstrap_cluster_creator_admin_permissions", Type::Bool),
                ])),
            ),
            computed("arn", Type::String),
            computed("certificate_authority", Type::list(object_of([("data", Type::String)]))),
            computed("cluster_id", Type::String),
            computed(
                "compute_config",
                Type::list(object_of([
                    ("enabled", Type::Bool),
                    ("node_pools", string_set()),
                    ("node_role_arn", Type::String),
                ])),
            ),
            computed("created_at", Type::String),
            computed("enabled_cluster_log_types", string_set()),
            computed("endpoint", Type::String),
            id(),
            computed("identity", Type::list(object_of([("oidc", Type::list(object_of([("issuer", Type::String)])))]))),
            computed(
                "kubernetes_network_config",
                Type::list(object_of([
                    ("elastic_load_balancing", Type::list(object_of([("enabled", Type::Bool)]))),
                    ("ip_family", Type::String),
                    ("service_ipv4_cidr", Type::String),
                    ("service_ipv6_cidr", Type::String),
                ])),
            ),
            required("name", Type::String),
            computed(
                "outpost_config",
                Type::list(object_of([
                    ("control_plane_instance_type", Type::String),
                    ("control_plane_placement", Type::list(object_of([("group_name", Type::String)]))),
                    ("outpost_arns", string_set()),
                ])),
            ),
            computed("platform_version", Type::String),
            computed(
                "remote_network_config",
                Type::list(object_of([
                    ("remote_node_networks", Type::list(object_of([("cidrs", string_set())]))),
                    ("remote_pod_networks", Type::list(object_of([("cidrs", string_set())]))),
                ])),
            ),
            computed("role_arn", Type::String),
            computed("status", Type::String),
            computed(
                "storage_config",
                Type::list(object_of([("block_storage", Type::list(object_of([("enabled", Type::Bool)])))])),
            ),
            optional_computed("tags", string_map()),
            computed("upgrade_policy", Type::list(object_of([("support_type", Type::String)]))),
            computed("version", Type::String),
            computed(
                "vpc_config",
                Type::list(object_of([
                    ("cluster_security_group_id", Type::String),
                    ("endpoint_private_access", Type::Bool),
                    ("endpoint_public_access", Type::Bool),
                    ("public_access_cidrs", string_set()),
                    ("security_group_ids", string_set()),
                    ("subnet_ids", string_set()),
                    ("vpc_id", Type::String),
                ])),
            ),
            computed("zonal_shift_config", Type::list(object_of([("enabled", Type::Bool)]))),
        ],
    )
});

const CHECKS: Checks = &[("name", Check::Text(cluster_name_problems))];

#[async_trait]
impl DataSource for ClusterData {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let name = object.str("name").to_string();
        let Some(mut cluster) = aws.load(&CLUSTERS, &name).await? else {
            return Err(Failure::new(format!("There is no EKS cluster {name:?}.")));
        };
        let tags = cluster.tags.take().unwrap_or_default().into_iter();
        let mut tags: Tags = tags.filter(|(key, _)| !aws.settings.tags.is_ignored(key)).collect();
        tags.sort_unstable_keys();
        object.set("id", &name);
        object.set("tags", tags);
        cluster_config::read(object, cluster, true);
        Ok(())
    }
}
