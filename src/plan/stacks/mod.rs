//! Several stacks planned as one: the outputs that one has planned are what another reads, and their operations wait
//! for each other.

mod links;
mod order;
mod outputs;

pub use links::{Edge, Known, Read, edges, in_order, outputs_read};
pub use order::Steps;
pub use outputs::{OutputValues, Outputs, full, planned_outputs};
