//! A saved plan to frames.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use smol_str::SmolStr;

use super::SavedPlan;
use super::frame::{
    ACTIONS, Change, Check, Frame, Head, Instance, Kind, MODES, REASONS, STATUSES, StateHead, Values, code,
};
use super::value::{Encoder, Tokens};
use crate::graph::{ConfigAddress, ResourceAddress};
use crate::lang::{Marks, Value};
use crate::plan::{self, OperationKind, ResourceChange};
use crate::providers::ProviderConfigAddress;
use crate::state::wire::{Object, path_steps};
use crate::state::{CheckState, ObjectState, State};

/// Writes all frames of plans, compressed, and gives the writer back.
pub(super) fn write_frames<W: Write>(out: W, plans: &[SavedPlan]) -> io::Result<W> {
    let mut out = ZlibEncoder::new(out, Compression::fast());
    plans.iter().try_for_each(|saved| write_plan(&mut out, saved))?;
    out.finish()
}

fn write_plan<W: Write>(out: &mut ZlibEncoder<W>, saved: &SavedPlan) -> io::Result<()> {
    let mut writer = Writer {
        out,
        buffer: Vec::new(),
        frames: 0,
        values: Encoder::default(),
        resources: HashMap::new(),
        providers: HashMap::new(),
        dependencies: HashMap::new(),
        objects: HashMap::new(),
    };
    writer.head(saved)?;
    writer.states(&saved.plan)?;
    writer.plan(&saved.plan)?;
    writer.frame(&Frame::End(writer.frames))
}

struct Writer<'w, W: Write> {
    out: &'w mut ZlibEncoder<W>,
    buffer: Vec<u8>,
    frames: u64,
    values: Encoder,
    /// Numbers of what was written, shared parts by where they are in memory: the plan keeps them alive.
    resources: HashMap<Arc<ResourceAddress>, u32>,
    providers: HashMap<ProviderConfigAddress, u32>,
    dependencies: HashMap<*const ConfigAddress, u32>,
    objects: HashMap<*const ObjectState, u32>,
}

fn next<K>(known: &HashMap<K, u32>) -> u32 {
    u32::try_from(known.len()).unwrap_or(u32::MAX)
}

impl<W: Write> Writer<'_, W> {
    fn frame(&mut self, frame: &Frame) -> io::Result<()> {
        self.buffer.clear();
        self.buffer.extend_from_slice(&[0; 4]);
        self.buffer = postcard::to_extend(frame, std::mem::take(&mut self.buffer)).map_err(io::Error::other)?;
        let length = u32::try_from(self.buffer.len() - 4).map_err(|_| io::Error::other("a value is too large"))?;
        self.buffer[..4].copy_from_slice(&length.to_le_bytes());
        self.frames += 1;
        self.out.write_all(&self.buffer)
    }

    fn value(&mut self, value: &Value) -> io::Result<Tokens> {
        let tokens = self.values.value(value).map_err(io::Error::other)?;
        for def in std::mem::take(&mut self.values.new_types) {
            self.frame(&Frame::Type(def))?;
        }
        Ok(tokens)
    }

    fn head(&mut self, saved: &SavedPlan) -> io::Result<()> {
        let plan = &saved.plan;
        let started = plan.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        let backend = &saved.backend;
        self.frame(&Frame::Head(Head {
            version: saved.version.clone(),
            stack: saved.stack.clone(),
            root: saved.root.clone(),
            backend: (backend.kind.clone(), backend.config.clone(), backend.hash),
            mode: code(MODES, &plan.mode),
            started: (started.as_secs(), started.subsec_nanos()),
            workspace: plan.workspace.clone(),
            targets: plan.targets.clone(),
            excludes: plan.excludes.clone(),
            forced: plan.forced.clone(),
            errored: plan.errored,
            applyable: plan.applyable,
            complete: plan.complete,
        }))?;
        for folder in &saved.configuration.folders {
            self.frame(&Frame::Folder(folder.clone()))?;
        }
        for (path, bytes) in &saved.configuration.files {
            self.frame(&Frame::File(path.clone(), bytes.clone()))?;
        }
        for (name, variable) in &plan.variables {
            let is_ephemeral = variable.value.deep_marks().contains(Marks::EPHEMERAL);
            let is_given_again = saved.ephemeral.contains(name);
            if is_ephemeral && !is_given_again {
                continue;
            }
            let tokens = if is_given_again { None } else { Some(self.value(&variable.value)?) };
            self.frame(&Frame::Variable(name.clone(), tokens, variable.is_default))?;
        }
        let missing = |name: &&SmolStr| !plan.variables.contains_key(*name);
        for name in saved.ephemeral.iter().filter(missing) {
            self.frame(&Frame::Variable(name.clone(), None, false))?;
        }
        Ok(())
    }

    fn states(&mut self, plan: &plan::Plan) -> io::Result<()> {
        for state in [&plan.previous, &plan.prior] {
            self.frame(&Frame::State(StateHead {
                terraform_version: state.terraform_version.clone(),
                serial: state.serial,
                lineage: state.lineage.clone(),
                checks: state.checks.as_ref().map(|checks| checks.iter().map(check).collect()),
            }))?;
            self.contents(state)?;
        }
        Ok(())
    }

    fn contents(&mut self, state: &State) -> io::Result<()> {
        for (name, output) in &state.outputs {
            let value = self.value(&output.value)?;
            self.frame(&Frame::OutputState(name.clone(), value, output.sensitive))?;
        }
        for (address, resource) in &state.resources {
            let (number, provider) = (self.resource(address)?, self.provider(&resource.provider)?);
            for (key, instance) in &resource.instances {
                let current = instance.current.as_ref().map(|object| self.object(object)).transpose()?;
                let mut deposed = Vec::with_capacity(instance.deposed.len());
                for (key, object) in &instance.deposed {
                    deposed.push((key.clone(), self.object(object)?));
                }
                let key = key.into();
                self.frame(&Frame::Instance(Instance { resource: number, provider, key, current, deposed }))?;
            }
        }
        Ok(())
    }

    fn resource(&mut self, address: &Arc<ResourceAddress>) -> io::Result<u32> {
        if let Some(number) = self.resources.get(address) {
            return Ok(*number);
        }
        let number = next(&self.resources);
        self.resources.insert(Arc::clone(address), number);
        self.frame(&Frame::Resource((&**address).into()))?;
        Ok(number)
    }

    fn provider(&mut self, address: &ProviderConfigAddress) -> io::Result<u32> {
        if let Some(number) = self.providers.get(address) {
            return Ok(*number);
        }
        let number = next(&self.providers);
        self.providers.insert(address.clone(), number);
        self.frame(&Frame::Provider(address.into()))?;
        Ok(number)
    }

    fn object(&mut self, object: &Arc<ObjectState>) -> io::Result<u32> {
        if let Some(number) = self.objects.get(&Arc::as_ptr(object)) {
            return Ok(*number);
        }
        let dependencies = self.dependencies(&object.dependencies)?;
        let wire = Object::from(&ObjectState { dependencies: Arc::default(), ..(**object).clone() });
        let number = next(&self.objects);
        self.objects.insert(Arc::as_ptr(object), number);
        self.frame(&Frame::Object(wire, dependencies))?;
        Ok(number)
    }

    fn dependencies(&mut self, dependencies: &Arc<[ConfigAddress]>) -> io::Result<u32> {
        let place = if dependencies.is_empty() { std::ptr::null() } else { dependencies.as_ptr() };
        if let Some(number) = self.dependencies.get(&place) {
            return Ok(*number);
        }
        let number = next(&self.dependencies);
        self.dependencies.insert(place, number);
        self.frame(&Frame::Dependencies(dependencies.iter().map(Into::into).collect()))?;
        Ok(number)
    }

    fn plan(&mut self, plan: &plan::Plan) -> io::Result<()> {
        for change in &plan.changes {
            let change = self.change(change)?;
            self.frame(&Frame::Change(Box::new(change)))?;
        }
        for change in &plan.drift {
            let change = self.change(change)?;
            self.frame(&Frame::Drift(Box::new(change)))?;
        }
        for output in &plan.outputs {
            let values = self.values(&output.change)?;
            self.frame(&Frame::OutputChange { name: output.name.clone(), values, sensitive: output.sensitive })?;
        }
        for state in &plan.checks {
            self.frame(&Frame::Check(check(state)))?;
        }
        for relevant in &plan.relevant {
            self.frame(&Frame::Relevant(relevant.resource.clone(), path_steps(&relevant.attribute)))?;
        }
        for link in &plan.links {
            let resource = self.resource(&link.address.resource)?;
            self.frame(&Frame::Link(resource, (&link.address.key).into(), link.stack.clone()))?;
        }
        for awaited in &plan.awaited {
            self.frame(&Frame::Awaited(awaited.stack.clone(), awaited.output.clone()))?;
        }
        for (output, step) in &plan.output_steps {
            self.frame(&Frame::OutputStep(output.clone(), *step))?;
        }
        for operation in &plan.operations {
            self.frame(&Frame::Operation { kind: kind(&operation.kind), after: operation.after.clone() })?;
        }
        Ok(())
    }

    fn values(&mut self, change: &plan::Change) -> io::Result<Values> {
        let is_same = change.before == change.after;
        let before = self.value(&change.before)?;
        let after = if is_same { None } else { Some(self.value(&change.after)?) };
        Ok(Values { action: code(ACTIONS, &change.action), before, after })
    }

    fn change(&mut self, change: &ResourceChange) -> io::Result<Change> {
        let previous = match &change.previous_address {
            Some(address) => Some((self.resource(&address.resource)?, (&address.key).into())),
            None => None,
        };
        Ok(Change {
            resource: self.resource(&change.address.resource)?,
            key: (&change.address.key).into(),
            previous,
            deposed: change.deposed.clone(),
            provider: self.provider(&change.provider)?,
            values: self.values(&change.change)?,
            reason: change.reason.map(|reason| code(REASONS, &reason)),
            replace_paths: change.replace_paths.iter().map(path_steps).collect(),
            importing: change.importing.as_ref().map(|importing| importing.id.clone()),
            generated_config: change.generated_config.as_deref().map(Into::into),
            private: change.private.clone(),
            create_before_destroy: change.create_before_destroy,
        })
    }
}

fn check(state: &CheckState) -> Check {
    let objects = state.objects.iter().map(|o| (o.address.clone(), code(STATUSES, &o.status), o.failures.clone()));
    Check {
        kind: state.kind.clone(),
        config_address: state.config_address.clone(),
        status: code(STATUSES, &state.status),
        objects: objects.collect(),
    }
}

fn kind(kind: &OperationKind) -> Kind {
    match *kind {
        OperationKind::Create(change) => Kind::Create(change),
        OperationKind::Update(change) => Kind::Update(change),
        OperationKind::Destroy(change) => Kind::Destroy(change),
        OperationKind::Read(change) => Kind::Read(change),
        OperationKind::Forget(change) => Kind::Forget(change),
        OperationKind::Adopt(change) => Kind::Adopt(change),
        OperationKind::Milestone => Kind::Milestone,
        OperationKind::Output(output) => Kind::Output(output),
        OperationKind::Check(check) => Kind::Check(check),
        OperationKind::Await(awaited) => Kind::Await(awaited),
    }
}
