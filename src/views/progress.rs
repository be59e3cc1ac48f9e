//! What happens while a plan is made or carried out, in lines of text; and what is said at the end.

use std::fmt::{self, Write};
use std::time::Duration;

use smol_str::SmolStr;

use crate::lang::Value;
use crate::plan::{Action, Event, EventKind, ObjectId};
use crate::views::paint::Paint;
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
        EventKind::ApplyProgress { action, id, elapsed, status } => {
            let id = id.as_ref().map(|id| format!("{}={}, ", id.key, id.value)).unwrap_or_default();
            let elapsed = seconds(*elapsed);
            // What Terraform doesn't say comes after what it says.
            let status = status.as_ref().map(|status| format!(" ({status})")).unwrap_or_default();
            verb(*action)
                .map(|v| begins(format!("{with_deposed}: Still {}... [{id}{elapsed} elapsed]{status}", v.goes_on)))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::module::{Mode, ResourceKey};
    use crate::graph::{InstanceKey, ModuleAddress, ResourceAddress};

    #[test]
    fn events() {
        let resource = ResourceKey { mode: Mode::Managed, kind: "terraform_data".into(), name: "a".into() };
        let address =
            Arc::new(ResourceAddress { module: ModuleAddress::root(), resource }).instance(InstanceKey::Index(0));
        let id = || Some(ObjectId { key: "id".into(), value: "i-1".into() });
        let after = Duration::from_millis;
        let provisioner = || SmolStr::from("local-exec");
        for (kind, wanted) in [
            (EventKind::RefreshStart { id: id() }, ": Refreshing state... [id=i-1]\n"),
            (EventKind::RefreshComplete { id: id() }, ""),
            (EventKind::ImportStart { id: "x".into() }, ": Preparing import... [id=x]\n"),
            (EventKind::AdoptStart { id: "x".into() }, ": Importing... [id=x]\n"),
            (EventKind::AdoptComplete { id: "x".into() }, ": Import complete [id=x]\n"),
            (EventKind::ApplyStart { action: Action::Create, id: None }, ": Creating...\n"),
            (EventKind::ApplyStart { action: Action::Update, id: id() }, ": Modifying... [id=i-1]\n"),
            (EventKind::ApplyStart { action: Action::Delete, id: id() }, ": Destroying... [id=i-1]\n"),
            (EventKind::ApplyStart { action: Action::Read, id: None }, ": Reading...\n"),
            (
                EventKind::ApplyProgress { action: Action::Create, id: None, elapsed: after(10_000), status: None },
                ": Still creating... [10s elapsed]\n",
            ),
            (
                EventKind::ApplyProgress {
                    action: Action::Delete,
                    id: id(),
                    elapsed: after(70_000),
                    status: Some("Instance i-1: shutting-down".into()),
                },
                ": Still destroying... [id=i-1, 1m10s elapsed] (Instance i-1: shutting-down)\n",
            ),
            (
                EventKind::ApplyComplete { action: Action::Create, id: id(), elapsed: after(300) },
                ": Creation complete after 0s [id=i-1]\n",
            ),
            (
                EventKind::ApplyComplete { action: Action::Delete, id: id(), elapsed: after(3_600_000) },
                ": Destruction complete after 1h0m0s\n",
            ),
            (
                EventKind::ApplyComplete { action: Action::Read, id: None, elapsed: after(1_600) },
                ": Read complete after 2s\n",
            ),
            (EventKind::ApplyErrored { action: Action::Read, elapsed: after(1) }, ""),
            (EventKind::ProvisionStart { provisioner: provisioner() }, ": Provisioning with 'local-exec'...\n"),
            (
                EventKind::ProvisionOutput { provisioner: provisioner(), output: "one\r\n\ntwo".into() },
                " (local-exec): one\n\nterraform_data.a[0] (local-exec): two\n",
            ),
        ] {
            let event = Event { address: address.clone(), deposed: None, kind };
            let prefix = if wanted.is_empty() { "" } else { "terraform_data.a[0]" };
            assert_eq!(event_text(&event, Paint::default()), format!("{prefix}{wanted}"));
        }
        let kind = EventKind::ApplyStart { action: Action::Delete, id: None };
        let event = Event { address, deposed: Some("0a1b2c3d".into()), kind };
        assert_eq!(
            event_text(&event, Paint { color: true }),
            "\u{1b}[0m\u{1b}[1mterraform_data.a[0] (deposed object 0a1b2c3d): Destroying...\u{1b}[0m\u{1b}[0m\n"
        );
    }

    #[test]
    fn results() {
        let applied = Applied { imported: 0, added: 1, changed: 2, destroyed: 3 };
        let text = |applied, destroy| applied_text(applied, destroy, Paint::default());
        assert_eq!(text(applied, false), "\nApply complete! Resources: 1 added, 2 changed, 3 destroyed.\n");
        assert_eq!(text(applied, true), "\nDestroy complete! Resources: 3 destroyed.\n");
        let imported = Applied { imported: 1, ..Applied::default() };
        assert_eq!(
            text(imported, false),
            "\nApply complete! Resources: 1 imported, 0 added, 0 changed, 0 destroyed.\n"
        );
        let (name, value) = (SmolStr::from("o"), Value::from("x"));
        let outputs = |sensitive| applied_outputs_text([(&name, &value, sensitive)], Paint::default());
        assert_eq!(outputs(false), "\nOutputs:\n\no = \"x\"\n");
        assert_eq!(outputs(true), "\nOutputs:\n\no = <sensitive>\n");
    }
}
