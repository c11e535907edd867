//! The credentials that a way gives, and why it gives none, in words for the person who has the files.

use std::error::Error;
use std::future::Future;
use std::time::{Duration, SystemTime};

use aws_config::sso::SsoTokenProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::token::ProvideToken;
use aws_sdk_sso::error::SdkError;
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_types::SdkConfig;
use aws_types::sdk_config::SharedTimeSource;
use chrono::{DateTime, Utc};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code};
use zeroize::Zeroizing;

use super::way::{Named, SsoRole, Way, WebIdentity, key};
use super::{CREDENTIALS_TIMEOUT, Profile};
use crate::Engine;
use crate::aws::client::{self, Access, retries, timeouts};
use crate::aws::fault::{Attempt, classify};
use crate::aws::hosts::Service;
use crate::connections::assumed_role::DEFAULT_SESSION_NAME;

const PROVIDER: &str = "latchkey";

impl Engine {
    /// The credentials of a way that assumes no role by an access key. `owner` is the profile that has them.
    pub(super) async fn credentials_by(
        &self,
        profile: &Profile,
        owner: &str,
        way: &Way,
    ) -> Result<Credentials, ApiError> {
        let files = self.connections.pages().profiles.files.clone();
        let read = super::read_files(&files).files;
        let section =
            read.profiles.get(owner).ok_or_else(|| failed(owner, "it is gone from the files", ""))?;
        let credentials = match way {
            Way::Keys(file) => {
                let (id, secret, token) =
                    key(section, *file).ok_or_else(|| failed(owner, "its key is gone from the file", ""))?;
                Credentials::new(id, secret, token.map(str::to_owned), None, PROVIDER)
            }
            Way::Program => {
                let line = section.get("credential_process").unwrap_or_default();
                let program = self.connections.programs.program(line);
                let answer = in_time(owner, async { Ok(program.provide_credentials().await) }).await?;
                answer.map_err(|error| {
                    let next =
                        "Run the line of its credential_process in a terminal to see why, then try again.";
                    failed(owner, &innermost(&error), next)
                })?
            }
            Way::Sso(role) => in_time(owner, self.sso_credentials(profile, owner, role)).await?,
            Way::WebIdentity(identity) => {
                in_time(owner, self.web_identity_credentials(profile, owner, identity)).await?
            }
            Way::Login => {
                let next = format!(
                    "Add a profile with the line `credential_process = aws configure export-credentials --profile {owner}`, \
                     and use that one."
                );
                return Err(failed(owner, "Latchkey does not read the sign-ins of `aws login`", &next));
            }
            Way::Role(_) => return Err(failed(owner, "it assumes a role", "Try again.")),
        };
        match credentials.expiry().filter(|at| *at <= SystemTime::now()) {
            Some(at) => {
                let at = DateTime::<Utc>::from(at).format("%Y-%m-%d %H:%M UTC");
                let next = "Sign in again where they come from, then try again.";
                Err(failed(owner, &format!("what it gave ended at {at}"), next))
            }
            None => Ok(credentials),
        }
    }

    async fn sso_credentials(
        &self,
        profile: &Profile,
        owner: &str,
        role: &SsoRole,
    ) -> Result<Credentials, ApiError> {
        let token = self.token_of_cli(profile, owner, role).await?;
        let asked = self.portal_at(&role.region, &profile.routes).get_role_credentials();
        let asked = asked.account_id(&role.account_id).role_name(&role.role_name);
        let answer = asked.access_token(token.as_str()).send().await;
        let answer = answer.map_err(|refused| no_role(owner, role, &refused))?;
        let incomplete = || failed(owner, "IAM Identity Center gave no complete credentials", "Try again.");
        let given = answer.role_credentials.ok_or_else(incomplete)?;
        let lasts = u64::try_from(given.expiration).ok().map(Duration::from_millis);
        Ok(Credentials::new(
            given.access_key_id.ok_or_else(incomplete)?,
            given.secret_access_key.ok_or_else(incomplete)?,
            given.session_token,
            lasts.map(|lasts| SystemTime::UNIX_EPOCH + lasts),
            PROVIDER,
        ))
    }

    /// The access token of a sign-in of the AWS CLI, renewed where it can be. `aws-config` knows the files of the CLI, and
    /// is told where to ask.
    async fn token_of_cli(
        &self,
        profile: &Profile,
        owner: &str,
        role: &SsoRole,
    ) -> Result<Zeroizing<String>, ApiError> {
        let SsoRole { session, start_url, region, .. } = role;
        let url = profile.routes.at(Service::Oidc, region).ok_or_else(|| {
            failed(owner, "AWS has no such endpoint for the renewal of its sign-in", "Switch off FIPS.")
        })?;
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .http_client(self.transport.toward(&profile.routes, Some(&url)))
            .time_source(SharedTimeSource::default())
            .timeout_config(timeouts())
            .retry_config(retries())
            .endpoint_url(url)
            .build();
        let region = aws_types::region::Region::new(region.0.clone());
        let provider = SsoTokenProvider::builder().configure(&config).region(region);
        let provider = provider.session_name(session.as_ref().unwrap_or(start_url)).start_url(start_url);
        let token = provider.build().await.provide_token().await.map_err(|_| {
            failed(owner, "there is no sign-in of the AWS CLI that is still valid", &sign_in(owner))
        })?;
        Ok(Zeroizing::new(token.token().to_owned()))
    }

    /// The token is who it is: nothing signs the request.
    async fn web_identity_credentials(
        &self,
        profile: &Profile,
        owner: &str,
        identity: &WebIdentity,
    ) -> Result<Credentials, ApiError> {
        let WebIdentity { token_file, role_arn, session_name } = identity;
        let token = tokio::fs::read_to_string(token_file).await.map_err(|error| {
            let reason =
                format!("its web_identity_token_file {token_file} could not be read ({})", error.kind());
            failed(owner, &reason, "Correct the path, or let the file be written, then try again.")
        })?;
        let token = Zeroizing::new(token);
        let request = client::sts_with(&self.transport, &profile.routes, &profile.region, None)
            .assume_role_with_web_identity()
            .role_arn(role_arn)
            .role_session_name(session_name.as_deref().unwrap_or(DEFAULT_SESSION_NAME))
            .web_identity_token(token.trim());
        let answer = request.send().await.map_err(|error| {
            classify(Attempt { operation: "AssumeRoleWithWebIdentity", subject: role_arn }, &error)
        })?;
        let given =
            answer.credentials.ok_or_else(|| failed(owner, "STS gave no credentials", "Try again."))?;
        let expires_at = SystemTime::try_from(given.expiration).ok();
        let token = Some(given.session_token);
        Ok(Credentials::new(given.access_key_id, given.secret_access_key, token, expires_at, PROVIDER))
    }

    /// What a `credential_source` gives; the others are refused before.
    pub(super) fn named_credentials(&self, profile: &Profile, named: Named) -> Result<Access, ApiError> {
        let name = &profile.name;
        let Named::Environment = named else {
            let reason = "Latchkey does not ask the services of a machine for credentials";
            return Err(failed(name, reason, "Name a source_profile."));
        };
        let key = self.connections.pages().environment.key(&profile.routes).ok_or_else(|| {
            let reason =
                "its credential_source is Environment, and no variable of an access key is set there";
            failed(name, reason, "Start Latchkey from a terminal that has AWS_ACCESS_KEY_ID and the others.")
        })?;
        key.map_err(|error| failed(name, "its credential_source is Environment", &error.message))
    }
}

impl Profile {
    pub(super) fn access_with(&self, credentials: &Credentials) -> Access {
        Access {
            routes: self.routes.clone(),
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: SecretInput::new(credentials.secret_access_key()),
            session_token: credentials.session_token().map(SecretInput::new),
        }
    }

    /// The same credentials, sent to where this profile sends.
    pub(super) fn sending(&self, access: Access) -> Access {
        access.at(self.routes.clone())
    }
}

async fn in_time<T>(owner: &str, asked: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    match tokio::time::timeout(CREDENTIALS_TIMEOUT, asked).await {
        Ok(answer) => answer,
        Err(_) => {
            let reason = format!("there was no answer within {} s", CREDENTIALS_TIMEOUT.as_secs());
            Err(failed(owner, &reason, "Check what it asks, then try again."))
        }
    }
}

/// Why IAM Identity Center gives no role for a sign-in.
fn no_role(owner: &str, role: &SsoRole, refused: &SdkError<GetRoleCredentialsError>) -> ApiError {
    let status = refused.raw_response().map(|answer| answer.status().as_u16());
    let subject = format!("{} in account {}", role.role_name, role.account_id);
    let told = classify(Attempt { operation: "GetRoleCredentials", subject: &subject }, refused);
    match status {
        Some(401) => {
            let ended = failed(owner, "the sign-in of the AWS CLI has ended", &sign_in(owner));
            ApiError { aws: told.aws, ..ended }
        }
        Some(403 | 404) => {
            let next = "Check its sso_account_id and sso_role_name, and that the role is assigned to you.";
            let reason = format!("IAM Identity Center does not give the role {subject}");
            ApiError { aws: told.aws, ..failed(owner, &reason, next) }
        }
        _ => told,
    }
}

fn sign_in(owner: &str) -> String {
    format!("Sign in with `aws sso login --profile {owner}`, then try again.")
}

fn innermost(error: &CredentialsError) -> String {
    let causes = std::iter::successors(Some(error as &dyn Error), |&error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default().trim_end_matches('.').to_owned()
}

fn failed(profile: &str, reason: &str, next: &str) -> ApiError {
    let message = format!("The profile {profile} gave no credentials: {reason}. {next}");
    ApiError::new(Code::SignInNeeded, message.trim_end())
}
