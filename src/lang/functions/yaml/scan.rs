//! From text to tokens, by the rules of libyaml's scanner: indentation turns into start and end tokens of blocks, and
//! a scalar or collection becomes a key when a `:` follows it on its line.
//!
//! Whether something is a key is known only after it has been read. Before everything that can be one, room is
//! therefore left for the two tokens that would go there.

use super::token::{Mark, Style, Token, TokenKind, YamlError};

/// How far from its beginning the `:` of a key without `?` can be, in characters.
const LONGEST_SIMPLE_KEY: usize = 1024;

/// All tokens of a text. An error is the last of them.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut scanner = Scanner::new(text);
    let problem = match text.chars().all(is_allowed) {
        true => scanner.run().err(),
        false => Some(YamlError::at(Mark::default(), "control characters are not allowed")),
    };
    if let Some(error) = problem {
        scanner.drop_undecided();
        scanner.push(TokenKind::Error(error), scanner.mark);
    }
    scanner.tokens.retain(|token| token.kind != TokenKind::Vacant);
    scanner.tokens
}

/// What may become a key if a `:` follows.
#[derive(Clone, Copy)]
struct SimpleKey {
    /// Nothing else than a key can stand there.
    required: bool,
    /// The index of the first of the two vacant tokens before it.
    token: usize,
    position: usize,
    mark: Mark,
}

impl SimpleKey {
    /// Whether a `:` at a position and line comes too late for it.
    fn is_stale(&self, (position, line): (usize, usize)) -> bool {
        self.mark.line < line || self.position + LONGEST_SIMPLE_KEY < position
    }
}

pub(super) struct Scanner {
    chars: Vec<char>,
    pub(super) position: usize,
    pub(super) mark: Mark,
    tokens: Vec<Token>,
    /// Position and line where the last token ended.
    token_end: (usize, usize),
    /// The column of the current block collection, and those of the ones around it; none outside of any.
    pub(super) indent: Option<usize>,
    indents: Vec<Option<usize>>,
    pub(super) simple_key_allowed: bool,
    /// The possible key of the block context and of each flow collection that is open.
    simple_keys: Vec<Option<SimpleKey>>,
}

impl Scanner {
    fn new(text: &str) -> Self {
        Scanner {
            chars: text.chars().collect(),
            position: 0,
            mark: Mark::default(),
            tokens: Vec::new(),
            token_end: (0, 0),
            indent: None,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: vec![None],
        }
    }

    fn run(&mut self) -> Result<(), YamlError> {
        loop {
            self.check_required_key()?;
            self.token_end = (self.position, self.mark.line);
            self.skip_to_token();
            self.check_required_key()?;
            self.close_blocks(Some(self.mark.column));
            let Some(c) = self.peek(0) else {
                return self.stream_end();
            };
            self.token(c)?;
        }
    }

    fn token(&mut self, c: char) -> Result<(), YamlError> {
        let in_flow = self.in_flow();
        let before_blank = self.is_blank_or_end(1);
        if self.mark.column == 0 && c == '%' {
            return self.directive();
        }
        if self.is_document_indicator() {
            return self.document_indicator(c);
        }
        match c {
            '[' => self.flow_start(TokenKind::FlowSequenceStart),
            '{' => self.flow_start(TokenKind::FlowMappingStart),
            ']' => self.flow_end(TokenKind::FlowSequenceEnd),
            '}' => self.flow_end(TokenKind::FlowMappingEnd),
            ',' => self.flow_entry(),
            '-' if before_blank => self.block_entry(),
            '?' if in_flow || before_blank => self.key(),
            ':' if in_flow || before_blank => self.value(),
            '*' | '&' => self.before_key(|s| s.anchor(c)),
            '!' => self.before_key(Self::tag),
            '|' | '>' if !in_flow => {
                self.forget_key()?;
                self.simple_key_allowed = true;
                self.scalar(|s| s.block_scalar(c == '|'), Style::Block)
            }
            '\'' | '"' => self.before_key(|s| s.scalar(|s| s.quoted_scalar(c), Style::Quoted)),
            '-' | '?' | ':' => self.before_key(|s| s.scalar(Self::plain_scalar, Style::Plain)),
            '\t' | '#' | '|' | '>' | '%' | '@' | '`' => Err(self.error("found character that cannot start any token")),
            _ => self.before_key(|s| s.scalar(Self::plain_scalar, Style::Plain)),
        }
    }

    /// Skips white space, comments and line breaks.
    fn skip_to_token(&mut self) {
        loop {
            if self.position == 0 && self.peek(0) == Some('\u{feff}') {
                self.skip();
            }
            while match self.peek(0) {
                Some(' ') => true,
                Some('\t') => self.in_flow() || !self.simple_key_allowed,
                _ => false,
            } {
                self.skip();
            }
            self.skip_comment();
            if !self.is_break(0) {
                return;
            }
            self.read_break();
            if !self.in_flow() {
                self.simple_key_allowed = true;
            }
        }
    }

    fn stream_end(&mut self) -> Result<(), YamlError> {
        if self.mark.column != 0 {
            self.mark = Mark { line: self.mark.line + 1, column: 0 };
        }
        self.close_blocks(None);
        self.forget_key()?;
        self.push(TokenKind::StreamEnd, self.mark);
        Ok(())
    }

    fn document_indicator(&mut self, c: char) -> Result<(), YamlError> {
        self.close_blocks(None);
        self.forget_key()?;
        self.simple_key_allowed = false;
        self.push(if c == '-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd }, self.mark);
        (0..3).for_each(|_| self.skip());
        Ok(())
    }

    fn flow_start(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.save_key()?;
        self.simple_keys.push(None);
        self.simple_key_allowed = true;
        self.indicator(kind);
        Ok(())
    }

    fn flow_end(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.forget_key()?;
        if self.in_flow() {
            self.simple_keys.pop();
        }
        self.simple_key_allowed = false;
        self.indicator(kind);
        Ok(())
    }

    fn flow_entry(&mut self) -> Result<(), YamlError> {
        self.forget_key()?;
        self.simple_key_allowed = true;
        self.indicator(TokenKind::FlowEntry);
        Ok(())
    }

    fn block_entry(&mut self) -> Result<(), YamlError> {
        if !self.in_flow() {
            if !self.simple_key_allowed {
                return Err(self.error("block sequence entries are not allowed in this context"));
            }
            if self.open_block(self.mark.column) {
                self.push(TokenKind::BlockSequenceStart, self.mark);
            }
        }
        self.forget_key()?;
        self.simple_key_allowed = true;
        self.indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn key(&mut self) -> Result<(), YamlError> {
        if !self.in_flow() {
            if !self.simple_key_allowed {
                return Err(self.error("mapping keys are not allowed in this context"));
            }
            if self.open_block(self.mark.column) {
                self.push(TokenKind::BlockMappingStart, self.mark);
            }
        }
        self.forget_key()?;
        self.simple_key_allowed = !self.in_flow();
        self.indicator(TokenKind::Key);
        Ok(())
    }

    fn value(&mut self) -> Result<(), YamlError> {
        if let Some(key) = self.take_key()? {
            let fill = |kind| Token { kind, mark: key.mark };
            self.tokens[key.token + 1] = fill(TokenKind::Key);
            if !self.in_flow() && self.open_block(key.mark.column) {
                self.tokens[key.token] = fill(TokenKind::BlockMappingStart);
            }
            self.simple_key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.simple_key_allowed {
                    return Err(self.error("mapping values are not allowed in this context"));
                }
                if self.open_block(self.mark.column) {
                    self.push(TokenKind::BlockMappingStart, self.mark);
                }
            }
            self.simple_key_allowed = !self.in_flow();
        }
        self.indicator(TokenKind::Value);
        Ok(())
    }

    fn anchor(&mut self, indicator: char) -> Result<(), YamlError> {
        let start = self.mark;
        self.skip();
        let mut name = String::new();
        self.read_word(&mut name);
        let ends = self.is_blank_or_end(0)
            || self.peek(0).is_some_and(|c| matches!(c, '?' | ':' | ',' | ']' | '}' | '%' | '@' | '`'));
        if name.is_empty() || !ends {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        self.push(if indicator == '*' { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    /// The rest of a line on which only a comment may follow, with its line break.
    pub(super) fn end_of_line(&mut self) -> Result<(), YamlError> {
        self.skip_blanks();
        self.skip_comment();
        if !self.is_break_or_end(0) {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.read_break();
        Ok(())
    }

    fn scalar(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<String, YamlError>,
        style: Style,
    ) -> Result<(), YamlError> {
        let start = self.mark;
        let text = read(self)?;
        self.push(TokenKind::Scalar { text, style }, start);
        Ok(())
    }
}

/// Blocks and simple keys.
impl Scanner {
    pub(super) fn in_flow(&self) -> bool {
        self.simple_keys.len() > 1
    }

    /// Begins a block collection if the column is further right than the current one's.
    fn open_block(&mut self, column: usize) -> bool {
        let opens = self.indent.is_none_or(|indent| indent < column);
        if opens {
            self.indents.push(self.indent.replace(column));
        }
        opens
    }

    /// Ends the block collections that stand further right than the column; all if it is none.
    pub(super) fn close_blocks(&mut self, column: Option<usize>) {
        if !self.in_flow() {
            while self.indent > column {
                self.push(TokenKind::BlockEnd, self.mark);
                self.indent = self.indents.pop().flatten();
            }
        }
    }

    /// Reads a token that may be, or begin, a key.
    fn before_key(&mut self, read: impl FnOnce(&mut Self) -> Result<(), YamlError>) -> Result<(), YamlError> {
        self.save_key()?;
        self.simple_key_allowed = false;
        read(self)
    }

    fn save_key(&mut self) -> Result<(), YamlError> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        self.forget_key()?;
        let key = SimpleKey {
            required: !self.in_flow() && self.indent == Some(self.mark.column),
            token: self.tokens.len(),
            position: self.position,
            mark: self.mark,
        };
        self.push(TokenKind::Vacant, self.mark);
        self.push(TokenKind::Vacant, self.mark);
        if let Some(current) = self.simple_keys.last_mut() {
            *current = Some(key);
        }
        Ok(())
    }

    pub(super) fn forget_key(&mut self) -> Result<(), YamlError> {
        match self.simple_keys.last_mut().and_then(Option::take) {
            Some(key) if key.required => Err(self.no_key(&key)),
            _ => Ok(()),
        }
    }

    /// The possible key before a `:`, unless that is on another line or too far.
    fn take_key(&mut self) -> Result<Option<SimpleKey>, YamlError> {
        match self.simple_keys.last_mut().and_then(Option::take) {
            Some(key) if !self.is_stale(&key) => Ok(Some(key)),
            Some(key) if key.required => Err(self.no_key(&key)),
            _ => Ok(None),
        }
    }

    /// A key that must be one can't wait longer for its `:` than its line and length permit.
    fn check_required_key(&mut self) -> Result<(), YamlError> {
        match self.simple_keys.first().copied().flatten() {
            Some(key) if key.required && self.is_stale(&key) => Err(self.no_key(&key)),
            _ => Ok(()),
        }
    }

    /// What had to be a key isn't one: the text makes sense only up to there.
    fn no_key(&mut self, key: &SimpleKey) -> YamlError {
        self.tokens.truncate(key.token);
        self.error("could not find expected ':'")
    }

    /// Drops what might still have become part of a key: nothing can be said of it.
    fn drop_undecided(&mut self) {
        let undecided = self.simple_keys.iter().flatten().filter(|key| !key.is_stale(self.token_end));
        if let Some(first) = undecided.map(|key| key.token).min() {
            self.tokens.truncate(first);
        }
    }

    fn is_stale(&self, key: &SimpleKey) -> bool {
        key.is_stale((self.position, self.mark.line))
    }
}

/// Characters.
impl Scanner {
    pub(super) fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.position + ahead).copied()
    }

    pub(super) fn skip(&mut self) {
        self.position += 1;
        self.mark.column += 1;
    }

    pub(super) fn read(&mut self, out: &mut String) {
        out.extend(self.peek(0));
        self.skip();
    }

    /// Skips a line break, if there is one, and gives it as it counts in a scalar.
    pub(super) fn read_break(&mut self) -> Option<char> {
        let (width, meaning) = match (self.peek(0)?, self.peek(1)) {
            ('\r', Some('\n')) => (2, '\n'),
            ('\r' | '\n' | '\u{85}', _) => (1, '\n'),
            (c @ ('\u{2028}' | '\u{2029}'), _) => (1, c),
            _ => return None,
        };
        self.position += width;
        self.mark = Mark { line: self.mark.line + 1, column: 0 };
        Some(meaning)
    }

    pub(super) fn read_word(&mut self, out: &mut String) {
        while self.peek(0).is_some_and(is_word) {
            self.read(out);
        }
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    fn skip_comment(&mut self) {
        if self.peek(0) == Some('#') {
            while !self.is_break_or_end(0) {
                self.skip();
            }
        }
    }

    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), Some(' ' | '\t'))
    }

    pub(super) fn is_break(&self, ahead: usize) -> bool {
        self.peek(ahead).is_some_and(is_break)
    }

    pub(super) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.peek(ahead).is_none_or(is_break)
    }

    pub(super) fn is_blank_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }

    /// `---` or `...` at the beginning of a line, with nothing glued to it.
    pub(super) fn is_document_indicator(&self) -> bool {
        let is = |c| (0..3).all(|i| self.peek(i) == Some(c));
        self.mark.column == 0 && (is('-') || is('.')) && self.is_blank_or_end(3)
    }

    pub(super) fn error(&self, message: &str) -> YamlError {
        YamlError::within(self.mark, message)
    }

    fn indicator(&mut self, kind: TokenKind) {
        self.push(kind, self.mark);
        self.skip();
    }

    pub(super) fn push(&mut self, kind: TokenKind, mark: Mark) {
        self.tokens.push(Token { kind, mark });
    }
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        || c >= '\u{10000}'
}
