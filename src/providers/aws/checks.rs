//! What a schema can't say about a configuration, written down as tables: which values attributes may have, and which of them go
//! together. What isn't known yet is never wrong. The messages are those of Terraform's provider.

use indexmap::IndexMap;

use super::cidr;
use super::object::Object;
use crate::lang::Value;
use crate::schema::{Block, Schema};
use crate::syntax::{Diagnostic, Diagnostics};

/// What is checked in a configuration: an attribute or block, named with those that it is in (`root_block_device.volume_type`), or
/// several with blanks between, and how.
pub type Checks = &'static [(&'static str, Check)];

/// A check of something. What it goes with is named as it is itself.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// It may not be set together with others.
    Conflicts(&'static [&'static str]),
    /// Of all that are checked like this together, only one may be set.
    Exclusive,
    /// Of all that are checked like this together, one has to be set, and only one.
    ExactlyOne,
    /// Of all that are checked like this together, one has to be set.
    AtLeastOne,
    /// One of these has to be set.
    AtLeastOneOf(&'static [&'static str]),
    /// If it is set, so have to be all of these.
    Together(&'static [&'static str]),
    /// A list of so many elements.
    Items(usize),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// The same, with a message that only has the attribute's own name.
    Word(&'static [&'static str]),
    /// One of these numbers.
    OneOfNumbers(&'static [i64]),
    /// A whole number, both ends included.
    Range(i64, i64),
    /// A number, both ends included.
    Between(f64, f64),
    /// A whole number.
    AtLeast(i64),
    /// A whole number.
    AtMost(i64),
    /// A number.
    Above(f64),
    /// A whole number.
    DivisibleBy(i64),
    /// A text of so many bytes, both ends included.
    Length(usize, usize),
    /// A text.
    NotEmpty,
    /// A number.
    NotZero,
    /// `true` or `false` in a text, or nothing.
    Flag,
    /// An ARN, or nothing.
    Arn,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// An IPv4 network.
    Ipv4Range,
    /// An IPv6 network.
    Ipv6Range,
    /// A network of any version.
    AnyRange,
    /// A port, or 0.
    Port,
    /// A time as in RFC 3339.
    Time,
    /// A whole number, judged by its path and itself: what is wrong with it.
    Whole(fn(&str, i64) -> Vec<String>),
    /// A text, judged by its path and itself: what is wrong with it.
    Text(fn(&str, &str) -> Vec<String>),
}

/// What is wrong with a configuration.
#[must_use]
pub fn problems(checks: Checks, schema: &Schema, config: &Object) -> Diagnostics {
    let root = Root { config, block: &schema.block };
    let mut problems = Diagnostics::new();
    let mut by_name: IndexMap<&str, Vec<Checked>> = IndexMap::new();
    for (names, check) in checks {
        names.split(' ').for_each(|name| by_name.entry(name).or_default().push(Checked { names, check }));
    }
    // What is in a block comes after it, and not at all if that doesn't go with others.
    by_name.sort_by_key(|name, _| name.matches('.').count());
    let mut refused: Vec<String> = Vec::new();
    for (name, checks) in by_name {
        if refused.iter().any(|outer| name.starts_with(outer.as_str())) {
            continue;
        }
        let path: Vec<&str> = name.split('.').collect();
        visit(config, &path, "", &mut |object, own, shown| {
            let is_right = root.check(&checks, object.get(own), name, own, shown, |summary, detail| {
                problems.push(Diagnostic::error(summary, detail).about(shown));
            });
            if !is_right {
                refused.push(format!("{name}."));
            }
        });
    }
    problems
}

/// A check of something, with all that it is checked together with.
struct Checked {
    names: &'static str,
    check: &'static Check,
}

/// Finds an attribute in all blocks that it is in, with its whole name: `ebs_block_device.0.volume_type`.
fn visit(object: &Object, path: &[&str], prefix: &str, found: &mut impl FnMut(&Object, &str, &str)) {
    match path {
        [] => {}
        [own] => found(object, own, &format!("{prefix}{own}")),
        [block, rest @ ..] => {
            for (i, block_object) in object.blocks(block).iter().enumerate() {
                visit(block_object, rest, &format!("{prefix}{block}.{i}."), &mut *found);
            }
        }
    }
}

/// A name as messages have it.
fn shown(name: &str) -> String {
    name.replace('.', ".0.")
}

fn all_shown(names: &[&str]) -> String {
    names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(",")
}

/// Whether something is in a configuration.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    No,
    /// It isn't known yet, and may be null.
    Unknown,
    Yes,
}

struct Root<'a> {
    config: &'a Object,
    block: &'a Block,
}

impl Root<'_> {
    /// The checks of one attribute. If it doesn't go with others, its value doesn't matter any more, and the answer is false.
    fn check(
        &self,
        checks: &[Checked],
        value: Option<&Value>,
        name: &str,
        own: &str,
        shown: &str,
        mut problem: impl FnMut(String, String),
    ) -> bool {
        let is_set = value.is_some() && (!self.is_block(name) || self.given(name) != Given::No);
        let is_known = is_set && value.is_some_and(Value::is_known);
        if let Some((summary, detail)) = checks.iter().find_map(|c| self.relation(c, name, is_set, is_known)) {
            problem(summary.into(), format!("{shown:?}: {detail}"));
            return false;
        }
        let Some(value) = value else { return true };
        for Checked { check, .. } in checks {
            each(value, shown, &mut |path, value| {
                check.value(path, own, value).into_iter().for_each(|message| problem(message, String::new()));
            });
            if let (Check::Items(least), Some(count)) = (check, value.len().filter(|_| value.is_known()))
                && count < *least
            {
                let detail = format!("requires {least} item minimum, but config has only {count} declared.");
                problem("Not enough list items".into(), format!("Attribute {shown} {detail}"));
            }
        }
        true
    }

    fn is_block(&self, name: &str) -> bool {
        self.block.blocks.contains_key(name)
    }

    fn given(&self, name: &str) -> Given {
        let (mut object, mut block) = (self.config.clone(), Some(self.block));
        let mut path: Vec<&str> = name.split('.').collect();
        let own = path.pop().unwrap_or_default();
        for outer in path {
            let Some(inner) = object.block_at(outer) else { return Given::No };
            object = inner;
            block = block.and_then(|b| b.blocks.get(outer)).map(|nested| &nested.block);
        }
        let is_block = block.is_some_and(|b| b.blocks.contains_key(own));
        match object.get(own) {
            None => Given::No,
            Some(value) if !value.is_known() => Given::Unknown,
            // A list that is empty is set, as blocks that aren't there aren't.
            Some(value) if is_block && value.as_elements().is_some_and(<[Value]>::is_empty) => Given::No,
            Some(_) => Given::Yes,
        }
    }

    /// What is wrong with what else there is.
    fn relation(&self, checked: &Checked, name: &str, is_set: bool, is_known: bool) -> Option<(&'static str, String)> {
        let together: Vec<&str> = checked.names.split(' ').collect();
        let missing = |names: &[&str]| {
            let is_missing = names.iter().all(|name| self.given(name) == Given::No);
            is_missing
                .then(|| ("Missing required argument", format!("one of `{}` must be specified", all_shown(names))))
        };
        let conflict = |others: &[&str]| {
            let other = others.iter().find(|other| **other != name && self.given(other) == Given::Yes)?;
            Some(("Conflicting configuration arguments", format!("conflicts with {}", shown(other))))
        };
        match checked.check {
            Check::Conflicts(others) if is_known => conflict(others),
            Check::Exclusive if is_known => conflict(&together),
            Check::Together(names) if is_set => {
                let is_missing = names.iter().any(|name| self.given(name) == Given::No);
                let all = || format!("all of `{}` must be specified", all_shown(names));
                is_missing.then(|| ("Missing required argument", all()))
            }
            Check::AtLeastOne => missing(&together),
            Check::AtLeastOneOf(names) => missing(names),
            Check::ExactlyOne => {
                let set: Vec<&str> = together.iter().copied().filter(|name| self.given(name) == Given::Yes).collect();
                let all = all_shown(&together);
                let what = match set.len() {
                    0 if together.iter().any(|name| self.given(name) == Given::Unknown) => return None,
                    0 => format!("one of `{all}` must be specified"),
                    1 => return None,
                    _ => format!("only one of `{all}` can be specified, but `{}` were specified.", all_shown(&set)),
                };
                Some(("Invalid combination of arguments", what))
            }
            _ => None,
        }
    }
}

/// A value, or the elements of a collection, as far as they are known.
fn each(value: &Value, path: &str, look: &mut impl FnMut(&str, &Value)) {
    if !value.is_known() || value.is_null() {
        return;
    }
    match (value.as_elements(), value.as_entries()) {
        (Some(elements), _) => {
            elements.iter().enumerate().for_each(|(i, element)| each(element, &format!("{path}.{i}"), look));
        }
        (None, Some(entries)) => {
            entries.iter().for_each(|(key, element)| each(element, &format!("{path}.{key}"), look));
        }
        (None, None) => look(path, value),
    }
}

impl Check {
    /// What is wrong with a value.
    fn value(&self, path: &str, own: &str, value: &Value) -> Vec<String> {
        let text = value.as_str().map(smol_str::SmolStr::as_str);
        let number = value.as_number();
        let whole = number.and_then(|n| n.to_i64());
        let float = number.map(|n| n.to_f64());
        let wrong = |is_wrong: bool, message: &dyn Fn() -> String| is_wrong.then(message).into_iter().collect();
        match (self, text, whole, float) {
            (Check::OneOf(values), Some(text), ..) => {
                wrong(!values.contains(&text), &|| format!("expected {path} to be one of {}, got {text}", list(values)))
            }
            (Check::Word(values), Some(text), ..) => {
                wrong(!values.contains(&text), &|| format!("expected {own} to be one of {}, got {text}", list(values)))
            }
            (Check::OneOfNumbers(values), _, Some(n), _) => {
                wrong(!values.contains(&n), &|| format!("expected {path} to be one of {}, got {n}", list(values)))
            }
            (Check::Range(low, high), _, Some(n), _) => wrong(!(*low..=*high).contains(&n), &|| {
                format!("expected {path} to be in the range ({low} - {high}), got {n}")
            }),
            (Check::Between(low, high), _, _, Some(n)) => wrong(!(*low..=*high).contains(&n), &|| {
                format!("expected {path} to be in the range ({low:.6} - {high:.6}), got {n:.6}")
            }),
            (Check::AtLeast(least), _, Some(n), _) => {
                wrong(n < *least, &|| format!("expected {path} to be at least ({least}), got {n}"))
            }
            (Check::AtMost(most), _, Some(n), _) => {
                wrong(n > *most, &|| format!("expected {path} to be at most ({most}), got {n}"))
            }
            (Check::Above(low), _, _, Some(n)) => {
                wrong(n <= *low, &|| format!("expected {path} to be greater than ({low:.6}), got {n:.6}"))
            }
            (Check::DivisibleBy(divisor), _, Some(n), _) => {
                wrong(n % divisor != 0, &|| format!("expected {path} to be divisible by {divisor}, got: {n}"))
            }
            (Check::Length(least, most), Some(text), ..) => wrong(!(*least..=*most).contains(&text.len()), &|| {
                format!("expected length of {path} to be in the range ({least} - {most}), got {text}")
            }),
            (Check::NotEmpty, Some(text), ..) => {
                wrong(text.is_empty(), &|| format!("{path} must not be empty, got {text}"))
            }
            (Check::NotZero, _, _, Some(n)) => wrong(n == 0.0, &|| format!("{path} must not be zero, got {n}")),
            (Check::Flag, Some(text), ..) => wrong(!is_flag(text), &|| {
                format!("{path}: cannot parse '{text}' as boolean: strconv.ParseBool: parsing {text:?}: invalid syntax")
            }),
            (Check::Arn, Some(text), ..) => {
                arn(text).into_iter().map(|why| format!("{path:?} ({text}) is an invalid ARN: {why}")).collect()
            }
            (Check::Ipv4, Some(text), ..) => wrong(text.parse::<std::net::Ipv4Addr>().is_err(), &|| {
                format!("expected {path} to contain a valid IPv4 address, got: {text}")
            }),
            (Check::Ipv6, Some(text), ..) => wrong(text.parse::<std::net::Ipv6Addr>().is_err(), &|| {
                format!("expected {path} to contain a valid IPv6 address, got: {text}")
            }),
            (Check::Ipv4Range, Some(text), ..) => cidr::check_ipv4(text).err().into_iter().collect(),
            (Check::Ipv6Range, Some(text), ..) => cidr::check_ipv6(text).err().into_iter().collect(),
            (Check::AnyRange, Some(text), ..) => cidr::check_any(text).err().into_iter().collect(),
            (Check::Port, _, Some(n), _) => wrong(!(0..=65535).contains(&n), &|| {
                format!("expected {path:?} to be a valid port number or 0, got: {n}")
            }),
            (Check::Time, Some(text), ..) => wrong(!is_time(text), &|| {
                format!("{path} must be in RFC3339 time format \"2006-01-02T15:04:05Z07:00\", got {text:?}")
            }),
            (Check::Text(judge), Some(text), ..) => judge(path, text),
            (Check::Whole(judge), _, Some(n), _) => judge(path, n),
            _ => Vec::new(),
        }
    }
}

/// What is wrong with a URL that should be one of HTTPS.
pub fn https_url(path: &str, text: &str) -> Vec<String> {
    let rest = text.split_once("://").filter(|(_, rest)| !rest.split('/').next().unwrap_or_default().is_empty());
    let problem = match rest {
        _ if text.is_empty() => format!("expected {path:?} url to not be empty, got {text}"),
        None => format!("expected {path:?} to have a host, got {text}"),
        Some(("https", _)) => return Vec::new(),
        Some(_) => format!("expected {path:?} to have a url with schema of: \"https\", got {text}"),
    };
    vec![problem]
}

/// A list as Go writes it.
pub fn list<T: std::fmt::Debug>(values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(|v| format!("{v:?}")).collect();
    format!("[{}]", values.join(" "))
}

/// More is a time for others.
fn is_time(text: &str) -> bool {
    text.as_bytes().get(10) == Some(&b'T') && text.parse::<jiff::Timestamp>().is_ok()
}

fn is_flag(text: &str) -> bool {
    const WORDS: &[&str] = &["", "1", "t", "T", "true", "True", "TRUE", "0", "f", "F", "false", "False", "FALSE"];
    WORDS.contains(&text)
}

/// What is wrong with an ARN: `arn:partition:service:region:account:resource`.
fn arn(text: &str) -> Vec<String> {
    const ACCOUNT: &str = r"^(aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10})$";
    if text.is_empty() {
        return Vec::new();
    }
    if !text.starts_with("arn:") {
        return vec!["arn: invalid prefix".into()];
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, partition, _, region, account, resource] = parts.as_slice() else {
        return vec!["arn: not enough sections".into()];
    };
    let lower = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let is_partition =
        partition.split('-').enumerate().all(|(i, part)| if i == 0 { part == "aws" } else { lower(part) });
    let region_parts: Vec<&str> = region.split('-').collect();
    let is_region = match region_parts.as_slice() {
        [country, middle @ .., number] => {
            country.len() == 2
                && lower(country)
                && !middle.is_empty()
                && middle.iter().all(|part| lower(part))
                && (1..=2).contains(&number.len())
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    };
    let is_account = ["aws", "aws-managed", "third-party", "aws-marketplace"].contains(account)
        || (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
        || (account.len() == 12 && account.starts_with("cw"));
    let expected = |regex: &str| format!("(expecting to match regular expression: {regex})");
    [
        partition.is_empty().then(|| "missing partition value".to_string()),
        (!partition.is_empty() && !is_partition)
            .then(|| format!("invalid partition value {}", expected("^aws(-[a-z]+)*$"))),
        (!region.is_empty() && !is_region).then(|| "invalid region value".to_string()),
        (!account.is_empty() && !is_account).then(|| format!("invalid account ID value {}", expected(ACCOUNT))),
        resource.is_empty().then(|| "missing resource value".to_string()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Type;
    use crate::providers::aws::resource::object_of;
    use crate::providers::aws::shape::{list_block, optional, schema, strings};
    use std::sync::LazyLock;

    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
        schema(
            0,
            [
                optional("kind", Type::String),
                optional("names", strings()),
                optional("size", Type::Number),
                list_block("disk", [optional("arn", Type::String), optional("kind", Type::String)]),
            ],
        )
    });

    const CHECKS: Checks = &[
        ("kind", Check::Conflicts(&["disk.kind", "names"])),
        ("kind", Check::OneOf(&["a", "b"])),
        ("names", Check::Length(1, 3)),
        ("size", Check::Together(&["size", "kind"])),
        ("size", Check::Range(1, 9)),
        ("disk", Check::AtLeastOneOf(&["kind", "disk"])),
        ("kind size", Check::Length(0, 10)),
        ("disk.arn", Check::Arn),
        ("disk.kind", Check::Word(&["c"])),
    ];

    fn said(parts: Vec<(&'static str, Value)>) -> String {
        let mut object = object_of(&Value::null(SCHEMA.implied_type().clone()), &SCHEMA);
        parts.into_iter().for_each(|(name, value)| object.set(name, value));
        let problems = problems(CHECKS, &SCHEMA, &object_of(&object.value(), &SCHEMA));
        let said = problems.iter().map(|p| format!("{} {}", p.summary, p.detail).trim().to_string());
        said.collect::<Vec<_>>().join("; ")
    }

    fn disk(kind: Value, arn: &str) -> (&'static str, Value) {
        let block = Value::object(vec![("arn".into(), arn.into()), ("kind".into(), kind)]);
        ("disk", Value::tuple(vec![block]))
    }

    #[test]
    fn values_and_what_they_go_with() {
        let names = |names: &[&str]| ("names", Value::tuple(names.iter().map(|n| Value::string(*n)).collect()));
        let unknown = || Value::unknown(Type::String);
        let conflict = "Conflicting configuration arguments \"kind\": conflicts with";
        for (parts, expected) in [
            (vec![("kind", "a".into())], ""),
            (vec![("kind", "".into())], "expected kind to be one of [\"a\" \"b\"], got"),
            (vec![("kind", unknown())], ""),
            (vec![("kind", "c".into()), names(&[])], &format!("{conflict} names")),
            (vec![("kind", "a".into()), disk("c".into(), "")], &format!("{conflict} disk.0.kind")),
            (vec![("kind", "a".into()), disk(unknown(), "")], ""),
            (vec![("kind", unknown()), disk("c".into(), "")], ""),
            (vec![disk("d".into(), "")], "expected kind to be one of [\"c\"], got d"),
            (vec![disk("c".into(), "x")], "\"disk.0.arn\" (x) is an invalid ARN: arn: invalid prefix"),
            (
                vec![disk("c".into(), ""), names(&["ab", "abcd"])],
                "expected length of names.1 to be in the range (1 - 3), got abcd",
            ),
            (vec![], "Missing required argument \"disk\": one of `kind,disk` must be specified"),
            (
                vec![("size", Value::int(3)), disk("c".into(), "")],
                "Missing required argument \"size\": all of `size,kind` must be specified",
            ),
            (vec![("size", Value::int(10)), ("kind", unknown())], "expected size to be in the range (1 - 9), got 10"),
        ] {
            assert_eq!(said(parts), expected);
        }
    }

    /// Whether there is such an attribute or block.
    fn is_there(block: &Block, path: &str) -> bool {
        match path.split_once('.') {
            None => block.contains(path),
            // Some attributes are written as blocks.
            Some((outer, inner)) => match block.blocks.get(outer) {
                Some(nested) => is_there(&nested.block, inner),
                None => block.attributes.contains_key(outer),
            },
        }
    }

    #[test]
    fn tables_are_about_what_there_is() {
        use crate::providers::aws::registry;
        let resources = registry::RESOURCES
            .iter()
            .filter_map(|name| registry::resource(name).map(|t| (name, t.schema(), t.checks())));
        let data = registry::DATA_SOURCES.iter();
        let data = data.filter_map(|name| registry::data_source(name).map(|d| (name, d.schema(), d.checks())));
        let mut wrong = Vec::new();
        for (kind, schema, checks) in resources.chain(data) {
            for (names, check) in checks {
                let others: &[&str] = match check {
                    Check::Conflicts(names) | Check::AtLeastOneOf(names) | Check::Together(names) => names,
                    _ => &[],
                };
                let all = names.split(' ').chain(others.iter().copied());
                wrong.extend(all.filter(|name| !is_there(&schema.block, name)).map(|name| format!("{kind}: {name}")));
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }

    #[test]
    fn arns() {
        for (text, expected) in [
            ("", ""),
            ("arn:aws:iam::123456789012:role/x", ""),
            ("arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/x", ""),
            ("arn:aws:iam::aws:policy/x", ""),
            ("arn:aws:kms", "arn: not enough sections"),
            ("arn:aws:kms:nowhere::x", "invalid region value"),
            ("arn:aws:kms:eu-west-1::", "missing resource value"),
        ] {
            assert_eq!(arn(text).join("; "), expected, "{text}");
        }
        assert_eq!(arn("arn:foo:kms:bar:123:x").len(), 3);
    }
}
