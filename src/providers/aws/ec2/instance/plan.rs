//! What will become of an instance.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::lang::{Path, PathStep, Value};
use crate::providers::aws::connection::Launch;
use crate::providers::aws::resource::Planning;

/// How user data is kept in state: the SHA-1 of it, decoded if it is base64.
#[must_use]
pub fn hash(data: &str) -> String {
    let bytes = STANDARD.decode(data).unwrap_or_else(|_| data.as_bytes().to_vec());
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of nothing, which AWS sometimes has instead of nothing.
const EMPTY: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

/// Adds to a plan what the schema can't say.
pub fn plan(plan: &mut Planning<'_>) {
    plan_user_data(plan);
    plan_launch_template(plan);
    keep_what_is_not_configured(plan);
    for name in ["user_data", "user_data_base64"] {
        if plan.changes(name) && plan.planned.is("user_data_replace_on_change") {
            plan.replace_for(name);
        }
    }
    // An address that isn't an elastic one is lost when the instance is stopped.
    if ["instance_type", "user_data", "user_data_base64"].into_iter().any(|name| plan.changes(name)) {
        for name in ["public_dns", "public_ip"] {
            if plan.prior.is_some_and(|prior| prior.text(name).is_some()) {
                plan.make_unknown(name);
            }
        }
    }
    if plan.changes("enable_primary_ipv6") && plan.prior.is_some_and(|prior| prior.is("enable_primary_ipv6")) {
        plan.replace_for("enable_primary_ipv6");
    }
}

fn plan_user_data(plan: &mut Planning<'_>) {
    let Some(data) = plan.config.get("user_data").and_then(Value::as_str) else { return };
    let before = plan.prior.map(|prior| prior.str("user_data"));
    let is_nothing = |text: &str| text.is_empty() || text == EMPTY;
    match before {
        Some(before) if is_nothing(before) && data.is_empty() => plan.planned.set("user_data", before),
        _ => plan.planned.set("user_data", hash(data)),
    }
}

/// A template is named by its id or its name; the other one will be known later. Another version needs another instance, but
/// not another name for the same version.
fn plan_launch_template(plan: &mut Planning<'_>) {
    let before = plan.prior.and_then(|prior| prior.block_at("launch_template"));
    let (Some(before), Some(mut after)) = (before, plan.planned.block_at("launch_template")) else { return };
    let (id, name) = (after.differs(&before, "id"), after.differs(&before, "name"));
    let launch = plan.known.zip(plan.prior).and_then(|(known, prior)| known.launch(prior.id()));
    let is_another = match after.text("version") {
        Some(asked) => is_another_version(launch.as_ref(), before.str("version"), &asked),
        None => true,
    };
    if is_another && after.differs(&before, "version") {
        let steps = [PathStep::Attr("launch_template".into()), PathStep::Index(Value::int(0))];
        plan.replace.push(Path(steps.into_iter().chain([PathStep::Attr("version".into())]).collect()));
    }
    if id != name {
        after.set_unknown(if id { "name" } else { "id" });
        plan.planned.set("launch_template", vec![after]);
    }
}

/// Whether an instance was launched with another version than is asked for. What the names of versions mean is known if the
/// instance was read; if it wasn't, nothing is replaced for a name.
fn is_another_version(launch: Option<&Launch>, before: &str, asked: &str) -> bool {
    match launch {
        Some(launch) => launch.of_name(asked).map_or(asked, String::as_str) != launch.version,
        None => before != asked && ![before, asked].iter().any(|version| version.starts_with('$')),
    }
}

/// What AWS has decided stays, where the configuration says nothing.
fn keep_what_is_not_configured(plan: &mut Planning<'_>) {
    let Some(prior) = plan.prior else { return };
    if plan.config.blocks("credit_specification").is_empty()
        && let Some(credits) = prior.get("credit_specification")
    {
        plan.planned.set("credit_specification", credits);
    }
    // It is a matter of the interface then.
    if !plan.planned.blocks("network_interface").is_empty()
        && let Some(checks) = prior.get("source_dest_check")
    {
        plan.planned.set("source_dest_check", checks);
    }
}

#[cfg(test)]
mod tests {
    use super::{Launch, hash, is_another_version};

    #[test]
    fn names_of_versions_mean_versions() {
        let launch = Launch { version: "2".into(), default: "1".into(), latest: "2".into() };
        for (asked, is_another) in [("1", true), ("2", false), ("$Latest", false), ("$Default", true)] {
            assert_eq!(is_another_version(Some(&launch), "2", asked), is_another, "{asked}");
        }
        for (before, asked, is_another) in [("1", "2", true), ("1", "$Latest", false), ("$Latest", "2", false)] {
            assert_eq!(is_another_version(None, before, asked), is_another, "{before}, {asked}");
        }
    }

    #[test]
    fn user_data_is_the_same_encoded_or_not() {
        assert_eq!(hash("#!/bin/sh\ntrue\n"), "e8dc9942e0d51645b241a917c42a9d400685ce88");
        assert_eq!(hash("IyEvYmluL3NoCnRydWUK"), "e8dc9942e0d51645b241a917c42a9d400685ce88");
    }
}
