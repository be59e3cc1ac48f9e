//! Plans, states and schemas from Terraform's JSON.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path as File;
use std::sync::Arc;
use std::time::SystemTime;

use indexmap::IndexMap;
use infra::config::module::{Mode, ResourceKey};
use infra::graph::address::ModuleStep;
use infra::graph::{InstanceAddress, InstanceKey, ModuleAddress, ResourceAddress};
use infra::lang::{Marks, Number, Path, PathStep, Type, Value};
use infra::plan::{Action, Change, Importing, OutputChange, Plan, PlanMode, Reason, RelevantAttribute, ResourceChange};
use infra::providers::ProviderConfigAddress;
use infra::schema::{Attribute, Block, NestedAttributes, NestedBlock, Nesting, Schema};
use infra::state::State;
use serde_json::Value as Json;
use smol_str::SmolStr;

/// Resource types by name.
pub struct Schemas(BTreeMap<String, Schema>);

impl Schemas {
    pub fn read(folder: &File) -> Self {
        let mut all = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap() {
            let document: Json = serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
            for (kind, schema) in document.as_object().unwrap() {
                all.insert(kind.clone(), Schema::new(0, block(&schema["block"])));
            }
        }
        Schemas(all)
    }

    pub fn get(&self, kind: &str) -> Option<&Schema> {
        self.0.get(kind)
    }
}

fn members(json: &Json) -> impl Iterator<Item = (SmolStr, &Json)> {
    json.as_object().into_iter().flatten().map(|(k, v)| (k.into(), v))
}

fn block(json: &Json) -> Block {
    Block {
        attributes: members(&json["attributes"]).map(|(name, a)| (name, attribute(a))).collect(),
        blocks: members(&json["block_types"])
            .map(|(name, b)| {
                (
                    name,
                    NestedBlock {
                        nesting: nesting(b),
                        block: block(&b["block"]),
                        min: 0,
                        max: 0,
                        computed: false,
                        force_new: false,
                    },
                )
            })
            .collect(),
    }
}

fn nesting(json: &Json) -> Nesting {
    match json["nesting_mode"].as_str().unwrap() {
        "single" => Nesting::Single,
        "group" => Nesting::Group,
        "list" => Nesting::List,
        "set" => Nesting::Set,
        "map" => Nesting::Map,
        other => panic!("{other}"),
    }
}

fn attribute(json: &Json) -> Attribute {
    let nested = json.get("nested_type").map(|nested| NestedAttributes {
        nesting: nesting(nested),
        attributes: members(&nested["attributes"]).map(|(name, a)| (name, attribute(a))).collect::<IndexMap<_, _>>(),
    });
    let ty = match &nested {
        None => type_of(&json["type"]),
        Some(nested) => {
            let object = Type::object(nested.attributes.iter().map(|(n, a)| (n.clone(), a.ty.clone())));
            match nested.nesting {
                Nesting::Single | Nesting::Group => object,
                Nesting::List => Type::list(object),
                Nesting::Set => Type::set(object),
                Nesting::Map => Type::map(object),
            }
        }
    };
    let flag = |name: &str| json[name] == true;
    Attribute {
        required: flag("required"),
        computed: flag("computed"),
        sensitive: flag("sensitive"),
        write_only: flag("write_only"),
        nested: nested.map(Arc::new),
        ..Attribute::optional(ty)
    }
}

fn type_of(json: &Json) -> Type {
    if let Some(name) = json.as_str() {
        return match name {
            "string" => Type::String,
            "number" => Type::Number,
            "bool" => Type::Bool,
            _ => Type::Dynamic,
        };
    }
    let inner = &json[1];
    match json[0].as_str().unwrap() {
        "list" => Type::list(type_of(inner)),
        "set" => Type::set(type_of(inner)),
        "map" => Type::map(type_of(inner)),
        "tuple" => Type::tuple(inner.as_array().unwrap().iter().map(type_of).collect()),
        _ => Type::object(members(inner).map(|(name, t)| (name, type_of(t)))),
    }
}

/// A value with what is said beside it about parts that are unknown or sensitive.
fn value(ty: &Type, json: &Json, unknown: &Json, sensitive: &Json) -> Value {
    let plain = plain_value(ty, json, unknown, sensitive);
    if sensitive == &Json::Bool(true) { plain.sensitive() } else { plain }
}

fn plain_value(ty: &Type, json: &Json, unknown: &Json, sensitive: &Json) -> Value {
    if unknown == &Json::Bool(true) {
        return Value::unknown(ty.clone());
    }
    let item = |ty: &Type, i: usize| value(ty, &json[i], &unknown[i], &sensitive[i]);
    let items = |element: &dyn Fn(usize) -> Type| {
        let count = json.as_array().map_or(0, Vec::len).max(unknown.as_array().map_or(0, Vec::len));
        (0..count).map(|i| item(&element(i), i)).collect::<Vec<_>>()
    };
    let keyed = |ty: &dyn Fn(&str) -> Type| {
        let mut keys: Vec<SmolStr> = members(json).chain(members(unknown)).map(|(k, _)| k).collect();
        keys.sort();
        keys.dedup();
        let one = |k: SmolStr| {
            let v = value(&ty(&k), &json[k.as_str()], &unknown[k.as_str()], &sensitive[k.as_str()]);
            (k, v)
        };
        keys.into_iter().map(one).collect::<Vec<_>>()
    };
    match (ty, json) {
        (_, Json::Null) => Value::null(ty.clone()),
        (_, Json::Bool(b)) => (*b).into(),
        (_, Json::Number(n)) => Number::parse(&n.to_string()).unwrap().into(),
        (_, Json::String(s)) => Value::string(s.as_str()),
        (Type::List(t), _) => Value::list((**t).clone(), items(&|_| (**t).clone())),
        (Type::Set(t), _) => Value::set((**t).clone(), items(&|_| (**t).clone())),
        (Type::Tuple(ts), _) => Value::tuple(items(&|i| ts[i].clone())),
        (Type::Map(t), _) => Value::map((**t).clone(), keyed(&|_| (**t).clone())),
        (Type::Object(o), _) => Value::object(
            o.attributes()
                .iter()
                .map(|a| {
                    let k = a.name.as_str();
                    (a.name.clone(), value(&a.ty, &json[k], &unknown[k], &sensitive[k]))
                })
                .collect(),
        ),
        (_, Json::Array(_)) => Value::tuple(items(&|_| Type::Dynamic)),
        _ => Value::object(keyed(&|_| Type::Dynamic)),
    }
}

fn change(ty: &Type, json: &Json) -> Change {
    let actions: Vec<&str> = json["actions"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
    let action = match actions[..] {
        ["no-op"] => Action::NoOp,
        ["create"] => Action::Create,
        ["read"] => Action::Read,
        ["update"] => Action::Update,
        ["delete"] => Action::Delete,
        ["forget"] => Action::Forget,
        ["delete", "create"] => Action::DeleteThenCreate,
        ["create", "delete"] => Action::CreateThenDelete,
        _ => panic!("{actions:?}"),
    };
    let nothing = Json::Bool(false);
    let part = |name: &str| json.get(name).unwrap_or(&nothing);
    Change {
        action,
        before: value(ty, &json["before"], &nothing, part("before_sensitive")),
        after: value(ty, &json["after"], part("after_unknown"), part("after_sensitive")),
    }
}

fn key(json: &Json) -> InstanceKey {
    match json {
        Json::String(s) => InstanceKey::Name(s.into()),
        Json::Number(n) => InstanceKey::Index(n.as_u64().unwrap()),
        _ => InstanceKey::None,
    }
}

/// The steps of `module.a["x"].module.b` and what follows.
fn module(mut text: &str) -> (ModuleAddress, &str) {
    let mut steps = Vec::new();
    while let Some(rest) = text.strip_prefix("module.") {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let (key, rest) = instance_key(rest);
        steps.push(ModuleStep { name: name.into(), key });
        text = rest.strip_prefix('.').unwrap_or(rest);
    }
    (ModuleAddress::new(steps), text)
}

fn instance_key(text: &str) -> (InstanceKey, &str) {
    let Some(rest) = text.strip_prefix('[') else { return (InstanceKey::None, text) };
    let (inside, rest) = rest.split_once(']').unwrap();
    (key(&serde_json::from_str(inside).unwrap()), rest)
}

fn address(text: &str) -> InstanceAddress {
    let (module, rest) = module(text);
    let (mode, rest) = match rest.strip_prefix("data.") {
        Some(rest) => (Mode::Data, rest),
        None => (Mode::Managed, rest),
    };
    let (kind, rest) = rest.split_once('.').unwrap();
    let end = rest.find('[').unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let resource = ResourceKey { mode, kind: kind.into(), name: name.into() };
    Arc::new(ResourceAddress { module, resource }).instance(instance_key(rest).0)
}

fn path(json: &Json) -> Path {
    let step = |json: &Json| match json {
        Json::String(s) => PathStep::Attr(s.into()),
        number => PathStep::Index(Value::int(number.as_i64().unwrap())),
    };
    Path(json.as_array().unwrap().iter().map(step).collect())
}

fn reason(name: &str) -> Option<Reason> {
    Some(match name {
        "replace_because_cannot_update" => Reason::ReplaceBecauseCannotUpdate,
        "replace_because_tainted" => Reason::ReplaceBecauseTainted,
        "replace_by_request" => Reason::ReplaceByRequest,
        "replace_by_triggers" => Reason::ReplaceByTriggers,
        "delete_because_no_resource_config" => Reason::DeleteBecauseNoResourceConfig,
        "delete_because_wrong_repetition" => Reason::DeleteBecauseWrongRepetition,
        "delete_because_count_index" => Reason::DeleteBecauseCountIndex,
        "delete_because_each_key" => Reason::DeleteBecauseEachKey,
        "delete_because_no_module" => Reason::DeleteBecauseNoModule,
        "delete_because_no_move_target" => Reason::DeleteBecauseNoMoveTarget,
        "read_because_config_unknown" => Reason::ReadBecauseConfigUnknown,
        "read_because_dependency_pending" => Reason::ReadBecauseDependencyPending,
        "read_because_check_nested" => Reason::ReadBecauseCheckNested,
        _ => return None,
    })
}

fn resource_change(json: &Json, schemas: &Schemas) -> ResourceChange {
    let text = |name: &str| json[name].as_str();
    let ty = schemas.get(text("type").unwrap()).unwrap().implied_type();
    ResourceChange {
        address: address(text("address").unwrap()),
        previous_address: text("previous_address").map(address),
        deposed: text("deposed").map(SmolStr::from),
        provider: ProviderConfigAddress::root("x/mock"),
        change: change(ty, &json["change"]),
        reason: text("action_reason").and_then(reason),
        replace_paths: json["change"]["replace_paths"].as_array().into_iter().flatten().map(path).collect(),
        importing: json["change"]["importing"]["id"].as_str().map(|id| Importing { id: id.into() }),
        generated_config: json["change"]["generated_config"].as_str().map(Arc::from),
        private: None,
        create_before_destroy: false,
    }
}

fn output_change(name: SmolStr, json: &Json) -> OutputChange {
    let change = change(&Type::Dynamic, json);
    let sensitive = change.before.is_sensitive() || change.after.is_sensitive();
    OutputChange { name, change, sensitive }
}

/// A plan; `mode`, which Terraform leaves out, is `destroy` or `refresh-only`.
pub fn plan(json: &Json, schemas: &Schemas) -> Plan {
    let changes =
        |name: &str| json[name].as_array().into_iter().flatten().map(|c| resource_change(c, schemas)).collect();
    let relevant = json["relevant_attributes"].as_array().into_iter().flatten().map(|r| RelevantAttribute {
        resource: r["resource"].as_str().unwrap().into(),
        attribute: path(&r["attribute"]),
    });
    let mut outputs: Vec<_> = members(&json["output_changes"]).map(|(n, o)| output_change(n, o)).collect();
    outputs.sort_by(|a, b| a.name.cmp(&b.name));
    Plan {
        mode: match json["mode"].as_str() {
            Some("destroy") => PlanMode::Destroy,
            Some("refresh-only") => PlanMode::RefreshOnly,
            _ => PlanMode::Normal,
        },
        started: SystemTime::UNIX_EPOCH,
        workspace: "default".into(),
        variables: IndexMap::new(),
        targets: Vec::new(),
        excludes: Vec::new(),
        forced: Vec::new(),
        previous: State::default(),
        prior: State::default(),
        changes: changes("resource_changes"),
        drift: changes("resource_drift"),
        outputs,
        checks: Vec::new(),
        relevant: relevant.collect(),
        operations: Vec::new(),
        output_steps: std::collections::BTreeMap::new(),
        links: Vec::new(),
        awaited: Vec::new(),
        errored: json["errored"] == true,
        applyable: true,
        complete: true,
    }
}

/// An object of a state file.
pub struct Object {
    pub address: InstanceAddress,
    pub deposed: Option<SmolStr>,
    pub tainted: bool,
    pub value: Value,
}

/// Objects and outputs of a state file.
pub fn state(json: &Json, schemas: &Schemas) -> (Vec<Object>, BTreeMap<SmolStr, Value>) {
    let mut objects = Vec::new();
    for resource in json["resources"].as_array().unwrap() {
        let text = |name: &str| resource[name].as_str().unwrap_or_default();
        let schema = schemas.get(text("type")).unwrap();
        let address = Arc::new(ResourceAddress {
            module: module(text("module")).0,
            resource: ResourceKey {
                mode: if text("mode") == "data" { Mode::Data } else { Mode::Managed },
                kind: text("type").into(),
                name: text("name").into(),
            },
        });
        for instance in resource["instances"].as_array().unwrap() {
            let value = stored(schema.implied_type(), &instance["attributes"]);
            let steps = |p: &Json| Path(p.as_array().unwrap().iter().map(stored_step).collect());
            let paths: Vec<_> = instance["sensitive_attributes"].as_array().unwrap().iter().map(steps).collect();
            let marks: Vec<_> = paths.into_iter().map(|p| (p, Marks::SENSITIVE)).collect();
            objects.push(Object {
                address: address.instance(key(&instance["index_key"])),
                deposed: instance["deposed"].as_str().map(SmolStr::from),
                tainted: instance["status"] == "tainted",
                value: mark_block(&schema.block, &value.mark_paths(&marks)),
            });
        }
    }
    objects.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
    let output = |o: &Json| {
        let value = stored(&type_of(&o["type"]), &o["value"]);
        if o["sensitive"] == true { value.sensitive() } else { value }
    };
    (objects, members(&json["outputs"]).map(|(name, o)| (name, output(o))).collect())
}

/// A value as state keeps it: with its type where the schema has none.
fn stored(ty: &Type, json: &Json) -> Value {
    let nothing = Json::Bool(false);
    match (ty, json) {
        (Type::Dynamic, Json::Object(o)) if o.contains_key("type") => stored(&type_of(&json["type"]), &json["value"]),
        (Type::Object(o), Json::Object(_)) => Value::object(
            o.attributes().iter().map(|a| (a.name.clone(), stored(&a.ty, &json[a.name.as_str()]))).collect(),
        ),
        _ => value(ty, json, &nothing, &nothing),
    }
}

fn stored_step(json: &Json) -> PathStep {
    match (json["type"].as_str(), &json["value"]) {
        (Some("get_attr"), name) => PathStep::Attr(name.as_str().unwrap().into()),
        (_, index) => PathStep::Index(match &index["value"] {
            Json::String(s) => Value::string(s.as_str()),
            number => Value::int(number.as_i64().unwrap()),
        }),
    }
}

/// Marks what a schema calls sensitive.
fn mark_block(block: &Block, value: &Value) -> Value {
    value.map_children_with_step(|step, part| {
        let PathStep::Attr(name) = step else { return part.clone() };
        match (block.attributes.get(name), block.blocks.get(name)) {
            (Some(attribute), _) => mark_attribute(attribute, part),
            (_, Some(nested)) => match nested.nesting {
                Nesting::Single | Nesting::Group => mark_block(&nested.block, part),
                _ => part.map_children(|one| mark_block(&nested.block, one)),
            },
            _ => part.clone(),
        }
    })
}

fn mark_attribute(attribute: &Attribute, value: &Value) -> Value {
    if attribute.sensitive {
        return value.clone().sensitive();
    }
    let Some(nested) = &attribute.nested else { return value.clone() };
    let block = Block { attributes: nested.attributes.clone(), blocks: IndexMap::new() };
    match nested.nesting {
        Nesting::Single | Nesting::Group => mark_block(&block, value),
        _ => value.map_children(|one| mark_block(&block, one)),
    }
}
