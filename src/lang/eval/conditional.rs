//! `cond ? a : b`: both arms are evaluated, and brought to one type whichever is taken.

use crate::lang::convert::{Rules, unify};
use crate::lang::value::{Bound, Refinement};
use crate::lang::{Type, Value, convert};
use crate::syntax::ast::Expr;

use super::Evaluator;

impl Evaluator<'_> {
    pub(super) fn conditional(&mut self, arms: &[Expr; 3], expr: &Expr) -> Value {
        let [condition, then, otherwise] = arms;
        // Errors in an arm count only if the condition takes it.
        let before = self.errors();
        let then_value = self.expr(then);
        let then_errors = self.diagnostics.0.split_off(before);
        let otherwise_value = self.expr(otherwise);
        let otherwise_errors = self.diagnostics.0.split_off(before);
        let choice = Choice {
            values: [then_value, otherwise_value],
            errors: [then_errors, otherwise_errors],
            spans: [then.span, otherwise.span],
        };
        self.choose(condition, choice, expr)
    }

    /// Decides between two evaluated arms; also for `%{if}` in templates.
    pub(super) fn choose(&mut self, condition: &Expr, choice: Choice, expr: &Expr) -> Value {
        let [then, otherwise] = &choice.values;
        let Some(ty) = common_type(then, otherwise) else {
            let detail = format!(
                "The true and false result expressions must have consistent types. {}.",
                super::describe::type_mismatch(&then.ty(), &otherwise.ty())
            );
            let arms = choice.spans[0].to(choice.spans[1]);
            return self.fail("Inconsistent conditional result types", detail, arms, expr);
        };
        let before = self.errors();
        let value = self.expr(condition);
        if self.errors() > before {
            return Value::unknown(ty);
        }
        if value.is_null() {
            let detail = "The condition value is null. Conditions must either be true or false.";
            self.fail("Null condition", detail, condition.span, expr);
            return Value::unknown(ty);
        }
        let (value, marks) = value.unmark();
        if !value.is_known() {
            return undecided(ty, then, otherwise).with_marks(marks | then.marks() | otherwise.marks());
        }
        let Some(taken) = convert(&value, &Type::Bool).ok().and_then(|v| v.as_bool()) else {
            return self.condition_type(condition, ty, expr);
        };
        // Marks of the arm that isn't taken count too.
        let marks = marks | then.marks() | otherwise.marks();
        let arm = usize::from(!taken);
        let Choice { values, errors, spans } = choice;
        let [then_errors, otherwise_errors] = errors;
        self.diagnostics.extend(if taken { then_errors } else { otherwise_errors });
        match convert(&values[arm], &ty) {
            Ok(v) => v.with_marks(marks),
            Err(e) => {
                let which = if taken { "true" } else { "false" };
                let detail = format!("The {which} result value has the wrong type: {e}.");
                self.fail("Inconsistent conditional result types", detail, spans[arm], expr)
            }
        }
    }

    fn condition_type(&mut self, condition: &Expr, result: Type, expr: &Expr) -> Value {
        let detail = "The condition expression must be of type bool.";
        self.fail("Incorrect condition type", detail, condition.span, expr);
        Value::unknown(result)
    }
}

/// The two arms, evaluated: first the one for true.
pub(super) struct Choice {
    pub(super) values: [Value; 2],
    pub(super) errors: [Vec<crate::syntax::Diagnostic>; 2],
    pub(super) spans: [crate::syntax::Span; 2],
}

/// The type of the whole: that of the other arm for a bare null, unknown where one arm's is.
fn common_type(then: &Value, otherwise: &Value) -> Option<Type> {
    let open = |v: &Value| v.ty() == Type::Dynamic;
    match (open(then), open(otherwise)) {
        (true, _) if !then.is_null() => Some(Type::Dynamic),
        (_, true) if !otherwise.is_null() => Some(Type::Dynamic),
        (true, _) => Some(otherwise.ty()),
        (_, true) => Some(then.ty()),
        _ => unify(&[then.ty(), otherwise.ty()], Rules::Unsafe),
    }
}

/// What is known of a value that will be one of two.
fn undecided(ty: Type, then: &Value, otherwise: &Value) -> Value {
    if then.is_null() && otherwise.is_null() {
        return Value::null(ty);
    }
    if ty == Type::Dynamic {
        return Value::dynamic();
    }
    let mut refinement =
        Refinement { not_null: then.definitely_not_null() && otherwise.definitely_not_null(), ..Refinement::default() };
    if refinement.not_null && then.ty() == ty && otherwise.ty() == ty {
        match ty {
            Type::Number => {
                let ((a_low, a_high), (b_low, b_high)) = (then.number_range(), otherwise.number_range());
                refinement.lower = outer(a_low, b_low, |a, b| a.number <= b.number);
                refinement.upper = outer(a_high, b_high, |a, b| a.number >= b.number);
            }
            Type::List(_) | Type::Set(_) | Type::Map(_) => {
                let ((a_min, a_max), (b_min, b_max)) = (then.length_range(), otherwise.length_range());
                refinement.length = Some((a_min.min(b_min), a_max.zip(b_max).map(|(a, b)| a.max(b))));
            }
            _ => {}
        }
    }
    Value::unknown_refined(ty, refinement)
}

/// The wider of two bounds; none if one side is open.
fn outer(a: Option<Bound>, b: Option<Bound>, a_is_wider: impl Fn(&Bound, &Bound) -> bool) -> Option<Bound> {
    let (a, b) = (a?, b?);
    let inclusive = if a.number == b.number { a.inclusive || b.inclusive } else { false };
    let mut wider = if a_is_wider(&a, &b) { a } else { b };
    wider.inclusive |= inclusive;
    Some(wider)
}
