//! The references in an expression: every traversal but those that begin with a name that a `for`
//! around them declares.

use smol_str::SmolStr;

use crate::syntax::ast::{Call, Expr, ExprKind, For, Ident, ObjectKey, TemplatePart, Traversal};

/// All references in an expression, in source order.
#[must_use]
pub fn references(expr: &Expr) -> Vec<&Traversal> {
    let mut found = Vec::new();
    visit(expr, &mut |node, locals| {
        if let ExprKind::Traversal(t) = &node.kind
            && !locals.contains(&&t.root.name)
        {
            found.push(t);
        }
    });
    found
}

/// All references in an expression, each with the expression in brackets that picks an element of what it refers to, if
/// there is one that uses none of the names that expressions around it declare.
#[must_use]
pub fn keyed_references(expr: &Expr) -> Vec<(&Traversal, Option<&Expr>)> {
    let mut found: Vec<(&Traversal, Option<&Expr>)> = Vec::new();
    let mut keyed = None;
    visit(expr, &mut |node, locals| match &node.kind {
        ExprKind::Index(collection, key) => {
            if let ExprKind::Traversal(t) = &collection.kind
                && !references(key).iter().any(|r| locals.contains(&&r.root.name))
            {
                keyed = Some((t, &**key));
            }
        }
        ExprKind::Traversal(t) if !locals.contains(&&t.root.name) => {
            let key = keyed.take().filter(|(of, _)| std::ptr::eq(*of, t)).map(|(_, key)| key);
            found.push((t, key));
        }
        _ => {}
    });
    found
}

/// All function calls in an expression, in source order.
#[must_use]
pub fn calls(expr: &Expr) -> Vec<&Call> {
    let mut found = Vec::new();
    visit(expr, &mut |node, _| {
        if let ExprKind::Call(call) = &node.kind {
            found.push(&**call);
        }
    });
    found
}

/// Calls `f` on an expression and everything in it, with the names declared around each.
pub fn visit<'e>(expr: &'e Expr, f: &mut dyn FnMut(&'e Expr, &[&'e SmolStr])) {
    Visitor { locals: Vec::new(), f }.expr(expr);
}

struct Visitor<'e, 'f> {
    locals: Vec<&'e SmolStr>,
    f: &'f mut dyn FnMut(&'e Expr, &[&'e SmolStr]),
}

impl<'e> Visitor<'e, '_> {
    fn expr(&mut self, expr: &'e Expr) {
        (self.f)(expr, &self.locals);
        match &expr.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Traversal(_)
            | ExprKind::SplatItem => {}
            ExprKind::Template(parts) => self.parts(parts),
            ExprKind::Interpolation(e)
            | ExprKind::RelativeTraversal(e, _)
            | ExprKind::Unary(_, e)
            | ExprKind::Parentheses(e)
            | ExprKind::JsonString(_, e) => self.expr(e),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Splat(s) => {
                self.expr(&s.source);
                self.expr(&s.each);
            }
            ExprKind::Call(c) => c.args.iter().for_each(|a| self.expr(a)),
            ExprKind::Conditional(arms) => arms.iter().for_each(|a| self.expr(a)),
            ExprKind::Tuple(items) => items.iter().for_each(|i| self.expr(i)),
            ExprKind::Object(items) => {
                for item in items {
                    if let ObjectKey::Expr(key) = &item.key {
                        self.expr(key);
                    }
                    self.expr(&item.value);
                }
            }
            ExprKind::For(f) => self.for_expr(f),
        }
    }

    fn for_expr(&mut self, f: &'e For) {
        self.expr(&f.collection);
        self.within(f.key_var.as_ref(), &f.value_var, |v| {
            f.key.iter().for_each(|e| v.expr(e));
            v.expr(&f.value);
            f.condition.iter().for_each(|e| v.expr(e));
        });
    }

    fn parts(&mut self, parts: &'e [TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal(..) => {}
                TemplatePart::Interpolation(e) => self.expr(e),
                TemplatePart::If { condition, then, otherwise, .. } => {
                    self.expr(condition);
                    self.parts(then);
                    self.parts(otherwise);
                }
                TemplatePart::For { key_var, value_var, collection, body, .. } => {
                    self.expr(collection);
                    self.within(key_var.as_ref(), value_var, |v| v.parts(body));
                }
            }
        }
    }

    fn within(&mut self, key: Option<&'e Ident>, value: &'e Ident, inner: impl FnOnce(&mut Self)) {
        let outside = self.locals.len();
        self.locals.extend(key.map(|k| &k.name));
        self.locals.push(&value.name);
        inner(self);
        self.locals.truncate(outside);
    }
}
