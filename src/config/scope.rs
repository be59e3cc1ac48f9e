//! The scope of expressions in a module: what names mean, and what is wrong with those that mean
//! nothing. Where values come from is up to whoever evaluates: see [`ModuleValues`].

use std::path::Path;

use smol_str::SmolStr;

use crate::config::module::{Module, Repetition, ResourceKey};
use crate::config::reference::{Reference, Subject};
use crate::lang::{Host, Marks, Scope, Type, Value};
use crate::syntax::ast::Traversal;
use crate::syntax::suggestion::suggestion;
use crate::syntax::{Diagnostic, Diagnostics, Span};

/// The values of everything that has a name in a module.
pub trait ModuleValues {
    /// What the module says.
    fn module(&self) -> &Module;

    /// An input variable; none if it is not declared.
    fn variable(&self, name: &str) -> Option<Value>;

    /// A local value; none if it is not declared.
    fn local(&self, name: &str) -> Option<Value>;

    /// A called module: all of it, or where that is possible just the instance or even just the output that is
    /// wanted. With how many of `key` and `output` are taken into account.
    fn call(&self, name: &str, key: Option<&Value>, output: Option<&str>) -> (Value, usize);

    /// A resource: all of it, or where that is possible just one instance. With whether `key` is taken into account.
    fn resource(&self, resource: &ResourceKey, key: Option<&Value>) -> (Value, bool);

    /// The folder of the module, and that of the root module.
    fn dirs(&self) -> (&Path, &Path);

    /// The workspace's name.
    fn workspace(&self) -> &str;

    /// Whether a plan is being applied; unknown to whoever has to be right in both cases.
    fn applying(&self) -> Value {
        Value::unknown_not_null(Type::Bool)
    }

    /// Files, clock and chance.
    fn host(&self) -> &dyn Host;

    /// Whether this is the console, which has functions of its own.
    fn is_console(&self) -> bool {
        false
    }
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

/// What is wrong with references in a scope. Asked before an expression is evaluated, because such an error is one
/// wherever in the expression it is, within `try` too.
pub fn unresolved<'t>(scope: &dyn Scope, references: impl IntoIterator<Item = &'t Traversal>) -> Diagnostics {
    references.into_iter().filter_map(|t| scope.resolve(t).err()).flatten().collect()
}

/// The scope of expressions in one module.
pub struct ModuleScope<V> {
    values: V,
    instance: Instance,
}

impl<V: ModuleValues> ModuleScope<V> {
    /// The scope of expressions for an instance of something in a module.
    pub fn new(values: V, instance: Instance) -> Self {
        ModuleScope { values, instance }
    }
}

impl<V: ModuleValues> Scope for ModuleScope<V> {
    fn resolve(&self, traversal: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let reference = Reference::parse(traversal)?;
        let (value, more) = self.subject(&reference)?;
        Ok((value, reference.whole + more))
    }

    fn resolve_element(&self, traversal: &Traversal, key: &Value) -> Option<Value> {
        let reference = Reference::parse(traversal).ok().filter(|r| r.whole == traversal.steps.len())?;
        match &reference.subject {
            Subject::Resource { resource, key: None } => {
                let (value, taken) = self.values.resource(resource, Some(key));
                taken.then_some(value)
            }
            Subject::Module { name, key: None, .. } => {
                let (value, taken) = self.values.call(name, Some(key), None);
                (taken == 1).then_some(value)
            }
            _ => None,
        }
    }

    fn host(&self) -> &dyn Host {
        self.values.host()
    }

    fn is_console(&self) -> bool {
        self.values.is_console()
    }
}

impl<V: ModuleValues> ModuleScope<V> {
    /// The value of a reference's subject, and how many steps behind the name of the whole that took.
    fn subject(&self, reference: &Reference<'_>) -> Result<(Value, usize), Diagnostic> {
        let module = self.values.module();
        let value = match &reference.subject {
            Subject::Variable(name) => self
                .values
                .variable(name)
                .ok_or_else(|| undeclared_variable(name, module.variables.keys(), reference.span)),
            Subject::Local(name) => {
                self.values.local(name).ok_or_else(|| undeclared_local(name, module.locals.keys(), reference.span))
            }
            Subject::Module { name, key, output } => {
                return Ok(self.values.call(name, key.as_ref(), output.as_deref()));
            }
            Subject::Resource { resource, key } => {
                let (value, taken) = self.values.resource(resource, key.as_ref());
                return Ok((value, usize::from(taken)));
            }
            Subject::Count(attribute) => self.count(attribute, reference.span),
            Subject::Each(attribute) => self.each(attribute, reference.span),
            Subject::Path(attribute) => self.path(attribute, reference.span),
            Subject::Terraform(attribute) => self.terraform(attribute, reference.span),
            Subject::This => self.instance.this.clone().ok_or_else(|| no_self(reference.span)),
        };
        value.map(|value| (value, 0))
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
        let shown = |dir: &Path| {
            let text = dir.display().to_string();
            Value::from(if text.is_empty() { ".".to_string() } else { text })
        };
        let (dir, root) = self.values.dirs();
        match attribute {
            "module" => Ok(shown(dir)),
            "root" => Ok(shown(root)),
            "cwd" => self
                .values
                .host()
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
            "workspace" => Ok(self.values.workspace().into()),
            "applying" => Ok(self.values.applying().with_marks(Marks::EPHEMERAL)),
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
