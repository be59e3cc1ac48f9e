//! `infra metadata`: what programs want to know about the language.

use std::io;

use clap::{ArgAction, Args, Subcommand};

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::views::functions_json::Functions;
use crate::views::json::write_line;

/// Arguments of `metadata`.
#[derive(Args, Clone, Debug)]
pub struct MetadataArgs {
    /// About what
    #[command(subcommand)]
    pub about: About,
}

/// What there is metadata about.
#[derive(Clone, Debug, Subcommand)]
pub enum About {
    /// Show signatures and descriptions for the available functions
    Functions(FunctionsArgs),
}

/// Arguments of `metadata functions`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct FunctionsArgs {
    /// Must be given: the signatures are printed as JSON
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,
}

/// Prints them.
///
/// # Errors
/// When they can't be written.
pub fn run(args: &MetadataArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let About::Functions(args) = &args.about;
    if !args.json {
        return terminal.fail("The `infra metadata functions` command requires the `-json` flag.");
    }
    write_line(&Functions::all(), &mut terminal.out)?;
    writeln!(terminal.out)?;
    Ok(0)
}
