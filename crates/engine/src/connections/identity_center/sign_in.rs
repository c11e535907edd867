//! The two ways to sign in: by the browser of this computer with PKCE, and by a device code.

use std::time::Duration;

use aws_sdk_ssooidc::error::ProvideErrorMetadata;
use aws_sdk_ssooidc::operation::create_token::CreateTokenOutput;
use aws_sdk_ssooidc::operation::create_token::builders::CreateTokenFluentBuilder;
use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::identity_center::{SignInPrompt, SignInWay, SsoSession};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code};

use super::authorize::{self, SCOPE};
use super::callback::{Callback, Verdict};
use super::fault::{Asked, denied, explain, sign_in_needed};
use super::tokens::{Client, Token};
use crate::Engine;

const CLIENT_NAME: &str = "Latchkey";
/// How long the person has in the browser, as long as AWS lets a device code live.
const SIGN_IN_TIMEOUT: TimeDelta = TimeDelta::minutes(10);
/// Between two questions whether the code was confirmed, unless the service says otherwise (RFC 8628).
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// What is added when the service says to slow down (RFC 8628).
const SLOW_DOWN_BY: Duration = Duration::from_secs(5);

/// A sign-in that the person goes on with.
pub(super) struct Waiting {
    pub prompt: SignInPrompt,
    client: Client,
    step: Step,
}

enum Step {
    Browser { callback: Callback, state: SecretInput, verifier: SecretInput },
    DeviceCode { device_code: SecretInput, interval: Duration },
}

impl Engine {
    pub(super) async fn begin_sign_in(
        &self,
        session: SsoSession,
        way: SignInWay,
    ) -> Result<Waiting, ApiError> {
        match way {
            SignInWay::Browser => self.begin_in_browser(session).await,
            SignInWay::DeviceCode => self.begin_with_code(session).await,
        }
    }

    async fn begin_in_browser(&self, session: SsoSession) -> Result<Waiting, ApiError> {
        let issuer = authorize::issuer(&self.identity_center.routes, &session.region)?;
        let callback = Callback::open().await?;
        let client = self.register(&session, SignInWay::Browser).await?;
        let (state, verifier) = (authorize::random_text(), authorize::random_text());
        let url = authorize::page(&issuer, &client.id, &callback.redirect_uri(), &state, &verifier)?;
        let opened = self.identity_center.browser.open(&url).await;
        let prompt = SignInPrompt {
            sign_in_id: uuid::Uuid::new_v4().to_string(),
            session,
            url,
            opened,
            user_code: None,
            ends_at: self.clock.now() + SIGN_IN_TIMEOUT,
        };
        Ok(Waiting { prompt, client, step: Step::Browser { callback, state, verifier } })
    }

    async fn begin_with_code(&self, session: SsoSession) -> Result<Waiting, ApiError> {
        let client = self.register(&session, SignInWay::DeviceCode).await?;
        let asked = Asked { what: "a device code", session: &session };
        let request = self.oidc(&session.region).start_device_authorization();
        let request = request.client_id(&client.id).client_secret(client.secret.expose());
        let given = request.start_url(&session.start_url).send().await;
        let given = given.map_err(|error| explain(asked, &error))?;
        let url = given.verification_uri_complete.or(given.verification_uri).unwrap_or_default();
        authorize::check_page(&url)?;
        let lifetime = TimeDelta::seconds(given.expires_in.into()).min(SIGN_IN_TIMEOUT);
        let prompt = SignInPrompt {
            sign_in_id: uuid::Uuid::new_v4().to_string(),
            session,
            url,
            opened: false,
            user_code: given.user_code,
            ends_at: self.clock.now() + lifetime,
        };
        let interval = u64::try_from(given.interval).map_or(POLL_INTERVAL, Duration::from_secs);
        let interval = if interval.is_zero() { POLL_INTERVAL } else { interval };
        let device_code = SecretInput::new(given.device_code.unwrap_or_default());
        Ok(Waiting { prompt, client, step: Step::DeviceCode { device_code, interval } })
    }

    async fn register(&self, session: &SsoSession, way: SignInWay) -> Result<Client, ApiError> {
        let request = self.oidc(&session.region).register_client();
        let request = request.client_name(CLIENT_NAME).client_type("public").scopes(SCOPE);
        let request = request.grant_types("refresh_token");
        let request = match way {
            SignInWay::Browser => request
                .grant_types("authorization_code")
                .redirect_uris(Callback::registered_uri())
                .issuer_url(&session.start_url),
            SignInWay::DeviceCode => request.grant_types("urn:ietf:params:oauth:grant-type:device_code"),
        };
        let asked = Asked { what: "the registration of this computer", session };
        let registered = request.send().await.map_err(|error| explain(asked, &error))?;
        Ok(Client {
            id: registered.client_id.unwrap_or_default(),
            secret: SecretInput::new(registered.client_secret.unwrap_or_default()),
        })
    }

    /// Waits for the person until the sign-in is too late.
    pub(super) async fn wait_for_person(&self, waiting: Waiting) -> Result<(SsoSession, Token), ApiError> {
        let Waiting { prompt, client, step } = waiting;
        let session = prompt.session;
        let left = (prompt.ends_at - self.clock.now()).to_std().unwrap_or_default();
        let granted = async {
            match step {
                Step::Browser { callback, state, verifier } => {
                    let redirect_uri = callback.redirect_uri();
                    match callback.wait(&state).await {
                        Verdict::Refused(word) => Err(denied(&session, &word)),
                        Verdict::Code(code) => {
                            let request = self.token_request(&session, &client, "authorization_code");
                            let request = request.code(code.expose()).code_verifier(verifier.expose());
                            self.ask_once(&session, client, request.redirect_uri(redirect_uri)).await
                        }
                    }
                }
                Step::DeviceCode { device_code, interval } => {
                    self.poll(&session, client, &device_code, interval).await
                }
            }
        };
        let token = tokio::select! {
            granted = granted => granted?,
            () = self.clock.sleep(left) => return Err(too_late(&session)),
        };
        Ok((session, token))
    }

    async fn poll(
        &self,
        session: &SsoSession,
        client: Client,
        device_code: &SecretInput,
        mut interval: Duration,
    ) -> Result<Token, ApiError> {
        let asked = Asked { what: "the sign-in", session };
        loop {
            self.clock.sleep(interval).await;
            let grant = "urn:ietf:params:oauth:grant-type:device_code";
            let request = self.token_request(session, &client, grant).device_code(device_code.expose());
            let error = match request.send().await {
                Ok(given) => return token(given, client, None, self.clock.now(), session),
                Err(error) => error,
            };
            match error.code().unwrap_or_default() {
                "AuthorizationPendingException" => {}
                "SlowDownException" => interval += SLOW_DOWN_BY,
                "ExpiredTokenException" => return Err(too_late(session)),
                "AccessDeniedException" => return Err(denied(session, "access_denied")),
                _ => {
                    let error = explain(asked, &error);
                    // A network that is away for a moment is no answer.
                    if error.code != Code::Offline {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// A new access token for one that ends. The service may give another refresh token with it.
    pub(super) async fn refresh(&self, session: &SsoSession, ending: &Token) -> Result<Token, ApiError> {
        let Token { refresh_token, client, .. } = ending.clone();
        let refresh_token = refresh_token.ok_or_else(|| sign_in_needed(session))?;
        let request = self.token_request(session, &client, "refresh_token");
        let request = request.refresh_token(refresh_token.expose());
        let asked = Asked { what: "the renewal of the sign-in", session };
        let given = request.send().await.map_err(|error| explain(asked, &error))?;
        token(given, client, Some(refresh_token), self.clock.now(), session)
    }

    async fn ask_once(
        &self,
        session: &SsoSession,
        client: Client,
        request: CreateTokenFluentBuilder,
    ) -> Result<Token, ApiError> {
        let asked = Asked { what: "the sign-in", session };
        let given = request.send().await.map_err(|error| match error.code() {
            Some("AccessDeniedException") => denied(session, "access_denied"),
            _ => explain(asked, &error),
        })?;
        token(given, client, None, self.clock.now(), session)
    }

    fn token_request(&self, session: &SsoSession, client: &Client, grant: &str) -> CreateTokenFluentBuilder {
        let request = self.oidc(&session.region).create_token();
        request.client_id(&client.id).client_secret(client.secret.expose()).grant_type(grant)
    }
}

fn token(
    given: CreateTokenOutput,
    client: Client,
    refresh_token: Option<SecretInput>,
    now: DateTime<Utc>,
    session: &SsoSession,
) -> Result<Token, ApiError> {
    let access_token = given.access_token.filter(|token| !token.is_empty());
    let access_token = access_token.ok_or_else(|| {
        ApiError::internal(format!("{} gave no access token. Sign in again.", session.start_url))
    })?;
    Ok(Token {
        access_token: SecretInput::new(access_token),
        expires_at: now + TimeDelta::seconds(given.expires_in.into()),
        refresh_token: given.refresh_token.map(SecretInput::new).or(refresh_token),
        client,
    })
}

fn too_late(session: &SsoSession) -> ApiError {
    ApiError::new(
        Code::SignInNeeded,
        format!("The sign-in to {} timed out. Sign in again.", session.start_url),
    )
}
