//! The judge of syntax: which text is well-formed, and what is wrong with the rest.
//!
//! A recursive descent over the tokens that follows HCL's own grammar, newline rules and error
//! recovery, so that the same errors are found at the same places with the same words. It builds no
//! tree: [`crate::syntax::parse`] does, from what is found to be good here.

mod body;
mod collection;
mod expression;
mod template;
#[cfg(test)]
mod tests;
mod unusable;

use std::ops::Range;

use crate::syntax::scan::{Mode, Token, TokenKind, scan};
use crate::syntax::{Diagnostic, Diagnostics, FileId, Span};

/// How deep expressions, templates and blocks may be nested: the limit of the parser that builds the tree.
const DEEPEST_NESTING: usize = 64;

/// How many binary operators there may be on a path through an expression: a limit of the same parser.
const MOST_OPERATORS: usize = 128;

/// How many items an object constructor can have: the same parser takes time quadratic in their number, and
/// about a quarter of a second for these.
const MOST_ITEMS: usize = 10_000;

/// How many elements a tuple constructor can have: each takes some hundred bytes while the tree is built.
const MOST_ELEMENTS: usize = 500_000;

/// How many errors of one text are reported.
const MOST_ERRORS: usize = 100;

/// What [`check_body`] found out. All ranges are byte ranges of the text it was given.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What is wrong, in the order in which it was found.
    pub diagnostics: Diagnostics,
    /// The attributes and blocks at the top level of the body, in order, each up to behind its newline. Once the
    /// `blanks` in them are replaced by spaces they are well-formed. What can't be saved is not among them.
    pub items: Vec<Range<usize>>,
    /// What is broken inside `items`, in order: whole attributes, whole blocks, and what else was skipped.
    pub blanks: Vec<Range<usize>>,
    /// The names of attributes which are set, but whose value is broken. They are in the `blanks`, or, at the top
    /// level, outside of `items`; no error should be raised because they are missing.
    pub valueless: Vec<Range<usize>>,
}

/// Checks a configuration file.
#[must_use]
pub fn check_body(file: FileId, text: &str) -> Checked {
    let mut grammar = Grammar::new(file, text, 0, Mode::Normal);
    grammar.newlines = true;
    grammar.file();
    grammar.checked
}

/// Checks an expression as if it stood in parentheses, so that newlines do not end it. `base` is the
/// offset of `text` in its file.
#[must_use]
pub fn check_expression(file: FileId, text: &str, base: usize) -> Diagnostics {
    let mut grammar = Grammar::new(file, text, base, Mode::Normal);
    grammar.nested(Grammar::expression);
    let next = grammar.peek();
    if next.kind != TokenKind::Eof {
        grammar.suspect(
            "Extra characters after expression",
            "An expression was successfully parsed, but extra characters were found after it.",
            grammar.span(next),
        );
    }
    grammar.checked.diagnostics
}

/// Checks a whole template file. `base` is the offset of `text` in its file.
#[must_use]
pub fn check_template(file: FileId, text: &str, base: usize) -> Diagnostics {
    let mut grammar = Grammar::new(file, text, base, Mode::Template);
    grammar.template(TokenKind::Eof);
    grammar.checked.diagnostics
}

/// The tokens, the place in them, and what has been found so far.
struct Grammar<'a> {
    file: FileId,
    text: &'a str,
    base: usize,
    tokens: Vec<Token>,
    /// Index of the next token, comments and insignificant newlines included.
    next: usize,
    /// Whether newlines mean something at present.
    newlines: bool,
    /// Set by the first error that makes tokens be skipped, and never reset: from then on errors are reported only
    /// where they can't be the consequence of a bad recovery.
    recovering: bool,
    /// Number of errors that were reported.
    errors: usize,
    /// Number of errors, reported or not.
    faults: usize,
    /// Whether a limit was exceeded, so that nothing more is read and reported.
    given_up: bool,
    /// How many expressions, templates and blocks are around this place.
    depth: usize,
    /// The greatest number of binary operators on a path through the part of the expression that has been read.
    operators: usize,
    checked: Checked,
}

impl<'a> Grammar<'a> {
    fn new(file: FileId, text: &'a str, base: usize, mode: Mode) -> Self {
        let mut grammar = Grammar {
            file,
            text,
            base,
            tokens: scan(text, mode),
            next: 0,
            newlines: false,
            recovering: false,
            errors: 0,
            faults: 0,
            given_up: false,
            depth: 0,
            operators: 0,
            checked: Checked::default(),
        };
        grammar.unusable_tokens();
        grammar
    }

    /// The next token that means something, and the index of the one behind it. A comment that swallowed a
    /// significant newline counts as one.
    fn look(&self) -> (Token, usize) {
        let mut index = self.next;
        while let Some(&token) = self.tokens.get(index) {
            index += 1;
            match token.kind {
                TokenKind::Comment if self.newlines && token.text(self.text).ends_with('\n') => {
                    return (Token { kind: TokenKind::Newline, ..token }, index);
                }
                TokenKind::Comment => {}
                TokenKind::Newline if !self.newlines => {}
                _ => return (token, index),
            }
        }
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        (Token { kind: TokenKind::Eof, start: end, end }, self.tokens.len())
    }

    fn peek(&self) -> Token {
        self.look().0
    }

    fn read(&mut self) -> Token {
        let (token, next) = self.look();
        self.next = next;
        token
    }

    /// Whether the next token is this keyword.
    fn at_keyword(&self, keyword: &str) -> bool {
        let next = self.peek();
        next.kind == TokenKind::Ident && next.text(self.text) == keyword
    }

    /// The token that was read last.
    fn previous(&self) -> Token {
        let index = self.next.saturating_sub(1);
        self.tokens.get(index).copied().unwrap_or_else(|| self.peek())
    }

    fn span(&self, token: Token) -> Span {
        let Range { start, end } = token.range();
        Span::new(self.file, self.base + start, self.base + end)
    }

    fn report(&mut self, summary: &str, detail: impl Into<String>, subject: Span) {
        self.add(Diagnostic::error(summary, detail).at(subject));
    }

    fn report_within(&mut self, summary: &str, detail: impl Into<String>, subject: Span, context: Span) {
        self.add(Diagnostic::error(summary, detail).at(subject).within(context));
    }

    /// [`Self::report`], unless it may be the consequence of a bad recovery.
    fn suspect(&mut self, summary: &str, detail: impl Into<String>, subject: Span) {
        if self.recovering {
            self.faults += 1;
        } else {
            self.report(summary, detail, subject);
        }
    }

    /// [`Self::report_within`], unless it may be the consequence of a bad recovery.
    fn suspect_within(&mut self, summary: &str, detail: impl Into<String>, subject: Span, context: Span) {
        if self.recovering {
            self.faults += 1;
        } else {
            self.report_within(summary, detail, subject, context);
        }
    }

    fn add(&mut self, diagnostic: Diagnostic) {
        self.errors += 1;
        self.faults += 1;
        if self.given_up {
            return;
        }
        if self.checked.diagnostics.0.len() < MOST_ERRORS {
            self.checked.diagnostics.push(diagnostic);
            return;
        }
        let mut last = Diagnostic::error(
            "Too many errors",
            format!("This has more than {MOST_ERRORS} syntax errors. The others are not shown."),
        );
        last.subject = diagnostic.subject;
        self.checked.diagnostics.push(last);
        self.give_up();
    }

    /// Stops: what follows is the end of the text, and no more errors are reported.
    fn give_up(&mut self) {
        self.given_up = true;
        self.recovering = true;
        self.next = self.tokens.len();
    }

    /// Whether there were errors since there were `before`, of the kind that left us somewhere in the text.
    fn lost_since(&self, before: usize) -> bool {
        self.recovering && self.errors > before
    }

    /// Reads something with newlines significant or not.
    fn with_newlines(&mut self, significant: bool, read: impl FnOnce(&mut Self)) {
        let outside = std::mem::replace(&mut self.newlines, significant);
        read(self);
        self.newlines = outside;
    }

    /// Reads something one level deeper, unless that is too deep.
    fn nested<T: Default>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEEPEST_NESTING {
            if !self.given_up {
                let next = self.span(self.peek());
                self.report(
                    "Nesting too deep",
                    format!("Expressions, templates and blocks can be nested at most {DEEPEST_NESTING} levels deep."),
                    next,
                );
                self.give_up();
            }
            return T::default();
        }
        self.depth += 1;
        let result = self.operator_scope(read);
        self.depth -= 1;
        result
    }

    /// Reads something whose operators don't add to those beside it.
    fn operator_scope<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let beside = std::mem::take(&mut self.operators);
        let result = read(self);
        self.operators = self.operators.max(beside);
        result
    }

    /// Skips to behind the token `end` that belongs to what has been opened, over nested ones.
    fn recover(&mut self, end: TokenKind) -> Token {
        self.recovering = true;
        let start = opening(end);
        let mut nested = 0_usize;
        loop {
            let token = self.read();
            match token.kind {
                TokenKind::Eof => return token,
                TokenKind::TemplateControl if end == TokenKind::TemplateSeqEnd => nested += 1,
                kind if Some(kind) == start => nested += 1,
                kind if kind == end && nested == 0 => return token,
                kind if kind == end => nested -= 1,
                _ => {}
            }
        }
    }

    /// Skips to behind the next pair of brackets that `start` opens.
    fn recover_over(&mut self, start: TokenKind, end: TokenKind) {
        loop {
            let kind = self.read().kind;
            if kind == start || kind == TokenKind::Eof {
                break;
            }
        }
        self.recover(end);
    }

    /// Skips to behind the next newline outside of brackets.
    fn recover_after_item(&mut self) {
        use TokenKind as K;
        self.recovering = true;
        let mut open = Vec::new();
        loop {
            let kind = self.read().kind;
            match kind {
                K::Newline if open.is_empty() => return,
                K::Eof => return,
                K::OBrace
                | K::OBrack
                | K::OParen
                | K::OQuote
                | K::OHeredoc
                | K::TemplateInterp
                | K::TemplateControl => open.push(kind),
                K::CBrace | K::CBrack | K::CParen | K::CQuote | K::CHeredoc | K::TemplateSeqEnd => {
                    while let Some(innermost) = open.pop() {
                        let control = innermost == K::TemplateControl && kind == K::TemplateSeqEnd;
                        if control || Some(innermost) == opening(kind) {
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// What opens the bracket that `end` closes.
fn opening(end: TokenKind) -> Option<TokenKind> {
    use TokenKind as K;
    match end {
        K::CBrace => Some(K::OBrace),
        K::CBrack => Some(K::OBrack),
        K::CParen => Some(K::OParen),
        K::CQuote => Some(K::OQuote),
        K::CHeredoc => Some(K::OHeredoc),
        K::TemplateSeqEnd => Some(K::TemplateInterp),
        _ => None,
    }
}
