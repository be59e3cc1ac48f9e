//! From values to text, by the rules of libyaml's emitter: block style, strings in double quotes or, with line breaks
//! in them, as literal blocks where that is possible.

use crate::lang::Value;
use crate::lang::value::Kind;

/// Quoted strings are broken at a space beyond this column.
const BEST_WIDTH: usize = 80;

const INDENT: usize = 2;

/// The longest key that is written without `?`, in bytes.
const LONGEST_SIMPLE_KEY: usize = 128;

/// The most that is written, in bytes.
const MAX_LENGTH: usize = 1 << 24;

/// A wholly known value as a document.
pub(super) fn document(value: &Value) -> Result<String, String> {
    let mut emitter = Emitter { out: String::new(), column: 0, indent: None, after_space: true, in_indentation: true };
    emitter.node(value, Place::Root)?;
    emitter.new_line();
    let is_plain_scalar = value.as_elements().is_none() && value.as_entries().is_none() && value.as_str().is_none();
    if is_plain_scalar {
        emitter.out.push_str("...\n");
    }
    Ok(emitter.out)
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Sequence,
    SimpleKey,
    /// The value of a mapping, or a key with `?`.
    Mapping,
}

struct Emitter {
    out: String,
    column: usize,
    /// The column of the current collection; none outside of any.
    indent: Option<usize>,
    /// Nothing or white space is before the current column.
    after_space: bool,
    /// Only white space and indicators are before it on its line.
    in_indentation: bool,
}

impl Emitter {
    fn node(&mut self, value: &Value, place: Place) -> Result<(), String> {
        if self.out.len() > MAX_LENGTH {
            return Err(format!("the result is larger than {MAX_LENGTH} bytes"));
        }
        match value.kind() {
            Kind::Bool(b) => self.plain(if *b { "true" } else { "false" }),
            Kind::Number(n) => self.plain(&n.to_string()),
            Kind::Null(_) | Kind::Unknown(_) => self.plain("null"),
            Kind::String(s) => self.string(s, place),
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) if e.items().is_empty() => self.plain("[]"),
            Kind::Map(e) | Kind::Object(e) if e.items().is_empty() => self.plain("{}"),
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => {
                // Directly below its key, a sequence is not indented.
                let indents = place != Place::Mapping || self.in_indentation;
                return self.indented(indents, |s| s.sequence(e.items()));
            }
            Kind::Map(e) | Kind::Object(e) => {
                return self.indented(true, |s| e.items().iter().try_for_each(|(key, value)| s.entry(key, value)));
            }
        }
        Ok(())
    }

    fn indented(&mut self, indents: bool, write: impl FnOnce(&mut Self) -> Result<(), String>) -> Result<(), String> {
        let outer = self.indent;
        self.indent = Some(match outer {
            None => 0,
            Some(indent) if indents => indent + INDENT,
            Some(indent) => indent,
        });
        write(self)?;
        self.indent = outer;
        Ok(())
    }

    fn sequence(&mut self, items: &[Value]) -> Result<(), String> {
        for item in items {
            self.new_line();
            self.indicator("-", true, true);
            self.node(item, Place::Sequence)?;
        }
        Ok(())
    }

    fn entry(&mut self, key: &str, value: &Value) -> Result<(), String> {
        self.new_line();
        if key.len() <= LONGEST_SIMPLE_KEY && !key.contains(is_break) {
            self.string(key, Place::SimpleKey);
            self.indicator(":", false, false);
        } else {
            self.indicator("?", true, true);
            self.string(key, Place::Mapping);
            self.new_line();
            self.indicator(":", true, true);
        }
        self.node(value, Place::Mapping)
    }

    fn string(&mut self, text: &str, place: Place) {
        // A scalar's further lines are indented more than what it is in.
        let outer = self.indent;
        self.indent = Some(outer.map_or(INDENT, |indent| indent + INDENT));
        if place != Place::SimpleKey && text.contains('\n') && is_literal(text) {
            self.literal(text);
        } else {
            self.quoted(text, place != Place::SimpleKey);
        }
        self.indent = outer;
    }

    fn plain(&mut self, text: &str) {
        self.space();
        text.chars().for_each(|c| self.put(c));
        self.after_space = false;
        self.in_indentation = false;
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false);
        if text.starts_with([' ', '\n', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.indicator(&INDENT.to_string(), false, false);
        }
        let mut from_end = text.chars().rev().map(is_break);
        match (from_end.next(), from_end.next()) {
            (Some(true), Some(false)) => {}
            (Some(true), _) => self.indicator("+", false, false),
            _ => self.indicator("-", false, false),
        }
        self.line_break('\n');
        let mut at_line_start = true;
        for c in text.chars() {
            if is_break(c) {
                self.line_break(c);
                at_line_start = true;
                continue;
            }
            if at_line_start {
                self.new_line();
            }
            self.put(c);
            self.in_indentation = false;
            at_line_start = false;
        }
    }

    fn quoted(&mut self, text: &str, can_break: bool) {
        self.indicator("\"", true, false);
        // A byte order mark at the beginning makes everything look like one.
        let all_escaped = text.starts_with('\u{feff}');
        let mut after_space = false;
        let mut chars = text.chars().peekable();
        let mut is_first = true;
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            if all_escaped || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
                escape(c).chars().for_each(|c| self.put(c));
                after_space = false;
            } else if c == ' ' {
                if can_break && !after_space && self.column > BEST_WIDTH && !is_first && next.is_some() {
                    self.new_line();
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                after_space = true;
            } else {
                self.put(c);
                after_space = false;
            }
            is_first = false;
        }
        self.put('"');
        self.after_space = false;
        self.in_indentation = false;
    }

    /// Goes to the current indentation, on a new line unless there is nothing yet on this one.
    fn new_line(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.in_indentation || self.column > indent || (self.column == indent && !self.after_space) {
            self.line_break('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.after_space = true;
        self.in_indentation = true;
    }

    fn indicator(&mut self, text: &str, needs_space: bool, is_indentation: bool) {
        if needs_space {
            self.space();
        }
        text.chars().for_each(|c| self.put(c));
        self.after_space = false;
        self.in_indentation &= is_indentation;
    }

    fn space(&mut self) {
        if !self.after_space {
            self.put(' ');
        }
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn line_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
        self.after_space = true;
        self.in_indentation = true;
    }
}

/// Whether a string can be a literal block: all is printable and no space stands before a line break or at the end.
fn is_literal(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let ends_line = chars.peek().is_none_or(|next| is_break(*next));
        if !is_printable(c) || (c == ' ' && ends_line) {
            return false;
        }
    }
    true
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fffd}') && c != '\u{feff}'
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            return match c as u32 {
                code @ 0..=0xff => format!("\\x{code:02X}"),
                code @ 0..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}
