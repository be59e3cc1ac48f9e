//! The state as data. Objects are shared and keep their attributes as the JSON text that the file
//! has: what nobody asks for is never decoded, and what does not change is written back as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::graph::{ConfigAddress, InstanceAddress, InstanceKey, ResourceAddress};
use crate::lang::{Path, Value};
use crate::providers::ProviderConfigAddress;

/// Everything that is known to exist.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The version of Terraform that the writer was or is compatible with.
    pub terraform_version: SmolStr,
    /// How often it was changed.
    pub serial: u64,
    /// The identity of this line of states: a UUID made with the first one. Empty before that.
    pub lineage: SmolStr,
    /// Outputs of the root module.
    pub outputs: BTreeMap<SmolStr, OutputState>,
    /// Resources, by address.
    pub resources: BTreeMap<Arc<ResourceAddress>, ResourceState>,
    /// Results of checks and conditions; none if they were never evaluated.
    pub checks: Option<Vec<CheckState>>,
}

impl State {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty() && self.resources.is_empty()
    }

    /// The object of an instance that the configuration describes.
    #[must_use]
    pub fn current(&self, address: &InstanceAddress) -> Option<&Arc<ObjectState>> {
        self.instance(address)?.current.as_ref()
    }

    /// What there is of an instance.
    #[must_use]
    pub fn instance(&self, address: &InstanceAddress) -> Option<&InstanceState> {
        self.resources.get(&address.resource)?.instances.get(&address.key)
    }

    /// All instances in order.
    pub fn instances(&self) -> impl Iterator<Item = (InstanceAddress, &InstanceState)> {
        self.resources.iter().flat_map(|(address, resource)| {
            resource.instances.iter().map(|(key, instance)| (address.instance(key.clone()), instance))
        })
    }

    /// Whether another state says the same, whatever serial it has. Fast where they share objects.
    #[must_use]
    pub fn says_the_same(&self, other: &State) -> bool {
        self.lineage == other.lineage
            && self.outputs == other.outputs
            && self.checks == other.checks
            && self.resources == other.resources
    }
}

/// An output value of the root module.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputState {
    /// Its value; marked if it is sensitive.
    pub value: Value,
    /// `sensitive`
    pub sensitive: bool,
}

/// A resource in an instance of a module.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceState {
    /// The provider configuration that manages it.
    pub provider: ProviderConfigAddress,
    /// Its instances.
    pub instances: BTreeMap<InstanceKey, InstanceState>,
}

/// What there is of an instance. At least one object.
#[derive(Clone, Debug, Default)]
pub struct InstanceState {
    /// The object that the configuration describes.
    pub current: Option<Arc<ObjectState>>,
    /// Objects that were replaced and still have to be destroyed, by a key of eight hexadecimal digits.
    pub deposed: BTreeMap<SmolStr, Arc<ObjectState>>,
}

/// Shared objects are equal without a look at them.
impl PartialEq for InstanceState {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &Arc<ObjectState>, b: &Arc<ObjectState>| Arc::ptr_eq(a, b) || a == b;
        let current = match (&self.current, &other.current) {
            (Some(a), Some(b)) => same(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let deposed = || self.deposed.iter().zip(&other.deposed).all(|((k, a), (l, b))| k == l && same(a, b));
        current && self.deposed.len() == other.deposed.len() && deposed()
    }
}

/// Whether an object is as it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectStatus {
    /// It is.
    #[default]
    Ready,
    /// Its creation failed half-way, or somebody wants it replaced.
    Tainted,
}

/// A remote object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectState {
    /// Whether it is as it should be.
    pub status: ObjectStatus,
    /// The version of the schema that the attributes are in.
    pub schema_version: u64,
    /// The attributes, a JSON object without white space between tokens.
    pub attributes: Arc<str>,
    /// Where sensitive values are in it.
    pub sensitive: Arc<[Path]>,
    /// What the provider wants kept, base64.
    pub private: Option<SmolStr>,
    /// The resources that this one was made from, directly or not.
    pub dependencies: Arc<[ConfigAddress]>,
    /// Replacements are created before this object is destroyed.
    pub create_before_destroy: bool,
}

/// How a check or condition came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckStatus {
    /// All conditions hold.
    Pass,
    /// One does not.
    Fail,
    /// One could not be evaluated.
    Error,
    /// Not known yet.
    Unknown,
}

/// The results for one block with conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckState {
    /// `resource`, `output_value`, `check` or `var`.
    pub kind: SmolStr,
    /// The block's address without instances: `module.a.terraform_data.x`.
    pub config_address: SmolStr,
    /// The worst of its instances.
    pub status: CheckStatus,
    /// Its instances.
    pub objects: Vec<CheckObject>,
}

/// The results for one instance of a block with conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckObject {
    /// The instance's address: `module.a[0].terraform_data.x["k"]`.
    pub address: SmolStr,
    /// The worst of its conditions.
    pub status: CheckStatus,
    /// What failed conditions say.
    pub failures: Vec<String>,
}
