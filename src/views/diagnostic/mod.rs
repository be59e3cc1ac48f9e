//! Diagnostics as people and programs read them, as Terraform shows them.

pub mod json;
mod snippet;
mod text;

pub use snippet::Snippets;
pub use text::{Style, compact, in_order, render, sorted};
