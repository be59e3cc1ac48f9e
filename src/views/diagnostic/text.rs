//! Diagnostics as text: in a coloured box, or plain where there are no colours.

use std::collections::HashMap;

use super::snippet::{Snippet, Snippets};
use crate::plan::conditions::is_about_assertion;
use crate::syntax::{Diagnostic, Diagnostics, Severity, SourceMap};
use crate::views::wrap::wrap;

/// How text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With colours, underlining and boxes.
    pub color: bool,
    /// The width of a line.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Style { color: false, width: 78 }
    }
}

const RESET: &str = "\x1b[0m";

impl Style {
    /// The text with escapes like `"\x1b[1m"` in front, if there are colours.
    fn paint(self, escapes: &str, text: &str) -> String {
        if self.color { format!("{escapes}{text}{RESET}") } else { text.to_owned() }
    }

    /// Green and bold.
    #[must_use]
    pub fn success(self, text: &str) -> String {
        self.paint("\x1b[32m\x1b[1m", text)
    }

    /// Bold.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        self.paint("\x1b[1m", text)
    }
}

/// As they are shown together: warnings first, then by place, and similar warnings as one.
#[must_use]
pub fn sorted(diagnostics: &Diagnostics, sources: &SourceMap) -> Vec<Diagnostic> {
    in_order(&consolidated(diagnostics).into_iter().collect(), sources)
}

/// Diagnostics in the order in which they are shown, each of them.
#[must_use]
pub fn in_order(diagnostics: &Diagnostics, sources: &SourceMap) -> Vec<Diagnostic> {
    let mut all = diagnostics.0.clone();
    all.sort_by_cached_key(|d| {
        let place = d.subject.map(|s| (sources.get(s.file).map(|f| f.name.clone()), s.start, s.end));
        (d.severity == Severity::Error, place)
    });
    all
}

/// Warnings as a list of their summaries.
#[must_use]
pub fn compact(diagnostics: &Diagnostics, sources: &SourceMap, style: Style) -> String {
    let mut text = format!("\n{}\n\n", style.paint("\x1b[33m\x1b[1m", "Warnings:"));
    for d in sorted(diagnostics, sources) {
        text.push_str(&format!("- {}\n", d.summary));
        let place = d.subject.and_then(|s| {
            let file = sources.get(s.file)?;
            Some(format!("  on {} line {}\n", file.name, file.position(s.start as usize).line))
        });
        text.push_str(&place.unwrap_or_default());
    }
    text.push_str("\nTo see the full warning notes, run Infra without -compact-warnings.\n");
    text
}

/// Of warnings with the same summary the first, which counts the others.
fn consolidated(diagnostics: &Diagnostics) -> Vec<Diagnostic> {
    let mut out: Vec<Diagnostic> = Vec::new();
    let mut others: HashMap<&str, (usize, usize)> = HashMap::new();
    for d in diagnostics.iter() {
        // Each assertion says something of its own.
        if d.severity == Severity::Warning && d.subject.is_some() && !is_about_assertion(d) {
            if let Some((_, count)) = others.get_mut(d.summary.as_str()) {
                *count += 1;
                continue;
            }
            others.insert(&d.summary, (out.len(), 0));
        }
        out.push(d.clone());
    }
    for (index, count) in others.into_values() {
        let note = match count {
            0 => continue,
            1 => "(and one more similar warning elsewhere)".to_owned(),
            n => format!("(and {n} more similar warnings elsewhere)"),
        };
        let detail = &mut out[index].detail;
        *detail = format!("{detail}\n\n{note}");
    }
    out
}

/// One diagnostic, with a newline at the end.
#[must_use]
pub fn render(d: &Diagnostic, snippets: &mut Snippets<'_>, style: Style) -> String {
    let (title, color) = match d.severity {
        Severity::Error => ("Error: ", "\x1b[31m"),
        Severity::Warning => ("Warning: ", "\x1b[33m"),
    };
    let mut text = style.paint(&format!("\x1b[1m{color}"), title);
    text.push_str(&style.bold(&d.summary));
    text.push_str("\n\n");
    write_source(d, snippets.of(d).as_ref(), style, &mut text);
    if !d.detail.is_empty() {
        // The rule on the left takes two columns, and the last one stays free.
        let width = style.width.saturating_sub(if style.color { 3 } else { 1 });
        text.push_str(&wrap(&snippets.detail(d), width.max(1)));
        text.push('\n');
    }
    if !style.color {
        return format!("\n{text}");
    }
    let mut out = style.paint(color, "╷");
    let rule = style.paint(color, "│");
    for line in text.trim_end_matches('\n').split('\n') {
        out.push_str(&format!("\n{rule} {line}"));
    }
    out.push_str(&format!("\n{}\n", style.paint(color, "╵")));
    out
}

fn write_source(d: &Diagnostic, snippet: Option<&Snippet>, style: Style, out: &mut String) {
    if let Some(address) = &d.address {
        out.push_str(&format!("  with {address},\n"));
    }
    match snippet {
        Some(snippet) => {
            let context = snippet.context.as_ref().map_or_else(String::new, |c| format!(", in {c}"));
            out.push_str(&format!("  on {} line {}{context}:\n", snippet.filename, snippet.start.line));
            write_code(snippet, style, out);
            write_values(d, style, out);
            out.push('\n');
        }
        None if d.address.is_some() => out.push('\n'),
        None => {}
    }
}

fn write_code(snippet: &Snippet, style: Style, out: &mut String) {
    let code = &snippet.code;
    let highlight = snippet.highlight.clone();
    let mut start = 0;
    for (i, line) in code.split('\n').enumerate() {
        let end = start + line.len();
        // The part of this line that is underlined.
        let from = highlight.start.clamp(start, end);
        let to = highlight.end.clamp(from, end);
        let marked = if from < to { style.paint("\x1b[4m", &code[from..to]) } else { String::new() };
        let number = snippet.start_line + i;
        out.push_str(&format!("{number:>4}: {}{marked}{}\n", &code[start..from], &code[to..end]));
        start = end + 1;
    }
}

fn write_values(d: &Diagnostic, style: Style, out: &mut String) {
    if d.values.is_empty() && d.function_call.is_none() {
        return;
    }
    let gray = |text: &str| style.paint("\x1b[90m", text);
    out.push_str(&format!("    {}\n", gray("├────────────────")));
    if let Some(call) = &d.function_call {
        let parameters = call.signature.find('(').map_or("()", |i| &call.signature[i..]);
        out.push_str(&format!("    {} while calling {}{parameters}\n", gray("│"), style.bold(&call.called_as)));
    }
    let mut values: Vec<_> = d.values.iter().collect();
    values.sort_by(|a, b| a.traversal.cmp(&b.traversal));
    for value in values {
        out.push_str(&format!("    {} {} {}\n", gray("│"), style.bold(&value.traversal), value.statement));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{ExpressionValue, FunctionCall, Span};

    fn failing() -> (SourceMap, Diagnostic) {
        let mut sources = SourceMap::default();
        let file = sources.add("main.tf", "locals {\n  a = upper(\n    var.x)\n}\n");
        let detail = "A detail that is rather longer than one line of a terminal can be, so that it is wrapped.";
        let mut d = Diagnostic::error("It failed", detail).at(Span::new(file, 20, 32));
        d.address = Some("module.m.local.a".into());
        d.values = vec![ExpressionValue { traversal: "var.x".into(), statement: "is 5".into() }];
        d.function_call = Some(FunctionCall { called_as: "upper".into(), signature: "upper(str)".into() });
        (sources, d)
    }

    #[test]
    fn plain() {
        let (sources, d) = failing();
        let wanted = "
Error: It failed

  with module.m.local.a,
  on main.tf line 2, in locals:
   2:   a = upper(
   3:     var.x)
    ├────────────────
    │ while calling upper(str)
    │ var.x is 5

A detail that is rather longer than one line of a terminal can be, so that it
is wrapped.
";
        assert_eq!(render(&d, &mut Snippets::new(&sources), Style::default()), wanted);
        let without_place = Diagnostic::warning("Careful", "");
        assert_eq!(render(&without_place, &mut Snippets::new(&sources), Style::default()), "\nWarning: Careful\n\n");
    }

    #[test]
    fn boxed() {
        let (sources, d) = failing();
        let shown = render(&d, &mut Snippets::new(&sources), Style { color: true, width: 40 });
        let lines: Vec<&str> = shown.lines().collect();
        for (index, wanted) in [
            (0, "\x1b[31m╷\x1b[0m"),
            (1, "\x1b[31m│\x1b[0m \x1b[1m\x1b[31mError: \x1b[0m\x1b[1mIt failed\x1b[0m"),
            (5, "\x1b[31m│\x1b[0m    2:   a = upper\x1b[4m(\x1b[0m"),
            (6, "\x1b[31m│\x1b[0m    3: \x1b[4m    var.x)\x1b[0m"),
            (9, "\x1b[31m│\x1b[0m     \x1b[90m│\x1b[0m \x1b[1mvar.x\x1b[0m is 5"),
            (11, "\x1b[31m│\x1b[0m A detail that is rather longer than"),
        ] {
            assert_eq!(lines[index], wanted);
        }
        assert_eq!(lines.last(), Some(&"\x1b[31m╵\x1b[0m"));
    }

    #[test]
    fn similar_warnings_are_one() {
        let mut sources = SourceMap::default();
        let file = sources.add("a.tf", "abcdef");
        let at = |summary: &str, n| Diagnostic::warning(summary, "d").at(Span::new(file, n, n + 1));
        let given = [Diagnostic::error("E", ""), at("B", 3), at("A", 2), at("A", 1), at("B", 4), at("B", 5)];
        let shown = sorted(&given.into_iter().collect(), &sources);
        let found: Vec<_> = shown.iter().map(|d| (d.summary.as_str(), d.detail.as_str())).collect();
        assert_eq!(
            found,
            [
                ("A", "d\n\n(and one more similar warning elsewhere)"),
                ("B", "d\n\n(and 2 more similar warnings elsewhere)"),
                ("E", "")
            ]
        );
    }
}
