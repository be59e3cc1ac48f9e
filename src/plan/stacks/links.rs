//! Which stack reads which, as far as configurations tell without state.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use super::outputs::full;
use crate::config::evaluate::{Assumptions, Evaluation};
use crate::config::graph::{ConfigGraph, NodeKind};
use crate::config::module::{Mode, Repetition, Resource};
use crate::config::scope::Instance;
use crate::config::validate::schema_of;
use crate::lang::eval::evaluate;
use crate::lang::{Host, Value};
use crate::plan::operations::{Need, needs};
use crate::providers::builtin::remote_state::{REMOTE_STATE, state_file};
use crate::providers::resource_schema;
use crate::schema::decode_body;
use crate::syntax::{Diagnostic, SourceMap, Span};

/// A stack as far as it is known before anything is planned.
pub struct Known<'c> {
    /// Its name.
    pub stack: &'c str,
    /// The folder of its root module, from where paths in it begin.
    pub folder: &'c Path,
    /// The file that its state is in.
    pub state: PathBuf,
    /// Its configuration.
    pub graph: &'c ConfigGraph<'c>,
    /// The nodes of that, each after what it depends on.
    pub order: &'c [NodeIndex],
    /// Its files.
    pub sources: &'c SourceMap,
    /// Values of the root module's variables.
    pub variables: &'c IndexMap<SmolStr, Value>,
    /// Files, clock and chance.
    pub host: &'c dyn Host,
    /// The selected workspace.
    pub workspace: &'c str,
}

/// That a stack reads another's outputs. Stacks are known by their positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The one that reads.
    pub reader: usize,
    /// The one that is read.
    pub stack: usize,
    /// The data source: `module.a.data.terraform_remote_state.x`.
    pub address: String,
    /// Where it is: `stacks/production/main.tf:3,1-40`.
    pub place: String,
}

/// Who reads whom.
#[must_use]
pub fn edges(stacks: &[Known<'_>]) -> Vec<Edge> {
    let states: Vec<PathBuf> = stacks.iter().map(|known| full(&known.state)).collect();
    let mut edges = Vec::new();
    for (reader, known) in stacks.iter().enumerate() {
        for (node, file) in files_read(known) {
            let Some(stack) = states.iter().position(|state| *state == file).filter(|stack| *stack != reader) else {
                continue;
            };
            let NodeKind::Resource(r) = known.graph.node(node).kind else { continue };
            let edge = Edge { reader, stack, address: known.graph.address(node), place: place(known.sources, r.span) };
            if !edges.contains(&edge) {
                edges.push(edge);
            }
        }
    }
    edges
}

fn place(sources: &SourceMap, span: Span) -> String {
    sources.get(span.file).map(|file| file.place(span)).unwrap_or_default()
}

/// What a stack reads in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The file with the other's state: a full path.
    pub file: PathBuf,
    /// The output; none where all of them are looked at.
    pub output: Option<SmolStr>,
}

/// What a stack reads in others, as far as its configuration tells.
#[must_use]
pub fn outputs_read(known: &Known<'_>) -> Vec<Read> {
    let files = files_read(known);
    let mut found = Vec::new();
    for need in known.order.iter().flat_map(|node| needs(known.graph, *node)) {
        let (node, output) = match need {
            Need::RemoteOutput(node, _, output) => (node, Some(output)),
            Need::Resource(node, _) => (node, None),
            _ => continue,
        };
        let read = files.iter().filter(|(remote, _)| *remote == node);
        found.extend(read.map(|(_, file)| Read { file: file.clone(), output: output.clone() }));
    }
    found
}

/// The stacks' positions, each after those that it reads.
///
/// # Errors
/// When there is no such order, with the way round.
pub fn in_order(names: &[&str], edges: &[Edge]) -> Result<Vec<usize>, Diagnostic> {
    let mut order = Vec::new();
    let mut path = Vec::new();
    for stack in 0..names.len() {
        visit(stack, names, edges, &mut order, &mut path)?;
    }
    Ok(order)
}

fn visit<'e>(
    stack: usize,
    names: &[&str],
    edges: &'e [Edge],
    order: &mut Vec<usize>,
    path: &mut Vec<&'e Edge>,
) -> Result<(), Diagnostic> {
    if order.contains(&stack) {
        return Ok(());
    }
    if let Some(start) = path.iter().position(|edge| edge.reader == stack) {
        return Err(cycle(names, &path[start..]));
    }
    for edge in edges.iter().filter(|edge| edge.reader == stack) {
        path.push(edge);
        visit(edge.stack, names, edges, order, path)?;
        path.pop();
    }
    order.push(stack);
    Ok(())
}

fn cycle(names: &[&str], path: &[&Edge]) -> Diagnostic {
    let step = |edge: &&Edge| {
        format!("\n  - {} reads {} ({}, {})", names[edge.reader], names[edge.stack], edge.address, edge.place)
    };
    let detail = format!(
        "These stacks read each other's outputs, so that none of them can be planned first:{}\n\nMove what both need into a stack \
         that reads neither.",
        path.iter().map(step).collect::<String>()
    );
    Diagnostic::error("Cycle of stacks", detail)
}

/// The state files that a stack's data sources name, with full paths.
fn files_read(known: &Known<'_>) -> Vec<(NodeIndex, PathBuf)> {
    let is_remote = |r: &Resource| r.key.mode == Mode::Data && r.key.kind == REMOTE_STATE;
    let remote = |node: &NodeIndex| match known.graph.node(*node).kind {
        NodeKind::Resource(r) if is_remote(r) => Some((*node, r)),
        _ => None,
    };
    let remote: Vec<_> = known.order.iter().filter_map(remote).collect();
    if remote.is_empty() {
        return Vec::new();
    }
    let assumptions = Assumptions::Values(known.variables.clone());
    let evaluation = Evaluation::new(known.graph, &schema_of, known.host, assumptions, known.workspace);
    for node in known.order {
        // What is wrong with it is said when it is planned.
        drop(evaluation.evaluate(*node));
    }
    let Some(schema) = resource_schema(Mode::Data, REMOTE_STATE) else { return Vec::new() };
    let mut files = Vec::new();
    for (node, r) in remote {
        let module = known.graph.node(node).module;
        for instance in instances(r, module, &evaluation) {
            let (config, _) = decode_body(&r.body, &schema.block, &evaluation.scope(module, instance));
            let file = state_file(&config.unmark_deep().0);
            files.extend(file.map(|file| (node, full(&known.folder.join(file)))));
        }
    }
    files
}

/// The instances of a data source, as far as they are known.
fn instances(r: &Resource, module: usize, evaluation: &Evaluation<'_>) -> Vec<Instance> {
    let Repetition::ForEach(expr) = &r.repetition else {
        let count_index = matches!(r.repetition, Repetition::Count(_)).then(|| Value::int(0));
        return vec![Instance { count_index, ..Instance::default() }];
    };
    let Ok(each) = evaluate(expr, &evaluation.scope(module, Instance::default())) else { return Vec::new() };
    let each = each.unmark_deep().0;
    let of = |key: Value, value: Value| Instance { each: Some((key, value)), ..Instance::default() };
    match (each.as_entries(), each.as_elements()) {
        (Some(entries), _) => {
            entries.iter().map(|(key, value)| of(Value::string(key.clone()), value.clone())).collect()
        }
        (None, Some(elements)) => elements.iter().map(|key| of(key.clone(), key.clone())).collect(),
        (None, None) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(reader: usize, stack: usize) -> Edge {
        Edge { reader, stack, address: "data.terraform_remote_state.x".into(), place: format!("{reader}.tf:1,1-2") }
    }

    #[test]
    fn stacks_come_after_those_that_they_read() {
        let names = ["a", "b", "c"];
        assert_eq!(in_order(&names, &[]).unwrap(), [0, 1, 2]);
        assert_eq!(in_order(&names, &[edge(0, 2), edge(1, 2), edge(0, 1)]).unwrap(), [2, 1, 0]);
        let cycle = in_order(&names, &[edge(0, 1), edge(1, 2), edge(2, 1)]).unwrap_err();
        assert!(cycle.detail.contains("\n  - b reads c (data.terraform_remote_state.x, 1.tf:1,1-2)\n  - c reads b"));
        assert!(!cycle.detail.contains("a reads"), "{}", cycle.detail);
    }
}
