//! Unary and binary operators.

use crate::lang::convert::convert;
use crate::lang::{Number, Type, Value};
use crate::syntax::ast::{BinaryOp, Expr, UnaryOp};

use super::Evaluator;

impl Evaluator<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: &Expr, expr: &Expr) -> Value {
        let ty = match op {
            UnaryOp::Negate => Type::Number,
            UnaryOp::Not => Type::Bool,
        };
        let Some(value) = self.operand(operand, &ty, "unary operand", expr) else { return Value::unknown(ty) };
        let (value, marks) = value.unmark();
        let result = match (op, value.as_number(), value.as_bool()) {
            (UnaryOp::Negate, Some(n), _) => n.neg().into(),
            (UnaryOp::Not, _, Some(b)) => (!b).into(),
            _ if value.is_null() => return self.null_operand(ty, expr),
            _ => Value::unknown_not_null(ty),
        };
        result.with_marks(marks)
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, expr: &Expr) -> Value {
        let (operand, result) = types(op);
        let a = self.operand(left, &operand, "left operand", expr);
        let b = self.operand(right, &operand, "right operand", expr);
        let (Some(a), Some(b)) = (a, b) else { return Value::unknown(result) };
        match op {
            BinaryOp::Equal => return a.equals(&b),
            BinaryOp::NotEqual => {
                let (equal, marks) = a.equals(&b).unmark();
                let different = equal.as_bool().map_or_else(|| Value::unknown_not_null(Type::Bool), |b| (!b).into());
                return different.with_marks(marks);
            }
            _ => {}
        }
        if a.is_null() || b.is_null() {
            return self.null_operand(result, expr);
        }
        let ((a, a_marks), (b, b_marks)) = (a.unmark(), b.unmark());
        match compute(op, &a, &b, &result) {
            Ok(v) => v.with_marks(a_marks | b_marks),
            Err(e) => {
                self.fail("Operation failed", format!("Error during operation: {e}."), expr.span, expr);
                Value::unknown(result)
            }
        }
    }

    /// An operand, converted; `None` if there was an error in it.
    fn operand(&mut self, operand: &Expr, ty: &Type, what: &str, expr: &Expr) -> Option<Value> {
        let errors = self.errors();
        let value = self.expr(operand);
        if self.errors() > errors {
            return None;
        }
        match convert(&value, ty) {
            Ok(v) => Some(v),
            Err(e) => {
                self.fail("Invalid operand", format!("Unsuitable value for {what}: {e}."), operand.span, expr);
                None
            }
        }
    }

    fn null_operand(&mut self, result: Type, expr: &Expr) -> Value {
        self.fail("Operation failed", "Error during operation: argument must not be null.", expr.span, expr);
        Value::unknown(result)
    }
}

/// The type of the operands and of the result.
fn types(op: BinaryOp) -> (Type, Type) {
    match op {
        BinaryOp::Or | BinaryOp::And => (Type::Bool, Type::Bool),
        BinaryOp::Equal | BinaryOp::NotEqual => (Type::Dynamic, Type::Bool),
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => (Type::Number, Type::Bool),
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => {
            (Type::Number, Type::Number)
        }
    }
}

fn compute(op: BinaryOp, a: &Value, b: &Value, result: &Type) -> Result<Value, String> {
    if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
        return numbers(op, x, y);
    }
    if let (Some(x), Some(y)) = (a.as_bool(), b.as_bool()) {
        return Ok(if op == BinaryOp::Or { x || y } else { x && y }.into());
    }
    // Ranges of unknown numbers can decide a comparison: `<=` where they decide both `<` and `==`.
    let decided = match op {
        BinaryOp::Less => a.definitely_less(b),
        BinaryOp::Greater => b.definitely_less(a),
        BinaryOp::LessEqual => a.definitely_less(b).zip(a.equals(b).as_bool()).map(|(less, equal)| less || equal),
        BinaryOp::GreaterEqual => b.definitely_less(a).zip(a.equals(b).as_bool()).map(|(more, equal)| more || equal),
        _ => None,
    };
    Ok(decided.map_or_else(|| Value::unknown_not_null(result.clone()), Value::from))
}

fn numbers(op: BinaryOp, x: &Number, y: &Number) -> Result<Value, String> {
    let number = match op {
        BinaryOp::Less => return Ok((x < y).into()),
        BinaryOp::LessEqual => return Ok((x < y || x.equals(y)).into()),
        BinaryOp::Greater => return Ok((x > y).into()),
        BinaryOp::GreaterEqual => return Ok((x > y || x.equals(y)).into()),
        BinaryOp::Add => x.add(y),
        BinaryOp::Subtract => x.sub(y),
        BinaryOp::Multiply => x.mul(y),
        BinaryOp::Divide => x.div(y),
        BinaryOp::Modulo => x.rem(y),
        BinaryOp::Or | BinaryOp::And | BinaryOp::Equal | BinaryOp::NotEqual => {
            return Err("operands of the wrong type".into());
        }
    };
    number.map(Value::from).map_err(|e| e.to_string())
}
