use super::*;
use crate::lang::host::memory::MemoryHost;

fn encode(value: Value) -> Result<Value, String> {
    jsonencode(&[value], &MemoryHost::default()).map_err(|e| e.to_string())
}

fn decode(text: &str) -> Result<Value, String> {
    jsondecode(&[text.into()], &MemoryHost::default()).map_err(|e| e.to_string())
}

fn number(text: &str) -> Value {
    Number::parse(text).map(Value::from).unwrap()
}

#[test]
fn encodes() {
    for (value, text) in [
        (Value::null(Type::Dynamic), "null"),
        (true.into(), "true"),
        (number("-0.10"), "-0.1"),
        (number("1e30"), "1000000000000000000000000000000"),
        ("<\"\\&>".into(), r#""\u003c\"\\\u0026\u003e""#),
        ("\u{8}\u{c}\n\r\t\u{1}\u{7f}\u{2028}é".into(), "\"\\b\\f\\n\\r\\t\\u0001\u{7f}\\u2028é\""),
        (Value::tuple(vec![Value::null(Type::String), Value::list(Type::String, vec![])]), "[null,[]]"),
        (Value::object(vec![("b".into(), true.into()), ("a".into(), "x".into())]), r#"{"a":"x","b":true}"#),
        (Value::set(Type::String, vec!["b".into(), "a".into()]), r#"["a","b"]"#),
    ] {
        assert_eq!(encode(value), Ok(text.into()));
    }
}

#[test]
fn knows_the_beginning_of_what_is_unknown() {
    let unknown = || Value::unknown(Type::String);
    for (value, prefix) in [
        (unknown(), ""),
        (unknown().refine_not_null(), "\""),
        (Value::tuple(vec![unknown()]), "["),
        (Value::object(vec![("a".into(), unknown())]), "{"),
        (Value::unknown_not_null(Type::Number), ""),
        (Value::dynamic(), ""),
    ] {
        let json = encode(value).unwrap();
        assert!(!json.is_known());
        assert_eq!(json.string_prefix(), prefix);
    }
}

#[test]
fn decodes() {
    for (text, value) in [
        ("null", Value::null(Type::Dynamic)),
        (" \t\r\n1.50 \n", number("1.5")),
        ("-0", number("-0")),
        ("1E-5", number("0.00001")),
        (r#""\u00e9\n\/\ud83d\udc4d""#, "é\n/👍".into()),
        (r#""\ud83dx\udc4d\ud83d\u0041\ud83d""#, "\u{fffd}x\u{fffd}\u{fffd}A\u{fffd}".into()),
        (r#""e\u0301""#, "é".into()),
        ("[]", Value::tuple(vec![])),
        ("[1, [true]]", Value::tuple(vec![number("1"), Value::tuple(vec![true.into()])])),
        (r#"{"b":{},"a":null}"#, {
            let attributes = vec![("b".into(), Value::object(vec![])), ("a".into(), Value::null(Type::Dynamic))];
            Value::object(attributes)
        }),
        (r#"{"a":1,"a":"x"}"#, Value::object(vec![("a".into(), "x".into())])),
        ("1]x", number("1")),
    ] {
        assert_eq!(decode(text), Ok(value), "{text}");
    }
}

#[test]
fn refuses() {
    for (text, message) in [
        ("", "EOF"),
        ("[1,", "EOF"),
        ("tru", "unexpected EOF"),
        ("\"abc", "unexpected EOF"),
        ("1.", "unexpected EOF"),
        ("{'a': 1}", "invalid character '\\''"),
        ("{\"a\": 1,}", "invalid character '}' looking for beginning of object key string"),
        ("{\"a\" 1}", "invalid character '1' after object key"),
        ("{\"a\":1]", "invalid character ']' after object key:value pair"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("[01]", "invalid character '1' after array element"),
        ("[tru]", "invalid character ']' in literal true (expecting 'e')"),
        ("-x", "invalid character 'x' in numeric literal"),
        ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("1e+x", "invalid character 'x' in exponent of numeric literal"),
        ("\"a\nb\"", "invalid character '\\n' in string literal"),
        ("\"\\x\"", "invalid character 'x' in string escape code"),
        ("\"\\u12\"", "invalid character '\"' in \\u hexadecimal character escape"),
        ("é", "invalid character 'Ã' looking for beginning of value"),
        ("1 2", "extraneous data after JSON object"),
        ("01", "extraneous data after JSON object"),
        (r#"{"a":"x","a":2}"#, "a number is required"),
        (r#"{"a":true,"a":2}"#, "number is required"),
        (r#"{"a":1,"a":true}"#, "bool is required"),
        (r#"{"a":[],"a":"x"}"#, "string is required"),
        (r#"{"a":[1],"a":[1,2]}"#, "not enough tuple elements (need 2)"),
        (r#"{"a":{"b":1},"a":{"c":2}}"#, "unsupported attribute \"b\""),
        (r#"{"a":{"b":1},"a":null}"#, "invalid key \"b\" in dynamically-typed value"),
    ] {
        assert_eq!(decode(text), Err(message.to_string()), "{text}");
    }
}

#[test]
fn bounds_nesting() {
    assert!(decode(&format!("{}{}", "[".repeat(500), "]".repeat(500))).is_ok());
    for open in ["[", "{\"a\":"] {
        assert_eq!(decode(&open.repeat(100_000)), Err("exceeded max depth".into()));
    }
}

#[test]
fn predicts_the_type_of_unknown_texts() {
    for (prefix, ty) in [("", Type::Dynamic), ("\"", Type::String), ("t", Type::Bool), ("-", Type::Number)] {
        let text = Value::unknown_not_null(Type::String).refine(|r| r.prefix = prefix.into());
        assert_eq!(jsondecode_type(&[text]), Ok(ty), "{prefix}");
    }
    let text = Value::unknown_not_null(Type::String).refine(|r| r.prefix = "x".into());
    let message = "a JSON document cannot begin with the character 'x'";
    assert_eq!(jsondecode_type(&[text]), Err(FunctionError::argument(0, message)));
}
