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

use std::ops::Range;
use std::sync::Arc;
use std::thread;

use hcl_edit::parser::Error;
use smol_str::SmolStr;

use crate::syntax::ast::{Block, Body, Expr, ExprKind, Ident, Traversal};
use crate::syntax::grammar::{Checked, check_body, check_expression, check_template};
use crate::syntax::{Diagnostic, Diagnostics, FileId, Span};
use disguise::{Whole, disguise};
use lower::Lower;

/// Parses a file. What could be made out is returned even if there are errors.
pub fn parse_body(file: FileId, text: &str) -> (Body, Diagnostics) {
    match parse_in_parts(file, text) {
        Some(body) => (body, Diagnostics::new()),
        None => parse_whole(file, text),
    }
}

/// Below this many bytes, starting a thread takes longer than parsing them.
const WORTH_A_THREAD: usize = 128 * 1024;

/// Parses the parts of a large file side by side. Gives up if there is anything wrong with one of them, as there is
/// where the text was cut in the middle of something.
fn parse_in_parts(file: FileId, text: &str) -> Option<Body> {
    let wanted = 1 + text.len() / WORTH_A_THREAD;
    if wanted == 1 {
        return None;
    }
    let threads = thread::available_parallelism().map_or(1, usize::from).min(wanted);
    let parts = parts(text, threads);
    if parts.len() < 2 {
        return None;
    }
    let parse = |part: &Range<usize>| parse_sound(file, &text[part.clone()], part.start);
    let bodies: Vec<Option<Body>> = thread::scope(|scope| {
        let others: Vec<_> = parts[1..].iter().map(|part| scope.spawn(move || parse(part))).collect();
        let first = parse(&parts[0]);
        std::iter::once(first).chain(others.into_iter().map(|other| other.join().ok().flatten())).collect()
    });
    let mut whole = Body::default();
    for body in bodies {
        let body = body?;
        // Two arguments of one name would be an error, which no part can see.
        if !body.attributes.is_empty() {
            return None;
        }
        whole.blocks.extend(body.blocks);
    }
    Some(whole)
}

/// The text cut into about equal parts behind lines that are a closing brace, where top-level blocks end.
fn parts(text: &str, count: usize) -> Vec<Range<usize>> {
    const END: &str = "\n}\n";
    let mut parts = Vec::with_capacity(count);
    let mut start = 0;
    for n in 1..count {
        let target = text.floor_char_boundary(text.len() / count * n).max(start);
        let Some(found) = text[target..].find(END) else { break };
        let end = target + found + END.len();
        parts.push(start..end);
        start = end;
    }
    parts.push(start..text.len());
    parts
}

/// The body of a text without errors.
fn parse_sound(file: FileId, text: &str, origin: usize) -> Option<Body> {
    let checked = check_body(file, text);
    if !checked.diagnostics.is_empty() {
        return None;
    }
    let mut body = Body { blocks: Vec::with_capacity(checked.items.len()), ..Body::default() };
    for item in checked.items {
        let piece = parse_item(file, text.get(item.clone())?, origin + item.start).ok()?;
        body.attributes.extend(piece.attributes);
        body.blocks.extend(piece.blocks);
    }
    Some(body)
}

fn parse_whole(file: FileId, text: &str) -> (Body, Diagnostics) {
    let Checked { mut diagnostics, items, blanks, valueless } = check_body(file, text);
    let mut body = Body { blocks: Vec::with_capacity(items.len()), ..Body::default() };
    // Piece by piece: `hcl-edit` is much faster with short texts, whose trees are dropped at once.
    for item in items {
        match parse_readable(file, text, &item, &blanks) {
            Ok(piece) => {
                body.attributes.extend(piece.attributes);
                body.blocks.extend(piece.blocks);
            }
            Err(errors) => diagnostics.extend(errors),
        }
    }
    for range in valueless {
        let name = text.get(range.clone()).unwrap_or_default().into();
        add_valueless(&mut body, Ident { name, span: Span::new(file, range.start, range.end) });
    }
    (body, diagnostics)
}

/// Parses one item, with spaces in the place of what is broken in it.
fn parse_readable(file: FileId, text: &str, item: &Range<usize>, blanks: &[Range<usize>]) -> Result<Body, Diagnostics> {
    let first = blanks.partition_point(|blank| blank.end <= item.start);
    let within = blanks[first..].iter().take_while(|blank| blank.start < item.end).cloned().collect::<Vec<_>>();
    let source = text.get(item.clone()).unwrap_or_default();
    if within.is_empty() {
        parse_item(file, source, item.start)
    } else {
        parse_item(file, &blanked(source, item.start, &within), item.start)
    }
}

/// The source with spaces in the place of what is broken in it. `origin` is its offset in the text
/// whose ranges the blanks are.
fn blanked(source: &str, origin: usize, blanks: &[Range<usize>]) -> String {
    let mut bytes = source.as_bytes().to_vec();
    for blank in blanks {
        let start = blank.start.saturating_sub(origin).min(bytes.len());
        let end = blank.end.saturating_sub(origin).clamp(start, bytes.len());
        bytes[start..end].fill(b' ');
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Notes the name in the innermost block around it.
fn add_valueless(body: &mut Body, name: Ident) {
    let around = |block: &&mut Block| block.braces.start <= name.span.start && name.span.end <= block.braces.end;
    match body.blocks.iter_mut().find(around) {
        Some(block) => add_valueless(Arc::make_mut(&mut block.body), name),
        None => body.valueless.push(name),
    }
}

/// Parses some of the items of a body, which begin at `origin` of the file.
fn parse_item(file: FileId, source: &str, origin: usize) -> Result<Body, Diagnostics> {
    let (body, parsed) = with_disguise(source, Whole::Code, hcl_edit::parser::parse_body)
        .map_err(|error| Diagnostics::from(refusal(&error, file, origin, 0)))?;
    let parsed = parsed.as_deref().unwrap_or(source);
    let mut lower = Lower { file, source, parsed, origin, skip: 0, diagnostics: Diagnostics::new() };
    let body = lower.body(&body);
    if lower.diagnostics.has_errors() { Err(lower.diagnostics) } else { Ok(body) }
}

/// Parses an expression as if it stood in parentheses, so that newlines do not end it. `base` is the
/// offset of `text` in its file.
///
/// # Errors
///
/// All that is wrong with it.
pub fn parse_expression(file: FileId, text: &str, base: usize) -> Result<Expr, Diagnostics> {
    let errors = check_expression(file, text, base);
    if errors.has_errors() { Err(errors) } else { parse_piece(file, text, base) }
}

/// [`parse_expression`] for text that has been checked.
fn parse_piece(file: FileId, text: &str, base: usize) -> Result<Expr, Diagnostics> {
    // The newline ends a comment or a heredoc.
    let source = format!("({text}\n)");
    let (expr, parsed) = with_disguise(&source, Whole::Code, hcl_edit::parser::parse_expr)
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
    if lower.diagnostics.has_errors() {
        return Err(lower.diagnostics);
    }
    match expr.kind {
        ExprKind::Parentheses(inner) => Ok(*inner),
        // The text closed the parenthesis itself, which the grammar does not allow.
        _ => Err(Diagnostic::error("Invalid expression", "Expected an expression.").at(expr.span).into()),
    }
}

/// Parses the text of a template file or of a string in JSON syntax. `base` is the offset of `text`
/// in its file.
///
/// # Errors
///
/// All that is wrong with it.
pub fn parse_template(file: FileId, text: &str, base: usize) -> Result<Expr, Diagnostics> {
    let errors = check_template(file, text, base);
    if errors.has_errors() {
        return Err(errors);
    }
    let (template, parsed) = with_disguise(text, Whole::Template, hcl_edit::parser::parse_template)
        .map_err(|error| Diagnostics::from(refusal(&error, file, base, 0)))?;
    let parsed = parsed.as_deref().unwrap_or(text);
    let mut lower = Lower { file, source: text, parsed, origin: base, skip: 0, diagnostics: Diagnostics::new() };
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

/// A string's text in Unicode normal form C.
pub(super) fn normalise(text: &str) -> SmolStr {
    literal::normalise(text.into())
}

/// Parses `source`, or if that is refused, a disguise of it: then that is returned, too.
fn with_disguise<T>(
    source: &str,
    whole: Whole,
    parse: fn(&str) -> Result<T, Error>,
) -> Result<(T, Option<String>), Error> {
    let refused = match parse(source) {
        Ok(parsed) => return Ok((parsed, None)),
        Err(refused) => refused,
    };
    let disguised = disguise(source, whole);
    if disguised == source {
        return Err(refused);
    }
    parse(&disguised).map(|parsed| (parsed, Some(disguised)))
}

/// An error of `hcl-edit` as a diagnostic. `skip` bytes of its input are not in the file.
fn refusal(error: &Error, file: FileId, origin: usize, skip: usize) -> Diagnostic {
    let at = (origin + error.location().offset()).saturating_sub(skip);
    Diagnostic::error("Unsupported syntax", format!("The parser cannot read this: {}.", error.message())).at(Span::new(
        file,
        at,
        at + 1,
    ))
}
