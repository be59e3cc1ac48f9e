//! Expressions in brackets and braces: tuples, objects and `for` expressions.

use super::{Grammar, MOST_ELEMENTS, MOST_ITEMS};
use crate::syntax::Span;
use crate::syntax::scan::{Token, TokenKind};

const INVALID_FOR: &str = "Invalid 'for' expression";

impl Grammar<'_> {
    /// `[…]`, a list of values or a `for` expression.
    pub(super) fn tuple(&mut self) {
        self.with_newlines(false, Self::tuple_items);
    }

    fn tuple_items(&mut self) {
        let open = self.read();
        if self.at_keyword("for") {
            return self.for_expression(open);
        }
        let mut elements = 0;
        while self.peek().kind != TokenKind::CBrack {
            elements += 1;
            if elements > MOST_ELEMENTS {
                self.too_many("A tuple constructor", MOST_ELEMENTS, open);
                return;
            }
            let before = self.errors;
            self.nested(Self::expression);
            if self.lost_since(before) {
                self.recover(TokenKind::CBrack);
                return;
            }
            let next = self.peek();
            match next.kind {
                TokenKind::CBrack => {}
                TokenKind::Comma => {
                    self.read();
                }
                _ => {
                    self.no_item_separator(open, next);
                    self.recover(TokenKind::CBrack);
                    return;
                }
            }
        }
        self.read();
    }

    fn too_many(&mut self, what: &str, most: usize, open: Token) {
        let detail = format!(
            "{what} can have at most {most} items. Keep larger collections in a file, and read it with jsondecode, \
             yamldecode or csvdecode."
        );
        self.report("Too many items", detail, self.span(open));
        self.give_up();
    }

    fn no_item_separator(&mut self, open: Token, next: Token) {
        let (open, at) = (self.span(open), self.span(next));
        match next.kind {
            TokenKind::Eof => self.suspect(
                "Unterminated tuple constructor expression",
                "There is no corresponding closing bracket before the end of the file. This may be caused by incorrect \
                 bracket nesting elsewhere in this file.",
                open,
            ),
            _ => self.suspect_within(
                "Missing item separator",
                "Expected a comma to mark the beginning of the next item.",
                at,
                open.to(at),
            ),
        }
    }

    /// `{…}`, a list of attributes or a `for` expression.
    pub(super) fn object(&mut self) {
        let open = self.read();
        let mut is_for = false;
        self.with_newlines(false, |grammar| is_for = grammar.at_keyword("for"));
        if is_for {
            self.with_newlines(false, |grammar| grammar.for_expression(open));
        } else {
            self.with_newlines(true, |grammar| grammar.object_items(open));
        }
    }

    fn object_items(&mut self, open: Token) {
        let mut items = 0;
        loop {
            match self.peek().kind {
                TokenKind::Newline => {
                    self.read();
                    continue;
                }
                TokenKind::CBrace => break,
                _ => {}
            }
            items += 1;
            if items > MOST_ITEMS {
                self.too_many("An object constructor", MOST_ITEMS, open);
                return;
            }
            if !self.object_part(|grammar, next| match next {
                TokenKind::Equal | TokenKind::Colon => true,
                _ => grammar.no_value(open),
            }) {
                return;
            }
            self.read();
            if !self.object_part(|grammar, next| match next {
                TokenKind::Comma | TokenKind::Newline | TokenKind::CBrace => true,
                _ => grammar.no_attribute_separator(open),
            }) {
                return;
            }
            if self.peek().kind == TokenKind::CBrace {
                break;
            }
            self.read();
        }
        self.read();
    }

    /// A key or a value, and a look at what follows. False if either is wrong, and the object was skipped.
    fn object_part(&mut self, follows: impl FnOnce(&mut Self, TokenKind) -> bool) -> bool {
        let before = self.errors;
        self.nested(Self::expression);
        let next = self.peek().kind;
        if self.lost_since(before) || !follows(self, next) {
            self.recover(TokenKind::CBrace);
            return false;
        }
        true
    }

    fn no_value(&mut self, open: Token) -> bool {
        let next = self.peek();
        let missing = "Missing key/value separator";
        let (summary, detail) = match next.kind {
            TokenKind::Eof => return self.unterminated_object(open),
            TokenKind::Newline | TokenKind::Comma => {
                ("Missing attribute value", "Expected an attribute value, introduced by an equals sign (\"=\").")
            }
            TokenKind::Ident => (
                missing,
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value. If you intended to \
                 given an attribute name containing periods or spaces, write the name in quotes to create a string \
                 literal.",
            ),
            _ => (missing, "Expected an equals sign (\"=\") to mark the beginning of the attribute value."),
        };
        let at = self.span(next);
        self.suspect_within(summary, detail, at, self.span(open).to(at));
        false
    }

    fn no_attribute_separator(&mut self, open: Token) -> bool {
        let next = self.peek();
        if next.kind == TokenKind::Eof {
            return self.unterminated_object(open);
        }
        let at = self.span(next);
        self.suspect_within(
            "Missing attribute separator",
            "Expected a newline or comma to mark the beginning of the next attribute.",
            at,
            self.span(open).to(at),
        );
        false
    }

    fn unterminated_object(&mut self, open: Token) -> bool {
        self.suspect(
            "Unterminated object constructor expression",
            "There is no corresponding closing brace before the end of the file. This may be caused by incorrect \
                 brace nesting elsewhere in this file.",
            self.span(open),
        );
        false
    }

    /// A `for` expression behind the bracket that opens it.
    fn for_expression(&mut self, open: Token) {
        let close = match open.kind {
            TokenKind::OBrace => TokenKind::CBrace,
            _ => TokenKind::CBrack,
        };
        let Some(result) = self.for_contents(open) else {
            self.recover(close);
            return;
        };
        let end = if self.peek().kind == close {
            self.read()
        } else {
            self.for_misses(open, "Extra characters after the end of the 'for' expression.");
            self.recover(close)
        };
        let within = self.span(open).to(self.span(end));
        let mut wrong = |at, detail| self.report_within(INVALID_FOR, detail, at, within);
        match open.kind {
            TokenKind::OBrace if result.key.is_none() => {
                wrong(result.value, "Key expression is required when building an object.");
            }
            TokenKind::OBrace => {}
            _ => {
                if let Some(key) = result.key {
                    wrong(key, "Key expression is not valid when building a tuple.");
                }
                if let Some(ellipsis) = result.ellipsis {
                    wrong(ellipsis, "Grouping ellipsis (...) cannot be used when building a tuple.");
                }
            }
        }
    }

    /// Everything from `for` up to the closing bracket. `None` if it makes no sense from somewhere on.
    fn for_contents(&mut self, open: Token) -> Option<ForResult> {
        self.read();
        self.for_name(open, "For expression requires variable name after 'for'.")?;
        if self.peek().kind == TokenKind::Comma {
            self.read();
            self.for_name(open, "For expression requires value variable name after comma.")?;
        }
        if !self.at_keyword("in") {
            self.for_misses(open, "For expression requires the 'in' keyword after its name declarations.");
            return None;
        }
        self.read();
        self.for_part()?;
        if self.peek().kind != TokenKind::Colon {
            self.for_misses(open, "For expression requires a colon after the collection expression.");
            return None;
        }
        self.read();
        let before = self.errors;
        let mut result = ForResult { key: None, value: self.spanned_expression(), ellipsis: None };
        if self.peek().kind == TokenKind::FatArrow {
            self.read();
            result.key = Some(result.value);
            result.value = self.spanned_expression();
        }
        if self.lost_since(before) {
            return None;
        }
        if self.peek().kind == TokenKind::Ellipsis {
            let ellipsis = self.read();
            result.ellipsis = Some(self.span(ellipsis));
        }
        if self.at_keyword("if") {
            self.read();
            self.for_part()?;
        }
        Some(result)
    }

    fn for_name(&mut self, open: Token, otherwise: &str) -> Option<()> {
        if self.peek().kind != TokenKind::Ident {
            self.for_misses(open, otherwise);
            return None;
        }
        self.read();
        Some(())
    }

    fn for_part(&mut self) -> Option<()> {
        let before = self.errors;
        self.nested(Self::expression);
        (!self.lost_since(before)).then_some(())
    }

    /// An expression, and from where to where it goes.
    fn spanned_expression(&mut self) -> Span {
        let start = self.span(self.peek());
        self.nested(Self::expression);
        start.to(self.span(self.previous()))
    }

    fn for_misses(&mut self, open: Token, detail: &str) {
        let at = self.span(self.peek());
        self.suspect_within(INVALID_FOR, detail, at, self.span(open).to(at));
    }
}

/// What a `for` expression says about its elements.
struct ForResult {
    key: Option<Span>,
    value: Span,
    ellipsis: Option<Span>,
}
