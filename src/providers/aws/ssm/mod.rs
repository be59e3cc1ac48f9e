//! Systems Manager. One file a type.

pub mod parameter_data;
