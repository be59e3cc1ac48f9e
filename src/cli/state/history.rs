//! `infra state history`: which earlier states there are.

use std::io::{self, Write};

use clap::Args;

use crate::cli::Terminal;
use crate::cli::backend::open_store;
use crate::state::backend::StatePaths;

/// Arguments of `state history`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct HistoryArgs {}

/// Lists earlier states. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(_: &HistoryArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let Some(store) = open_store(StatePaths::default(), terminal)? else { return Ok(1) };
    let revisions = match store.history() {
        Ok(revisions) => revisions,
        Err(error) => return terminal.fail(&format!("Failed to load history: {error}")),
    };
    if revisions.is_empty() {
        writeln!(terminal.out, "There are no earlier states.")?;
        return Ok(0);
    }
    let width = revisions.iter().map(|r| r.id.len()).max().unwrap_or(0).max(2);
    writeln!(terminal.out, "{:<width$}  {:>6}  {:>10}  REPLACED", "ID", "SERIAL", "BYTES")?;
    for revision in revisions {
        let replaced = jiff::Timestamp::from_second(revision.replaced).unwrap_or_default();
        let replaced = replaced.strftime("%Y-%m-%d %H:%M:%S UTC");
        writeln!(terminal.out, "{:<width$}  {:>6}  {:>10}  {replaced}", revision.id, revision.serial, revision.size)?;
    }
    Ok(0)
}
