//! Native syntax: from text to the syntax tree.
//!
//! `hcl-edit` parses, [`lower`] translates its tree to ours. What it refuses although the language
//! allows it is disguised first ([`disguise`]).

mod disguise;
mod literal;
mod lower;
mod template;
#[cfg(test)]
mod tests;

use hcl_edit::parser::Error;

use crate::syntax::ast::{Body, Expr, ExprKind, Traversal};
use crate::syntax::{Diagnostic, Diagnostics, FileId, Span};
use lower::Lower;

/// Parses a file. What could be made out is returned even if there are errors.
pub fn parse_body(file: FileId, text: &str) -> (Body, Diagnostics) {
    let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    parse_item(file, &text[bom..], bom)
}

/// Parses some of the items of a body, which begin at `origin` of the file.
fn parse_item(file: FileId, source: &str, origin: usize) -> (Body, Diagnostics) {
    let parsed = with_disguise(source, hcl_edit::parser::parse_body);
    match parsed {
        Ok((body, parsed)) => {
            let mut lower = Lower {
                file,
                source,
                parsed: parsed.as_deref().unwrap_or(source),
                origin,
                skip: 0,
                diagnostics: Diagnostics::new(),
            };
            (lower.body(&body), lower.diagnostics)
        }
        Err(error) => (Body::default(), refusal(&error, file, origin, 0).into()),
    }
}

/// Parses an expression as if it stood in parentheses, so that newlines do not end it. `base` is the
/// offset of `text` in its file.
///
/// # Errors
///
/// All that is wrong with it.
pub fn parse_expression(file: FileId, text: &str, base: usize) -> Result<Expr, Diagnostics> {
    parse_piece(file, text, base)
}

/// [`parse_expression`] for text that has been checked.
fn parse_piece(file: FileId, text: &str, base: usize) -> Result<Expr, Diagnostics> {
    // The newline ends a comment or a heredoc.
    let source = format!("({text}\n)");
    let (expr, parsed) = with_disguise(&source, hcl_edit::parser::parse_expr)
        .map_err(|error| Diagnostics::from(refusal(&error, file, base, 1)))?;
    let mut lower = Lower {
        file,
        source: &source,
        parsed: parsed.as_deref().unwrap_or(&source),
        origin: base,
        skip: 1,
        diagnostics: Diagnostics::new(),
    };
    let expr = lower.expr(&expr);
    match expr.kind {
        ExprKind::Parentheses(inner) if !lower.diagnostics.has_errors() => Ok(*inner),
        _ if lower.diagnostics.has_errors() => Err(lower.diagnostics),
        _ => Err(Diagnostic::error("Extra characters after expression", "An expression was successfully parsed, but extra characters were found after it.")
            .at(expr.span)
            .into()),
    }
}

/// Parses the text of a template file or of a string in JSON syntax. `base` is the offset of `text`
/// in its file.
///
/// # Errors
///
/// All that is wrong with it.
pub fn parse_template(file: FileId, text: &str, base: usize) -> Result<Expr, Diagnostics> {
    let template = hcl_edit::parser::parse_template(text)
        .map_err(|error| Diagnostics::from(refusal(&error, file, base, 0)))?;
    let mut lower =
        Lower { file, source: text, parsed: text, origin: base, skip: 0, diagnostics: Diagnostics::new() };
    let kind = lower.template_file(&template);
    if lower.diagnostics.has_errors() {
        return Err(lower.diagnostics);
    }
    Ok(Expr { kind, span: Span::new(file, base, base + text.len()) })
}

/// Parses a reference with nothing but constant steps: `aws_vpc.a[0].id`.
///
/// # Errors
///
/// What is wrong with it as an expression, or that it is some other expression.
pub fn parse_traversal(file: FileId, text: &str, base: usize) -> Result<Traversal, Diagnostics> {
    let expr = parse_expression(file, text, base)?;
    match expr.kind {
        ExprKind::Traversal(traversal) => Ok(traversal),
        _ => Err(Diagnostic::error(
            "Invalid expression",
            "A single static variable reference is required: only attribute access and indexing with constant keys. \
             No calculations, function calls, template expressions, etc are allowed here.",
        )
        .at(expr.span)
        .into()),
    }
}

/// Parses `source`, or if that is refused, a disguise of it: then that is returned, too.
fn with_disguise<T>(source: &str, parse: fn(&str) -> Result<T, Error>) -> Result<(T, Option<String>), Error> {
    let refused = match parse(source) {
        Ok(parsed) => return Ok((parsed, None)),
        Err(refused) => refused,
    };
    let disguised = disguise::disguise(source);
    if disguised == source {
        return Err(refused);
    }
    parse(&disguised).map(|parsed| (parsed, Some(disguised)))
}

/// An error of `hcl-edit` as a diagnostic. `skip` bytes of its input are not in the file.
fn refusal(error: &Error, file: FileId, origin: usize, skip: usize) -> Diagnostic {
    let at = (origin + error.location().offset()).saturating_sub(skip);
    Diagnostic::error("Unsupported syntax", format!("The parser cannot read this: {}.", error.message()))
        .at(Span::new(file, at, at + 1))
}
