//! Expressions.

use super::{Grammar, MOST_OPERATORS};
use crate::syntax::scan::{Token, TokenKind};

const NO_ATTRIBUTE_NAME: &str = "Invalid attribute name";
const ATTRIBUTE_NAME_REQUIRED: &str = "An attribute name is required after a dot.";

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
            TokenKind::OBrack => self.tuple(),
            TokenKind::OBrace => self.object(),
            _ => self.no_term(start),
        }
    }

    fn no_term(&mut self, found: Token) {
        let at = self.span(found);
        match found.kind {
            TokenKind::Eof => self.suspect(
                "Missing expression",
                "Expected the start of an expression, but found the end of the file.",
                at,
            ),
            _ => self.suspect(
                "Invalid expression",
                "Expected the start of an expression, but found an invalid expression token.",
                at,
            ),
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
                self.report(NO_ATTRIBUTE_NAME, ATTRIBUTE_NAME_REQUIRED, self.span(step));
                self.recovering = true;
            }
        }
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
                    self.legacy_index(step, star, "the proper index syntax with a full splat expression [*] instead");
                }
                _ => {
                    let (summary, detail, at) = match step.kind {
                        TokenKind::Star => (
                            "Nested splat expression not allowed",
                            "A splat expression (*) cannot be used inside another attribute-only splat expression.",
                            step,
                        ),
                        _ => (NO_ATTRIBUTE_NAME, ATTRIBUTE_NAME_REQUIRED, star),
                    };
                    self.suspect(summary, detail, self.span(at));
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
            self.closing_bracket(
                "Missing close bracket on splat index",
                "The star for a full splat operator must be immediately followed by a closing bracket (\"]\").",
            );
            return;
        }
        self.with_newlines(false, |grammar| {
            let before = grammar.errors;
            grammar.nested(Self::expression);
            if grammar.lost_since(before) {
                grammar.recover(TokenKind::CBrack);
                return;
            }
            grammar.closing_bracket(
                "Missing close bracket on index",
                "The index operator must end with a closing bracket (\"]\").",
            );
        });
    }

    /// `]`. If it is not there, the error is reported where it is found later on.
    fn closing_bracket(&mut self, summary: &str, detail: &str) {
        if self.read().kind == TokenKind::CBrack {
            return;
        }
        if self.recovering {
            self.faults += 1;
            return;
        }
        let close = self.recover(TokenKind::CBrack);
        self.report(summary, detail, self.span(close));
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
                             may be caused by incorrect parenthesis nesting elsewhere in this file.",
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
        let at = self.span(ellipsis);
        self.suspect_within(
            "Missing closing parenthesis",
            "An expanded function argument (with ...) must be immediately followed by closing parentheses.",
            at,
            self.span(name).to(at),
        );
        self.recover(TokenKind::CParen);
    }
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

/// Whether a number token is one number: digits, at most one dot in them, at most one exponent behind, of a
/// magnitude that a number of the language can have.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let Ok(exponent) = exponent.parse::<i64>() else {
        return false;
    };
    let is_zero = !mantissa.contains(|c| ('1'..='9').contains(&c));
    let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
        && (is_zero || i32::try_from(exponent.saturating_sub(places)).is_ok())
}
