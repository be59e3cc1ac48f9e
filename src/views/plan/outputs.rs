//! Changes of outputs.

use std::io;

use smol_str::SmolStr;

use super::View;
use crate::plan::{Action, OutputChange};
use crate::views::diff::{Diff, Renderer, Shape, compare_any};

/// The outputs whose values change, with how they do.
pub(super) fn shown(outputs: &[OutputChange]) -> Vec<(&SmolStr, Diff)> {
    let changed = outputs.iter().filter(|o| o.change.action != Action::NoOp);
    let diffs = changed.map(|OutputChange { name, change, .. }| {
        let before = Some(&change.before).filter(|v| !v.is_null());
        let after = Some(&change.after).filter(|v| change.action != Action::Delete || !v.is_null());
        let was_sensitive = change.before.is_sensitive();
        (name, compare_any(before, after), was_sensitive)
    });
    let is_change = |diff: &Diff, was_sensitive: bool| match diff.shape {
        Shape::Sensitive(s) if s.unchanged && s.after == was_sensitive => false,
        _ => diff.action != Action::NoOp,
    };
    let changes = diffs.filter(|(_, diff, was_sensitive)| is_change(diff, *was_sensitive));
    changes.map(|(name, diff, _)| (name, diff)).collect()
}

impl View<'_, '_> {
    /// Writes outputs one below the other.
    pub(super) fn outputs(&mut self, all: &[OutputChange], outputs: &[(&SmolStr, Diff)]) -> io::Result<()> {
        // As in Terraform, names that are not shown take room, too.
        let width = all.iter().map(|o| o.name.len()).max().unwrap_or_default();
        for (name, diff) in outputs {
            let mut renderer = Renderer { out: &mut self.text, paint: self.layout.paint };
            renderer.assignment(name, width, diff, 4);
            self.text.push('\n');
            self.flush()?;
        }
        Ok(())
    }
}
