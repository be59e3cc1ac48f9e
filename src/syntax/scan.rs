//! The scanner: text to tokens, exactly as HCL's native syntax defines them.
//!
//! Spaces and tabs between tokens are dropped; everything else, comments and newlines included, is
//! in some token. Nothing is refused here: characters that mean nothing become [`TokenKind::Invalid`]
//! and the like, and the grammar reports them.

#[cfg(test)]
mod tests;

use std::ops::Range;

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `foo`, `foo-bar`, also keywords and `true`, `false`, `null`.
    Ident,
    /// `1`, `1.5`, `1e-3`; may be malformed, as `1.2.3`.
    NumberLit,
    /// `# …` and `// …` with the newline that ends them, or `/* … */`.
    Comment,
    /// `\n` or `\r\n`.
    Newline,

    /// `"` that opens a quoted template.
    OQuote,
    /// `"` that closes one.
    CQuote,
    /// Literal text with its escapes in a quoted template.
    QuotedLit,
    /// Raw newlines in a quoted template: always an error.
    QuotedNewline,
    /// `<<EOT` or `<<-EOT` with the newline behind it.
    OHeredoc,
    /// The end marker with the blanks around it, without its newline.
    CHeredoc,
    /// Literal text in a heredoc (at most one line) or in a bare template.
    StringLit,
    /// `${` or `${~`.
    TemplateInterp,
    /// `%{` or `%{~`.
    TemplateControl,
    /// `}` or `~}` that ends an interpolation or a directive.
    TemplateSeqEnd,

    /// `{`
    OBrace,
    /// `}`
    CBrace,
    /// `[`
    OBrack,
    /// `]`
    CBrack,
    /// `(`
    OParen,
    /// `)`
    CParen,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `...`
    Ellipsis,
    /// `:`
    Colon,
    /// `::`
    DoubleColon,
    /// `?`
    Question,
    /// `=`
    Equal,
    /// `=>`
    FatArrow,
    /// `==`
    EqualOp,
    /// `!=`
    NotEqual,
    /// `<`
    LessThan,
    /// `<=`
    LessThanEq,
    /// `>`
    GreaterThan,
    /// `>=`
    GreaterThanEq,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `!`
    Bang,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,

    /// `&`: no operator of the language.
    BitwiseAnd,
    /// `|`: no operator of the language.
    BitwiseOr,
    /// `~`: no operator of the language.
    BitwiseNot,
    /// `^`: no operator of the language.
    BitwiseXor,
    /// `` ` ``: never valid.
    Backtick,
    /// `'`: never valid.
    Apostrophe,
    /// `;`: never valid.
    Semicolon,
    /// A character that is never valid where it stands.
    Invalid,
    /// The end of the text; empty, and always the last token.
    Eof,
}

/// A token: its kind and the bytes it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Offset of its first byte in the text.
    pub start: u32,
    /// Offset after its last byte.
    pub end: u32,
}

impl Token {
    /// The byte range in the text.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// What it says in the text it was scanned from.
    #[must_use]
    pub fn text(self, source: &str) -> &str {
        source.get(self.range()).unwrap_or_default()
    }
}

/// What the text is as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A configuration file, or an expression: both have the same tokens.
    Normal,
    /// A template file: text with `${ … }` and `%{ … }`, without quotes.
    Template,
}

/// All tokens of `text` in order; the last one is [`TokenKind::Eof`]. A byte order mark at the start is skipped.
#[must_use]
pub fn scan(text: &str, mode: Mode) -> Vec<Token> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
        tokens: Vec::with_capacity(text.len() / 4 + 1),
        nesting: Vec::new(),
        no_comment_ends: false,
    };
    let outermost = match mode {
        Mode::Normal => Inside::Expression { braces: 0 },
        Mode::Template => Inside::Bare,
    };
    scanner.run(outermost);
    scanner.tokens
}

/// What the scanner is inside of.
enum Inside {
    /// Ordinary syntax, at the outermost level or in a template sequence, with so many braces open in it.
    Expression { braces: usize },
    /// A quoted template.
    Quoted,
    /// A heredoc.
    Heredoc { marker: Range<usize>, at_line_start: bool },
    /// A template file, outside of sequences.
    Bare,
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
    /// What is around `current`, the outermost first.
    nesting: Vec<Inside>,
    /// Whether no `*/` follows any more; looked up once, or many `/*` would make it quadratic.
    no_comment_ends: bool,
}

impl Scanner<'_> {
    fn run(&mut self, outermost: Inside) {
        let mut current = outermost;
        while self.at < self.bytes.len() {
            let entered = match &mut current {
                Inside::Expression { braces } => self.expression_token(braces),
                Inside::Quoted => self.quoted_token(),
                Inside::Heredoc { marker, at_line_start } => self.heredoc_token(marker, at_line_start),
                Inside::Bare => self.bare_token(),
            };
            match entered {
                Change::Stay => {}
                Change::Enter(inner) => self.nesting.push(std::mem::replace(&mut current, inner)),
                Change::Leave => {
                    if let Some(outer) = self.nesting.pop() {
                        current = outer;
                    }
                }
            }
        }
        self.emit(TokenKind::Eof, self.bytes.len());
    }

    /// Adds the token from the current position to `end`, and goes there.
    fn emit(&mut self, kind: TokenKind, end: usize) {
        let offset = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.tokens.push(Token { kind, start: offset(self.at), end: offset(end) });
        self.at = end;
    }

    /// The byte so far ahead, 0 behind the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Offset of the next byte from `from` on that is not of the class; the end if all are.
    fn skip(&self, from: usize, class: impl Fn(u8) -> bool) -> usize {
        self.bytes[from..].iter().position(|&b| !class(b)).map_or(self.bytes.len(), |n| from + n)
    }

    fn expression_token(&mut self, braces: &mut usize) -> Change {
        use TokenKind as K;
        let (kind, length) = match self.peek(0) {
            b' ' | b'\t' => {
                self.at = self.skip(self.at, |b| b == b' ' || b == b'\t');
                return Change::Stay;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => (K::Ident, self.ident_end(self.at) - self.at),
            b'0'..=b'9' => (K::NumberLit, self.number_end() - self.at),
            b'\n' => (K::Newline, 1),
            b'\r' if self.peek(1) == b'\n' => (K::Newline, 2),
            b'"' => {
                self.emit(K::OQuote, self.at + 1);
                return Change::Enter(Inside::Quoted);
            }
            b'{' => {
                *braces += 1;
                (K::OBrace, 1)
            }
            b'}' => return self.closing_brace(braces, K::CBrace, 1),
            b'~' if self.peek(1) == b'}' => return self.closing_brace(braces, K::TemplateSeqEnd, 2),
            b'#' => (K::Comment, self.line_end() - self.at),
            b'/' if self.peek(1) == b'/' => (K::Comment, self.line_end() - self.at),
            b'/' if self.peek(1) == b'*' && !self.no_comment_ends => match self.text[self.at + 2..].find("*/") {
                Some(inner) => (K::Comment, inner + 4),
                None => {
                    self.no_comment_ends = true;
                    (K::Slash, 1)
                }
            },
            b'<' if self.peek(1) == b'<' => match self.heredoc_introduction() {
                Some((marker, end)) => {
                    self.emit(K::OHeredoc, end);
                    return Change::Enter(Inside::Heredoc { marker, at_line_start: true });
                }
                None => (K::LessThan, 1),
            },
            byte if byte.is_ascii() => operator(byte, self.peek(1), self.peek(2)),
            _ => self.non_ascii(),
        };
        self.emit(kind, self.at + length);
        Change::Stay
    }

    /// A closing brace ends the template sequence around it unless one was opened inside. `~}` always counts
    /// as the end of a sequence, so that the grammar can refuse it elsewhere.
    fn closing_brace(&mut self, braces: &mut usize, inner: TokenKind, length: usize) -> Change {
        if *braces == 0 && !self.nesting.is_empty() {
            self.emit(TokenKind::TemplateSeqEnd, self.at + length);
            return Change::Leave;
        }
        *braces = braces.saturating_sub(1);
        self.emit(inner, self.at + length);
        Change::Stay
    }

    /// Where the identifier that starts at `from` ends.
    fn ident_end(&self, from: usize) -> usize {
        let mut end = from;
        loop {
            end = self.skip(end, |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
            match self.text[end..].chars().next() {
                Some(c) if !c.is_ascii() && continues_ident(c) => end += c.len_utf8(),
                _ => return end,
            }
        }
    }

    /// A number takes all digits, dots and exponents, but does not end with a dot.
    fn number_end(&self) -> usize {
        let digit = |n: usize| self.bytes.get(n).is_some_and(u8::is_ascii_digit);
        let mut at = self.at;
        let mut end = at;
        loop {
            match self.bytes.get(at) {
                Some(b'0'..=b'9') => at += 1,
                Some(b'.') => {
                    at += 1;
                    continue;
                }
                Some(b'e' | b'E') if digit(at + 1) => at += 2,
                Some(b'e' | b'E') if matches!(self.bytes.get(at + 1), Some(b'+' | b'-')) && digit(at + 2) => at += 3,
                _ => return end,
            }
            end = at;
        }
    }

    /// The offset behind the newline that ends the current line.
    fn line_end(&self) -> usize {
        let end = self.skip(self.at, |b| b != b'\n');
        (end + 1).min(self.bytes.len())
    }

    /// If `<<MARKER` or `<<-MARKER` and a newline follow: where the marker is, and the offset behind the newline.
    fn heredoc_introduction(&self) -> Option<(Range<usize>, usize)> {
        let start = self.at + if self.peek(2) == b'-' { 3 } else { 2 };
        let first = self.text.get(start..)?.chars().next()?;
        if !starts_ident(first) {
            return None;
        }
        let end = self.ident_end(start + first.len_utf8());
        match self.bytes.get(end..)? {
            [b'\n', ..] => Some((start..end, end + 1)),
            [b'\r', b'\n', ..] => Some((start..end, end + 2)),
            _ => None,
        }
    }

    fn non_ascii(&self) -> (TokenKind, usize) {
        match self.text[self.at..].chars().next() {
            Some(c) if starts_ident(c) => (TokenKind::Ident, self.ident_end(self.at + c.len_utf8()) - self.at),
            c => (TokenKind::Invalid, c.map_or(1, char::len_utf8)),
        }
    }

    /// If a template sequence begins here, takes its opening and enters it.
    fn sequence(&mut self) -> Option<Change> {
        let kind = match (self.peek(0), self.peek(1)) {
            (b'$', b'{') => TokenKind::TemplateInterp,
            (b'%', b'{') => TokenKind::TemplateControl,
            _ => return None,
        };
        let length = if self.peek(2) == b'~' { 3 } else { 2 };
        self.emit(kind, self.at + length);
        Some(Change::Enter(Inside::Expression { braces: 0 }))
    }

    /// Where a run of `$` or `%` that is no sequence ends: in front of its last sign if that opens a sequence,
    /// behind the brace if it is an escape (`$${`). The last byte of the text is left over.
    fn signs_end(&self, from: usize) -> usize {
        let sign = self.bytes[from];
        let end = self.skip(from, |b| b == sign);
        match self.bytes.get(end) {
            Some(b'{') if end - from == 1 => from,
            Some(b'{') => end + 1,
            Some(_) => end,
            None => end - 1,
        }
    }

    /// Where literal text ends: at one of the bytes that `stop` names, at a template sequence or at the end. A
    /// lone `$` or `%` as the last byte of the text is not part of it.
    fn literal_end(&self, escapes: bool, stop: impl Fn(u8) -> bool) -> usize {
        let mut end = self.at;
        loop {
            end = self.skip(end, |b| b != b'$' && b != b'%' && !(escapes && b == b'\\') && !stop(b));
            match self.bytes.get(end) {
                Some(b'$' | b'%') => match self.signs_end(end) {
                    next if next > end => end = next,
                    _ => return end,
                },
                Some(b'\\') if escapes => match self.text[end + 1..].chars().next() {
                    Some(c) if c != '\n' && c != '\r' => end += 1 + c.len_utf8(),
                    _ => return end,
                },
                _ => return end,
            }
        }
    }

    fn quoted_token(&mut self) -> Change {
        if let Some(change) = self.sequence() {
            return change;
        }
        match self.peek(0) {
            b'"' => {
                self.emit(TokenKind::CQuote, self.at + 1);
                return Change::Leave;
            }
            b'\n' | b'\r' => {
                let end = self.skip(self.at, |b| b == b'\n' || b == b'\r');
                self.emit(TokenKind::QuotedNewline, end);
            }
            _ => match self.literal_end(true, |b| matches!(b, b'"' | b'\n' | b'\r')) {
                end if end > self.at => self.emit(TokenKind::QuotedLit, end),
                _ => self.emit(TokenKind::Invalid, self.at + 1),
            },
        }
        Change::Stay
    }

    fn heredoc_token(&mut self, marker: &Range<usize>, at_line_start: &mut bool) -> Change {
        if let Some(change) = self.sequence() {
            *at_line_start = false;
            return change;
        }
        let end = self.literal_end(false, |b| b == b'\n' || b == b'\r');
        let newline = match self.bytes.get(end..).unwrap_or_default() {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            // Nothing can be made of a lone carriage return, or a lone sign at the end, and of what follows.
            _ => {
                *at_line_start = false;
                match end {
                    end if end > self.at => self.emit(TokenKind::StringLit, end),
                    _ => self.emit(TokenKind::Invalid, self.bytes.len()),
                }
                return Change::Stay;
            }
        };
        if *at_line_start && self.text[self.at..end].trim() == &self.text[marker.clone()] {
            self.emit(TokenKind::CHeredoc, end);
            return Change::Leave;
        }
        *at_line_start = true;
        self.emit(TokenKind::StringLit, end + newline);
        Change::Stay
    }

    fn bare_token(&mut self) -> Change {
        if let Some(change) = self.sequence() {
            return change;
        }
        let end = self.literal_end(false, |_| false);
        self.emit(TokenKind::StringLit, end.max(self.at + 1));
        Change::Stay
    }
}

/// What a token does to the nesting.
enum Change {
    Stay,
    Enter(Inside),
    Leave,
}

/// The operator or punctuation that begins with `byte`, and its length.
fn operator(byte: u8, second: u8, third: u8) -> (TokenKind, usize) {
    use TokenKind as K;
    match (byte, second) {
        (b'=', b'=') => (K::EqualOp, 2),
        (b'=', b'>') => (K::FatArrow, 2),
        (b'!', b'=') => (K::NotEqual, 2),
        (b'<', b'=') => (K::LessThanEq, 2),
        (b'>', b'=') => (K::GreaterThanEq, 2),
        (b'&', b'&') => (K::And, 2),
        (b'|', b'|') => (K::Or, 2),
        (b':', b':') => (K::DoubleColon, 2),
        (b'.', b'.') if third == b'.' => (K::Ellipsis, 3),
        _ => (single(byte), 1),
    }
}

fn single(byte: u8) -> TokenKind {
    use TokenKind as K;
    match byte {
        b'[' => K::OBrack,
        b']' => K::CBrack,
        b'(' => K::OParen,
        b')' => K::CParen,
        b',' => K::Comma,
        b'.' => K::Dot,
        b':' => K::Colon,
        b'?' => K::Question,
        b'=' => K::Equal,
        b'<' => K::LessThan,
        b'>' => K::GreaterThan,
        b'!' => K::Bang,
        b'+' => K::Plus,
        b'-' => K::Minus,
        b'*' => K::Star,
        b'/' => K::Slash,
        b'%' => K::Percent,
        b'&' => K::BitwiseAnd,
        b'|' => K::BitwiseOr,
        b'~' => K::BitwiseNot,
        b'^' => K::BitwiseXor,
        b'`' => K::Backtick,
        b'\'' => K::Apostrophe,
        b';' => K::Semicolon,
        _ => K::Invalid,
    }
}

/// Whether an identifier may begin with this character: Unicode's `ID_Start`, or an underscore.
fn starts_ident(c: char) -> bool {
    match c {
        c if c.is_ascii() => c.is_ascii_alphabetic() || c == '_',
        c => hcl_edit::Ident::try_new(&*c.encode_utf8(&mut [0; 4])).is_ok(),
    }
}

/// Whether this character, not of ASCII, may stand within an identifier: Unicode's `ID_Continue`.
fn continues_ident(c: char) -> bool {
    let mut text = [b'a', 0, 0, 0, 0];
    let length = c.encode_utf8(&mut text[1..]).len();
    std::str::from_utf8(&text[..=length]).is_ok_and(|s| hcl_edit::Ident::try_new(s).is_ok())
}
