//! `infra validate`: is the configuration right?

use std::io;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args};
use serde_json::json;

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::config::host::FileHost;
use crate::config::load::load;
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

    /// The directory of the root module; by default the current one
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Validates and prints what is wrong. Gives the exit status: 1 if there are errors.
///
/// # Errors
/// When the output can't be written.
pub fn run(args: &ValidateArgs, terminal: &mut Terminal) -> io::Result<u8> {
    // The process ends with it: taking it apart would only take time.
    let loaded = ManuallyDrop::new(load(args.dir.as_deref().unwrap_or(Path::new("."))));
    let diagnostics = validate(&loaded, &FileHost::default());
    if args.json {
        write_json(&loaded.sources, &diagnostics, terminal)?;
    } else {
        write_text(&loaded.sources, &diagnostics, terminal)?;
    }
    Ok(u8::from(diagnostics.has_errors()))
}

fn write_text(sources: &SourceMap, diagnostics: &Diagnostics, terminal: &mut Terminal) -> io::Result<()> {
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
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    let mut snippets = Snippets::new(sources);
    let shown: Vec<_> = diagnostics.iter().map(|d| diagnostic_json::diagnostic(d, &mut snippets)).collect();
    let report = json!({
        "format_version": "1.0",
        "valid": !diagnostics.has_errors(),
        "error_count": count(Severity::Error),
        "warning_count": count(Severity::Warning),
        "diagnostics": shown,
    });
    writeln!(terminal.out, "{}", json::pretty(&report))
}
