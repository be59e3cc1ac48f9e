//! `infra completion`: scripts that make shells complete our command lines.

use std::io;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::Terminal;

/// Arguments of `completion`.
#[derive(Args, Clone, Debug)]
pub struct CompletionArgs {
    /// Which shell: bash, elvish, fish, powershell or zsh
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Prints the script for a shell.
///
/// # Errors
/// When it can't be written.
pub fn run(args: &CompletionArgs, commands: &mut Command, terminal: &mut Terminal) -> io::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, commands, "infra", &mut script);
    terminal.out.write_all(&script)?;
    Ok(0)
}
