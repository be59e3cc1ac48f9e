//! Files, spans, tokens, parsing, diagnostics: everything about text, nothing about meaning.

pub mod ast;
pub mod diagnostic;
pub mod source;

pub use diagnostic::{Diagnostic, Diagnostics, ExpressionValue, FunctionCall, Severity};
pub use source::{FileId, Position, SourceFile, SourceMap, Span};
