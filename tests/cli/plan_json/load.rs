//! Reads what Terraform wrote: plans and states as the engine would have them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use infra::config::module::{Mode, ResourceKey};
use infra::graph::{ConfigAddress, InstanceAddress, InstanceKey, ModuleAddress, ModuleStep, ResourceAddress};
use infra::lang::{Number, Path, PathStep, Type, Value, convert};
use infra::plan::{
    Action, Change, Importing, OutputChange, Plan, PlanMode, PlannedVariable, Reason, RelevantAttribute, ResourceChange,
};
use infra::providers::ProviderConfigAddress;
use infra::state::{
    CheckObject, CheckState, CheckStatus, InstanceState, ObjectState, ObjectStatus, OutputState, ResourceState, State,
};
use serde_json::{Value as Json, json};

use super::schemas::ty;

fn array(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().into_iter().flatten()
}

fn entries(json: &Json) -> impl Iterator<Item = (&String, &Json)> {
    json.as_object().into_iter().flatten()
}

fn text(json: &Json) -> smol_str::SmolStr {
    json.as_str().unwrap().into()
}

/// A value with its masks. What an unknown value is can be seen in the mask of sensitive parts.
fn value(json: &Json, unknown: &Json, sensitive: &Json) -> Value {
    let plain = match (unknown, json) {
        (Json::Bool(true), _) => Value::unknown(match sensitive {
            Json::Array(_) => Type::list(Type::String),
            Json::Object(_) => Type::map(Type::String),
            _ => Type::String,
        }),
        (_, Json::Null) => Value::null(Type::Dynamic),
        (_, Json::Bool(b)) => (*b).into(),
        (_, Json::Number(n)) => Number::parse(&n.to_string()).unwrap().into(),
        (_, Json::String(s)) => s.as_str().into(),
        (_, Json::Array(items)) => {
            let at = |mask: &Json, i: usize| mask.get(i).cloned().unwrap_or_default();
            let items = items.iter().enumerate().map(|(i, v)| value(v, &at(unknown, i), &at(sensitive, i)));
            Value::tuple(items.collect())
        }
        (_, Json::Object(known)) => {
            let hidden = entries(unknown).filter(|(k, _)| !known.contains_key(*k)).map(|(k, _)| (k, &Json::Null));
            let all = known.iter().chain(hidden);
            Value::object(all.map(|(k, v)| (k.into(), value(v, &unknown[k], &sensitive[k]))).collect())
        }
    };
    if sensitive == true { plain.sensitive() } else { plain }
}

fn steps(address: &str) -> Vec<(String, InstanceKey)> {
    let mut steps = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in address.chars() {
        match c {
            '.' if !quoted => {
                steps.push(String::new());
                continue;
            }
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        steps.last_mut().unwrap().push(c);
    }
    let with_key = |step: String| match step.strip_suffix(']').and_then(|s| s.split_once('[')) {
        None => (step, InstanceKey::None),
        Some((name, key)) => match serde_json::from_str(key).unwrap() {
            Json::String(s) => (name.into(), InstanceKey::Name(s.replace("$${", "${").replace("%%{", "%{").into())),
            n => (name.into(), InstanceKey::Index(n.as_u64().unwrap())),
        },
    };
    steps.into_iter().map(with_key).collect()
}

fn instance(address: &str) -> InstanceAddress {
    let steps = steps(address);
    let mut rest = &steps[..];
    let mut module = Vec::new();
    while let [(word, _), (name, key), after @ ..] = rest
        && word == "module"
    {
        module.push(ModuleStep { name: name.into(), key: key.clone() });
        rest = after;
    }
    let mode = if rest[0].0 == "data" { Mode::Data } else { Mode::Managed };
    let rest = if mode == Mode::Data { &rest[1..] } else { rest };
    let resource = ResourceKey { mode, kind: (&rest[0].0).into(), name: (&rest[1].0).into() };
    let address = Arc::new(ResourceAddress { module: ModuleAddress::new(module), resource });
    address.instance(rest[1].1.clone())
}

fn action(actions: &Json) -> Action {
    let names: Vec<_> = array(actions).map(|a| a.as_str().unwrap()).collect();
    match names[..] {
        ["no-op"] => Action::NoOp,
        ["create"] => Action::Create,
        ["read"] => Action::Read,
        ["update"] => Action::Update,
        ["delete"] => Action::Delete,
        ["delete", "create"] => Action::DeleteThenCreate,
        ["create", "delete"] => Action::CreateThenDelete,
        ["forget"] => Action::Forget,
        _ => panic!("{names:?}"),
    }
}

fn reason(name: &str) -> Reason {
    let all = [
        Reason::ReplaceBecauseCannotUpdate,
        Reason::ReplaceBecauseTainted,
        Reason::ReplaceByRequest,
        Reason::ReplaceByTriggers,
        Reason::DeleteBecauseNoResourceConfig,
        Reason::DeleteBecauseWrongRepetition,
        Reason::DeleteBecauseCountIndex,
        Reason::DeleteBecauseEachKey,
        Reason::DeleteBecauseNoModule,
        Reason::DeleteBecauseNoMoveTarget,
        Reason::ReadBecauseConfigUnknown,
        Reason::ReadBecauseDependencyPending,
        Reason::ReadBecauseCheckNested,
    ];
    all.into_iter().find(|r| infra::views::plan_json::reason_name(*r) == name).unwrap()
}

fn path(json: &Json) -> Path {
    let step = |s: &Json| match s {
        Json::String(name) => PathStep::Attr(name.into()),
        other => PathStep::Index(value(other, &Json::Null, &Json::Null)),
    };
    Path(array(json).map(step).collect())
}

fn change(json: &Json) -> Change {
    Change {
        action: action(&json["actions"]),
        before: value(&json["before"], &Json::Null, &json["before_sensitive"]),
        after: value(&json["after"], &json["after_unknown"], &json["after_sensitive"]),
    }
}

fn resource_change(json: &Json) -> ResourceChange {
    ResourceChange {
        address: instance(json["address"].as_str().unwrap()),
        previous_address: json["previous_address"].as_str().map(instance),
        deposed: json["deposed"].as_str().map(Into::into),
        provider: ProviderConfigAddress::root(text(&json["provider_name"])),
        change: change(&json["change"]),
        reason: json["action_reason"].as_str().map(reason),
        replace_paths: array(&json["change"]["replace_paths"]).map(path).collect(),
        importing: json["change"]["importing"]["id"].as_str().map(|id| Importing { id: id.into() }),
        generated_config: json["change"]["generated_config"].as_str().map(Into::into),
        private: None,
        create_before_destroy: false,
    }
}

fn output_change(name: &str, json: &Json, planned: &Json) -> OutputChange {
    let mut change = change(json);
    if let Some(wanted) = planned.get("type") {
        change.after = convert(&change.after, &ty(wanted)).unwrap();
    }
    OutputChange { name: name.into(), change, sensitive: json["after_sensitive"] == true }
}

fn checks(json: &Json) -> Vec<CheckState> {
    let status = |json: &Json| match json["status"].as_str().unwrap() {
        "pass" => CheckStatus::Pass,
        "fail" => CheckStatus::Fail,
        "error" => CheckStatus::Error,
        _ => CheckStatus::Unknown,
    };
    let object = |json: &Json| CheckObject {
        address: text(&json["address"]["to_display"]),
        status: status(json),
        failures: array(&json["problems"]).map(|p| p["message"].as_str().unwrap().into()).collect(),
    };
    let check = |json: &Json| CheckState {
        kind: text(&json["address"]["kind"]),
        config_address: text(&json["address"]["to_display"]),
        status: status(json),
        objects: array(&json["instances"]).map(object).collect(),
    };
    array(json).map(check).collect()
}

/// A plan.
pub fn plan(json: &Json) -> Plan {
    let variable =
        |v: &Json| PlannedVariable { value: value(&v["value"], &Json::Null, &Json::Null), is_default: false };
    let planned = &json["planned_values"]["outputs"];
    let relevant = |r: &Json| RelevantAttribute { resource: text(&r["resource"]), attribute: path(&r["attribute"]) };
    let started: jiff::Timestamp = json["timestamp"].as_str().unwrap().parse().unwrap();
    Plan {
        mode: PlanMode::Normal,
        started: SystemTime::from(started),
        workspace: "default".into(),
        variables: entries(&json["variables"]).map(|(name, v)| (name.into(), variable(v))).collect(),
        targets: Vec::new(),
        excludes: Vec::new(),
        forced: Vec::new(),
        previous: State::default(),
        prior: state(&json["prior_state"]).unwrap_or_default(),
        changes: array(&json["resource_changes"]).map(resource_change).collect(),
        drift: array(&json["resource_drift"]).map(resource_change).collect(),
        outputs: entries(&json["output_changes"]).map(|(name, o)| output_change(name, o, &planned[name])).collect(),
        checks: checks(&json["checks"]),
        relevant: array(&json["relevant_attributes"]).map(relevant).collect(),
        operations: Vec::new(),
        output_steps: std::collections::BTreeMap::new(),
        links: Vec::new(),
        awaited: Vec::new(),
        errored: json["errored"] == true,
        applyable: json["applyable"] == true,
        complete: json["complete"] == true,
    }
}

/// A state; none if nothing but the format is said.
pub fn state(json: &Json) -> Option<State> {
    let mut state = State { terraform_version: json["terraform_version"].as_str()?.into(), ..State::default() };
    state.lineage = "some".into();
    let values = &json["values"];
    for (name, o) in entries(&values["outputs"]) {
        let plain = value(&o["value"], &Json::Null, &Json::Null);
        let output =
            OutputState { value: convert(&plain, &ty(&o["type"])).unwrap(), sensitive: o["sensitive"] == true };
        state.outputs.insert(name.into(), output);
    }
    module(&values["root_module"], &mut state);
    state.checks = json.get("checks").map(checks);
    Some(state)
}

fn module(json: &Json, state: &mut State) {
    for r in array(&json["resources"]) {
        let address = instance(r["address"].as_str().unwrap());
        let resource = state.resources.entry(address.resource).or_insert_with(|| ResourceState {
            provider: ProviderConfigAddress::root(text(&r["provider_name"])),
            instances: BTreeMap::new(),
        });
        let instance: &mut InstanceState = resource.instances.entry(address.key).or_default();
        match r["deposed_key"].as_str() {
            Some(key) => drop(instance.deposed.insert(key.into(), object(r))),
            None => instance.current = Some(object(r)),
        }
    }
    array(&json["child_modules"]).for_each(|m| module(m, state));
}

fn object(json: &Json) -> Arc<ObjectState> {
    let mut attributes = json["values"].clone();
    let kind = json["type"].as_str().unwrap();
    let open: &[&str] = match kind {
        "terraform_data" => &["input", "output", "triggers_replace"],
        "terraform_remote_state" => &["config", "defaults", "outputs"],
        _ => &[],
    };
    for name in open {
        let held = attributes[*name].take();
        attributes[*name] = if held.is_null() { held } else { json!({"value": held, "type": "dynamic"}) };
    }
    let mut sensitive = Vec::new();
    marked(&json["sensitive_values"], &mut Vec::new(), &mut sensitive);
    let dependency = |d: &Json| {
        let ResourceAddress { module, resource } = (*instance(d.as_str().unwrap()).resource).clone();
        ConfigAddress { module: module.path().into(), resource }
    };
    Arc::new(ObjectState {
        status: if json["tainted"] == true { ObjectStatus::Tainted } else { ObjectStatus::Ready },
        schema_version: json["schema_version"].as_u64().unwrap(),
        attributes: attributes.to_string().into(),
        sensitive: sensitive.into(),
        private: None,
        dependencies: array(&json["depends_on"]).map(dependency).collect(),
        create_before_destroy: false,
    })
}

fn marked(mask: &Json, at: &mut Vec<PathStep>, found: &mut Vec<Path>) {
    match mask {
        Json::Bool(true) => found.push(Path(at.clone())),
        Json::Object(entries) => {
            for (name, mask) in entries {
                at.push(PathStep::Attr(name.into()));
                marked(mask, at, found);
                at.pop();
            }
        }
        Json::Array(items) => {
            for (i, mask) in items.iter().enumerate() {
                at.push(PathStep::Index(Number::from_usize(i).into()));
                marked(mask, at, found);
                at.pop();
            }
        }
        _ => {}
    }
}
