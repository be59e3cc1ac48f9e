//! `aws_eks_identity_provider_config`: somebody else who tells a cluster who its users are.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_eks::types as sdk;
use smol_str::SmolStr;

use super::{found, gone, is_busy, parts, read_tags, some_map, tags_of, update_tags, wait_until_gone};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks, https_url};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, list_block, optional, required, schema, string_map, tags, tags_all, timeouts,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_eks_identity_provider_config`.
pub struct IdentityProviderConfig;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            required("cluster_name", Type::String).force_new(),
            id(),
            list_block(
                "oidc",
                [
                    required("client_id", Type::String).force_new(),
                    optional("groups_claim", Type::String).force_new(),
                    optional("groups_prefix", Type::String).force_new(),
                    required("identity_provider_config_name", Type::String).force_new(),
                    required("issuer_url", Type::String).force_new(),
                    optional("required_claims", string_map()).force_new(),
                    optional("username_claim", Type::String).force_new(),
                    optional("username_prefix", Type::String).force_new(),
                ],
            )
            .min(1)
            .max(1),
            computed("status", Type::String),
            tags(),
            tags_all(),
            timeouts(&["create", "delete"]),
        ],
    )
});

/// Providers by id, each by a request.
static PROVIDERS: Batch<sdk::OidcIdentityProviderConfig> =
    Batch { size: 1, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::OidcIdentityProviderConfig>> {
    let Some(id) = ids.first() else { return Ok(Found::new()) };
    let [cluster, name] = names(id)?;
    let request = aws.eks.describe_identity_provider_config().cluster_name(cluster);
    let request = request.identity_provider_config(named(name)?);
    let answer = aws.call("eks:DescribeIdentityProviderConfig", || request.clone().send()).await;
    found(id, answer.map(|answer| answer.identity_provider_config.and_then(|config| config.oidc)))
}

/// The names of the cluster and of the configuration.
fn names(id: &str) -> Outcome<[&str; 2]> {
    parts(id, ':', "cluster-name:identity-provider-config-name")
}

fn named(name: &str) -> Outcome<sdk::IdentityProviderConfig> {
    let config = sdk::IdentityProviderConfig::builder().name(name).r#type("oidc");
    config.build().map_err(|e| Failure::new(e.to_string()))
}

fn status(config: Option<sdk::OidcIdentityProviderConfig>) -> Option<Progress<()>> {
    Some(match config?.status {
        Some(sdk::ConfigStatus::Active) => Progress::Done(()),
        status => Progress::Pending(status.map_or_else(String::new, |s| s.to_string())),
    })
}

fn oidc(block: &Object) -> Outcome<sdk::OidcIdentityProviderConfigRequest> {
    let request = sdk::OidcIdentityProviderConfigRequest::builder()
        .set_client_id(block.text("client_id"))
        .set_groups_claim(block.text("groups_claim"))
        .set_groups_prefix(block.text("groups_prefix"))
        .set_identity_provider_config_name(block.text("identity_provider_config_name"))
        .set_issuer_url(block.text("issuer_url"))
        .set_required_claims(some_map(block.map("required_claims")))
        .set_username_claim(block.text("username_claim"))
        .set_username_prefix(block.text("username_prefix"));
    request.build().map_err(|e| Failure::new(e.to_string()))
}

const CHECKS: Checks = &[
    (
        "cluster_name oidc.client_id oidc.groups_claim oidc.groups_prefix oidc.identity_provider_config_name \
         oidc.username_claim oidc.username_prefix",
        Check::NotEmpty,
    ),
    ("oidc.issuer_url", Check::Text(https_url)),
];

#[async_trait]
impl ResourceType for IdentityProviderConfig {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 40, delete: 40, ..Timeouts::default() }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(config) = aws.load(&PROVIDERS, &id).await? else { return Ok(Presence::Gone) };
        let block = Object::block()
            .with("client_id", config.client_id)
            .with("groups_claim", config.groups_claim)
            .with("groups_prefix", config.groups_prefix)
            .with("identity_provider_config_name", config.identity_provider_config_name)
            .with("issuer_url", config.issuer_url)
            .with("required_claims", config.required_claims)
            .with("username_claim", config.username_claim)
            .with("username_prefix", config.username_prefix);
        object.set("arn", config.identity_provider_config_arn);
        object.set("cluster_name", config.cluster_name);
        object.set("oidc", vec![block]);
        object.set("status", config.status.map(|s| s.to_string()));
        read_tags(aws, object, config.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let cluster = object.str("cluster_name").to_string();
        let block = object.block_at("oidc").unwrap_or_default();
        let id = format!("{cluster}:{}", block.str("identity_provider_config_name"));
        let request = aws
            .eks
            .associate_identity_provider_config()
            .client_request_token(operation.token.as_str())
            .cluster_name(&cluster)
            .oidc(oidc(&block)?)
            .set_tags(tags_of(object));
        let send = || aws.call("eks:AssociateIdentityProviderConfig", || request.clone().send());
        retry_while(operation.timeout, is_busy, send).await?;
        object.set("id", &id);
        wait_for(&format!("EKS identity provider {id}"), operation.timeout, || async {
            Ok(status(aws.load(&PROVIDERS, &id).await?).unwrap_or(Progress::Pending("missing".into())))
        })
        .await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _operation: &Operation) -> Outcome<()> {
        update_tags(aws, prior.str("arn"), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id();
        let [cluster, name] = names(id)?;
        let request = aws.eks.disassociate_identity_provider_config().cluster_name(cluster);
        let request = request.identity_provider_config(named(name)?);
        let send = || aws.call("eks:DisassociateIdentityProviderConfig", || request.clone().send());
        let is_gone = |f: &Failure| {
            f.is(&["InvalidRequestException"])
                && f.message.contains("Identity provider config is not associated with cluster")
        };
        match retry_while(operation.timeout, is_busy, send).await {
            Err(failure) if is_gone(&failure) => return Ok(()),
            outcome => gone(outcome)?,
        }
        wait_until_gone(&format!("EKS identity provider {id}"), operation.timeout, || async {
            // It may take a moment until it is no longer said to be active.
            Ok(aws.load(&PROVIDERS, id).await?.map(|_| Progress::Pending("DELETING".into())))
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let block = object.block_at("oidc").unwrap_or_default();
        let id = format!("{}:{}", object.str("cluster_name"), block.str("identity_provider_config_name"));
        if aws.load(&PROVIDERS, &id).await?.is_none() {
            return Ok(Presence::Gone);
        }
        self.create(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}
