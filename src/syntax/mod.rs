//! Files, spans, tokens, parsing, diagnostics: everything about text, nothing about meaning.

pub mod ast;
pub mod body;
pub mod diagnostic;
pub mod format;
pub mod grammar;
pub mod json;
pub mod parse;
pub mod quote;
pub mod scan;
pub mod source;
pub mod suggestion;

pub use diagnostic::{Diagnostic, Diagnostics, ExpressionValue, FunctionCall, Severity};
pub use source::{FileId, Position, SourceFile, SourceMap, Span};
