//! Moves: objects in state get new addresses before anything is planned, because `moved` blocks say
//! so or because a resource got or lost `count`.

mod apply;
mod check;
mod endpoint;
mod implied;
mod order;
#[cfg(test)]
mod tests;

pub use apply::{Moves, apply_moves};
pub use check::{Expansion, check_moves};
pub use endpoint::{Endpoint, Movable};
pub use implied::implied_moves;
pub use order::in_order;

use crate::config::decode::target::Target;
use crate::config::tree::ModuleTree;
use crate::syntax::Span;

/// That what is at one address is to be at another.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Where it was.
    pub from: Endpoint,
    /// Where it is to be.
    pub to: Endpoint,
    /// The block's header; the resource's for an implied one.
    pub span: Span,
    /// Nobody wrote it.
    pub implied: bool,
}

impl Statement {
    /// Whether it is a move to where things are already.
    #[must_use]
    pub fn is_redundant(&self) -> bool {
        self.from == self.to
    }
}

/// What the `moved` blocks of all modules say, those of calling modules first.
#[must_use]
pub fn statements(tree: &ModuleTree) -> Vec<Statement> {
    let mut found = Vec::new();
    for module in tree.walk() {
        for moved in &module.module.moved {
            let (Ok(from), Ok(to)) = (Target::parse(&moved.from), Target::parse(&moved.to)) else { continue };
            if let Some((from, to)) = Endpoint::pair(&module.path, &from, &to) {
                found.push(Statement { from, to, span: moved.span, implied: false });
            }
        }
    }
    found
}
