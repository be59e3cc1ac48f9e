//! Paths into values, for messages and for marks in state.

use std::fmt;

use smol_str::SmolStr;

use crate::lang::Value;

/// One step into a value.
#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    /// An attribute of an object.
    Attr(SmolStr),
    /// An element of a list, tuple or map (or, by the element itself, of a set).
    Index(Value),
}

/// Steps from the outside in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(pub Vec<PathStep>);

/// As it would be written behind a reference: `.a["key"][0]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                PathStep::Attr(name) => write!(f, ".{name}")?,
                PathStep::Index(key) => match (key.as_str(), key.as_number()) {
                    (Some(s), _) => write!(f, "[{s:?}]")?,
                    (_, Some(n)) => write!(f, "[{n}]")?,
                    _ => f.write_str("[…]")?,
                },
            }
        }
        Ok(())
    }
}
