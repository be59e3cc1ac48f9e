//! Resources that refer to themselves: their objects can't be made from what they will be.

use petgraph::graph::NodeIndex;

use crate::config::module::{Repetition, Resource, ResourceKey};
use crate::config::reference::{Reference, Subject};
use crate::lang::references::references;
use crate::plan::evaluate::Expansion;
use crate::syntax::ast::Traversal;
use crate::syntax::{Diagnostic, Diagnostics};

use super::{Context, Planner};

impl<'c> Planner<'c> {
    /// What is wrong with a block because of references in its `count` or `for_each`.
    pub(super) fn refers_to_itself_by_repetition(r: &Resource) -> Option<Diagnostic> {
        let (Repetition::Count(expr) | Repetition::ForEach(expr)) = &r.repetition else { return None };
        let own = references(expr).into_iter().find(|t| is_to(t, &r.key))?;
        Some(self_referential(r, own))
    }

    /// What is wrong with a block because of references in its body.
    pub(super) fn refers_to_itself(
        &self,
        node: NodeIndex,
        context: &Context<'c>,
        expansion: &Expansion,
    ) -> Diagnostics {
        let r = context.resource;
        let own: Vec<&Traversal> = self.input.graph.body_references(node).iter().filter(|t| is_to(t, &r.key)).collect();
        if own.is_empty() {
            return Diagnostics::new();
        }
        match expansion {
            // As in Terraform: once for the block, once for the instance.
            Expansion::Single => own.iter().flat_map(|t| [self_referential(r, t), self_referential(r, t)]).collect(),
            _ => {
                let names: Vec<String> =
                    (0..expansion.len()).map(|p| context.address.instance(expansion.key(p)).to_string()).collect();
                let detail = "Instances of a resource can't be made from each other, because all of them have the same \
                              configuration.";
                let span = own.first().and_then(|t| Reference::parse(t).ok()).map_or(r.span, |r| r.span);
                match names.is_empty() {
                    true => Diagnostics::new(),
                    false => Diagnostic::error(format!("Cycle: {}", names.join(", ")), detail).at(span).into(),
                }
            }
        }
    }
}

fn is_to(traversal: &Traversal, key: &ResourceKey) -> bool {
    let subject = Reference::parse(traversal).map(|r| r.subject);
    matches!(subject, Ok(Subject::Resource { resource, .. }) if resource == *key)
}

fn self_referential(r: &Resource, own: &Traversal) -> Diagnostic {
    let detail = format!("Configuration for {} may not refer to itself.", r.key);
    let span = Reference::parse(own).map_or(r.span, |r| r.span);
    Diagnostic::error("Self-referential block", detail).at(span)
}
