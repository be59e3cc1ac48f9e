//! Characters that no construct allows, reported before the grammar stumbles over them.

use super::Grammar;
use crate::syntax::scan::{Token, TokenKind};

/// How often each kind was reported: the most frequent ones are told only a few times.
#[derive(Default)]
struct Told {
    bitwise: usize,
    backtick: usize,
    apostrophe: usize,
    semicolon: usize,
}

impl Grammar<'_> {
    /// Reports all tokens that are never valid.
    pub(super) fn unusable_tokens(&mut self) {
        let mut told = Told::default();
        for index in 0..self.tokens.len() {
            let token = self.tokens[index];
            if let Some((summary, detail)) = complaint(token, self.text, &mut told) {
                self.report(summary, detail, self.span(token));
                if self.given_up {
                    return;
                }
            }
        }
    }
}

fn complaint(token: Token, source: &str, told: &mut Told) -> Option<(&'static str, &'static str)> {
    use TokenKind as K;
    match token.kind {
        K::BitwiseAnd | K::BitwiseOr | K::BitwiseXor | K::BitwiseNot => {
            told.bitwise += 1;
            let detail = match token.kind {
                K::BitwiseAnd => r#"Bitwise operators are not supported. Did you mean boolean AND ("&&")?"#,
                K::BitwiseOr => r#"Bitwise operators are not supported. Did you mean boolean OR ("||")?"#,
                K::BitwiseNot => r#"Bitwise operators are not supported. Did you mean boolean NOT ("!")?"#,
                _ => "Bitwise operators are not supported.",
            };
            (told.bitwise <= 4).then_some(("Unsupported operator", detail))
        }
        // Of backticks and apostrophes only every second one is told, since the others end what those began.
        K::Backtick => {
            told.backtick += 1;
            let detail = "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" syntax, \
                          like \"<<EOT\".";
            matches!(told.backtick, 1 | 3).then_some(("Invalid character", detail))
        }
        K::Apostrophe => {
            told.apostrophe += 1;
            let detail = "Single quotes are not valid. Use double quotes (\") to enclose strings.";
            matches!(told.apostrophe, 1 | 3).then_some(("Invalid character", detail))
        }
        K::Semicolon => {
            told.semicolon += 1;
            let detail = "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas \
                          to separate items in collection values.";
            (told.semicolon == 1).then_some(("Invalid character", detail))
        }
        K::QuotedNewline => Some((
            "Invalid multi-line string",
            "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n \
             escape to represent a newline character or use the \"heredoc\" multi-line template syntax.",
        )),
        K::Invalid if matches!(token.text(source), "“" | "”") => Some((
            "Invalid character",
            "\"Curly quotes\" are not valid here. These can sometimes be inadvertently introduced when sharing code \
             via documents or discussion forums. It might help to replace the character with a \"straight quote\".",
        )),
        K::Invalid => Some(("Invalid character", "This character is not used within the language.")),
        _ => None,
    }
}
