//! Asks for the credentials of a profile, each service where the routes of the profile lead.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_config::sso::SsoTokenProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::token::ProvideToken;
use aws_types::SdkConfig;
use aws_types::sdk_config::SharedTimeSource;
use latchkey_domain::{ApiError, Code, Region};
use zeroize::Zeroizing;

use super::chain::{Chain, First, Role};
use super::{Profile, innermost};
use crate::Engine;
use crate::aws::client::{credentials, retries, sts_with, timeouts};
use crate::aws::hosts::Service;

/// A program that is asked for credentials, or a sign-in service, may take this long.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(30);
const SESSION_NAME: &str = "latchkey";
const PROVIDER: &str = "latchkey";

impl Engine {
    pub(super) async fn credentials_of(&self, profile: &Profile) -> Result<Credentials, ApiError> {
        let refused = |reason: String| no_credentials(profile, &reason);
        let chain = profile.chain.as_ref().map_err(|reason| refused(reason.clone()))?;
        let asked = tokio::time::timeout(CREDENTIALS_TIMEOUT, self.follow(profile, chain));
        let late = |_| format!("there was no answer within {} s", CREDENTIALS_TIMEOUT.as_secs());
        asked.await.map_err(late).flatten().map_err(refused)
    }

    async fn follow(&self, profile: &Profile, chain: &Chain) -> Result<Credentials, String> {
        let mut credentials = self.first_credentials(profile, &chain.first).await?;
        for role in &chain.roles {
            credentials = self.assumed(profile, credentials, role).await?;
        }
        Ok(credentials)
    }

    async fn first_credentials(&self, profile: &Profile, first: &First) -> Result<Credentials, String> {
        match first {
            First::Key { id, secret, token } => {
                let token = token.as_ref().map(|token| token.to_string());
                Ok(Credentials::new(id, secret.as_str(), token, None, PROVIDER))
            }
            First::Environment => {
                let access = self.connections.pages().environment.key();
                let access = access.ok_or("the environment has no access key")?;
                Ok(credentials(&access))
            }
            First::Program { line } => {
                let program = self.connections.programs.program(line);
                program.provide_credentials().await.map_err(|error| told(&error))
            }
            First::WebIdentity { role, token_file } => self.by_web_identity(profile, role, token_file).await,
            First::IdentityCenter { region, session, start_url, account_id, role_name } => {
                let region = Region::from(region.as_str());
                let session = session.as_deref().unwrap_or(start_url);
                let token = self.token_of_cli(profile, &region, session, start_url).await?;
                let client = self.portal_at(&region, &profile.routes);
                let asked = client.get_role_credentials().account_id(account_id).role_name(role_name);
                let given = asked.access_token(token.as_str()).send().await.map_err(|error| told(&error))?;
                let given = given.role_credentials.ok_or(INCOMPLETE)?;
                let lasts = u64::try_from(given.expiration).ok().map(Duration::from_millis);
                Ok(Credentials::new(
                    given.access_key_id.ok_or(INCOMPLETE)?,
                    given.secret_access_key.ok_or(INCOMPLETE)?,
                    given.session_token,
                    lasts.map(|lasts| SystemTime::UNIX_EPOCH + lasts),
                    PROVIDER,
                ))
            }
        }
    }

    async fn assumed(&self, profile: &Profile, by: Credentials, role: &Role) -> Result<Credentials, String> {
        let client = sts_with(&self.transport, &profile.routes, &profile.region, Some(by));
        let asked = client.assume_role().role_arn(&role.arn).set_external_id(role.external_id.clone());
        let asked = asked.role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME));
        let given = asked.set_duration_seconds(role.seconds).send().await.map_err(|error| told(&error))?;
        complete(given.credentials)
    }

    /// The token is who it is: nobody signs the request.
    async fn by_web_identity(
        &self,
        profile: &Profile,
        role: &Role,
        file: &str,
    ) -> Result<Credentials, String> {
        let read = tokio::fs::read_to_string(Path::new(file)).await;
        let token = read
            .map_err(|error| format!("the web_identity_token_file could not be read ({})", error.kind()))?;
        let token = Zeroizing::new(token);
        let client = sts_with(&self.transport, &profile.routes, &profile.region, None);
        let asked =
            client.assume_role_with_web_identity().role_arn(&role.arn).web_identity_token(token.as_str());
        let asked = asked.role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME));
        let given = asked.set_duration_seconds(role.seconds).send().await.map_err(|error| told(&error))?;
        complete(given.credentials)
    }

    /// The access token of a sign-in of the AWS CLI, renewed where it can be. `aws-config` knows the files of the CLI, and
    /// is told where to ask.
    async fn token_of_cli(
        &self,
        profile: &Profile,
        region: &Region,
        session: &str,
        start_url: &str,
    ) -> Result<Zeroizing<String>, String> {
        let url =
            profile.routes.at(Service::Oidc, region).ok_or("AWS has no such endpoint for the renewal")?;
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .http_client(self.transport.toward(Some(&url)))
            .time_source(SharedTimeSource::default())
            .timeout_config(timeouts())
            .retry_config(retries())
            .endpoint_url(url)
            .build();
        let region = aws_types::region::Region::new(region.0.clone());
        let provider = SsoTokenProvider::builder().configure(&config).region(region);
        let provider = provider.session_name(session).start_url(start_url).build().await;
        let token = provider.provide_token().await.map_err(|error| told(&error))?;
        Ok(Zeroizing::new(token.token().to_owned()))
    }
}

const INCOMPLETE: &str = "the credentials that were given are not complete";

fn complete(given: Option<aws_sdk_sts::types::Credentials>) -> Result<Credentials, String> {
    let given = given.ok_or(INCOMPLETE)?;
    let until = SystemTime::try_from(given.expiration).map_err(|_| INCOMPLETE)?;
    let (id, secret) = (given.access_key_id, given.secret_access_key);
    Ok(Credentials::new(id, secret, Some(given.session_token), Some(until), PROVIDER))
}

/// Why there are no credentials.
fn told(error: &dyn Error) -> String {
    innermost(error).trim_end_matches('.').to_owned()
}

fn no_credentials(profile: &Profile, reason: &str) -> ApiError {
    let Profile { name, source, .. } = profile;
    let next = if source.starts_with("IAM Identity Center") {
        format!("Sign in with `aws sso login --profile {name}`, then try again.")
    } else {
        "Fix the profile or sign in again, then try again.".to_owned()
    };
    ApiError::new(Code::SignInNeeded, format!("The profile {name} gave no credentials: {reason}. {next}"))
}
