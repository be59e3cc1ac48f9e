//! What resources are made from, block by block: what state keeps of it, and how
//! `create_before_destroy` spreads.

use std::collections::BTreeSet;
use std::sync::Arc;

use petgraph::graph::NodeIndex;

use crate::config::graph::{ConfigGraph, NodeKind};
use crate::config::module::{Mode, Resource};
use crate::graph::ConfigAddress;

/// Terraform keeps all direct and indirect dependencies of an object in state, which for a chain of n resources are
/// n²/2 addresses. They are needed only where what lies between has gone, so beyond this many only direct ones are kept.
const MAX_KEPT: usize = 512;

/// The resources that something is made from, as indices of nodes. Shared, since much depends on the same.
type Nodes = Arc<BTreeSet<u32>>;

/// Dependencies between resource blocks.
pub struct Dependencies {
    /// By node: resources that are reached without passing through another.
    direct: Vec<Nodes>,
    /// By node: all resources that are reached; none where there are too many.
    all: Vec<Option<Nodes>>,
    create_before_destroy: Vec<bool>,
}

impl Dependencies {
    /// Finds them. `order` has every node after what it depends on.
    #[must_use]
    pub fn new(graph: &ConfigGraph<'_>, order: &[NodeIndex]) -> Self {
        let nothing = Nodes::default();
        let mut this = Dependencies {
            direct: vec![Arc::clone(&nothing); graph.len()],
            all: vec![Some(nothing); graph.len()],
            create_before_destroy: vec![false; graph.len()],
        };
        for node in order {
            this.reach(graph, *node);
        }
        this.spread(graph, order);
        this
    }

    fn reach(&mut self, graph: &ConfigGraph<'_>, node: NodeIndex) {
        let (mut direct, mut all) = (Union::default(), Union::default());
        let mut too_many = false;
        for d in graph.dependencies(node) {
            if resource(graph, d).is_some() {
                direct.add_one(d);
                all.add_one(d);
            } else {
                direct.add(&self.direct[d.index()]);
            }
            match &self.all[d.index()] {
                Some(nodes) => all.add(nodes),
                None => too_many = true,
            }
        }
        self.direct[node.index()] = direct.finish();
        self.all[node.index()] = (!too_many).then(|| all.finish()).filter(|nodes| nodes.len() <= MAX_KEPT);
    }

    /// Only some resources are planned: what others would demand of them doesn't count.
    pub fn limit(&mut self, graph: &ConfigGraph<'_>, order: &[NodeIndex], includes: impl Fn(NodeIndex) -> bool) {
        self.create_before_destroy.fill(false);
        let included: Vec<NodeIndex> = order.iter().copied().filter(|node| includes(*node)).collect();
        self.spread(graph, &included);
    }

    /// What a resource that is created before it is destroyed depends on must be, too.
    fn spread(&mut self, graph: &ConfigGraph<'_>, order: &[NodeIndex]) {
        for node in order.iter().rev() {
            if let Some(r) = resource(graph, *node)
                && r.key.mode == Mode::Managed
                && r.lifecycle.create_before_destroy == Some(true)
            {
                self.create_before_destroy[node.index()] = true;
            }
            if self.create_before_destroy[node.index()] {
                for d in graph.dependencies(*node) {
                    self.create_before_destroy[d.index()] = true;
                }
            }
        }
    }

    /// Whether replacements of a resource are created before the old object is destroyed.
    #[must_use]
    pub fn create_before_destroy(&self, node: NodeIndex) -> bool {
        self.create_before_destroy[node.index()]
    }

    /// The resources that a node depends on without another one in between.
    pub fn direct(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.direct[node.index()].iter().map(|n| NodeIndex::new(*n as usize))
    }

    /// What state keeps as the dependencies of a resource, sorted.
    #[must_use]
    pub fn for_state(&self, graph: &ConfigGraph<'_>, node: NodeIndex) -> Arc<[ConfigAddress]> {
        let nodes = self.all[node.index()].as_ref().unwrap_or(&self.direct[node.index()]);
        let mut addresses: Vec<ConfigAddress> =
            nodes.iter().filter_map(|n| config_address(graph, NodeIndex::new(*n as usize))).collect();
        addresses.sort_by_cached_key(ToString::to_string);
        addresses.into()
    }
}

/// The resource at a node, if it is kept in state.
fn resource<'t>(graph: &ConfigGraph<'t>, node: NodeIndex) -> Option<&'t Resource> {
    match graph.node(node).kind {
        NodeKind::Resource(r) if r.key.mode != Mode::Ephemeral => Some(r),
        _ => None,
    }
}

/// The address of the resource at a node.
#[must_use]
pub fn config_address(graph: &ConfigGraph<'_>, node: NodeIndex) -> Option<ConfigAddress> {
    let NodeKind::Resource(r) = graph.node(node).kind else { return None };
    let module = graph.modules[graph.node(node).module].tree.path.clone().into();
    Some(ConfigAddress { module, resource: r.key.clone() })
}

/// A union of sets that is not copied as long as it is just one of them.
#[derive(Default)]
struct Union {
    shared: Option<Nodes>,
    own: BTreeSet<u32>,
}

impl Union {
    fn add_one(&mut self, node: NodeIndex) {
        self.own.insert(u32::try_from(node.index()).unwrap_or(u32::MAX));
    }

    fn add(&mut self, nodes: &Nodes) {
        match &self.shared {
            _ if nodes.is_empty() => {}
            None => self.shared = Some(Arc::clone(nodes)),
            Some(shared) if Arc::ptr_eq(shared, nodes) => {}
            Some(shared) if shared.len() < nodes.len() => {
                self.own.extend(shared.iter());
                self.shared = Some(Arc::clone(nodes));
            }
            Some(_) => self.own.extend(nodes.iter()),
        }
    }

    fn finish(mut self) -> Nodes {
        match self.shared {
            Some(shared) if self.own.iter().all(|n| shared.contains(n)) => shared,
            Some(shared) => {
                self.own.extend(shared.iter());
                Arc::new(self.own)
            }
            None => Arc::new(self.own),
        }
    }
}
