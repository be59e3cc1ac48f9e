//! Custom conditions: validations of variables, pre- and postconditions, assertions.

use crate::config::module::Condition;
use crate::config::scope::Instance;
use crate::lang::{Type, convert};
use crate::syntax::Diagnostic;

use super::Validator;

/// What a condition's block is called in messages.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    result: &'static str,
}

pub(super) const VALIDATION: Kind = Kind { result: "Invalid variable validation result" };
pub(super) const PRECONDITION: Kind = Kind { result: "Invalid condition result" };
pub(super) const ASSERTION: Kind = PRECONDITION;

impl Validator<'_> {
    /// Checks a condition for every value that its references could have.
    pub(super) fn condition(&mut self, module: usize, c: &Condition, instance: Instance, kind: Kind) {
        let value = self.evaluate(module, &c.condition, instance.clone());
        self.evaluate(module, &c.error_message, instance);
        let Some(value) = value else { return };
        let (value, _) = value.unmark();
        if value.is_null() {
            let detail = "Condition expression must return either true or false, not null.";
            self.diagnostics.push(Diagnostic::error(kind.result, detail).at(c.condition.span));
        } else if let Err(e) = convert(&value, &Type::Bool) {
            let detail = format!("Invalid condition result value: {e}.");
            self.diagnostics.push(Diagnostic::error(kind.result, detail).at(c.condition.span));
        }
    }
}
