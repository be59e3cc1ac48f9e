//! Where an expression ends: at the end of a line outside of all brackets and heredocs.

use crate::syntax::scan::{self, Token, TokenKind};

/// Whether brackets are open at the end of the text, or a heredoc hasn't ended.
pub(super) fn is_unfinished(text: &str) -> bool {
    // A heredoc begins and ends only at the end of a line.
    let mut depth = 0;
    scan::scan(&format!("{text}\n"), scan::Mode::Normal).iter().for_each(|token| depth += change(token));
    depth > 0
}

/// The expressions of a text; without blanks around them, some may be empty.
pub(super) fn expressions(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut depth = 0i64;
    let tokens = scan::scan(text, scan::Mode::Normal);
    for token in &tokens {
        depth = (depth + change(token)).max(0);
        let ends_line = match token.kind {
            TokenKind::Newline => true,
            TokenKind::Comment => token.text(text).ends_with('\n'),
            TokenKind::Eof => start < text.len(),
            _ => false,
        };
        if ends_line && (depth == 0 || token.kind == TokenKind::Eof) {
            found.push(text[start..token.range().end].trim());
            start = token.range().end;
        }
    }
    found
}

/// How a token changes the number of what is open.
fn change(token: &Token) -> i64 {
    use TokenKind as K;
    match token.kind {
        K::OBrace | K::OBrack | K::OParen | K::TemplateInterp | K::TemplateControl | K::OHeredoc => 1,
        K::CBrace | K::CBrack | K::CParen | K::TemplateSeqEnd | K::CHeredoc => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_go_on() {
        for (text, wanted) in [
            ("", false),
            ("1 +", false),
            ("[1,", true),
            ("[1,\n{a = (", true),
            ("[1]", false),
            ("]", false),
            ("\"[${upper(\"(\")}\"", false),
            ("\"${[", true),
            ("\"[", false),
            ("<<E\na", true),
            ("<<E\na ${", true),
            ("<<E\na\nE", false),
            ("<<-E\n [\n E", false),
            ("# [", false),
        ] {
            assert_eq!(is_unfinished(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_text_is_split() {
        for (text, wanted) in [
            ("", &[][..]),
            ("1", &["1"]),
            (" 1 \r\n\n2 # x\n3", &["1", "", "2 # x", "3"]),
            ("[1,\n2]\n{\n a = <<E\n[\nE\n}\n\"${\n1}\"\n", &["[1,\n2]", "{\n a = <<E\n[\nE\n}", "\"${\n1}\""]),
            ("]\n1\n", &["]", "1"]),
            ("[1\n2", &["[1\n2"]),
        ] {
            assert_eq!(expressions(text), wanted, "{text}");
        }
    }
}
