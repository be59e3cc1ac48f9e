//! `aws_iam_openid_connect_provider`: whose tokens roles trust.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput;

use super::{Tagged, change, create, gone, is_made_by, new_tags, read_tags, update_tags};
use crate::lang::{Type, Value};
use crate::providers::aws::checks::{Check, Checks, https_url};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType};
use crate::providers::aws::shape::{
    computed, id, optional_computed, required, schema, string_set, strings, tags, tags_all,
};
use crate::schema::Schema;

/// The resource type `aws_iam_openid_connect_provider`.
pub struct OpenIdConnectProvider;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            required("client_id_list", string_set()),
            id(),
            tags(),
            tags_all(),
            optional_computed("thumbprint_list", strings()),
            required("url", Type::String).force_new().normalise(without_scheme),
        ],
    )
});

/// AWS leaves the scheme out.
fn without_scheme(value: &Value) -> Value {
    match value.as_str() {
        Some(url) => Value::string(bare(url)),
        None => value.clone(),
    }
}

fn bare(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url)
}

async fn find(aws: &Aws, arn: &str) -> Outcome<Option<GetOpenIdConnectProviderOutput>> {
    let send = || aws.iam.get_open_id_connect_provider().open_id_connect_provider_arn(arn).send();
    match aws.call("iam:GetOpenIDConnectProvider", send).await {
        Err(failure) if failure.is_not_found() => Ok(None),
        answer => answer.map(Some),
    }
}

/// The ARN of the provider of a URL, if this operation has made it.
async fn find_own(aws: &Aws, url: &str, operation: &Operation) -> Outcome<Option<String>> {
    let send = || aws.iam.list_open_id_connect_providers().send();
    let list = aws.call("iam:ListOpenIDConnectProviders", send).await?.open_id_connect_provider_list;
    let end = format!(":oidc-provider/{}", bare(url));
    let arn = list.unwrap_or_default().into_iter().filter_map(|p| p.arn).find(|arn| arn.ends_with(&end));
    let Some(arn) = arn else { return Ok(None) };
    let tags = find(aws, &arn).await?.and_then(|p| p.tags).unwrap_or_default();
    Ok(is_made_by(&tags, operation).then_some(arn))
}

async fn update_clients(aws: &Aws, arn: &str, before: BTreeSet<String>, after: BTreeSet<String>) -> Outcome<()> {
    for client in after.difference(&before) {
        let request =
            aws.iam.add_client_id_to_open_id_connect_provider().open_id_connect_provider_arn(arn).client_id(client);
        change(aws, "iam:AddClientIDToOpenIDConnectProvider", || request.clone().send()).await?;
    }
    for client in before.difference(&after) {
        let request = aws
            .iam
            .remove_client_id_from_open_id_connect_provider()
            .open_id_connect_provider_arn(arn)
            .client_id(client);
        change(aws, "iam:RemoveClientIDFromOpenIDConnectProvider", || request.clone().send()).await?;
    }
    Ok(())
}

const CHECKS: Checks = &[
    ("client_id_list", Check::Length(1, 255)),
    ("thumbprint_list", Check::Length(40, 40)),
    ("url", Check::Text(https_url)),
    ("url", Check::Text(url_problems)),
];

fn url_problems(path: &str, text: &str) -> Vec<String> {
    let problem = || format!("{path:?} cannot contain query parameters per the OIDC standard");
    if text.contains('?') { vec![problem()] } else { Vec::new() }
}

#[async_trait]
impl ResourceType for OpenIdConnectProvider {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(provider) = find(aws, &id).await? else { return Ok(Presence::Gone) };
        object.set("arn", id);
        object.set("client_id_list", provider.client_id_list.unwrap_or_default());
        object.set("thumbprint_list", provider.thumbprint_list.unwrap_or_default());
        object.set("url", provider.url);
        read_tags(aws, object, provider.tags.unwrap_or_default());
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let url = object.str("url");
        let request = aws
            .iam
            .create_open_id_connect_provider()
            .url(url)
            .set_client_id_list(object.some_texts("client_id_list"))
            .set_thumbprint_list(object.some_texts("thumbprint_list"))
            .set_tags(new_tags(object, operation));
        let send = async || request.clone().send().await.map(|o| o.open_id_connect_provider_arn.unwrap_or_default());
        let arn = create(aws, "iam:CreateOpenIDConnectProvider", send, || find_own(aws, url, operation)).await?;
        aws.note_intent(&arn);
        object.set("id", arn);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        let arn = object.id().to_string();
        // AWS does not take none.
        if object.differs(prior, "thumbprint_list")
            && let Some(thumbprints) = object.some_texts("thumbprint_list")
        {
            let request = aws
                .iam
                .update_open_id_connect_provider_thumbprint()
                .open_id_connect_provider_arn(&arn)
                .set_thumbprint_list(Some(thumbprints));
            change(aws, "iam:UpdateOpenIDConnectProviderThumbprint", || request.clone().send()).await?;
        }
        let clients = |o: &Object| o.texts("client_id_list").into_iter().collect();
        update_clients(aws, &arn, clients(prior), clients(object)).await?;
        update_tags(aws, Tagged::OpenIdProvider(arn), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let request = aws.iam.delete_open_id_connect_provider().open_id_connect_provider_arn(object.id());
        gone(change(aws, "iam:DeleteOpenIDConnectProvider", || request.clone().send()).await)
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let Some(arn) = find_own(aws, object.str("url"), operation).await? else { return Ok(Presence::Gone) };
        aws.note_intent(&arn);
        object.set("id", arn);
        Ok(Presence::Found)
    }
}
