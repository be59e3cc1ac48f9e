//! Custom conditions: validations of variables, pre- and postconditions, assertions.

use crate::config::module::Condition;
use crate::config::scope::Instance;
use crate::lang::eval::evaluate_partial;
use crate::lang::references::references;
use crate::lang::{Type, Value, convert};
use crate::syntax::Diagnostic;

use super::Validator;

impl Validator<'_> {
    /// Evaluates a condition and its message, for every value that their references could have. What comes of it is
    /// none of a validation's business.
    pub(super) fn condition(&mut self, module: usize, c: &Condition, instance: Instance) -> Option<Value> {
        let value = self.evaluate(module, &c.condition, instance.clone());
        self.evaluate(module, &c.error_message, instance.clone());
        if instance.this.is_none() {
            // As in Terraform, said again by the evaluation, which knows no such name.
            let all = [&c.condition, &c.error_message].into_iter().flat_map(|e| references(e));
            for traversal in all.filter(|t| t.root.name == "self") {
                let problem = Diagnostic::error("Unknown variable", "There is no variable named \"self\".");
                self.diagnostics.push(problem.at(traversal.root.span));
            }
        }
        value
    }

    /// The same for one that must be true or false. Errors that it isn't are called `summary`.
    pub(super) fn boolean_condition(&mut self, module: usize, c: &Condition, summary: &str) -> Option<Value> {
        let (value, _) = self.condition(module, c, Instance::default())?.unmark();
        let detail = match convert(&value, &Type::Bool) {
            _ if value.is_null() => "Condition expression must return either true or false, not null.".into(),
            Err(e) => format!("Invalid condition result value: {e}."),
            Ok(result) => return Some(result),
        };
        self.diagnostics.push(Diagnostic::error(summary, detail).at(c.condition.span));
        None
    }

    /// A precondition of an output, which is tried even now.
    pub(super) fn output_condition(&mut self, module: usize, c: &Condition) {
        let result = self.boolean_condition(module, c, "Invalid condition result");
        if result.and_then(|r| r.as_bool()) != Some(false) {
            return;
        }
        let (message, _) = evaluate_partial(&c.error_message, &self.scope(module, Instance::default()));
        let shown = Some(&message).filter(|m| m.deep_marks().is_empty()).and_then(|m| convert(m, &Type::String).ok());
        let detail = shown.as_ref().and_then(|m| m.as_str()).map_or("The condition does not hold.", |text| text.trim());
        let failure = Diagnostic::error("Module output value precondition failed", detail);
        self.diagnostics.push(failure.at(c.condition.span));
    }
}
