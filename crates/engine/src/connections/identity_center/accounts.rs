//! What a session opens: accounts, their roles, and the credentials of a role for as long as they last.

use aws_sdk_sso::error::ProvideErrorMetadata;
use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::identity_center::{ListAccountRoles, ListAccounts, SsoAccount, SsoSession};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code};

use serde::{Deserialize, Serialize};

use super::fault::{Asked, explain, sign_in_needed};
use super::tokens::Token;
use crate::Engine;
use crate::aws::client::Access;
use crate::aws::routes::Routes;

/// What ends sooner than this is renewed before it is used.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(5);
const ACCOUNT_ID_CHARS: usize = 12;

/// A role of a person in an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Role {
    pub session: SsoSession,
    pub account_id: String,
    pub role_name: String,
}

/// What opens an account for a while.
#[derive(Debug, Clone)]
pub(super) struct RoleCredentials {
    pub access_key_id: String,
    pub secret_access_key: SecretInput,
    pub session_token: SecretInput,
    pub expires_at: DateTime<Utc>,
}

impl RoleCredentials {
    pub fn into_access(self, routes: Routes) -> Access {
        Access {
            routes,
            access_key_id: self.access_key_id,
            secret_access_key: self.secret_access_key,
            session_token: Some(self.session_token),
        }
    }
}

impl Engine {
    /// Every account of the signed-in person, by name.
    pub(crate) async fn list_accounts(&self, request: ListAccounts) -> Result<Vec<SsoAccount>, ApiError> {
        let session = request.session;
        let token = self.token_by_trusted_route(&session).await?;
        let client = self.portal(&session.region);
        let pages = client.list_accounts().access_token(token.access_token.expose()).into_paginator();
        let listed = pages.items().send().collect::<Result<Vec<_>, _>>().await;
        let listed = listed
            .map_err(|error| explain(Asked { what: "the list of accounts", session: &session }, &error));
        let mut accounts: Vec<SsoAccount> = self
            .told(&session, listed)?
            .into_iter()
            .map(|account| SsoAccount {
                account_id: account.account_id.unwrap_or_default(),
                name: account.account_name.unwrap_or_default(),
                email: account.email_address.unwrap_or_default(),
            })
            .collect();
        accounts.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.account_id.cmp(&b.account_id)));
        self.note_account_names(&session, &accounts)?;
        Ok(accounts)
    }

    /// The roles of the signed-in person in an account, by name.
    pub(crate) async fn list_account_roles(
        &self,
        request: ListAccountRoles,
    ) -> Result<Vec<String>, ApiError> {
        let ListAccountRoles { session, account_id } = request;
        check_account_id(&account_id)?;
        let token = self.token_by_trusted_route(&session).await?;
        let request = self.portal(&session.region).list_account_roles().account_id(&account_id);
        let pages = request.access_token(token.access_token.expose()).into_paginator();
        let listed = pages.items().send().collect::<Result<Vec<_>, _>>().await;
        let what = format!("the roles in account {account_id}");
        let listed = listed.map_err(|error| explain(Asked { what: &what, session: &session }, &error));
        let mut roles: Vec<String> =
            self.told(&session, listed)?.into_iter().filter_map(|role| role.role_name).collect();
        roles.sort();
        Ok(roles)
    }

    /// The token of a session, once its way is trusted: it may have to be renewed, and then is sent. Only a person who
    /// is signed in is asked.
    async fn token_by_trusted_route(&self, session: &SsoSession) -> Result<Token, ApiError> {
        if self.identity_center.tokens.sessions().contains(session) {
            self.confirm_sign_in_route(session).await?;
        }
        self.token(session).await
    }

    /// The credentials of a role: those at hand while they last, else new ones.
    pub(super) async fn role_credentials(&self, role: &Role) -> Result<RoleCredentials, ApiError> {
        let cell = self.identity_center.role(role);
        // One request at a time for each role: the second caller gets the result of the first.
        let mut held = cell.lock().await;
        if let Some(found) = held.as_ref().filter(|found| found.expires_at > self.clock.now() + RENEW_BEFORE)
        {
            return Ok(found.clone());
        }
        let given = self.ask_for_credentials(role).await?;
        *held = Some(given.clone());
        Ok(given)
    }

    pub(super) async fn ask_for_credentials(&self, role: &Role) -> Result<RoleCredentials, ApiError> {
        let Role { session, account_id, role_name } = role;
        let token = self.token(session).await?;
        let request = self.portal(&session.region).get_role_credentials();
        let request = request.account_id(account_id).role_name(role_name);
        let given = request.access_token(token.access_token.expose()).send().await;
        let given = given.map_err(|error| {
            let is_gone = matches!(error.code(), Some("ForbiddenException" | "ResourceNotFoundException"))
                || error.raw_response().is_some_and(|raw| raw.status().as_u16() == 403);
            let what = format!("the role {role_name} in account {account_id}");
            let explained = explain(Asked { what: &what, session }, &error);
            if is_gone { no_longer_assigned(role, explained) } else { explained }
        });
        let given = self.told(session, given)?.role_credentials;
        let incomplete = || {
            ApiError::internal(format!(
                "IAM Identity Center gave no complete credentials for {role_name} in account {account_id}. Try again."
            ))
        };
        let given = given.ok_or_else(incomplete)?;
        Ok(RoleCredentials {
            access_key_id: given.access_key_id.ok_or_else(incomplete)?,
            secret_access_key: SecretInput::new(given.secret_access_key.ok_or_else(incomplete)?),
            session_token: SecretInput::new(given.session_token.ok_or_else(incomplete)?),
            expires_at: DateTime::from_timestamp_millis(given.expiration).ok_or_else(incomplete)?,
        })
    }

    /// The access token of a session, renewed before it ends.
    pub(super) async fn token(&self, session: &SsoSession) -> Result<Token, ApiError> {
        let _one_at_a_time = self.identity_center.renewing.lock().await;
        let tokens = &self.identity_center.tokens;
        let token = tokens.load(session).await?.ok_or_else(|| sign_in_needed(session))?;
        let now = self.clock.now();
        if token.expires_at > now + RENEW_BEFORE {
            return Ok(token);
        }
        match self.refresh(session, &token).await {
            Ok(renewed) => {
                tokens.save(session, renewed.clone()).await?;
                Ok(renewed)
            }
            // It is good to its end, whatever the renewal says.
            Err(_) if token.expires_at > now => Ok(token),
            Err(error) => self.told(session, Err(error)),
        }
    }

    /// Passes an answer on; a session that has ended is not kept.
    fn told<T>(&self, session: &SsoSession, answer: Result<T, ApiError>) -> Result<T, ApiError> {
        if answer.as_ref().is_err_and(|error| error.code == Code::SignInNeeded) {
            self.forget_session(session)?;
            self.tell_connections();
        }
        answer
    }
}

pub(super) fn check_account_id(account_id: &str) -> Result<(), ApiError> {
    if account_id.len() == ACCOUNT_ID_CHARS && account_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(ApiError::invalid("account_id", format!("{account_id:?} is not a 12-digit account ID.")))
}

fn no_longer_assigned(role: &Role, explained: ApiError) -> ApiError {
    let Role { session, account_id, role_name } = role;
    let message = format!(
        "The role {role_name} in account {account_id} is not assigned to the user signed in at {}. \
         Request it, or forget the connection.",
        session.start_url
    );
    ApiError { code: Code::AccessDenied, message, ..explained }
}
