//! `aws_iam_role`: what instances, services and other accounts can act as.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;

use super::roles::{ROLES, Role as Known, attached_to, bare, inline_names};
use super::{
    PROPAGATION, Tagged, change, create, gone, is_made_by, name_problems, new_tags, read_name, read_tags, update_tags,
};
use crate::lang::{Type, Value};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::naming;
use crate::providers::aws::object::Object;
use crate::providers::aws::policy::{self, Form};
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType};
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, set_block, string_set, tags, tags_all,
};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;

/// The resource type `aws_iam_role`.
pub struct Role;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            required("assume_role_policy", Type::String).normalise(policy::meaning),
            computed("create_date", Type::String),
            optional("description", Type::String),
            optional("force_detach_policies", Type::Bool).default(false),
            id(),
            set_block(
                "inline_policy",
                [
                    optional("name", Type::String),
                    optional("policy", Type::String).normalise(policy::meaning),
                ],
            )
            .computed(),
            optional_computed("managed_policy_arns", string_set()).deprecated(
                "managed_policy_arns is deprecated. Use the aws_iam_role_policy_attachment resource instead. If Terraform should \
                 exclusively manage all managed policy attachments (the current behavior of this argument), use the \
                 aws_iam_role_policy_attachments_exclusive resource as well.",
            ),
            optional("max_session_duration", Type::Number).default(Value::int(3600)),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            optional("path", Type::String).force_new().default("/"),
            optional("permissions_boundary", Type::String),
            tags(),
            tags_all(),
            computed("unique_id", Type::String),
        ],
    )
});

/// The policies in an object's blocks, by name. A block without name or document stands for none.
fn inline(object: &Object) -> Vec<(String, String)> {
    let blocks = object.blocks("inline_policy");
    blocks.iter().filter_map(|b| Some((b.text("name")?, b.text("policy")?))).collect()
}

fn are_same(a: &[(String, String)], b: &[(String, String)]) -> bool {
    let has = |list: &[(String, String)], (name, text): &(String, String)| {
        list.iter().any(|(n, t)| n == name && policy::is_same(t, text))
    };
    a.len() == b.len() && a.iter().all(|p| has(b, p))
}

fn inline_blocks(policies: &[(String, String)]) -> Vec<Object> {
    let block = |(name, text): &(String, String)| {
        Object::block().with("name", name).with("policy", policy::write(text, Form::VersionFirst))
    };
    policies.iter().map(block).collect()
}

/// Policies that mean the same as before stay as they are written; others are written as they will be in state.
fn plan_inline(plan: &mut Planning<'_>) {
    let is_configured = !plan.config.blocks("inline_policy").is_empty();
    if !is_configured || plan.config.get("inline_policy").is_some_and(|blocks| !blocks.is_wholly_known()) {
        return;
    }
    let wanted = inline(plan.config);
    match plan.prior {
        Some(prior) if are_same(&inline(prior), &wanted) => {
            if let Some(before) = prior.get("inline_policy") {
                plan.planned.set("inline_policy", before);
            }
        }
        _ if !wanted.is_empty() => plan.planned.set("inline_policy", inline_blocks(&wanted)),
        _ => {}
    }
}

async fn put_inline(aws: &Aws, role: &str, policies: &[(String, String)]) -> Outcome<()> {
    for (name, text) in policies {
        let text = policy::write(text, Form::VersionFirst);
        let send = || aws.iam.put_role_policy().role_name(role).policy_name(name).policy_document(&text).send();
        change(aws, "iam:PutRolePolicy", send).await?;
    }
    Ok(())
}

async fn delete_inline(aws: &Aws, role: &str, names: Vec<String>) -> Outcome<()> {
    for name in names {
        let send = || aws.iam.delete_role_policy().role_name(role).policy_name(&name).send();
        gone(change(aws, "iam:DeleteRolePolicy", send).await)?;
    }
    Ok(())
}

/// Attaches a policy to a role.
pub(super) async fn attach(aws: &Aws, role: &str, arn: &str) -> Outcome<()> {
    let send = || aws.iam.attach_role_policy().role_name(role).policy_arn(arn).send();
    super::change_new(aws, "iam:AttachRolePolicy", send).await.map(drop)
}

/// Detaches a policy from a role.
pub(super) async fn detach(aws: &Aws, role: &str, arn: &str) -> Outcome<()> {
    let send = || aws.iam.detach_role_policy().role_name(role).policy_arn(arn).send();
    gone(change(aws, "iam:DetachRolePolicy", send).await)
}

async fn update_policies(aws: &Aws, name: &str, object: &Object, prior: &Object) -> Outcome<()> {
    let (before, after) = (inline(prior), inline(object));
    if object.differs(prior, "inline_policy") && !are_same(&before, &after) {
        let changed: Vec<_> = after.iter().filter(|p| !before.contains(p)).cloned().collect();
        let mut removed: Vec<_> = before.into_iter().map(|(name, _)| name).collect();
        removed.retain(|name| after.iter().all(|(n, _)| n != name));
        delete_inline(aws, name, removed).await?;
        put_inline(aws, name, &changed).await?;
    }
    let arns = |o: &Object| o.texts("managed_policy_arns").into_iter().collect::<BTreeSet<_>>();
    let (before, after) = (arns(prior), arns(object));
    for arn in before.difference(&after) {
        detach(aws, name, arn).await?;
    }
    for arn in after.difference(&before) {
        attach(aws, name, arn).await?;
    }
    Ok(())
}

async fn update_boundary(aws: &Aws, name: &str, boundary: Option<String>) -> Outcome<()> {
    match boundary {
        Some(arn) => {
            let send = || aws.iam.put_role_permissions_boundary().role_name(name).permissions_boundary(&arn).send();
            change(aws, "iam:PutRolePermissionsBoundary", send).await.map(drop)
        }
        None => {
            let send = || aws.iam.delete_role_permissions_boundary().role_name(name).send();
            gone(change(aws, "iam:DeleteRolePermissionsBoundary", send).await)
        }
    }
}

/// The role of a name, if this operation has made it.
async fn find_own(aws: &Aws, name: &str, operation: &Operation) -> Outcome<Option<String>> {
    let role = bare(aws, name).await?.filter(|role| is_made_by(&role.tags, operation));
    Ok(role.map(|role| role.arn))
}

/// Policies and instance profiles have to go first.
async fn release(aws: &Aws, name: &str, object: &Object) -> Outcome<()> {
    let send = |marker| aws.iam.list_instance_profiles_for_role().role_name(name).set_marker(marker).send();
    let profiles = aws
        .pages("iam:ListInstanceProfilesForRole", send, |page| {
            (Some(page.instance_profiles), page.marker.filter(|_| page.is_truncated))
        })
        .await?;
    for profile in profiles {
        super::instance_profile::remove_role(aws, &profile.instance_profile_name, name).await?;
    }
    let is_forced = object.is("force_detach_policies");
    if is_forced || object.some_texts("managed_policy_arns").is_some() {
        for arn in attached_to(aws, name).await? {
            detach(aws, name, &arn).await?;
        }
    }
    if is_forced || !object.blocks("inline_policy").is_empty() {
        delete_inline(aws, name, inline_names(aws, name).await?).await?;
    }
    Ok(())
}

const CHECKS: Checks = &[
    ("name name_prefix", Check::Exclusive),
    ("name", Check::Text(|path, name| name_problems(path, name, 64))),
    ("name_prefix", Check::Text(|path, name| name_problems(path, name, naming::longest_prefix(64)))),
    ("assume_role_policy inline_policy.policy", Check::Text(policy::problems)),
    ("inline_policy.name", Check::Text(|path, name| name_problems(path, name, 128))),
    ("managed_policy_arns permissions_boundary", Check::Arn),
    ("max_session_duration", Check::Range(3600, 43200)),
    ("path", Check::Length(0, 512)),
];

#[async_trait]
impl ResourceType for Role {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        policy::plan(plan.planned, plan.prior, "assume_role_policy", Form::Sorted);
        plan_inline(plan);
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(role) = load(aws, &id).await? else { return Ok(Presence::Gone) };
        object.set("arn", &role.arn);
        object.set("create_date", &role.created);
        object.set("description", role.description.clone());
        object.set("max_session_duration", role.max_session);
        read_name(object, &role.name);
        object.set("path", &role.path);
        object.set("permissions_boundary", role.boundary.clone());
        object.set("unique_id", &role.unique_id);
        let trust = policy::kept(object.str("assume_role_policy"), &role.trust, Form::Sorted);
        object.set("assume_role_policy", trust);
        if !are_same(&inline(object), &role.inline) || object.get("inline_policy").is_none() {
            object.set("inline_policy", inline_blocks(&role.inline));
        }
        object.set("managed_policy_arns", &role.attached);
        read_tags(aws, object, role.tags.clone());
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let request = aws
            .iam
            .create_role()
            .role_name(&name)
            .assume_role_policy_document(policy::write(object.str("assume_role_policy"), Form::Sorted))
            .set_path(object.text("path"))
            .set_description(object.text("description"))
            .set_max_session_duration(object.int32("max_session_duration"))
            .set_permissions_boundary(object.text("permissions_boundary"))
            .set_tags(new_tags(object, operation));
        let send = async || request.clone().send().await.map(|o| o.role.map(|r| r.arn).unwrap_or_default());
        let arn = create(aws, "iam:CreateRole", send, || find_own(aws, &name, operation)).await?;
        object.set("id", &name);
        aws.note_intent(&arn);
        put_inline(aws, &name, &inline(object)).await?;
        for policy in object.texts("managed_policy_arns") {
            attach(aws, &name, &policy).await?;
        }
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        let name = object.id().to_string();
        if object.differs(prior, "assume_role_policy") {
            let text = policy::write(object.str("assume_role_policy"), Form::Sorted);
            let send = || aws.iam.update_assume_role_policy().role_name(&name).policy_document(&text).send();
            change(aws, "iam:UpdateAssumeRolePolicy", send).await?;
        }
        if object.differs(prior, "description") {
            let text = object.str("description");
            let send = || aws.iam.update_role_description().role_name(&name).description(text).send();
            change(aws, "iam:UpdateRoleDescription", send).await?;
        }
        if object.differs(prior, "max_session_duration") {
            // Without the description it would be removed.
            let request = aws
                .iam
                .update_role()
                .role_name(&name)
                .description(object.str("description"))
                .set_max_session_duration(object.int32("max_session_duration"));
            change(aws, "iam:UpdateRole", || request.clone().send()).await?;
        }
        if object.str("permissions_boundary") != prior.str("permissions_boundary") {
            update_boundary(aws, &name, object.text("permissions_boundary")).await?;
        }
        update_policies(aws, &name, object, prior).await?;
        update_tags(aws, Tagged::Role(name), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let name = object.id();
        gone(release(aws, name, object).await)?;
        let is_in_use = |f: &Failure| f.is(&["DeleteConflict"]);
        let delete = || change(aws, "iam:DeleteRole", || aws.iam.delete_role().role_name(name).send());
        gone(retry_while(PROPAGATION, is_in_use, delete).await)
    }

    async fn import(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        object.set("force_detach_policies", false);
        Ok(())
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let name = naming::name(object, "name", "name_prefix", operation);
        let Some(arn) = find_own(aws, &name, operation).await? else { return Ok(Presence::Gone) };
        aws.note_intent(&arn);
        put_inline(aws, &name, &inline(object)).await?;
        for policy in object.texts("managed_policy_arns") {
            attach(aws, &name, &policy).await?;
        }
        object.set("id", name);
        Ok(Presence::Found)
    }
}

/// A role. Right after its creation, AWS may give its unique id for its ARN.
async fn load(aws: &Aws, name: &str) -> Outcome<Option<Arc<Known>>> {
    wait_for(&format!("IAM role {name}"), PROPAGATION, || async {
        Ok(match aws.load(&ROLES, name).await? {
            Some(role) if !role.arn.starts_with("arn:") => Progress::Pending("without an ARN".into()),
            role => Progress::Done(role),
        })
    })
    .await
}
