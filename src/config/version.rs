//! Versions and constraints on them, as Terraform writes them: `>= 1.3, < 2.0`, `~> 5.1`.

use std::cmp::Ordering;
use std::fmt;

/// The version of Terraform whose language, state and plans these are.
pub const COMPATIBLE_VERSION: &str = "1.11.4";

/// A version: numbers, and perhaps what kind of preview it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// At least three; fewer are filled up with zeros.
    segments: Vec<u64>,
    /// How many were written.
    written: usize,
    /// After a dash: `beta1`.
    prerelease: String,
}

/// A list of conditions that a version has to meet all of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionConstraint(Vec<(Operator, Version)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    /// `~>`: at least, with all but the last written number equal.
    Pessimistic,
}

impl Version {
    /// Reads a version; `None` if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = text.split_once('+').map_or((text, None), |(t, b)| (t, Some(b)));
        if build.is_some_and(|b| !are_identifiers(b)) {
            return None;
        }
        let numbers_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (numbers, prerelease) = text.split_at(numbers_end);
        let prerelease = match prerelease.strip_prefix('-') {
            Some("") => return None,
            Some(rest) => rest,
            None => prerelease,
        };
        if !prerelease.is_empty() && !are_identifiers(prerelease) {
            return None;
        }
        let mut segments: Vec<u64> = numbers
            .split('.')
            .map(|n| n.parse::<i64>().ok().and_then(|n| u64::try_from(n).ok()))
            .collect::<Option<_>>()?;
        let written = segments.len();
        segments.resize(written.max(3), 0);
        Some(Version { segments, written, prerelease: prerelease.to_string() })
    }

    fn compare(&self, other: &Version) -> Ordering {
        let length = self.segments.len().max(other.segments.len());
        let at = |v: &Version, i: usize| v.segments.get(i).copied().unwrap_or(0);
        let numbers = (0..length).map(|i| at(self, i).cmp(&at(other, i))).find(|o| o.is_ne());
        numbers.unwrap_or_else(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
}

fn are_identifiers(text: &str) -> bool {
    text.split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'~'))
}

/// A preview comes before the version itself; numbers come before words.
fn compare_prereleases(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

impl Operator {
    fn sign(self) -> &'static str {
        match self {
            Operator::Equal => "",
            Operator::NotEqual => "!= ",
            Operator::Greater => "> ",
            Operator::GreaterEqual => ">= ",
            Operator::Less => "< ",
            Operator::LessEqual => "<= ",
            Operator::Pessimistic => "~> ",
        }
    }
}

/// Each condition once, by version: `>= 5.0.0, != 5.1.0, < 6.0.0`.
impl fmt::Display for VersionConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut conditions: Vec<_> = self.0.iter().collect();
        conditions.sort_by(|(a, v), (b, w)| v.compare(w).then_with(|| a.sign().cmp(b.sign())));
        let mut texts = Vec::with_capacity(conditions.len());
        for (operator, version) in conditions {
            // `~>` means something by how many numbers it has; at least two, in any case.
            let shown =
                if *operator == Operator::Pessimistic { version.written.max(2) } else { 3.max(version.written) };
            let numbers: Vec<_> = version.segments.iter().take(shown).map(u64::to_string).collect();
            let prerelease = if version.prerelease.is_empty() { "" } else { "-" };
            texts.push(format!("{}{}{prerelease}{}", operator.sign(), numbers.join("."), version.prerelease));
        }
        texts.dedup();
        f.write_str(&texts.join(", "))
    }
}

impl VersionConstraint {
    /// Reads constraints separated by commas; `None` if one is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<VersionConstraint> {
        const OPERATORS: [(&str, Operator); 7] = [
            ("!=", Operator::NotEqual),
            (">=", Operator::GreaterEqual),
            ("<=", Operator::LessEqual),
            ("~>", Operator::Pessimistic),
            ("=", Operator::Equal),
            (">", Operator::Greater),
            ("<", Operator::Less),
        ];
        let one = |part: &str| {
            let part = part.trim();
            let found = OPERATORS.iter().find_map(|(sign, op)| Some((*op, part.strip_prefix(sign)?)));
            let (operator, version) = found.unwrap_or((Operator::Equal, part));
            Some((operator, Version::parse(version.trim_start())?))
        };
        text.split(',').map(one).collect::<Option<_>>().map(VersionConstraint)
    }

    /// All conditions of several constraints together; `None` if there are none.
    #[must_use]
    pub fn all(constraints: impl IntoIterator<Item = VersionConstraint>) -> Option<VersionConstraint> {
        let all: Vec<_> = constraints.into_iter().flat_map(|c| c.0).collect();
        (!all.is_empty()).then_some(VersionConstraint(all))
    }

    /// Whether a version meets them all.
    #[must_use]
    pub fn accepts(&self, version: &Version) -> bool {
        self.0.iter().all(|(operator, wanted)| meets(version, *operator, wanted))
    }

    /// Whether one of the versions is a preview.
    #[must_use]
    pub fn names_prerelease(&self) -> bool {
        self.0.iter().any(|(_, v)| !v.prerelease.is_empty())
    }
}

fn meets(version: &Version, operator: Operator, wanted: &Version) -> bool {
    let order = version.compare(wanted);
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        _ if !comparable(version, wanted) => false,
        Operator::Greater => order.is_gt(),
        Operator::GreaterEqual => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::LessEqual => order.is_le(),
        Operator::Pessimistic => {
            let fixed = wanted.written.saturating_sub(1);
            order.is_ge() && version.segments.iter().take(fixed).eq(wanted.segments.iter().take(fixed))
        }
    }
}

/// Previews are only considered where a constraint names a preview of the same version.
fn comparable(version: &Version, wanted: &Version) -> bool {
    version.prerelease.is_empty() || (!wanted.prerelease.is_empty() && version.segments == wanted.segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints() {
        let table = [
            (">= 1.0, < 2.0", "1.11.4", Some(true)),
            (">= 2.0", "1.11.4", Some(false)),
            ("~> 1.5", "1.11.4", Some(true)),
            ("~> 1.5.0", "1.11.4", Some(false)),
            ("~>1", "2.0.0", Some(true)),
            ("~> 1.11.0, != 1.11.5", "1.11.4", Some(true)),
            ("1.11.4", "1.11.4", Some(true)),
            ("= v1.11", "1.11.0", Some(true)),
            ("!= 1.11.4", "1.11.4", Some(false)),
            ("> 1.0", "1.1.0-beta1", Some(false)),
            (">= 1.1.0-beta1", "1.1.0-beta2", Some(true)),
            ("foo", "1.0.0", None),
            ("", "1.0.0", None),
            (">= 1.0,", "1.0.0", None),
            ("=> 1.0", "1.0.0", None),
            ("1.0-", "1.0.0", None),
            ("99999999999999999999", "1.0.0", None),
        ];
        for (constraint, version, expected) in table {
            let version = Version::parse(version).expect("a version");
            let got = VersionConstraint::parse(constraint).map(|c| c.accepts(&version));
            assert_eq!(got, expected, "{constraint}");
        }
    }
}
