//! How names, time spans and the like have to be, for tables of [checks](crate::providers::aws::checks): a path and a text, and
//! what is wrong with it. The messages are those of Terraform's provider.

use crate::providers::aws::checks::list;
use crate::providers::aws::naming::longest_prefix;

/// The longest name of a group.
const LONGEST: usize = 255;

/// What is said of all rules that a text breaks.
fn broken<const N: usize>(rules: [(bool, String); N]) -> Vec<String> {
    rules.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, message)| message).collect()
}

/// Letters, digits and some other characters, and not nothing.
fn is_of(text: &str, others: &str) -> bool {
    let is_fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || others.contains(c);
    !text.is_empty() && text.chars().all(is_fit)
}

fn begins_wrong(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The identifier of an instance or a cluster.
pub fn identifier(path: &str, text: &str) -> Vec<String> {
    let end = (text.ends_with('-'), format!("{path:?} cannot end with a hyphen"));
    identifier_prefix(path, text).into_iter().chain(broken([end])).collect()
}

/// The beginning of one.
pub fn identifier_prefix(path: &str, text: &str) -> Vec<String> {
    broken([
        (!is_of(text, "-"), format!("only lowercase alphanumeric characters and hyphens allowed in {path:?}")),
        (begins_wrong(text), format!("first character of {path:?} must be a letter")),
        (text.contains("--"), format!("{path:?} cannot contain two consecutive hyphens")),
    ])
}

/// The identifier of a cluster, or its ARN, or nothing.
pub fn identifier_or_arn(path: &str, text: &str) -> Vec<String> {
    if text.is_empty() || text.starts_with("arn:") { Vec::new() } else { identifier(path, text) }
}

/// The name of an option group.
pub fn option_group(path: &str, text: &str) -> Vec<String> {
    let long = (text.len() > LONGEST, format!("{path:?} cannot be greater than {LONGEST} characters"));
    identifier(path, text).into_iter().chain(broken([long])).collect()
}

/// The beginning of one.
pub fn option_group_prefix(path: &str, text: &str) -> Vec<String> {
    let (longest, is_fit) = (longest_prefix(LONGEST), is_of(&text.to_ascii_lowercase(), "-"));
    broken([
        (!is_fit, format!("only alphanumeric characters and hyphens allowed in {path:?}")),
        (begins_wrong(text), format!("first character of {path:?} must be a letter")),
        (text.contains("--"), format!("{path:?} cannot contain two consecutive hyphens")),
        (text.len() > longest, format!("{path:?} cannot be greater than {longest} characters")),
    ])
}

/// The name of a parameter group.
pub fn parameter_group(path: &str, text: &str) -> Vec<String> {
    let subject = format!("parameter group {path:?}");
    let kinds = "lowercase alphanumeric characters, periods, and hyphens";
    broken([
        (!is_of(text, ".-"), format!("only {kinds} allowed in {subject}")),
        (begins_wrong(text), format!("first character of {subject} must be a letter")),
        (text.contains("--"), format!("{subject} cannot contain two consecutive hyphens")),
        (text.ends_with('-'), format!("{subject} cannot end with a hyphen")),
        (text.len() > LONGEST, format!("{subject} cannot be greater than {LONGEST} characters")),
    ])
}

/// The beginning of one.
pub fn parameter_group_prefix(path: &str, text: &str) -> Vec<String> {
    const LONGEST_PREFIX: usize = 226;
    let subject = format!("parameter group {path:?}");
    broken([
        (!is_of(text, "-"), format!("only lowercase alphanumeric characters and hyphens allowed in {subject}")),
        (begins_wrong(text), format!("first character of {subject} must be a letter")),
        (text.contains("--"), format!("{subject} cannot contain two consecutive hyphens")),
        (text.len() > LONGEST_PREFIX, format!("{subject} cannot be greater than {LONGEST_PREFIX} characters")),
    ])
}

/// The name of a subnet group, or its beginning.
pub fn subnet_group(path: &str, text: &str) -> Vec<String> {
    let longest = if path.ends_with("prefix") { longest_prefix(LONGEST) } else { LONGEST };
    let kinds = "lowercase alphanumeric characters, hyphens, underscores, periods, and spaces";
    broken([
        (!is_of(text, "-_. "), format!("only {kinds} allowed in {path:?}")),
        (text.eq_ignore_ascii_case("default"), format!("\"Default\" is not allowed as {path:?}")),
        (text.len() > longest, format!("{path:?} cannot be longer than {longest} characters")),
    ])
}

/// A time span of every day: `04:00-05:00`.
pub fn daily_window(_: &str, text: &str) -> Vec<String> {
    let is_window = text.split_once('-').is_some_and(|(from, to)| is_clock(from) && is_clock(to));
    let message = format!("({text}) must satisfy the format of \"hh24:mi-hh24:mi\"");
    broken([(!is_window && !text.is_empty(), message)])
}

/// A time span of every week: `sun:04:00-sun:05:00`.
pub fn weekly_window(_: &str, text: &str) -> Vec<String> {
    let is_window = text.split_once('-').is_some_and(|(from, to)| is_day_clock(from) && is_day_clock(to));
    let message = format!("({}) must satisfy the format of \"ddd:hh24:mi-ddd:hh24:mi\"", text.to_lowercase());
    broken([(!is_window && !text.is_empty(), message)])
}

/// When a parameter of a group is applied.
pub fn apply_method(_: &str, text: &str) -> Vec<String> {
    let is_one = ["immediate", "pending-reboot"].iter().any(|method| text.eq_ignore_ascii_case(method));
    let message = format!("expected apply_method to be one of [\"immediate\" \"pending-reboot\"], got {text}");
    broken([(!is_one, message)])
}

/// The profile of instances whose operating system is open to their owner.
pub fn custom_profile(path: &str, text: &str) -> Vec<String> {
    let message = format!("invalid value for {path} (must begin with AWSRDSCustom)");
    broken([(!text.starts_with("AWSRDSCustom"), message)])
}

/// An engine for clusters.
pub fn cluster_engine(path: &str, text: &str) -> Vec<String> {
    const KNOWN: &[&str] = &["aurora-mysql", "aurora-postgresql", "mysql", "postgres"];
    let is_wrong = !KNOWN.contains(&text) && !text.starts_with("custom-");
    broken([
        (is_wrong, format!("invalid value for {path} (must begin with custom-)")),
        (is_wrong, format!("expected {path} to be one of {}, got {text}", list(KNOWN))),
    ])
}

/// The last snapshot of an instance.
pub fn instance_snapshot(path: &str, text: &str) -> Vec<String> {
    let said = |rule: &str| format!("invalid value for {path} ({rule})");
    broken([
        (!text.starts_with(|c: char| c.is_ascii_alphabetic()), said("must begin with alphabetic character")),
        (!is_of(&text.to_ascii_lowercase(), "-"), said("must only contain alphanumeric characters and hyphens")),
        (text.contains("--"), said("cannot contain two consecutive hyphens")),
        (text.ends_with('-'), said("cannot end in a hyphen")),
    ])
}

/// The last snapshot of a cluster.
pub fn cluster_snapshot(path: &str, text: &str) -> Vec<String> {
    let is_fit = is_of(&text.to_ascii_lowercase(), "-");
    broken([
        (!is_fit, format!("only alphanumeric characters and hyphens allowed in {path:?}")),
        (text.contains("--"), format!("{path:?} cannot contain two consecutive hyphens")),
        (text.ends_with('-'), format!("{path:?} cannot end in a hyphen")),
    ])
}

/// The key of a secret: something.
pub fn secret_key(path: &str, text: &str) -> Vec<String> {
    broken([(text.is_empty(), format!("{path:?} cannot be shorter than 1 character"))])
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
        let none: Vec<String> = Vec::new();
        assert_eq!(identifier("name", "main-1"), none);
        assert_eq!(identifier_prefix("name", "main-"), none);
        assert_eq!(identifier("name", "main-"), ["\"name\" cannot end with a hyphen"]);
        assert_eq!(identifier_or_arn("name", "arn:aws:rds:eu-west-1:123456789012:cluster:x"), none);
        assert_eq!(subnet_group("name", "1.a b_c"), none);
        assert_eq!(
            parameter_group("name", "A_--b-"),
            [
                "only lowercase alphanumeric characters, periods, and hyphens allowed in parameter group \"name\"",
                "first character of parameter group \"name\" must be a letter",
                "parameter group \"name\" cannot contain two consecutive hyphens",
                "parameter group \"name\" cannot end with a hyphen",
            ]
        );
        let long = "x".repeat(230);
        assert_eq!(subnet_group("name_prefix", &long), ["\"name_prefix\" cannot be longer than 229 characters"]);
        assert_eq!(instance_snapshot("s", "Last-1"), none);
        assert_eq!(cluster_engine("engine", "custom-oracle-ee"), none);
    }

    #[test]
    fn windows() {
        let times =
            [("04:00-05:30", true), ("", true), ("4:00-05:00", false), ("04:00", false), ("24:00-01:00", false)];
        for (text, is_right) in times {
            assert_eq!(daily_window("window", text).is_empty(), is_right, "{text}");
        }
        assert!(weekly_window("window", "Sun:04:00-mon:05:00").is_empty());
        assert!(!weekly_window("window", "04:00-05:00").is_empty());
    }
}
