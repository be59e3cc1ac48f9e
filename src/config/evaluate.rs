//! The values of variables, locals and outputs over all modules of a configuration, as far as they
//! can be told without state: what `validate` checks and `console` shows. Resources are unknown
//! objects of their schema's type.

use std::cell::RefCell;

use indexmap::IndexMap;
use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::graph::{ConfigGraph, Node, NodeKind, SchemaOf};
use crate::config::module::{Mode, Repetition, ResourceKey};
use crate::config::reference::{Reference, Subject};
use crate::lang::eval::evaluate_partial;
use crate::lang::{Host, Marks, Scope, Type, Value};
use crate::syntax::ast::{Expr, Traversal};
use crate::syntax::suggestion::suggestion;
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

/// The instance that an expression is evaluated for.
#[derive(Clone, Debug, Default)]
pub struct Instance {
    /// `count.index`
    pub count_index: Option<Value>,
    /// `each.key` and `each.value`
    pub each: Option<(Value, Value)>,
    /// `self`
    pub this: Option<Value>,
}

impl Instance {
    /// Any instance of something that is repeated in a way.
    #[must_use]
    pub fn any_of(repetition: &Repetition) -> Self {
        match repetition {
            Repetition::Single => Instance::default(),
            Repetition::Count(_) => {
                Instance { count_index: Some(Value::unknown_not_null(Type::Number)), ..Instance::default() }
            }
            Repetition::ForEach(_) => Instance {
                each: Some((Value::unknown_not_null(Type::String), Value::dynamic())),
                ..Instance::default()
            },
        }
    }
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
    pub fn scope(&self, module: usize, instance: Instance) -> ModuleScope<'_, 'c> {
        ModuleScope { evaluation: self, module, instance }
    }

    /// Gives a node its value. What it depends on must have been evaluated.
    pub fn evaluate(&self, index: NodeIndex) -> Diagnostics {
        let Node { module, kind } = self.graph.node(index);
        let (value, diagnostics) = match kind {
            NodeKind::Variable(v) => self.variable(module, v),
            NodeKind::Local(l) => self.expr(&l.expr, module),
            NodeKind::Output(o) => {
                let (value, diagnostics) = self.expr(&o.expr, module);
                (value.with_marks(declared_marks(o.sensitive, o.ephemeral)), diagnostics)
            }
            NodeKind::Resource(_) | NodeKind::Call(_) | NodeKind::Module => return Diagnostics::new(),
        };
        self.values.borrow_mut()[index.index()] = Some(value);
        diagnostics
    }

    fn expr(&self, expr: &Expr, module: usize) -> (Value, Diagnostics) {
        evaluate_partial(expr, &self.scope(module, Instance::default()))
    }

    fn variable(&self, module: usize, v: &crate::config::module::Variable) -> (Value, Diagnostics) {
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
        let repeated =
            self.graph.modules[child].caller.is_some_and(|(_, call)| !matches!(call.repetition, Repetition::Single));
        let value = if repeated {
            Value::dynamic()
        } else {
            Value::object(outputs.keys().map(|name| (name.clone(), self.output_value(child, name))).collect())
        };
        self.modules.borrow_mut()[child] = Some(value.clone());
        value
    }

    fn output_value(&self, child: usize, name: &str) -> Value {
        match (&self.assumptions, self.graph.output(child, name)) {
            (Assumptions::Values(_), Some(index)) => self.value_of(index),
            // Only what the declaration itself says is certain.
            (Assumptions::Nothing, _) => {
                let output = self.graph.modules[child].tree.module.outputs.get(name);
                Value::dynamic().with_marks(output.map_or(Marks::NONE, |o| declared_marks(o.sensitive, o.ephemeral)))
            }
            (_, None) => Value::dynamic(),
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

/// What is wrong with references in a scope. Asked before an expression is evaluated, because such an error is one
/// wherever in the expression it is, within `try` too.
pub fn unresolved<'t>(scope: &dyn Scope, references: impl IntoIterator<Item = &'t Traversal>) -> Diagnostics {
    references.into_iter().filter_map(|t| scope.resolve(t).err()).flatten().collect()
}

/// The marks that a declaration gives to its value.
fn declared_marks(sensitive: bool, ephemeral: bool) -> Marks {
    let mark = |set: bool, mark: Marks| if set { mark } else { Marks::NONE };
    mark(sensitive, Marks::SENSITIVE) | mark(ephemeral, Marks::EPHEMERAL)
}

/// An argument of a module call does not fit its variable.
pub(crate) fn invalid_argument(name: &str, why: &str, span: Span) -> Diagnostic {
    let detail = format!("The given value is not suitable for child module variable {name:?}: {why}.");
    Diagnostic::error("Invalid value for module argument", detail).at(span)
}

/// The scope of expressions in one module.
pub struct ModuleScope<'e, 'c> {
    evaluation: &'e Evaluation<'c>,
    module: usize,
    instance: Instance,
}

impl Scope for ModuleScope<'_, '_> {
    fn resolve(&self, traversal: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let reference = Reference::parse(traversal)?;
        let value = self.subject(&reference)?;
        Ok((value, reference.whole))
    }

    fn host(&self) -> &dyn Host {
        self.evaluation.host
    }

    fn is_console(&self) -> bool {
        self.evaluation.is_console
    }
}

impl ModuleScope<'_, '_> {
    fn subject(&self, reference: &Reference<'_>) -> Result<Value, Diagnostic> {
        let e = self.evaluation;
        let module = &*e.graph.modules[self.module].tree.module;
        match &reference.subject {
            Subject::Variable(name) => match e.graph.variable(self.module, name) {
                Some(index) => Ok(e.value_of(index)),
                None => Err(undeclared_variable(name, module.variables.keys(), reference.span)),
            },
            Subject::Local(name) => match e.graph.local(self.module, name) {
                Some(index) => Ok(e.value_of(index)),
                None => Err(undeclared_local(name, module.locals.keys(), reference.span)),
            },
            Subject::Module { name, .. } => {
                Ok(e.graph.child(self.module, name).map_or_else(Value::dynamic, |child| e.module_object(child)))
            }
            Subject::Resource { resource, .. } => Ok(e.resource_value(self.module, resource)),
            Subject::Count(attribute) => self.count(attribute, reference.span),
            Subject::Each(attribute) => self.each(attribute, reference.span),
            Subject::Path(attribute) => self.path(attribute, reference.span),
            Subject::Terraform(attribute) => self.terraform(attribute, reference.span),
            Subject::This => self.instance.this.clone().ok_or_else(|| no_self(reference.span)),
        }
    }

    fn count(&self, attribute: &str, span: Span) -> Result<Value, Diagnostic> {
        if attribute != "index" {
            let detail = format!(
                "The \"count\" object does not have an attribute named {attribute:?}. The only supported attribute is \
                 count.index, which is the index of each instance of a resource block that has the \"count\" argument \
                 set."
            );
            return Err(Diagnostic::error("Invalid \"count\" attribute", detail).at(span));
        }
        self.instance.count_index.clone().ok_or_else(|| {
            let detail = "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and \
                          only when the \"count\" argument is set.";
            Diagnostic::error("Reference to \"count\" in non-counted context", detail).at(span)
        })
    }

    fn each(&self, attribute: &str, span: Span) -> Result<Value, Diagnostic> {
        match (attribute, &self.instance.each) {
            ("key", Some((key, _))) => Ok(key.clone()),
            ("value", Some((_, value))) => Ok(value.clone()),
            ("key", None) => {
                let detail = "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when \
                              the \"for_each\" argument is set.";
                Err(Diagnostic::error("Reference to \"each\" in context without for_each", detail).at(span))
            }
            ("value", None) => {
                let detail = "A reference to \"each.value\" has been used in a context in which it is unavailable, such \
                              as when the configuration no longer contains the value in its \"for_each\" expression. \
                              Remove this reference to each.value in your configuration to work around this error.";
                Err(Diagnostic::error("each.value cannot be used in this context", detail).at(span))
            }
            _ => {
                let detail = format!(
                    "The \"each\" object does not have an attribute named {attribute:?}. The supported attributes are \
                     each.key, the current map key or set value, and each.value, the current map value or set element."
                );
                Err(Diagnostic::error("Invalid \"each\" attribute", detail).at(span))
            }
        }
    }

    fn path(&self, attribute: &str, span: Span) -> Result<Value, Diagnostic> {
        let e = self.evaluation;
        let dir = |module: usize| {
            let text = e.graph.modules[module].tree.module.dir.display().to_string();
            Value::from(if text.is_empty() { ".".to_string() } else { text })
        };
        match attribute {
            "module" => Ok(dir(self.module)),
            "root" => Ok(dir(0)),
            "cwd" => e
                .host
                .working_folder()
                .map(Value::from)
                .map_err(|why| Diagnostic::error("Failed to get working directory", format!("{why}.")).at(span)),
            _ => {
                let hint = suggestion(attribute, ["cwd", "module", "root"]);
                let hint = hint.map_or_else(String::new, |s| format!(" Did you mean {s:?}?"));
                let detail = format!("The \"path\" object does not have an attribute named {attribute:?}.{hint}");
                Err(Diagnostic::error("Invalid \"path\" attribute", detail).at(span))
            }
        }
    }

    fn terraform(&self, attribute: &str, span: Span) -> Result<Value, Diagnostic> {
        match attribute {
            "workspace" => Ok(self.evaluation.workspace.as_str().into()),
            "applying" => Ok(Value::unknown_not_null(Type::Bool).with_marks(Marks::EPHEMERAL)),
            "env" => {
                let detail = "The terraform.env attribute was deprecated in v0.10 and removed in v0.12. The \"state \
                              environment\" concept was renamed to \"workspace\" in v0.12, and so the workspace name can \
                              now be accessed using the terraform.workspace attribute.";
                Err(Diagnostic::error("Invalid \"terraform\" attribute", detail).at(span))
            }
            _ => {
                let detail = format!(
                    "The \"terraform\" object does not have an attribute named {attribute:?}. The only supported \
                     attributes are terraform.workspace, the name of the currently-selected workspace, and \
                     terraform.applying, a boolean which is true only during apply."
                );
                Err(Diagnostic::error("Invalid \"terraform\" attribute", detail).at(span))
            }
        }
    }
}

/// `self` where there is none.
pub(crate) fn no_self(span: Span) -> Diagnostic {
    let detail = "The \"self\" object is not available in this context. This object can be used only in resource \
                  provisioner, connection, and postcondition blocks.";
    Diagnostic::error("Invalid \"self\" reference", detail).at(span)
}

fn undeclared_variable<'n>(name: &str, names: impl Iterator<Item = &'n SmolStr>, span: Span) -> Diagnostic {
    let hint = suggestion(name, names.map(SmolStr::as_str)).map_or_else(
        || format!(" This variable can be declared with a variable {name:?} {{}} block."),
        |s| format!(" Did you mean {s:?}?"),
    );
    let detail = format!("An input variable with the name {name:?} has not been declared.{hint}");
    Diagnostic::error("Reference to undeclared input variable", detail).at(span)
}

fn undeclared_local<'n>(name: &str, names: impl Iterator<Item = &'n SmolStr>, span: Span) -> Diagnostic {
    let hint = suggestion(name, names.map(SmolStr::as_str));
    let hint = hint.map_or_else(String::new, |s| format!(" Did you mean {s:?}?"));
    let detail = format!("A local value with the name {name:?} has not been declared.{hint}");
    Diagnostic::error("Reference to undeclared local value", detail).at(span)
}
