//! Objects as providers give them, made ready to be kept.

use crate::lang::{Marks, Path, Value};
use crate::schema::Schema;
use crate::schema::planning::sensitive_paths;

/// The object with the marks that it has to have: those of its configuration and of the planned object at
/// the same places, and those that the schema demands.
pub(super) fn marked(object: &Value, config: &Value, planned: Option<&Value>, schema: &Schema) -> Value {
    let mut paths: Vec<(Path, Marks)> = sensitive_paths(schema, object);
    let has_marks = |value: &&Value| value.deep_marks().contains(Marks::SENSITIVE);
    for value in [Some(config), planned].into_iter().flatten().filter(has_marks) {
        let sensitive = value.marked_paths().into_iter().filter(|(_, marks)| marks.contains(Marks::SENSITIVE));
        paths.extend(sensitive.map(|(path, _)| (path, Marks::SENSITIVE)));
    }
    if paths.is_empty() { object.clone() } else { object.mark_paths(&paths) }
}
