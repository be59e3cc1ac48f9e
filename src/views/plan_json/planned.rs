//! `planned_values`: what there will be, made of the changes. Data sources are only there if they
//! are read during apply.

use std::collections::BTreeMap;

use serde::Serialize;

use super::values::{Known, SensitiveMask};
use crate::lang::Type;
use crate::plan::{Action, OutputChange, Plan, ResourceChange};
use crate::views::module_values::{ByModule, ModuleValues};
use crate::views::state_json::{ResourceHead, SchemaOf};

/// What there will be.
#[derive(Serialize)]
pub struct PlannedValues<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    outputs: BTreeMap<&'a str, PlannedOutput<'a>>,
    root_module: ModuleValues<PlannedResource<'a>>,
}

#[derive(Serialize)]
struct PlannedOutput<'a> {
    sensitive: bool,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    ty: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Known<'a>>,
}

#[derive(Serialize)]
struct PlannedResource<'a> {
    #[serde(flatten)]
    head: ResourceHead<'a>,
    schema_version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Known<'a>>,
    sensitive_values: SensitiveMask<'a>,
}

impl<'a> PlannedValues<'a> {
    /// What a plan leads to.
    #[must_use]
    pub fn new(plan: &'a Plan, schema_of: SchemaOf<'a>) -> Self {
        let kept = plan.outputs.iter().filter(|o| o.change.action != Action::Delete);
        let outputs = kept.map(|o| (o.name.as_str(), PlannedOutput::new(o))).collect();
        let mut by_module = ByModule::<PlannedResource<'a>>::new();
        let stays = |c: &&ResourceChange| c.change.action != Action::Delete && c.deposed.is_none();
        for change in plan.changes.iter().filter(stays) {
            let list = by_module.entry(change.address.resource.module.clone()).or_default();
            list.push(PlannedResource::new(change, schema_of));
        }
        for list in by_module.values_mut() {
            list.sort_by(|a, b| a.head.address().cmp(b.head.address()));
        }
        PlannedValues { outputs, root_module: ModuleValues::root(by_module) }
    }
}

impl<'a> PlannedOutput<'a> {
    fn new(output: &'a OutputChange) -> Self {
        let known = Some(&output.change.after).filter(|v| v.is_wholly_known());
        // Changes keep nulls without their types.
        let ty = known.map(|v| if v.is_null() { Type::Dynamic.to_json() } else { v.ty().to_json() });
        PlannedOutput { sensitive: output.is_secret(), ty, value: known.map(Known) }
    }
}

impl<'a> PlannedResource<'a> {
    fn new(change: &'a ResourceChange, schema_of: SchemaOf<'a>) -> Self {
        let resource = &change.address.resource.resource;
        let after = &change.change.after;
        PlannedResource {
            head: ResourceHead::new(&change.address, &change.provider.provider),
            schema_version: schema_of(resource.mode, &resource.kind).map_or(0, |s| s.version),
            values: Some(Known(after)).filter(|_| !after.is_null()),
            sensitive_values: SensitiveMask(after),
        }
    }
}
