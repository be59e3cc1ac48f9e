//! `output` blocks.

use std::sync::{Arc, LazyLock};

use super::{Decoder, Given, label};
use crate::config::module::Output;
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::body::{BlockContent, BodySchema};

static OVERRIDING: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(&["description", "depends_on", "sensitive", "ephemeral", "value"])
        .block("precondition", &[])
        .block("postcondition", &[])
});

static OUTPUT: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(&["description", "depends_on", "sensitive", "ephemeral"])
        .required(&["value"])
        .block("precondition", &[])
        .block("postcondition", &[])
});

impl Decoder<'_> {
    pub(super) fn output(&mut self, block: &BlockContent) -> Given<Output> {
        let content = self.content(&block.body, if self.overriding { &OVERRIDING } else { &OUTPUT });
        let attributes = &content.attributes;
        let name = self.name(&label(block, 0), "Invalid output name");
        let description = self.string(attributes, "description");
        let nothing = || Arc::new(Expr { kind: ExprKind::Null, span: block.def_span });
        let expr = attributes.get("value").map_or_else(nothing, |a| Arc::clone(&a.expr));
        let sensitive = self.bool(attributes, "sensitive").unwrap_or(false);
        let ephemeral = self.bool(attributes, "ephemeral").unwrap_or(false);
        let depends_on = self.references(attributes, "depends_on");
        let mut preconditions = Vec::new();
        for inner in &content.blocks {
            if inner.kind == "precondition" {
                preconditions.extend(self.condition(inner));
            } else {
                let detail = "Output values can only have preconditions, not postconditions.";
                self.error(inner.kind_span, "Postconditions are not allowed", detail);
            }
        }
        Given {
            names: self.given(&content),
            block: Output {
                name,
                description,
                expr,
                depends_on,
                preconditions,
                sensitive,
                ephemeral,
                span: block.def_span,
            },
        }
    }
}
