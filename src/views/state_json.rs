//! A state as `show -json` writes it, format 1.0, and its parts, which plans have in them, too.
//! Attributes are taken over as the text that they are kept as.

use std::collections::BTreeMap;
use std::io;

use serde::{Serialize, Serializer};
use smol_str::SmolStr;

use crate::config::module::Mode;
use crate::config::version::COMPATIBLE_VERSION;
use crate::graph::{ConfigAddress, InstanceAddress, InstanceKey, ResourceAddress};
use crate::schema::Schema;
use crate::state::{ObjectState, ObjectStatus, OutputState, State};
use crate::views::checks_json::Checks;
use crate::views::json::write_line;
use crate::views::module_values::{ByModule, ModuleValues};
use crate::views::plan_json::values::Known;
use crate::views::stored_values::{Attributes, AttributesMask};

/// Where schemas come from.
pub type SchemaOf<'s> = &'s dyn Fn(Mode, &str) -> Option<&'s Schema>;

/// Writes a state as one line, without a newline at the end. `None` is no state at all.
///
/// # Errors
/// When it can't be written, or an object's attributes are no JSON object.
pub fn write<'s>(state: Option<&'s State>, schema_of: SchemaOf<'s>, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(state) = state.filter(|s| !is_empty(s)) else {
        return write_line(&Nothing { format_version: FORMAT_VERSION }, out);
    };
    let mut document = StateJson::new(state, schema_of);
    document.checks = state.checks.as_deref().filter(|c| !c.is_empty()).map(Checks);
    write_line(&document, out)
}

const FORMAT_VERSION: &str = "1.0";

#[derive(Serialize)]
struct Nothing {
    format_version: &'static str,
}

/// Whether there is nothing in it: no resource and no output.
#[must_use]
pub fn is_empty(state: &State) -> bool {
    state.resources.is_empty() && state.outputs.is_empty()
}

/// A whole state.
#[derive(Serialize)]
pub struct StateJson<'a> {
    format_version: &'static str,
    terraform_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Values<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Checks<'a>>,
}

#[derive(Serialize)]
struct Values<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    outputs: BTreeMap<&'a str, OutputJson<'a>>,
    root_module: ModuleValues<ObjectJson<'a>>,
}

impl<'a> StateJson<'a> {
    /// A state, without the results of checks.
    #[must_use]
    pub fn new(state: &'a State, schema_of: SchemaOf<'a>) -> Self {
        let outputs = state.outputs.iter().map(|(name, o)| (name.as_str(), OutputJson::new(o))).collect();
        let values = Values { outputs, root_module: ModuleValues::root(objects(state, schema_of)) };
        let terraform_version =
            if state.terraform_version.is_empty() { COMPATIBLE_VERSION } else { &state.terraform_version };
        StateJson {
            format_version: FORMAT_VERSION,
            terraform_version,
            values: (!is_empty(state)).then_some(values),
            checks: None,
        }
    }
}

#[derive(Serialize)]
struct OutputJson<'a> {
    sensitive: bool,
    value: Known<'a>,
    #[serde(rename = "type")]
    ty: serde_json::Value,
}

impl<'a> OutputJson<'a> {
    fn new(output: &'a OutputState) -> Self {
        OutputJson { sensitive: output.sensitive, value: Known(&output.value), ty: output.value.ty().to_json() }
    }
}

fn objects<'a>(state: &'a State, schema_of: SchemaOf<'a>) -> ByModule<ObjectJson<'a>> {
    let mut found = ByModule::new();
    for (address, resource) in &state.resources {
        let schema = schema_of(address.resource.mode, &address.resource.kind);
        let list: &mut Vec<_> = found.entry(address.module.clone()).or_default();
        for (key, instance) in &resource.instances {
            let deposed = instance.deposed.iter().map(|(key, object)| (Some(key), object));
            for (deposed_key, object) in instance.current.iter().map(|o| (None, o)).chain(deposed) {
                let head = ResourceHead::new(&address.instance(key.clone()), &resource.provider.provider);
                list.push(ObjectJson::new(head, object, deposed_key, schema));
            }
        }
    }
    found
}

/// What is said about every object of a resource first.
#[derive(Serialize)]
pub struct ResourceHead<'a> {
    address: String,
    mode: ModeJson,
    #[serde(rename = "type")]
    kind: SmolStr,
    name: SmolStr,
    #[serde(skip_serializing_if = "is_single")]
    index: IndexJson,
    provider_name: &'a str,
}

fn is_single(index: &IndexJson) -> bool {
    index.0 == InstanceKey::None
}

impl<'a> ResourceHead<'a> {
    /// That of the object at an address, whose provider has this full address.
    #[must_use]
    pub fn new(address: &InstanceAddress, provider_name: &'a str) -> Self {
        let ResourceAddress { resource, .. } = &*address.resource;
        ResourceHead {
            address: address.to_string(),
            mode: ModeJson(resource.mode),
            kind: resource.kind.clone(),
            name: resource.name.clone(),
            index: IndexJson(address.key.clone()),
            provider_name,
        }
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// `managed`, `data`, `ephemeral`.
pub struct ModeJson(pub Mode);

impl Serialize for ModeJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self.0 {
            Mode::Managed => "managed",
            Mode::Data => "data",
            Mode::Ephemeral => "ephemeral",
        })
    }
}

/// An instance key as a number or string; null if there is none.
pub struct IndexJson(pub InstanceKey);

impl Serialize for IndexJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            InstanceKey::None => serializer.serialize_unit(),
            InstanceKey::Index(i) => serializer.serialize_u64(*i),
            InstanceKey::Name(name) => serializer.serialize_str(name),
        }
    }
}

#[derive(Serialize)]
struct ObjectJson<'a> {
    #[serde(flatten)]
    head: ResourceHead<'a>,
    schema_version: u64,
    values: Attributes<'a>,
    sensitive_values: AttributesMask<'a>,
    #[serde(skip_serializing_if = "Dependencies::is_empty")]
    depends_on: Dependencies<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tainted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    deposed_key: Option<&'a str>,
}

impl<'a> ObjectJson<'a> {
    fn new(
        head: ResourceHead<'a>,
        object: &'a ObjectState,
        deposed_key: Option<&'a SmolStr>,
        schema: Option<&'a Schema>,
    ) -> Self {
        ObjectJson {
            head,
            schema_version: object.schema_version,
            values: Attributes { object, schema },
            sensitive_values: AttributesMask { object, schema },
            depends_on: Dependencies(&object.dependencies),
            tainted: object.status == ObjectStatus::Tainted,
            deposed_key: deposed_key.map(SmolStr::as_str),
        }
    }
}

struct Dependencies<'a>(&'a [ConfigAddress]);

impl Dependencies<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Dependencies<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ToString::to_string))
    }
}
