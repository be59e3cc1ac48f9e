//! `aws_cloudwatch_log_group`: where logs are kept.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::types as sdk;
use smol_str::SmolStr;

use crate::lang::{Type, Value};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{computed, id, optional, optional_computed, schema, tags, tags_all};
use crate::providers::aws::tags::changes;
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_cloudwatch_log_group`.
pub struct LogGroup;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            id(),
            optional("kms_key_id", Type::String),
            optional_computed("log_group_class", Type::String).force_new(),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            optional("retention_in_days", Type::Number).default(Value::int(0)),
            optional("skip_destroy", Type::Bool).default(false),
            tags(),
            tags_all(),
        ],
    )
});

/// How long IAM may take to let somebody do what they were just allowed.
const PROPAGATION: Duration = Duration::from_secs(2 * 60);

/// How long a deletion waits for others.
const BUSY: Duration = Duration::from_secs(60);

/// Groups by name, each by requests for those whose names begin so.
static GROUPS: Batch<sdk::LogGroup> = Batch { size: 1, fetch: |aws, names| Box::pin(describe(aws, names)) };

async fn describe(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<sdk::LogGroup>> {
    let Some(name) = names.first() else { return Ok(Found::new()) };
    let request = aws.logs.describe_log_groups().log_group_name_prefix(name.as_str());
    let send = |token| request.clone().set_next_token(token).send();
    let groups = aws.pages("logs:DescribeLogGroups", send, |page| (page.log_groups, page.next_token)).await?;
    let group = groups.into_iter().find(|group| group.log_group_name.as_deref() == Some(name.as_str()));
    Ok(group.into_iter().map(|group| (name.clone(), group)).collect())
}

/// For how many days logs are kept; 0 is for ever.
const RETENTIONS: [i64; 23] =
    [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// The class of groups that keep nothing longer than AWS decides.
const DELIVERY: &str = "DELIVERY";

async fn set_retention(aws: &Aws, name: &str, days: Option<i32>) -> Outcome<()> {
    let Some(days) = days else {
        let request = aws.logs.delete_retention_policy().log_group_name(name);
        return aws.call("logs:DeleteRetentionPolicy", || request.clone().send()).await.map(|_| ());
    };
    let request = aws.logs.put_retention_policy().log_group_name(name).retention_in_days(days);
    let is_early = |f: &Failure| {
        f.is(&["AccessDeniedException"])
            && f.message.contains("no identity-based policy allows the logs:PutRetentionPolicy action")
    };
    let put = || aws.call("logs:PutRetentionPolicy", || request.clone().send());
    retry_while(PROPAGATION, is_early, put).await.map(|_| ())
}

async fn set_key(aws: &Aws, name: &str, key: Option<String>) -> Outcome<()> {
    let Some(key) = key else {
        let request = aws.logs.disassociate_kms_key().log_group_name(name);
        return aws.call("logs:DisassociateKmsKey", || request.clone().send()).await.map(|_| ());
    };
    let request = aws.logs.associate_kms_key().log_group_name(name).kms_key_id(key);
    aws.call("logs:AssociateKmsKey", || request.clone().send()).await.map(|_| ())
}

async fn update_tags(aws: &Aws, arn: &str, object: &Object, prior: &Object) -> Outcome<()> {
    let (set, remove) = changes(&prior.map("tags_all"), &object.map("tags_all"));
    if !remove.is_empty() {
        let request = aws.logs.untag_resource().resource_arn(arn).set_tag_keys(Some(remove));
        aws.call("logs:UntagResource", || request.clone().send()).await?;
    }
    if !set.is_empty() {
        let request = aws.logs.tag_resource().resource_arn(arn).set_tags(Some(set.into_iter().collect()));
        aws.call("logs:TagResource", || request.clone().send()).await?;
    }
    Ok(())
}

fn name_problems(path: &str, name: &str, longest: usize) -> Vec<String> {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || "._/#-".contains(c);
    let mut problems = Vec::new();
    if name.len() > longest {
        problems.push(format!("{path:?} cannot be longer than {longest} characters: {name:?}"));
    }
    if name.is_empty() || !name.chars().all(is_fit) {
        problems.push(format!(
            "{path:?} isn't a valid log group name (alphanumeric characters, underscores, hyphens, slashes, hash signs and \
             dots are allowed): {name:?}"
        ));
    }
    problems
}

const CHECKS: Checks = &[
    ("name name_prefix", Check::Exclusive),
    ("name", Check::Text(|path, name| name_problems(path, name, 512))),
    ("name_prefix", Check::Text(|path, name| name_problems(path, name, 483))),
    ("log_group_class", Check::OneOf(&["STANDARD", "INFREQUENT_ACCESS", DELIVERY])),
    ("retention_in_days", Check::OneOfNumbers(&RETENTIONS)),
];

#[async_trait]
impl ResourceType for LogGroup {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts::default()
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        let Some(prior) = plan.prior else { return };
        if !plan.changes("log_group_class") && plan.planned.str("log_group_class") == DELIVERY {
            let days = prior.get("retention_in_days").cloned().unwrap_or_else(|| Value::int(0));
            plan.planned.set("retention_in_days", days);
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let name = object.id().to_string();
        let Some(group) = aws.load(&GROUPS, &name).await? else { return Ok(Presence::Gone) };
        let arn = group.arn.unwrap_or_default();
        let arn = arn.strip_suffix(":*").unwrap_or(&arn);
        let request = aws.logs.list_tags_for_resource().resource_arn(arn);
        let tags = match aws.call("logs:ListTagsForResource", || request.clone().send()).await {
            Err(failure) if failure.is_not_found() => return Ok(Presence::Gone),
            outcome => outcome?.tags,
        };
        object.set("arn", arn);
        object.set("kms_key_id", group.kms_key_id);
        object.set("log_group_class", group.log_group_class.map(|class| class.to_string()));
        object.set("name_prefix", naming::prefix_of(&name));
        object.set("name", name);
        object.set("retention_in_days", group.retention_in_days);
        object.set("skip_destroy", object.is("skip_destroy"));
        aws.settings.tags.read(object, tags.unwrap_or_default());
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let tags = object.map("tags_all");
        let request = aws
            .logs
            .create_log_group()
            .log_group_name(&name)
            .set_log_group_class(object.word("log_group_class"))
            .set_kms_key_id(object.text("kms_key_id"))
            .set_tags((!tags.is_empty()).then(|| tags.into_iter().collect()));
        let send = async || request.clone().send().await.map(|_| ());
        let find = async || Ok(aws.load(&GROUPS, &name).await?.map(|_| ()));
        aws.create_once("logs:CreateLogGroup", send, find).await?;
        object.set("id", &name);
        match object.nonzero("retention_in_days").filter(|_| object.str("log_group_class") != DELIVERY) {
            Some(days) => set_retention(aws, &name, Some(days)).await,
            None => Ok(()),
        }
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _operation: &Operation) -> Outcome<()> {
        let name = object.id().to_string();
        if object.differs(prior, "retention_in_days") {
            set_retention(aws, &name, object.nonzero("retention_in_days")).await?;
        }
        if object.str("kms_key_id") != prior.str("kms_key_id") {
            set_key(aws, &name, object.text("kms_key_id")).await?;
        }
        update_tags(aws, prior.str("arn"), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _operation: &Operation) -> Outcome<()> {
        if object.is("skip_destroy") {
            return Ok(());
        }
        let request = aws.logs.delete_log_group().log_group_name(object.id());
        let is_busy = |f: &Failure| f.is(&["OperationAbortedException"]) && f.message.contains("try again");
        let delete = || aws.call("logs:DeleteLogGroup", || request.clone().send());
        match retry_while(BUSY, is_busy, delete).await {
            Err(failure) if !failure.is(&["ResourceNotFoundException"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let name = naming::name(object, "name", "name_prefix", operation);
        if aws.load(&GROUPS, &name).await?.is_none() {
            return Ok(Presence::Gone);
        }
        object.set("id", &name);
        if let Some(days) = object.nonzero("retention_in_days") {
            set_retention(aws, &name, Some(days)).await?;
        }
        Ok(Presence::Found)
    }
}
