//! Planning: what has to happen so that the world becomes what the configuration says. The result
//! is data, which `apply` executes and `views` show.

pub mod conditions;
pub mod dependencies;
pub mod evaluate;
pub mod event;
pub mod file;
pub mod generate_config;
pub mod imports;
pub mod model;
pub mod moves;
mod operations;
pub mod planner;
mod relevant;
pub mod removed;
pub mod stacks;
pub mod targets;

pub use event::{Event, EventKind, ObjectId};
pub use model::{
    Action, Awaited, Change, Importing, Link, Operation, OperationKind, OutputChange, Plan, PlanMode, PlannedVariable,
    Reason, RelevantAttribute, ResourceChange,
};
