//! How each kind of connection comes to its credentials, and what is kept because of them.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::{ApiError, ConnectionId, Region, Scope};

use super::environment::is_environment;
use super::profiles::is_profile;
use super::saved::{SavedConnection, SavedKind};
use super::{Pages, check_region};
use crate::Engine;
use crate::aws::client::{self, Access};
use crate::aws::read_client::ReadClient;
use crate::guards::unknown_connection;

/// Credentials that end sooner than this are asked for again before they are used.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(2);

/// What is kept because of the credentials of each connection. All of it is in one value for each connection, so that
/// forgetting leaves nothing out.
#[derive(Default)]
pub(super) struct CredentialCache(HashMap<ConnectionId, Dependents>);

#[derive(Default)]
struct Dependents {
    /// Credentials that were asked for, until they end.
    temporary: Option<(Access, Option<DateTime<Utc>>)>,
    /// The key id that requests are signed with, of credentials that change.
    key_id: Option<String>,
    clients: HashMap<Region, ReadClient>,
    /// Caller ARN from STS; none inside where nothing tells it.
    caller: Option<Option<String>>,
    /// When the account of a profile was last requested.
    account_asked_at: Option<DateTime<Utc>>,
}

impl CredentialCache {
    /// Forgets everything that depends on the credentials of these connections.
    pub fn forget(&mut self, is_forgotten: impl Fn(&ConnectionId) -> bool) {
        self.0.retain(|id, _| !is_forgotten(id));
    }

    /// The same credentials are sent elsewhere, or count elsewhere: only the clients are made anew.
    pub fn remake_clients(&mut self, is_remade: impl Fn(&ConnectionId) -> bool) {
        let remade = self.0.iter_mut().filter(|(id, _)| is_remade(id));
        remade.for_each(|(_, kept)| kept.clients.clear());
    }

    pub fn fresh(&self, id: &ConnectionId, now: DateTime<Utc>) -> Option<&Access> {
        let (access, expires_at) = self.0.get(id)?.temporary.as_ref()?;
        expires_at.is_none_or(|at| at > now + RENEW_BEFORE).then_some(access)
    }

    /// Keeps new credentials in place of everything that depended on the former ones.
    pub fn renew(&mut self, id: &ConnectionId, access: Access, expires_at: Option<DateTime<Utc>>) {
        let key_id = Some(access.access_key_id.clone());
        let temporary = Some((access, expires_at));
        self.0.insert(id.clone(), Dependents { temporary, key_id, ..Dependents::default() });
    }

    /// Notes credentials that are kept elsewhere; what depended on others is forgotten.
    pub fn follow_key(&mut self, id: &ConnectionId, key_id: &str) {
        if self.0.get(id).is_none_or(|kept| kept.key_id.as_deref() != Some(key_id)) {
            let key_id = Some(key_id.to_owned());
            self.0.insert(id.clone(), Dependents { key_id, ..Dependents::default() });
        }
    }

    /// Whether these are still the credentials that requests are signed with: they may change while AWS is asked.
    pub fn signs_with(&self, id: &ConnectionId, key_id: &str) -> bool {
        match self.0.get(id).and_then(|kept| kept.key_id.as_deref()) {
            Some(known) => known == key_id,
            None => !is_profile(id),
        }
    }

    fn client(&self, scope: &Scope) -> Option<ReadClient> {
        self.0.get(&scope.connection)?.clients.get(&scope.region).cloned()
    }

    fn keep_client(&mut self, scope: &Scope, client: ReadClient) {
        let kept = self.0.entry(scope.connection.clone()).or_default();
        kept.clients.insert(scope.region.clone(), client);
    }

    /// Who calls, as far as that was asked.
    pub fn caller(&self, id: &ConnectionId) -> Option<&Option<String>> {
        self.0.get(id)?.caller.as_ref()
    }

    /// Keeps who calls. The next clients count against the account of the caller.
    pub fn keep_caller(&mut self, id: &ConnectionId, caller_arn: Option<String>) {
        let kept = self.0.entry(id.clone()).or_default();
        kept.caller = Some(caller_arn);
        kept.clients.clear();
    }

    /// Whether the account is to be asked for now, which counts as asked.
    pub fn asks_for_account(
        &mut self,
        id: &ConnectionId,
        now: DateTime<Utc>,
        again_after: TimeDelta,
    ) -> bool {
        let kept = self.0.entry(id.clone()).or_default();
        let is_due = kept.caller.is_none() && kept.account_asked_at.is_none_or(|at| now >= at + again_after);
        if is_due {
            kept.account_asked_at = Some(now);
        }
        is_due
    }

    #[cfg(test)]
    pub fn holds(&self, id: &ConnectionId) -> bool {
        self.0.contains_key(id)
    }
}

/// Where the credentials of a connection are from: the one place that tells the kinds apart by their ids.
enum Origin {
    Vault,
    Profile,
    Environment(Box<Access>),
    Saved(Box<SavedConnection>),
}

impl Pages {
    /// The saved connections that these are, or that assume their roles through these.
    pub(super) fn based_on(&self, is_base: impl Fn(&ConnectionId) -> bool) -> Vec<ConnectionId> {
        let ids = self.saved.list().iter().map(|saved| &saved.id);
        ids.filter(|id| is_base(id) || self.saved.bases(id).any(&is_base)).cloned().collect()
    }
}

impl Engine {
    /// The credentials of a connection.
    pub(crate) async fn access(&self, id: &ConnectionId) -> Result<Access, ApiError> {
        match self.origin(id).await? {
            Origin::Vault => {
                self.follow_vault(id).await?;
                self.vault_access(id)
            }
            Origin::Profile => self.profile_access(id).await,
            Origin::Environment(access) => Ok(*access),
            Origin::Saved(saved) => self.saved_access(&saved).await,
        }
    }

    /// Fresh credentials of a connection for one write, which nothing keeps. Only a role with an MFA device is taken as it
    /// was assumed: a code counts once.
    pub(crate) async fn access_for_once(&self, id: &ConnectionId) -> Result<Access, ApiError> {
        match self.origin(id).await? {
            Origin::Profile => self.profile_access_for_once(id).await,
            Origin::Saved(saved) => match &saved.kind {
                SavedKind::SsoRole(role) => self.role_access_for_once(role, saved.routes()).await,
                SavedKind::AssumedRole(role) if role.mfa_serial.is_none() => {
                    self.assume_for_once(role, &saved.default_region).await
                }
                _ => self.saved_access(&saved).await,
            },
            Origin::Vault | Origin::Environment(_) => self.access(id).await,
        }
    }

    /// What a scope is read with, made at its first use.
    pub(crate) async fn client(&self, scope: &Scope) -> Result<ReadClient, ApiError> {
        let Scope { connection, region } = scope;
        check_region(region)?;
        self.renew(scope).await?;
        if let Some(client) = self.connections.pages().credentials.client(scope) {
            return Ok(client);
        }
        let access = self.access(connection).await?;
        let (share, gate) = (self.share(connection, region), self.guards.gate(connection, None));
        let client = client::secrets_manager(&self.transport, &access, region, share, gate);
        let mut pages = self.connections.pages();
        // Under the same lock as what is dropped when the console closes.
        self.lock.check_open()?;
        // It may have been forgotten while the keyring was asked.
        if !pages.knows(connection) {
            return Err(unknown_connection(connection));
        }
        pages.credentials.keep_client(scope, client.clone());
        Ok(client)
    }

    async fn origin(&self, id: &ConnectionId) -> Result<Origin, ApiError> {
        if id.is_vault() {
            return Ok(Origin::Vault);
        }
        if is_profile(id) {
            return Ok(Origin::Profile);
        }
        if is_environment(id) {
            // Its default profile says where it sends.
            self.follow_profiles().await;
        }
        self.check_detours(id)?;
        let pages = self.connections.pages();
        if let Some(access) = pages.environment.access(id) {
            return access.map(|access| Origin::Environment(Box::new(access)));
        }
        let saved = pages.saved.find(id).cloned().ok_or_else(|| unknown_connection(id))?;
        Ok(Origin::Saved(Box::new(saved)))
    }

    /// Asks for credentials again that end, which forgets what depends on them.
    async fn renew(&self, scope: &Scope) -> Result<(), ApiError> {
        let id = &scope.connection;
        match self.origin(id).await? {
            Origin::Vault => self.follow_vault(id).await?,
            Origin::Profile => {
                self.profile_access(id).await?;
                self.pin_account(scope).await;
            }
            Origin::Environment(_) => {}
            Origin::Saved(saved) => match &saved.kind {
                SavedKind::SsoRole(role) => self.follow_role(id, role).await?,
                SavedKind::AssumedRole(role) => drop(self.assumed_access(&saved, role).await?),
                SavedKind::AccessKey { .. } | SavedKind::VaultFile { .. } => {}
            },
        }
        Ok(())
    }

    pub(super) async fn saved_access(&self, saved: &SavedConnection) -> Result<Access, ApiError> {
        match &saved.kind {
            SavedKind::AccessKey { access_key_id } => {
                let stored = self.kept_key(saved).await?;
                Ok(Access {
                    routes: saved.routes(),
                    access_key_id: access_key_id.clone(),
                    secret_access_key: stored.secret_access_key,
                    session_token: stored.session_token,
                })
            }
            SavedKind::AssumedRole(role) => {
                let access = self.assumed_access(saved, role).await?;
                self.connections.pages().direct(saved, access)
            }
            SavedKind::SsoRole(role) => self.role_access(role, saved.routes()).await,
            SavedKind::VaultFile { .. } => self.vault_access(&saved.id),
        }
    }

    /// Drops what was read through a connection, and the plans that were made on it.
    pub(super) fn forget_read(&self, id: &ConnectionId) {
        self.inventories.forget(id);
        self.values.forget(id);
        self.plans.forget(id);
    }
}

#[cfg(test)]
mod tests;
