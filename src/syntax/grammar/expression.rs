//! Expressions.

use super::{Grammar, MOST_OPERATORS};
use crate::syntax::Span;
use crate::syntax::scan::{Token, TokenKind};

const INVALID_FOR: &str = "Invalid 'for' expression";

impl Grammar<'_> {
    /// Any expression: a chain of binary operations, or a conditional.
    pub(super) fn expression(&mut self) {
        let before = self.errors;
        let start = self.span(self.peek());
        self.operations();
        if self.lost_since(before) || self.peek().kind != TokenKind::Question {
            return;
        }
        self.read();
        let before = self.errors;
        self.nested(Self::expression);
        if self.lost_since(before) {
            return;
        }
        let colon = self.peek();
        if colon.kind != TokenKind::Colon {
            self.report_within(
                "Missing false expression in conditional",
                "The conditional operator (...?...:...) requires a false expression, delimited by a colon.",
                self.span(colon),
                start.to(self.span(colon)),
            );
            return;
        }
        self.read();
        self.nested(Self::expression);
    }

    /// Operands with binary operators between them. Without a tree to build, their precedence does not matter.
    fn operations(&mut self) {
        let before = self.errors;
        self.operand();
        let mut chained = 0;
        while !self.lost_since(before) {
            let operator = self.peek();
            if !is_binary(operator.kind) {
                break;
            }
            self.read();
            self.operand();
            chained += 1;
            if self.operators + chained > MOST_OPERATORS {
                self.report(
                    "Too many operators",
                    format!(
                        "An expression can chain at most {MOST_OPERATORS} operators. Split it, for example with local \
                         values."
                    ),
                    self.span(operator),
                );
                self.give_up();
            }
        }
        self.operators += chained;
    }

    /// A term and the steps behind it.
    fn operand(&mut self) {
        self.term();
        self.steps();
    }

    fn term(&mut self) {
        let start = self.peek();
        match start.kind {
            TokenKind::OParen => self.parentheses(start),
            TokenKind::NumberLit => {
                self.read();
                self.number(start);
            }
            TokenKind::Ident => {
                self.read();
                if matches!(self.peek().kind, TokenKind::OParen | TokenKind::DoubleColon) {
                    self.call(start);
                }
            }
            TokenKind::OQuote => {
                self.read();
                self.template(TokenKind::CQuote);
            }
            TokenKind::OHeredoc => {
                self.read();
                self.template(TokenKind::CHeredoc);
            }
            TokenKind::Minus | TokenKind::Bang => {
                self.read();
                self.nested(Self::operand);
            }
            TokenKind::OBrack => self.with_newlines(false, Self::tuple),
            TokenKind::OBrace => self.object(),
            _ => self.no_term(start),
        }
    }

    fn no_term(&mut self, found: Token) {
        if !self.recovering {
            let at = self.span(found);
            match found.kind {
                TokenKind::Eof => self.report(
                    "Missing expression",
                    "Expected the start of an expression, but found the end of the file.",
                    at,
                ),
                _ => self.report(
                    "Invalid expression",
                    "Expected the start of an expression, but found an invalid expression token.",
                    at,
                ),
            }
        }
        self.recovering = true;
    }

    fn parentheses(&mut self, open: Token) {
        self.with_newlines(false, |grammar| {
            grammar.read();
            let before = grammar.errors;
            grammar.nested(Self::expression);
            if grammar.errors > before {
                grammar.recover(TokenKind::CParen);
                return;
            }
            let close = grammar.peek();
            if close.kind != TokenKind::CParen {
                let at = grammar.span(close);
                grammar.report_within(
                    "Unbalanced parentheses",
                    "Expected a closing parenthesis to terminate the expression.",
                    at,
                    grammar.span(open).to(at),
                );
                grammar.recovering = true;
            }
            grammar.read();
        });
    }

    fn number(&mut self, token: Token) {
        if !is_number(token.text(self.text)) {
            self.report(
                "Invalid number literal",
                "Failed to recognize the value of this number literal.",
                self.span(token),
            );
        }
    }

    /// `.name`, `.0`, `.*`, `[…]`, as many as there are.
    fn steps(&mut self) {
        loop {
            match self.peek().kind {
                TokenKind::Dot => self.dot_step(),
                TokenKind::OBrack => self.bracket_step(),
                _ => return,
            }
        }
    }

    fn dot_step(&mut self) {
        self.read();
        let step = self.peek();
        match step.kind {
            TokenKind::Ident => {
                self.read();
            }
            TokenKind::NumberLit => {
                self.read();
                self.legacy_index(step, step, "the proper index syntax instead");
            }
            TokenKind::Star => {
                self.read();
                self.attribute_splat(step);
            }
            _ => {
                self.no_attribute_name(step);
                self.recovering = true;
            }
        }
    }

    fn no_attribute_name(&mut self, at: Token) {
        self.report(
            "Invalid attribute name",
            "An attribute name is required after a dot.",
            self.span(at),
        );
    }

    /// A number behind a dot. Two of them look like a fraction, which `subject` is told about.
    fn legacy_index(&mut self, number: Token, subject: Token, instead: &str) {
        let Some((first, second)) = number.text(self.text).split_once('.') else {
            return self.number(number);
        };
        let detail = format!(
            "When using the legacy index syntax, chaining two indexes together is not permitted. Use {instead}, like \
             [{first}][{second}]."
        );
        self.report("Invalid legacy index syntax", detail, self.span(subject));
    }

    /// The steps behind `.*`.
    fn attribute_splat(&mut self, star: Token) {
        while self.peek().kind == TokenKind::Dot {
            self.read();
            let step = self.peek();
            match step.kind {
                TokenKind::Ident => {
                    self.read();
                }
                TokenKind::NumberLit => {
                    self.read();
                    self.legacy_index(
                        step,
                        star,
                        "the proper index syntax with a full splat expression [*] instead",
                    );
                }
                _ => {
                    if !self.recovering && step.kind == TokenKind::Star {
                        self.report(
                            "Nested splat expression not allowed",
                            "A splat expression (*) cannot be used inside another attribute-only splat expression.",
                            self.span(step),
                        );
                    } else if !self.recovering {
                        self.no_attribute_name(star);
                    }
                    self.recovering = true;
                    return;
                }
            }
        }
    }

    fn bracket_step(&mut self) {
        self.read();
        if self.peek().kind == TokenKind::Star {
            self.read();
            let close = self.read();
            if close.kind != TokenKind::CBrack && !self.recovering {
                self.report(
                    "Missing close bracket on splat index",
                    "The star for a full splat operator must be immediately followed by a closing bracket (\"]\").",
                    self.span(close),
                );
                self.recover(TokenKind::CBrack);
            }
            return;
        }
        self.with_newlines(false, |grammar| {
            let before = grammar.errors;
            grammar.nested(Self::expression);
            if grammar.lost_since(before) {
                grammar.recover(TokenKind::CBrack);
                return;
            }
            let close = grammar.read();
            if close.kind != TokenKind::CBrack && !grammar.recovering {
                grammar.report(
                    "Missing close bracket on index",
                    "The index operator must end with a closing bracket (\"]\").",
                    grammar.span(close),
                );
                grammar.recover(TokenKind::CBrack);
            }
        });
    }

    /// A function call behind the first part of its name.
    fn call(&mut self, name: Token) {
        let mut open = self.read();
        while open.kind == TokenKind::DoubleColon {
            let part = self.read();
            if part.kind != TokenKind::Ident {
                self.report_within(
                    "Missing function name",
                    "Function scope resolution symbol :: must be followed by a function name in this scope.",
                    self.span(part),
                    self.span(name).to(self.span(part)),
                );
                self.recover_over(TokenKind::OParen, TokenKind::CParen);
                return;
            }
            open = self.read();
        }
        if open.kind != TokenKind::OParen {
            self.report_within(
                "Missing open parenthesis",
                "Function selector must be followed by an open parenthesis to begin the function call.",
                self.span(open),
                self.span(name).to(self.span(open)),
            );
            self.recover_over(TokenKind::OParen, TokenKind::CParen);
            return;
        }
        self.with_newlines(false, |grammar| grammar.arguments(name, open));
    }

    fn arguments(&mut self, name: Token, open: Token) {
        while self.peek().kind != TokenKind::CParen {
            let before = self.errors;
            self.nested(Self::expression);
            if self.lost_since(before) {
                self.recover(TokenKind::CParen);
                return;
            }
            let separator = self.read();
            match separator.kind {
                TokenKind::Comma => {}
                TokenKind::CParen => return,
                TokenKind::Ellipsis => return self.end_of_expansion(name, separator),
                kind => {
                    let at = self.span(separator);
                    let name = self.span(name);
                    if kind == TokenKind::Eof {
                        self.report(
                            "Unterminated function call",
                            "There is no closing parenthesis for this function call before the end of the file. This \
                             may be caused by incorrect parethesis nesting elsewhere in this file.",
                            name.to(self.span(open)),
                        );
                    } else {
                        self.report_within(
                            "Missing argument separator",
                            "A comma is required to separate each function argument from the next.",
                            at,
                            name.to(at),
                        );
                    }
                    self.recover(TokenKind::CParen);
                    return;
                }
            }
        }
        self.read();
    }

    /// Behind `...` the call must end.
    fn end_of_expansion(&mut self, name: Token, ellipsis: Token) {
        if self.peek().kind == TokenKind::CParen {
            self.read();
            return;
        }
        if !self.recovering {
            let at = self.span(ellipsis);
            self.report_within(
                "Missing closing parenthesis",
                "An expanded function argument (with ...) must be immediately followed by closing parentheses.",
                at,
                self.span(name).to(at),
            );
        }
        self.recover(TokenKind::CParen);
    }

    fn tuple(&mut self) {
        let open = self.read();
        if self.at_keyword("for") {
            return self.for_expression(open);
        }
        while self.peek().kind != TokenKind::CBrack {
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
                    if !self.recovering {
                        self.no_item_separator(open, next);
                    }
                    self.recover(TokenKind::CBrack);
                    return;
                }
            }
        }
        self.read();
    }

    fn no_item_separator(&mut self, open: Token, next: Token) {
        let (open, at) = (self.span(open), self.span(next));
        match next.kind {
            TokenKind::Eof => self.report(
                "Unterminated tuple constructor expression",
                "There is no corresponding closing bracket before the end of the file. This may be caused by incorrect \
                 bracket nesting elsewhere in this file.",
                open,
            ),
            _ => self.report_within(
                "Missing item separator",
                "Expected a comma to mark the beginning of the next item.",
                at,
                open.to(at),
            ),
        }
    }

    fn object(&mut self) {
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
        loop {
            match self.peek().kind {
                TokenKind::Newline => {
                    self.read();
                    continue;
                }
                TokenKind::CBrace => break,
                _ => {}
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
            _ if self.recovering => return false,
            TokenKind::Eof => return self.unterminated_object(open),
            TokenKind::Newline | TokenKind::Comma => (
                "Missing attribute value",
                "Expected an attribute value, introduced by an equals sign (\"=\").",
            ),
            TokenKind::Ident => (
                missing,
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value. If you intended to \
                 given an attribute name containing periods or spaces, write the name in quotes to create a string \
                 literal.",
            ),
            _ => (
                missing,
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value.",
            ),
        };
        let at = self.span(next);
        self.report_within(summary, detail, at, self.span(open).to(at));
        false
    }

    fn no_attribute_separator(&mut self, open: Token) -> bool {
        let next = self.peek();
        if next.kind == TokenKind::Eof {
            return self.unterminated_object(open);
        }
        if !self.recovering {
            let at = self.span(next);
            self.report_within(
                "Missing attribute separator",
                "Expected a newline or comma to mark the beginning of the next attribute.",
                at,
                self.span(open).to(at),
            );
        }
        false
    }

    fn unterminated_object(&mut self, open: Token) -> bool {
        if !self.recovering {
            self.report(
                "Unterminated object constructor expression",
                "There is no corresponding closing brace before the end of the file. This may be caused by incorrect \
                 brace nesting elsewhere in this file.",
                self.span(open),
            );
        }
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
                    wrong(
                        ellipsis,
                        "Grouping ellipsis (...) cannot be used when building a tuple.",
                    );
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
            self.for_misses(
                open,
                "For expression requires the 'in' keyword after its name declarations.",
            );
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
        let mut result = ForResult {
            key: None,
            value: self.spanned_expression(),
            ellipsis: None,
        };
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
        if !self.recovering {
            let at = self.span(self.peek());
            self.report_within(INVALID_FOR, detail, at, self.span(open).to(at));
        }
    }
}

/// What a `for` expression says about its elements.
struct ForResult {
    key: Option<Span>,
    value: Span,
    ellipsis: Option<Span>,
}

fn is_binary(kind: TokenKind) -> bool {
    use TokenKind as K;
    matches!(
        kind,
        K::Or
            | K::And
            | K::EqualOp
            | K::NotEqual
            | K::LessThan
            | K::LessThanEq
            | K::GreaterThan
            | K::GreaterThanEq
            | K::Plus
            | K::Minus
            | K::Star
            | K::Slash
            | K::Percent
    )
}

/// Whether a number token is one number: digits, at most one dot in them, at most one exponent behind.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    mantissa.bytes().filter(|b| *b == b'.').count() <= 1 && !exponent.contains(['.', 'e', 'E'])
}
