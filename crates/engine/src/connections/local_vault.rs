//! The connection to the vault of this machine: opened, and reached as its own endpoint says.

use latchkey_domain::connection::{
    ConnectionState, Connections, EndpointVariant, OpenVault, SetVaultPassphrase,
};
use latchkey_domain::value::SecretInput;
use latchkey_domain::{ApiError, Code};

use crate::Engine;
use crate::aws::client::Access;
use crate::ports::{OpenedVault, VaultProblem};

impl Engine {
    /// Opens (or makes) the local vault. That it did not open is told by its state, not as an error.
    pub async fn open_vault(&self, request: OpenVault) -> Result<Connections, ApiError> {
        let _one_at_a_time = self.connections.opening.lock().await;
        if self.connections.pages().opened.is_some() {
            return Ok(self.known_connections());
        }
        self.set_vault(ConnectionState::Opening, None);
        let passphrase = request.passphrase.filter(|text: &SecretInput| !text.is_empty());
        match self.vault.open(passphrase).await {
            Ok(opened) => self.set_vault(ConnectionState::Ready, Some(opened)),
            Err(VaultProblem::NeedsPassphrase(need)) => {
                self.set_vault(ConnectionState::NeedsPassphrase(need), None);
            }
            Err(VaultProblem::Failed(error)) => self.set_vault(ConnectionState::Failed(error), None),
        }
        Ok(self.known_connections())
    }

    /// Gives the open vault a recovery passphrase, or another one.
    pub async fn set_vault_passphrase(&self, request: SetVaultPassphrase) -> Result<Connections, ApiError> {
        self.vault.set_passphrase(request.passphrase).await?;
        if let Some(vault) = &mut self.connections.pages().opened {
            vault.has_passphrase = Some(true);
        }
        Ok(self.tell_connections())
    }

    pub(super) fn vault_access(&self) -> Result<Access, ApiError> {
        let pages = self.connections.pages();
        if let Some(vault) = &pages.opened {
            return Ok(Access {
                endpoint_url: Some(vault.endpoint_url.clone()),
                variant: EndpointVariant::default(),
                access_key_id: vault.access_key_id.clone(),
                secret_access_key: vault.secret_access_key.clone(),
                session_token: vault.session_token.clone(),
            });
        }
        Err(match &pages.vault {
            ConnectionState::Failed(error) => error.clone(),
            ConnectionState::NeedsPassphrase(_) => {
                ApiError::new(Code::Locked, "The local vault is locked. Open it with its passphrase.")
            }
            _ => ApiError::new(Code::Locked, "The local vault is still opening. Try again in a moment."),
        })
    }

    pub(super) fn set_vault(&self, state: ConnectionState, opened: Option<OpenedVault>) {
        {
            let mut pages = self.connections.pages();
            pages.vault = state;
            pages.opened = opened;
            pages.clients.retain(|scope, _| !scope.connection.is_local());
        }
        self.tell_connections();
    }
}
