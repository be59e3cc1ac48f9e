//! Changes of outputs.

use std::io;

use super::View;
use crate::plan::{Action, OutputChange};
use crate::views::diff::{Renderer, compare_any};

impl View<'_, '_> {
    /// Writes the outputs that change, one below the other.
    pub(super) fn outputs(&mut self, outputs: &[OutputChange]) -> io::Result<()> {
        let shown: Vec<_> = outputs.iter().filter(|o| o.change.action != Action::NoOp).collect();
        let width = shown.iter().map(|o| o.name.len()).max().unwrap_or_default();
        for output in shown {
            let change = &output.change;
            let before = Some(&change.before).filter(|v| change.action != Action::Create || !v.is_null());
            let after = Some(&change.after).filter(|v| change.action != Action::Delete || !v.is_null());
            let diff = compare_any(before, after);
            let mut renderer = Renderer { out: &mut self.text, paint: self.layout.paint };
            renderer.assignment(&output.name, width, &diff, 4);
            self.text.push('\n');
            self.flush()?;
        }
        Ok(())
    }
}
