//! Places in state where an object can be, and what is put there.

use std::sync::Arc;

use smol_str::SmolStr;
use uuid::Uuid;

use crate::graph::InstanceAddress;
use crate::providers::ProviderConfigAddress;
use crate::state::{InstanceState, ObjectState, ResourceState, State};

/// A place in state with what is there from now on.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The instance.
    pub address: InstanceAddress,
    /// The key of a deposed object; none for the current one.
    pub deposed: Option<SmolStr>,
    /// The provider configuration of the resource.
    pub provider: ProviderConfigAddress,
    /// The object; none if there is none any more.
    pub object: Option<Arc<ObjectState>>,
}

/// A new key for an object that makes room for another.
pub(super) fn deposed_key() -> SmolStr {
    SmolStr::from(format!("{:08x}", Uuid::new_v4().as_fields().0))
}

/// The object in a place.
pub(super) fn object_at<'s>(
    state: &'s State,
    address: &InstanceAddress,
    deposed: Option<&SmolStr>,
) -> Option<&'s Arc<ObjectState>> {
    let instance = state.resources.get(&address.resource)?.instances.get(&address.key)?;
    match deposed {
        Some(key) => instance.deposed.get(key),
        None => instance.current.as_ref(),
    }
}

impl Slot {
    /// Puts the object into a state, or takes it out.
    pub(super) fn put_into(&self, state: &mut State) {
        let Slot { address, deposed, provider, object } = self;
        if object.is_some() {
            let empty = || ResourceState { provider: provider.clone(), instances: Default::default() };
            let resource = state.resources.entry(Arc::clone(&address.resource)).or_insert_with(empty);
            if resource.provider != *provider {
                resource.provider = provider.clone();
            }
            let instance = resource.instances.entry(address.key.clone()).or_default();
            set(instance, deposed.as_ref(), object.clone());
            return;
        }
        let Some(resource) = state.resources.get_mut(&address.resource) else { return };
        let Some(instance) = resource.instances.get_mut(&address.key) else { return };
        set(instance, deposed.as_ref(), None);
        if instance.current.is_none() && instance.deposed.is_empty() {
            resource.instances.remove(&address.key);
        }
        if resource.instances.is_empty() {
            state.resources.remove(&address.resource);
        }
    }
}

fn set(instance: &mut InstanceState, deposed: Option<&SmolStr>, object: Option<Arc<ObjectState>>) {
    match (deposed, object) {
        (None, object) => instance.current = object,
        (Some(key), None) => drop(instance.deposed.remove(key)),
        (Some(key), Some(object)) => drop(instance.deposed.insert(key.clone(), object)),
    }
}
