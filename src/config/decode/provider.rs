//! `provider` blocks, and references to what they configure.

use std::sync::LazyLock;

use smol_str::SmolStr;

use super::{BAD_IDENTIFIER, Decoder, is_identifier, label};
use crate::config::module::{ProviderConfig, ProviderKey, ProviderRef};
use crate::syntax::ast::{Expr, StepKind};
use crate::syntax::body::{BlockContent, BodySchema, ConfigBody};
use crate::syntax::{Diagnostic, Span};

static PROVIDER: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(&["alias", "version", "count", "depends_on", "for_each", "source"])
        .block("_", &[])
        .block("lifecycle", &[])
        .block("locals", &[])
});

const INVALID_REFERENCE: &str = "Invalid provider configuration reference";

impl Decoder<'_> {
    pub(super) fn provider(&mut self, block: &BlockContent) -> (ProviderKey, ProviderConfig) {
        let (content, mut body) = self.partial_content(&block.body, &PROVIDER);
        let attributes = &content.attributes;
        let name = label(block, 0);
        self.provider_name(&name.name, block.def_span);
        let alias = self.string(attributes, "alias");
        if attributes.contains_key("alias") && !alias.as_deref().is_some_and(is_identifier) {
            let detail = format!("An alias must be a valid name. {BAD_IDENTIFIER}");
            self.diagnostics.push(Diagnostic::error("Invalid provider configuration alias", detail));
        }
        if let Some(version) = attributes.get("version") {
            self.warning(
                version.expr.span,
                "Version constraints inside provider configuration blocks are deprecated",
                "Terraform 0.13 and earlier allowed provider version constraints inside the provider configuration \
                 block, but that is now deprecated and will be removed in a future version of Terraform. To silence this \
                 warning, move the provider version constraint into the required_providers block.",
            );
            self.version(version);
        }
        for reserved in ["count", "depends_on", "for_each", "source"] {
            if let Some(attribute) = attributes.get(reserved) {
                let detail = format!(
                    "The provider argument name {reserved:?} is reserved for use by Terraform in a future version."
                );
                self.error(attribute.name_span, "Reserved argument name in provider block", detail);
            }
        }
        let mut escape = None;
        for inner in &content.blocks {
            match inner.kind.as_str() {
                "_" => self.escape(inner, &mut escape, &mut body, "provider-specific", "provider"),
                _ => self.reserved_block(inner, "provider"),
            }
        }
        let key = ProviderKey { name: name.name, alias };
        (key, ProviderConfig { body, span: block.def_span })
    }

    /// Whether a local name of a provider is in its normal form; otherwise that is reported.
    pub(super) fn provider_name(&mut self, name: &str, at: Span) -> bool {
        const SUMMARY: &str = "Invalid provider local name";
        let Some(normal) = normal_provider_part(name) else {
            let detail = format!("{name} is an invalid provider local name: {BAD_PROVIDER_PART}");
            self.error(at, SUMMARY, detail);
            return false;
        };
        if normal != name {
            let detail = format!(
                "Provider names must be normalized. Replace {name:?} with {:?} to fix this error.",
                normal.as_str()
            );
            self.error(at, SUMMARY, detail);
            return false;
        }
        true
    }

    /// A provider configuration that an argument refers to: `aws`, `aws.peer`.
    pub(super) fn provider_ref(&mut self, expr: &Expr, argument: &str) -> Option<ProviderRef> {
        let traversal = match self.unquoted(expr, false) {
            Some(found) => found,
            None => self.traversal(expr),
        };
        let Some(traversal) = traversal.filter(|t| t.steps.len() < 2) else {
            let detail = format!(
                "The {argument} argument requires a provider type name, optionally followed by a period and then a \
                 configuration alias."
            );
            self.error(expr.span, INVALID_REFERENCE, detail);
            return None;
        };
        if !self.provider_name(&traversal.root.name, traversal.root.span) {
            return None;
        }
        let alias = match traversal.steps.first() {
            None => None,
            Some(step) => match &step.kind {
                StepKind::Attr(alias) => Some(alias.clone()),
                _ => {
                    let detail = "Provider name must either stand alone or be followed by a period and then a \
                                  configuration alias.";
                    self.error(step.span, INVALID_REFERENCE, detail);
                    return None;
                }
            },
        };
        Some(ProviderRef { key: ProviderKey { name: traversal.root.name, alias }, span: expr.span })
    }

    /// Takes a `_` block, whose contents are never meta-arguments, into the body around it.
    pub(super) fn escape(
        &mut self,
        block: &BlockContent,
        first: &mut Option<Span>,
        body: &mut ConfigBody,
        meaning: &str,
        kind: &str,
    ) {
        if let Some(first) = *first {
            let detail = format!(
                "The special block type \"_\" can be used to force particular arguments to be interpreted as {meaning} \
                 rather than as meta-arguments, but each {kind} block can have only one such block. The first escaping \
                 block was at {}.",
                self.place(first)
            );
            self.error(block.def_span, "Duplicate escaping block", detail);
            return;
        }
        *first = Some(block.def_span);
        *body = body.overridden_by(&block.body);
    }

    pub(super) fn reserved_block(&mut self, block: &BlockContent, kind: &str) {
        let summary = format!("Reserved block type name in {kind} block");
        let detail =
            format!("The block type name {:?} is reserved for use by Terraform in a future version.", block.kind);
        self.error(block.kind_span, summary, detail);
    }
}

pub(super) const BAD_PROVIDER_PART: &str = "must contain only letters, digits, and dashes, and may not use leading or \
                                            trailing dashes";

/// A namespace or type of a provider in its normal form, lower case; `None` if it can't be one.
pub(super) fn normal_provider_part(part: &str) -> Option<SmolStr> {
    let fits = |c: char| c == '-' || c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphanumeric());
    let is_part = !part.is_empty() && part.chars().all(fits) && !part.starts_with('-') && !part.ends_with('-');
    is_part.then(|| part.to_lowercase().into())
}
