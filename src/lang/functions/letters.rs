//! Upper, lower and title case of single characters. Terraform maps one character to one: `ß` has
//! no upper case of its own and stays.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, HirKind};

/// Case pairs newer than Unicode 15, which Terraform doesn't know.
fn is_recent(c: char) -> bool {
    matches!(
        c,
        '\u{19B}' | '\u{264}' | '\u{1C89}' | '\u{1C8A}' | '\u{A7CB}'..='\u{A7CF}' | '\u{A7D2}'..='\u{A7D5}'
            | '\u{A7DA}'..='\u{A7DC}' | '\u{10D50}'..='\u{10D85}' | '\u{16EA0}'..='\u{16ED3}'
    )
}

/// The upper case of a character.
pub(super) fn upper(c: char) -> char {
    match c {
        '\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}' => offset(c, 8),
        '\u{1FB3}' | '\u{1FC3}' | '\u{1FF3}' => offset(c, 9),
        _ => only(c, c.to_uppercase()),
    }
}

/// The lower case of a character.
pub(super) fn lower(c: char) -> char {
    match c {
        'İ' => 'i',
        _ => only(c, c.to_lowercase()),
    }
}

/// The case of a character at the start of a title.
pub(super) fn title(c: char) -> char {
    match c {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        // Georgian has capitals, but they don't begin words.
        '\u{10D0}'..='\u{10FA}' | '\u{10FD}'..='\u{10FF}' => c,
        _ => upper(c),
    }
}

fn offset(c: char, by: u32) -> char {
    char::from_u32(c as u32 + by).unwrap_or(c)
}

/// The mapping where it is one character, else the character itself.
fn only(c: char, mut mapped: impl ExactSizeIterator<Item = char>) -> char {
    match mapped.len() {
        1 if !is_recent(c) => mapped.next().unwrap_or(c),
        _ => c,
    }
}

/// Whether a character is a letter, a decimal digit or `_`.
pub(super) fn is_word(c: char) -> bool {
    static WORD: LazyLock<ClassUnicode> = LazyLock::new(|| {
        let parsed = regex_syntax::parse(r"[\p{L}\p{Nd}_&&\p{age=15.0}]").map(regex_syntax::hir::Hir::into_kind);
        match parsed {
            Ok(HirKind::Class(Class::Unicode(class))) => class,
            _ => ClassUnicode::empty(),
        }
    });
    let by_range = |r: &regex_syntax::hir::ClassUnicodeRange| match (r.end() < c, r.start() > c) {
        (true, _) => std::cmp::Ordering::Less,
        (_, true) => std::cmp::Ordering::Greater,
        _ => std::cmp::Ordering::Equal,
    };
    WORD.ranges().binary_search_by(by_range).is_ok()
}
