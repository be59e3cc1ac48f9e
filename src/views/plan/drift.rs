//! What has changed outside: all of it if a plan is for that, else what the plan is made from.

use std::io;

use super::{View, header};
use crate::lang::{Path, PathStep, Value};
use crate::plan::{Action, Plan, PlanMode, ResourceChange};

/// The changes outside that are shown, what doesn't matter in them undone.
pub(super) fn shown(plan: &Plan) -> Vec<ResourceChange> {
    if plan.mode == PlanMode::RefreshOnly {
        return plan.drift.clone();
    }
    plan.drift.iter().filter_map(|change| relevant_part(plan, change)).collect()
}

fn relevant_part(plan: &Plan, change: &ResourceChange) -> Option<ResourceChange> {
    if change.change.action == Action::NoOp || plan.relevant.is_empty() {
        return None;
    }
    let (address, resource) = (change.address.to_string(), change.address.resource.to_string());
    let relevant = plan.relevant.iter().filter(|r| r.resource == address || r.resource == resource);
    let paths: Vec<&[PathStep]> = relevant
        .map(|r| {
            let Path(steps) = &r.attribute;
            steps.as_slice()
        })
        .collect();
    if paths.is_empty() {
        return None;
    }
    let mut shown = change.clone();
    if change.change.action != Action::Delete {
        shown.change.after = relevant_value(&change.change.before, &change.change.after, &paths);
        if shown.change.after == change.change.before {
            return None;
        }
    }
    Some(shown)
}

/// The new value at the given paths, the old one everywhere else.
fn relevant_value(before: &Value, after: &Value, paths: &[&[PathStep]]) -> Value {
    if paths.iter().any(|p| p.is_empty()) {
        return after.clone();
    }
    let part = |step: &PathStep, b: Option<&Value>, a: &Value| {
        let below: Vec<&[PathStep]> = paths
            .iter()
            .filter_map(|p| p.split_first())
            .filter(|(s, _)| is_same_step(s, step))
            .map(|(_, p)| p)
            .collect();
        match b {
            _ if below.is_empty() => b.cloned(),
            Some(b) => Some(relevant_value(b, a, &below)),
            None => Some(a.clone()),
        }
    };
    if before.is_null()
        || after.is_null()
        || std::mem::discriminant(before.kind()) != std::mem::discriminant(after.kind())
    {
        return after.clone();
    }
    after.map_children_with_step(|step, a| {
        let b = before.children().into_iter().find(|(s, _)| s == step).map(|(_, v)| v);
        part(step, b.as_ref(), a).unwrap_or_else(|| Value::null(a.ty()))
    })
}

/// Attributes and keys of maps are the same to whoever refers to them.
fn is_same_step(a: &PathStep, b: &PathStep) -> bool {
    let name = |step: &PathStep| match step {
        PathStep::Attr(name) => Some(name.clone()),
        PathStep::Index(key) => key.as_str().cloned(),
    };
    a == b || (name(a).is_some() && name(a) == name(b))
}

impl View<'_, '_> {
    pub(super) fn drift(&mut self, mode: PlanMode, drift: &[ResourceChange]) -> io::Result<()> {
        let paint = self.layout.paint;
        let (bold, cyan, reset) = (paint.bold(), paint.cyan(), paint.reset());
        writeln!(self.out, "\n{bold}{cyan}Note:{reset}{bold} Objects have changed outside of Terraform\n{reset}")?;
        let text = "Terraform detected the following changes made outside of Terraform since the last \"terraform apply\" which may have affected this plan:";
        writeln!(self.out, "{}", self.layout.wrap(text))?;
        for change in drift {
            self.text.push('\n');
            header::write_drift_header(change, paint, &mut self.text);
            self.body(change);
            self.flush()?;
        }
        writeln!(self.out)?;
        self.paragraph(match mode {
            PlanMode::RefreshOnly => {
                "This is a refresh-only plan, so Terraform will not take any actions to undo these. If you were expecting these changes then you can apply this plan to record the updated values in the Terraform state without changing any remote objects."
            }
            _ => {
                "Unless you have made equivalent changes to your configuration, or ignored the relevant attributes using ignore_changes, the following plan may include actions to undo or respond to these changes."
            }
        })
    }
}
