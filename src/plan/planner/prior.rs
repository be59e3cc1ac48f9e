//! What there was before: objects from state with their values, read again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::config::module::Mode;
use crate::graph::{InstanceAddress, InstanceKey, ResourceAddress};
use crate::lang::{Marks, Value};
use crate::plan::{Event, EventKind, ObjectId, PlanMode};
use crate::providers::{
    self, Configured, Provider, ProviderConfigAddress, ReadOutcome, ReadRequest, ReadResponse, Task, all,
};
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
    /// What the value was before it was read again, if that was another one.
    pub stored: Option<Value>,
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
    /// Takes the objects out of the state, after moves.
    pub(super) fn load_prior(&mut self, state: &crate::state::State) {
        for (address, resource) in &state.resources {
            let Some(schema) = self.schema_of_state(address) else { continue };
            let provider = self.configuration_of(address, &resource.provider);
            let mut prior = PriorResource { provider, schema, instances: BTreeMap::new() };
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
    }

    /// The schema of what is in state, which has to be here even if the configuration is not.
    fn schema_of_state(&mut self, address: &Arc<ResourceAddress>) -> Option<&'static Schema> {
        let schema = providers::resource_schema(address.resource.mode, &address.resource.kind);
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
            Ok((value, state)) => Some(PriorObject { value: marked_by_schema(schema, &value), state, stored: None }),
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
        let kind = &address.resource.resource.kind;
        let provider = self.previous.resources.get(&address.resource).map(|r| &r.provider.provider);
        // Whatever its configuration, which may not be known yet.
        let provider = provider.and_then(|p| unconfigured(p))?;
        let attributes = serde_json::from_str(&object.attributes).map_err(|e| e.to_string());
        let upgraded = attributes.and_then(|a| provider.upgrade(kind, object.schema_version, a));
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

    /// Reads the managed objects of provider configurations again, all at the same time.
    pub(super) async fn refresh(&mut self, addresses: &BTreeSet<ProviderConfigAddress>) {
        let mut batches = Vec::new();
        for address in addresses {
            let Some(provider) = self.provider(address) else { continue };
            let (readings, requests) = self.readings(address);
            if !requests.is_empty() {
                batches.push((provider, readings, requests));
            }
        }
        let task = |(provider, _, requests): &mut (Arc<Configured>, _, Vec<ReadRequest>)| {
            let (provider, requests) = (Arc::clone(provider), std::mem::take(requests));
            Box::pin(async move { provider.read(requests).await }) as Task<'_, Vec<ReadResponse>>
        };
        let answers = all(batches.iter_mut().map(task).collect()).await;
        for ((_, readings, _), responses) in batches.into_iter().zip(answers) {
            for (reading, response) in readings.into_iter().zip(responses) {
                self.refreshed(reading, response);
            }
        }
    }

    /// What has to be read again of a provider configuration's objects.
    fn readings(&self, provider: &ProviderConfigAddress) -> (Vec<Reading>, Vec<ReadRequest>) {
        let (mut readings, mut requests) = (Vec::new(), Vec::new());
        let is_read = |(a, r): &(&Arc<ResourceAddress>, &PriorResource)| {
            a.resource.mode == Mode::Managed && r.provider == *provider
        };
        for (address, resource) in self.prior.resources.iter().filter(is_read) {
            for (key, instance) in &resource.instances {
                let deposed = instance.deposed.iter().map(|(name, object)| (Some(name.clone()), object));
                for (deposed, object) in instance.current.iter().map(|o| (None, o)).chain(deposed) {
                    let instance_address = address.instance(key.clone());
                    let goes_unread = self.mode() == PlanMode::Normal && self.is_forgotten(&instance_address);
                    if goes_unread || !self.targeting.includes_object(&instance_address, deposed.as_ref()) {
                        continue;
                    }
                    let kind = EventKind::RefreshStart { id: ObjectId::of(&object.value) };
                    let shown = instance_address.to_string().into();
                    (self.input.report)(Event { address: instance_address, deposed: deposed.clone(), kind });
                    readings.push(Reading { resource: Arc::clone(address), key: key.clone(), deposed });
                    requests.push(ReadRequest {
                        kind: address.resource.kind.clone(),
                        address: shown,
                        prior: object.value.unmark_deep().0,
                        private: object.state.private.clone(),
                    });
                }
            }
        }
        (readings, requests)
    }

    fn refreshed(&mut self, reading: Reading, response: ReadResponse) {
        let address = reading.resource.instance(reading.key.clone());
        let graph = self.input.graph;
        let module = graph.module(&address.resource.module.path());
        let block = module.and_then(|m| graph.modules[m].tree.module.resources.get(&address.resource.resource));
        let place = block.map(|block| block.body.missing_item_span());
        let problems = response.diagnostics.into_iter().map(|d| {
            let address = Some(address.to_string());
            Diagnostic { address, subject: d.subject.or(place), ..d }
        });
        let mut failed = self.report(problems.collect::<Diagnostics>());
        failed |= matches!(response.outcome, ReadOutcome::Failed);
        if failed {
            self.unread.insert((address.clone(), reading.deposed.clone()));
        }
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

/// A provider of whose configuration nothing is known.
fn unconfigured(provider: &str) -> Option<Arc<dyn Provider>> {
    let block = &providers::provider_schema(provider)?.block;
    let attributes = block.attributes.iter().map(|(name, a)| (name.clone(), Value::unknown(a.ty.clone())));
    let blocks = block.blocks.iter().map(|(name, b)| (name.clone(), Value::unknown(b.implied_type())));
    let nothing = Value::object(attributes.chain(blocks).collect());
    Some(providers::configure(provider, &nothing, Path::new(""))?.0)
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
    let stored = Some(before.value.clone());
    Some(PriorObject { state: Arc::new(ObjectState { private, ..state }), value, stored })
}
