//! Planning: what has to happen so that the world becomes what the configuration says. The result
//! is data, which `apply` executes and `views` show.

pub mod imports;
pub mod model;
pub mod moves;
pub mod removed;
pub mod targets;

pub use model::{
    Action, Change, Importing, Operation, OperationKind, OutputChange, Plan, PlanMode, PlannedVariable, Reason,
    RelevantAttribute, ResourceChange,
};
