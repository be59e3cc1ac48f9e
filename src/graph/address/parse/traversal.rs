//! Names and keys in a row, in HCL's syntax.

use hcl_edit::Ident;
use smol_str::SmolStr;

use crate::graph::InstanceKey;
use crate::lang::Number;
use crate::lang::value::nfc;
use crate::syntax::Diagnostic;

/// A step of a traversal.
pub(super) enum Step {
    /// A name: the first one, or behind a dot.
    Attr(SmolStr),
    /// A key in brackets; an error if it can't be one.
    Index(Result<InstanceKey, Box<Diagnostic>>),
}

/// The steps of a text.
pub(super) fn parse(text: &str) -> Result<Vec<Step>, Diagnostic> {
    let mut rest = text.trim_start();
    let first = take_name(&mut rest)
        .ok_or_else(|| Diagnostic::error("Variable name required", "Must begin with a variable name."))?;
    let mut steps = vec![Step::Attr(first)];
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(steps);
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = after.trim_start();
            let detail = match rest.starts_with('*') {
                true => "Splat expressions (.*) may not be used here.",
                false => "Dot must be followed by attribute name.",
            };
            let name = take_name(&mut rest).ok_or_else(|| Diagnostic::error("Attribute name required", detail))?;
            steps.push(Step::Attr(name));
        } else if let Some(after) = rest.strip_prefix('[') {
            rest = after.trim_start();
            steps.push(Step::Index(take_key(&mut rest)?));
            rest = rest.trim_start();
            let unclosed = "Index key must be followed by a closing bracket.";
            rest = rest.strip_prefix(']').ok_or_else(|| Diagnostic::error("Unclosed index brackets", unclosed))?;
        } else {
            let detail = "Expected an attribute access or an index operator.";
            return Err(Diagnostic::error("Invalid character", detail));
        }
    }
}

fn take_name(rest: &mut &str) -> Option<SmolStr> {
    let is_name = |end: usize| Ident::try_new(&rest[..end]).is_ok();
    let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| is_name(*end)).last()?;
    let name = nfc(SmolStr::new(&rest[..end]));
    *rest = &rest[end..];
    Some(name)
}

fn take_key(rest: &mut &str) -> Result<Result<InstanceKey, Box<Diagnostic>>, Diagnostic> {
    if let Some(after) = rest.strip_prefix('"') {
        let (key, behind) = string(after)?;
        *rest = behind;
        return Ok(Ok(InstanceKey::Name(nfc(key.into()))));
    }
    if rest.starts_with('*') {
        let detail = "Splat expressions ([*]) may not be used here.";
        return Err(Diagnostic::error("Attribute name required", detail));
    }
    let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let Some(number) = Number::parse(&rest[..digits]) else {
        let detail = "Index brackets must contain either a literal number or a literal string.";
        return Err(Diagnostic::error("Index value required", detail));
    };
    *rest = &rest[digits..];
    let index = number.to_i64().and_then(|n| u64::try_from(n).ok());
    Ok(index.map(InstanceKey::Index).ok_or_else(|| {
        let detail = format!(
            "Invalid resource instance key: value must be a whole number, between {} and {}.",
            i64::MIN,
            i64::MAX
        );
        Box::new(Diagnostic::error("Invalid address", detail))
    }))
}

/// The string up to a closing quote, and what is behind that.
fn string(text: &str) -> Result<(String, &str), Diagnostic> {
    let invalid = |detail: String| Err(Diagnostic::error("Invalid string literal", detail));
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok((out, chars.as_str())),
            '\\' => match escape(&mut chars) {
                Some(c) => out.push(c),
                None => return invalid("The symbol \"\\\" starts an escape sequence that is not valid.".to_owned()),
            },
            '$' | '%' => {
                let rest = chars.as_str();
                if rest.starts_with('{') {
                    return invalid(format!(
                        "Template sequences are not allowed in this string. To include a literal \"{c}\", double it (as \
                         \"{c}{c}\") to escape it."
                    ));
                }
                out.push(c);
                if let Some(after) = rest.strip_prefix(c)
                    && after.starts_with('{')
                {
                    chars = after.chars();
                }
            }
            c => out.push(c),
        }
    }
    Err(Diagnostic::error("Unclosed index brackets", "Index key must be followed by a closing bracket."))
}

fn escape(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let digits = match chars.next()? {
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        c @ ('"' | '\\') => return Some(c),
        'u' => 4,
        'U' => 8,
        _ => return None,
    };
    let code = chars.as_str().get(..digits)?;
    *chars = chars.as_str()[digits..].chars();
    char::from_u32(u32::from_str_radix(code, 16).ok()?)
}
