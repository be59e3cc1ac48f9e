//! A body of the configuration becomes the object value that its schema describes. `dynamic`
//! blocks are expanded on the way.

use std::sync::{Arc, LazyLock};

use smol_str::SmolStr;

use crate::lang::eval::evaluate_partial;
use crate::lang::references::references;
use crate::lang::{Host, Marks, Scope, Type, Value, convert};
use crate::schema::written_as_blocks::{WrittenAsBlocks, body_schema};
use crate::schema::{Attribute, Block, NestedBlock, Nesting};
use crate::syntax::ast::{Expr, ExprKind, Traversal};
use crate::syntax::body::{BlockContent, BodySchema, ConfigBody, Content};
use crate::syntax::{Diagnostic, Diagnostics, Span};

/// The object value of a body. Parts in error are unknown.
pub fn decode_body(body: &ConfigBody, block: &Block, scope: &dyn Scope) -> (Value, Diagnostics) {
    let mut decoder = Decoder { diagnostics: Diagnostics::new(), depth: 0 };
    let value = decoder.body(body, block, scope);
    (value, decoder.diagnostics)
}

/// A scope with the iterator of a `dynamic` block in it.
pub struct DynamicScope<'s> {
    outer: &'s dyn Scope,
    name: SmolStr,
    value: Value,
}

impl<'s> DynamicScope<'s> {
    /// Within `outer`, `name` is an object with `key` and `value`.
    pub fn new(outer: &'s dyn Scope, name: SmolStr, key: Value, value: Value) -> Self {
        let value = Value::object(vec![("key".into(), key), ("value".into(), value)]);
        DynamicScope { outer, name, value }
    }
}

impl Scope for DynamicScope<'_> {
    fn resolve(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        if reference.root.name == self.name { Ok((self.value.clone(), 0)) } else { self.outer.resolve(reference) }
    }

    fn resolve_element(&self, reference: &Traversal, key: &Value) -> Option<Value> {
        if reference.root.name == self.name { None } else { self.outer.resolve_element(reference, key) }
    }

    fn host(&self) -> &dyn Host {
        self.outer.host()
    }
}

/// Blocks of one type that a body amounts to, `dynamic` ones expanded; unknown from some point on
/// if what a `dynamic` block iterates is.
struct Expanded {
    values: Vec<(SmolStr, Value)>,
    unknown: bool,
    marks: Marks,
    count: usize,
}

/// Blocks may be generated in blocks that are generated.
const MAX_DEPTH: usize = 64;
/// `dynamic` blocks make at most so many blocks of one type in one place.
const MAX_BLOCKS: usize = 100_000;

struct Decoder {
    diagnostics: Diagnostics,
    depth: usize,
}

impl Decoder {
    fn body(&mut self, body: &ConfigBody, block: &Block, scope: &dyn Scope) -> Value {
        let (schema, written) = body_schema(body, block);
        let (content, diagnostics) = body.content(&schema);
        self.diagnostics.extend(diagnostics);
        let mut attributes = Vec::with_capacity(block.attributes.len() + block.blocks.len());
        for (name, attribute) in &block.attributes {
            let value = match written.get(name).filter(|_| has_blocks(&content, name)) {
                Some(nested) => match self.nested(name, nested, &content, scope) {
                    // To generate no block is to write none.
                    none if none.len() == Some(0) => Value::null(attribute.ty.clone()),
                    blocks => blocks,
                },
                None => self.attribute(name, attribute, &content, scope),
            };
            attributes.push((name.clone(), value));
        }
        self.check_dynamic_types(block, &written, &content);
        for (name, nested) in &block.blocks {
            attributes.push((name.clone(), self.nested(name, nested, &content, scope)));
        }
        Value::object(attributes)
    }

    fn attribute(&mut self, name: &str, schema: &Attribute, content: &Content, scope: &dyn Scope) -> Value {
        let Some(given) = content.attributes.get(name) else {
            return if schema.required { Value::unknown(schema.ty.clone()) } else { Value::null(schema.ty.clone()) };
        };
        let value = self.evaluate(&given.expr, scope);
        match convert(&value, &schema.ty) {
            Ok(v) => {
                if v.is_null() && schema.required {
                    let detail = format!("The argument {name:?} is required, but no definition was found.");
                    self.diagnostics.push(Diagnostic::error("Missing required argument", detail).at(given.span));
                }
                v
            }
            Err(e) => {
                let detail = format!("Inappropriate value for attribute {name:?}: {e}.");
                self.diagnostics.push(Diagnostic::error("Incorrect attribute value type", detail).at(given.expr.span));
                Value::unknown(schema.ty.clone())
            }
        }
    }

    fn evaluate(&mut self, expr: &Expr, scope: &dyn Scope) -> Value {
        let (value, diagnostics) = evaluate_partial(expr, scope);
        self.diagnostics.extend(diagnostics);
        value
    }

    /// `dynamic` must name a type of block that the schema has.
    fn check_dynamic_types(&mut self, block: &Block, written: &WrittenAsBlocks, content: &Content) {
        for dynamic in content.blocks.iter().filter(|b| b.kind == "dynamic") {
            let Some(label) = dynamic.labels.first() else { continue };
            if !block.blocks.contains_key(&label.name) && !written.contains_key(&label.name) {
                let detail = format!("Blocks of type {:?} are not expected here.", label.name.as_str());
                self.diagnostics.push(Diagnostic::error("Unsupported block type", detail).at(label.span));
            }
        }
    }

    fn nested(&mut self, name: &str, nested: &NestedBlock, content: &Content, scope: &dyn Scope) -> Value {
        let mut found = Expanded { values: Vec::new(), unknown: false, marks: Marks::NONE, count: 0 };
        for b in &content.blocks {
            if b.kind == name {
                let key = b.labels.first().map_or_else(SmolStr::default, |l| l.name.clone());
                let value = self.body(&b.body, &nested.block, scope);
                found.values.push((key, value));
                found.count += 1;
            } else if b.kind == "dynamic" && b.labels.first().is_some_and(|l| l.name == name) {
                self.dynamic(b, nested, scope, &mut found);
            }
        }
        self.check_count(name, nested, &found, content);
        gather(nested, found)
    }

    fn check_count(&mut self, name: &str, nested: &NestedBlock, found: &Expanded, content: &Content) {
        if found.count < nested.min && !found.unknown {
            let plural = if nested.min == 1 { "block is" } else { "blocks are" };
            let (summary, detail) = match nested.nesting {
                Nesting::Single | Nesting::Group => {
                    (format!("Missing {name} block"), format!("A block of type {name:?} is required here."))
                }
                _ => (
                    format!("Insufficient {name} blocks"),
                    format!("At least {} {name:?} {plural} required.", nested.min),
                ),
            };
            self.diagnostics.push(Diagnostic::error(summary, detail).at(content.missing_item_span));
        }
        let single = matches!(nested.nesting, Nesting::Single | Nesting::Group);
        let max = if single { 1 } else { nested.max };
        if max > 0 && found.count > max {
            let extra = content
                .blocks
                .iter()
                .filter(|b| b.kind == name)
                .nth(max)
                .map_or(content.missing_item_span, |b| b.def_span);
            let (summary, detail) = match single {
                true => (format!("Duplicate {name} block"), format!("Only one block of type {name:?} is allowed.")),
                false => (format!("Too many {name} blocks"), format!("No more than {max} {name:?} blocks are allowed")),
            };
            self.diagnostics.push(Diagnostic::error(summary, detail).at(extra));
        }
    }

    /// Expands a `dynamic` block.
    fn dynamic(&mut self, block: &BlockContent, nested: &NestedBlock, scope: &dyn Scope, found: &mut Expanded) {
        let (content, diagnostics) = block.body.content(&DYNAMIC);
        let failed = diagnostics.has_errors();
        self.diagnostics.extend(diagnostics);
        let (Some(for_each), Some(template)) =
            (content.attributes.get("for_each"), content.blocks.iter().find(|b| b.kind == "content"))
        else {
            if !failed {
                let detail = "A dynamic block must have exactly one nested block of type \"content\".";
                self.diagnostics.push(Diagnostic::error("Missing content block", detail).at(block.def_span));
            }
            found.unknown = true;
            return;
        };
        if self.depth >= MAX_DEPTH {
            let detail = format!("Dynamic blocks are nested more than {MAX_DEPTH} deep.");
            self.diagnostics.push(Diagnostic::error("Dynamic blocks too deep", detail).at(block.def_span));
            return;
        }
        let Some(name) = self.iterator_name(block, &content) else {
            found.unknown = true;
            return;
        };
        let before = self.diagnostics.0.len();
        let collection = self.evaluate(&for_each.expr, scope);
        if self.diagnostics.0.len() > before {
            found.unknown = true;
            return;
        }
        let Some((collection, marks)) = self.iterable(collection, for_each.expr.span) else {
            found.unknown = true;
            return;
        };
        found.marks |= marks;
        self.depth += 1;
        if collection.is_known() {
            for (key, value) in collection.iterate().into_iter().take(MAX_BLOCKS + 1) {
                if found.count >= MAX_BLOCKS {
                    let detail = format!("A dynamic block makes more than {MAX_BLOCKS} blocks here.");
                    self.diagnostics.push(Diagnostic::error("Too many blocks", detail).at(for_each.expr.span));
                    break;
                }
                let scope = DynamicScope::new(scope, name.clone(), key.clone(), value);
                let label = self.label(&content, nested, &scope, &key);
                let value = self.body(&template.body, &nested.block, &scope);
                found.values.push((label, value));
                found.count += 1;
            }
        } else {
            // The content is still checked, with nothing known of the iterator.
            let scope = DynamicScope::new(scope, name, Value::dynamic(), Value::dynamic());
            self.body(&template.body, &nested.block, &scope);
            found.unknown = true;
        }
        self.depth -= 1;
    }

    /// The name that the content uses for the element: the block's type if `iterator` says nothing.
    fn iterator_name(&mut self, block: &BlockContent, content: &Content) -> Option<SmolStr> {
        let Some(iterator) = content.attributes.get("iterator") else {
            return block.labels.first().map(|l| l.name.clone());
        };
        match &iterator.expr.kind {
            ExprKind::Traversal(t) if t.steps.is_empty() => Some(t.root.name.clone()),
            ExprKind::String(s) => Some(s.clone()),
            _ => {
                let detail = "Dynamic iterator must be a single variable name.";
                self.diagnostics.push(Diagnostic::error("Invalid expression", detail).at(iterator.expr.span));
                None
            }
        }
    }

    fn iterable(&mut self, value: Value, span: Span) -> Option<(Value, Marks)> {
        const SUMMARY: &str = "Invalid dynamic for_each value";
        let (value, marks) = value.unmark();
        if value.is_null() {
            let detail = "Cannot use a null value in for_each.";
            self.diagnostics.push(Diagnostic::error(SUMMARY, detail).at(span));
            return None;
        }
        let ty = value.ty();
        if ty != Type::Dynamic && !value.can_iterate() {
            let detail =
                format!("Cannot use a {} value in for_each. An iterable collection is required.", ty.friendly_name());
            self.diagnostics.push(Diagnostic::error(SUMMARY, detail).at(span));
            return None;
        }
        Some((value, marks))
    }

    /// The label of a generated block, for block types that have one.
    fn label(&mut self, content: &Content, nested: &NestedBlock, scope: &dyn Scope, key: &Value) -> SmolStr {
        if nested.nesting != Nesting::Map {
            return SmolStr::default();
        }
        let given = content.attributes.get("labels").map(|labels| self.evaluate(&labels.expr, scope));
        let first = given.as_ref().and_then(|v| v.as_elements()).and_then(<[_]>::first).unwrap_or(key).clone();
        convert(&first, &Type::String).ok().and_then(|v| v.as_str().cloned()).unwrap_or_default()
    }
}

static DYNAMIC: LazyLock<BodySchema> =
    LazyLock::new(|| BodySchema::new().required(&["for_each"]).optional(&["iterator", "labels"]).block("content", &[]));

/// Blocks of one type as one value.
fn gather(nested: &NestedBlock, found: Expanded) -> Value {
    let element = nested.block.implied_type();
    if found.unknown {
        return Value::unknown(nested.implied_type()).with_marks(found.marks);
    }
    let mut values = found.values.into_iter();
    let result = match nested.nesting {
        Nesting::Single => values.next().map_or_else(|| Value::null(element), |(_, v)| v),
        Nesting::Group => values.next().map_or_else(
            || {
                Value::object(
                    nested.block.attributes.iter().map(|(n, a)| (n.clone(), Value::null(a.ty.clone()))).collect(),
                )
            },
            |(_, v)| v,
        ),
        Nesting::List if element.has_dynamic() => Value::tuple(values.map(|(_, v)| v).collect()),
        Nesting::List => Value::list(element, values.map(|(_, v)| v).collect()),
        Nesting::Set => Value::set(element, values.map(|(_, v)| v).collect()),
        Nesting::Map if element.has_dynamic() => Value::object(values.collect()),
        Nesting::Map => Value::map(element, values.collect()),
    };
    result.with_marks(found.marks)
}

/// Whether there are blocks of a type, written down or generated.
fn has_blocks(content: &Content, name: &str) -> bool {
    let is_label = |b: &BlockContent| b.labels.first().is_some_and(|l| l.name == name);
    content.blocks.iter().any(|b| b.kind == name || (b.kind == "dynamic" && is_label(b)))
}

/// The references in a body, those to iterators of its `dynamic` blocks left out: what must be
/// declared around it. Found through the same schema as the values.
pub fn body_references(body: &ConfigBody, block: &Block) -> Vec<Traversal> {
    let mut found = Vec::new();
    collect(body, block, &mut Vec::new(), &mut |expr, iterators| {
        let free = references(expr).into_iter().filter(|t| !iterators.contains(&t.root.name));
        found.extend(free.cloned());
    });
    found
}

/// The expressions in a body, each with the names that `dynamic` blocks around it declare.
pub fn body_expressions(body: &ConfigBody, block: &Block) -> Vec<(Arc<Expr>, Vec<SmolStr>)> {
    let mut found = Vec::new();
    collect(body, block, &mut Vec::new(), &mut |expr, iterators| found.push((Arc::clone(expr), iterators.to_vec())));
    found
}

fn collect(body: &ConfigBody, block: &Block, iterators: &mut Vec<SmolStr>, f: &mut dyn FnMut(&Arc<Expr>, &[SmolStr])) {
    let (schema, written) = body_schema(body, block);
    let nested_of = |name: &SmolStr| block.blocks.get(name).or_else(|| written.get(name));
    let (content, _) = body.content(&schema);
    for a in content.attributes.values() {
        f(&a.expr, iterators);
    }
    for b in &content.blocks {
        let Some(label) = b.labels.first().filter(|_| b.kind == "dynamic") else {
            if let Some(nested) = nested_of(&b.kind) {
                collect(&b.body, &nested.block, iterators, f);
            }
            continue;
        };
        let (dynamic, _) = b.body.content(&DYNAMIC);
        let iterator = match dynamic.attributes.get("iterator").map(|a| &a.expr.kind) {
            Some(ExprKind::Traversal(t)) => t.root.name.clone(),
            Some(ExprKind::String(s)) => s.clone(),
            _ => label.name.clone(),
        };
        if let Some(a) = dynamic.attributes.get("for_each") {
            f(&a.expr, iterators);
        }
        iterators.push(iterator);
        if let Some(a) = dynamic.attributes.get("labels") {
            f(&a.expr, iterators);
        }
        if let Some(nested) = nested_of(&label.name) {
            for content in dynamic.blocks.iter().filter(|b| b.kind == "content") {
                collect(&content.body, &nested.block, iterators, f);
            }
        }
        iterators.pop();
    }
}
