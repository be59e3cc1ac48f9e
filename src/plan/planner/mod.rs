//! The planner: goes through the configuration in the order of its graph, gives everything a value, and
//! notes what has to change. Synchronous but for reading: the same configuration, state and answers
//! of providers give the same plan.

mod data;
mod drift;
mod imports;
mod linked;
mod managed;
mod nodes;
mod orphans;
mod outputs;
mod own_references;
mod prior;
mod providers;
mod result;
mod triggers;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use indexmap::IndexMap;
use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::graph::{ConfigGraph, Node, NodeKind, SchemaOf};
use crate::config::module::{Mode, ModuleCall, Resource, ResourceKey};
use crate::config::provider_of;
use crate::graph::{InstanceAddress, ResourceAddress, Target};
use crate::lang::{Host, Value};
use crate::plan::conditions::{CheckableKind, Outcome, Record, check_address};
use crate::plan::dependencies::Dependencies;
use crate::plan::evaluate::{Configurations, Evaluator, ModuleId, Setting};
use crate::plan::moves::Moves;
use crate::plan::removed::Removals;
use crate::plan::stacks::Outputs;
use crate::plan::targets::{Targeting, plan_warning};
use crate::plan::{Event, Link, OutputChange, Plan, PlanMode, ResourceChange};
use crate::providers::{Configured, Pool, ProviderConfigAddress};
use crate::schema::Schema;
use crate::state::{CheckStatus, OutputState, State};
use crate::syntax::{Diagnostics, SourceMap};

use prior::Prior;

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the plan is for.
    pub mode: PlanMode,
    /// State is taken for true, and nothing is read.
    pub skip_refresh: bool,
    /// `-target`
    pub targets: Vec<Target>,
    /// `-exclude`
    pub excludes: Vec<Target>,
    /// `-replace`
    pub forced: Vec<InstanceAddress>,
    /// Imports may be of what is not in the configuration, which is written then.
    pub generate_config: bool,
}

/// A stack among those that are planned together.
#[derive(Clone, Copy)]
pub struct Together<'c> {
    /// Its name.
    pub stack: &'c str,
    /// What the others plan.
    pub outputs: &'c Outputs,
}

/// What a plan is made from.
#[derive(Clone, Copy)]
pub struct Input<'c> {
    /// The configuration.
    pub graph: &'c ConfigGraph<'c>,
    /// Its files.
    pub sources: &'c SourceMap,
    /// Its variables, in order of declaration.
    pub variables: &'c IndexMap<SmolStr, Value>,
    /// What is wrong with values for those that have none.
    pub unsuitable: &'c Diagnostics,
    /// Schemas.
    pub schema_of: SchemaOf<'c>,
    /// The providers that there are already.
    pub pool: &'c Pool,
    /// Files, clock and chance.
    pub host: &'c dyn Host,
    /// The workspace's name.
    pub workspace: &'c str,
    /// What was asked for.
    pub options: &'c Options,
    /// The stacks that are planned together with this one.
    pub together: Option<Together<'c>>,
    /// When it was.
    pub started: SystemTime,
    /// Hears of progress.
    pub report: &'c dyn Fn(Event),
}

/// Makes a plan. With errors it is incomplete, and says so; there is none if not even a beginning could be made. `order`
/// is the graph's.
pub async fn plan(input: Input<'_>, order: &[NodeIndex], previous: State) -> (Option<Plan>, Diagnostics) {
    let mut planner = Planner::new(input, order, previous);
    planner.begin(order);
    // Nothing has to be known to destroy nothing: not even how often things were to be repeated.
    let is_void = planner.mode() == PlanMode::Destroy && planner.has_nothing();
    if is_void {
        planner.declare_checks();
    }
    if !planner.stopped && !is_void {
        planner.walk(order).await;
        planner.generated_imports().await;
        // What is to go is found out only once everything could be read.
        planner.stopped = planner.mode() == PlanMode::Destroy && planner.diagnostics.has_errors();
    }
    for provider in input.pool.connected() {
        planner.diagnostics.extend(provider.remarks());
    }
    if !planner.stopped {
        planner.orphans();
    }
    if planner.stopped {
        return (None, planner.diagnostics);
    }
    planner.finish(order)
}

/// Something to be read or planned: what is the same for all instances of a resource in a module's instance.
#[derive(Clone)]
pub(super) struct Context<'c> {
    node: NodeIndex,
    id: ModuleId,
    resource: &'c Resource,
    schema: &'static Schema,
    address: Arc<ResourceAddress>,
    provider_address: ProviderConfigAddress,
    provider: Arc<Configured>,
}

/// A plan in the making.
struct Planner<'c> {
    input: Input<'c>,
    evaluator: Evaluator<'c>,
    dependencies: Dependencies,
    targeting: Targeting,
    moves: Moves,
    imports: imports::Imports<'c>,
    removals: Removals<'c>,
    previous: State,
    prior: Prior,
    configurations: Configurations<'c>,
    /// By node: a provider configuration that is used, or what one is made from. Evaluated whatever part is planned.
    needed: Vec<bool>,
    /// Objects that could not be read: nothing can be said of them.
    unread: HashSet<(InstanceAddress, Option<SmolStr>)>,
    diagnostics: Diagnostics,
    /// By node: there was an error, or one in what it depends on.
    failed: Vec<bool>,
    /// By node, for resources: something will change.
    pending: Vec<bool>,
    checks: Record,
    changes: Vec<ResourceChange>,
    drift: Vec<ResourceChange>,
    outputs: Vec<OutputChange>,
    /// The outputs of the root module that state has, as far as they were looked at again.
    stored_outputs: BTreeMap<SmolStr, OutputState>,
    /// Data sources of checks that could not be read.
    unreadable: HashMap<(ModuleId, ResourceKey), Outcome>,
    /// Conditions that only an apply can decide: blocks by address.
    undecided: BTreeSet<SmolStr>,
    /// What is read from stacks that are planned together with this one.
    links: Vec<Link>,
    /// Where the change of an instance is in `changes`, for those who ask what triggers them.
    change_of: HashMap<InstanceAddress, usize>,
    /// `-replace`, for lookups.
    forced: HashSet<InstanceAddress>,
    /// There is no sense in going on.
    stopped: bool,
}

impl<'c> Planner<'c> {
    fn new(input: Input<'c>, order: &[NodeIndex], previous: State) -> Self {
        let setting = Setting {
            graph: input.graph,
            host: input.host,
            workspace: input.workspace,
            variables: input.variables,
            applying: false,
        };
        Planner {
            input,
            evaluator: Evaluator::new(setting),
            dependencies: Dependencies::new(input.graph, order),
            targeting: Targeting::default(),
            moves: Moves::default(),
            imports: imports::Imports::default(),
            removals: Removals::new(input.graph.modules[0].tree),
            stored_outputs: previous.outputs.clone(),
            previous,
            prior: Prior::default(),
            configurations: Configurations::new(input.pool),
            needed: vec![false; input.graph.len()],
            unread: HashSet::new(),
            diagnostics: Diagnostics::new(),
            failed: vec![false; input.graph.len()],
            pending: vec![false; input.graph.len()],
            checks: Record::default(),
            changes: Vec::new(),
            drift: Vec::new(),
            outputs: Vec::new(),
            unreadable: HashMap::new(),
            undecided: BTreeSet::new(),
            links: Vec::new(),
            change_of: HashMap::new(),
            forced: input.options.forced.iter().cloned().collect(),
            stopped: false,
        }
    }

    /// Whether the state is empty.
    fn has_nothing(&self) -> bool {
        self.previous.resources.is_empty() && self.previous.outputs.is_empty()
    }

    fn mode(&self) -> PlanMode {
        self.input.options.mode
    }

    /// Notes problems; whether there is an error among them.
    fn report(&mut self, problems: Diagnostics) -> bool {
        let failed = problems.has_errors();
        self.diagnostics.extend(problems);
        failed
    }

    /// Notes how the conditions of an object of a block came out; whether there is an error.
    fn note_outcome(&mut self, block: &SmolStr, object: &str, outcome: Outcome) -> bool {
        if outcome.status == CheckStatus::Unknown {
            self.undecided.insert(block.clone());
        }
        self.checks.set(block, object, &outcome);
        self.report(outcome.diagnostics)
    }

    /// Everything in the order of the graph, but provider configurations first if they can be. What can be read at the
    /// same time is.
    async fn walk(&mut self, order: &[NodeIndex]) {
        self.report(self.input.unsuitable.clone());
        self.declare_checks();
        self.expect_in_module(0);
        let is_done = self.open_first(order).await;
        let mut waits: Vec<usize> = vec![0; self.input.graph.len()];
        let mut dependents: Vec<Vec<NodeIndex>> = vec![Vec::new(); self.input.graph.len()];
        let left = order.iter().filter(|n| !is_done[n.index()]);
        for node in left.clone() {
            for d in self.input.graph.dependencies(*node).filter(|d| d != node && !is_done[d.index()]) {
                waits[node.index()] += 1;
                dependents[d.index()].push(*node);
            }
        }
        let mut ready: BTreeSet<NodeIndex> = left.copied().filter(|n| waits[n.index()] == 0).collect();
        let mut to_read = Vec::new();
        loop {
            let Some(node) = ready.pop_first() else {
                if to_read.is_empty() {
                    break;
                }
                let nodes = std::mem::take(&mut to_read);
                self.read_data(&nodes).await;
                for node in nodes {
                    release(node, &dependents, &mut waits, &mut ready);
                }
                continue;
            };
            if self.is_wanted(node) {
                if self.is_data(node) {
                    to_read.push(node);
                    continue;
                }
                self.node(node).await;
            }
            release(node, &dependents, &mut waits, &mut ready);
        }
        self.assertions();
    }

    /// Whether a node has to be looked at and can be. It fails with what it depends on.
    fn is_wanted(&mut self, node: NodeIndex) -> bool {
        if self.input.graph.dependencies(node).any(|d| self.failed[d.index()]) {
            self.failed[node.index()] = true;
            self.fail_provider(node);
            if let Node { module: 0, kind: NodeKind::Variable(v) } = self.input.graph.node(node) {
                self.expect_validations(node, v);
            }
            return false;
        }
        self.needed[node.index()] || self.targeting.includes_node(node)
    }

    fn is_data(&self, node: NodeIndex) -> bool {
        matches!(self.input.graph.node(node).kind, NodeKind::Resource(r) if r.key.mode == Mode::Data)
    }

    async fn node(&mut self, node: NodeIndex) {
        let failed = match self.input.graph.node(node).kind {
            NodeKind::Variable(v) => self.variable(node, v),
            NodeKind::Local(_) => self.local(node),
            NodeKind::Output(o) => self.output(node, o),
            NodeKind::Call(c) => self.call(node, c),
            NodeKind::Resource(r) if r.key.mode == Mode::Managed => self.managed(node, r).await,
            NodeKind::Resource(r) => self.ephemeral(node, r),
            NodeKind::Provider(..) => self.open_late(node).await,
            NodeKind::Module => false,
        };
        self.failed[node.index()] |= failed;
    }

    /// The instances of the module that a node is in.
    fn instances_of(&self, node: NodeIndex) -> impl Iterator<Item = ModuleId> + use<> {
        let module = self.input.graph.node(node).module;
        (0..self.evaluator.instance_count(module)).map(move |instance| ModuleId { module, instance })
    }

    fn call(&mut self, node: NodeIndex, c: &'c ModuleCall) -> bool {
        let mut failed = false;
        for id in self.instances_of(node) {
            match self.evaluator.expand(id, &c.repetition) {
                Ok(expansion) => self.evaluator.add_module_instances(id, node, &c.name.name, expansion),
                Err(problems) => failed |= self.report(problems),
            }
        }
        if let (Some(child), false) = (self.input.graph.child(self.input.graph.node(node).module, &c.name.name), failed)
        {
            self.expect_in_module(child);
        }
        failed
    }

    /// All that is common to the instances of a resource in an instance of its module. None, after saying why, where
    /// there is no provider.
    fn context(
        &mut self,
        node: NodeIndex,
        id: ModuleId,
        resource: &'c Resource,
        schema: &'static Schema,
    ) -> Option<Context<'c>> {
        let provider_address = provider_of::configuration(self.input.graph, id.module, resource);
        let provider = self.provider(&provider_address)?;
        let module = self.evaluator.module(id).address.clone();
        let address = Arc::new(ResourceAddress { module, resource: resource.key.clone() });
        Some(Context { node, id, resource, schema, address, provider_address, provider })
    }

    /// The schema of a resource. Without one there must be no instances of it; whether that failed.
    fn schema(&mut self, node: NodeIndex, resource: &'c Resource) -> Result<&'static Schema, bool> {
        if let Some(schema) = (self.input.schema_of)(resource) {
            return Ok(schema);
        }
        let mut failed = false;
        for id in self.instances_of(node) {
            match self.evaluator.expand(id, &resource.repetition) {
                Ok(expansion) if expansion.is_empty() => self.evaluator.add_resource_instances(id, node, expansion),
                Ok(_) => {
                    let module = &self.input.graph.modules[id.module].tree.module;
                    self.report(provider_of::unsupported_type(module, resource).into());
                    return Err(true);
                }
                Err(problems) => failed |= self.report(problems),
            }
        }
        Err(failed)
    }

    /// The address of a block in the graph, whatever the instances of its module: how checks are named.
    fn block_address(&self, node: NodeIndex) -> SmolStr {
        self.input.graph.address(node).into()
    }

    /// All blocks with conditions, before it is known which instances of them there are.
    fn declare_checks(&mut self) {
        for (index, module) in self.input.graph.modules.iter().enumerate() {
            for node in self.input.graph.contents(index) {
                let kind = match self.input.graph.node(node).kind {
                    NodeKind::Variable(v) if !v.validations.is_empty() => CheckableKind::Variable,
                    NodeKind::Output(o) if !o.preconditions.is_empty() => CheckableKind::Output,
                    NodeKind::Resource(r) if has_conditions(r) => CheckableKind::Resource,
                    _ => continue,
                };
                self.checks.declare(kind, self.block_address(node));
            }
            for name in module.tree.module.checks.keys() {
                self.checks.declare(CheckableKind::Check, check_address(&module.tree.path, name));
            }
        }
    }
}

/// No object of a type.
fn nothing_of(schema: &Schema) -> Value {
    Value::null(schema.implied_type().clone())
}

fn has_conditions(r: &Resource) -> bool {
    !r.lifecycle.preconditions.is_empty() || !r.lifecycle.postconditions.is_empty()
}

fn release(node: NodeIndex, dependents: &[Vec<NodeIndex>], waits: &mut [usize], ready: &mut BTreeSet<NodeIndex>) {
    for d in &dependents[node.index()] {
        waits[d.index()] -= 1;
        if waits[d.index()] == 0 {
            ready.insert(*d);
        }
    }
}

impl<'c> Planner<'c> {
    /// Finds out which part is planned.
    fn begin_targeting(&mut self, order: &[NodeIndex], state: &State) {
        let options = self.input.options;
        if options.targets.is_empty() && options.excludes.is_empty() {
            return;
        }
        let (targets, excludes) = (options.targets.clone(), options.excludes.clone());
        self.targeting = match options.mode {
            PlanMode::Destroy => Targeting::for_destroy(targets, excludes, state),
            _ => Targeting::new(targets, excludes, self.input.graph, order),
        };
        let option = if options.targets.is_empty() { "-exclude" } else { "-target" };
        self.report(plan_warning(option).into());
        let targeting = &self.targeting;
        self.dependencies.limit(self.input.graph, order, |node| targeting.includes_node(node));
        let excluded = self.moves.excluded(option, &|address| targeting.includes_instance(address));
        self.stopped |= self.report(excluded.into_iter().collect());
    }

    fn is_forgotten(&self, address: &InstanceAddress) -> bool {
        self.removals.for_instance(address).is_some_and(|r| !r.block.destroy)
    }
}
