//! Quoted text in messages.

use crate::lang::Marks;

/// The text in double quotes, on one line, with escapes for whatever could not be seen.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            ' ' => out.push(' '),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control()
                || c.is_whitespace()
                || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}') =>
            {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

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
