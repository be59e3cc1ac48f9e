//! What a configuration must be like beyond its schema. The messages are those of Terraform's provider.

use std::fmt::Debug;
use std::ops::RangeInclusive;

use crate::lang::Value;
use crate::providers::aws::object::Object;
use crate::syntax::{Diagnostic, Diagnostics};

/// A configuration that is looked at, and what is wrong with it. What is unknown is never wrong.
pub struct Checks<'a> {
    config: &'a Object,
    place: &'static str,
    problems: Diagnostics,
}

/// How things may be named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Instances and clusters.
    Identifier,
    /// Option groups.
    OptionGroup,
    /// Parameter groups.
    ParameterGroup,
    /// Subnet groups.
    SubnetGroup,
}

/// So many characters are added to a prefix.
const SUFFIX: usize = 26;

impl Naming {
    /// What is wrong with a name, or the beginning of one.
    fn problems(self, attribute: &str, name: &str, is_prefix: bool) -> Vec<String> {
        let subject = match self {
            Naming::ParameterGroup => format!("parameter group {attribute:?}"),
            _ => format!("{attribute:?}"),
        };
        let (kinds, extra) = match self {
            Naming::SubnetGroup => ("hyphens, underscores, periods, and spaces", "-_. "),
            Naming::ParameterGroup => ("periods, and hyphens", ".-"),
            Naming::Identifier | Naming::OptionGroup => ("and hyphens", "-"),
        };
        let comma = if extra.len() > 1 { "," } else { "" };
        let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || extra.contains(c);
        let mut rules = vec![(
            name.is_empty() || !name.chars().all(is_allowed),
            format!("only lowercase alphanumeric characters{comma} {kinds} allowed in {subject}"),
        )];
        if self == Naming::SubnetGroup {
            rules.push((name.eq_ignore_ascii_case("default"), format!("\"Default\" is not allowed as {subject}")));
        } else {
            rules.extend([
                (
                    !name.starts_with(|c: char| c.is_ascii_lowercase()),
                    format!("first character of {subject} must be a letter"),
                ),
                (name.contains("--"), format!("{subject} cannot contain two consecutive hyphens")),
                (!is_prefix && name.ends_with('-'), format!("{subject} cannot end with a hyphen")),
            ]);
        }
        let (word, longest) = match (self, is_prefix) {
            (Naming::SubnetGroup, prefix) => ("longer", 255 - if prefix { SUFFIX } else { 0 }),
            (Naming::ParameterGroup, true) => ("greater", 226),
            (_, prefix) => ("greater", 255 - if prefix { SUFFIX } else { 0 }),
        };
        rules.push((name.len() > longest, format!("{subject} cannot be {word} than {longest} characters")));
        rules.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, message)| message).collect()
    }
}

impl<'a> Checks<'a> {
    /// Looks at a configuration.
    #[must_use]
    pub fn of(config: &'a Object) -> Self {
        Checks { config, place: "", problems: Diagnostics::new() }
    }

    /// Looks at the first block of a kind, if there is one.
    #[must_use]
    pub fn within(mut self, block: &'static str, look: impl FnOnce(Checks<'_>) -> Checks<'_>) -> Self {
        if let Some(object) = self.config.block_at(block) {
            let checks = Checks { config: &object, place: block, problems: Diagnostics::new() };
            self.problems.extend(look(checks).problems());
        }
        self
    }

    /// What is wrong.
    #[must_use]
    pub fn problems(self) -> Diagnostics {
        self.problems
    }

    /// What it is called in messages.
    fn path(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_string() } else { format!("{}.0.{name}", self.place) }
    }

    fn problem(&mut self, name: &str, summary: impl Into<String>, detail: impl Into<String>) {
        let about = if self.place.is_empty() { name } else { self.place };
        self.problems.push(Diagnostic::error(summary, detail).about(about));
    }

    /// Whether an attribute or block is there.
    fn is_set(&self, name: &str) -> bool {
        self.config.get(name).is_some_and(|v| v.is_known() && v.as_elements().is_none_or(|items| !items.is_empty()))
    }

    /// An attribute that doesn't go with others.
    #[must_use]
    pub fn conflicts(mut self, name: &str, others: &[&str]) -> Self {
        if let Some(other) = others.iter().find(|other| self.is_set(name) && self.is_set(other)) {
            let detail = format!("{:?}: conflicts with {}", self.path(name), self.path(other));
            self.problem(name, "Conflicting configuration arguments", detail);
        }
        self
    }

    /// Attributes of which each doesn't go with each other.
    #[must_use]
    pub fn exclusive(self, names: &[&str]) -> Self {
        names.iter().fold(self, |checks, name| {
            let others: Vec<&str> = names.iter().copied().filter(|other| other != name).collect();
            checks.conflicts(name, &others)
        })
    }

    /// Attributes of which exactly one is to be there.
    #[must_use]
    pub fn exactly_one(mut self, names: &[&str]) -> Self {
        let all = names.iter().map(|name| self.path(name)).collect::<Vec<_>>().join(",");
        let set: Vec<String> = names.iter().filter(|n| self.is_set(n)).map(|n| self.path(n)).collect();
        let is_unknown = names.iter().any(|name| self.config.get(name).is_some_and(|v| !v.is_known()));
        for name in names {
            let path = self.path(name);
            let detail = match set.len() {
                1 => continue,
                0 if is_unknown => continue,
                0 => format!("{path:?}: one of `{all}` must be specified"),
                _ => format!("{path:?}: only one of `{all}` can be specified, but `{}` were specified.", set.join(",")),
            };
            self.problem(name, "Invalid combination of arguments", detail);
        }
        self
    }

    /// Attributes that are to be there together, or not at all.
    #[must_use]
    pub fn together(mut self, names: &[&str]) -> Self {
        for name in names {
            if self.is_set(name) && names.iter().any(|other| self.config.get(other).is_none()) {
                let detail = format!("{name:?}: all of `{}` must be specified", names.join(","));
                self.problem(name, "Missing required argument", detail);
            }
        }
        self
    }

    /// A name and a prefix for one.
    #[must_use]
    pub fn named(mut self, name: &str, prefix: &str, naming: Naming) -> Self {
        let before = self.problems.0.len();
        self = self.exclusive(&[name, prefix]);
        if self.problems.0.len() > before {
            return self;
        }
        for (attribute, is_prefix) in [(name, false), (prefix, true)] {
            if let Some(given) = self.known_text(attribute) {
                for message in naming.problems(attribute, &given, is_prefix) {
                    self.problem(attribute, message, "");
                }
            }
        }
        self
    }

    fn known_text(&self, name: &str) -> Option<String> {
        self.config.get(name)?.as_str().map(ToString::to_string)
    }

    /// A text that is one of some.
    #[must_use]
    pub fn one_of(mut self, name: &str, values: &[&str]) -> Self {
        if let Some(given) = self.known_text(name).filter(|given| !values.contains(&given.as_str())) {
            let message = format!("expected {} to be one of {}, got {given}", self.path(name), list(values));
            self.problem(name, message, "");
        }
        self
    }

    /// Texts that are each one of some.
    #[must_use]
    pub fn each_one_of(mut self, name: &str, values: &[&str]) -> Self {
        for (at, given) in self.config.texts(name).iter().enumerate() {
            if !values.contains(&given.as_str()) {
                let message = format!("expected {name}.{at} to be one of {}, got {given}", list(values));
                self.problem(name, message, "");
            }
        }
        self
    }

    /// A whole number in a range.
    #[must_use]
    pub fn between(mut self, name: &str, range: RangeInclusive<i64>) -> Self {
        if let Some(given) = self.config.int(name).filter(|given| !range.contains(given)) {
            let (low, high) = range.into_inner();
            let message = format!("expected {} to be in the range ({low} - {high}), got {given}", self.path(name));
            self.problem(name, message, "");
        }
        self
    }

    /// A number in a range.
    #[must_use]
    pub fn float_between(self, name: &str, range: RangeInclusive<f64>) -> Self {
        let path = self.path(name);
        self.number(name, |given| match range.contains(&given) {
            true => Vec::new(),
            false => {
                let (low, high) = (range.start(), range.end());
                vec![format!("expected {path} to be in the range ({low:.6} - {high:.6}), got {given:.6}")]
            }
        })
    }

    /// Whatever else a text is to be like: `judge` says what is wrong with it.
    #[must_use]
    pub fn text(mut self, name: &str, judge: impl Fn(&str) -> Vec<String>) -> Self {
        if let Some(given) = self.known_text(name) {
            for message in judge(&given) {
                self.problem(name, message, "");
            }
        }
        self
    }

    /// Whatever else a number is to be like.
    #[must_use]
    pub fn number(mut self, name: &str, judge: impl Fn(f64) -> Vec<String>) -> Self {
        if let Some(given) = self.config.get(name).and_then(Value::as_number).map(crate::lang::Number::to_f64) {
            for message in judge(given) {
                self.problem(name, message, "");
            }
        }
        self
    }

    /// An ARN.
    #[must_use]
    pub fn arn(self, name: &str) -> Self {
        self.text(name, |given| {
            let is_arn = given.starts_with("arn:") && given.splitn(6, ':').count() == 6;
            let reason = if given.starts_with("arn:") { "not enough sections" } else { "invalid prefix" };
            let message = || format!("{name:?} ({given}) is an invalid ARN: arn: {reason}");
            if is_arn || given.is_empty() { Vec::new() } else { vec![message()] }
        })
    }

    /// A time span of every day: `04:00-05:00`.
    #[must_use]
    pub fn daily_window(self, name: &str) -> Self {
        self.text(name, |given| {
            let is_window = given.split_once('-').is_some_and(|(from, to)| is_clock(from) && is_clock(to));
            let message = || format!("({given}) must satisfy the format of \"hh24:mi-hh24:mi\"");
            if is_window || given.is_empty() { Vec::new() } else { vec![message()] }
        })
    }

    /// A time span of every week: `sun:04:00-sun:05:00`.
    #[must_use]
    pub fn weekly_window(self, name: &str) -> Self {
        self.text(name, |given| {
            let is_window = given.split_once('-').is_some_and(|(from, to)| is_day_clock(from) && is_day_clock(to));
            let message = || format!("({given}) must satisfy the format of \"ddd:hh24:mi-ddd:hh24:mi\"");
            if is_window || given.is_empty() { Vec::new() } else { vec![message()] }
        })
    }

    /// When the parameters of a group are applied.
    #[must_use]
    pub fn parameters(mut self) -> Self {
        for parameter in self.config.blocks("parameter") {
            let given = parameter.str("apply_method");
            let is_right = ["", "immediate", "pending-reboot"].iter().any(|method| given.eq_ignore_ascii_case(method));
            if !is_right {
                let values = list(&["immediate", "pending-reboot"]);
                self.problem("parameter", format!("expected apply_method to be one of {values}, got {given}"), "");
            }
        }
        self
    }

    /// The profile of instances whose operating system is open to their owner.
    #[must_use]
    pub fn profile(self) -> Self {
        const NAME: &str = "custom_iam_instance_profile";
        self.text(NAME, |given| match given.starts_with("AWSRDSCustom") {
            true => Vec::new(),
            false => vec![format!("invalid value for {NAME} (must begin with AWSRDSCustom)")],
        })
    }

    /// How long performance data are kept: a week, some months of 31 days, or two years.
    #[must_use]
    pub fn retention(self) -> Self {
        const NAME: &str = "performance_insights_retention_period";
        self.number(NAME, |days| {
            let is_months = days % 31.0 == 0.0 && (7.0..=731.0).contains(&days);
            let mut messages = vec![format!("expected {NAME} to be one of [7 731], got {days}")];
            if days % 31.0 != 0.0 {
                messages.push(format!("expected {NAME} to be divisible by 31, got: {days}"));
            }
            if is_months || days == 7.0 || days == 731.0 { Vec::new() } else { messages }
        })
    }
}

/// A list as Go writes it.
pub fn list<T: Debug>(values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(|v| format!("{v:?}")).collect();
    format!("[{}]", values.join(" "))
}

fn is_clock(text: &str) -> bool {
    let number = |part: &str| (part.len() == 2).then(|| part.parse::<u8>().ok()).flatten();
    text.split_once(':').is_some_and(|(hours, minutes)| {
        number(hours).is_some_and(|h| h < 24) && number(minutes).is_some_and(|m| m < 60)
    })
}

fn is_day_clock(text: &str) -> bool {
    const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let text = text.to_lowercase();
    text.split_once(':').is_some_and(|(day, clock)| DAYS.contains(&day) && is_clock(clock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let problems = |naming: Naming, name, is_prefix| naming.problems("name", name, is_prefix);
        assert_eq!(problems(Naming::Identifier, "main-1", false), Vec::<String>::new());
        assert_eq!(problems(Naming::Identifier, "main-", true), Vec::<String>::new());
        assert_eq!(problems(Naming::SubnetGroup, "1.a b_c", false), Vec::<String>::new());
        assert_eq!(
            problems(Naming::ParameterGroup, "A_--b-", false),
            [
                "only lowercase alphanumeric characters, periods, and hyphens allowed in parameter group \"name\"",
                "first character of parameter group \"name\" must be a letter",
                "parameter group \"name\" cannot contain two consecutive hyphens",
                "parameter group \"name\" cannot end with a hyphen",
            ]
        );
        assert_eq!(
            problems(Naming::SubnetGroup, &"x".repeat(230), true),
            ["\"name\" cannot be longer than 229 characters"]
        );
    }

    #[test]
    fn windows() {
        for (text, is_right) in [("04:00-05:30", true), ("4:00-05:00", false), ("04:00", false), ("24:00-01:00", false)]
        {
            let config = Object::block().with("window", text);
            assert_eq!(Checks::of(&config).daily_window("window").problems().is_empty(), is_right, "{text}");
        }
        let config = Object::block().with("window", "Sun:04:00-mon:05:00");
        assert!(Checks::of(&config).weekly_window("window").problems().is_empty());
    }
}
