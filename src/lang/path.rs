//! Paths into values, for messages and for marks in state.

use std::fmt;

use smol_str::SmolStr;

use crate::lang::{Kind, Value};

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

impl Path {
    /// What is at the path in a value; none if it leads nowhere. Marks on the way are not added.
    #[must_use]
    pub fn resolve(&self, value: &Value) -> Option<Value> {
        self.0.iter().try_fold(value.clone(), |value, step| step.resolve(&value))
    }
}

impl PathStep {
    /// What is at the step in a value; none if it leads nowhere.
    #[must_use]
    pub fn resolve(&self, value: &Value) -> Option<Value> {
        match (self, value.kind()) {
            (PathStep::Attr(name), Kind::Object(_)) => value.get(name).cloned(),
            (PathStep::Index(key), Kind::Map(_) | Kind::Object(_)) => value.get(key.as_str()?).cloned(),
            (PathStep::Index(key), Kind::List(e) | Kind::Tuple(e)) => {
                e.items().get(usize::try_from(key.as_number()?.to_i64()?).ok()?).cloned()
            }
            (PathStep::Index(key), Kind::Set(e)) => e.items().iter().find(|item| *item == key).cloned(),
            _ => None,
        }
    }
}

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
