//! From the model to the text.

use std::io::{self, Write};

use crate::config::version::COMPATIBLE_VERSION;
use crate::graph::{InstanceKey, ResourceAddress};
use crate::lang::{Path, PathStep, Value};
use crate::state::value_json::{indent, write_string, write_type, write_value};
use crate::state::{
    CheckState, CheckStatus, InstanceState, ObjectState, ObjectStatus, OutputState, ResourceState, State,
};

/// Writes a state. What is written is what Terraform would write, its version included.
///
/// # Errors
/// When it can't be written, or when an output has a part that is unknown or infinite.
pub fn write(state: &State, out: &mut dyn Write) -> io::Result<()> {
    let mut text = format!(
        "{{\n  \"version\": {},\n  \"terraform_version\": \"{COMPATIBLE_VERSION}\",\n  \"serial\": {},\n  \"lineage\": {},\n  \
         \"outputs\": ",
        super::VERSION,
        state.serial,
        quoted(&state.lineage),
    );
    indent(&outputs(state)?, 1, &mut text);
    text.push_str(",\n  \"resources\": [");
    for (i, (address, resource)) in in_order(state).into_iter().enumerate() {
        text.push_str(if i > 0 { ",\n    " } else { "\n    " });
        write_resource(address, resource, &mut text, out)?;
    }
    text.push_str(if state.resources.is_empty() { "],\n" } else { "\n  ],\n" });
    text.push_str("  \"check_results\": ");
    match state.checks.as_deref() {
        None | Some([]) => text.push_str("null"),
        Some(checks) => indent(&check_results(checks), 1, &mut text),
    }
    text.push_str("\n}\n");
    out.write_all(text.as_bytes())
}

/// Resources as files have them: by the text of the module's address, without regard to its depth.
fn in_order(state: &State) -> Vec<(&ResourceAddress, &ResourceState)> {
    let mut resources: Vec<_> = state.resources.iter().map(|(address, resource)| (&**address, resource)).collect();
    resources.sort_by_cached_key(|(address, _)| address.module.to_string());
    resources
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_string(text, &mut out);
    out
}

/// A JSON list of what is written for each of several things.
fn list<T>(items: impl IntoIterator<Item = T>, out: &mut String, mut write: impl FnMut(T, &mut String)) {
    out.push('[');
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

fn outputs(state: &State) -> io::Result<String> {
    let mut out = String::from("{");
    for (i, (name, output)) in state.outputs.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(name, &mut out);
        out.push(':');
        write_output(output, &mut out).map_err(|error| io::Error::other(format!("output \"{name}\"{error}")))?;
    }
    out.push('}');
    Ok(out)
}

fn write_output(output: &OutputState, out: &mut String) -> Result<(), crate::state::value_json::EncodeError> {
    let ty = output.value.ty();
    out.push_str("{\"value\":");
    write_value(&output.value, &ty, out)?;
    out.push_str(",\"type\":");
    write_type(&ty, out);
    if output.sensitive {
        out.push_str(",\"sensitive\":true");
    }
    out.push('}');
    Ok(())
}

/// Writes out what has come together, so that the text of a large state is never in memory at once.
fn pass_on(text: &mut String, out: &mut dyn Write) -> io::Result<()> {
    if text.len() > 1 << 16 {
        out.write_all(text.as_bytes())?;
        text.clear();
    }
    Ok(())
}

fn write_resource(
    address: &ResourceAddress,
    resource: &ResourceState,
    text: &mut String,
    out: &mut dyn Write,
) -> io::Result<()> {
    text.push_str("{\n");
    if !address.module.is_root() {
        text.push_str(&format!("      \"module\": {},\n", quoted(&address.module.to_string())));
    }
    text.push_str(&format!(
        "      \"mode\": \"{}\",\n      \"type\": {},\n      \"name\": {},\n      \"provider\": {},\n      \"instances\": [",
        match address.resource.mode {
            crate::config::module::Mode::Data => "data",
            crate::config::module::Mode::Managed => "managed",
            crate::config::module::Mode::Ephemeral => "ephemeral",
        },
        quoted(&address.resource.kind),
        quoted(&address.resource.name),
        quoted(&resource.provider.to_string()),
    ));
    let mut compact = String::new();
    let mut first = true;
    for (key, instance) in &resource.instances {
        for (deposed, object) in objects(instance) {
            text.push_str(if std::mem::take(&mut first) { "\n        " } else { ",\n        " });
            compact.clear();
            write_object(key, deposed, object, &mut compact);
            indent(&compact, 4, text);
            pass_on(text, out)?;
        }
    }
    text.push_str(if first { "]\n    }" } else { "\n      ]\n    }" });
    Ok(())
}

/// The current object and then the deposed ones with their keys.
fn objects(instance: &InstanceState) -> impl Iterator<Item = (Option<&str>, &ObjectState)> {
    let current = instance.current.as_deref().map(|object| (None, object));
    current.into_iter().chain(instance.deposed.iter().map(|(key, object)| (Some(key.as_str()), &**object)))
}

fn write_object(key: &InstanceKey, deposed: Option<&str>, object: &ObjectState, out: &mut String) {
    out.push('{');
    match key {
        InstanceKey::None => {}
        InstanceKey::Index(i) => out.push_str(&format!("\"index_key\":{i},")),
        InstanceKey::Name(name) => {
            out.push_str("\"index_key\":");
            write_string(name, out);
            out.push(',');
        }
    }
    if object.status == ObjectStatus::Tainted {
        out.push_str("\"status\":\"tainted\",");
    }
    if let Some(deposed) = deposed {
        out.push_str(&format!("\"deposed\":{},", quoted(deposed)));
    }
    out.push_str(&format!("\"schema_version\":{},\"attributes\":", object.schema_version));
    out.push_str(&object.attributes);
    out.push_str(",\"sensitive_attributes\":");
    list(object.sensitive.iter(), out, write_path);
    if let Some(private) = &object.private {
        out.push_str(",\"private\":");
        write_string(private, out);
    }
    if !object.dependencies.is_empty() {
        out.push_str(",\"dependencies\":");
        list(object.dependencies.iter(), out, |dependency, out| write_string(&dependency.to_string(), out));
    }
    if object.create_before_destroy {
        out.push_str(",\"create_before_destroy\":true");
    }
    out.push('}');
}

fn write_path(path: &Path, out: &mut String) {
    list(&path.0, out, |step, out| match step {
        PathStep::Attr(name) => {
            out.push_str("{\"type\":\"get_attr\",\"value\":");
            write_string(name, out);
            out.push('}');
        }
        PathStep::Index(key) => write_index(key, out),
    });
}

fn write_index(key: &Value, out: &mut String) {
    out.push_str("{\"type\":\"index\",\"value\":{\"value\":");
    match (key.as_str(), key.as_number()) {
        (Some(name), _) => {
            write_string(name, out);
            out.push_str(",\"type\":\"string\"}}");
        }
        (None, Some(index)) => out.push_str(&format!("{index},\"type\":\"number\"}}}}")),
        (None, None) => out.push_str("null,\"type\":\"dynamic\"}}"),
    }
}

fn check_results(checks: &[CheckState]) -> String {
    let mut out = String::new();
    list(checks, &mut out, |check, out| {
        out.push_str(&format!(
            "{{\"object_kind\":{},\"config_addr\":{},\"status\":\"{}\",\"objects\":",
            quoted(&check.kind),
            quoted(&check.config_address),
            status(check.status)
        ));
        if check.objects.is_empty() {
            out.push_str("null");
        } else {
            list(&check.objects, out, |object, out| {
                let address = quoted(&object.address);
                out.push_str(&format!("{{\"object_addr\":{address},\"status\":\"{}\"", status(object.status)));
                if !object.failures.is_empty() {
                    out.push_str(",\"failure_messages\":");
                    list(&object.failures, out, |message, out| write_string(message, out));
                }
                out.push('}');
            });
        }
        out.push('}');
    });
    out
}

fn status(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "pass",
        CheckStatus::Fail => "fail",
        CheckStatus::Error => "error",
        CheckStatus::Unknown => "unknown",
    }
}
