use super::{decode, encode};
use crate::lang::{Number, Type, Value};

/// In notation of Rust's debug output.
fn decoded(text: &str) -> String {
    match decode::document(text) {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn reads_documents() {
    let table: &[(&str, &str)] = &[
        ("hello", r#""hello""#),
        ("", "error: missing start of document"),
        ("# c", "error: on line 1, column 1: missing start of document"),
        ("---", "null(any)"),
        ("--- 1\n...\n...\n", "1"),
        ("a: 1\n---\nb: 2", "error: on line 1, column 1: unexpected extra content after value"),
        ("1\n... x", "error: on line 1, column 5: did not find expected <document start>"),
        ("%YAML 1.1\n---\n1", "1"),
        ("%YAML 1.2\n---\n1", "error: found incompatible YAML document"),
        ("%TAG !e! tag:yaml.org,2002:\n---\n!e!str 1", r#""1""#),
        ("%FOO x\n---\n1", "error: found unknown directive name"),
        ("\u{feff}a: 1\nb: 2", r#"{"a": 1, "b": 2}"#),
        ("a\u{1}", "error: control characters are not allowed"),
        ("a: 1\r\nb: 2\r\n", r#"{"a": 1, "b": 2}"#),
        ("a: b: c", "error: mapping values are not allowed in this context"),
        ("a:\n  b: c\n d: e", "error: on line 2, column 2: did not find expected key"),
        ("x:\n   a\nz\n", "error: on line 4, column 1: could not find expected ':'"),
        ("a: 1\n\tb: 2", "error: on line 2, column 1: found a tab character that violates indentation"),
        ("-\t1", "error: found character that cannot start any token"),
        ("a:\n- b\n- - c\n  - d\n", r#"{"a": ["b", ["c", "d"]]}"#),
        ("- a: b\n  c: d\n-\n  e", r#"[{"a": "b", "c": "d"}, "e"]"#),
        ("{a:1, \"b\":2, c: , ? d : e,}", r#"{"a:1": null(any), "b": 2, "c": null(any), "d": "e"}"#),
        ("[a: b, ? c, -d,]", r#"[{"a": "b"}, {"c": null(any)}, "-d"]"#),
        ("[a?b]", "error: did not find expected ',' or ']'"),
        ("a: 1\na: 2", r#"{"a": 2}"#),
        ("1.50: a\nyes: b\n0x10: c", r#"{"1.5": "a", "16": "c", "true": "b"}"#),
        ("~: a", "error: mapping key cannot be null"),
        ("[a]: b", "error: only strings are allowed as mapping keys"),
    ];
    for (text, want) in table {
        assert_eq!(decoded(text), *want, "{text:?}");
    }
}

#[test]
fn reads_scalars() {
    let table: &[(&str, &str)] = &[
        ("plain\n multi\n\n line # c", r#""plain multi\nline""#),
        ("'it''s\n  a  \n\n  b'", r#""it's a\nb""#),
        (r#""\x41\u00e9\U0001F44D\t\0\e\N\_\L\P\'""#, "\"Aé👍\\t\\0\\u{1b}\\u{85}\\u{a0}\\u{2028}\\u{2029}'\""),
        ("\"a \\\n   b\"", r#""a b""#),
        (r#""\/""#, "error: found unknown escape character"),
        (r#""\ud800""#, "error: found invalid Unicode character escape code"),
        ("'a", "error: found unexpected end of stream"),
        ("|\n a\n  b\n\n", r#""a\n b\n""#),
        ("|+\n a\n\n", r#""a\n\n""#),
        (">-\n a\n b\n\n c\n   d\n e\n", r#""a b\nc\n  d\ne""#),
        ("|1\n  a", r#"" a""#),
        ("|0\n a", "error: found an indentation indicator equal to 0"),
        ("|\n \tx", "error: on line 2, column 1: found a tab character where an indentation space is expected"),
        // Block scalars are strings, but not without regard to what they look like.
        ("|-\n 0x10", r#""16""#),
        ("|-\n ~", "null(string)"),
        ("a\u{2028}b\u{85}c", "\"a\\u{2028}b c\""),
    ];
    for (text, want) in table {
        assert_eq!(decoded(text), *want, "{text:?}");
    }
}

#[test]
fn resolves_scalars() {
    let table: &[(&str, &str)] = &[
        ("y no On FALSE", "true false true false"),
        ("yEs nULL inf 0b11 1_000 1p4 0X1F -0x1f 190:20", "yEs nULL inf 0b11 1_000 1p4 0X1F -0x1f 190:20"),
        ("~ null NULL", "null(any) null(any) null(any)"),
        ("017 0o17 0x1F +1 1. 1.e3 .5 -.5 1E-2", "17 15 31 1 1 1000 0.5 -0.5 0.01"),
        (".inf -.INF", "+Inf -Inf"),
        ("2001-1-2 2001-02-30", "2001-01-02T00:00:00Z 2001-02-30"),
        ("2001-12-14t21:59:43.10-05:00 2001-1-1T1:2:3,5Z", "2001-12-14T21:59:43-05:00 2001-01-01T01:02:03Z"),
        ("2001-01-01T00:00:00+24:60 2001-01-01T00:00:00+25:00", "2001-01-01T00:00:00+25:00 2001-01-01T00:00:00+25:00"),
    ];
    for (words, want) in table {
        let got: Vec<String> = words.split(' ').map(|w| decoded(w).replace('"', "")).collect();
        assert_eq!(got.join(" "), *want);
    }
    let tagged: &[(&str, &str)] = &[
        ("2001-12-14  21:59:43.5", r#""2001-12-14T21:59:43Z""#),
        (".nan", "error: floating point NaN is not supported"),
        ("0xfffffffffffffffff", r#"error: cannot parse "0xfffffffffffffffff" as tag:yaml.org,2002:int"#),
        ("!!str 1", r#""1""#),
        ("!!int '5'", r#""5""#),
        ("!!int x", r#"error: cannot parse "x" as tag:yaml.org,2002:int"#),
        ("!!int -0b1_1", "-3"),
        ("!!int 0b12", r#"error: cannot parse "0b12" as tag:yaml.org,2002:int"#),
        ("!!float _1p4", "16"),
        ("!!bool 5", "5"),
        ("!!null x", "null(any)"),
        ("!!binary aGk=", r#""aGk=""#),
        ("!!binary aGk", r#"error: cannot parse "aGk" as tag:yaml.org,2002:binary: not valid base64"#),
        ("!!seq {}", "error: can't interpret mapping as tag:yaml.org,2002:seq"),
        ("! x", r#"error: unsupported tag "!""#),
        ("!e!x y", "error: found undefined tag handle"),
        ("!<tag:yaml.org,2002:%73tr> 1", r#""1""#),
    ];
    for (text, want) in tagged {
        assert_eq!(decoded(text), *want, "{text:?}");
    }
}

#[test]
fn follows_anchors() {
    let table: &[(&str, &str)] = &[
        ("- &a 1\n- &a 2\n- *a", "[1, 2, 2]"),
        ("a: &x {k: v}\nb:\n  <<: *x\n  z: 1\n", r#"{"a": {"k": "v"}, "b": {"k": "v", "z": 1}}"#),
        ("a: 1\n<<: {a: 2}", r#"{"a": 2}"#),
        ("- <<", r#"["<<"]"#),
        ("<<: [{a: 1}]", "error: cannot merge tuple into mapping"),
        ("*a", r#"error: reference to undefined anchor "a""#),
        ("&a [*a]", r#"error: cannot refer to anchor "a" from inside its own definition"#),
        ("*a : 1", "error: only strings are allowed as mapping keys"),
    ];
    for (text, want) in table {
        assert_eq!(decoded(text), *want, "{text:?}");
    }
}

#[test]
fn is_bounded() {
    let mut laughs = "- &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
    for i in 0..30 {
        laughs += &format!("- &a{} [*a{i}, *a{i}, *a{i}, *a{i}, *a{i}, *a{i}]\n", i + 1);
    }
    assert!(decoded(&laughs).ends_with("document contains excessive aliasing"));
    for deep in ["[", "{a: ", "- ", "? ", "[? "] {
        assert!(decoded(&deep.repeat(100_000)).starts_with("error: "), "{deep}");
    }
    assert!(decoded(&format!("{}{}", "[".repeat(200), "]".repeat(200))).starts_with("[["));
    let mut value = Value::string("x".repeat(64));
    for _ in 0..60 {
        value = Value::tuple(vec![value.clone(), value]);
    }
    assert!(encode::document(&value).is_err());
}

#[test]
fn writes_documents() {
    let string = |s: &str| Value::string(s);
    let tuple = |items: &[Value]| Value::tuple(items.to_vec());
    let object = |key: &str, value: Value| Value::object(vec![(key.into(), value)]);
    let one = || Value::from(Number::ONE);
    let long = "word ".repeat(20);
    let table: Vec<(Value, String)> = [
        (one(), "1\n...\n"),
        (Value::null(Type::String), "null\n...\n"),
        (string("a"), "\"a\"\n"),
        (tuple(&[]), "[]\n"),
        (object("a", tuple(&[object("b", tuple(&[one(), tuple(&[one()])]))])), "\"a\":\n- \"b\":\n  - 1\n  - - 1\n"),
        (tuple(&[tuple(&[string("x\ny")])]), "- - |-\n    x\n    y\n"),
        (object("a", string("x\n\n")), "\"a\": |+\n  x\n\n"),
        (string("\n"), "|2+\n\n"),
        (string(" x\ny\n"), "|2\n   x\n  y\n"),
        (string("x \ny"), "\"x \\ny\"\n"),
        (string("\u{1}\t\u{7f}\u{a0}\u{2028}👍"), "\"\\x01\\t\\x7F\u{a0}\\L\\U0001F44D\"\n"),
        (string("\u{feff}a"), "\"\\uFEFF\\x61\"\n"),
        (object("a\nb", tuple(&[one()])), "? |-\n  a\n  b\n: - 1\n"),
        (string(&format!("{long}x")), &format!("\"{}\n  word word word x\"\n", &long[..84])),
    ]
    .map(|(value, text)| (value, text.to_string()))
    .into();
    for (value, want) in table {
        assert_eq!(encode::document(&value).as_deref(), Ok(want.as_str()), "{value:?}");
    }
}
