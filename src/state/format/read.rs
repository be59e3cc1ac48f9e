//! From the text to the model. Attributes stay text.

mod file;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::value::RawValue;
use smol_str::SmolStr;

use crate::config::module::{Mode, ResourceKey};
use crate::config::version::COMPATIBLE_VERSION;
use crate::graph::{ConfigAddress, InstanceKey, ModuleAddress, ResourceAddress, parse_config, parse_module};
use crate::lang::{Path, PathStep, Type, Value};
use crate::providers::ProviderConfigAddress;
use crate::state::value_json::{compact, read_type, read_value};
use crate::state::{
    CheckObject, CheckState, CheckStatus, ObjectState, ObjectStatus, OutputState, ResourceState, State,
};
use crate::syntax::quote::quoted;
use crate::syntax::{Diagnostic, Diagnostics};

/// Reads a state file.
///
/// # Errors
/// What is wrong with it, in Terraform's words.
pub fn read(text: &str) -> Result<State, Diagnostics> {
    let file: file::File<'_> = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => return Err(not_readable(text, &error)),
    };
    if file.version.is_none_or(|version| version.get() != "4") {
        return Err(wrong_version(file.version.map(RawValue::get)).into());
    }
    let mut reader = Reader::default();
    let state = reader.state(file);
    match reader.diagnostics.has_errors() {
        true => Err(reader.diagnostics),
        false => Ok(state),
    }
}

const UNSUPPORTED: &str = "Unsupported state file format";
const METADATA: &str = "Invalid resource instance metadata in state";
const INVALID: &str = "Invalid state file format";

/// What to say of a text that isn't a state of version 4, or has something in it that doesn't belong there.
fn not_readable(text: &str, error: &serde_json::Error) -> Diagnostics {
    let no_version = || wrong_version(None);
    if error.is_syntax() || error.is_eof() {
        let offset = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let offset = offset + error.column();
        let detail = format!("The state file could not be parsed as JSON: syntax error at byte offset {offset}.");
        return Diagnostics(vec![Diagnostic::error(UNSUPPORTED, detail), no_version()]);
    }
    match serde_json::from_str::<HashMap<&str, &RawValue>>(text) {
        Ok(top) => match top.get("version").map(|v| v.get()) {
            Some("4") => {
                let detail = format!("The state file has a field with an invalid value: {error}.");
                Diagnostic::error(INVALID, detail).into()
            }
            version => wrong_version(version).into(),
        },
        Err(_) => {
            let found = kind_of(text.trim_start());
            let detail = format!("The version in the state file is {found}. A positive whole number is required.");
            Diagnostics(vec![Diagnostic::error(UNSUPPORTED, detail), no_version()])
        }
    }
}

fn kind_of(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        Some(b'{') => "object",
        Some(b'n') => "null",
        _ => "number",
    }
}

fn wrong_version(version: Option<&str>) -> Diagnostic {
    let detail = match version.map(|text| (text, text.parse::<u64>())) {
        None | Some(("null", _)) => {
            "The state file does not have a \"version\" attribute, which is required to identify the \
                                     format version."
                .to_owned()
        }
        Some((_, Ok(0))) => {
            "The state file uses JSON syntax but has a version number of zero. There was never a JSON-based \
                             state format zero, so this state file is invalid and cannot be processed."
                .to_owned()
        }
        Some((_, Ok(version @ 1..=3))) => format!(
            "The state file uses format version {version}, which is not supported by Infra. Terraform 0.12 and later write \
             version 4: any command of theirs that changes the state upgrades it, such as \"terraform apply -refresh-only\"."
        ),
        Some((_, Ok(version))) => format!(
            "The state file uses format version {version}, which is not supported by Terraform {COMPATIBLE_VERSION}. This \
             state file may have been created by a newer version of Terraform."
        ),
        Some((text, Err(_))) => {
            let found = match kind_of(text) {
                "number" => format!("number {text}"),
                other => other.to_owned(),
            };
            format!("The version in the state file is {found}. A positive whole number is required.")
        }
    };
    Diagnostic::error(UNSUPPORTED, detail)
}

/// What has been read, and what of it occurs again and again.
#[derive(Default)]
struct Reader<'a> {
    diagnostics: Diagnostics,
    modules: HashMap<&'a str, ModuleAddress>,
    providers: HashMap<&'a str, ProviderConfigAddress>,
    configs: HashMap<String, ConfigAddress>,
    dependencies: HashMap<&'a str, Arc<[ConfigAddress]>>,
    sensitive: HashMap<&'a str, Arc<[Path]>>,
}

impl<'a> Reader<'a> {
    fn error(&mut self, summary: &str, detail: String) {
        self.diagnostics.push(Diagnostic::error(summary, detail));
    }

    fn state(&mut self, file: file::File<'a>) -> State {
        let version = file.terraform_version.unwrap_or_default();
        if !version.is_empty() && crate::config::version::Version::parse(&version).is_none() {
            let detail = format!(
                "State file claims to have been written by Terraform version {}, which is not a valid version string.",
                quoted(&version)
            );
            self.error("Invalid Terraform version string", detail);
        }
        let mut state = State {
            terraform_version: version.into(),
            serial: file.serial.unwrap_or_default(),
            lineage: file.lineage.unwrap_or_default().into(),
            outputs: self.outputs(file.outputs.unwrap_or_default()),
            resources: BTreeMap::new(),
            checks: file.check_results.filter(|checks| !checks.is_empty()).map(checks),
        };
        for resource in file.resources.unwrap_or_default() {
            self.resource(resource, &mut state);
        }
        state
    }

    fn outputs(&mut self, outputs: BTreeMap<String, file::Output<'a>>) -> BTreeMap<SmolStr, OutputState> {
        let mut out = BTreeMap::new();
        for (name, output) in outputs {
            let ty = match read_type(output.ty.map_or("", RawValue::get)) {
                Ok(ty) => ty,
                Err(error) => {
                    let name = quoted(&name);
                    let detail =
                        format!("The state file has an invalid type specification for output {name}: {error}.");
                    self.error("Invalid output value type in state", detail);
                    continue;
                }
            };
            match read_output(output.value.map_or("null", RawValue::get), &ty) {
                Ok(value) => {
                    let sensitive = output.sensitive.unwrap_or_default();
                    let value = if sensitive { value.sensitive() } else { value };
                    out.insert(name.into(), OutputState { value, sensitive });
                }
                Err(error) => {
                    let detail = format!("The state file has an invalid value for output {}: {error}.", quoted(&name));
                    self.error("Invalid output value saved in state", detail);
                }
            }
        }
        out
    }

    fn resource(&mut self, resource: file::Resource<'a>, state: &mut State) {
        let mode = match &*resource.mode {
            "managed" => Mode::Managed,
            "data" => Mode::Data,
            other => {
                let detail = format!(
                    "State contains a resource with mode {} ({} {}) which is not supported.",
                    quoted(other),
                    quoted(&resource.kind),
                    quoted(&resource.name)
                );
                return self.error("Invalid resource mode in state", detail);
            }
        };
        let module = resource.module.map_or("\"\"", RawValue::get);
        let module = match self.modules.get(module) {
            Some(address) => address.clone(),
            None => match parse_module(&serde_json::from_str::<String>(module).unwrap_or_else(|_| module.to_owned())) {
                Ok(address) => self.modules.entry(module).or_insert(address).clone(),
                Err(error) => return self.diagnostics.push(error),
            },
        };
        let key = ResourceKey { mode, kind: (&*resource.kind).into(), name: (&*resource.name).into() };
        let address = Arc::new(ResourceAddress { module, resource: key });
        let provider = resource.provider.map_or("\"\"", RawValue::get);
        let provider = match self.providers.get(provider) {
            Some(provider) => provider.clone(),
            None => {
                let text: String = serde_json::from_str(provider).unwrap_or_default();
                let Some(parsed) = ProviderConfigAddress::parse(&text) else {
                    let detail = format!("Resource {address} has the provider {}, which is no address.", quoted(&text));
                    return self.error("Invalid provider configuration address in state", detail);
                };
                self.providers.entry(provider).or_insert(parsed).clone()
            }
        };
        let entry = || ResourceState { provider, instances: BTreeMap::new() };
        let mut out = state.resources.remove(&address).unwrap_or_else(entry);
        for instance in resource.instances.unwrap_or_default() {
            self.instance(&address, instance, &mut out);
        }
        state.resources.insert(address, out);
    }

    fn instance(&mut self, address: &Arc<ResourceAddress>, instance: file::Instance<'a>, out: &mut ResourceState) {
        let key = match instance.index_key.map(RawValue::get) {
            None | Some("null") => InstanceKey::None,
            Some(json) => match read_key(json) {
                Some(key) => key,
                None => {
                    let detail = format!("Resource {address} has an instance with the invalid instance key {json}.");
                    return self.error(METADATA, detail);
                }
            },
        };
        let deposed = instance.deposed.clone().filter(|deposed| !deposed.is_empty());
        let shown = address.instance(key.clone());
        let Some(object) = self.object(&shown.to_string(), instance) else { return };
        let slot = out.instances.entry(key).or_default();
        match deposed {
            None if slot.current.is_some() => {
                let detail = format!("Instance {shown} appears multiple times in the state file.");
                self.error("Duplicate resource instance in state", detail);
            }
            None => slot.current = Some(object),
            Some(key) if key.len() != 8 || !key.bytes().all(|b| b.is_ascii_hexdigit()) => {
                let detail = format!(
                    "Instance {shown} has an object with deposed key {}, which is not correctly formatted.",
                    quoted(&key)
                );
                self.error(METADATA, detail);
            }
            Some(key) => {
                if slot.deposed.insert((&*key).into(), object).is_some() {
                    let detail = format!("Instance {shown} deposed object {} appears multiple times.", quoted(&key));
                    self.error("Duplicate resource instance in state", detail);
                }
            }
        }
    }

    fn object(&mut self, shown: &str, instance: file::Instance<'a>) -> Option<Arc<ObjectState>> {
        let status = match instance.status.as_deref() {
            None | Some("") => ObjectStatus::Ready,
            Some("tainted") => ObjectStatus::Tainted,
            Some(other) => {
                self.error(METADATA, format!("Instance {shown} has invalid status {}.", quoted(other)));
                return None;
            }
        };
        if instance.attributes_flat.is_some_and(|flat| flat.get() != "null") {
            let detail = format!(
                "Instance {shown} has attributes in the form that Terraform 0.11 wrote, which Infra can't read. A version of \
                 Terraform from 0.12 on converts them: run \"terraform apply -refresh-only\"."
            );
            self.error(UNSUPPORTED, detail);
            return None;
        }
        let attributes = instance.attributes.map_or("null", RawValue::get);
        if attributes != "null" && !attributes.starts_with('{') {
            let detail = format!("Instance {shown} has attributes that are no JSON object.");
            self.error(INVALID, detail);
            return None;
        }
        Some(Arc::new(ObjectState {
            status,
            schema_version: instance.schema_version.unwrap_or_default(),
            attributes: compact(attributes).into(),
            sensitive: self.sensitive(shown, instance.sensitive_attributes.map_or("null", RawValue::get)),
            private: instance.private.filter(|private| !private.is_empty()).map(|private| (&*private).into()),
            dependencies: self.dependencies(shown, instance.dependencies.map_or("null", RawValue::get)),
            create_before_destroy: instance.create_before_destroy.unwrap_or_default(),
        }))
    }

    fn dependencies(&mut self, shown: &str, json: &'a str) -> Arc<[ConfigAddress]> {
        if let "null" | "[]" = json {
            return Arc::default();
        }
        if let Some(known) = self.dependencies.get(json) {
            return Arc::clone(known);
        }
        let texts: Vec<String> = match serde_json::from_str(json) {
            Ok(texts) => texts,
            Err(error) => {
                self.error(METADATA, format!("Instance {shown} has invalid dependencies: {error}."));
                return Arc::default();
            }
        };
        let addresses: Arc<[ConfigAddress]> = texts.into_iter().filter_map(|text| self.config(text)).collect();
        Arc::clone(self.dependencies.entry(json).or_insert(addresses))
    }

    fn config(&mut self, text: String) -> Option<ConfigAddress> {
        if let Some(known) = self.configs.get(&text) {
            return Some(known.clone());
        }
        match parse_config(&text) {
            Ok(address) => Some(self.configs.entry(text).or_insert(address).clone()),
            Err(error) => {
                self.diagnostics.push(error);
                None
            }
        }
    }

    fn sensitive(&mut self, shown: &str, json: &'a str) -> Arc<[Path]> {
        if let "null" | "[]" = json {
            return Arc::default();
        }
        if let Some(known) = self.sensitive.get(json) {
            return Arc::clone(known);
        }
        match read_paths(json) {
            Ok(paths) => Arc::clone(self.sensitive.entry(json).or_insert(paths.into())),
            Err(error) => {
                let detail = format!("Instance {shown} has invalid sensitive_attributes: {error}.");
                self.error(METADATA, detail);
                Arc::default()
            }
        }
    }
}

/// The value of an output. A type that leaves parts open has them with their own types beside it.
fn read_output(json: &str, ty: &Type) -> Result<Value, crate::state::value_json::DecodeError> {
    match (json, ty) {
        ("null", Type::Dynamic) => Ok(Value::null(Type::Dynamic)),
        _ => read_value(json, ty),
    }
}

/// A whole number or a string.
fn read_key(json: &str) -> Option<InstanceKey> {
    match json.starts_with('"') {
        true => serde_json::from_str::<String>(json).ok().map(|name| InstanceKey::Name(name.into())),
        false => {
            let number = crate::lang::Number::parse(json)?.to_i64()?;
            u64::try_from(number).ok().map(InstanceKey::Index)
        }
    }
}

fn read_paths(json: &str) -> Result<Vec<Path>, String> {
    let paths: Vec<Vec<file::Step<'_>>> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let step = |step: file::Step<'_>| match (&*step.kind, step.value.get()) {
        ("get_attr", name) => {
            let name: String = serde_json::from_str(name).map_err(|error| error.to_string())?;
            Ok(PathStep::Attr(name.into()))
        }
        ("index", key) => read_value(key, &Type::Dynamic).map(PathStep::Index).map_err(|error| error.to_string()),
        (other, _) => Err(format!("unsupported path step type {}", quoted(other))),
    };
    paths.into_iter().map(|path| path.into_iter().map(step).collect::<Result<_, _>>().map(Path)).collect()
}

/// The results of checks. What isn't known by its kind or status is passed over, as it is found out
/// again by the next plan.
fn checks(checks: Vec<file::Check<'_>>) -> Vec<CheckState> {
    let status = |text: &str| match text {
        "pass" => CheckStatus::Pass,
        "fail" => CheckStatus::Fail,
        "error" => CheckStatus::Error,
        _ => CheckStatus::Unknown,
    };
    let object = |object: file::CheckedObject<'_>| CheckObject {
        address: (&*object.object_addr).into(),
        status: status(&object.status),
        failures: object.failure_messages.unwrap_or_default(),
    };
    let check = |check: file::Check<'_>| CheckState {
        kind: (&*check.object_kind).into(),
        config_address: (&*check.config_addr).into(),
        status: status(&check.status),
        objects: check.objects.unwrap_or_default().into_iter().map(object).collect(),
    };
    let is_known = |check: &file::Check<'_>| matches!(&*check.object_kind, "resource" | "output" | "check" | "var");
    checks.into_iter().filter(is_known).map(check).collect()
}
