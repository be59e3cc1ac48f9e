//! The JSON parser. It goes on after errors as Terraform's does, so that it finds the same ones.

use smol_str::SmolStr;

use super::{Member, Node, NodeKind};
use crate::syntax::suggestion::suggestion;
use crate::syntax::{Diagnostic, Diagnostics, FileId, Span};
use std::sync::Arc;

/// How deep arrays and objects may be nested.
const MAX_DEPTH: usize = 200;

/// What a value begins with, in the words of several messages.
const VALUE_START: &str = "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.";

/// Parses a text, with a byte order mark or without.
pub(super) fn parse(file: FileId, text: &str) -> (Node, Diagnostics) {
    let mut parser = Parser {
        file,
        text,
        at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
        next: Token { kind: TokenKind::End, start: 0, end: 0 },
        broken: false,
        depth: 0,
        diagnostics: Diagnostics::new(),
    };
    parser.read();
    let root = parser.value();
    if parser.diagnostics.is_empty() && parser.next.kind != TokenKind::End {
        parser.error("Extraneous data after value", "Extra characters appear after the JSON value.", parser.next);
    }
    (root, parser.diagnostics)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Colon,
    Equals,
    String,
    Number,
    Keyword,
    Invalid,
    End,
}

#[derive(Clone, Copy)]
struct Token {
    kind: TokenKind,
    start: usize,
    end: usize,
}

struct Parser<'a> {
    file: FileId,
    text: &'a str,
    /// Where the token after `next` is looked for.
    at: usize,
    next: Token,
    /// Whether a character was met that begins no token: nothing is read beyond it.
    broken: bool,
    depth: usize,
    diagnostics: Diagnostics,
}

impl Parser<'_> {
    /// Takes the next token.
    fn read(&mut self) -> Token {
        let taken = self.next;
        self.next = self.scan();
        self.at = self.next.end;
        taken
    }

    fn scan(&mut self) -> Token {
        let bytes = self.text.as_bytes();
        let mut start = self.at;
        if self.broken {
            return Token { kind: TokenKind::End, start, end: start };
        }
        start += bytes[start..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
        let Some(first) = bytes.get(start) else {
            return Token { kind: TokenKind::End, start, end: start };
        };
        let run = |belongs: fn(u8) -> bool| bytes[start..].iter().take_while(|b| belongs(**b)).count();
        let (kind, length) = match first {
            b'{' => (TokenKind::OpenBrace, 1),
            b'}' => (TokenKind::CloseBrace, 1),
            b'[' => (TokenKind::OpenBracket, 1),
            b']' => (TokenKind::CloseBracket, 1),
            b',' => (TokenKind::Comma, 1),
            b':' => (TokenKind::Colon, 1),
            b'=' => (TokenKind::Equals, 1),
            b'"' => (TokenKind::String, string_length(&bytes[start..])),
            b'-' | b'+' | b'.' | b'0'..=b'9' => {
                (TokenKind::Number, run(|b| matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')))
            }
            b if b.is_ascii_alphabetic() => (TokenKind::Keyword, run(|b| b.is_ascii_alphabetic())),
            _ => {
                self.broken = true;
                (TokenKind::Invalid, self.text[start..].chars().next().map_or(1, char::len_utf8))
            }
        };
        Token { kind, start, end: start + length }
    }

    fn span(&self, token: Token) -> Span {
        Span::new(self.file, token.start, token.end)
    }

    fn error(&mut self, summary: &str, detail: impl Into<String>, token: Token) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(self.span(token)));
    }

    fn value(&mut self) -> Node {
        let token = self.next;
        let kind = match token.kind {
            TokenKind::OpenBrace | TokenKind::OpenBracket => self.nested(),
            TokenKind::Number => self.number(),
            TokenKind::String => self.string().map(NodeKind::String),
            TokenKind::Keyword => self.keyword(),
            other => {
                let (summary, detail) = match other {
                    TokenKind::CloseBrace => ("Missing JSON value", VALUE_START),
                    TokenKind::CloseBracket => ("Missing array element value", VALUE_START),
                    TokenKind::End => ("Missing value", "The JSON data ends prematurely."),
                    _ => ("Invalid start of value", VALUE_START),
                };
                self.error(summary, detail, token);
                return Node::new(NodeKind::Invalid, self.span(token));
            }
        };
        match kind {
            Some(kind @ (NodeKind::Object(_) | NodeKind::Array(_))) => {
                let end = self.text[..self.next.start].trim_end_matches([' ', '\t', '\r', '\n']).len();
                Node::new(kind, Span::new(self.file, token.start, end.max(token.end)))
            }
            Some(kind) => Node::new(kind, self.span(token)),
            None => Node::new(NodeKind::Invalid, self.span(token)),
        }
    }

    fn nested(&mut self) -> Option<NodeKind> {
        let open = self.read();
        if self.depth >= MAX_DEPTH {
            let detail = format!("Objects and arrays can be nested at most {MAX_DEPTH} levels deep.");
            self.error("Too deeply nested", detail, open);
            self.broken = true;
            self.read();
            return None;
        }
        self.depth += 1;
        let kind = if open.kind == TokenKind::OpenBrace { self.object(open) } else { self.array(open) };
        self.depth -= 1;
        kind
    }

    fn object(&mut self, open: Token) -> Option<NodeKind> {
        let mut members = Vec::new();
        while self.next.kind != TokenKind::CloseBrace {
            members.push(self.member()?);
            match self.next.kind {
                TokenKind::Comma => {
                    let comma = self.read();
                    if self.next.kind == TokenKind::CloseBrace {
                        let detail = "JSON does not permit a trailing comma after the final property in an object.";
                        self.error("Trailing comma in object", detail, comma);
                        return None;
                    }
                }
                TokenKind::CloseBrace => {}
                TokenKind::End => {
                    self.error("Unclosed object", "No closing brace was found for this JSON object.", open);
                    return None;
                }
                TokenKind::CloseBracket => {
                    self.read();
                    let detail = "A JSON object must be closed with a brace, not a bracket.";
                    self.error("Mismatched braces", detail, self.next);
                    return None;
                }
                _ => {
                    let token = self.read();
                    self.recover(token, TokenKind::OpenBrace, TokenKind::CloseBrace);
                    let detail = "A comma must appear between each property definition in an object.";
                    self.error("Missing attribute seperator comma", detail, self.next);
                    return None;
                }
            }
        }
        self.read();
        Some(NodeKind::Object(members))
    }

    fn member(&mut self) -> Option<Member> {
        let key = self.value();
        let NodeKind::String(name) = key.kind else {
            let detail = "A JSON object property name must be a string";
            self.diagnostics.push(Diagnostic::error("Invalid object property name", detail).at(key.start_span()));
            return None;
        };
        let colon = self.read();
        if colon.kind != TokenKind::Colon {
            self.recover(colon, TokenKind::OpenBrace, TokenKind::CloseBrace);
            let (summary, detail) = match colon.kind {
                TokenKind::CloseBrace | TokenKind::Comma => {
                    ("Missing object value", "A JSON object attribute must have a value, introduced by a colon.")
                }
                TokenKind::Equals => (
                    "Missing property value colon",
                    "JSON uses a colon as its name/value delimiter, not an equals sign.",
                ),
                _ => (
                    "Missing property value colon",
                    "A colon must appear between an object property's name and its value.",
                ),
            };
            self.error(summary, detail, colon);
            return None;
        }
        Some(Member { name, name_span: key.span, value: Arc::new(self.value()) })
    }

    fn array(&mut self, open: Token) -> Option<NodeKind> {
        let mut items = Vec::new();
        while self.next.kind != TokenKind::CloseBracket {
            items.push(Arc::new(self.value()));
            match self.next.kind {
                TokenKind::Comma => {
                    let comma = self.read();
                    if self.next.kind == TokenKind::CloseBracket {
                        let detail = "JSON does not permit a trailing comma after the final value in an array.";
                        self.error("Trailing comma in array", detail, comma);
                        return None;
                    }
                }
                TokenKind::CloseBracket => {}
                TokenKind::Colon => {
                    let colon = self.read();
                    self.recover(colon, TokenKind::OpenBracket, TokenKind::CloseBracket);
                    let detail = "A colon is not used to introduce values in a JSON array.";
                    self.error("Invalid array value", detail, colon);
                    return None;
                }
                TokenKind::End => {
                    self.error("Unclosed object", "No closing bracket was found for this JSON array.", open);
                    return None;
                }
                TokenKind::CloseBrace => {
                    self.read();
                    let detail = "A JSON array must be closed with a bracket, not a brace.";
                    self.error("Mismatched brackets", detail, self.next);
                    return None;
                }
                _ => {
                    let token = self.read();
                    self.recover(token, TokenKind::OpenBracket, TokenKind::CloseBracket);
                    let detail = "A comma must appear between each value in an array.";
                    self.error("Missing attribute seperator comma", detail, self.next);
                    return None;
                }
            }
        }
        self.read();
        Some(NodeKind::Array(items))
    }

    /// Goes to what seems to be the end of the object or array at hand, beginning with `token`, which
    /// has been read.
    fn recover(&mut self, mut token: Token, open: TokenKind, close: TokenKind) {
        let mut depth = 1_usize;
        loop {
            if token.kind == open {
                depth += 1;
            } else if token.kind == close {
                depth = depth.saturating_sub(1);
                if depth <= 1 {
                    return;
                }
            } else if token.kind == TokenKind::End {
                return;
            }
            token = self.read();
        }
    }

    fn number(&mut self) -> Option<NodeKind> {
        let token = self.read();
        let text = &self.text[token.start..token.end];
        if is_number(text) {
            return Some(NodeKind::Number(text.into()));
        }
        self.error("Invalid JSON number", "There is a syntax error in the given JSON number.", token);
        None
    }

    fn keyword(&mut self) -> Option<NodeKind> {
        let token = self.read();
        let word = &self.text[token.start..token.end];
        let detail = match word {
            "true" => return Some(NodeKind::Bool(true)),
            "false" => return Some(NodeKind::Bool(false)),
            "null" => return Some(NodeKind::Null),
            "undefined" | "NaN" | "Infinity" => format!("The JavaScript identifier {word:?} cannot be used in JSON."),
            _ => {
                let hint = suggestion(word, ["true", "false", "null"])
                    .map_or_else(String::new, |meant| format!(" Did you mean {meant:?}?"));
                format!("{word:?} is not a valid JSON keyword.{hint}")
            }
        };
        self.error("Invalid JSON keyword", detail, token);
        None
    }

    fn string(&mut self) -> Option<SmolStr> {
        let token = self.read();
        match decode(&self.text[token.start..token.end]) {
            Ok(text) => Some(text.into()),
            Err(offset) => {
                let at = token.start + offset;
                let detail = "There is a syntax error in the given JSON string.";
                self.diagnostics.push(
                    Diagnostic::error("Invalid JSON string", detail)
                        .at(Span::new(self.file, at, at + 1))
                        .within(self.span(token)),
                );
                None
            }
        }
    }
}

/// The length of the string token with which `bytes` begins. It ends at the latest before a newline.
fn string_length(bytes: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            b'\n' => return at,
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    bytes.len()
}

fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = text.strip_prefix('-').unwrap_or(text);
    let integer = digits(rest);
    if integer == 0 || (integer > 1 && rest.starts_with('0')) {
        return false;
    }
    rest = &rest[integer..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let length = digits(exponent);
        return length > 0 && length == exponent.len();
    }
    rest.is_empty()
}

/// The text that a string token means. Otherwise how many bytes of it were read when it turned out to
/// be wrong.
fn decode(token: &str) -> Result<String, usize> {
    let bytes = token.as_bytes();
    let mut text = String::with_capacity(token.len());
    let mut at = 1;
    while let Some(c) = token.get(at..).and_then(|rest| rest.chars().next()) {
        match c {
            '"' => return Ok(text),
            '\0'..='\x1f' => return Err(at + 1),
            '\\' => {
                let (decoded, length) = decode_escape(bytes, at)?;
                text.push(decoded);
                at += length;
            }
            c => {
                text.push(c);
                at += c.len_utf8();
            }
        }
    }
    Err(bytes.len())
}

/// The character of the escape at `at`, and the escape's length. Half of a surrogate pair without the
/// other is the replacement character.
fn decode_escape(bytes: &[u8], at: usize) -> Result<(char, usize), usize> {
    let c = match bytes.get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let first = decode_hex(bytes, at + 2)?;
            if (0xd800..0xdc00).contains(&first) && bytes.get(at + 6..at + 8) == Some(b"\\u".as_slice()) {
                let second = decode_hex(bytes, at + 8)?;
                if (0xdc00..0xe000).contains(&second) {
                    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    return Ok((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12));
                }
            }
            return Ok((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6));
        }
        Some(_) => return Err(at + 2),
        None => return Err(bytes.len()),
    };
    Ok((c, 2))
}

fn decode_hex(bytes: &[u8], at: usize) -> Result<u32, usize> {
    let mut code = 0;
    for position in at..at + 4 {
        let byte = bytes.get(position).ok_or(bytes.len())?;
        code = code * 16 + char::from(*byte).to_digit(16).ok_or(position + 1)?;
    }
    Ok(code)
}
