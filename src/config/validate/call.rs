//! Module calls: arguments against the variables of the module.

use crate::config::evaluate::invalid_argument;
use crate::config::module::{ModuleCall, Variable};
use crate::config::scope::Instance;
use crate::config::tree::ModuleTree;
use crate::lang::{Marks, Value};
use crate::syntax::body::{AttributeSchema, BodySchema};
use crate::syntax::diagnostic::PLACE;
use crate::syntax::{Diagnostic, Diagnostics, Span};
use smol_str::SmolStr;

use super::Validator;

/// Which arguments calls have, against the variables of the modules. With errors in that, nothing
/// else is worth looking at.
pub(super) fn check_arguments(tree: &ModuleTree) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (name, call) in &tree.module.calls {
        let Some(child) = tree.children.get(name) else { continue };
        let variables = child.module.variables.values();
        let arguments = variables.map(|v| AttributeSchema::new(v.name.name.clone(), v.default.is_none()));
        let schema = BodySchema { attributes: arguments.collect(), blocks: Vec::new() };
        diagnostics.extend(call.body.content(&schema).1);
        diagnostics.extend(check_arguments(child));
    }
    diagnostics
}

impl Validator<'_> {
    pub(super) fn call(&mut self, module: usize, call: &ModuleCall) {
        self.repetition(module, &call.repetition);
        self.depends_on(module, &call.depends_on);
        let Some(child) = self.graph.child(module, &call.name.name) else { return };
        let variables = &self.graph.modules[child].tree.module.variables;
        for (name, argument) in &self.graph.modules[child].arguments {
            let Some(variable) = variables.get(name) else { continue };
            self.diagnostics.extend(variable.deprecation(Some(argument.expr.span)));
            let value = self.evaluate(module, &argument.expr, Instance::any_of(&call.repetition));
            if let Some(value) = value {
                self.argument(variable, &self.graph.modules[child].tree.path, &value, argument.expr.span);
            }
        }
    }

    fn argument(&mut self, v: &Variable, path: &[SmolStr], value: &Value, span: Span) {
        if value.deep_marks().contains(Marks::EPHEMERAL) && !v.ephemeral {
            let detail = format!(
                "Ephemeral value not allowed for variable {:?}: the module does not declare it as ephemeral.",
                v.name.name.as_str()
            );
            self.diagnostics.push(Diagnostic::error("Ephemeral value not allowed", detail).at(span));
        }
        if value.is_null() && !v.nullable && v.default.is_some() {
            return;
        }
        if let Err(e) = v.constraint.apply(value) {
            self.diagnostics.push(invalid_argument(&v.name.name, &e.to_string(), span));
        } else if value.is_null() && !v.nullable {
            let path: String = path.iter().map(|name| format!("module.{name}.")).collect();
            let detail = format!(
                "The given value is not suitable for {path}var.{} defined{PLACE}: required variable may not be set to null.",
                v.name.name
            );
            let problem = Diagnostic::error("Required variable not set", detail).at(span);
            self.diagnostics.push(problem.naming(v.span));
        }
    }
}
