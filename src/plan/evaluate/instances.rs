//! What there is in an instance of a module.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::config::graph::{ConfigGraph, NodeKind};
use crate::config::scope::Instance;
use crate::graph::{InstanceKey, ModuleAddress};
use crate::lang::Value;

use super::{Expansion, ModuleId};

/// An instance of a module.
pub struct ModuleInstance {
    /// Its address.
    pub address: ModuleAddress,
    /// The instance of the module that calls it; for the root itself.
    pub caller: ModuleId,
    /// What `count` and `each` are in the call's arguments.
    pub instance: Instance,
    /// By the offset of nodes in the module.
    pub(super) slots: Vec<Slot>,
}

/// What is kept of a node.
pub(super) enum Slot {
    /// Nothing.
    Empty,
    /// The value of a variable, local value or output.
    Value(OnceCell<Value>),
    /// The objects of a resource.
    Resource(ResourceInstances),
    /// The instances of a called module.
    Call(CallInstances),
}

impl ModuleInstance {
    pub(super) fn new(
        address: ModuleAddress,
        caller: ModuleId,
        instance: Instance,
        graph: &ConfigGraph<'_>,
        module: usize,
    ) -> Self {
        let slots = graph.contents(module).map(|node| match graph.node(node).kind {
            NodeKind::Variable(_) | NodeKind::Local(_) | NodeKind::Output(_) => Slot::Value(OnceCell::new()),
            _ => Slot::Empty,
        });
        ModuleInstance { address, caller, instance, slots: slots.collect() }
    }
}

/// The instances of a called module.
pub struct CallInstances {
    /// Which there are.
    pub expansion: Expansion,
    /// The first one among the instances of the module; the others follow.
    pub first: usize,
    pub(super) whole: OnceCell<Value>,
}

impl CallInstances {
    pub(super) fn new(expansion: Expansion, first: usize) -> Self {
        CallInstances { expansion, first, whole: OnceCell::new() }
    }

    pub(super) fn forget_whole(&mut self) {
        self.whole = OnceCell::new();
    }
}

/// The objects of a resource in an instance of its module.
pub struct ResourceInstances {
    /// Which there are.
    pub expansion: Expansion,
    objects: Vec<Option<Value>>,
    /// The positions of those that are not there, and are not going to be for now.
    missing: BTreeSet<usize>,
    /// Where those behind which there are only missing ones begin.
    end: OnceCell<usize>,
    whole: OnceCell<Value>,
}

impl ResourceInstances {
    pub(super) fn new(expansion: Expansion) -> Self {
        let objects = vec![None; expansion.len()];
        ResourceInstances { expansion, objects, missing: BTreeSet::new(), end: OnceCell::new(), whole: OnceCell::new() }
    }

    /// The object of an instance, if there is such an instance; unknown before it was set.
    #[must_use]
    pub fn object(&self, key: &InstanceKey) -> Option<Value> {
        let position = self.expansion.position(key).filter(|p| self.is_seen(*p))?;
        let object = self.objects.get(position)?;
        Some(object.clone().unwrap_or_else(Value::dynamic))
    }

    pub(super) fn set(&mut self, key: &InstanceKey, value: Value) {
        if let Some(object) = self.expansion.position(key).and_then(|p| self.objects.get_mut(p)) {
            *object = Some(value);
            self.whole = OnceCell::new();
        }
    }

    pub(super) fn set_missing(&mut self, key: &InstanceKey) {
        self.missing.extend(self.expansion.position(key));
        self.end = OnceCell::new();
        self.whole = OnceCell::new();
    }

    /// Whether expressions see an instance, as Terraform has it: a key that is missing is not there, but before others an
    /// index is.
    fn is_seen(&self, position: usize) -> bool {
        match self.expansion {
            Expansion::Single => true,
            Expansion::Count(_) => position < *self.end.get_or_init(|| self.end()),
            Expansion::ForEach(_) => !self.missing.contains(&position),
        }
    }

    fn end(&self) -> usize {
        let last = (0..self.objects.len()).rev().find(|p| !self.missing.contains(p));
        last.map_or(0, |last| last + 1)
    }

    /// All objects: one, a tuple, or an object by key. Made when first asked for.
    #[must_use]
    pub fn whole(&self) -> Value {
        let objects = || self.objects.iter().map(|o| o.clone().unwrap_or_else(Value::dynamic));
        let seen = || objects().enumerate().filter(|(p, _)| self.is_seen(*p));
        let make = || match &self.expansion {
            _ if self.missing.is_empty() => self.expansion.gather(objects()),
            Expansion::ForEach(entries) => Value::object(seen().map(|(p, o)| (entries[p].0.clone(), o)).collect()),
            expansion => expansion.gather(seen().map(|(_, o)| o)),
        };
        self.whole.get_or_init(make).clone()
    }

    pub(super) fn forget_whole(&mut self) {
        self.whole = OnceCell::new();
    }
}
