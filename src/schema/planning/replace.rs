//! Which changes need a new object.

use super::nested::{part, present};
use crate::lang::{Path, PathStep, Value};
use crate::schema::{Nested, Nesting, Schema, Shape};

/// Where what is planned differs from what is there now in a way that can't be done in place. As
/// for Terraform, places within sets are the sets, and an element that is removed from a list is
/// the list.
#[must_use]
pub fn replace_paths(schema: &Schema, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut found = Found { path: Path::default(), paths: Vec::new() };
    if let (Some(prior), Some(planned)) = (present(prior), present(planned)) {
        found.object(schema.block.shape(), Some(prior), Some(planned));
    }
    found.paths
}

/// The paths whose value truly changes, or may: of those that a provider wants a new object for,
/// only these count.
#[must_use]
pub fn filter_replace_paths(prior: &Value, planned: &Value, paths: Vec<Path>) -> Vec<Path> {
    let (prior, planned) = (prior.unmark_deep().0, planned.unmark_deep().0);
    let changes = |path: &Path| match (path.resolve(&prior), path.resolve(&planned)) {
        (None, None) => false,
        (Some(before), Some(after)) => !after.is_known() || before != after,
        _ => true,
    };
    paths.into_iter().filter(changes).collect()
}

struct Found {
    path: Path,
    paths: Vec<Path>,
}

impl Found {
    fn within(&mut self, step: PathStep, look: impl FnOnce(&mut Self)) {
        self.path.0.push(step);
        look(self);
        self.path.0.pop();
    }

    /// Looks at parts of what is one place for whoever reads the path: the path itself, or nothing.
    fn as_one(&mut self, look: impl FnOnce(&mut Self)) {
        let before = self.paths.len();
        look(self);
        if self.paths.len() > before {
            self.paths.truncate(before);
            self.here();
        }
    }

    fn here(&mut self) {
        if self.paths.last() != Some(&self.path) {
            self.paths.push(self.path.clone());
        }
    }

    fn object(&mut self, shape: Shape<'_>, prior: Option<&Value>, planned: Option<&Value>) {
        for (name, a) in shape.attributes {
            let (before, after) = (part(prior, name), part(planned, name));
            if before == after {
                continue;
            }
            self.within(PathStep::Attr(name.clone()), |found| match &a.nested {
                _ if a.force_new => found.here(),
                Some(n) => found.nested(n.nested(), before, after),
                None => {}
            });
        }
        for (name, b) in shape.blocks {
            let (before, after) = (part(prior, name), part(planned, name));
            if before == after {
                continue;
            }
            self.within(PathStep::Attr(name.clone()), |found| {
                let count = |v: Option<&Value>| match b.nesting {
                    Nesting::Single | Nesting::Group => v.map(|_| 1).or(Some(0)),
                    _ => v.map_or(Some(0), Value::len),
                };
                if b.force_new && (b.nesting == Nesting::Set || count(before) != count(after)) {
                    found.here();
                } else {
                    found.nested(b.nested(), before, after);
                }
            });
        }
    }

    fn nested(&mut self, nested: Nested<'_>, before: Option<&Value>, after: Option<&Value>) {
        let shape = nested.shape;
        let elements = |v: Option<&Value>| v.and_then(Value::as_elements).map(<[_]>::to_vec).unwrap_or_default();
        match nested.nesting {
            _ if after.is_some_and(|v| !v.is_known()) => {}
            Nesting::Single | Nesting::Group => self.object(shape, before, after),
            Nesting::List => {
                let (before, after) = (elements(before), elements(after));
                for (i, now) in (0i64..).zip(&after) {
                    let was = usize::try_from(i).ok().and_then(|i| before.get(i));
                    self.within(PathStep::Index(Value::int(i)), |f| f.object(shape, was, Some(now)));
                }
                for gone in before.iter().skip(after.len()) {
                    self.as_one(|f| f.object(shape, Some(gone), None));
                }
            }
            Nesting::Set => {
                let (before, after) = (elements(before), elements(after));
                let (was, now): (Vec<String>, Vec<String>) =
                    (before.iter().map(Value::identity).collect(), after.iter().map(Value::identity).collect());
                // Sets are sorted by content, so their texts need not be; what one has alone is found by lookup.
                let alone = |items: Vec<Value>, keys: &[String], others: &[String]| -> Vec<Value> {
                    let others: std::collections::HashSet<&String> = others.iter().collect();
                    items.into_iter().zip(keys).filter(|(_, k)| !others.contains(k)).map(|(v, _)| v).collect()
                };
                let (gone, new) = (alone(before, &was, &now), alone(after, &now, &was));
                self.as_one(|f| {
                    gone.iter().for_each(|v| f.object(shape, Some(v), None));
                    new.iter().for_each(|v| f.object(shape, None, Some(v)));
                });
            }
            Nesting::Map => {
                let entries = |v: Option<&Value>| v.and_then(Value::as_entries).map(<[_]>::to_vec).unwrap_or_default();
                for (key, now) in entries(after) {
                    let step = PathStep::Index(Value::string(key.clone()));
                    self.within(step, |f| f.object(shape, part(before, &key), Some(&now)));
                }
                for (_, gone) in entries(before).iter().filter(|(key, _)| part(after, key).is_none()) {
                    self.as_one(|f| f.object(shape, Some(gone), None));
                }
            }
        }
    }
}
