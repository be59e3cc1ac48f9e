//! Properties of the language on random input.

mod invariants;

use infra::lang::eval::function_names;
use infra::syntax::FileId;
use infra::syntax::format::format;
use infra::syntax::parse::parse_body;
use infra::syntax::scan::{Mode, TokenKind, scan};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Pieces that mean something in some order.
const PIECES: [&str; 64] = [
    "a", "b.c", "resource", "for", "in", "if", "else", "endif", "endfor", "null", "true", "0", "1.5", "1e3", ".", "...",
    ",", ":", "?", "=", "=>", "==", "!=", "<", ">=", "&&", "||", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{",
    "}", "\"", "\\", "\\u00", "${", "%{", "~}", "$${", "<<EOT\n", "<<-E\n", "EOT\n", "E\n", "\n", "\r\n", " ", "\t", "#",
    "//", "/*", "*/", "é", "日本", "\u{feff}", "\0", "'", "`",
];

/// Values at the edge of what functions expect.
const LEAVES: [&str; 40] = [
    "null", "true", "false", "0", "-1", "1", "0.5", "1e40", "-9223372036854775808", "18446744073709551616", "1e-400",
    "[]", "{}", "\"\"", "\"a\"", "\"A b\"", "\"größe\"", "\"👩‍👧\"", "\"1\"", "\"true\"", "\"10.0.0.0/8\"", "\"fd00::/8\"", "\"::1\"",
    "\"2024-02-29T23:59:60Z\"", "\"1h30m\"", "\"%s %[2]*d %%\"", "\"%#v\"", "\"/(a|b)*?/\"", "\"[[:alpha:]]+\"", "\"$${x}\"",
    "\"{\\\"a\\\": [1, null]}\"", "\"a: &x [1]\\nb: *x\\n\"", "\"a,b\\n1,2\\n\"", "\"YYYY-MM-DD'T'hh\"", "\"aGVsbG8=\"",
    "\"UTF-16LE\"", "[1, \"a\", null]", "{ a = 1, b = \"x\" }", "[[1, 2], [3]]", "sensitive(\"s\")",
];

const OPERATORS: [&str; 13] = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];

/// A text of any kind.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,80}", vec(select(&PIECES[..]), 0..40).prop_map(|pieces| pieces.concat()), expression()]
}

/// An expression that is well-formed, though most likely senseless.
fn expression() -> impl Strategy<Value = String> {
    let functions: Vec<&str> = function_names().collect();
    let leaf = prop_oneof![3 => select(&LEAVES[..]), 1 => select(&invariants::NAMES[..])].prop_map(str::to_string);
    leaf.prop_recursive(4, 40, 4, move |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            6 => (select(functions.clone()), vec(inner.clone(), 0..4)).prop_map(|(f, args)| format!("{f}({})", args.join(", "))),
            2 => (inner.clone(), select(&OPERATORS[..]), inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            1 => (inner.clone(), pair.clone()).prop_map(|(c, (a, b))| format!("({c} ? {a} : {b})")),
            1 => vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            1 => pair.clone().prop_map(|(key, value)| format!("{{ ({key}) = {value}, k = {value} }}")),
            1 => pair.clone().prop_map(|(of, each)| format!("[for k, v in {of} : [k, v, {each}] if v != null]")),
            1 => pair.clone().prop_map(|(of, each)| format!("{{for k, v in {of} : k => {each}...}}")),
            1 => pair.clone().prop_map(|(of, key)| format!("({of})[{key}]")),
            1 => inner.clone().prop_map(|of| format!("({of})[*].id")),
            1 => pair.prop_map(|(a, b)| format!("\"<${{{a}}} %{{ if {b} }}x%{{ else ~}} y%{{ endif }}>\"")),
            1 => inner.prop_map(|a| format!("-({a})")),
        ]
    })
}

/// A body as tokens, to be laid out with any white space between those of a line.
fn body() -> impl Strategy<Value = Vec<String>> {
    let attribute = (select(&["a", "long_name", "x-y"][..]), expression())
        .prop_map(|(name, value)| vec![name.to_string(), "=".into(), value, "\n".into()]);
    let comment = select(&["# c\n", "// c\n", "/* c */\n", "\n"][..]).prop_map(|text| vec![text.to_string()]);
    let item = prop_oneof![4 => attribute, 1 => comment];
    let item = item.prop_recursive(3, 24, 5, |inner| {
        vec(inner, 0..5).prop_map(|items| {
            let mut block: Vec<String> = ["block", "\"label\"", "{", "\n"].map(String::from).into();
            block.extend(items.concat());
            block.extend(["}".into(), "\n".into()]);
            block
        })
    });
    vec(item, 0..6).prop_map(|items| items.concat())
}

/// Everything but white space.
fn tokens(text: &str) -> Vec<(TokenKind, String)> {
    let all = scan(text, Mode::Normal).into_iter().map(|token| (token.kind, token.text(text).trim().to_string()));
    all.filter(|(kind, _)| *kind != TokenKind::Newline).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_parsed_or_refused(text in any_text()) {
        invariants::parse(&text);
    }

    #[test]
    fn any_expression_has_a_value_or_an_error(text in expression()) {
        invariants::evaluate(&text);
    }

    #[test]
    fn the_layout_is_a_matter_of_white_space_and_final(body in body(), gaps in vec(select(&["", " ", "   ", "\t"][..]), 1..20)) {
        let mut source = String::new();
        for (token, gap) in body.iter().zip(gaps.iter().cycle()) {
            source.push_str(token);
            source.push_str(if token.ends_with('\n') || token == "block" && gap.is_empty() { " " } else { gap });
        }
        let (_, diagnostics) = parse_body(FileId(0), &source);
        // An argument that is there twice, an expression that is nested too deeply.
        prop_assume!(!diagnostics.has_errors());
        let formatted = format(&source);
        prop_assert_eq!(tokens(&formatted), tokens(&source));
        prop_assert_eq!(format(&formatted), formatted);
    }
}
