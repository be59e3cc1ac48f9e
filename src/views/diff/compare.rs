//! Two values as a difference. What is absent and what is null is the same for attributes of a
//! schema; in values whose type nobody has declared it isn't.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use smol_str::SmolStr;

use super::sequence::{Step, align};
use super::{Context, Diff, Scalar, Sensitivity, Shape, combine};
use crate::lang::{AttributeType, Kind, ObjectType, Type, Value};
use crate::plan::Action;
use crate::schema::{Attribute, NestedAttributes, Nesting};

/// A value, or that there is none.
pub(super) type Side<'a> = Option<&'a Value>;

/// Whether there is nothing, or a null.
pub(super) fn is_nil(side: Side) -> bool {
    side.is_none_or(Value::is_null)
}

/// The side, without a null.
fn some(side: Side) -> Side {
    side.filter(|v| !v.is_null())
}

/// The action, going by what there is before and after only.
fn existence(before: Side, after: Side) -> Action {
    match (is_nil(before), is_nil(after)) {
        (true, false) => Action::Create,
        (false, true) => Action::Delete,
        _ => Action::NoOp,
    }
}

/// A value of which nothing but itself tells the type.
pub fn compare_any(before: Option<&Value>, after: Option<&Value>) -> Diff {
    compare(&Type::Dynamic, before, after, &Context::default())
}

/// A value of a type that was declared.
pub fn compare_typed(before: Option<&Value>, after: Option<&Value>) -> Diff {
    let ty = after.or(before).map_or(Type::Dynamic, Value::ty);
    compare(&ty, before, after, &Context::default())
}

/// An attribute of a schema.
fn compare_attribute(attribute: &Attribute, before: Side, after: Side, context: &Context) -> Diff {
    let (before, after) = (some(before), some(after));
    match &attribute.nested {
        Some(nested) => compare_nested(nested, before, after, context),
        None => compare(&attribute.ty, before, after, context),
    }
}

/// What is said of a value that is sensitive; its content is compared as if it weren't.
fn sensitive(before: Side, after: Side, context: &Context, inner: impl Fn(Side, Side) -> Diff) -> Option<Diff> {
    let is_sensitive = |side: Side| side.is_some_and(Value::is_sensitive);
    let (was, will_be) = (is_sensitive(before), is_sensitive(after));
    if !was && !will_be {
        return None;
    }
    let (plain_before, plain_after) = (before.map(|v| v.unmark_deep().0), after.map(|v| v.unmark_deep().0));
    let action = inner(plain_before.as_ref(), plain_after.as_ref()).action;
    let unchanged = action == Action::NoOp;
    let is_nothing = |side: Option<&Value>| {
        let is_empty = context.empty_is_null && side.and_then(Value::as_str).is_some_and(|s| s.is_empty());
        !context.element && (is_nil(side) || is_empty)
    };
    let shape = Shape::Sensitive(Sensitivity { before: was, after: will_be, unchanged });
    let unmarked = unchanged && was != will_be && !(is_nothing(before) && is_nothing(after));
    Some(Diff { action: if unmarked { Action::Update } else { action }, replace: context.replaces(), shape })
}

fn unknown(before: Side, context: &Context, inner: impl Fn(Side, Side) -> Diff) -> Diff {
    let is_empty = |v: &Value| context.empty_is_null && !context.element && v.as_str().is_some_and(|s| s.is_empty());
    let before = some(before).filter(|v| !is_empty(v)).map(|v| Box::new(inner(Some(v), None)));
    let action = if before.is_some() { Action::Update } else { Action::Create };
    Diff { action, replace: context.replaces(), shape: Shape::Unknown { before } }
}

/// Values of a type.
pub(super) fn compare(ty: &Type, before: Side, after: Side, context: &Context) -> Diff {
    let plain = |b: Side, a: Side| compare(ty, b, a, &Context { empty_is_null: true, ..context.plain() });
    if let Some(diff) = sensitive(before, after, context, plain) {
        return diff;
    }
    if after.is_some_and(|v| !v.is_known()) {
        return unknown(before, context, |b, a| compare(ty, b, a, &context.plain().in_list()));
    }
    match ty {
        // As in Terraform, what forces a replacement is not told apart there.
        Type::Dynamic => compare_dynamic(before, after, &context.plain()),
        Type::String | Type::Number | Type::Bool => primitive(before, after, context),
        Type::List(t) => list(before, after, &context.clone().in_list(), |_| t),
        Type::Tuple(ts) => list(before, after, &context.clone().in_list(), |i| ts.get(i).unwrap_or(&Type::Dynamic)),
        Type::Set(t) => set(before, after, context, |b, a| compare(t, b, a, &Context::default().in_list())),
        Type::Map(t) => {
            let commas = matches!(**t, Type::Object(_));
            map(before, after, context, (commas, true), |_, b, a, r| compare(t, b, a, &r.clone().into_element()))
        }
        Type::Object(t) => object(t, before, after, context),
    }
}

/// What JSON has for a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

fn form(value: &Value) -> Form {
    match value.kind() {
        Kind::List(_) | Kind::Set(_) | Kind::Tuple(_) => Form::Array,
        Kind::Map(_) | Kind::Object(_) => Form::Object,
        Kind::Null(_) | Kind::Unknown(_) => Form::Null,
        Kind::Bool(_) => Form::Bool,
        Kind::Number(_) => Form::Number,
        Kind::String(_) => Form::String,
    }
}

fn compare_dynamic(before: Side, after: Side, context: &Context) -> Diff {
    let form = match (before.map(form), after.map(form)) {
        (Some(b), Some(a)) if a != b => return type_change(before, after, context),
        (Some(form), _) | (None, Some(form)) => form,
        (None, None) => Form::Null,
    };
    let below = Context::default();
    match form {
        Form::Array => list(before, after, &below, |_| &Type::Dynamic),
        Form::Object => keyed(before, after, &below, |_, b, a, r| compare(&Type::Dynamic, b, a, r)).into_object(),
        _ => primitive(before, after, context),
    }
}

fn type_change(before: Side, after: Side, context: &Context) -> Diff {
    let shape =
        Shape::TypeChange { before: Box::new(compare_any(before, None)), after: Box::new(compare_any(None, after)) };
    Diff { action: Action::Update, replace: context.replaces(), shape }
}

fn primitive(before: Side, after: Side, context: &Context) -> Diff {
    let part = |side: Side| match side.map(scalar) {
        Some(Scalar::String(s)) if s.is_empty() && context.empty_is_null => context.element.then_some(Scalar::Null),
        part => part,
    };
    let (before, after) = (part(before), part(after));
    let action = existing(before.as_ref(), after.as_ref(), context.element);
    Diff { action, replace: context.replaces(), shape: Shape::Primitive { before, after } }
}

fn scalar(value: &Value) -> Scalar {
    match value.kind() {
        Kind::Bool(b) => Scalar::Bool(*b),
        Kind::Number(n) => Scalar::Number(n.to_string().into()),
        Kind::String(s) => Scalar::String(s.clone()),
        _ => Scalar::Null,
    }
}

/// The action for something that may be there, be null, or not be there at all. Elements are there
/// even if they are null.
pub(super) fn existing(before: Option<&Scalar>, after: Option<&Scalar>, element: bool) -> Action {
    match (before, after) {
        (None, None) => Action::NoOp,
        (None, Some(_)) => Action::Create,
        (Some(_), None) => Action::Delete,
        (Some(b), Some(a)) if b == a => Action::NoOp,
        (Some(Scalar::Null), _) if !element => Action::Create,
        (_, Some(Scalar::Null)) if !element => Action::Delete,
        _ => Action::Update,
    }
}

fn elements<'v>(side: Side<'v>) -> &'v [Value] {
    side.and_then(Value::as_elements).unwrap_or_default()
}

fn entries<'v>(side: Side<'v>) -> &'v [(SmolStr, Value)] {
    side.and_then(Value::as_entries).unwrap_or_default()
}

fn list<'t>(before: Side, after: Side, context: &Context, ty: impl Fn(usize) -> &'t Type) -> Diff {
    let (old, new) = (elements(before), elements(after));
    let both_objects = |a: &Value, b: &Value| form(a) == Form::Object && form(b) == Form::Object;
    let diffs = align(old, new, same_in_json, both_objects).into_iter().map(|step| match step {
        Step::Both(i, j) if old[i].is_null() && !new[j].is_known() => {
            Diff { action: Action::NoOp, replace: false, shape: Shape::Unknown { before: None } }
        }
        Step::Both(i, j) => compare(ty(j), Some(&old[i]), Some(&new[j]), &context.index(i).into_element()),
        Step::Before(i) => compare(ty(i), Some(&old[i]), None, &context.index(i).into_element()),
        Step::After(j) => compare(ty(j), None, Some(&new[j]), &context.index(j).into_element()),
    });
    listed(before, after, context, diffs.collect(), true)
}

fn listed(before: Side, after: Side, context: &Context, elements: Vec<Diff>, neighbours: bool) -> Diff {
    let action = combine(existence(before, after), elements.iter().map(|d| d.action));
    Diff { action, replace: context.replaces(), shape: Shape::List { elements, neighbours } }
}

/// Which elements of two sets are the same: those of the first with what they are in the second,
/// then the rest of the second.
pub(super) fn pair_sets<'v>(old: &'v [Value], new: &'v [Value]) -> Vec<(Side<'v>, Side<'v>)> {
    let mut by_hash: HashMap<u64, Vec<usize>> = HashMap::new();
    for (j, value) in new.iter().enumerate().rev() {
        by_hash.entry(hash_of(value)).or_default().push(j);
    }
    let mut taken = vec![false; new.len()];
    let mut pairs = Vec::with_capacity(old.len().max(new.len()));
    for b in old {
        let candidates = by_hash.get_mut(&hash_of(b));
        let found = candidates.and_then(|found| found.pop_if(|j| same(b, &new[*j])));
        if let Some(j) = found {
            taken[j] = true;
        }
        pairs.push((Some(b), found.map(|j| &new[j])));
    }
    let added = new.iter().zip(&taken).filter(|(_, taken)| !**taken);
    pairs.extend(added.map(|(a, _)| (None, Some(a))));
    pairs
}

/// The same for values that are [`same`].
fn hash_of(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash(value, &mut hasher);
    hasher.finish()
}

fn hash(value: &Value, hasher: &mut impl Hasher) {
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(_) => 0.hash(hasher),
        Kind::Bool(b) => b.hash(hasher),
        Kind::Number(n) => n.to_string().hash(hasher),
        Kind::String(s) => s.hash(hasher),
        Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => e.items().iter().for_each(|v| hash(v, hasher)),
        Kind::Map(e) | Kind::Object(e) => {
            for (key, v) in e.items() {
                key.hash(hasher);
                hash(v, hasher);
            }
        }
    }
}

fn set(before: Side, after: Side, context: &Context, element: impl Fn(Side, Side) -> Diff) -> Diff {
    let pairs = pair_sets(elements(before), elements(after));
    listed(before, after, context, pairs.into_iter().map(|(b, a)| element(b, a)).collect(), false)
}

/// Entries by key, with the action of the whole.
struct Keyed {
    action: Action,
    replace: bool,
    entries: Vec<(SmolStr, Diff)>,
}

impl Keyed {
    fn into_object(self) -> Diff {
        let shape = Shape::Object { attributes: self.entries, nested: false, unknown: false };
        Diff { action: self.action, replace: self.replace, shape }
    }
}

fn keyed(before: Side, after: Side, context: &Context, element: impl Fn(&str, Side, Side, &Context) -> Diff) -> Keyed {
    let merged: Vec<_> = merge_keys(entries(before), entries(after))
        .into_iter()
        .map(|(key, b, a)| (key.clone(), element(key, b, a, &context.attribute(key))))
        .collect();
    let action = combine(existence(before, after), merged.iter().map(|(_, d)| d.action));
    Keyed { action, replace: context.replaces(), entries: merged }
}

/// The keys of both sides in order, with what there is for each.
pub(super) fn merge_keys<'v>(
    old: &'v [(SmolStr, Value)],
    new: &'v [(SmolStr, Value)],
) -> Vec<(&'v SmolStr, Side<'v>, Side<'v>)> {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    let mut merged = Vec::with_capacity(old.len().max(new.len()));
    loop {
        let (take_old, take_new) = match (old.peek(), new.peek()) {
            (Some((a, _)), Some((b, _))) => (a <= b, b <= a),
            (Some(_), None) => (true, false),
            (None, Some(_)) => (false, true),
            (None, None) => return merged,
        };
        let b = if take_old { old.next() } else { None };
        let a = if take_new { new.next() } else { None };
        if let Some((key, _)) = b.or(a) {
            merged.push((key, b.map(|(_, v)| v), a.map(|(_, v)| v)));
        }
    }
}

fn map(
    before: Side,
    after: Side,
    context: &Context,
    (commas, aligned): (bool, bool),
    element: impl Fn(&str, Side, Side, &Context) -> Diff,
) -> Diff {
    let Keyed { action, replace, entries } = keyed(before, after, context, element);
    Diff { action, replace, shape: Shape::Map { entries, commas, aligned } }
}

fn object(ty: &ObjectType, before: Side, after: Side, context: &Context) -> Diff {
    let attributes = ty.attributes().iter().filter_map(|AttributeType { name, ty, .. }| {
        let (b, a) = (some(before.and_then(|v| v.get(name))), some(after.and_then(|v| v.get(name))));
        (b.is_some() || a.is_some()).then(|| (name.clone(), compare(ty, b, a, &context.attribute(name))))
    });
    let attributes: Vec<_> = attributes.collect();
    let action = combine(existence(before, after), attributes.iter().map(|(_, d)| d.action));
    let shape = Shape::Object { attributes, nested: false, unknown: false };
    Diff { action, replace: context.replaces(), shape }
}

/// An attribute made of attributes.
fn compare_nested(nested: &NestedAttributes, before: Side, after: Side, context: &Context) -> Diff {
    let plain = |b: Side, a: Side| compare_nested(nested, b, a, &Context::default());
    if let Some(diff) = sensitive(before, after, context, plain) {
        return diff;
    }
    let of_one = |b: Side, a: Side, r: &Context| nested_object(nested, b, a, r);
    if after.is_some_and(|v| !v.is_known()) {
        let single = matches!(nested.nesting, Nesting::Single | Nesting::Group);
        return match single && !is_nil(before) {
            true => of_one(before, after, context),
            false => unknown(before, context, |b, a| compare_nested(nested, b, a, &context.plain().in_list())),
        };
    }
    match nested.nesting {
        Nesting::Single | Nesting::Group => of_one(before, after, context),
        Nesting::List => {
            let (old, new) = (elements(before), elements(after));
            let diffs =
                (0..old.len().max(new.len())).map(|i| of_one(old.get(i), new.get(i), &context.index(i).in_list()));
            listed(before, after, context, diffs.collect(), false)
        }
        Nesting::Set => set(before, after, context, |b, a| of_one(b, a, &Context::default())),
        Nesting::Map => {
            // What forces a replacement of all is said of each.
            let mut diff = map(before, after, context, (true, false), |_, b, a, r| of_one(b, a, r));
            if let (true, Shape::Map { entries, .. }) = (diff.replace, &mut diff.shape) {
                entries.iter_mut().for_each(|(_, element)| element.replace = true);
                diff.replace = false;
            }
            diff
        }
    }
}

fn nested_object(nested: &NestedAttributes, before: Side, after: Side, context: &Context) -> Diff {
    let plain = |b: Side, a: Side| nested_object(nested, b, a, &Context::default());
    if let Some(diff) = sensitive(before, after, context, plain) {
        return diff;
    }
    let is_unknown = after.is_some_and(|v| !v.is_known());
    if is_unknown && is_nil(before) {
        return unknown(before, context, plain);
    }
    let attributes = compare_attributes(&nested.attributes, before, after, context);
    let action = combine(existence(before, after), attributes.iter().map(|(_, d)| d.action));
    let shape = Shape::Object { attributes, nested: true, unknown: is_unknown };
    Diff { action, replace: context.replaces(), shape }
}

/// The attributes of a block or object of a schema that are or were set, sorted by name.
pub(super) fn compare_attributes(
    attributes: &indexmap::IndexMap<SmolStr, Attribute>,
    before: Side,
    after: Side,
    context: &Context,
) -> Vec<(SmolStr, Diff)> {
    let all_unknown = after.is_some_and(|v| !v.is_known());
    let mut diffs = Vec::with_capacity(attributes.len());
    for (name, attribute) in attributes {
        if attribute.write_only {
            let replace = context.attribute(name).replaces();
            diffs.push((name.clone(), Diff { action: existence(before, after), replace, shape: Shape::WriteOnly }));
            continue;
        }
        let b = before.and_then(|v| v.get(name));
        let unknown_part = all_unknown.then(|| {
            let part = Value::unknown(attribute.ty.clone());
            if attribute.sensitive && is_nil(b) { part.sensitive() } else { part }
        });
        let a = unknown_part.as_ref().or_else(|| after.and_then(|v| v.get(name)));
        if is_nil(b) && is_nil(a) {
            continue;
        }
        let below = context.attribute(name);
        let below = Context { empty_is_null: below.empty_is_null || all_unknown, ..below };
        diffs.push((name.clone(), compare_attribute(attribute, b, a, &below)));
    }
    // Where the whole turns out to be changed after all, that is what becomes of what isn't kept.
    let own = existence(before, after);
    if combine(own, diffs.iter().map(|(_, d)| d.action)) != own {
        diffs
            .iter_mut()
            .filter(|(_, d)| matches!(d.shape, Shape::WriteOnly))
            .for_each(|(_, d)| d.action = Action::NoOp);
    }
    diffs.sort_by(|a, b| a.0.cmp(&b.0));
    diffs
}

/// [`same`], but that what is unknown is taken for null, which it is in JSON.
fn same_in_json(a: &Value, b: &Value) -> bool {
    let is_nothing = |v: &Value| v.is_null() || !v.is_known();
    same(a, b) || (is_nothing(a) && is_nothing(b))
}

/// Whether two values are the same in JSON: types and marks don't count, and what is unknown is
/// like nothing else.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a.kind(), b.kind()) {
        (Kind::Null(_), Kind::Null(_)) => true,
        (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => false,
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::Number(a), Kind::Number(b)) => a.equals(b),
        (Kind::String(a), Kind::String(b)) => a == b,
        _ => match (a.as_elements(), b.as_elements(), a.as_entries(), b.as_entries()) {
            (Some(a), Some(b), ..) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
            (.., Some(a), Some(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && same(a, b))
            }
            _ => false,
        },
    }
}
