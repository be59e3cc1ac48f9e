//! Resources and what they need, directly or through variables, locals, outputs and provider
//! configurations, without what follows from the rest: what `graph` shows.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use petgraph::graph::NodeIndex;

use crate::config::graph::{ConfigGraph, NodeKind};
use crate::config::module::Repetition;
use crate::config::reference::{Reference, Subject};
use crate::graph::ConfigAddress;
use crate::lang::references::references;
use crate::syntax::ast::Traversal;
use crate::syntax::{Diagnostics, SourceMap};

/// The resources of a configuration.
#[derive(Clone, Debug, Default)]
pub struct ResourceGraph {
    /// Where they are: a module's own before those of the modules that it calls.
    pub resources: Vec<ConfigAddress>,
    /// Who needs whom, by index, sorted.
    pub edges: Vec<(usize, usize)>,
}

impl ResourceGraph {
    /// The resources of a whole configuration.
    ///
    /// # Errors
    /// When there are cycles, one for each.
    pub fn new(config: &ConfigGraph<'_>, sources: &SourceMap) -> Result<Self, Diagnostics> {
        config.order(sources)?;
        let mut found: Vec<(ConfigAddress, NodeIndex)> = Vec::new();
        for node in (0..config.len()).map(NodeIndex::new) {
            if let NodeKind::Resource(r) = config.node(node).kind {
                let module = config.modules[config.node(node).module].tree.path.as_slice().into();
                found.push((ConfigAddress { module, resource: r.key.clone() }, node));
            }
        }
        found.sort_by(|(a, _), (b, _)| display_order(a, b));
        let places: HashMap<NodeIndex, usize> = found.iter().enumerate().map(|(i, (_, node))| (*node, i)).collect();
        let needs: Vec<Vec<NodeIndex>> = (0..config.len()).map(|i| needs(config, NodeIndex::new(i))).collect();
        let direct: Vec<_> = found.iter().map(|(_, node)| nearest(*node, &needs, &places)).collect();
        let edges = reduced(&direct);
        Ok(ResourceGraph { resources: found.into_iter().map(|(address, _)| address).collect(), edges })
    }
}

/// Modules in the order of the tree.
fn display_order(a: &ConfigAddress, b: &ConfigAddress) -> Ordering {
    if a.module == b.module { a.cmp(b) } else { a.module.cmp(&b.module) }
}

/// The resources that a node leads to without passing another one.
fn nearest(from: NodeIndex, needs: &[Vec<NodeIndex>], places: &HashMap<NodeIndex, usize>) -> BTreeSet<usize> {
    let mut seen = BTreeSet::from([from]);
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        for next in &needs[node.index()] {
            if seen.insert(*next) {
                match places.get(next) {
                    Some(place) => drop(found.insert(*place)),
                    None => open.push(*next),
                }
            }
        }
    }
    found
}

/// The edges that don't follow from others.
fn reduced(direct: &[BTreeSet<usize>]) -> Vec<(usize, usize)> {
    let words = direct.len().div_ceil(64);
    let mut users = vec![Vec::new(); direct.len()];
    let mut waiting: Vec<usize> = direct.iter().map(BTreeSet::len).collect();
    for (from, targets) in direct.iter().enumerate() {
        targets.iter().for_each(|to| users[*to].push(from));
    }
    // All that each one needs, itself not among it, as a set of bits.
    let mut reach = vec![vec![0u64; words]; direct.len()];
    let mut ready: Vec<usize> = (0..direct.len()).filter(|i| waiting[*i] == 0).collect();
    let mut edges = Vec::new();
    while let Some(at) = ready.pop() {
        let mut all = vec![0u64; words];
        for to in &direct[at] {
            all.iter_mut().zip(&reach[*to]).for_each(|(a, b)| *a |= b);
        }
        let implied = |to: &usize| all[to / 64] >> (to % 64) & 1 == 1;
        edges.extend(direct[at].iter().filter(|to| !implied(to)).map(|to| (at, *to)));
        direct[at].iter().for_each(|to| all[to / 64] |= 1 << (to % 64));
        reach[at] = all;
        for user in &users[at] {
            waiting[*user] -= 1;
            if waiting[*user] == 0 {
                ready.push(*user);
            }
        }
    }
    edges.sort_unstable();
    edges
}

/// What a node needs: beside what its values are made of, all of a module that it refers to as a whole.
fn needs(config: &ConfigGraph<'_>, node: NodeIndex) -> Vec<NodeIndex> {
    let mut found: Vec<NodeIndex> = config.dependencies(node).collect();
    let module = config.node(node).module;
    let named = match config.node(node).kind {
        NodeKind::Variable(_) | NodeKind::Module => Vec::new(),
        NodeKind::Local(l) => references(&l.expr),
        NodeKind::Output(o) => references(&o.expr).into_iter().chain(&o.depends_on).collect(),
        NodeKind::Call(c) => repetition(&c.repetition).into_iter().chain(&c.depends_on).collect(),
        NodeKind::Resource(r) => {
            let body = config.body_references(node);
            body.iter().chain(&r.depends_on).chain(repetition(&r.repetition)).collect()
        }
        NodeKind::Provider(..) => config.body_references(node).iter().collect(),
    };
    for traversal in named {
        resolve(config, module, traversal, &mut found);
    }
    if let (NodeKind::Variable(v), Some((outside, _))) = (config.node(node).kind, config.modules[module].caller)
        && let Some(argument) = config.modules[module].arguments.get(&v.name.name)
    {
        references(&argument.expr).into_iter().for_each(|t| resolve(config, outside, t, &mut found));
    }
    found.retain(|n| *n != node);
    found
}

fn repetition(repetition: &Repetition) -> Vec<&Traversal> {
    match repetition {
        Repetition::Single => Vec::new(),
        Repetition::Count(e) | Repetition::ForEach(e) => references(e),
    }
}

fn resolve(config: &ConfigGraph<'_>, module: usize, traversal: &Traversal, found: &mut Vec<NodeIndex>) {
    match Reference::parse(traversal).map(|r| r.subject) {
        Ok(Subject::Variable(name)) => found.extend(config.variable(module, &name)),
        Ok(Subject::Local(name)) => found.extend(config.local(module, &name)),
        Ok(Subject::Resource { resource, .. }) => found.extend(config.resource(module, &resource)),
        Ok(Subject::Module { name, output: None, .. }) => {
            if let Some(child) = config.child(module, &name) {
                whole_module(config, child, found);
            }
        }
        Ok(Subject::Module { name, output: Some(output), .. }) => {
            found.extend(config.child(module, &name).and_then(|child| config.output(child, &output)));
        }
        _ => {}
    }
}

fn whole_module(config: &ConfigGraph<'_>, module: usize, found: &mut Vec<NodeIndex>) {
    let tree = config.modules[module].tree;
    found.extend(tree.module.resources.keys().filter_map(|key| config.resource(module, key)));
    found.extend(tree.module.outputs.keys().filter_map(|name| config.output(module, name)));
    let children = tree.module.calls.keys().filter_map(|name| config.child(module, name));
    children.for_each(|child| whole_module(config, child, found));
}
