//! temp
use std::io::{self, Write};
use crate::plan::{Event, EventKind, Action};
use crate::syntax::Diagnostic;
use crate::views::diagnostic::{Snippets, json};
pub fn write_version(out: &mut dyn Write) -> io::Result<()> { writeln!(out, "{}", serde_json::json!({"type":"version"})) }
pub fn write_diagnostic(d: &Diagnostic, s: &mut Snippets<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", serde_json::json!({"type":"diagnostic", "diagnostic": json::diagnostic(d, s)}))
}
pub fn write_event(e: &Event, out: &mut dyn Write) -> io::Result<()> {
    let a = |a: &Action| match a { Action::Create => "create", Action::Update => "update", Action::Delete => "delete", Action::Read => "read", _ => "noop" };
    let (t, action) = match &e.kind { EventKind::ApplyStart{action,..} => ("apply_start", a(action)), EventKind::ApplyComplete{action,..} => ("apply_complete", a(action)), EventKind::ApplyErrored{action,..} => ("apply_errored", a(action)), _ => return Ok(()) };
    writeln!(out, "{}", serde_json::json!({"type": t, "hook": {"action": action, "resource": {"addr": e.address.to_string()}}}))
}
