//! Content of a body that another one overrides.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use super::{Attributes, BlockContent, BodySchema, ConfigBody, Content, Source};
use crate::syntax::Diagnostics;

impl ConfigBody {
    pub(super) fn overridden_content(
        &self,
        [base, over]: &[ConfigBody; 2],
        schema: &BodySchema,
        rest: &mut ConfigBody,
        diagnostics: &mut Diagnostics,
    ) -> Content {
        let lenient = all_optional(schema);
        let (content, base_rest, problems) = base.partial_content(&lenient);
        diagnostics.extend(problems);
        let (overriding, over_rest, problems) = over.partial_content(&lenient);
        diagnostics.extend(problems);
        rest.source = Source::Overridden(Arc::new([base_rest, over_rest]));

        let mut attributes = content.attributes;
        attributes.extend(overriding.attributes);
        for wanted in schema.attributes.iter().filter(|wanted| wanted.required) {
            if !attributes.contains_key(&wanted.name) {
                self.report_missing(&wanted.name, diagnostics);
            }
        }
        let replaced: BTreeSet<SmolStr> = overriding.blocks.iter().map(generated_kind).collect();
        let mut blocks = content.blocks;
        blocks.retain(|block| !replaced.contains(&generated_kind(block)));
        blocks.extend(overriding.blocks);
        Content { attributes, blocks, missing_item_span: content.missing_item_span }
    }
}

/// Reports what either body has that the schema does not allow.
pub(super) fn report_rest(bodies: &[ConfigBody; 2], schema: &BodySchema, diagnostics: &mut Diagnostics) {
    let lenient = all_optional(schema);
    for body in bodies {
        // What is wrong with the content itself has been reported.
        let (_, _, known) = body.partial_content(&lenient);
        let (_, problems) = body.content(&lenient);
        diagnostics.extend(problems.into_iter().skip(known.0.len()));
    }
}

pub(super) fn attributes(bodies: &[ConfigBody; 2], diagnostics: &mut Diagnostics) -> Attributes {
    let mut attributes = Attributes::new();
    for body in bodies {
        let (own, problems) = body.just_attributes();
        diagnostics.extend(problems);
        attributes.extend(own);
    }
    attributes
}

fn all_optional(schema: &BodySchema) -> BodySchema {
    let mut schema = schema.clone();
    schema.attributes.iter_mut().for_each(|wanted| wanted.required = false);
    schema
}

/// The type of blocks that a block stands for: that of a `dynamic` block is its label.
fn generated_kind(block: &BlockContent) -> SmolStr {
    match block.labels.first() {
        Some(label) if block.kind == "dynamic" => label.name.clone(),
        _ => block.kind.clone(),
    }
}
