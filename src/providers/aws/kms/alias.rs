//! `aws_kms_alias`: a name for a key.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_kms::types as sdk;
use smol_str::SmolStr;

use super::PROPAGATION;
use crate::lang::{Type, Value};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, optional_computed, required, schema};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_kms_alias`.
pub struct Alias;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            id(),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            computed("target_key_arn", Type::String),
            required("target_key_id", Type::String).normalise(key_id),
        ],
    )
});

/// What all names begin with.
const PREFIX: &str = "alias/";

/// Aliases by name: KMS only tells about all of them.
static ALIASES: Batch<sdk::AliasListEntry> = Batch { size: usize::MAX, fetch: |aws, _| Box::pin(list(aws)) };

async fn list(aws: Aws) -> Outcome<Found<sdk::AliasListEntry>> {
    let send = |marker| aws.kms.list_aliases().set_marker(marker).send();
    let aliases = aws.pages("kms:ListAliases", send, |page| (page.aliases, page.next_marker)).await?;
    Ok(aliases.into_iter().filter_map(|alias| Some((alias.alias_name.as_deref()?.into(), alias))).collect())
}

/// A key's id, which is the end of its ARN.
fn key_id(value: &Value) -> Value {
    let id = value.as_str().and_then(|text| text.strip_prefix("arn:")?.split_once(":key/").map(|(_, id)| id));
    id.map_or_else(|| value.clone(), Value::string)
}

fn name_of(object: &Object, operation: &Operation) -> String {
    let make = || naming::unique(object.text("name_prefix").as_deref().unwrap_or(PREFIX), &operation.token);
    object.text("name").unwrap_or_else(make)
}

/// The ARN of an alias's key: they are in the same region and account.
fn key_arn(alias: &str, key: &str) -> String {
    let parts: Vec<&str> = alias.splitn(6, ':').take(5).collect();
    format!("{}:key/{key}", parts.join(":"))
}

fn name_problems(path: &str, name: &str) -> Vec<String> {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    let rest = name.strip_prefix(PREFIX).filter(|rest| !rest.is_empty() && rest.chars().all(is_fit));
    match rest {
        None => vec![format!("{path:?} must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]")],
        Some(rest) if rest.starts_with("aws/") => {
            vec![format!("{path:?} cannot begin with reserved AWS CMK prefix 'alias/aws/'")]
        }
        Some(_) => Vec::new(),
    }
}

const CHECKS: Checks = &[("name name_prefix", Check::Exclusive), ("name name_prefix", Check::Text(name_problems))];

#[async_trait]
impl ResourceType for Alias {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts::default()
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(alias) = aws.load(&ALIASES, &id).await? else { return Ok(Presence::Gone) };
        let (arn, key) = (alias.alias_arn.unwrap_or_default(), alias.target_key_id.unwrap_or_default());
        object.set("target_key_arn", key_arn(&arn, &key));
        object.set("target_key_id", key);
        object.set("arn", arn);
        object.set("name_prefix", naming::prefix_of(&id));
        object.set("name", id);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let name = name_of(object, operation);
        let request = aws.kms.create_alias().alias_name(&name).target_key_id(object.str("target_key_id"));
        let send = async || request.clone().send().await.map(|_| ());
        let find = async || Ok(aws.load(&ALIASES, &name).await?.map(|_| ()));
        // The key may be too new to be known.
        let is_early = |f: &Failure| f.is(&["NotFoundException"]);
        retry_while(PROPAGATION, is_early, || aws.create_once("kms:CreateAlias", send, find)).await?;
        object.set("id", name);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _operation: &Operation) -> Outcome<()> {
        if object.differs(prior, "target_key_id") {
            let request = aws.kms.update_alias().alias_name(prior.id()).target_key_id(object.str("target_key_id"));
            aws.call("kms:UpdateAlias", || request.clone().send()).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, object: &Object, _operation: &Operation) -> Outcome<()> {
        let id = object.id();
        match aws.call("kms:DeleteAlias", || aws.kms.delete_alias().alias_name(id).send()).await {
            Err(failure) if !failure.is(&["NotFoundException"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let name = name_of(object, operation);
        let key = object.get("target_key_id").map(key_id);
        let alias = aws.load(&ALIASES, &name).await?.and_then(|alias| alias.target_key_id);
        if alias.is_none() || alias.as_deref() != key.as_ref().and_then(|key| key.as_str()).map(SmolStr::as_str) {
            return Ok(Presence::Gone);
        }
        object.set("id", name);
        Ok(Presence::Found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_by_arn_and_by_id_are_the_same() {
        let arn = Value::string("arn:aws:kms:us-east-1:123456789012:key/mrk-1");
        assert_eq!(key_id(&arn), Value::string("mrk-1"));
        assert_eq!(key_id(&Value::string("mrk-1")), Value::string("mrk-1"));
        assert_eq!(
            key_arn("arn:aws:kms:us-east-1:123456789012:alias/a", "k"),
            "arn:aws:kms:us-east-1:123456789012:key/k"
        );
    }
}
