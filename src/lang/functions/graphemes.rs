//! Grapheme clusters: what a reader takes for one character, and what lengths and positions in
//! strings count. The rules are those of Unicode 15.0, as in Terraform: later versions also join
//! Indic consonants, and lengths must not change with the version.

use std::sync::LazyLock;

use regex::Regex;

/// One cluster, by the rules of Unicode Standard Annex #29 (table 1c). The replacement character
/// stands for broken text and joins with nothing.
static CLUSTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"(?xs)
        \r\n | \p{gcb=Control} | \r | \n | \x{FFFD}
        | \p{gcb=Prepend}*
          (?: \p{gcb=L}* (?: \p{gcb=V}+ | \p{gcb=LV} \p{gcb=V}* | \p{gcb=LVT} ) \p{gcb=T}*
            | \p{gcb=L}+
            | \p{gcb=T}+
            | \p{gcb=Regional_Indicator}{2}
            | \p{Extended_Pictographic} (?: \p{gcb=Extend}* \p{gcb=ZWJ} \p{Extended_Pictographic} )*
            | [^\p{gcb=Control}\r\n\x{FFFD}] )
          [\p{gcb=Extend}\p{gcb=ZWJ}\p{gcb=SpacingMark}]*
        | .";
    Regex::new(pattern).ok()
});

/// The clusters of a string, in order.
pub(super) fn graphemes(text: &str) -> Graphemes<'_> {
    Graphemes { rest: text }
}

/// How many clusters a string has.
pub(super) fn count(text: &str) -> usize {
    match is_simple(text) {
        true => text.len(),
        false => graphemes(text).count(),
    }
}

/// Whether each byte is a cluster.
fn is_simple(text: &str) -> bool {
    text.is_ascii() && !text.contains("\r\n")
}

/// The iterator over clusters.
pub(super) struct Graphemes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Graphemes<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let mut chars = self.rest.chars();
        let first = chars.next()?;
        // Two ASCII characters in a row never join, but for a line end.
        let is_alone = first.is_ascii() && first != '\r' && chars.next().is_none_or(|c| c.is_ascii());
        let len = match &*CLUSTER {
            Some(cluster) if !is_alone => cluster.find(self.rest).map_or(first.len_utf8(), |m| m.end()),
            _ => first.len_utf8(),
        };
        let (cluster, rest) = self.rest.split_at(len);
        self.rest = rest;
        Some(cluster)
    }
}
