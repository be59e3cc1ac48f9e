//! Text broken into lines of limited width.

/// Breaks lines at blanks so that none is longer than `width` characters, where words allow it.
/// Lines that begin with a blank stay as they are: they are laid out by hand.
#[must_use]
pub fn wrap(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        if line.starts_with(' ') {
            out.push_str(line);
        } else {
            wrap_line(line, width, &mut out);
        }
    }
    out
}

fn wrap_line(line: &str, width: usize, out: &mut String) {
    let mut column = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let blanks = rest.len() - rest.trim_start_matches(is_blank).len();
        let (space, after) = rest.split_at(blanks);
        let (word, after) = after.split_at(after.find(is_blank).unwrap_or(after.len()));
        rest = after;
        let (space_width, word_width) = (space.chars().count(), word.chars().count());
        let fits = column + space_width + word_width <= width;
        if column > 0 && !fits && !word.is_empty() {
            out.push('\n');
            column = 0;
        } else if fits || !word.is_empty() {
            out.push_str(space);
            column += space_width;
        }
        out.push_str(word);
        column += word_width;
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() && c != '\u{a0}'
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_are_broken_at_blanks() {
        for (text, width, wanted) in [
            ("", 5, ""),
            ("aa bb cc", 5, "aa bb\ncc"),
            ("aa  bb  cc", 6, "aa  bb\ncc"),
            ("aaaaaaaa bb", 5, "aaaaaaaa\nbb"),
            ("a\n\n  not touched at all\nb c d", 3, "a\n\n  not touched at all\nb c\nd"),
            ("éé éé é", 5, "éé éé\né"),
            ("a\u{a0}b c", 3, "a\u{a0}b\nc"),
        ] {
            assert_eq!(wrap(text, width), wanted, "{text}");
        }
    }
}
