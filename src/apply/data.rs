//! Data sources that are read while a plan is applied.

use std::sync::Arc;

use smol_str::ToSmolStr;

use super::configuration::When;
use super::executor::{Ended, Executor};
use super::managed::InFlight;
use super::result::marked;
use crate::graph::walk::Step;
use crate::lang::Value;
use crate::plan::{Action, Reason, ResourceChange};
use crate::providers::builtin::remote_state::with_outputs;
use crate::providers::{DataRequest, DataResponse};
use crate::schema::Schema;
use crate::schema::planning::planned_data;
use crate::state::ObjectState;
use crate::syntax::Diagnostics;

impl Executor<'_> {
    pub fn start_read(&mut self, index: u32, number: u32) -> Step<Ended> {
        self.begin_read(index, number).unwrap_or(Step::Failed)
    }

    /// `None` if that fails.
    fn begin_read(&mut self, index: u32, number: u32) -> Option<Step<Ended>> {
        let change = self.change(number);
        let address = &change.address;
        self.store.mention(change);
        if !self.conditions_hold(address, When::Before) {
            return None;
        }
        let provider = self.provider(change)?;
        let schema = self.schema(change, &provider)?;
        let null = Value::null(schema.implied_type().clone());
        let (desired, problems) = self.configuration.desired(address, &null);
        if self.take_evaluated(problems) {
            return None;
        }
        let (config, _) = desired.config.unmark_deep();
        if !config.is_wholly_known() {
            let detail =
                format!("The configuration of {address} is not known although all that it depends on was applied.");
            self.error(address, "Configuration contains unknown value", detail);
            return None;
        }
        let linked = self.linked_outputs(address).map(|outputs| with_outputs(&config, outputs.iter().cloned()));
        let request =
            DataRequest { kind: address.resource.resource.kind.clone(), address: address.to_smolstr(), config };
        let progress = self.progress(change, Action::Read, &null);
        progress.start();
        let config = desired.config;
        let reading = Arc::clone(&provider);
        let in_flight =
            InFlight { progress, change: number, provider, schema, number: None, config, object: null, deposed: None };
        if let Some(value) = linked {
            let response = DataResponse { value, diagnostics: Diagnostics::new() };
            return Some(self.run(index, in_flight, Box::pin(std::future::ready(Ended::Data(response)))));
        }
        let work = async move {
            let (is_ready, problems) = reading.ready().await;
            if !is_ready {
                return Ended::NotReady(problems);
            }
            let none = || DataResponse { value: Value::dynamic(), diagnostics: Diagnostics::new() };
            let response = reading.read_data(vec![request]).await.pop().unwrap_or_else(none);
            Ended::Data(DataResponse {
                diagnostics: problems.into_iter().chain(response.diagnostics).collect(),
                ..response
            })
        };
        Some(self.run(index, in_flight, Box::pin(work)))
    }

    /// A data source was read.
    pub fn data_read(&mut self, in_flight: InFlight, response: DataResponse) -> Step<Ended> {
        let change = self.change(in_flight.change);
        let address = &change.address;
        let is_nested = change.reason == Some(Reason::ReadBecauseCheckNested);
        let problems = self.configuration.locate(address, response.diagnostics);
        let has_errors = problems.has_errors();
        if is_nested && has_errors {
            in_flight.progress.errored();
            return self.data_unreadable(change, &in_flight.config, in_flight.schema, problems);
        }
        self.take_from_provider(problems, address);
        let actual = response.value.unmark_deep().0;
        if !has_errors && (actual.is_null() || !actual.is_wholly_known()) {
            let what = if actual.is_null() { "a null object" } else { "an object with unknown values" };
            let detail = format!(
                "The provider {} produced {what} for {address}.\n\nThis is a bug in the provider, which should be reported in \
                 the provider's own issue tracker.",
                change.provider
            );
            self.error(address, "Provider produced invalid object", detail);
        }
        if has_errors || actual.is_null() || !actual.is_wholly_known() {
            in_flight.progress.errored();
            return Step::Failed;
        }
        let object = marked(&actual, &in_flight.config, Some(&change.change.after), in_flight.schema);
        if !self.put_data(change, &object, in_flight.schema) {
            return Step::Failed;
        }
        in_flight.progress.complete(&object);
        self.configuration.set_object(address, Some(object));
        if self.conditions_hold(address, When::After) { Step::Done } else { Step::Failed }
    }

    /// The data source of a check can't be read: the check will tell. State has what there is of it.
    fn data_unreadable(
        &mut self,
        change: &ResourceChange,
        config: &Value,
        schema: &'static Schema,
        problems: Diagnostics,
    ) -> Step<Ended> {
        let object = planned_data(schema, &config.unmark_deep().0);
        let object = marked(&object.unknown_as_null(), config, Some(&change.change.after), schema);
        self.put_data(change, &object, schema);
        self.configuration.set_unreadable(&change.address, problems);
        Step::Done
    }

    fn put_data(&mut self, change: &ResourceChange, object: &Value, schema: &'static Schema) -> bool {
        match ObjectState::new(object, schema.implied_type(), schema.version) {
            Ok(state) => {
                self.put(change, None, Some(Arc::new(state)), None);
                true
            }
            Err(error) => {
                let detail = format!("The value of {0}{error}.", change.address);
                self.error(&change.address, "Failed to encode object", detail);
                false
            }
        }
    }
}
