//! `infra stacks`: the stacks of a project, and which reads which.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{ArgAction, Args};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};
use smol_str::SmolStr;

use crate::cli::Terminal;
use crate::cli::args::{VariableFlags, boolean};
use crate::cli::backend::{home_of, look};
use crate::cli::stack::host;
use crate::cli::workspace_of;
use crate::config::files::Recorder;
use crate::config::graph::ConfigGraph;
use crate::config::host::FileHost;
use crate::config::load::{Loaded, load_from};
use crate::config::module::Mode;
use crate::config::project::Project;
use crate::config::validate::schema_of;
use crate::config::variables::{Unset, variable_values};
use crate::lang::Value;
use crate::plan::stacks::{Edge, Known, edges, in_order};
use crate::state::backend::{self, Backend, StatePaths};
use crate::state::{State, Store};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};
use crate::views::json;

/// Arguments of `stacks`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct StacksArgs {
    /// Print JSON for programs
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,

    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableFlags,
}

/// A stack with its configuration and its state.
struct Listed {
    name: SmolStr,
    folder: PathBuf,
    loaded: Loaded,
    variables: IndexMap<SmolStr, Value>,
    workspace: String,
    host: FileHost,
    place: PathBuf,
    written: Option<SystemTime>,
    state: State,
}

/// Lists the stacks. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &StacksArgs, terminal: &mut Terminal) -> io::Result<u8> {
    terminal.warnings_out = !args.json;
    let Some(project) = Project::in_folder(Path::new("")) else {
        let detail = "This folder is no project: there are no folders with configuration in \"stacks\", or it is a root module \
                      itself.";
        let problem = Diagnostic::error("No stacks", detail);
        return terminal.show(&SourceMap::default(), &problem.into()).map(|()| 1);
    };
    let mut listed = Vec::new();
    let mut failed = false;
    for name in &project.stacks {
        match Listed::find(&project, name, &args.variables) {
            Ok(stack) => listed.push(stack),
            Err((sources, problems)) => {
                terminal.show(&sources, &problems)?;
                failed = true;
            }
        }
    }
    let edges = match read(&listed) {
        Ok(edges) => edges,
        Err(problems) => return terminal.show(&SourceMap::default(), &problems).map(|()| 1),
    };
    if args.json {
        let stacks: Vec<Json> = (0..listed.len()).map(|i| as_json(i, &listed, &edges)).collect();
        let report = json!({"format_version": "1.0", "stacks": stacks});
        writeln!(terminal.out, "{}", json::pretty(&report))?;
    } else {
        write_table(&listed, &edges, terminal)?;
    }
    Ok(u8::from(failed))
}

impl Listed {
    fn find(project: &Project, name: &SmolStr, flags: &VariableFlags) -> Result<Self, (SourceMap, Diagnostics)> {
        let folder = project.folder(name);
        let mut loaded = load_from(Path::new("."), &Recorder::of(&folder));
        let Some(tree) = loaded.tree.as_ref().filter(|_| !loaded.diagnostics.has_errors()) else {
            return Err((loaded.sources, loaded.diagnostics));
        };
        let inputs = flags.with_environment();
        let (values, _) = variable_values(&folder, &tree.module, &inputs, Unset::Allowed, &mut loaded.sources);
        let block = tree.module.settings.backend.as_ref();
        let opened = backend::open(block, &home_of(&folder), StatePaths::default());
        let found = opened.and_then(|backend| Self::state(&*backend, &workspace_of(&folder)));
        let (place, written, state) = match found {
            Ok(found) => found,
            Err(problems) => return Err((loaded.sources, problems)),
        };
        Ok(Listed {
            name: name.clone(),
            workspace: workspace_of(&folder),
            host: host(&folder, SystemTime::now(), true),
            variables: values.into_iter().map(|(name, input)| (name, input.value)).collect(),
            folder,
            loaded,
            place,
            written,
            state,
        })
    }

    fn state(backend: &dyn Backend, workspace: &str) -> Result<(PathBuf, Option<SystemTime>, State), Diagnostics> {
        let mut store = Store::new(backend, workspace);
        let state = look(&mut store)
            .map_err(|error| Diagnostics::from(Diagnostic::error("Failed to load state", error.to_string())))?;
        Ok((store.place().into(), backend.storage(workspace).written(), state.unwrap_or_default()))
    }

    /// How many managed objects its state has.
    fn objects(&self) -> usize {
        let managed = self.state.resources.iter().filter(|(address, _)| address.resource.mode == Mode::Managed);
        let instances = managed.flat_map(|(_, resource)| resource.instances.values());
        instances.map(|instance| usize::from(instance.current.is_some()) + instance.deposed.len()).sum()
    }

    /// When its state was last written.
    fn time(&self) -> Option<String> {
        let time = jiff::Timestamp::try_from(self.written?).ok()?;
        Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

/// Who reads whom.
fn read(listed: &[Listed]) -> Result<Vec<Edge>, Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut graphs = Vec::new();
    for stack in listed {
        let Some(tree) = &stack.loaded.tree else { continue };
        let graph = ConfigGraph::new(tree, &schema_of);
        match graph.order(&stack.loaded.sources) {
            Ok(order) => graphs.push((stack, graph, order)),
            Err(cycles) => problems.extend(cycles.into_iter().map(|d| Diagnostic { subject: None, ..d })),
        }
    }
    if problems.has_errors() {
        return Err(problems);
    }
    let known = graphs.iter().map(|(stack, graph, order)| Known {
        stack: &stack.name,
        folder: &stack.folder,
        state: stack.place.clone(),
        graph,
        order,
        sources: &stack.loaded.sources,
        variables: &stack.variables,
        host: &stack.host,
        workspace: &stack.workspace,
    });
    let edges = edges(&known.collect::<Vec<_>>());
    let names: Vec<&str> = listed.iter().map(|stack| stack.name.as_str()).collect();
    in_order(&names, &edges).map_err(Diagnostics::from)?;
    Ok(edges)
}

/// The stacks that one reads, sorted.
fn read_by(at: usize, listed: &[Listed], edges: &[Edge]) -> Vec<SmolStr> {
    let read = edges.iter().filter(|edge| edge.reader == at).map(|edge| listed[edge.stack].name.clone());
    let mut read: Vec<SmolStr> = read.collect();
    read.sort();
    read.dedup();
    read
}

fn as_json(at: usize, listed: &[Listed], edges: &[Edge]) -> Json {
    let stack = &listed[at];
    let reads = edges.iter().filter(|edge| edge.reader == at).map(
        |edge| json!({"stack": listed[edge.stack].name.as_str(), "data_source": edge.address, "place": edge.place}),
    );
    json!({
        "name": stack.name.as_str(),
        "folder": stack.folder.display().to_string(),
        "workspace": stack.workspace,
        "state": stack.place.display().to_string(),
        "serial": stack.state.serial,
        "objects": stack.objects(),
        "last_applied": stack.time(),
        "reads": reads.collect::<Vec<_>>(),
    })
}

fn write_table(listed: &[Listed], edges: &[Edge], terminal: &mut Terminal) -> io::Result<()> {
    let header = ["STACK", "READS", "OBJECTS", "LAST APPLIED", "STATE"].map(String::from);
    let rows = listed.iter().enumerate().map(|(at, stack)| {
        let read = read_by(at, listed, edges).join(", ");
        [
            stack.name.to_string(),
            if read.is_empty() { "-".into() } else { read },
            stack.objects().to_string(),
            stack.time().unwrap_or_else(|| "never".into()),
            stack.place.display().to_string(),
        ]
    });
    let rows: Vec<[String; 5]> = std::iter::once(header).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        writeln!(terminal.out, "{}", line.trim_end())?;
    }
    Ok(())
}
