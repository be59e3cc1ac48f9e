//! `infra state mv`: gives things in the state other addresses.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgAction, Args};

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::cli::backend::{LockFlags, lock, open_store, wrong_arguments};
use crate::config::module::Mode;
use crate::graph::{ConfigAddress, InstanceAddress, InstanceKey, ModuleAddress, ResourceAddress, Target, parse_target};
use crate::state::{ObjectState, State};
use crate::syntax::quote::quoted;
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// Arguments of `state mv`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct MvArgs {
    /// Print what would have been moved, and change nothing
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub dry_run: bool,

    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// Path of the state file to change. By default that of the current workspace
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,

    /// Path of another state file to move to
    #[arg(long, value_name = "PATH")]
    pub state_out: Option<PathBuf>,

    /// Path where the state is kept as it was before
    #[arg(long, value_name = "PATH")]
    pub backup: Option<PathBuf>,

    /// Path where the other state is kept as it was before
    #[arg(long, value_name = "PATH")]
    pub backup_out: Option<PathBuf>,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,

    /// The address to move from, and that to move to
    #[arg(value_name = "ADDRESS", num_args = 0..)]
    pub addresses: Vec<String>,
}

/// Moves. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &MvArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let [from, to] = args.addresses.as_slice() else {
        return wrong_arguments("Exactly two arguments expected.", "state mv", terminal);
    };
    let Some(mut store) = open_store(super::paths(&args.state, &args.backup), terminal)? else { return Ok(1) };
    if !lock(&mut store, &args.lock, "state-mv", terminal)? {
        return Ok(1);
    }
    let Some(mut state) = super::read(&mut store, terminal)? else { return Ok(1) };
    let mut other = match &args.state_out {
        None => None,
        out => {
            let Some(mut other) = open_store(super::paths(out, &args.backup_out), terminal)? else { return Ok(1) };
            if !lock(&mut other, &args.lock, "state-mv", terminal)? {
                return Ok(1);
            }
            match other.read() {
                Ok(read) => Some((other, read.unwrap_or_default())),
                Err(error) => return terminal.fail(&format!("Failed to load state: {error}")),
            }
        }
    };
    let moved = parse_move(&state, from, to).and_then(|what| {
        what.apply(&mut state, other.as_mut().map(|(_, state)| state))?;
        Ok(what)
    });
    let what = match moved {
        Ok(what) => what,
        Err(Refusal::Diagnostics(problems)) => {
            terminal.show(&SourceMap::default(), &problems)?;
            return Ok(1);
        }
        Err(Refusal::Text(text)) => return terminal.fail(&text),
    };
    let verb = if args.dry_run { "Would move" } else { "Move" };
    writeln!(terminal.out, "{verb} {} to {}", quoted(&what.from().to_string()), quoted(&what.to().to_string()))?;
    if args.dry_run {
        return Ok(0);
    }
    // Where it goes to comes first: a failure in between leaves it twice rather than nowhere.
    if let Some((store, state)) = &mut other {
        let status = super::save(store, state, terminal)?;
        if status != 0 {
            return Ok(status);
        }
    }
    let status = super::save(&mut store, &mut state, terminal)?;
    if status == 0 {
        writeln!(terminal.out, "Successfully moved 1 object(s).")?;
    }
    Ok(status)
}

/// Why nothing is moved.
enum Refusal {
    Diagnostics(Diagnostics),
    Text(String),
}

impl From<Diagnostic> for Refusal {
    fn from(diagnostic: Diagnostic) -> Self {
        Refusal::Diagnostics(diagnostic.into())
    }
}

impl From<Diagnostics> for Refusal {
    fn from(diagnostics: Diagnostics) -> Self {
        Refusal::Diagnostics(diagnostics)
    }
}

/// What moves where.
enum Move {
    Module(ModuleAddress, ModuleAddress),
    Resource(ResourceAddress, ResourceAddress),
    Instance(InstanceAddress, InstanceAddress),
}

const SOURCE: &str = "Invalid source address";
const TARGET: &str = "Invalid target address";

fn parse_move(state: &State, from: &str, to: &str) -> Result<Move, Refusal> {
    let (from, to) = (parse_target(from)?, parse_target(to)?);
    let refuse = |summary: &str, detail: String| Err(Diagnostic::error(summary, detail).into());
    let is_there = match &from {
        Target::Module(module) => state.resources.keys().any(|r| within(&r.module, module)),
        Target::Resource(resource) => state.resources.contains_key(resource),
        Target::Instance(_) => true,
    };
    if !is_there {
        return refuse(SOURCE, format!("Cannot move {from}: does not match anything in the current state."));
    }
    // An address without key means an instance where there is one without, or where the other is one.
    let single = |resource: &ResourceAddress| {
        state.resources.get(resource).is_some_and(|r| r.instances.contains_key(&InstanceKey::None))
    };
    let instance = |resource: ResourceAddress| Arc::new(resource).instance(InstanceKey::None);
    let from = match (from, &to) {
        (Target::Resource(resource), Target::Instance(_) | Target::Module(_)) if single(&resource) => {
            Target::Instance(instance(resource))
        }
        (from, _) => from,
    };
    match (from, to) {
        (Target::Module(from), Target::Module(to)) => Ok(Move::Module(from, to)),
        (Target::Module(from), to) => {
            refuse(TARGET, format!("Cannot move {from} to {to}: the target must also be a module."))
        }
        (Target::Resource(from), Target::Resource(to)) => Ok(Move::Resource(from, to)),
        (Target::Resource(from), to) => refuse(
            TARGET,
            format!(
                "Cannot move {from} to {to}: the source is a whole resource (not a resource instance) so the target must \
                 also be a whole resource."
            ),
        ),
        (Target::Instance(from), Target::Instance(to)) => Ok(Move::Instance(from, to)),
        (Target::Instance(from), Target::Resource(to)) => Ok(Move::Instance(from, instance(to))),
        (Target::Instance(from), to @ Target::Module(_)) => {
            refuse(TARGET, format!("Cannot move {from} to {to}: the target must also be a resource instance."))
        }
    }
}

/// Whether a module is another one or somewhere in it.
fn within(module: &ModuleAddress, outer: &ModuleAddress) -> bool {
    module.steps().starts_with(outer.steps())
}

impl Move {
    fn from(&self) -> &dyn std::fmt::Display {
        match self {
            Move::Module(from, _) => from,
            Move::Resource(from, _) => from,
            Move::Instance(from, _) => from,
        }
    }

    fn to(&self) -> &dyn std::fmt::Display {
        match self {
            Move::Module(_, to) => to,
            Move::Resource(_, to) => to,
            Move::Instance(_, to) => to,
        }
    }

    /// Moves from one state to another, or within one.
    fn apply(&self, state: &mut State, other: Option<&mut State>) -> Result<(), Refusal> {
        match self {
            Move::Module(from, to) => move_module(from, to, state, other),
            Move::Resource(from, to) => {
                check_kinds(from, to, &from, &to)?;
                move_resource(from, to, state, other)
            }
            Move::Instance(from, to) => {
                check_kinds(&from.resource, &to.resource, from, to)?;
                move_instance(from, to, state, other)
            }
        }
    }
}

fn check_kinds(
    from: &ResourceAddress,
    to: &ResourceAddress,
    shown_from: &dyn std::fmt::Display,
    shown_to: &dyn std::fmt::Display,
) -> Result<(), Diagnostics> {
    let kinds = (from.resource.kind != to.resource.kind).then_some("resource types don't match.");
    let modes = match (from.resource.mode, to.resource.mode) {
        (Mode::Managed, Mode::Data | Mode::Ephemeral) => {
            Some("a managed resource can be moved only to another managed resource address.")
        }
        (Mode::Data, Mode::Managed | Mode::Ephemeral) => {
            Some("a data resource can be moved only to another data resource address.")
        }
        _ => None,
    };
    let refuse = |wrong| {
        Diagnostic::error("Invalid state move request", format!("Cannot move {shown_from} to {shown_to}: {wrong}"))
    };
    let problems: Diagnostics = kinds.into_iter().chain(modes).map(refuse).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn occupied(to: &dyn std::fmt::Display, what: &str) -> Refusal {
    let detail = format!("Cannot move to {to}: there is already {what} at that address in the current state.");
    Diagnostic::error(TARGET, detail).into()
}

fn move_module(
    from: &ModuleAddress,
    to: &ModuleAddress,
    state: &mut State,
    other: Option<&mut State>,
) -> Result<(), Refusal> {
    let exists = |state: &State| state.resources.keys().any(|r| r.module == *to);
    if other.as_deref().map_or_else(|| exists(state), exists) {
        return Err(Refusal::Text(
            "Error moving state: destination module already exists\n\nPlease ensure your addresses and state paths are \
             valid. No\nstate was persisted. Your existing states are untouched."
                .into(),
        ));
    }
    let all = std::mem::take(&mut state.resources);
    let (moving, staying): (Vec<_>, Vec<_>) = all.into_iter().partition(|(r, _)| within(&r.module, from));
    state.resources = staying.into_iter().collect();
    let renamed = moving.into_iter().map(|(address, resource)| {
        let steps = [to.steps(), &address.module.steps()[from.steps().len()..]].concat();
        let module = ModuleAddress::new(steps);
        (Arc::new(ResourceAddress { module, resource: address.resource.clone() }), resource)
    });
    other.unwrap_or(state).resources.extend(renamed);
    Ok(())
}

fn move_resource(
    from: &ResourceAddress,
    to: &ResourceAddress,
    state: &mut State,
    other: Option<&mut State>,
) -> Result<(), Refusal> {
    if other.as_deref().unwrap_or(state).resources.contains_key(to) {
        return Err(occupied(to, "a resource"));
    }
    if let Some(resource) = state.resources.remove(from) {
        forget_dependencies(&from.config(), state);
        other.unwrap_or(state).resources.insert(Arc::new(to.clone()), resource);
    }
    Ok(())
}

/// What depends on something that is moved no longer has a true list of dependencies. As in Terraform it has
/// none then, until the next apply finds them out again.
fn forget_dependencies(moved: &ConfigAddress, state: &mut State) {
    let names_it = |object: &Arc<ObjectState>| object.dependencies.contains(moved);
    for instance in state.resources.values_mut().flat_map(|resource| resource.instances.values_mut()) {
        for object in instance.current.iter_mut().chain(instance.deposed.values_mut()).filter(|o| names_it(o)) {
            Arc::make_mut(object).dependencies = Arc::default();
        }
    }
}

fn move_instance(
    from: &InstanceAddress,
    to: &InstanceAddress,
    state: &mut State,
    other: Option<&mut State>,
) -> Result<(), Refusal> {
    if state.instance(from).is_none() {
        let detail = format!("The current state does not contain {from}.");
        return Err(Diagnostic::error(SOURCE, detail).into());
    }
    if other.as_deref().unwrap_or(state).instance(to).is_some() {
        return Err(occupied(to, "a resource instance"));
    }
    let provider = state.resources.get(&from.resource).map(|resource| resource.provider.clone());
    let (Some(instance), Some(provider)) = (super::rm::remove(state, from), provider) else { return Ok(()) };
    forget_dependencies(&from.resource.config(), state);
    let entry = other.unwrap_or(state).resources.entry(Arc::clone(&to.resource));
    let resource = entry.or_insert_with(|| crate::state::ResourceState { provider, instances: Default::default() });
    resource.instances.insert(to.key.clone(), instance);
    Ok(())
}
