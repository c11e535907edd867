//! The vaults of this computer: the local one, and those in files that a person chose. Each is reached as its own
//! endpoint says.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use latchkey_domain::connection::{
    AddVault, BackUpVault, Connection, ConnectionKind, ConnectionState, Connections, MakeVault, OpenVault,
    SetVaultPassphrase, VaultBackup,
};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::text::escape_invisible;
use latchkey_domain::{ApiError, Code, ConnectionId};
use tokio::task::JoinSet;

use super::saved::{SavedConnection, SavedKind};
use crate::Engine;
use crate::aws::client::Access;
use crate::aws::routes::Routes;
use crate::guards::unknown_connection;
use crate::ports::{Doubt, OpenedVault, Question, VaultHost, VaultProblem};

/// What a new vault is called until the person names it.
const NEW_FILE: &str = "Vault.latchkey";

/// The vaults that are known, each with what opens it.
pub(super) struct Vaults {
    local: Arc<dyn VaultHost>,
    known: HashMap<ConnectionId, KnownVault>,
}

/// One vault, and how it stands.
#[derive(Clone)]
pub(super) struct KnownVault {
    pub host: Arc<dyn VaultHost>,
    state: ConnectionState,
    opened: Option<OpenedVault>,
    /// One try to open it at a time.
    opening: Arc<tokio::sync::Mutex<()>>,
}

impl KnownVault {
    fn new(host: Arc<dyn VaultHost>, state: ConnectionState) -> Self {
        Self { host, state, opened: None, opening: Arc::default() }
    }

    /// Shows the connection as the vault stands.
    pub fn show(&self, mut connection: Connection) -> Connection {
        let opened = self.opened.as_ref();
        connection.state = self.state.clone();
        connection.endpoint_url = opened.map(|vault| vault.endpoint_url.clone());
        if let Some(vault) = opened {
            connection.default_region = vault.region.clone();
            connection.marks.takes_no_writes = vault.takes_no_writes;
        }
        if let ConnectionKind::LocalVault { has_passphrase, .. }
        | ConnectionKind::VaultFile { has_passphrase, .. } = &mut connection.kind
        {
            *has_passphrase = opened.and_then(|vault| vault.has_passphrase);
        }
        connection
    }
}

impl Vaults {
    pub fn new(local: Arc<dyn VaultHost>, saved: &[SavedConnection]) -> Self {
        let vault = KnownVault::new(local.clone(), ConnectionState::Opening);
        let mut vaults = Self { local, known: HashMap::from([(ConnectionId::local(), vault)]) };
        vaults.take_in(saved);
        vaults
    }

    /// Takes in what is a vault and not known yet. It stays closed until it is used.
    pub fn take_in(&mut self, saved: &[SavedConnection]) {
        for connection in saved {
            if let SavedKind::VaultFile { file } = &connection.kind {
                let vault = || KnownVault::new(self.local.at(file), ConnectionState::Ready);
                self.known.entry(connection.id.clone()).or_insert_with(vault);
            }
        }
    }

    pub fn find(&self, id: &ConnectionId) -> Option<&KnownVault> {
        self.known.get(id)
    }

    pub fn all(&self) -> impl Iterator<Item = (&ConnectionId, &KnownVault)> {
        self.known.iter()
    }

    /// Where the local vault lies, to show and to copy.
    pub fn folder(&self) -> String {
        self.local.folder()
    }

    /// The connection whose vault lies in this file.
    fn in_file(&self, file: &Path) -> Option<ConnectionId> {
        self.known.iter().find(|(_, vault)| vault.host.lies_in(file)).map(|(id, _)| id.clone())
    }

    pub fn remove(&mut self, id: &ConnectionId) {
        self.known.remove(id);
    }
}

impl Engine {
    /// Opens a vault, and makes the local one where there is none. That it did not open is told by its state, not as an
    /// error.
    pub(crate) async fn open_vault(&self, request: OpenVault) -> Result<Connections, ApiError> {
        let OpenVault { connection: id, passphrase } = request;
        let vault = self.known_vault(&id)?;
        let _one_at_a_time = vault.opening.lock().await;
        if self.known_vault(&id)?.opened.is_some() {
            return Ok(self.known_connections());
        }
        self.set_vault(&id, ConnectionState::Opening, None);
        let passphrase = passphrase.filter(|text: &SecretInput| !text.is_empty());
        match self.open_accepted(&id, &*vault.host, passphrase).await {
            Ok(opened) => self.set_vault(&id, ConnectionState::Ready, Some(opened)),
            Err(VaultProblem::NeedsPassphrase(need)) => {
                self.set_vault(&id, ConnectionState::NeedsPassphrase(need), None);
            }
            Err(VaultProblem::Failed(error) | VaultProblem::Doubtful(_, error)) => {
                self.set_vault(&id, ConnectionState::Failed(error), None);
            }
        }
        Ok(self.known_connections())
    }

    /// Opens a vault whose file is in doubt only if the person accepts that, each doubt by itself.
    async fn open_accepted(
        &self,
        id: &ConnectionId,
        host: &dyn VaultHost,
        passphrase: Option<SecretInput>,
    ) -> Result<OpenedVault, VaultProblem> {
        let mut accepted = Vec::new();
        loop {
            match host.open(passphrase.clone(), accepted.clone()).await {
                Err(VaultProblem::Doubtful(doubt, error)) if !accepted.contains(&doubt) => {
                    let question = question(&self.vault_name(id), doubt, &error);
                    if !self.ask(question).await.unwrap_or(false) {
                        return Err(VaultProblem::Failed(error));
                    }
                    accepted.push(doubt);
                }
                opened => return opened,
            }
        }
    }

    fn vault_name(&self, id: &ConnectionId) -> String {
        let known = self.known_connections().list.into_iter().find(|known| known.id == *id);
        known.map_or_else(|| "the vault".to_owned(), |known| escape_invisible(&known.name).into_owned())
    }

    /// Gives an open vault a recovery passphrase, or another one.
    pub(crate) async fn set_vault_passphrase(
        &self,
        request: SetVaultPassphrase,
    ) -> Result<Connections, ApiError> {
        let SetVaultPassphrase { connection: id, passphrase } = request;
        self.vault_host(&id)?.set_passphrase(passphrase).await?;
        if let Some(vault) =
            self.connections.pages().vaults.known.get_mut(&id).and_then(|vault| vault.opened.as_mut())
        {
            vault.has_passphrase = Some(true);
        }
        Ok(self.tell_connections())
    }

    /// Copies an open vault into a new file where the person says.
    pub(crate) async fn back_up_vault(&self, request: BackUpVault) -> Result<VaultBackup, ApiError> {
        let vault = self.known_vault(&request.connection)?;
        let name = self.known_connections().list.into_iter().find(|known| known.id == request.connection);
        let name = name.map_or_else(|| "Vault".to_owned(), |known| backup_name(&known, self.clock.now()));
        let Some(file) = self.choose_new_file("Back up the vault", &name).await? else {
            return Ok(VaultBackup { path: None });
        };
        vault.host.back_up(file.clone()).await?;
        Ok(VaultBackup { path: Some(file.display().to_string()) })
    }

    /// Makes a vault where the person says, and a connection of it.
    pub(crate) async fn make_vault(&self, request: MakeVault) -> Result<Connections, ApiError> {
        let passphrase = request.passphrase.filter(|text| !text.is_empty());
        self.connections.pages().saved.reload_if_broken()?;
        let Some(file) = self.choose_new_file("Make a new vault", NEW_FILE).await? else {
            return Ok(self.known_connections());
        };
        let host = self.vault_host(&ConnectionId::local())?.at(&file);
        host.make(passphrase.clone()).await?;
        let id = self.keep_vault(file)?;
        self.open_vault(OpenVault { connection: id, passphrase }).await
    }

    /// Adds a vault that is there already. What only its passphrase or its holder keeps closed is added too, and told
    /// there.
    pub(crate) async fn add_vault(&self, _: AddVault) -> Result<Connections, ApiError> {
        self.connections.pages().saved.reload_if_broken()?;
        let Some(chosen) = self.choose_file("Open a vault").await? else {
            return Ok(self.known_connections());
        };
        let file = chosen
            .canonicalize()
            .map_err(|error| ApiError::internal(format!("{} cannot be read: {error}.", chosen.display())))?;
        let known = self.connections.pages().vaults.in_file(&file);
        if let Some(known) = known {
            let known = self.known_connections().list.into_iter().find(|connection| connection.id == known);
            let name = known.map(|known| known.name).unwrap_or_default();
            let message = format!("{} is the vault of the connection {name} already.", file.display());
            return Err(ApiError::new(Code::Conflict, message));
        }
        self.vault_host(&ConnectionId::local())?.at(&file).check().await?;
        self.keep_vault(file)?;
        Ok(self.tell_connections())
    }

    /// Adds the connection of a vault under a name that is free.
    fn keep_vault(&self, file: PathBuf) -> Result<ConnectionId, ApiError> {
        let mut pages = self.connections.pages();
        let name = pages.saved.free_name(&stem(&file));
        let connection = SavedConnection::of_vault(name, file);
        pages.saved.add(vec![connection.clone()])?;
        pages.vaults.take_in(std::slice::from_ref(&connection));
        Ok(connection.id)
    }

    /// Opens a further vault at its first use.
    pub(super) async fn follow_vault(&self, id: &ConnectionId) -> Result<(), ApiError> {
        if id.is_local() || !id.is_vault() {
            return Ok(());
        }
        let vault = self.known_vault(id)?;
        // A passphrase is waited for; what failed is tried again when the person says so.
        if vault.opened.is_none() && vault.state == ConnectionState::Ready {
            self.open_vault(OpenVault { connection: id.clone(), passphrase: None }).await?;
        }
        Ok(())
    }

    pub(super) fn vault_access(&self, id: &ConnectionId) -> Result<Access, ApiError> {
        let vault = self.known_vault(id)?;
        if let Some(vault) = &vault.opened {
            return Ok(Access {
                routes: Routes::typed(Some(vault.endpoint_url.clone()), EndpointVariant::default()),
                access_key_id: vault.access_key_id.clone(),
                secret_access_key: vault.secret_access_key.clone(),
                session_token: vault.session_token.clone(),
            });
        }
        Err(match &vault.state {
            ConnectionState::Failed(error) => error.clone(),
            ConnectionState::NeedsPassphrase(_) => {
                ApiError::new(Code::Locked, "The vault is locked. Open it with its passphrase.")
            }
            _ => ApiError::new(Code::Locked, "The vault is still opening. Try again in a moment."),
        })
    }

    /// Refuses a write to a vault that is open for reading only.
    pub(crate) fn check_takes_writes(&self, id: &ConnectionId) -> Result<(), ApiError> {
        let pages = self.connections.pages();
        let opened = pages.vaults.find(id).and_then(|vault| vault.opened.as_ref());
        if opened.is_none_or(|vault| !vault.takes_no_writes) {
            return Ok(());
        }
        Err(ApiError::new(
            Code::ReadOnly,
            "The vault takes no writes, so nothing was sent: its file or folder is read-only, or its disk was full when it \
             was opened. Change that, then start Latchkey again.",
        ))
    }

    /// The account of an open vault.
    pub(super) fn vault_account(&self, id: &ConnectionId) -> Option<String> {
        self.connections.pages().vaults.find(id)?.opened.as_ref().map(|vault| vault.account.clone())
    }

    /// What opens a vault and knows it from within.
    pub(crate) fn vault_host(&self, id: &ConnectionId) -> Result<Arc<dyn VaultHost>, ApiError> {
        self.known_vault(id).map(|vault| vault.host)
    }

    /// What opens each of the vaults.
    pub(crate) fn vault_hosts(&self) -> Vec<Arc<dyn VaultHost>> {
        self.connections.pages().vaults.all().map(|(_, vault)| vault.host.clone()).collect()
    }

    /// Closes every vault until it is used again; the local one until it is opened. All at once: each may have clients that
    /// have to be waited for.
    pub(crate) async fn close_vaults(&self) {
        let closing: JoinSet<()> =
            self.vault_hosts().into_iter().map(|host| async move { host.close().await }).collect();
        closing.join_all().await;
        let known: Vec<_> = self.connections.pages().vaults.all().map(|(id, _)| id.clone()).collect();
        for id in known {
            let closed = if id.is_local() { ConnectionState::Opening } else { ConnectionState::Ready };
            self.set_vault(&id, closed, None);
        }
    }

    fn known_vault(&self, id: &ConnectionId) -> Result<KnownVault, ApiError> {
        self.connections.pages().vaults.find(id).cloned().ok_or_else(|| unknown_connection(id))
    }

    fn set_vault(&self, id: &ConnectionId, state: ConnectionState, opened: Option<OpenedVault>) {
        {
            let mut pages = self.connections.pages();
            if let Some(vault) = pages.vaults.known.get_mut(id) {
                (vault.state, vault.opened) = (state, opened);
            }
            pages.credentials.forget(|known| known == id);
        }
        self.tell_connections();
    }
}

/// The name of the connection, as far as a file may be called that, and the day.
fn backup_name(connection: &Connection, now: DateTime<Utc>) -> String {
    let plain: String = connection
        .name
        .chars()
        .map(|c| if c.is_alphanumeric() || "-_ ".contains(c) { c } else { '-' })
        .collect();
    format!("{} {}.latchkey", plain.trim(), now.format("%Y-%m-%d"))
}

fn question(vault: &str, doubt: Doubt, error: &ApiError) -> Question {
    let (title, advice, verb) = match doubt {
        Doubt::Older => (
            format!("Open an older file as {vault}?"),
            "If you did not restore a backup, somebody may have put an old file in the place of the newer one: values \
             that were replaced since would be served again.",
            "Open the older file",
        ),
        Doubt::Changed => (
            format!("Open {vault}, which was changed outside of Latchkey?"),
            "Labels may lead to other values, and names to other secrets, than you saved. If you did not change the file \
             yourself, do not open it: restore a backup. Opened once, it counts as it is.",
            "Open it as it is",
        ),
    };
    let text = format!("{}\n\n{advice}", escape_invisible(&error.message));
    Question { title, text, verb: verb.to_owned() }
}

fn stem(file: &Path) -> String {
    file.file_stem().map_or_else(|| "Vault".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests;
