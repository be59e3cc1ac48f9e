//! What a resource type or data source of this provider is: one file each has that, and no more.

use std::time::Duration;

use async_trait::async_trait;
use smol_str::SmolStr;

use super::checks::Checks;
use super::connection::{Aws, Connection};
use super::failure::{Failure, Outcome};
use super::object::Object;
use super::settings::duration;
use super::tags::TagRules;
use crate::lang::{Path, PathStep, Value};
use crate::schema::Schema;
use crate::syntax::Diagnostics;

/// Whether there is such an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// There is, and its attributes are set.
    Found,
    /// There is none.
    Gone,
}

/// Which of Terraform's two libraries its provider has written a type with: they treat what isn't set differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// The older one, see [`super::sdk_v2`].
    SdkV2,
    /// The newer one: null is null.
    Framework,
}

/// The operation that an object is created, changed or destroyed for.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Identifies it for good, also after a crash: a UUID. Use it as client token.
    pub token: SmolStr,
    /// The object's address.
    pub address: SmolStr,
    /// The configuration, for what isn't kept in state.
    pub config: Object,
    /// How long it may take.
    pub timeout: Duration,
}

/// Default times for `timeouts`, in minutes; 0 where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timeouts {
    /// Of creations.
    pub create: u64,
    /// Of reads.
    pub read: u64,
    /// Of changes.
    pub update: u64,
    /// Of destructions.
    pub delete: u64,
}

impl Timeouts {
    /// All of them by name.
    #[must_use]
    pub fn by_name(&self) -> [(&'static str, u64); 4] {
        [("create", self.create), ("delete", self.delete), ("read", self.read), ("update", self.update)]
    }

    /// How long an operation may take: as the object's `timeouts` say, else by default (20 minutes, if there is none).
    #[must_use]
    pub fn of(&self, operation: &str, object: &Object) -> Duration {
        let given = object.block_at("timeouts").and_then(|t| duration(&t.text(operation)?));
        let default = self.by_name().into_iter().find(|(name, _)| *name == operation).map_or(0, |(_, m)| m);
        given.unwrap_or(Duration::from_secs(60 * if default == 0 { 20 } else { default }))
    }
}

/// A plan that a type can add to.
pub struct Planning<'a> {
    /// The object now; without attributes if it is to be created.
    pub prior: Option<&'a Object>,
    /// The configuration; parts may be unknown.
    pub config: &'a Object,
    /// What it will be, so far.
    pub planned: &'a mut Object,
    /// What needs a new object, so far.
    pub replace: &'a mut Vec<Path>,
    /// The provider's tags.
    pub tags: &'a TagRules,
    /// What was noted when the object was read, if it was: nothing is asked for here.
    pub known: Option<&'a Connection>,
    /// What is wrong with it.
    pub problems: &'a mut Diagnostics,
}

impl Planning<'_> {
    /// Whether an attribute that the object has will be another one, or may be.
    #[must_use]
    pub fn changes(&self, name: &str) -> bool {
        self.prior.is_some_and(|prior| prior.differs(self.planned, name))
    }

    /// Whether anything at all changes.
    #[must_use]
    pub fn changes_anything(&self) -> bool {
        self.prior.is_some_and(|prior| prior.value() != self.planned.value())
    }

    /// Only the apply will tell what an attribute is.
    pub fn make_unknown(&mut self, name: &'static str) {
        self.planned.set_unknown(name);
    }

    /// A change of this attribute needs a new object.
    pub fn replace_for(&mut self, name: &str) {
        let path = Path(vec![PathStep::Attr(name.into())]);
        if !self.replace.contains(&path) {
            self.replace.push(path);
        }
    }
}

/// A resource type.
#[async_trait]
pub trait ResourceType: Send + Sync {
    /// Its schema.
    fn schema(&self) -> &'static Schema;

    /// The library that Terraform's provider has it from.
    fn library(&self) -> Library {
        Library::SdkV2
    }

    /// How long its operations may take.
    fn timeouts(&self) -> Timeouts {
        Timeouts::default()
    }

    /// What the schema can't say about a configuration, as a table.
    fn checks(&self) -> Checks {
        &[]
    }

    /// What such a table can't say. Parts may be unknown.
    fn validate(&self, _config: &Object) -> Diagnostics {
        Diagnostics::new()
    }

    /// Adds to a plan what the schema can't say. Does no I/O.
    fn plan(&self, _plan: &mut Planning<'_>) {}

    /// Reads an object again. It comes as it was last seen, right after an import with nothing but its id, and after a creation
    /// or change as planned.
    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence>;

    /// Creates an object, which comes as planned (unknown as null), and sets at least its id as soon as that is known. It is
    /// read afterwards.
    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()>;

    /// Changes an object from what it was to what is planned. It is read afterwards.
    async fn update(&self, _aws: &Aws, _object: &mut Object, _prior: &Object, _op: &Operation) -> Outcome<()> {
        Err(Failure::new("Objects of this type can't be changed."))
    }

    /// Destroys an object. That there is none any more is no failure.
    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()>;

    /// Takes an id of an existing object apart: sets what [`ResourceType::read`] needs. `id` is set already.
    async fn import(&self, _aws: &Aws, _object: &mut Object) -> Outcome<()> {
        Ok(())
    }

    /// Looks for an object that a creation has made whose outcome is not known, planned like `object`, and sets its id. Sometimes
    /// that is known, and it is only to be finished.
    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence>;
}

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// Its schema.
    fn schema(&self) -> &'static Schema;

    /// What the schema can't say about a configuration, as a table.
    fn checks(&self) -> Checks {
        &[]
    }

    /// What such a table can't say. Parts may be unknown.
    fn validate(&self, _config: &Object) -> Diagnostics {
        Diagnostics::new()
    }

    /// Reads it: sets what isn't configured.
    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()>;
}

/// The value of an object that a plan is about.
#[must_use]
pub fn object_of(value: &Value, schema: &'static Schema) -> Object {
    Object::of(value, schema.implied_type())
}
