//! Expressions as `configuration` shows them: what is constant in them, and what they refer to.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use smol_str::SmolStr;

use super::values::Known;
use crate::config::reference::{Reference, Subject};
use crate::lang::eval::evaluate;
use crate::lang::references::{references, visit};
use crate::lang::scope::Constants;
use crate::lang::{Type, Value, convert};
use crate::schema::{Block, Nesting};
use crate::syntax::ast::{Expr, ExprKind, ObjectItem, ObjectKey, Step, StepKind, Traversal};
use crate::syntax::body::{BlockContent, BlockSchema, ConfigBody};

/// An expression.
#[derive(Default)]
pub struct Expression {
    constant: Option<Value>,
    references: Vec<String>,
}

impl Expression {
    /// Whether nothing can be said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.constant.is_none() && self.references.is_empty()
    }

    /// What can be said about an expression without any scope.
    #[must_use]
    pub fn new(expr: &Expr) -> Self {
        Expression {
            constant: constant(expr),
            references: references(expr).into_iter().flat_map(reference_names).collect(),
        }
    }
}

/// The value of an expression that refers to nothing. Of JSON syntax strings as they are written: templates in
/// them only mean something where there is a scope.
fn constant(expr: &Expr) -> Option<Value> {
    let mut from_json = false;
    visit(expr, &mut |e, _| from_json |= matches!(e.kind, ExprKind::JsonString(..)));
    if from_json { literal(expr) } else { evaluate(expr, &Constants).ok().filter(Value::is_wholly_known) }
}

fn literal(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::JsonString(text, _) => Some(Value::string(text.clone())),
        ExprKind::Tuple(items) => items.iter().map(literal).collect::<Option<_>>().map(Value::tuple),
        ExprKind::Object(items) => {
            let entry = |item: &ObjectItem| {
                let key = match &item.key {
                    ObjectKey::Name(name) => name.name.clone(),
                    ObjectKey::Expr(key) => literal(key)?.as_str()?.clone(),
                };
                Some((key, literal(&item.value)?))
            };
            items.iter().map(entry).collect::<Option<_>>().map(Value::object)
        }
        _ => evaluate(expr, &Constants).ok(),
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(value) = &self.constant {
            map.serialize_entry("constant_value", &Known(value))?;
        }
        if !self.references.is_empty() {
            map.serialize_entry("references", &self.references)?;
        }
        map.end()
    }
}

/// The expressions in a body, by name.
pub type Expressions = BTreeMap<SmolStr, Node>;

/// What an argument or all blocks of a type amount to.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Node {
    /// An argument.
    Expression(Expression),
    /// A block that occurs once.
    Block(Expressions),
    /// Blocks in a row.
    List(Vec<Expressions>),
    /// Blocks by label.
    Map(BTreeMap<SmolStr, Expressions>),
}

/// The expressions of a body. What `dynamic` blocks generate is not among them.
#[must_use]
pub fn of_body(body: &ConfigBody, block: &Block) -> Expressions {
    let mut schema = block.body_schema();
    let written_as_blocks = |ty: &Type| matches!(ty, Type::List(t) | Type::Set(t) if matches!(**t, Type::Object(_)));
    let as_blocks = block.attributes.iter().filter(|(_, a)| a.nested.is_none() && written_as_blocks(&a.ty));
    schema.blocks.extend(as_blocks.map(|(name, _)| BlockSchema::new(name.clone(), &[])));
    let (content, _, _) = body.partial_content(&schema);
    let mut found: Expressions =
        content.attributes.into_iter().map(|(name, a)| (name, Node::Expression(Expression::new(&a.expr)))).collect();
    let mut of_attributes: BTreeMap<SmolStr, Vec<BlockContent>> = BTreeMap::new();
    for b in content.blocks {
        let Some(nested) = block.blocks.get(&b.kind) else {
            of_attributes.entry(b.kind.clone()).or_default().push(b);
            continue;
        };
        let expressions = of_body(&b.body, &nested.block);
        match (nested.nesting, found.get_mut(&b.kind)) {
            (Nesting::Single | Nesting::Group, _) => {
                found.insert(b.kind, Node::Block(expressions));
            }
            (Nesting::List | Nesting::Set, Some(Node::List(list))) => list.push(expressions),
            (Nesting::List | Nesting::Set, _) => {
                found.insert(b.kind, Node::List(vec![expressions]));
            }
            (Nesting::Map, Some(Node::Map(map))) => {
                map.extend(b.labels.first().map(|l| (l.name.clone(), expressions)));
            }
            (Nesting::Map, _) => {
                let entry = b.labels.first().map(|l| (l.name.clone(), expressions));
                found.insert(b.kind, Node::Map(entry.into_iter().collect()));
            }
        }
    }
    for (name, blocks) in of_attributes {
        if let Some(attribute) = block.attributes.get(&name) {
            let expression = of_attribute_blocks(&blocks, &attribute.ty);
            found.entry(name).or_insert(Node::Expression(expression));
        }
    }
    found
}

/// An attribute that is written as blocks, an object each.
fn of_attribute_blocks(blocks: &[BlockContent], ty: &Type) -> Expression {
    let Some(Type::Object(object)) = ty.element() else { return Expression::default() };
    let mut references = Vec::new();
    let mut objects = Some(Vec::new());
    for block in blocks {
        let (given, _) = block.body.just_attributes();
        let mut values = Some(Vec::new());
        for a in object.attributes() {
            let expression = given.get(&a.name).map(|g| Expression::new(&g.expr));
            let constant = match &expression {
                None => Some(Value::null(a.ty.clone())),
                Some(e) => e.constant.as_ref().and_then(|v| convert(v, &a.ty).ok()),
            };
            values = values.zip(constant).map(|(mut values, v)| {
                values.push((a.name.clone(), v));
                values
            });
            references.extend(expression.into_iter().flat_map(|e| e.references));
        }
        objects = objects.zip(values).map(|(mut objects, v)| {
            objects.push(Value::object(v));
            objects
        });
    }
    Expression { constant: objects.map(Value::tuple), references }
}

/// Everything that a reference names, from the whole to what it is part of: `var.a.b`, `var.a`.
fn reference_names(traversal: &Traversal) -> Vec<String> {
    let Ok(reference) = Reference::parse(traversal) else { return Vec::new() };
    let subject = subjects(&reference.subject);
    let Some(first) = subject.first() else { return Vec::new() };
    let longer = (1..=reference.rest.len()).rev().map(|n| with_steps(first, &reference.rest[..n]));
    longer.chain(subject.iter().cloned()).collect()
}

/// The names of a subject and of what it is an instance or output of.
fn subjects(subject: &Subject) -> Vec<String> {
    let with_key = |name: String, key: &Option<Value>| match key {
        Some(key) => vec![format!("{name}{}", bracketed(key)), name],
        None => vec![name],
    };
    match subject {
        Subject::Variable(name) => vec![format!("var.{name}")],
        Subject::Local(name) => vec![format!("local.{name}")],
        Subject::Count(name) => vec![format!("count.{name}")],
        Subject::Each(name) => vec![format!("each.{name}")],
        Subject::Path(name) => vec![format!("path.{name}")],
        Subject::Terraform(name) => vec![format!("terraform.{name}")],
        Subject::This => vec!["self".into()],
        Subject::Resource { resource, key } => with_key(resource.to_string(), key),
        Subject::Module { name, key, output: None } => with_key(format!("module.{name}"), key),
        Subject::Module { name, key, output: Some(output) } => {
            let instance = format!("module.{name}{}", key.as_ref().map_or_else(String::new, bracketed));
            vec![format!("{instance}.{output}"), instance]
        }
    }
}

fn bracketed(key: &Value) -> String {
    crate::graph::InstanceKey::from_value(key).map_or_else(String::new, |key| key.to_string())
}

fn with_steps(subject: &str, steps: &[Step]) -> String {
    let mut out = subject.to_owned();
    for step in steps {
        // Writing to a string can't fail.
        let _ = match &step.kind {
            StepKind::Attr(name) => write!(out, ".{name}"),
            StepKind::Key(key) => write!(out, "{}", crate::graph::InstanceKey::Name(key.clone())),
            StepKind::Index { number, .. } => write!(out, "[{number}]"),
        };
    }
    out
}

/// The subjects of `depends_on`.
#[must_use]
pub fn dependencies(traversals: &[Traversal]) -> Vec<String> {
    let named = traversals.iter().filter_map(|t| Reference::parse(t).ok());
    named.filter_map(|r| subjects(&r.subject).pop()).collect()
}
