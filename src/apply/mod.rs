//! Applying: executing a plan, deciding nothing.

pub mod configuration;

pub use configuration::{Conditions, Configuration, Desired, ProvisionerRun, When};
