//! What happens while a plan is made or carried out, in lines of text; and what is said at the end.

use std::fmt::{self, Write};
use std::time::Duration;

use smol_str::SmolStr;

use crate::lang::Value;
use crate::plan::{Action, Event, EventKind, ObjectId};
use crate::views::diff::Paint;
use crate::views::value::format_value;

/// The line, or lines, for an event, each with a newline at its end. Nothing for what isn't
/// mentioned in text.
#[must_use]
pub fn event_text(event: &Event, paint: Paint) -> String {
    let address = &event.address;
    let with_deposed = match &event.deposed {
        Some(key) => format!("{address} (deposed object {key})"),
        None => address.to_string(),
    };
    let (reset, bold) = (paint.reset(), paint.bold());
    let line = |text: String| format!("{reset}{bold}{text}{reset}\n");
    // Terraform resets twice there.
    let begins = |text: String| format!("{reset}{bold}{text}{reset}{reset}\n");
    match &event.kind {
        EventKind::RefreshStart { id } => line(format!("{with_deposed}: Refreshing state...{}", Id(id))),
        EventKind::ImportStart { id } => line(format!("{address}: Preparing import... [id={id}]")),
        EventKind::AdoptStart { id } => line(format!("{address}: Importing... [id={id}]")),
        EventKind::AdoptComplete { id } => line(format!("{address}: Import complete [id={id}]")),
        EventKind::ApplyStart { action, id } => {
            verb(*action).map(|v| begins(format!("{with_deposed}: {}...{}", v.begins, Id(id)))).unwrap_or_default()
        }
        EventKind::ApplyProgress { action, id, elapsed } => {
            let id = id.as_ref().map(|id| format!("{}={}, ", id.key, id.value)).unwrap_or_default();
            let elapsed = seconds(*elapsed);
            verb(*action)
                .map(|v| begins(format!("{with_deposed}: Still {}... [{id}{elapsed} elapsed]", v.goes_on)))
                .unwrap_or_default()
        }
        EventKind::ApplyComplete { action, id, elapsed } => {
            let id = if *action == Action::Delete { &None } else { id };
            verb(*action)
                .map(|v| line(format!("{address}: {} complete after {}{}", v.ends, seconds(*elapsed), Id(id))))
                .unwrap_or_default()
        }
        EventKind::ProvisionStart { provisioner } => line(format!("{address}: Provisioning with '{provisioner}'...")),
        EventKind::ProvisionOutput { provisioner, output } => {
            let mut text = String::new();
            for output in output.lines().map(str::trim_end) {
                let _ = match output.is_empty() {
                    true => writeln!(text),
                    false => writeln!(text, "{reset}{bold}{address} ({provisioner}):{reset} {output}"),
                };
            }
            text
        }
        EventKind::RefreshComplete { .. }
        | EventKind::ApplyErrored { .. }
        | EventKind::ProvisionComplete { .. }
        | EventKind::ProvisionErrored { .. } => String::new(),
    }
}

/// What an action is called when it begins, goes on and ends.
struct Verb {
    begins: &'static str,
    goes_on: &'static str,
    ends: &'static str,
}

fn verb(action: Action) -> Option<Verb> {
    let (begins, goes_on, ends) = match action {
        Action::Create | Action::CreateThenDelete | Action::DeleteThenCreate => ("Creating", "creating", "Creation"),
        Action::Update => ("Modifying", "modifying", "Modifications"),
        Action::Delete => ("Destroying", "destroying", "Destruction"),
        Action::Read => ("Reading", "reading", "Read"),
        Action::NoOp | Action::Forget => return None,
    };
    Some(Verb { begins, goes_on, ends })
}

/// ` [id=i-1]`, if it is known.
struct Id<'i>(&'i Option<ObjectId>);

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => write!(f, " [{}={}]", id.key, id.value),
            None => Ok(()),
        }
    }
}

/// A duration in whole seconds: `10s`, `1m0s`, `1h0m0s`.
#[must_use]
pub fn seconds(elapsed: Duration) -> String {
    let rounded = (elapsed + Duration::from_millis(500)).as_secs();
    let (hours, minutes, seconds) = (rounded / 3600, rounded / 60 % 60, rounded % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// How much was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Objects imported.
    pub imported: usize,
    /// Objects created.
    pub added: usize,
    /// Objects changed in place.
    pub changed: usize,
    /// Objects destroyed.
    pub destroyed: usize,
}

/// What is said when everything has come to a good end. `destroy`: of a plan to destroy everything.
#[must_use]
pub fn applied_text(applied: Applied, destroy: bool, paint: Paint) -> String {
    let Applied { imported, added, changed, destroyed } = applied;
    let import = if imported > 0 { format!("{imported} imported, ") } else { String::new() };
    let text = match destroy {
        true => format!("Destroy complete! Resources: {destroyed} destroyed."),
        false => format!("Apply complete! Resources: {import}{added} added, {changed} changed, {destroyed} destroyed."),
    };
    format!("{}{}{}\n{text}\n{}", paint.reset(), paint.bold(), paint.green(), paint.reset())
}

/// The outputs after an apply, or for `output`: `name = value` lines. Sensitive ones are hidden.
#[must_use]
pub fn outputs_text<'o>(outputs: impl IntoIterator<Item = (&'o SmolStr, &'o Value, bool)>) -> String {
    let mut text = String::new();
    for (name, value, sensitive) in outputs {
        let value = if sensitive { "<sensitive>".into() } else { format_value(value) };
        text.extend([name.as_str(), " = ", &value, "\n"]);
    }
    text
}

/// The outputs after an apply, under a title; nothing if there are none.
#[must_use]
pub fn applied_outputs_text<'o>(
    outputs: impl IntoIterator<Item = (&'o SmolStr, &'o Value, bool)>,
    paint: Paint,
) -> String {
    let lines = outputs_text(outputs);
    if lines.is_empty() {
        return lines;
    }
    format!("{}{}{}\nOutputs:\n\n{}{lines}", paint.reset(), paint.bold(), paint.green(), paint.reset())
}
