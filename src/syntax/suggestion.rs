//! "Did you mean …?"

/// The name most similar to `given`, if it may have been meant: fewer than three characters inserted,
/// removed or replaced. Of equally similar ones the first.
pub fn suggestion<'a, S: AsRef<str> + ?Sized + 'a>(
    given: &str,
    names: impl IntoIterator<Item = &'a S>,
) -> Option<&'a str> {
    const LIMIT: usize = 3;
    let given: Vec<char> = given.chars().collect();
    let near = names.into_iter().map(AsRef::as_ref).filter(|name| name.chars().count().abs_diff(given.len()) < LIMIT);
    near.map(|name| (distance(&given, name), name)).filter(|(d, _)| *d < LIMIT).min_by_key(|(d, _)| *d).map(|(_, n)| n)
}

/// The Levenshtein distance.
fn distance(a: &[char], b: &str) -> usize {
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (i, cb) in b.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, ca) in a.iter().enumerate() {
            let replaced = diagonal + usize::from(*ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[a.len()]
}

#[cfg(test)]
mod tests {
    use super::suggestion;

    #[test]
    fn the_first_similar_name_is_suggested() {
        let names = ["locals", "variable", "output"];
        for (given, expected) in [
            ("local", Some("locals")),
            ("variables", Some("variable")),
            ("ouptut", Some("output")),
            ("vari", None),
            ("", None),
        ] {
            assert_eq!(suggestion(given, names), expected, "{given}");
        }
    }
}
