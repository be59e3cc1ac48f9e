//! What a schema can't say about a configuration: attributes that go together or don't, and the values they may have. The
//! messages are those that Terraform's providers give.

use super::object::Object;
use crate::syntax::{Diagnostic, Diagnostics};

/// An attribute may not be set together with others.
pub fn conflicts(problems: &mut Diagnostics, config: &Object, name: &str, others: &[&str]) {
    for other in others.iter().filter(|other| is_set(config, name) && is_set(config, other)) {
        let detail = format!("{name:?}: conflicts with {other}");
        problems.push(Diagnostic::error("Conflicting configuration arguments", detail).about(name));
    }
}

/// Exactly one of some attributes must be set. (One that isn't known yet may be that one, or null.)
pub fn exactly_one_of(problems: &mut Diagnostics, config: &Object, names: &[&str]) {
    let set: Vec<&str> = names.iter().copied().filter(|name| config.has(name)).collect();
    let all = names.join(",");
    let what = match set.len() {
        0 if names.iter().any(|name| config.get(name).is_some()) => return,
        0 => format!("one of `{all}` must be specified"),
        1 => return,
        _ => format!("only one of `{all}` can be specified, but `{}` were specified.", set.join(",")),
    };
    for name in names {
        let detail = format!("{name:?}: {what}");
        problems.push(Diagnostic::error("Invalid combination of arguments", detail).about(*name));
    }
}

/// A text must be one of some, if it is known.
pub fn one_of(problems: &mut Diagnostics, config: &Object, name: &str, values: &[&str]) {
    if let Some(text) = config.text(name).filter(|text| !values.contains(&text.as_str())) {
        let values: Vec<String> = values.iter().map(|v| format!("{v:?}")).collect();
        let summary = format!("expected {name} to be one of [{}], got {text}", values.join(" "));
        problems.push(Diagnostic::error(summary, String::new()).about(name));
    }
}

/// What isn't known yet may be null.
fn is_set(config: &Object, name: &str) -> bool {
    config.get(name).is_some_and(|v| v.is_known() && v.as_elements().is_none_or(|e| !e.is_empty()))
}
