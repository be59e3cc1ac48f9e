#![allow(clippy::unwrap_used)]

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::prelude::*;

use super::{Number, NumberError};

type Operation = fn(&Number, &Number) -> Result<Number, NumberError>;

const ADD: Operation = Number::add;
const SUB: Operation = Number::sub;
const MUL: Operation = Number::mul;
const DIV: Operation = Number::div;
const REM: Operation = Number::rem;

/// A literal; 64-bit integers end in `i`, machine floating point in `f64`.
fn number(text: &str) -> Number {
    if let Some(integer) = text.strip_suffix('i') {
        return Number::from(integer.parse::<i64>().unwrap());
    }
    match text.strip_suffix("f64") {
        Some(float) => Number::from_f64(float.parse().unwrap()).unwrap(),
        None => Number::parse(text).unwrap(),
    }
}

#[test]
fn reads_decimal_text() {
    let cases = [
        ("Inf", Some("+Inf")),
        ("-Inf", Some("-Inf")),
        ("+inf", Some("+Inf")),
        ("+1", Some("1")),
        ("1.", Some("1")),
        (".5", Some("0.5")),
        ("1e3", Some("1000")),
        ("1e+3", Some("1000")),
        ("1E-3", Some("0.001")),
        ("-0", Some("-0")),
        ("00012", Some("12")),
        ("1p3", Some("8")),
        ("1P-2", Some("0.25")),
        ("1.5p1", Some("3")),
        ("1e1000000000", Some("+Inf")),
        ("1e-1000000000", Some("0")),
        ("0e99999999999", Some("0")),
        ("-9223372036854775808", Some("-9223372036854775808")),
        ("18446744073709551616", Some("18446744073709551616")),
        ("0e99999999999999999999", None),
        ("1e99999999999", None),
        ("1e400000", None),
        ("1e-400000", None),
        ("0x10", None),
        ("0b1", None),
        ("1_000", None),
        ("INF", None),
        ("infinity", None),
        ("NaN", None),
        (" 1", None),
        ("1 ", None),
        ("1.2.3", None),
        ("--1", None),
        ("+-1", None),
        ("1e", None),
        ("1e+", None),
        ("1e5.5", None),
        ("e5", None),
        (".", None),
        ("-", None),
        ("", None),
        ("٣", None),
    ];
    for (text, expected) in cases {
        assert_eq!(Number::parse(text).map(|n| n.to_string()).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn reads_integers_in_any_base() {
    let cases = [
        ("ff", 16, Some("255")),
        ("-FF", 16, Some("-255")),
        ("+101", 2, Some("5")),
        ("zZ", 62, Some("2231")),
        ("-0", 10, Some("0")),
        ("123456789012345678901234567890", 10, Some("123456789012345678901234567890")),
        ("2", 2, None),
        ("1_0", 10, None),
        ("1.5", 10, None),
        ("", 10, None),
        ("-", 10, None),
        ("1", 1, None),
        ("1", 63, None),
    ];
    for (text, base, expected) in cases {
        assert_eq!(Number::parse_integer(text, base).map(|n| n.to_string()).as_deref(), expected, "{text:?} {base}");
    }
    assert_eq!(Number::parse_integer(&"1".repeat(700), 2).map(|n| n.precision()), Some(700));
}

#[test]
fn computes_at_the_precision_of_the_operands() {
    let cases = [
        ("0.1", ADD, "0.2", "0.3"),
        ("1e100", ADD, "1", &format!("1{}1", "0".repeat(99))),
        ("0.1f64", ADD, "0", "0.1000000000000000055511151231257827021181583404541015625"),
        ("1i", DIV, "3i", "0.33333333333333333334"),
        ("2i", DIV, "3i", "0.6666666666666666667"),
        ("10", DIV, "3", &format!("3.{}2", "3".repeat(153))),
        ("0.3", SUB, "0.1", &format!("0.2{}2", "0".repeat(153))),
        ("1.1", MUL, "1.1", &format!("1.21{}1", "0".repeat(151))),
        ("1.4142135623730951f64", MUL, "1.4142135623730951f64", "2.00000000000000027343234630647693"),
        ("0.33333333333333333334", MUL, "3", "1.00000000000000000002"),
        ("9223372036854775807", ADD, "1", "9223372036854775808"),
        ("9223372036854775807", MUL, "9223372036854775807", "85070591730234615847396907784232501249"),
        ("-9223372036854775808", DIV, "-1", "9223372036854775808"),
        ("0", DIV, "-5", "-0"),
        ("0", MUL, "-1", "-0"),
        ("-0", ADD, "0", "0"),
        ("-0", SUB, "0", "-0"),
        ("-10", REM, "3", "-1"),
        ("10", REM, "-3", "1"),
        ("-5", REM, "5", "0"),
        ("5.5", REM, "2.25", "1"),
        ("1e30", REM, "7", "1"),
        ("1", REM, "0", "1"),
        ("Inf", REM, "0", "+Inf"),
        ("1", DIV, "0", "+Inf"),
        ("1", DIV, "-0", "-Inf"),
        ("-1", DIV, "0", "-Inf"),
        ("1", DIV, "-Inf", "-0"),
        ("-Inf", ADD, "5", "-Inf"),
    ];
    for (a, operation, b, expected) in cases {
        assert_eq!(operation(&number(a), &number(b)).unwrap().to_string(), expected, "{a} and {b}");
    }
}

#[test]
fn refuses_what_has_no_value() {
    let cases = [
        ("0", DIV, "0", NumberError::UndefinedQuotient),
        ("Inf", DIV, "-Inf", NumberError::UndefinedQuotient),
        ("Inf", SUB, "Inf", NumberError::InfinityFromItself),
        ("Inf", ADD, "-Inf", NumberError::OpposingInfinities),
        ("0", MUL, "Inf", NumberError::ZeroTimesInfinity),
        ("5", REM, "Inf", NumberError::InfiniteModulo),
        ("0", REM, "-Inf", NumberError::InfiniteModulo),
        ("Inf", REM, "5", NumberError::InfiniteModulo),
        ("1e300000", MUL, "1e300000", NumberError::OutOfRange),
        ("1e-300000", DIV, "1e300000", NumberError::OutOfRange),
    ];
    for (a, operation, b, expected) in cases {
        assert_eq!(operation(&number(a), &number(b)), Err(expected), "{a} and {b}");
    }
}

#[test]
fn rounds_to_integers_and_keeps_the_precision() {
    let cases = [
        ("1.5", "1", "2"),
        ("-1.5", "-2", "-1"),
        ("-0.5", "-1", "0"),
        ("-0", "0", "0"),
        ("7", "7", "7"),
        ("12345678901234567890.99", "12345678901234567890", "12345678901234567891"),
        ("1267650600228229401496703205376f64", "1267650600228229400000000000000", "1267650600228229400000000000000"),
        ("-Inf", "-Inf", "-Inf"),
    ];
    for (text, floor, ceil) in cases {
        let n = number(text);
        assert_eq!((&*n.floor().to_string(), &*n.ceil().to_string()), (floor, ceil), "{text}");
        assert_eq!((n.floor().precision(), n.ceil().precision()), (n.precision(), n.precision()), "{text}");
    }
    assert_eq!(number("-1.5").trunc(), number("-1"));
    assert_eq!(number("-0").abs().to_string(), "0");
}

#[test]
fn writes_all_formats() {
    let third = Number::ONE.div(&number("3")).unwrap();
    let cases = [
        (third.to_fixed(6), "0.333333"),
        (third.to_exponent(6), "3.333333e-01"),
        (third.to_general(3), "0.333"),
        (number("1234.5678").to_fixed(3), "1234.568"),
        (number("1234.5678").to_exponent(3), "1.235e+03"),
        (number("1234.5678").to_general(3), "1.23e+03"),
        (number("0.5").to_fixed(0), "0"),
        (number("1.5").to_fixed(0), "2"),
        (number("2.5").to_fixed(0), "2"),
        (number("-0").to_fixed(6), "-0.000000"),
        (number("1e-300000").to_fixed(2), "0.00"),
        (number("99.99").to_fixed(1), "100.0"),
        (number("1000000").to_general(None), "1e+06"),
        (number("100000").to_general(None), "100000"),
        (number("123456789").to_general(None), "1.23456789e+08"),
        (number("0.00001").to_general(None), "1e-05"),
        (number("1267650600228229401496703205376f64").to_general(None), "1.2676506002282294e+30"),
        (number("0").to_exponent(None), "0e+00"),
        (number("Inf").to_fixed(2), "+Inf"),
    ];
    for (text, expected) in cases {
        assert_eq!(text, expected);
    }
    let bases = [(255i64, 16, "ff"), (-255, 2, "-11111111"), (8, 8, "10"), (0, 10, "0")];
    for (value, base, expected) in bases {
        assert_eq!(Number::from(value).integer_digits(base).as_deref(), Some(expected));
    }
    assert_eq!(number("1.5").integer_digits(10), None);
    assert_eq!(number("1e20f64").integer_digits(10).as_deref(), Some("100000000000000000000"));
}

#[test]
fn converts_to_machine_numbers() {
    let integers = [
        ("9223372036854775807", Some(i64::MAX)),
        ("-9223372036854775808", Some(i64::MIN)),
        ("9223372036854775808", None),
        ("-9223372036854775809", None),
        ("-0", Some(0)),
        ("1.5", None),
        ("Inf", None),
    ];
    for (text, expected) in integers {
        assert_eq!(number(text).to_i64(), expected, "{text}");
    }
    assert_eq!(number("1e309").to_f64(), f64::INFINITY);
    assert_eq!(number("1e-400").to_f64(), 0.0);
    assert_eq!(Number::from_f64(f64::NAN), None);
}

#[test]
fn long_texts_take_little_time() {
    for text in ["1e300000", "-1.2345e-300000", &"7".repeat(300_000), &format!("0.{}", "7".repeat(300_000))] {
        let n = number(text);
        assert_eq!(number(&n.to_string()), n);
    }
}

fn hash(n: &Number) -> u64 {
    let mut hasher = DefaultHasher::new();
    n.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn equal_values_are_equal_however_written() {
    let cases = [
        ("10000000000000000000", "1e19"),
        ("36893488147419103232", "1p65"),
        ("0.5", "5e-1"),
        ("1.0", "1"),
        ("-0", "0"),
        ("7i", "7"),
        ("0.5f64", "0.5"),
        ("-9223372036854775808i", "-9223372036854775808"),
    ];
    for (a, b) in cases {
        let (a, b) = (number(a), number(b));
        assert_eq!(a, b);
        assert_eq!(hash(&a), hash(&b), "{a}");
    }
    assert_ne!(number("0.1"), number("0.1f64"));
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        (-20i64..20).prop_map(Number::from),
        any::<f64>().prop_filter_map("a number", Number::from_f64),
        "-?[0-9]{1,40}(\\.[0-9]{1,200})?(e-?[0-9]{1,3})?".prop_filter_map("in range", |text| Number::parse(&text)),
        Just(number("Inf")),
        Just(number("-Inf")),
        Just(number("-0")),
    ]
}

proptest! {
    #[test]
    fn text_reads_back(n in numbers()) {
        let back = Number::parse(&n.to_string()).unwrap().with_precision(n.precision());
        prop_assert_eq!(&back, &n);
        prop_assert_eq!(Number::parse(&n.to_exponent(None)).unwrap().with_precision(n.precision()), n);
    }

    #[test]
    fn order_equality_and_hash_agree(a in numbers(), b in numbers()) {
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a.cmp(&b), b.neg().cmp(&a.neg()));
        let wider = a.with_precision(600);
        prop_assert_eq!(&wider, &a);
        prop_assert_eq!(hash(&wider), hash(&a));
        if !a.is_infinite() && !b.is_infinite() {
            let difference = a.sub(&b).unwrap();
            prop_assert_eq!(a.cmp(&b), difference.sign());
        }
    }

    #[test]
    fn machine_numbers_survive(value in any::<f64>(), text in "[0-9]{1,30}(\\.[0-9]{1,30})?(e-?[0-3]?[0-9]{1,2})?") {
        if let Some(n) = Number::from_f64(value) {
            prop_assert_eq!(n.to_f64().to_bits(), value.to_bits());
        }
        prop_assert_eq!(Number::parse(&text).unwrap().to_f64(), text.parse::<f64>().unwrap());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,20}|[-+0-9.eEpP]{0,12}") {
        let _ = Number::parse(&text).map(|n| n.to_string());
        let _ = Number::parse_integer(&text, 36);
    }
}
