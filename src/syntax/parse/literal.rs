//! The text of literals: escapes, normalisation, and what may stand between tokens.

use std::borrow::Cow;

use smol_str::SmolStr;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// What is between the quotes.
pub(super) fn unquote(text: &str) -> &str {
    let text = text.strip_prefix('"').unwrap_or(text);
    text.strip_suffix('"').unwrap_or(text)
}

/// The value of what is between the quotes of a quoted string.
pub(super) fn string(source: &str) -> SmolStr {
    normalise(decode_quoted(source))
}

/// In Unicode normal form C, like every string of the language.
pub(super) fn normalise(text: Cow<'_, str>) -> SmolStr {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text.into();
    }
    text.nfc().collect()
}

/// Replaces the escapes of a quoted string: backslash sequences, `$${` and `%%{`. Malformed ones,
/// which are errors reported elsewhere, stay as they are.
pub(super) fn decode_quoted(source: &str) -> Cow<'_, str> {
    if !source.contains('\\') {
        return decode_markers(source);
    }
    let mut decoded = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        decoded.push_str(&decode_markers(&rest[..at]));
        rest = &rest[at..];
        match escape(&rest[1..]) {
            Some((c, len)) => {
                decoded.push(c);
                rest = &rest[1 + len..];
            }
            None => {
                decoded.push('\\');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(&decode_markers(rest));
    Cow::Owned(decoded)
}

/// The character that the escape after a backslash means, and the escape's length.
fn escape(rest: &str) -> Option<(char, usize)> {
    let hex = |digits: usize| {
        let code = u32::from_str_radix(rest.get(1..=digits)?, 16).ok()?;
        Some((char::from_u32(code)?, digits + 1))
    };
    match rest.bytes().next()? {
        b'n' => Some(('\n', 1)),
        b'r' => Some(('\r', 1)),
        b't' => Some(('\t', 1)),
        b'"' => Some(('"', 1)),
        b'\\' => Some(('\\', 1)),
        b'u' => hex(4),
        b'U' => hex(8),
        _ => None,
    }
}

/// Replaces the escaped template openings `$${` and `%%{`, the only escapes that heredocs know.
pub(super) fn decode_markers(source: &str) -> Cow<'_, str> {
    if !source.contains("$${") && !source.contains("%%{") {
        return Cow::Borrowed(source);
    }
    let mut decoded = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            rest = &rest[1..];
            decoded.push_str(&rest[..2]);
            rest = &rest[2..];
        } else {
            decoded.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Cow::Owned(decoded)
}

/// The position of the next token at or after `at`: behind white space and comments.
pub(super) fn skip_trivia(source: &str, at: usize) -> usize {
    let mut at = at;
    loop {
        at = skip_space(source, at);
        let rest = source.get(at..).unwrap_or_default();
        let comment = comment_length(rest);
        if comment == 0 {
            return at;
        }
        at += comment;
    }
}

/// The position after white space at `at`.
pub(super) fn skip_space(source: &str, at: usize) -> usize {
    let rest = source.get(at..).unwrap_or_default();
    at + rest.bytes().take_while(u8::is_ascii_whitespace).count()
}

/// How long the comment is with which `rest` begins, without its line ending; 0 if it begins with none.
pub(super) fn comment_length(rest: &str) -> usize {
    if rest.starts_with('#') || rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.get(2..).and_then(|inner| inner.find("*/")).map_or(rest.len(), |end| end + 4);
    }
    0
}
