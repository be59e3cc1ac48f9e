//! What a provider must be able to do. The calls are those of Terraform's provider protocol, but that
//! whatever reads takes many requests at once. Values are without marks.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::config::module::Mode;
use crate::lang::{Path, Value};
use crate::schema::Schema;
use crate::syntax::Diagnostics;

/// Work that is going on.
pub type Task<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Reads an object again.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The resource type.
    pub kind: SmolStr,
    /// The object's address, for messages.
    pub address: SmolStr,
    /// The object as it was last seen.
    pub prior: Value,
    /// What the provider wanted kept, base64.
    pub private: Option<SmolStr>,
}

/// What became of an object.
#[derive(Clone, Debug)]
pub enum ReadOutcome {
    /// It is there, and so is its value, wholly known.
    Found(Value),
    /// It is gone.
    Gone,
    /// It could not be read: nothing is known, and it must not be taken for gone.
    Failed,
}

/// The answer to a [`ReadRequest`].
#[derive(Clone, Debug)]
pub struct ReadResponse {
    /// What became of it.
    pub outcome: ReadOutcome,
    /// What the provider wants kept, base64.
    pub private: Option<SmolStr>,
    /// What went wrong.
    pub diagnostics: Diagnostics,
}

/// Reads a data source.
#[derive(Clone, Debug)]
pub struct DataRequest {
    /// The type of data source.
    pub kind: SmolStr,
    /// Its address, for messages.
    pub address: SmolStr,
    /// Its configuration, wholly known.
    pub config: Value,
}

/// The answer to a [`DataRequest`].
#[derive(Clone, Debug)]
pub struct DataResponse {
    /// The whole object; null if that failed.
    pub value: Value,
    /// What went wrong.
    pub diagnostics: Diagnostics,
}

/// Decides what an object will be.
#[derive(Clone, Debug)]
pub struct PlanRequest<'a> {
    /// The resource type.
    pub kind: &'a str,
    /// The object now; null if it is to be created.
    pub prior: &'a Value,
    /// The configuration where it says something, else what is there now; null if the object is to be destroyed.
    pub proposed: &'a Value,
    /// The configuration. Parts may be unknown.
    pub config: &'a Value,
    /// What the provider wanted kept, base64.
    pub private: Option<&'a SmolStr>,
}

/// The answer to a [`PlanRequest`].
#[derive(Clone, Debug)]
pub struct PlanResponse {
    /// What the object will be; unknown where only the apply will tell.
    pub planned: Value,
    /// The attributes whose change needs a new object.
    pub requires_replace: Vec<Path>,
    /// What the provider wants to see again, base64.
    pub private: Option<SmolStr>,
    /// What went wrong.
    pub diagnostics: Diagnostics,
}

/// Creates, changes or destroys an object.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The resource type.
    pub kind: SmolStr,
    /// The object's address, for messages.
    pub address: SmolStr,
    /// The object now; null if it is to be created.
    pub prior: Value,
    /// What it is to be; null if it is to be destroyed.
    pub planned: Value,
    /// The configuration; null if it is to be destroyed.
    pub config: Value,
    /// What the provider wanted to see again, base64.
    pub private: Option<SmolStr>,
    /// Identifies this operation for good: a repetition after a crash has the same.
    pub token: SmolStr,
}

/// The answer to an [`ApplyRequest`].
#[derive(Clone, Debug)]
pub struct ApplyResponse {
    /// The object afterwards; null if there is none. After an error as far as it is known.
    pub value: Value,
    /// What the provider wants kept, base64.
    pub private: Option<SmolStr>,
    /// What went wrong.
    pub diagnostics: Diagnostics,
    /// It was cut off before it had ended, for a reason outside of it. It counts as failed, and if it was to create something,
    /// the provider is asked again what came of it ([`Provider::recover`]), by the next command.
    pub is_open: bool,
    /// What was cut off is no more than looking at what had been created: nothing is missing in the object itself.
    pub is_made: bool,
}

/// An object found by its id.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The object as far as its id tells: it is to be read next. Null if that failed.
    pub value: Value,
    /// What the provider wants kept, base64.
    pub private: Option<SmolStr>,
    /// What went wrong.
    pub diagnostics: Diagnostics,
}

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// It is created.
    Create,
    /// It is changed.
    Update,
    /// It is destroyed.
    Delete,
}

/// Asks what came of an operation that was cut off.
#[derive(Clone, Debug)]
pub struct RecoverRequest {
    /// The resource type.
    pub kind: SmolStr,
    /// The object's address, for messages.
    pub address: SmolStr,
    /// What was about to be done.
    pub action: Mutation,
    /// What identified the operation: [`ApplyRequest::token`].
    pub token: SmolStr,
    /// What identified the object before it, if there was one.
    pub id: Option<SmolStr>,
    /// What the object was to be, null where that wasn't known; null if it was to be destroyed. What is known of it by now, if
    /// something is: then it has an id.
    pub planned: Value,
    /// What the provider got to see with the operation, base64.
    pub private: Option<SmolStr>,
}

/// The answer to a [`RecoverRequest`].
#[derive(Clone, Debug)]
pub struct Recovered {
    /// The object that the operation has made, as it is now; null if it made none. With an error it isn't known.
    pub value: Value,
    /// What the provider wants kept, base64.
    pub private: Option<SmolStr>,
    /// Nothing was left to do for the object to be as planned.
    pub complete: bool,
    /// What went wrong.
    pub diagnostics: Diagnostics,
}

/// Who manages objects of some types.
pub trait Provider: Send + Sync {
    /// Connects: finds credentials, and what has to be known of the account. Called once before anything is read or
    /// applied; with an error nothing is.
    fn ready(&self) -> Task<'_, Diagnostics> {
        Box::pin(async { Diagnostics::new() })
    }

    /// The schema of a resource type or data source.
    fn schema(&self, mode: Mode, kind: &str) -> Option<&'static Schema>;

    /// What is wrong with a configuration that fits the schema. Parts may be unknown.
    fn validate(&self, mode: Mode, kind: &str, config: &Value) -> Diagnostics;

    /// Attributes written under an older version of the schema, brought to the current one.
    ///
    /// # Errors
    /// Why that can't be done.
    fn upgrade(&self, kind: &str, version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String>;

    /// Whether objects of a resource type need not keep to what was planned for them: those of types that Terraform has
    /// with its older provider library, which can't tell what isn't set from zero.
    fn is_lenient(&self, _kind: &str) -> bool {
        false
    }

    /// Reads objects again, an answer for each request in order.
    fn read(&self, requests: Vec<ReadRequest>) -> Task<'_, Vec<ReadResponse>>;

    /// Reads data sources, an answer for each request in order.
    fn read_data(&self, requests: Vec<DataRequest>) -> Task<'_, Vec<DataResponse>>;

    /// Decides what an object will be. Does no I/O, and gives the same answer to the same request.
    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse;

    /// Creates, changes or destroys an object.
    fn apply(&self, request: ApplyRequest) -> Task<'_, ApplyResponse>;

    /// Ends an apply: what objects had only to be found again if it was cut off goes.
    fn finish(&self) -> Task<'_, Diagnostics> {
        Box::pin(std::future::ready(Diagnostics::new()))
    }

    /// Whether anything more can be asked of it. Why not has been said.
    fn is_usable(&self) -> bool {
        true
    }

    /// What requests are waiting for now, if they have been for a while: a line each.
    fn waits_for(&self) -> Vec<String> {
        Vec::new()
    }

    /// What there is to say of all requests since this was last asked: that they had to wait, for one. Asked at the end of a plan
    /// and of an apply.
    fn remarks(&self) -> Diagnostics {
        Diagnostics::new()
    }

    /// Finds an object by its id.
    fn import(&self, kind: &str, id: &str) -> Task<'_, Imported>;

    /// Finds out what came of an operation of which only the beginning is known, because it was cut off.
    fn recover(&self, request: RecoverRequest) -> Task<'_, Recovered>;
}

/// Waits for all of several tasks, which go on at the same time.
pub async fn all<T>(tasks: Vec<Task<'_, T>>) -> Vec<T> {
    let mut tasks: Vec<(Option<Task<'_, T>>, Option<T>)> = tasks.into_iter().map(|t| (Some(t), None)).collect();
    poll_fn(|context| {
        let mut is_over = true;
        for (task, result) in &mut tasks {
            let Some(running) = task else { continue };
            match running.as_mut().poll(context) {
                Poll::Ready(value) => (*task, *result) = (None, Some(value)),
                Poll::Pending => is_over = false,
            }
        }
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    tasks.into_iter().filter_map(|(_, result)| result).collect()
}
