//! Data as people and programs read it: text, JSON. Knows no engine.

pub mod diagnostic;
pub mod diff;
pub mod json;
pub mod paint;
pub mod plan;
pub mod progress;
pub mod state;
pub mod value;
pub mod wrap;
