//! `[for …]` and `{for …}`.

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::lang::{Marks, Type, Value, convert};
use crate::syntax::ast::{Expr, For, Ident};

use super::Evaluator;

/// What became of one element.
enum Item {
    Value(Value),
    Left,
    Unknown,
}

impl Evaluator<'_> {
    pub(super) fn for_expr(&mut self, f: &For, expr: &Expr) -> Value {
        let Some((collection, marks)) = self.iterable(&f.collection, "for", expr) else { return Value::dynamic() };
        if !collection.is_known() {
            return Value::dynamic().with_marks(marks);
        }
        let (value, more) = match &f.key {
            Some(key) => self.for_object(f, key, &collection, expr),
            None => self.for_tuple(f, &collection, expr),
        };
        self.bounded(value, expr).with_marks(marks | more)
    }

    /// The collection of a `for`, without its marks; `None` if it can't be iterated.
    pub(super) fn iterable(&mut self, collection: &Expr, what: &str, expr: &Expr) -> Option<(Value, Marks)> {
        let errors = self.errors();
        let value = self.expr(collection);
        if self.errors() > errors {
            return None;
        }
        if value.is_null() {
            let detail = format!("A null value cannot be used as the collection in a '{what}' expression.");
            self.fail("Iteration over null value", detail, collection.span, expr);
            return None;
        }
        let (value, marks) = value.unmark();
        let ty = value.ty();
        if ty != Type::Dynamic && !value.can_iterate() {
            let detail = format!(
                "A value of type {} cannot be used as the collection in a '{what}' expression.",
                ty.friendly_name()
            );
            self.fail("Iteration over non-iterable value", detail, collection.span, expr);
            return None;
        }
        Some((value, marks))
    }

    /// Evaluates something with the names of a `for` set to one element.
    pub(super) fn with_element<T>(
        &mut self,
        key_var: Option<&Ident>,
        value_var: &Ident,
        (key, value): (Value, Value),
        inner: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outside = self.locals.len();
        if let Some(name) = key_var {
            self.locals.push((name.name.clone(), key));
        }
        self.locals.push((value_var.name.clone(), value));
        let result = inner(self);
        self.locals.truncate(outside);
        result
    }

    /// Whether the `if` lets an element in.
    fn included(&mut self, f: &For, marks: &mut Marks, expr: &Expr) -> Item {
        let Some(condition) = &f.condition else { return Item::Value(true.into()) };
        let errors = self.errors();
        let value = self.expr(condition);
        if self.errors() > errors {
            return Item::Unknown;
        }
        let summary = "Invalid 'for' condition";
        if value.is_null() {
            self.fail(summary, "The value of the 'if' clause must not be null.", condition.span, expr);
            return Item::Unknown;
        }
        match convert(&value, &Type::Bool) {
            Err(e) => {
                self.fail(summary, format!("The 'if' clause value is invalid: {e}."), condition.span, expr);
                Item::Unknown
            }
            Ok(v) => {
                *marks |= v.marks();
                match v.as_bool() {
                    Some(true) => Item::Value(v),
                    Some(false) => Item::Left,
                    None => Item::Unknown,
                }
            }
        }
    }

    fn for_tuple(&mut self, f: &For, collection: &Value, expr: &Expr) -> (Value, Marks) {
        let mut marks = Marks::NONE;
        let mut known = true;
        let mut items = Vec::new();
        for element in collection.iterate() {
            let item = self.with_element(f.key_var.as_ref(), &f.value_var, element, |e| {
                match e.included(f, &mut marks, expr) {
                    Item::Value(_) => Item::Value(e.expr(&f.value)),
                    other => other,
                }
            });
            match item {
                Item::Value(v) => items.push(v),
                Item::Left => {}
                Item::Unknown => known = false,
            }
            if self.steps > super::MAX_STEPS {
                break;
            }
        }
        (if known { Value::tuple(items) } else { Value::dynamic() }, marks)
    }

    fn for_object(&mut self, f: &For, key: &Expr, collection: &Value, expr: &Expr) -> (Value, Marks) {
        let mut marks = Marks::NONE;
        let mut known = true;
        let mut groups: IndexMap<SmolStr, Vec<Value>> = IndexMap::new();
        for element in collection.iterate() {
            self.with_element(f.key_var.as_ref(), &f.value_var, element, |e| {
                match e.included(f, &mut marks, expr) {
                    Item::Left => return,
                    Item::Unknown => {
                        known = false;
                        return;
                    }
                    Item::Value(_) => {}
                }
                let Some(k) = e.for_key(key, &mut marks, expr) else {
                    known = false;
                    return;
                };
                let value = e.expr(&f.value);
                if !f.group && groups.contains_key(&k) {
                    let detail = format!(
                        "Two different items produced the key {:?} in this 'for' expression. If duplicates are expected, \
                         use the ellipsis (...) after the value expression to enable grouping by key.",
                        k.as_str()
                    );
                    e.fail("Duplicate object key", detail, key.span, expr);
                } else {
                    groups.entry(k).or_default().push(value);
                }
            });
            if self.steps > super::MAX_STEPS {
                break;
            }
        }
        if !known {
            return (Value::dynamic(), marks);
        }
        let value = |mut values: Vec<Value>| match (f.group, values.pop()) {
            (false, Some(only)) => only,
            (_, last) => {
                values.extend(last);
                Value::tuple(values)
            }
        };
        (Value::object(groups.into_iter().map(|(k, v)| (k, value(v))).collect()), marks)
    }

    fn for_key(&mut self, key: &Expr, marks: &mut Marks, expr: &Expr) -> Option<SmolStr> {
        let errors = self.errors();
        let value = self.expr(key);
        if self.errors() > errors {
            return None;
        }
        if value.is_null() {
            let detail = "Key expression in 'for' expression must not produce a null value.";
            self.fail("Invalid object key", detail, key.span, expr);
            return None;
        }
        match convert(&value, &Type::String) {
            Err(e) => {
                let detail = format!("The key expression produced an invalid result: {e}.");
                self.fail("Invalid object key", detail, key.span, expr);
                None
            }
            Ok(v) => {
                *marks |= v.marks();
                v.as_str().cloned()
            }
        }
    }
}
