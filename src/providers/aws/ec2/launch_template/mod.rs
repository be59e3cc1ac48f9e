//! `aws_launch_template`: how instances are to be launched. Every change makes a new version of it.

mod checks;
mod read;
mod request;
mod requirements;
mod schema;

pub use checks::name_problems;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::instance_type::is_burstable;
use super::{read_tags, tags_of, update_tags};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::Checks;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType};
use crate::schema::Schema;

/// The resource type `aws_launch_template`.
pub struct LaunchTemplate;

/// So many templates are in an answer.
const PAGE: i32 = 200;

/// Codes for templates that aren't there.
const NOT_FOUND: &[&str] = &[
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.VersionNotFound",
    "InvalidLaunchTemplateName.NotFoundException",
];

/// Templates by id.
pub static TEMPLATES: Batch<sdk::LaunchTemplate> = Batch { size: 200, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::LaunchTemplate>> {
    let of = async |ids: &[SmolStr]| {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let send = |token| {
            let request = aws.ec2.describe_launch_templates().set_launch_template_ids(Some(ids.clone()));
            request.max_results(PAGE).set_next_token(token).send()
        };
        aws.pages("ec2:DescribeLaunchTemplates", send, |page| (page.launch_templates, page.next_token)).await
    };
    let mut templates = Vec::new();
    match of(&ids).await {
        // There is no filter by id, and one that is missing spoils the request for all.
        Err(failure) if failure.is(NOT_FOUND) && ids.len() > 1 => {
            for id in &ids {
                match of(std::slice::from_ref(id)).await {
                    Err(failure) if failure.is(NOT_FOUND) => {}
                    outcome => templates.extend(outcome?),
                }
            }
        }
        Err(failure) if failure.is(NOT_FOUND) => {}
        outcome => templates.extend(outcome?),
    }
    Ok(templates.into_iter().filter_map(|t| Some((t.launch_template_id.as_deref()?.into(), t))).collect())
}

/// The newest versions of templates, by the templates' ids.
static NEWEST: Batch<sdk::LaunchTemplateVersion> = Batch { size: 200, fetch: |aws, ids| Box::pin(newest(aws, ids)) };

/// AWS tells versions of one template, or of all that there are.
async fn newest(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::LaunchTemplateVersion>> {
    let of = async |id: Option<&SmolStr>| {
        let send = |token| {
            let request = aws.ec2.describe_launch_template_versions().versions("$Latest").max_results(PAGE);
            request.set_launch_template_id(id.map(ToString::to_string)).set_next_token(token).send()
        };
        let api = "ec2:DescribeLaunchTemplateVersions";
        match aws.pages(api, send, |page| (page.launch_template_versions, page.next_token)).await {
            Err(failure) if failure.is(NOT_FOUND) => Ok(Vec::new()),
            outcome => outcome,
        }
    };
    let versions = match ids.as_slice() {
        [id] => of(Some(id)).await?,
        _ => of(None).await?,
    };
    Ok(versions.into_iter().filter_map(|v| Some((v.launch_template_id.as_deref()?.into(), v))).collect())
}

/// Of what doesn't make a new version when it changes.
const WITHOUT_VERSION: &[&str] = &[
    "arn",
    "default_version",
    "id",
    "latest_version",
    "name",
    "name_prefix",
    "tags",
    "tags_all",
    "update_default_version",
];

/// The attributes and blocks that a version is made of.
fn parts_of_version() -> impl Iterator<Item = &'static str> {
    let block = &schema::SCHEMA.block;
    let names = block.attributes.keys().chain(block.blocks.keys()).map(SmolStr::as_str);
    names.filter(|name| !WITHOUT_VERSION.contains(name))
}

async fn set_default(aws: &Aws, id: &str, version: i64) -> Outcome<()> {
    let version = version.to_string();
    let send = || aws.ec2.modify_launch_template().launch_template_id(id).default_version(&version).send();
    aws.call("ec2:ModifyLaunchTemplate", send).await.map(|_| ())
}

#[async_trait]
impl ResourceType for LaunchTemplate {
    fn schema(&self) -> &'static Schema {
        &schema::SCHEMA
    }

    fn checks(&self) -> Checks {
        checks::CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        let block = &schema::SCHEMA.block;
        let names = block.attributes.keys().chain(block.blocks.keys());
        let changed: Vec<&str> = names.map(SmolStr::as_str).filter(|name| plan.changes(name)).collect();
        let is_quiet = |name: &&str| matches!(*name, "name" | "name_prefix" | "description");
        let is_default = |name: &&str| matches!(*name, "default_version" | "update_default_version");
        if changed.iter().any(|name| !is_quiet(name)) && plan.planned.is("update_default_version") {
            plan.make_unknown("default_version");
        }
        if changed.iter().any(|name| !is_quiet(name) && !is_default(name)) {
            plan.make_unknown("latest_version");
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let (template, version) = tokio::try_join!(aws.load(&TEMPLATES, &id), aws.load(&NEWEST, &id))?;
        let (Some(template), Some(version)) = (template, version) else { return Ok(Presence::Gone) };
        let name = template.launch_template_name.unwrap_or_default();
        object.set("arn", aws.arn("ec2", &format!("launch-template/{id}")));
        object.set("default_version", template.default_version_number);
        object.set("description", version.version_description);
        object.set("latest_version", template.latest_version_number);
        object.set("name_prefix", naming::prefix_of(&name));
        object.set("name", name);
        let nothing = || sdk::ResponseLaunchTemplateData::builder().build();
        let data = version.launch_template_data.unwrap_or_else(nothing);
        let kind = data.instance_type.as_ref().map(|kind| kind.as_str().to_string());
        let credits = object.get("credit_specification").cloned();
        read::read(object, data);
        // AWS isn't told of credits for instances that don't live on them: that they are missing means nothing.
        if let Some(credits) = credits.filter(|_| object.blocks("credit_specification").is_empty()) {
            let takes = match kind {
                Some(kind) => is_burstable(aws, &kind).await?,
                None => false,
            };
            if !takes {
                object.set("credit_specification", credits);
            }
        }
        read_tags(aws, object, template.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let request = aws
            .ec2
            .create_launch_template()
            .client_token(operation.token.as_str())
            .launch_template_name(naming::name(object, "name", "name_prefix", operation))
            .set_version_description(object.text("description"))
            .launch_template_data(request::data(aws, object).await?)
            .set_tag_specifications(tag_specifications(object));
        let made = aws.call("ec2:CreateLaunchTemplate", || request.clone().send()).await?;
        let id = made.launch_template.and_then(|template| template.launch_template_id).unwrap_or_default();
        object.set("id", &id);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id().to_string();
        let mut newest = prior.int("latest_version").unwrap_or_default();
        if parts_of_version().any(|name| object.differs(prior, name)) {
            let request = aws
                .ec2
                .create_launch_template_version()
                .client_token(operation.token.as_str())
                .launch_template_id(&id)
                .set_version_description(object.text("description"))
                .launch_template_data(request::data(aws, object).await?);
            let made = aws.call("ec2:CreateLaunchTemplateVersion", || request.clone().send()).await?;
            let number = made.launch_template_version.and_then(|version| version.version_number);
            newest = number.ok_or_else(|| Failure::new("AWS has not said the number of the new version."))?;
        }
        if object.is("update_default_version") {
            set_default(aws, &id, newest).await?;
        } else if object.differs(prior, "default_version")
            && let Some(version) = object.int("default_version")
        {
            set_default(aws, &id, version).await?;
        }
        update_tags(aws, &id, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let id = object.id();
        let send = || aws.ec2.delete_launch_template().launch_template_id(id).send();
        match aws.call("ec2:DeleteLaunchTemplate", send).await {
            Err(failure) if !failure.is(NOT_FOUND) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let send = || aws.ec2.describe_launch_templates().launch_template_names(&name).send();
        let template = match aws.call("ec2:DescribeLaunchTemplates", send).await {
            Err(failure) if failure.code.starts_with("InvalidLaunchTemplateName.NotFound") => None,
            outcome => outcome?.launch_templates.unwrap_or_default().into_iter().next(),
        };
        // One of that name may have been there before.
        let is_new =
            |t: &sdk::LaunchTemplate| t.create_time.is_some_and(|created| created.secs() >= began(operation) - CLOCKS);
        let Some(template) = template.filter(is_new) else { return Ok(Presence::Gone) };
        object.set("id", template.launch_template_id);
        Ok(Presence::Found)
    }
}

/// So many seconds two clocks may differ.
const CLOCKS: i64 = 60;

/// When an operation began, which its token tells, in seconds since 1970. Without that nothing was made by it.
fn began(operation: &Operation) -> i64 {
    let time = uuid::Uuid::try_parse(&operation.token).ok().and_then(|token| token.get_timestamp());
    time.and_then(|time| i64::try_from(time.to_unix().0).ok()).unwrap_or(i64::MAX)
}

/// The tags of a new template. It needs none that tells the operation: it has a token and a name of its own.
fn tag_specifications(object: &Object) -> Option<Vec<sdk::TagSpecification>> {
    let tags = Some(object.map("tags_all")).filter(|tags| !tags.is_empty())?;
    let specification = sdk::TagSpecification::builder().resource_type(sdk::ResourceType::LaunchTemplate);
    Some(vec![specification.set_tags(Some(tags_of(tags))).build()])
}
