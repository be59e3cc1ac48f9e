//! Data as people and programs read it: text, JSON. Knows no engine.

pub mod checks_json;
pub mod diagnostic;
pub mod diff;
pub mod functions_json;
pub mod graph_dot;
pub mod graph_mermaid;
pub mod json;
pub mod module_values;
pub mod paint;
pub mod plan;
pub mod plan_json;
pub mod progress;
pub mod providers_tree;
pub mod schema_json;
pub mod state;
pub mod state_json;
pub mod stored_values;
pub mod ui_stream;
pub mod value;
pub mod wrap;
