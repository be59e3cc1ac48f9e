//! How much a plan does; and what is said if that is nothing.

use std::fmt;
use std::io;

use super::View;
use crate::plan::{Action, Plan, PlanMode, ResourceChange};

/// How many objects there are for each kind of change. A replacement counts twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Imported, whatever else happens to them.
    pub import: usize,
    /// Created.
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Destroyed.
    pub destroy: usize,
    /// No longer managed.
    pub forget: usize,
}

impl Counts {
    /// Of changes.
    pub fn of<'c>(changes: impl IntoIterator<Item = &'c ResourceChange>) -> Self {
        let mut counts = Counts::default();
        for change in changes {
            counts.import += usize::from(change.importing.is_some());
            match change.change.action {
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Delete => counts.destroy += 1,
                Action::Forget => counts.forget += 1,
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
                Action::NoOp | Action::Read => {}
            }
        }
        counts
    }
}

/// `1 to import, 2 to add, 0 to change, 0 to destroy`
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.import > 0 {
            write!(f, "{} to import, ", self.import)?;
        }
        write!(f, "{} to add, {} to change, {} to destroy", self.add, self.change, self.destroy)
    }
}

impl View<'_, '_> {
    /// Says that there are no changes.
    pub(super) fn nothing_to_do(&mut self, plan: &Plan, drift: &[ResourceChange]) -> io::Result<()> {
        if plan.errored {
            return self.paragraph("Planning failed. Terraform encountered an error while generating this plan.");
        }
        match plan.mode {
            PlanMode::RefreshOnly if !drift.is_empty() => self.drift(plan.mode, drift),
            PlanMode::RefreshOnly => {
                self.no_changes("Your infrastructure still matches the configuration.")?;
                self.paragraph_with_reset(
                    "Terraform has checked that the real remote objects still match the result of your most recent changes, and found no differences.",
                )
            }
            PlanMode::Destroy => {
                self.no_changes("No objects need to be destroyed.")?;
                self.paragraph_with_reset(
                    "Either you have not created any objects yet or the existing objects were already deleted outside of Terraform.",
                )
            }
            PlanMode::Normal if !drift.is_empty() => {
                self.drift(plan.mode, drift)?;
                self.rule()?;
                self.no_changes("Your infrastructure matches the configuration.")?;
                self.paragraph_with_reset(
                    "Your configuration already applies the changes detected above. If you'd like to update the Terraform state to match, create and apply a refresh-only plan:\n  terraform apply -refresh-only",
                )
            }
            PlanMode::Normal => {
                self.no_changes("Your infrastructure matches the configuration.")?;
                self.paragraph_with_reset(
                    "Terraform has compared your real infrastructure against your configuration and found no differences, so no changes are needed.",
                )
            }
        }
    }

    fn no_changes(&mut self, what: &str) -> io::Result<()> {
        let paint = self.layout.paint;
        let (reset, bold, green) = (paint.reset(), paint.bold(), paint.green());
        writeln!(self.out, "\n{reset}{bold}{green}No changes.{reset}{bold} {what}{reset}")
    }

    fn paragraph_with_reset(&mut self, text: &str) -> io::Result<()> {
        let wrapped = self.layout.wrap(text);
        writeln!(self.out, "\n{}{wrapped}", self.layout.paint.reset())
    }
}
