//! `infra graph`: which resource needs which.

use std::io;
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::cli::Terminal;
use crate::config::graph::ConfigGraph;
use crate::config::load::load;
use crate::graph::ResourceGraph;
use crate::providers;
use crate::views::graph_dot::dot;
use crate::views::graph_mermaid::mermaid;

/// Arguments of `graph`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct GraphArgs {
    /// The language of the output
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "dot", require_equals = true)]
    pub format: Format,
}

/// The language that a graph is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The DOT language of GraphViz.
    Dot,
    /// A Mermaid flowchart.
    Mermaid,
}

/// Prints the graph. Gives the exit status: 1 if the configuration has errors or cycles.
///
/// # Errors
/// When the output can't be written.
pub fn run(args: &GraphArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let loaded = load(Path::new("."));
    terminal.show(&loaded.sources, &loaded.diagnostics)?;
    let Some(tree) = loaded.tree.as_ref().filter(|_| !loaded.diagnostics.has_errors()) else { return Ok(1) };
    let config = ConfigGraph::new(tree, &|r| providers::resource_schema(r.key.mode, &r.key.kind));
    match ResourceGraph::new(&config, &loaded.sources) {
        Err(cycles) => terminal.show(&loaded.sources, &cycles).map(|()| 1),
        Ok(graph) => {
            let text = match args.format {
                Format::Dot => dot(&graph),
                Format::Mermaid => mermaid(&graph),
            };
            terminal.out.write_all(text.as_bytes()).map(|()| 0)
        }
    }
}
