//! What is in a saved plan, as it is written. A change here is a new version of the format.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::value::{Tokens, TypeDef};
use crate::plan::{Action, PlanMode, Reason};
use crate::state::CheckStatus;
use crate::state::wire::{Config, Key, Object, Provider, Resource, Step};

/// A part of the file. Numbers refer to earlier frames of the kind in question, counted from zero.
#[derive(Serialize, Deserialize)]
pub(super) enum Frame {
    Head(Head),
    Folder(PathBuf),
    File(PathBuf, Vec<u8>),
    Variable(SmolStr, Option<Tokens>, bool),
    Type(TypeDef),
    Resource(Resource),
    Provider(Provider),
    Dependencies(Vec<Config>),
    /// An object of a state; its dependencies are in the frame with this number.
    Object(Object, u32),
    /// What follows belongs to this state: previous, then prior.
    State(StateHead),
    OutputState(SmolStr, Tokens, bool),
    Instance(Instance),
    Change(Box<Change>),
    Drift(Box<Change>),
    OutputChange {
        name: SmolStr,
        values: Values,
        sensitive: bool,
    },
    Check(Check),
    Relevant(SmolStr, Vec<Step>),
    /// The data source's instance and the stack that it reads.
    Link(u32, Key, SmolStr),
    /// A stack, and an output of it.
    Awaited(SmolStr, Option<SmolStr>),
    /// An output, and the step after which it is what it will be.
    OutputStep(SmolStr, u32),
    Operation {
        kind: Kind,
        after: Vec<u32>,
    },
    /// The last one: so many there were before.
    End(u64),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    pub version: SmolStr,
    pub stack: Option<SmolStr>,
    pub root: PathBuf,
    pub backend: (SmolStr, String, u64),
    pub mode: u8,
    /// Seconds and nanoseconds since 1970.
    pub started: (u64, u32),
    pub workspace: SmolStr,
    pub targets: Vec<SmolStr>,
    pub excludes: Vec<SmolStr>,
    pub forced: Vec<SmolStr>,
    pub errored: bool,
    pub applyable: bool,
    pub complete: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StateHead {
    pub terraform_version: SmolStr,
    pub serial: u64,
    pub lineage: SmolStr,
    pub checks: Option<Vec<Check>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Instance {
    pub resource: u32,
    pub provider: u32,
    pub key: Key,
    pub current: Option<u32>,
    pub deposed: Vec<(SmolStr, u32)>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Values {
    pub action: u8,
    pub before: Tokens,
    /// None if it is the same.
    pub after: Option<Tokens>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Change {
    pub resource: u32,
    pub key: Key,
    pub previous: Option<(u32, Key)>,
    pub deposed: Option<SmolStr>,
    pub provider: u32,
    pub values: Values,
    pub reason: Option<u8>,
    pub replace_paths: Vec<Vec<Step>>,
    pub importing: Option<SmolStr>,
    pub generated_config: Option<String>,
    pub private: Option<SmolStr>,
    pub create_before_destroy: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Check {
    pub kind: SmolStr,
    pub config_address: SmolStr,
    pub status: u8,
    pub objects: Vec<(SmolStr, u8, Vec<String>)>,
}

#[derive(Serialize, Deserialize)]
pub(super) enum Kind {
    Create(u32),
    Update(u32),
    Destroy(u32),
    Read(u32),
    Forget(u32),
    Adopt(u32),
    Milestone,
    Output(u32),
    Check(u32),
    Await(u32),
}

/// What has no data is written as its place in one of these lists.
pub(super) const MODES: &[PlanMode] = &[PlanMode::Normal, PlanMode::Destroy, PlanMode::RefreshOnly];
pub(super) const ACTIONS: &[Action] = &[
    Action::NoOp,
    Action::Create,
    Action::Read,
    Action::Update,
    Action::Delete,
    Action::DeleteThenCreate,
    Action::CreateThenDelete,
    Action::Forget,
];
pub(super) const REASONS: &[Reason] = &[
    Reason::ReplaceBecauseCannotUpdate,
    Reason::ReplaceBecauseTainted,
    Reason::ReplaceByRequest,
    Reason::ReplaceByTriggers,
    Reason::DeleteBecauseNoResourceConfig,
    Reason::DeleteBecauseWrongRepetition,
    Reason::DeleteBecauseCountIndex,
    Reason::DeleteBecauseEachKey,
    Reason::DeleteBecauseNoModule,
    Reason::DeleteBecauseNoMoveTarget,
    Reason::ReadBecauseConfigUnknown,
    Reason::ReadBecauseDependencyPending,
    Reason::ReadBecauseCheckNested,
];
pub(super) const STATUSES: &[CheckStatus] =
    &[CheckStatus::Pass, CheckStatus::Fail, CheckStatus::Error, CheckStatus::Unknown];

/// The code of something in a list.
pub(super) fn code<T: PartialEq>(list: &[T], item: &T) -> u8 {
    // Not in the list: nothing that can be read back.
    list.iter().position(|known| known == item).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

/// What a code stands for.
pub(super) fn decode<T: Copy>(list: &[T], code: u8) -> Option<T> {
    list.get(usize::from(code)).copied()
}
