//! Numbers, bools, and strings: on one line, as lines, or as the JSON in them.

use serde_json::{Map, Value as Json};
use smol_str::SmolStr;

use super::{Options, Renderer};
use crate::plan::Action;
use crate::syntax::quote::write_quoted;
use crate::views::diff::sequence::{Step, align};
use crate::views::diff::string::{Text, compare_json, lines};
use crate::views::diff::{Diff, Scalar};

/// Primitive values and strings.
impl Renderer<'_> {
    pub(super) fn primitive(
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
