//! `infra output` in a project: outputs of stacks.

use std::io::{self, Write};

use smol_str::SmolStr;

use crate::cli::Terminal;
use crate::cli::output::{OutputArgs, all_as_json, as_text, write_outputs};
use crate::cli::show::current;
use crate::cli::ui::{Ui, status};
use crate::config::project::Project;
use crate::state::value_json::{indent, write_string};

/// Prints the outputs of all stacks, of one, or one of those: `output`, `output STACK`, `output STACK NAME`. Gives the exit
/// status.
///
/// # Errors
/// When output can't be written.
pub fn run(project: &Project, args: &OutputArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let [stack, rest @ ..] = args.name.as_slice() else { return all(project, args, terminal) };
    if !project.stacks.iter().any(|known| known == stack.as_str()) {
        return terminal.fail(&format!(
            "There is no stack {stack:?} in this project. An output of a stack is shown by \"infra output STACK NAME\"."
        ));
    }
    let state = {
        let ui = &mut Ui { terminal, json: false, compact_warnings: false, input: false, stack: None };
        match current(&project.folder(stack), ui) {
            Ok(state) => state.unwrap_or_default(),
            Err(stop) => return status(Err(stop)),
        }
    };
    write_outputs(&state, rest.first().map(String::as_str), args, terminal)
}

fn all(project: &Project, args: &OutputArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let mut compact = String::from("{");
    for (i, name) in project.stacks.iter().enumerate() {
        let ui = &mut Ui { terminal: &mut *terminal, json: false, compact_warnings: false, input: false, stack: None };
        let state = match current(&project.folder(name), ui) {
            Ok(state) => state.unwrap_or_default(),
            Err(stop) => return status(Err(stop)),
        };
        if args.json {
            compact.push_str(if i > 0 { "," } else { "" });
            write_string(name, &mut compact);
            compact.push(':');
            compact.push_str(&all_as_json(&state)?);
        } else {
            heading(name, terminal)?;
            write!(terminal.out, "{}", as_text(&state))?;
        }
    }
    if args.json {
        compact.push('}');
        let mut text = String::new();
        indent(&compact, 0, &mut text);
        writeln!(terminal.out, "{text}")?;
    }
    Ok(0)
}

fn heading(name: &SmolStr, terminal: &mut Terminal) -> io::Result<()> {
    let heading = terminal.style.bold(&format!("Stack {name}"));
    writeln!(terminal.out, "{heading}")
}
