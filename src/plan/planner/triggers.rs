//! `replace_triggered_by`: whether something that was named will change.

use std::sync::Arc;

use crate::config::decode::constant::NOT_A_REFERENCE;
use crate::config::module::{Mode, Repetition};
use crate::config::reference::{Reference, Subject};
use crate::config::scope::Instance;
use crate::graph::{InstanceKey, ModuleAddress, ResourceAddress};
use crate::lang::eval::{evaluate, get_attribute, index};
use crate::lang::{Number, Value};
use crate::plan::{Action, ResourceChange};
use crate::syntax::ast::{Expr, ExprKind, Step, StepKind, Traversal};
use crate::syntax::{Diagnostic, Diagnostics};

use super::{Context, Planner};

/// What a trigger names: a resource, perhaps one instance, perhaps something in it.
struct Trigger<'e> {
    traversal: &'e Traversal,
    key: Option<InstanceKey>,
    rest: Vec<Step>,
}

impl<'c> Planner<'c> {
    /// Whether an instance has to be replaced because of others.
    pub(super) fn triggered(&self, context: &Context<'c>, instance: &Instance) -> Result<bool, Diagnostics> {
        let mut problems = Diagnostics::new();
        for expr in &context.resource.lifecycle.replace_triggered_by {
            match self.fires(context, expr, instance) {
                Ok(true) if problems.is_empty() => return Ok(true),
                Ok(_) => {}
                Err(more) => problems.extend(more),
            }
        }
        if problems.is_empty() { Ok(false) } else { Err(problems) }
    }

    fn fires(&self, context: &Context<'c>, expr: &Expr, instance: &Instance) -> Result<bool, Diagnostics> {
        let trigger = self.understand(context, expr, instance)?;
        let reference = Reference::parse(trigger.traversal)?;
        let Subject::Resource { resource, key } = &reference.subject else { return Ok(false) };
        let module = &self.input.graph.modules[context.id.module].tree.module;
        let Some(declared) = module.resources.get(resource) else {
            let detail = match context.id.module {
                0 => format!("A resource {resource} has not been declared in the root module"),
                _ => format!("A resource {resource} has not been declared in {}", context.address.module),
            };
            return Err(Diagnostic::error("Reference to undeclared resource", detail).at(reference.span).into());
        };
        if resource.mode != Mode::Managed {
            return Ok(false);
        }
        let key = trigger.key.or_else(|| key.as_ref().and_then(InstanceKey::from_value));
        let mut rest = reference.rest.to_vec();
        rest.extend(trigger.rest);
        let address = Arc::new(ResourceAddress { module: context.address.module.clone(), resource: resource.clone() });
        let Some(instances) = self.evaluator.resource_instances(context.id, resource) else { return Ok(false) };
        let instances = &instances.expansion;
        let change_at = |key| self.change_of.get(&address.instance(key)).map(|i| &self.changes[*i]);
        // What is in state without being an instance any more will be deleted, which is a change, too.
        let is_leaving = |key: &InstanceKey| instances.position(key).is_none();
        let prior = self.prior.resources.get(&address);
        let is_whole = key.is_none() && rest.is_empty() && !matches!(declared.repetition, Repetition::Single);
        if is_whole {
            let mut found = (0..instances.len()).filter_map(|p| change_at(instances.key(p))).peekable();
            if found.peek().is_none() && !prior.is_some_and(|p| p.instances.keys().any(is_leaving)) {
                return Err(no_change(resource.to_string(), &context.address.module).into());
            }
            return Ok(found.any(|c| changes(c, &rest)));
        }
        let key = key.unwrap_or_default();
        match change_at(key.clone()) {
            Some(change) => Ok(changes(change, &rest)),
            None if is_leaving(&key) && prior.is_some_and(|p| p.instances.contains_key(&key)) => Ok(false),
            None => Err(no_change(format!("{resource}{key}"), &context.address.module).into()),
        }
    }

    /// Takes a trigger apart. Its key may be `count.index` or `each.key`.
    fn understand<'e>(
        &self,
        context: &Context<'c>,
        expr: &'e Expr,
        instance: &Instance,
    ) -> Result<Trigger<'e>, Diagnostics> {
        match &expr.kind {
            ExprKind::Traversal(traversal) => Ok(Trigger { traversal, key: None, rest: Vec::new() }),
            ExprKind::RelativeTraversal(source, steps) => {
                let mut trigger = self.understand(context, source, instance)?;
                trigger.rest.extend(steps.iter().cloned());
                Ok(trigger)
            }
            ExprKind::Index(collection, key) => {
                let mut trigger = self.understand(context, collection, instance)?;
                if !matches!(key.kind, ExprKind::Traversal(_)) {
                    return Err(Diagnostic::error("Invalid expression", NOT_A_REFERENCE).at(key.span).into());
                }
                let value = evaluate(key, &self.evaluator.scope(context.id, instance.clone()))?.unmark().0;
                let named = Reference::parse(trigger.traversal)?;
                let is_resource = matches!(named.subject, Subject::Resource { key: None, .. }) && named.rest.is_empty();
                if is_resource && trigger.key.is_none() && trigger.rest.is_empty() {
                    trigger.key = InstanceKey::from_value(&value);
                } else if let Some(key) = value.as_str() {
                    trigger.rest.push(Step { kind: StepKind::Key(key.clone()), span: expr.span });
                } else if let Some(number) = value.as_number() {
                    let kind = StepKind::Index { number: number.to_string().into(), legacy: false };
                    trigger.rest.push(Step { kind, span: expr.span });
                }
                Ok(trigger)
            }
            ExprKind::Parentheses(inner) => self.understand(context, inner, instance),
            _ => {
                let detail = "The replace_triggered_by expression must be a reference to a resource, an instance of one or \
                              an attribute.";
                Err(Diagnostic::error("Invalid replace_triggered_by expression", detail).at(expr.span).into())
            }
        }
    }
}

/// The error for a trigger that there is not.
fn no_change(what: String, module: &ModuleAddress) -> Diagnostic {
    let place = if module.is_root() { "the root module".to_owned() } else { module.to_string() };
    Diagnostic::error(format!("no change found for {what} in {place}"), "")
}

/// Whether a change is one of an object that stays or, where steps lead on, of what they lead to. What is new, or goes
/// for good, triggers nothing.
fn changes(change: &ResourceChange, rest: &[Step]) -> bool {
    if !matches!(change.change.action, Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete) {
        return false;
    }
    if rest.is_empty() {
        return true;
    }
    let (before, after) = (follow(&change.change.before, rest), follow(&change.change.after, rest));
    match (before, after) {
        (Some(before), Some(after)) => before.unmark_deep().0 != after.unmark_deep().0,
        (before, after) => before.is_some() != after.is_some(),
    }
}

fn follow(value: &Value, steps: &[Step]) -> Option<Value> {
    let mut value = value.clone();
    for step in steps {
        value = match &step.kind {
            StepKind::Attr(name) => get_attribute(&value, name),
            StepKind::Key(key) => index(&value, &Value::string(key.clone())),
            StepKind::Index { number, .. } => index(&value, &Number::parse(number)?.into()),
        }
        .ok()?;
    }
    Some(value)
}
