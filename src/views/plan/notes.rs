//! What is said after a plan: where it was saved, and what that means.

use std::io::{self, Write};

use super::Layout;

/// A remark about a plan that was shown.
#[derive(Clone, Copy, Debug)]
pub enum Note<'n> {
    /// It was saved to a file.
    Saved {
        /// The file, as it was given.
        path: &'n str,
        /// The program's name, for the command that applies the plan.
        program: &'n str,
    },
    /// It wasn't saved.
    NotSaved {
        /// The program's name.
        program: &'n str,
    },
    /// Configuration of imported resources was written.
    ConfigGenerated {
        /// The file.
        path: &'n str,
    },
}

/// Writes a line across the terminal, and a remark. Where nobody reads it, don't.
///
/// # Errors
/// Those of the writer.
pub fn write_note(note: Note, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    write_rule(layout, out)?;
    let text = match note {
        Note::Saved { path, program } => format!(
            "Saved the plan to: {path}\n\nTo perform exactly these actions, run the following command to apply:\n    {program} apply {path:?}"
        ),
        Note::NotSaved { program } => format!(
            "Note: You didn't use the -out option to save this plan, so Terraform can't guarantee to take exactly these actions if you run \"{program} apply\" now."
        ),
        Note::ConfigGenerated { path } => format!(
            "Terraform has generated configuration and written it to {path}. Please review the configuration and edit it as necessary before adding it to version control."
        ),
    };
    writeln!(out, "\n{}", layout.wrap(&text))
}

/// Writes a line across the terminal.
pub(super) fn write_rule(layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let paint = layout.paint;
    writeln!(out, "{}\n{}{}", paint.grey(), "─".repeat(layout.width.saturating_sub(1)), paint.reset())
}
