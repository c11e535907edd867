//! What is done to connections, besides adding one: open the vault, test, forget, lend to a terminal.

use latchkey_domain::connection::{
    Connection, ConnectionKind, ConnectionReport, ConnectionState, CopyTerminalExports, ForgetConnection,
    OpenVault, SetVaultPassphrase, TestConnection,
};
use latchkey_domain::value::{Copied, SecretInput};
use latchkey_domain::{ApiError, ConnectionId, Scope};
use leptos::prelude::{GetUntracked, Set, With, WithUntracked};

use super::session::Session;
use crate::ipc;

impl Session {
    /// Opens (or makes) the local vault; without a passphrase, by the key in the OS keyring. That the vault still
    /// needs one is a state of the connection and no error.
    pub async fn open_vault(self, passphrase: Option<SecretInput>) -> Result<(), ApiError> {
        let connections = ipc::call(OpenVault { passphrase }).await?;
        self.receive(connections);
        Ok(())
    }

    /// Tries again what failed: the keyring may hold the key of the local vault by now, and files may be mended.
    pub async fn reopen(self, id: &ConnectionId) {
        if !id.is_local() {
            return self.load().await;
        }
        if let Err(error) = self.open_vault(None).await {
            self.failure.set(Some(error));
        }
    }

    /// Gives the open vault a passphrase beside the OS keyring, or another one.
    pub async fn set_vault_passphrase(self, passphrase: SecretInput) -> Result<(), ApiError> {
        let connections = ipc::call(SetVaultPassphrase { passphrase }).await?;
        self.receive(connections);
        Ok(())
    }

    /// Whether a passphrase opens the local vault too; None unless it is open and on disk. Tracks.
    pub fn vault_has_passphrase(self) -> Option<bool> {
        self.connections.with(|connections| {
            let local = connections.as_ref()?.list.iter().find(|connection| connection.id.is_local())?;
            match &local.kind {
                ConnectionKind::LocalVault { has_passphrase, .. }
                    if local.state == ConnectionState::Ready =>
                {
                    *has_passphrase
                }
                _ => None,
            }
        })
    }

    /// The connections that the AWS configuration files name; tracks.
    pub fn profiles(self) -> Vec<Connection> {
        self.connections.with(|connections| {
            let list = connections.as_ref().map(|known| known.list.as_slice()).unwrap_or_default();
            let is_profile = |known: &&Connection| matches!(known.kind, ConnectionKind::Profile { .. });
            list.iter().filter(is_profile).cloned().collect()
        })
    }

    /// The connections that can assume a role, by id and name: all but the local vault. Tracks.
    pub fn possible_bases(self) -> Vec<(String, String)> {
        self.connections.with(|connections| {
            let list = connections.as_ref().map(|known| known.list.as_slice()).unwrap_or_default();
            let others = list.iter().filter(|known| !known.id.is_local());
            others.map(|known| (known.id.0.clone(), known.name.clone())).collect()
        })
    }

    /// Asks who the connection's credentials are and whether they may list.
    pub async fn test(self, scope: Scope) -> Result<ConnectionReport, ApiError> {
        ipc::call(TestConnection::Saved { scope }).await
    }

    /// The connections that are known now.
    pub fn connection_ids(self) -> Vec<ConnectionId> {
        self.connections.with_untracked(|connections| {
            let list =
                connections.as_ref().map(|connections| connections.list.as_slice()).unwrap_or_default();
            list.iter().map(|connection| connection.id.clone()).collect()
        })
    }

    /// Removes a connection and its credentials from this computer; nothing changes in its account.
    pub async fn forget(self, connection: ConnectionId) -> Result<(), ApiError> {
        let connections = ipc::call(ForgetConnection { connection }).await?;
        self.receive(connections);
        Ok(())
    }

    /// Puts `export AWS_...` lines for the scope in view on the clipboard, past the window. None without a scope.
    pub async fn copy_terminal_exports(self) -> Option<Result<Copied, ApiError>> {
        let scope = self.scope.get_untracked()?;
        Some(ipc::call(CopyTerminalExports { scope }).await)
    }
}
