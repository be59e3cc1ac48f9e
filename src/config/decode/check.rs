//! `check` blocks.

use std::sync::LazyLock;

use super::{Decoder, FileBlocks, Given, label};
use crate::config::module::{Check, Mode, Resource};
use crate::syntax::body::{BlockContent, BodySchema};

static CHECK: LazyLock<BodySchema> =
    LazyLock::new(|| BodySchema::new().block("data", &["type", "name"]).block("assert", &[]));

static NESTED: LazyLock<BodySchema> =
    LazyLock::new(|| BodySchema::new().optional(&["count", "for_each"]).block("lifecycle", &[]));

impl Decoder<'_> {
    pub(super) fn check(&mut self, block: &BlockContent, out: &mut FileBlocks) {
        let begin = self.diagnostics.0.len();
        let content = self.content(&block.body, &CHECK);
        let name = self.name(&label(block, 0), "Invalid check block name");
        let mut check = Check { name, data: None, asserts: Vec::new(), span: block.def_span };
        let (mut data, mut resources) = (None, Vec::new());
        for inner in &content.blocks {
            if inner.kind == "assert" {
                let before = self.diagnostics.0.len();
                let assertion = self.condition(inner);
                check.asserts.extend(assertion.filter(|_| self.diagnostics.0.len() == before));
                continue;
            }
            if let Some(first) = data {
                let detail = format!("This check block already has a data resource defined at {}.", self.place(first));
                self.error(inner.def_span, "Multiple data resource blocks", detail);
                continue;
            }
            data = Some(inner.def_span);
            resources.push(self.nested_data(inner, &mut check));
        }
        if check.asserts.is_empty() {
            let detail = "Check blocks must have at least one assert block.";
            self.error(block.def_span, "Zero assert blocks", detail);
        }
        out.checks.push(check);
        if self.diagnostics.0.len() == begin {
            out.resources.extend(resources);
        }
    }

    fn nested_data(&mut self, block: &BlockContent, check: &mut Check) -> Given<Resource> {
        let mut found = self.resource(Mode::Data, block, true);
        let (content, _, _) = block.body.partial_content(&NESTED);
        for attribute in content.attributes.values() {
            let summary = format!("Invalid {:?} attribute", attribute.name);
            let detail = "The \"count\" and \"for_each\" meta-arguments are not supported within nested data blocks.";
            self.error(attribute.name_span, summary, detail);
        }
        for lifecycle in &content.blocks {
            self.error(
                lifecycle.def_span,
                "Invalid lifecycle block",
                "Nested data blocks do not support \"lifecycle\" blocks as the lifecycle is managed by the containing \
                 block.",
            );
        }
        found.block.check = Some(check.name.name.clone());
        check.data = Some(found.block.key.clone());
        found
    }
}
