//! Tests a connection: who are we, and may we list? A denied call is a finding, not a failure.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use latchkey_domain::connection::{ConnectionReport, Finding, TestConnection};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::guard::EditConnection;
use latchkey_domain::scope::KNOWN_REGIONS;
use latchkey_domain::{ApiError, Code, ConnectionId, Region, Scope};

use super::saved::SavedKind;
use super::{Pages, draft, profiles};
use crate::Engine;
use crate::aws::client::{self, Access};
use crate::aws::fault::{Attempt, classify, is_of_the_clock};
use crate::aws::hosts::Service;
use crate::aws::iam::{AccountAlias, account_alias};
use crate::aws::routes::Routes;
use crate::aws::server_time::ServerTime;

/// Timeout for determining the account of a profile.
const ACCOUNT_TIMEOUT: Duration = Duration::from_secs(3);
/// Negative-cache TTL: writes ask again all the same.
const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(1);

/// Who says what the account of a test is called.
#[derive(PartialEq, Eq)]
enum Namer {
    /// A vault, which is this account.
    Vault(String),
    IdentityCenter,
    Iam,
}

impl Engine {
    /// Asks STS who the credentials are and Secrets Manager for one entry of its list.
    pub(crate) async fn test_connection(
        &self,
        request: TestConnection,
    ) -> Result<ConnectionReport, ApiError> {
        match request {
            TestConnection::Saved { scope } => {
                super::check_region(&scope.region)?;
                let access = self.access(&scope.connection).await?;
                Ok(self.probe_saved(&scope.connection, &access, &scope.region).await)
            }
            TestConnection::Draft { draft } => {
                let draft = draft::check(draft)?;
                self.confirm_key(&draft).await?;
                let access = Access {
                    routes: Routes::typed(draft.endpoint_url, draft.variant),
                    access_key_id: draft.access_key_id,
                    secret_access_key: draft.secret_access_key,
                    session_token: draft.session_token,
                };
                let (report, _) = self.probe(&access, &draft.region, &Namer::Iam).await;
                let field_at_fault = field_at_fault(&report, &access, &draft.region);
                Ok(ConnectionReport { field_at_fault: field_at_fault.map(str::to_owned), ..report })
            }
            TestConnection::Role { draft } => {
                let region = draft::check_region(draft.region.as_str().trim())?;
                let has_own_endpoint = draft.endpoint_url.as_ref().is_some_and(|url| !url.trim().is_empty());
                let access = self.drafted_role_access(draft, &region).await?;
                let (report, _) = self.probe(&access, &region, &Namer::Iam).await;
                let is_silent = matches!(&report.listing, Finding::Failed(error) if error.aws.is_none());
                let is_at_fault = is_silent && has_own_endpoint;
                Ok(ConnectionReport {
                    field_at_fault: is_at_fault.then(|| "endpoint_url".to_owned()),
                    ..report
                })
            }
            TestConnection::Edited { edit } => self.test_edit(edit).await,
        }
    }

    /// Tests a connection as it would be after an edit, and who would write for it.
    async fn test_edit(&self, edit: EditConnection) -> Result<ConnectionReport, ApiError> {
        let before = self.check_edit(&edit).await?;
        let region = before.default_region.clone();
        let access = self.access(&before.id).await?;
        let variant = {
            let pages = self.connections.pages();
            let edited = |variant: EndpointVariant| variant.with(pages.variant_of_bases(&before.id));
            edit.variant.map_or(access.routes.variant, edited)
        };
        let mut routes = access.routes.clone();
        let own_endpoint_url = match &edit.endpoint_url {
            None => self.connections.pages().typed_for_role(&before.id).map(str::to_owned),
            Some(typed) => {
                let typed = self.edited_endpoint(&before, typed, variant)?;
                if let Some(url) = &typed {
                    self.confirm_endpoint(&before, url).await?;
                }
                let pages = self.connections.pages();
                routes = pages.routes_of_first(&before.id).unwrap_or(routes);
                typed.or_else(|| pages.typed_for_bases(&before.id).map(str::to_owned))
            }
        };
        routes.variant = variant;
        let access = access.at(routes.with_secrets_manager_at(own_endpoint_url.as_deref()));
        let report = self.probe_saved(&before.id, &access, &region).await;
        let writer = match &edit.writes_through {
            Some(other) => Some(match self.access_for_once(other).await {
                Ok(mut access) => {
                    access.routes.variant = variant;
                    self.identity(&access, &region).await
                }
                Err(error) => Finding::Failed(error),
            }),
            None => None,
        };
        let is_silent = matches!(&report.listing, Finding::Failed(error) if error.aws.is_none());
        let field_at_fault = match &writer {
            Some(Finding::Failed(_)) => Some("writes_through"),
            _ if is_silent && variant != EndpointVariant::default() => Some("variant"),
            _ if is_silent && own_endpoint_url.is_some() => Some("endpoint_url"),
            _ => None,
        };
        Ok(ConnectionReport { writer, field_at_fault: field_at_fault.map(str::to_owned), ..report })
    }

    /// The ARN of who writes, for the journal. A vault has no STS, and other endpoints need not have one.
    pub(crate) async fn caller_arn(&self, scope: &Scope) -> Option<String> {
        if scope.connection.is_vault() {
            return None;
        }
        if let Some(known) = self.connections.pages().credentials.caller(&scope.connection) {
            return known.clone();
        }
        let access = self.access(&scope.connection).await.ok()?;
        let told = match self.identity(&access, &scope.region).await {
            Finding::Passed(arn) => Some(arn),
            Finding::Failed(_) => return None,
            Finding::Denied(_) | Finding::Unavailable(_) => None,
        };
        let account = told.as_deref().and_then(account_of).filter(|_| self.has_alias(&scope.connection));
        // Before the caller is kept: whoever finds the caller known finds the alias known too.
        let alias = match account {
            Some(account) => Some((account, account_alias(&self.transport, &access, &scope.region).await)),
            None => None,
        };
        self.follow_profiles().await;
        let is_news = {
            let mut pages = self.connections.pages();
            if !pages.credentials.signs_with(&scope.connection, &access.access_key_id) {
                return told;
            }
            pages.credentials.keep_caller(&scope.connection, told.clone());
            // Noted before the files can be read again, which forgets it.
            let is_moved = self.note_account(&scope.connection, told.as_deref());
            alias.is_some_and(|(account, alias)| self.note_alias(&scope.connection, account, alias))
                || is_moved
        };
        if is_news {
            self.tell_connections();
        }
        told
    }

    /// Whether the alias of its account says what a connection leads to. Identity Center has names of its own.
    fn has_alias(&self, id: &ConnectionId) -> bool {
        let pages = self.connections.pages();
        let is_named = pages.saved.find(id).is_some_and(|saved| matches!(saved.kind, SavedKind::SsoRole(_)));
        !id.is_vault() && !is_named
    }

    /// True if it is another name than before.
    fn note_alias(&self, id: &ConnectionId, account: &str, told: AccountAlias) -> bool {
        self.guards.note_alias(id, account, told).unwrap_or_else(|error| {
            tracing::warn!(%error, "the alias of an account was not kept");
            false
        })
    }

    /// Tests a connection that is in the list, and keeps what its account is called.
    async fn probe_saved(&self, id: &ConnectionId, access: &Access, region: &Region) -> ConnectionReport {
        let namer = match self.vault_account(id) {
            Some(account) => Namer::Vault(account),
            None if self.has_alias(id) => Namer::Iam,
            None => Namer::IdentityCenter,
        };
        let (report, alias) = self.probe(access, region, &namer).await;
        if let Finding::Passed(arn) = &report.identity
            && let Some(account) = account_of(arn).filter(|_| namer == Namer::Iam)
            && self.note_alias(id, account, alias)
        {
            self.tell_connections();
        }
        report
    }

    /// Determines the account of a profile before it is used. A slow response delays one command for a moment, and
    /// after that only writes.
    pub(super) async fn pin_account(&self, scope: &Scope) {
        let now = self.clock.now();
        let asks =
            |pages: &mut Pages| pages.credentials.asks_for_account(&scope.connection, now, ASK_AGAIN_AFTER);
        if !asks(&mut self.connections.pages()) {
            return;
        }
        if tokio::time::timeout(ACCOUNT_TIMEOUT, self.caller_arn(scope)).await.is_err() {
            tracing::info!("it is not known yet which account a profile leads to");
        }
    }

    /// Pins what is a profile to the account of its caller; true if it is pinned to another one.
    pub(crate) fn note_account(&self, id: &ConnectionId, caller_arn: Option<&str>) -> bool {
        let Some(account) = caller_arn.and_then(account_of).filter(|_| profiles::is_profile(id)) else {
            return false;
        };
        self.guards.note_account(id, account).unwrap_or_else(|error| {
            tracing::warn!(%error, "the account of a profile was not pinned");
            false
        })
    }

    async fn probe(
        &self,
        access: &Access,
        region: &Region,
        namer: &Namer,
    ) -> (ConnectionReport, AccountAlias) {
        let identity = async {
            match namer {
                Namer::Vault(account) => {
                    Finding::Unavailable(format!("A local vault has no STS. Its account is {account}."))
                }
                Namer::Iam | Namer::IdentityCenter => self.identity(access, region).await,
            }
        };
        let alias = async {
            match namer {
                Namer::Iam => account_alias(&self.transport, access, region).await,
                Namer::Vault(_) | Namer::IdentityCenter => AccountAlias::Untold,
            }
        };
        let server_time = ServerTime::default();
        let listing = async {
            let found = self.listing(access, region, server_time.clone()).await;
            let skew = server_time.last().map(|there| (self.clock.now() - there).num_seconds());
            (found, skew)
        };
        let (identity, alias, ((listing, latency_ms), clock_skew_seconds)) =
            tokio::join!(identity, alias, listing);
        let account_alias = match &alias {
            AccountAlias::Named(name) => Some(name.clone()),
            AccountAlias::Unnamed | AccountAlias::Untold => None,
        };
        let report = ConnectionReport {
            identity,
            account_alias,
            listing,
            writer: None,
            latency_ms,
            clock_skew_seconds,
            field_at_fault: None,
        };
        (report, alias)
    }

    pub(crate) async fn identity(&self, access: &Access, region: &Region) -> Finding {
        let client = client::sts(&self.transport, access, region);
        let error = match client.get_caller_identity().send().await {
            Ok(caller) => return Finding::Passed(caller.arn.or(caller.account).unwrap_or_default()),
            Err(error) => error,
        };
        let attempt = Attempt { operation: "GetCallerIdentity", subject: "this connection" };
        let error = classify(attempt, &error);
        match error.code {
            Code::AccessDenied => Finding::Denied(error),
            Code::SignInNeeded | Code::Throttled | Code::Offline => Finding::Failed(error),
            _ if access.routes.url(Service::Sts).is_some() => {
                Finding::Unavailable("This endpoint does not report whose credentials these are.".to_owned())
            }
            _ => Finding::Failed(error),
        }
    }

    async fn listing(&self, access: &Access, region: &Region, server_time: ServerTime) -> (Finding, u32) {
        // It is one request; whose quota it counts against may be what the test is to find out.
        let asker = ConnectionId::from("test");
        let share = self.share(&asker, region);
        let client =
            client::secrets_manager(&self.transport, access, region, share, self.guards.gate(&asker, None));
        let started_at = Instant::now();
        let answer = client.list_secrets().max_results(1).customize().interceptor(server_time).send().await;
        let latency_ms = u32::try_from(started_at.elapsed().as_millis()).unwrap_or(u32::MAX);
        let finding = match answer {
            Ok(_) => Finding::Passed(format!("Secrets can be listed in {region}.")),
            Err(error) => {
                let error = classify(Attempt { operation: "ListSecrets", subject: "this Region" }, &error);
                if error.code == Code::AccessDenied { Finding::Denied(error) } else { Finding::Failed(error) }
            }
        };
        (finding, latency_ms)
    }
}

/// The field of a draft that a failure points at; an answer names what is wrong, silence only where it was sought.
fn field_at_fault(report: &ConnectionReport, access: &Access, region: &Region) -> Option<&'static str> {
    let failed = [&report.listing, &report.identity].into_iter().find_map(|finding| match finding {
        Finding::Failed(error) => Some(error),
        _ => None,
    })?;
    match &failed.aws {
        Some(fault) if is_of_the_clock(fault) => None,
        Some(fault) => match fault.code.as_str() {
            "UnrecognizedClientException" | "InvalidClientTokenId" => Some("access_key_id"),
            "InvalidSignatureException" | "SignatureDoesNotMatch" => Some("secret_access_key"),
            "ExpiredTokenException" | "ExpiredToken" => Some("session_token"),
            _ => None,
        },
        None if access.routes.url(Service::SecretsManager).is_some() => Some("endpoint_url"),
        None if !KNOWN_REGIONS.iter().any(|known| known.code == region.as_str()) => Some("region"),
        None => None,
    }
}

/// The account id in the ARN of a caller.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
