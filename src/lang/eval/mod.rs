//! Evaluation of expressions, with Terraform's semantics and diagnostics. An expression that fails
//! gives an unknown value of unknown type and a diagnostic, so that one run finds every error.

mod access;
mod call;
mod conditional;
mod describe;
mod for_expr;
mod operators;
mod template;
mod template_functions;
#[cfg(test)]
mod tests;

use smol_str::SmolStr;

use crate::lang::{Kind, Marks, Number, Scope, Type, Value, convert};
use crate::syntax::ast::{Expr, ExprKind, ObjectItem, ObjectKey, Traversal};
use crate::syntax::{Diagnostic, Diagnostics, ExpressionValue, Span};

pub use access::{get_attribute, index};
pub use describe::{Interest, describe_value};

/// The value of an expression.
///
/// # Errors
/// All errors found in it.
pub fn evaluate(expr: &Expr, scope: &dyn Scope) -> Result<Value, Diagnostics> {
    let (value, diagnostics) = evaluate_partial(expr, scope);
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(value) }
}

/// The value of an expression as far as it can be told, and what is wrong with the rest.
pub fn evaluate_partial(expr: &Expr, scope: &dyn Scope) -> (Value, Diagnostics) {
    let mut evaluator = Evaluator::new(scope);
    let value = evaluator.expr(expr);
    (value, evaluator.diagnostics)
}

/// The value of an expression with names of its own, as those that a `for` declares: a template's
/// variables, an iterator of a dynamic block.
pub fn evaluate_with(expr: &Expr, scope: &dyn Scope, names: Vec<(SmolStr, Value)>) -> (Value, Diagnostics) {
    let mut evaluator = Evaluator::new(scope);
    evaluator.locals = names;
    let value = evaluator.expr(expr);
    (value, evaluator.diagnostics)
}

/// What the references in an expression are, for an error about it that is found elsewhere.
pub fn explain(expr: &Expr, scope: &dyn Scope, of_interest: Interest) -> Vec<ExpressionValue> {
    Evaluator::new(scope).explain(expr, of_interest)
}

/// How much one expression may compute: steps, and values written out in full. Far beyond real
/// use, and reached within a second or so.
const MAX_STEPS: u64 = 5_000_000;
const MAX_WEIGHT: u64 = 32_000_000;
/// Bytes of one text.
const MAX_TEXT: usize = 16 << 20;

/// The evaluation of one expression.
struct Evaluator<'s> {
    scope: &'s dyn Scope,
    /// What `for` expressions around the current one declare, innermost last.
    locals: Vec<(SmolStr, Value)>,
    /// Elements of the splats around the current expression, innermost last.
    splat_items: Vec<Value>,
    diagnostics: Diagnostics,
    /// Within `try` and `can`, where errors are only counted.
    quiet: bool,
    steps: u64,
    /// How deep we are in templates that templates render.
    template_depth: usize,
}

impl<'s> Evaluator<'s> {
    fn new(scope: &'s dyn Scope) -> Self {
        Evaluator {
            scope,
            locals: Vec::new(),
            splat_items: Vec::new(),
            diagnostics: Diagnostics::new(),
            quiet: false,
            steps: 0,
            template_depth: 0,
        }
    }

    /// Reports an error in `expr`, whose references are explained to the reader, and gives the
    /// value that stands for it.
    fn fail(&mut self, summary: &str, detail: impl Into<String>, subject: Span, expr: &Expr) -> Value {
        let mut diagnostic = Diagnostic::error(summary, detail).at(subject).within(expr.span);
        if !self.quiet {
            diagnostic.values = self.explain(expr, Interest::default());
        }
        self.diagnostics.push(diagnostic);
        Value::dynamic()
    }

    /// How many diagnostics there are: what is compared before and after a part.
    fn errors(&self) -> usize {
        self.diagnostics.0.len()
    }

    fn expr(&mut self, expr: &Expr) -> Value {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return self.too_much(expr);
        }
        match &expr.kind {
            ExprKind::Null => Value::null(Type::Dynamic),
            ExprKind::Bool(b) => (*b).into(),
            ExprKind::Number(text) => self.number(text, expr),
            ExprKind::String(s) => Kind::String(s.clone()).into(),
            ExprKind::Template(parts) => self.template(parts, expr),
            ExprKind::Interpolation(e) | ExprKind::Parentheses(e) | ExprKind::JsonString(_, e) => self.expr(e),
            ExprKind::Traversal(t) => self.traversal(t, expr),
            ExprKind::RelativeTraversal(source, steps) => {
                let errors = self.errors();
                let value = self.expr(source);
                if self.errors() > errors { Value::dynamic() } else { self.steps_from(value, steps, expr) }
            }
            ExprKind::Index(collection, key) => self.index_expr(collection, key, expr),
            ExprKind::Splat(splat) => self.splat(splat, expr),
            ExprKind::SplatItem => self.splat_items.last().cloned().unwrap_or_else(Value::dynamic),
            ExprKind::Call(call) => self.call(call, expr),
            ExprKind::Unary(op, operand) => self.unary(*op, operand, expr),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expr),
            ExprKind::Conditional(arms) => self.conditional(arms, expr),
            ExprKind::Tuple(items) => {
                let items = items.iter().map(|i| self.expr(i)).collect();
                self.bounded(Value::tuple(items), expr)
            }
            ExprKind::Object(items) => self.object(items, expr),
            ExprKind::For(f) => self.for_expr(f, expr),
        }
    }

    fn too_much(&mut self, expr: &Expr) -> Value {
        // Once is enough: every expression on the way out would say it again.
        if self.diagnostics.iter().any(|d| d.summary == "Expression too large") {
            return Value::dynamic();
        }
        let detail = format!(
            "Evaluating this takes more than {MAX_STEPS} steps, or its result is too large to be of use. Reduce the \
             number of elements it iterates over or the number of times it repeats a value."
        );
        self.fail("Expression too large", detail, expr.span, expr)
    }

    /// Refuses values that are small to build and enormous to write out.
    fn bounded(&mut self, value: Value, expr: &Expr) -> Value {
        let is_long = value.as_str().is_some_and(|s| s.len() > MAX_TEXT);
        if is_long || value.weight() > MAX_WEIGHT { self.too_much(expr) } else { value }
    }

    fn number(&mut self, text: &str, expr: &Expr) -> Value {
        match Number::parse(text) {
            Some(n) => n.into(),
            None => self.fail("Invalid number literal", format!("The number {text} is too large."), expr.span, expr),
        }
    }

    fn traversal(&mut self, traversal: &Traversal, expr: &Expr) -> Value {
        let local = self.locals.iter().rev().find(|(name, _)| *name == traversal.root.name);
        if let Some((_, value)) = local {
            let value = value.clone();
            return self.steps_from(value, &traversal.steps, expr);
        }
        match self.scope.resolve(traversal) {
            Ok((value, taken)) => match traversal.steps.get(taken..) {
                Some([]) | None => value,
                Some(rest) => self.steps_from(value, rest, expr),
            },
            Err(diagnostics) => {
                self.diagnostics.extend(diagnostics);
                Value::dynamic()
            }
        }
    }

    fn object(&mut self, items: &[ObjectItem], expr: &Expr) -> Value {
        let mut attributes = Vec::with_capacity(items.len());
        let mut marks = Marks::NONE;
        let mut known = true;
        for item in items {
            let key = match &item.key {
                ObjectKey::Name(name) => Some(name.name.clone()),
                ObjectKey::Expr(key) => match self.object_key(key, &mut marks, expr) {
                    Key::Known(k) => Some(k),
                    Key::Unknown | Key::Failed => None,
                },
            };
            let value = self.expr(&item.value);
            match key {
                Some(key) => attributes.push((key, value)),
                None => known = false,
            }
        }
        let value = if known { Value::object(attributes) } else { Value::dynamic() };
        self.bounded(value, expr).with_marks(marks)
    }

    fn object_key(&mut self, key: &Expr, marks: &mut Marks, expr: &Expr) -> Key {
        if let ExprKind::Traversal(t) = &key.kind
            && !t.steps.is_empty()
        {
            let detail = "If this expression is intended to be a reference, wrap it in parentheses. If it's instead \
                          intended as a literal name containing periods, wrap it in quotes to create a string literal.";
            self.fail("Ambiguous attribute key", detail, key.span, expr);
            return Key::Failed;
        }
        let errors = self.errors();
        let value = self.expr(key);
        if self.errors() > errors {
            return Key::Failed;
        }
        if value.is_null() {
            self.fail("Null value as key", "Can't use a null value as a key.", key.span, expr);
            return Key::Failed;
        }
        let (value, own) = value.unmark();
        *marks |= own;
        match convert(&value, &Type::String) {
            Err(e) => {
                self.fail("Incorrect key type", format!("Can't use this value as a key: {e}."), key.span, expr);
                Key::Failed
            }
            Ok(v) => v.as_str().map_or(Key::Unknown, |s| Key::Known(s.clone())),
        }
    }
}

/// What became of the key of an object's item.
enum Key {
    Known(SmolStr),
    Unknown,
    Failed,
}
