//! The provider `terraform.io/builtin/terraform`, which needs no installation.

use std::sync::LazyLock;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::config::module::Mode;
use crate::lang::Type;
use crate::schema::{Attribute, Block, Schema};

fn schema(attributes: Vec<(&'static str, Attribute)>) -> Schema {
    let attributes: IndexMap<SmolStr, Attribute> =
        attributes.into_iter().map(|(name, a)| (SmolStr::new_static(name), a)).collect();
    Schema { version: 0, block: Block { attributes, blocks: IndexMap::new() } }
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
