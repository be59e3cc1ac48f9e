//! JSON text as tokens, and laid out in other ways. It never makes a tree.

use std::borrow::Cow;

/// How deeply arrays and objects can be nested.
const MAX_DEPTH: usize = 500;

/// Reads JSON text from left to right.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Scanner { text, at: 0, depth: 0 }
    }

    /// Reads text from within this one.
    pub fn nested<'b>(&self, text: &'b str) -> Scanner<'b> {
        Scanner { text, at: 0, depth: self.depth + 1 }
    }

    /// The first byte of the next token; 0 at the end.
    pub fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or(0)
    }

    /// Takes a punctuation mark, if it is the next token.
    pub fn take(&mut self, mark: u8) -> bool {
        let found = self.peek() == mark;
        self.at += usize::from(found);
        found
    }

    /// Takes a punctuation mark that must be there.
    pub fn need(&mut self, mark: u8) -> Result<(), String> {
        if self.take(mark) { Ok(()) } else { Err(self.unexpected(&format!("'{}'", char::from(mark)))) }
    }

    /// What to say if the next token isn't what is wanted.
    pub fn unexpected(&mut self, wanted: &str) -> String {
        match self.peek() {
            0 => format!("the JSON text ends where {wanted} should be"),
            _ => {
                let found = self.text[self.at..].chars().next().unwrap_or_default();
                format!("{wanted} expected, found '{found}'")
            }
        }
    }

    /// Goes into an array or object.
    pub fn open(&mut self, bracket: u8) -> Result<(), String> {
        self.need(bracket)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("nested more than {MAX_DEPTH} levels deep"));
        }
        Ok(())
    }

    /// Whether there is another element or entry, behind the comma that belongs there; if not, goes out.
    pub fn more(&mut self, closing: u8, first: bool) -> Result<bool, String> {
        if self.take(closing) {
            self.depth -= 1;
            return Ok(false);
        }
        if !first {
            self.need(b',')?;
        }
        Ok(true)
    }

    /// A key and its colon.
    pub fn key(&mut self) -> Result<Cow<'a, str>, String> {
        let key = self.string()?;
        self.need(b':')?;
        Ok(key)
    }

    /// A string.
    pub fn string(&mut self) -> Result<Cow<'a, str>, String> {
        let raw = self.raw_string()?;
        let inner = &raw[1..raw.len() - 1];
        if !inner.bytes().any(|b| b == b'\\' || b < 0x20) {
            return Ok(Cow::Borrowed(inner));
        }
        match serde_json::from_str(raw) {
            Ok(string) => Ok(Cow::Owned(string)),
            // Half a surrogate pair, which Go reads as the replacement character.
            Err(_) => serde_json::from_slice::<LenientString>(raw.as_bytes())
                .map(|s| Cow::Owned(s.0))
                .map_err(|error| format!("invalid string: {error}")),
        }
    }

    fn raw_string(&mut self) -> Result<&'a str, String> {
        if self.peek() != b'"' {
            return Err(self.unexpected("a string"));
        }
        let end = string_end(self.text.as_bytes(), self.at).ok_or("the JSON text ends within a string")?;
        let raw = &self.text[self.at..end];
        self.at = end;
        Ok(raw)
    }

    /// A word or number: everything up to a delimiter.
    pub fn scalar(&mut self) -> &'a str {
        self.peek();
        let rest = &self.text[self.at..];
        let len = rest.bytes().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')));
        let scalar = &rest[..len.unwrap_or(rest.len())];
        self.at += scalar.len();
        scalar
    }

    /// Takes `null`, if it is the next token.
    pub fn null(&mut self) -> bool {
        let is_null = self.peek() == b'n' && self.text[self.at..].starts_with("null");
        self.at += if is_null { 4 } else { 0 };
        is_null
    }

    /// The text of the next value, whatever it is.
    pub fn raw(&mut self) -> Result<&'a str, String> {
        self.peek();
        let (start, bytes) = (self.at, self.text.as_bytes());
        let mut depth = 0usize;
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'"' => self.at = string_end(bytes, self.at).ok_or("the JSON text ends within a string")? - 1,
                b'[' | b'{' => depth += 1,
                b']' | b'}' | b',' if depth == 0 => break,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
        match self.text[start..self.at].trim_end() {
            raw if depth > 0 || raw.is_empty() => Err(self.unexpected("a value")),
            raw => Ok(raw),
        }
    }

    /// That nothing follows.
    pub fn end(&mut self) -> Result<(), String> {
        match self.peek() {
            0 if self.at >= self.text.len() => Ok(()),
            _ => Err(self.unexpected("the end of the text")),
        }
    }
}

/// A string in which lone surrogates are replaced.
struct LenientString(String);

impl<'de> serde::Deserialize<'de> for LenientString {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = LenientString;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<LenientString, E> {
                Ok(LenientString(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

/// Where the string that begins at a quote ends, behind its other quote.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The text without white space between tokens, and with the escapes that Terraform uses in strings: texts
/// that say the same in the same way are equal.
#[must_use]
pub fn compact(json: &str) -> Cow<'_, str> {
    let compact = without_blanks(json);
    if !compact.bytes().any(|b| matches!(b, b'<' | b'>' | b'&' | 0xe2)) {
        return compact;
    }
    let mut escaped = String::with_capacity(compact.len());
    escape_html(&compact, &mut escaped);
    Cow::Owned(escaped)
}

fn without_blanks(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let Some(first) = gap(bytes, 0) else { return Cow::Borrowed(json) };
    let mut out = String::with_capacity(json.len() / 2);
    out.push_str(&json[..first]);
    let mut at = first;
    while at < bytes.len() {
        at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let end = gap(bytes, at).unwrap_or(bytes.len());
        out.push_str(&json[at..end]);
        at = end;
    }
    Cow::Owned(out)
}

/// Where the next white space between tokens is.
fn gap(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at)?,
            b' ' | b'\t' | b'\r' | b'\n' => return Some(at),
            _ => at += 1,
        }
    }
}

/// Writes text without white space between tokens over several lines, indented by two more than
/// `depth` levels, with the escapes that Terraform uses in strings.
pub fn indent(json: &str, mut depth: usize, out: &mut String) {
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                out.push(char::from(byte));
                if let Some(closing @ (b'}' | b']')) = bytes.get(at + 1) {
                    out.push(char::from(*closing));
                    at += 1;
                } else {
                    depth += 1;
                    new_line(depth, out);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                new_line(depth, out);
                out.push(char::from(byte));
            }
            b',' => {
                out.push(',');
                new_line(depth, out);
            }
            b':' => out.push_str(": "),
            b'"' => {
                let end = string_end(bytes, at).unwrap_or(bytes.len());
                escape_html(&json[at..end], out);
                at = end;
                continue;
            }
            _ => {
                let rest = &bytes[at..];
                let len = rest.iter().take_while(|b| !matches!(b, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"'));
                let end = at + len.count();
                out.push_str(&json[at..end]);
                at = end;
                continue;
            }
        }
        at += 1;
    }
}

/// A line break and two blanks for each level.
fn new_line(depth: usize, out: &mut String) {
    const BLANKS: &str = "                                ";
    out.push('\n');
    let mut blanks = 2 * depth;
    while blanks > 0 {
        let some = blanks.min(BLANKS.len());
        out.push_str(&BLANKS[..some]);
        blanks -= some;
    }
}

/// Copies JSON, with everything escaped that could mean something to HTML or JavaScript.
fn escape_html(json: &str, out: &mut String) {
    let mut rest = json;
    // U+2028 and U+2029 begin with this byte.
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'<' | b'>' | b'&' | 0xe2)) {
        out.push_str(&rest[..at]);
        let Some(c) = rest[at..].chars().next() else { break };
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
        rest = &rest[at + c.len_utf8()..];
    }
    out.push_str(rest);
}
