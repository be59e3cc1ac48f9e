//! Whether an expression goes on in the next line.

use crate::syntax::scan::{self, TokenKind};

/// Whether brackets are open at the end of the text, or a heredoc or a comment hasn't ended.
pub(super) fn is_unfinished(text: &str) -> bool {
    use TokenKind as K;
    let mut open = 0i64;
    let mut heredocs = 0i64;
    // A heredoc begins and ends only at the end of a line.
    let text = format!("{text}\n");
    for token in scan::scan(&text, scan::Mode::Normal) {
        match token.kind {
            K::OBrace | K::OBrack | K::OParen => open += 1,
            K::CBrace | K::CBrack | K::CParen => open -= 1,
            K::OHeredoc => heredocs += 1,
            K::CHeredoc => heredocs -= 1,
            _ => {}
        }
    }
    open > 0 || heredocs > 0
}

#[cfg(test)]
mod tests {
    use super::is_unfinished;

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
            ("\"[", false),
            ("<<E\na", true),
            ("<<E\na\nE", false),
            ("<<-E\n [\n E", false),
            ("# [", false),
        ] {
            assert_eq!(is_unfinished(text), wanted, "{text}");
        }
    }
}
