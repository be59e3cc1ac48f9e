//! Strings that are more than one line of text: several lines, or JSON.

use std::mem::discriminant;

use serde_json::{Map, Value as Json};
use smol_str::SmolStr;

use super::compare::existing;
use super::sequence::{Step, align};
use super::{Diff, Scalar, Shape, combine};
use crate::plan::Action;

/// How a string is shown.
pub(super) enum Text {
    /// In quotes.
    Plain,
    /// As a heredoc.
    Lines,
    /// As the object or array that it encodes.
    Json(Json),
}

impl Text {
    pub(super) fn of(text: &str) -> Text {
        let json = match text.as_bytes().first() {
            Some(b'{' | b'[') => serde_json::from_str(text).ok(),
            _ => None,
        };
        json.map_or(if text.contains('\n') { Text::Lines } else { Text::Plain }, Text::Json)
    }
}

/// The lines of a text; if there are several, white space around them is left out.
pub(super) fn lines(text: &str) -> Vec<&str> {
    if text.contains('\n') { text.trim().split('\n').collect() } else { vec![text] }
}

/// JSON on both sides. Numbers are kept as they are written.
pub(super) fn compare_json(before: Option<&Json>, after: Option<&Json>) -> Diff {
    let diff = |action, shape| Diff { action, replace: false, shape };
    match (before, after) {
        (Some(b), Some(a)) if discriminant(b) != discriminant(a) => {
            let (before, after) = (compare_json(before, None).into(), compare_json(None, after).into());
            diff(Action::Update, Shape::TypeChange { before, after })
        }
        _ => match [before, after].into_iter().flatten().find(|side| !side.is_null()) {
            Some(Json::Array(_)) => {
                let elements = compare_arrays(array(before), array(after));
                let action = combine(existence(before, after), elements.iter().map(|d| d.action));
                diff(action, Shape::List { elements, neighbours: true })
            }
            Some(Json::Object(_)) => {
                let attributes = compare_objects(object(before), object(after));
                let action = combine(existence(before, after), attributes.iter().map(|(_, d)| d.action));
                diff(action, Shape::Object { attributes, nested: false, unknown: false })
            }
            _ => {
                let (before, after) = (before.map(scalar), after.map(scalar));
                diff(existing(before.as_ref(), after.as_ref(), true), Shape::Primitive { before, after })
            }
        },
    }
}

fn scalar(json: &Json) -> Scalar {
    match json {
        Json::Bool(b) => Scalar::Bool(*b),
        Json::Number(n) => Scalar::Number(n.to_string().into()),
        Json::String(s) => Scalar::String(s.into()),
        _ => Scalar::Null,
    }
}

fn existence(before: Option<&Json>, after: Option<&Json>) -> Action {
    match (before.is_none_or(Json::is_null), after.is_none_or(Json::is_null)) {
        (true, false) => Action::Create,
        (false, true) => Action::Delete,
        _ => Action::NoOp,
    }
}

fn array(side: Option<&Json>) -> &[Json] {
    side.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn compare_arrays(old: &[Json], new: &[Json]) -> Vec<Diff> {
    let steps = align(old, new, |a, b| a == b, |a, b| a.is_object() && b.is_object());
    let compare = |step| match step {
        Step::Both(i, j) => compare_json(Some(&old[i]), Some(&new[j])),
        Step::Before(i) => compare_json(Some(&old[i]), None),
        Step::After(j) => compare_json(None, Some(&new[j])),
    };
    steps.into_iter().map(compare).collect()
}

fn object(side: Option<&Json>) -> Option<&Map<String, Json>> {
    side.and_then(Json::as_object)
}

fn compare_objects(old: Option<&Map<String, Json>>, new: Option<&Map<String, Json>>) -> Vec<(SmolStr, Diff)> {
    let keys = |side: Option<&Map<String, Json>>| side.into_iter().flat_map(Map::keys).cloned().collect::<Vec<_>>();
    let mut all = [keys(old), keys(new)].concat();
    all.sort();
    all.dedup();
    all.into_iter()
        .map(|key| {
            let diff = compare_json(old.and_then(|map| map.get(&key)), new.and_then(|map| map.get(&key)));
            (key.into(), diff)
        })
        .collect()
}
