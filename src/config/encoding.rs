//! The text of files: it has to be UTF-8.

use std::ops::Range;

use crate::syntax::scan::{Mode, TokenKind, scan};
use crate::syntax::{Diagnostic, FileId, SourceFile, SourceMap, Span};

/// Registers what a file has under the name that diagnostics show; a name with `.json` is of one in JSON syntax.
///
/// # Errors
/// When the file is too large, or has anything but UTF-8 outside of comments. Nothing in it is to be used then.
pub(crate) fn register(name: &str, bytes: &[u8], sources: &mut SourceMap) -> Result<(FileId, SourceFile), Diagnostic> {
    let (text, replaced) = decode(bytes);
    if u32::try_from(text.len()).is_err() {
        let detail = format!("The file {name:?} is larger than 4 GiB.");
        return Err(Diagnostic::error("Failed to read file", detail));
    }
    let bad = if name.ends_with(".json") { replaced.into_iter().next() } else { outside_of_comments(&text, replaced) };
    let source = SourceFile { name: name.into(), text: text.into() };
    let file = sources.add(source.name.clone(), source.text.clone());
    match bad {
        None => Ok((file, source)),
        Some(bad) => {
            let detail =
                "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.";
            let at = Span::new(file, bad.start, bad.end);
            Err(Diagnostic::error("Invalid character encoding", detail).at(at))
        }
    }
}

/// The text, and where in it characters stand for bytes that are no UTF-8.
fn decode(bytes: &[u8]) -> (String, Vec<Range<usize>>) {
    let mut text = String::with_capacity(bytes.len());
    let mut replaced = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            let start = text.len();
            text.push(char::REPLACEMENT_CHARACTER);
            replaced.push(start..text.len());
        }
    }
    (text, replaced)
}

/// The first of the ranges, which are in order, that is not in a comment.
fn outside_of_comments(text: &str, ranges: Vec<Range<usize>>) -> Option<Range<usize>> {
    if ranges.is_empty() {
        return None;
    }
    let tokens = scan(text, Mode::Normal);
    let mut comments = tokens.iter().filter(|t| t.kind == TokenKind::Comment).map(|t| t.range()).peekable();
    ranges.into_iter().find(|range| {
        while comments.next_if(|comment| comment.end <= range.start).is_some() {}
        comments.peek().is_none_or(|comment| range.start < comment.start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_may_have_anything_else() {
        type Case<'a> = (&'a str, &'a [u8], Option<Range<u32>>);
        let table: [Case<'_>; 8] = [
            ("a.tf", b"a = \"\xc3\xa9\"\n", None),
            ("a.tf", b"# \xe9\na = 1 // \xff\xfe\n/* \xe9\n\xe9 */", None),
            ("a.tf", b"# \xe9\na = \"# \xe9\"\n# \xe9", Some(13..16)),
            ("a.tf", b"\xff\xfea\0", Some(0..3)),
            ("a.tf", b"a = <<E\n\xe9\nE\n", Some(8..11)),
            ("a.tf", b"\xef\xbb\xbfa = 1\n", None),
            ("a.tf.json", b"{\"//\": \"\xe9\"}", Some(8..11)),
            ("a.tf.json", b"{}", None),
        ];
        for (name, bytes, expected) in table {
            let found = register(name, bytes, &mut SourceMap::default()).err();
            let at = found.as_ref().and_then(|d| d.subject).map(|span| span.start..span.end);
            assert_eq!(at, expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
