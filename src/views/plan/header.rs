//! The lines above a change: what happens to which object, and why.

use crate::lang::Value;
use crate::plan::{Action, Reason, ResourceChange};
use crate::views::paint::Paint;

/// Writes the comment of a change that is going to be made.
pub(super) fn write_header(change: &ResourceChange, paint: Paint, out: &mut String) {
    let (bold, red, reset) = (paint.bold(), paint.red(), paint.reset());
    let indent = if change.change.action == Action::Forget { " " } else { "  " };
    if moves_only(change) {
        write_moved(change, paint, out);
        return out.push_str(reset);
    }
    out.extend([bold, indent, "# "]);
    out.push_str(&change.address.to_string());
    if let Some(key) = &change.deposed {
        out.push_str(&format!(" (deposed object {key})"));
    }
    out.push_str(reset);
    let red_word = |word: &str| format!("{bold}{red}{word}{reset}");
    let what = match (change.change.action, change.reason) {
        (Action::NoOp, _) => " will be imported".to_owned(),
        (Action::Create, _) => " will be created".to_owned(),
        (Action::Read, _) => " will be read during apply".to_owned(),
        (Action::Update, _) => " will be updated in-place".to_owned(),
        (Action::Delete, _) => format!(" will be {}", red_word("destroyed")),
        (Action::Forget, _) => {
            format!(" will no longer be managed by Terraform, but {}", red_word("will not be destroyed"))
        }
        (_, Some(Reason::ReplaceBecauseTainted)) => format!(" is tainted, so must be {}", red_word("replaced")),
        (_, Some(Reason::ReplaceByRequest)) => format!(" will be {}, as requested", red_word("replaced")),
        (_, Some(Reason::ReplaceByTriggers)) => {
            format!(" will be {} due to changes in replace_triggered_by", red_word("replaced"))
        }
        _ => format!(" must be {}", red_word("replaced")),
    };
    out.extend([what.as_str(), "\n"]);
    if let Some(why) = explanation(change) {
        out.extend([indent, "# (", &why, ")\n"]);
    }
    if let Some(importing) = &change.importing
        && change.change.action != Action::NoOp
    {
        out.extend([indent, "# ", reset, "(imported from \"", &importing.id, "\")\n"]);
    }
    if change.generated_config.is_some() {
        out.extend([indent, "# ", reset, "(config will be generated)\n"]);
    }
    if let Some(previous) = &change.previous_address {
        out.extend([indent, "# ", reset, "(moved from ", &previous.to_string(), ")\n"]);
    }
    out.push_str(reset);
}

/// Writes the comment of something that has changed outside.
pub(super) fn write_drift_header(change: &ResourceChange, paint: Paint, out: &mut String) {
    if moves_only(change) {
        write_moved(change, paint, out);
        return out.push_str(paint.reset());
    }
    out.extend([paint.bold(), "  # ", &change.address.to_string()]);
    if let Some(key) = &change.deposed {
        out.push_str(&format!(" (deposed object {key})"));
    }
    let what = if change.change.action == Action::Delete { " has been deleted\n" } else { " has changed\n" };
    out.extend([paint.reset(), what]);
    if let Some(previous) = &change.previous_address {
        out.extend(["  # ", paint.reset(), "(moved from ", &previous.to_string(), ")\n"]);
    }
    out.push_str(paint.reset());
}

fn moves_only(change: &ResourceChange) -> bool {
    change.change.action == Action::NoOp && change.importing.is_none() && change.previous_address.is_some()
}

fn write_moved(change: &ResourceChange, paint: Paint, out: &mut String) {
    let (bold, reset) = (paint.bold(), paint.reset());
    if let Some(previous) = &change.previous_address {
        out.push_str(&format!("{bold}  # {previous}{reset} has moved to {bold}{}{reset}\n", change.address));
    }
}

/// Why a change is made, where that isn't plain.
fn explanation(change: &ResourceChange) -> Option<String> {
    let address = &change.address;
    if change.change.action == Action::Forget {
        return Some("destroy = false is set in the configuration".into());
    }
    if change.change.action == Action::Delete && change.deposed.is_some() {
        return Some("left over from a partially-failed replacement of this instance".into());
    }
    let key = address.key.to_string();
    Some(match change.reason? {
        Reason::DeleteBecauseNoResourceConfig => {
            format!("because {} is not in configuration", address.resource.resource)
        }
        Reason::DeleteBecauseNoModule => format!("because {} is not in configuration", address.resource.module),
        Reason::DeleteBecauseWrongRepetition => match address.key.to_value().as_ref().map(Value::kind) {
            None => "because resource uses count or for_each".into(),
            Some(crate::lang::Kind::Number(_)) => "because resource does not use count".into(),
            Some(_) => "because resource does not use for_each".into(),
        },
        Reason::DeleteBecauseCountIndex => format!("because index {key} is out of range for count"),
        Reason::DeleteBecauseEachKey => format!("because key {key} is not in for_each map"),
        Reason::DeleteBecauseNoMoveTarget => {
            let previous = change.previous_address.as_ref().unwrap_or(address);
            format!("because {previous} was moved to {address}, which is not in configuration")
        }
        Reason::ReadBecauseConfigUnknown => "config refers to values not yet known".into(),
        Reason::ReadBecauseDependencyPending => "depends on a resource or a module with changes pending".into(),
        Reason::ReadBecauseCheckNested => "config will be reloaded to verify a check block".into(),
        Reason::ReplaceBecauseCannotUpdate
        | Reason::ReplaceBecauseTainted
        | Reason::ReplaceByRequest
        | Reason::ReplaceByTriggers => return None,
    })
}
