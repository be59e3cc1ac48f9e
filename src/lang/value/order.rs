//! The order of elements in a set, which is the order in which sets are printed, iterated and
//! converted to lists: strings by text, numbers by size, false before true, everything else by a
//! text made of its content, unknowns behind those, nulls last.

use std::cmp::Ordering;
use std::fmt::Write;

use super::{Kind, Value};

/// Compares two unmarked elements of one set.
pub(super) fn set_order(a: &Value, b: &Value) -> Ordering {
    match (&a.kind, &b.kind) {
        (Kind::Null(_), Kind::Null(_)) => Ordering::Equal,
        (Kind::Null(_), _) => Ordering::Greater,
        (_, Kind::Null(_)) => Ordering::Less,
        (Kind::Unknown(_), Kind::Unknown(_)) => Ordering::Equal,
        (Kind::Unknown(_), _) => Ordering::Greater,
        (_, Kind::Unknown(_)) => Ordering::Less,
        (Kind::String(a), Kind::String(b)) => a.cmp(b),
        (Kind::Number(a), Kind::Number(b)) => a.cmp(b),
        (Kind::Bool(a), Kind::Bool(b)) => a.cmp(b),
        _ => fingerprint(a).cmp(&fingerprint(b)).then_with(|| structural(a, b)),
    }
}

fn fingerprint(v: &Value) -> String {
    let mut out = String::new();
    write_fingerprint(v, Digits::Ten, &mut out);
    out
}

impl Value {
    /// A text that two wholly known, unmarked values of one type share exactly if they are equal.
    #[must_use]
    pub fn identity(&self) -> String {
        let mut out = String::new();
        write_fingerprint(self, Digits::All, &mut out);
        out
    }
}

/// How many digits of numbers count.
#[derive(Clone, Copy)]
enum Digits {
    Ten,
    All,
}

fn write_fingerprint(v: &Value, digits: Digits, out: &mut String) {
    match &v.kind {
        Kind::Null(_) => out.push('~'),
        Kind::Unknown(_) => out.push('?'),
        Kind::Bool(true) => out.push('T'),
        Kind::Bool(false) => out.push('F'),
        // Ten significant digits, as Go prints a number by default: `set_order` breaks ties.
        Kind::Number(n) => {
            let _ = match digits {
                Digits::Ten => out.write_str(&n.to_general(10)),
                Digits::All => write!(out, "{n}"),
            };
        }
        Kind::String(s) => quote(s, out),
        Kind::List(e) | Kind::Set(e) => wrapped(out, digits, '[', ']', e.items().iter()),
        Kind::Tuple(e) => wrapped(out, digits, '<', '>', e.items().iter()),
        Kind::Object(e) => wrapped(out, digits, '<', '>', e.items().iter().map(|(_, v)| v)),
        Kind::Map(e) => {
            out.push('{');
            for (k, v) in e.items() {
                quote(k, out);
                out.push(':');
                write_fingerprint(v, digits, out);
                out.push(';');
            }
            out.push('}');
        }
    }
}

fn wrapped<'a>(out: &mut String, digits: Digits, open: char, close: char, items: impl Iterator<Item = &'a Value>) {
    out.push(open);
    for item in items {
        write_fingerprint(item, digits, out);
        out.push(';');
    }
    out.push(close);
}

/// A quoted string as Go's `%q` writes it.
fn quote(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{07}' => out.push_str("\\a"),
            '\u{08}' => out.push_str("\\b"),
            '\u{0c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{0b}' => out.push_str("\\v"),
            ' '..='~' => out.push(c),
            c if c.is_ascii() => push_escape(out, 'x', 2, c),
            c if is_printed(c) => out.push(c),
            '\u{10000}'.. => push_escape(out, 'U', 8, c),
            _ => push_escape(out, 'u', 4, c),
        }
    }
    out.push('"');
}

fn push_escape(out: &mut String, letter: char, digits: usize, c: char) {
    let _ = write!(out, "\\{letter}{:0digits$x}", u32::from(c));
}

/// Letters, marks, digits, punctuation and symbols, not control, format or space characters.
fn is_printed(c: char) -> bool {
    // What Rust escapes for debugging is the same, but for combining marks.
    c.escape_debug().len() == 1 || unicode_normalization::char::is_combining_mark(c)
}

/// A total order for values whose fingerprints are the same: numbers that differ beyond ten digits.
fn structural(a: &Value, b: &Value) -> Ordering {
    let children = |v: &Value| -> Vec<Value> {
        match (v.as_elements(), v.as_entries()) {
            (Some(items), _) => items.to_vec(),
            (_, Some(entries)) => entries.iter().map(|(_, v)| v.clone()).collect(),
            _ => Vec::new(),
        }
    };
    match (&a.kind, &b.kind) {
        (Kind::Number(a), Kind::Number(b)) => a.cmp(b),
        _ => {
            let (x, y) = (children(a), children(b));
            x.iter().zip(&y).map(|(a, b)| structural(a, b)).find(|o| o.is_ne()).unwrap_or(x.len().cmp(&y.len()))
        }
    }
}
