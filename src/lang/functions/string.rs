//! Functions on strings.

use std::collections::HashSet;

use smol_str::SmolStr;

use super::{Function, FunctionError, Parameter, Returns, Want, graphemes, letters, regex};
use crate::lang::{Host, Number, Type, Value};

type Outcome = Result<Value, FunctionError>;

/// What is too long to be the result of one call, in bytes.
pub(super) const MAX_RESULT: usize = 64 << 20;

const STR: Parameter = Parameter::new("str", Want::String);

const fn text(
    name: &'static str,
    description: &'static str,
    params: &'static [Parameter],
    body: super::Body,
) -> Function {
    Function::new(name, description, params, Returns::Type(Want::String), body)
}

const fn test(
    name: &'static str,
    description: &'static str,
    params: &'static [Parameter],
    body: super::Body,
) -> Function {
    Function::new(name, description, params, Returns::Type(Want::Bool), body)
}

pub(super) static FUNCTIONS: &[Function] = &[
    text("chomp", "Removes the line ends at the end of a string.", &[STR], |v, _| {
        map(v, |s| s.trim_end_matches(['\r', '\n']).into())
    }),
    test(
        "endswith",
        "Tells whether a string ends with another.",
        &[STR, Parameter::new("suffix", Want::String)],
        |v, _| Ok(string(v, 0)?.ends_with(string(v, 1)?).into()),
    ),
    text(
        "indent",
        "Puts a number of spaces at the start of each line but the first.",
        &[Parameter::new("spaces", Want::Number), STR],
        indent,
    ),
    text(
        "join",
        "Concatenates the elements of lists, with a separator between them.",
        &[Parameter::new("separator", Want::String)],
        join,
    )
    .variadic(Parameter::new("lists", Want::ListOfString)),
    text("lower", "Turns all letters of a string into lower case.", &[STR], |v, _| {
        map(v, |s| s.chars().map(letters::lower).collect())
    }),
    text(
        "replace",
        "Replaces all occurrences of a substring, or all matches of a regular expression between slashes.",
        &[STR, Parameter::new("substr", Want::String), Parameter::new("replace", Want::String)],
        replace,
    ),
    Function::new(
        "split",
        "Splits a string at all occurrences of a separator.",
        &[Parameter::new("separator", Want::String), STR],
        Returns::Type(Want::ListOfString),
        split,
    ),
    test(
        "startswith",
        "Tells whether a string starts with another.",
        &[STR.unknown(), Parameter::new("prefix", Want::String)],
        startswith,
    ),
    test(
        "strcontains",
        "Tells whether a string contains another.",
        &[STR, Parameter::new("substr", Want::String)],
        |v, _| Ok(string(v, 0)?.contains(string(v, 1)?).into()),
    ),
    text("strrev", "Reverses the characters of a string.", &[STR], |v, _| {
        map(v, |s| graphemes::graphemes(s).collect::<Vec<_>>().into_iter().rev().collect())
    }),
    text(
        "substr",
        "Takes a number of characters from a string, from an offset on.",
        &[STR, Parameter::new("offset", Want::Number), Parameter::new("length", Want::Number)],
        substr,
    ),
    text("title", "Turns the first letter of each word into upper case.", &[STR], |v, _| map(v, titlecase)),
    text(
        "trim",
        "Removes all characters of a set from the start and the end of a string.",
        &[STR, Parameter::new("cutset", Want::String)],
        |v, _| {
            let cutset: HashSet<char> = string(v, 1)?.chars().collect();
            map(v, |s| s.trim_matches(|c| cutset.contains(&c)).into())
        },
    ),
    text(
        "trimprefix",
        "Removes a prefix from a string that starts with it.",
        &[STR, Parameter::new("prefix", Want::String)],
        |v, _| {
            let prefix = string(v, 1)?;
            map(v, |s| s.strip_prefix(prefix).unwrap_or(s).into())
        },
    ),
    text("trimspace", "Removes white space from the start and the end of a string.", &[STR], |v, _| {
        map(v, |s| s.trim().into())
    }),
    text(
        "trimsuffix",
        "Removes a suffix from a string that ends with it.",
        &[STR, Parameter::new("suffix", Want::String)],
        |v, _| {
            let suffix = string(v, 1)?;
            map(v, |s| s.strip_suffix(suffix).unwrap_or(s).into())
        },
    ),
    text("upper", "Turns all letters of a string into upper case.", &[STR], |v, _| {
        map(v, |s| s.chars().map(letters::upper).collect())
    }),
];

/// The string argument at an index.
pub(super) fn string(values: &[Value], index: usize) -> Result<&str, FunctionError> {
    let value = values.get(index).and_then(Value::as_str);
    value.map(SmolStr::as_str).ok_or_else(|| FunctionError::argument(index, "a string is required"))
}

/// The integer argument at an index.
fn integer(values: &[Value], index: usize) -> Result<i64, FunctionError> {
    values.get(index).and_then(Value::as_number).and_then(Number::to_i64).ok_or_else(|| {
        FunctionError::new(format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX))
    })
}

/// A function of the first argument, a string.
fn map(values: &[Value], f: impl FnOnce(&str) -> String) -> Outcome {
    Ok(f(string(values, 0)?).into())
}

fn bounded(length: usize) -> Result<(), FunctionError> {
    match length > MAX_RESULT {
        true => Err(FunctionError::new(format!("the result would be longer than {MAX_RESULT} bytes"))),
        false => Ok(()),
    }
}

/// How long a text is after replacing, checked before it is made.
fn bounded_replace(text: &str, from: &str, to: &str) -> Result<String, FunctionError> {
    if to.len() > from.len() {
        let growth = text.matches(from).count().saturating_mul(to.len() - from.len());
        bounded(text.len().saturating_add(growth))?;
    }
    Ok(text.replace(from, to))
}

fn indent(values: &[Value], _: &dyn Host) -> Outcome {
    let spaces = integer(values, 0)?;
    let spaces =
        usize::try_from(spaces).map_err(|_| FunctionError::argument(0, "the number of spaces must not be negative"))?;
    let text = string(values, 1)?;
    if !text.contains('\n') {
        return Ok(text.into());
    }
    bounded(spaces)?;
    bounded_replace(text, "\n", &format!("\n{}", " ".repeat(spaces))).map(Value::from)
}

fn join(values: &[Value], _: &dyn Host) -> Outcome {
    let separator = string(values, 0)?;
    let lists = values.get(1..).unwrap_or_default();
    if lists.is_empty() {
        return Err(FunctionError::new("at least one list is required"));
    }
    if lists.iter().any(|l| !l.is_wholly_known()) {
        return Ok(Value::unknown_not_null(Type::String));
    }
    let mut out = String::new();
    let mut is_first = true;
    for (number, list) in lists.iter().enumerate() {
        for (index, element) in list.as_elements().unwrap_or_default().iter().enumerate() {
            let Some(element) = element.as_str() else {
                let place = if lists.len() == 1 { String::new() } else { format!(" of list {}", number + 1) };
                let message = format!("element {index}{place} is null; cannot concatenate null values");
                return Err(FunctionError::argument(number + 1, message));
            };
            if !is_first {
                out.push_str(separator);
            }
            is_first = false;
            out.push_str(element);
            bounded(out.len())?;
        }
    }
    Ok(out.into())
}

fn replace(values: &[Value], _: &dyn Host) -> Outcome {
    let (text, from, to) = (string(values, 0)?, string(values, 1)?, string(values, 2)?);
    match from.strip_prefix('/').and_then(|s| s.strip_suffix('/')) {
        Some(pattern) => regex::replace_all(text, pattern, to).map(Value::from),
        None => bounded_replace(text, from, to).map(Value::from),
    }
}

fn split(values: &[Value], _: &dyn Host) -> Outcome {
    let (separator, text) = (string(values, 0)?, string(values, 1)?);
    Ok(match separator {
        "" => Value::string_list(text.chars().map(|c| SmolStr::from_iter([c]))),
        _ => Value::string_list(text.split(separator)),
    })
}

fn startswith(values: &[Value], _: &dyn Host) -> Outcome {
    let prefix = string(values, 1)?;
    let Some(text) = values.first() else {
        return Ok(false.into());
    };
    let known = text.string_prefix();
    Ok(if known.starts_with(prefix) {
        true.into()
    } else if text.is_known() || (!known.is_empty() && known.len() >= prefix.len()) {
        false.into()
    } else {
        Value::unknown_not_null(Type::Bool)
    })
}

/// A negative offset counts from the end, a negative length takes the rest.
fn substr(values: &[Value], _: &dyn Host) -> Outcome {
    let text = string(values, 0)?;
    let (mut offset, length) = (integer(values, 1)?, integer(values, 2)?);
    let mut takes_rest = length < 0;
    if offset < 0 {
        // Terraform takes the rest here too for a length of zero.
        takes_rest |= length == 0;
        let count = i64::try_from(graphemes::count(text)).unwrap_or(i64::MAX);
        offset = offset.saturating_add(count).max(0);
    }
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let take = if takes_rest { usize::MAX } else { usize::try_from(length).unwrap_or(usize::MAX) };
    let mut clusters = graphemes::graphemes(text);
    let start: usize = clusters.by_ref().take(skip).map(str::len).sum();
    let rest = &text[start..];
    let end = if takes_rest { rest.len() } else { clusters.take(take).map(str::len).sum() };
    Ok(rest[..end].into())
}

/// Words are what stands between white space and ASCII punctuation, but for underscores.
fn titlecase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_separator = true;
    for c in text.chars() {
        out.push(if after_separator { letters::title(c) } else { c });
        after_separator = if c.is_ascii() { !c.is_ascii_alphanumeric() && c != '_' } else { c.is_whitespace() };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fails, strings, unknown};
    use super::*;

    #[test]
    fn maps_strings() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("chomp", &["a\r\n\r\n\n\r"], "a"),
            ("chomp", &["a\n b\n"], "a\n b"),
            ("lower", &["İΣAΣ ΑΣ ẞ"], "iσaσ ασ ß"),
            ("upper", &["ßﬁıſ ᾳ ᾀ ა"], "ßﬁIS ᾼ ᾈ Ა"),
            ("title", &["ǆ hello_world it's a-b éa 日a ა ß"], "ǅ Hello_world It'S A-B Éa 日a ა ß"),
            ("trim", &["??a?!", "!?"], "a"),
            ("trim", &["éaé", "é"], "a"),
            ("trim", &["a", ""], "a"),
            ("trimprefix", &["aab", "a"], "ab"),
            ("trimsuffix", &["abb", "b"], "ab"),
            ("trimspace", &["\u{a0}\u{85}\u{2003}\u{200b} a\u{feff}\n"], "\u{200b} a\u{feff}"),
            ("strrev", &["é👨‍👩‍👧a\r\nb"], "b\r\na👨‍👩‍👧é"),
            ("strrev", &["क्ष"], "षक्"),
            ("replace", &["héé", "", "-"], "-h-é-é-"),
            ("replace", &["a/b/c", "/", "-"], "a-b-c"),
            ("replace", &["abc", "//", "x"], "xaxbxcx"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, &strings(args)), Ok((*expected).into()), "{name} {args:?}");
        }
    }

    #[test]
    fn tests_strings() {
        for (name, text, part, expected) in [
            ("startswith", "abc", "ab", true),
            ("startswith", "abc", "", true),
            ("startswith", "a", "ab", false),
            ("endswith", "abc", "bc", true),
            ("endswith", "abc", "b", false),
            ("strcontains", "abc", "b", true),
            ("strcontains", "", "", true),
        ] {
            assert_eq!(call(name, &strings(&[text, part])), Ok(expected.into()), "{name} {text} {part}");
        }
    }

    #[test]
    fn knows_how_unknown_strings_start() {
        let text = unknown(Type::String).refine(|r| {
            r.not_null = true;
            r.prefix = "ab-".into();
        });
        for (prefix, expected) in [("", Some(true)), ("ab", Some(true)), ("b", Some(false)), ("ab-c", None)] {
            let result = call("startswith", &[text.clone(), prefix.into()]);
            assert_eq!(result.map(|v| v.as_bool()), Ok(expected), "{prefix}");
        }
    }

    #[test]
    fn takes_substrings() {
        for (text, offset, length, expected) in [
            ("hello", 1, 2, "el"),
            ("hello", -3, 2, "ll"),
            ("hello", -3, 0, "llo"),
            ("hello", 1, 0, ""),
            ("hello", -30, 2, "he"),
            ("hello", 2, -1, "llo"),
            ("hello", 9, 1, ""),
            ("hello", i64::MIN, 1, "h"),
            ("hello", 0, i64::MAX, "hello"),
            ("e\u{301}x", 1, 1, "x"),
        ] {
            let result = call("substr", &[text.into(), Value::int(offset), Value::int(length)]);
            assert_eq!(result, Ok(expected.into()), "{text} {offset} {length}");
        }
        assert_eq!(
            fails("substr", &["a".into(), Number::parse("1.5").map(Value::from).unwrap(), Value::int(1)]),
            "value must be a whole number, between -9223372036854775808 and 9223372036854775807"
        );
    }

    #[test]
    fn splits_and_joins() {
        for (separator, text, parts) in
            [(",", "", &[""][..]), ("", "", &[]), ("", "éa", &["é", "a"]), ("aa", "aaaaa", &["", "", "a"])]
        {
            let expected = Value::string_list(parts.iter().copied());
            assert_eq!(call("split", &strings(&[separator, text])), Ok(expected.clone()), "{text}");
            assert_eq!(call("join", &[separator.into(), expected]), Ok(text.into()), "{text}");
        }
        let with_null = Value::list(Type::String, vec!["a".into(), Value::null(Type::String)]);
        let list = Value::string_list(["b"]);
        for (lists, message) in [
            (vec![], "at least one list is required"),
            (vec![with_null.clone()], "element 1 is null; cannot concatenate null values"),
            (vec![list, with_null], "element 1 of list 2 is null; cannot concatenate null values"),
        ] {
            assert_eq!(fails("join", &[&[",".into()], &lists[..]].concat()), message);
        }
    }

    #[test]
    fn indents() {
        assert_eq!(call("indent", &[Value::int(2), "a\r\nb\n".into()]), Ok("a\r\n  b\n  ".into()));
        assert_eq!(fails("indent", &[Value::int(-1), "a".into()]), "the number of spaces must not be negative");
    }

    #[test]
    fn bounds_results() {
        let long = "\n".repeat(1000);
        for (name, args) in [
            ("indent", vec![Value::int(1 << 40), "\n".into()]),
            ("indent", vec![Value::int(1 << 20), long.as_str().into()]),
            ("replace", strings(&[&long, "", &"x".repeat(1 << 20)])),
            ("replace", strings(&[&long, "/\n/", &"x".repeat(1 << 20)])),
            ("join", vec!["x".repeat(1 << 20).into(), Value::string_list(long.split('\n'))]),
        ] {
            assert!(fails(name, &args).starts_with("the result would be longer than"), "{name}");
        }
    }
}
