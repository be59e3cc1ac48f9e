//! `aws_eks_access_policy_association`: what somebody may do in a cluster.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_eks::types as sdk;
use smol_str::SmolStr;

use super::{PROPAGATION, cluster_name_problems, found, gone, moment, parts};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, list_block, optional, required, schema, string_set, timeouts};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_eks_access_policy_association`.
pub struct AccessPolicyAssociation;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            list_block(
                "access_scope",
                [optional("namespaces", string_set()).force_new(), required("type", Type::String).force_new()],
            )
            .min(1)
            .max(1),
            computed("associated_at", Type::String),
            required("cluster_name", Type::String).force_new(),
            id(),
            computed("modified_at", Type::String),
            required("policy_arn", Type::String).force_new(),
            required("principal_arn", Type::String).force_new(),
            timeouts(&["create", "delete"]),
        ],
    )
});

/// The policies of somebody in a cluster, each by requests for all of theirs.
static POLICIES: Batch<Vec<sdk::AssociatedAccessPolicy>> =
    Batch { size: 1, fetch: |aws, keys| Box::pin(list(aws, keys)) };

async fn list(aws: Aws, keys: Vec<SmolStr>) -> Outcome<Found<Vec<sdk::AssociatedAccessPolicy>>> {
    let Some(key) = keys.first() else { return Ok(Found::new()) };
    let [cluster, principal] = parts(key, '#', "cluster-name#principal-arn")?;
    let request = aws.eks.list_associated_access_policies().cluster_name(cluster).principal_arn(principal);
    let send = |token| request.clone().set_next_token(token).send();
    let page = |page: aws_sdk_eks::operation::list_associated_access_policies::ListAssociatedAccessPoliciesOutput| {
        (page.associated_access_policies, page.next_token)
    };
    found(key, aws.pages("eks:ListAssociatedAccessPolicies", send, page).await.map(Some))
}

/// The name of the cluster, who it is, and the policy.
fn names(id: &str) -> Outcome<[&str; 3]> {
    parts(id, '#', "cluster-name#principal-arn#policy-arn")
}

const CHECKS: Checks =
    &[("cluster_name", Check::Text(cluster_name_problems)), ("policy_arn principal_arn", Check::Arn)];

#[async_trait]
impl ResourceType for AccessPolicyAssociation {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 10, delete: 10, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let [cluster, principal, policy] = names(&id)?;
        let policies = aws.load(&POLICIES, &format!("{cluster}#{principal}")).await?.unwrap_or_default();
        let Some(found) = policies.into_iter().find(|p| p.policy_arn.as_deref() == Some(policy)) else {
            return Ok(Presence::Gone);
        };
        let scope = found.access_scope.map(|scope| {
            let block = Object::block().with("namespaces", scope.namespaces);
            block.with("type", scope.r#type.map(|t| t.to_string()))
        });
        object.set("access_scope", scope.into_iter().collect::<Vec<_>>());
        object.set("associated_at", moment(found.associated_at));
        object.set("cluster_name", cluster);
        object.set("modified_at", moment(found.modified_at));
        object.set("policy_arn", policy);
        object.set("principal_arn", principal);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, _operation: &Operation) -> Outcome<()> {
        let text = |name| object.str(name).to_string();
        let (cluster, principal, policy) = (text("cluster_name"), text("principal_arn"), text("policy_arn"));
        let scope = object.block_at("access_scope").map(|block| {
            let scope = sdk::AccessScope::builder().set_namespaces(Some(block.texts("namespaces")));
            scope.set_type(block.word("type")).build()
        });
        // Doing it twice makes no difference.
        let request = aws.eks.associate_access_policy().cluster_name(&cluster).principal_arn(&principal);
        let request = request.policy_arn(&policy).set_access_scope(scope);
        let is_early = |f: &Failure| {
            f.is(&["ResourceNotFoundException"]) && f.message.contains("The specified principalArn could not be found")
        };
        let send = || aws.call("eks:AssociateAccessPolicy", || request.clone().send());
        retry_while(PROPAGATION, is_early, send).await?;
        object.set("id", format!("{cluster}#{principal}#{policy}"));
        Ok(())
    }

    async fn delete(&self, aws: &Aws, object: &Object, _operation: &Operation) -> Outcome<()> {
        let [cluster, principal, policy] = names(object.id())?;
        let request = aws.eks.disassociate_access_policy().cluster_name(cluster).principal_arn(principal);
        let request = request.policy_arn(policy);
        gone(aws.call("eks:DisassociateAccessPolicy", || request.clone().send()).await)
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, _operation: &Operation) -> Outcome<Presence> {
        let text = |name| object.str(name).to_string();
        object.set("id", [text("cluster_name"), text("principal_arn"), text("policy_arn")].join("#"));
        self.read(aws, object).await
    }
}
