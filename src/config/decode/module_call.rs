//! `module` blocks.

use std::sync::{Arc, LazyLock};

use smol_str::SmolStr;

use super::source::ModuleSource;
use super::{Decoder, Given, label};
use crate::config::module::{ModuleCall, ProviderRef, Repetition};
use crate::syntax::ast::{Expr, ExprKind, ObjectKey};
use crate::syntax::body::{Attribute, Attributes, BlockContent, BodySchema};

fn schema() -> BodySchema {
    BodySchema::new()
        .optional(&["version", "count", "for_each", "depends_on", "providers"])
        .block("_", &[])
        .block("lifecycle", &[])
        .block("locals", &[])
        .block("provider", &["type"])
}

static MODULE: LazyLock<BodySchema> = LazyLock::new(|| schema().required(&["source"]));
static OVERRIDING: LazyLock<BodySchema> = LazyLock::new(|| schema().optional(&["source"]));

/// Whether no variable can have this name, since it means something else in a `module` block.
pub(super) fn is_reserved(name: &str) -> bool {
    MODULE.attributes.iter().any(|a| a.name == name) || MODULE.blocks.iter().any(|b| b.kind == name)
}

impl Decoder<'_> {
    pub(super) fn module_call(&mut self, block: &BlockContent) -> Given<ModuleCall> {
        let schema = if self.overriding { &OVERRIDING } else { &MODULE };
        let (content, mut body) = self.partial_content(&block.body, schema);
        let attributes = &content.attributes;
        let name = self.name(&label(block, 0), "Invalid module instance name");
        let version = attributes.get("version").and_then(|a| self.version(a));
        let source = attributes.get("source").map(|a| self.module_source(a, attributes));
        let repetition = self.repetition(attributes);
        let depends_on = self.references(attributes, "depends_on");
        let providers = attributes.get("providers").map(|a| self.passed_providers(&a.expr));
        let mut escape = None;
        for inner in &content.blocks {
            match inner.kind.as_str() {
                "_" => self.escape(inner, &mut escape, &mut body, "module input variables", "module"),
                _ => self.reserved_block(inner, "module"),
            }
        }
        Given {
            names: self.given(&content),
            block: ModuleCall {
                name,
                source: source.flatten().unwrap_or_default(),
                source_span: attributes.get("source").map_or(block.def_span, |a| a.expr.span),
                version,
                repetition,
                depends_on,
                providers,
                body,
                span: block.def_span,
            },
        }
    }

    fn module_source(&mut self, attribute: &Attribute, attributes: &Attributes) -> Option<SmolStr> {
        let text = self.string(attributes, "source")?;
        match ModuleSource::parse(&text, attributes.contains_key("version")) {
            Ok(_) => Some(text),
            Err((summary, detail)) => {
                self.error(attribute.expr.span, summary, detail);
                None
            }
        }
    }

    /// `count` or `for_each`, but not both.
    pub(super) fn repetition(&mut self, attributes: &Attributes) -> Repetition {
        match (attributes.get("count"), attributes.get("for_each")) {
            (Some(_), Some(each)) => {
                self.error(
                    each.name_span,
                    "Invalid combination of \"count\" and \"for_each\"",
                    "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be \
                     explicit about the number of resources to be created.",
                );
                Repetition::ForEach(Arc::clone(&each.expr))
            }
            (Some(count), None) => Repetition::Count(Arc::clone(&count.expr)),
            (None, Some(each)) => Repetition::ForEach(Arc::clone(&each.expr)),
            (None, None) => Repetition::Single,
        }
    }

    /// `providers = { child = ours }`
    fn passed_providers(&mut self, expr: &Expr) -> Vec<(ProviderRef, ProviderRef)> {
        let mut passed: Vec<(ProviderRef, ProviderRef)> = Vec::new();
        let Some(items) = self.map(expr) else {
            self.error(expr.span, "Invalid expression", "A static map expression is required.");
            return passed;
        };
        for item in items {
            let key = match &item.key {
                ObjectKey::Name(name) if self.json => {
                    Expr { kind: ExprKind::String(name.name.clone()), span: name.span }
                }
                ObjectKey::Name(name) => Expr {
                    kind: ExprKind::Traversal(crate::syntax::ast::Traversal { root: name.clone(), steps: Vec::new() }),
                    span: name.span,
                },
                ObjectKey::Expr(e) => e.clone(),
            };
            let (child, ours) = (self.provider_ref(&key, "providers"), self.provider_ref(&item.value, "providers"));
            let (Some(child), Some(ours)) = (child, ours) else { continue };
            if let Some((first, _)) = passed.iter().find(|(c, _)| c.key == child.key) {
                let detail = format!(
                    "A provider configuration was already passed to {} at {}. Each child provider configuration can be \
                     assigned only once.",
                    child.key,
                    self.place(first.span)
                );
                self.error(child.span, "Duplicate provider address", detail);
                continue;
            }
            passed.push((child, ours));
        }
        passed
    }
}
