//! `provisioner` blocks.

use std::sync::LazyLock;

use super::{Decoder, label};
use crate::config::module::Provisioner;
use crate::lang::references::references;
use crate::syntax::ast::{Expr, StepKind, Traversal};
use crate::syntax::body::{BlockContent, BodySchema, ConfigBody};

static PROVISIONER: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new().optional(&["when", "on_failure"]).block("_", &[]).block("connection", &[]).block("lifecycle", &[])
});

/// What Terraform once had.
const REMOVED: [&str; 4] = ["chef", "habitat", "puppet", "salt-masterless"];

impl Decoder<'_> {
    pub(super) fn provisioner(&mut self, block: &BlockContent) -> Option<Provisioner> {
        let kind = label(block, 0);
        let (content, mut body) = self.partial_content(&block.body, &PROVISIONER);
        if REMOVED.contains(&kind.name.as_str()) {
            let name = &kind.name;
            let summary = format!("The {name:?} provisioner has been removed");
            let detail = format!(
                "The {name:?} provisioner was deprecated in Terraform 0.13.4 has been removed from Terraform. Visit \
                 https://learn.hashicorp.com/collections/terraform/provision for alternatives to using provisioners that \
                 are a better fit for the Terraform workflow."
            );
            self.error(kind.span, summary, detail);
            return None;
        }
        let mut choose = |name: &str, words: [&str; 2], default: usize| -> usize {
            let Some(attribute) = content.attributes.get(name) else { return default };
            let keyword = self.keyword_argument(&attribute.expr);
            words.iter().position(|word| keyword.as_deref() == Some(word)).unwrap_or_else(|| {
                let (first, second) = (words[0], words[1]);
                let detail =
                    format!("The {name:?} argument requires one of the following keywords: {first} or {second}.");
                self.error(attribute.expr.span, format!("Invalid {name:?} keyword"), detail);
                default
            })
        };
        let on_destroy = choose("when", ["create", "destroy"], 0) == 1;
        let continue_on_failure = choose("on_failure", ["continue", "fail"], 1) == 0;
        if on_destroy {
            self.destroy_references(&body);
        }
        let (mut escape, mut connection) = (None, None);
        for inner in &content.blocks {
            match inner.kind.as_str() {
                "_" => {
                    self.escape(inner, &mut escape, &mut body, "provisioner-typpe-specific", "provisioner");
                }
                "connection" => {
                    self.connection(inner, &mut connection, "provisioner");
                    if on_destroy {
                        self.destroy_references(&inner.body);
                    }
                }
                _ => self.reserved_block(inner, "provisioner"),
            }
        }
        Some(Provisioner {
            kind,
            on_destroy,
            continue_on_failure,
            connection: connection.map(|(body, _)| body),
            body,
            span: block.def_span,
        })
    }

    /// Takes a `connection` block, the only one of what it stands in.
    pub(super) fn connection(
        &mut self,
        block: &BlockContent,
        found: &mut Option<(ConfigBody, crate::syntax::Span)>,
        around: &str,
    ) {
        if let Some((_, first)) = found {
            let detail = format!("This {around} already has a connection block at {}.", self.place(*first));
            self.error(block.def_span, "Duplicate connection block", detail);
            return;
        }
        *found = Some((block.body.clone(), block.def_span));
    }

    /// A keyword, which old configurations have in quotes.
    fn keyword_argument(&mut self, expr: &Expr) -> Option<smol_str::SmolStr> {
        match self.unquoted(expr, true) {
            Some(found) => found.filter(|t| t.steps.is_empty()).map(|t| t.root.name),
            None => self.keyword(expr),
        }
    }

    /// When something is destroyed, only itself is there for certain.
    pub(super) fn destroy_references(&mut self, body: &ConfigBody) {
        let (attributes, _) = body.just_attributes();
        for attribute in attributes.values() {
            for reference in references(&attribute.expr) {
                if !is_own(reference) {
                    self.error(
                        attribute.expr.span,
                        "Invalid reference from destroy provisioner",
                        "Destroy-time provisioners and their connection configurations may only reference attributes of \
                         the related resource, via 'self', 'count.index', or 'each.key'.\n\nReferences to other \
                         resources during the destroy phase can cause dependency cycles and interact poorly with \
                         create_before_destroy.",
                    );
                }
            }
        }
    }
}

fn is_own(reference: &Traversal) -> bool {
    let attribute = match reference.steps.first().map(|s| &s.kind) {
        Some(StepKind::Attr(name)) => name.as_str(),
        _ => "",
    };
    match reference.root.name.as_str() {
        "self" | "path" | "terraform" => true,
        "count" => attribute == "index",
        "each" => attribute == "key",
        _ => false,
    }
}
