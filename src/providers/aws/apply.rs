//! Objects are created, changed and destroyed, and looked for if that was cut off. What is said of them afterwards is what
//! AWS says, or else what was known before.

use std::time::Duration;

use smol_str::SmolStr;
use tokio::time::Instant;

use super::connection::Aws;
use super::failure::{Failure, Outcome};
use super::limits::is_read;
use super::object::Object;
use super::resource::{self, Library, Operation, Presence, ResourceType};
use super::{CONSISTENCY, call, private, problem, registry, sdk_v2, tags, unknown_type};
use crate::lang::Value;
use crate::providers::{ApplyRequest, ApplyResponse, Mutation, RecoverRequest, Recovered};
use crate::schema::Schema;
use crate::syntax::{Diagnostic, Diagnostics};

/// What is said of an operation that is open.
const OPEN: &str = "What came of it is not known for certain. The next command that plans or applies finds out, and goes on from \
                    there.";

/// Nothing was done.
pub fn refused(request: ApplyRequest, problem: Diagnostic) -> ApplyResponse {
    ApplyResponse {
        value: request.prior,
        private: request.private,
        diagnostics: problem.into(),
        is_open: false,
        is_made: false,
    }
}

/// Nothing was found out.
pub fn unknown(diagnostics: Diagnostics) -> Recovered {
    Recovered { value: Value::dynamic(), private: None, complete: false, diagnostics }
}

/// Creates, changes or destroys an object.
pub async fn apply(aws: &Aws, request: ApplyRequest) -> ApplyResponse {
    let Some(ty) = registry::resource(&request.kind) else {
        let problem = unknown_type(&request.kind);
        return refused(request, problem);
    };
    let (is_new, is_end) = (request.prior.is_null(), request.planned.is_null());
    let shown = resource::object_of(if is_end { &request.prior } else { &request.planned }, ty.schema());
    let name = match (is_new, is_end) {
        (true, _) => "create",
        (_, true) => "delete",
        _ => "update",
    };
    let operation = Operation {
        token: request.token.clone(),
        address: request.address.clone(),
        config: resource::object_of(&request.config, ty.schema()),
        timeout: ty.timeouts().of(name, &shown),
    };
    match (is_new, is_end) {
        (true, _) => create(aws, ty, request, &operation).await,
        (_, true) => delete(aws, ty, request, &operation).await,
        _ => update(aws, ty, request, &operation).await,
    }
}

/// A creation that fails may have made something: what that is gets known, or stays open.
async fn create(aws: &Aws, ty: &dyn ResourceType, request: ApplyRequest, operation: &Operation) -> ApplyResponse {
    let mut object = wanted(aws, &request.planned, ty.schema());
    let done = ty.create(aws, &mut object, operation).await;
    let id = object.id().to_string();
    let read = match (id.is_empty(), &done) {
        (true, _) => Ok(()),
        (false, Ok(())) => read_new(ty, aws, &mut object).await,
        // Once is enough: it won't come to be what it should.
        (false, Err(_)) => ty.read(aws, &mut object).await.map(drop),
    };
    let is_made = done.is_ok();
    let failure = done.err().or(read.err());
    // That it can't be looked at is no fault of it.
    let is_open = failure.as_ref().is_some_and(|failure| failure.is_cut_off() || is_made || is_read(failure.api));
    if is_open {
        aws.keep_intent(&id);
    }
    let diagnostics = failed(aws, "creating", &request, &id, failure, is_open).await;
    if id.is_empty() {
        return ApplyResponse { value: request.prior, private: None, diagnostics, is_open, is_made: false };
    }
    let value = object.value().unknown_as_null();
    let value = if ty.library() == Library::SdkV2 { sdk_v2::applied(&request.planned, &value) } else { value };
    let private = private::of(ty, &object, request.private.as_ref()).or(request.private);
    ApplyResponse { value, private, diagnostics, is_open, is_made }
}

/// After a change that fails, an object is what it was before as far as AWS doesn't say otherwise.
async fn update(aws: &Aws, ty: &dyn ResourceType, request: ApplyRequest, operation: &Operation) -> ApplyResponse {
    let prior = resource::object_of(&request.prior, ty.schema());
    let mut object = wanted(aws, &request.planned, ty.schema());
    let id = prior.id().to_string();
    let done = ty.update(aws, &mut object, &prior, operation).await;
    if let Err(failure) = done {
        let mut object = prior;
        let value = match ty.read(aws, &mut object).await {
            Ok(Presence::Found) if ty.library() == Library::SdkV2 => sdk_v2::read(&request.prior, &object.value()),
            Ok(Presence::Found) => object.value(),
            // The next plan sees whether it is gone.
            Ok(Presence::Gone) | Err(_) => request.prior.clone(),
        };
        let is_open = failure.is_cut_off();
        let diagnostics = failed(aws, "updating", &request, &id, Some(failure), false).await;
        return ApplyResponse { value, private: request.private, diagnostics, is_open, is_made: false };
    }
    let read = read_new(ty, aws, &mut object).await;
    let is_open = read.is_err();
    let value = match is_open {
        true => known_before(&request.planned, &request.prior),
        false => object.value().unknown_as_null(),
    };
    let diagnostics = failed(aws, "updating", &request, &id, read.err(), false).await;
    let value = if ty.library() == Library::SdkV2 { sdk_v2::applied(&request.planned, &value) } else { value };
    let private = private::of(ty, &object, request.private.as_ref()).or(request.private);
    ApplyResponse { value, private, diagnostics, is_open, is_made: false }
}

async fn delete(aws: &Aws, ty: &dyn ResourceType, request: ApplyRequest, operation: &Operation) -> ApplyResponse {
    let object = resource::object_of(&request.prior, ty.schema());
    match ty.delete(aws, &object, operation).await {
        Ok(()) => ApplyResponse {
            value: request.planned,
            private: None,
            diagnostics: Diagnostics::new(),
            is_open: false,
            is_made: false,
        },
        Err(failure) => {
            let is_open = failure.is_cut_off();
            let diagnostics = failed(aws, "deleting", &request, object.id(), Some(failure), false).await;
            ApplyResponse { value: request.prior, private: request.private, diagnostics, is_open, is_made: false }
        }
    }
}

async fn failed(
    aws: &Aws,
    verb: &str,
    request: &ApplyRequest,
    id: &str,
    failure: Option<Failure>,
    is_open: bool,
) -> Diagnostics {
    let Some(failure) = failure else { return Diagnostics::new() };
    let named = if id.is_empty() { String::new() } else { format!(" ({id})") };
    let mut problem = problem::of(aws, &format!("{verb} {}{named}", request.kind), &failure).await;
    if is_open && !failure.is_locked_out {
        problem.detail = format!("{}\n\n{OPEN}", problem.detail);
    }
    problem.into()
}

/// What was planned, and where that was not known, what was there before.
fn known_before(planned: &Value, prior: &Value) -> Value {
    let part = |(name, value): &(SmolStr, Value)| {
        let before = prior.get(name).filter(|_| !value.is_wholly_known());
        (name.clone(), before.unwrap_or(value).clone())
    };
    Value::object(planned.as_entries().unwrap_or_default().iter().map(part).collect()).unknown_as_null()
}

/// What is planned, with null for what AWS will decide.
fn wanted(aws: &Aws, planned: &Value, schema: &'static Schema) -> Object {
    let mut object = resource::object_of(&planned.unknown_as_null(), schema);
    if planned.get("tags_all").is_some_and(|tags| !tags.is_known()) {
        let rules = &aws.settings.tags;
        let tags = rules.all(&object.map("tags")).into_iter();
        object.set("tags_all", tags.filter(|(key, _)| !rules.is_ignored(key)).collect::<tags::Tags>());
    }
    object
}

/// Looks for what a creation has made. What became of a change or a deletion, the next read tells.
pub async fn recover(aws: &Aws, request: RecoverRequest) -> Recovered {
    let Some(ty) = registry::resource(&request.kind) else { return unknown(unknown_type(&request.kind).into()) };
    let schema = ty.schema();
    let none = || Recovered { value: Value::null(schema.implied_type().clone()), ..unknown(Diagnostics::new()) };
    if request.action != Mutation::Create {
        return none();
    }
    let mut object = resource::object_of(&request.planned, schema);
    let operation = Operation {
        token: request.token.clone(),
        address: request.address.clone(),
        config: object.clone(),
        timeout: ty.timeouts().of("create", &object),
    };
    let found = async {
        // It may become visible later than it was made.
        for look in 1..=4 {
            if ty.recover(aws, &mut object, &operation).await? == Presence::Found {
                read_new(ty, aws, &mut object).await?;
                return Ok(true);
            }
            tokio::time::sleep(call::pause(look)).await;
        }
        Ok(false)
    };
    match found.await {
        Ok(false) => none(),
        Ok(true) => {
            let value = object.value().unknown_as_null();
            let private = private::of(ty, &object, None);
            Recovered { value, private, complete: true, diagnostics: Diagnostics::new() }
        }
        Err(failure) => {
            let what = format!("looking for {} of an interrupted run", request.kind);
            unknown(problem::of(aws, &what, &failure).await.into())
        }
    }
}

/// Reads what was just made or changed: that it isn't there yet doesn't mean that it is gone.
async fn read_new(ty: &dyn ResourceType, aws: &Aws, object: &mut Object) -> Outcome<()> {
    let begin = Instant::now();
    for attempt in 1.. {
        if ty.read(aws, object).await? == Presence::Found {
            break;
        }
        if begin.elapsed() > CONSISTENCY {
            let minutes = CONSISTENCY.as_secs() / Duration::from_secs(60).as_secs();
            return Err(Failure::new(format!(
                "AWS has made or changed it, and then could not find it for {minutes} minutes."
            )));
        }
        tokio::time::sleep(call::pause(attempt)).await;
    }
    Ok(())
}
