//! Reading a journal that an apply has left behind, and settling it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use smol_str::SmolStr;

use super::{Intent, Record, VERSION, WireSlot};
use crate::apply::slot::{Slot, object_at};
use crate::graph::{InstanceAddress, ResourceAddress};
use crate::state::{ObjectState, State};
use crate::syntax::Diagnostic;

/// What a journal has.
#[derive(Debug)]
pub struct Recorded {
    /// The lineage of the state that it is about.
    pub lineage: SmolStr,
    /// The serials that the state can have if nobody else has written it: that of the beginning, and
    /// those of all that was written on the way.
    serials: Vec<u64>,
    results: Vec<Slot>,
    /// What was begun, and how it ended is unknown.
    pub open: Vec<Intent>,
    /// It has been put into a state, and belongs to all of its lineage.
    pub is_settled: bool,
    is_damaged: bool,
}

/// What settling a journal came to.
#[derive(Debug, Default)]
pub struct Settled {
    /// How many results the state did not have.
    pub recovered: usize,
    /// What was begun, and only its provider can tell how it ended.
    pub open: Vec<Intent>,
    /// The journal is about another state, or an older one: it has to be [set aside](set_aside).
    pub is_foreign: bool,
    /// There were lines in the journal that can't be read, and not only a torn one at the end. It should be
    /// [set aside](set_aside), not removed.
    pub is_damaged: bool,
}

/// Reads a journal; `None` if there is none. A torn line at its end is not there; one that can't be read
/// elsewhere is passed over, and remembered.
///
/// # Errors
/// When it can't be read, is no journal, or was written by a newer version.
pub fn read(path: &Path) -> Result<Option<Recorded>, Diagnostic> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let detail =
                format!("The journal of an interrupted apply, {}, could not be read: {error}.", path.display());
            return Err(Diagnostic::error("Failed to read journal", detail));
        }
    };
    let mut records = complete_lines(&text).map(|line| serde_json::from_slice(line).ok());
    let mut recorded = match records.next().flatten() {
        Some(Record::Journal { version: VERSION, lineage, serial, is_settled }) => Recorded {
            lineage,
            serials: vec![serial],
            results: Vec::new(),
            open: Vec::new(),
            is_settled,
            is_damaged: false,
        },
        Some(Record::Journal { version, .. }) => {
            let detail = format!(
                "The journal {} was written in version {version} of its format, and this version of Infra reads version \
                 {VERSION}. Finish the apply with the version of Infra that began it.",
                path.display()
            );
            return Err(Diagnostic::error("Unsupported journal version", detail));
        }
        None if text.is_empty() => return Ok(None),
        None | Some(_) => return Err(no_journal(path)),
    };
    let mut open = BTreeMap::new();
    let mut resources: BTreeMap<ResourceAddress, Arc<ResourceAddress>> = BTreeMap::new();
    for record in records {
        match record {
            None => recorded.is_damaged = true,
            Some(Record::Journal { .. }) => {}
            Some(Record::Intent { number, intent }) => drop(open.insert(number, *intent)),
            Some(Record::Saving { serial }) => recorded.serials.push(serial),
            Some(Record::Result { number, slots }) => {
                number.and_then(|number| open.remove(&number));
                for slot in slots {
                    match slot_of(slot, &mut resources) {
                        Some(slot) => recorded.results.push(slot),
                        None => recorded.is_damaged = true,
                    }
                }
            }
        }
    }
    recorded.open = open.into_values().collect();
    Ok(Some(recorded))
}

fn no_journal(path: &Path) -> Diagnostic {
    let detail = format!(
        "There should be the journal of an interrupted apply in {}, and there is something else. Find out whether the state \
         has everything that exists, then move that file away.",
        path.display()
    );
    Diagnostic::error("Invalid journal", detail)
}

fn complete_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = text.iter().rposition(|b| *b == b'\n').unwrap_or(0);
    text[..end].split(|b| *b == b'\n')
}

fn slot_of(wire: WireSlot, resources: &mut BTreeMap<ResourceAddress, Arc<ResourceAddress>>) -> Option<Slot> {
    let resource = ResourceAddress::from(wire.resource);
    let resource = resources.entry(resource).or_insert_with_key(|resource| Arc::new(resource.clone()));
    let object = match wire.object {
        Some(object) => Some(Arc::new(object.into_state()?)),
        None => None,
    };
    Some(Slot {
        address: InstanceAddress { resource: Arc::clone(resource), key: wire.key.into() },
        deposed: wire.deposed,
        provider: wire.provider.into(),
        object,
    })
}

/// Puts the results that a journal has into a state. Intents that have no result are told: what came of them is
/// for [`recover`](crate::apply::recover) to find out.
#[must_use]
pub fn settle(mut state: State, recorded: Recorded) -> (State, Settled) {
    let is_first = state.lineage.is_empty() && recorded.serials.first() == Some(&0);
    let is_known = recorded.is_settled || recorded.serials.contains(&state.serial);
    let is_ours = is_first || (state.lineage == recorded.lineage && is_known);
    if !is_ours {
        return (state, Settled { is_foreign: true, is_damaged: recorded.is_damaged, ..Settled::default() });
    }
    state.lineage = recorded.lineage;
    let mut last: BTreeMap<(InstanceAddress, Option<SmolStr>), Slot> = BTreeMap::new();
    for slot in recorded.results {
        last.insert((slot.address.clone(), slot.deposed.clone()), slot);
    }
    let mut recovered = 0;
    for slot in last.into_values() {
        let known = object_at(&state, &slot.address, slot.deposed.as_ref());
        if !same(known.map(Arc::as_ref), slot.object.as_deref()) {
            recovered += 1;
            slot.put_into(&mut state);
        }
    }
    let open = recorded.open.into_iter().filter(Intent::is_for_provider).collect();
    (state, Settled { recovered, open, is_foreign: false, is_damaged: recorded.is_damaged })
}

fn same(a: Option<&ObjectState>, b: Option<&ObjectState>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            a.status == b.status
                && a.schema_version == b.schema_version
                && a.attributes == b.attributes
                && a.sensitive == b.sensitive
                && a.private == b.private
                && a.dependencies == b.dependencies
                && a.create_before_destroy == b.create_before_destroy
        }
        _ => false,
    }
}

/// Says in a journal that the state is about to be written with this serial, with everything that the journal
/// has: so that it still belongs to that state if we are stopped before it is removed.
///
/// # Errors
/// When that fails.
pub fn note_saving(path: &Path, serial: u64) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let end = text.iter().rposition(|b| *b == b'\n').map_or(0, |last| last + 1);
    file.set_len(end as u64)?;
    let mut line = serde_json::to_vec(&Record::Saving { serial })?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}

/// Moves a journal out of the way, and tells where to.
///
/// # Errors
/// When that fails.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut number = 1;
    loop {
        let aside = path.with_file_name(format!("{name}.{number}"));
        if !aside.try_exists()? {
            fs::rename(path, &aside)?;
            return Ok(aside);
        }
        number += 1;
    }
}
