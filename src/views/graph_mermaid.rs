//! A graph of resources as a Mermaid flowchart, which Markdown viewers draw.

use std::fmt::Write;

use super::graph_dot::module_address;
use crate::graph::ResourceGraph;

/// The flowchart, with a newline at the end. Arrows lead from what is needed to what needs it.
#[must_use]
pub fn mermaid(graph: &ResourceGraph) -> String {
    let mut out = String::from("flowchart LR\n");
    let mut index = 0;
    for (cluster, group) in graph.resources.chunk_by(|a, b| a.module == b.module).enumerate() {
        let module = module_address(&group[0]);
        // Writing to a string can't fail.
        if !module.is_empty() {
            let _ = writeln!(out, "  subgraph m{cluster} [\"{module}\"]");
        }
        let indent = if module.is_empty() { "" } else { "  " };
        for address in group {
            let _ = writeln!(out, "  {indent}r{index}[\"{}\"]", address.resource);
            index += 1;
        }
        if !module.is_empty() {
            out.push_str("  end\n");
        }
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(out, "  r{to} --> r{from}");
    }
    out
}
