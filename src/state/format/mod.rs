//! State files, version 4 of Terraform's format, read and written byte for byte as Terraform 1.11 does.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::read;
pub use write::write;

use crate::syntax::Diagnostics;

/// The newest version of the format.
const VERSION: u64 = 4;

/// What is wrong with a state file as one text, as Terraform puts it into other messages.
#[must_use]
pub fn problems(diagnostics: &Diagnostics) -> String {
    let texts: Vec<String> = diagnostics.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect();
    match texts.as_slice() {
        [text] => text.clone(),
        texts => format!("{} problems:\n\n- {}", texts.len(), texts.join("\n- ")),
    }
}
