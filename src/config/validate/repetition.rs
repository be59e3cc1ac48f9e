//! `count` and `for_each`.

use crate::config::module::Repetition;
use crate::config::scope::Instance;
use crate::lang::eval::{Interest, explain};
use crate::lang::{Kind, Marks, Type, Value, convert};
use crate::syntax::{Diagnostic, Span};

use super::Validator;

/// Summary of errors in `count`.
pub(crate) const COUNT: &str = "Invalid count argument";
/// Summary of errors in `for_each`.
pub(crate) const FOR_EACH: &str = "Invalid for_each argument";

impl Validator<'_> {
    /// Checks what can be told of `count` or `for_each` before values are known.
    pub(super) fn repetition(&mut self, module: usize, repetition: &Repetition) {
        let (expr, check): (_, fn(&Value, Span) -> Option<Diagnostic>) = match repetition {
            Repetition::Single => return,
            Repetition::Count(e) => (e, check_count),
            Repetition::ForEach(e) => (e, check_for_each),
        };
        if let Some(value) = self.evaluate(module, expr, Instance::default()) {
            let problem = check(&value, expr.span).map(|d| {
                let interest = Interest { sensitive: value.is_sensitive(), unknown: false };
                let scope = self.scope(module, Instance::default());
                Diagnostic { values: explain(expr, &scope, interest), ..d }
            });
            self.diagnostics.extend(problem);
        }
    }
}

/// A count is a whole number from 0 on. Sensitive ones are allowed.
pub(crate) fn check_count(value: &Value, span: Span) -> Option<Diagnostic> {
    let (value, marks) = value.unmark();
    if marks.contains(Marks::EPHEMERAL) {
        let detail = "The given \"count\" is derived from an ephemeral value, which means that Terraform cannot persist \
                      it between plan/apply rounds. Use only non-ephemeral values to specify the number of resource \
                      instances.";
        return Some(Diagnostic::error(COUNT, detail).at(span));
    }
    if value.is_null() {
        let detail = "The given \"count\" argument value is null. An integer is required.";
        return Some(Diagnostic::error(COUNT, detail).at(span));
    }
    let number = match convert(&value, &Type::Number) {
        Ok(v) => v,
        Err(e) => {
            let detail = format!("Invalid expression value: {e}.");
            return Some(Diagnostic::error("Incorrect value type", detail).at(span));
        }
    };
    let n = number.as_number()?;
    let why = if !n.is_integer() {
        "value must be a whole number, between -9223372036854775808 and 9223372036854775807"
    } else if n.is_negative() && !n.is_zero() {
        "must be greater than or equal to zero"
    } else {
        return None;
    };
    let detail = format!("The given \"count\" argument value is unsuitable: {why}.");
    Some(Diagnostic::error(COUNT, detail).at(span))
}

/// `for_each` takes a map, an object or a set of strings, and no secrets.
pub(crate) fn check_for_each(value: &Value, span: Span) -> Option<Diagnostic> {
    let refuse = |why: String| Some(Diagnostic::error(FOR_EACH, why).at(span));
    let unsuitable = |why: &str| refuse(format!("The given \"for_each\" argument value is unsuitable: {why}"));
    let unsuitable_set =
        |why: &str| unsuitable(why).map(|d| Diagnostic { summary: "Invalid for_each set argument".into(), ..d });
    let (value, marks) = value.unmark();
    if marks.contains(Marks::SENSITIVE) {
        return refuse(
            "Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. If used, \
             the sensitive value could be exposed as a resource instance key."
                .into(),
        );
    }
    if marks.contains(Marks::EPHEMERAL) {
        return refuse(
            "The given \"for_each\" value is derived from an ephemeral value, which means that Terraform cannot persist \
             it between plan/apply rounds. Use only non-ephemeral values to specify a resource's instance keys."
                .into(),
        );
    }
    if value.is_null() {
        return unsuitable("the given \"for_each\" argument value is null. A map, or set of strings is allowed.");
    }
    match value.ty() {
        Type::Dynamic | Type::Map(_) | Type::Object(_) => None,
        Type::Set(element) if *element == Type::String || *element == Type::Dynamic => match value.kind() {
            Kind::Set(e) if e.items().iter().any(Value::is_null) => {
                unsuitable_set("\"for_each\" sets must not contain null values.")
            }
            _ => None,
        },
        Type::Set(element) => unsuitable_set(&format!(
            "\"for_each\" supports maps and sets of strings, but you have provided a set containing type {}.",
            element.friendly_name()
        )),
        ty => unsuitable(&format!(
            "the \"for_each\" argument must be a map, or set of strings, and you have provided a value of type {}.",
            ty.friendly_name()
        )),
    }
}
