//! State: what the last apply left behind, objects by address. The model, its file format (version
//! 4, Terraform's own), where it is kept, locks and history.

pub mod backend;
pub mod format;
pub mod lock;
pub mod model;
mod object;
pub mod store;
pub mod value_json;
pub mod wire;

pub use lock::LockInfo;
pub use model::{
    CheckObject, CheckState, CheckStatus, InstanceState, ObjectState, ObjectStatus, OutputState, ResourceState, State,
};
pub use store::{Release, Store};
