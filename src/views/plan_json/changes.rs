//! `resource_changes`, `resource_drift` and `output_changes`.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::values::{Known, SensitiveMask, UnknownMask};
use crate::lang::{Path, PathStep};
use crate::plan::{Action, Change, OutputChange, Reason, ResourceChange};
use crate::views::state_json::{IndexJson, ModeJson};

/// Changes of objects.
pub struct ResourceChanges<'a>(pub &'a [ResourceChange]);

impl ResourceChanges<'_> {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for ResourceChanges<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ResourceChangeJson))
    }
}

struct ResourceChangeJson<'a>(&'a ResourceChange);

impl Serialize for ResourceChangeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let c = self.0;
        let resource = &c.address.resource;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("address", &c.address.to_string())?;
        if let Some(previous) = c.previous_address.as_ref().filter(|p| **p != c.address) {
            map.serialize_entry("previous_address", &previous.to_string())?;
        }
        if !resource.module.is_root() {
            map.serialize_entry("module_address", &resource.module.to_string())?;
        }
        map.serialize_entry("mode", &ModeJson(resource.resource.mode))?;
        map.serialize_entry("type", &resource.resource.kind)?;
        map.serialize_entry("name", &resource.resource.name)?;
        if c.address.key != crate::graph::InstanceKey::None {
            map.serialize_entry("index", &IndexJson(c.address.key.clone()))?;
        }
        map.serialize_entry("provider_name", &c.provider.provider)?;
        if let Some(key) = &c.deposed {
            map.serialize_entry("deposed", key)?;
        }
        map.serialize_entry("change", &ObjectChange(c))?;
        if let Some(reason) = c.reason {
            map.serialize_entry("action_reason", reason_name(reason))?;
        }
        map.end()
    }
}

struct ObjectChange<'a>(&'a ResourceChange);

#[derive(Serialize)]
struct Importing<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Empty {}

impl Serialize for ObjectChange<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Change { action, before, after } = &self.0.change;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("actions", actions(*action))?;
        map.serialize_entry("before", &Known(before))?;
        map.serialize_entry("after", &Known(after))?;
        if after.is_wholly_known() {
            map.serialize_entry("after_unknown", &Empty {})?;
        } else {
            map.serialize_entry("after_unknown", &UnknownMask(after))?;
        }
        map.serialize_entry("before_sensitive", &SensitiveMask(before))?;
        map.serialize_entry("after_sensitive", &SensitiveMask(after))?;
        if !self.0.replace_paths.is_empty() {
            map.serialize_entry("replace_paths", &Paths(&self.0.replace_paths))?;
        }
        if let Some(importing) = &self.0.importing {
            map.serialize_entry("importing", &Importing { id: &importing.id })?;
        }
        if let Some(text) = &self.0.generated_config {
            map.serialize_entry("generated_config", text)?;
        }
        map.end()
    }
}

/// Changes of outputs, by name.
pub struct OutputChanges<'a>(pub &'a [OutputChange]);

impl OutputChanges<'_> {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for OutputChanges<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|o| (&o.name, OutputChangeJson(o))))
    }
}

struct OutputChangeJson<'a>(&'a OutputChange);

impl Serialize for OutputChangeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Change { action, before, after } = &self.0.change;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("actions", actions(*action))?;
        map.serialize_entry("before", &Known(before))?;
        if after.is_known() {
            map.serialize_entry("after", &Known(after))?;
        }
        if after.is_wholly_known() {
            map.serialize_entry("after_unknown", &false)?;
        } else {
            map.serialize_entry("after_unknown", &UnknownMask(after))?;
        }
        map.serialize_entry("before_sensitive", &self.0.is_secret())?;
        map.serialize_entry("after_sensitive", &self.0.is_secret())?;
        map.end()
    }
}

/// What is done, in order.
fn actions(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Update => &["update"],
        Action::Delete => &["delete"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::Forget => &["forget"],
    }
}

/// The name of a reason in plans.
#[must_use]
pub fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::ReplaceBecauseCannotUpdate => "replace_because_cannot_update",
        Reason::ReplaceBecauseTainted => "replace_because_tainted",
        Reason::ReplaceByRequest => "replace_by_request",
        Reason::ReplaceByTriggers => "replace_by_triggers",
        Reason::DeleteBecauseNoResourceConfig => "delete_because_no_resource_config",
        Reason::DeleteBecauseWrongRepetition => "delete_because_wrong_repetition",
        Reason::DeleteBecauseCountIndex => "delete_because_count_index",
        Reason::DeleteBecauseEachKey => "delete_because_each_key",
        Reason::DeleteBecauseNoModule => "delete_because_no_module",
        Reason::DeleteBecauseNoMoveTarget => "delete_because_no_move_target",
        Reason::ReadBecauseConfigUnknown => "read_because_config_unknown",
        Reason::ReadBecauseDependencyPending => "read_because_dependency_pending",
        Reason::ReadBecauseCheckNested => "read_because_check_nested",
    }
}

struct Paths<'a>(&'a [Path]);

impl Serialize for Paths<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(PathJson))
    }
}

/// A path as an array of names and indices.
pub struct PathJson<'a>(pub &'a Path);

impl Serialize for PathJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.0.len()))?;
        for step in &self.0.0 {
            match step {
                PathStep::Attr(name) => seq.serialize_element(name)?,
                PathStep::Index(key) => seq.serialize_element(&Known(key))?,
            }
        }
        seq.end()
    }
}
