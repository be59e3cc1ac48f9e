//! Data sources that read stacks which are planned together with this one: they get what those have planned.

use std::time::Duration;

use smol_str::SmolStr;

use crate::config::module::Mode;
use crate::graph::ResourceAddress;
use crate::lang::Value;
use crate::plan::stacks::OutputValues;
use crate::plan::{Link, PlanMode, Reason};
use crate::providers::builtin::remote_state::{REMOTE_STATE, state_file, with_outputs};
use crate::providers::{DataResponse, Task, all, resource_schema};
use crate::syntax::{Diagnostic, Diagnostics};

use super::Planner;
use super::data::Reading;

impl<'c> Planner<'c> {
    /// The stack that a data source reads what is planned of. What is to be destroyed is made from what there was.
    pub(super) fn read_in_plan(&self, reading: &Reading<'c>) -> Option<SmolStr> {
        let is_remote = reading.context.resource.key.kind == REMOTE_STATE && self.mode() != PlanMode::Destroy;
        if is_remote { self.stack_with(&reading.config.unmark_deep().0) } else { None }
    }

    /// The stack whose state a data source names, if it is planned together with this one.
    fn stack_with(&self, config: &Value) -> Option<SmolStr> {
        let together = self.input.together?;
        let state = self.input.pool.folder().join(state_file(config)?);
        together.outputs.stack_of(&state).filter(|stack| *stack != together.stack).cloned()
    }

    /// Notes which stacks the objects in state were made from: what is destroyed goes before what it was made from.
    pub(super) fn link_state(&mut self) {
        if self.input.together.is_none() {
            return;
        }
        let is_remote =
            |address: &ResourceAddress| address.resource.mode == Mode::Data && address.resource.kind == REMOTE_STATE;
        let remote = self.previous.resources.iter().filter(|(address, _)| is_remote(address));
        let mut links = Vec::new();
        for (address, resource) in remote {
            let Some(schema) = resource_schema(Mode::Data, REMOTE_STATE) else { continue };
            for (key, instance) in &resource.instances {
                let object = instance.current.as_ref().and_then(|object| object.value(schema.implied_type()).ok());
                if let Some(stack) = object.and_then(|object| self.stack_with(&object)) {
                    links.push(Link { address: address.instance(key.clone()), stack });
                }
            }
        }
        self.links.extend(links);
        self.links.sort_by(|a, b| (&a.address, &a.stack).cmp(&(&b.address, &b.stack)));
        self.links.dedup();
    }

    /// Reads what other stacks have planned. What is not known there is read again when the plan is applied.
    pub(super) async fn read_linked(&mut self, linked: Vec<(Reading<'c>, SmolStr)>) {
        let Some(together) = self.input.together else { return };
        let mut tasks: Vec<Task<'_, Result<OutputValues, Diagnostic>>> = Vec::new();
        for (_, stack) in &linked {
            tasks.push(Box::pin(together.outputs.read(together.stack, stack)));
        }
        let answers = all(tasks).await;
        for ((mut reading, stack), answer) in linked.into_iter().zip(answers) {
            let config = reading.config.unmark_deep().0;
            let mut response = match answer {
                Ok(outputs) => DataResponse { value: with_outputs(&config, outputs), diagnostics: Diagnostics::new() },
                Err(problem) => DataResponse { value: config, diagnostics: problem.into() },
            };
            self.links.push(Link { address: reading.address.clone(), stack });
            if !response.value.is_wholly_known() {
                if self.mode() == PlanMode::Normal {
                    self.forget_read(&reading.address);
                    reading.again = Some(Reason::ReadBecauseDependencyPending);
                } else {
                    response.value = response.value.unknown_as_null();
                }
            }
            self.data_read(reading, response, Duration::ZERO);
        }
    }
}
