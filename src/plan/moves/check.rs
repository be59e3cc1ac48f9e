//! What is wrong with moves once it is known which instances the configuration declares.

use std::collections::{HashMap, HashSet};

use smol_str::SmolStr;

use super::Statement;
use super::endpoint::Movable;
use crate::config::module::Repetition;
use crate::config::tree::ModuleTree;
use crate::graph::{InstanceAddress, ModuleAddress};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap, Span};

/// The instances that a configuration declares.
pub trait Expansion {
    /// The instances of the module that calls lead to.
    fn module_instances(&self, path: &[SmolStr]) -> Vec<ModuleAddress>;

    /// Whether a resource's instance is declared.
    fn has_instance(&self, address: &InstanceAddress) -> bool;
}

/// Checks what `moved` blocks say. Cycles among them are found by [`in_order`](super::in_order), whose errors are of
/// interest only if there are none here.
pub fn check_moves(
    statements: &[Statement],
    tree: &ModuleTree,
    expansion: &dyn Expansion,
    sources: &SourceMap,
) -> Diagnostics {
    let mut checker = Checker {
        declared: Declared { tree, expansion, modules: HashMap::new() },
        sources,
        to: HashMap::new(),
        from: HashMap::new(),
        diagnostics: Diagnostics::new(),
    };
    for statement in statements.iter().filter(|s| !s.implied) {
        let path = &statement.from.path()[..statement.from.outside];
        for module in expansion.module_instances(path) {
            checker.statement(statement.from.within(&module), statement.to.within(&module), statement.span);
        }
    }
    checker.diagnostics
}

struct Checker<'c> {
    declared: Declared<'c>,
    sources: &'c SourceMap,
    /// Where things move to, and which statement says so.
    to: HashMap<Movable, (Movable, Span)>,
    /// Where they come from.
    from: HashMap<Movable, (Movable, Span)>,
    diagnostics: Diagnostics,
}

impl Checker<'_> {
    fn statement(&mut self, from: Movable, to: Movable, span: Span) {
        if from == to {
            let detail = format!(
                "This statement declares a move from {from} to the same address, which is the same as not declaring this \
                 move at all."
            );
            self.diagnostics.push(Diagnostic::error("Redundant move statement", detail).at(span));
            return;
        }
        if let Some(place) = self.declared.place(&from) {
            let (noun, short) = from.noun();
            let detail = format!(
                "This statement declares a move from {from}, but that {noun} is still declared at {}.\n\nChange your \
                 configuration so that this {short} will be declared as {to} instead.",
                self.sources.start(place)
            );
            self.diagnostics.push(Diagnostic::error("Moved object still exists", detail).at(span));
        }
        self.ambiguous(from, to, span);
    }

    fn ambiguous(&mut self, from: Movable, to: Movable, span: Span) {
        let (noun, short) = from.noun();
        let existing = self.to.entry(from.clone()).or_insert_with(|| (to.clone(), span));
        if existing.0 != to {
            let detail = format!(
                "A statement at {} declared that {from} moved to {}, but this statement instead declares that it moved to \
                 {to}.\n\nEach {noun} can move to only one destination {short}.",
                self.sources.start(existing.1),
                existing.0
            );
            self.diagnostics.push(Diagnostic::error("Ambiguous move statements", detail).at(span));
        }
        let existing = self.from.entry(to.clone()).or_insert_with(|| (from.clone(), span));
        if existing.0 != from {
            let detail = format!(
                "A statement at {} declared that {} moved to {to}, but this statement instead declares that {from} moved \
                 there.\n\nEach {noun} can have moved from only one source {short}.",
                self.sources.start(existing.1),
                existing.0
            );
            self.diagnostics.push(Diagnostic::error("Ambiguous move statements", detail).at(span));
        }
    }
}

/// What is declared, and where.
struct Declared<'c> {
    tree: &'c ModuleTree,
    expansion: &'c dyn Expansion,
    /// The instances of modules that were asked for.
    modules: HashMap<Vec<SmolStr>, HashSet<ModuleAddress>>,
}

impl Declared<'_> {
    fn has_module(&mut self, module: &ModuleAddress) -> bool {
        let instances = self.modules.entry(module.path());
        instances
            .or_insert_with_key(|path| self.expansion.module_instances(path).into_iter().collect())
            .contains(module)
    }

    /// Where something is declared, if it is.
    fn place(&mut self, movable: &Movable) -> Option<Span> {
        match movable {
            Movable::Resource(r) => {
                let config = self.tree.at(&r.module.path())?.module.resources.get(&r.resource)?;
                self.has_module(&r.module).then_some(config.span)
            }
            Movable::Instance(i) => {
                let config = self.tree.at(&i.resource.module.path())?.module.resources.get(&i.resource.resource)?;
                self.expansion.has_instance(i).then(|| repeated_at(&config.repetition, config.span))
            }
            Movable::Call(outside, name) => {
                let call = self.tree.at(&outside.path())?.module.calls.get(name)?;
                self.has_module(outside).then_some(call.span)
            }
            Movable::Module(module) => {
                let path = module.path();
                let (name, outside) = path.split_last()?;
                let call = self.tree.at(outside)?.module.calls.get(name)?;
                self.has_module(module).then(|| repeated_at(&call.repetition, call.span))
            }
        }
    }
}

/// Where it is said which instances there are.
fn repeated_at(repetition: &Repetition, block: Span) -> Span {
    match repetition {
        Repetition::Single => block,
        Repetition::Count(e) | Repetition::ForEach(e) => e.span,
    }
}
