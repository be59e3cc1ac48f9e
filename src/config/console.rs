//! Expressions that people type, evaluated in the root module.

use crate::config::evaluate::Evaluation;
use crate::config::graph::ConfigGraph;
use crate::config::scope::{Instance, unresolved};
use crate::config::validate::check_expression;
use crate::lang::Value;
use crate::lang::eval::evaluate;
use crate::lang::references::references;
use crate::syntax::{Diagnostics, FileId, parse};

/// A console on an evaluated configuration.
pub struct Session<'s> {
    graph: &'s ConfigGraph<'s>,
    evaluation: &'s Evaluation<'s>,
}

impl<'s> Session<'s> {
    /// A console. All nodes of the graph must have been evaluated.
    #[must_use]
    pub fn new(graph: &'s ConfigGraph<'s>, evaluation: &'s Evaluation<'s>) -> Self {
        Session { graph, evaluation }
    }

    /// The value of an expression, parsed as if it stood in parentheses. `file` is what its
    /// positions refer to.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn evaluate(&self, file: FileId, text: &str) -> Result<Value, Diagnostics> {
        let expr = parse::parse_expression(file, text, 0)?;
        let bad = check_expression(self.graph, &expr);
        if bad.has_errors() {
            return Err(bad);
        }
        let scope = self.evaluation.scope(0, Instance::default());
        let bad = unresolved(&scope, references(&expr));
        if bad.has_errors() {
            return Err(bad);
        }
        evaluate(&expr, &scope)
    }
}
