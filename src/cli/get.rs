//! `infra get`: where the modules are.

use std::io;
use std::path::Path;

use clap::{ArgAction, Args};

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::config::load::{load, note_modules};
use crate::config::tree::ModuleTree;
use crate::syntax::{Diagnostic, Diagnostics};

/// Arguments of `get`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct GetArgs {
    /// List all modules, also those that were noted before
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub update: bool,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,
}

/// Finds the modules, notes and lists them. Gives the exit status.
///
/// # Errors
/// When the output can't be written.
pub fn run(args: &GetArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let loaded = load(Path::new("."));
    let mut diagnostics = loaded.diagnostics;
    if let Some(tree) = loaded.tree.as_ref().filter(|_| !diagnostics.has_errors()) {
        match modules(tree, args.update) {
            Ok(found) => {
                for line in found {
                    writeln!(terminal.out, "{line}")?;
                }
            }
            Err(problem) => diagnostics.push(problem),
        }
    }
    terminal.show(&loaded.sources, &diagnostics)?;
    Ok(u8::from(diagnostics.has_errors()))
}

/// Notes where the modules of a configuration are. Gives lines about those that are new, or all.
pub(super) fn modules(tree: &ModuleTree, all: bool) -> Result<Vec<String>, Diagnostic> {
    if tree.module.calls.is_empty() {
        return Ok(Vec::new());
    }
    let found = note_modules(Path::new("."), tree, all).map_err(|error| {
        Diagnostic::error("Failed to write module manifest", format!("Where the modules are can't be noted: {error}."))
    })?;
    Ok(found.into_iter().map(|(name, dir)| format!("- {name} in {}", dir.display())).collect())
}

/// What keeps the modules from being found, if it isn't the root module itself.
pub(super) fn is_about_modules(tree: Option<&ModuleTree>, diagnostics: &Diagnostics) -> bool {
    let summaries = ["Module not installed", "Module source has changed", "Unsupported Terraform Core version"];
    let is_known = |d: &Diagnostic| summaries.contains(&d.summary.as_str());
    tree.is_some_and(|t| !t.children.is_empty()) || diagnostics.iter().all(is_known)
}
