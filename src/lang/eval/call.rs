//! Function calls, and the functions that are special in how they take their arguments: `try` and
//! `can` (which get expressions rather than values) and the template functions.

use crate::lang::functions::{self, FunctionError};
use crate::lang::{Kind, Type, Value};
use crate::syntax::ast::{Call, Expr, ExprKind, TemplatePart};
use crate::syntax::suggestion::suggestion;
use crate::syntax::{FunctionCall, Span};

use super::Evaluator;
use super::describe::describe_type;

impl Evaluator<'_> {
    pub(super) fn call(&mut self, call: &Call, expr: &Expr) -> Value {
        if !self.scope.functions_allowed() {
            return self.fail("Function calls not allowed", "Functions may not be called here.", expr.span, expr);
        }
        let name = call.name.strip_prefix("core::").unwrap_or(&call.name);
        match name {
            "try" => return self.try_call(call, expr),
            "can" => return self.can_call(call, expr),
            "templatefile" => return self.template_file(call, expr),
            "templatestring" => return self.template_string(call, expr),
            "type" if self.scope.is_console() => return self.type_call(call, expr),
            _ => {}
        }
        let Some(function) = functions::find(&call.name) else { return self.unknown_function(call, expr) };
        let Some(args) = self.arguments(call, expr) else { return Value::dynamic() };
        let names: Vec<&str> = function.params.iter().map(|p| p.name).collect();
        if !self.count_arguments(call, &names, function.variadic.is_some(), args.len(), expr) {
            return Value::dynamic();
        }
        match function.call(&args, self.scope.host()) {
            Ok(value) => self.bounded(value, expr),
            Err(e) => self.call_failed(call, &e, expr),
        }
    }

    fn unknown_function(&mut self, call: &Call, expr: &Expr) -> Value {
        let name = call.name.as_str();
        let mut parts = name.split("::");
        if let (Some("provider"), Some(provider), Some(function)) = (parts.next(), parts.next(), parts.next()) {
            let detail = format!(
                "There is no function named {name:?}. Ensure that provider name {provider:?} is declared in this \
                 module's required_providers block, and that this provider offers a function named {function:?}."
            );
            return self.fail("Unknown provider function", detail, call.name_span, expr);
        }
        let mut names: Vec<&str> = functions::names().collect();
        names.sort_unstable();
        let hint = suggestion(name, names).map_or_else(String::new, |s| format!(" Did you mean {s:?}?"));
        let detail = format!("There is no function named {name:?}.{hint}");
        self.fail("Call to unknown function", detail, call.name_span, expr)
    }

    /// The values of the arguments, a final `...` expanded; `None` if there was an error in one, or
    /// if how many there are is unknown.
    fn arguments(&mut self, call: &Call, expr: &Expr) -> Option<Vec<Value>> {
        let errors = self.errors();
        let mut args: Vec<Value> = call.args.iter().map(|a| self.expr(a)).collect();
        if self.errors() > errors {
            return None;
        }
        if !call.expand_final {
            return Some(args);
        }
        let (expanded, marks) = args.pop()?.unmark();
        let span = call.args.last().map_or(expr.span, |a| a.span);
        let summary = "Invalid expanding argument value";
        if expanded.is_null() {
            let detail = "The expanding argument (indicated by ...) must not be null.";
            self.fail_call(summary, detail, span, call, expr);
            return None;
        }
        if !matches!(expanded.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic) {
            let detail = "The expanding argument (indicated by ...) must be of a tuple, list, or set type.";
            self.fail_call(summary, detail, span, call, expr);
            return None;
        }
        if !expanded.is_known() {
            return None;
        }
        args.extend(expanded.as_elements().unwrap_or_default().iter().map(|v| v.clone().with_marks(marks)));
        Some(args)
    }

    fn count_arguments(&mut self, call: &Call, names: &[&str], variadic: bool, given: usize, expr: &Expr) -> bool {
        let wanted = names.len();
        if given < wanted {
            let at_least = if variadic { " at least" } else { "" };
            let detail = format!(
                "Function {:?} expects{at_least} {wanted} argument(s). Missing value for {:?}.",
                call.name.as_str(),
                names[given]
            );
            self.fail_call("Not enough function arguments", detail, call.close, call, expr);
            return false;
        }
        if given > wanted && !variadic {
            let detail = format!("Function {:?} expects only {wanted} argument(s).", call.name.as_str());
            let span = call.args.get(wanted).or(call.args.last()).map_or(call.close, start_span);
            self.fail_call("Too many function arguments", detail, span, call, expr);
            return false;
        }
        true
    }

    /// Reports an error about a call, with the function's signature.
    fn fail_call(&mut self, summary: &str, detail: impl Into<String>, subject: Span, call: &Call, expr: &Expr) {
        self.fail(summary, detail, subject, expr);
        if let (Some(d), Some(function)) = (self.diagnostics.0.last_mut(), functions::find(&call.name)) {
            d.function_call = Some(FunctionCall { called_as: call.name.to_string(), signature: function.signature() });
        }
    }

    /// Reports that a function refused its arguments.
    fn call_failed(&mut self, call: &Call, e: &FunctionError, expr: &Expr) -> Value {
        let (summary, detail, span) = match e.argument {
            Some(i) => {
                let parameter = functions::find(&call.name).and_then(|f| f.parameter(i));
                let name = parameter.map_or("argument", |p| p.name);
                let arg = call.args.get(i).or(call.args.last());
                let detail = format!("Invalid value for {name:?} parameter: {e}.");
                ("Invalid function argument", detail, arg.map_or(expr.span, start_span))
            }
            None => {
                let detail = format!("Call to function {:?} failed: {e}.", call.name.as_str());
                ("Error in function call", detail, call.name_span.to(call.open))
            }
        };
        self.fail_call(summary, detail, span, call, expr);
        Value::dynamic()
    }

    /// `try(a, b, …)`: the first that evaluates without error. One that is not wholly known yet could
    /// still turn out to have one, and nothing is known of the result.
    fn try_call(&mut self, call: &Call, expr: &Expr) -> Value {
        if call.expand_final {
            return self.try_expanded(call, expr);
        }
        let mut failures = String::new();
        for arg in &call.args {
            let before = self.errors();
            let was_quiet = std::mem::replace(&mut self.quiet, true);
            let value = self.expr(arg);
            self.quiet = was_quiet;
            if self.errors() == before {
                return if value.is_wholly_known() { value } else { Value::dynamic() };
            }
            for d in self.diagnostics.0.split_off(before) {
                failures.push_str(&format!("\n- {}: {}", d.summary, d.detail));
            }
        }
        let message = match call.args.is_empty() {
            true => "at least one argument is required".to_string(),
            false => format!(
                "no expression succeeded:{failures}\n\nAt least one expression must produce a successful result"
            ),
        };
        self.call_failed(call, &FunctionError::new(message), expr)
    }

    /// With `...` there is one expression for all arguments: it fails or doesn't as a whole.
    fn try_expanded(&mut self, call: &Call, expr: &Expr) -> Value {
        match self.arguments(call, expr) {
            Some(args) => match args.into_iter().next() {
                Some(first) => first,
                None => {
                    let message = "at least one argument is required";
                    self.call_failed(call, &FunctionError::new(message), expr)
                }
            },
            None => Value::dynamic(),
        }
    }

    fn can_call(&mut self, call: &Call, expr: &Expr) -> Value {
        if !self.count_arguments(call, &["expression"], false, call.args.len(), expr) {
            return Value::dynamic();
        }
        match self.quietly(|e| e.expr(&call.args[0])) {
            Some(value) if !value.is_wholly_known() => Value::unknown(Type::Bool),
            result => result.is_some().into(),
        }
    }

    /// `type(x)`, in the console only: the type as a text, which the console prints as it is.
    fn type_call(&mut self, call: &Call, expr: &Expr) -> Value {
        // What it gives is a text about a type, not a value to go on with.
        if self.steps != 1 {
            let detail = "The type function can be used only on its own, as the whole of an expression in the console.";
            self.fail("Invalid use of type function", detail, call.name_span, expr);
            return Value::dynamic();
        }
        let Some(args) = self.arguments(call, expr) else { return Value::dynamic() };
        if !self.count_arguments(call, &["value"], false, args.len(), expr) {
            return Value::dynamic();
        }
        Value::string(describe_type(&args[0].ty()))
    }

    fn template_file(&mut self, call: &Call, expr: &Expr) -> Value {
        let Some(args) = self.arguments(call, expr) else { return Value::dynamic() };
        if !self.count_arguments(call, &["path", "vars"], false, args.len(), expr) {
            return Value::dynamic();
        }
        match self.render_file(&args) {
            Ok(v) => self.bounded(v, expr),
            Err(e) => self.call_failed(call, &e, expr),
        }
    }

    fn template_string(&mut self, call: &Call, expr: &Expr) -> Value {
        let given = call.args.len();
        if !call.expand_final && !self.count_arguments(call, &["template", "vars"], false, given, expr) {
            return Value::dynamic();
        }
        if let Some(e) = call.args.first().and_then(|a| super::template_functions::check_indirect(a).err()) {
            return self.call_failed(call, &e, expr);
        }
        let Some(args) = self.arguments(call, expr) else { return Value::dynamic() };
        if !self.count_arguments(call, &["template", "vars"], false, args.len(), expr) {
            return Value::dynamic();
        }
        match self.render_string(&args) {
            Ok(v) => self.bounded(v, expr),
            Err(e) => self.call_failed(call, &e, expr),
        }
    }
}

/// Where an argument begins, which is what errors about it point at: what is between the quotes of
/// a string, the name of a called function, the first operand.
fn start_span(expr: &Expr) -> Span {
    match &expr.kind {
        ExprKind::Template(parts) => parts.first().map_or(expr.span, part_span),
        ExprKind::String(_) if expr.span.range().len() >= 2 => {
            Span { start: expr.span.start + 1, end: expr.span.end - 1, ..expr.span }
        }
        ExprKind::Call(call) => call.name_span.to(call.open),
        ExprKind::Binary(_, left, _) => start_span(left),
        ExprKind::Conditional(arms) => start_span(&arms[0]),
        ExprKind::Tuple(_) | ExprKind::Object(_) | ExprKind::For(_) | ExprKind::Unary(..) => {
            Span { end: expr.span.start + 1, ..expr.span }
        }
        ExprKind::Splat(splat) => splat.marker,
        _ => expr.span,
    }
}

fn part_span(part: &TemplatePart) -> Span {
    match part {
        TemplatePart::Literal(_, span) | TemplatePart::If { span, .. } | TemplatePart::For { span, .. } => *span,
        TemplatePart::Interpolation(e) => start_span(e),
    }
}

/// Whether a value is a string or will be one.
pub(super) fn is_string(value: &Value) -> bool {
    matches!(value.kind(), Kind::String(_)) || value.ty() == Type::String
}
