//! Providers: who knows resource types. [`PROVIDERS`] has all that are here.

pub mod address;
pub mod aws;
pub mod builtin;
mod configured;
#[cfg(test)]
pub mod fake;
pub mod provider;
pub mod provisioners;
pub mod status;

pub use address::ProviderConfigAddress;
pub use configured::{Configured, Pool};
pub use provider::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, Imported, Mutation, PlanRequest, PlanResponse, Provider,
    ReadOutcome, ReadRequest, ReadResponse, RecoverRequest, Recovered, Task, all,
};

use std::path::Path;
use std::sync::Arc;

use crate::config::module::Mode;
use crate::lang::Value;
use crate::schema::Schema;
use crate::syntax::Diagnostics;

/// The providers that are here.
static PROVIDERS: &[Known] = &[
    builtin::KNOWN,
    aws::KNOWN,
    #[cfg(test)]
    fake::KNOWN,
];

/// A provider with what there is to say of its configuration.
type Made = (Arc<dyn Provider>, Diagnostics);

/// What is known of a provider before it is configured.
pub(crate) struct Known {
    /// Its full address.
    pub address: &'static str,
    /// The schema of a `provider` block.
    pub schema: fn() -> &'static Schema,
    /// The schema of a resource type or data source.
    pub resource_schema: fn(Mode, &str) -> Option<&'static Schema>,
    /// The names of its resource types or data sources.
    pub kinds: fn(Mode) -> Vec<&'static str>,
    /// What schemas can't say about a configuration of a resource type or data source.
    pub validate: fn(Mode, &str, &Value) -> Diagnostics,
    /// What the schema can't say about a `provider` block.
    pub validate_provider: fn(&Value) -> Diagnostics,
    /// Makes a provider from its configuration, for a root module in a folder, from where paths begin.
    pub configure: fn(&Value, &Path) -> Made,
}

fn known(provider: &str) -> Option<&'static Known> {
    PROVIDERS.iter().find(|known| known.address == provider)
}

/// The addresses of the providers that are here.
pub fn addresses() -> impl Iterator<Item = &'static str> {
    PROVIDERS.iter().map(|known| known.address)
}

/// Whether a provider is here.
#[must_use]
pub fn is_available(provider: &str) -> bool {
    known(provider).is_some()
}

/// The schema of a `provider` block, if the provider is here.
#[must_use]
pub fn provider_schema(provider: &str) -> Option<&'static Schema> {
    known(provider).map(|known| (known.schema)())
}

/// Makes a provider from its configuration, if it is here. The configuration is an object of the type of
/// [`provider_schema`] without marks; parts are unknown where only an apply will tell. That is cheap and does no I/O:
/// connecting is for [`Provider::ready`]. `folder` is that of the root module, from where paths begin.
#[must_use]
pub fn configure(provider: &str, config: &Value, folder: &Path) -> Option<Made> {
    known(provider).map(|known| (known.configure)(config, folder))
}

/// What a provider has against its configuration that fits the schema. Parts of the value may be unknown.
#[must_use]
pub fn validate_provider(provider: &str, config: &Value) -> Diagnostics {
    known(provider).map_or_else(Diagnostics::new, |known| (known.validate_provider)(config))
}

/// The schema of a resource type or data source, if a provider here has it.
#[must_use]
pub fn resource_schema(mode: Mode, kind: &str) -> Option<&'static Schema> {
    PROVIDERS.iter().find_map(|known| (known.resource_schema)(mode, kind))
}

/// The names of a provider's resource types or data sources.
#[must_use]
pub fn kinds(provider: &str, mode: Mode) -> Vec<&'static str> {
    known(provider).map_or_else(Vec::new, |known| (known.kinds)(mode))
}

/// What a provider has against a configuration that fits the schema of the resource type. Parts of
/// the value may be unknown.
#[must_use]
pub fn validate(mode: Mode, kind: &str, config: &Value) -> Diagnostics {
    let known = PROVIDERS.iter().find(|known| (known.resource_schema)(mode, kind).is_some());
    known.map_or_else(Diagnostics::new, |known| (known.validate)(mode, kind, config))
}
