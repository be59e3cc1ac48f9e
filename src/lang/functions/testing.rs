//! Calling functions in tests.

use crate::lang::host::memory::MemoryHost;
use crate::lang::{Type, Value};

use super::{FunctionError, find};

/// The result of a call in an empty world.
pub(super) fn call(name: &str, args: &[Value]) -> Result<Value, FunctionError> {
    find(name).expect("a function").call(args, &MemoryHost::default())
}

/// What is wrong with a call.
pub(super) fn fails(name: &str, args: &[Value]) -> String {
    call(name, args).expect_err("an error").message
}

/// Strings as values.
pub(super) fn strings(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|t| Value::from(*t)).collect()
}

/// Nothing is known but the type.
pub(super) fn unknown(ty: Type) -> Value {
    Value::unknown(ty)
}
