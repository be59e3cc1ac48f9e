//! The values of a configuration, instance by instance: modules and resources expanded by `count`
//! and `for_each`, variables, locals and outputs of every instance of a module, and the objects of
//! resources as far as they are known. Planning fills it in the order of the graph; an apply starts
//! with what was planned and puts in what came of it.
//!
//! Values of variables, locals and outputs are made when first asked for. Whoever asks sees to it that
//! what they depend on is there.

mod expansion;
mod instances;
mod providers;
mod scope;

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::evaluate::{declared_marks, ephemeral_argument};
use crate::config::graph::{ConfigGraph, Node, NodeKind, SchemaOf};
use crate::config::module::{Repetition, Resource, ResourceKey, Variable};
use crate::config::scope::{Instance, ModuleScope};
use crate::graph::{InstanceAddress, InstanceKey, ModuleAddress, ResourceAddress};
use crate::lang::eval::{evaluate_partial, index};
use crate::lang::{Host, Scope, Value};
use crate::schema::Schema;
use crate::syntax::ast::ExprKind;
use crate::syntax::diagnostic::PLACE;
use crate::syntax::{Diagnostic, Diagnostics};

pub use expansion::Expansion;
pub use instances::{CallInstances, ModuleInstance, ResourceInstances};
pub use providers::Configurations;
pub use scope::InInstance;

use instances::Slot;

/// An instance of a module: the index of the module in the graph, and which of its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId {
    /// The module's index in [`ConfigGraph::modules`].
    pub module: usize,
    /// Which instance.
    pub instance: usize,
}

impl ModuleId {
    /// The root module, which has one instance.
    pub const ROOT: ModuleId = ModuleId { module: 0, instance: 0 };
}

/// What is fixed about an evaluation.
#[derive(Clone, Copy)]
pub struct Setting<'c> {
    /// The configuration.
    pub graph: &'c ConfigGraph<'c>,
    /// Files, clock and chance.
    pub host: &'c dyn Host,
    /// The workspace's name.
    pub workspace: &'c str,
    /// Values of the root module's variables.
    pub variables: &'c IndexMap<SmolStr, Value>,
    /// A plan is being applied.
    pub applying: bool,
}

/// The values.
pub struct Evaluator<'c> {
    setting: Setting<'c>,
    /// Instances of modules, by the module's index.
    modules: Vec<Vec<ModuleInstance>>,
    /// What went wrong in values that were made when asked for.
    problems: RefCell<Diagnostics>,
    /// Values that could not be made, or that are made of such.
    broken: RefCell<HashSet<NodeIndex>>,
}

impl<'c> Evaluator<'c> {
    /// Nothing but the root module yet.
    #[must_use]
    pub fn new(setting: Setting<'c>) -> Self {
        let mut modules: Vec<Vec<ModuleInstance>> = setting.graph.modules.iter().map(|_| Vec::new()).collect();
        modules[0].push(ModuleInstance::new(
            ModuleAddress::root(),
            ModuleId::ROOT,
            Instance::default(),
            setting.graph,
            0,
        ));
        Evaluator { setting, modules, problems: RefCell::default(), broken: RefCell::default() }
    }

    /// The configuration.
    #[must_use]
    pub fn graph(&self) -> &'c ConfigGraph<'c> {
        self.setting.graph
    }

    /// How many instances a module has.
    #[must_use]
    pub fn instance_count(&self, module: usize) -> usize {
        self.modules[module].len()
    }

    /// An instance of a module.
    #[must_use]
    pub fn module(&self, id: ModuleId) -> &ModuleInstance {
        &self.modules[id.module][id.instance]
    }

    /// The addresses of all instances of a module.
    #[must_use]
    pub fn addresses_of(&self, module: usize) -> Vec<ModuleAddress> {
        self.modules[module].iter().map(|m| m.address.clone()).collect()
    }

    /// The instance of a module at an address.
    #[must_use]
    pub fn find_module(&self, address: &ModuleAddress) -> Option<ModuleId> {
        let mut id = ModuleId::ROOT;
        for step in address.steps() {
            let calls = self.call_instances(id, &step.name)?;
            let position = calls.expansion.position(&step.key)?;
            id =
                ModuleId { module: self.setting.graph.child(id.module, &step.name)?, instance: calls.first + position };
        }
        Some(id)
    }

    /// The instance of a module around another, by its index.
    #[must_use]
    pub fn around(&self, id: ModuleId, module: usize) -> ModuleId {
        let mut at = id;
        while at.module != module && at.module != 0 {
            at = self.module(at).caller;
        }
        at
    }

    /// The scope of expressions in an instance of a module.
    #[must_use]
    pub fn scope(&self, id: ModuleId, instance: Instance) -> ModuleScope<InInstance<'_, 'c>> {
        ModuleScope::new(InInstance { evaluator: self, id }, instance)
    }

    /// Errors in values that were made since this was asked last.
    #[must_use]
    pub fn take_problems(&self) -> Diagnostics {
        std::mem::take(&mut *self.problems.borrow_mut())
    }

    /// What `count` and `each` are for an instance of something in a module's instance. The value of `each` may have been
    /// unknown when the instances were found; in an apply it is known by and by.
    #[must_use]
    pub fn renewed(&self, id: ModuleId, repetition: &Repetition, instance: Instance) -> Instance {
        let Some((key, value)) = instance.each.as_ref().filter(|_| self.setting.applying) else { return instance };
        let (Repetition::ForEach(expr), false) = (repetition, value.is_wholly_known()) else { return instance };
        let scope = self.scope(id, Instance::default());
        // One object of a resource can be had without all others.
        let element = match &expr.kind {
            ExprKind::Traversal(t) => scope.resolve_element(t, key),
            _ => None,
        };
        let value = element.or_else(|| index(&evaluate_partial(expr, &scope).0.unmark().0, key).ok());
        match value {
            Some(value) => Instance { each: Some((key.clone(), value)), ..instance },
            None => instance,
        }
    }

    fn slot(&self, id: ModuleId, node: NodeIndex) -> &Slot {
        &self.module(id).slots[self.setting.graph.offset(node)]
    }

    fn slot_mut(&mut self, id: ModuleId, node: NodeIndex) -> &mut Slot {
        &mut self.modules[id.module][id.instance].slots[self.setting.graph.offset(node)]
    }

    /// The value of a variable, local value or output in an instance of its module.
    #[must_use]
    pub fn value(&self, id: ModuleId, node: NodeIndex) -> Value {
        let Slot::Value(cell) = self.slot(id, node) else { return Value::dynamic() };
        cell.get_or_init(|| {
            let (value, problems) = self.compute(id, node);
            if problems.has_errors() || self.setting.graph.dependencies(node).any(|d| self.is_broken(d)) {
                self.broken.borrow_mut().insert(node);
            }
            self.problems.borrow_mut().extend(problems);
            value
        })
        .clone()
    }

    /// Whether a value could not be made, in some instance of its module, or something that it is made of.
    #[must_use]
    pub fn is_broken(&self, node: NodeIndex) -> bool {
        self.broken.borrow().contains(&node)
    }

    /// Makes the value of a variable, local value or output.
    fn compute(&self, id: ModuleId, node: NodeIndex) -> (Value, Diagnostics) {
        let Node { kind, .. } = self.setting.graph.node(node);
        match kind {
            NodeKind::Variable(v) => self.variable(id, v),
            NodeKind::Local(l) => evaluate_partial(&l.expr, &self.scope(id, Instance::default())),
            NodeKind::Output(o) => {
                let (value, mut problems) = evaluate_partial(&o.expr, &self.scope(id, Instance::default()));
                problems.extend(o.not_ephemeral(&value));
                // As in Terraform, what a module calls sensitive isn't to whoever calls the module, unless the value is.
                (value.with_marks(declared_marks(o.sensitive && id == ModuleId::ROOT, o.ephemeral)), problems)
            }
            _ => (Value::dynamic(), Diagnostics::new()),
        }
    }

    /// Gives a node a value other than the one that it would be given: an unknown one after an error.
    pub fn set_value(&mut self, id: ModuleId, node: NodeIndex, value: Value) {
        *self.slot_mut(id, node) = Slot::Value(OnceCell::from(value));
    }

    fn variable(&self, id: ModuleId, v: &Variable) -> (Value, Diagnostics) {
        let marks = declared_marks(v.sensitive, v.ephemeral);
        let unknown = || Value::unknown(v.constraint.ty.clone()).with_marks(marks);
        let node = &self.setting.graph.modules[id.module];
        let Some((outside, call)) = node.caller else {
            let value = self.setting.variables.get(&v.name.name).cloned().or_else(|| v.default.clone());
            return (value.map_or_else(unknown, |v| v.with_marks(marks)), Diagnostics::new());
        };
        let Some(argument) = node.arguments.get(&v.name.name) else {
            return (v.default.clone().map_or_else(unknown, |v| v.with_marks(marks)), Diagnostics::new());
        };
        let module = self.module(id);
        let caller = ModuleId { module: outside, instance: module.caller.instance };
        let instance = self.renewed(caller, &call.repetition, module.instance.clone());
        let (value, mut problems) = evaluate_partial(&argument.expr, &self.scope(caller, instance));
        if let Some(problem) = ephemeral_argument(v, &value, argument.expr.span) {
            problems.push(problem);
            return (unknown(), problems);
        }
        let value = match (value.is_null() && !v.nullable, &v.default) {
            (true, Some(default)) => default.clone(),
            (true, None) => {
                let detail = format!(
                    "The given value is not suitable for {} defined{PLACE}: required variable may not be set to null.",
                    self.variable_address(id, v)
                );
                let problem = Diagnostic::error("Required variable not set", detail).at(argument.expr.span);
                problems.push(problem.naming(v.span));
                return (unknown(), problems);
            }
            _ => value,
        };
        match v.constraint.apply(&value) {
            Ok(value) => (value.with_marks(marks), problems),
            Err(e) => {
                let detail = format!(
                    "The given value is not suitable for {} declared{PLACE}: {e}.",
                    self.variable_address(id, v)
                );
                let problem = Diagnostic::error("Invalid value for input variable", detail).at(argument.expr.span);
                problems.push(problem.naming(v.span));
                (unknown(), problems)
            }
        }
    }

    /// `module.a["x"].var.name`
    #[must_use]
    pub fn variable_address(&self, id: ModuleId, v: &Variable) -> String {
        let address = &self.module(id).address;
        let dot = if address.is_root() { "" } else { "." };
        format!("{address}{dot}var.{}", v.name.name)
    }
}

/// Expanding.
impl<'c> Evaluator<'c> {
    /// Which instances `count` or `for_each` make in an instance of a module.
    ///
    /// # Errors
    /// When that can't be told, or is no number or set of keys.
    pub fn expand(&self, id: ModuleId, repetition: &Repetition) -> Result<Expansion, Diagnostics> {
        let expr = match repetition {
            Repetition::Single => return Ok(Expansion::Single),
            Repetition::Count(expr) | Repetition::ForEach(expr) => expr,
        };
        let scope = self.scope(id, Instance::default());
        let (value, problems) = evaluate_partial(expr, &scope);
        if problems.has_errors() {
            return Err(problems);
        }
        let expansion = match repetition {
            Repetition::Count(_) => Expansion::of_count(&value, expr),
            _ => Expansion::of_for_each(&value, expr, &scope),
        };
        expansion.map_err(Diagnostics::from)
    }

    /// Makes the instances of a called module in an instance of the calling one.
    pub fn add_module_instances(&mut self, id: ModuleId, node: NodeIndex, name: &SmolStr, expansion: Expansion) {
        let Some(child) = self.setting.graph.child(id.module, name) else { return };
        let first = self.modules[child].len();
        let outer = self.module(id).address.clone();
        for position in 0..expansion.len() {
            let address = outer.child(name.clone(), expansion.key(position));
            let instance = expansion.instance(position);
            let made = ModuleInstance::new(address, id, instance, self.setting.graph, child);
            self.modules[child].push(made);
        }
        *self.slot_mut(id, node) = Slot::Call(CallInstances::new(expansion, first));
    }

    /// Makes room for the instances of a resource in an instance of its module.
    pub fn add_resource_instances(&mut self, id: ModuleId, node: NodeIndex, expansion: Expansion) {
        *self.slot_mut(id, node) = Slot::Resource(ResourceInstances::new(expansion));
    }

    /// Expands everything, with objects that are known from elsewhere. `order` has every node after what it depends on.
    pub fn expand_all(
        &mut self,
        order: &[NodeIndex],
        schema_of: SchemaOf<'_>,
        known: &dyn Fn(&InstanceAddress, &Schema) -> Option<Value>,
    ) {
        let graph = self.setting.graph;
        for node in order {
            let Node { module, kind } = graph.node(*node);
            for id in (0..self.instance_count(module)).map(|instance| ModuleId { module, instance }) {
                match kind {
                    NodeKind::Call(c) => {
                        if let Ok(expansion) = self.expand(id, &c.repetition) {
                            self.add_module_instances(id, *node, &c.name.name, expansion);
                        }
                    }
                    NodeKind::Resource(r) => {
                        if let Ok(expansion) = self.expand(id, &r.repetition) {
                            self.add_known_objects(id, *node, r, expansion, schema_of(r), known);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn add_known_objects(
        &mut self,
        id: ModuleId,
        node: NodeIndex,
        r: &Resource,
        expansion: Expansion,
        schema: Option<&Schema>,
        known: &dyn Fn(&InstanceAddress, &Schema) -> Option<Value>,
    ) {
        let module = self.module(id).address.clone();
        let resource = Arc::new(ResourceAddress { module, resource: r.key.clone() });
        self.add_resource_instances(id, node, expansion.clone());
        let Some(schema) = schema else { return };
        for position in 0..expansion.len() {
            let address = resource.instance(expansion.key(position));
            match known(&address, schema) {
                Some(value) => self.set_object(id, node, &address.key, value),
                None => self.set_missing(id, node, &address.key, schema),
            }
        }
    }

    /// The instances of a called module.
    #[must_use]
    pub fn call_instances(&self, id: ModuleId, name: &str) -> Option<&CallInstances> {
        match self.slot(id, self.setting.graph.call(id.module, name)?) {
            Slot::Call(calls) => Some(calls),
            _ => None,
        }
    }

    /// The instances of a resource; none before they were made.
    #[must_use]
    pub fn resource_instances(&self, id: ModuleId, resource: &ResourceKey) -> Option<&ResourceInstances> {
        match self.slot(id, self.setting.graph.resource(id.module, resource)?) {
            Slot::Resource(instances) => Some(instances),
            _ => None,
        }
    }

    /// Says what the object of an instance is.
    pub fn set_object(&mut self, id: ModuleId, node: NodeIndex, key: &InstanceKey, value: Value) {
        if let Slot::Resource(instances) = self.slot_mut(id, node) {
            instances.set(key, value);
        }
    }

    /// Says that there is no object of an instance, and that none is going to be made.
    pub fn set_missing(&mut self, id: ModuleId, node: NodeIndex, key: &InstanceKey, schema: &Schema) {
        self.set_object(id, node, key, Value::unknown(schema.implied_type().clone()));
        if let Slot::Resource(instances) = self.slot_mut(id, node) {
            instances.set_missing(key);
        }
    }

    /// Forgets all values but objects of resources, so that they are made anew.
    pub fn forget_values(&mut self) {
        for slot in self.modules.iter_mut().flatten().flat_map(|m| &mut m.slots) {
            match slot {
                Slot::Value(cell) => *cell = OnceCell::new(),
                Slot::Resource(instances) => instances.forget_whole(),
                Slot::Call(calls) => calls.forget_whole(),
                Slot::Empty => {}
            }
        }
    }

    /// The object of a module's outputs.
    fn module_object(&self, id: ModuleId) -> Value {
        let outputs = self.setting.graph.modules[id.module].tree.module.outputs.keys();
        let value = |name: &SmolStr| {
            let node = self.setting.graph.output(id.module, name);
            (name.clone(), node.map_or_else(Value::dynamic, |node| self.value(id, node)))
        };
        Value::object(outputs.map(value).collect())
    }

    /// All of a called module: an object, or a tuple or an object of such.
    fn call_value(&self, id: ModuleId, name: &str) -> Value {
        let (Some(calls), Some(child)) = (self.call_instances(id, name), self.setting.graph.child(id.module, name))
        else {
            return Value::dynamic();
        };
        let object = |position| self.module_object(ModuleId { module: child, instance: calls.first + position });
        calls.whole.get_or_init(|| calls.expansion.gather((0..calls.expansion.len()).map(object))).clone()
    }
}
