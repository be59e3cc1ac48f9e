//! What expressions can refer to, supplied by whoever evaluates them.

use std::time::SystemTime;

use crate::lang::host::FileKind;
use crate::lang::{Host, HostError, Value};
use crate::syntax::ast::Traversal;
use crate::syntax::{Diagnostic, Diagnostics};

/// The surroundings of an expression.
pub trait Scope {
    /// The value of a reference, and how many of its steps that took: for `var.a.b` with an
    /// object in `a`, the value of `var.a` and 1; evaluation goes on from there. Cheap: values
    /// are shared.
    ///
    /// # Errors
    /// When there is no such thing, or its own evaluation failed.
    fn resolve(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics>;

    /// One element of what a reference without further steps refers to, where that can be had without having the
    /// whole: `a[count.index]` is one instance, and not to be paid for with all of them.
    fn resolve_element(&self, _reference: &Traversal, _key: &Value) -> Option<Value> {
        None
    }

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

/// The scope of expressions that may refer to nothing.
pub struct Constants;

impl Scope for Constants {
    fn resolve(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let detail = "Variables may not be used here.";
        Err(Diagnostic::error("Variables not allowed", detail).at(reference.root.span).into())
    }

    fn host(&self) -> &dyn Host {
        self
    }

    fn functions_allowed(&self) -> bool {
        false
    }
}

/// Never asked: only functions would.
impl Host for Constants {
    fn read(&self, _: &str) -> Result<Vec<u8>, HostError> {
        Err(HostError::NotFound)
    }

    fn kind(&self, _: &str) -> Result<FileKind, HostError> {
        Err(HostError::NotFound)
    }

    fn entries(&self, _: &str) -> Result<Vec<String>, HostError> {
        Err(HostError::NotFound)
    }

    fn working_folder(&self) -> Result<String, HostError> {
        Err(HostError::NotFound)
    }

    fn home(&self) -> Result<String, HostError> {
        Err(HostError::NotFound)
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn plan_time(&self) -> Option<SystemTime> {
        None
    }

    fn random(&self) -> [u8; 16] {
        [0; 16]
    }

    fn defers_unrepeatable(&self) -> bool {
        false
    }
}
