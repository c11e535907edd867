//! IAM Identity Center: sign-in from within the app, the sign-ins that are kept, and the roles that they open.

mod accounts;
mod authorize;
mod callback;
mod connections;
mod fault;
mod route;
mod session;
mod sign_in;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_domain::connection::Connections;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::identity_center::{
    CancelSignIn, FinishSignIn, KnownSession, SignInPrompt, SignOut, SsoSession, StartSignIn,
};
use latchkey_domain::{ApiError, Code, ConnectionId, Region};
use tokio::sync::oneshot;

use super::saved::SavedKind;
use crate::Engine;
use crate::aws::client::{own_retries, retries, timeouts};
use crate::aws::hosts::Service;
use crate::aws::routes::{Configured, Routes, Source};
use crate::lock::data_key::DataKey;
use crate::ports::Browser;
pub(super) use accounts::Role;
use accounts::RoleCredentials;
use fault::{Asked, explain};
use sign_in::Waiting;
use tokens::{Token, TokenStore};

type RoleCell = Arc<tokio::sync::Mutex<Option<RoleCredentials>>>;

/// The state of IAM Identity Center between requests.
pub(crate) struct IdentityCenter {
    browser: Arc<dyn Browser>,
    /// Where the services answer that give the roles saved here.
    routes: Routes,
    tokens: TokenStore,
    renewing: tokio::sync::Mutex<()>,
    roles: Mutex<HashMap<Role, RoleCell>>,
    /// What the accounts of a session are called, as they were listed last, by their ids.
    account_names: Mutex<HashMap<(SsoSession, String), String>>,
    under_way: Mutex<Option<UnderWay>>,
}

/// The sign-in that waits for the person; dropping it ends the wait.
struct UnderWay {
    sign_in_id: String,
    /// Until somebody waits for its end.
    waiting: Option<(Waiting, oneshot::Receiver<()>)>,
    _stop: oneshot::Sender<()>,
}

impl IdentityCenter {
    pub fn new(
        data: &Path,
        key: Arc<DataKey>,
        browser: Arc<dyn Browser>,
        endpoint_url: Option<String>,
    ) -> Self {
        Self {
            browser,
            routes: Routes::of(
                |service| {
                    let is_asked = matches!(service, Service::Portal | Service::Oidc);
                    let url = endpoint_url.clone().filter(|_| is_asked)?;
                    Some(Configured { url, source: Source::Typed })
                },
                EndpointVariant::default(),
            ),
            tokens: TokenStore::new(data, key),
            renewing: tokio::sync::Mutex::default(),
            roles: Mutex::default(),
            account_names: Mutex::default(),
            under_way: Mutex::default(),
        }
    }

    /// The sessions that somebody is signed in to here, and those that the configuration file names.
    pub fn known(&self, configured: &[(String, SsoSession)]) -> Vec<KnownSession> {
        let kept = self.tokens.sessions();
        let named = configured.iter().map(|(name, session)| KnownSession {
            session: session.clone(),
            name: Some(name.clone()),
            signed_in: kept.contains(session),
        });
        let others = kept.iter().filter(|kept| configured.iter().all(|(_, session)| session != *kept));
        let others =
            others.map(|session| KnownSession { session: session.clone(), name: None, signed_in: true });
        named.chain(others).collect()
    }

    /// Cancels a pending sign-in and drops all sessions from memory; sign-ins on disk stay.
    pub fn close(&self) {
        self.under_way().take();
        self.roles().clear();
        self.tokens.close();
    }

    fn role(&self, role: &Role) -> RoleCell {
        self.roles().entry(role.clone()).or_default().clone()
    }

    fn roles(&self) -> MutexGuard<'_, HashMap<Role, RoleCell>> {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn account_names(&self) -> MutexGuard<'_, HashMap<(SsoSession, String), String>> {
        self.account_names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn under_way(&self) -> MutexGuard<'_, Option<UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Opens the browser, or asks for a device code. What comes of it is told by `finish_sign_in`.
    pub(crate) async fn start_sign_in(&self, request: StartSignIn) -> Result<SignInPrompt, ApiError> {
        let session = session::check(&request.start_url, &request.region)?;
        self.identity_center.tokens.check_key().await?;
        self.confirm_sign_in_route(&session).await?;
        let waiting = self.begin_sign_in(session, request.way).await?;
        let prompt = waiting.prompt.clone();
        let (stop, stopped) = oneshot::channel();
        *self.identity_center.under_way() = Some(UnderWay {
            sign_in_id: prompt.sign_in_id.clone(),
            waiting: Some((waiting, stopped)),
            _stop: stop,
        });
        Ok(prompt)
    }

    /// Waits for the person and keeps what the sign-in gives.
    pub(crate) async fn finish_sign_in(&self, request: FinishSignIn) -> Result<Connections, ApiError> {
        let FinishSignIn { sign_in_id } = request;
        let taken = self
            .identity_center
            .under_way()
            .as_mut()
            .filter(|under_way| under_way.sign_in_id == sign_in_id)
            .and_then(|under_way| under_way.waiting.take());
        let (waiting, stopped) = taken.ok_or_else(cancelled)?;
        let outcome = tokio::select! {
            outcome = self.wait_for_person(waiting) => outcome,
            _ = stopped => return Err(cancelled()),
        };
        self.identity_center.under_way().take_if(|under_way| under_way.sign_in_id == sign_in_id);
        let (session, token) = outcome?;
        self.identity_center.tokens.save(&session, token).await?;
        self.identity_center.roles().retain(|role, _| role.session != session);
        Ok(self.tell_connections())
    }

    /// Ends a sign-in that waits; one that has ended stays as it is.
    pub(crate) async fn cancel_sign_in(&self, request: CancelSignIn) -> Result<(), ApiError> {
        let mut under_way = self.identity_center.under_way();
        under_way.take_if(|under_way| under_way.sign_in_id == request.sign_in_id);
        Ok(())
    }

    /// Forgets a sign-in here, then ends it at AWS, with the credentials that came of it as far as AWS ends those.
    pub(crate) async fn sign_out(&self, request: SignOut) -> Result<Connections, ApiError> {
        let session = request.session;
        let token = self.identity_center.tokens.load(&session).await.ok().flatten();
        self.forget_session(&session)?;
        self.forget_credentials_of(&session);
        let connections = self.tell_connections();
        let Some(token) = token else { return Ok(connections) };
        match self.end_at_aws(&session, &token).await {
            Ok(()) | Err(ApiError { code: Code::SignInNeeded, .. }) => Ok(connections),
            Err(error) => {
                let message = format!(
                    "The sign-in to {} was removed from this computer, but could not be ended at AWS. {}",
                    session.start_url, error.message
                );
                Err(ApiError { message, ..error })
            }
        }
    }

    async fn end_at_aws(&self, session: &SsoSession, token: &Token) -> Result<(), ApiError> {
        self.confirm_sign_in_route(session).await?;
        let asked = Asked { what: "the sign-out", session };
        let logout = self.portal(&session.region).logout().access_token(token.access_token.expose());
        logout.send().await.map(drop).map_err(|error| explain(asked, &error))
    }

    fn forget_session(&self, session: &SsoSession) -> Result<(), ApiError> {
        self.identity_center.roles().retain(|role, _| role.session != *session);
        self.identity_center.tokens.delete(session)
    }

    /// Forgets what depends on the credentials of a session, in its roles and in those that are assumed through them.
    fn forget_credentials_of(&self, session: &SsoSession) {
        let mut pages = self.connections.pages();
        let is_of_session = |id: &ConnectionId| {
            let saved = pages.saved.find(id);
            saved.is_some_and(
                |saved| matches!(&saved.kind, SavedKind::SsoRole(role) if role.session == *session),
            )
        };
        let forgotten = pages.based_on(is_of_session);
        pages.credentials.forget(|id| forgotten.contains(id));
    }

    /// The OpenID Connect service, which is asked without a signature.
    fn oidc(&self, region: &Region) -> aws_sdk_ssooidc::Client {
        let routes = &self.identity_center.routes;
        let mut config = aws_sdk_ssooidc::Config::builder()
            .behavior_version(aws_sdk_ssooidc::config::BehaviorVersion::latest())
            .region(aws_sdk_ssooidc::config::Region::new(region.0.clone()))
            .timeout_config(timeouts())
            .retry_config(retries())
            .retry_partition(own_retries())
            .http_client(self.transport.toward(routes, routes.url(Service::Oidc)));
        config.set_endpoint_url(routes.at(Service::Oidc, region));
        aws_sdk_ssooidc::Client::from_conf(config.build())
    }

    /// The access portal, which takes the access token of a session instead of a signature.
    fn portal(&self, region: &Region) -> aws_sdk_sso::Client {
        self.portal_at(region, &self.identity_center.routes)
    }

    /// The access portal where these routes lead.
    pub(super) fn portal_at(&self, region: &Region, routes: &Routes) -> aws_sdk_sso::Client {
        let mut config = aws_sdk_sso::Config::builder()
            .behavior_version(aws_sdk_sso::config::BehaviorVersion::latest())
            .region(aws_sdk_sso::config::Region::new(region.0.clone()))
            .timeout_config(timeouts())
            .retry_config(retries())
            .retry_partition(own_retries())
            .http_client(self.transport.toward(routes, routes.url(Service::Portal)));
        match routes.at(Service::Portal, region) {
            Some(url) => config.set_endpoint_url(Some(url)),
            None => {
                let variant = routes.variant;
                config.set_use_fips(Some(variant.fips)).set_use_dual_stack(Some(variant.dual_stack))
            }
        };
        aws_sdk_sso::Client::from_conf(config.build())
    }
}

/// A session as a file names it; what is wrong with it is told when somebody signs in.
pub(super) fn found(start_url: &str, region: Region) -> SsoSession {
    session::check(start_url, &region)
        .unwrap_or_else(|_| SsoSession { start_url: start_url.to_owned(), region })
}

fn cancelled() -> ApiError {
    ApiError::new(Code::SignInNeeded, "The sign-in was cancelled. Sign in again.")
}
