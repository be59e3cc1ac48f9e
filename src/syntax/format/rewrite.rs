//! What becomes other tokens: labels are quoted, `"${x}"` becomes `x`, and types of variables lose
//! the notations of old.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use super::{Token, bracket_change};
use crate::syntax::scan::TokenKind;

/// Rewrites the tokens of a whole file.
pub(super) fn rewrite<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut rewriter = Rewriter { input: tokens, output: Vec::with_capacity(tokens.len()), depth: 0, variable: false };
    while let Some(token) = rewriter.input.first() {
        match token.kind {
            TokenKind::Ident => rewriter.item(),
            TokenKind::CBrace => {
                rewriter.depth = rewriter.depth.saturating_sub(1);
                rewriter.copy(1);
            }
            _ => rewriter.copy(1),
        }
    }
    rewriter.output
}

/// Goes through the attributes and blocks of all bodies.
struct Rewriter<'i, 'a> {
    /// What is still to be read.
    input: &'i [Token<'a>],
    /// What it becomes.
    output: Vec<Token<'a>>,
    /// How many blocks are open.
    depth: usize,
    /// Whether the outermost of them is a `variable`.
    variable: bool,
}

impl<'i, 'a> Rewriter<'i, 'a> {
    /// Takes tokens from the input.
    fn take(&mut self, count: usize) -> &'i [Token<'a>] {
        let (taken, rest) = self.input.split_at(count.min(self.input.len()));
        self.input = rest;
        taken
    }

    /// Takes tokens over unchanged.
    fn copy(&mut self, count: usize) {
        let taken = self.take(count);
        self.output.extend_from_slice(taken);
    }

    /// An attribute or the header of a block.
    fn item(&mut self) {
        let name = self.input[0].text.clone();
        self.copy(1);
        let comments = leading_comments(self.input);
        if self.input.get(comments).is_some_and(|t| t.kind == TokenKind::Equal) {
            self.copy(comments + 1);
            self.copy(leading_comments(self.input));
            let value = self.take(value_length(self.input));
            self.output.extend(if self.depth == 1 && self.variable && name == "type" {
                variable_type(value)
            } else {
                unwrapped(value, self.input)
            });
        } else {
            self.labels();
            self.copy(1);
            if self.depth == 0 {
                self.variable = name == "variable";
            }
            self.depth += 1;
        }
    }

    /// Quotes the labels of a block. As in Terraform, comments among them vanish.
    fn labels(&mut self) {
        let opening = self.input.iter().position(|t| t.kind == TokenKind::OBrace).unwrap_or(self.input.len());
        let header = self.take(opening);
        let Some(last) = header.iter().rposition(|t| matches!(t.kind, TokenKind::Ident | TokenKind::CQuote)) else {
            self.output.extend_from_slice(header);
            return;
        };
        let (mut labels, rest) = header.split_at(last + 1);
        while let [first, others @ ..] = labels {
            labels = others;
            match first.kind {
                TokenKind::Ident => self.label(&first.text),
                TokenKind::OQuote => {
                    let closing = labels.iter().position(|t| t.kind == TokenKind::CQuote).unwrap_or(labels.len());
                    let text: String = labels[..closing].iter().map(|t| &*t.text).collect();
                    self.label(&decoded(&text));
                    labels = labels.get(closing + 1..).unwrap_or_default();
                }
                _ => {}
            }
        }
        self.output.extend_from_slice(rest);
    }

    /// Writes a quoted label.
    fn label(&mut self, text: &str) {
        self.output.push(Token::new(TokenKind::OQuote, "\""));
        if !text.is_empty() {
            self.output.push(Token::new(TokenKind::QuotedLit, quotable(text)));
        }
        self.output.push(Token::new(TokenKind::CQuote, "\""));
    }
}

/// How many comments come first.
fn leading_comments(tokens: &[Token]) -> usize {
    tokens.iter().take_while(|t| t.kind == TokenKind::Comment).count()
}

/// How many tokens the value at the start of `tokens` has, without comments behind it.
fn value_length(tokens: &[Token]) -> usize {
    use TokenKind as K;
    let mut nested = 0;
    let mut length = 0;
    for (i, token) in tokens.iter().enumerate() {
        if nested == 0 && (matches!(token.kind, K::CBrace | K::Eof) || token.ends_line()) {
            break;
        }
        nested += bracket_change(token.kind);
        if nested > 0 || token.kind != K::Comment {
            length = i + 1;
        }
    }
    length
}

/// `"${x}"` without its quotes, in parentheses if it is on several lines; other values as they are.
/// `rest` is what comes behind the value.
fn unwrapped<'a>(value: &[Token<'a>], rest: &[Token]) -> Vec<Token<'a>> {
    use TokenKind as K;
    let inside = match value {
        [quote, open, inside @ .., close, end]
            if [quote.kind, open.kind, close.kind, end.kind]
                == [K::OQuote, K::TemplateInterp, K::TemplateSeqEnd, K::CQuote]
                && is_single_expression(inside) =>
        {
            trim_newlines(inside)
        }
        _ => return value.to_vec(),
    };
    let parenthesised = matches!(inside, [first, .., last] if first.kind == K::OParen && last.kind == K::CParen);
    let mut result = inside.to_vec();
    if !parenthesised && inside.iter().any(|t| t.kind == K::Newline) {
        result.insert(0, Token::new(K::OParen, "("));
        result.push(Token::new(K::CParen, ")"));
    }
    if is_value(&result, rest) { result } else { value.to_vec() }
}

/// Whether tokens from inside of a template, where newlines have no meaning, can be a value in front of `rest`.
fn is_value(tokens: &[Token], rest: &[Token]) -> bool {
    let behind = tokens.iter().rposition(|t| t.kind != TokenKind::Comment).map_or(0, |last| last + 1);
    let mut nested = 0;
    let stays_whole = tokens[..behind].iter().zip(1..).all(|(token, i)| {
        nested += bracket_change(token.kind);
        match token.kind {
            TokenKind::CHeredoc => tokens.get(i).or(rest.first()).is_some_and(|t| t.kind == TokenKind::Newline),
            _ => nested > 0 || !token.ends_line(),
        }
    });
    // A newline behind the value ends it, which must not happen before the brace of a one-line block.
    let mut following = rest.iter().skip_while(|t| t.kind == TokenKind::Comment && !t.ends_line());
    let ends_block = following.next().is_some_and(|t| t.kind == TokenKind::CBrace);
    stays_whole && !(ends_block && tokens[behind..].iter().any(Token::ends_line))
}

/// Whether what stands between `"${` and `}"` is one expression and not `a}${b` or the like.
fn is_single_expression(inside: &[Token]) -> bool {
    use TokenKind as K;
    let mut quotes = 0_isize;
    for token in inside {
        match token.kind {
            K::OQuote => quotes += 1,
            K::CQuote => quotes -= 1,
            K::TemplateInterp | K::TemplateSeqEnd | K::QuotedLit if quotes <= 0 => return false,
            _ => {}
        }
    }
    !inside.is_empty()
}

fn trim_newlines<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let is_text = |t: &Token| t.kind != TokenKind::Newline;
    let start = tokens.iter().position(is_text).unwrap_or(tokens.len());
    let end = tokens.iter().rposition(is_text).map_or(start, |last| last + 1);
    &tokens[start..end]
}

/// The type of a variable: `"string"`, `"list"` and `"map"` stood for what has names now, and
/// collections without element type mean any.
fn variable_type<'a>(value: &[Token<'a>]) -> Vec<Token<'a>> {
    use TokenKind as K;
    let collection = |name: Token<'a>, element| {
        vec![name, Token::new(K::OParen, "("), Token::new(K::Ident, element), Token::new(K::CParen, ")")]
    };
    match value {
        [name] if name.kind == K::Ident && matches!(&*name.text, "list" | "map" | "set") => {
            collection(name.clone(), "any")
        }
        [open, text, close] if [open.kind, text.kind, close.kind] == [K::OQuote, K::QuotedLit, K::CQuote] => {
            match &*text.text {
                "string" => vec![Token::new(K::Ident, "string")],
                "list" => collection(Token::new(K::Ident, "list"), "string"),
                "map" => collection(Token::new(K::Ident, "map"), "string"),
                _ => value.to_vec(),
            }
        }
        _ => value.to_vec(),
    }
}

/// The text that a literal of a quoted label means, in NFC.
fn decoded(literal: &str) -> String {
    let mut text = String::with_capacity(literal.len());
    let mut rest = literal.chars();
    while let Some(c) = rest.next() {
        if matches!(c, '$' | '%') && rest.as_str().starts_with([c]) && rest.as_str()[1..].starts_with('{') {
            rest.next();
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some(u @ ('u' | 'U')) => {
                let digits = if u == 'u' { 4 } else { 8 };
                let code = rest.by_ref().take(digits).try_fold(0_u32, |n, d| Some(n << 4 | d.to_digit(16)?));
                text.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
    }
    text.nfc().collect()
}

/// The literal that means a text.
fn quotable(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '$' | '%' if rest.as_str().starts_with('{') => literal.extend([c, c]),
            _ if is_printable(c) => literal.push(c),
            _ => {
                let code = u32::from(c);
                // Writing to a string can't fail.
                let _ =
                    if code < 0x1_0000 { write!(literal, "\\u{code:04x}") } else { write!(literal, "\\U{code:08x}") };
            }
        }
    }
    literal
}

/// Whether a character is a letter, mark, number, punctuation, symbol or the ASCII space.
fn is_printable(c: char) -> bool {
    #[expect(clippy::expect_used, reason = "a constant pattern")]
    static PRINTABLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\A[\p{L}\p{M}\p{N}\p{P}\p{S} ]\z").expect("invariant: the pattern is valid"));
    c == ' ' || c.is_ascii_graphic() || !c.is_ascii() && PRINTABLE.is_match(c.encode_utf8(&mut [0; 4]))
}
