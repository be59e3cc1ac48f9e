use super::{Node, NodeKind, parse};
use crate::syntax::ast::{ExprKind, ObjectKey};
use crate::syntax::{FileId, SourceFile};

/// Summary and subject of an error.
type Found = (&'static str, usize, usize);

fn file(text: &str) -> SourceFile {
    SourceFile { name: "main.tf.json".into(), text: text.into() }
}

/// The document as a compact text, to compare it at a glance.
fn show(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "null".into(),
        NodeKind::Invalid => "?".into(),
        NodeKind::Bool(b) => b.to_string(),
        NodeKind::Number(text) => text.to_string(),
        NodeKind::String(text) => format!("{text:?}"),
        NodeKind::Array(items) => format!("[{}]", items.iter().map(|n| show(n)).collect::<Vec<_>>().join(",")),
        NodeKind::Object(members) => {
            let members = members.iter().map(|m| format!("{:?}:{}", m.name, show(&m.value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
    }
}

#[test]
fn documents_are_read() {
    for (text, expected) in [
        ("{}", "{}"),
        ("\u{feff} [ ] ", "[]"),
        (r#"{"a":[1,-2.50e+3,null,true],"a":{"b":false}}"#, r#"{"a":[1,-2.50e+3,null,true],"a":{"b":false}}"#),
        (r#"{"\u00e9\n\/\ud83d\ude00":"\ud83d\"é"}"#, "{\"é\\n/😀\":\"\u{fffd}\\\"é\"}"),
    ] {
        let (document, diagnostics) = parse(FileId(0), &file(text));
        assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
        assert_eq!(show(&document.root), expected);
        assert_eq!(document.root.span.range().end, text.trim_end().len());
    }
}

#[test]
fn errors_are_those_of_terraform() {
    const ROOT: Found = ("Root value must be object", 0, 1);
    let cases: &[(&str, &[Found])] = &[
        ("", &[("Missing value", 0, 0), ("Root value must be object", 0, 0)]),
        ("1", &[ROOT]),
        ("{", &[("Missing value", 1, 1), ("Invalid object property name", 1, 1), ROOT]),
        ("{\"a\"", &[("Missing property value colon", 4, 4), ROOT]),
        ("{\"a\":", &[("Missing value", 5, 5), ("Unclosed object", 0, 1), ROOT]),
        ("{\"a\":}", &[("Missing JSON value", 5, 6)]),
        ("{\"a\":1,}", &[("Trailing comma in object", 6, 7), ROOT]),
        ("{\"a\":1 \"b\":2}", &[("Missing attribute seperator comma", 13, 13), ROOT]),
        ("{\"a\"=1}", &[("Missing property value colon", 4, 5), ROOT]),
        ("{a:1}", &[("Invalid JSON keyword", 1, 2), ("Invalid object property name", 1, 2), ROOT]),
        ("{\"a\":[1", &[("Unclosed object", 5, 6), ("Unclosed object", 0, 1), ROOT]),
        ("{\"a\":[1,]}", &[("Trailing comma in array", 7, 8), ("Mismatched braces", 9, 10), ROOT]),
        ("{\"a\":[1 2]}", &[("Missing attribute seperator comma", 10, 11)]),
        ("{\"a\":[}", &[("Missing JSON value", 6, 7), ("Mismatched brackets", 7, 7), ("Unclosed object", 0, 1), ROOT]),
        ("{\"a\":nul}", &[("Invalid JSON keyword", 5, 8)]),
        ("{\"a\":01}", &[("Invalid JSON number", 5, 7)]),
        ("{\"a\":\"x", &[("Invalid JSON string", 7, 8), ("Unclosed object", 0, 1), ROOT]),
        ("{\"a\":\"\\q\"}", &[("Invalid JSON string", 8, 9)]),
        ("{\"a\":\"\\u12\"}", &[("Invalid JSON string", 11, 12)]),
        ("{} x", &[("Extraneous data after value", 3, 4)]),
        ("{\"a\":'x'}", &[("Invalid start of value", 5, 6), ("Missing attribute seperator comma", 6, 6), ROOT]),
        ("{\"a\":[1;2]}", &[("Missing attribute seperator comma", 8, 8), ("Unclosed object", 0, 1), ROOT]),
    ];
    for (text, expected) in cases {
        let (_, diagnostics) = parse(FileId(0), &file(text));
        let found: Vec<_> = diagnostics
            .iter()
            .map(|d| {
                let range = d.subject.map(crate::syntax::Span::range).unwrap_or_default();
                (d.summary.as_str(), range.start, range.end)
            })
            .collect();
        assert_eq!(found, *expected, "{text}");
    }
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "\"\\".into(), "{\"é".into(), "[é]".into()] {
        assert!(parse(FileId(0), &file(&text)).1.has_errors());
    }
}

#[test]
fn strings_are_templates() {
    let source = file(r#"{"a${b}": ["x", "${c}", "$${d}", -1], "k": null, "k": 1}"#);
    let (document, _) = parse(FileId(0), &source);
    let (expr, diagnostics) = document.root.expr(&source);
    let ExprKind::Object(items) = &expr.kind else { panic!("{expr:?}") };
    assert!(matches!(&items[0].key, ObjectKey::Expr(key) if matches!(key.kind, ExprKind::JsonString(..))));
    assert!(matches!(&items[1].key, ObjectKey::Name(name) if name.name == "k"));
    let ExprKind::Tuple(values) = &items[0].value.kind else { panic!("{expr:?}") };
    assert_eq!(values[0].kind, ExprKind::String("x".into()));
    let ExprKind::JsonString(text, template) = &values[1].kind else { panic!("{expr:?}") };
    assert_eq!(text, "${c}");
    let ExprKind::Interpolation(inner) = &template.kind else { panic!("{expr:?}") };
    assert_eq!(&source.text[inner.span.range()], "c");
    assert!(matches!(&values[2].kind, ExprKind::JsonString(_, t) if t.kind == ExprKind::String("${d}".into())));
    assert!(matches!(values[3].kind, ExprKind::Unary(..)));
    let messages: Vec<_> = diagnostics.iter().map(|d| d.detail.as_str()).collect();
    assert_eq!(messages, ["An attribute named \"k\" was already defined at main.tf.json:1,39-42."]);
}
