//! A difference as text.

use std::iter::repeat_n;

use serde_json::{Map, Value as Json};
use smol_str::SmolStr;

use super::sequence::{Step, align};
use super::string::{Text, compare_json, lines};
use super::{BlockContent, BlockDiff, BlockGroup, Diff, Scalar, Sensitivity, Shape};
use crate::plan::Action;
use crate::syntax::quote::write_quoted;

/// Colours, or none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paint {
    /// Whether there are any.
    pub color: bool,
}

impl Paint {
    /// An escape sequence of the terminal, if there are colours.
    #[must_use]
    pub fn code(self, code: &'static str) -> &'static str {
        if self.color { code } else { "" }
    }

    /// Back to normal.
    #[must_use]
    pub fn reset(self) -> &'static str {
        self.code("\x1b[0m")
    }

    /// Bold.
    #[must_use]
    pub fn bold(self) -> &'static str {
        self.code("\x1b[1m")
    }

    /// Red.
    #[must_use]
    pub fn red(self) -> &'static str {
        self.code("\x1b[31m")
    }

    /// Green.
    #[must_use]
    pub fn green(self) -> &'static str {
        self.code("\x1b[32m")
    }

    /// Yellow.
    #[must_use]
    pub fn yellow(self) -> &'static str {
        self.code("\x1b[33m")
    }

    /// Cyan.
    #[must_use]
    pub fn cyan(self) -> &'static str {
        self.code("\x1b[36m")
    }

    /// Grey.
    #[must_use]
    pub fn grey(self) -> &'static str {
        self.code("\x1b[90m")
    }

    /// Writes the symbol of an action as the legend has it.
    pub fn write_legend_symbol(self, action: Action, out: &mut String) {
        let start = out.len();
        self.write_symbol(action, out);
        // One reset is enough there.
        if self.color && out.ends_with("\x1b[0m\x1b[0m") {
            out.truncate(out.len() - "\x1b[0m".len());
        }
        debug_assert!(out.len() > start);
    }

    /// Writes the symbol of an action, three columns wide.
    pub fn write_symbol(self, action: Action, out: &mut String) {
        let (red, green, reset) = (self.red(), self.green(), self.reset());
        let parts = match action {
            Action::NoOp => ["   ", "", "", "", ""],
            Action::Create => ["  ", green, "+", reset, reset],
            Action::Update => ["  ", self.yellow(), "~", reset, reset],
            Action::Delete => ["  ", red, "-", reset, reset],
            Action::Read => [" ", self.cyan(), "<=", reset, reset],
            Action::Forget => [" ", red, ".", reset, reset],
            Action::DeleteThenCreate => {
                return out.extend([red, "-", reset, "/", green, "+", reset, reset]);
            }
            Action::CreateThenDelete => {
                return out.extend([green, "+", reset, "/", red, "-", reset, reset]);
            }
        };
        out.extend(parts);
    }
}

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

/// Primitive values and strings.
impl Renderer<'_> {
    fn primitive(
        &mut self,
        diff: &Diff,
        before: Option<&Scalar>,
        after: Option<&Scalar>,
        column: usize,
        options: Options,
    ) {
        if text_of(before).or(text_of(after)).is_some() {
            return self.string(diff, before, after, column, options);
        }
        match diff.action {
            Action::Create => self.scalar(after),
            Action::Delete | Action::NoOp => {
                self.scalar(before);
                let options = Options { no_null: options.no_null || is_null(before), ..options };
                self.null_suffix(diff.action, options);
            }
            _ => {
                self.scalar(before);
                self.arrow();
                self.scalar(after);
            }
        }
        self.replace_suffix(diff.replace, options);
    }

    /// A value on one line.
    fn scalar(&mut self, value: Option<&Scalar>) {
        match value {
            Some(Scalar::Bool(b)) => self.out.push_str(if *b { "true" } else { "false" }),
            Some(Scalar::Number(n)) => self.out.push_str(n),
            Some(Scalar::String(s)) => write_quoted(s, self.out),
            _ => self.colored(self.paint.grey(), "null"),
        }
    }

    fn string(
        &mut self,
        diff: &Diff,
        before: Option<&Scalar>,
        after: Option<&Scalar>,
        column: usize,
        options: Options,
    ) {
        let whole = match diff.action {
            Action::Create => after,
            Action::Delete | Action::NoOp => before,
            _ => return self.string_change(diff, before, after, column, options),
        };
        self.whole_string(whole, diff, column, options);
    }

    /// A string of which all is new, gone, or as it was.
    fn whole_string(&mut self, whole: Option<&Scalar>, diff: &Diff, column: usize, options: Options) {
        let text = text_of(whole);
        match text.map(|text| Text::of(text)) {
            Some(Text::Json(value)) => {
                let decoded = match diff.action {
                    Action::Create => compare_json(None, Some(&value)),
                    Action::Delete => compare_json(Some(&value), None),
                    _ => compare_json(Some(&value), Some(&value)),
                };
                if is_empty(&value) {
                    self.out.push_str(if value.is_array() { "jsonencode([])" } else { "jsonencode({})" });
                    return self.replace_suffix(diff.replace, options);
                }
                self.out.push_str("jsonencode(\n");
                self.jsonencoded(&decoded, diff.replace, column, options);
            }
            Some(Text::Lines) => {
                self.open_heredoc(diff, options);
                for line in lines(text.map(SmolStr::as_str).unwrap_or_default()) {
                    self.line(Action::NoOp, line, column + 4);
                }
                self.close("EOT", column);
            }
            _ => {
                self.scalar(whole);
                self.null_suffix(diff.action, options);
                return self.replace_suffix(diff.replace, options);
            }
        }
        self.null_suffix(diff.action, options);
    }

    fn jsonencoded(&mut self, decoded: &Diff, replace: bool, column: usize, options: Options) {
        self.begin(if matches!(decoded.action, Action::Update) { Action::Update } else { Action::NoOp }, column + 4);
        let unchanged = options.unchanged || decoded.action == Action::NoOp;
        self.value(decoded, column + 4, Options { unchanged, json: true, ..Options::default() });
        self.replace_suffix(replace, options);
        self.out.push('\n');
        self.close(")", column);
    }

    fn open_heredoc(&mut self, diff: &Diff, options: Options) {
        self.out.push_str("<<-EOT");
        self.replace_suffix(diff.replace, options);
        self.out.push('\n');
    }

    fn string_change(
        &mut self,
        diff: &Diff,
        before: Option<&Scalar>,
        after: Option<&Scalar>,
        column: usize,
        options: Options,
    ) {
        match (text_of(before).map(|s| Text::of(s)), text_of(after).map(|s| Text::of(s))) {
            (Some(Text::Json(b)), Some(Text::Json(a))) => {
                let decoded = compare_json(Some(&b), Some(&a));
                if is_empty(&b) && is_empty(&a) && decoded.action == Action::Update {
                    self.out.push_str(if a.is_array() { "jsonencode({} -> [])" } else { "jsonencode([] -> {})" });
                    return self.replace_suffix(diff.replace, options);
                }
                self.out.push_str("jsonencode(");
                let whitespace = decoded.action == Action::NoOp;
                match (whitespace, diff.replace && !options.no_replace) {
                    (true, false) => self.out.push_str(" # whitespace changes"),
                    (true, true) => self.out.push_str(" # whitespace changes force replacement"),
                    _ => {}
                }
                self.out.push('\n');
                self.jsonencoded(&decoded, diff.replace && !whitespace, column, options);
            }
            (b, a)
                if matches!((&b, &a), (Some(Text::Json(_)), _) | (_, Some(Text::Json(_))))
                    || (matches!((&b, &a), (Some(Text::Lines), None) | (None, Some(Text::Lines)))
                        && !is_null(before)
                        && !is_null(after)) =>
            {
                let side = |action| Diff { action, replace: false, shape: diff.shape.clone() };
                let quiet = Options { no_null: true, ..options };
                self.whole_string(before, &side(Action::Delete), column, quiet);
                self.arrow();
                self.whole_string(after, &side(Action::Create), column, quiet);
            }
            (b, a) if matches!(b, Some(Text::Lines)) || matches!(a, Some(Text::Lines)) => {
                self.open_heredoc(diff, options);
                self.changed_lines(before, after, column + 4);
                self.close("EOT", column);
            }
            _ => {
                self.scalar(before);
                self.arrow();
                self.scalar(after);
                self.replace_suffix(diff.replace, options);
            }
        }
    }

    fn changed_lines(&mut self, before: Option<&Scalar>, after: Option<&Scalar>, column: usize) {
        let text = |side| text_of(side).map_or("null", SmolStr::as_str);
        let (old, new) = (lines(text(before)), lines(text(after)));
        for step in align(&old, &new, |a, b| a == b, |_, _| false) {
            match step {
                Step::Both(i, j) if old[i] == new[j] => self.line(Action::NoOp, old[i], column),
                Step::Both(i, j) => {
                    self.line(Action::Delete, old[i], column);
                    self.line(Action::Create, new[j], column);
                }
                Step::Before(i) => self.line(Action::Delete, old[i], column),
                Step::After(j) => self.line(Action::Create, new[j], column),
            }
        }
    }

    fn line(&mut self, action: Action, line: &str, column: usize) {
        self.begin(action, column);
        self.out.extend([line, "\n"]);
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

fn text_of(side: Option<&Scalar>) -> Option<&SmolStr> {
    match side {
        Some(Scalar::String(text)) => Some(text),
        _ => None,
    }
}

fn is_null(side: Option<&Scalar>) -> bool {
    matches!(side, None | Some(Scalar::Null))
}

fn is_empty(json: &Json) -> bool {
    json.as_array().is_some_and(Vec::is_empty) || json.as_object().is_some_and(Map::is_empty)
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
