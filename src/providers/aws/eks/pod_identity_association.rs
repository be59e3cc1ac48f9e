//! `aws_eks_pod_identity_association`: the role that pods of a service account have.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_eks::types as sdk;
use smol_str::SmolStr;

use super::{PROPAGATION, found, gone, is_early, parts, read_tags, step, tags_of, update_tags};
use crate::lang::{Type, Value};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Library, Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, required, schema, string_map, tags};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;
use crate::syntax::{Diagnostic, Diagnostics};

/// The resource type `aws_eks_pod_identity_association`.
pub struct PodIdentityAssociation;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("association_arn", Type::String),
            computed("association_id", Type::String),
            required("cluster_name", Type::String).force_new(),
            computed("id", Type::String),
            required("namespace", Type::String).force_new(),
            required("role_arn", Type::String),
            required("service_account", Type::String).force_new(),
            tags(),
            computed("tags_all", string_map()),
        ],
    )
});

/// Associations by the name of the cluster and their id, each by a request.
pub static ASSOCIATIONS: Batch<sdk::PodIdentityAssociation> =
    Batch { size: 1, fetch: |aws, keys| Box::pin(describe(aws, keys)) };

async fn describe(aws: Aws, keys: Vec<SmolStr>) -> Outcome<Found<sdk::PodIdentityAssociation>> {
    let Some(key) = keys.first() else { return Ok(Found::new()) };
    let [cluster, id] = parts(key, '/', "cluster-name/association-id")?;
    let request = aws.eks.describe_pod_identity_association().cluster_name(cluster).association_id(id);
    let answer = aws.call("eks:DescribePodIdentityAssociation", || request.clone().send()).await;
    found(key, answer.map(|answer| answer.association))
}

/// What EKS says of a role that it doesn't know yet.
const EARLY: [&str; 1] = ["Role provided in the request does not exist"];

#[async_trait]
impl ResourceType for PodIdentityAssociation {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn validate(&self, config: &Object) -> Diagnostics {
        let mut problems = Diagnostics::new();
        if let Some(text) = config.get("role_arn").and_then(Value::as_str).filter(|text| !text.starts_with("arn:")) {
            let detail = format!("The provided value cannot be parsed as an ARN.\n\nPath: role_arn\nValue: {text}");
            problems.push(Diagnostic::error("Invalid ARN Value", detail).about("role_arn"));
        }
        problems
    }

    fn library(&self) -> Library {
        Library::Framework
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts::default()
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let key = format!("{}/{}", object.str("cluster_name"), object.id());
        let Some(association) = aws.load(&ASSOCIATIONS, &key).await? else { return Ok(Presence::Gone) };
        object.set("association_arn", association.association_arn);
        object.set("association_id", association.association_id);
        object.set("cluster_name", association.cluster_name);
        object.set("namespace", association.namespace);
        object.set("role_arn", association.role_arn);
        object.set("service_account", association.service_account);
        let is_untagged = object.get("tags").is_none();
        read_tags(aws, object, association.tags);
        if is_untagged && object.map("tags").is_empty() {
            object.unset("tags");
        }
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let request = aws
            .eks
            .create_pod_identity_association()
            .client_request_token(operation.token.as_str())
            .cluster_name(object.str("cluster_name"))
            .namespace(object.str("namespace"))
            .service_account(object.str("service_account"))
            .role_arn(object.str("role_arn"))
            .set_tags(tags_of(object));
        let send = || aws.call("eks:CreatePodIdentityAssociation", || request.clone().send());
        let made = retry_while(PROPAGATION, |f| is_early(f, &EARLY), send).await?;
        object.set("id", made.association.and_then(|a| a.association_id));
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        if object.differs(prior, "role_arn") {
            let request = aws
                .eks
                .update_pod_identity_association()
                .client_request_token(step(operation, "role"))
                .cluster_name(object.str("cluster_name"))
                .association_id(prior.id())
                .role_arn(object.str("role_arn"));
            let send = || aws.call("eks:UpdatePodIdentityAssociation", || request.clone().send());
            retry_while(PROPAGATION, |f| is_early(f, &EARLY), send).await?;
        }
        update_tags(aws, prior.str("association_arn"), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _operation: &Operation) -> Outcome<()> {
        let request = aws.eks.delete_pod_identity_association().cluster_name(object.str("cluster_name"));
        let request = request.association_id(object.id());
        gone(aws.call("eks:DeletePodIdentityAssociation", || request.clone().send()).await)
    }

    async fn import(&self, _aws: &Aws, object: &mut Object) -> Outcome<()> {
        let id = object.id().to_string();
        let [cluster, association] = parts(&id, ',', "cluster-name,association-id").map_err(|_| {
            Failure::new(format!("wrong format of import ID ({id}), use: 'cluster-name,association-id'"))
        })?;
        object.set("id", association);
        object.set("association_id", association);
        object.set("cluster_name", cluster);
        Ok(())
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let request = aws
            .eks
            .list_pod_identity_associations()
            .cluster_name(object.str("cluster_name"))
            .namespace(object.str("namespace"))
            .service_account(object.str("service_account"));
        let found = aws.call("eks:ListPodIdentityAssociations", || request.clone().send()).await?;
        if found.associations.unwrap_or_default().is_empty() {
            return Ok(Presence::Gone);
        }
        // If it is ours, the same request with the same token does nothing; otherwise EKS says that there is one.
        self.create(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}
