//! A plan as `show -json` writes it, format 1.2. It is written as it is made: nothing but the
//! order of things is kept in memory.

mod changes;
mod configuration;
mod expressions;
mod planned;
mod providers;
pub mod values;

use std::collections::BTreeMap;
use std::io;

use serde::{Serialize, Serializer};

use self::changes::{OutputChanges, PathJson, ResourceChanges};
use self::configuration::Configuration;
use self::planned::PlannedValues;
use self::values::Known;
use crate::config::tree::ModuleTree;
use crate::config::version::COMPATIBLE_VERSION;
use crate::lang::{Marks, Value};
use crate::plan::{Plan, RelevantAttribute};
use crate::schema::Schema;
use crate::views::checks_json::Checks;
use crate::views::json::write_line;
use crate::views::state_json::{self, SchemaOf, StateJson};

pub use self::changes::reason_name;

/// Where schemas come from.
#[derive(Clone, Copy)]
pub struct Schemas<'s> {
    /// Those of resource types and data sources.
    pub resource: SchemaOf<'s>,
    /// Those of provider configurations, by the provider's full address.
    pub provider: &'s dyn Fn(&str) -> Option<&'s Schema>,
}

/// Writes a plan as one line, without a newline at the end. `root` is the configuration that it was
/// made from.
///
/// # Errors
/// When it can't be written, or an object's attributes in the state are no JSON object.
pub fn write<'s>(
    plan: &'s Plan,
    root: &'s ModuleTree,
    schemas: Schemas<'s>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let prior = Some(&plan.prior).filter(|s| !state_json::is_empty(s));
    let document = PlanJson {
        format_version: "1.2",
        terraform_version: COMPATIBLE_VERSION,
        variables: variables(plan, root),
        planned_values: PlannedValues::new(plan, schemas.resource),
        resource_drift: ResourceChanges(&plan.drift),
        resource_changes: ResourceChanges(&plan.changes),
        output_changes: OutputChanges(&plan.outputs),
        prior_state: prior.map(|s| StateJson::new(s, schemas.resource)),
        configuration: Configuration::new(root, &schemas),
        relevant_attributes: plan.relevant.iter().map(RelevantJson).collect(),
        checks: Some(Checks(&plan.checks)).filter(|c| !c.0.is_empty()),
        timestamp: timestamp(plan),
        applyable: plan.applyable,
        complete: plan.complete,
        errored: plan.errored,
        infra_version: env!("CARGO_PKG_VERSION"),
    };
    write_line(&document, out)
}

#[derive(Serialize)]
struct PlanJson<'a> {
    format_version: &'static str,
    terraform_version: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<&'a str, VariableJson<'a>>,
    planned_values: PlannedValues<'a>,
    #[serde(skip_serializing_if = "ResourceChanges::is_empty")]
    resource_drift: ResourceChanges<'a>,
    #[serde(skip_serializing_if = "ResourceChanges::is_empty")]
    resource_changes: ResourceChanges<'a>,
    #[serde(skip_serializing_if = "OutputChanges::is_empty")]
    output_changes: OutputChanges<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prior_state: Option<StateJson<'a>>,
    configuration: Configuration<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relevant_attributes: Vec<RelevantJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Checks<'a>>,
    timestamp: String,
    applyable: bool,
    complete: bool,
    errored: bool,
    /// Ours: `terraform_version` is that of what we are compatible with.
    infra_version: &'static str,
}

#[derive(Serialize)]
struct VariableJson<'a> {
    value: Known<'a>,
}

/// The values of variables. An ephemeral one is kept nowhere, so its default stands in its place.
fn variables<'a>(plan: &'a Plan, root: &'a ModuleTree) -> BTreeMap<&'a str, VariableJson<'a>> {
    let default = |name: &str| root.module.variables.get(name).and_then(|v| v.default.as_ref());
    let shown = plan.variables.iter().filter_map(|(name, v)| {
        let value: &Value = if v.value.marks().contains(Marks::EPHEMERAL) { default(name)? } else { &v.value };
        Some((name.as_str(), VariableJson { value: Known(value) }))
    });
    shown.collect()
}

struct RelevantJson<'a>(&'a RelevantAttribute);

impl Serialize for RelevantJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Relevant<'a> {
            resource: &'a str,
            attribute: PathJson<'a>,
        }
        Relevant { resource: &self.0.resource, attribute: PathJson(&self.0.attribute) }.serialize(serializer)
    }
}

/// When the plan was begun, to the second.
fn timestamp(plan: &Plan) -> String {
    let started = jiff::Timestamp::try_from(plan.started).unwrap_or_default();
    started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
