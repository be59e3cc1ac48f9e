//! Quoted text in messages.

use crate::lang::Marks;
pub(super) use crate::syntax::quote::quoted;

/// The quoted text of an argument, or what stands for it where its marks forbid to show it.
pub(super) fn quoted_unless_marked(text: &str, marks: Marks) -> String {
    if marks.contains(Marks::EPHEMERAL) {
        "(ephemeral value)".into()
    } else if marks.contains(Marks::SENSITIVE) {
        "(sensitive value)".into()
    } else {
        quoted(text)
    }
}
