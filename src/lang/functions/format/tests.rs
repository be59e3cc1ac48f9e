use super::super::testing::{call, fails, strings, unknown};
use super::*;
use crate::lang::Number;

fn number(text: &str) -> Value {
    Number::parse(text).map(Value::from).unwrap()
}

#[test]
fn writes_numbers() {
    for (verb, value, expected) in [
        ("%d", "1e3", "1000"),
        ("%d", "-0", "0"),
        ("%05d|%-5d|%+d|% d", "42", "00042|42   |+42| 42"),
        ("%08.3d|%-8.3d|", "5", "     005|005     |"),
        ("%.0d|%5.0d|%+.0d|", "0", "|||"),
        ("%#x %#o %#b %#X", "8", "0x8 010 0b1000 0X8"),
        ("%#010x|%x", "-255", "-0x00000ff|-ff"),
        ("%-+# 05.3d|", "3", "+003 |"),
        ("%f %.2f %.0f", "2.5", "2.500000 2.50 2"),
        ("%08.2f|%-8.2f|%-08.2f|% f", "3.14159", "00003.14|3.14    |00003.14| 3.141590"),
        ("%e %E %.0e", "1234.5678", "1.234568e+03 1.234568E+03 1e+03"),
        ("%g %.3g %G", "1e20", "1e+20 1e+20 1E+20"),
        ("%v %s %#v %5v", "1000000", "1e+06 1000000 1000000 1e+06"),
        ("%v %s", "-0", "-0 -0"),
        ("%[1]v %[1]d", "7", "7 7"),
    ] {
        let count = if verb.contains('[') { 1 } else { verb.matches('%').count() };
        let args = vec![number(value); count];
        assert_eq!(call("format", &[&[verb.into()], &args[..]].concat()), Ok(expected.into()), "{verb}");
    }
    let infinity = number("inf");
    let args = ["%08f|%+f|% f|%v|%s".into()].into_iter().chain(vec![infinity; 5]).collect::<Vec<_>>();
    assert_eq!(call("format", &args), Ok("    +Inf|+Inf| Inf|+Inf|+Inf".into()));
}

#[test]
fn writes_strings() {
    for (args, expected) in [
        (&["%s %%|%5s|%-5s|%05s", "a", "日本", "👨‍👩‍👧", "é"][..], "a %|   日本|👨‍👩‍👧    |0000é"),
        (&["%.1s|%5.1s|%.s|%.99999999999s", "ab", "ab", "ab", "ab"], "a|    a|ab|ab"),
        (&["%q|%.1q|%6q", "<\"\u{2028}\u{7f}", "ab", "é"], "\"\\u003c\\\"\\u2028\u{7f}\"|\"a\"|   \"é\""),
        (&["%v|%#v|%5v", "<", "<", "a"], "<|\"\\u003c\"|    a"),
        (&["%[2]s %[1]s %s", "a", "b"], "b a b"),
        (&["%5[1]d|%5.1[1]f", "2.0"], "    2|  2.0"),
        (&["%d %t %t", "007", "1", "false"], "7 true false"),
        (&["%%"], "%"),
    ] {
        assert_eq!(call("format", &strings(args)), Ok(expected.into()), "{args:?}");
    }
}

#[test]
fn writes_everything_as_json() {
    let list = Value::tuple(vec![number("1e21"), Value::null(Type::String), true.into()]);
    let object = Value::object(vec![("b".into(), list.clone()), ("a".into(), "x".into())]);
    for (verb, value, expected) in [
        ("%v", list, "[1000000000000000000000,null,true]"),
        ("%v", object, r#"{"a":"x","b":[1000000000000000000000,null,true]}"#),
        ("%5v", Value::null(Type::String), " null"),
        ("%05v", true.into(), "0true"),
        ("%5t", true.into(), "true"),
    ] {
        assert_eq!(call("format", &[verb.into(), value]), Ok(expected.into()), "{verb}");
    }
}

#[test]
fn refuses() {
    for (args, message) in [
        (&["%"][..], "invalid format string starting at offset 1"),
        (&["a%5", "1"], "invalid format string starting at offset 3"),
        (&["aé%é", "1"], "unrecognized format character 'é' at offset 4"),
        (&["%\n", "1"], "unrecognized format character '\\n' at offset 1"),
        (&["%[0]s", "1"], "unrecognized format character '0' at offset 2"),
        (&["%[1]5d", "1"], "unrecognized format character '5' at offset 4"),
        (&["%z", "1"], "unsupported format verb 'z' in \"%z\" at offset 0"),
        (&["%s %s", "1"], "not enough arguments for \"%s\" at 3: need index 2 but have 1 total"),
        (&["%[5]s", "1"], "not enough arguments for \"%[5]s\" at 0: need index 5 but have 1 total"),
        (&["%s", "1", "2"], "too many arguments; only 1 used by format string"),
        (&["x", "1"], "too many arguments; no verbs in format string"),
        (&["%d", "x"], "unsupported value for \"%d\" at 0: a number is required"),
        (&["%d", "1.5"], "unsupported value for \"%d\" at 0: an integer is required"),
        (&["%t", "yes"], "unsupported value for \"%t\" at 0: a bool is required"),
        (
            &["%99999999999999999999d", "1"],
            "the width or precision of \"%99999999999999999999d\" at 0 is larger than 10000000",
        ),
    ] {
        assert_eq!(fails("format", &strings(args)), message, "{args:?}");
    }
    for (verb, value, message) in [
        ("%s", Value::null(Type::String), "null value cannot be formatted"),
        ("%s", Value::tuple(vec![]), "string required"),
        ("%#v", number("inf"), "cannot serialize infinity as JSON"),
    ] {
        let expected = format!("unsupported value for {verb:?} at 0: {message}");
        assert_eq!(fails("format", &[verb.into(), value]), expected);
    }
    let wide = "%9999999s".repeat(10);
    let args: Vec<Value> = std::iter::once(wide.into()).chain(vec![Value::from("x"); 10]).collect();
    assert!(fails("format", &args).starts_with("the result would be longer than"));
}

#[test]
fn knows_what_comes_before_the_first_verb() {
    for (format, prefix) in [("ab-%s", "ab-"), ("ab%s", "a"), ("%s", "")] {
        let result = call("format", &[format.into(), unknown(Type::String)]).unwrap();
        assert!(!result.is_known() && result.definitely_not_null());
        assert_eq!(result.string_prefix(), prefix);
    }
    assert_eq!(call("format", &["%s".into(), Value::null(Type::Dynamic)]), Ok(Value::dynamic()));
}

#[test]
fn formats_lists() {
    let list = |items: &[&str]| Value::string_list(items.iter().copied());
    let half = Value::list(Type::String, vec![unknown(Type::String), "a".into()]);
    for (args, expected) in [
        (vec!["x".into()], list(&["x"])),
        (vec!["%s".into(), "a".into()], list(&["a"])),
        (vec!["%s-%s".into(), list(&["a", "b"]), "x".into()], list(&["a-x", "b-x"])),
        (vec!["%s-%s".into(), list(&["a", "b"]), list(&["x", "y"])], list(&["a-x", "b-y"])),
        (vec!["%z".into(), list(&[])], list(&[])),
        (vec!["%v".into(), Value::null(Type::list(Type::String))], list(&["null"])),
        (vec!["%s-%s".into(), half, list(&["x", "y"])], Value::list(Type::String, vec![unknown_text(), "a-y".into()])),
        (vec!["%s".into(), unknown(Type::list(Type::String))], Value::unknown_not_null(Type::list(Type::String))),
    ] {
        assert_eq!(call("formatlist", &args), Ok(expected), "{args:?}");
    }
    for (args, message) in [
        (vec!["%s".into()], "not enough arguments for \"%s\" at 0: need index 1 but have 0 total"),
        (vec!["x".into(), list(&["a"])], "error on format iteration 0: too many arguments; no verbs in format string"),
        (
            vec!["%s %s %s".into(), list(&["a"]), "x".into(), list(&["b", "c"])],
            "argument 3 has length 2, which is inconsistent with argument 1 of length 1",
        ),
    ] {
        assert_eq!(fails("formatlist", &args), message);
    }
}
