//! Properties of the language on random input.

mod generate;
mod invariants;

use infra::syntax::FileId;
use infra::syntax::format::format;
use infra::syntax::parse::parse_body;
use infra::syntax::scan::{Mode, TokenKind, scan};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// Pieces that mean something in some order.
const PIECES: [&str; 64] = [
    "a", "b.c", "resource", "for", "in", "if", "else", "endif", "endfor", "null", "true", "0", "1.5", "1e3", ".",
    "...", ",", ":", "?", "=", "=>", "==", "!=", "<", ">=", "&&", "||", "!", "+", "-", "*", "/", "%", "(", ")", "[",
    "]", "{", "}", "\"", "\\", "\\u00", "${", "%{", "~}", "$${", "<<EOT\n", "<<-E\n", "EOT\n", "E\n", "\n", "\r\n",
    " ", "\t", "#", "//", "/*", "*/", "é", "日本", "\u{feff}", "\0", "'", "`",
];

/// A text of any kind.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,80}", vec(select(&PIECES[..]), 0..40).prop_map(|pieces| pieces.concat()), expression()]
}

/// An expression that is well-formed, and often has a value.
fn expression() -> impl Strategy<Value = String> {
    vec(any::<u16>(), 0..60).prop_map(|choices| generate::expression(&choices))
}

/// Everything but white space.
fn tokens(text: &str) -> Vec<(TokenKind, String)> {
    let all = scan(text, Mode::Normal).into_iter().map(|token| (token.kind, token.text(text).trim().to_string()));
    all.filter(|(kind, _)| *kind != TokenKind::Newline).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_parsed_or_refused(text in any_text()) {
        invariants::parse(&text);
    }

    #[test]
    fn any_expression_has_a_value_or_an_error(text in expression()) {
        invariants::evaluate(&text);
    }

    #[test]
    fn the_layout_is_a_matter_of_white_space_and_final(choices in vec(any::<u16>(), 0..200), gaps in vec(0..4_usize, 1..20)) {
        let mut source = String::new();
        for (token, gap) in generate::file(&choices).iter().zip(gaps.iter().cycle()) {
            source.push_str(token);
            source.push_str(if token == "block" { " " } else { ["", " ", "    ", "\t"][*gap] });
        }
        let (_, diagnostics) = parse_body(FileId(0), &source);
        prop_assert!(!diagnostics.has_errors(), "{}\n{:?}", source, diagnostics);
        let formatted = format(&source);
        prop_assert_eq!(tokens(&formatted), tokens(&source));
        prop_assert_eq!(format(&formatted), formatted);
    }
}
