//! `infra validate` in a project.

use std::io::{self, Write};

use serde_json::{Map, Value as Json, json};
use smol_str::SmolStr;

use crate::cli::Terminal;
use crate::cli::validate::{json_report, write_text};
use crate::config::files::Recorder;
use crate::config::host::FileHost;
use crate::config::load::load_from;
use crate::config::project::Project;
use crate::config::validate::validate;
use crate::views::json;

/// Validates stacks. Gives the exit status: 1 if there are errors.
///
/// # Errors
/// When output can't be written.
pub fn run(project: &Project, names: &[SmolStr], as_json: bool, terminal: &mut Terminal) -> io::Result<u8> {
    let mut is_valid = true;
    let mut reports = Map::new();
    for name in names {
        let folder = project.folder(name);
        let loaded = load_from(".".as_ref(), &Recorder::of(&folder));
        let problems = validate(&loaded, &FileHost { folder, ..FileHost::default() });
        is_valid &= !problems.has_errors();
        if as_json {
            reports.insert(name.to_string(), json_report(&loaded.sources, &problems));
        } else {
            writeln!(terminal.out, "{}", terminal.style.bold(&format!("Stack {name}")))?;
            terminal.out.flush()?;
            write_text(&loaded.sources, &problems, terminal)?;
        }
    }
    if as_json {
        let report = json!({"format_version": "1.0", "valid": is_valid, "stacks": Json::Object(reports)});
        writeln!(terminal.out, "{}", json::pretty(&report))?;
    }
    Ok(u8::from(!is_valid))
}
