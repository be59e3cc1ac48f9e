//! Patterns of paths: `*` and `?` in one part of a path, `**` for any number of parts, `[a-z]`,
//! `{this,that}`, and a backslash before what should mean nothing.

use crate::lang::Host;
use crate::lang::host::FileKind;

/// So many entries of folders are looked at. Symbolic links can lead in circles, and two of them
/// to more paths than anyone can count.
const MAX_ENTRIES: usize = 1_000_000;

/// The paths of everything that a pattern matches; folders, too. What can't be read is passed over.
///
/// # Errors
/// When the pattern is wrong, as far as it gets to the wrong part, or there is too much to look at.
pub(super) fn find(pattern: &str, host: &dyn Host) -> Result<Vec<String>, String> {
    let mut search = Search { host, found: Vec::new(), budget: MAX_ENTRIES };
    match pattern.strip_prefix('/') {
        Some(rest) => search.descend("/", rest)?,
        None => search.descend(".", pattern)?,
    }
    Ok(search.found)
}

struct Search<'a> {
    host: &'a dyn Host,
    found: Vec<String>,
    budget: usize,
}

impl Search<'_> {
    fn descend(&mut self, folder: &str, pattern: &str) -> Result<(), String> {
        let (plain, pattern) = split_plain(pattern);
        let folder = super::paths::join(folder, plain);
        if pattern.is_empty() {
            if self.host.kind(&folder).is_ok() {
                self.found.push(folder);
            }
            return Ok(());
        }
        let (part, rest) = match unescaped_slash(pattern) {
            Some(slash) => (&pattern[..slash], Some(&pattern[slash + 1..])),
            None => (pattern, None),
        };
        let Some(mut names) = self.names(&folder)? else {
            return Ok(());
        };
        names.sort_unstable();
        if part == "**" {
            return self.descend_everywhere(&folder, &names, pattern, rest);
        }
        for name in &names {
            if matches(part, name)? {
                let path = super::paths::join(&folder, name);
                match rest {
                    Some(rest) => self.descend(&path, rest)?,
                    None => self.found.push(path),
                }
            }
        }
        Ok(())
    }

    /// `**`: the rest of the pattern in this folder and in all below.
    fn descend_everywhere(
        &mut self,
        folder: &str,
        names: &[String],
        pattern: &str,
        rest: Option<&str>,
    ) -> Result<(), String> {
        for name in names {
            let path = super::paths::join(folder, name);
            // A link can lead nowhere.
            let Ok(kind) = self.host.kind(&path) else { continue };
            if rest.is_none() {
                self.found.push(path.clone());
            }
            if kind == FileKind::Folder {
                self.descend(&path, pattern)?;
            }
        }
        rest.map_or(Ok(()), |rest| self.descend(folder, rest))
    }

    fn names(&mut self, folder: &str) -> Result<Option<Vec<String>>, String> {
        let Ok(names) = self.host.entries(folder) else {
            return Ok(None);
        };
        self.budget = self.budget.checked_sub(names.len() + 1).ok_or("too many files to look at")?;
        Ok(Some(names))
    }
}

/// Splits off the parts at the beginning that are no patterns.
fn split_plain(pattern: &str) -> (&str, &str) {
    let end = pattern
        .find(['*', '?', '[', '{', '\\'])
        .map_or(pattern.len(), |special| pattern[..special].rfind('/').map_or(0, |slash| slash + 1));
    pattern.split_at(end)
}

fn unescaped_slash(pattern: &str) -> Option<usize> {
    let mut escaped = false;
    pattern.bytes().position(|byte| {
        let found = byte == b'/' && !escaped;
        escaped = byte == b'\\' && !escaped;
        found
    })
}

const BAD_PATTERN: &str = "syntax error in pattern";

/// Whether a part of a pattern matches a name. A wrong pattern is found out only where a name
/// leads to the wrong place.
fn matches(pattern: &str, name: &str) -> Result<bool, String> {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let mut budget = MAX_STEPS;
    match_from(&pattern, &name, &mut budget)
}

/// So many steps are tried to match one name.
const MAX_STEPS: usize = 1_000_000;

fn match_from(pattern: &[char], name: &[char], budget: &mut usize) -> Result<bool, String> {
    let (mut p, mut n) = (0, 0);
    while let (Some(&c), Some(&letter)) = (pattern.get(p), name.get(n)) {
        *budget = budget.checked_sub(1).ok_or("the pattern is too complicated")?;
        match c {
            '\\' => {
                let escaped = pattern.get(p + 1).ok_or(BAD_PATTERN)?;
                if *escaped != letter {
                    return Ok(false);
                }
                p += 2;
                n += 1;
            }
            '*' => {
                let rest = &pattern[p + 1..];
                if rest.is_empty() {
                    return Ok(true);
                }
                for skipped in n..name.len() {
                    if match_from(rest, &name[skipped..], budget)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
            '[' => {
                let (end, is_member) = class(&pattern[p..], letter)?;
                if !is_member {
                    return Ok(false);
                }
                p += end;
                n += 1;
            }
            '{' => {
                let (options, end) = alternatives(&pattern[p + 1..])?;
                for option in options {
                    let whole = [option, &pattern[p + 1 + end..]].concat();
                    if match_from(&whole, &name[n..], budget)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
            '?' => {
                p += 1;
                n += 1;
            }
            c if c == letter => {
                p += 1;
                n += 1;
            }
            _ => return Ok(false),
        }
    }
    let all_stars = pattern[p..].iter().all(|&c| c == '*');
    Ok(n == name.len() && all_stars)
}

/// How long the class is at the beginning of the pattern, and whether a letter is in it. A hyphen
/// or a closing bracket needs a backslash.
fn class(pattern: &[char], letter: char) -> Result<(usize, bool), String> {
    let end = unescaped(pattern, ']').ok_or(BAD_PATTERN)?;
    let members = &pattern[1..end];
    let (negated, members) = match members {
        ['^', rest @ ..] => (true, rest),
        _ => (false, members),
    };
    if members.is_empty() {
        return Err(BAD_PATTERN.into());
    }
    let mut i = 0;
    let mut found = false;
    while i < members.len() {
        let low = member(members, &mut i)?;
        let mut high = low;
        if members.get(i) == Some(&'-') {
            i += 1;
            high = member(members, &mut i)?;
        }
        found |= (low..=high).contains(&letter);
    }
    Ok((end + 1, found != negated))
}

fn member(members: &[char], i: &mut usize) -> Result<char, String> {
    let c = match members.get(*i) {
        None | Some('-') => return Err(BAD_PATTERN.into()),
        Some('\\') => {
            *i += 1;
            members.get(*i).ok_or(BAD_PATTERN)?
        }
        Some(c) => c,
    };
    *i += 1;
    Ok(*c)
}

fn unescaped(pattern: &[char], wanted: char) -> Option<usize> {
    let mut escaped = false;
    pattern.iter().position(|&c| {
        let found = c == wanted && !escaped;
        escaped = c == '\\' && !escaped;
        found
    })
}

/// The alternatives behind an opening brace, and where the pattern goes on behind the closing one.
fn alternatives(pattern: &[char]) -> Result<(Vec<&[char]>, usize), String> {
    let mut options = Vec::new();
    let (mut start, mut depth, mut i) = (0, 0, 0);
    while let Some(c) = pattern.get(i) {
        match c {
            '\\' => i += 1,
            '{' => depth += 1,
            ',' if depth == 0 => {
                options.push(&pattern[start..i]);
                start = i + 1;
            }
            '}' if depth == 0 => {
                options.push(&pattern[start..i]);
                return Ok((options, i + 1));
            }
            '}' => depth -= 1,
            _ => {}
        }
        i += 1;
    }
    Err(BAD_PATTERN.into())
}
