//! Data as people and programs read it: text, JSON. Knows no engine.

pub mod diagnostic;
pub mod json;
pub mod value;
pub mod wrap;
