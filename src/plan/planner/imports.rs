//! Imports: objects that are taken over, found by their ids.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use petgraph::graph::NodeIndex;

use crate::config::module::Import;
use crate::config::provider_of;
use crate::config::scope::Instance;
use crate::graph::InstanceAddress;
use crate::lang::Value;
use crate::lang::scope::Constants;
use crate::plan::evaluate::{Expansion, ModuleId};
use crate::plan::generate_config::resource_block;
use crate::plan::imports::{Wanted, WantedImport, no_such_instance, static_target, wanted_imports};
use crate::plan::{Action, Change, Event, EventKind, Importing, ObjectId, PlanMode, ResourceChange};
use crate::providers::{Configured, PlanRequest, ProviderConfigAddress, ReadOutcome, ReadRequest};
use crate::schema::planning::proposed_new;
use crate::schema::{Schema, decode_body};
use crate::state::ObjectState;
use crate::syntax::body::ConfigBody;
use crate::syntax::parse::parse_body;
use crate::syntax::{Diagnostic, Diagnostics, FileId, Span};

use super::prior::{PriorInstance, PriorObject, PriorResource, marked_by_schema};
use super::{Context, Planner};

/// What is to be imported.
#[derive(Default)]
pub(super) struct Imports<'c> {
    /// Blocks by the resource that is to manage their objects.
    blocks: HashMap<NodeIndex, Vec<&'c Import>>,
    without_configuration: Vec<&'c Import>,
    wanted: Wanted,
    /// What was found.
    found: HashMap<InstanceAddress, Importing>,
}

impl Imports<'_> {
    /// That an instance's object is an imported one.
    pub fn importing(&self, address: &InstanceAddress) -> Option<Importing> {
        self.found.get(address).cloned()
    }
}

impl<'c> Planner<'c> {
    /// Sorts the `import` blocks by the resources that they are for. Those that are for none are refused, unless
    /// configuration is to be generated for them.
    pub(super) fn begin_imports(&mut self) {
        if self.mode() != PlanMode::Normal {
            return;
        }
        for import in &self.input.graph.modules[0].tree.module.imports {
            let target = static_target(import);
            match target.as_ref().and_then(|target| self.input.graph.import_target(target)) {
                Some(node) => self.imports.blocks.entry(node).or_default().push(import),
                None => self.imports.without_configuration.push(import),
            }
        }
        if !self.input.options.generate_config {
            let blocks = std::mem::take(&mut self.imports.without_configuration);
            self.want_imports(&blocks);
            // They were made before what they might depend on was there.
            drop(self.evaluator.take_problems());
            self.evaluator.forget_values();
        }
    }

    /// Finds out what blocks want to be imported; whether that failed.
    fn want_imports(&mut self, blocks: &[&'c Import]) -> bool {
        if blocks.is_empty() {
            return false;
        }
        let tree = self.input.graph.modules[0].tree;
        let scope = self.evaluator.scope(ModuleId::ROOT, Instance::default());
        let is_managed = |address: &InstanceAddress| self.prior.current(&address.resource, &address.key).is_some();
        let generate = self.input.options.generate_config;
        let (wanted, problems) = wanted_imports(tree, blocks.iter().copied(), &scope, &is_managed, generate);
        self.imports.wanted.extend(wanted);
        self.report(problems)
    }

    /// Finds out which objects of a resource are to be imported; whether that failed. All of them need an instance.
    pub(super) fn resource_imports(&mut self, node: NodeIndex, instances: &[(Context<'c>, Expansion)]) -> bool {
        let Some(blocks) = self.imports.blocks.remove(&node) else { return false };
        let before = self.imports.wanted.len();
        if self.want_imports(&blocks) {
            return true;
        }
        let expansions: HashMap<_, _> = instances.iter().map(|(c, expansion)| (&c.address, expansion)).collect();
        let is_there = |a: &InstanceAddress| expansions.get(&a.resource).is_some_and(|e| e.position(&a.key).is_some());
        let missing = self.imports.wanted.keys().skip(before).find(|address| !is_there(address)).map(no_such_instance);
        self.report(missing.into_iter().collect())
    }

    /// Finds the objects of a resource that are to be imported, and takes them for what was there before.
    pub(super) async fn import_objects(&mut self, context: &Context<'c>, expansion: &Expansion) -> bool {
        if self.imports.wanted.is_empty() {
            return false;
        }
        let mut failed = false;
        for position in 0..expansion.len() {
            let address = context.address.instance(expansion.key(position));
            if !self.targeting.includes_instance(&address) {
                continue;
            }
            if let Some(wanted) = self.imports.wanted.get(&address).cloned() {
                let importing = Importing { id: wanted.id };
                failed |= self.import_object(context, &address, importing, wanted.span).await;
            }
        }
        failed
    }

    async fn import_object(
        &mut self,
        context: &Context<'c>,
        address: &InstanceAddress,
        importing: Importing,
        span: Span,
    ) -> bool {
        let (provider, schema) = (Arc::clone(&context.provider), context.schema);
        let Some(object) = self.find_object(&provider, schema, address, &importing, span).await else { return true };
        self.take_over(address, &context.provider_address, schema, object, importing);
        false
    }

    /// From here on an imported object is as if it had been in state.
    fn take_over(
        &mut self,
        address: &InstanceAddress,
        provider: &ProviderConfigAddress,
        schema: &'static Schema,
        object: PriorObject,
        importing: Importing,
    ) {
        let resource = self.prior.resources.entry(Arc::clone(&address.resource)).or_insert_with(|| PriorResource {
            provider: provider.clone(),
            schema,
            instances: BTreeMap::new(),
        });
        let instance: &mut PriorInstance = resource.instances.entry(address.key.clone()).or_default();
        instance.current = Some(object);
        self.imports.found.insert(address.clone(), importing);
    }

    /// Imports and reads an object. None after saying why that is not possible.
    async fn find_object(
        &mut self,
        provider: &Configured,
        schema: &'static Schema,
        address: &InstanceAddress,
        importing: &Importing,
        span: Span,
    ) -> Option<PriorObject> {
        let event = |kind| Event { address: address.clone(), deposed: None, kind };
        let at = |d: Diagnostic| Diagnostic { subject: d.subject.or(Some(span)), ..d };
        let kind = address.resource.resource.kind.clone();
        let (is_ready, problems) = provider.ready().await;
        self.report(problems);
        if !is_ready {
            return None;
        }
        (self.input.report)(event(EventKind::ImportStart { id: importing.id.clone() }));
        let imported = provider.import(&kind, &importing.id).await;
        if self.report(imported.diagnostics.into_iter().map(at).collect()) || imported.value.is_null() {
            return None;
        }
        (self.input.report)(event(EventKind::RefreshStart { id: ObjectId::of(&imported.value) }));
        let shown = address.to_string();
        let request =
            ReadRequest { kind, address: shown.as_str().into(), prior: imported.value, private: imported.private };
        let response = provider.read(vec![request]).await.pop()?;
        let failed = self.report(response.diagnostics.into_iter().map(at).collect());
        let value = match response.outcome {
            ReadOutcome::Found(value) if !failed => value,
            ReadOutcome::Gone => {
                let detail = format!(
                    "While attempting to import an existing object to {shown:?}, the provider detected that no object exists \
                     with the given id. Only pre-existing objects can be imported; check that the id is correct and that \
                     it is associated with the provider's configured region or endpoint, or use \"terraform apply\" to \
                     create a new remote object for this resource."
                );
                self.report(at(Diagnostic::error("Cannot import non-existent remote object", detail)).into());
                return None;
            }
            _ => return None,
        };
        let value = marked_by_schema(schema, &value);
        (self.input.report)(event(EventKind::RefreshComplete { id: ObjectId::of(&value) }));
        match ObjectState::new(&value, schema.implied_type(), schema.version) {
            Ok(state) => {
                let state = Arc::new(ObjectState { private: response.private, ..state });
                Some(PriorObject { state, value, stored: None })
            }
            Err(_) => {
                let detail = format!("The provider gave a value for {shown} that is not wholly known.");
                self.report(at(Diagnostic::error("Provider produced invalid object", detail)).into());
                None
            }
        }
    }

    /// Imports what the configuration does not have yet, and writes configuration for it.
    pub(super) async fn generated_imports(&mut self) {
        let blocks = std::mem::take(&mut self.imports.without_configuration);
        let before = self.imports.wanted.len();
        self.want_imports(&blocks);
        let wanted: Vec<_> = self.imports.wanted.iter().skip(before).map(|(a, w)| (a.clone(), w.clone())).collect();
        for (address, wanted) in wanted {
            if self.targeting.includes_instance(&address) {
                self.generated_import(address, &wanted).await;
            }
        }
    }

    async fn generated_import(&mut self, address: InstanceAddress, wanted: &WantedImport) {
        let key = &address.resource.resource;
        let named = wanted.provider.as_ref().map(|p| &p.key);
        let local = named.map_or_else(|| key.kind.split('_').next().unwrap_or_default(), |key| &key.name);
        let module = &self.input.graph.modules[0].tree.module;
        let provider_address = ProviderConfigAddress {
            alias: named.and_then(|key| key.alias.clone()),
            ..ProviderConfigAddress::root(provider_of::address(module, local))
        };
        let Some(schema) = crate::providers::resource_schema(key.mode, &key.kind) else {
            let detail = format!("No provider of this version of Infra has the resource type {:?}.", key.kind.as_str());
            self.report(Diagnostic::error("Invalid resource type", detail).at(wanted.span).into());
            return;
        };
        let Some(provider) = self.provider(&provider_address) else { return };
        let importing = Importing { id: wanted.id.clone() };
        let Some(object) = self.find_object(&provider, schema, &address, &importing, wanted.span).await else {
            return;
        };
        let alias = wanted.provider.as_ref().map(|p| p.key.to_string());
        let text = resource_block(&key.kind, &key.name, alias.as_deref(), schema, &object.value);
        let prior = object.value.unmark_deep().0;
        let planned = match config_of(&text, schema) {
            Ok(config) => {
                let proposed = proposed_new(schema, &prior, &config);
                let kind = key.kind.as_str();
                let private = object.state.private.as_ref();
                provider
                    .plan(PlanRequest { kind, prior: &prior, proposed: &proposed, config: &config, private })
                    .planned
            }
            Err(problems) => {
                self.report(problems);
                return;
            }
        };
        self.take_over(&address, &provider_address, schema, object.clone(), importing.clone());
        let action = if planned == prior { Action::NoOp } else { Action::Update };
        let after = if action == Action::NoOp { object.value.clone() } else { marked_by_schema(schema, &planned) };
        self.push_change(ResourceChange {
            address,
            previous_address: None,
            deposed: None,
            provider: provider_address,
            change: Change { action, before: object.value, after },
            reason: None,
            replace_paths: Vec::new(),
            importing: Some(importing),
            generated_config: Some(text.into()),
            private: object.state.private.clone(),
            create_before_destroy: false,
        });
    }
}

/// The configuration that a generated block amounts to.
fn config_of(text: &str, schema: &Schema) -> Result<Value, Diagnostics> {
    let file = FileId(u32::MAX);
    let (body, problems) = parse_body(file, text);
    if problems.has_errors() {
        return Err(problems);
    }
    let Some(block) = body.blocks.first() else { return Ok(Value::null(schema.implied_type().clone())) };
    let body = ConfigBody::from_native(file, Arc::clone(&block.body));
    let (value, problems) = decode_body(&body, &schema.block, &Constants);
    if problems.has_errors() { Err(problems) } else { Ok(value.unmark_deep().0) }
}
