//! `infra version`: which version this is, and what it is compatible with.

use std::io;

use clap::{ArgAction, Args};
use serde_json::json;

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::config::version::COMPATIBLE_VERSION;
use crate::views::json;

/// Arguments of `version`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct VersionArgs {
    /// Output the version information as a JSON object
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,
}

/// Prints the version.
///
/// # Errors
/// When it can't be written.
pub fn run(args: &VersionArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let own = env!("CARGO_PKG_VERSION");
    let platform = platform();
    if args.json {
        // What programs look at is the version of the language and formats.
        let version = json!({
            "terraform_version": COMPATIBLE_VERSION,
            "platform": platform,
            "provider_selections": {},
            "terraform_outdated": false,
            "infra_version": own,
        });
        writeln!(terminal.out, "{}", json::pretty(&version))?;
    } else {
        writeln!(terminal.out, "Infra v{own}\non {platform}\ncompatible with Terraform v{COMPATIBLE_VERSION}")?;
    }
    Ok(0)
}

/// Operating system and processor, by the names that are usual for downloads.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        system => system,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        processor => processor,
    };
    format!("{system}_{processor}")
}
