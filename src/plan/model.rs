//! The plan as data: immutable, complete, and the same for the same input.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::graph::{InstanceAddress, ResourceAddress};
use crate::lang::{Path, Value};
use crate::providers::ProviderConfigAddress;
use crate::state::{CheckState, State};

/// What a plan is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanMode {
    /// Make the world as the configuration says.
    #[default]
    Normal,
    /// Destroy everything.
    Destroy,
    /// Only take note of what has changed outside.
    RefreshOnly,
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is created.
    Create,
    /// It is read during apply (data sources only).
    Read,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// It is destroyed, then created anew.
    DeleteThenCreate,
    /// A new one is created, then the old one destroyed.
    CreateThenDelete,
    /// It stays, but is no longer managed.
    Forget,
}

impl Action {
    /// Whether it is a replacement, in either order.
    #[must_use]
    pub fn is_replace(self) -> bool {
        matches!(self, Action::DeleteThenCreate | Action::CreateThenDelete)
    }
}

/// Why an action was chosen, where that isn't plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// `replace_because_cannot_update`
    ReplaceBecauseCannotUpdate,
    /// `replace_because_tainted`
    ReplaceBecauseTainted,
    /// `replace_by_request`
    ReplaceByRequest,
    /// `replace_by_triggers`
    ReplaceByTriggers,
    /// `delete_because_no_resource_config`
    DeleteBecauseNoResourceConfig,
    /// `delete_because_wrong_repetition`
    DeleteBecauseWrongRepetition,
    /// `delete_because_count_index`
    DeleteBecauseCountIndex,
    /// `delete_because_each_key`
    DeleteBecauseEachKey,
    /// `delete_because_no_module`
    DeleteBecauseNoModule,
    /// `delete_because_no_move_target`
    DeleteBecauseNoMoveTarget,
    /// `read_because_config_unknown`
    ReadBecauseConfigUnknown,
    /// `read_because_dependency_pending`
    ReadBecauseDependencyPending,
    /// `read_because_check_nested`
    ReadBecauseCheckNested,
}

/// That an object is imported.
#[derive(Clone, Debug, PartialEq)]
pub struct Importing {
    /// Its id for the provider.
    pub id: SmolStr,
}

/// A value before and after. Sensitive parts are marked, by the configuration or because the schema
/// says so; what is not known yet is unknown.
#[derive(Clone, Debug)]
pub struct Change {
    /// What happens.
    pub action: Action,
    /// The value now; null if there is none.
    pub before: Value,
    /// The value afterwards; null if there will be none.
    pub after: Value,
}

/// A change of an object. No-ops are listed, too.
#[derive(Clone, Debug)]
pub struct ResourceChange {
    /// Where it is.
    pub address: InstanceAddress,
    /// Where it was before, if that is another address.
    pub previous_address: Option<InstanceAddress>,
    /// The key of a deposed object.
    pub deposed: Option<SmolStr>,
    /// The provider configuration that does it.
    pub provider: ProviderConfigAddress,
    /// The values.
    pub change: Change,
    /// Why.
    pub reason: Option<Reason>,
    /// The attributes that force a replacement.
    pub replace_paths: Vec<Path>,
    /// The object is imported first.
    pub importing: Option<Importing>,
    /// Configuration written for an import without one.
    pub generated_config: Option<Arc<str>>,
    /// What the provider wants to see again when the change is applied, base64.
    pub private: Option<SmolStr>,
    /// Replacements are created before the old object is destroyed.
    pub create_before_destroy: bool,
}

/// A change of an output of the root module.
#[derive(Clone, Debug)]
pub struct OutputChange {
    /// The output's name.
    pub name: SmolStr,
    /// The values: marked if sensitive.
    pub change: Change,
    /// `sensitive`, in the configuration or, for one that is gone, before.
    pub sensitive: bool,
}

impl OutputChange {
    /// Whether a value before or after is not to be shown.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.sensitive || self.change.before.is_sensitive()
    }
}

/// The value of a root module's variable.
#[derive(Clone, Debug)]
pub struct PlannedVariable {
    /// Its value, marked if sensitive or ephemeral.
    pub value: Value,
    /// Nobody gave a value: it is the default.
    pub is_default: bool,
}

/// An attribute of a resource that the plan's result was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct RelevantAttribute {
    /// The resource, as `module.a.terraform_data.x[0]`: with the instance where the reference names one.
    pub resource: SmolStr,
    /// The attribute.
    pub attribute: Path,
}

/// A step of an apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// Creates the object of a change (an index into [`Plan::changes`]).
    Create(u32),
    /// Changes it in place.
    Update(u32),
    /// Destroys the object, for a replacement the old one.
    Destroy(u32),
    /// Reads a data source.
    Read(u32),
    /// Takes it out of state.
    Forget(u32),
    /// Takes over what the plan found: an import, a move, a refreshed value. Nothing is called.
    Adopt(u32),
    /// Nothing: something to wait for that stands for many.
    Milestone,
    /// Evaluates an output of the root module (an index into [`Plan::outputs`]).
    Output(u32),
    /// Evaluates conditions that could not be decided before, of the block with this index in
    /// [`Plan::checks`].
    Check(u32),
    /// Takes over what has become of outputs of another stack (an index into [`Plan::awaited`]).
    Await(u32),
}

/// That a data source reads the outputs of a stack that is planned together with this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The data source's instance.
    pub address: InstanceAddress,
    /// The other stack.
    pub stack: SmolStr,
}

/// Outputs of another stack that something waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Awaited {
    /// The other stack.
    pub stack: SmolStr,
    /// The output; all of them, if none is named.
    pub output: Option<SmolStr>,
}

/// A step of an apply with what it waits for.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What is done.
    pub kind: OperationKind,
    /// Indices of operations that must have ended well before.
    pub after: Vec<u32>,
}

/// Everything that will happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What it is for.
    pub mode: PlanMode,
    /// When it was begun.
    pub started: SystemTime,
    /// The workspace that it is for.
    pub workspace: SmolStr,
    /// The root module's variables, in order of declaration.
    pub variables: IndexMap<SmolStr, PlannedVariable>,
    /// `-target`, as written.
    pub targets: Vec<SmolStr>,
    /// `-exclude`, as written.
    pub excludes: Vec<SmolStr>,
    /// `-replace`, as written.
    pub forced: Vec<SmolStr>,
    /// The state as it was read.
    pub previous: State,
    /// That state after moves and refreshing: what apply starts from. Lineage and serial are those of `previous`.
    pub prior: State,
    /// Changes of objects, sorted by address; deposed objects after the current one.
    pub changes: Vec<ResourceChange>,
    /// What has changed outside, sorted likewise: update, delete, or no-op with a previous address for a move.
    pub drift: Vec<ResourceChange>,
    /// Changes of outputs, sorted by name. No-ops are listed, too.
    pub outputs: Vec<OutputChange>,
    /// Checks and conditions.
    pub checks: Vec<CheckState>,
    /// What the result was made from.
    pub relevant: Vec<RelevantAttribute>,
    /// The steps, each after those that it waits for.
    pub operations: Vec<Operation>,
    /// The step after which an output of the root module is what it will be, for those that are not yet.
    pub output_steps: BTreeMap<SmolStr, u32>,
    /// What is read from stacks that are planned together with this one.
    pub links: Vec<Link>,
    /// What is waited for in those.
    pub awaited: Vec<Awaited>,
    /// Planning did not come to an end, because of errors.
    pub errored: bool,
    /// There is something to apply.
    pub applyable: bool,
    /// Nothing is left out: no targets, nothing deferred.
    pub complete: bool,
}

impl Plan {
    /// The address of a resource with changes, for lookups.
    #[must_use]
    pub fn change_of(&self, resource: &Arc<ResourceAddress>) -> &[ResourceChange] {
        let start = self.changes.partition_point(|c| c.address.resource < *resource);
        let length = self.changes[start..].partition_point(|c| c.address.resource == *resource);
        &self.changes[start..start + length]
    }
}
