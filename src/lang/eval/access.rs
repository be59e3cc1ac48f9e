//! Reaching into values: attributes, indices, splats.

use crate::lang::value::Refinement;
use crate::lang::{Kind, Number, Type, Value, convert};
use crate::syntax::ast::{Expr, ExprKind, Splat, Step, StepKind};

use super::Evaluator;

/// Summary and detail of an error about a place that the caller knows.
pub type AccessError = (&'static str, String);

/// `object.name`. The value's own marks go to the result.
///
/// # Errors
/// When the value has no such attribute.
pub fn get_attribute(object: &Value, name: &str) -> Result<Value, AccessError> {
    const UNSUPPORTED: &str = "Unsupported attribute";
    if object.is_null() {
        let detail = "This value is null, so it does not have any attributes.";
        return Err(("Attempt to get attribute from null value", detail.into()));
    }
    let marks = object.marks();
    match object.kind() {
        Kind::Object(attributes) => match attributes.get(name) {
            Some(v) => return Ok(v.clone().with_marks(marks)),
            None => return Err((UNSUPPORTED, no_attribute(name))),
        },
        Kind::Map(entries) => {
            return entries.get(name).map(|v| v.clone().with_marks(marks)).ok_or_else(|| {
                ("Missing map element", format!("This map does not have an element with the key {name:?}."))
            });
        }
        _ => {}
    }
    match object.ty() {
        Type::Dynamic => Ok(Value::dynamic().with_marks(marks)),
        Type::Object(o) => match o.get(name) {
            Some(a) => Ok(Value::unknown(a.ty.clone()).with_marks(marks)),
            None => Err((UNSUPPORTED, no_attribute(name))),
        },
        Type::Map(element) => Ok(Value::unknown((*element).clone()).with_marks(marks)),
        Type::List(element) if matches!(*element, Type::Object(_)) => Err((
            UNSUPPORTED,
            format!(
                "Can't access attributes on a list of objects. Did you mean to access attribute {name:?} for a specific \
                 element of the list, or across all elements of the list?"
            ),
        )),
        Type::Set(element) if matches!(*element, Type::Object(_)) => Err((
            UNSUPPORTED,
            "Can't access attributes on a set of objects. Did you mean to access an attribute across all elements of \
             the set?"
                .into(),
        )),
        ty if ty.is_primitive() => {
            Err((UNSUPPORTED, format!("Can't access attributes on a primitive-typed value ({}).", ty.friendly_name())))
        }
        _ => Err((UNSUPPORTED, "This value does not have any attributes.".into())),
    }
}

fn no_attribute(name: &str) -> String {
    format!("This object does not have an attribute named {name:?}.")
}

const INVALID_INDEX: &str = "Invalid index";
const NO_ELEMENT: &str = "The given key does not identify an element in this collection value";

/// `collection[key]`. Marks of both go to the result.
///
/// # Errors
/// When the value has no such element.
pub fn index(collection: &Value, key: &Value) -> Result<Value, AccessError> {
    if collection.is_null() {
        let detail = "This value is null, so it does not have any indices.";
        return Err(("Attempt to index null value", detail.into()));
    }
    if key.is_null() {
        return Err((INVALID_INDEX, "Can't use a null value as an indexing key.".into()));
    }
    let (key, key_marks) = key.unmark();
    let marks = collection.marks() | key_marks;
    let dynamic_key = key.ty() == Type::Dynamic;
    let result = match collection.ty() {
        Type::Dynamic => Value::dynamic(),
        _ if dynamic_key => Value::dynamic(),
        Type::List(element) => sequence_element(collection, &key, Some(&element))?,
        Type::Tuple(_) => sequence_element(collection, &key, None)?,
        Type::Map(element) => map_element(collection, &key, &element)?,
        // Names of attributes are part of the type, and types are never marked.
        Type::Object(_) => return Ok(object_element(collection, &key)?.with_marks(collection.marks())),
        Type::Set(_) => {
            let detail = "Elements of a set are identified only by their value and don't have any separate index or \
                          key to select with, so it's only possible to perform operations across all elements of the \
                          set.";
            return Err((INVALID_INDEX, detail.into()));
        }
        _ => return Err((INVALID_INDEX, "This value does not have any indices.".into())),
    };
    Ok(result.with_marks(marks))
}

/// An element of a list (whose element type is given) or of a tuple.
fn sequence_element(sequence: &Value, key: &Value, element: Option<&Type>) -> Result<Value, AccessError> {
    let key = convert(key, &Type::Number).map_err(|e| (INVALID_INDEX, format!("{NO_ELEMENT}: {e}.")))?;
    let Some(number) = key.as_number() else {
        return Ok(element.map_or_else(Value::dynamic, |t| Value::unknown(t.clone())));
    };
    // Nothing is checked before the list is known.
    if let (false, Some(element)) = (sequence.is_known(), element) {
        return Ok(Value::unknown(element.clone()));
    }
    let refuse = |why: &str| Err((INVALID_INDEX, format!("{NO_ELEMENT}: {why}")));
    if !number.is_integer() {
        return refuse("indexing a sequence requires a whole number, but the given index has a fractional part.");
    }
    if number.is_negative() && !number.is_zero() {
        return refuse("a negative number is not a valid index for a sequence.");
    }
    let position = number.to_i64().and_then(|n| usize::try_from(n).ok());
    let found = match (sequence.as_elements(), sequence.ty()) {
        (Some(items), _) => position.and_then(|i| items.get(i)).cloned(),
        (None, Type::Tuple(types)) => position.and_then(|i| types.get(i)).map(|t| Value::unknown(t.clone())),
        _ => None,
    };
    let (length, _) = sequence.length_range();
    match found {
        Some(v) => Ok(v),
        // As in Terraform, only an index just behind the end is explained.
        None if position != Some(length) || !sequence.marks().is_empty() => {
            Err((INVALID_INDEX, format!("{NO_ELEMENT}.")))
        }
        None if length == 0 => refuse("the collection has no elements."),
        None => refuse("the given index is greater than or equal to the length of the collection."),
    }
}

fn map_element(map: &Value, key: &Value, element: &Type) -> Result<Value, AccessError> {
    let key = convert(key, &Type::String).map_err(|e| (INVALID_INDEX, format!("{NO_ELEMENT}: {e}.")))?;
    match (key.as_str(), map.is_known()) {
        (Some(k), true) => map.get(k).cloned().ok_or_else(|| (INVALID_INDEX, format!("{NO_ELEMENT}."))),
        _ => Ok(Value::unknown(element.clone())),
    }
}

fn object_element(object: &Value, key: &Value) -> Result<Value, AccessError> {
    let was_number = key.ty() == Type::Number;
    let key = convert(key, &Type::String).map_err(|e| (INVALID_INDEX, format!("{NO_ELEMENT}: {e}.")))?;
    // Nothing is checked before the object is known.
    let Some(name) = key.as_str().filter(|_| object.is_known()) else { return Ok(Value::dynamic()) };
    object.get(name).cloned().ok_or_else(|| {
        let hint = match was_number {
            true => " An object only supports looking up attributes by name, not by numeric index.",
            false => "",
        };
        (INVALID_INDEX, format!("{NO_ELEMENT}.{hint}"))
    })
}

impl Evaluator<'_> {
    /// Follows constant steps from a value.
    pub(super) fn steps_from(&mut self, mut value: Value, steps: &[Step], expr: &Expr) -> Value {
        for step in steps {
            let result = match &step.kind {
                StepKind::Attr(name) => get_attribute(&value, name),
                StepKind::Key(key) => index(&value, &Kind::String(key.clone()).into()),
                StepKind::Index { number, .. } => match Number::parse(number) {
                    Some(n) => index(&value, &n.into()),
                    None => Err((INVALID_INDEX, format!("{NO_ELEMENT}."))),
                },
            };
            match result {
                Ok(v) => value = v,
                Err((summary, detail)) => return self.fail(summary, detail, step.span, expr),
            }
        }
        value
    }

    pub(super) fn index_expr(&mut self, collection: &Expr, key: &Expr, expr: &Expr) -> Value {
        let errors = self.errors();
        let key_value = self.expr(key);
        let key_errors = self.errors() - errors;
        if key_errors == 0
            && let ExprKind::Traversal(t) = &collection.kind
            && !self.locals.iter().any(|(name, _)| *name == t.root.name)
            && let Some(value) = self.scope.resolve_element(t, &key_value.unmark().0)
        {
            return value.with_marks(key_value.marks());
        }
        let collection_value = self.expr(collection);
        // In the order of the text.
        self.diagnostics.0[errors..].rotate_left(key_errors);
        if self.errors() > errors {
            return Value::dynamic();
        }
        match index(&collection_value, &key_value) {
            Ok(v) => v,
            Err((summary, detail)) => {
                let brackets = crate::syntax::Span { start: collection.span.end, ..expr.span };
                self.fail(summary, detail, brackets, expr)
            }
        }
    }

    /// `source[*].each`: the expression for each element of a list, set or tuple; anything else is
    /// taken for a tuple of itself, null for an empty one.
    pub(super) fn splat(&mut self, splat: &Splat, expr: &Expr) -> Value {
        let errors = self.errors();
        let source = self.expr(&splat.source);
        if self.errors() > errors {
            return Value::dynamic();
        }
        let source_type = source.ty();
        let is_sequence = matches!(source_type, Type::List(_) | Type::Set(_) | Type::Tuple(_));
        let (source, marks) = source.unmark();
        if source.is_null() {
            if !is_sequence {
                return Value::tuple(vec![]).with_marks(marks);
            }
            let detail = "Splat expressions (with the * symbol) cannot be applied to null sequences.";
            return self.fail("Splat of null value", detail, splat.source.span, expr);
        }
        if source_type == Type::Dynamic {
            return Value::dynamic().with_marks(marks);
        }
        if !is_sequence {
            // Unknown, it may yet turn out to be null, and the tuple empty.
            let is_there = source.definitely_not_null();
            let each = self.splat_each(source, splat);
            return if is_there { Value::tuple(vec![each]) } else { Value::dynamic() }.with_marks(marks);
        }
        let result =
            if source.is_known() { self.splat_known(&source, splat) } else { self.splat_unknown(&source, splat) };
        self.bounded(result, expr).with_marks(marks)
    }

    fn splat_each(&mut self, item: Value, splat: &Splat) -> Value {
        self.splat_items.push(item);
        let value = self.expr(&splat.each);
        self.splat_items.pop();
        value
    }

    fn splat_known(&mut self, source: &Value, splat: &Splat) -> Value {
        let errors = self.errors();
        let items = source.as_elements().unwrap_or_default();
        let values: Vec<Value> = items.iter().map(|item| self.splat_each(item.clone(), splat)).collect();
        if self.errors() > errors {
            // Its type can still be told, whatever is wrong with the elements.
            let errors = self.errors();
            let unknown = self.splat_unknown(&Value::unknown(source.ty()), splat);
            self.diagnostics.0.truncate(errors);
            return unknown;
        }
        match source.kind() {
            Kind::List(e) | Kind::Set(e) => {
                let element = match values.first() {
                    Some(first) => first.ty(),
                    None => self.splat_type(e.element_type(), splat),
                };
                if values.iter().all(|v| v.ty() == element) {
                    Value::list(element, values)
                } else {
                    Value::tuple(values)
                }
            }
            _ => Value::tuple(values),
        }
    }

    fn splat_unknown(&mut self, source: &Value, splat: &Splat) -> Value {
        match source.ty() {
            Type::List(e) | Type::Set(e) => {
                let element = self.splat_type(&e, splat);
                let refinement = Refinement {
                    not_null: true,
                    length: source.as_unknown().and_then(|u| u.refinement.length),
                    ..Refinement::default()
                };
                Value::unknown_refined(Type::list(element), refinement)
            }
            Type::Tuple(types) => {
                let types = types.iter().map(|t| self.splat_type(t, splat)).collect();
                Value::unknown(Type::tuple(types))
            }
            _ => Value::dynamic(),
        }
    }

    /// The type that a splat makes of elements of a type.
    fn splat_type(&mut self, element: &Type, splat: &Splat) -> Type {
        self.splat_each(Value::unknown(element.clone()), splat).ty()
    }
}
