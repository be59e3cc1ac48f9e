//! The values of variables, locals and outputs over all modules of a configuration, as far as they
//! can be told without state: what `validate` checks and `console` shows. Resources are unknown
//! objects of their schema's type.

use std::cell::RefCell;
use std::path::Path;

use indexmap::IndexMap;
use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::graph::{ConfigGraph, Node, NodeKind, SchemaOf};
use crate::config::module::{Mode, Module, Repetition, ResourceKey, Variable};
use crate::config::scope::{Instance, ModuleScope, ModuleValues};
use crate::lang::eval::evaluate_partial;
use crate::lang::{Host, Marks, Type, Value};
use crate::syntax::ast::Expr;
use crate::syntax::{Diagnostic, Diagnostics, Span};

/// What is assumed of input variables and modules.
pub enum Assumptions {
    /// Nothing but their types, so that what is found wrong is wrong for every value.
    Nothing,
    /// The root module's variables have these values.
    Values(IndexMap<SmolStr, Value>),
}

/// The values of a configuration.
pub struct Evaluation<'c> {
    graph: &'c ConfigGraph<'c>,
    schema_of: SchemaOf<'c>,
    host: &'c dyn Host,
    assumptions: Assumptions,
    workspace: SmolStr,
    /// By node.
    values: RefCell<Vec<Option<Value>>>,
    /// The object of each module's outputs, made when first asked for.
    modules: RefCell<Vec<Option<Value>>>,
    is_console: bool,
}

impl<'c> Evaluation<'c> {
    /// Nothing evaluated yet.
    #[must_use]
    pub fn new(
        graph: &'c ConfigGraph<'c>,
        schema_of: SchemaOf<'c>,
        host: &'c dyn Host,
        assumptions: Assumptions,
        workspace: &str,
    ) -> Self {
        Evaluation {
            graph,
            schema_of,
            host,
            assumptions,
            workspace: workspace.into(),
            values: RefCell::new(vec![None; graph.len()]),
            modules: RefCell::new(vec![None; graph.modules.len()]),
            is_console: false,
        }
    }

    /// Whether expressions are those of the console, which has functions of its own.
    #[must_use]
    pub fn for_console(mut self) -> Self {
        self.is_console = true;
        self
    }

    /// The scope of expressions in a module.
    #[must_use]
    pub fn scope(&self, module: usize, instance: Instance) -> ModuleScope<InModule<'_, 'c>> {
        ModuleScope::new(InModule { evaluation: self, module }, instance)
    }

    /// Gives a node its value. What it depends on must have been evaluated.
    pub fn evaluate(&self, index: NodeIndex) -> Diagnostics {
        let Node { module, kind } = self.graph.node(index);
        let (value, diagnostics) = match kind {
            NodeKind::Variable(v) => self.variable(module, v),
            NodeKind::Local(l) => self.expr(&l.expr, module),
            NodeKind::Output(o) => {
                let (value, mut diagnostics) = self.expr(&o.expr, module);
                diagnostics.extend(o.not_ephemeral(&value));
                (value.with_marks(declared_marks(o.sensitive, o.ephemeral)), diagnostics)
            }
            NodeKind::Resource(_) | NodeKind::Call(_) | NodeKind::Provider(..) | NodeKind::Module => {
                return Diagnostics::new();
            }
        };
        self.values.borrow_mut()[index.index()] = Some(value);
        diagnostics
    }

    fn expr(&self, expr: &Expr, module: usize) -> (Value, Diagnostics) {
        evaluate_partial(expr, &self.scope(module, Instance::default()))
    }

    fn variable(&self, module: usize, v: &Variable) -> (Value, Diagnostics) {
        let marks = declared_marks(v.sensitive, v.ephemeral);
        let unknown = || Value::unknown(v.constraint.ty.clone()).with_marks(marks);
        let (Assumptions::Values(given), caller) = (&self.assumptions, self.graph.modules[module].caller) else {
            return (unknown(), Diagnostics::new());
        };
        let Some((outside, call)) = caller else {
            let value = given.get(&v.name.name).cloned().or_else(|| v.default.clone());
            return (value.map_or_else(unknown, |v| v.with_marks(marks)), Diagnostics::new());
        };
        let Some(argument) = self.graph.modules[module].arguments.get(&v.name.name) else {
            return (v.default.clone().map_or_else(unknown, |v| v.with_marks(marks)), Diagnostics::new());
        };
        let scope = self.scope(outside, Instance::any_of(&call.repetition));
        let (value, mut diagnostics) = evaluate_partial(&argument.expr, &scope);
        let value = match (value.is_null() && !v.nullable, &v.default) {
            (true, Some(default)) => default.clone(),
            _ => value,
        };
        match v.constraint.apply(&value) {
            Ok(value) => (value.with_marks(marks), diagnostics),
            Err(e) => {
                diagnostics.push(invalid_argument(&v.name.name, &e.to_string(), argument.expr.span));
                (unknown(), diagnostics)
            }
        }
    }

    /// The value that a node was given; unknown before that.
    #[must_use]
    pub fn value_of(&self, index: NodeIndex) -> Value {
        self.values.borrow()[index.index()].clone().unwrap_or_else(Value::dynamic)
    }

    /// The object of a module's outputs.
    fn module_object(&self, child: usize) -> Value {
        if let Some(value) = &self.modules.borrow()[child] {
            return value.clone();
        }
        let outputs = &self.graph.modules[child].tree.module.outputs;
        let repetition = self.graph.modules[child].caller.map_or(&Repetition::Single, |(_, call)| &call.repetition);
        let any = || Type::object(outputs.keys().map(|name| (name.clone(), Type::Dynamic)));
        let value = match repetition {
            Repetition::Count(_) => Value::unknown_not_null(Type::list(any())),
            Repetition::ForEach(_) => Value::unknown_not_null(Type::map(any())),
            Repetition::Single => {
                Value::object(outputs.keys().map(|name| (name.clone(), self.output_value(child, name))).collect())
            }
        };
        self.modules.borrow_mut()[child] = Some(value.clone());
        value
    }

    fn output_value(&self, child: usize, name: &str) -> Value {
        match (&self.assumptions, self.graph.output(child, name)) {
            (Assumptions::Values(_), Some(index)) => self.value_of(index),
            // That a declaration calls the value sensitive or ephemeral is no matter of whoever calls the module until there
            // is one, in Terraform.
            _ => Value::dynamic(),
        }
    }

    fn resource_value(&self, module: usize, key: &ResourceKey) -> Value {
        let Some(resource) = self.graph.modules[module].tree.module.resources.get(key) else {
            return Value::dynamic();
        };
        let value = match (&resource.repetition, (self.schema_of)(resource)) {
            (Repetition::Single, Some(schema)) => Value::unknown(schema.implied_type().clone()),
            _ => Value::dynamic(),
        };
        if key.mode == Mode::Ephemeral { value.with_marks(Marks::EPHEMERAL) } else { value }
    }
}

/// The marks that a declaration gives to its value.
pub(crate) fn declared_marks(sensitive: bool, ephemeral: bool) -> Marks {
    let mark = |set: bool, mark: Marks| if set { mark } else { Marks::NONE };
    mark(sensitive, Marks::SENSITIVE) | mark(ephemeral, Marks::EPHEMERAL)
}

/// What is wrong with an argument of a module that must not be ephemeral and is.
pub(crate) fn ephemeral_argument(v: &Variable, value: &Value, span: Span) -> Option<Diagnostic> {
    if v.ephemeral || !value.deep_marks().contains(Marks::EPHEMERAL) {
        return None;
    }
    let detail = format!(
        "Ephemeral value not allowed for variable {:?}: the module does not declare it as ephemeral.",
        v.name.name.as_str()
    );
    Some(Diagnostic::error("Ephemeral value not allowed", detail).at(span))
}

/// An argument of a module call does not fit its variable.
pub(crate) fn invalid_argument(name: &str, why: &str, span: Span) -> Diagnostic {
    let detail = format!("The given value is not suitable for child module variable {name:?}: {why}.");
    Diagnostic::error("Invalid value for input variable", detail).at(span)
}

/// An evaluation, seen from one of its modules.
#[derive(Clone, Copy)]
pub struct InModule<'e, 'c> {
    evaluation: &'e Evaluation<'c>,
    module: usize,
}

impl ModuleValues for InModule<'_, '_> {
    fn module(&self) -> &Module {
        &self.evaluation.graph.modules[self.module].tree.module
    }

    fn variable(&self, name: &str) -> Option<Value> {
        self.evaluation.graph.variable(self.module, name).map(|index| self.evaluation.value_of(index))
    }

    fn local(&self, name: &str) -> Option<Value> {
        self.evaluation.graph.local(self.module, name).map(|index| self.evaluation.value_of(index))
    }

    fn call(&self, name: &str, _: Option<&Value>, _: Option<&str>) -> (Value, usize) {
        let child = self.evaluation.graph.child(self.module, name);
        (child.map_or_else(Value::dynamic, |child| self.evaluation.module_object(child)), 0)
    }

    fn resource(&self, resource: &ResourceKey, _: Option<&Value>) -> (Value, bool) {
        (self.evaluation.resource_value(self.module, resource), false)
    }

    fn dirs(&self) -> (&Path, &Path) {
        let dir = |module: usize| self.evaluation.graph.modules[module].tree.module.dir.as_path();
        (dir(self.module), dir(0))
    }

    fn workspace(&self) -> &str {
        &self.evaluation.workspace
    }

    fn host(&self) -> &dyn Host {
        self.evaluation.host
    }

    fn is_console(&self) -> bool {
        self.evaluation.is_console
    }
}
