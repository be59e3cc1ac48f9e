//! Schemas as `terraform providers schema -json` has them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use infra::config::module::Mode;
use infra::lang::Type;
use infra::schema::{Attribute, Block, NestedAttributes, NestedBlock, Nesting, Schema};
use serde_json::Value as Json;

/// The schemas that the cases need.
pub struct Known {
    provider: Schema,
    managed: HashMap<String, Schema>,
    data: HashMap<String, Schema>,
}

impl Known {
    pub fn load(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let json: Json = serde_json::from_str(&text).unwrap();
        let all = |key: &str| {
            let entries = json[key].as_object().unwrap().iter();
            entries.map(|(kind, s)| (kind.clone(), schema(s))).collect()
        };
        Known {
            provider: schema(&json["provider_config"]),
            managed: all("resource_schemas"),
            data: all("data_source_schemas"),
        }
    }

    pub fn resource(&self, mode: Mode, kind: &str) -> Option<&Schema> {
        let own = if mode == Mode::Data { &self.data } else { &self.managed };
        infra::providers::resource_schema(mode, kind).or_else(|| own.get(kind))
    }

    pub fn provider(&self) -> Option<&Schema> {
        Some(&self.provider)
    }
}

fn schema(json: &Json) -> Schema {
    Schema::new(json["version"].as_u64().unwrap(), block(&json["block"]))
}

fn block(json: &Json) -> Block {
    let blocks = json["block_types"].as_object().into_iter().flatten().map(|(name, b)| {
        let nested = NestedBlock {
            nesting: nesting(&b["nesting_mode"]),
            block: block(&b["block"]),
            min: 0,
            max: 0,
            computed: false,
            force_new: false,
        };
        (name.into(), nested)
    });
    Block { attributes: attributes(json), blocks: blocks.collect() }
}

fn attributes(json: &Json) -> IndexMap<smol_str::SmolStr, Attribute> {
    let entries = json["attributes"].as_object().into_iter().flatten();
    entries.map(|(name, a)| (name.into(), attribute(a))).collect()
}

fn attribute(json: &Json) -> Attribute {
    let flag = |name: &str| json[name].as_bool().unwrap_or_default();
    let nested = json
        .get("nested_type")
        .map(|n| Arc::new(NestedAttributes { nesting: nesting(&n["nesting_mode"]), attributes: attributes(n) }));
    let ty = match &nested {
        None => ty(&json["type"]),
        Some(n) => {
            let object = Type::object(n.attributes.iter().map(|(name, a)| (name.clone(), a.ty.clone())));
            match n.nesting {
                Nesting::Single | Nesting::Group => object,
                Nesting::List => Type::list(object),
                Nesting::Set => Type::set(object),
                Nesting::Map => Type::map(object),
            }
        }
    };
    Attribute {
        required: flag("required"),
        optional: flag("optional"),
        computed: flag("computed"),
        sensitive: flag("sensitive"),
        nested,
        ..Attribute::optional(ty)
    }
}

fn nesting(json: &Json) -> Nesting {
    match json.as_str().unwrap() {
        "single" => Nesting::Single,
        "group" => Nesting::Group,
        "list" => Nesting::List,
        "set" => Nesting::Set,
        "map" => Nesting::Map,
        other => panic!("{other}"),
    }
}

pub fn ty(json: &Json) -> Type {
    match json.as_str() {
        Some("string") => return Type::String,
        Some("number") => return Type::Number,
        Some("bool") => return Type::Bool,
        Some(_) => return Type::Dynamic,
        None => {}
    }
    let of = &json[1];
    match json[0].as_str().unwrap() {
        "list" => Type::list(ty(of)),
        "set" => Type::set(ty(of)),
        "map" => Type::map(ty(of)),
        "tuple" => Type::tuple(of.as_array().unwrap().iter().map(ty).collect()),
        _ => Type::object(of.as_object().unwrap().iter().map(|(name, t)| (name.into(), ty(t)))),
    }
}
