//! The order in which moves are made: each after those whose result it moves on.

use std::collections::HashMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use smol_str::SmolStr;

use super::Statement;
use super::endpoint::{Endpoint, Key};
use crate::config::module::ResourceKey;
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// Puts statements in order, keeping the given one where it doesn't matter. Those that move back to where they began
/// are left out.
///
/// # Errors
/// One for each cycle.
pub fn in_order(statements: Vec<Statement>, sources: &SourceMap) -> Result<Vec<Statement>, Diagnostics> {
    let statements: Vec<Statement> = statements.into_iter().filter(|s| !s.is_redundant()).collect();
    let graph = graph_of(&statements);
    let components = kosaraju_scc(&graph);
    let cycles: Diagnostics =
        components.iter().filter(|c| c.len() > 1).map(|c| describe_cycle(&statements, c, sources)).collect();
    if cycles.has_errors() {
        return Err(cycles);
    }
    let mut left: Vec<Option<Statement>> = statements.into_iter().map(Some).collect();
    Ok(components.into_iter().flatten().filter_map(|n| left[n.index()].take()).collect())
}

fn describe_cycle(statements: &[Statement], members: &[NodeIndex], sources: &SourceMap) -> Diagnostic {
    let mut lines: Vec<String> = members
        .iter()
        .map(|n| &statements[n.index()])
        .map(|s| format!("\n  - {}: {} → {}", sources.start(s.span), s.from, s.to))
        .collect();
    lines.sort();
    let detail = format!(
        "The following chained move statements form a cycle, and so there is no final location to move objects to:{}\n\n\
         A chain of move statements must end with an address that doesn't appear in any other statements, and which \
         typically also refers to an object still declared in the configuration.",
        lines.concat()
    );
    Diagnostic::error("Cyclic dependency in move statements", detail)
}

/// Edges lead from a statement to those that come before it.
fn graph_of(statements: &[Statement]) -> DiGraph<(), ()> {
    let mut graph = DiGraph::with_capacity(statements.len(), statements.len());
    for _ in statements {
        graph.add_node(());
    }
    let index = Index::new(statements);
    for (i, statement) in statements.iter().enumerate() {
        for end in [&statement.from, &statement.to] {
            index.related(end, &mut |other| {
                let (a, b) = (NodeIndex::new(i), NodeIndex::new(other));
                if i == other {
                    return;
                }
                if depends_on(statement, &statements[other]) {
                    graph.update_edge(a, b, ());
                }
                if depends_on(&statements[other], statement) {
                    graph.update_edge(b, a, ());
                }
            });
        }
    }
    graph
}

/// Whether `a` comes after `b`. What is in a module moves before the module does where it is found in the same place,
/// and after it where the module first brings it there.
fn depends_on(a: &Statement, b: &Statement) -> bool {
    if a.from.chains(&b.to) {
        return true;
    }
    // One instance goes its own way before the others go theirs, and arrives after them.
    if b.from.is_part_of(&a.from) || a.to.is_part_of(&b.to) {
        return true;
    }
    let nested =
        a.from.is_within(&b.to) || a.to.is_within(&b.to) || b.from.is_within(&a.from) || b.to.is_within(&a.from);
    // A module whose instances only get other keys matches at both ends what is written inside it.
    nested && !(a.to.outside < b.to.outside && only_changes_keys(a))
}

fn only_changes_keys(statement: &Statement) -> bool {
    statement.from.resource.is_none() && statement.to.resource.is_none() && statement.from.path() == statement.to.path()
}

/// The names of an address, and the keys of its calls.
type Names = (Vec<SmolStr>, Option<ResourceKey>);

/// Statements by the addresses at their ends, so that not every one is compared with every other.
#[derive(Default)]
struct Index {
    groups: HashMap<Names, Group>,
}

/// Ends with the same names.
#[derive(Default)]
struct Group {
    /// Those that name instances throughout, by these.
    exact: HashMap<Vec<Key>, Vec<usize>>,
    /// The others.
    patterns: Vec<usize>,
}

impl Index {
    fn new(statements: &[Statement]) -> Index {
        let mut index = Index::default();
        for (i, statement) in statements.iter().enumerate() {
            for end in [&statement.from, &statement.to] {
                let names = (end.path(), end.resource.as_ref().map(|(resource, _)| resource.clone()));
                let group = index.groups.entry(names).or_default();
                let keys = keys(end, end.modules.len(), true);
                if keys.contains(&Key::Any) {
                    group.patterns.push(i);
                } else {
                    group.exact.entry(keys).or_default().push(i);
                }
            }
        }
        index
    }

    /// Calls `f` with the statements that have an end which is the same as this one or which this one is within;
    /// perhaps with others, and perhaps more than once.
    fn related(&self, end: &Endpoint, f: &mut dyn FnMut(usize)) {
        let path = end.path();
        if let Some((resource, _)) = &end.resource {
            self.group(&(path.clone(), Some(resource.clone())), keys(end, path.len(), true), f);
        }
        for depth in 1..=path.len() {
            self.group(&(path[..depth].to_vec(), None), keys(end, depth, false), f);
        }
    }

    fn group(&self, names: &Names, keys: Vec<Key>, f: &mut dyn FnMut(usize)) {
        let Some(group) = self.groups.get(names) else { return };
        group.patterns.iter().for_each(|i| f(*i));
        if keys.contains(&Key::Any) {
            group.exact.values().flatten().for_each(|i| f(*i));
        } else {
            group.exact.get(&keys).into_iter().flatten().for_each(|i| f(*i));
        }
    }
}

/// The keys of the first calls, and of the resource.
fn keys(end: &Endpoint, depth: usize, resource: bool) -> Vec<Key> {
    let own = end.resource.iter().filter(|_| resource).map(|(_, key)| key);
    end.modules.iter().take(depth).map(|(_, key)| key).chain(own).cloned().collect()
}
