//! `infra import`: an object of the real world becomes that of a resource.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use clap::Args;
use smol_str::SmolStr;

use crate::apply::Reporter;
use crate::cli::Terminal;
use crate::cli::args::VariableFlags;
use crate::cli::backend::{LockFlags, StateFlags};
use crate::cli::plan::{Ready, ShownFlags};
use crate::cli::stack::{self, Stack};
use crate::cli::ui::{Progress, Stop, Ui, status};
use crate::config::graph::ConfigGraph;
use crate::config::module::{Mode, Module, Resource};
use crate::config::provider_of;
use crate::config::validate::schema_of;
use crate::graph::{InstanceAddress, InstanceKey, parse_instance};
use crate::lang::Value;
use crate::plan::dependencies::Dependencies;
use crate::plan::evaluate::{Configurations, Evaluator, ModuleId, Setting};
use crate::plan::imports::{has_instance, no_such_instance};
use crate::plan::{Event, EventKind, ObjectId};
use crate::providers::{Pool, ProviderConfigAddress, ReadOutcome, ReadRequest};
use crate::schema::Schema;
use crate::schema::planning::sensitive_paths;
use crate::state::{InstanceState, ObjectState, OutputState, ResourceState, State};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// Arguments of `import`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ImportArgs {
    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableFlags,

    /// Locks.
    #[command(flatten)]
    pub lock: LockFlags,

    /// States in files.
    #[command(flatten)]
    pub state: StateFlags,

    /// How things are shown.
    #[command(flatten)]
    pub shown: ShownFlags,

    /// The address of the resource instance that is to manage the object
    #[arg(value_name = "ADDRESS")]
    pub address: String,

    /// The object's id, as its provider names it
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Imports. Gives the exit status.
///
/// # Errors
/// When output can't be written.
pub fn run(args: &ImportArgs, terminal: &mut Terminal) -> io::Result<u8> {
    status(inner(args, &mut args.shown.ui(terminal)))
}

fn inner(args: &ImportArgs, ui: &mut Ui<'_>) -> Result<u8, Stop> {
    let nowhere = SourceMap::default();
    let address = parse_instance(&args.address).map_err(|problem| ui.stop(&nowhere, &problem.into()))?;
    if address.resource.resource.mode != Mode::Managed {
        let summary = "A managed resource address is required. Importing into a data resource is not allowed.";
        return Err(ui.stop(&nowhere, &Diagnostic::error(summary, "").into()));
    }
    let mut stack = Stack::load(Path::new(""), ui)?;
    let backend = stack.backend(args.state.paths(), ui)?;
    let variables = stack.variables(args.variables.with_environment(), ui)?;
    ui.check(&stack.sources, &variables.unsuitable)?;
    let (graph, order) = stack.graph(ui)?;
    let module = &address.resource.module;
    if graph.module(&module.path()).is_none() {
        let detail = format!(
            "{module} is not defined in the configuration. Please add configuration for this module before importing into \
             it."
        );
        return Err(ui.stop(&stack.sources, &Diagnostic::error("Import to non-existent module", detail).into()));
    }
    let Some(target) = Target::find(&graph, &address) else {
        return Ok(ui.terminal.fail(&missing(&address))?);
    };
    let host = stack::host(&stack.folder, SystemTime::now(), true);
    let setting = Setting {
        graph: &graph,
        host: &host,
        workspace: &stack.workspace,
        variables: &variables.values,
        applying: false,
    };
    if !has_instance(&mut Evaluator::new(setting), &address) {
        return Err(ui.stop(&stack.sources, &no_such_instance(&address).into()));
    }
    let ready =
        Ready { stack: &stack, graph: &graph, order: &order, variables: &variables, pool: Pool::of(&stack.folder) };
    let (mut store, mut state) = ready.state(&*backend, "OperationTypeImport", &args.lock, ui)?;
    let progress = ui.reporter()?;
    let mut evaluator = Evaluator::new(Setting { applying: true, ..setting });
    evaluator.expand_all(&order, &schema_of, &|address, schema| Some(object_in(&state, address, schema)));
    drop(evaluator.take_problems());
    let work = import(&target, &address, &args.id, &state, &evaluator, &ready.pool, &progress);
    let imported = stack::run(progress.during(&[&ready.pool], work))?;
    let object = match imported {
        Ok(object) => object,
        Err(mut problems) => {
            problems.extend(store.unlock());
            return Err(ui.stop(&stack.sources, &problems));
        }
    };
    let dependencies = Dependencies::new(&graph, &order);
    let object = ObjectState {
        dependencies: dependencies.for_state(&graph, target.node),
        create_before_destroy: dependencies.create_before_destroy(target.node),
        ..object
    };
    put(&mut state, &address, &target.provider_address, object);
    let mut evaluator = Evaluator::new(Setting { applying: true, ..setting });
    evaluator.expand_all(&order, &schema_of, &|address, schema| Some(object_in(&state, address, schema)));
    let outputs = outputs(&evaluator, &state);
    state.outputs = outputs;
    let mut problems = store.save_or_rescue(&mut state).err().unwrap_or_default();
    problems.extend(store.unlock());
    ui.check(&stack.sources, &problems)?;
    let paint = ui.layout().paint;
    let text = "The resources that were imported are shown above. These resources are now in\nyour Terraform state and will \
                henceforth be managed by Terraform.\n";
    writeln!(ui.terminal.out, "\n{}{}Import successful!{}\n\n{text}", paint.bold(), paint.green(), paint.reset())?;
    Ok(0)
}

/// The object of an instance: unknown if there is none.
fn object_in(state: &State, address: &InstanceAddress, schema: &Schema) -> Value {
    let object = state.current(address).and_then(|object| object.value(schema.implied_type()).ok());
    object.unwrap_or_else(|| Value::unknown(schema.implied_type().clone()))
}

/// The outputs of the root module, now that there is one object more. Those that can't be told stay as they were.
fn outputs(evaluator: &Evaluator<'_>, state: &State) -> BTreeMap<SmolStr, OutputState> {
    let graph = evaluator.graph();
    let mut outputs = BTreeMap::new();
    for (name, o) in graph.modules[0].tree.module.outputs.iter().filter(|(_, o)| !o.ephemeral) {
        let Some(node) = graph.output(0, name) else { continue };
        let value = evaluator.value(ModuleId::ROOT, node).unmark_deep().0;
        if evaluator.is_broken(node) {
            outputs.extend(state.outputs.get(name).map(|stored| (name.clone(), stored.clone())));
        } else if !value.is_null() {
            outputs.insert(name.clone(), OutputState { value: value.unknown_as_null(), sensitive: o.sensitive });
        }
    }
    outputs
}

/// What manages the object.
struct Target<'c> {
    node: petgraph::graph::NodeIndex,
    resource: &'c Resource,
    module: &'c Module,
    provider_address: ProviderConfigAddress,
}

impl<'c> Target<'c> {
    fn find(graph: &ConfigGraph<'c>, address: &InstanceAddress) -> Option<Self> {
        let module = graph.module(&address.resource.module.path())?;
        let node = graph.resource(module, &address.resource.resource)?;
        let resource = graph.modules[module].tree.module.resources.get(&address.resource.resource)?;
        let provider_address = provider_of::configuration(graph, module, resource);
        Some(Target { node, resource, module: &graph.modules[module].tree.module, provider_address })
    }
}

fn missing(address: &InstanceAddress) -> String {
    let key = &address.resource.resource;
    let module = match address.resource.module.is_root() {
        true => "the root module".to_owned(),
        false => address.resource.module.to_string(),
    };
    format!(
        "Error: resource address {:?} does not exist in the configuration.\n\nBefore importing this resource, please create its \
         configuration in {module}. For example:\n\nresource {:?} {:?} {{\n  # (resource arguments)\n}}\n",
        address.to_string(),
        key.kind.as_str(),
        key.name.as_str()
    )
}

async fn import(
    target: &Target<'_>,
    address: &InstanceAddress,
    id: &str,
    state: &State,
    evaluator: &Evaluator<'_>,
    pool: &Pool,
    progress: &Progress,
) -> Result<ObjectState, Diagnostics> {
    if state.current(address).is_some() {
        let detail = format!(
            "Terraform is already managing a remote object for {address}. To import to this address you must first remove \
             the existing object from the state."
        );
        return Err(Diagnostic::error("Resource already managed by Terraform", detail).into());
    }
    let kind = &target.resource.key.kind;
    let (provider, problems) = Configurations::new(pool).get(evaluator, &target.provider_address);
    let Some(provider) = provider else { return Err(problems) };
    let Some(schema) = schema_of(target.resource) else {
        return Err(provider_of::unsupported_type(target.module, target.resource).into());
    };
    let (is_ready, problems) = provider.ready().await;
    if !is_ready {
        return Err(problems);
    }
    let tell = |kind| progress.report(Event { address: address.clone(), deposed: None, kind });
    let say = |text: String| progress.say(&text);
    say(format!("{address}: Importing from ID {id:?}..."));
    let imported = provider.import(kind, id).await;
    if imported.diagnostics.has_errors() || imported.value.is_null() {
        return Err(imported.diagnostics);
    }
    say(format!("{address}: Import prepared!\n  Prepared {kind} for import"));
    tell(EventKind::RefreshStart { id: ObjectId::of(&imported.value) });
    let request = ReadRequest {
        kind: kind.clone(),
        address: address.to_string().into(),
        prior: imported.value,
        private: imported.private,
    };
    let response = provider.read(vec![request]).await.pop();
    let (outcome, private, problems) = match response {
        Some(response) => (response.outcome, response.private, response.diagnostics),
        None => (ReadOutcome::Failed, None, Diagnostics::new()),
    };
    match outcome {
        ReadOutcome::Found(value) if !problems.has_errors() => {
            let value: Value = value.mark_paths(&sensitive_paths(schema, &value));
            let object = ObjectState::new(&value, schema.implied_type(), schema.version).map_err(|e| {
                Diagnostics::from(Diagnostic::error("Provider produced invalid object", format!("{address}: {e}.")))
            })?;
            Ok(ObjectState { private, ..object })
        }
        ReadOutcome::Gone => {
            let detail = format!(
                "While attempting to import an existing object to {:?}, the provider detected that no object exists with the \
                 given id. Only pre-existing objects can be imported; check that the id is correct and that it is associated \
                 with the provider's configured region or endpoint, or use \"infra apply\" to create a new remote object for \
                 this resource.",
                address.to_string()
            );
            Err(Diagnostic::error("Cannot import non-existent remote object", detail).into())
        }
        _ => Err(problems),
    }
}

fn put(state: &mut State, address: &InstanceAddress, provider: &ProviderConfigAddress, object: ObjectState) {
    let resource = state
        .resources
        .entry(Arc::clone(&address.resource))
        .or_insert_with(|| ResourceState { provider: provider.clone(), instances: Default::default() });
    let key: InstanceKey = address.key.clone();
    let instance: &mut InstanceState = resource.instances.entry(key).or_default();
    instance.current = Some(Arc::new(object));
}
