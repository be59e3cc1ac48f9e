//! The ends of moves: patterns for addresses, and the addresses that they match.

use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::config::decode::target::Target;
use crate::config::module::ResourceKey;
use crate::graph::{InstanceAddress, InstanceKey, ModuleAddress, ModuleStep, ResourceAddress};
use crate::lang::Value;

/// The instance that a step of an endpoint names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Every instance.
    Any,
    /// This one.
    Is(InstanceKey),
}

impl Key {
    /// Whether there is an instance that both name.
    fn overlaps(&self, other: &Key) -> bool {
        match (self, other) {
            (Key::Is(a), Key::Is(b)) => a == b,
            _ => true,
        }
    }

    /// Whether it names an instance.
    #[must_use]
    pub fn matches(&self, key: &InstanceKey) -> bool {
        match self {
            Key::Any => true,
            Key::Is(own) => own == key,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Any => f.write_str("[*]"),
            Key::Is(key) => key.fmt(f),
        }
    }
}

/// What a move is from or to: a resource or a module, one instance or all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The calls that lead there, the module's own if a module is meant.
    pub modules: Arc<[(SmolStr, Key)]>,
    /// The resource, unless a module is meant.
    pub resource: Option<(ResourceKey, Key)>,
    /// How many of the calls lead to the module where the address is written.
    pub outside: usize,
}

impl Endpoint {
    /// The two ends of a move written in the module at `path`. None if one has an index that nothing can have.
    #[must_use]
    pub fn pair(path: &[SmolStr], from: &Target, to: &Target) -> Option<(Endpoint, Endpoint)> {
        let last = |target: &Target| match &target.resource {
            Some((_, key)) => key.is_some(),
            None => target.modules.last().is_some_and(|(_, key)| key.is_some()),
        };
        // Without a key on either side all instances move; with one, no key means the only instance.
        let all = !last(from) && !last(to);
        Some((Endpoint::new(path, from, all)?, Endpoint::new(path, to, all)?))
    }

    fn new(path: &[SmolStr], target: &Target, all: bool) -> Option<Endpoint> {
        let key = |value: &Option<Value>, is_last: bool| match value {
            None if is_last && all => Some(Key::Any),
            None => Some(Key::Is(InstanceKey::None)),
            Some(value) => InstanceKey::from_value(value).map(Key::Is),
        };
        let mut modules: Vec<_> = path.iter().map(|name| (name.clone(), Key::Any)).collect();
        for (i, (name, value)) in target.modules.iter().enumerate() {
            let is_last = target.resource.is_none() && i + 1 == target.modules.len();
            modules.push((name.clone(), key(value, is_last)?));
        }
        let resource = match &target.resource {
            Some((resource, value)) => Some((resource.clone(), key(value, true)?)),
            None => None,
        };
        Some(Endpoint { modules: modules.into(), resource, outside: path.len() })
    }

    /// The names on the way, without instances: those of the calls.
    #[must_use]
    pub fn path(&self) -> Vec<SmolStr> {
        self.modules.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Whether the calls lead to a module's instance, or through it.
    #[must_use]
    pub fn matches_module(&self, module: &ModuleAddress) -> bool {
        let steps = module.steps();
        steps.len() >= self.modules.len()
            && steps
                .iter()
                .zip(self.modules.iter())
                .all(|(step, (name, key))| step.name == *name && key.matches(&step.key))
    }

    /// Whether one move can follow on another that ends here: both are of the same thing.
    pub(super) fn chains(&self, other: &Endpoint) -> bool {
        let same_resource = match (&self.resource, &other.resource) {
            (None, None) => true,
            (Some((a, a_key)), Some((b, b_key))) => a == b && a_key.overlaps(b_key),
            _ => false,
        };
        same_resource && self.modules.len() == other.modules.len() && self.overlaps_modules(other)
    }

    /// Whether it is something in the module that the other is.
    pub(super) fn is_within(&self, other: &Endpoint) -> bool {
        let deeper = self.modules.len() > other.modules.len()
            || (self.resource.is_some() && self.modules.len() == other.modules.len());
        other.resource.is_none() && deeper && self.overlaps_modules(other)
    }

    /// Whether it is fewer instances of what the other is.
    pub(super) fn is_part_of(&self, other: &Endpoint) -> bool {
        let keys = |end: &Endpoint| -> Vec<Key> {
            end.modules.iter().map(|(_, key)| key).chain(end.resource.iter().map(|(_, key)| key)).cloned().collect()
        };
        let (own, others) = (keys(self), keys(other));
        let is_narrower = |(a, b): (&Key, &Key)| matches!((a, b), (Key::Is(_), Key::Any));
        let is_wider = |(a, b): (&Key, &Key)| matches!((a, b), (Key::Any, Key::Is(_)));
        self.chains(other) && own.iter().zip(&others).any(is_narrower) && !own.iter().zip(&others).any(is_wider)
    }

    /// Whether the calls that both have can be the same instances.
    fn overlaps_modules(&self, other: &Endpoint) -> bool {
        self.modules.iter().zip(other.modules.iter()).all(|(a, b)| a.0 == b.0 && a.1.overlaps(&b.1))
    }

    /// What it means for one instance of the module where it is written.
    #[must_use]
    pub fn within(&self, module: &ModuleAddress) -> Movable {
        let mut steps = self.steps_in(module);
        if let Some((resource, key)) = &self.resource {
            let resource = Arc::new(ResourceAddress { module: ModuleAddress::new(steps), resource: resource.clone() });
            return match key {
                Key::Any => Movable::Resource(resource),
                Key::Is(key) => Movable::Instance(resource.instance(key.clone())),
            };
        }
        match self.modules.last() {
            Some((name, Key::Any)) if self.modules.len() > self.outside => {
                steps.pop();
                Movable::Call(ModuleAddress::new(steps), name.clone())
            }
            _ => Movable::Module(ModuleAddress::new(steps)),
        }
    }

    /// The steps of the calls, for those with any instance the keys that an address has there.
    pub(super) fn steps_in(&self, module: &ModuleAddress) -> Vec<ModuleStep> {
        let steps = self.modules.iter().enumerate().map(|(i, (name, key))| {
            let key = match key {
                Key::Is(key) => key.clone(),
                Key::Any => module.steps().get(i).map(|step| step.key.clone()).unwrap_or_default(),
            };
            ModuleStep { name: name.clone(), key }
        });
        steps.collect()
    }
}

/// With `[*]` for every instance.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, key)) in self.modules.iter().enumerate() {
            let dot = if i > 0 { "." } else { "" };
            write!(f, "{dot}module.{name}{key}")?;
        }
        match &self.resource {
            Some((resource, key)) if self.modules.is_empty() => write!(f, "{resource}{key}"),
            Some((resource, key)) => write!(f, ".{resource}{key}"),
            None => Ok(()),
        }
    }
}

/// Something that moves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Movable {
    /// A resource with all its instances.
    Resource(Arc<ResourceAddress>),
    /// One instance of a resource.
    Instance(InstanceAddress),
    /// All instances of a call, which stands in this module.
    Call(ModuleAddress, SmolStr),
    /// One instance of a module.
    Module(ModuleAddress),
}

impl Movable {
    /// What it is called, in full and shortly.
    #[must_use]
    pub fn noun(&self) -> (&'static str, &'static str) {
        match self {
            Movable::Resource(_) => ("resource", "resource"),
            Movable::Instance(_) => ("resource instance", "instance"),
            Movable::Call(..) => ("module call", "call"),
            Movable::Module(_) => ("module instance", "instance"),
        }
    }

    /// How many calls it is deep: what an address in the root begins with sorts first.
    pub(super) fn depth(&self) -> usize {
        match self {
            Movable::Resource(r) => r.module.steps().len(),
            Movable::Instance(i) => i.resource.module.steps().len(),
            Movable::Call(outside, _) => outside.steps().len() + 1,
            Movable::Module(module) => module.steps().len(),
        }
    }
}

impl fmt::Display for Movable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Movable::Resource(resource) => resource.fmt(f),
            Movable::Instance(instance) => instance.fmt(f),
            Movable::Call(outside, name) if outside.is_root() => write!(f, "module.{name}"),
            Movable::Call(outside, name) => write!(f, "{outside}.module.{name}"),
            Movable::Module(module) => module.fmt(f),
        }
    }
}
