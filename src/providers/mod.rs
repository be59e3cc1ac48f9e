//! Providers: who knows resource types. So far the built-in one.

pub mod builtin;

use crate::config::module::Mode;
use crate::schema::Schema;

/// The schema of a resource type or data source, if a provider here has it.
#[must_use]
pub fn resource_schema(mode: Mode, kind: &str) -> Option<&'static Schema> {
    builtin::resource_schema(mode, kind)
}
