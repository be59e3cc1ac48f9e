//! `locals` blocks.

use std::sync::Arc;

use super::Decoder;
use crate::config::module::Local;
use crate::syntax::ast::Ident;
use crate::syntax::body::BlockContent;

impl Decoder<'_> {
    pub(super) fn locals(&mut self, block: &BlockContent, out: &mut Vec<Local>) {
        let (attributes, diagnostics) = block.body.just_attributes();
        self.diagnostics.extend(diagnostics);
        let first = out.len();
        for attribute in attributes.into_values() {
            let name = Ident { name: attribute.name, span: attribute.name_span };
            let name = self.name(&name, "Invalid local value name");
            out.push(Local { name, expr: Arc::clone(&attribute.expr), span: attribute.span });
        }
        out[first..].sort_by_key(|local| local.span.start);
    }
}
