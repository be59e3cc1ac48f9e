//! Makes text acceptable to `hcl-edit` that the language allows and it refuses, without moving
//! anything: the result has the same length, and literals are read from the original anyway.
//!
//! - Newlines and comments where they mean nothing (`hcl-edit` knows them to mean nothing in fewer
//!   places) become spaces.
//! - A line of a heredoc that begins with the end marker and goes on loses that beginning.
//! - Numbers that may be too large for an `f64` become small ones.
//! - Keys that an object has twice become distinct names.

use std::collections::HashSet;
use std::ops::Range;

use super::literal;

/// What a text as a whole is.
#[derive(Clone, Copy)]
pub(super) enum Whole {
    /// A body or an expression.
    Code,
    /// A template without quotes.
    Template,
}

/// Replaces what needs to be.
pub(super) fn disguise(source: &str, whole: Whole) -> String {
    let outermost = match whole {
        Whole::Code => Frame::block(),
        Whole::Template => Frame::Template { end: None },
    };
    let mut scan = Scan { source, bytes: source.as_bytes().to_vec(), at: 0, frames: vec![outermost] };
    while scan.at < source.len() {
        scan.step();
    }
    String::from_utf8(scan.bytes).unwrap_or_else(|_| source.to_owned())
}

/// A construct that is open.
enum Frame {
    /// A block's body or the file: in a value from `=` to the newline.
    Block { in_value: bool },
    /// An object constructor: the keys so far, and the item at hand.
    Object { keys: HashSet<String>, item: Item },
    /// Parentheses, brackets, `for` in braces, a template sequence: newlines mean nothing.
    Enclosed,
    /// Between double quotes.
    Quoted,
    /// In a template without quotes; in a heredoc with the marker that ends it.
    Template { end: Option<String> },
}

/// How far an item of an object has been read.
#[derive(Clone, Copy)]
enum Item {
    /// Not at all.
    Awaited,
    /// Into its key, which begins there.
    Key(usize),
    /// Into its value.
    Value,
}

impl Frame {
    fn block() -> Frame {
        Frame::Block { in_value: false }
    }

    fn object() -> Frame {
        Frame::Object { keys: HashSet::new(), item: Item::Awaited }
    }
}

struct Scan<'a> {
    source: &'a str,
    bytes: Vec<u8>,
    at: usize,
    frames: Vec<Frame>,
}

impl Scan<'_> {
    fn step(&mut self) {
        match self.frames.last() {
            Some(Frame::Quoted) => self.in_quotes(),
            Some(Frame::Template { .. }) => self.in_template(),
            _ => self.in_expression(),
        }
    }

    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// The length of the character at hand.
    fn char_length(&self) -> usize {
        self.rest().chars().next().map_or(1, char::len_utf8)
    }

    /// Leaves a construct; the outermost stays.
    fn close(&mut self) {
        if self.frames.len() > 1 {
            self.frames.pop();
        }
    }

    fn blank(&mut self, range: Range<usize>) {
        self.bytes[range].fill(b' ');
    }

    /// `$${`, `${` and their like in literal text; whether there was one.
    fn template_marker(&mut self) -> bool {
        let rest = self.rest();
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            self.at += 3;
        } else if rest.starts_with("${") || rest.starts_with("%{") {
            self.at += 2;
            self.frames.push(Frame::Enclosed);
        } else {
            return false;
        }
        true
    }

    fn in_quotes(&mut self) {
        let rest = self.rest();
        if rest.starts_with('"') {
            self.at += 1;
            self.close();
        } else if rest.starts_with('\\') {
            self.at += 1;
            self.at += self.char_length();
        } else if !self.template_marker() {
            self.at += self.char_length();
        }
    }

    fn in_template(&mut self) {
        if let Some(Frame::Template { end: Some(marker) }) = self.frames.last()
            && self.source[..self.at].ends_with('\n')
        {
            let line = self.rest().split('\n').next().unwrap_or_default();
            let indentation = line.len() - line.trim_start().len();
            let text = line.trim();
            if text == marker {
                self.at += indentation + text.len();
                self.close();
                return;
            }
            if text.starts_with(marker.as_str()) {
                let other = if text.starts_with('A') { b'B' } else { b'A' };
                let range = self.at + indentation..self.at + indentation + marker.len();
                self.bytes[range].fill(other);
            }
        }
        if !self.template_marker() {
            self.at += self.char_length();
        }
    }

    fn in_expression(&mut self) {
        let comment = literal::comment_length(self.rest());
        let c = self.source.as_bytes()[self.at];
        if comment > 0 {
            // A comment is white space; the newline after it counts for itself.
            self.blank(self.at..self.at + comment);
            self.at += comment;
            return;
        }
        if c.is_ascii_whitespace() {
            self.white_space(c);
            return;
        }
        if self.heredoc_start() {
            return;
        }
        self.note_key(c);
        match c {
            b'"' => self.frames.push(Frame::Quoted),
            b'(' | b'[' => self.frames.push(Frame::Enclosed),
            b'{' => {
                let frame = self.brace();
                self.frames.push(frame);
            }
            b')' | b']' | b'}' => self.close(),
            b'=' => {
                if let Some(Frame::Block { in_value }) = self.frames.last_mut() {
                    *in_value = true;
                }
            }
            _ => {}
        }
        self.at += match c {
            b'0'..=b'9' => self.number(),
            _ => self.rest().find(|c| !identifier_continues(c)).unwrap_or(self.rest().len()).max(self.char_length()),
        };
    }

    /// Makes a number small that may be too large for `hcl-edit`, and gives its length.
    fn number(&mut self) -> usize {
        /// Longer ones may not fit into an `f64`.
        const LONGEST: usize = 300;
        let text = self.rest();
        let digits = |from: usize| from + text[from..].bytes().take_while(u8::is_ascii_digit).count();
        let mut end = digits(0);
        if text[end..].starts_with('.') {
            end = digits(end + 1);
        }
        let mantissa = end;
        if text[end..].starts_with(['e', 'E']) {
            let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
            end = digits(end + 1 + sign);
        }
        let changed = if end > LONGEST { 0..end } else { mantissa..end };
        for byte in &mut self.bytes[self.at + changed.start..self.at + changed.end] {
            if byte.is_ascii_digit() {
                *byte = b'0';
            }
        }
        end
    }

    fn white_space(&mut self, c: u8) {
        match self.frames.last_mut() {
            Some(Frame::Enclosed) => self.blank(self.at..self.at + 1),
            Some(Frame::Block { in_value }) if c == b'\n' => *in_value = false,
            Some(Frame::Object { item, .. }) if c == b'\n' => *item = Item::Awaited,
            _ => {}
        }
        self.at += 1;
    }

    /// What the brace at hand opens.
    fn brace(&self) -> Frame {
        if matches!(self.frames.last(), Some(Frame::Block { in_value: false })) {
            return Frame::block();
        }
        let next = literal::skip_trivia(self.source, self.at + 1);
        let rest = self.source.get(next..).unwrap_or_default();
        let is_for = rest.strip_prefix("for").is_some_and(|rest| !rest.starts_with(identifier_continues));
        if is_for { Frame::Enclosed } else { Frame::object() }
    }

    /// Enters a heredoc, if one begins here.
    fn heredoc_start(&mut self) -> bool {
        let Some(rest) = self.rest().strip_prefix("<<") else {
            return false;
        };
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let Some((marker, _)) = rest.split_once('\n') else {
            return false;
        };
        let marker = marker.strip_suffix('\r').unwrap_or(marker);
        if marker.is_empty() || !marker.chars().all(identifier_continues) {
            return false;
        }
        let marker = marker.to_owned();
        let line = self.rest().find('\n').map_or(self.rest().len(), |newline| newline + 1);
        self.at += line;
        self.frames.push(Frame::Template { end: Some(marker) });
        true
    }

    /// Keeps track of the keys of the object at hand, at a character outside of strings and brackets.
    fn note_key(&mut self, c: u8) {
        let colons = self.source.as_bytes().get(self.at.saturating_sub(1)..self.at + 2);
        let namespace = colons.is_some_and(|around| around.starts_with(b"::") || around.ends_with(b"::"));
        let Some(Frame::Object { keys, item }) = self.frames.last_mut() else {
            return;
        };
        match (*item, c) {
            (_, b',') => *item = Item::Awaited,
            (Item::Awaited, b'}') | (Item::Value, _) => {}
            (Item::Awaited, _) => *item = Item::Key(self.at),
            (Item::Key(start), b'=' | b':') if !namespace => {
                *item = Item::Value;
                let text = self.source.get(start..self.at).unwrap_or_default().trim_end();
                if !keys.insert(text.to_owned())
                    && let Some(name) = unused_name(text.len(), keys)
                {
                    self.bytes[start..start + text.len()].copy_from_slice(name.as_bytes());
                    keys.insert(name);
                }
            }
            (Item::Key(_), _) => {}
        }
    }
}

/// A name of that many bytes that is no key yet. There may be none of one byte.
fn unused_name(length: usize, keys: &HashSet<String>) -> Option<String> {
    const DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    // The number of keys before is a good first guess, so that this stays linear.
    (keys.len()..keys.len() + 2 * DIGITS.len()).find_map(|mut number| {
        let mut name = vec![b'a'; length];
        for digit in name.iter_mut().rev() {
            *digit = DIGITS[number % DIGITS.len()];
            number /= DIGITS.len();
        }
        let name = String::from_utf8(name).ok()?;
        (!keys.contains(&name)).then_some(name)
    })
}

fn identifier_continues(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
