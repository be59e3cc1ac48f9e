//! Tags, and the directives before a document: its version, and short forms for tags.

use super::scan::{Scanner, is_word};
use super::token::{TokenKind, YamlError};

/// Tags.
impl Scanner {
    pub(super) fn tag(&mut self) -> Result<(), YamlError> {
        let start = self.mark;
        let (mut handle, mut suffix) = (String::new(), String::new());
        if self.peek(1) == Some('<') {
            self.skip();
            self.skip();
            self.tag_uri(&mut suffix)?;
            if self.peek(0) != Some('>') {
                return Err(self.error("did not find the expected '>'"));
            }
            self.skip();
        } else {
            self.tag_handle(false, &mut handle)?;
            if handle.len() > 1 && handle.ends_with('!') {
                self.tag_uri(&mut suffix)?;
            } else {
                // `!name`, or `!` alone, which is a tag of its own.
                suffix.push_str(&handle[1..]);
                self.tag_uri_rest(&mut suffix)?;
                handle.truncate(1);
                if suffix.is_empty() {
                    std::mem::swap(&mut handle, &mut suffix);
                }
            }
        }
        if !self.is_blank_or_end(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        self.push(TokenKind::Tag { handle, suffix }, start);
        Ok(())
    }

    /// `!`, `!word!`, or `!word` of which only what follows tells what it is.
    fn tag_handle(&mut self, in_directive: bool, handle: &mut String) -> Result<(), YamlError> {
        if self.peek(0) != Some('!') {
            return Err(self.error("did not find expected '!'"));
        }
        self.read(handle);
        self.read_word(handle);
        if self.peek(0) == Some('!') {
            self.read(handle);
        } else if in_directive && handle != "!" {
            return Err(self.error("did not find expected '!'"));
        }
        Ok(())
    }

    fn tag_uri(&mut self, out: &mut String) -> Result<(), YamlError> {
        let before = out.len();
        self.tag_uri_rest(out)?;
        if out.len() == before {
            return Err(self.error("did not find expected tag URI"));
        }
        Ok(())
    }

    fn tag_uri_rest(&mut self, out: &mut String) -> Result<(), YamlError> {
        while let Some(c) = self.peek(0) {
            match c {
                '%' => self.uri_escape(out)?,
                ';' | '/' | '?' | ':' | '@' | '&' | '=' | '+' | '$' | ',' | '.' | '!' | '~' | '*' | '\'' | '('
                | ')' | '[' | ']' => self.read(out),
                c if is_word(c) => self.read(out),
                _ => break,
            }
        }
        Ok(())
    }

    /// A character as the octets of its UTF-8, `%XX` each.
    fn uri_escape(&mut self, out: &mut String) -> Result<(), YamlError> {
        let mut octets = Vec::new();
        let mut width = 1;
        while octets.len() < width {
            let digit = |s: &Self, ahead| s.peek(ahead).and_then(|c| c.to_digit(16));
            let (Some('%'), Some(high), Some(low)) = (self.peek(0), digit(self, 1), digit(self, 2)) else {
                return Err(self.error("did not find URI escaped octet"));
            };
            let octet = (high * 16 + low) as u8;
            if octets.is_empty() {
                width = match octet {
                    0..=0x7f => 1,
                    0xc0..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf7 => 4,
                    _ => return Err(self.error("found an incorrect leading UTF-8 octet")),
                };
            } else if octet & 0xc0 != 0x80 {
                return Err(self.error("found an incorrect trailing UTF-8 octet"));
            }
            octets.push(octet);
            (0..3).for_each(|_| self.skip());
        }
        out.push_str(&String::from_utf8_lossy(&octets));
        Ok(())
    }
}

/// Directives.
impl Scanner {
    pub(super) fn directive(&mut self) -> Result<(), YamlError> {
        self.close_blocks(None);
        self.forget_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        let mut name = String::new();
        self.read_word(&mut name);
        if name.is_empty() {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.is_blank_or_end(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        let kind = match name.as_str() {
            "YAML" => self.version()?,
            "TAG" => self.tag_directive()?,
            _ => return Err(self.error("found unknown directive name")),
        };
        self.push(kind, start);
        self.end_of_line()
    }

    fn version(&mut self) -> Result<TokenKind, YamlError> {
        self.skip_blanks();
        let major = self.version_number()?;
        if self.peek(0) != Some('.') {
            return Err(self.error("did not find expected digit or '.' character"));
        }
        self.skip();
        let minor = self.version_number()?;
        Ok(TokenKind::Version { major, minor })
    }

    fn version_number(&mut self) -> Result<u32, YamlError> {
        let mut digits = String::new();
        while self.peek(0).is_some_and(|c| c.is_ascii_digit()) {
            if digits.len() == 9 {
                return Err(self.error("found extremely long version number"));
            }
            self.read(&mut digits);
        }
        digits.parse().map_err(|_| self.error("did not find expected version number"))
    }

    fn tag_directive(&mut self) -> Result<TokenKind, YamlError> {
        let (mut handle, mut prefix) = (String::new(), String::new());
        self.skip_blanks();
        self.tag_handle(true, &mut handle)?;
        if !self.is_blank(0) {
            return Err(self.error("did not find expected whitespace"));
        }
        self.skip_blanks();
        self.tag_uri(&mut prefix)?;
        if !self.is_blank_or_end(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }
}
