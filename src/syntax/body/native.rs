//! Content of bodies in native syntax.

use std::sync::Arc;

use smol_str::SmolStr;

use super::{Attribute, Attributes, BlockContent, BlockSchema, BodySchema, ConfigBody, Content, did_you_mean};
use crate::syntax::ast;
use crate::syntax::{Diagnostic, Diagnostics};

impl ConfigBody {
    pub(super) fn native_content(
        &self,
        body: &ast::Body,
        schema: &BodySchema,
        rest: &mut ConfigBody,
        diagnostics: &mut Diagnostics,
    ) -> Content {
        let hidden_attributes = Arc::make_mut(&mut rest.hidden_attributes);
        let mut attributes = Attributes::new();
        for wanted in &schema.attributes {
            let found = body.attributes.iter().find(|attribute| attribute.name.name == wanted.name);
            match found.filter(|_| !self.hidden_attributes.contains(&wanted.name)) {
                Some(found) => {
                    hidden_attributes.insert(wanted.name.clone());
                    attributes.insert(wanted.name.clone(), attribute(found));
                }
                None if body.valueless.iter().any(|name| name.name == wanted.name) => {}
                None if wanted.required => self.report_missing(&wanted.name, diagnostics),
                None => {}
            }
        }

        let mut blocks = Vec::new();
        for block in body.blocks.iter().filter(|block| !self.hidden_blocks.contains(&block.kind.name)) {
            let Some(wanted) = schema.blocks.iter().find(|wanted| wanted.kind == block.kind.name) else {
                continue;
            };
            match label_error(block, wanted) {
                None => blocks.push(BlockContent {
                    kind: block.kind.name.clone(),
                    kind_span: block.kind.span,
                    labels: block.labels.clone(),
                    body: ConfigBody::from_block(block),
                    def_span: block.header,
                }),
                Some(diagnostic) => diagnostics.push(diagnostic),
            }
        }
        Arc::make_mut(&mut rest.hidden_blocks).extend(schema.blocks.iter().map(|wanted| wanted.kind.clone()));
        Content { attributes, blocks, missing_item_span: self.missing_item_span() }
    }

    /// Reports what is left in this body after the content was taken.
    pub(super) fn report_native_rest(
        &self,
        body: &ast::Body,
        schema: &BodySchema,
        content: &Content,
        diagnostics: &mut Diagnostics,
    ) {
        let free: Vec<&SmolStr> = schema
            .attributes
            .iter()
            .map(|wanted| &wanted.name)
            .filter(|name| !content.attributes.contains_key(*name))
            .collect();
        for attribute in body.attributes.iter().filter(|a| !self.hidden_attributes.contains(&a.name.name)) {
            let name = &attribute.name.name;
            let hint = did_you_mean(name, free.iter().copied()).or_else(|| {
                let is_block = schema.blocks.iter().any(|wanted| wanted.kind == *name);
                is_block.then(|| format!(" Did you mean to define a block of type {name:?}?"))
            });
            let detail = format!("An argument named {name:?} is not expected here.{}", hint.unwrap_or_default());
            diagnostics.push(Diagnostic::error("Unsupported argument", detail).at(attribute.name.span));
        }
        for block in body.blocks.iter().filter(|block| !self.hidden_blocks.contains(&block.kind.name)) {
            let kind = &block.kind.name;
            let hint = did_you_mean(kind, schema.blocks.iter().map(|wanted| &wanted.kind)).or_else(|| {
                let is_attribute = schema.attributes.iter().any(|wanted| wanted.name == *kind);
                is_attribute.then(|| {
                    format!(
                        " Did you mean to define argument {kind:?}? If so, use the equals sign to assign it a value."
                    )
                })
            });
            let detail = format!("Blocks of type {kind:?} are not expected here.{}", hint.unwrap_or_default());
            diagnostics.push(Diagnostic::error("Unsupported block type", detail).at(block.kind.span));
        }
    }

    pub(super) fn native_attributes(&self, body: &ast::Body, diagnostics: &mut Diagnostics) -> Attributes {
        // One is enough: what is wrong with the first is wrong with the others.
        if let Some(block) = body.blocks.iter().find(|block| !self.hidden_blocks.contains(&block.kind.name)) {
            let summary = format!("Unexpected {:?} block", block.kind.name);
            diagnostics.push(Diagnostic::error(summary, "Blocks are not allowed here.").at(block.kind.span));
        }
        let mut attributes = Attributes::new();
        for found in body.attributes.iter().filter(|a| !self.hidden_attributes.contains(&a.name.name)) {
            attributes.entry(found.name.name.clone()).or_insert_with(|| attribute(found));
        }
        attributes
    }
}

fn attribute(found: &ast::Attribute) -> Attribute {
    Attribute {
        name: found.name.name.clone(),
        name_span: found.name.span,
        expr: Arc::clone(&found.expr),
        span: found.span,
    }
}

/// What is wrong if the block has more or fewer labels than its type wants.
fn label_error(block: &ast::Block, wanted: &BlockSchema) -> Option<Diagnostic> {
    let (kind, labels, count) = (&block.kind.name, wanted.labels.join(", "), wanted.labels.len());
    let open_brace = crate::syntax::Span { end: block.braces.start.saturating_add(1), ..block.braces };
    let header = block.kind.span.to(open_brace);
    if let Some(extra) = block.labels.get(count) {
        let detail = if count == 0 {
            format!("No labels are expected for {kind} blocks.")
        } else {
            format!("Only {count} labels ({labels}) are expected for {kind} blocks.")
        };
        let summary = format!("Extraneous label for {kind}");
        return Some(Diagnostic::error(summary, detail).at(extra.span).within(header));
    }
    if let Some(missing) = wanted.labels.get(block.labels.len()) {
        let summary = format!("Missing {missing} for {kind}");
        let detail = format!("All {kind} blocks must have {count} labels ({labels}).");
        return Some(Diagnostic::error(summary, detail).at(open_brace).within(header));
    }
    None
}
