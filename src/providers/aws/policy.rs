//! Policy documents: JSON that means the same although it is written differently, and the two ways in which Terraform's
//! provider writes it into state.
//!
//! Facts: the behaviour of hashicorp/aws 5.100 and of awspolicyequivalence, which it compares documents with.

use serde_json::{Map, Value as Json, json};

use crate::lang::Value;

use super::object::Object;

/// How a document is written into state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All keys in alphabetical order.
    Sorted,
    /// The same with the version in front, if it is the current one: some of AWS's parsers want it there.
    VersionFirst,
}

/// The version that documents have now.
const VERSION: &str = "2012-10-17";

/// For [`crate::schema::Attribute::normalise`]: documents with the same outcome mean the same.
#[must_use]
pub fn meaning(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if !value.is_null() => Value::string(meaning_of(text)),
        _ => value.clone(),
    }
}

/// Whether two documents mean the same.
#[must_use]
pub fn is_same(a: &str, b: &str) -> bool {
    a == b || meaning_of(a) == meaning_of(b)
}

/// A document in the form that it has in state. What isn't JSON stays as it is.
#[must_use]
pub fn write(text: &str, form: Form) -> String {
    match serde_json::from_str::<Json>(text) {
        Ok(document) => go_text(&in_order(document, form)),
        Err(_) => text.into(),
    }
}

/// What is to be in state after a read: what was there if it means the same, else what AWS has.
#[must_use]
pub fn kept(before: &str, now: &str, form: Form) -> String {
    let is_empty = |text: &str| matches!(text.trim(), "" | "{}");
    if is_empty(now) {
        return now.trim().into();
    }
    write(if !is_empty(before) && is_same(before, now) { before } else { now }, form)
}

/// Puts a planned document into the form that it will have in state, unless it is the one that is there.
pub fn plan(planned: &mut Object, prior: Option<&Object>, name: &'static str, form: Form) {
    let Some(text) = planned.get(name).and_then(Value::as_str).map(ToString::to_string) else { return };
    if prior.is_none_or(|p| p.str(name) != text) {
        planned.set(name, write(&text, form));
    }
}

/// A document that IAM answers with: they come percent-encoded.
#[must_use]
pub fn decoded(text: &str) -> String {
    if text.trim_start().starts_with('{') {
        return text.into();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, code) {
            (b'%', Some(code)) => {
                out.push(code);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.into())
}

/// What is wrong with a document that a configuration has.
#[must_use]
pub fn problems(path: &str, text: &str) -> Vec<String> {
    let text = text.trim();
    let what = match text.chars().next() {
        None => "is an empty string, which is not a valid JSON value".to_string(),
        Some('{') => match serde_json::from_str::<Json>(text) {
            Ok(_) => return Vec::new(),
            Err(error) => format!("contains an invalid JSON policy: {error}"),
        },
        Some('[') => "contains an invalid JSON policy: contains a JSON array, not a JSON object".to_string(),
        Some('"') => {
            "contains an invalid JSON policy: contains a JSON-encoded string, not a JSON-encoded object".to_string()
        }
        Some(_) => "contains an invalid JSON policy: not a JSON object".to_string(),
    };
    vec![format!("{path:?} {what}")]
}

/// What is wrong with a text that should be JSON, or nothing.
#[must_use]
pub fn json_problems(path: &str, text: &str) -> Vec<String> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err().filter(|_| !text.is_empty());
    error.map(|error| format!("{path:?} contains an invalid JSON: {error}")).into_iter().collect()
}

/// JSON as Go's library writes it, which Terraform's provider is written in.
#[must_use]
pub fn go_text(document: &Json) -> String {
    escaped(&document.to_string())
}

/// [`go_text`], indented by two spaces.
#[must_use]
pub fn go_text_indented(document: &Json) -> String {
    escaped(&serde_json::to_string_pretty(document).unwrap_or_default())
}

/// These characters occur in texts only.
fn escaped(text: &str) -> String {
    let codes =
        [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")];
    codes.iter().fold(text.to_string(), |text, (c, code)| if text.contains(*c) { text.replace(*c, code) } else { text })
}

fn in_order(document: Json, form: Form) -> Json {
    let Json::Object(sorted) = sorted(document) else { return Json::Null };
    if form == Form::Sorted || sorted.get("Version").and_then(Json::as_str) != Some(VERSION) {
        return Json::Object(sorted);
    }
    let mut first = Map::from_iter([("Version".to_string(), json!(VERSION))]);
    first.extend(sorted.into_iter().filter(|(key, _)| key != "Version"));
    Json::Object(first)
}

fn sorted(value: Json) -> Json {
    match value {
        Json::Object(map) => {
            let mut entries: Vec<(String, Json)> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(entries.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// A text that all documents with the same meaning have in common. What isn't a policy means itself.
fn meaning_of(text: &str) -> String {
    match text.trim() {
        "" | "{}" => return "{}".into(),
        _ => {}
    }
    let document: Option<Json> = serde_json::from_str(text).ok();
    document.as_ref().and_then(normal_document).map_or_else(|| text.into(), |d| d.to_string())
}

/// Keys are those of policies in whatever case, and anything else doesn't count.
fn part<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

fn normal_document(document: &Json) -> Option<Json> {
    let document = document.as_object()?;
    let mut statements: Vec<String> = match part(document, "Statement")? {
        Json::Array(statements) => statements.iter().map(normal_statement).collect::<Option<_>>()?,
        statement => vec![normal_statement(statement)?],
    };
    statements.sort_unstable();
    let text = |name| part(document, name).and_then(Json::as_str).unwrap_or_default();
    Some(json!([text("Version"), text("Id"), statements]))
}

fn normal_statement(statement: &Json) -> Option<String> {
    let statement = statement.as_object()?;
    let text = |name| part(statement, name).and_then(Json::as_str).unwrap_or_default();
    let texts = |name| part(statement, name).map_or_else(Vec::new, |v| texts(v, str::to_string));
    let principals = |name| part(statement, name).map_or(Json::Null, normal_principals);
    let normal = json!([
        text("Sid"),
        text("Effect").to_ascii_lowercase(),
        texts("Action"),
        texts("NotAction"),
        texts("Resource"),
        texts("NotResource"),
        principals("Principal"),
        principals("NotPrincipal"),
        part(statement, "Condition").map_or(Json::Null, normal_conditions),
    ]);
    Some(normal.to_string())
}

/// A text or a list of texts, in order.
fn texts(value: &Json, normal: impl Fn(&str) -> String) -> Vec<String> {
    let one = |v: &Json| v.as_str().map_or_else(|| v.to_string(), &normal);
    let mut texts: Vec<String> = match value {
        Json::Array(items) => items.iter().map(one).collect(),
        Json::Null => Vec::new(),
        value => vec![one(value)],
    };
    texts.sort_unstable();
    texts
}

/// By kind; a kind without any is none at all.
fn normal_principals(principals: &Json) -> Json {
    let Json::Object(kinds) = principals else {
        return principals.as_str().map_or(Json::Null, |p| json!(principal(p)));
    };
    let mut kinds: Vec<(&String, Vec<String>)> = kinds.iter().map(|(k, v)| (k, texts(v, principal))).collect();
    kinds.retain(|(_, texts)| !texts.is_empty());
    kinds.sort_unstable();
    if kinds.is_empty() { Json::Null } else { json!(kinds) }
}

/// AWS makes the ARN of its root user from an account's number.
fn principal(text: &str) -> String {
    let is_account = |t: &str| t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", _, account, "root"] => format!("account {account}"),
        _ if is_account(text) => format!("account {text}"),
        _ => text.to_string(),
    }
}

fn normal_conditions(conditions: &Json) -> Json {
    let Json::Object(tests) = conditions else { return conditions.clone() };
    let by_variable = |variables: &Json| match variables {
        Json::Object(variables) => {
            let listed =
                |v: &Json| if v.is_string() || v.is_array() { json!(texts(v, str::to_string)) } else { v.clone() };
            Json::Object(variables.iter().map(|(k, v)| (k.clone(), listed(v))).collect())
        }
        other => other.clone(),
    };
    sorted(Json::Object(tests.iter().map(|(test, variables)| (test.clone(), by_variable(variables))).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(parts: &str) -> String {
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{parts}}}]}}"#)
    }

    #[test]
    fn order_and_single_values_make_no_difference() {
        let a = statement(r#""Action":["b","a"],"Resource":"*""#);
        let b = r#"{"Statement": {"Resource":["*"], "Action":["a","b"], "Effect":"allow"}, "Version":"2012-10-17"}"#;
        assert!(is_same(&a, b));
        assert!(!is_same(&a, &statement(r#""Action":["a"],"Resource":"*""#)));
        assert!(is_same("", "{}"));
        assert!(!is_same("", &a));
    }

    #[test]
    fn an_account_is_its_root_user() {
        let a = statement(r#""Principal":{"AWS":["123456789012"]}"#);
        assert!(is_same(&a, &statement(r#""Principal":{"AWS":"arn:aws:iam::123456789012:root"}"#)));
        assert!(!is_same(&a, &statement(r#""Principal":{"AWS":"arn:aws:iam::123456789013:root"}"#)));
        assert!(!is_same(&a, &statement(r#""Principal":"*""#)));
        assert!(is_same(&statement(r#""Principal":{"AWS":[]}"#), &statement(r#""Principal":{}"#)));
    }

    #[test]
    fn conditions_and_statements_are_unordered() {
        let a = statement(r#""Condition":{"StringEquals":{"a":["y","x"]},"Bool":{"b":"true"}}"#);
        assert!(is_same(&a, &statement(r#""Condition":{"Bool":{"b":["true"]},"StringEquals":{"a":["x","y"]}}"#)));
        assert!(!is_same(&a, &statement(r#""Condition":{"Bool":{"b":"false"},"StringEquals":{"a":["x","y"]}}"#)));
        let two = r#"{"Statement":[{"Sid":"a"},{"Sid":"b"}]}"#;
        assert!(is_same(two, r#"{"Statement":[{"Sid":"b"},{"Sid":"a"}]}"#));
    }

    #[test]
    fn written_as_terraforms_provider_does() {
        let text = r#"{"Version":"2012-10-17", "Statement":[{"Resource":"<&>","Action":"x"}]}"#;
        let sorted = r#"{"Statement":[{"Action":"x","Resource":"\u003c\u0026\u003e"}],"Version":"2012-10-17"}"#;
        assert_eq!(write(text, Form::Sorted), sorted);
        let first = r#"{"Version":"2012-10-17","Statement":[{"Action":"x","Resource":"\u003c\u0026\u003e"}]}"#;
        assert_eq!(write(text, Form::VersionFirst), first);
        assert_eq!(kept(text, sorted, Form::Sorted), sorted);
        assert_eq!(kept(text, "{}", Form::Sorted), "{}");
        assert_eq!(decoded("%7B%22a%22%3A+1%7D%zz"), "{\"a\": 1}%zz");
    }
}
