//! A plan as text, as the terminal shows it. Programs read it, too: it is Terraform's, letter by
//! letter.

mod drift;
mod header;
mod notes;
mod outputs;
mod summary;

use std::io::{self, Write};

use crate::config::module::Mode;
use crate::plan::{Action, Plan, ResourceChange};
use crate::schema::Schema;
use crate::views::diff::{BlockDiff, Context, Renderer, compare_block, undeclared};
use crate::views::paint::Paint;
use crate::views::wrap::wrap;

pub use notes::{Note, write_note};
pub use summary::Counts;

/// Who knows the schemas of resource types.
pub type SchemaOf<'s> = &'s dyn Fn(Mode, &str) -> Option<&'s Schema>;

/// How text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Colours.
    pub paint: Paint,
    /// How wide the terminal is; 78 if it isn't one.
    pub width: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Layout { paint: Paint::default(), width: 78 }
    }
}

impl Layout {
    /// A text broken into lines; the last column stays free.
    pub(super) fn wrap(self, text: &str) -> String {
        wrap(text, self.width.saturating_sub(1))
    }
}

/// Writes a plan: what has changed outside, what will be done, and how much that is.
///
/// # Errors
/// Those of the writer.
pub fn write_plan(plan: &Plan, schema_of: SchemaOf, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut view = View { schema_of, layout, out, text: String::new() };
    let drift = drift::shown(plan);
    let changes: Vec<&ResourceChange> = plan.changes.iter().filter(|c| is_shown(c)).collect();
    let outputs = outputs::shown(&plan.outputs);
    if changes.is_empty() && outputs.is_empty() {
        return view.nothing_to_do(plan, &drift);
    }
    if !drift.is_empty() {
        view.drift(plan.mode, &drift)?;
        view.rule()?;
    }
    if !changes.is_empty() {
        view.changes(plan, &changes)?;
    }
    if !outputs.is_empty() {
        view.out.write_all(b"\nChanges to Outputs:\n")?;
        view.outputs(&plan.outputs, &outputs)?;
        if changes.is_empty() {
            view.paragraph(
                "You can apply this plan to save these new output values to the Terraform state, without changing any real infrastructure.",
            )?;
        }
    }
    Ok(())
}

/// Whether a change is worth mentioning.
fn is_shown(change: &ResourceChange) -> bool {
    let nothing = change.change.action == Action::NoOp;
    let unread = change.address.resource.resource.mode == Mode::Data && change.change.action == Action::Delete;
    !unread && (!nothing || change.previous_address.is_some() || change.importing.is_some())
}

/// Writes the parts of a plan.
struct View<'s, 'w> {
    schema_of: SchemaOf<'s>,
    layout: Layout,
    out: &'w mut dyn Write,
    /// What is being put together, to be written at once.
    text: String,
}

impl View<'_, '_> {
    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// Writes an empty line and a text.
    fn paragraph(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{}", self.layout.wrap(text))
    }

    /// Writes a line across the terminal.
    fn rule(&mut self) -> io::Result<()> {
        notes::write_rule(self.layout, self.out)
    }

    fn changes(&mut self, plan: &Plan, changes: &[&ResourceChange]) -> io::Result<()> {
        let counts = Counts::of(changes.iter().copied());
        if changes.iter().any(|c| c.change.action != Action::NoOp) {
            self.legend(changes)?;
        }
        self.out.write_all(match plan.errored {
            false => b"\nTerraform will perform the following actions:\n",
            true => b"\nTerraform planned the following actions, but then encountered a problem:\n",
        })?;
        for change in changes {
            self.text.push('\n');
            header::write_header(change, self.layout.paint, &mut self.text);
            self.body(change);
            self.flush()?;
        }
        let paint = self.layout.paint;
        writeln!(self.out, "\n{}Plan:{} {counts}.", paint.bold(), paint.reset())?;
        self.out.write_all(paint.reset().as_bytes())
    }

    fn legend(&mut self, changes: &[&ResourceChange]) -> io::Result<()> {
        self.paragraph(
            "Terraform used the selected providers to generate the following execution plan. Resource actions are indicated with the following symbols:",
        )?;
        let paint = self.layout.paint;
        for (action, meaning) in [
            (Action::Create, "create"),
            (Action::Update, "update in-place"),
            (Action::Delete, "destroy"),
            (Action::DeleteThenCreate, "destroy and then create replacement"),
            (Action::CreateThenDelete, "create replacement and then destroy"),
            (Action::Read, "read (data resources)"),
        ] {
            if changes.iter().any(|c| c.change.action == action) {
                paint.write_legend_symbol(action, &mut self.text);
                self.text.extend([" ", meaning, paint.reset(), "\n"]);
            }
        }
        self.flush()
    }

    /// Puts together the block of a change.
    fn body(&mut self, change: &ResourceChange) {
        let resource = &change.address.resource.resource;
        let keyword = if resource.mode == Mode::Data { "data" } else { "resource" };
        let imported = change.importing.is_some();
        let mut diff = self.compare(change);
        let forgets = change.change.action == Action::Forget;
        self.layout.paint.write_symbol(change.change.action, &mut self.text);
        let title = format!(" {keyword} \"{}\" \"{}\" ", resource.kind, resource.name);
        self.text.push_str(&title);
        if forgets {
            diff.replace = false;
        }
        Renderer { out: &mut self.text, paint: self.layout.paint }.block_body(&diff, 4, imported);
        self.text.push('\n');
    }

    fn compare(&self, change: &ResourceChange) -> BlockDiff {
        let resource = &change.address.resource.resource;
        let present = |value| Some(value).filter(|v: &&crate::lang::Value| !v.is_null());
        let before = present(&change.change.before);
        let after = if change.change.action == Action::Forget { before } else { present(&change.change.after) };
        let context = Context::new(&change.replace_paths);
        match (self.schema_of)(resource.mode, &resource.kind) {
            Some(schema) => compare_block(&schema.block, before, after, &context),
            None => undeclared(before, after),
        }
    }
}
