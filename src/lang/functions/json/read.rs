//! A reader of JSON that is as strict, as lenient and as talkative as Go's: what it says of an
//! invalid document ends up in messages.

use smol_str::SmolStr;

use crate::lang::functions::quote::quoted;

/// A JSON document. Numbers are as written; names of attributes can occur more than once.
#[derive(Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(SmolStr),
    String(SmolStr),
    Array(Vec<Json>),
    Object(Vec<(SmolStr, Json)>),
}

/// How deeply arrays and objects can be nested.
const MAX_DEPTH: usize = 500;

/// Reads a document. What follows it is refused, unless it begins with a closing bracket.
pub(super) fn read(text: &str) -> Result<Json, String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let json = reader.value(VALUE)?;
    match reader.token() {
        None | Some(b']' | b'}') => Ok(json),
        Some(_) => Err("extraneous data after JSON object".into()),
    }
}

const VALUE: &str = " looking for beginning of value";

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The first byte of the next token.
    fn token(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// [`Reader::token`] where there must be one.
    fn need_token(&mut self) -> Result<u8, String> {
        self.token().ok_or_else(|| "EOF".to_string())
    }

    /// The next byte inside of a token.
    fn need_byte(&mut self) -> Result<u8, String> {
        self.byte().ok_or_else(|| "unexpected EOF".to_string())
    }

    fn value(&mut self, context: &str) -> Result<Json, String> {
        match self.need_token()? {
            b'[' => self.nested(Self::array),
            b'{' => self.nested(Self::object),
            b'"' => self.string().map(Json::String),
            b't' => self.literal("true", Json::Bool(true)),
            b'f' => self.literal("false", Json::Bool(false)),
            b'n' => self.literal("null", Json::Null),
            b'-' | b'0'..=b'9' => self.number(),
            other => Err(invalid(other, context)),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, String>) -> Result<Json, String> {
        if self.depth == MAX_DEPTH {
            return Err("exceeded max depth".into());
        }
        self.depth += 1;
        self.at += 1;
        let json = read(self)?;
        self.depth -= 1;
        Ok(json)
    }

    fn array(&mut self) -> Result<Json, String> {
        let mut items = Vec::new();
        if self.need_token()? == b']' {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(VALUE)?);
            let separator = self.need_token()?;
            self.at += 1;
            match separator {
                b',' => {}
                b']' => return Ok(Json::Array(items)),
                other => return Err(invalid(other, " after array element")),
            }
        }
    }

    fn object(&mut self) -> Result<Json, String> {
        let mut attributes = Vec::new();
        if self.need_token()? == b'}' {
            self.at += 1;
            return Ok(Json::Object(attributes));
        }
        loop {
            match self.need_token()? {
                b'"' => {}
                other if attributes.is_empty() => return Err(invalid(other, "")),
                other => return Err(invalid(other, " looking for beginning of object key string")),
            }
            let name = self.string()?;
            match self.need_token()? {
                b':' => self.at += 1,
                other => return Err(invalid(other, " after object key")),
            }
            attributes.push((name, self.value(VALUE)?));
            let separator = self.need_token()?;
            self.at += 1;
            match separator {
                b',' => {}
                b'}' => return Ok(Json::Object(attributes)),
                other => return Err(invalid(other, " after object key:value pair")),
            }
        }
    }

    fn literal(&mut self, word: &str, json: Json) -> Result<Json, String> {
        for expected in word.bytes() {
            let found = self.need_byte()?;
            if found != expected {
                let context = format!(" in literal {word} (expecting '{}')", char::from(expected));
                return Err(invalid(found, &context));
            }
            self.at += 1;
        }
        Ok(json)
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.need_byte()? {
            b'0' => self.at += 1,
            _ => self.digits(" in numeric literal")?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits(" after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits(" in exponent of numeric literal")?;
        }
        Ok(Json::Number(self.text[start..self.at].into()))
    }

    /// One digit or more.
    fn digits(&mut self, context: &str) -> Result<(), String> {
        match self.need_byte()? {
            b'0'..=b'9' => {}
            other => return Err(invalid(other, context)),
        }
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<SmolStr, String> {
        self.at += 1;
        let mut text = String::new();
        let mut start = self.at;
        loop {
            match self.need_byte()? {
                b'"' => {
                    text.push_str(&self.text[start..self.at]);
                    self.at += 1;
                    return Ok(text.into());
                }
                b'\\' => {
                    text.push_str(&self.text[start..self.at]);
                    self.at += 1;
                    text.push(self.escape()?);
                    start = self.at;
                }
                control @ 0..=0x1f => return Err(invalid(control, " in string literal")),
                _ => self.at += 1,
            }
        }
    }

    /// The character of an escape behind its backslash.
    fn escape(&mut self) -> Result<char, String> {
        let selector = self.need_byte()?;
        self.at += 1;
        Ok(match selector {
            b'"' | b'\\' | b'/' => char::from(selector),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode_escape()?,
            other => return Err(invalid(other, " in string escape code")),
        })
    }

    /// The character of `\uXXXX` behind the `u`, with the second escape of a pair of surrogates. A
    /// lone surrogate is the replacement character.
    fn unicode_escape(&mut self) -> Result<char, String> {
        let first = self.hex4()?;
        if let 0xd800..=0xdbff = first
            && self.text.as_bytes().get(self.at..self.at + 2) == Some(b"\\u".as_slice())
        {
            let back = self.at;
            self.at += 2;
            let second = self.hex4()?;
            if let 0xdc00..=0xdfff = second {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.need_byte()?;
            let digit = char::from(byte).to_digit(16);
            code = code * 16 + digit.ok_or_else(|| invalid(byte, " in \\u hexadecimal character escape"))?;
            self.at += 1;
        }
        Ok(code)
    }
}

/// Names a byte as the character of its number, which it may be a part of only.
fn invalid(byte: u8, context: &str) -> String {
    let shown = match byte {
        b'\'' => "\\'".to_string(),
        b'"' => "\"".to_string(),
        _ => quoted(char::from(byte).encode_utf8(&mut [0; 4])).trim_matches('"').to_string(),
    };
    format!("invalid character '{shown}'{context}")
}
