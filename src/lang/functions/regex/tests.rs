use super::super::testing::{call, fails, strings};
use super::*;

fn find(pattern: &str, text: &str) -> Result<Value, FunctionError> {
    call("regex", &strings(&[pattern, text]))
}

#[test]
fn finds() {
    for (pattern, text, expected) in [
        ("[a-z]+", "12ab", "ab"),
        ("[[a]b]", "ab]", "ab]"),
        ("[a&&b]+", "a&b", "a&b"),
        ("[]a]+", "x]a]", "]a]"),
        ("[--a]+", "-.a", "-.a"),
        (r"[\d-z]+", "5-z", "5-z"),
        ("[[:^alpha:]]", "x1", "1"),
        ("a{,2}", "a{,2}", "a{,2}"),
        ("a{02}", "a{02}", "a{02}"),
        (r"\Q[x]\E+", "[x]]]", "[x]]]"),
        (r"a\Q\E*", "aab", "aa"),
        ("a*(?i)*", "aab", "aa"),
        (r"\x41\x{42}\103\_", "ABC_", "ABC_"),
        (r"\w+", "héllo", "h"),
        (r"\s", "\u{b}\t", "\t"),
        ("[[:space:]]", "\u{b}", "\u{b}"),
        (r"\pN\p{^Lu}\P{Greek}", "x5aß", "5aß"),
        (r"(?i)\w+", "\u{212a}\u{17f}", "Kſ"),
        ("(?i)[^k]+", "kK\u{212a}a", "a"),
        ("(?i)ß", "ẞ", "ẞ"),
        (r"(?i)\P{Lu}+", "AbC1", "1"),
        ("(?U)a+", "aaa", "a"),
        ("(?U)a+?", "aaa", "aaa"),
        ("(?i)a(?-i)b", "AB Ab", "Ab"),
        ("a|(?i)b|c", "C", "C"),
        ("(?s).", "\n", "\n"),
        ("(?m)^b$", "a\nb\nc", "b"),
        ("#a b", "#a b", "#a b"),
        ("^*", "a", ""),
        ("(?i)ı|x", "Ix", "x"),
    ] {
        assert_eq!(find(pattern, text), Ok(expected.into()), "{pattern}");
    }
}

#[test]
fn gives_groups() {
    let null = || Value::null(Type::String);
    let object = |a: Value, b: Value| Value::object(vec![("a".into(), a), ("b".into(), b)]);
    for (pattern, text, expected) in [
        ("(x)(y)?", "x", Value::tuple(vec!["x".into(), null()])),
        ("(?P<a>x)(?<b>y)?", "x", object("x".into(), null())),
        ("(?P<a>x)(?P<a>y)", "xy", Value::object(vec![("a".into(), "y".into())])),
        ("(a){0}(b)", "b", Value::tuple(vec![null(), "b".into()])),
        ("(a*)+", "b", Value::tuple(vec!["".into()])),
        ("(|a)*", "aa", Value::tuple(vec!["".into()])),
    ] {
        assert_eq!(find(pattern, text), Ok(expected), "{pattern}");
    }
    let all = call("regexall", &strings(&["(a)|(b)", "ab"]));
    let ty = Type::tuple(vec![Type::String, Type::String]);
    let matches = vec![Value::tuple(vec!["a".into(), null()]), Value::tuple(vec![null(), "b".into()])];
    assert_eq!(all, Ok(Value::list(ty, matches)));
    assert_eq!(call("regexall", &strings(&["a*", "baac"])), Ok(Value::string_list(["", "aa", ""])));
}

#[test]
fn knows_types_of_unknown_matches() {
    let unknown = || Value::unknown(Type::String);
    for (pattern, ty) in
        [(Value::from("a"), Type::String), ("(a)".into(), Type::tuple(vec![Type::String])), (unknown(), Type::Dynamic)]
    {
        assert_eq!(call("regex", &[pattern.clone(), unknown()]).map(|v| v.ty()), Ok(ty.clone()));
        assert_eq!(call("regexall", &[pattern, unknown()]).map(|v| v.ty()), Ok(Type::list(ty)));
    }
}

#[test]
fn refuses() {
    for (pattern, message) in [
        ("(a", "missing closing ) in (a"),
        ("a)", "unexpected ) in a)"),
        ("[a", "missing closing ] in [a"),
        ("[z-a]", "invalid character class range in z-a"),
        ("[[:foo:]]", "invalid character class range in [:foo:]"),
        ("a**", "invalid nested repetition operator in **"),
        ("a{2}??", "invalid nested repetition operator in {2}??"),
        ("|*", "missing argument to repetition operator in *"),
        ("{2}", "missing argument to repetition operator in {2}"),
        ("a{1001}", "invalid repeat count in {1001}"),
        ("a{3,2}", "invalid repeat count in {3,2}"),
        ("(?:a{100}){11}", "invalid repeat count in {11}"),
        (r"a\", "trailing backslash at end of expression in "),
        (r"\1", r"invalid escape sequence in \1"),
        (r"\é", r"invalid escape sequence in \é"),
        (r"\x{110000}", r"invalid escape sequence in \x{110000"),
        (r"\x{}", r"invalid escape sequence in \x{}"),
        (r"\x4", r"invalid escape sequence in \x4"),
        (r"\p{greek}", r"invalid character class range in \p{greek}"),
        (r"\p{L", r"invalid character class range in \p{L"),
        (r"\p", r"invalid character class range in \p"),
        ("(?=a)", "invalid or unsupported Perl syntax in (?="),
        ("(?i-)a", "invalid or unsupported Perl syntax in (?i-)"),
        ("(?", "invalid or unsupported Perl syntax in (?"),
        ("(?P<é>x)", "invalid named capture in (?P<é>"),
        ("(?<a", "invalid named capture in (?<a"),
    ] {
        assert_eq!(fails("regex", &strings(&[pattern, ""])), format!("invalid regexp pattern: {message}"));
    }
    let mixed = "invalid regexp pattern: cannot mix both named and unnamed capture groups";
    assert_eq!(fails("regex", &strings(&["(?P<n>a)(b)", "ab"])), mixed);
    assert_eq!(fails("regex", &strings(&["x", "y"])), "pattern did not match any part of the given string");
    let message = "error parsing regexp: missing closing ]: `[`";
    assert_eq!(fails("replace", &strings(&["a", "/[/", "x"])), message);
}

#[test]
fn replaces() {
    for (text, pattern, template, expected) in [
        ("baaac", "a*", "x", "xbxcx"),
        ("abc", "(b)", "$1x|${1}x|$$|$|$$1|${1|${}|$-", "a|bx|$|$|$1|${1|${}|$-c"),
        ("abc", "(?P<x>b)|(?P<y>z)", "[$x|$y|$xy]", "a[b||]c"),
        ("abc", "(b)", "$01 $00 $1é $1_ $2 $0", "a     bc"),
        ("abc", "(?P<n>x)?(?P<n>b)", "<$n>", "a<b>c"),
        ("", "a*", "-", "-"),
        ("été", "é", "e", "ete"),
    ] {
        let pattern = format!("/{pattern}/");
        assert_eq!(call("replace", &strings(&[text, &pattern, template])), Ok(expected.into()), "{template}");
    }
}

#[test]
fn is_bounded() {
    for pattern in ["(".repeat(5000), "(?:".repeat(100_000), "(((".repeat(400) + &")))".repeat(400)] {
        assert!(find(&pattern, "a").is_err());
    }
    let nested = "(".repeat(900) + "a" + &")".repeat(900);
    assert_eq!(find(&nested, "a").map(|v| v.len()), Ok(Some(900)));
    let starred = "a".to_string() + &"(?i)*".repeat(900);
    assert_eq!(find(&starred, "aa"), Ok("aa".into()));
    assert!(find(&("a".to_string() + &"(?i)*".repeat(2000)), "aa").is_err());
    assert!(find(&r"\pL\pN".repeat(100_000), "a").is_err());
    assert!(call("regexall", &strings(&[&"()".repeat(1000), &"a".repeat(10_000)])).is_err());
}
