//! The connections that the console knows: vaults, saved keys and roles, profiles; and the clients made from them.

mod account;
mod assumed_role;
mod credentials;
mod destination;
mod detours;
mod draft;
pub(crate) mod environment;
mod exports;
mod identity;
pub(crate) mod identity_center;
pub(crate) mod keyring;
mod probe;
mod profiles;
mod resolution;
mod role_endpoint;
mod saved;
mod session_tokens;
mod shown;
mod variant;
mod vaults;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_domain::connection::{Connections, ForgetConnection, ListConnections, SaveAccessKey};
use latchkey_domain::{ApiError, ConnectionId, Region};

use crate::Engine;
use crate::aws::budget::{Payer, Share};
use crate::guards::unknown_connection;
use crate::ports::{ProfileFiles, VaultHost};
pub(crate) use account::nobody_tells;
use credentials::CredentialCache;
#[cfg(test)]
pub(crate) use destination::CONNECT;
use environment::{Environment, is_environment};
pub(crate) use probe::account_of;
use profiles::Profiles;
pub(crate) use profiles::is_profile;
use saved::{SavedFile, SavedKind};
use session_tokens::SessionTokens;
use vaults::Vaults;

const VAULT_REGION: &str = "us-east-1";

/// Everything known of connections. The locks are held for moments only, never across a request.
pub(crate) struct ConnectionBook {
    pages: Mutex<Pages>,
    session_tokens: SessionTokens,
    /// The programs that are asked for the credentials of profiles.
    programs: profiles::program::Running,
}

struct Pages {
    vaults: Vaults,
    saved: SavedFile,
    profiles: Profiles,
    environment: environment::Found,
    confirmed: destination::Confirmed,
    credentials: CredentialCache,
    /// How often the connections were told.
    told: u64,
}

impl ConnectionBook {
    pub fn new(
        folder: &Path,
        profiles: ProfileFiles,
        environment: Environment,
        vault: Arc<dyn VaultHost>,
    ) -> Self {
        let saved = SavedFile::load(folder);
        let pages = Pages {
            vaults: Vaults::new(vault, saved.list()),
            saved,
            profiles: Profiles::new(profiles),
            environment: environment::Found::new(environment),
            confirmed: Default::default(),
            credentials: CredentialCache::default(),
            told: 0,
        };
        Self {
            pages: Mutex::new(pages),
            session_tokens: SessionTokens::new(folder),
            programs: profiles::program::Running::new(),
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn knows(&self, connection: &ConnectionId) -> bool {
        self.vaults.find(connection).is_some()
            || self.saved.find(connection).is_some()
            || self.environment.access(connection).is_some()
            || self.profiles.find(connection).is_some()
    }
}

impl Engine {
    /// Every connection, the local vault first, the profiles of the AWS configuration files last.
    pub(crate) async fn list_connections(&self, _: ListConnections) -> Result<Connections, ApiError> {
        self.guards.reload_if_broken();
        {
            let mut pages = self.connections.pages();
            let Pages { saved, vaults, .. } = &mut *pages;
            saved.reload_if_broken()?;
            vaults.take_in(saved.list());
        }
        self.follow_profiles().await;
        Ok(self.known_connections())
    }

    /// Saves an access key: what is secret in the OS keyring and a sealed file, the rest in a file.
    pub(crate) async fn save_access_key(&self, request: SaveAccessKey) -> Result<Connections, ApiError> {
        let draft = draft::check(request.draft)?;
        self.connections.pages().saved.reload_if_broken()?;
        self.connections.pages().saved.check_name(&draft.name)?;
        let destination = self.confirm_key(&draft).await?;
        let connection = saved::SavedConnection::new(&draft);
        let id = connection.id.clone();
        self.keep_key(&id, keyring::Stored::new(&draft)).await?;
        if let Err(error) = self.add_connections(vec![connection]) {
            // Without its entry in the file the key could not be found or deleted again.
            self.drop_key(&id).await?;
            return Err(error);
        }
        self.forget_confirmed(&destination);
        Ok(self.tell_connections())
    }

    /// Deletes a saved connection, its secret parts first, and drops everything that was loaded through it. A vault is
    /// closed; its file stays, and its key in the keyring: nothing else may open it.
    pub(crate) async fn forget_connection(&self, request: ForgetConnection) -> Result<Connections, ApiError> {
        let id = request.connection;
        if id.is_local() {
            return Err(ApiError::invalid("connection", "The local vault cannot be forgotten."));
        }
        if profiles::is_profile(&id) {
            return Err(ApiError::invalid(
                "connection",
                "The profile belongs to the AWS configuration files. Remove it there.",
            ));
        }
        if is_environment(&id) {
            return Err(ApiError::invalid(
                "connection",
                "The access key belongs to the environment. Start Latchkey without its variables.",
            ));
        }
        if let Some(user) =
            self.connections.pages().saved.list().iter().find(|saved| saved.kind.base() == Some(&id))
        {
            return Err(ApiError::invalid(
                "connection",
                format!(
                    "{} assumes its role through this connection. Forget {} first.",
                    user.name, user.name
                ),
            ));
        }
        if let Some(user) = self.known_connections().list.iter().find(|known| known.writes_through(&id)) {
            return Err(ApiError::invalid(
                "connection",
                format!(
                    "{} writes through this connection. Let it write through another one, or directly, first.",
                    user.name
                ),
            ));
        }
        let found = self.connections.pages().saved.find(&id).cloned();
        match found.ok_or_else(|| unknown_connection(&id))?.kind {
            SavedKind::AccessKey { .. } => self.drop_key(&id).await?,
            SavedKind::VaultFile { .. } => self.vault_host(&id)?.close().await,
            SavedKind::SsoRole(_) | SavedKind::AssumedRole(_) => {}
        }
        {
            let mut pages = self.connections.pages();
            pages.saved.remove(&id)?;
            pages.vaults.remove(&id);
            pages.credentials.forget(|known| *known == id);
        }
        self.forget_read(&id);
        self.guards.forget(&id)?;
        self.journal.forget(&id).await?;
        self.drafts.forget(&id).await?;
        Ok(self.tell_connections())
    }

    /// What requests count against: the quota of the connection's account, as far as that is known.
    pub(crate) fn share(&self, connection: &ConnectionId, region: &Region) -> Share {
        let (caller, kind) = {
            let pages = self.connections.pages();
            let kind = pages.saved.find(connection).map(|saved| saved.shown().kind);
            (pages.credentials.caller(connection).cloned().flatten(), kind)
        };
        let account =
            caller.as_deref().and_then(probe::account_of).or(kind.as_ref().and_then(|kind| kind.account()));
        let account = account.map(str::to_owned).or_else(|| self.guards.pinned(connection));
        let account = account.unwrap_or_else(|| connection.to_string());
        Share { budget: self.budget.clone(), payer: Payer { account, region: region.clone() } }
    }

    /// Ends the programs that are asked for credentials.
    pub(crate) async fn end_programs(&self) {
        self.connections.programs.end_all().await;
    }

    /// Closes the vaults and forgets what depends on credentials, and what was confirmed.
    pub(crate) async fn close_connections(&self) {
        {
            let mut pages = self.connections.pages();
            pages.credentials.forget(|_| true);
            pages.confirmed.clear();
        }
        self.identity_center.close();
        tokio::join!(self.end_programs(), self.close_vaults());
    }

    pub(crate) fn check_connection(&self, id: &ConnectionId) -> Result<(), ApiError> {
        if self.connections.pages().knows(id) { Ok(()) } else { Err(unknown_connection(id)) }
    }
}

fn check_region(region: &Region) -> Result<(), ApiError> {
    if Region::is_valid(region.as_str()) {
        return Ok(());
    }
    Err(ApiError::invalid(
        "region",
        format!("{:?} is not a Region code such as eu-central-1.", region.as_str()),
    ))
}

#[cfg(test)]
mod tests;
