//! Functions on lists, sets, tuples, maps and objects.

pub(super) mod maps;
pub(super) mod questions;
pub(super) mod selection;
pub(super) mod sequences;
pub(super) mod sets;
#[cfg(test)]
mod tests;

use super::FunctionError;
use crate::lang::Type;

/// The most elements that a function builds. Values share what is in them, so a short program can
/// describe far more than fits into memory.
const MAX_ELEMENTS: usize = 1 << 22;

/// Refuses results of too many elements.
fn check_size(elements: usize) -> Result<(), FunctionError> {
    if elements > MAX_ELEMENTS {
        return Err(FunctionError::new(format!("the result would have more than {MAX_ELEMENTS} elements")));
    }
    Ok(())
}

/// Whether values of the type have elements in an order of their own.
fn is_sequence(ty: &Type) -> bool {
    matches!(ty, Type::List(_) | Type::Tuple(_))
}

/// Whether values of the type are made of elements, in an order or not.
fn has_elements(ty: &Type) -> bool {
    is_sequence(ty) || matches!(ty, Type::Set(_))
}
