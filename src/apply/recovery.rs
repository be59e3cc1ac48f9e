//! What came of operations that were cut off: their providers are asked before anything else is.

use std::sync::Arc;

use super::evaluated::Sources;
use super::journal::Intent;
use super::result::marked;
use super::slot::{Slot, deposed_key, object_at};
use crate::graph::{InstanceAddress, parse_instance};
use crate::lang::Value;
use crate::plan::ObjectId;
use crate::plan::evaluate::{Configurations, Evaluator, Setting};
use crate::providers::{Configured, ProviderConfigAddress, RecoverRequest, Recovered, Task, all, resource_schema};
use crate::schema::Schema;
use crate::state::{ObjectState, ObjectStatus, State};
use crate::syntax::{Diagnostic, Diagnostics};

/// What asking came to.
#[derive(Debug, Default)]
pub struct Recovery {
    /// The state, with what was found.
    pub state: State,
    /// What was found, each in a few words.
    pub found: Vec<String>,
    /// What is still unknown. There is an error that says why.
    pub open: Vec<Intent>,
    /// What went wrong.
    pub diagnostics: Diagnostics,
}

/// Something to ask.
struct Question {
    intent: Intent,
    address: InstanceAddress,
    schema: &'static Schema,
    provider: Arc<Configured>,
    /// What was wanted.
    planned: Option<ObjectState>,
    /// What is known of it.
    known: Option<Value>,
}

/// Asks the providers what came of creations that were cut off, all at the same time, and puts what they made into the
/// state. Provider configurations are made from what the state has.
pub async fn recover(sources: Sources<'_>, state: State, open: Vec<Intent>) -> Recovery {
    let mut recovery = Recovery { state, ..Recovery::default() };
    let questions = recovery.questions(sources, open);
    let tasks = questions.iter().map(|q| Box::pin(q.ask()) as Task<'_, _>).collect();
    let answers: Vec<(Option<Recovered>, Diagnostics)> = all(tasks).await;
    for (question, (answer, problems)) in questions.into_iter().zip(answers) {
        let is_unknown = problems.has_errors();
        recovery.diagnostics.extend(problems);
        match answer.filter(|_| !is_unknown) {
            None => recovery.open.push(question.intent),
            Some(found) if found.value.is_null() => {}
            Some(found) => recovery.adopt(question, found),
        }
    }
    recovery
}

impl Recovery {
    fn questions(&mut self, sources: Sources<'_>, open: Vec<Intent>) -> Vec<Question> {
        let mut evaluator = Evaluator::new(Setting {
            graph: sources.graph,
            host: sources.host,
            workspace: sources.workspace,
            variables: sources.variables,
            applying: true,
        });
        let known = |address: &InstanceAddress, schema: &Schema| {
            self.state.current(address).and_then(|object| object.value(schema.implied_type()).ok())
        };
        evaluator.expand_all(sources.order, sources.schema_of, &known);
        drop(evaluator.take_problems());
        let mut configurations = Configurations::new(sources.pool);
        let mut questions = Vec::new();
        for intent in open {
            let address = match parse_instance(&intent.address) {
                Ok(address) => address,
                Err(problem) => {
                    self.leave_open(intent, problem.into());
                    continue;
                }
            };
            let key = &address.resource.resource;
            let Some(schema) = resource_schema(key.mode, &key.kind) else {
                let detail = format!(
                    "An earlier apply was cut off while it was creating {address}, and no provider of this version of Infra \
                     has its type: what came of it can't be found out."
                );
                self.leave_open(intent, Diagnostic::error("Unsupported resource type", detail).into());
                continue;
            };
            let (provider, problems) =
                configurations.get(&evaluator, &ProviderConfigAddress::from(intent.provider.clone()));
            match provider {
                Some(provider) => {
                    self.diagnostics.extend(problems);
                    let planned = intent.planned.clone().and_then(|object| object.into_state());
                    let known = self.made(&intent, &address, schema);
                    questions.push(Question { intent, address, schema, provider, planned, known });
                }
                None => self.leave_open(intent, problems),
            }
        }
        questions
    }

    /// The object of an intent, if it was already known that there is one: it has another id than what was there before.
    fn made(&self, intent: &Intent, address: &InstanceAddress, schema: &Schema) -> Option<Value> {
        let now = self.state.current(address)?.value(schema.implied_type()).ok()?;
        let id = ObjectId::of(&now)?.value;
        (Some(id) != intent.id).then_some(now)
    }

    fn leave_open(&mut self, intent: Intent, problems: Diagnostics) {
        self.diagnostics.extend(problems);
        self.open.push(intent);
    }

    /// Puts an object into state that a cut off operation has made. What is in its place was to be replaced by it, and
    /// makes room.
    fn adopt(&mut self, question: Question, found: Recovered) {
        let Question { intent, address, schema, planned, .. } = question;
        let ty = schema.implied_type();
        let value = found.value.unmark_deep().0.unknown_as_null();
        let wanted = planned.as_ref().and_then(|p| p.value(ty).ok()).unwrap_or_else(|| Value::null(ty.clone()));
        let value = marked(&value, &wanted, None, schema);
        let object = match ObjectState::new(&value, ty, schema.version) {
            Ok(object) => object,
            Err(error) => {
                let detail = format!("The provider gave a value for {address} that can't be kept in state: it{error}.");
                return self.leave_open(intent, Diagnostic::error("Provider produced invalid object", detail).into());
            }
        };
        let id = ObjectId::of(&value);
        let is_complete = found.complete && planned.as_ref().is_none_or(|p| p.status == ObjectStatus::Ready);
        if let Some(old) = object_at(&self.state, &address, None).cloned() {
            let old_id = old.value(ty).ok().and_then(|old| ObjectId::of(&old));
            let is_same = id.is_some() && old_id.map(|id| id.value) == id.as_ref().map(|id| id.value.clone());
            if is_same && !is_complete {
                return;
            }
            if !is_same {
                self.put(&intent, &address, Some(deposed_key()), old);
            }
        }
        let status = if is_complete { ObjectStatus::Ready } else { ObjectStatus::Tainted };
        let object = ObjectState {
            status,
            private: found.private,
            dependencies: planned.as_ref().map(|p| Arc::clone(&p.dependencies)).unwrap_or_default(),
            create_before_destroy: planned.is_some_and(|p| p.create_before_destroy),
            ..object
        };
        self.put(&intent, &address, None, Arc::new(object));
        let named = id.map_or_else(String::new, |id| format!(" ({})", id.value));
        let state = if is_complete { "" } else { ", not finished, so it is tainted" };
        self.found.push(format!("{address}{named}{state}"));
    }

    fn put(
        &mut self,
        intent: &Intent,
        address: &InstanceAddress,
        deposed: Option<smol_str::SmolStr>,
        object: Arc<ObjectState>,
    ) {
        let provider = intent.provider.clone().into();
        Slot { address: address.clone(), deposed, provider, object: Some(object) }.put_into(&mut self.state);
    }
}

impl Question {
    async fn ask(&self) -> (Option<Recovered>, Diagnostics) {
        let (is_ready, mut problems) = self.provider.ready().await;
        if !is_ready {
            return (None, problems);
        }
        let ty = self.schema.implied_type();
        let planned = || self.planned.as_ref().and_then(|p| p.value(ty).ok());
        let planned = self.known.clone().or_else(planned);
        let mut recovered = self
            .provider
            .recover(RecoverRequest {
                kind: self.address.resource.resource.kind.clone(),
                address: self.intent.address.as_str().into(),
                action: self.intent.action,
                token: self.intent.token.clone(),
                id: self.intent.id.clone(),
                planned: planned.map_or_else(|| Value::null(ty.clone()), |value| value.unmark_deep().0),
                private: self.planned.as_ref().and_then(|p| p.private.clone()),
            })
            .await;
        let given = std::mem::take(&mut recovered.diagnostics);
        let address = &self.intent.address;
        problems.extend(
            given.into_iter().map(|d| Diagnostic { address: d.address.or_else(|| Some(address.clone())), ..d }),
        );
        (Some(recovered), problems)
    }
}
