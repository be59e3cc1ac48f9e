//! The source text around a diagnostic.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::syntax::scan::{self, TokenKind};
use crate::syntax::{Diagnostic, FileId, Position, SourceFile, SourceMap, Span};

/// Where a diagnostic is about, and the lines there.
#[derive(Clone, Debug)]
pub struct Snippet {
    /// The file's name.
    pub filename: String,
    /// Start of the subject.
    pub start: Position,
    /// End of the subject, never the start.
    pub end: Position,
    /// The block around it: `resource "aws_vpc" "main"`; in JSON syntax a path: `resource.aws_vpc.main`.
    pub context: Option<String>,
    /// The lines of the subject and its context, but for empty ones.
    pub code: String,
    /// The number of the first line.
    pub start_line: usize,
    /// The subject in the code.
    pub highlight: Range<usize>,
}

/// Makes snippets; what is to be known of a file is found out once.
pub struct Snippets<'s> {
    sources: &'s SourceMap,
    files: HashMap<FileId, Lines>,
}

/// What is known of a file.
struct Lines {
    /// The offset of each line's first byte.
    starts: Vec<usize>,
    /// The blocks at the top: where each stands, and its header. None for JSON syntax.
    blocks: Vec<(Range<usize>, String)>,
}

impl<'s> Snippets<'s> {
    /// Snippets of these files.
    #[must_use]
    pub fn new(sources: &'s SourceMap) -> Self {
        Snippets { sources, files: HashMap::new() }
    }

    /// The detail of a diagnostic.
    #[must_use]
    pub fn detail<'d>(&self, diagnostic: &'d Diagnostic) -> Cow<'d, str> {
        diagnostic.detail_in(self.sources)
    }

    /// The snippet of a diagnostic; `None` if it has no place or its file isn't known.
    pub fn of(&mut self, diagnostic: &Diagnostic) -> Option<Snippet> {
        let subject = diagnostic.subject?;
        let file = self.sources.get(subject.file)?;
        let lines = self.files.entry(subject.file).or_insert_with(|| Lines::new(file));
        Some(snippet(file, lines, subject, diagnostic.context))
    }
}

fn snippet(file: &SourceFile, lines: &Lines, subject: Span, context: Option<Span>) -> Snippet {
    let text = &*file.text;
    let start = lines.position(text, subject.start as usize);
    let mut end = lines.position(text, subject.end as usize);
    if end.byte <= start.byte {
        end = Position { byte: start.byte + 1, column: start.column + 1, ..start };
    }
    let shown = context.filter(|c| c.file == subject.file).map_or(subject, |c| c.to(subject));
    let shown_end = (shown.end as usize).max(shown.start as usize + 1);
    let (first, code) = lines.overlapping(text, shown.start as usize..shown_end);
    let (start_line, code_start) = match first {
        Some(index) => (index + 1, lines.starts[index]),
        None => (lines.position(text, shown.start as usize).line, 0),
    };
    let within = |offset: usize| {
        let mut offset = offset.min(code.len());
        while !code.is_char_boundary(offset) {
            offset += 1;
        }
        offset
    };
    let highlight = start.byte.saturating_sub(code_start);
    let highlight = within(highlight)..within(highlight + (end.byte - start.byte));
    let context = lines.context(file, start.byte);
    let (code, highlight) = cut(code, highlight);
    Snippet { filename: file.name.to_string(), start, end, context, code, start_line, highlight }
}

/// No more is shown of very long lines than this many bytes before and after the start of the subject.
const SHOWN_BEFORE: usize = 1_000;
const SHOWN_AFTER: usize = 4_000;

/// Cuts code that is too long to be shown, and moves the highlight with it.
fn cut(code: String, highlight: Range<usize>) -> (String, Range<usize>) {
    const MARK: &str = "…";
    if code.len() <= SHOWN_BEFORE + SHOWN_AFTER {
        return (code, highlight);
    }
    let (mut from, mut to) = (highlight.start.saturating_sub(SHOWN_BEFORE), highlight.start + SHOWN_AFTER);
    while !code.is_char_boundary(from) {
        from -= 1;
    }
    to = to.min(code.len());
    while !code.is_char_boundary(to) {
        to -= 1;
    }
    let before = if from > 0 { MARK } else { "" };
    let after = if to < code.len() { MARK } else { "" };
    let moved = |offset: usize| offset.clamp(from, to) - from + before.len();
    let highlight = moved(highlight.start)..moved(highlight.end);
    (format!("{before}{}{after}", &code[from..to]), highlight)
}

/// In lines longer than this, columns are counted in bytes: nobody counts them otherwise.
const LONG_LINE: usize = 64 * 1024;

impl Lines {
    fn new(file: &SourceFile) -> Self {
        let text = &*file.text;
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        let blocks = if is_json(file) { Vec::new() } else { top_blocks(text) };
        Lines { starts, blocks }
    }

    /// The index of the line of an offset.
    fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|s| *s <= byte).saturating_sub(1)
    }

    fn position(&self, text: &str, byte: usize) -> Position {
        let mut byte = byte.min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        let index = self.line(byte);
        let before = &text[self.starts[index]..byte];
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        let columns = if before.len() > LONG_LINE { before.len() } else { before.graphemes(true).count() };
        Position { line: index + 1, column: columns + 1, byte }
    }

    /// The lines that a range touches, but for empty ones, and the index of the first.
    fn overlapping(&self, text: &str, range: Range<usize>) -> (Option<usize>, String) {
        let mut first = None;
        let mut code = String::new();
        for index in self.line(range.start)..self.starts.len() {
            let start = self.starts[index];
            if start > range.end {
                break;
            }
            let end = self.starts.get(index + 1).map_or(text.len(), |next| next - 1);
            let line = &text[start..end];
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() || start + line.len() < range.start {
                continue;
            }
            if first.is_some() {
                code.push('\n');
            }
            first.get_or_insert(index);
            code.push_str(line);
        }
        (first, code)
    }

    /// What stands around a subject that starts there.
    fn context(&self, file: &SourceFile, start: usize) -> Option<String> {
        let before = start.checked_sub(1)?;
        if is_json(file) {
            return json_path(&file.text, before);
        }
        let index = self.blocks.partition_point(|(range, _)| range.end <= before);
        let (range, header) = self.blocks.get(index)?;
        range.contains(&before).then(|| header.clone())
    }
}

fn is_json(file: &SourceFile) -> bool {
    file.name.ends_with(".json")
}

/// The blocks at the top of a file and their headers, as far as it can be read.
fn top_blocks(text: &str) -> Vec<(Range<usize>, String)> {
    let mut blocks = Vec::new();
    let mut header: Option<(usize, String)> = None;
    let mut nesting = 0usize;
    let mut open: Option<(usize, String)> = None;
    let mut end = 0;
    for token in scan::scan(text, scan::Mode::Normal) {
        use TokenKind as K;
        end = token.range().end;
        match token.kind {
            K::OBrace | K::OBrack | K::OParen | K::TemplateInterp | K::TemplateControl => {
                nesting += 1;
                if nesting == 1 {
                    open = header.take().filter(|_| token.kind == K::OBrace);
                }
            }
            K::CBrace | K::CBrack | K::CParen | K::TemplateSeqEnd => {
                nesting = nesting.saturating_sub(1);
                if nesting == 0
                    && let Some((start, header)) = open.take()
                {
                    blocks.push((start..end, header));
                }
            }
            _ if nesting > 0 => {}
            K::Ident => match &mut header {
                None => header = Some((token.range().start, token.text(text).to_owned())),
                Some((_, header)) => {
                    header.push_str(&format!(" \"{}\"", token.text(text)));
                }
            },
            K::OQuote => header.iter_mut().for_each(|(_, h)| h.push_str(" \"")),
            K::QuotedLit | K::CQuote => header.iter_mut().for_each(|(_, h)| h.push_str(token.text(text))),
            _ => header = None,
        }
    }
    blocks.extend(open.map(|(start, header)| (start..end, header)));
    blocks
}

/// The keys and indices of the objects and arrays of a JSON text in which an offset lies.
fn json_path(text: &str, offset: usize) -> Option<String> {
    // What leads to each open container; and in it the last key, or how many commas there were.
    let mut open: Vec<(String, Inside)> = Vec::new();
    enum Inside {
        Object(String),
        Array(usize),
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while at <= offset && at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let start = at + 1;
                at = start;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                let is_key =
                    bytes[(at + 1).min(bytes.len())..].iter().find(|b| !b.is_ascii_whitespace()) == Some(&b':');
                if let Some((_, Inside::Object(key))) = open.last_mut()
                    && is_key
                {
                    *key = text.get(start..at).unwrap_or_default().to_owned();
                }
            }
            opening @ (b'{' | b'[') => {
                let step = match open.last() {
                    None => String::new(),
                    Some((_, Inside::Object(key))) => key.clone(),
                    Some((_, Inside::Array(index))) => format!("[{index}]"),
                };
                let inside = if opening == b'{' { Inside::Object(String::new()) } else { Inside::Array(0) };
                open.push((step, inside));
            }
            b'}' | b']' if at < offset => drop(open.pop()),
            b',' => {
                if let Some((_, Inside::Array(index))) = open.last_mut() {
                    *index += 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    let mut path = String::new();
    for (step, _) in open.iter().skip(1) {
        if !path.is_empty() && !step.starts_with('[') {
            path.push('.');
        }
        path.push_str(step);
    }
    (!path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str, start: usize, end: usize) -> Snippet {
        let mut sources = SourceMap::default();
        let file = sources.add(name, text);
        let diagnostic = Diagnostic::error("", "").at(Span::new(file, start, end));
        Snippets::new(&sources).of(&diagnostic).unwrap()
    }

    #[test]
    fn places() {
        // Text, subject; line and column of its start and end; code, first line, highlight.
        for (text, subject, start, end, code, line, highlight) in [
            ("a {\n b = \n}\n", 9..10, (2, 6), (3, 1), " b = \n}", 2, 5..6),
            ("a = [1,", 7..7, (1, 8), (1, 9), "a = [1,", 1, 7..7),
            ("a = [1,\n", 8..8, (2, 1), (2, 2), "", 2, 0..0),
            ("x\r\na = [\r\n\r\n2]\r\n", 7..14, (2, 5), (4, 3), "a = [\n2]", 2, 4..8),
            ("\tk = \"é😀\" + x", 16..17, (1, 13), (1, 14), "\tk = \"é😀\" + x", 1, 16..17),
            ("\u{feff}a = 1", 3..4, (1, 1), (1, 2), "\u{feff}a = 1", 1, 3..4),
            ("", 0..0, (1, 1), (1, 2), "", 1, 0..0),
        ] {
            let s = of("a.tf", text, subject.start, subject.end);
            let found = ((s.start.line, s.start.column), (s.end.line, s.end.column), s.code.as_str(), s.start_line);
            assert_eq!(found, (start, end, code, line), "{text:?}");
            assert_eq!(s.highlight, highlight, "{text:?}");
        }
    }

    #[test]
    fn contexts() {
        let native = "a = { b = 1 }\nx \"y\" z {\n c { d = \"${e}\" } \n}\nopen {\n k";
        for (needle, wanted) in [
            ("a =", None),
            ("b =", None),
            ("x \"", None),
            ("\"y", Some("x \"y\" \"z\"")),
            ("d =", Some("x \"y\" \"z\"")),
            ("e}", Some("x \"y\" \"z\"")),
            ("open", None),
            ("k", Some("open")),
        ] {
            let at = native.find(needle).unwrap();
            assert_eq!(of("a.tf", native, at, at + 1).context.as_deref(), wanted, "{needle}");
        }
        let json = r#"{"r": {"t": {"a": {"i": "${n}", "l": [1, {"z": 2}]}}}, "v": 3}"#;
        for (needle, wanted) in [
            ("\"r\"", None),
            ("\"t\"", Some("r")),
            ("n}", Some("r.t.a")),
            ("1,", Some("r.t.a.l")),
            ("2}", Some("r.t.a.l[1]")),
            ("3}", None),
        ] {
            let at = json.find(needle).unwrap();
            assert_eq!(of("a.tf.json", json, at, at + 1).context.as_deref(), wanted, "{needle}");
        }
    }
}
