//! An object as text, as its block would be written with all its attributes.

use crate::config::module::Mode;
use crate::graph::InstanceAddress;
use crate::lang::{Kind, Value};
use crate::state::ObjectStatus;
use crate::syntax::quote::quoted;

/// The object with its address above it.
pub(super) fn render(address: &InstanceAddress, status: ObjectStatus, value: &Value) -> String {
    let key = &address.resource.resource;
    let block = if key.mode == Mode::Data { "data" } else { "resource" };
    let tainted = if status == ObjectStatus::Tainted { " (tainted)" } else { "" };
    let mut out = format!("# {address}:{tainted}\n{block} {:?} {:?} {{\n", key.kind.as_str(), key.name.as_str());
    let attributes: Vec<_> = value.as_entries().unwrap_or_default().iter().filter(|(_, v)| !v.is_null()).collect();
    let width = attributes.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in attributes {
        out.push_str(&format!("    {name:<width$} = "));
        write(value, 4, &mut out);
        out.push('\n');
    }
    out.push_str("}\n");
    out
}

/// `indent`: how many blanks the value's lines after the first begin with.
fn write(value: &Value, indent: usize, out: &mut String) {
    if value.is_sensitive() {
        return out.push_str("(sensitive value)");
    }
    match value.kind() {
        Kind::Null(_) => out.push_str("null"),
        Kind::Unknown(_) => out.push_str("(known after apply)"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => out.push_str(&n.to_string()),
        Kind::String(text) if text.contains('\n') => {
            out.push_str("<<-EOT");
            for line in text.trim_end_matches('\n').split('\n') {
                new_line(if line.is_empty() { 0 } else { indent + 4 }, out);
                out.push_str(line);
            }
            new_line(indent, out);
            out.push_str("EOT");
        }
        Kind::String(text) => out.push_str(&quoted(text)),
        Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => {
            out.push('[');
            for item in e.items() {
                new_line(indent + 4, out);
                write(item, indent + 4, out);
                out.push(',');
            }
            if !e.items().is_empty() {
                new_line(indent, out);
            }
            out.push(']');
        }
        Kind::Map(e) | Kind::Object(e) => {
            let is_name = |key: &str| hcl_edit::Ident::try_new(key).is_ok();
            let quotes = matches!(value.kind(), Kind::Map(_));
            let shown = |key: &str| if !quotes && is_name(key) { key.to_owned() } else { quoted(key) };
            let entries: Vec<_> = e.items().iter().map(|(key, item)| (shown(key), item)).collect();
            let width = entries.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
            out.push('{');
            for (key, item) in &entries {
                new_line(indent + 4, out);
                out.push_str(&format!("{key:<width$} = "));
                write(item, indent + 4, out);
            }
            if !entries.is_empty() {
                new_line(indent, out);
            }
            out.push('}');
        }
    }
}

fn new_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}
