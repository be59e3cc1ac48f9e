//! A difference as text.

mod primitive;

use std::iter::repeat_n;

use smol_str::SmolStr;

use super::{BlockContent, BlockDiff, BlockGroup, Diff, Sensitivity, Shape};
use crate::plan::Action;
use crate::syntax::quote::write_quoted;
use crate::views::paint::Paint;

/// Attributes that are shown even if they don't change.
fn is_important(name: &str) -> bool {
    matches!(name, "id" | "name" | "tags")
}

/// What is different from the ordinary about how a part is written.
#[derive(Clone, Copy, Default)]
struct Options {
    /// No `-> null` behind what is deleted.
    no_null: bool,
    /// No `# forces replacement`.
    no_replace: bool,
    /// What does not change is written out.
    unchanged: bool,
    /// Inside of `jsonencode`, where nothing is null behind an arrow.
    json: bool,
}

/// Writes differences.
pub struct Renderer<'o> {
    /// Where to.
    pub out: &'o mut String,
    /// Colours.
    pub paint: Paint,
}

impl Renderer<'_> {
    /// Begins a line whose text stands at a column, with the symbol of an action before it.
    fn begin(&mut self, action: Action, column: usize) {
        if action == Action::NoOp {
            return self.out.extend(repeat_n(' ', column));
        }
        self.out.extend(repeat_n(' ', column.saturating_sub(4)));
        self.paint.write_symbol(action, self.out);
        self.out.push(' ');
    }

    fn blank(&mut self, column: usize) {
        self.out.extend(repeat_n(' ', column));
    }

    /// Closes a bracket on a line of its own.
    fn close(&mut self, bracket: &str, column: usize) {
        self.blank(column);
        self.out.push_str(bracket);
    }

    fn colored(&mut self, color: &str, text: &str) {
        self.out.extend([color, text, self.paint.reset(), self.paint.reset()]);
    }

    fn null_suffix(&mut self, action: Action, options: Options) {
        if action == Action::Delete && !options.no_null && !options.json {
            self.out.push(' ');
            self.colored(self.paint.grey(), "-> null");
        }
    }

    fn replace_suffix(&mut self, replace: bool, options: Options) {
        if replace && !options.no_replace {
            self.out.push(' ');
            self.colored(self.paint.red(), "# forces replacement");
        }
    }

    fn hidden(&mut self, what: &str, count: usize, column: usize) {
        if count > 0 {
            self.blank(column);
            let plural = if count == 1 { "" } else { "s" };
            self.colored(self.paint.grey(), &format!("# ({count} unchanged {what}{plural} hidden)"));
            self.out.push('\n');
        }
    }

    fn arrow(&mut self) {
        self.out.push(' ');
        self.colored(self.paint.yellow(), "->");
        self.out.push(' ');
    }

    /// Writes the lines that say what is remarkable about a value, to stand before it.
    fn warnings(&mut self, diff: &Diff, column: usize) {
        if let Shape::Sensitive(sensitivity) = diff.shape {
            self.sensitivity("attribute value", diff.action, sensitivity, column);
        }
    }

    fn sensitivity(&mut self, what: &str, action: Action, sensitivity: Sensitivity, column: usize) {
        let Sensitivity { before, after, unchanged } = sensitivity;
        if before == after || matches!(action, Action::Create | Action::Delete) {
            return;
        }
        let column = column.saturating_sub(2);
        let (yellow, reset) = (self.paint.yellow(), self.paint.reset());
        self.blank(column);
        self.out.extend(["# ", yellow, "Warning", reset, ": this ", what, " will "]);
        self.out.push_str(if after {
            "be marked as sensitive and will not\n"
        } else {
            "no longer be marked as sensitive\n"
        });
        self.blank(column);
        self.out.push_str(if after {
            "# display in UI output after applying this change."
        } else {
            "# after applying this change."
        });
        self.out.push_str(reset);
        self.out.push_str(if unchanged { " The value is unchanged.\n" } else { "\n" });
    }

    /// Writes a name and its value, as an attribute of a block whose text stands at the column.
    pub fn assignment(&mut self, name: &SmolStr, width: usize, diff: &Diff, column: usize) {
        self.entry(&attribute_key(name), width, diff, column, Options::default());
    }

    /// Writes a name and its whole value at the left margin.
    pub fn whole_assignment(&mut self, name: &SmolStr, diff: &Diff) {
        self.entry(name, 0, diff, 0, Options { unchanged: true, ..Options::default() });
    }

    /// Writes what stands behind `=`.
    fn value(&mut self, diff: &Diff, column: usize, options: Options) {
        match &diff.shape {
            Shape::Primitive { before, after } => {
                self.primitive(diff, before.as_ref(), after.as_ref(), column, options)
            }
            Shape::WriteOnly => self.opaque("(write-only attribute)", diff, options),
            Shape::Sensitive(_) => self.opaque("(sensitive value)", diff, options),
            Shape::Unknown { before } => {
                if let Some(before) = before {
                    self.value(before, column, Options { no_null: true, ..options });
                    self.out.push_str(" -> ");
                }
                self.out.push_str("(known after apply)");
                self.replace_suffix(diff.replace, options);
            }
            Shape::TypeChange { before, after } => {
                self.value(before, column, Options { no_null: true, ..options });
                self.arrow();
                self.value(after, column, options);
                self.replace_suffix(diff.replace, options);
            }
            Shape::List { elements, neighbours } => self.list(diff, elements, *neighbours, column, options),
            Shape::Map { entries, commas, aligned } => self.map(diff, entries, (*commas, *aligned), column, options),
            Shape::Object { attributes, nested, unknown } => {
                self.object(diff, attributes, *nested, column, options);
                if *unknown {
                    self.out.push_str(" -> (known after apply)");
                }
            }
        }
    }

    fn opaque(&mut self, text: &str, diff: &Diff, options: Options) {
        self.out.push_str(text);
        self.null_suffix(diff.action, options);
        self.replace_suffix(diff.replace, options);
    }
}

/// Collections and objects.
impl Renderer<'_> {
    fn open(&mut self, bracket: &str, diff: &Diff, options: Options) {
        self.out.push_str(bracket);
        self.replace_suffix(diff.replace, options);
        self.out.push('\n');
    }

    fn list(&mut self, diff: &Diff, elements: &[Diff], neighbours: bool, column: usize, options: Options) {
        if elements.is_empty() {
            self.out.push_str("[]");
            self.replace_suffix(diff.replace, options);
            return self.null_suffix(diff.action, options);
        }
        self.open("[", diff, options);
        let below = Options { no_null: true, no_replace: false, ..options };
        let mut waiting = Vec::new();
        let mut after_change = false;
        for element in elements {
            let quiet = element.action == Action::NoOp && !options.unchanged;
            if quiet && !after_change {
                waiting.push(element);
                continue;
            }
            if neighbours {
                after_change = !quiet;
                if let Some((last, hidden)) = waiting.split_last() {
                    self.hidden("element", hidden.len(), column + 4);
                    self.element(last, column + 4, Options { unchanged: true, ..below });
                }
                waiting.clear();
            }
            self.element(element, column + 4, Options { unchanged: options.unchanged || quiet, ..below });
        }
        self.hidden("element", waiting.len(), column + 4);
        self.close("]", column);
        self.null_suffix(diff.action, options);
    }

    fn element(&mut self, diff: &Diff, column: usize, options: Options) {
        self.warnings(diff, column);
        self.begin(diff.action, column);
        self.value(diff, column, options);
        self.out.push_str(",\n");
    }

    fn map(
        &mut self,
        diff: &Diff,
        entries: &[(SmolStr, Diff)],
        (commas, aligned): (bool, bool),
        column: usize,
        options: Options,
    ) {
        if entries.is_empty() {
            self.out.push_str("{}");
            self.replace_suffix(diff.replace, options);
            return self.null_suffix(diff.action, options);
        }
        self.open("{", diff, options);
        let no_null = !aligned || matches!(diff.action, Action::Delete);
        let below = Options { no_null, no_replace: false, ..options };
        let shown: Vec<_> = entries.iter().map(|(key, d)| (quoted_key(key), d)).collect();
        let width = if !aligned { 0 } else { shown.iter().map(|(k, _)| k.len()).max().unwrap_or_default() };
        let mut hidden = 0;
        for (key, element) in shown {
            if element.action == Action::NoOp && !options.unchanged {
                hidden += 1;
                continue;
            }
            self.entry(&key, width, element, column + 4, below);
            let comma = commas && matches!(element.shape, Shape::Object { .. });
            self.out.push_str(if comma { ",\n" } else { "\n" });
        }
        self.hidden("element", hidden, column + 4);
        self.close("}", column);
        self.null_suffix(diff.action, options);
    }

    /// A key and what belongs to it, without a newline.
    fn entry(&mut self, key: &str, max: usize, diff: &Diff, column: usize, options: Options) {
        self.warnings(diff, column);
        self.begin(diff.action, column);
        self.out.push_str(key);
        self.blank(max.saturating_sub(key.chars().count()));
        self.out.push_str(" = ");
        self.value(diff, column, options);
    }

    fn object(&mut self, diff: &Diff, attributes: &[(SmolStr, Diff)], nested: bool, column: usize, options: Options) {
        if attributes.is_empty() {
            self.out.push_str("{}");
            self.replace_suffix(diff.replace, options);
            return self.null_suffix(diff.action, options);
        }
        self.open("{", diff, options);
        let below = Options { no_null: !nested, no_replace: false, ..options };
        self.attributes(attributes, column + 4, below);
        self.close("}", column);
        self.null_suffix(diff.action, options);
    }

    /// Those that tell objects apart are shown in any case.
    fn attributes(&mut self, attributes: &[(SmolStr, Diff)], column: usize, options: Options) {
        let keys: Vec<_> = attributes.iter().map(|(name, _)| attribute_key(name)).collect();
        let max = keys.iter().map(|k| k.len()).max().unwrap_or_default();
        let mut hidden = 0;
        for (key, (name, diff)) in keys.iter().zip(attributes) {
            let important = is_important(name);
            if diff.action == Action::NoOp && !important && !options.unchanged {
                hidden += 1;
                continue;
            }
            self.entry(key, max, diff, column, Options { unchanged: options.unchanged || important, ..options });
            self.out.push('\n');
        }
        self.hidden("attribute", hidden, column);
    }
}

/// Blocks.
impl Renderer<'_> {
    /// Writes a block's body with its braces, behind its header.
    pub fn block_body(&mut self, diff: &BlockDiff, column: usize, unchanged: bool) {
        self.body(diff, column, Options { unchanged, ..Options::default() });
    }

    fn body(&mut self, diff: &BlockDiff, column: usize, options: Options) {
        let (attributes, groups, unknown) = match &diff.content {
            BlockContent::Unknown => {
                self.out.push_str("(known after apply)");
                return self.replace_suffix(diff.replace, options);
            }
            BlockContent::Sensitive(_) => {
                self.out.push('{');
                self.replace_suffix(diff.replace, options);
                self.out.push('\n');
                for line in [
                    "# At least one attribute in this block is (or was) sensitive,\n",
                    "# so its contents will not be displayed.\n",
                ] {
                    self.blank(column + 2);
                    self.out.push_str(line);
                }
                return self.close("}", column);
            }
            BlockContent::Body { attributes, groups, unknown } => (attributes, groups, *unknown),
        };
        if attributes.is_empty() && groups.is_empty() {
            self.out.push_str("{}");
            return self.replace_suffix(diff.replace, options);
        }
        self.out.push('{');
        self.replace_suffix(diff.replace && !unknown, options);
        self.out.push('\n');
        self.attributes(attributes, column + 4, options);
        self.groups(groups, column + 4, Options { no_null: options.no_null || unknown, ..options });
        self.close("}", column);
        if unknown {
            self.out.push_str(" -> (known after apply)");
            self.replace_suffix(diff.replace, options);
        }
    }

    fn groups(&mut self, groups: &[BlockGroup], column: usize, options: Options) {
        let mut hidden = 0;
        for group in groups {
            let mut first = true;
            for (label, block) in &group.blocks {
                if block.action == Action::NoOp && !options.unchanged {
                    hidden += 1;
                    continue;
                }
                if first {
                    self.out.push('\n');
                    first = false;
                }
                if let BlockContent::Sensitive(sensitivity) = block.content {
                    let sensitivity = Sensitivity { unchanged: false, ..sensitivity };
                    self.sensitivity("block", block.action, sensitivity, column);
                }
                self.begin(block.action, column);
                self.out.push_str(&attribute_key(&group.kind));
                self.out.push(' ');
                if let Some(label) = label {
                    write_quoted(label, self.out);
                    self.out.push(' ');
                }
                self.body(block, column, options);
                self.out.push('\n');
            }
        }
        if hidden > 0 {
            self.out.push('\n');
            self.hidden("block", hidden, column);
        }
    }
}

fn quoted_key(key: &str) -> SmolStr {
    let mut quoted = String::with_capacity(key.len() + 2);
    write_quoted(key, &mut quoted);
    quoted.into()
}

/// A name, in quotes if it isn't an identifier.
fn attribute_key(name: &SmolStr) -> SmolStr {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain || hcl_edit::Ident::try_new(name.as_str()).is_ok() { name.clone() } else { quoted_key(name) }
}
