//! Where credentials and the region come from: the provider block, the environment, the files of AWS's command line, and
//! the metadata that containers and instances have.

use std::time::{Duration, SystemTime};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::identity::IdentityCache;
use aws_config::imds::client::EndpointMode;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig, imds};
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::failure::{Failure, Outcome, causes};
use super::object::Object;
use super::regions;
use super::session::{Proof, Session};
use super::settings::Settings;

#[expect(deprecated, reason = "the new name is in a crate that is none of the dependencies")]
type Files = aws_config::profile::profile_file::ProfileFiles;
#[expect(deprecated, reason = "the new name is in a crate that is none of the dependencies")]
type FileKind = aws_config::profile::profile_file::ProfileFileKind;

/// The SDK's configuration for an account and region, with credentials that are there.
///
/// # Errors
/// When there are no credentials or there is no such region, or a role can't be taken on.
pub async fn sdk_config(settings: &Settings) -> Outcome<SdkConfig> {
    let block = &settings.block;
    let sources = Sources::of(settings).await?;
    let region = sources.region().await?;
    let name = region.as_ref();
    if !block.is("skip_region_validation") && regions::find(name).is_none() {
        return Err(Failure::new(format!("invalid AWS Region: {name}")));
    }
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts())
        .identity_cache(IdentityCache::lazy().build())
        .credentials_provider(sources.credentials(region.clone()))
        .region(region);
    if let Some(client) = sources.client.clone() {
        loader = loader.http_client(client);
    }
    if let Some(files) = sources.files.clone() {
        loader = loader.profile_files(files);
    }
    if let Some(profile) = &sources.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(is_on) = block.bool("use_fips_endpoint") {
        loader = loader.use_fips(is_on);
    }
    if let Some(is_on) = block.bool("use_dualstack_endpoint") {
        loader = loader.use_dual_stack(is_on);
    }
    let mut config = loader.load().await;
    if let Some(role) = block.block_at("assume_role_with_web_identity") {
        config = with_web_identity(config, settings, &role).await?;
    } else {
        check(&config).await.map_err(|reason| no_credentials(settings, &reason))?;
    }
    for role in block.blocks("assume_role") {
        config = with_role(config, settings, &role).await?;
    }
    Ok(config)
}

/// The configuration for a service, with the block's endpoint if it has one.
#[must_use]
pub fn service(config: &SdkConfig, settings: &Settings, names: &[&str]) -> SdkConfig {
    match settings.endpoint(names) {
        Some(url) => config.clone().into_builder().endpoint_url(url).build(),
        None => config.clone(),
    }
}

/// The configuration for STS, which may be asked in another region.
#[must_use]
pub fn sts(config: &SdkConfig, settings: &Settings) -> SdkConfig {
    let config = service(config, settings, &["sts"]);
    match settings.block.text("sts_region") {
        Some(region) => config.into_builder().region(Region::new(region)).build(),
        None => config,
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(60))
        .build()
}

/// Where to look.
struct Sources {
    /// Key, secret and token in the block.
    fixed: Option<Credentials>,
    /// The profile that the block names.
    profile: Option<String>,
    /// The files that the block names.
    files: Option<Files>,
    /// What knows about the instance that this program runs on, if that is to be asked.
    metadata: Option<imds::Client>,
    /// The region in the block.
    region: Option<Region>,
    /// What sends requests, if that isn't the SDK's own.
    client: Option<SharedHttpClient>,
}

impl Sources {
    async fn of(settings: &Settings) -> Outcome<Self> {
        let block = &settings.block;
        let fixed = match (block.text("access_key"), block.text("secret_key")) {
            (Some(key), Some(secret)) => {
                Some(Credentials::new(key, secret, block.text("token"), None, "provider block"))
            }
            (None, None) => None,
            _ => return Err(Failure::new("The provider block has only one of access_key and secret_key; set both.")),
        };
        Ok(Sources {
            fixed,
            profile: block.text("profile"),
            files: files(settings),
            metadata: metadata(block)?,
            region: block.text("region").map(Region::new),
            client: settings.network.client(&settings.folder).await?,
        })
    }

    async fn region(&self) -> Outcome<Region> {
        if let Some(region) = &self.region {
            return Ok(region.clone());
        }
        if let Some(region) = EnvironmentVariableRegionProvider::new().region().await {
            return Ok(region);
        }
        let mut profile = ProfileFileRegionProvider::builder();
        if let Some(files) = self.files.clone() {
            profile = profile.profile_files(files);
        }
        if let Some(name) = &self.profile {
            profile = profile.profile_name(name);
        }
        if let Some(region) = profile.build().region().await {
            return Ok(region);
        }
        if let Some(metadata) = self.metadata.clone()
            && let Some(region) = ImdsRegionProvider::builder().imds_client(metadata).build().region().await
        {
            return Ok(region);
        }
        Err(Failure::new(
            "Invalid provider configuration: no region is known\n\nSet `region` in the provider block, AWS_REGION, or a \
             region in the profile of ~/.aws/config.",
        ))
    }

    /// The first of all places that has any. A profile that the block names comes before the environment's keys.
    fn credentials(&self, region: Region) -> SharedCredentialsProvider {
        if let Some(fixed) = &self.fixed {
            return SharedCredentialsProvider::new(fixed.clone());
        }
        let config = provider_config(Some(region), self.client.clone());
        let mut profile = ProfileFileCredentialsProvider::builder().configure(&config);
        if let Some(files) = self.files.clone() {
            profile = profile.profile_files(files);
        }
        if let Some(name) = &self.profile {
            return SharedCredentialsProvider::new(profile.profile_name(name).build());
        }
        let chain = CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
            .or_else("Profile", profile.build())
            .or_else("WebIdentityToken", WebIdentityTokenCredentialsProvider::builder().configure(&config).build())
            .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(&config).build());
        let Some(client) = self.metadata.clone() else { return SharedCredentialsProvider::new(chain) };
        let metadata = ImdsCredentialsProvider::builder().configure(&config).imds_client(client).build();
        SharedCredentialsProvider::new(chain.or_else("Ec2InstanceMetadata", metadata))
    }
}

fn provider_config(region: Option<Region>, client: Option<SharedHttpClient>) -> ProviderConfig {
    let config =
        ProviderConfig::without_region().with_region(region).with_behavior_version(Some(BehaviorVersion::latest()));
    match client {
        Some(client) => config.with_http_client(client),
        None => config,
    }
}

fn files(settings: &Settings) -> Option<Files> {
    let block = &settings.block;
    let (configs, credentials) = (block.texts("shared_config_files"), block.texts("shared_credentials_files"));
    if configs.is_empty() && credentials.is_empty() {
        return None;
    }
    let mut files = Files::builder()
        .include_default_config_file(configs.is_empty())
        .include_default_credentials_file(credentials.is_empty());
    for path in configs {
        files = files.with_file(FileKind::Config, settings.path(&path));
    }
    for path in credentials {
        files = files.with_file(FileKind::Credentials, settings.path(&path));
    }
    Some(files.build())
}

/// The metadata service of instances: it answers at once or not at all.
fn metadata(block: &Object) -> Outcome<Option<imds::Client>> {
    if block.str("skip_metadata_api_check") == "true" {
        return Ok(None);
    }
    let mut client = imds::Client::builder()
        .max_attempts(2)
        .connect_timeout(Duration::from_secs(1))
        .read_timeout(Duration::from_secs(1))
        .operation_timeout(Duration::from_secs(3));
    if let Some(url) = block.text("ec2_metadata_service_endpoint") {
        client = client
            .endpoint(&url)
            .map_err(|error| Failure::new(format!("ec2_metadata_service_endpoint ({url}) is not a URL: {error}")))?;
    }
    if let Some(mode) = block.text("ec2_metadata_service_endpoint_mode") {
        let mode = mode.parse::<EndpointMode>();
        client = client.endpoint_mode(mode.map_err(|error| Failure::new(error.to_string()))?);
    }
    Ok(Some(client.build()))
}

/// Whether there are credentials that have not expired yet.
async fn check(config: &SdkConfig) -> Result<(), String> {
    let Some(provider) = config.credentials_provider() else { return Ok(()) };
    let credentials = provider.provide_credentials().await.map_err(|error| causes(&error))?;
    match credentials.expiry() {
        Some(at) if at <= SystemTime::now() => Err("those that were found have expired".into()),
        _ => Ok(()),
    }
}

fn no_credentials(settings: &Settings, reason: &str) -> Failure {
    let looked = match (settings.block.text("profile"), settings.block.is("skip_metadata_api_check")) {
        (Some(profile), _) => format!("the profile {profile:?} in ~/.aws/config and ~/.aws/credentials"),
        (None, true) => "the provider block, the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), the files \
                         ~/.aws/config and ~/.aws/credentials (AWS_PROFILE), a web identity (AWS_WEB_IDENTITY_TOKEN_FILE) \
                         and the container's metadata"
            .into(),
        (None, false) => "the provider block, the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), the files \
                          ~/.aws/config and ~/.aws/credentials (AWS_PROFILE), a web identity (AWS_WEB_IDENTITY_TOKEN_FILE), \
                          and the metadata of container and instance"
            .into(),
    };
    Failure::new(format!(
        "No valid credential sources found\n\nLooked for AWS credentials in {looked}.\n\nSet AWS_PROFILE to a profile that \
         works (`aws sts get-caller-identity` tells), log in again (`aws sso login`) if its session has ended, or set \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.\n\nReason: {reason}"
    ))
}

fn not_assumed(role: &str, reason: &str) -> Failure {
    Failure::new(format!(
        "Cannot assume IAM Role\n\nIAM Role ({role}) cannot be assumed. The most common causes:\n  * The credentials used \
         in order to assume the role are invalid\n  * The credentials do not have appropriate permission to assume the role\n  \
         * The role ARN is not valid\n\nReason: {reason}"
    ))
}

/// Takes on a role.
async fn with_role(config: SdkConfig, settings: &Settings, role: &Object) -> Outcome<SdkConfig> {
    let Some(arn) = role.text("role_arn") else { return Ok(config) };
    let sts = aws_sdk_sts::Client::new(&sts(&config, settings));
    with_session(&config, &arn, Session::new(sts, arn.clone(), role.clone(), Proof::Credentials)).await
}

/// Takes on a role with a token that somebody else has issued.
async fn with_web_identity(config: SdkConfig, settings: &Settings, role: &Object) -> Outcome<SdkConfig> {
    let Some(arn) = role.text("role_arn") else { return Ok(config) };
    let proof = match (role.text("web_identity_token"), role.text("web_identity_token_file")) {
        (Some(token), _) => Proof::Token(token),
        (None, Some(file)) => Proof::TokenIn(settings.path(&file)),
        (None, None) => return Err(not_assumed(&arn, "neither web_identity_token nor web_identity_token_file is set")),
    };
    let sts = aws_sdk_sts::Client::new(&sts(&config, settings));
    with_session(&config, &arn, Session::new(sts, arn.clone(), role.clone(), proof)).await
}

/// The same configuration for a session, which the SDK asks for again before it ends.
async fn with_session(config: &SdkConfig, arn: &str, session: Session) -> Outcome<SdkConfig> {
    let config = config.clone().into_builder().credentials_provider(SharedCredentialsProvider::new(session)).build();
    check(&config).await.map_err(|reason| not_assumed(arn, &reason))?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::path::Path;
    use std::sync::mpsc::{Receiver, channel};

    use super::*;
    use crate::lang::Value;
    use crate::providers::aws::settings::SCHEMA;

    type Tested = Result<(), Box<dyn Error>>;

    fn settings(parts: Vec<(&'static str, Value)>) -> Settings {
        let ty = SCHEMA.implied_type();
        let mut block = Object::of(&Value::null(ty.clone()), ty);
        for (name, value) in parts {
            block.set(name, value);
        }
        Settings::of(&block.value(), Path::new(""))
    }

    fn keys() -> [(&'static str, Value); 3] {
        [("access_key", "K0".into()), ("secret_key", "S0".into()), ("region", "eu-west-1".into())]
    }

    fn object(parts: &[(&str, Value)]) -> Value {
        Value::object(parts.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
    }

    fn strings(texts: &[&str]) -> Value {
        Value::tuple(texts.iter().map(|t| Value::string(*t)).collect())
    }

    fn is_whole(request: &str) -> bool {
        let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        body.len() >= length.and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    const LATE: &str = "2099-01-01T00:00:00Z";

    /// Whose key a request was made with, and what it was for.
    type Asked = (String, String);

    /// Answers as STS does, with the keys K1, K2, … and tells whose key it was asked with and for what.
    fn sts_server(expiration: &'static str) -> Result<(String, Receiver<Asked>), Box<dyn Error>> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for (i, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                let mut request = String::new();
                let mut buffer = [0; 4096];
                while !is_whole(&request) {
                    let Ok(n @ 1..) = stream.read(&mut buffer) else { break };
                    request.push_str(&String::from_utf8_lossy(&buffer[..n]));
                }
                let key = request.split("Credential=").nth(1).and_then(|r| r.split('/').next()).unwrap_or_default();
                let body = request.split("\r\n\r\n").nth(1).unwrap_or_default();
                let action = body.split("Action=").nth(1).and_then(|r| r.split('&').next()).unwrap_or_default();
                let answer = format!(
                    "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
                     <AccessKeyId>K{}</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>\
                     <Expiration>{expiration}</Expiration></Credentials></{action}Result></{action}Response>",
                    i + 1
                );
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
                let _ = stream.write_all(format!("{head}{answer}").as_bytes());
                let _ = tell.send((key.to_string(), body.to_string()));
            }
        });
        Ok((url, told))
    }

    async fn key_of(config: &SdkConfig) -> Result<String, Box<dyn Error>> {
        let provider = config.credentials_provider().ok_or("no provider")?;
        Ok(provider.provide_credentials().await?.access_key_id().to_string())
    }

    #[tokio::test]
    async fn roles_are_taken_on_one_after_the_other() -> Tested {
        let (url, told) = sts_server(LATE)?;
        let first =
            [("role_arn", "arn:aws:iam::1:role/a".into()), ("duration", "30m".into()), ("external_id", "x".into())];
        let second = [("role_arn", "arn:aws:iam::2:role/b".into()), ("transitive_tag_keys", strings(&["k"]))];
        let mut parts = keys().to_vec();
        parts.push(("assume_role", Value::tuple(vec![object(&first), object(&second)])));
        parts.push(("endpoints", Value::tuple(vec![object(&[("sts", url.as_str().into())])])));
        let config = sdk_config(&settings(parts)).await?;
        let (key, body) = told.recv_timeout(Duration::from_secs(5))?;
        assert_eq!(key, "K0");
        for part in ["Action=AssumeRole", "role%2Fa", "DurationSeconds=1800", "ExternalId=x"] {
            assert!(body.contains(part), "{part} in {body}");
        }
        let requests: Vec<_> = told.try_iter().collect();
        let (key, body) = requests.last().ok_or("only one role was taken on")?;
        assert!(key.starts_with('K') && key != "K0", "{key}");
        assert!(body.contains("role%2Fb") && body.contains("TransitiveTagKeys.member.1=k"), "{body}");
        assert_ne!(key_of(&config).await?, "K0");
        Ok(())
    }

    #[tokio::test]
    async fn a_token_of_somebody_else_is_enough() -> Tested {
        let (url, told) = sts_server(LATE)?;
        let role = [("role_arn", "arn:aws:iam::1:role/a".into()), ("web_identity_token", "the-token".into())];
        let parts = vec![
            ("region", "eu-west-1".into()),
            ("assume_role_with_web_identity", Value::tuple(vec![object(&role)])),
            ("endpoints", Value::tuple(vec![object(&[("sts", url.as_str().into())])])),
        ];
        let config = sdk_config(&settings(parts)).await?;
        let (_, body) = told.recv_timeout(Duration::from_secs(5))?;
        assert!(body.contains("WebIdentityToken=the-token"), "{body}");
        assert_eq!(key_of(&config).await?, "K1");
        Ok(())
    }

    #[tokio::test]
    async fn sessions_that_end_are_begun_again() -> Tested {
        let soon = (jiff::Timestamp::now() + Duration::from_secs(5)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (url, told) = sts_server(soon.leak())?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("token");
        std::fs::write(&file, "first-token\n")?;
        let arn = || ("role_arn", "arn:aws:iam::1:role/a".into());
        let mut by_keys = keys().to_vec();
        let role = object(&[arn(), ("source_identity", "me".into())]);
        by_keys.push(("assume_role", Value::tuple(vec![role])));
        let role = object(&[arn(), ("web_identity_token_file", (&*file.to_string_lossy()).into())]);
        let by_token =
            vec![("region", "eu-west-1".into()), ("assume_role_with_web_identity", Value::tuple(vec![role]))];
        let mut tokens = Vec::new();
        for mut parts in [by_keys, by_token] {
            parts.push(("endpoints", Value::tuple(vec![object(&[("sts", url.as_str().into())])])));
            let settings = settings(parts);
            let config = sdk_config(&settings).await?;
            let client = aws_sdk_sts::Client::new(&sts(&config, &settings));
            std::fs::write(&file, "second-token\n")?;
            let mut keys = Vec::new();
            for _ in 0..2 {
                client.get_caller_identity().send().await?;
                let asked: Vec<_> = told.try_iter().collect();
                assert!(asked.iter().any(|(_, body)| body.contains("Action=AssumeRole")), "{asked:?}");
                tokens.extend(asked.iter().map(|(_, body)| body.clone()));
                keys.extend(
                    asked.into_iter().filter(|(_, body)| body.contains("GetCallerIdentity")).map(|(key, _)| key),
                );
            }
            assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
        }
        assert!(tokens.iter().any(|body| body.contains("=second-token")), "{tokens:?}");
        Ok(())
    }

    #[tokio::test]
    async fn profiles_come_from_the_files_that_are_named() -> Tested {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("config");
        std::fs::write(&file, "[profile p]\nregion=eu-north-1\naws_access_key_id=KP\naws_secret_access_key=S\n")?;
        let files = || strings(&[&file.to_string_lossy()]);
        let named = |profile: &str| {
            vec![("profile", profile.into()), ("region", "eu-north-1".into()), ("shared_config_files", files())]
        };
        let config = sdk_config(&settings(named("p"))).await?;
        assert_eq!(key_of(&config).await?, "KP");
        let failure = sdk_config(&settings(named("q"))).await.err().ok_or("there is no such profile")?;
        assert!(failure.message.starts_with("No valid credential sources found\n\n"), "{failure}");
        assert!(failure.message.contains("the profile \"q\""), "{failure}");
        Ok(())
    }

    #[tokio::test]
    async fn regions_have_to_exist() -> Tested {
        let mut parts = keys().to_vec();
        parts[2].1 = "us-east-77".into();
        let failure = sdk_config(&settings(parts.clone())).await.err().ok_or("there is no such region")?;
        assert_eq!(failure.message, "invalid AWS Region: us-east-77");
        parts.push(("skip_region_validation", Value::from(true)));
        let config = sdk_config(&settings(parts)).await?;
        assert_eq!(config.region().map(AsRef::as_ref), Some("us-east-77"));
        Ok(())
    }
}
