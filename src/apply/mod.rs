//! Applying: executing a plan, deciding nothing.

pub mod configuration;
pub mod journal;
mod slot;

pub use configuration::{Conditions, Configuration, Desired, ProvisionerRun, When};
pub use slot::Slot;
