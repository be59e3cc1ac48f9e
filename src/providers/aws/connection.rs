//! A connection to an account and region: the SDK's clients and what they share.

use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ec2::config::SharedCredentialsProvider;
use tokio::sync::OnceCell;

use super::batch::Queues;
use super::credentials::{sdk_config, service, sts};
use super::failure::{Failure, Outcome};
use super::limits::Limits;
use super::regions;
use super::settings::Settings;
use super::trouble::Troubles;
use crate::lang::Value;

/// A connection that can be handed on.
#[derive(Clone)]
pub struct Aws(Arc<Connection>);

impl Deref for Aws {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

/// A connection to an account and region, for a provider with its settings.
pub struct Connection {
    shared: Arc<Shared>,
    /// The account's number; empty if it is not asked for.
    pub account: String,
    /// The ARN of who makes the requests; empty if that is not asked for.
    pub caller: String,
    /// The id of who makes the requests.
    pub user: String,
    /// What the provider's configuration says.
    pub settings: Settings,
    /// Objects that still have the tag that tells what they were made for.
    intents: Mutex<BTreeSet<String>>,
}

impl Deref for Connection {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// What all providers share that ask as the same, in the same region: of several stacks, and with tags of their own. What they
/// want to read at the same time becomes one request, and AWS's limits count for all of them.
pub struct Shared {
    /// Compute and networks.
    pub ec2: aws_sdk_ec2::Client,
    /// Kubernetes.
    pub eks: aws_sdk_eks::Client,
    /// Databases.
    pub rds: aws_sdk_rds::Client,
    /// Roles and policies.
    pub iam: aws_sdk_iam::Client,
    /// Identity.
    pub sts: aws_sdk_sts::Client,
    /// Keys.
    pub kms: aws_sdk_kms::Client,
    /// Log groups.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// Parameters.
    pub ssm: aws_sdk_ssm::Client,
    /// Who makes the requests, for what is signed without the SDK.
    pub credentials: Option<SharedCredentialsProvider>,
    /// The region's name.
    pub region: String,
    identity: OnceCell<Outcome<Identity>>,
    pub(super) limits: Limits,
    pub(super) troubles: Troubles,
    pub(super) queues: Queues,
    /// What is known of the templates of instances, by the instance's id.
    launches: Mutex<HashMap<String, Launch>>,
}

/// Which version of its template an instance was launched with, and which ones the names of versions mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// The instance's.
    pub version: String,
    /// `$Default`.
    pub default: String,
    /// `$Latest`.
    pub latest: String,
}

impl Launch {
    /// The version that a name means now. None if it's no name.
    #[must_use]
    pub fn of_name(&self, name: &str) -> Option<&String> {
        match name {
            "$Default" => Some(&self.default),
            "$Latest" => Some(&self.latest),
            _ => None,
        }
    }
}

/// Whose credentials they are.
#[derive(Clone, Debug, Default)]
struct Identity {
    account: String,
    caller: String,
    user: String,
}

/// What is shared, by the settings that it takes to connect. A process runs one command, for as long as that takes.
static SHARED: Mutex<Vec<(Value, SharedCell)>> = Mutex::new(Vec::new());

type SharedCell = Arc<OnceCell<Outcome<Arc<Shared>>>>;

impl Aws {
    /// Connects: finds credentials and region, and asks who we are.
    ///
    /// # Errors
    /// When there are no credentials or no region, or the account is not one of those that are allowed.
    pub async fn connect(settings: Settings) -> Outcome<Aws> {
        let cell = shared(&settings);
        Self::over(&cell, settings).await
    }

    /// A connection that shares nothing.
    #[cfg(test)]
    pub async fn connect_alone(settings: Settings) -> Outcome<Aws> {
        Self::over(&SharedCell::default(), settings).await
    }

    async fn over(cell: &SharedCell, settings: Settings) -> Outcome<Aws> {
        settings.check()?;
        let shared = cell.get_or_init(|| Shared::connect(&settings)).await.clone()?;
        let (account, caller, user) = Default::default();
        let mut connection = Connection { shared, account, caller, user, settings, intents: Mutex::default() };
        connection.identify().await?;
        Ok(Aws(Arc::new(connection)))
    }
}

/// Where those find each other that can share.
fn shared(settings: &Settings) -> SharedCell {
    let key = settings.of_connection();
    let mut all = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, cell)) = all.iter().find(|(known, _)| *known == key) {
        return Arc::clone(cell);
    }
    let cell = SharedCell::default();
    all.push((key, Arc::clone(&cell)));
    cell
}

impl Shared {
    async fn connect(settings: &Settings) -> Outcome<Arc<Self>> {
        let config = sdk_config(settings).await?;
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let logs = ["logs", "cloudwatchlogs", "cloudwatchlog"];
        Ok(Arc::new(Shared {
            ec2: aws_sdk_ec2::Client::new(&service(&config, settings, &["ec2"])),
            eks: aws_sdk_eks::Client::new(&service(&config, settings, &["eks"])),
            rds: aws_sdk_rds::Client::new(&service(&config, settings, &["rds"])),
            iam: aws_sdk_iam::Client::new(&service(&config, settings, &["iam"])),
            kms: aws_sdk_kms::Client::new(&service(&config, settings, &["kms"])),
            logs: aws_sdk_cloudwatchlogs::Client::new(&service(&config, settings, &logs)),
            ssm: aws_sdk_ssm::Client::new(&service(&config, settings, &["ssm"])),
            sts: aws_sdk_sts::Client::new(&sts(&config, settings)),
            credentials: config.credentials_provider(),
            region,
            identity: OnceCell::new(),
            limits: Limits::default(),
            troubles: Troubles::default(),
            queues: Queues::default(),
            launches: Mutex::default(),
        }))
    }
}

impl Connection {
    /// Asks whose credentials these are, unless that is to be skipped.
    async fn identify(&mut self) -> Outcome<()> {
        let block = &self.settings.block;
        let skips = block.is("skip_credentials_validation") && block.is("skip_requesting_account_id");
        let (allowed, forbidden) = (block.texts("allowed_account_ids"), block.texts("forbidden_account_ids"));
        if skips && allowed.is_empty() && forbidden.is_empty() {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        let this = &*self;
        let Identity { account, caller, user } = shared.identity.get_or_init(|| this.ask()).await.clone()?;
        if (!allowed.is_empty() && !allowed.contains(&account)) || forbidden.contains(&account) {
            return Err(Failure::new(format!("AWS account ID not allowed: {account}")));
        }
        if !skips {
            self.account = account;
        }
        (self.caller, self.user) = (caller, user);
        Ok(())
    }

    async fn ask(&self) -> Outcome<Identity> {
        let identity = self.call("sts:GetCallerIdentity", || self.sts.get_caller_identity().send()).await?;
        Ok(Identity {
            account: identity.account.unwrap_or_default(),
            caller: identity.arn.unwrap_or_default(),
            user: identity.user_id.unwrap_or_default(),
        })
    }

    /// The partition that the region is in.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        regions::partition_of(&self.region).name
    }

    /// The domain of services in the partition.
    #[must_use]
    pub fn dns_suffix(&self) -> &'static str {
        regions::partition_of(&self.region).dns_suffix
    }

    /// An ARN in this region and account: `arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1`.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        self.arn_of(service, &self.account, resource)
    }

    /// An ARN in this region, of an object of some account.
    #[must_use]
    pub fn arn_of(&self, service: &str, account: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{account}:{resource}", self.partition(), self.region)
    }

    /// Notes that an object has the tag of its operation, which is to be removed in the end.
    pub fn note_intent(&self, id: &str) {
        self.intents.lock().unwrap_or_else(PoisonError::into_inner).insert(id.into());
    }

    /// An object keeps the tag of its operation, by which it is found again: it is not finished.
    pub(super) fn keep_intent(&self, id: &str) {
        let is_of =
            |noted: &str| noted.strip_suffix(id).is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', ':']));
        self.intents.lock().unwrap_or_else(PoisonError::into_inner).retain(|noted| !is_of(noted));
    }

    /// Notes what an instance was launched with: state doesn't keep it, and plans have to know.
    pub fn note_launch(&self, instance: &str, launch: Launch) {
        self.launches.lock().unwrap_or_else(PoisonError::into_inner).insert(instance.into(), launch);
    }

    /// What an instance was launched with, if it was read here.
    #[must_use]
    pub fn launch(&self, instance: &str) -> Option<Launch> {
        self.launches.lock().unwrap_or_else(PoisonError::into_inner).get(instance).cloned()
    }

    /// The objects that have the tag of their operation.
    pub(super) fn take_intents(&self) -> Vec<String> {
        let mut intents = self.intents.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *intents).into_iter().collect()
    }
}
