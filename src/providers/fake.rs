//! A provider for tests, whose objects are in worlds in memory: `provider "fake" { world = "name" }`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, Imported, Known, PlanRequest, PlanResponse, Provider,
    ReadOutcome, ReadRequest, ReadResponse, RecoverRequest, Recovered, Task,
};
use crate::config::module::Mode;
use crate::lang::{Path, PathStep, Type, Value};
use crate::schema::{Attribute, Block, Schema};
use crate::syntax::{Diagnostic, Diagnostics};

/// Its address.
pub const ADDRESS: &str = "example.com/test/fake";

pub(super) const KNOWN: Known = Known {
    address: ADDRESS,
    schema: || &CONFIGURATION,
    resource_schema,
    kinds: |mode| if mode == Mode::Managed { vec!["fake_thing"] } else { vec!["fake_lookup"] },
    validate: |_, _, _| Diagnostics::new(),
    validate_provider: |config| match text(config, "world").as_deref() {
        Some("refused") => Diagnostics::from(Diagnostic::error("No such world", "It is refused.").about("world")),
        _ => Diagnostics::new(),
    },
    configure: |config, _| (Arc::new(Fake { world: text(config, "world") }), Diagnostics::new()),
};

fn schema(attributes: Vec<(&'static str, Attribute)>) -> Schema {
    let attributes: IndexMap<SmolStr, Attribute> = attributes.into_iter().map(|(n, a)| (n.into(), a)).collect();
    Schema::new(1, Block { attributes, blocks: IndexMap::new() })
}

static CONFIGURATION: LazyLock<Schema> = LazyLock::new(|| {
    schema(vec![("world", Attribute::required(Type::String)), ("region", Attribute::optional(Type::String))])
});

/// `kind` needs a new object.
static THING: LazyLock<Schema> = LazyLock::new(|| {
    schema(vec![
        ("id", Attribute::computed(Type::String)),
        ("input", Attribute::optional(Type::String)),
        ("kind", Attribute::optional(Type::String)),
    ])
});

static LOOKUP: LazyLock<Schema> = LazyLock::new(|| {
    schema(vec![("input", Attribute::optional(Type::String)), ("result", Attribute::computed(Type::String))])
});

fn resource_schema(mode: Mode, kind: &str) -> Option<&'static Schema> {
    match (mode, kind) {
        (Mode::Managed, "fake_thing") => Some(&THING),
        (Mode::Data, "fake_lookup") => Some(&LOOKUP),
        _ => None,
    }
}

fn text(value: &Value, name: &str) -> Option<SmolStr> {
    value.get(name).and_then(Value::as_str).cloned()
}

/// What there is, and what was asked of it.
#[derive(Default)]
pub struct World {
    /// Objects by id.
    pub things: BTreeMap<SmolStr, Thing>,
    /// What was asked.
    pub calls: Vec<String>,
    /// What is being done ends in a panic: for what a cut off operation leaves behind, in the world or not.
    pub cuts_off: Option<CutOff>,
    /// Something is done, and the provider can't tell, or only some of it.
    pub leaves_open: Option<LeftOpen>,
    /// Nobody can connect.
    pub is_closed: bool,
    /// Nothing can be found out about cut off operations.
    pub is_silent: bool,
}

/// When an operation is cut off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum CutOff {
    /// Before it has done anything.
    Before,
    /// With half of it done.
    Half,
    /// After all is done.
    After,
}

/// What is known of an operation that is left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOpen {
    /// Nothing.
    Unknown,
    /// The object, and not whether it is complete.
    Known,
    /// That it is.
    Made,
}

/// An object.
#[derive(Clone)]
pub struct Thing {
    /// What it is.
    pub value: Value,
    /// The token of the operation that made it, as long as that is known.
    pub token: SmolStr,
    /// Nothing was left to do.
    pub is_complete: bool,
}

static WORLDS: LazyLock<Mutex<BTreeMap<SmolStr, World>>> = LazyLock::new(Mutex::default);

/// Looks at a world, or changes it.
pub fn in_world<T>(name: &str, f: impl FnOnce(&mut World) -> T) -> T {
    let mut worlds = WORLDS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    f(worlds.entry(name.into()).or_default())
}

struct Fake {
    world: Option<SmolStr>,
}

impl Fake {
    fn world<T>(&self, f: impl FnOnce(&mut World) -> T) -> T {
        in_world(self.world.as_deref().unwrap_or("nowhere"), f)
    }

    fn log(&self, call: String) {
        self.world(|world| world.calls.push(call));
    }

    fn change(&self, request: &ApplyRequest) -> ApplyResponse {
        let name = |value: &Value| text(value, "id").unwrap_or_default();
        let (verb, id) = match (request.prior.is_null(), request.planned.is_null()) {
            (true, _) => ("create", SmolStr::from(format!("thing-{}", self.world(|w| w.calls.len())))),
            (_, true) => ("destroy", name(&request.prior)),
            _ => ("update", name(&request.prior)),
        };
        self.log(format!("{verb} {}", request.address));
        let cuts_off = self.world(|world| world.cuts_off);
        assert!(cuts_off != Some(CutOff::Before), "cut off");
        if request.planned.is_null() {
            self.world(|world| world.things.remove(&id));
        } else {
            let part = |name: &str| request.planned.get(name).cloned().unwrap_or(Value::null(Type::String));
            let parts = [("id", Value::from(id.as_str())), ("input", part("input")), ("kind", part("kind"))];
            let value = Value::object(parts.map(|(name, v)| (name.into(), v)).to_vec());
            let is_complete = cuts_off != Some(CutOff::Half);
            self.world(|world| {
                world.things.insert(id.clone(), Thing { value, token: request.token.clone(), is_complete })
            });
        }
        assert!(cuts_off.is_none(), "cut off");
        let made = self.world(|world| world.things.get(&id).map(|t| t.value.clone()));
        let leaves_open = self.world(|world| world.leaves_open);
        let diagnostics = match leaves_open {
            Some(_) => Diagnostic::error("Locked out", "").because_of("the world").into(),
            None => Diagnostics::new(),
        };
        let made = made.filter(|_| leaves_open != Some(LeftOpen::Unknown));
        let value = made.unwrap_or_else(|| Value::null(THING.implied_type().clone()));
        ApplyResponse {
            value,
            private: None,
            diagnostics,
            is_open: leaves_open.is_some(),
            is_made: leaves_open == Some(LeftOpen::Made),
        }
    }
}

impl Provider for Fake {
    fn ready(&self) -> Task<'_, Diagnostics> {
        Box::pin(async {
            self.log("ready".into());
            match self.world(|world| world.is_closed) {
                true => Diagnostic::error("No credentials", "Nobody gets in.").into(),
                false => Diagnostics::new(),
            }
        })
    }

    fn schema(&self, mode: Mode, kind: &str) -> Option<&'static Schema> {
        resource_schema(mode, kind)
    }

    fn validate(&self, _: Mode, _: &str, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    fn upgrade(&self, _: &str, _: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        Ok(attributes)
    }

    fn read(&self, requests: Vec<ReadRequest>) -> Task<'_, Vec<ReadResponse>> {
        let read = |r: ReadRequest| {
            self.log(format!("read {}", r.address));
            let found = self.world(|w| w.things.get(&text(&r.prior, "id")?).map(|t| t.value.clone()));
            let outcome = match found.as_ref().and_then(|v| text(v, "input")).as_deref() {
                Some("unreadable") => ReadOutcome::Failed,
                _ => found.map_or(ReadOutcome::Gone, ReadOutcome::Found),
            };
            let diagnostics = match outcome {
                ReadOutcome::Failed => Diagnostic::error("Unreadable", "It can't be read.").into(),
                _ => Diagnostics::new(),
            };
            ReadResponse { outcome, private: r.private, diagnostics }
        };
        Box::pin(async move { requests.into_iter().map(read).collect() })
    }

    fn read_data(&self, requests: Vec<DataRequest>) -> Task<'_, Vec<DataResponse>> {
        let read = |r: DataRequest| {
            self.log(format!("read {}", r.address));
            let input = r.config.get("input").cloned().unwrap_or(Value::null(Type::String));
            let value = Value::object(vec![("input".into(), input.clone()), ("result".into(), input)]);
            DataResponse { value, diagnostics: Diagnostics::new() }
        };
        Box::pin(async move { requests.into_iter().map(read).collect() })
    }

    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        let part = |value: &Value, name: &str| value.get(name).cloned().unwrap_or(Value::null(Type::String));
        let answer = |planned, requires_replace| PlanResponse {
            planned,
            requires_replace,
            private: None,
            diagnostics: Diagnostics::new(),
        };
        if request.proposed.is_null() {
            return answer(request.proposed.clone(), Vec::new());
        }
        let id = if request.prior.is_null() { Value::unknown(Type::String) } else { part(request.prior, "id") };
        let (input, kind) = (part(request.proposed, "input"), part(request.proposed, "kind"));
        let needs_new = !request.prior.is_null() && kind != part(request.prior, "kind");
        let planned = Value::object(vec![("id".into(), id), ("input".into(), input), ("kind".into(), kind)]);
        answer(planned, if needs_new { vec![Path(vec![PathStep::Attr("kind".into())])] } else { Vec::new() })
    }

    fn apply(&self, request: ApplyRequest) -> Task<'_, ApplyResponse> {
        Box::pin(async move { self.change(&request) })
    }

    fn finish(&self) -> Task<'_, Diagnostics> {
        Box::pin(async {
            self.log("finish".into());
            Diagnostics::new()
        })
    }

    fn import(&self, _: &str, id: &str) -> Task<'_, Imported> {
        self.log(format!("import {id}"));
        let value = self.world(|w| w.things.get(id).map(|t| t.value.clone()));
        let value = value.unwrap_or_else(|| Value::null(THING.implied_type().clone()));
        Box::pin(async move { Imported { value, private: None, diagnostics: Diagnostics::new() } })
    }

    fn recover(&self, request: RecoverRequest) -> Task<'_, Recovered> {
        Box::pin(async move {
            let is_known = request.planned.get("id").is_some_and(|id| !id.is_null());
            self.log(format!("{} {}", if is_known { "finish" } else { "recover" }, request.address));
            let (is_silent, found) =
                self.world(|w| (w.is_silent, w.things.values().find(|t| t.token == request.token).cloned()));
            let diagnostics = match is_silent {
                true => Diagnostic::error("No answer", "The world is silent.").into(),
                false => Diagnostics::new(),
            };
            let null = || Value::null(THING.implied_type().clone());
            Recovered {
                complete: found.as_ref().is_some_and(|t| t.is_complete),
                value: found.map_or_else(null, |t| t.value),
                private: None,
                diagnostics,
            }
        })
    }
}
