//! Source files and positions in them.
//!
//! Everything that is parsed is registered in a [`SourceMap`] and known by a small [`FileId`]
//! afterwards, so that a [`Span`] is twelve bytes and copying it is free. Lines and columns are
//! computed only when a diagnostic is shown.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

/// The index of a file in its [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A half-open range of byte offsets in one file, counted from the first byte of the file on disk
/// (a byte order mark included).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The span `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Span { file, start: offset(start), end: offset(end) }
    }

    /// The smallest span that covers both, which must be of the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at the start of this one.
    #[must_use]
    pub fn at_start(self) -> Span {
        Span { end: self.start, ..self }
    }

    /// The empty span at the end of this one.
    #[must_use]
    pub fn at_end(self) -> Span {
        Span { start: self.end, ..self }
    }

    /// The byte range.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Offsets are 32 bits wide: [`SourceMap::add`] refuses larger files.
fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A place in a file as Terraform's JSON shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// One-based line.
    pub line: usize,
    /// One-based column, counted in grapheme clusters.
    pub column: usize,
    /// Zero-based byte offset.
    pub byte: usize,
}

/// One file: its name as diagnostics show it, and its text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path as the user would write it, relative to the working directory where possible.
    pub name: Arc<str>,
    /// The whole text, a byte order mark included.
    pub text: Arc<str>,
}

impl SourceFile {
    /// Line and column of a byte offset. Offsets beyond the end count as the end.
    #[must_use]
    pub fn position(&self, byte: usize) -> Position {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &self.text[..byte];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let on_line = before[line_start..].strip_prefix('\u{feff}').unwrap_or(&before[line_start..]);
        Position { line, column: on_line.graphemes(true).count() + 1, byte }
    }

    /// A span of this file as messages name it: `main.tf:1,1-13`.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        let (start, end) = (self.position(span.start as usize), self.position(span.end as usize));
        let name = &self.name;
        if start.line == end.line {
            format!("{name}:{},{}-{}", start.line, start.column, end.column)
        } else {
            format!("{name}:{},{}-{},{}", start.line, start.column, end.line, end.column)
        }
    }
}

/// All files that were read, in the order in which they were.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Registers a file and gives its id.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(offset(self.files.len()));
        self.files.push(SourceFile { name: name.into(), text: text.into() });
        id
    }

    /// The file of an id that this map gave out; `None` for an id from elsewhere.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The text under a span; empty if the span is not of this map.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).and_then(|f| f.text.get(span.range())).unwrap_or_default()
    }

    /// A span as messages name it: `main.tf:1,1-13`; empty if the span is not of this map.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        self.get(span.file).map(|file| file.place(span)).unwrap_or_default()
    }

    /// Where a span begins, as messages name it: `main.tf:1,1`; empty if the span is not of this map.
    #[must_use]
    pub fn start(&self, span: Span) -> String {
        let Some(file) = self.get(span.file) else { return String::new() };
        let start = file.position(span.start as usize);
        format!("{}:{},{}", file.name, start.line, start.column)
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, f)| (FileId(offset(i)), f))
    }
}
