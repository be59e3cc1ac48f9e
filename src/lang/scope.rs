//! What expressions can refer to, supplied by whoever evaluates them.

use crate::lang::{Host, Value};
use crate::syntax::Diagnostics;
use crate::syntax::ast::Traversal;

/// The surroundings of an expression.
pub trait Scope {
    /// The value of a reference, and how many of its steps that took: for `var.a.b` with an
    /// object in `a`, the value of `var.a` and 1; evaluation goes on from there. Cheap: values
    /// are shared.
    ///
    /// # Errors
    /// When there is no such thing, or its own evaluation failed.
    fn resolve(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics>;

    /// Whether this is the console, which has functions of its own.
    fn is_console(&self) -> bool {
        false
    }

    /// Whether functions can be called at all: not where only constants are.
    fn functions_allowed(&self) -> bool {
        true
    }

    /// Files, clock and chance for functions.
    fn host(&self) -> &dyn Host;
}
