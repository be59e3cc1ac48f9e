//! `infra state replace-provider`: assigns resources to another provider.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use clap::{ArgAction, Args};
use smol_str::SmolStr;

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::cli::backend::{LockFlags, lock, open_store, wrong_arguments};
use crate::config::decode::provider_address;
use crate::state::State;
use crate::syntax::quote::quoted;
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// Arguments of `state replace-provider`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ReplaceProviderArgs {
    /// Skip interactive approval
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub auto_approve: bool,

    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// Path of the state file to change. By default that of the current workspace
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,

    /// Path where the state is kept as it was before
    #[arg(long, value_name = "PATH")]
    pub backup: Option<PathBuf>,

    /// The provider that is replaced, and that which replaces it: hashicorp/aws
    #[arg(value_name = "PROVIDER", num_args = 0..)]
    pub providers: Vec<String>,
}

/// Assigns resources to another provider. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &ReplaceProviderArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let [from, to] = args.providers.as_slice() else {
        return wrong_arguments("Exactly two arguments expected.", "state replace-provider", terminal);
    };
    let mut wrong = Diagnostics::new();
    let mut parse = |which: &str, text: &String| match provider_address(text) {
        Ok(address) => address,
        Err((summary, detail)) => {
            let title = format!("Invalid {which} provider {}", quoted(text));
            wrong.push(Diagnostic::error(title, format!("{summary}: {detail}")));
            SmolStr::default()
        }
    };
    let (from, to) = (parse("\"from\"", from), parse("\"to\"", to));
    if wrong.has_errors() {
        terminal.show(&SourceMap::default(), &wrong)?;
        return Ok(1);
    }
    let Some(mut store) = open_store(super::paths(&args.state, &args.backup), terminal)? else { return Ok(1) };
    if !lock(&mut store, &args.lock, "state-replace-provider", terminal)? {
        return Ok(1);
    }
    let Some(mut state) = super::read(&mut store, terminal)? else { return Ok(1) };
    let count = replace(&mut state, &from, &to, terminal)?;
    if count == 0 {
        writeln!(terminal.out, "No matching resources found.")?;
        return Ok(0);
    }
    if !args.auto_approve && !approved(terminal)? {
        return Ok(0);
    }
    let status = super::save(&mut store, &mut state, terminal)?;
    if status == 0 {
        writeln!(terminal.out, "\nSuccessfully replaced provider for {count} resources.")?;
    }
    Ok(status)
}

/// Replaces the provider in the state and says where. How often.
fn replace(state: &mut State, from: &SmolStr, to: &SmolStr, terminal: &mut Terminal) -> io::Result<usize> {
    let mut matching: Vec<_> = state.resources.iter_mut().filter(|(_, r)| r.provider.provider == *from).collect();
    if matching.is_empty() {
        return Ok(0);
    }
    let out = &mut terminal.out;
    writeln!(
        out,
        "Terraform will perform the following actions:\n\n  ~ Updating provider:\n    - {from}\n    + {to}\n"
    )?;
    writeln!(out, "Changing {} resources:\n", matching.len())?;
    for (address, resource) in &mut matching {
        writeln!(out, "  {address}")?;
        resource.provider.provider = to.clone();
    }
    Ok(matching.len())
}

/// Asks. What isn't yes is no.
fn approved(terminal: &mut Terminal) -> io::Result<bool> {
    let question = "Do you want to make these changes?";
    let question = terminal.style.bold(question);
    write!(terminal.out, "\n{question}\nOnly 'yes' will be accepted to continue.\n\nEnter a value: ")?;
    terminal.out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let yes = answer.trim() == "yes";
    if !yes {
        writeln!(terminal.out, "Cancelled replacing providers.")?;
    }
    Ok(yes)
}
