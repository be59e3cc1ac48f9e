//! What depends on what in a configuration, over all its modules: the order in which to evaluate,
//! and the cycles that make that impossible.

use std::collections::HashMap;
use std::sync::Arc;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use smol_str::SmolStr;

use crate::config::decode::target::Target;
use crate::config::module::{
    Import, Local, ModuleCall, Output, ProviderConfig, ProviderKey, Repetition, Resource, ResourceKey, Variable,
};
use crate::config::provider_of;
use crate::config::reference::{Reference, Subject};
use crate::config::tree::ModuleTree;
use crate::config::validate::import::resolve_keys;
use crate::lang::Value;
use crate::lang::references::references;
use crate::providers::{self, ProviderConfigAddress, provisioners};
use crate::schema::{Schema, body_references};
use crate::syntax::ast::{Expr, Traversal};
use crate::syntax::body::{Attributes, ConfigBody};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap, Span};

/// Something with a value or an effect of its own.
#[derive(Clone, Copy, Debug)]
pub enum NodeKind<'t> {
    /// An input variable.
    Variable(&'t Variable),
    /// A local value.
    Local(&'t Local),
    /// An output value.
    Output(&'t Output),
    /// A resource, data source or ephemeral resource.
    Resource(&'t Resource),
    /// A call of a module: which instances there are.
    Call(&'t ModuleCall),
    /// The configuration of a provider.
    Provider(&'t ProviderKey, &'t ProviderConfig),
    /// A module as a whole. It depends on everything that is in it, so that others need one edge to do so.
    Module,
}

/// A node: what, and in which module.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    /// The index of its module.
    pub module: usize,
    /// What it is.
    pub kind: NodeKind<'t>,
}

/// A module in the tree, flattened: modules are known by index, the root is 0.
#[derive(Debug)]
pub struct ModuleNode<'t> {
    /// The module with its place.
    pub tree: &'t ModuleTree,
    /// The index of the calling module and the call.
    pub caller: Option<(usize, &'t ModuleCall)>,
    /// The arguments of that call.
    pub arguments: Attributes,
    /// The index of each call's module, in the order of the calls; none for one that isn't there.
    children: Vec<Option<usize>>,
    /// Where in the graph the module's variables, locals, outputs, resources, calls and provider configurations begin,
    /// and where it is itself.
    bases: [usize; 7],
}

/// Where the schema of a resource comes from.
pub type SchemaOf<'s> = &'s dyn Fn(&Resource) -> Option<&'static Schema>;

/// The graph. Edges lead from what depends to what it depends on.
pub struct ConfigGraph<'t> {
    /// All modules, the root first.
    pub modules: Vec<ModuleNode<'t>>,
    graph: DiGraph<Node<'t>, Span>,
    /// What the bodies of resources and provider configurations refer to, by node.
    body_references: HashMap<NodeIndex, Vec<Traversal>>,
}

impl<'t> ConfigGraph<'t> {
    /// Builds the graph. References to what isn't declared are left out: reporting them is for
    /// whoever evaluates.
    #[must_use]
    pub fn new(root: &'t ModuleTree, schema_of: SchemaOf<'_>) -> Self {
        let mut this = ConfigGraph { modules: Vec::new(), graph: DiGraph::new(), body_references: HashMap::new() };
        this.add_module(root, None);
        for index in 0..this.graph.node_count() {
            this.add_edges(NodeIndex::new(index), schema_of);
        }
        for import in &root.module.imports {
            this.add_import_edges(import);
        }
        this
    }

    /// What an object's import is made from comes before the resource that is to manage it.
    fn add_import_edges(&mut self, import: &Import) {
        let mut keys = Vec::new();
        let target = resolve_keys(&import.to, &mut |key| {
            keys.push(key.clone());
            Ok(Value::string(""))
        });
        let Some(node) = target.ok().and_then(|to| self.import_target(&Target::parse(&to).ok()?)) else { return };
        for expr in keys.iter().chain([&*import.id]).chain(import.for_each.as_deref()) {
            self.depend_on_expr(node, 0, expr);
        }
    }

    /// The resource that an address in an `import` block is of.
    #[must_use]
    pub fn import_target(&self, target: &Target) -> Option<NodeIndex> {
        let (resource, _) = target.resource.as_ref()?;
        let module = target.modules.iter().try_fold(0, |module, (name, _)| self.child(module, name))?;
        self.resource(module, resource)
    }

    fn add_module(&mut self, tree: &'t ModuleTree, caller: Option<(usize, &'t ModuleCall)>) -> usize {
        let index = self.modules.len();
        let m = &*tree.module;
        let mut bases = [0; 7];
        let mut add = |graph: &mut DiGraph<Node<'t>, Span>, group: usize, kinds: Vec<NodeKind<'t>>| {
            bases[group] = graph.node_count();
            for kind in kinds {
                graph.add_node(Node { module: index, kind });
            }
        };
        add(&mut self.graph, 0, m.variables.values().map(NodeKind::Variable).collect());
        add(&mut self.graph, 1, m.locals.values().map(NodeKind::Local).collect());
        add(&mut self.graph, 2, m.outputs.values().map(NodeKind::Output).collect());
        add(&mut self.graph, 3, m.resources.values().map(NodeKind::Resource).collect());
        add(&mut self.graph, 4, m.calls.values().map(NodeKind::Call).collect());
        add(&mut self.graph, 5, m.providers.iter().map(|(key, p)| NodeKind::Provider(key, p)).collect());
        add(&mut self.graph, 6, vec![NodeKind::Module]);
        let arguments = caller.map(|(_, call)| call.body.just_attributes().0).unwrap_or_default();
        self.modules.push(ModuleNode { tree, caller, arguments, children: Vec::new(), bases });
        let children = m
            .calls
            .iter()
            .map(|(name, call)| tree.children.get(name).map(|child| self.add_module(child, Some((index, call)))));
        let children = children.collect();
        self.modules[index].children = children;
        index
    }

    /// The node of a variable.
    #[must_use]
    pub fn variable(&self, module: usize, name: &str) -> Option<NodeIndex> {
        let m = &self.modules[module];
        m.tree.module.variables.get_index_of(name).map(|i| NodeIndex::new(m.bases[0] + i))
    }

    /// The node of a local value.
    #[must_use]
    pub fn local(&self, module: usize, name: &str) -> Option<NodeIndex> {
        let m = &self.modules[module];
        m.tree.module.locals.get_index_of(name).map(|i| NodeIndex::new(m.bases[1] + i))
    }

    /// The node of an output.
    #[must_use]
    pub fn output(&self, module: usize, name: &str) -> Option<NodeIndex> {
        let m = &self.modules[module];
        m.tree.module.outputs.get_index_of(name).map(|i| NodeIndex::new(m.bases[2] + i))
    }

    /// A node's place among those of its module.
    #[must_use]
    pub fn offset(&self, node: NodeIndex) -> usize {
        node.index() - self.modules[self.graph[node].module].bases[0]
    }

    /// The node of a resource.
    #[must_use]
    pub fn resource(&self, module: usize, key: &ResourceKey) -> Option<NodeIndex> {
        let m = &self.modules[module];
        m.tree.module.resources.get_index_of(key).map(|i| NodeIndex::new(m.bases[3] + i))
    }

    /// The node of a call.
    #[must_use]
    pub fn call(&self, module: usize, name: &str) -> Option<NodeIndex> {
        let m = &self.modules[module];
        m.tree.module.calls.get_index_of(name).map(|i| NodeIndex::new(m.bases[4] + i))
    }

    /// The node of a provider configuration; none for one without a block.
    #[must_use]
    pub fn provider(&self, address: &ProviderConfigAddress) -> Option<NodeIndex> {
        let m = &self.modules[self.module(&address.module)?];
        let place = provider_of::block(&m.tree.module, &address.provider, address.alias.as_deref())?;
        Some(NodeIndex::new(m.bases[5] + place))
    }

    /// The node of a module as a whole.
    #[must_use]
    pub fn whole(&self, module: usize) -> NodeIndex {
        NodeIndex::new(self.modules[module].bases[6])
    }

    /// The nodes of everything in a module but the modules that it calls.
    pub fn contents(&self, module: usize) -> impl Iterator<Item = NodeIndex> + use<> {
        let bases = self.modules[module].bases;
        (bases[0]..bases[6]).map(NodeIndex::new)
    }

    /// The index of the module of a call.
    #[must_use]
    pub fn child(&self, module: usize, call: &str) -> Option<usize> {
        let m = &self.modules[module];
        m.tree.module.calls.get_index_of(call).and_then(|i| m.children[i])
    }

    /// The index of a module by the names of the calls that lead to it from the root.
    #[must_use]
    pub fn module(&self, path: &[SmolStr]) -> Option<usize> {
        path.iter().try_fold(0, |module, name| self.child(module, name))
    }

    /// A node's content.
    #[must_use]
    pub fn node(&self, index: NodeIndex) -> Node<'t> {
        self.graph[index]
    }

    /// What the body of a resource or provider configuration refers to.
    #[must_use]
    pub fn body_references(&self, resource: NodeIndex) -> &[Traversal] {
        self.body_references.get(&resource).map_or(&[], Vec::as_slice)
    }

    /// The nodes that a node depends on directly.
    pub fn dependencies(&self, index: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.graph.neighbors(index)
    }

    /// How many nodes there are: their indices are below that.
    #[must_use]
    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.graph.node_count() == 0
    }

    fn add_edges(&mut self, index: NodeIndex, schema_of: SchemaOf<'_>) {
        let Node { module, kind } = self.graph[index];
        let caller = self.modules[module].caller;
        match kind {
            NodeKind::Variable(v) => {
                let argument = self.modules[module].arguments.get(&v.name.name).map(|a| Arc::clone(&a.expr));
                if let (Some((outside, _)), Some(expr)) = (caller, argument) {
                    self.depend_on_expr(index, outside, &expr);
                }
                for rule in &v.validations {
                    self.depend_on_expr(index, module, &rule.condition);
                    self.depend_on_expr(index, module, &rule.error_message);
                }
            }
            NodeKind::Local(l) => self.depend_on_expr(index, module, &l.expr),
            NodeKind::Output(o) => {
                self.depend_on_expr(index, module, &o.expr);
                self.depend_on_all(index, module, &o.depends_on);
                for c in &o.preconditions {
                    self.depend_on_expr(index, module, &c.condition);
                    self.depend_on_expr(index, module, &c.error_message);
                }
            }
            NodeKind::Resource(r) => self.add_resource_edges(index, module, r, schema_of),
            NodeKind::Call(c) => {
                self.depend_on_repetition(index, module, &c.repetition);
                self.depend_on_all(index, module, &c.depends_on);
            }
            NodeKind::Provider(key, config) => {
                let provider = provider_of::address(&self.modules[module].tree.module, &key.name);
                let found = references_of(&config.body, providers::provider_schema(&provider));
                self.depend_on_all(index, module, &found);
                self.body_references.insert(index, found);
            }
            NodeKind::Module => self.add_contents(index, module),
        }
        if let Some((outside, call)) = caller
            && let Some(expansion) = self.call(outside, &call.name.name)
        {
            self.graph.update_edge(index, expansion, call.span);
        }
    }

    /// A module as a whole depends on everything in it.
    fn add_contents(&mut self, index: NodeIndex, module: usize) {
        let Some((_, call)) = self.modules[module].caller else { return };
        let children: Vec<NodeIndex> =
            self.modules[module].children.iter().flatten().map(|child| self.whole(*child)).collect();
        for target in self.contents(module).chain(children) {
            self.graph.add_edge(index, target, call.span);
        }
    }

    /// The node that a reference in a module is to.
    #[must_use]
    pub fn target(&self, module: usize, traversal: &Traversal) -> Option<NodeIndex> {
        match Reference::parse(traversal).ok()?.subject {
            Subject::Variable(name) => self.variable(module, &name),
            Subject::Local(name) => self.local(module, &name),
            Subject::Resource { resource, .. } => self.resource(module, &resource),
            Subject::Module { name, output, .. } => {
                let child = self.child(module, &name)?;
                Some(output.and_then(|o| self.output(child, &o)).unwrap_or_else(|| self.whole(child)))
            }
            _ => None,
        }
    }

    fn add_resource_edges(&mut self, index: NodeIndex, module: usize, r: &Resource, schema_of: SchemaOf<'_>) {
        self.depend_on_repetition(index, module, &r.repetition);
        self.depend_on_all(index, module, &r.depends_on);
        if let Some(provider) = self.provider_of(module, r) {
            let span = r.provider.as_ref().map_or(r.span, |p| p.span);
            self.graph.update_edge(index, provider, span);
        }
        let found = references_of(&r.body, schema_of(r));
        self.depend_on_all(index, module, &found);
        self.body_references.insert(index, found);
        let conditions = r.lifecycle.preconditions.iter().chain(&r.lifecycle.postconditions);
        for c in conditions {
            self.depend_on_expr(index, module, &c.condition);
            self.depend_on_expr(index, module, &c.error_message);
        }
        for e in &r.lifecycle.replace_triggered_by {
            self.depend_on_expr(index, module, e);
        }
        // Those for destruction can refer to the object itself only.
        for p in r.provisioners.iter().filter(|p| !p.on_destroy) {
            if let Some(block) = provisioners::provisioner(&p.kind.name) {
                self.depend_on_all(index, module, &body_references(&p.body, block));
            }
            if let Some(connection) = p.connection.as_ref().or(r.connection.as_ref()) {
                self.depend_on_all(index, module, &body_references(connection, provisioners::connection()));
            }
        }
    }

    /// The node of a resource's provider configuration.
    fn provider_of(&self, module: usize, r: &Resource) -> Option<NodeIndex> {
        // In most configurations there is none, or one module has all.
        if self.modules.iter().all(|m| m.tree.module.providers.is_empty()) {
            return None;
        }
        self.provider(&provider_of::configuration(self, module, r))
    }

    fn depend_on_repetition(&mut self, index: NodeIndex, module: usize, repetition: &Repetition) {
        match repetition {
            Repetition::Single => {}
            Repetition::Count(e) | Repetition::ForEach(e) => self.depend_on_expr(index, module, e),
        }
    }

    fn depend_on_expr(&mut self, index: NodeIndex, module: usize, expr: &Expr) {
        for t in references(expr) {
            self.depend_on(index, module, t);
        }
    }

    fn depend_on_all(&mut self, index: NodeIndex, module: usize, traversals: &[Traversal]) {
        for t in traversals {
            self.depend_on(index, module, t);
        }
    }

    fn depend_on(&mut self, index: NodeIndex, module: usize, traversal: &Traversal) {
        let Ok(reference) = Reference::parse(traversal) else { return };
        let target = match &reference.subject {
            Subject::Variable(name) => self.variable(module, name),
            Subject::Local(name) => self.local(module, name),
            Subject::Resource { resource, .. } => self.resource(module, resource),
            Subject::Module { name, output, .. } => {
                self.depend_on_module(index, module, name, output.as_ref(), reference.span);
                self.call(module, name)
            }
            _ => None,
        };
        // A reference to oneself is no cycle: it is refused, or means something, elsewhere. But how often a module is
        // called can't depend on what it gives.
        let is_call = matches!(self.graph[index].kind, NodeKind::Call(_));
        if let Some(target) = target.filter(|t| *t != index || is_call) {
            self.graph.update_edge(index, target, reference.span);
        }
    }

    /// One output of a module, or everything in it where the module as a whole is referred to.
    fn depend_on_module(&mut self, index: NodeIndex, module: usize, name: &str, output: Option<&SmolStr>, span: Span) {
        let Some(child) = self.child(module, name) else { return };
        let target = output.and_then(|o| self.output(child, o)).unwrap_or_else(|| self.whole(child));
        self.graph.update_edge(index, target, span);
    }

    /// All nodes, each after what it depends on; or the cycles, if there are any.
    ///
    /// # Errors
    /// One for each cycle.
    pub fn order(&self, sources: &SourceMap) -> Result<Vec<NodeIndex>, Diagnostics> {
        let components = kosaraju_scc(&self.graph);
        let is_cycle = |c: &[NodeIndex]| c.len() > 1 || c.first().is_some_and(|n| self.graph.contains_edge(*n, *n));
        let cycles: Diagnostics =
            components.iter().filter(|c| is_cycle(c)).map(|c| self.describe_cycle(c, sources)).collect();
        if cycles.has_errors() {
            return Err(cycles);
        }
        Ok(components.into_iter().flatten().collect())
    }

    fn describe_cycle(&self, members: &[NodeIndex], sources: &SourceMap) -> Diagnostic {
        let mut names: Vec<String> = members.iter().flat_map(|n| self.names_in_cycle(*n, members)).collect();
        names.sort();
        let path = self.cycle_path(members);
        let mut lines = Vec::new();
        for (i, from) in path.iter().enumerate() {
            let to = path[(i + 1) % path.len()];
            let place = self.graph.find_edge(*from, to).and_then(|e| {
                let span = self.graph[e];
                let file = sources.get(span.file)?;
                Some(format!(" ({}:{})", file.name, file.position(span.start as usize).line))
            });
            lines.push(format!("  {} needs {}{}", self.address(*from), self.address(to), place.unwrap_or_default()));
        }
        let detail = format!("Each of these needs the next one to be known first:\n{}", lines.join("\n"));
        Diagnostic::error(format!("Cycle: {}", names.join(", ")), detail)
    }

    /// What a member of a cycle is called. A variable's value and its validation are different things: the value needs
    /// what the module is called with, the validation that and what its rules refer to.
    fn names_in_cycle(&self, index: NodeIndex, members: &[NodeIndex]) -> Vec<String> {
        let (address, Node { module, kind }) = (self.address(index), self.graph[index]);
        let NodeKind::Variable(variable) = kind else { return vec![address] };
        if variable.validations.is_empty() {
            return vec![address];
        }
        let validation = format!("{address} (validation)");
        let argument = self.modules[module].arguments.get(&variable.name.name);
        let needs_members = self.modules[module].caller.zip(argument).is_some_and(|((outside, _), argument)| {
            let mut targets = references(&argument.expr).into_iter().filter_map(|t| self.target(outside, t));
            targets.any(|target| members.contains(&target))
        });
        if needs_members { vec![address, validation] } else { vec![validation] }
    }

    /// One way round through a strongly connected component, from its first member back to it.
    fn cycle_path(&self, members: &[NodeIndex]) -> Vec<NodeIndex> {
        let Some(start) = members.iter().min().copied() else { return Vec::new() };
        let inside: std::collections::HashSet<NodeIndex> = members.iter().copied().collect();
        let mut came_from = HashMap::from([(start, start)]);
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for next in self.graph.neighbors(at).filter(|n| inside.contains(n)) {
                if next == start {
                    let mut path = vec![at];
                    while let Some(previous) = path.last().copied().filter(|p| *p != start) {
                        path.push(came_from[&previous]);
                    }
                    path.reverse();
                    return path;
                }
                came_from.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    at
                });
            }
        }
        vec![start]
    }

    /// The node's address: `module.m.local.x`.
    #[must_use]
    pub fn address(&self, index: NodeIndex) -> String {
        let Node { module, kind } = self.graph[index];
        let mut out = String::new();
        let path = &self.modules[module].tree.path;
        if matches!(kind, NodeKind::Module) {
            let steps: Vec<String> = path.iter().map(|name| format!("module.{name}")).collect();
            return format!("{} (close)", steps.join("."));
        }
        for name in path {
            out.push_str(&format!("module.{name}."));
        }
        match kind {
            NodeKind::Variable(v) => out.push_str(&format!("var.{}", v.name.name)),
            NodeKind::Local(l) => out.push_str(&format!("local.{}", l.name.name)),
            NodeKind::Output(o) => out.push_str(&format!("output.{}", o.name.name)),
            NodeKind::Resource(r) => out.push_str(&r.key.to_string()),
            NodeKind::Call(c) => out.push_str(&format!("module.{}", c.name.name)),
            NodeKind::Provider(key, _) => {
                let provider = provider_of::address(&self.modules[module].tree.module, &key.name);
                let address = ProviderConfigAddress::root(provider);
                out.push_str(&ProviderConfigAddress { alias: key.alias.clone(), ..address }.to_string());
            }
            NodeKind::Module => {}
        }
        out
    }
}

/// What a body refers to: all that its expressions do, if there is no schema to say what they are.
fn references_of(body: &ConfigBody, schema: Option<&'static Schema>) -> Vec<Traversal> {
    match schema {
        Some(schema) => body_references(body, &schema.block),
        None => body.expressions().iter().flat_map(|e| references(e)).cloned().collect(),
    }
}
