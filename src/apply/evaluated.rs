//! The configuration that a plan was made from, evaluated as the apply goes on: planned values at
//! first, and in their places what came of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;
use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use super::configuration::{Conditions, Configuration, Desired, ProvisionerRun, When};
use crate::config::graph::{ConfigGraph, NodeKind, SchemaOf};
use crate::config::module::{Check, Mode, Output, Provisioner, Resource, ResourceKey, Variable};
use crate::config::scope::Instance;
use crate::config::validate::located;
use crate::config::variable_rules::check_variable;
use crate::graph::{ConfigAddress, InstanceAddress, InstanceKey, ResourceAddress};
use crate::lang::{Host, PathStep, Scope, Type, Value};
use crate::plan::conditions::{ConditionKind, Outcome, check_address, object_address, try_all, worse};
use crate::plan::dependencies::Dependencies;
use crate::plan::evaluate::{Configurations, Evaluator, ModuleId, Setting};
use crate::plan::removed::Removals;
use crate::plan::{Action, Plan, ResourceChange};
use crate::providers::{Configured, Pool, ProviderConfigAddress, provisioners};
use crate::schema::planning::proposed_new;
use crate::schema::{Schema, decode_body};
use crate::state::{CheckObject, CheckState, CheckStatus};
use crate::syntax::body::ConfigBody;
use crate::syntax::{Diagnostic, Diagnostics, Severity, SourceMap, Span};

/// What the configuration is evaluated with.
#[derive(Clone, Copy)]
pub struct Sources<'c> {
    /// The configuration.
    pub graph: &'c ConfigGraph<'c>,
    /// Its nodes, each after what it depends on.
    pub order: &'c [NodeIndex],
    /// Its files.
    pub files: &'c SourceMap,
    /// Schemas.
    pub schema_of: SchemaOf<'c>,
    /// Values of the root module's variables.
    pub variables: &'c IndexMap<SmolStr, Value>,
    /// The providers that there are already.
    pub pool: &'c Pool,
    /// Files, clock and chance.
    pub host: &'c dyn Host,
    /// The workspace's name.
    pub workspace: &'c str,
}

/// The configuration of an apply.
pub struct Evaluated<'c> {
    sources: Sources<'c>,
    evaluator: Evaluator<'c>,
    configurations: Configurations<'c>,
    dependencies: Dependencies,
    removals: Removals<'c>,
    /// What state lists for a resource, by node.
    listed: HashMap<NodeIndex, Arc<[ConfigAddress]>>,
    /// What can have conditions, by address; filled when first asked for.
    checked: HashMap<SmolStr, Checked<'c>>,
    /// Data sources of checks that could not be read.
    unreadable: HashMap<(ModuleId, ResourceKey), Outcome>,
}

/// What has conditions.
#[derive(Clone, Copy)]
enum Checked<'c> {
    /// A variable, a resource or an output.
    Node(NodeIndex),
    /// A `check` block, with the number of its module.
    Check(usize, &'c Check),
}

/// An instance of a resource in the configuration.
struct Found<'c> {
    node: NodeIndex,
    id: ModuleId,
    resource: &'c Resource,
    instance: Instance,
}

impl<'c> Evaluated<'c> {
    /// The configuration as planning left it.
    #[must_use]
    pub fn new(sources: Sources<'c>, plan: &Plan) -> Self {
        let setting = Setting {
            graph: sources.graph,
            host: sources.host,
            workspace: sources.workspace,
            variables: sources.variables,
            applying: true,
        };
        let mut this = Evaluated {
            sources,
            evaluator: Evaluator::new(setting),
            configurations: Configurations::new(sources.pool),
            dependencies: Dependencies::new(sources.graph, sources.order),
            removals: Removals::new(sources.graph.modules[0].tree),
            listed: HashMap::new(),
            checked: HashMap::new(),
            unreadable: HashMap::new(),
        };
        let changes = plan.changes.iter().filter(|c| c.deposed.is_none()).map(|c| (&c.address, c));
        let changes: HashMap<&InstanceAddress, &ResourceChange> = changes.collect();
        let goes = |c: &ResourceChange| matches!(c.change.action, Action::Delete | Action::Forget);
        this.evaluator.expand_all(sources.order, sources.schema_of, &|address, schema| match changes.get(address) {
            Some(c) if !goes(c) => Some(c.change.after.clone()),
            _ => plan.prior.current(address).and_then(|o| o.value(schema.implied_type()).ok()),
        });
        // Values were made of planned objects, to find out how often things are repeated. There are better ones to come.
        this.evaluator.forget_values();
        drop(this.evaluator.take_problems());
        this
    }

    fn find(&self, address: &InstanceAddress) -> Option<Found<'c>> {
        let graph = self.sources.graph;
        let id = self.evaluator.find_module(&address.resource.module)?;
        let node = graph.resource(id.module, &address.resource.resource)?;
        let NodeKind::Resource(resource) = graph.node(node).kind else { return None };
        let instances = self.evaluator.resource_instances(id, &resource.key)?;
        let position = instances.expansion.position(&address.key)?;
        let instance = instances.expansion.instance(position);
        Some(Found { node, id, resource, instance })
    }

    /// What is known of an instance now that everything it is made from is there.
    fn renewed(&self, found: &Found<'c>) -> Instance {
        self.evaluator.renewed(found.id, &found.resource.repetition, found.instance.clone())
    }

    /// The object that an instance is now.
    fn object(&self, found: &Found<'c>, address: &InstanceAddress) -> Option<Value> {
        self.evaluator.resource_instances(found.id, &found.resource.key)?.object(&address.key)
    }

    /// Problems of something just evaluated, with those of the values that it was made of.
    fn with_problems_of_values(&self, mut problems: Diagnostics) -> Diagnostics {
        let mut all = self.evaluator.take_problems();
        all.extend(std::mem::take(&mut problems.0));
        all
    }

    fn try_resource(&self, found: &Found<'c>, address: &InstanceAddress, when: When) -> Outcome {
        let lifecycle = &found.resource.lifecycle;
        let (conditions, kind, this) = match when {
            When::Before => (&lifecycle.preconditions, ConditionKind::Precondition, None),
            When::After => (&lifecycle.postconditions, ConditionKind::Postcondition, self.object(found, address)),
        };
        let instance = Instance { this, ..self.renewed(found) };
        try_all(conditions, kind, Severity::Error, &self.evaluator.scope(found.id, instance))
    }

    /// The block that a check of the plan is about.
    fn checked(&mut self, address: &str) -> Option<Checked<'c>> {
        if self.checked.is_empty() {
            let graph = self.sources.graph;
            for node in self.sources.order {
                self.checked.insert(graph.address(*node).into(), Checked::Node(*node));
            }
            for (module, m) in graph.modules.iter().enumerate() {
                for (name, check) in &m.tree.module.checks {
                    self.checked.entry(check_address(&m.tree.path, name)).or_insert(Checked::Check(module, check));
                }
            }
        }
        self.checked.get(address).copied()
    }

    /// The instances of a module.
    fn instances(&self, module: usize) -> impl Iterator<Item = ModuleId> + use<> {
        (0..self.evaluator.instance_count(module)).map(move |instance| ModuleId { module, instance })
    }

    /// Tries the conditions of something that all instances of a module have, by its name there.
    fn try_each(
        &self,
        module: usize,
        name: &str,
        conditions: impl Fn(ModuleId, &dyn Scope) -> Outcome,
    ) -> Vec<(SmolStr, Outcome)> {
        let tried = self.instances(module).map(|id| {
            let address = object_address(&self.evaluator.module(id).address, name);
            (address, conditions(id, &self.evaluator.scope(id, Instance::default())))
        });
        tried.collect()
    }

    fn try_variable(&self, node: NodeIndex, v: &Variable) -> Vec<(SmolStr, Outcome)> {
        let graph = self.sources.graph;
        let module = graph.node(node).module;
        let argument = graph.modules[module].arguments.get(&v.name.name).map(|a| a.expr.span);
        let tried = |_, scope: &dyn Scope| check_variable(v, scope, argument, self.sources.files).into();
        self.try_each(module, &format!("var.{}", v.name.name), tried)
    }

    fn try_output(&self, node: NodeIndex, o: &Output) -> Vec<(SmolStr, Outcome)> {
        let module = self.sources.graph.node(node).module;
        let tried = |_, scope: &dyn Scope| try_all(&o.preconditions, ConditionKind::Output, Severity::Error, scope);
        self.try_each(module, &format!("output.{}", o.name.name), tried)
    }

    fn try_check(&self, module: usize, check: &Check) -> Vec<(SmolStr, Outcome)> {
        let tried = |id, scope: &dyn Scope| {
            let unreadable = check.data.as_ref().and_then(|key| self.unreadable.get(&(id, key.clone())));
            let asserted = || try_all(&check.asserts, ConditionKind::Assertion, Severity::Warning, scope);
            unreadable.cloned().unwrap_or_else(asserted)
        };
        self.try_each(module, &format!("check.{}", check.name.name), tried)
    }

    fn try_instances(&self, node: NodeIndex, r: &'c Resource) -> Vec<(SmolStr, Outcome)> {
        let module = self.sources.graph.node(node).module;
        let mut tried = Vec::new();
        for id in self.instances(module) {
            let Some(instances) = self.evaluator.resource_instances(id, &r.key) else { continue };
            let resource =
                ResourceAddress { module: self.evaluator.module(id).address.clone(), resource: r.key.clone() };
            let resource = Arc::new(resource);
            for position in 0..instances.expansion.len() {
                let address = resource.instance(instances.expansion.key(position));
                let instance = instances.expansion.instance(position);
                let found = Found { node, id, resource: r, instance };
                let mut outcome = self.try_resource(&found, &address, When::Before);
                outcome.add(self.try_resource(&found, &address, When::After));
                tried.push((address.to_string().into(), outcome));
            }
        }
        tried
    }

    fn runs<'p>(
        &self,
        id: ModuleId,
        instance: &Instance,
        r: Option<&Resource>,
        provisioners: impl Iterator<Item = &'p Provisioner>,
    ) -> (Vec<ProvisionerRun>, Diagnostics) {
        let mut problems = Diagnostics::new();
        let mut runs = Vec::new();
        for p in provisioners {
            let (run, more) = self.run(id, instance, r, p);
            runs.push(run);
            problems.extend(more);
        }
        (runs, self.with_problems_of_values(problems))
    }

    fn run(
        &self,
        id: ModuleId,
        instance: &Instance,
        r: Option<&Resource>,
        p: &Provisioner,
    ) -> (ProvisionerRun, Diagnostics) {
        let scope = self.evaluator.scope(id, instance.clone());
        let mut problems = Diagnostics::new();
        let mut decoded = |body: &ConfigBody, block| {
            let (value, more) = decode_body(body, block, &scope);
            problems.extend(more);
            value
        };
        let nothing = || Value::null(Type::Dynamic);
        let arguments = provisioners::provisioner(&p.kind.name).map_or_else(nothing, |block| decoded(&p.body, block));
        let connection = p.connection.as_ref().or_else(|| r.and_then(|r| r.connection.as_ref()));
        let connection = connection.map_or_else(nothing, |body| decoded(body, provisioners::connection()));
        let kind = p.kind.name.clone();
        (
            ProvisionerRun {
                kind,
                arguments,
                connection,
                folder: self.sources.pool.folder().to_owned(),
                continue_on_failure: p.continue_on_failure,
                span: p.body.missing_item_span(),
            },
            problems,
        )
    }
}

impl Configuration for Evaluated<'_> {
    fn place(&self, address: &InstanceAddress) -> Option<Span> {
        Some(self.find(address)?.resource.body.missing_item_span())
    }

    fn provider(&mut self, address: &ProviderConfigAddress) -> (Option<Arc<Configured>>, Diagnostics) {
        self.configurations.get(&self.evaluator, address)
    }

    fn connected(&self) -> Vec<Arc<Configured>> {
        self.sources.pool.connected()
    }

    fn desired(&mut self, address: &InstanceAddress, prior: &Value) -> (Desired, Diagnostics) {
        let found = self.find(address);
        let schema: Option<&'static Schema> = found.as_ref().and_then(|f| (self.sources.schema_of)(f.resource));
        let (Some(found), Some(schema)) = (found, schema) else {
            let detail = format!("The plan changes {address}, but the configuration has no such object.");
            let nothing = Desired { config: Value::null(Type::Dynamic), proposed: Value::null(Type::Dynamic) };
            return (nothing, Diagnostic::error("Object not in configuration", detail).into());
        };
        let scope = self.evaluator.scope(found.id, self.renewed(&found));
        let (config, problems) = decode_body(&found.resource.body, &schema.block, &scope);
        let problems = self.with_problems_of_values(problems);
        let (plain, prior) = (config.unmark_deep().0, prior.unmark_deep().0);
        let marks = config.marked_paths();
        let wanted = match &found.resource.lifecycle.ignore_changes {
            _ if prior.is_null() || found.resource.key.mode != Mode::Managed => plain,
            ignored => ignored.applied(schema, &prior, &plain),
        };
        let proposed = proposed_new(schema, &prior, &wanted);
        (Desired { config: wanted.mark_paths(&marks), proposed }, problems)
    }

    fn set_object(&mut self, address: &InstanceAddress, object: Option<Value>) {
        if let Some(found) = self.find(address) {
            let value = object.unwrap_or_else(|| Value::null(Type::Dynamic));
            self.evaluator.set_object(found.id, found.node, &address.key, value);
        }
    }

    fn set_outputs(&mut self, address: &InstanceAddress, outputs: &[(SmolStr, Value)]) {
        let object = self.find(address).and_then(|found| self.object(&found, address));
        let Some(object) = object else { return };
        let known = object.get("outputs").and_then(Value::as_entries).unwrap_or_default();
        let new = outputs.iter().map(|(name, _)| name).collect::<HashSet<_>>();
        let others = known.iter().filter(|(name, _)| !new.contains(name)).cloned();
        let merged = Value::object(others.chain(outputs.iter().cloned()).collect());
        let object = object.map_children_with_step(|step, part| match step {
            PathStep::Attr(name) if name == "outputs" => merged.clone(),
            _ => part.clone(),
        });
        self.set_object(address, Some(object));
    }

    fn output(&mut self, name: &str) -> (Option<Value>, Option<Conditions>, Diagnostics) {
        let graph = self.sources.graph;
        let Some(node) = graph.output(0, name) else {
            return (Some(Value::null(Type::Dynamic)), None, Diagnostics::new());
        };
        let mut problems = Diagnostics::new();
        let mut conditions = None;
        if let NodeKind::Output(o) = graph.node(node).kind
            && !o.preconditions.is_empty()
        {
            let scope = self.evaluator.scope(ModuleId::ROOT, Instance::default());
            let outcome = try_all(&o.preconditions, ConditionKind::Output, Severity::Error, &scope);
            problems.extend(outcome.diagnostics);
            conditions = Some(Conditions { status: outcome.status, failures: outcome.failures });
        }
        let value = self.evaluator.value(ModuleId::ROOT, node);
        let value = (!self.evaluator.is_broken(node)).then_some(value);
        (value, conditions, self.with_problems_of_values(problems))
    }

    fn conditions(&mut self, address: &InstanceAddress, when: When) -> (Option<Conditions>, Diagnostics) {
        let found = self.find(address).filter(|f| {
            let lifecycle = &f.resource.lifecycle;
            !(lifecycle.preconditions.is_empty() && lifecycle.postconditions.is_empty())
        });
        let Some(found) = found else { return (None, Diagnostics::new()) };
        let outcome = self.try_resource(&found, address, when);
        let problems = self.with_problems_of_values(outcome.diagnostics);
        (Some(Conditions { status: outcome.status, failures: outcome.failures }), problems)
    }

    fn locate(&self, address: &InstanceAddress, problems: Diagnostics) -> Diagnostics {
        let Some(found) = self.find(address) else { return problems };
        let name = address.to_string();
        problems.into_iter().map(|d| located(d, found.resource, &name)).collect()
    }

    fn set_unreadable(&mut self, address: &InstanceAddress, problems: Diagnostics) {
        if let Some(found) = self.find(address) {
            let key = (found.id, found.resource.key.clone());
            self.unreadable.insert(key, Outcome::unreadable(problems));
        }
    }

    fn check(&mut self, planned: &CheckState) -> (CheckState, Diagnostics) {
        let tried = match self.checked(&planned.config_address) {
            Some(Checked::Check(module, check)) => self.try_check(module, check),
            Some(Checked::Node(node)) => match self.sources.graph.node(node).kind {
                NodeKind::Variable(v) => self.try_variable(node, v),
                NodeKind::Output(o) => self.try_output(node, o),
                NodeKind::Resource(r) => self.try_instances(node, r),
                _ => return (planned.clone(), Diagnostics::new()),
            },
            None => return (planned.clone(), Diagnostics::new()),
        };
        let mut problems = Diagnostics::new();
        let mut objects = Vec::new();
        for (address, outcome) in tried {
            problems.extend(outcome.diagnostics);
            objects.push(CheckObject { address, status: outcome.status, failures: outcome.failures });
        }
        objects.sort_by(|a, b| a.address.cmp(&b.address));
        let status = objects.iter().fold(CheckStatus::Pass, |s, o| worse(s, o.status));
        let state = CheckState { status, objects, ..planned.clone() };
        (state, self.with_problems_of_values(problems))
    }

    fn provisioners(
        &mut self,
        address: &InstanceAddress,
        on_destroy: bool,
        this: &Value,
    ) -> (Vec<ProvisionerRun>, Diagnostics) {
        let removal = if on_destroy { self.removals.for_instance(address) } else { None };
        let found = self.find(address);
        let (list, id, instance, resource): (&[Provisioner], _, _, _) = match (&found, &removal) {
            (Some(f), _) => {
                // What is destroyed knows its key, and nothing of what the key's value will be.
                let instance = if on_destroy { f.instance.clone() } else { self.renewed(f) };
                (&f.resource.provisioners, f.id, instance, Some(f.resource))
            }
            (None, Some(removal)) => {
                let module = self.sources.graph.module(&removal.module.path);
                let id = ModuleId { module: module.unwrap_or_default(), instance: 0 };
                (&removal.block.provisioners, id, instance_with(&address.key), None)
            }
            (None, None) => return self.provisioners_of_gone(address, on_destroy, this),
        };
        let instance = Instance { this: Some(this.clone()), ..instance };
        let (runs, problems) = self.runs(id, &instance, resource, list.iter().filter(|p| p.on_destroy == on_destroy));
        match resource {
            Some(_) => (runs, problems),
            None => (runs, problems.into_iter().map(|problem| not_known(problem, address)).collect()),
        }
    }

    fn has_provisioners(&self, address: &InstanceAddress) -> bool {
        let graph = self.sources.graph;
        let module = graph.module(&address.resource.module.path());
        let resource = module.and_then(|m| graph.modules[m].tree.module.resources.get(&address.resource.resource));
        resource.is_some_and(|r| r.provisioners.iter().any(|p| !p.on_destroy))
    }

    fn dependencies(&mut self, resource: &Arc<ResourceAddress>) -> Arc<[ConfigAddress]> {
        let graph = self.sources.graph;
        let Some(node) =
            graph.module(&resource.module.path()).and_then(|module| graph.resource(module, &resource.resource))
        else {
            return Arc::default();
        };
        let dependencies = &self.dependencies;
        Arc::clone(self.listed.entry(node).or_insert_with(|| dependencies.for_state(graph, node)))
    }
}

impl<'c> Evaluated<'c> {
    /// The provisioners of an instance that is not in the configuration any more although its block is: those for
    /// destruction, which know its key.
    fn provisioners_of_gone(
        &self,
        address: &InstanceAddress,
        on_destroy: bool,
        this: &Value,
    ) -> (Vec<ProvisionerRun>, Diagnostics) {
        let graph = self.sources.graph;
        let module = graph.module(&address.resource.module.path());
        let resource = module.and_then(|m| graph.modules[m].tree.module.resources.get(&address.resource.resource));
        let id = module.map(|module| ModuleId { module, instance: 0 });
        let has_instance = id.is_some_and(|id| self.evaluator.instance_count(id.module) > 0);
        let (Some(r), Some(id), true, true) = (resource, id, on_destroy, has_instance) else {
            return (Vec::new(), Diagnostics::new());
        };
        let instance = Instance { this: Some(this.clone()), ..instance_with(&address.key) };
        self.runs(id, &instance, Some(r), r.provisioners.iter().filter(|p| p.on_destroy))
    }
}

/// What is known of an instance that is only in state.
fn instance_with(key: &InstanceKey) -> Instance {
    let key = key.to_value();
    Instance {
        count_index: key.clone().filter(|k| k.as_number().is_some()),
        each: key.filter(|k| k.as_str().is_some()).map(|k| (k, Value::dynamic())),
        this: None,
    }
}

/// A `removed` block has no `count` or `for_each` that `count.index` or `each.key` could go back to.
fn not_known(problem: Diagnostic, address: &InstanceAddress) -> Diagnostic {
    match problem.summary.split('"').nth(1) {
        Some(name @ ("count" | "each")) => {
            let detail = format!("{address} has no \"{name}\": that depends on the key it has in the state.");
            Diagnostic { summary: "Unknown variable".into(), detail, ..problem }
        }
        _ => problem,
    }
}
