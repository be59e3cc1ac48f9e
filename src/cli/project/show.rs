//! `infra show` in a project: the states of stacks, or their saved plans.

use std::io::Write;

use smol_str::SmolStr;

use crate::cli::show::{current, write_plan_json, write_state_text};
use crate::cli::ui::{Stop, Ui};
use crate::config::project::Project;
use crate::plan::file::SavedPlan;
use crate::providers::resource_schema;
use crate::views::state_json;

/// Shows states. Gives the exit status.
///
/// # Errors
/// When one can't be read, which has been shown then.
pub fn run(project: &Project, names: &[SmolStr], as_json: bool, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    let mut written = 0;
    for name in names {
        let state = current(&project.folder(name), ui)?;
        if as_json {
            begin(name, written, ui)?;
            state_json::write(state.as_ref(), &|mode, kind| resource_schema(mode, kind), &mut ui.terminal.out)?;
            written += 1;
        } else {
            ui.heading(name)?;
            write_state_text(state, ui)?;
        }
    }
    if as_json {
        end(written, ui)?;
    }
    Ok(0)
}

/// Shows saved plans. Gives the exit status.
///
/// # Errors
/// When they can't be shown, which has been said then.
pub fn plans(saved: &[SavedPlan], as_json: bool, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    let named = saved.iter().filter_map(|plan| Some((plan.stack.as_ref()?, plan)));
    for (written, (name, saved)) in named.enumerate() {
        if as_json {
            begin(name, written, ui)?;
            write_plan_json(saved, ui)?;
        } else {
            ui.heading(name)?;
            ui.plan(&saved.plan)?;
        }
    }
    if as_json {
        end(saved.len(), ui)?;
    }
    Ok(0)
}

/// What stands before the document of a stack: they are the values of one object.
fn begin(name: &SmolStr, written: usize, ui: &mut Ui<'_>) -> Result<(), Stop> {
    let before = if written == 0 { "{\"format_version\":\"1.0\",\"stacks\":{" } else { "," };
    write!(ui.terminal.out, "{before}{}:", serde_json::Value::from(name.as_str()))?;
    Ok(())
}

fn end(written: usize, ui: &mut Ui<'_>) -> Result<(), Stop> {
    let before = if written == 0 { "{\"format_version\":\"1.0\",\"stacks\":{" } else { "" };
    writeln!(ui.terminal.out, "{before}}}}}")?;
    Ok(())
}
