//! An instance of a module, as its expressions see it.

use std::path::Path;

use crate::config::module::{Mode, Module, ResourceKey};
use crate::config::scope::ModuleValues;
use crate::graph::InstanceKey;
use crate::lang::{Host, Marks, Value};

use super::{Evaluator, ModuleId};

/// An evaluation, seen from an instance of a module.
#[derive(Clone, Copy)]
pub struct InInstance<'e, 'c> {
    pub(super) evaluator: &'e Evaluator<'c>,
    pub(super) id: ModuleId,
}

impl InInstance<'_, '_> {
    fn mark(resource: &ResourceKey, value: Value) -> Value {
        if resource.mode == Mode::Ephemeral { value.with_marks(Marks::EPHEMERAL) } else { value }
    }

    /// The object of one instance, where the key is known and there is one.
    fn object(&self, resource: &ResourceKey, key: &Value) -> Option<Value> {
        let instances = self.evaluator.resource_instances(self.id, resource)?;
        instances.object(&InstanceKey::from_value(key)?)
    }

    /// One instance of a called module, where the key is known and there is one.
    fn called(&self, name: &str, key: &InstanceKey) -> Option<ModuleId> {
        let module = self.evaluator.graph().child(self.id.module, name)?;
        let calls = self.evaluator.call_instances(self.id, name)?;
        let position = calls.expansion.position(key)?;
        Some(ModuleId { module, instance: calls.first + position })
    }
}

impl ModuleValues for InInstance<'_, '_> {
    fn module(&self) -> &Module {
        &self.evaluator.graph().modules[self.id.module].tree.module
    }

    fn variable(&self, name: &str) -> Option<Value> {
        let node = self.evaluator.graph().variable(self.id.module, name)?;
        Some(self.evaluator.value(self.id, node))
    }

    fn local(&self, name: &str) -> Option<Value> {
        let node = self.evaluator.graph().local(self.id.module, name)?;
        Some(self.evaluator.value(self.id, node))
    }

    fn call(&self, name: &str, key: Option<&Value>, output: Option<&str>) -> (Value, usize) {
        let instance = match key {
            Some(key) => InstanceKey::from_value(key),
            None => Some(InstanceKey::None),
        };
        let Some(called) = instance.and_then(|key| self.called(name, &key)) else {
            return (self.evaluator.call_value(self.id, name), 0);
        };
        let taken = usize::from(key.is_some());
        let node = output.and_then(|output| self.evaluator.graph().output(called.module, output));
        match node {
            Some(node) => (self.evaluator.value(called, node), taken + 1),
            None if key.is_some() => (self.evaluator.module_object(called), taken),
            None => (self.evaluator.call_value(self.id, name), 0),
        }
    }

    fn resource(&self, resource: &ResourceKey, key: Option<&Value>) -> (Value, bool) {
        if let Some(object) = key.and_then(|key| self.object(resource, key)) {
            return (Self::mark(resource, object), true);
        }
        let whole = self.evaluator.resource_instances(self.id, resource).map(super::ResourceInstances::whole);
        (Self::mark(resource, whole.unwrap_or_else(Value::dynamic)), false)
    }

    fn dirs(&self) -> (&Path, &Path) {
        let dir = |module: usize| self.evaluator.graph().modules[module].tree.module.dir.as_path();
        (dir(self.id.module), dir(0))
    }

    fn workspace(&self) -> &str {
        self.evaluator.setting.workspace
    }

    fn applying(&self) -> Value {
        self.evaluator.setting.applying.into()
    }

    fn host(&self) -> &dyn Host {
        self.evaluator.setting.host
    }
}
