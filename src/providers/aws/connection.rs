//! A connection to an account and region: the SDK's clients and what they share.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ec2::config::retry::RetryConfig;
use aws_sdk_ec2::config::timeout::TimeoutConfig;
use aws_sdk_ec2::config::{Credentials, SharedCredentialsProvider};

use super::batch::Queues;
use super::failure::{Failure, Outcome};
use super::limits::Limits;
use super::settings::Settings;

/// A connection that can be handed on.
#[derive(Clone)]
pub struct Aws(Arc<Connection>);

impl Deref for Aws {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

/// A connection to an account and region.
pub struct Connection {
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
    /// The region's name.
    pub region: String,
    /// The account's number; empty if it is not asked for.
    pub account: String,
    /// The ARN of who makes the requests; empty if that is not asked for.
    pub caller: String,
    /// The id of who makes the requests.
    pub user: String,
    /// What the provider's configuration says.
    pub settings: Settings,
    pub(super) limits: Limits,
    pub(super) queues: Queues,
    /// New EC2 objects, which still have the tag that tells what they were made for.
    intents: Mutex<BTreeSet<String>>,
}

impl Aws {
    /// Connects: finds credentials and region, and asks who we are.
    ///
    /// # Errors
    /// When there are no credentials or no region, or the account is not one of those that are allowed.
    pub async fn connect(settings: Settings) -> Outcome<Aws> {
        let config = sdk_config(&settings).await?;
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let sts = aws_sdk_sts::Client::new(&service(&config, &settings, &["sts"]));
        let mut connection = Connection {
            ec2: aws_sdk_ec2::Client::new(&service(&config, &settings, &["ec2"])),
            eks: aws_sdk_eks::Client::new(&service(&config, &settings, &["eks"])),
            rds: aws_sdk_rds::Client::new(&service(&config, &settings, &["rds"])),
            iam: aws_sdk_iam::Client::new(&service(&config, &settings, &["iam"])),
            kms: aws_sdk_kms::Client::new(&service(&config, &settings, &["kms"])),
            logs: aws_sdk_cloudwatchlogs::Client::new(&service(
                &config,
                &settings,
                &["logs", "cloudwatchlogs", "cloudwatchlog"],
            )),
            ssm: aws_sdk_ssm::Client::new(&service(&config, &settings, &["ssm"])),
            sts,
            region,
            account: String::new(),
            caller: String::new(),
            user: String::new(),
            settings,
            limits: Limits::default(),
            queues: Queues::default(),
            intents: Mutex::default(),
        };
        connection.identify().await?;
        Ok(Aws(Arc::new(connection)))
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
        let identity = self.call("sts:GetCallerIdentity", || self.sts.get_caller_identity().send()).await?;
        let account = identity.account.unwrap_or_default();
        if (!allowed.is_empty() && !allowed.contains(&account)) || forbidden.contains(&account) {
            return Err(Failure::new(format!("AWS account ID not allowed: {account}")));
        }
        if !block.is("skip_requesting_account_id") {
            self.account = account;
        }
        self.caller = identity.arn.unwrap_or_default();
        self.user = identity.user_id.unwrap_or_default();
        Ok(())
    }

    /// The partition that the region is in.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        match self.region.as_str() {
            r if r.starts_with("cn-") => "aws-cn",
            r if r.starts_with("us-gov-") => "aws-us-gov",
            r if r.starts_with("us-iso-") => "aws-iso",
            r if r.starts_with("us-isob-") => "aws-iso-b",
            _ => "aws",
        }
    }

    /// The domain of services in the partition.
    #[must_use]
    pub fn dns_suffix(&self) -> &'static str {
        match self.partition() {
            "aws-cn" => "amazonaws.com.cn",
            "aws-iso" => "c2s.ic.gov",
            "aws-iso-b" => "sc2s.sgov.gov",
            _ => "amazonaws.com",
        }
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

    /// The objects that have the tag of their operation.
    pub(super) fn take_intents(&self) -> Vec<String> {
        let mut intents = self.intents.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *intents).into_iter().collect()
    }
}

/// The SDK's configuration: the whole chain of credentials, what the block says first.
async fn sdk_config(settings: &Settings) -> Outcome<SdkConfig> {
    let block = &settings.block;
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).retry_config(RetryConfig::disabled()).timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(5))
                .operation_attempt_timeout(Duration::from_secs(60))
                .build(),
        );
    if let Some(region) = block.text("region") {
        loader = loader.region(Region::new(region));
    }
    if let Some(profile) = block.text("profile") {
        loader = loader.profile_name(profile);
    }
    if let (Some(key), Some(secret)) = (block.text("access_key"), block.text("secret_key")) {
        let credentials = Credentials::new(key, secret, block.text("token"), None, "provider block");
        loader = loader.credentials_provider(credentials);
    }
    if let Some(is_on) = block.bool("use_fips_endpoint") {
        loader = loader.use_fips(is_on);
    }
    if let Some(is_on) = block.bool("use_dualstack_endpoint") {
        loader = loader.use_dual_stack(is_on);
    }
    let mut config = loader.load().await;
    if config.region().is_none() {
        return Err(Failure::new(
            "No region is known. Set `region` in the provider block, AWS_REGION, or a region in the profile of \
             ~/.aws/config.",
        ));
    }
    for role in settings.roles() {
        let Some(arn) = role.block.text("role_arn") else { continue };
        let session = role.block.text("session_name").unwrap_or_else(|| "infra".into());
        let mut assumed = aws_config::sts::AssumeRoleProvider::builder(arn).configure(&config).session_name(session);
        if let Some(duration) = role.duration {
            assumed = assumed.session_length(duration);
        }
        if let Some(id) = role.block.text("external_id") {
            assumed = assumed.external_id(id);
        }
        if let Some(policy) = role.block.text("policy") {
            assumed = assumed.policy(policy);
        }
        let provider = SharedCredentialsProvider::new(assumed.build().await);
        config = config.into_builder().credentials_provider(provider).build();
    }
    Ok(config)
}

/// The configuration for a service, with the block's endpoint if it has one.
fn service(config: &SdkConfig, settings: &Settings, names: &[&str]) -> SdkConfig {
    match settings.endpoint(names) {
        Some(url) => config.clone().into_builder().endpoint_url(url).build(),
        None => config.clone(),
    }
}
