//! The four ways to write a scalar: plain, in single or double quotes, and as an indented block.

use super::scan::Scanner;
use super::token::YamlError;

/// White space inside of a scalar whose meaning depends on what follows: blanks count within a line but not around
/// line breaks, and of several line breaks the first doesn't count.
#[derive(Default)]
struct Folded {
    blanks: String,
    first_break: Option<char>,
    more_breaks: String,
    /// A line has ended: blanks don't count.
    at_line_start: bool,
}

impl Folded {
    /// Takes the blanks and line breaks at the scanner's position. With `indent`, a tab left of it is an error.
    fn read(&mut self, scanner: &mut Scanner, indent: Option<usize>) -> Result<(), YamlError> {
        loop {
            if scanner.is_blank(0) {
                let is_left = indent.is_some_and(|indent| scanner.mark.column < indent);
                if self.at_line_start && is_left && scanner.peek(0) == Some('\t') {
                    return Err(scanner.error("found a tab character that violates indentation"));
                }
                if self.at_line_start {
                    scanner.skip();
                } else {
                    scanner.read(&mut self.blanks);
                }
            } else if let Some(c) = scanner.read_break() {
                if self.at_line_start {
                    self.more_breaks.push(c);
                } else {
                    self.blanks.clear();
                    self.first_break = Some(c);
                    self.at_line_start = true;
                }
            } else {
                return Ok(());
            }
        }
    }

    /// Adds what the white space amounts to, now that text follows.
    fn flush(&mut self, out: &mut String) {
        if self.at_line_start {
            match self.first_break {
                Some('\n') if self.more_breaks.is_empty() => out.push(' '),
                Some('\n') | None => {}
                Some(other) => out.push(other),
            }
            out.push_str(&self.more_breaks);
        } else {
            out.push_str(&self.blanks);
        }
        self.blanks.clear();
        self.more_breaks.clear();
        self.first_break = None;
        self.at_line_start = false;
    }
}

impl Scanner {
    pub(super) fn plain_scalar(&mut self) -> Result<String, YamlError> {
        let indent = self.indent.map_or(0, |indent| indent + 1);
        let mut text = String::new();
        let mut space = Folded::default();
        loop {
            if self.is_document_indicator() || self.peek(0) == Some('#') {
                break;
            }
            while !self.is_blank_or_end(0) && !self.ends_plain_scalar() {
                space.flush(&mut text);
                self.read(&mut text);
            }
            if !self.is_blank(0) && !self.is_break(0) {
                break;
            }
            space.read(self, Some(indent))?;
            if !self.in_flow() && self.mark.column < indent {
                break;
            }
        }
        if space.at_line_start {
            self.simple_key_allowed = true;
        }
        Ok(text)
    }

    fn ends_plain_scalar(&self) -> bool {
        match self.peek(0) {
            Some(':') => self.is_blank_or_end(1),
            Some(',' | '?' | '[' | ']' | '{' | '}') => self.in_flow(),
            _ => false,
        }
    }

    pub(super) fn quoted_scalar(&mut self, quote: char) -> Result<String, YamlError> {
        self.skip();
        let mut text = String::new();
        let mut space = Folded::default();
        loop {
            if self.is_document_indicator() {
                return Err(self.error("found unexpected document indicator"));
            }
            while !self.is_blank_or_end(0) {
                match (quote, self.peek(0), self.peek(1)) {
                    ('\'', Some('\''), Some('\'')) => {
                        self.skip();
                        self.read(&mut text);
                    }
                    (_, c, _) if c == Some(quote) => break,
                    ('"', Some('\\'), Some(_)) if self.is_break(1) => {
                        self.skip();
                        self.read_break();
                        space.at_line_start = true;
                        break;
                    }
                    ('"', Some('\\'), _) => text.push(self.escape()?),
                    _ => self.read(&mut text),
                }
            }
            if self.peek(0) == Some(quote) {
                self.skip();
                return Ok(text);
            }
            if self.peek(0).is_none() {
                return Err(self.error("found unexpected end of stream"));
            }
            space.read(self, None)?;
            space.flush(&mut text);
        }
    }

    fn escape(&mut self) -> Result<char, YamlError> {
        let (c, digits) = match self.peek(1) {
            Some('0') => ('\0', 0),
            Some('a') => ('\u{7}', 0),
            Some('b') => ('\u{8}', 0),
            Some('t' | '\t') => ('\t', 0),
            Some('n') => ('\n', 0),
            Some('v') => ('\u{b}', 0),
            Some('f') => ('\u{c}', 0),
            Some('r') => ('\r', 0),
            Some('e') => ('\u{1b}', 0),
            Some(c @ (' ' | '"' | '\'' | '\\')) => (c, 0),
            Some('N') => ('\u{85}', 0),
            Some('_') => ('\u{a0}', 0),
            Some('L') => ('\u{2028}', 0),
            Some('P') => ('\u{2029}', 0),
            Some('x') => ('\0', 2),
            Some('u') => ('\0', 4),
            Some('U') => ('\0', 8),
            _ => return Err(self.error("found unknown escape character")),
        };
        self.skip();
        self.skip();
        if digits == 0 { Ok(c) } else { self.escape_code(digits) }
    }

    fn escape_code(&mut self, digits: usize) -> Result<char, YamlError> {
        let mut code = 0u32;
        for i in 0..digits {
            let digit = self.peek(i).and_then(|c| c.to_digit(16));
            code = code << 4 | digit.ok_or_else(|| self.error("did not find expected hexdecimal number"))?;
        }
        let c = char::from_u32(code).ok_or_else(|| self.error("found invalid Unicode character escape code"))?;
        (0..digits).for_each(|_| self.skip());
        Ok(c)
    }

    pub(super) fn block_scalar(&mut self, literal: bool) -> Result<String, YamlError> {
        self.skip();
        let (chomping, increment) = self.block_scalar_header()?;
        let mut indent = increment.map(|n| self.indent.unwrap_or(0) + n);
        let mut text = String::new();
        let mut line_break: Option<char> = None;
        let mut empty_lines = self.empty_lines(&mut indent)?;
        let mut was_indented = false;
        while Some(self.mark.column) == indent && self.peek(0).is_some() {
            let is_indented = self.is_blank(0);
            match line_break {
                Some('\n') if !literal && !was_indented && !is_indented => {
                    if empty_lines.is_empty() {
                        text.push(' ');
                    }
                }
                other => text.extend(other),
            }
            text.push_str(&empty_lines);
            was_indented = is_indented;
            while !self.is_break_or_end(0) {
                self.read(&mut text);
            }
            line_break = self.read_break();
            empty_lines = self.empty_lines(&mut indent)?;
        }
        if chomping != Some('-') {
            text.extend(line_break);
        }
        if chomping == Some('+') {
            text.push_str(&empty_lines);
        }
        Ok(text)
    }

    /// The `+` or `-` and the digit, in either order, and the rest of the line.
    fn block_scalar_header(&mut self) -> Result<(Option<char>, Option<usize>), YamlError> {
        let (mut chomping, mut increment) = (None, None);
        loop {
            match self.peek(0) {
                Some(c @ ('+' | '-')) if chomping.is_none() => chomping = Some(c),
                Some('0') if increment.is_none() => {
                    return Err(self.error("found an indentation indicator equal to 0"));
                }
                Some(c @ '1'..='9') if increment.is_none() => increment = Some(c as usize - '0' as usize),
                _ => break,
            }
            self.skip();
        }
        self.end_of_line()?;
        Ok((chomping, increment))
    }

    /// Skips indentation and empty lines. Without an indentation, it is that of the first line that isn't empty, or
    /// of the longest before it.
    fn empty_lines(&mut self, indent: &mut Option<usize>) -> Result<String, YamlError> {
        let mut breaks = String::new();
        let mut widest = 0;
        loop {
            let is_left = |s: &Self| indent.is_none_or(|indent| s.mark.column < indent);
            while is_left(self) && self.peek(0) == Some(' ') {
                self.skip();
            }
            widest = widest.max(self.mark.column);
            if is_left(self) && self.peek(0) == Some('\t') {
                return Err(self.error("found a tab character where an indentation space is expected"));
            }
            match self.read_break() {
                Some(c) => breaks.push(c),
                None => break,
            }
        }
        indent.get_or_insert_with(|| widest.max(self.indent.map_or(0, |indent| indent + 1)).max(1));
        Ok(breaks)
    }
}
