//! Names that are made up: where the configuration has a prefix, or nothing.

use jiff::Timestamp;
use uuid::Uuid;

use super::object::Object;
use super::resource::Operation;

/// So many characters follow the prefix.
const LENGTH: usize = 26;

/// The longest prefix of a name that may have so many characters.
#[must_use]
pub const fn longest_prefix(longest_name: usize) -> usize {
    longest_name - LENGTH
}

/// The name of a new object: the one that is configured, or one that is made from the configured prefix.
#[must_use]
pub fn name(object: &Object, name: &str, prefix: &str, operation: &Operation) -> String {
    let make = || unique(object.text(prefix).as_deref().unwrap_or("terraform-"), &operation.token);
    object.text(name).unwrap_or_else(make)
}

/// A prefix, a time with 4 digits of the second's fraction, and 8 hexadecimal digits, as Terraform makes them. The first of these
/// is a letter: no name is to look like a mere number, or like the ids that AWS gives. All comes from the operation's token (a UUID
/// of version 7), so that the same operation makes the same name, also after a crash.
#[must_use]
pub fn unique(prefix: &str, token: &str) -> String {
    let token = Uuid::try_parse(token).unwrap_or_default();
    let (seconds, nanoseconds) = token.get_timestamp().map_or((0, 0), |t| t.to_unix());
    let time = Timestamp::from_second(i64::try_from(seconds).unwrap_or(0)).unwrap_or_default();
    let digits = u32::from_be_bytes(token.into_bytes()[12..].try_into().unwrap_or_default()) | 0xa000_0000;
    format!("{prefix}{}{:04}{digits:08x}", time.strftime("%Y%m%d%H%M%S"), nanoseconds / 100_000)
}

/// The prefix that a name was made from; `None` if it doesn't look like that.
#[must_use]
pub fn prefix_of(name: &str) -> Option<&str> {
    let (prefix, made) = name.split_at_checked(name.len().checked_sub(LENGTH)?)?;
    (!prefix.is_empty() && made.bytes().all(|b| b.is_ascii_hexdigit())).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::{prefix_of, unique};

    #[test]
    fn names_are_those_of_their_operation() {
        let token = "0192f0c1-2345-7abc-8def-0123456789ab";
        let name = unique("web-", token);
        assert_eq!(name, "web-202411030640423090e56789ab");
        assert_eq!(unique("web-", token), name);
        assert_eq!(prefix_of(&name), Some("web-"));
    }

    #[test]
    fn other_names_have_no_prefix() {
        for name in ["", "web", "20241103030440741056789abc", "web-2024110303044074105-789abc"] {
            assert_eq!(prefix_of(name), None, "{name}");
        }
    }
}
