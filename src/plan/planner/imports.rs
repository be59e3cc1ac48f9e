//! Imports: objects that are taken over, found by their ids.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::config::scope::Instance;
use crate::graph::InstanceAddress;
use crate::plan::evaluate::{Expansion, ModuleId};
use crate::plan::imports::{Wanted, wanted_imports};
use crate::plan::{Event, EventKind, Importing, ObjectId, PlanMode};
use crate::providers::{ReadOutcome, ReadRequest};
use crate::state::{ObjectState, State};
use crate::syntax::{Diagnostic, Diagnostics, Span};

use super::prior::{PriorInstance, PriorObject, PriorResource, marked_by_schema};
use super::{Context, Planner};

/// What is to be imported.
#[derive(Default)]
pub(super) struct Imports {
    wanted: Wanted,
    /// What was found.
    found: HashMap<InstanceAddress, Importing>,
}

impl Imports {
    /// That an instance's object is an imported one.
    pub fn importing(&self, address: &InstanceAddress) -> Option<Importing> {
        self.found.get(address).cloned()
    }
}

impl<'c> Planner<'c> {
    /// Finds out what is to be imported. Ids are made of variables and of values that are known from the start.
    pub(super) fn begin_imports(&mut self, state: &State) {
        let tree = self.input.graph.modules[0].tree;
        if tree.module.imports.is_empty() || self.mode() != PlanMode::Normal {
            return;
        }
        let generate = self.input.options.generate_config;
        let scope = self.evaluator.scope(ModuleId::ROOT, Instance::default());
        let (wanted, problems) = wanted_imports(tree, &scope, state, generate);
        self.imports.wanted = wanted;
        self.report(problems);
        // They were made before what they might depend on was there.
        drop(self.evaluator.take_problems());
        self.evaluator.forget_values();
    }

    /// Finds the objects of a resource that are to be imported, and takes them for what was there before.
    pub(super) async fn import_objects(&mut self, context: &Context<'c>, expansion: &Expansion) -> bool {
        if self.imports.wanted.is_empty() {
            return false;
        }
        let mut failed = false;
        for position in 0..expansion.len() {
            let address = context.address.instance(expansion.key(position));
            if self.prior.current(&address.resource, &address.key).is_some()
                || !self.targeting.includes_instance(&address)
            {
                continue;
            }
            if let Some(wanted) = self.imports.wanted.get(&address).cloned() {
                let importing = Importing { id: wanted.id };
                failed |= self.import_object(context, &address, importing, wanted.span).await;
            }
        }
        failed
    }

    async fn import_object(
        &mut self,
        context: &Context<'c>,
        address: &InstanceAddress,
        importing: Importing,
        span: Span,
    ) -> bool {
        let event = |kind| Event { address: address.clone(), deposed: None, kind };
        (self.input.report)(event(EventKind::ImportStart { id: importing.id.clone() }));
        let kind = context.resource.key.kind.clone();
        let imported = context.provider.import(&kind, &importing.id).await;
        let at = |d: Diagnostic| Diagnostic { subject: d.subject.or(Some(span)), ..d };
        let problems: Diagnostics = imported.diagnostics.into_iter().map(at).collect();
        if self.report(problems) || imported.value.is_null() {
            return true;
        }
        (self.input.report)(event(EventKind::RefreshStart { id: ObjectId::of(&imported.value) }));
        let request =
            ReadRequest { kind, address: address.to_string().into(), prior: imported.value, private: imported.private };
        let Some(response) = context.provider.read(vec![request]).await.pop() else { return true };
        let problems: Diagnostics = response.diagnostics.into_iter().map(at).collect();
        let failed = self.report(problems);
        let value = match response.outcome {
            ReadOutcome::Found(value) if !failed => value,
            ReadOutcome::Gone => {
                let detail = format!(
                    "While attempting to import an existing object to {:?}, the provider detected that no object exists \
                     with the given id. Only pre-existing objects can be imported; check that the id is correct and that \
                     it is associated with the provider's configured region or endpoint, or use \"terraform apply\" to \
                     create a new remote object for this resource.",
                    address.to_string()
                );
                self.report(at(Diagnostic::error("Cannot import non-existent remote object", detail)).into());
                return true;
            }
            _ => return true,
        };
        let value = marked_by_schema(context.schema, &value);
        (self.input.report)(event(EventKind::RefreshComplete { id: ObjectId::of(&value) }));
        let Ok(state) = ObjectState::new(&value, context.schema.implied_type(), context.schema.version) else {
            let detail = format!("The provider gave a value for {address} that is not wholly known.");
            self.report(at(Diagnostic::error("Provider produced invalid object", detail)).into());
            return true;
        };
        let state = ObjectState { private: response.private, ..state };
        let resource = self.prior.resources.entry(Arc::clone(&address.resource)).or_insert_with(|| PriorResource {
            provider: context.provider_address.clone(),
            schema: context.schema,
            instances: BTreeMap::new(),
        });
        let instance: &mut PriorInstance = resource.instances.entry(address.key.clone()).or_default();
        instance.current = Some(PriorObject { state: Arc::new(state), value });
        self.imports.found.insert(address.clone(), importing);
        false
    }
}
