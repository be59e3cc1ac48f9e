//! What happens while a plan is made or carried out, as data. `views` make text and JSON of it.

use std::time::Duration;

use smol_str::SmolStr;

use crate::graph::InstanceAddress;
use crate::lang::Value;
use crate::plan::Action;

/// Something that happens to an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The object's address.
    pub address: InstanceAddress,
    /// The key of a deposed object.
    pub deposed: Option<SmolStr>,
    /// What happens.
    pub kind: EventKind,
}

/// The attribute that tells objects of a type apart, and its value: `id`, mostly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectId {
    /// The attribute's name.
    pub key: SmolStr,
    /// Its value.
    pub value: SmolStr,
}

impl ObjectId {
    /// What identifies an object for people: its `id`, or else its `name`, if that is no secret.
    #[must_use]
    pub fn of(object: &Value) -> Option<Self> {
        let attribute = |key: &'static str| {
            let value = object.get(key)?;
            let shown = value.as_str().filter(|text| !text.is_empty() && value.marks().is_empty())?;
            Some(ObjectId { key: SmolStr::new_static(key), value: shown.clone() })
        };
        attribute("id").or_else(|| attribute("name"))
    }
}

/// What happens. The action of a replacement is that of its half: [`Action::Create`] or
/// [`Action::Delete`]. Data sources have [`Action::Read`], while planning, too.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// The state of an object is about to be read.
    RefreshStart {
        /// The object, as state knows it.
        id: Option<ObjectId>,
    },
    /// It has been read.
    RefreshComplete {
        /// The object as it was read.
        id: Option<ObjectId>,
    },
    /// An object is about to be found by its id.
    ImportStart {
        /// That id.
        id: SmolStr,
    },
    /// An import of the plan is about to be taken over.
    AdoptStart {
        /// The id that it was imported by.
        id: SmolStr,
    },
    /// An import of the plan has been taken over.
    AdoptComplete {
        /// The id that it was imported by.
        id: SmolStr,
    },
    /// An action begins.
    ApplyStart {
        /// Which.
        action: Action,
        /// The object; none before it is created.
        id: Option<ObjectId>,
    },
    /// An action is still going on.
    ApplyProgress {
        /// Which.
        action: Action,
        /// The object; none before it is created.
        id: Option<ObjectId>,
        /// For how long, in whole seconds.
        elapsed: Duration,
        /// What it waits for, in the provider's words: `NAT gateway nat-1: pending`.
        status: Option<SmolStr>,
    },
    /// An action has come to a good end.
    ApplyComplete {
        /// Which.
        action: Action,
        /// The object afterwards.
        id: Option<ObjectId>,
        /// How long it took.
        elapsed: Duration,
    },
    /// An action has failed. The error itself is a diagnostic.
    ApplyErrored {
        /// Which.
        action: Action,
        /// How long it took.
        elapsed: Duration,
    },
    /// A provisioner begins.
    ProvisionStart {
        /// Its type: `local-exec`.
        provisioner: SmolStr,
    },
    /// A provisioner says something.
    ProvisionOutput {
        /// Its type.
        provisioner: SmolStr,
        /// One or more lines.
        output: String,
    },
    /// A provisioner has come to a good end.
    ProvisionComplete {
        /// Its type.
        provisioner: SmolStr,
    },
    /// A provisioner has failed. The error itself is a diagnostic.
    ProvisionErrored {
        /// Its type.
        provisioner: SmolStr,
    },
}
