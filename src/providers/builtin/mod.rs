//! The provider `terraform.io/builtin/terraform`, which needs no installation.

mod remote_state;
mod terraform_data;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, Imported, PlanRequest, PlanResponse, Provider, ReadOutcome,
    ReadRequest, ReadResponse, Task,
};
use crate::config::module::Mode;
use crate::lang::Value;
use crate::schema::{Attribute, Block, Schema};
use crate::syntax::Diagnostics;

fn schema(attributes: Vec<(&'static str, Attribute)>) -> Schema {
    let attributes: IndexMap<SmolStr, Attribute> =
        attributes.into_iter().map(|(name, a)| (SmolStr::new_static(name), a)).collect();
    Schema::new(0, Block { attributes, blocks: IndexMap::new() })
}

/// The schema of `terraform_data` and of the data source `terraform_remote_state`.
#[must_use]
pub fn resource_schema(mode: Mode, kind: &str) -> Option<&'static Schema> {
    match (mode, kind) {
        (Mode::Managed, "terraform_data") => Some(&terraform_data::SCHEMA),
        (Mode::Data, "terraform_remote_state") => Some(&remote_state::SCHEMA),
        _ => None,
    }
}

/// What the schemas can't say about a configuration.
#[must_use]
pub fn validate(mode: Mode, kind: &str, config: &Value) -> Diagnostics {
    match (mode, kind) {
        (Mode::Managed, "terraform_data") => terraform_data::validate(config),
        (Mode::Data, "terraform_remote_state") => remote_state::validate(config),
        _ => Diagnostics::new(),
    }
}

/// The provider. It has nothing to configure and nothing remote: there is no more to its objects
/// than what the state says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Builtin;

impl Provider for Builtin {
    fn schema(&self, mode: Mode, kind: &str) -> Option<&'static Schema> {
        resource_schema(mode, kind)
    }

    fn validate(&self, mode: Mode, kind: &str, config: &Value) -> Diagnostics {
        validate(mode, kind, config)
    }

    fn upgrade(&self, kind: &str, version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        match version {
            0 => Ok(attributes),
            newer => Err(format!(
                "The current schema of {kind} has version 0. The stored object has version {newer}, so a newer version of \
                 this program has written it."
            )),
        }
    }

    fn read(&self, requests: Vec<ReadRequest>) -> Task<'_, Vec<ReadResponse>> {
        let answer = |request: ReadRequest| ReadResponse {
            outcome: ReadOutcome::Found(request.prior),
            private: request.private,
            diagnostics: Diagnostics::new(),
        };
        Box::pin(async move { requests.into_iter().map(answer).collect() })
    }

    fn read_data(&self, requests: Vec<DataRequest>) -> Task<'_, Vec<DataResponse>> {
        Box::pin(async move {
            let mut responses = Vec::with_capacity(requests.len());
            for request in requests {
                responses.push(remote_state::read(&request.config).await);
            }
            responses
        })
    }

    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        terraform_data::plan(&request)
    }

    fn apply(&self, request: ApplyRequest) -> Task<'_, ApplyResponse> {
        Box::pin(async move { terraform_data::apply(&request) })
    }

    fn import(&self, _kind: &str, id: &str) -> Task<'_, Imported> {
        let imported = terraform_data::import(id);
        Box::pin(async move { imported })
    }
}
