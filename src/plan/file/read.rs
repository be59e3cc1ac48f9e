//! Frames to a saved plan. Whatever isn't as it should be is an error: nothing of such a file is used.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use flate2::read::ZlibDecoder;
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use super::frame::{
    ACTIONS, Change, Check, Frame, Head, Instance, Kind, MODES, REASONS, STATUSES, StateHead, Values, decode,
};
use super::value::Decoder;
use super::{CHECKSUM, MAGIC, SavedBackend, SavedPlan, VERSION};
use crate::config::files::Snapshot;
use crate::graph::{ConfigAddress, InstanceAddress, ResourceAddress};
use crate::plan::{
    self, Awaited, Importing, Link, Operation, OperationKind, OutputChange, Plan, PlannedVariable, RelevantAttribute,
    ResourceChange,
};
use crate::providers::ProviderConfigAddress;
use crate::state::wire::path_of;
use crate::state::{CheckObject, CheckState, InstanceState, ObjectState, OutputState, ResourceState, State};
use crate::syntax::Diagnostic;

/// What begins a ZIP archive, and so Terraform's plan files.
const ZIP: &[u8] = b"PK\x03\x04";

/// Reads a saved plan: one of a root module, or those of several stacks.
///
/// # Errors
/// When it can't be read, isn't one, is damaged, or of a newer version.
pub fn read(path: &Path) -> Result<Vec<SavedPlan>, Diagnostic> {
    let failed = |detail: String| {
        Diagnostic::error(format!("Failed to load {:?} as a plan file", path.display().to_string()), detail)
    };
    let bytes = fs::read(path).map_err(|error| failed(format!("The file could not be read: {error}.")))?;
    if bytes.starts_with(ZIP) {
        let detail = "It is a ZIP archive, as Terraform's own plan files are. Infra applies plans that it has made itself: make one \
                      with \"infra plan -out=FILE\", and apply the other one with Terraform.";
        return Err(failed(detail.into()));
    }
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err(failed("It is not a plan that \"infra plan -out=FILE\" has written.".into()));
    };
    let damaged = || {
        failed("The plan file is damaged: it was cut short or changed after it was written. Make the plan anew.".into())
    };
    let (version, _) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
    let version = u32::from_le_bytes(*version);
    if version != VERSION {
        return Err(failed(format!(
            "It has version {version} of the format of plan files, and this version of Infra reads version {VERSION}. Apply it \
             with the version of Infra that made it, or make the plan anew."
        )));
    }
    let (contents, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or_else(damaged)?;
    let payload = contents.get(MAGIC.len() + 4..).ok_or_else(damaged)?;
    if Sha256::digest(contents).as_slice() != checksum {
        return Err(damaged());
    }
    read_frames(payload).ok_or_else(damaged)
}

fn read_frames(payload: &[u8]) -> Option<Vec<SavedPlan>> {
    let mut frames = Frames { input: ZlibDecoder::new(payload), buffer: Vec::new() };
    let mut plans = Vec::new();
    // Nothing is missing behind the last one: the checksum has been compared.
    while let Some(frame) = frames.next() {
        plans.push(read_plan(frame, &mut frames)?);
    }
    (!plans.is_empty()).then_some(plans)
}

fn read_plan<R: Read>(first: Frame, frames: &mut Frames<R>) -> Option<SavedPlan> {
    let Frame::Head(head) = first else { return None };
    let mut reader = Reader::new(head)?;
    let mut count = 1;
    loop {
        match frames.next()? {
            Frame::End(written) => return (written == count).then(|| reader.saved()).flatten(),
            frame => reader.take(frame)?,
        }
        count += 1;
    }
}

struct Frames<R> {
    input: R,
    buffer: Vec<u8>,
}

impl<R: Read> Frames<R> {
    fn next(&mut self) -> Option<Frame> {
        let mut length = [0; 4];
        self.input.read_exact(&mut length).ok()?;
        let length = u32::from_le_bytes(length);
        self.buffer.clear();
        // No more room is taken than there is to read.
        let read = io::copy(&mut (&mut self.input).take(length.into()), &mut self.buffer).ok()?;
        (read == u64::from(length)).then(|| postcard::from_bytes(&self.buffer).ok()).flatten()
    }
}

struct Reader {
    saved: SavedPlan,
    values: Decoder,
    resources: Vec<Arc<ResourceAddress>>,
    providers: Vec<ProviderConfigAddress>,
    dependencies: Vec<Arc<[ConfigAddress]>>,
    objects: Vec<Arc<ObjectState>>,
    states: usize,
}

impl Reader {
    fn new(head: Head) -> Option<Self> {
        let (kind, config, hash) = head.backend;
        let plan = Plan {
            mode: decode(MODES, head.mode)?,
            started: UNIX_EPOCH.checked_add(Duration::new(head.started.0, head.started.1.min(999_999_999)))?,
            workspace: head.workspace,
            variables: IndexMap::new(),
            targets: head.targets,
            excludes: head.excludes,
            forced: head.forced,
            previous: State::default(),
            prior: State::default(),
            changes: Vec::new(),
            drift: Vec::new(),
            outputs: Vec::new(),
            checks: Vec::new(),
            relevant: Vec::new(),
            operations: Vec::new(),
            output_steps: BTreeMap::new(),
            links: Vec::new(),
            awaited: Vec::new(),
            errored: head.errored,
            applyable: head.applyable,
            complete: head.complete,
        };
        let saved = SavedPlan {
            plan,
            stack: head.stack,
            root: head.root,
            configuration: Snapshot::default(),
            ephemeral: Vec::new(),
            backend: SavedBackend { kind, config, hash },
            version: head.version,
        };
        Some(Reader {
            saved,
            values: Decoder::new(),
            resources: Vec::new(),
            providers: Vec::new(),
            dependencies: Vec::new(),
            objects: Vec::new(),
            states: 0,
        })
    }

    /// Takes a frame; `None` if it can't stand here.
    fn take(&mut self, frame: Frame) -> Option<()> {
        let plan = &mut self.saved.plan;
        match frame {
            Frame::Head(_) | Frame::End(_) => return None,
            Frame::Folder(path) => drop(self.saved.configuration.folders.insert(path)),
            Frame::File(path, bytes) => drop(self.saved.configuration.files.insert(path, bytes)),
            Frame::Variable(name, None, _) => self.saved.ephemeral.push(name),
            Frame::Variable(name, Some(tokens), is_default) => {
                let value = self.values.value(tokens)?;
                plan.variables.insert(name, PlannedVariable { value, is_default });
            }
            Frame::Type(def) => self.values.define(def)?,
            Frame::Resource(resource) => self.resources.push(Arc::new(resource.into())),
            Frame::Provider(provider) => self.providers.push(provider.into()),
            Frame::Dependencies(addresses) => self.dependencies.push(addresses.into_iter().map(Into::into).collect()),
            Frame::Object(object, dependencies) => {
                let dependencies = self.dependencies.get(dependencies as usize)?.clone();
                self.objects.push(Arc::new(ObjectState { dependencies, ..object.into_state()? }));
            }
            Frame::State(head) => self.begin_state(head)?,
            Frame::OutputState(name, tokens, sensitive) => {
                let value = self.values.value(tokens)?;
                self.state()?.outputs.insert(name, OutputState { value, sensitive });
            }
            Frame::Instance(instance) => self.instance(instance)?,
            Frame::Change(change) => {
                let change = self.change(*change)?;
                self.saved.plan.changes.push(change);
            }
            Frame::Drift(change) => {
                let change = self.change(*change)?;
                self.saved.plan.drift.push(change);
            }
            Frame::OutputChange { name, values, sensitive } => {
                let change = self.values(values)?;
                self.saved.plan.outputs.push(OutputChange { name, change, sensitive });
            }
            Frame::Check(wire) => plan.checks.push(check(wire)?),
            Frame::Relevant(resource, steps) => {
                plan.relevant.push(RelevantAttribute { resource, attribute: path_of(steps)? });
            }
            Frame::Link(resource, key, stack) => {
                let resource = Arc::clone(self.resources.get(resource as usize)?);
                plan.links.push(Link { address: InstanceAddress { resource, key: key.into() }, stack });
            }
            Frame::Awaited(stack, output) => plan.awaited.push(Awaited { stack, output }),
            Frame::OutputStep(output, step) => drop(plan.output_steps.insert(output, step)),
            Frame::Operation { kind: wire, after } => plan.operations.push(Operation { kind: kind(wire), after }),
        }
        Some(())
    }

    fn state(&mut self) -> Option<&mut State> {
        match self.states {
            1 => Some(&mut self.saved.plan.previous),
            2 => Some(&mut self.saved.plan.prior),
            _ => None,
        }
    }

    fn begin_state(&mut self, head: StateHead) -> Option<()> {
        self.states += 1;
        let state = self.state()?;
        state.terraform_version = head.terraform_version;
        state.serial = head.serial;
        state.lineage = head.lineage;
        state.checks = match head.checks {
            Some(checks) => Some(checks.into_iter().map(check).collect::<Option<_>>()?),
            None => None,
        };
        Some(())
    }

    fn instance(&mut self, wire: Instance) -> Option<()> {
        let resource = Arc::clone(self.resources.get(wire.resource as usize)?);
        let provider = self.providers.get(wire.provider as usize)?.clone();
        let object = |number: u32| self.objects.get(number as usize).cloned();
        let mut instance = InstanceState::default();
        if let Some(number) = wire.current {
            instance.current = Some(object(number)?);
        }
        for (key, number) in wire.deposed {
            instance.deposed.insert(key, object(number)?);
        }
        let empty = || ResourceState { provider, instances: Default::default() };
        let entry = self.state()?.resources.entry(resource).or_insert_with(empty);
        entry.instances.insert(wire.key.into(), instance);
        Some(())
    }

    fn values(&self, wire: Values) -> Option<plan::Change> {
        let before = self.values.value(wire.before)?;
        let after = match wire.after {
            Some(tokens) => self.values.value(tokens)?,
            None => before.clone(),
        };
        Some(plan::Change { action: decode(ACTIONS, wire.action)?, before, after })
    }

    fn change(&self, wire: Change) -> Option<ResourceChange> {
        let address = |resource: u32, key| {
            let resource = Arc::clone(self.resources.get(resource as usize)?);
            Some(InstanceAddress { resource, key })
        };
        let previous_address = match wire.previous {
            Some((resource, key)) => Some(address(resource, key.into())?),
            None => None,
        };
        let reason = match wire.reason {
            Some(code) => Some(decode(REASONS, code)?),
            None => None,
        };
        Some(ResourceChange {
            address: address(wire.resource, wire.key.into())?,
            previous_address,
            deposed: wire.deposed,
            provider: self.providers.get(wire.provider as usize)?.clone(),
            change: self.values(wire.values)?,
            reason,
            replace_paths: wire.replace_paths.into_iter().map(path_of).collect::<Option<_>>()?,
            importing: wire.importing.map(|id| Importing { id }),
            generated_config: wire.generated_config.map(Arc::from),
            private: wire.private,
            create_before_destroy: wire.create_before_destroy,
        })
    }

    /// The plan, if all is there that its operations refer to.
    fn saved(self) -> Option<SavedPlan> {
        let plan = &self.saved.plan;
        let is_valid = |operation: &Operation| match operation.kind {
            OperationKind::Milestone => true,
            OperationKind::Output(at) => (at as usize) < plan.outputs.len(),
            OperationKind::Check(at) => (at as usize) < plan.checks.len(),
            OperationKind::Await(at) => (at as usize) < plan.awaited.len(),
            OperationKind::Create(at)
            | OperationKind::Update(at)
            | OperationKind::Destroy(at)
            | OperationKind::Read(at)
            | OperationKind::Forget(at)
            | OperationKind::Adopt(at) => (at as usize) < plan.changes.len(),
        };
        let is_after =
            |(at, operation): (usize, &Operation)| operation.after.iter().all(|earlier| (*earlier as usize) < at);
        let is_whole = self.states == 2
            && plan.operations.iter().all(is_valid)
            && plan.output_steps.values().all(|step| (*step as usize) < plan.operations.len())
            && plan.operations.iter().enumerate().all(is_after);
        is_whole.then_some(self.saved)
    }
}

fn check(wire: Check) -> Option<CheckState> {
    let object =
        |(address, status, failures)| Some(CheckObject { address, status: decode(STATUSES, status)?, failures });
    Some(CheckState {
        kind: wire.kind,
        config_address: wire.config_address,
        status: decode(STATUSES, wire.status)?,
        objects: wire.objects.into_iter().map(object).collect::<Option<_>>()?,
    })
}

fn kind(wire: Kind) -> OperationKind {
    match wire {
        Kind::Create(change) => OperationKind::Create(change),
        Kind::Update(change) => OperationKind::Update(change),
        Kind::Destroy(change) => OperationKind::Destroy(change),
        Kind::Read(change) => OperationKind::Read(change),
        Kind::Forget(change) => OperationKind::Forget(change),
        Kind::Adopt(change) => OperationKind::Adopt(change),
        Kind::Milestone => OperationKind::Milestone,
        Kind::Output(output) => OperationKind::Output(output),
        Kind::Check(check) => OperationKind::Check(check),
        Kind::Await(awaited) => OperationKind::Await(awaited),
    }
}
