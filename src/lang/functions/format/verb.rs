//! The verbs of format strings: how they are written, and how each writes a value.

use super::super::{FunctionError, graphemes, json};
use crate::lang::value::Kind;
use crate::lang::{Number, Type, Value, convert};

/// The largest width or precision.
const MAX_SIZE: usize = 10_000_000;

/// A part of a format string.
pub(super) enum Piece<'a> {
    /// Text that stands for itself.
    Literal(&'a str),
    /// Where a value goes.
    Verb(Verb<'a>),
}

/// A verb: `%`, flags, width, `.` and precision, `[index]`, mode.
pub(super) struct Verb<'a> {
    /// As written.
    raw: &'a str,
    /// Where it stands, in bytes.
    offset: usize,
    zero: bool,
    sharp: bool,
    minus: bool,
    plus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
    /// The argument it asks for, counted from one. Otherwise it takes the one after the last.
    pub argument: Option<usize>,
    mode: u8,
}

/// The parts of a format string, up to the first error.
pub(super) struct Pieces<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Pieces<'a> {
    pub fn new(text: &'a str) -> Self {
        Pieces { text, position: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// A number, too large ones cut off.
    fn digits(&mut self) -> usize {
        let mut number = 0_usize;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = number.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
            self.position += 1;
        }
        number
    }

    /// What stands at the current position can't.
    fn refuse<T>(&self) -> Result<T, FunctionError> {
        let position = self.position;
        Err(FunctionError::new(match self.text[position..].chars().next() {
            Some('"') => format!("unrecognized format character '\"' at offset {position}"),
            Some(c) => format!("unrecognized format character {c:?} at offset {position}"),
            None => format!("invalid format string starting at offset {position}"),
        }))
    }

    /// The verb at the current position, which is that of its `%`.
    fn verb(&mut self) -> Result<Verb<'a>, FunctionError> {
        let offset = self.position;
        let mut verb = Verb {
            raw: "",
            offset,
            zero: false,
            sharp: false,
            minus: false,
            plus: false,
            space: false,
            width: None,
            precision: None,
            argument: None,
            mode: b'v',
        };
        loop {
            self.position += 1;
            match self.peek() {
                Some(b'0') => verb.zero = true,
                Some(b'#') => verb.sharp = true,
                Some(b'-') => verb.minus = true,
                Some(b'+') => verb.plus = true,
                Some(b' ') => verb.space = true,
                _ => break,
            }
        }
        if let Some(b'1'..=b'9') = self.peek() {
            verb.width = Some(self.digits());
        }
        if self.peek() == Some(b'.') {
            self.position += 1;
            verb.precision = Some(self.digits());
        }
        if self.peek() == Some(b'[') {
            self.position += 1;
            let Some(b'1'..=b'9') = self.peek() else {
                return self.refuse();
            };
            verb.argument = Some(self.digits());
            if self.peek() != Some(b']') {
                return self.refuse();
            }
            self.position += 1;
        }
        match self.peek() {
            Some(mode) if mode.is_ascii_alphabetic() => verb.mode = mode,
            _ => return self.refuse(),
        }
        self.position += 1;
        verb.raw = &self.text[offset..self.position];
        Ok(verb)
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, FunctionError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.position..).filter(|rest| !rest.is_empty())?;
        if rest.starts_with("%%") {
            self.position += 2;
            return Some(Ok(Piece::Literal("%")));
        }
        if rest.starts_with('%') {
            let verb = self.verb();
            if verb.is_err() {
                self.position = self.text.len();
            }
            return Some(verb.map(Piece::Verb));
        }
        let literal = rest.split('%').next().unwrap_or_default();
        self.position += literal.len();
        Some(Ok(Piece::Literal(literal)))
    }
}

impl Verb<'_> {
    /// Writes the argument of a number, counted from one.
    pub fn write(&self, number: usize, args: &[Value], out: &mut String) -> Result<(), FunctionError> {
        let Some(arg) = number.checked_sub(1).and_then(|i| args.get(i)) else {
            return Err(FunctionError::new(format!(
                "not enough arguments for \"{}\" at {}: need index {number} but have {} total",
                self.raw,
                self.offset,
                args.len()
            )));
        };
        if self.mode != b'v' && arg.is_null() {
            return Err(self.unsupported("null value cannot be formatted"));
        }
        // The precision of a text only cuts it off.
        let precision = self.precision.filter(|_| !matches!(self.mode, b's' | b'q'));
        if self.width.max(precision).is_some_and(|size| size > MAX_SIZE) {
            return Err(FunctionError::new(format!(
                "the width or precision of \"{}\" at {} is larger than {MAX_SIZE}",
                self.raw, self.offset
            )));
        }
        match self.mode {
            b'v' => self.write_as_is(arg, out),
            b't' => self.write_bool(arg, out),
            b'b' | b'd' | b'o' | b'x' | b'X' => self.write_integer(arg, out),
            b'e' | b'E' | b'f' | b'g' | b'G' => self.write_float(arg, out),
            b's' | b'q' => self.write_string(arg, out),
            mode => Err(FunctionError::new(format!(
                "unsupported format verb '{}' in \"{}\" at offset {}",
                char::from(mode),
                self.raw,
                self.offset
            ))),
        }
    }

    fn unsupported(&self, why: impl std::fmt::Display) -> FunctionError {
        FunctionError::new(format!("unsupported value for \"{}\" at {}: {why}", self.raw, self.offset))
    }

    fn convert(&self, arg: &Value, ty: &Type) -> Result<Value, FunctionError> {
        convert(arg, ty).map_err(|e| self.unsupported(e))
    }

    /// Strings and numbers in their natural form, everything else as JSON.
    fn write_as_is(&self, arg: &Value, out: &mut String) -> Result<(), FunctionError> {
        match arg.kind() {
            Kind::String(s) if !self.sharp => self.pad(s, out),
            Kind::Number(n) if !self.sharp => self.pad(&n.to_general(None), out),
            _ => {
                let mut text = String::new();
                json::write_value(arg, &mut text).map_err(|e| self.unsupported(e))?;
                self.pad(&text, out);
            }
        }
        Ok(())
    }

    fn write_bool(&self, arg: &Value, out: &mut String) -> Result<(), FunctionError> {
        let arg = self.convert(arg, &Type::Bool)?;
        out.push_str(if arg.as_bool() == Some(true) { "true" } else { "false" });
        Ok(())
    }

    fn number(&self, arg: &Value) -> Result<Number, FunctionError> {
        let arg = self.convert(arg, &Type::Number)?;
        arg.as_number().cloned().ok_or_else(|| self.unsupported("a number is required"))
    }

    /// The sign of a number that has none.
    fn positive_sign(&self) -> &'static str {
        match (self.plus, self.space) {
            (true, _) => "+",
            (_, true) => " ",
            _ => "",
        }
    }

    /// Sign, `0x` or the like, zeros, digits. The precision is the number of digits at least; a
    /// zero with none at all is nothing, not even padding.
    fn write_integer(&self, arg: &Value, out: &mut String) -> Result<(), FunctionError> {
        let (base, prefix) = match self.mode {
            b'b' => (2, "0b"),
            b'o' => (8, "0"),
            b'x' => (16, "0x"),
            b'X' => (16, "0X"),
            _ => (10, ""),
        };
        let digits =
            self.number(arg)?.integer_digits(base).ok_or_else(|| self.unsupported("an integer is required"))?;
        let (sign, mut digits) = match digits.strip_prefix('-') {
            Some(digits) => ("-", digits.to_string()),
            None => (self.positive_sign(), digits),
        };
        if self.mode == b'X' {
            digits.make_ascii_uppercase();
        }
        if self.precision == Some(0) && digits == "0" {
            return Ok(());
        }
        let prefix = if self.sharp { prefix } else { "" };
        let least = self.precision.unwrap_or(0).saturating_sub(digits.len());
        let used = sign.len() + prefix.len() + least + digits.len();
        let padding = self.width.unwrap_or(0).saturating_sub(used);
        let (left, zeros, right) = match () {
            () if self.minus => (0, least, padding),
            () if self.zero && self.precision.is_none() => (0, least + padding, 0),
            () => (padding, least, 0),
        };
        out.extend([" ".repeat(left).as_str(), sign, prefix, &"0".repeat(zeros), &digits, &" ".repeat(right)]);
        Ok(())
    }

    fn write_float(&self, arg: &Value, out: &mut String) -> Result<(), FunctionError> {
        let number = self.number(arg)?;
        let mut text = match self.mode {
            b'e' | b'E' => number.to_exponent(self.precision.unwrap_or(6)),
            b'f' => number.to_fixed(self.precision.unwrap_or(6)),
            _ => number.to_general(self.precision),
        };
        if self.mode.is_ascii_uppercase() && !number.is_infinite() {
            text.make_ascii_uppercase();
        }
        let (sign, digits) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
            (Some(digits), _) => ("-", digits),
            (_, Some(infinity)) => (if self.space { " " } else { "+" }, infinity),
            _ => (self.positive_sign(), text.as_str()),
        };
        let padding = self.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
        let (left, zeros, right) = match () {
            () if self.zero && !number.is_infinite() => (0, padding, 0),
            () if self.minus => (0, 0, padding),
            () => (padding, 0, 0),
        };
        out.extend([" ".repeat(left).as_str(), sign, &"0".repeat(zeros), digits, &" ".repeat(right)]);
        Ok(())
    }

    /// The precision is the number of characters at most.
    fn write_string(&self, arg: &Value, out: &mut String) -> Result<(), FunctionError> {
        let arg = self.convert(arg, &Type::String)?;
        let text = arg.as_str().ok_or_else(|| self.unsupported("a string is required"))?;
        let text = match self.precision {
            Some(most @ 1..) => {
                let end: usize = graphemes::graphemes(text).take(most).map(str::len).sum();
                &text[..end]
            }
            _ => text.as_str(),
        };
        match self.mode {
            b'q' => {
                let mut quoted = String::new();
                json::write_string(text, &mut quoted);
                self.pad(&quoted, out);
            }
            _ => self.pad(text, out),
        }
        Ok(())
    }

    /// Writes a text with what it lacks to the width in characters.
    fn pad(&self, text: &str, out: &mut String) {
        let padding = match self.width {
            Some(width) => width.saturating_sub(graphemes::count(text)),
            None => 0,
        };
        let padding = if self.zero { "0" } else { " " }.repeat(padding);
        let (left, right) = if self.minus { ("", padding.as_str()) } else { (padding.as_str(), "") };
        out.extend([left, text, right]);
    }
}
