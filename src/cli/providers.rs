//! `infra providers`: which providers the modules of a configuration require.

use std::io;
use std::path::Path;

use clap::Args;

use crate::cli::Terminal;
use crate::config::load::load;
use crate::views::providers_tree::providers_tree;

/// Arguments of `providers`.
#[derive(Args, Clone, Debug)]
pub struct ProvidersArgs {}

/// Prints the tree. Gives the exit status: 1 if the configuration has errors.
///
/// # Errors
/// When the output can't be written.
pub fn run(_: &ProvidersArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let loaded = load(Path::new("."));
    terminal.show(&loaded.sources, &loaded.diagnostics)?;
    match loaded.tree.filter(|_| !loaded.diagnostics.has_errors()) {
        Some(tree) => terminal.out.write_all(providers_tree(&tree).as_bytes()).map(|()| 0),
        None => Ok(1),
    }
}
