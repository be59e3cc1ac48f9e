//! What `plan`, `apply`, `destroy` and `refresh` say with `-json`: an object a line, as programs
//! that run Terraform read it.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::Value as Json;
use smol_str::SmolStr;

use crate::config::version::COMPATIBLE_VERSION;
use crate::graph::InstanceAddress;
use crate::plan::{Action, Event, EventKind, ObjectId, OutputChange, Plan, PlanMode, Reason, ResourceChange};
use crate::state::OutputState;
use crate::syntax::{Diagnostic, Severity};
use crate::views::diagnostic::{Snippets, json as diagnostic_json};
use crate::views::json::write_line;
use crate::views::plan_json::reason_name;
use crate::views::plan_json::values::Known;
use crate::views::state_json::IndexJson;

/// Writes messages.
pub struct UiStream<'o> {
    out: &'o mut dyn io::Write,
    now: fn() -> SystemTime,
    stack: Option<&'o str>,
}

/// How many objects are, or were, affected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Created.
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Imported.
    pub import: usize,
    /// Destroyed.
    pub remove: usize,
}

/// What a summary is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// What will be done.
    Plan,
    /// What was done.
    Apply,
    /// What was destroyed.
    Destroy,
}

impl Summary {
    /// That of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut summary = Summary::default();
        for c in &plan.changes {
            summary.import += usize::from(c.importing.is_some());
            match c.change.action {
                Action::Create => summary.add += 1,
                Action::Update => summary.change += 1,
                Action::Delete => summary.remove += 1,
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    summary.add += 1;
                    summary.remove += 1;
                }
                Action::NoOp | Action::Read | Action::Forget => {}
            }
        }
        summary
    }

    fn message(self, operation: Operation) -> String {
        let Summary { add, change, import, remove } = self;
        match operation {
            Operation::Plan => {
                let imported = if import > 0 { format!("{import} to import, ") } else { String::new() };
                format!("Plan: {imported}{add} to add, {change} to change, {remove} to destroy.")
            }
            Operation::Apply => {
                let imported = if import > 0 { format!("{import} imported, ") } else { String::new() };
                format!("Apply complete! Resources: {imported}{add} added, {change} changed, {remove} destroyed.")
            }
            Operation::Destroy => format!("Destroy complete! Resources: {remove} destroyed."),
        }
    }
}

#[derive(Serialize)]
struct Message<'a, P> {
    #[serde(rename = "@level")]
    level: &'static str,
    #[serde(rename = "@message")]
    message: &'a str,
    #[serde(rename = "@module")]
    module: &'static str,
    #[serde(rename = "@timestamp")]
    timestamp: String,
    /// Which stack it is about, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<&'a str>,
    #[serde(flatten)]
    payload: P,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ui: Option<&'static str>,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Version {
    infra: &'static str,
    terraform: &'static str,
}

#[derive(Serialize)]
struct WithChange<'a> {
    change: ChangeJson<'a>,
}

#[derive(Serialize)]
struct WithHook<'a> {
    hook: Hook<'a>,
}

#[derive(Serialize)]
struct WithDiagnostic {
    diagnostic: Json,
}

#[derive(Serialize)]
struct WithChanges {
    changes: Counts,
}

#[derive(Serialize)]
struct Counts {
    add: usize,
    change: usize,
    import: usize,
    remove: usize,
    operation: &'static str,
}

#[derive(Serialize)]
struct WithOutputs<'a> {
    outputs: BTreeMap<&'a str, OutputJson<'a>>,
}

#[derive(Serialize)]
struct OutputJson<'a> {
    sensitive: bool,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    ty: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Known<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
}

#[derive(Serialize)]
struct ResourceJson<'a> {
    addr: String,
    module: String,
    resource: String,
    implied_provider: &'a str,
    resource_type: &'a str,
    resource_name: &'a str,
    resource_key: IndexJson,
}

impl<'a> ResourceJson<'a> {
    fn new(address: &'a InstanceAddress) -> Self {
        let key = &address.resource.resource;
        ResourceJson {
            addr: address.to_string(),
            module: address.resource.module.to_string(),
            resource: format!("{key}{}", address.key),
            implied_provider: key.kind.split('_').next().unwrap_or_default(),
            resource_type: &key.kind,
            resource_name: &key.name,
            resource_key: IndexJson(address.key.clone()),
        }
    }
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    resource: ResourceJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_resource: Option<ResourceJson<'a>>,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    importing: Option<ImportingJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generated_config: Option<&'a str>,
}

#[derive(Serialize)]
struct ImportingJson<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Hook<'a> {
    resource: ResourceJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_seconds: Option<u64>,
    /// What is waited for: not in Terraform's messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
}

impl<'o> UiStream<'o> {
    /// Writes to `out`; `now` is the clock.
    #[must_use]
    pub fn new(out: &'o mut dyn io::Write, now: fn() -> SystemTime) -> Self {
        UiStream { out, now, stack: None }
    }

    /// What is written is about this stack, one of several.
    #[must_use]
    pub fn of_stack(self, stack: Option<&'o str>) -> Self {
        UiStream { stack, ..self }
    }

    fn write(
        &mut self,
        level: &'static str,
        kind: &'static str,
        message: &str,
        payload: impl Serialize,
    ) -> io::Result<()> {
        let now = jiff::Timestamp::try_from((self.now)()).unwrap_or_default();
        let message = Message {
            level,
            message,
            module: "terraform.ui",
            timestamp: now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
            stack: self.stack,
            payload,
            kind,
            ui: (kind == "version").then_some("1.2"),
        };
        write_line(&message, self.out)?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }

    /// The first message: which version this is. `terraform` is the version that messages are compatible with.
    ///
    /// # Errors
    /// When it can't be written, as with all messages.
    pub fn version(&mut self) -> io::Result<()> {
        let infra = env!("CARGO_PKG_VERSION");
        self.write("info", "version", &format!("Infra {infra}"), Version { infra, terraform: COMPATIBLE_VERSION })
    }

    /// Something that is for people only.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn log(&mut self, message: &str) -> io::Result<()> {
        self.write("info", "log", message, Nothing {})
    }

    /// An error or warning.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn diagnostic(&mut self, diagnostic: &Diagnostic, snippets: &mut Snippets<'_>) -> io::Result<()> {
        let (level, word) = match diagnostic.severity {
            Severity::Error => ("error", "Error"),
            Severity::Warning => ("warn", "Warning"),
        };
        let shown = WithDiagnostic { diagnostic: diagnostic_json::diagnostic(diagnostic, snippets) };
        self.write(level, "diagnostic", &format!("{word}: {}", diagnostic.summary), shown)
    }

    /// All of a plan: drift, changes, their number and outputs.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn plan(&mut self, plan: &Plan) -> io::Result<()> {
        // What has only moved is among the changes, if there are any.
        let refresh_only = plan.mode == PlanMode::RefreshOnly;
        for c in plan.drift.iter().filter(|c| refresh_only || c.change.action != Action::NoOp) {
            let change = ChangeJson::new(c);
            let message = format!("{}: Drift detected ({})", change.resource.addr, change.action);
            self.write("info", "resource_drift", &message, WithChange { change })?;
        }
        self.planned_changes(plan)?;
        self.summary(Summary::of(plan), Operation::Plan)?;
        if plan.outputs.is_empty() { Ok(()) } else { self.planned_outputs(&plan.outputs) }
    }

    fn planned_changes(&mut self, plan: &Plan) -> io::Result<()> {
        for c in &plan.changes {
            let change = ChangeJson::new(c);
            if change.action != "noop" {
                self.planned_change(change)?;
            }
        }
        Ok(())
    }

    fn planned_change(&mut self, change: ChangeJson<'_>) -> io::Result<()> {
        let message = format!("{}: Plan to {}", change.resource.addr, change.action);
        self.write("info", "planned_change", &message, WithChange { change })
    }

    /// What the apply of a saved plan begins with: the changes, without what only moves or is only imported.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn saved_changes(&mut self, plan: &Plan) -> io::Result<()> {
        let changes = plan.changes.iter().filter(|c| c.change.action != Action::NoOp);
        changes.map(ChangeJson::new).try_for_each(|change| self.planned_change(change))
    }

    /// How many objects are affected.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn summary(&mut self, summary: Summary, operation: Operation) -> io::Result<()> {
        let Summary { add, change, import, remove } = summary;
        let name = match operation {
            Operation::Plan => "plan",
            Operation::Apply => "apply",
            Operation::Destroy => "destroy",
        };
        let changes = Counts { add, change, import, remove, operation: name };
        self.write("info", "change_summary", &summary.message(operation), WithChanges { changes })
    }

    fn planned_outputs(&mut self, outputs: &[OutputChange]) -> io::Result<()> {
        let shown = |o: &OutputChange| OutputJson {
            sensitive: o.is_secret(),
            ty: None,
            value: None,
            action: Some(action_name(o.change.action)),
        };
        let outputs: BTreeMap<_, _> = outputs.iter().map(|o| (o.name.as_str(), shown(o))).collect();
        self.write("info", "outputs", &format!("Outputs: {}", outputs.len()), WithOutputs { outputs })
    }

    /// The outputs after an apply. Values of sensitive ones are left out.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn outputs(&mut self, outputs: &BTreeMap<SmolStr, OutputState>) -> io::Result<()> {
        fn shown(o: &OutputState) -> OutputJson<'_> {
            let ty = Some(o.value.ty().to_json());
            OutputJson { sensitive: o.sensitive, ty, value: (!o.sensitive).then_some(Known(&o.value)), action: None }
        }
        let outputs: BTreeMap<_, _> = outputs.iter().map(|(name, o)| (name.as_str(), shown(o))).collect();
        self.write("info", "outputs", &format!("Outputs: {}", outputs.len()), WithOutputs { outputs })
    }

    /// Something that happens to an object. Imports have no messages of their own.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        let resource = ResourceJson::new(&event.address);
        let addr = resource.addr.clone();
        let hook = Hook::new(resource);
        let (kind, text, hook) = match &event.kind {
            EventKind::RefreshStart { id } => ("refresh_start", format!("Refreshing state...{}", tag(id)), hook.of(id)),
            EventKind::RefreshComplete { id } => {
                ("refresh_complete", format!("Refresh complete{}", tag(id)), hook.of(id))
            }
            EventKind::ApplyStart { action, id } => {
                let Some(words) = Words::of(*action) else { return Ok(()) };
                (
                    "apply_start",
                    format!("{}...{}", words.starts, tag(id)),
                    Hook { action: Some(words.name), ..hook.of(id) },
                )
            }
            EventKind::ApplyProgress { action, elapsed, status, .. } => {
                let Some(words) = Words::of(*action) else { return Ok(()) };
                let text = format!("Still {}... [{} elapsed]", words.starts.to_lowercase(), duration(*elapsed));
                let hook = Hook { action: Some(words.name), status: status.as_deref(), ..hook };
                ("apply_progress", text, hook.lasting(*elapsed))
            }
            EventKind::ApplyComplete { action, id, elapsed } => {
                let Some(words) = Words::of(*action) else { return Ok(()) };
                let id = if *action == Action::Delete { &None } else { id };
                let text = format!("{} complete after {}{}", words.noun, duration(*elapsed), tag(id));
                ("apply_complete", text, Hook { action: Some(words.name), ..hook.of(id) }.lasting(*elapsed))
            }
            EventKind::ApplyErrored { action, elapsed } => {
                let Some(words) = Words::of(*action) else { return Ok(()) };
                let text = format!("{} errored after {}", words.noun, duration(*elapsed));
                ("apply_errored", text, Hook { action: Some(words.name), ..hook }.lasting(*elapsed))
            }
            EventKind::ProvisionStart { provisioner } => {
                let text = format!("Provisioning with '{provisioner}'...");
                ("provision_start", text, Hook { provisioner: Some(provisioner), ..hook })
            }
            EventKind::ProvisionOutput { provisioner, output } => {
                for line in output.lines() {
                    let resource = ResourceJson::new(&event.address);
                    let hook = Hook { provisioner: Some(provisioner), output: Some(line), ..Hook::new(resource) };
                    let message = format!("{addr}: ({provisioner}): {line}");
                    self.write("info", "provision_progress", &message, WithHook { hook })?;
                }
                return Ok(());
            }
            EventKind::ProvisionComplete { provisioner } => {
                let text = format!("({provisioner}) Provisioning complete");
                ("provision_complete", text, Hook { provisioner: Some(provisioner), ..hook })
            }
            EventKind::ProvisionErrored { provisioner } => {
                let text = format!("({provisioner}) Provisioning errored");
                ("provision_errored", text, Hook { provisioner: Some(provisioner), ..hook })
            }
            EventKind::ImportStart { .. } | EventKind::AdoptStart { .. } | EventKind::AdoptComplete { .. } => {
                return Ok(());
            }
        };
        self.write("info", kind, &format!("{addr}: {text}"), WithHook { hook })
    }
}

impl<'a> Hook<'a> {
    fn new(resource: ResourceJson<'a>) -> Self {
        Hook {
            resource,
            action: None,
            id_key: None,
            id_value: None,
            elapsed_seconds: None,
            status: None,
            provisioner: None,
            output: None,
        }
    }

    fn of(self, id: &'a Option<ObjectId>) -> Self {
        let id_key = id.as_ref().map(|id| id.key.as_str());
        Hook { id_key, id_value: id.as_ref().map(|id| id.value.as_str()), ..self }
    }

    fn lasting(self, elapsed: Duration) -> Self {
        Hook { elapsed_seconds: Some(rounded(elapsed)), ..self }
    }
}

/// ` [id=x]`
fn tag(id: &Option<ObjectId>) -> String {
    id.as_ref().map_or_else(String::new, |id| format!(" [{}={}]", id.key, id.value))
}

/// The words for an action while it is done.
struct Words {
    name: &'static str,
    starts: &'static str,
    noun: &'static str,
}

impl Words {
    fn of(action: Action) -> Option<Self> {
        let (starts, noun) = match action {
            Action::Create => ("Creating", "Creation"),
            Action::Update => ("Modifying", "Modifications"),
            Action::Delete => ("Destroying", "Destruction"),
            Action::Read => ("Refreshing", "Refresh"),
            Action::NoOp | Action::DeleteThenCreate | Action::CreateThenDelete | Action::Forget => return None,
        };
        Some(Words { name: action_name(action), starts, noun })
    }
}

fn rounded(elapsed: Duration) -> u64 {
    (elapsed + Duration::from_millis(500)).as_secs()
}

/// `1h2m3s`
fn duration(elapsed: Duration) -> String {
    let seconds = rounded(elapsed);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

fn action_name(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
        Action::Forget => "remove",
    }
}

impl<'a> ChangeJson<'a> {
    fn new(c: &'a ResourceChange) -> Self {
        let moved = c.previous_address.as_ref().filter(|p| **p != c.address);
        let action = match c.change.action {
            Action::NoOp if c.importing.is_some() => "import",
            Action::NoOp if moved.is_some() => "move",
            action => action_name(action),
        };
        ChangeJson {
            resource: ResourceJson::new(&c.address),
            previous_resource: moved.map(ResourceJson::new),
            action,
            reason: c.reason.map(|reason| match reason {
                Reason::ReplaceBecauseCannotUpdate => "cannot_update",
                Reason::ReplaceBecauseTainted => "tainted",
                Reason::ReplaceByRequest => "requested",
                Reason::ReplaceByTriggers => "replace_triggered_by",
                other => reason_name(other),
            }),
            importing: c.importing.as_ref().map(|i| ImportingJson { id: &i.id }),
            generated_config: c.generated_config.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::module::{Mode, ResourceKey};
    use crate::graph::{InstanceKey, ModuleAddress, ResourceAddress};

    /// Put together by hand after messages of Terraform with other ids, numbers and times.
    const EXPECTED: &str = r#"
{"@level":"info","@message":"terraform_data.w[0]: Refreshing state... [id=a]","@module":"terraform.ui","@timestamp":"1970-01-01T00:00:00.000000Z","hook":{"resource":{"addr":"terraform_data.w[0]","module":"","resource":"terraform_data.w[0]","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"w","resource_key":0},"id_key":"id","id_value":"a"},"type":"refresh_start"}
{"@level":"info","@message":"terraform_data.w[0]: Creating...","@module":"terraform.ui","@timestamp":"1970-01-01T00:00:00.000000Z","hook":{"resource":{"addr":"terraform_data.w[0]","module":"","resource":"terraform_data.w[0]","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"w","resource_key":0},"action":"create"},"type":"apply_start"}
{"@level":"info","@message":"terraform_data.w[0]: Still destroying... [10s elapsed]","@module":"terraform.ui","@timestamp":"1970-01-01T00:00:00.000000Z","hook":{"resource":{"addr":"terraform_data.w[0]","module":"","resource":"terraform_data.w[0]","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"w","resource_key":0},"action":"delete","elapsed_seconds":10,"status":"VPC v: pending"},"type":"apply_progress"}
{"@level":"info","@message":"terraform_data.w[0]: Modifications complete after 1m11s [id=a]","@module":"terraform.ui","@timestamp":"1970-01-01T00:00:00.000000Z","hook":{"resource":{"addr":"terraform_data.w[0]","module":"","resource":"terraform_data.w[0]","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"w","resource_key":0},"action":"update","id_key":"id","id_value":"a","elapsed_seconds":71},"type":"apply_complete"}
{"@level":"info","@message":"terraform_data.w[0]: (local-exec): hello","@module":"terraform.ui","@timestamp":"1970-01-01T00:00:00.000000Z","hook":{"resource":{"addr":"terraform_data.w[0]","module":"","resource":"terraform_data.w[0]","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"w","resource_key":0},"provisioner":"local-exec","output":"hello"},"type":"provision_progress"}
{"@level":"info","@message":"terraform_data.w[0]: (local-exec): \u003co\u003e","@module":"terraform.ui","@timestamp":"1970-01-01T00:00:00.000000Z","hook":{"resource":{"addr":"terraform_data.w[0]","module":"","resource":"terraform_data.w[0]","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"w","resource_key":0},"provisioner":"local-exec","output":"\u003co\u003e"},"type":"provision_progress"}
{"@level":"info","@message":"Plan: 2 to import, 1 to add, 0 to change, 3 to destroy.","@module":"terraform.ui","@timestamp":"1970-01-01T00:00:00.000000Z","changes":{"add":1,"change":0,"import":2,"remove":3,"operation":"plan"},"type":"change_summary"}
{"@level":"info","@message":"Outputs: 0","@module":"terraform.ui","@timestamp":"1970-01-01T00:00:00.000000Z","outputs":{},"type":"outputs"}
"#;

    #[test]
    fn messages_are_those_of_terraform() {
        let resource = ResourceKey { mode: Mode::Managed, kind: "terraform_data".into(), name: "w".into() };
        let address = Arc::new(ResourceAddress { module: ModuleAddress::root(), resource });
        let address = address.instance(InstanceKey::Index(0));
        let id = Some(ObjectId { key: "id".into(), value: "a".into() });
        let elapsed = Duration::from_millis;
        let events = [
            EventKind::RefreshStart { id: id.clone() },
            EventKind::ApplyStart { action: Action::Create, id: None },
            EventKind::ApplyProgress {
                action: Action::Delete,
                id: id.clone(),
                elapsed: elapsed(10_002),
                status: Some("VPC v: pending".into()),
            },
            EventKind::ApplyComplete { action: Action::Update, id, elapsed: elapsed(70_700) },
            EventKind::ProvisionOutput { provisioner: "local-exec".into(), output: "hello\n<o>\n".into() },
            EventKind::AdoptStart { id: "x".into() },
        ];
        let mut out = Vec::new();
        let mut stream = UiStream::new(&mut out, || SystemTime::UNIX_EPOCH);
        for kind in events {
            stream.event(&Event { address: address.clone(), deposed: None, kind }).unwrap();
        }
        stream.summary(Summary { add: 1, change: 0, import: 2, remove: 3 }, Operation::Plan).unwrap();
        stream.outputs(&BTreeMap::new()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), EXPECTED.trim_start());
    }
}
