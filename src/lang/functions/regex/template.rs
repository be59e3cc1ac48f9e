//! What matches are replaced by: text in which `$1`, `$name` and `${name}` stand for groups.

use regex::Captures;
use smol_str::SmolStr;

use super::super::letters;

/// A template for one pattern.
pub(super) struct Template<'a>(Vec<Part<'a>>);

enum Part<'a> {
    Literal(&'a str),
    /// The first of these groups that has a part in the match; 0 is the whole match.
    Group(Vec<usize>),
}

impl<'a> Template<'a> {
    /// Reads a template. Nothing in it is an error: groups that don't exist are empty, a `$` that
    /// stands for no group is a `$`.
    pub fn parse(text: &'a str, groups: &[Option<SmolStr>]) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            parts.push(Part::Literal(before));
            let dollar = Part::Literal("$");
            let (part, after) = match (after.strip_prefix('$'), reference(after)) {
                (Some(after), _) => (dollar, after),
                (_, Some((name, after))) => (Part::Group(numbers(name, groups)), after),
                _ => (dollar, after),
            };
            parts.push(part);
            rest = after;
        }
        parts.push(Part::Literal(rest));
        Template(parts)
    }

    /// Writes the template with the groups of a match.
    pub fn expand(&self, captures: &Captures, out: &mut String) {
        for part in &self.0 {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Group(numbers) => {
                    if let Some(group) = numbers.iter().find_map(|&n| captures.get(n)) {
                        out.push_str(group.as_str());
                    }
                }
            }
        }
    }
}

/// The name, with or without braces, that a text begins with, and what follows.
fn reference(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let text = braced.unwrap_or(text);
    let end = text.find(|c| !letters::is_word(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    match braced {
        Some(_) => Some((name, rest.strip_prefix('}')?)),
        None => Some((name, rest)),
    }
}

/// The groups that a name means. A number without leading zeros counts groups.
fn numbers(name: &str, groups: &[Option<SmolStr>]) -> Vec<usize> {
    let is_number =
        name.bytes().all(|b| b.is_ascii_digit()) && name.len() <= 9 && (name == "0" || !name.starts_with('0'));
    match name.parse() {
        Ok(number) if is_number => vec![number],
        _ => (1..).zip(groups).filter(|(_, g)| g.as_deref() == Some(name)).map(|(i, _)| i).collect(),
    }
}
