//! Bodies: attributes and blocks.

use std::collections::HashMap;
use std::ops::Range;

use super::Grammar;
use crate::syntax::diagnostic::PLACE;
use crate::syntax::scan::{Token, TokenKind};
use crate::syntax::{Diagnostic, Span};

const ITEM_REQUIRED: &str = "Argument or block definition required";
const EQUALS_SIGN: &str = "An argument or block definition is required here. To set an argument, use the equals sign \
                           \"=\" to introduce the argument value.";
const UNCLOSED_BLOCK: &str = "There is no closing brace for this block before the end of the file. This may be caused \
                              by incorrect brace nesting elsewhere in this file.";
const INVALID_ONE_LINER: &str = "Invalid single-argument block definition";

/// What became of an item of a body.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Item {
    /// It can be kept, after blanking what is broken inside.
    #[default]
    Good,
    /// It must be blanked.
    Broken,
    /// It must be blanked, but the body has an attribute of this name.
    Valueless,
}

/// The attributes of a body so far: where each name stands first.
type Names<'a> = HashMap<&'a str, u32>;

impl<'a> Grammar<'a> {
    /// A file: items up to its end.
    pub(super) fn file(&mut self) {
        self.body(TokenKind::Eof);
    }

    /// Items up to `end`, which is read. False if something else was in the way, and the rest was skipped.
    fn body(&mut self, end: TokenKind) -> bool {
        let start = self.span(self.previous());
        let mut names = Names::new();
        loop {
            let next = self.peek();
            match next.kind {
                kind if kind == end => {
                    self.read();
                    return true;
                }
                TokenKind::Newline => {
                    self.read();
                }
                TokenKind::Ident => self.item(&mut names, end == TokenKind::Eof),
                _ => {
                    self.read();
                    self.no_item(next, start);
                    self.recover(end);
                    return false;
                }
            }
        }
    }

    /// Reports a token that begins no item, in a body that begins at `start`.
    fn no_item(&mut self, bad: Token, start: Span) {
        let at = self.span(bad);
        match bad.kind {
            TokenKind::OQuote => self.suspect("Invalid argument name", "Argument names must not be quoted.", at),
            TokenKind::Eof => self.suspect("Unclosed configuration block", UNCLOSED_BLOCK, start),
            _ => self.suspect(ITEM_REQUIRED, "An argument or block definition is required here.", at),
        }
    }

    /// An attribute or a block with its newline.
    fn item(&mut self, names: &mut Names<'a>, top_level: bool) {
        let (blanks, valueless) = (self.checked.blanks.len(), self.checked.valueless.len());
        let ident = self.read();
        let item = match self.peek().kind {
            TokenKind::Equal => self.attribute(ident, names),
            TokenKind::OQuote | TokenKind::OBrace | TokenKind::Ident => self.block(ident),
            _ => {
                self.recover_after_item();
                self.report(ITEM_REQUIRED, EQUALS_SIGN, self.span(ident));
                Item::Broken
            }
        };
        let whole = ident.start as usize..self.previous().end as usize;
        if item == Item::Good {
            if top_level {
                self.checked.items.push(whole);
            }
            return;
        }
        self.checked.blanks.truncate(blanks);
        self.checked.valueless.truncate(valueless);
        if item == Item::Valueless {
            self.checked.valueless.push(ident.range());
        }
        if !top_level {
            self.blank_from(ident.start);
        }
    }

    /// Marks what has been read since `start` as broken, without the newline at its end.
    fn blank_from(&mut self, start: u32) {
        let last = self.previous();
        let end = match last.kind {
            TokenKind::Newline | TokenKind::Comment | TokenKind::Eof => last.start,
            _ => last.end,
        };
        let blank: Range<usize> = start as usize..end as usize;
        if !blank.is_empty() {
            self.checked.blanks.push(blank);
        }
    }

    /// An attribute on lines of its own.
    fn attribute(&mut self, ident: Token, names: &mut Names<'a>) -> Item {
        let (errors, faults) = (self.errors, self.faults);
        self.value();
        if self.lost_since(errors) {
            self.recover_after_item();
        } else {
            self.end_of_attribute(ident);
        }
        let name = ident.text(self.text);
        let (first, start) = (names.get(name).copied(), ident.start);
        match first {
            Some(first) => {
                let first = self.span(Token { start: first, end: first + (ident.end - ident.start), ..ident });
                let detail =
                    format!("The argument \"{name}\" was already set{PLACE}. Each argument may be set only once.");
                self.add(Diagnostic::error("Attribute redefined", detail).at(self.span(ident)).naming(first));
                Item::Broken
            }
            None => {
                names.insert(name, start);
                if self.faults > faults { Item::Valueless } else { Item::Good }
            }
        }
    }

    /// `= expression`
    fn value(&mut self) {
        self.read();
        self.operator_scope(Self::expression);
    }

    fn end_of_attribute(&mut self, ident: Token) {
        let end = self.peek();
        if matches!(end.kind, TokenKind::Newline | TokenKind::Eof) {
            self.read();
            return;
        }
        let (summary, detail) = match end.kind {
            TokenKind::Comma => (
                "Unexpected comma after argument",
                "Argument definitions must be separated by newlines, not commas. An argument definition must end \
                     with a newline.",
            ),
            _ => ("Missing newline after argument", "An argument definition must end with a newline."),
        };
        let at = self.span(end);
        self.suspect_within(summary, detail, at, self.span(ident).to(at));
        self.recover_after_item();
    }

    /// A block from its first label on.
    fn block(&mut self, ident: Token) -> Item {
        let before = self.faults;
        loop {
            match self.peek().kind {
                TokenKind::OBrace => break,
                TokenKind::OQuote => self.label(),
                TokenKind::Ident => {
                    self.read();
                }
                _ => {
                    self.invalid_header(ident);
                    self.recover_after_item();
                    return Item::Broken;
                }
            }
        }
        let broken_header = self.faults > before;
        let brace = self.read();
        let closed = match self.peek().kind {
            TokenKind::Newline | TokenKind::Eof | TokenKind::CBrace => {
                self.nested(|grammar| grammar.body(TokenKind::CBrace))
            }
            _ => self.nested(|grammar| grammar.one_line_body(ident, brace)),
        };
        let behind = self.previous().end;
        let end = self.peek();
        if matches!(end.kind, TokenKind::Newline | TokenKind::Eof) {
            self.read();
        } else {
            self.suspect_within(
                "Missing newline after block definition",
                "A block definition must end with a newline.",
                self.span(end),
                self.span(ident).to(self.span(end)),
            );
            self.recover_after_item();
            self.blank_from(behind);
        }
        if broken_header || !closed { Item::Broken } else { Item::Good }
    }

    fn invalid_header(&mut self, ident: Token) {
        let summary = "Invalid block definition";
        let next = self.peek();
        let detail = match next.kind {
            TokenKind::Equal => {
                "The equals sign \"=\" indicates an argument definition, and must not be used when defining a block."
            }
            TokenKind::Newline => {
                "A block definition must have block content delimited by \"{\" and \"}\", starting on the same line as \
                 the block header."
            }
            _ => "Either a quoted string block label or an opening brace (\"{\") is expected here.",
        };
        let at = self.span(next);
        let within = self.span(ident).to(at);
        match next.kind {
            TokenKind::Equal | TokenKind::Newline => self.report_within(summary, detail, at, within),
            _ => self.suspect_within(summary, detail, at, within),
        }
    }

    /// A quoted label: a string without template sequences.
    fn label(&mut self) {
        let open = self.read();
        loop {
            let token = self.read();
            let at = self.span(token);
            let within = self.span(open).to(at);
            let summary = "Invalid string literal";
            match token.kind {
                TokenKind::CQuote => return,
                TokenKind::QuotedLit => self.escapes(token),
                TokenKind::TemplateInterp | TokenKind::TemplateControl => {
                    let sign = if token.kind == TokenKind::TemplateInterp { "$" } else { "%" };
                    let detail = format!(
                        "Template sequences are not allowed in this string. To include a literal \"{sign}\", double \
                         it (as \"{sign}{sign}\") to escape it."
                    );
                    self.report_within(summary, detail, at, within);
                    self.recover(TokenKind::TemplateSeqEnd);
                }
                TokenKind::Eof => {
                    self.report_within(
                        "Unterminated string literal",
                        "Unable to find the closing quote mark before the end of the file.",
                        at,
                        within,
                    );
                    return;
                }
                _ => {
                    self.report_within(summary, "This item is not valid in a string literal.", at, within);
                    self.recover(TokenKind::CQuote);
                    return;
                }
            }
        }
    }

    /// The body of a block on one line, which has one attribute, and the brace that closes it. False if that was
    /// not found.
    fn one_line_body(&mut self, block: Token, brace: Token) -> bool {
        let inner = self.peek().start;
        let before = self.faults;
        let name = self.one_line_attribute();
        let next = self.peek();
        let at = self.span(next);
        match next.kind {
            TokenKind::CBrace => {
                if self.faults > before {
                    self.blank_from(inner);
                    self.checked.valueless.extend(name.map(Token::range));
                }
                self.read();
                return true;
            }
            TokenKind::Comma => self.report(
                INVALID_ONE_LINER,
                "Single-line block syntax can include only one argument definition. To define multiple arguments, use \
                 the multi-line block syntax with one argument definition per line.",
                at,
            ),
            TokenKind::Newline => self.report(
                INVALID_ONE_LINER,
                "An argument definition on the same line as its containing block creates a single-line block \
                 definition, which must also be closed on the same line. Place the block's closing brace immediately \
                 after the argument definition.",
                at,
            ),
            TokenKind::Eof => {
                let brace = self.span(brace);
                self.suspect_within("Unclosed configuration block", UNCLOSED_BLOCK, brace, self.span(block).to(brace));
            }
            _ => self.suspect(
                INVALID_ONE_LINER,
                "A single-line block definition must end with a closing brace immediately after its single argument \
                 definition.",
                at,
            ),
        }
        self.recover(TokenKind::CBrace);
        false
    }

    /// The one attribute of a block on one line; its name, if it is one.
    fn one_line_attribute(&mut self) -> Option<Token> {
        let ident = self.read();
        let at = self.span(ident);
        if ident.kind != TokenKind::Ident {
            self.recover_after_item();
            self.report(ITEM_REQUIRED, "An argument or block definition is required here.", at);
            return None;
        }
        let next = self.peek();
        match next.kind {
            TokenKind::Equal => {
                let before = self.errors;
                self.value();
                if self.lost_since(before) {
                    self.recover_after_item();
                }
                return Some(ident);
            }
            TokenKind::OQuote | TokenKind::OBrace | TokenKind::Ident => {
                let name = ident.text(self.text);
                self.recover_after_item();
                self.report(
                    "Argument definition required",
                    format!(
                        "A single-line block definition can contain only a single argument. If you meant to define \
                         argument \"{name}\", use an equals sign to assign it a value. To define a nested block, place \
                         it on a line of its own within its parent block."
                    ),
                    at.to(self.span(next)),
                );
            }
            _ => {
                self.recover_after_item();
                self.report(ITEM_REQUIRED, EQUALS_SIGN, at);
            }
        }
        None
    }
}
