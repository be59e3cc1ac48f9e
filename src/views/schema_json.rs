//! Schemas as `providers schema -json` has them: Terraform's format 1.0.

use serde_json::{Map, Value as Json, json};

use crate::schema::{Attribute, Block, NestedBlock, Nesting, Schema};

/// A schema: `{"version": 0, "block": {…}}`.
#[must_use]
pub fn schema(schema: &Schema) -> Json {
    json!({ "version": schema.version, "block": block(&schema.block) })
}

fn block(block: &Block) -> Json {
    let mut object = Map::new();
    if !block.attributes.is_empty() {
        let attributes = block.attributes.iter().map(|(name, a)| (name.to_string(), attribute(a)));
        object.insert("attributes".into(), sorted(attributes));
    }
    if !block.blocks.is_empty() {
        let blocks = block.blocks.iter().map(|(name, b)| (name.to_string(), nested(b)));
        object.insert("block_types".into(), sorted(blocks));
    }
    object.insert("description_kind".into(), "plain".into());
    object.into()
}

fn sorted(entries: impl Iterator<Item = (String, Json)>) -> Json {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Json::Object(entries.into_iter().collect())
}

fn attribute(a: &Attribute) -> Json {
    let mut object = Map::new();
    match &a.nested {
        Some(nested) => {
            let attributes = nested.attributes.iter().map(|(name, a)| (name.to_string(), attribute(a)));
            let ty = json!({ "attributes": sorted(attributes), "nesting_mode": nesting(nested.nesting) });
            object.insert("nested_type".into(), ty);
        }
        None => drop(object.insert("type".into(), a.ty.to_json())),
    }
    object.insert("description_kind".into(), "plain".into());
    let flags = [
        ("deprecated", a.deprecated.is_some()),
        ("required", a.required),
        ("optional", a.optional && !a.required),
        ("computed", a.computed),
        ("sensitive", a.sensitive),
        ("write_only", a.write_only),
    ];
    object.extend(flags.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (name.into(), true.into())));
    object.into()
}

fn nested(b: &NestedBlock) -> Json {
    let mut object = Map::new();
    object.insert("nesting_mode".into(), nesting(b.nesting).into());
    object.insert("block".into(), block(&b.block));
    for (name, number) in [("min_items", b.min), ("max_items", b.max)] {
        if number > 0 {
            object.insert(name.into(), number.into());
        }
    }
    object.into()
}

fn nesting(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}
