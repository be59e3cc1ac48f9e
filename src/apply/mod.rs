//! Applying: executing a plan, deciding nothing.

pub mod configuration;
mod executor;
pub mod journal;
mod managed;
mod progress;
mod provision;
mod report;
mod result;
mod slot;
mod store;

pub use configuration::{Conditions, Configuration, Desired, ProvisionerRun, When};
pub use executor::{Surroundings, apply};
pub use progress::Reporter;
pub use report::{Applied, Counts, Unfinished};
pub use slot::Slot;
pub use store::StateSink;

#[cfg(test)]
mod tests;
