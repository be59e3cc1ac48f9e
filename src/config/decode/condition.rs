//! Blocks with a condition: `validation`, `precondition`, `postcondition`, `assert`.

use std::sync::{Arc, LazyLock};

use super::Decoder;
use crate::config::module::Condition;
use crate::lang::references::references;
use crate::syntax::body::{BlockContent, BodySchema};

static CONDITION: LazyLock<BodySchema> = LazyLock::new(|| BodySchema::new().required(&["condition", "error_message"]));

impl Decoder<'_> {
    pub(super) fn condition(&mut self, block: &BlockContent) -> Option<Condition> {
        let content = self.content(&block.body, &CONDITION);
        let condition = Arc::clone(&content.attributes.get("condition")?.expr);
        if references(&condition).is_empty() {
            self.error(
                condition.span,
                format!("Invalid {} expression", block.kind),
                "The condition expression must refer to at least one object from elsewhere in the configuration, or else \
                 its result would not be checking anything.",
            );
        }
        let error_message = Arc::clone(&content.attributes.get("error_message")?.expr);
        Some(Condition { condition, error_message, span: block.def_span })
    }
}
