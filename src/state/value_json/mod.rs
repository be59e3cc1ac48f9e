//! Values and types as JSON text, by type, as state and plans keep them: what the type leaves open is
//! written with its own, `{"value": …, "type": …}`.

mod decode;
mod encode;
mod fit;
mod scan;
#[cfg(test)]
mod tests;

pub use decode::{DecodeError, read_type, read_value};
pub use encode::{EncodeError, write_string, write_type, write_value};
pub use fit::fitted;
pub use scan::{compact, indent};
