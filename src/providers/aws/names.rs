//! Names that are made up for objects that the configuration gives only the beginning of a name, or none.

use uuid::Uuid;

use super::object::Object;

/// The length of the part that makes a name unique.
pub const SUFFIX: usize = 26;

/// The name of a new object: the one in the configuration, or one that begins with its `name_prefix`. The same operation
/// always makes up the same name, so that what it has made is found again.
#[must_use]
pub fn of(object: &Object, token: &str) -> String {
    object.text("name").unwrap_or_else(|| {
        let prefix = object.text("name_prefix").unwrap_or_else(|| "terraform-".into());
        format!("{prefix}{}", suffix(token))
    })
}

/// What makes a name unique: looks like Terraform's, which are a time and a counter.
#[must_use]
pub fn suffix(token: &str) -> String {
    let (high, low) =
        Uuid::parse_str(token).unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_OID, token.as_bytes())).as_u64_pair();
    format!("20{:016}{:08x}", high % 10_000_000_000_000_000, low & 0xffff_ffff)
}

/// The `name_prefix` that a name may have been made up with.
#[must_use]
pub fn prefix_of(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(SUFFIX)?;
    let (prefix, suffix) = (name.get(..at)?, name.get(at..)?);
    (at > 0 && suffix.bytes().all(|b| b.is_ascii_hexdigit())).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_names_are_recognised() {
        let suffix = suffix("0d4f2a9e-5d6c-4c2b-9a57-6f1e2d3c4b5a");
        assert_eq!(suffix.len(), SUFFIX);
        assert_eq!(prefix_of(&format!("web-{suffix}")), Some("web-"));
        for name in ["web", &suffix, "web-2024010112000000000000000x"] {
            assert_eq!(prefix_of(name), None, "{name}");
        }
    }
}
