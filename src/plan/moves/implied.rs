//! Moves that nobody has to write: a resource that gets `count` keeps its object as number 0, and
//! one that loses it keeps number 0.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::Statement;
use super::endpoint::{Endpoint, Key};
use crate::config::module::{Mode, Repetition, ResourceKey};
use crate::config::tree::ModuleTree;
use crate::graph::{InstanceKey, ResourceAddress};
use crate::state::State;

/// The moves that follow from the state and from how resources are repeated now. A resource that a `moved` block names
/// is left to that.
#[must_use]
pub fn implied_moves(tree: &ModuleTree, state: &State, written: &[Statement]) -> Vec<Statement> {
    let named = Named::new(written);
    let mut found = Vec::new();
    for (address, resource) in &state.resources {
        if address.resource.mode != Mode::Managed {
            continue;
        }
        let config = tree.at(&address.module.path()).and_then(|t| t.module.resources.get(&address.resource));
        let Some(config) = config else { continue };
        let (from, to) = match config.repetition {
            Repetition::Single => (InstanceKey::Index(0), InstanceKey::None),
            Repetition::Count(_) => (InstanceKey::None, InstanceKey::Index(0)),
            Repetition::ForEach(_) => continue,
        };
        if resource.instances.contains_key(&from) && !named.contains(address) {
            let (from, to) = (endpoint(address, from), endpoint(address, to));
            found.push(Statement { from, to, span: config.span, implied: true });
        }
    }
    found
}

fn endpoint(address: &ResourceAddress, key: InstanceKey) -> Endpoint {
    let steps = address.module.steps().iter();
    Endpoint {
        modules: steps.map(|step| (step.name.clone(), Key::Is(step.key.clone()))).collect(),
        resource: Some((address.resource.clone(), Key::Is(key))),
        outside: 0,
    }
}

/// The resources at the ends of statements.
struct Named<'s>(HashMap<(Vec<SmolStr>, &'s ResourceKey), Vec<&'s Endpoint>>);

impl<'s> Named<'s> {
    fn new(statements: &'s [Statement]) -> Self {
        let mut named: HashMap<_, Vec<_>> = HashMap::new();
        for end in statements.iter().flat_map(|s| [&s.from, &s.to]) {
            if let Some((resource, _)) = &end.resource {
                named.entry((end.path(), resource)).or_default().push(end);
            }
        }
        Named(named)
    }

    fn contains(&self, address: &ResourceAddress) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let ends = self.0.get(&(address.module.path(), &address.resource));
        ends.is_some_and(|ends| ends.iter().any(|end| end.matches_module(&address.module)))
    }
}
