//! `infra show`: a state or a saved plan.

use std::io::{self, Write};
use std::path::Path;

use clap::{ArgAction, Args};

use crate::cli::args::boolean;
use crate::cli::backend::{home_of, look};
use crate::cli::stack::Stack;
use crate::cli::ui::{Stop, Ui, status};
use crate::cli::{Terminal, project, workspace_of};
use crate::config::load::load_root;
use crate::config::project::Project;
use crate::plan::file::{self, SavedPlan};
use crate::providers::{provider_schema, resource_schema};
use crate::state::backend::{self, StatePaths};
use crate::state::{State, Store, format};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};
use crate::views::plan_json::Schemas;
use crate::views::state::{objects_of, write_state};
use crate::views::{plan_json, state_json};

/// Arguments of `show`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ShowArgs {
    /// Produce output in a machine-readable JSON format
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,

    /// A state or plan file; by default the current state. In a project: the stacks whose states are shown, by default all
    #[arg(value_name = "PATH|STACK", num_args = 0..)]
    pub words: Vec<String>,
}

/// Shows it. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &ShowArgs, terminal: &mut Terminal) -> io::Result<u8> {
    terminal.warnings_out = !args.json;
    status(inner(args, &mut Ui { terminal, json: false, compact_warnings: false, input: false, stack: None }))
}

fn inner(args: &ShowArgs, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    if let Some(project) = Project::in_folder(Path::new("")).filter(|project| project.has_all(&args.words)) {
        return project::show::run(&project, &project.named(&args.words), args.json, ui);
    }
    let state = match args.words.as_slice() {
        [] => current(Path::new(""), ui)?,
        [path] => match state_file(Path::new(path)) {
            Ok(state) => Some(state),
            Err(not_a_state) => return plan_file(Path::new(path), &not_a_state, args.json, ui),
        },
        [_, more @ ..] => return project::no_stacks("show", more, ui).map(|()| 1),
    };
    if args.json {
        state_json::write(state.as_ref(), &|mode, kind| resource_schema(mode, kind), &mut ui.terminal.out)?;
        writeln!(ui.terminal.out)?;
        return Ok(0);
    }
    write_state_text(state, ui)?;
    Ok(0)
}

/// A state as text.
///
/// # Errors
/// When it can't be shown, which has been said then.
pub fn write_state_text(state: Option<State>, ui: &mut Ui<'_>) -> Result<(), Stop> {
    let paint = ui.layout().paint;
    let Some(state) = state else {
        writeln!(ui.terminal.out, "No state.")?;
        return Ok(());
    };
    let objects = match objects_of(&state, &|mode, kind| resource_schema(mode, kind)) {
        Ok(objects) => objects,
        Err(problem) => return Err(ui.stop(&SourceMap::default(), &problem.into())),
    };
    let objects = objects.iter().map(crate::views::state::Listed::as_object);
    write_state(objects, state.outputs.iter().map(|(name, o)| (name, &o.value)), paint, &mut ui.terminal.out)?;
    Ok(())
}

/// The state of the configuration in a folder.
///
/// # Errors
/// When it can't be read, which has been shown then.
pub fn current(folder: &Path, ui: &mut Ui<'_>) -> Result<Option<State>, Stop> {
    let loaded = load_root(folder);
    let block = loaded.tree.as_ref().and_then(|t| t.module.settings.backend.as_ref());
    let backend = backend::open(block, &home_of(folder), StatePaths::default())
        .map_err(|problems| ui.stop(&loaded.sources, &problems))?;
    look(&mut Store::new(&*backend, &workspace_of(folder)))
        .map_err(|error| ui.stop(&loaded.sources, &Diagnostic::error("Failed to load state", error.to_string()).into()))
}

/// The state in a file, or why it is none.
fn state_file(path: &Path) -> Result<State, String> {
    let text = std::fs::read(path).map_err(|e| format!("Error loading statefile: {e}"))?;
    let text = String::from_utf8(text).map_err(|_| format!("{} is no text", path.display()))?;
    format::read(&text)
        .map_err(|problems| format!("Error reading {} as a statefile: {}", path.display(), format::problems(&problems)))
}

fn plan_file(path: &Path, not_a_state: &str, json: bool, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    let saved = file::read(path).map_err(|not_a_plan| {
        let detail = format!("State read error: {not_a_state}\n\nPlan read error: {}", not_a_plan.detail);
        let problems: Diagnostics =
            Diagnostic::error("Failed to read the given file as a state or plan file", detail).into();
        ui.stop(&SourceMap::default(), &problems)
    })?;
    let saved = match saved.as_slice() {
        [saved] if saved.stack.is_none() => saved,
        several => return project::show::plans(several, json, ui),
    };
    if !json {
        ui.plan(&saved.plan)?;
        return Ok(0);
    }
    write_plan_json(saved, ui)?;
    writeln!(ui.terminal.out)?;
    Ok(0)
}

/// A saved plan as JSON.
///
/// # Errors
/// When its configuration can't be used any more, which has been shown then.
pub fn write_plan_json(saved: &SavedPlan, ui: &mut Ui<'_>) -> Result<(), Stop> {
    let stack = Stack::saved(saved, ui)?;
    let schemas = Schemas {
        resource: &|mode, kind| resource_schema(mode, kind),
        provider: &|provider| provider_schema(provider),
    };
    plan_json::write(&saved.plan, &stack.tree, schemas, &mut ui.terminal.out)?;
    Ok(())
}
