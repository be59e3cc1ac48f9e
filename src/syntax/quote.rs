//! Text in double quotes, as values and messages show it: Go's rules for what can be seen.

use std::sync::LazyLock;

use regex::Regex;

/// A text in double quotes, with escapes for whatever can't be seen.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_quoted(text, &mut out);
    out
}

/// Writes a text as [`quoted`] gives it.
pub fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if is_visible(c) => out.push(c),
            c if u32::from(c) <= 0xffff => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
}

/// Whether a character is a letter, mark, number, punctuation or symbol, or the ordinary space.
fn is_visible(c: char) -> bool {
    #[expect(clippy::expect_used, reason = "a constant pattern, which tests compile")]
    static VISIBLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\A[\pL\pM\pN\pP\pS]\z").expect("invariant: the pattern is valid"));
    c.is_ascii_graphic() || c == ' ' || (!c.is_ascii() && VISIBLE.is_match(c.encode_utf8(&mut [0; 4])))
}
