//! The provider `terraform.io/builtin/terraform`, which needs no installation.

pub mod remote_state;
mod terraform_data;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, Imported, Known, PlanRequest, PlanResponse, Provider,
    ReadOutcome, ReadRequest, ReadResponse, RecoverRequest, Recovered, Task,
};
use crate::config::module::Mode;
use crate::config::provider_of::BUILTIN;
use crate::lang::{Type, Value};
use crate::schema::{Attribute, Block, Schema};
use crate::syntax::Diagnostics;

fn schema(attributes: Vec<(&'static str, Attribute)>) -> Schema {
    let attributes: IndexMap<SmolStr, Attribute> =
        attributes.into_iter().map(|(name, a)| (SmolStr::new_static(name), a)).collect();
    Schema::new(0, Block { attributes, blocks: IndexMap::new() })
}

pub(super) const KNOWN: Known = Known {
    address: BUILTIN,
    schema: || &CONFIGURATION,
    resource_schema,
    kinds: |mode| match mode {
        Mode::Managed => vec!["terraform_data"],
        Mode::Data => vec!["terraform_remote_state"],
        Mode::Ephemeral => Vec::new(),
    },
    validate,
    validate_provider: |_| Diagnostics::new(),
    configure: |_, folder| (Arc::new(Builtin { folder: folder.to_owned() }), Diagnostics::new()),
};

/// There is nothing to configure.
static CONFIGURATION: LazyLock<Schema> = LazyLock::new(|| schema(Vec::new()));

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
#[derive(Clone, Debug, Default)]
pub struct Builtin {
    /// The folder of the root module, from where paths begin.
    folder: PathBuf,
}

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
                responses.push(remote_state::read(&request.config, &self.folder).await);
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

    /// There is nothing but what state says, so nothing was lost.
    fn recover(&self, request: RecoverRequest) -> Task<'_, Recovered> {
        let nothing = Recovered {
            value: Value::null(Type::Dynamic),
            private: request.private,
            complete: false,
            diagnostics: Diagnostics::new(),
        };
        Box::pin(async move { nothing })
    }
}
