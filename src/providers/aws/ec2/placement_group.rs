//! `aws_placement_group`: which instances are to be near each other, or apart.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{VALUES, filter, filter_keys, find_by_intent, read_tags_of, tag_specification, update_tags, word};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, optional_computed, required, schema, tags, tags_all};
use crate::providers::aws::wait::{Progress, retry_while, wait_for};
use crate::schema::Schema;
use crate::syntax::Diagnostic;

/// The resource type `aws_placement_group`.
pub struct PlacementGroup;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            id(),
            required("name", Type::String).force_new(),
            optional_computed("partition_count", Type::Number).force_new(),
            computed("placement_group_id", Type::String),
            optional_computed("spread_level", Type::String).force_new(),
            required("strategy", Type::String).force_new(),
            tags(),
            tags_all(),
        ],
    )
});

/// Placement groups by name.
static GROUPS: Batch<sdk::PlacementGroup> = Batch { size: VALUES, fetch: |aws, names| Box::pin(describe(aws, names)) };

async fn describe(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<sdk::PlacementGroup>> {
    let groups = matching(&aws, filter_keys("group-name", &names)).await?;
    let is_there = |group: &sdk::PlacementGroup| group.state != Some(sdk::PlacementGroupState::Deleted);
    Ok(groups
        .into_iter()
        .filter(is_there)
        .filter_map(|group| Some((group.group_name.as_deref()?.into(), group)))
        .collect())
}

async fn matching(aws: &Aws, filter: sdk::Filter) -> Outcome<Vec<sdk::PlacementGroup>> {
    let send = || aws.ec2.describe_placement_groups().filters(filter.clone()).send();
    let answer = aws.call("ec2:DescribePlacementGroups", send).await?;
    Ok(answer.placement_groups.unwrap_or_default())
}

/// The name of the group that an operation has made.
async fn find(aws: &Aws, operation: &Operation) -> Outcome<Option<String>> {
    match find_by_intent(aws, &sdk::ResourceType::PlacementGroup, operation).await? {
        Some(id) => Ok(matching(aws, filter("group-id", [id])).await?.into_iter().find_map(|group| group.group_name)),
        None => Ok(None),
    }
}

/// Waits for a group to be in a state; none is none at all.
async fn wait_until(
    aws: &Aws,
    name: &str,
    wanted: Option<sdk::PlacementGroupState>,
    operation: &Operation,
) -> Outcome<()> {
    wait_for(&format!("Placement group {name}"), operation.timeout, || async {
        let state = aws.load(&GROUPS, name).await?.and_then(|group| group.state);
        Ok(match state {
            state if state == wanted => Progress::Done(()),
            state => Progress::Pending(word(state).unwrap_or_else(|| "missing".into())),
        })
    })
    .await
}

const CHECKS: Checks = &[
    ("partition_count", Check::Range(0, 7)),
    ("spread_level", Check::OneOf(&["host", "rack"])),
    ("strategy", Check::OneOf(&["cluster", "spread", "partition"])),
];

#[async_trait]
impl ResourceType for PlacementGroup {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        let strategy = plan.planned.str("strategy");
        let needs = [("partition_count", "partition"), ("spread_level", "spread")];
        let is_wrong = |(name, needed): &(&str, &str)| {
            let is_set = plan.config.text(name).is_some() || plan.config.nonzero(name).is_some();
            plan.prior.is_none() && is_set && !strategy.is_empty() && strategy != *needed
        };
        for (name, _) in needs.into_iter().filter(is_wrong) {
            let summary = format!("{name} must not be set when strategy = {strategy:?}");
            plan.problems.push(Diagnostic::error(summary, ""));
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let name = object.id().to_string();
        let Some(group) = aws.load(&GROUPS, &name).await? else { return Ok(Presence::Gone) };
        object.set("arn", aws.arn("ec2", &format!("placement-group/{name}")));
        object.set("name", group.group_name);
        object.set("partition_count", group.partition_count);
        object.set("placement_group_id", group.group_id);
        object.set("spread_level", word(group.spread_level));
        object.set("strategy", word(group.strategy));
        let id = object.str("placement_group_id").to_string();
        read_tags_of(aws, object, &id, group.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let name = object.str("name").to_string();
        let request = aws
            .ec2
            .create_placement_group()
            .group_name(&name)
            .set_strategy(object.word("strategy"))
            .set_partition_count(object.nonzero("partition_count"))
            .set_spread_level(object.word("spread_level"))
            .tag_specifications(tag_specification(sdk::ResourceType::PlacementGroup, object, operation));
        let send = async || {
            let made = request.clone().send().await?;
            if let Some(id) = made.placement_group.and_then(|group| group.group_id) {
                aws.note_intent(&id);
            }
            Ok(name.clone())
        };
        aws.create_once("ec2:CreatePlacementGroup", send, || find(aws, operation)).await?;
        object.set("id", &name);
        wait_until(aws, &name, Some(sdk::PlacementGroupState::Available), operation).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        update_tags(aws, object.str("placement_group_id"), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let name = object.id();
        // Until the last instance in it is gone.
        let is_in_use = |f: &Failure| f.is(&["InvalidPlacementGroup.InUse"]);
        let deleted = retry_while(operation.timeout, is_in_use, || {
            aws.call("ec2:DeletePlacementGroup", || aws.ec2.delete_placement_group().group_name(name).send())
        });
        match deleted.await {
            Err(failure) if failure.is(&["InvalidPlacementGroup.Unknown"]) => Ok(()),
            Err(failure) => Err(failure),
            Ok(_) => wait_until(aws, name, None, operation).await,
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let Some(name) = find(aws, operation).await? else { return Ok(Presence::Gone) };
        object.set("id", name);
        Ok(Presence::Found)
    }
}
