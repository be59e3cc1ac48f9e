//! The provider `registry.terraform.io/hashicorp/aws`, native: schemas and meaning are those of Terraform's provider 5.100, so
//! that state can go back and forth between both.

mod apply;
pub mod batch;
pub mod call;
pub mod checks;
pub mod cidr;
pub mod connection;
pub mod credentials;
pub mod ec2;
pub mod eks;
pub mod failure;
pub mod iam;
pub mod kms;
pub mod limits;
pub mod logs;
pub mod meta;
pub mod naming;
pub mod network;
pub mod object;
pub mod policy;
mod private;
mod problem;
pub mod rds;
pub mod regions;
pub mod registry;
pub mod resource;
pub mod sdk_v2;
mod session;
pub mod settings;
pub mod shape;
pub mod ssm;
pub mod sts;
pub mod tags;
pub mod trouble;
pub mod wait;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::OnceCell;

use self::connection::Aws;
use self::failure::{Failure, Outcome};
use self::object::Object;
use self::resource::{Library, Planning, Presence, ResourceType};
use self::settings::Settings;
use super::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, Imported, Known, PlanRequest, PlanResponse, ReadOutcome,
    ReadRequest, ReadResponse, RecoverRequest, Recovered, Task,
};
use crate::config::module::Mode;
use crate::lang::Value;
use crate::schema::Schema;
use crate::schema::planning::{plan_by_schema, replace_paths};
use crate::syntax::{Diagnostic, Diagnostics};

/// The provider's address.
pub const ADDRESS: &str = "registry.terraform.io/hashicorp/aws";

/// What is known of the provider before it is configured.
pub(super) const KNOWN: Known = Known {
    address: ADDRESS,
    schema: || &settings::SCHEMA,
    resource_schema,
    kinds: |mode| match mode {
        Mode::Managed => registry::RESOURCES.to_vec(),
        Mode::Data => registry::DATA_SOURCES.to_vec(),
        Mode::Ephemeral => Vec::new(),
    },
    validate,
    validate_provider: |config| settings::problems(&Object::of(config, settings::SCHEMA.implied_type())),
    configure: |config, folder| {
        let provider = Provider::new(config, folder);
        let remarks = provider.settings.network.remark().map_or_else(Diagnostics::new, Into::into);
        (Arc::new(provider), remarks)
    },
};

/// How long a new object may take to be seen by all of AWS.
const CONSISTENCY: Duration = Duration::from_secs(2 * 60);

/// The schema of a resource type or data source.
#[must_use]
pub fn resource_schema(mode: Mode, kind: &str) -> Option<&'static Schema> {
    match mode {
        Mode::Managed => registry::resource(kind).map(ResourceType::schema),
        Mode::Data => registry::data_source(kind).map(|d| d.schema()),
        Mode::Ephemeral => None,
    }
}

/// What the schemas can't say about a configuration.
#[must_use]
pub fn validate(mode: Mode, kind: &str, config: &Value) -> Diagnostics {
    let object = |schema| resource::object_of(config, schema);
    let (tabled, others) = match mode {
        Mode::Managed => {
            let Some(ty) = registry::resource(kind) else { return Diagnostics::new() };
            let object = object(ty.schema());
            (checks::problems(ty.checks(), ty.schema(), &object), ty.validate(&object))
        }
        Mode::Data => {
            let Some(source) = registry::data_source(kind) else { return Diagnostics::new() };
            let object = object(source.schema());
            (checks::problems(source.checks(), source.schema(), &object), source.validate(&object))
        }
        Mode::Ephemeral => return Diagnostics::new(),
    };
    tabled.into_iter().chain(others).collect()
}

/// The provider with a configuration.
pub struct Provider {
    settings: Settings,
    connection: OnceCell<Outcome<Aws>>,
}

impl Provider {
    /// The provider as a `provider "aws"` block of a root module in a folder says.
    #[must_use]
    pub fn new(config: &Value, folder: &Path) -> Self {
        Provider { settings: Settings::of(config, folder), connection: OnceCell::new() }
    }

    async fn connected(&self) -> Outcome<Aws> {
        // Boxed, because everything that is read waits for it: 15 KB each.
        self.connection.get_or_init(|| Box::pin(Aws::connect(self.settings.clone()))).await.clone()
    }

    async fn aws(&self) -> Result<Aws, Diagnostic> {
        self.connected().await.map_err(|failure| unconnected(&failure))
    }

    async fn read_one(&self, request: ReadRequest) -> ReadResponse {
        let private = request.private.clone();
        let respond = |outcome, diagnostics| ReadResponse { outcome, private, diagnostics };
        let Some(ty) = registry::resource(&request.kind) else {
            return respond(ReadOutcome::Failed, unknown_type(&request.kind).into());
        };
        let aws = match self.aws().await {
            Ok(aws) => aws,
            Err(problem) => return respond(ReadOutcome::Failed, problem.into()),
        };
        let mut object = resource::object_of(&request.prior, ty.schema());
        match ty.read(&aws, &mut object).await {
            Ok(Presence::Gone) => respond(ReadOutcome::Gone, Diagnostics::new()),
            Ok(Presence::Found) => {
                let value = object.value();
                let value = if ty.library() == Library::SdkV2 { sdk_v2::read(&request.prior, &value) } else { value };
                respond(ReadOutcome::Found(value), Diagnostics::new())
            }
            Err(failure) => {
                let what = format!("reading {} ({})", request.kind, object.id());
                let problem = problem::of_reading(&aws, &what, &failure).await;
                respond(ReadOutcome::Failed, problem.into())
            }
        }
    }

    async fn read_data_one(&self, request: DataRequest) -> DataResponse {
        let Some(source) = registry::data_source(&request.kind) else {
            return DataResponse { value: Value::dynamic(), diagnostics: unknown_type(&request.kind).into() };
        };
        let schema = source.schema();
        let failed = |problem: Diagnostic| DataResponse {
            value: Value::null(schema.implied_type().clone()),
            diagnostics: problem.into(),
        };
        let aws = match self.aws().await {
            Ok(aws) => aws,
            Err(problem) => return failed(problem),
        };
        let mut object = resource::object_of(&request.config, schema);
        match source.read(&aws, &mut object).await {
            Ok(()) => {
                let value = sdk_v2::data(schema, &object.value().unknown_as_null());
                DataResponse { value, diagnostics: Diagnostics::new() }
            }
            Err(failure) => failed(problem::of(&aws, &format!("reading {}", request.kind), &failure).await),
        }
    }
}

/// Why there is no connection: the first paragraph is the summary.
fn unconnected(failure: &Failure) -> Diagnostic {
    if !failure.api.is_empty() {
        return problem::shown("validating provider credentials", failure);
    }
    let (summary, detail) = failure.message.split_once("\n\n").unwrap_or((&failure.message, ""));
    Diagnostic::error(summary, detail)
}

fn unknown_type(kind: &str) -> Diagnostic {
    Diagnostic::error("Invalid resource type", format!("The provider {ADDRESS} does not support {kind:?} here."))
}

/// The tags that an object will have, default ones included; unknown where the configuration's are, and where there are
/// none: AWS will tell (with the newer library, it is known that there are none).
fn plan_tags(plan: &mut Planning<'_>, library: Library) {
    let Some(all) = plan.config.get("tags_all").is_none().then_some("tags_all") else { return };
    if plan.config.get("tags").is_some_and(|tags| !tags.is_wholly_known()) {
        plan.make_unknown(all);
        return;
    }
    let tags = plan.tags.all(&plan.planned.map("tags"));
    let tags: tags::Tags = tags.into_iter().filter(|(key, _)| !plan.tags.is_ignored(key)).collect();
    let before = plan.prior.map(|p| p.map("tags_all"));
    // As in Terraform's provider, which can't tell an empty text from none.
    let is_empty = library == Library::SdkV2 && plan.planned.map("tags").values().any(String::is_empty);
    match before {
        Some(_) if is_empty && plan.changes("tags") => plan.make_unknown(all),
        None if is_empty => plan.make_unknown(all),
        Some(before) if before == tags => {}
        None if tags.is_empty() && library == Library::SdkV2 => plan.make_unknown(all),
        _ => plan.planned.set(all, tags),
    }
}

impl super::Provider for Provider {
    fn ready(&self) -> Task<'_, Diagnostics> {
        Box::pin(async move { self.aws().await.err().map_or_else(Diagnostics::new, Into::into) })
    }

    fn schema(&self, mode: Mode, kind: &str) -> Option<&'static Schema> {
        resource_schema(mode, kind)
    }

    fn validate(&self, mode: Mode, kind: &str, config: &Value) -> Diagnostics {
        validate(mode, kind, config)
    }

    fn upgrade(&self, kind: &str, version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        match registry::resource(kind).map(|t| t.schema().version) {
            Some(current) if version <= current => Ok(attributes),
            _ => Err(format!("a newer version of the provider has written {kind}, in version {version}")),
        }
    }

    fn is_lenient(&self, kind: &str) -> bool {
        registry::resource(kind).is_some_and(|t| t.library() == Library::SdkV2)
    }

    fn read(&self, requests: Vec<ReadRequest>) -> Task<'_, Vec<ReadResponse>> {
        Box::pin(async move { join_all(requests.into_iter().map(|r| self.read_one(r))).await })
    }

    fn read_data(&self, requests: Vec<DataRequest>) -> Task<'_, Vec<DataResponse>> {
        Box::pin(async move { join_all(requests.into_iter().map(|r| self.read_data_one(r))).await })
    }

    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        let respond = |planned, requires_replace, diagnostics| PlanResponse {
            planned,
            requires_replace,
            private: request.private.cloned(),
            diagnostics,
        };
        let Some(ty) = registry::resource(request.kind) else {
            return respond(request.proposed.clone(), Vec::new(), unknown_type(request.kind).into());
        };
        if request.proposed.is_null() {
            return respond(request.proposed.clone(), Vec::new(), Diagnostics::new());
        }
        let schema = ty.schema();
        let planned = match ty.library() {
            Library::SdkV2 => sdk_v2::planned(schema, request.prior, request.config),
            Library::Framework => plan_by_schema(schema, request.prior, request.proposed).planned,
        };
        let prior = (!request.prior.is_null()).then(|| resource::object_of(request.prior, schema));
        let config = resource::object_of(request.config, schema);
        let mut object = resource::object_of(&planned, schema);
        let (mut replace, mut problems) = (Vec::new(), Diagnostics::new());
        let mut plan = Planning {
            prior: prior.as_ref(),
            config: &config,
            planned: &mut object,
            replace: &mut replace,
            tags: &self.settings.tags,
            known: self.connection.get().and_then(|aws| aws.as_deref().ok()),
            problems: &mut problems,
        };
        if schema.block.attributes.contains_key("tags_all") {
            plan_tags(&mut plan, ty.library());
        }
        ty.plan(&mut plan);
        let mut planned = object.value();
        if ty.library() == Library::SdkV2 && prior.is_some() && sdk_v2::is_unchanged(request.prior, &planned) {
            planned = request.prior.clone();
        }
        for path in replace_paths(schema, request.prior, &planned) {
            if !replace.contains(&path) {
                replace.push(path);
            }
        }
        respond(planned, replace, problems)
    }

    fn apply(&self, request: ApplyRequest) -> Task<'_, ApplyResponse> {
        Box::pin(async move {
            match self.aws().await {
                Ok(aws) => apply::apply(&aws, request).await,
                Err(problem) => apply::refused(request, problem),
            }
        })
    }

    fn recover(&self, request: RecoverRequest) -> Task<'_, Recovered> {
        Box::pin(async move {
            match self.aws().await {
                Ok(aws) => apply::recover(&aws, request).await,
                Err(problem) => apply::unknown(problem.into()),
            }
        })
    }

    fn finish(&self) -> Task<'_, Diagnostics> {
        Box::pin(async move {
            let Some(Ok(aws)) = self.connection.get() else { return Diagnostics::new() };
            if aws.troubles.locked_out().is_some() {
                // What the next command reads tells it which tags are left.
                return Diagnostics::new();
            }
            match ec2::remove_intents(aws).await {
                Ok(()) => Diagnostics::new(),
                Err(failure) => {
                    let shown = problem::of(aws, "removing tags of this run", &failure).await;
                    let detail = format!(
                        "{}\n\nThe next apply tries again; until then, new objects have the tag {:?}.",
                        shown.detail,
                        tags::INTENT
                    );
                    Diagnostic::warning(shown.summary, detail).into()
                }
            }
        })
    }

    fn is_usable(&self) -> bool {
        self.connection.get().is_none_or(|aws| aws.as_ref().is_ok_and(|aws| aws.troubles.locked_out().is_none()))
    }

    fn waits_for(&self) -> Vec<String> {
        let Some(Ok(aws)) = self.connection.get() else { return Vec::new() };
        aws.troubles.waits_for()
    }

    fn remarks(&self) -> Diagnostics {
        let Some(Ok(aws)) = self.connection.get() else { return Diagnostics::new() };
        problem::of_throttling(&aws.troubles).map_or_else(Diagnostics::new, Into::into)
    }

    fn import(&self, kind: &str, id: &str) -> Task<'_, Imported> {
        let (kind, id) = (kind.to_string(), id.to_string());
        Box::pin(async move {
            let failed = |diagnostics| Imported { value: Value::dynamic(), private: None, diagnostics };
            let Some(ty) = registry::resource(&kind) else { return failed(unknown_type(&kind).into()) };
            let unread = match ty.library() {
                Library::SdkV2 => sdk_v2::unread(ty.schema()),
                Library::Framework => Value::null(ty.schema().implied_type().clone()),
            };
            let mut object = resource::object_of(&unread, ty.schema());
            object.set("id", id.as_str());
            let aws = match self.aws().await {
                Ok(aws) => aws,
                Err(problem) => return failed(problem.into()),
            };
            match ty.import(&aws, &mut object).await {
                Ok(()) => Imported {
                    value: object.value(),
                    private: private::imported(ty, &object),
                    diagnostics: Diagnostics::new(),
                },
                Err(failure) => failed(problem::of(&aws, &format!("importing {kind} ({id})"), &failure).await.into()),
            }
        })
    }
}
