//! Module calls: arguments against the variables of the module.

use crate::config::evaluate::{ephemeral_argument, invalid_argument};
use crate::config::module::{ModuleCall, Variable};
use crate::config::scope::Instance;
use crate::config::tree::ModuleTree;
use crate::lang::Value;
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
    }

    /// What the call of a module sets one of its variables to. By now all that this refers to has a value.
    pub(super) fn argument(&mut self, module: usize, v: &Variable) {
        let inside = &self.graph.modules[module];
        let (Some((outside, call)), Some(argument)) = (inside.caller, inside.arguments.get(&v.name.name)) else {
            return;
        };
        self.diagnostics.extend(v.deprecation(Some(argument.expr.span)));
        if let Some(value) = self.evaluate(outside, &argument.expr, Instance::any_of(&call.repetition)) {
            self.suits(v, &inside.tree.path, &value, argument.expr.span);
        }
    }

    fn suits(&mut self, v: &Variable, path: &[SmolStr], value: &Value, span: Span) {
        self.diagnostics.extend(ephemeral_argument(v, value, span));
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
