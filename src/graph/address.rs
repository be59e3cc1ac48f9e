//! Addresses: `module.net["a"].aws_subnet.public[0]`. They are cheap to clone and sort as Terraform
//! lists things: shallower modules first, data sources before managed resources, then by name, and
//! instances by key.

pub mod parse;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::config::module::{Mode, ResourceKey};
use crate::lang::Value;

/// Which instance of something repeated. Without a key first, then by index, then by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InstanceKey {
    /// Not repeated.
    #[default]
    None,
    /// `[0]`, of `count`.
    Index(u64),
    /// `["a"]`, of `for_each`.
    Name(SmolStr),
}

impl InstanceKey {
    /// The key as a value of the language; none for [`InstanceKey::None`].
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        match self {
            InstanceKey::None => None,
            InstanceKey::Index(i) => Some(Value::int(i64::try_from(*i).unwrap_or(i64::MAX))),
            InstanceKey::Name(name) => Some(Value::string(name.clone())),
        }
    }

    /// The key that a known, unmarked value is: a whole number or a string.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        match (value.as_str(), value.as_number()) {
            (Some(s), _) => Some(InstanceKey::Name(s.clone())),
            (_, Some(n)) => n.to_i64().and_then(|n| u64::try_from(n).ok()).map(InstanceKey::Index),
            _ => None,
        }
    }
}

/// With brackets, or nothing.
impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::None => Ok(()),
            InstanceKey::Index(i) => write!(f, "[{i}]"),
            InstanceKey::Name(name) => {
                f.write_str("[\"")?;
                let mut rest = name.chars().peekable();
                while let Some(c) = rest.next() {
                    match c {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        '$' | '%' if rest.peek() == Some(&'{') => write!(f, "{c}{c}")?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

/// One step of a module's address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleStep {
    /// The call's name.
    pub name: SmolStr,
    /// Which instance of the call.
    pub key: InstanceKey,
}

/// An instance of a module: the root is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModuleAddress(Arc<[ModuleStep]>);

impl ModuleAddress {
    /// The root module.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The address of steps.
    #[must_use]
    pub fn new(steps: Vec<ModuleStep>) -> Self {
        ModuleAddress(steps.into())
    }

    /// The address of an instance of a module that this one calls.
    #[must_use]
    pub fn child(&self, name: SmolStr, key: InstanceKey) -> Self {
        let mut steps = self.0.to_vec();
        steps.push(ModuleStep { name, key });
        ModuleAddress(steps.into())
    }

    /// The address of the instance that calls this one; the root for the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        ModuleAddress(self.0[..self.0.len().saturating_sub(1)].into())
    }

    /// From the outside in.
    #[must_use]
    pub fn steps(&self) -> &[ModuleStep] {
        &self.0
    }

    /// Whether it is the root module.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the calls, without instances.
    #[must_use]
    pub fn path(&self) -> Vec<SmolStr> {
        self.0.iter().map(|s| s.name.clone()).collect()
    }
}

impl PartialOrd for ModuleAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ModuleAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

/// `module.a["x"].module.b`; nothing for the root.
impl fmt::Display for ModuleAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            let dot = if i > 0 { "." } else { "" };
            write!(f, "{dot}module.{}{}", step.name, step.key)?;
        }
        Ok(())
    }
}

/// Data sources come first.
fn mode_order(mode: Mode) -> u8 {
    match mode {
        Mode::Data => 0,
        Mode::Managed => 1,
        Mode::Ephemeral => 2,
    }
}

fn resource_order(a: &ResourceKey, b: &ResourceKey) -> Ordering {
    mode_order(a.mode).cmp(&mode_order(b.mode)).then_with(|| a.kind.cmp(&b.kind)).then_with(|| a.name.cmp(&b.name))
}

/// A resource in an instance of a module: all its instances.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceAddress {
    /// The module.
    pub module: ModuleAddress,
    /// Mode, type and name.
    pub resource: ResourceKey,
}

impl ResourceAddress {
    /// One of its instances.
    #[must_use]
    pub fn instance(self: &Arc<Self>, key: InstanceKey) -> InstanceAddress {
        InstanceAddress { resource: Arc::clone(self), key }
    }

    /// The block that describes it, whatever the module's instance.
    #[must_use]
    pub fn config(&self) -> ConfigAddress {
        ConfigAddress { module: self.module.path().into(), resource: self.resource.clone() }
    }
}

impl PartialOrd for ResourceAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        self.module.cmp(&other.module).then_with(|| resource_order(&self.resource, &other.resource))
    }
}

impl fmt::Display for ResourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "{}", self.resource)
    }
}

/// One instance of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceAddress {
    /// The resource.
    pub resource: Arc<ResourceAddress>,
    /// Which instance.
    pub key: InstanceKey,
}

impl fmt::Display for InstanceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.resource, self.key)
    }
}

/// A resource block in a module, whatever the instances of either: what state keeps as a
/// dependency.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConfigAddress {
    /// The names of the calls that lead to the module.
    pub module: Arc<[SmolStr]>,
    /// Mode, type and name.
    pub resource: ResourceKey,
}

impl PartialOrd for ConfigAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ConfigAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_depth = self.module.len().cmp(&other.module.len());
        by_depth
            .then_with(|| self.module.cmp(&other.module))
            .then_with(|| resource_order(&self.resource, &other.resource))
    }
}

impl fmt::Display for ConfigAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.module.iter() {
            write!(f, "module.{name}.")?;
        }
        write!(f, "{}", self.resource)
    }
}
