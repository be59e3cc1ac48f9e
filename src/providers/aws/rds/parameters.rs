//! The parameters of parameter groups, those of instances and of clusters.

use std::collections::BTreeMap;

use aws_sdk_rds::types::{ApplyMethod, Parameter};

use crate::providers::aws::object::Object;

/// So many parameters a request may have.
const CHUNK: usize = 20;

/// Parameters that must be changed by the same request. (Source: the request handlers of CloudFormation's types
/// AWS::RDS::DBParameterGroup and AWS::RDS::DBClusterParameterGroup.)
const TOGETHER: &[&[&str]] = &[
    &["collation_server", "character_set_server"],
    &["gtid-mode", "enforce_gtid_consistency"],
    &["password_encryption", "rds.accepted_password_auth_method"],
    &["ssl_max_protocol_version", "ssl_min_protocol_version"],
    &["rds.change_data_capture_streaming", "binlog_format"],
    &["aurora_enhanced_binlog", "binlog_backup", "binlog_replication_globaldb"],
];

/// The parameters that an object has. Letter case counts in values only.
#[must_use]
pub fn of(object: &Object) -> Vec<Parameter> {
    let parameter = |block: Object| {
        let name = block.text("name")?.to_lowercase();
        let method = ApplyMethod::from(block.str("apply_method").to_lowercase().as_str());
        let value = block.str("value");
        Some(Parameter::builder().parameter_name(name).parameter_value(value).apply_method(method).build())
    };
    object.blocks("parameter").into_iter().filter_map(parameter).collect()
}

/// Puts parameters into an object.
pub fn read(object: &mut Object, parameters: Vec<Parameter>) {
    let block = |p: Parameter| {
        Object::block()
            .with("apply_method", p.apply_method.map(|m| m.as_str().to_lowercase()))
            .with("name", p.parameter_name.unwrap_or_default().to_lowercase())
            .with("value", p.parameter_value)
    };
    object.set("parameter", parameters.into_iter().map(block).collect::<Vec<_>>());
}

/// What to set to get from some parameters to others, request by request.
#[must_use]
pub fn to_set(before: &[Parameter], after: &[Parameter]) -> Vec<Vec<Parameter>> {
    let mut groups: BTreeMap<usize, Vec<Parameter>> = BTreeMap::new();
    for parameter in after.iter().filter(|p| !before.contains(p)) {
        let name = parameter.parameter_name.as_deref().unwrap_or_default();
        let is_later = usize::from(parameter.apply_method == Some(ApplyMethod::PendingReboot));
        let group = TOGETHER.iter().position(|names| names.contains(&name)).unwrap_or(TOGETHER.len() + is_later);
        groups.entry(group).or_default().push(parameter.clone());
    }
    groups.into_values().flat_map(chunks).collect()
}

/// What to give up, request by request.
#[must_use]
pub fn to_reset(before: &[Parameter], after: &[Parameter]) -> Vec<Vec<Parameter>> {
    let is_kept = |p: &&Parameter| after.iter().any(|a| a.parameter_name == p.parameter_name);
    chunks(before.iter().filter(|p| !is_kept(p)).cloned().collect())
}

fn chunks(parameters: Vec<Parameter>) -> Vec<Vec<Parameter>> {
    parameters.chunks(CHUNK).map(<[Parameter]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, value: &str, method: ApplyMethod) -> Parameter {
        Parameter::builder().parameter_name(name).parameter_value(value).apply_method(method).build()
    }

    fn names(requests: &[Vec<Parameter>]) -> Vec<Vec<&str>> {
        requests.iter().map(|request| request.iter().filter_map(|p| p.parameter_name.as_deref()).collect()).collect()
    }

    #[test]
    fn what_belongs_together_is_changed_by_one_request() {
        use ApplyMethod::{Immediate, PendingReboot};
        let before = [parameter("a", "1", Immediate), parameter("gone", "1", Immediate)];
        let after = [
            parameter("a", "1", Immediate),
            parameter("max_connections", "200", PendingReboot),
            parameter("character_set_server", "utf8", PendingReboot),
            parameter("b", "1", Immediate),
            parameter("collation_server", "utf8_bin", Immediate),
        ];
        let set = to_set(&before, &after);
        assert_eq!(names(&set), [vec!["character_set_server", "collation_server"], vec!["b"], vec!["max_connections"]]);
        assert_eq!(names(&to_reset(&before, &after)), [vec!["gone"]]);
        let many: Vec<Parameter> = (0..45).map(|i| parameter(&format!("p{i}"), "1", Immediate)).collect();
        assert_eq!(to_set(&[], &many).iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 5]);
    }
}
