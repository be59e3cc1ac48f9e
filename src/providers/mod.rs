//! Providers: who knows resource types. So far the built-in one.

pub mod address;
pub mod aws;
pub mod builtin;
pub mod provider;
pub mod provisioners;

pub use address::ProviderConfigAddress;
pub use provider::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, Imported, PlanRequest, PlanResponse, Provider, ReadOutcome,
    ReadRequest, ReadResponse, Task,
};

use std::sync::Arc;

use crate::config::module::Mode;
use crate::config::provider_of::BUILTIN;
use crate::lang::{Type, Value};
use crate::schema::Schema;
use crate::syntax::Diagnostics;

/// The provider with an address, if it is here.
#[must_use]
pub fn find(address: &str) -> Option<Arc<dyn Provider>> {
    match address {
        BUILTIN => Some(Arc::new(builtin::Builtin)),
        aws::ADDRESS => Some(aws::configure(&Value::null(Type::Dynamic))),
        _ => None,
    }
}

/// The schema of a resource type or data source, if a provider here has it.
#[must_use]
pub fn resource_schema(mode: Mode, kind: &str) -> Option<&'static Schema> {
    builtin::resource_schema(mode, kind).or_else(|| aws::resource_schema(mode, kind))
}

/// What a provider has against a configuration that fits the schema of the resource type. Parts of
/// the value may be unknown.
#[must_use]
pub fn validate(mode: Mode, kind: &str, config: &Value) -> Diagnostics {
    match builtin::resource_schema(mode, kind) {
        Some(_) => builtin::validate(mode, kind, config),
        None => aws::validate(mode, kind, config),
    }
}
