//! What there was before: objects from state with their values, read again.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::config::module::Mode;
use crate::graph::{InstanceAddress, InstanceKey, ResourceAddress};
use crate::lang::{Marks, Value};
use crate::plan::{Event, EventKind, ObjectId, PlanMode};
use crate::providers::{Provider, ProviderConfigAddress, ReadOutcome, ReadRequest, ReadResponse};
use crate::schema::Schema;
use crate::schema::planning::sensitive_paths;
use crate::state::value_json::{DecodeError, fitted};
use crate::state::{ObjectState, ObjectStatus};
use crate::syntax::{Diagnostic, Diagnostics};

use super::Planner;

/// All objects, by resource.
#[derive(Default)]
pub(super) struct Prior {
    pub resources: BTreeMap<Arc<ResourceAddress>, PriorResource>,
}

/// The objects of a resource.
pub(super) struct PriorResource {
    pub provider: ProviderConfigAddress,
    pub schema: &'static Schema,
    pub instances: BTreeMap<InstanceKey, PriorInstance>,
}

/// The objects of an instance.
#[derive(Clone, Default)]
pub(super) struct PriorInstance {
    pub current: Option<PriorObject>,
    pub deposed: BTreeMap<SmolStr, PriorObject>,
}

/// An object.
#[derive(Clone)]
pub(super) struct PriorObject {
    pub state: Arc<ObjectState>,
    /// Marked, with what the schema calls sensitive.
    pub value: Value,
}

impl PriorObject {
    pub fn is_tainted(&self) -> bool {
        self.state.status == ObjectStatus::Tainted
    }
}

impl Prior {
    /// The current object of an instance.
    pub fn current(&self, resource: &Arc<ResourceAddress>, key: &InstanceKey) -> Option<&PriorObject> {
        self.resources.get(resource)?.instances.get(key)?.current.as_ref()
    }
}

/// The value with everything marked that its schema calls sensitive.
pub(super) fn marked_by_schema(schema: &Schema, value: &Value) -> Value {
    let paths = sensitive_paths(schema, value);
    if paths.is_empty() { value.clone() } else { value.mark_paths(&paths) }
}

/// An object that is to be read again.
struct Reading {
    resource: Arc<ResourceAddress>,
    key: InstanceKey,
    deposed: Option<SmolStr>,
}

impl Planner<'_> {
    /// Takes the objects out of the state, after moves, and reads them again.
    pub(super) async fn load_prior(&mut self, state: &crate::state::State) {
        for (address, resource) in &state.resources {
            let Some(schema) = self.schema_of_state(address) else { continue };
            let mut prior = PriorResource { provider: resource.provider.clone(), schema, instances: BTreeMap::new() };
            for (key, instance) in &resource.instances {
                let mut taken = PriorInstance::default();
                if let Some(object) = &instance.current {
                    taken.current = self.decode(address, key, schema, object);
                }
                for (name, object) in &instance.deposed {
                    taken.deposed.extend(self.decode(address, key, schema, object).map(|o| (name.clone(), o)));
                }
                prior.instances.insert(key.clone(), taken);
            }
            self.prior.resources.insert(Arc::clone(address), prior);
        }
        if !self.input.options.skip_refresh && !self.diagnostics.has_errors() {
            self.refresh().await;
        }
    }

    /// The schema of what is in state, which has to be here even if the configuration is not.
    fn schema_of_state(&mut self, address: &Arc<ResourceAddress>) -> Option<&'static Schema> {
        let schema = crate::providers::resource_schema(address.resource.mode, &address.resource.kind);
        if schema.is_none() {
            let detail = format!(
                "The state has objects of {address}, but no provider of this version of Infra has the type {:?}. To go on \
                 without managing them, take them out of the state: infra state rm '{address}'",
                address.resource.kind.as_str()
            );
            self.report(Diagnostic::error("Unsupported resource type in state", detail).into());
        }
        schema
    }

    fn decode(
        &mut self,
        address: &Arc<ResourceAddress>,
        key: &InstanceKey,
        schema: &'static Schema,
        object: &Arc<ObjectState>,
    ) -> Option<PriorObject> {
        let shown = address.instance(key.clone());
        if object.schema_version > schema.version {
            let detail = format!(
                "The state of {shown} was written by a newer version of its provider (schema version {}, here it is {}).",
                object.schema_version, schema.version
            );
            self.report(Diagnostic::error("Resource instance managed by newer provider version", detail).into());
            return None;
        }
        let object = if object.schema_version < schema.version {
            self.upgrade(&shown, schema, object)?
        } else {
            Arc::clone(object)
        };
        let ty = schema.implied_type();
        let decoded = object.value(ty).map(|value| (value, Arc::clone(&object))).or_else(|e| {
            // Another version of the provider may have had other attributes.
            let attributes = fitted(&object.attributes, ty).ok_or(e)?;
            let object = Arc::new(ObjectState { attributes: attributes.into(), ..(*object).clone() });
            Ok::<_, DecodeError>((object.value(ty)?, object))
        });
        match decoded {
            Ok((value, state)) => Some(PriorObject { value: marked_by_schema(schema, &value), state }),
            Err(e) => {
                let detail = format!("The attributes of {shown} in the state are not what its type has: {e}.");
                self.report(Diagnostic::error("Failed to decode resource from state", detail).into());
                None
            }
        }
    }

    /// Attributes of an older version of the schema, brought to this one.
    fn upgrade(
        &mut self,
        address: &InstanceAddress,
        schema: &'static Schema,
        object: &Arc<ObjectState>,
    ) -> Option<Arc<ObjectState>> {
        let provider = self.previous.resources.get(&address.resource).map(|r| r.provider.clone());
        let provider = provider.and_then(|p| (self.input.providers)(&p))?;
        let attributes = serde_json::from_str(&object.attributes).map_err(|e| e.to_string());
        let upgraded =
            attributes.and_then(|a| provider.upgrade(&address.resource.resource.kind, object.schema_version, a));
        match upgraded {
            Ok(attributes) => {
                let attributes = attributes.to_string().into();
                Some(Arc::new(ObjectState { attributes, schema_version: schema.version, ..(**object).clone() }))
            }
            Err(why) => {
                let detail = format!("The state of {address} can't be brought to the current version: {why}.");
                self.report(Diagnostic::error("Failed to upgrade resource state", detail).into());
                None
            }
        }
    }

    /// Reads every managed object again, all of a provider at once.
    async fn refresh(&mut self) {
        let mut batches: BTreeMap<ProviderConfigAddress, (Vec<Reading>, Vec<ReadRequest>)> = BTreeMap::new();
        for (address, resource) in &self.prior.resources {
            if address.resource.mode != Mode::Managed {
                continue;
            }
            let batch = batches.entry(resource.provider.clone()).or_default();
            for (key, instance) in &resource.instances {
                let deposed = instance.deposed.iter().map(|(name, object)| (Some(name.clone()), object));
                for (deposed, object) in instance.current.iter().map(|o| (None, o)).chain(deposed) {
                    let instance_address = address.instance(key.clone());
                    let goes_unread = self.mode() == PlanMode::Normal && self.is_forgotten(&instance_address);
                    if goes_unread || !self.targeting.includes_instance(&instance_address) {
                        continue;
                    }
                    let kind = EventKind::RefreshStart { id: ObjectId::of(&object.value) };
                    let shown = instance_address.to_string().into();
                    (self.input.report)(Event { address: instance_address, deposed: deposed.clone(), kind });
                    batch.0.push(Reading { resource: Arc::clone(address), key: key.clone(), deposed });
                    batch.1.push(ReadRequest {
                        kind: address.resource.kind.clone(),
                        address: shown,
                        prior: object.value.unmark_deep().0,
                        private: object.state.private.clone(),
                    });
                }
            }
        }
        for (address, (readings, requests)) in batches {
            let Some(provider) = (self.input.providers)(&address) else {
                let detail = format!("The state has objects of {address}, which this version of Infra does not have.");
                self.report(Diagnostic::error("Missing required provider", detail).into());
                continue;
            };
            let provider: Arc<dyn Provider> = provider;
            let responses = provider.read(requests).await;
            for (reading, response) in readings.into_iter().zip(responses) {
                self.refreshed(reading, response);
            }
        }
    }

    fn refreshed(&mut self, reading: Reading, response: ReadResponse) {
        let address = reading.resource.instance(reading.key.clone());
        let problems = response.diagnostics.into_iter().map(|d| Diagnostic { address: Some(address.to_string()), ..d });
        let failed = self.report(problems.collect::<Diagnostics>());
        let Some(resource) = self.prior.resources.get_mut(&reading.resource) else { return };
        let schema = resource.schema;
        let Some(instance) = resource.instances.get_mut(&reading.key) else { return };
        let slot = match &reading.deposed {
            None => instance.current.take(),
            Some(name) => instance.deposed.remove(name),
        };
        let Some(before) = slot else { return };
        let put = |instance: &mut PriorInstance, object: PriorObject| match &reading.deposed {
            None => instance.current = Some(object),
            Some(name) => drop(instance.deposed.insert(name.clone(), object)),
        };
        let after = match response.outcome {
            _ if failed => Some(before.clone()),
            ReadOutcome::Failed => Some(before.clone()),
            ReadOutcome::Gone => None,
            ReadOutcome::Found(value) => {
                let unchanged = value == before.value.unmark_deep().0 && response.private == before.state.private;
                if unchanged { Some(before.clone()) } else { changed(schema, &before, &value, response.private) }
            }
        };
        let kind = EventKind::RefreshComplete { id: after.as_ref().and_then(|o| ObjectId::of(&o.value)) };
        (self.input.report)(Event { address: address.clone(), deposed: reading.deposed.clone(), kind });
        let is_drift = after.as_ref().is_none_or(|a| !Arc::ptr_eq(&a.state, &before.state));
        if let Some(object) = &after {
            put(instance, object.clone());
        }
        if is_drift && self.mode() != PlanMode::Destroy {
            self.note_drift(&address, reading.deposed.as_ref(), &before, after.as_ref());
        }
    }
}

/// An object that has another value now. Its own marks stay where they were.
fn changed(
    schema: &'static Schema,
    before: &PriorObject,
    value: &Value,
    private: Option<SmolStr>,
) -> Option<PriorObject> {
    let paths: Vec<_> = before.value.marked_paths().into_iter().filter(|(_, m)| m.contains(Marks::SENSITIVE)).collect();
    let value = marked_by_schema(schema, &value.mark_paths(&paths));
    let state = before.state.with_value(&value, schema.implied_type()).ok()?;
    Some(PriorObject { state: Arc::new(ObjectState { private, ..state }), value })
}
