//! A graph of resources in the DOT language, modules as clusters.

use std::fmt::Write;

use crate::graph::{ConfigAddress, ResourceGraph};

/// The graph, with a newline at the end.
#[must_use]
pub fn dot(graph: &ResourceGraph) -> String {
    let mut out = String::from("digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n");
    if graph.resources.is_empty() {
        out.push_str("  /* This configuration does not contain any resources. */\n");
    }
    for group in graph.resources.chunk_by(|a, b| a.module == b.module) {
        let module = module_address(&group[0]);
        let indent = if module.is_empty() { "" } else { "  " };
        // Writing to a string can't fail.
        if !module.is_empty() {
            let _ = writeln!(out, "  subgraph \"cluster_{module}\" {{\n    label = \"{module}\"");
            out.push_str("    fontname = \"sans-serif\"\n");
        }
        for address in group {
            let _ = writeln!(out, "  {indent}\"{address}\" [label=\"{}\"];", address.resource);
        }
        if !module.is_empty() {
            out.push_str("  }\n");
        }
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(out, "  \"{}\" -> \"{}\";", graph.resources[*from], graph.resources[*to]);
    }
    out.push_str("}\n");
    out
}

/// `module.a.module.b`; empty for the root.
pub(super) fn module_address(address: &ConfigAddress) -> String {
    let calls: Vec<_> = address.module.iter().map(|name| format!("module.{name}")).collect();
    calls.join(".")
}
