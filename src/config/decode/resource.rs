//! `resource`, `data` and `ephemeral` blocks.

use std::sync::LazyLock;

use super::{Decoder, Given, label};
use crate::config::module::{Condition, IgnoreChanges, Lifecycle, Mode, Repetition, Resource, ResourceKey};
use crate::config::reference::{Reference, Subject};
use crate::lang::references::references;
use crate::syntax::ast::Expr;
use crate::syntax::body::{Attribute, BlockContent, BodySchema};

fn schema() -> BodySchema {
    BodySchema::new()
        .optional(&["count", "for_each", "provider", "depends_on"])
        .block("locals", &[])
        .block("lifecycle", &[])
        .block("_", &[])
}

static RESOURCE: LazyLock<BodySchema> =
    LazyLock::new(|| schema().block("connection", &[]).block("provisioner", &["type"]));
static OTHER: LazyLock<BodySchema> = LazyLock::new(schema);

const MANAGED_ONLY: [&str; 4] = ["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];

static LIFECYCLE: LazyLock<BodySchema> =
    LazyLock::new(|| BodySchema::new().optional(&MANAGED_ONLY).block("precondition", &[]).block("postcondition", &[]));

impl Decoder<'_> {
    /// `nested` in a `check` it stands for one instance.
    pub(super) fn resource(&mut self, mode: Mode, block: &BlockContent, nested: bool) -> Given<Resource> {
        let schema = if mode == Mode::Managed { &RESOURCE } else { &OTHER };
        let (content, body) = self.partial_content(&block.body, schema);
        let attributes = &content.attributes;
        let (kind, name) = (label(block, 0), label(block, 1));
        let (kind_summary, name_summary, word) = match mode {
            Mode::Managed => ("Invalid resource type name", "Invalid resource name", "resource"),
            Mode::Data => ("Invalid data source name", "Invalid data resource name", "data"),
            Mode::Ephemeral => ("Invalid ephemeral resource type", "Invalid ephemeral resource name", "ephemeral"),
        };
        self.name(&kind, kind_summary);
        self.name(&name, name_summary);
        let mut found = Given {
            names: self.given(&content),
            block: Resource {
                key: ResourceKey { mode, kind: kind.name, name: name.name },
                kind_span: kind.span,
                repetition: if nested { Repetition::Single } else { self.repetition(attributes) },
                provider: attributes.get("provider").and_then(|a| self.provider_ref(&a.expr, "provider")),
                depends_on: self.references(attributes, "depends_on"),
                lifecycle: Lifecycle::default(),
                connection: None,
                provisioners: Vec::new(),
                body,
                span: block.def_span,
                check: None,
            },
        };
        self.resource_blocks(&content.blocks, word, &mut found);
        found
    }

    fn resource_blocks(&mut self, blocks: &[BlockContent], word: &str, found: &mut Given<Resource>) {
        let (mut escape, mut lifecycle, mut connection) = (None, None, None);
        for inner in blocks {
            match inner.kind.as_str() {
                "lifecycle" => {
                    if let Some(first) = lifecycle {
                        let detail = format!("This resource already has a lifecycle block at {}.", self.place(first));
                        self.error(inner.def_span, "Duplicate lifecycle block", detail);
                        continue;
                    }
                    lifecycle = Some(inner.def_span);
                    self.lifecycle(inner, found);
                }
                "connection" => self.connection(inner, &mut connection, "resource"),
                "provisioner" => found.block.provisioners.extend(self.provisioner(inner)),
                "_" => {
                    let kind = if word == "resource" { "resource" } else { "data" };
                    self.escape(inner, &mut escape, &mut found.block.body, "resource-type-specific", kind);
                }
                _ => self.reserved_block(inner, word),
            }
        }
        found.block.connection = connection.map(|(body, _)| body);
        if let Some(connection) = &found.block.connection
            && found.block.provisioners.iter().any(|p| p.on_destroy)
        {
            self.destroy_references(connection);
        }
    }

    fn lifecycle(&mut self, block: &BlockContent, found: &mut Given<Resource>) {
        let content = self.content(&block.body, &LIFECYCLE);
        let attributes = &content.attributes;
        let other = match found.block.key.mode {
            Mode::Managed => None,
            Mode::Data => Some("data"),
            Mode::Ephemeral => Some("ephemeral"),
        };
        let mut lifecycle = Lifecycle::default();
        if let Some(mode) = other {
            for attribute in attributes.values() {
                let detail = format!(
                    "The lifecycle argument {:?} is defined only for managed resources (\"resource\" blocks), and is not \
                     valid for {mode} resources.",
                    attribute.name
                );
                self.error(attribute.name_span, format!("Invalid {mode} resource lifecycle argument"), detail);
            }
        } else {
            lifecycle.create_before_destroy = self.bool(attributes, "create_before_destroy");
            lifecycle.prevent_destroy = self.bool(attributes, "prevent_destroy").unwrap_or(false);
            lifecycle.ignore_changes =
                attributes.get("ignore_changes").map_or(IgnoreChanges::None, |a| self.ignore_changes(a));
            lifecycle.replace_triggered_by =
                attributes.get("replace_triggered_by").map_or_else(Vec::new, |a| self.triggers(&a.expr));
        }
        for inner in &content.blocks {
            let conditions = match inner.kind.as_str() {
                "precondition" => &mut lifecycle.preconditions,
                _ => &mut lifecycle.postconditions,
            };
            let condition = self.condition(inner);
            if let Some(c) = &condition {
                self.refuse_own_references(&found.block.key, inner.kind.as_str(), c);
            }
            conditions.extend(condition);
        }
        found.names.extend(self.given(&content));
        found.block.lifecycle = lifecycle;
    }

    /// The conditions of a resource can't be about the resource as others see it.
    fn refuse_own_references(&mut self, key: &ResourceKey, kind: &str, c: &Condition) {
        for traversal in [&c.condition, &c.error_message].into_iter().flat_map(|e| references(e)) {
            let Ok(reference) = Reference::parse(traversal) else { continue };
            if matches!(&reference.subject, Subject::Resource { resource, .. } if resource == key) {
                let detail = format!("Configuration for {key} may not refer to itself.");
                self.error(reference.span, format!("Invalid reference in {kind}"), detail);
            }
        }
    }

    fn ignore_changes(&mut self, attribute: &Attribute) -> IgnoreChanges {
        if self.keyword(&attribute.expr).is_some_and(|k| k == "all") {
            return IgnoreChanges::All;
        }
        let mut wildcard = None;
        let mut paths = Vec::new();
        for item in self.list(&attribute.expr) {
            if is_star(item) {
                wildcard = Some(item.span);
                self.error(
                    attribute.expr.span,
                    "Invalid ignore_changes wildcard",
                    "The [\"*\"] form of ignore_changes wildcard is was deprecated and is now invalid. Use \
                     \"ignore_changes = all\" to ignore changes to all attributes.",
                );
                continue;
            }
            paths.extend(self.reference(item));
        }
        if let Some(wildcard) = wildcard
            && !paths.is_empty()
        {
            let detail = "Cannot mix wildcard string \"*\" with non-wildcard references.";
            self.error(wildcard, "Invalid ignore_changes ruleset", detail);
        }
        IgnoreChanges::Some(paths)
    }

    fn triggers(&mut self, expr: &Expr) -> Vec<Expr> {
        let mut triggers = Vec::new();
        let before = self.diagnostics.0.len();
        for item in self.list(expr) {
            let item = self.expression(item).into_owned();
            // One wrong trigger is enough.
            if self.diagnostics.0.len() == before {
                self.check_trigger(&item);
                triggers.push(item);
            }
        }
        triggers
    }

    /// A trigger refers to exactly one resource, and otherwise at most to `count.index` and `each.key`.
    fn check_trigger(&mut self, expr: &Expr) {
        const SUMMARY: &str = "Invalid replace_triggered_by expression";
        let mut resources = 0;
        for reference in references(expr) {
            match Reference::parse(reference) {
                Ok(found) => self.check_trigger_reference(found.subject, expr, &mut resources),
                Err(problem) => return self.diagnostics.push(problem),
            }
        }
        match resources {
            0 => self.error(expr.span, SUMMARY, "Missing resource reference in replace_triggered_by expression."),
            1 => {}
            _ => self.error(expr.span, SUMMARY, "Multiple resource references in replace_triggered_by expression."),
        }
    }

    fn check_trigger_reference(&mut self, subject: Subject, expr: &Expr, resources: &mut usize) {
        match subject {
            Subject::Resource { .. } => *resources += 1,
            Subject::Each(name) if name == "key" => {}
            Subject::Count(name) if name == "index" => {}
            Subject::Each(_) => self.error(
                expr.span,
                "Invalid each reference in replace_triggered_by expression",
                "Only each.key may be used in replace_triggered_by.",
            ),
            Subject::Count(_) => self.error(
                expr.span,
                "Invalid count reference in replace_triggered_by expression",
                "Only count.index may be used in replace_triggered_by.",
            ),
            _ => self.error(
                expr.span,
                "Invalid reference in replace_triggered_by expression",
                "Only resources, count.index, and each.key may be used in replace_triggered_by.",
            ),
        }
    }
}

/// `"*"`
fn is_star(expr: &Expr) -> bool {
    matches!(&expr.kind, crate::syntax::ast::ExprKind::String(s) if s == "*")
}
