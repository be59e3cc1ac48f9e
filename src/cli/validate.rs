//! `infra validate`: is the configuration right?

use std::io;
use std::mem::ManuallyDrop;
use std::path::Path;

use clap::{ArgAction, Args};
use serde_json::json;

use crate::cli::Terminal;
use crate::cli::args::{boolean, too_many};
use crate::cli::project;
use crate::config::host::FileHost;
use crate::config::load::load;
use crate::config::project::Project;
use crate::config::validate::validate;
use crate::syntax::{Diagnostics, Severity, SourceMap};
use crate::views::diagnostic::{Snippets, json as diagnostic_json};
use crate::views::json;
use crate::views::wrap::wrap;

/// Arguments of `validate`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ValidateArgs {
    /// Produce output in a machine-readable JSON format, suitable for use in text editor integrations and
    /// other automated systems. Always disables color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,

    /// Accepted for compatibility: test files are not validated in any case
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_tests: bool,

    /// The directory of the root module, by default the current one. In a project: the stacks to validate, by
    /// default all of them
    #[arg(value_name = "DIR|STACK", num_args = 0..)]
    pub words: Vec<String>,
}

/// Validates and prints what is wrong. Gives the exit status: 1 if there are errors.
///
/// # Errors
/// When the output can't be written.
pub fn run(args: &ValidateArgs, terminal: &mut Terminal) -> io::Result<u8> {
    if let Some(project) = Project::in_folder(Path::new("")).filter(|project| project.has_all(&args.words)) {
        let names = project.named(&args.words);
        return project::validate::run(&project, &names, args.json, terminal);
    }
    if let [_, more, ..] = args.words.as_slice() {
        terminal.show(&SourceMap::default(), &too_many(more).into())?;
        return terminal.fail("\nFor more help on using this command, run:\n  infra validate -help");
    }
    // The process ends with it: taking it apart would only take time.
    let loaded = ManuallyDrop::new(load(args.words.first().map_or(Path::new("."), Path::new)));
    let diagnostics = validate(&loaded, &FileHost::default());
    if args.json {
        write_json(&loaded.sources, &diagnostics, terminal)?;
    } else {
        write_text(&loaded.sources, &diagnostics, terminal)?;
    }
    Ok(u8::from(diagnostics.has_errors()))
}

/// Says in text what is wrong, or that nothing is.
///
/// # Errors
/// When it can't be written.
pub fn write_text(sources: &SourceMap, diagnostics: &Diagnostics, terminal: &mut Terminal) -> io::Result<()> {
    terminal.show(sources, diagnostics)?;
    if diagnostics.has_errors() {
        return Ok(());
    }
    let success = terminal.style.success("Success!");
    let rest = if diagnostics.is_empty() {
        "The configuration is valid."
    } else {
        "The configuration is valid, but there were some validation warnings as shown above."
    };
    writeln!(terminal.out, "{}\n", wrap(&format!("{success} {rest}"), terminal.style.width))
}

fn write_json(sources: &SourceMap, diagnostics: &Diagnostics, terminal: &mut Terminal) -> io::Result<()> {
    writeln!(terminal.out, "{}", json::pretty(&json_report(sources, diagnostics)))
}

/// The report for programs.
#[must_use]
pub fn json_report(sources: &SourceMap, diagnostics: &Diagnostics) -> serde_json::Value {
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    let mut snippets = Snippets::new(sources);
    let shown: Vec<_> = diagnostics.iter().map(|d| diagnostic_json::diagnostic(d, &mut snippets)).collect();
    json!({
        "format_version": "1.0",
        "valid": !diagnostics.has_errors(),
        "error_count": count(Severity::Error),
        "warning_count": count(Severity::Warning),
        "diagnostics": shown,
    })
}
