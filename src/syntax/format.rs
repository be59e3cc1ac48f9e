//! The canonical layout of configuration, as `terraform fmt` has it: other spaces, and a few other
//! tokens, but the same lines.

mod layout;
mod rewrite;

use std::borrow::Cow;

use crate::syntax::scan::{Mode, TokenKind, scan};

/// Lays out a file in native syntax, which must be without syntax errors: the layout of others has
/// no meaning.
#[must_use]
pub fn format(text: &str) -> String {
    let mut tokens = rewrite::rewrite(&tokens(text));
    layout::lay_out(&mut tokens);
    let mut formatted = String::with_capacity(text.len() + text.len() / 4);
    for token in &tokens {
        push_spaces(&mut formatted, token.spaces);
        formatted.push_str(&token.text);
    }
    formatted
}

fn push_spaces(text: &mut String, mut count: usize) {
    const SPACES: &str = "                                ";
    while count > SPACES.len() {
        text.push_str(SPACES);
        count -= SPACES.len();
    }
    text.push_str(&SPACES[..count]);
}

/// A token and its place.
#[derive(Clone, Debug)]
struct Token<'a> {
    kind: TokenKind,
    text: Cow<'a, str>,
    /// Spaces before it.
    spaces: usize,
}

impl<'a> Token<'a> {
    fn new(kind: TokenKind, text: impl Into<Cow<'a, str>>) -> Self {
        Token { kind, text: text.into(), spaces: 0 }
    }

    /// Whether it is or contains the newline at the end of a line of code.
    fn ends_line(&self) -> bool {
        self.kind == TokenKind::Newline || self.kind == TokenKind::Comment && self.text.ends_with('\n')
    }
}

/// +1 for an opening bracket, −1 for a closing one.
fn bracket_change(kind: TokenKind) -> isize {
    use TokenKind as K;
    match kind {
        K::OBrace | K::OBrack | K::OParen | K::TemplateInterp | K::TemplateControl => 1,
        K::CBrace | K::CBrack | K::CParen | K::TemplateSeqEnd => -1,
        _ => 0,
    }
}

/// The tokens of a text with the bytes skipped before each: blanks, or a byte order mark.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let scanned = scan(text, Mode::Normal);
    let mut end = 0;
    let mut tokens = Vec::with_capacity(scanned.len());
    for token in scanned {
        let range = token.range();
        let spaces = range.start.saturating_sub(end);
        end = range.end;
        tokens.push(Token { kind: token.kind, text: token.text(text).into(), spaces });
    }
    tokens
}

#[cfg(test)]
mod tests;
