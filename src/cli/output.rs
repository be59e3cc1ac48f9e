//! `infra output`: outputs of the root module.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args};
use smol_str::SmolStr;

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::cli::backend::{look, open_store};
use crate::cli::project;
use crate::config::project::Project;
use crate::lang::{Type, Value, convert};
use crate::state::backend::StatePaths;
use crate::state::value_json::{indent, write_string, write_type, write_value};
use crate::state::{OutputState, State};
use crate::syntax::{Diagnostic, SourceMap};
use crate::views::value::format_value;

/// Arguments of `output`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct OutputArgs {
    /// Path to the state file to read. By default that of the current workspace
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,

    /// Print JSON for programs
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,

    /// Print a string, number or bool as it is, without quotes and newline
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub raw: bool,

    /// The name of an output. By default all are shown
    #[arg(value_name = "NAME", num_args = 0..)]
    pub name: Vec<String>,
}

/// Prints outputs. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &OutputArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let project = Project::in_folder(Path::new("")).filter(|_| args.state.is_none());
    if let Some(wrong) = usage(args, project.is_some()) {
        terminal.show(&SourceMap::default(), &wrong.into())?;
        return terminal.fail("\nFor more help on using this command, run:\n  infra output -help");
    }
    if let Some(project) = project {
        return project::output::run(&project, args, terminal);
    }
    let paths = StatePaths { state: args.state.clone(), ..StatePaths::default() };
    let Some(mut store) = open_store(paths, terminal)? else { return Ok(1) };
    let state = match store.read_or_empty() {
        Ok(state) => look(&mut store).ok().flatten().unwrap_or(state),
        Err(diagnostics) => return terminal.show(&SourceMap::default(), &diagnostics).map(|()| 1),
    };
    write_outputs(&state, args.name.first().map(String::as_str), args, terminal)
}

/// Prints the outputs in a state, or one of them.
///
/// # Errors
/// When output can't be written.
pub fn write_outputs(state: &State, name: Option<&str>, args: &OutputArgs, terminal: &mut Terminal) -> io::Result<u8> {
    match name {
        Some(name) => one(state, name, args, terminal),
        None if args.json => {
            let mut text = String::new();
            indent(&all_as_json(state)?, 0, &mut text);
            writeln!(terminal.out, "{text}")?;
            Ok(0)
        }
        None if state.outputs.is_empty() => none(terminal),
        None => {
            write!(terminal.out, "{}", as_text(state))?;
            Ok(0)
        }
    }
}

/// The outputs in a state, a line each, or more for those that take more.
#[must_use]
pub fn as_text(state: &State) -> String {
    let line = |(name, output): (&SmolStr, &OutputState)| {
        let shown = if output.sensitive { "<sensitive>".to_owned() } else { format_value(&output.value) };
        format!("{name} = {shown}\n")
    };
    state.outputs.iter().map(line).collect()
}

fn usage(args: &OutputArgs, is_project: bool) -> Option<Diagnostic> {
    let names = args.name.len() - usize::from(is_project && !args.name.is_empty());
    if args.raw && args.json {
        let detail = "The -raw and -json options are mutually-exclusive.";
        return Some(Diagnostic::error("Invalid output format", detail));
    }
    if names > 1 {
        let detail = "The output command expects exactly one argument with the name of an output variable or no arguments to \
                      show all outputs.";
        return Some(Diagnostic::error("Unexpected argument", detail));
    }
    if args.raw && names == 0 {
        let detail = "You must give the name of a single output value when using the -raw option.";
        return Some(Diagnostic::error("Output name required", detail));
    }
    None
}

fn none(terminal: &mut Terminal) -> io::Result<u8> {
    let detail = "The state file either has no outputs defined, or all the defined outputs are empty. Please define an output \
                  in your configuration with the `output` keyword and run `terraform refresh` for it to become available. If \
                  you are using interpolation, please verify the interpolated value is not empty. You can use the `terraform \
                  console` command to assist.";
    terminal.show(&SourceMap::default(), &Diagnostic::warning("No outputs found", detail).into())?;
    Ok(0)
}

fn one(state: &State, name: &str, args: &OutputArgs, terminal: &mut Terminal) -> io::Result<u8> {
    if state.outputs.is_empty() && !args.json {
        return none(terminal);
    }
    let Some(output) = state.outputs.get(name) else {
        let detail = "The output variable requested could not be found in the state file. If you recently added this to your \
                      configuration, be sure to run `terraform apply`, since the state won't be updated with new output \
                      variables until that command is run.";
        let missing = Diagnostic::error(format!("Output \"{name}\" not found"), detail);
        return terminal.show(&SourceMap::default(), &missing.into()).map(|()| 1);
    };
    // Who asks for one by its name wants to see it.
    let (value, _) = output.value.unmark_deep();
    if args.json {
        writeln!(terminal.out, "{}", as_json(&value)?)?;
    } else if args.raw {
        match raw(name, &value) {
            Ok(text) => terminal.out.write_all(text.as_bytes())?,
            Err(error) => return terminal.show(&SourceMap::default(), &error.into()).map(|()| 1),
        }
    } else {
        writeln!(terminal.out, "{}", format_value(&value))?;
    }
    Ok(0)
}

/// A value as the text that it is.
fn raw(name: &str, value: &Value) -> Result<String, Diagnostic> {
    const SUMMARY: &str = "Unsupported value for raw output";
    let text = convert(value, &Type::String).ok().filter(|_| value.ty().is_primitive() || value.is_null());
    let Some(text) = text else {
        let detail = format!(
            "The -raw option only supports strings, numbers, and boolean values, but output value {name:?} is {}.\n\nUse the \
             -json option for machine-readable representations of output values that have complex types.",
            value.ty().friendly_name()
        );
        return Err(Diagnostic::error(SUMMARY, detail));
    };
    text.as_str().map(ToString::to_string).ok_or_else(|| {
        let detail = format!("The value for output value {name:?} is null, so -raw mode cannot print it.");
        Diagnostic::error(SUMMARY, detail)
    })
}

fn as_json(value: &Value) -> io::Result<String> {
    let mut out = String::new();
    write_value(value, &value.ty(), &mut out).map_err(io::Error::other)?;
    Ok(out)
}

/// All outputs in a state for programs.
///
/// # Errors
/// When one has no JSON.
pub fn all_as_json(state: &State) -> io::Result<String> {
    let mut compact = String::from("{");
    for (i, (name, OutputState { value, sensitive })) in state.outputs.iter().enumerate() {
        if i > 0 {
            compact.push(',');
        }
        write_string(name, &mut compact);
        compact.push_str(&format!(":{{\"sensitive\":{sensitive},\"type\":"));
        write_type(&value.ty(), &mut compact);
        compact.push_str(",\"value\":");
        compact.push_str(&as_json(value)?);
        compact.push('}');
    }
    compact.push('}');
    Ok(compact)
}
