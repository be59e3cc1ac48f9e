//! What has changed outside: differences between the state as it was and as it is read now, and
//! what only moved.

use std::collections::HashSet;

use smol_str::SmolStr;

use crate::graph::InstanceAddress;
use crate::lang::{Type, Value};
use crate::plan::{Action, Change, ResourceChange};

use super::Planner;
use super::prior::PriorObject;

impl Planner<'_> {
    /// An object was read and differs.
    pub(super) fn note_drift(
        &mut self,
        address: &InstanceAddress,
        deposed: Option<&SmolStr>,
        before: &PriorObject,
        after: Option<&PriorObject>,
    ) {
        let action = if after.is_some() { Action::Update } else { Action::Delete };
        let after = after.map_or_else(|| Value::null(Type::Dynamic), |o| o.value.clone());
        self.push_drift(address, deposed, Change { action, before: before.value.clone(), after });
    }

    /// In a plan that changes nothing, objects that have another address now are drift.
    pub(super) fn note_moves(&mut self) {
        let noted: HashSet<&InstanceAddress> =
            self.drift.iter().filter(|d| d.deposed.is_none()).map(|d| &d.address).collect();
        let moved = self.moves.previous.keys().filter(|address| !noted.contains(address));
        for address in moved.cloned().collect::<Vec<_>>() {
            if let Some(object) = self.prior.current(&address.resource, &address.key) {
                let value = object.value.clone();
                self.push_drift(&address, None, Change { action: Action::NoOp, before: value.clone(), after: value });
            }
        }
    }

    fn push_drift(&mut self, address: &InstanceAddress, deposed: Option<&SmolStr>, change: Change) {
        let Some(resource) = self.prior.resources.get(&address.resource) else { return };
        self.drift.push(ResourceChange {
            address: address.clone(),
            previous_address: self.moves.previous.get(address).cloned(),
            deposed: deposed.cloned(),
            provider: resource.provider.clone(),
            change,
            reason: None,
            replace_paths: Vec::new(),
            importing: None,
            generated_config: None,
            private: None,
            create_before_destroy: false,
        });
    }
}
