//! Results of checks and conditions as plans and state write them.

use serde::{Serialize, Serializer};

use crate::state::{CheckObject, CheckState, CheckStatus};

/// All results, sorted by address.
pub struct Checks<'a>(pub &'a [CheckState]);

impl Serialize for Checks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sorted: Vec<&CheckState> = self.0.iter().collect();
        sorted.sort_by(|a, b| a.config_address.cmp(&b.config_address));
        serializer.collect_seq(sorted.into_iter().map(CheckJson::new))
    }
}

#[derive(Serialize)]
struct CheckJson<'a> {
    address: Address<'a>,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    instances: Vec<InstanceJson<'a>>,
}

#[derive(Serialize)]
struct Address<'a> {
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    name: &'a str,
    to_display: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    resource_type: Option<&'a str>,
}

#[derive(Serialize)]
struct InstanceJson<'a> {
    address: InstanceAddress<'a>,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem<'a>>,
}

#[derive(Serialize)]
struct InstanceAddress<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_key: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    to_display: &'a str,
}

#[derive(Serialize)]
struct Problem<'a> {
    message: &'a str,
}

impl<'a> CheckJson<'a> {
    fn new(check: &'a CheckState) -> Self {
        let to_display = check.config_address.as_str();
        let (module, rest) = split(to_display);
        let name = rest.last().copied().unwrap_or_default();
        let is_resource = check.kind == "resource";
        let is_data = is_resource && rest.first() == Some(&"data");
        let address = Address {
            kind: &check.kind,
            mode: is_resource.then_some(if is_data { "data" } else { "managed" }),
            module,
            name,
            to_display,
            resource_type: rest.iter().rev().nth(1).copied().filter(|_| is_resource),
        };
        let instances = check.objects.iter().map(InstanceJson::new).collect();
        CheckJson { address, status: status(check.status), instances }
    }
}

impl<'a> InstanceJson<'a> {
    fn new(object: &'a CheckObject) -> Self {
        let to_display = object.address.as_str();
        let (module, rest) = split(to_display);
        let instance_key = rest.last().and_then(|last| key(last));
        let mut problems: Vec<_> = object.failures.iter().map(|message| Problem { message }).collect();
        problems.sort_by_key(|problem| problem.message);
        let address = InstanceAddress { instance_key, module, to_display };
        InstanceJson { address, status: status(object.status), problems }
    }
}

fn status(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "pass",
        CheckStatus::Fail => "fail",
        CheckStatus::Error => "error",
        CheckStatus::Unknown => "unknown",
    }
}

/// The module of an address, and the steps after that, keys with them.
fn split(address: &str) -> (Option<String>, Vec<&str>) {
    let mut steps = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in address.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '.' if !quoted => {
                steps.push(&address[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    steps.push(&address[start..]);
    let calls = steps.chunks(2).take_while(|pair| pair.len() == 2 && pair[0] == "module").count();
    let rest = steps.split_off(2 * calls);
    ((calls > 0).then(|| steps.join(".")), rest)
}

/// The key in brackets at the end of a step.
fn key(step: &str) -> Option<serde_json::Value> {
    let (_, key) = step.strip_suffix(']')?.split_once('[')?;
    if key.starts_with('"') {
        let text: String = serde_json::from_str(key).ok()?;
        return Some(text.replace("$${", "${").replace("%%{", "%{").into());
    }
    serde_json::from_str(key).ok()
}
