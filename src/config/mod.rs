//! A configuration: modules loaded and decoded, references known, variables given values.

pub mod console;
pub mod constraint;
pub mod decode;
mod encoding;
pub mod evaluate;
pub mod files;
pub mod graph;
pub mod host;
pub mod load;
pub mod module;
pub mod overrides;
pub mod project;
pub mod provider_of;
pub mod reference;
pub mod scope;
pub mod tree;
pub mod validate;
pub mod variable_rules;
pub mod variables;
pub mod version;
