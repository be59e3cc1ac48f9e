//! Objects of state that the configuration does not have, or that all go: what becomes of them, and
//! of deposed objects.

use std::sync::Arc;

use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::module::{Mode, Resource};
use crate::graph::{InstanceAddress, InstanceKey, ResourceAddress};
use crate::lang::Value;
use crate::plan::evaluate::Expansion;
use crate::plan::{Action, Change, PlanMode, Reason, ResourceChange};
use crate::providers::PlanRequest;
use crate::schema::Schema;
use crate::syntax::Diagnostic;

use super::managed::prevented;
use super::prior::PriorObject;
use super::{Planner, nothing_of};

/// An object that might have to go.
struct Candidate {
    address: InstanceAddress,
    deposed: Option<SmolStr>,
    object: PriorObject,
    schema: &'static Schema,
}

impl<'c> Planner<'c> {
    pub(super) fn orphans(&mut self) {
        self.forget_data();
        if self.mode() == PlanMode::RefreshOnly {
            return;
        }
        let candidates = self.candidates();
        for candidate in candidates {
            let is_known = !self.unread.contains(&(candidate.address.clone(), candidate.deposed.clone()));
            if is_known && self.targeting.includes_object(&candidate.address, candidate.deposed.as_ref()) {
                self.orphan(candidate);
            }
        }
    }

    /// What was read once and isn't in the configuration any more just goes.
    fn forget_data(&mut self) {
        let is_data = |a: &Arc<ResourceAddress>| a.resource.mode == Mode::Data;
        let addresses: Vec<_> = self.prior.resources.keys().filter(|a| is_data(a)).cloned().collect();
        for address in addresses {
            let keys: Vec<InstanceKey> = self.prior.resources[&address].instances.keys().cloned().collect();
            for key in keys {
                let gone =
                    self.mode() == PlanMode::Destroy || !(self.declared(&address, &key) || self.is_in_doubt(&address));
                if gone
                    && self.targeting.includes_instance(&address.instance(key.clone()))
                    && let Some(resource) = self.prior.resources.get_mut(&address)
                {
                    resource.instances.remove(&key);
                }
            }
        }
    }

    fn candidates(&self) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (address, resource) in self.prior.resources.iter().filter(|(a, _)| a.resource.mode == Mode::Managed) {
            let in_doubt = self.is_in_doubt(address);
            for (key, instance) in &resource.instances {
                let candidate = |deposed: Option<&SmolStr>, object: &PriorObject| Candidate {
                    address: address.instance(key.clone()),
                    deposed: deposed.cloned(),
                    object: object.clone(),
                    schema: resource.schema,
                };
                let is_kept = || {
                    in_doubt
                        || self.declared(address, key)
                        || self.imports.importing(&address.instance(key.clone())).is_some()
                };
                let goes = self.mode() == PlanMode::Destroy || !is_kept();
                found.extend(instance.current.iter().filter(|_| goes).map(|o| candidate(None, o)));
                found.extend(instance.deposed.iter().map(|(name, o)| candidate(Some(name), o)));
            }
        }
        found
    }

    /// Whether a resource of the configuration has an instance in state that is to go.
    pub(super) fn has_orphan(&self, node: NodeIndex, r: &Resource) -> bool {
        let path = &self.input.graph.modules[self.input.graph.node(node).module].tree.path;
        let is_same = |a: &ResourceAddress| a.resource == r.key && a.module.steps().iter().map(|s| &s.name).eq(path);
        let goes = |a: &Arc<ResourceAddress>, key: &InstanceKey| {
            let address = a.instance(key.clone());
            !self.declared(a, key)
                && self.imports.importing(&address).is_none()
                && !self.is_forgotten(&address)
                && self.targeting.includes_instance(&address)
        };
        let resources = self.prior.resources.iter().filter(|(a, _)| self.mode() == PlanMode::Normal && is_same(a));
        let mut objects = resources.flat_map(|(a, r)| r.instances.iter().map(move |(key, i)| (a, key, i)));
        objects.any(|(a, key, instance)| instance.current.is_some() && goes(a, key))
    }

    /// Whether it can't be told which instances of a resource there should be, because something went wrong.
    fn is_in_doubt(&self, address: &ResourceAddress) -> bool {
        let graph = self.input.graph;
        let mut module = 0;
        for step in address.module.steps() {
            if let Some(call) = graph.call(module, &step.name)
                && self.failed[call.index()]
            {
                return true;
            }
            match graph.child(module, &step.name) {
                Some(child) => module = child,
                None => return false,
            }
        }
        graph.resource(module, &address.resource).is_some_and(|n| {
            let is_skipped = || graph.dependencies(n).any(|d| d != n && self.failed[d.index()]);
            let is_unexpanded = || {
                let id = self.evaluator.find_module(&address.module);
                id.is_some_and(|id| self.evaluator.resource_instances(id, &address.resource).is_none())
            };
            self.failed[n.index()] && (is_skipped() || is_unexpanded())
        })
    }

    fn orphan(&mut self, candidate: Candidate) {
        let Candidate { address, deposed, object, schema } = candidate;
        let provider_address = match self.prior.resources.get(&address.resource) {
            Some(resource) => resource.provider.clone(),
            None => return,
        };
        let block = self.block(&address.resource);
        let forget = self.is_forgotten(&address) && self.mode() == PlanMode::Normal;
        let (action, reason) = match (&deposed, forget) {
            (None, true) => (Action::Forget, Some(self.reason(&address, block))),
            (Some(_), true) => (Action::Forget, None),
            (Some(_), _) => (Action::Delete, None),
            (None, _) if self.mode() == PlanMode::Destroy => (Action::Delete, None),
            (None, _) => (Action::Delete, Some(self.reason(&address, block))),
        };
        let mut private = object.state.private.clone();
        if action == Action::Delete {
            let Some(provider) = self.provider(&provider_address) else { return };
            let (prior, null) = (object.value.unmark_deep().0, Value::null(schema.implied_type().clone()));
            let kind = address.resource.resource.kind.as_str();
            let request =
                PlanRequest { kind, prior: &prior, proposed: &null, config: &null, private: private.as_ref() };
            let response = provider.plan(request);
            private = response.private;
            let shown = address.to_string();
            let problems = response.diagnostics.into_iter().map(|d| Diagnostic { address: Some(shown.clone()), ..d });
            if self.report(problems.collect()) {
                return;
            }
        }
        let create_before_destroy = object.state.create_before_destroy;
        // As in Terraform, what isn't in the configuration any more is shown as it was stored.
        let is_stored = deposed.is_none() && self.mode() == PlanMode::Normal;
        let before = object.stored.filter(|_| is_stored).unwrap_or(object.value);
        let change = Change { action, before, after: nothing_of(schema) };
        // Everything goes from where it is after moves.
        let is_told = deposed.is_none() && self.mode() != PlanMode::Destroy;
        let previous_address = self.moves.previous.get(&address).filter(|_| is_told).cloned();
        let is_current = deposed.is_none();
        self.push_change(ResourceChange {
            address: address.clone(),
            previous_address,
            deposed,
            provider: provider_address,
            change,
            reason,
            replace_paths: Vec::new(),
            importing: None,
            generated_config: None,
            private,
            create_before_destroy,
        });
        if let Some(r) = block.filter(|r| r.lifecycle.prevent_destroy && is_current && action == Action::Delete) {
            self.report(prevented(&address, r).into());
        }
    }

    /// The block of a resource, if the configuration has one.
    fn block(&self, address: &ResourceAddress) -> Option<&'c Resource> {
        let graph = self.input.graph;
        let module = graph.module(&address.module.path())?;
        graph.modules[module].tree.module.resources.get(&address.resource)
    }

    /// Why an instance that is in state isn't in the configuration.
    fn reason(&self, address: &InstanceAddress, block: Option<&Resource>) -> Reason {
        if self.moves.previous.contains_key(address) && block.is_none() {
            return Reason::DeleteBecauseNoMoveTarget;
        }
        if block.is_none() {
            return Reason::DeleteBecauseNoResourceConfig;
        }
        let Some(id) = self.evaluator.find_module(&address.resource.module) else {
            return Reason::DeleteBecauseNoModule;
        };
        let instances = self.evaluator.resource_instances(id, &address.resource.resource);
        match (instances.map(|i| &i.expansion), &address.key) {
            (Some(Expansion::Count(_)), InstanceKey::Index(_)) => Reason::DeleteBecauseCountIndex,
            (Some(Expansion::ForEach(_)), InstanceKey::Name(_)) => Reason::DeleteBecauseEachKey,
            _ => Reason::DeleteBecauseWrongRepetition,
        }
    }
}
