//! A configuration: modules loaded and decoded, references known, variables given values.

pub mod constraint;
// pub mod module;
// pub mod tree;
