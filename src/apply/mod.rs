//! Applying: executing a plan, deciding nothing.

pub mod configuration;
mod data;
mod evaluated;
mod executor;
pub mod journal;
mod managed;
mod progress;
mod provision;
mod recovery;
mod report;
mod result;
mod slot;
mod store;
mod together;

pub use configuration::{Conditions, Configuration, Desired, ProvisionerRun, When};
pub use evaluated::{Evaluated, Sources};
pub use executor::{Surroundings, Target, apply};
pub use progress::Reporter;
pub use recovery::{Recovery, recover};
pub use report::{Applied, Counts, Unfinished};
pub use slot::Slot;
pub use store::StateSink;
pub use together::{AppliedTogether, Part, apply_together};

#[cfg(test)]
mod tests;
