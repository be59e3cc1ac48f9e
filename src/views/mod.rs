//! Data as people and programs read it: text, JSON. Knows no engine.

pub mod json;
