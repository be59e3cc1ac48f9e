//! The data source `aws_iam_policy_document`: JSON from blocks.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::policy::{go_text, go_text_indented, json_problems};
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{
    computed, id, list_block, optional, required, schema, set_block, string_set, strings,
};
use crate::schema::Schema;

/// The data source `aws_iam_policy_document`.
pub struct PolicyDocument;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let principals = || [required("identifiers", string_set()), required("type", Type::String)];
    schema(
        0,
        [
            id(),
            computed("json", Type::String),
            computed("minified_json", Type::String),
            optional("override_json", Type::String).deprecated("Not used"),
            optional("override_policy_documents", strings()),
            optional("policy_id", Type::String),
            optional("source_json", Type::String).deprecated("Not used"),
            optional("source_policy_documents", strings()),
            list_block(
                "statement",
                [
                    optional("actions", string_set()),
                    set_block(
                        "condition",
                        [
                            required("test", Type::String),
                            required("values", strings()),
                            required("variable", Type::String),
                        ],
                    ),
                    optional("effect", Type::String).default("Allow"),
                    optional("not_actions", string_set()),
                    set_block("not_principals", principals()),
                    optional("not_resources", string_set()),
                    set_block("principals", principals()),
                    optional("resources", string_set()),
                    optional("sid", Type::String),
                ],
            ),
            optional("version", Type::String).default(CURRENT),
        ],
    )
});

const CURRENT: &str = "2012-10-17";
const OLD: &str = "2008-10-17";

/// The parts of a statement in the order in which they are written.
const PARTS: [&str; 9] =
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];

/// A policy document that is being put together.
#[derive(Default)]
struct Document {
    version: String,
    id: String,
    statements: Vec<Map<String, Json>>,
}

fn sid(statement: &Map<String, Json>) -> &str {
    statement.get("Sid").and_then(Json::as_str).unwrap_or_default()
}

impl Document {
    /// Takes over another document: its statements replace those with the same sid.
    fn merge(&mut self, other: Document) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        if other.version > self.version {
            self.version = other.version;
        }
        for statement in other.statements {
            let known = self.statements.iter_mut().find(|s| !sid(s).is_empty() && sid(s) == sid(&statement));
            match known {
                Some(known) => *known = statement,
                None => self.statements.push(statement),
            }
        }
    }

    /// Reads a document that is given as JSON.
    fn parse(text: &str) -> Result<Self, String> {
        let json: Json = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let part = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_string();
        let statements = match json.get("Statement") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(statements)) => statements.iter().map(parsed_statement).collect::<Result<_, _>>()?,
            Some(statement) => vec![parsed_statement(statement)?],
        };
        Ok(Document { version: part("Version"), id: part("Id"), statements })
    }

    fn json(self) -> Json {
        let mut json = Map::new();
        let parts = [("Version", self.version), ("Id", self.id)];
        json.extend(parts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(k, v)| (k.to_string(), json!(v))));
        if !self.statements.is_empty() {
            json.insert("Statement".into(), self.statements.into_iter().map(Json::Object).collect());
        }
        Json::Object(json)
    }
}

fn parsed_statement(statement: &Json) -> Result<Map<String, Json>, String> {
    let Json::Object(given) = statement else { return Err(format!("{statement} is not a statement")) };
    let mut parts = Map::new();
    for name in PARTS {
        let Some(value) = given.get(name).filter(|v| !v.is_null() && **v != json!("")) else { continue };
        let value = match name {
            "Principal" | "NotPrincipal" => parsed_principals(value)?,
            "Condition" => parsed_conditions(value),
            _ => value.clone(),
        };
        parts.insert(name.into(), value);
    }
    Ok(parts)
}

/// Several identifiers are in reverse order.
fn parsed_principals(principals: &Json) -> Result<Json, String> {
    let Json::Object(kinds) = principals else {
        return if principals.is_string() { Ok(json!("*")) } else { Err(format!("{principals} are not principals")) };
    };
    if kinds.len() == 1 && kinds.get("*").is_some_and(|v| *v == json!("*") || *v == json!(["*"])) {
        return Ok(json!("*"));
    }
    let mut sorted = BTreeMap::new();
    for (kind, identifiers) in kinds {
        let identifiers = match identifiers {
            Json::Array(items) => {
                let text = |v: &Json| v.as_str().map(ToString::to_string).ok_or(format!("{v} is not a principal"));
                json!(reversed(items.iter().map(text).collect::<Result<_, _>>()?))
            }
            other => other.clone(),
        };
        sorted.insert(kind.clone(), identifiers);
    }
    Ok(json!(sorted))
}

fn parsed_conditions(conditions: &Json) -> Json {
    let mut written = Conditions::default();
    for (test, variables) in conditions.as_object().into_iter().flatten() {
        for (variable, values) in variables.as_object().into_iter().flatten() {
            let text = |v: &Json| v.as_str().map(ToString::to_string);
            let values = match values {
                Json::String(value) => vec![value.clone()],
                Json::Bool(value) => vec![value.to_string()],
                Json::Array(values) => values.iter().filter_map(text).collect(),
                _ => continue,
            };
            written.add(test, variable, values);
        }
    }
    written.json()
}

/// Conditions by test and variable.
#[derive(Default)]
struct Conditions(BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl Conditions {
    fn add(&mut self, test: &str, variable: &str, values: Vec<String>) {
        self.0.entry(test.into()).or_default().entry(variable.into()).or_default().extend(values);
    }

    fn json(self) -> Json {
        let one = |variables: BTreeMap<String, Vec<String>>| {
            variables.into_iter().map(|(variable, values)| (variable, single(values))).collect::<Map<_, _>>()
        };
        Json::Object(self.0.into_iter().map(|(test, variables)| (test, Json::Object(one(variables)))).collect())
    }
}

/// A list of one is written without the list.
fn single(mut texts: Vec<String>) -> Json {
    if texts.len() == 1 { json!(texts.remove(0)) } else { json!(texts) }
}

fn reversed(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable_by(|a, b| b.cmp(a));
    texts
}

/// `&{` stands for `${`, which is something else in the configuration language.
fn with_variables(texts: Vec<String>, version: &str) -> Result<Vec<String>, String> {
    let one = |text: String| match text.contains("&{") {
        true if version == OLD => {
            Err(format!("found &{{ sequence in ({text}), which is not supported in document version {OLD}"))
        }
        _ => Ok(text.replace("&{", "${")),
    };
    texts.into_iter().map(one).collect()
}

/// What a block says.
fn statement(block: &Object, version: &str) -> Result<Map<String, Json>, String> {
    let named = |name: &str, result: Result<_, String>| result.map_err(|e| format!("reading {name}: {e}"));
    let texts = |name: &str| reversed(block.texts(name));
    let resources = |name: &str| named(name, with_variables(texts(name), version));
    let principals = |name: &str| {
        let made = principals(block.blocks(name), version);
        made.map_err(|e| format!("reading {name}: {e}"))
    };
    let conditions = conditions(block.blocks("condition"), version).map_err(|e| format!("reading condition: {e}"))?;
    let text = |text: &str| Some(text).filter(|t| !t.is_empty()).map(|t| json!(t));
    let list = |texts: Vec<String>| if texts.is_empty() { None } else { Some(single(texts)) };
    let values = [
        text(block.str("sid")),
        text(block.str("effect")),
        list(texts("actions")),
        list(texts("not_actions")),
        list(resources("resources")?),
        list(resources("not_resources")?),
        principals("principals")?,
        principals("not_principals")?,
        conditions,
    ];
    let parts = PARTS.into_iter().zip(values);
    Ok(parts.filter_map(|(name, value)| Some((name.to_string(), value?))).collect())
}

fn principals(blocks: Vec<Object>, version: &str) -> Result<Option<Json>, String> {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for block in in_set_order(blocks, |b| {
        format!("identifiers:{{{}}};type:{};", set_text(b.texts("identifiers")), b.str("type"))
    }) {
        let identifiers = with_variables(reversed(block.texts("identifiers")), version)?;
        kinds.entry(block.str("type").into()).or_default().extend(identifiers);
    }
    if kinds.is_empty() {
        return Ok(None);
    }
    if kinds.len() == 1 && kinds.get("*").is_some_and(|i| i == &["*"]) {
        return Ok(Some(json!("*")));
    }
    Ok(Some(Json::Object(kinds.into_iter().map(|(kind, identifiers)| (kind, single(identifiers))).collect())))
}

fn conditions(blocks: Vec<Object>, version: &str) -> Result<Option<Json>, String> {
    let mut written = Conditions::default();
    let text = |b: &Object| {
        let values: String = b.texts("values").iter().map(|v| format!("{v};")).collect();
        format!("test:{};values:({values});variable:{};", b.str("test"), b.str("variable"))
    };
    for block in in_set_order(blocks, text) {
        written.add(block.str("test"), block.str("variable"), with_variables(block.texts("values"), version)?);
    }
    Ok(if written.0.is_empty() { None } else { Some(written.json()) })
}

/// The order that elements of a set have in Terraform's provider: that of their checksums, as texts.
fn in_set_order(mut blocks: Vec<Object>, text: impl Fn(&Object) -> String) -> Vec<Object> {
    blocks.sort_by_cached_key(|block| checksum(&text(block)).to_string());
    blocks
}

fn set_text(mut texts: Vec<String>) -> String {
    texts.sort_by_cached_key(|text| checksum(&format!("{text};")).to_string());
    texts.iter().map(|text| format!("{text};")).collect()
}

fn checksum(text: &str) -> u32 {
    crc32fast::hash(text.as_bytes())
}

/// Puts all documents together: what others are added to, the statements here, and what replaces them.
fn merged(object: &Object, statements: &[Object], version: &str) -> Result<Document, String> {
    let mut whole = Document::default();
    let mut sids = HashSet::new();
    for (i, text) in documents(object, "source_policy_documents").iter().enumerate() {
        let document = Document::parse(text).map_err(|e| format!("merging source document {i}: {e}"))?;
        for (n, statement) in document.statements.iter().enumerate() {
            let sid = sid(statement);
            if !sid.is_empty() && !sids.insert(sid.to_string()) {
                return Err(format!(
                    "merging source document {i}: duplicate Sid ({sid}) in source_policy_documents (statement {n}). Remove \
                     the Sid or ensure Sids are unique."
                ));
            }
        }
        whole.merge(document);
    }
    let mut sids = HashSet::new();
    for sid in statements.iter().map(|s| s.str("sid")).filter(|sid| !sid.is_empty()) {
        if !sids.insert(sid) {
            return Err(format!("duplicate Sid ({sid}). Remove the Sid or ensure the Sid is unique."));
        }
    }
    whole.merge(Document {
        version: version.into(),
        id: object.str("policy_id").into(),
        statements: statements.iter().map(|s| statement(s, version)).collect::<Result<_, _>>()?,
    });
    for (i, text) in documents(object, "override_policy_documents").iter().enumerate() {
        whole.merge(Document::parse(text).map_err(|e| format!("merging override document {i}: {e}"))?);
    }
    Ok(whole)
}

fn documents(object: &Object, name: &str) -> Vec<String> {
    object.texts(name).into_iter().filter(|text| !text.is_empty()).collect()
}

const CHECKS: Checks = &[
    ("override_json source_json", Check::Text(must_be_empty)),
    ("override_policy_documents source_policy_documents", Check::Text(json_problems)),
    ("statement.effect", Check::OneOf(&["Allow", "Deny"])),
    ("version", Check::OneOf(&[OLD, CURRENT])),
];

/// These arguments are there no more.
fn must_be_empty(path: &str, text: &str) -> Vec<String> {
    let problem = || format!("expected {path:?} to be an empty string: got {text}");
    if text.is_empty() { Vec::new() } else { vec![problem()] }
}

#[async_trait]
impl DataSource for PolicyDocument {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, _: &Aws, object: &mut Object) -> Outcome<()> {
        let version = object.text("version").unwrap_or_else(|| CURRENT.into());
        let mut statements = object.blocks("statement");
        for statement in &mut statements {
            if statement.text("effect").is_none() {
                statement.set("effect", "Allow");
            }
        }
        let failed = |what: String| Failure::new(format!("writing IAM Policy Document: {what}"));
        let json = merged(object, &statements, &version).map_err(failed)?.json();
        let text = go_text_indented(&json);
        object.set("id", checksum(&text).to_string());
        object.set("json", text);
        object.set("minified_json", go_text(&json));
        object.set("version", version);
        match statements.is_empty() {
            true => object.unset("statement"),
            false => object.set("statement", statements),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Value;

    fn texts(texts: &[&str]) -> Value {
        Value::list(Type::String, texts.iter().map(|t| Value::string(*t)).collect())
    }

    fn principals(kind: &str, identifiers: &[&str]) -> Object {
        Object::block().with("type", kind).with("identifiers", texts(identifiers))
    }

    fn condition(variable: &str, values: &[&str]) -> Object {
        Object::block().with("test", "StringLike").with("variable", variable).with("values", texts(values))
    }

    /// What Terraform's provider has made of the same blocks.
    const WRITTEN: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["a","b"],"Resource":"*","Principal":{"AWS":["z","y"],"Service":"x"},"Condition":{"Bool":{"aws:SecureTransport":"true"}}},{"Sid":"A2","Effect":"Allow","Action":["s3:B","s3:A"],"Resource":"arn:aws:s3:::x/${aws:username}/\u003c\u003e","Principal":{"AWS":["e","d","c","b","a"],"Service":"s"},"Condition":{"StringLike":{"v":["b","a","c"],"w":[]}}},{"Effect":"Allow","NotPrincipal":"*"}]}"#;

    #[test]
    fn documents_are_written_as_terraforms_provider_does() {
        let source = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["a","b"],"Resource":"*","Principal":{"AWS":["z","y"],"Service":"x"},"Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"x":5}}}]}"#;
        let object = Object::block().with("source_policy_documents", texts(&[source]));
        let named =
            [principals("AWS", &["b", "a"]), principals("AWS", &["c", "d", "e"]), principals("Service", &["s"])];
        let conditions = vec![condition("v", &["b", "a"]), condition("v", &["c"]), condition("w", &[])];
        let first = Object::block()
            .with("sid", "A2")
            .with("effect", "Allow")
            .with("actions", texts(&["s3:A", "s3:B"]))
            .with("resources", texts(&["arn:aws:s3:::x/&{aws:username}/<>"]))
            .with("principals", named.to_vec())
            .with("condition", conditions);
        let second = Object::block().with("effect", "Allow").with("not_principals", vec![principals("*", &["*"])]);
        let statements = [first, second];
        let json = merged(&object, &statements, CURRENT).map(Document::json);
        assert_eq!(json.as_ref().map(go_text).as_deref(), Ok(WRITTEN));
        assert_eq!(json.map(|json| checksum(&go_text_indented(&json))), Ok(2_260_362_882));
        assert!(merged(&object, &statements, OLD).is_err(), "variables are newer");
    }

    #[test]
    fn documents_are_merged_by_sid() {
        let parse = |text| Document::parse(text).unwrap_or_default();
        let mut whole =
            parse(r#"{"Version":"2008-10-17","Statement":[{"Sid":"a","Effect":"Allow"},{"Effect":"Deny"}]}"#);
        whole.merge(parse(
            r#"{"Version":"2012-10-17","Id":"i","Statement":[{"Sid":"a","Effect":"Deny"},{"Effect":"Deny"}]}"#,
        ));
        let expected = r#"{"Version":"2012-10-17","Id":"i","Statement":[{"Sid":"a","Effect":"Deny"},{"Effect":"Deny"},{"Effect":"Deny"}]}"#;
        assert_eq!(whole.json().to_string(), expected);
    }
}
