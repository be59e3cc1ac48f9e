//! `infra state show`: the attributes of an instance.

use std::io;
use std::path::PathBuf;

use clap::{ArgAction, Args};

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::cli::backend::{open_store, wrong_arguments};
use crate::graph::parse_instance;
use crate::providers::resource_schema;
use crate::schema::planning::sensitive_paths;
use crate::state::ObjectStatus;
use crate::state::backend::StatePaths;
use crate::syntax::{Diagnostic, SourceMap};
use crate::views::paint::Paint;
use crate::views::state::{StateObject, write_object};

/// Arguments of `state show`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ShowArgs {
    /// Path to a state file. By default that of the current workspace
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,

    /// The address of an instance
    #[arg(value_name = "ADDRESS", num_args = 0..)]
    pub address: Vec<String>,
}

const ONE_INSTANCE: &str = "This command requires that the address references one specific instance.\nTo view the available \
                            instances, use \"terraform state list\". Please modify \nthe address to reference a specific \
                            instance.";

/// Shows an instance. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &ShowArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let [text] = args.address.as_slice() else {
        return wrong_arguments("Exactly one argument expected.", "state show", terminal);
    };
    let Ok(address) = parse_instance(text) else {
        return terminal.fail(&format!("Error parsing instance address: {text}\n\n{ONE_INSTANCE}"));
    };
    let paths = StatePaths { state: args.state.clone(), ..StatePaths::default() };
    let Some(mut store) = open_store(paths, terminal)? else { return Ok(1) };
    let Some(state) = super::read(&mut store, terminal)? else { return Ok(1) };
    let Some(object) = state.current(&address) else {
        return terminal.fail(&format!("No instance found for the given address!\n\n{ONE_INSTANCE}"));
    };
    let key = &address.resource.resource;
    let Some(schema) = resource_schema(key.mode, &key.kind) else {
        let detail = format!("No provider here has the type of {address}, and without its schema it can't be shown.");
        terminal.show(&SourceMap::default(), &Diagnostic::error("Failed to load plugin schemas", detail).into())?;
        return Ok(1);
    };
    let value = match object.value(schema.implied_type()) {
        Ok(value) => value.mark_paths(&sensitive_paths(schema, &value)),
        Err(error) => return terminal.fail(&format!("Failed to decode {address}: {error}")),
    };
    let tainted = object.status == ObjectStatus::Tainted;
    let shown = StateObject { address: &address, deposed: None, tainted, value, schema: Some(schema) };
    write_object(&shown, Paint { color: terminal.style.color }, &mut terminal.out)?;
    Ok(0)
}
