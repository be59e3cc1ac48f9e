//! The provider `terraform.io/builtin/terraform`, which needs no installation.

use std::sync::LazyLock;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::config::module::Mode;
use crate::lang::{Type, Value};
use crate::schema::{Attribute, Block, Schema};
use crate::syntax::{Diagnostic, Diagnostics};

fn schema(attributes: Vec<(&'static str, Attribute)>) -> Schema {
    let attributes: IndexMap<SmolStr, Attribute> =
        attributes.into_iter().map(|(name, a)| (SmolStr::new_static(name), a)).collect();
    Schema::new(0, Block { attributes, blocks: IndexMap::new() })
}

static TERRAFORM_DATA: LazyLock<Schema> = LazyLock::new(|| {
    schema(vec![
        ("id", Attribute::computed(Type::String)),
        ("input", Attribute::optional(Type::Dynamic)),
        ("output", Attribute::computed(Type::Dynamic)),
        ("triggers_replace", Attribute::optional(Type::Dynamic)),
    ])
});

static REMOTE_STATE: LazyLock<Schema> = LazyLock::new(|| {
    schema(vec![
        ("backend", Attribute::required(Type::String)),
        ("config", Attribute::optional(Type::Dynamic)),
        ("defaults", Attribute::optional(Type::Dynamic)),
        ("outputs", Attribute::computed(Type::Dynamic)),
        ("workspace", Attribute::optional(Type::String)),
    ])
});

/// The schema of `terraform_data` and of the data source `terraform_remote_state`.
#[must_use]
pub fn resource_schema(mode: Mode, kind: &str) -> Option<&'static Schema> {
    match (mode, kind) {
        (Mode::Managed, "terraform_data") => Some(&TERRAFORM_DATA),
        (Mode::Data, "terraform_remote_state") => Some(&REMOTE_STATE),
        _ => None,
    }
}

/// `terraform_data` decides its computed attributes itself.
#[must_use]
pub fn validate(mode: Mode, kind: &str, config: &Value) -> Diagnostics {
    if (mode, kind) != (Mode::Managed, "terraform_data") {
        return Diagnostics::new();
    }
    let set = |name: &&str| config.get(name).is_some_and(|v| !v.is_null());
    let read_only = |name: &str| {
        Diagnostic::error(
            format!("{name:?} attribute is read-only"),
            format!("The value of {name:?} is decided when the object is created. Remove the argument."),
        )
    };
    ["id", "output"].iter().filter(|name| set(name)).map(|name| read_only(name)).collect()
}
