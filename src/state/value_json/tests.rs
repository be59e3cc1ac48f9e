use super::*;
use crate::lang::{Marks, Number, Type, Value};

fn object(attributes: &[(&str, Value)]) -> Value {
    Value::object(attributes.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
}

#[test]
fn values_go_there_and_back() {
    let list = || Type::list(Type::String);
    let typed = |attributes: &[(&str, Type)]| Type::object(attributes.iter().map(|(k, t)| ((*k).into(), t.clone())));
    for (value, ty, wanted) in [
        (Value::from("a<b>&\u{2028}\"\\\n\u{1}é"), Type::String, r#""a\u003cb\u003e\u0026\u2028\"\\\n\u0001é""#),
        (Value::from(true), Type::Bool, "true"),
        (
            Value::from(Number::parse("123456789012345678901234567890.5").unwrap()),
            Type::Number,
            "123456789012345678901234567890.5",
        ),
        (Value::from(Number::parse("-0.1e-3").unwrap()), Type::Number, "-0.0001"),
        (Value::null(Type::String), Type::String, "null"),
        (Value::null(Type::Dynamic), Type::Dynamic, "null"),
        (Value::null(list()), Type::Dynamic, r#"{"value":null,"type":["list","string"]}"#),
        (Value::int(1), Type::Dynamic, r#"{"value":1,"type":"number"}"#),
        (Value::string_list(["a", "b"]), list(), r#"["a","b"]"#),
        (Value::set(Type::Bool, vec![]), Type::set(Type::Bool), "[]"),
        (Value::map(Type::Number, vec![("x y".into(), Value::int(1))]), Type::map(Type::Number), r#"{"x y":1}"#),
        (Value::tuple(vec![]), Type::Dynamic, r#"{"value":[],"type":["tuple",[]]}"#),
        (
            object(&[("a", Value::tuple(vec![Value::int(1), Value::null(Type::Dynamic)])), ("b", Value::from("x"))]),
            typed(&[("a", Type::Dynamic), ("b", Type::String)]),
            r#"{"a":{"value":[1,null],"type":["tuple",["number","dynamic"]]},"b":"x"}"#,
        ),
        (
            object(&[("a", object(&[("b", Value::string_list(["c"]))]))]),
            Type::Dynamic,
            r#"{"value":{"a":{"b":["c"]}},"type":["object",{"a":["object",{"b":["list","string"]}]}]}"#,
        ),
    ] {
        let mut json = String::new();
        write_value(&value, &ty, &mut json).unwrap();
        assert_eq!(json, wanted);
        let back = read_value(&json, &ty).unwrap();
        assert_eq!(format!("{back:?} {}", back.ty()), format!("{value:?} {}", value.ty()), "{json}");
        let mut pretty = String::new();
        indent(&json, 0, &mut pretty);
        assert_eq!(compact(&pretty), json, "{pretty}");
    }
}

#[test]
fn reading_is_as_lenient_as_terraform() {
    let ty = Type::object([("n".into(), Type::Number), ("s".into(), Type::String), ("b".into(), Type::Bool)]);
    let value = read_value(r#" { "s" : 1.50 , "n" : "2" } "#, &ty).unwrap();
    assert_eq!(value.get("s").unwrap().as_str().unwrap(), "1.50");
    assert_eq!(value.get("n").unwrap().as_number().unwrap(), &Number::from(2i64));
    assert!(value.get("b").unwrap().is_null());
    assert_eq!(read_value("\"\\ud83d\\ude00\"", &Type::String).unwrap().as_str().unwrap(), "😀");
}

#[test]
fn errors_name_the_place() {
    let deep = "[".repeat(5000);
    let nested = (0..5000).fold(Type::String, |ty, _| Type::list(ty));
    let ty = Type::object([
        ("a".into(), Type::map(Type::list(Type::Number))),
        ("t".into(), Type::tuple(vec![Type::Bool])),
        ("d".into(), Type::Dynamic),
    ]);
    for (json, wanted) in [
        (r#"{"a":{"k":[1,true]}}"#, ".a[\"k\"][1]: number is required"),
        (r#"{"x":1}"#, "unsupported attribute \"x\""),
        (r#"{"t":[]}"#, ".t: not enough tuple elements (need 1)"),
        (r#"{"t":[true,false]}"#, ".t: too many tuple elements (need 1)"),
        (r#"{"d":1}"#, ".d: missing expected {"),
        (r#"{"d":{"value":1}}"#, ".d: missing type in dynamically-typed value"),
        (r#"{"d":{"type":"number"}}"#, ".d: missing value in dynamically-typed value"),
        (r#"{"d":{"value":1,"type":"nr"}}"#, ".d: invalid primitive type name \"nr\""),
        (r#"{"d":{"value":"x","type":"number"}}"#, ".d: a number is required"),
        (r#"{"a":{"#, ".a: the JSON text ends where a string should be"),
        ("{} x", "the end of the text expected, found 'x'"),
        ("{\"a", "the JSON text ends within a string"),
        ("", "missing expected {"),
    ] {
        assert_eq!(read_value(json, &ty).unwrap_err().to_string(), wanted, "{json}");
    }
    assert!(read_value(&deep, &nested).unwrap_err().reason.contains("levels deep"));
    assert!(read_type(&"[\"list\",".repeat(5000)).is_err());
    // A deep type takes a deep stack to drop.
    let _kept = std::mem::ManuallyDrop::new(nested);
}

#[test]
fn what_state_cannot_have() {
    let mut out = String::new();
    for (value, ty, wanted) in [
        (object(&[("a", Value::dynamic())]), Type::object([("a".into(), Type::Dynamic)]), ".a: the value is not known"),
        (Value::int(1).with_marks(Marks::EPHEMERAL), Type::Number, ": ephemeral values can't be kept in state"),
        (Value::int(1), Type::String, ": the value is not of the type that the schema has"),
    ] {
        assert_eq!(write_value(&value, &ty, &mut out).unwrap_err().to_string(), wanted);
    }
}

#[test]
fn types() {
    for json in [
        r#""dynamic""#,
        r#"["list",["set",["map","bool"]]]"#,
        r#"["tuple",["string",["tuple",[]]]]"#,
        r#"["object",{"a":"string","b":["object",{}]}]"#,
    ] {
        let mut out = String::new();
        write_type(&read_type(json).unwrap(), &mut out);
        assert_eq!(out, json);
    }
    assert_eq!(read_type(r#"["object",{"a":"string"},["a"]]"#).unwrap().to_string(), "object({a=string})");
}
