//! Sessions as somebody else, which are begun again before they end.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_sdk_sts::config::{Credentials, ProvideCredentials};
use aws_sdk_sts::types::{self as sdk, PolicyDescriptorType, Tag};
use tokio::sync::Mutex;

use super::call::pause;
use super::failure::{Effect, Failure, Outcome};
use super::object::Object;
use super::settings::duration;

/// What a role is taken on with.
#[derive(Clone, Debug)]
pub(super) enum Proof {
    /// Who asks is who may.
    Credentials,
    /// A token of somebody else.
    Token(String),
    /// A file with such a token, which may be replaced by a newer one.
    TokenIn(PathBuf),
}

/// A session as somebody else. The SDK's own providers don't know of everything that a provider block can say about it.
#[derive(Debug)]
pub(super) struct Session {
    sts: aws_sdk_sts::Client,
    arn: String,
    /// What the provider block says about it.
    role: Object,
    proof: Proof,
    begun: Mutex<Option<Credentials>>,
}

/// A session that ends sooner is as good as ended.
const LEFT: Duration = Duration::from_secs(60);

impl ProvideCredentials for Session {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let mut begun = self.begun.lock().await;
            let is_going_on = |c: &&Credentials| c.expiry().is_none_or(|end| end > SystemTime::now() + LEFT);
            if let Some(credentials) = begun.as_ref().filter(is_going_on) {
                return Ok(credentials.clone());
            }
            let credentials = self.begin().await.map_err(CredentialsError::provider_error)?;
            *begun = Some(credentials.clone());
            Ok(credentials)
        })
    }
}

impl Session {
    /// A session that is begun when it is needed.
    pub fn new(sts: aws_sdk_sts::Client, arn: String, role: Object, proof: Proof) -> Self {
        Session { sts, arn, role, proof, begun: Mutex::default() }
    }

    /// Begins a session, after an earlier one or not. That may be done twice.
    async fn begin(&self) -> Outcome<Credentials> {
        const ATTEMPTS: u32 = 5;
        for attempt in 1..ATTEMPTS {
            match self.ask().await {
                Err(failure) if failure.effect != Effect::None => tokio::time::sleep(pause(attempt)).await,
                outcome => return outcome,
            }
        }
        self.ask().await
    }

    async fn ask(&self) -> Outcome<Credentials> {
        let token = match &self.proof {
            Proof::Credentials => return self.ask_as_who_may().await,
            Proof::Token(token) => token.clone(),
            Proof::TokenIn(file) => tokio::fs::read_to_string(file)
                .await
                .map_err(|error| Failure::new(format!("{} can't be read: {error}", file.display())))?,
        };
        let request = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(&self.arn)
            .role_session_name(self.name())
            .web_identity_token(token.trim())
            .set_duration_seconds(self.seconds())
            .set_policy(self.role.text("policy"))
            .set_policy_arns(self.policies());
        let answer = request.send().await;
        let answer = answer.map_err(|error| Failure::from_sdk("sts:AssumeRoleWithWebIdentity", &error))?;
        credentials(answer.credentials)
    }

    async fn ask_as_who_may(&self) -> Outcome<Credentials> {
        let role = &self.role;
        // The builder only fails without key or value.
        let tags = role.map("tags").into_iter().filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok());
        let request = self
            .sts
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(self.name())
            .set_duration_seconds(self.seconds())
            .set_external_id(role.text("external_id"))
            .set_policy(role.text("policy"))
            .set_policy_arns(self.policies())
            .set_source_identity(role.text("source_identity"))
            .set_tags(Some(tags.collect::<Vec<_>>()).filter(|tags| !tags.is_empty()))
            .set_transitive_tag_keys(role.some_texts("transitive_tag_keys"));
        let answer = request.send().await.map_err(|error| Failure::from_sdk("sts:AssumeRole", &error))?;
        credentials(answer.credentials)
    }

    fn name(&self) -> String {
        self.role.text("session_name").unwrap_or_else(|| "infra".into())
    }

    fn seconds(&self) -> Option<i32> {
        i32::try_from(duration(&self.role.text("duration")?)?.as_secs()).ok()
    }

    fn policies(&self) -> Option<Vec<PolicyDescriptorType>> {
        let arns = self.role.some_texts("policy_arns")?;
        Some(arns.into_iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect())
    }
}

fn credentials(session: Option<sdk::Credentials>) -> Outcome<Credentials> {
    let Some(session) = session else { return Err(Failure::new("AWS has answered without credentials.")) };
    let expiry = SystemTime::try_from(session.expiration).ok();
    let (key, secret, token) = (session.access_key_id, session.secret_access_key, session.session_token);
    Ok(Credentials::new(key, secret, Some(token), expiry, "assumed role"))
}
