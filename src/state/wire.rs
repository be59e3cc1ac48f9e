//! Addresses and objects as journals and saved plans write them. These structs are the edge: changing
//! one changes the formats that have it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::value_json::{read_value, write_value};
use super::{ObjectState, ObjectStatus};
use crate::config::module::{Mode, ResourceKey};
use crate::graph::{ConfigAddress, InstanceKey, ModuleAddress, ModuleStep, ResourceAddress};
use crate::lang::{Path, PathStep, Type};
use crate::providers::ProviderConfigAddress;

/// An instance's key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Key {
    /// Not repeated.
    None,
    /// `[0]`
    Index(u64),
    /// `["a"]`
    Name(SmolStr),
}

/// The mode of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireMode {
    /// `resource`
    Managed,
    /// `data`
    Data,
    /// `ephemeral`
    Ephemeral,
}

/// A resource in an instance of a module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Resource {
    /// The steps of the module.
    pub module: Vec<(SmolStr, Key)>,
    /// Its mode.
    pub mode: WireMode,
    /// Its type.
    pub kind: SmolStr,
    /// Its name.
    pub name: SmolStr,
}

/// A resource block.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Config {
    /// The names of the calls that lead to its module.
    pub module: Vec<SmolStr>,
    /// Its mode.
    pub mode: WireMode,
    /// Its type.
    pub kind: SmolStr,
    /// Its name.
    pub name: SmolStr,
}

/// A provider configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Provider {
    /// The names of the calls that lead to its module.
    pub module: Vec<SmolStr>,
    /// The provider.
    pub provider: SmolStr,
    /// Its alias.
    pub alias: Option<SmolStr>,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// An attribute.
    Attr(SmolStr),
    /// An element by its key, as JSON with its type.
    Index(String),
}

/// A remote object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// It is to be replaced.
    pub tainted: bool,
    /// The version of the schema.
    pub schema_version: u64,
    /// The attributes as JSON.
    pub attributes: Arc<str>,
    /// Where sensitive values are.
    pub sensitive: Vec<Vec<Step>>,
    /// What the provider wants kept.
    pub private: Option<SmolStr>,
    /// What it was made from.
    pub dependencies: Vec<Config>,
    /// Replacements come first.
    pub create_before_destroy: bool,
}

impl From<&InstanceKey> for Key {
    fn from(key: &InstanceKey) -> Self {
        match key {
            InstanceKey::None => Key::None,
            InstanceKey::Index(index) => Key::Index(*index),
            InstanceKey::Name(name) => Key::Name(name.clone()),
        }
    }
}

impl From<Key> for InstanceKey {
    fn from(key: Key) -> Self {
        match key {
            Key::None => InstanceKey::None,
            Key::Index(index) => InstanceKey::Index(index),
            Key::Name(name) => InstanceKey::Name(name),
        }
    }
}

impl From<Mode> for WireMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Managed => WireMode::Managed,
            Mode::Data => WireMode::Data,
            Mode::Ephemeral => WireMode::Ephemeral,
        }
    }
}

impl From<WireMode> for Mode {
    fn from(mode: WireMode) -> Self {
        match mode {
            WireMode::Managed => Mode::Managed,
            WireMode::Data => Mode::Data,
            WireMode::Ephemeral => Mode::Ephemeral,
        }
    }
}

impl From<&ResourceAddress> for Resource {
    fn from(address: &ResourceAddress) -> Self {
        let ResourceKey { mode, kind, name } = &address.resource;
        let steps = address.module.steps().iter().map(|step| (step.name.clone(), Key::from(&step.key)));
        Resource { module: steps.collect(), mode: (*mode).into(), kind: kind.clone(), name: name.clone() }
    }
}

impl From<Resource> for ResourceAddress {
    fn from(wire: Resource) -> Self {
        let steps = wire.module.into_iter().map(|(name, key)| ModuleStep { name, key: key.into() });
        let module = ModuleAddress::new(steps.collect());
        ResourceAddress { module, resource: ResourceKey { mode: wire.mode.into(), kind: wire.kind, name: wire.name } }
    }
}

impl From<&ConfigAddress> for Config {
    fn from(address: &ConfigAddress) -> Self {
        let ResourceKey { mode, kind, name } = &address.resource;
        Config { module: address.module.to_vec(), mode: (*mode).into(), kind: kind.clone(), name: name.clone() }
    }
}

impl From<Config> for ConfigAddress {
    fn from(wire: Config) -> Self {
        let resource = ResourceKey { mode: wire.mode.into(), kind: wire.kind, name: wire.name };
        ConfigAddress { module: wire.module.into(), resource }
    }
}

impl From<&ProviderConfigAddress> for Provider {
    fn from(address: &ProviderConfigAddress) -> Self {
        let ProviderConfigAddress { module, provider, alias } = address;
        Provider { module: module.to_vec(), provider: provider.clone(), alias: alias.clone() }
    }
}

impl From<Provider> for ProviderConfigAddress {
    fn from(wire: Provider) -> Self {
        ProviderConfigAddress { module: wire.module.into(), provider: wire.provider, alias: wire.alias }
    }
}

/// The steps of a path; as far as they can be written.
#[must_use]
pub fn path_steps(path: &Path) -> Vec<Step> {
    let step = |step: &PathStep| match step {
        PathStep::Attr(name) => Some(Step::Attr(name.clone())),
        PathStep::Index(key) => {
            let mut text = String::new();
            write_value(key, &Type::Dynamic, &mut text).is_ok().then_some(Step::Index(text))
        }
    };
    path.0.iter().map_while(step).collect()
}

/// The path of steps; `None` if they are none of ours.
#[must_use]
pub fn path_of(steps: Vec<Step>) -> Option<Path> {
    let step = |step| match step {
        Step::Attr(name) => Some(PathStep::Attr(name)),
        Step::Index(text) => read_value(&text, &Type::Dynamic).ok().map(PathStep::Index),
    };
    steps.into_iter().map(step).collect::<Option<Vec<_>>>().map(Path)
}

impl From<&ObjectState> for Object {
    fn from(object: &ObjectState) -> Self {
        Object {
            tainted: object.status == ObjectStatus::Tainted,
            schema_version: object.schema_version,
            attributes: Arc::clone(&object.attributes),
            sensitive: object.sensitive.iter().map(path_steps).collect(),
            private: object.private.clone(),
            dependencies: object.dependencies.iter().map(Config::from).collect(),
            create_before_destroy: object.create_before_destroy,
        }
    }
}

impl Object {
    /// The object; `None` if a path in it is none of ours.
    #[must_use]
    pub fn into_state(self) -> Option<ObjectState> {
        Some(ObjectState {
            status: if self.tainted { ObjectStatus::Tainted } else { ObjectStatus::Ready },
            schema_version: self.schema_version,
            attributes: self.attributes,
            sensitive: self.sensitive.into_iter().map(path_of).collect::<Option<_>>()?,
            private: self.private,
            dependencies: self.dependencies.into_iter().map(ConfigAddress::from).collect(),
            create_before_destroy: self.create_before_destroy,
        })
    }
}
