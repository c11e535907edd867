//! Everything done to connections except adding one: open the vault, test, forget, terminal settings.

use latchkey_domain::connection::{
    AddVault, BackUpVault, Connection, ConnectionKind, ConnectionReport, ConnectionState, Connections,
    CopyTerminalExports, ForgetConnection, MakeVault, OpenVault, SetVaultPassphrase, TestConnection,
};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::value::Copied;
use latchkey_domain::{ApiError, ConnectionId, Scope};
use leptos::prelude::{GetUntracked, Set, With, WithUntracked};
use leptos::task::spawn_local;

use super::session::Session;
use crate::ipc;

impl Session {
    /// Opens a vault, and makes the local one where there is none; without a passphrase, by the key in the OS keyring.
    /// That the vault still needs one is a state of the connection and no error.
    pub async fn open_vault(
        self,
        connection: ConnectionId,
        passphrase: Option<SecretInput>,
    ) -> Result<(), ApiError> {
        let connections = ipc::call(OpenVault { connection, passphrase }).await?;
        self.receive(connections);
        Ok(())
    }

    /// Tries again what failed: the keyring may now hold the key of a vault, and files may have been fixed.
    pub fn reopen(self, id: ConnectionId) {
        if !id.is_vault() {
            return self.refresh();
        }
        spawn_local(async move {
            if let Err(error) = self.open_vault(id, None).await {
                self.failure.set(Some(error));
            }
        });
    }

    /// Gives an open vault a passphrase beside the OS keyring, or another one.
    pub async fn set_vault_passphrase(
        self,
        connection: ConnectionId,
        passphrase: SecretInput,
    ) -> Result<(), ApiError> {
        let connections = ipc::call(SetVaultPassphrase { connection, passphrase }).await?;
        self.receive(connections);
        Ok(())
    }

    /// Makes a vault where the person says, and goes there; its name, or None if they changed their mind.
    pub async fn make_vault(self, passphrase: Option<SecretInput>) -> Result<Option<String>, ApiError> {
        let known = self.connection_ids();
        let connections = ipc::call(MakeVault { passphrase }).await?;
        Ok(self.go_to_new(&known, connections))
    }

    /// Adds a vault that the person chooses, and goes there; its name, or None if they changed their mind.
    pub async fn add_vault(self) -> Result<Option<String>, ApiError> {
        let known = self.connection_ids();
        let connections = ipc::call(AddVault {}).await?;
        Ok(self.go_to_new(&known, connections))
    }

    fn go_to_new(self, known: &[ConnectionId], connections: Connections) -> Option<String> {
        let added = connections.list.iter().find(|connection| !known.contains(&connection.id)).cloned();
        self.receive(connections);
        let Connection { id, name, .. } = added?;
        self.choose_connection(&id);
        Some(name)
    }

    /// Copies an open vault into a file that the person chooses; its path, or None if they changed their mind.
    pub async fn back_up_vault(self, connection: ConnectionId) -> Result<Option<String>, ApiError> {
        ipc::call(BackUpVault { connection }).await.map(|backup| backup.path)
    }

    /// Whether a passphrase opens a vault too; None unless it is open and on disk. Tracks.
    pub fn vault_has_passphrase(self, id: &ConnectionId) -> Option<bool> {
        self.connections.with(|connections| {
            let vault = connections.as_ref()?.list.iter().find(|connection| connection.id == *id)?;
            match &vault.kind {
                ConnectionKind::LocalVault { has_passphrase, .. }
                | ConnectionKind::VaultFile { has_passphrase, .. }
                    if vault.state == ConnectionState::Ready =>
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

    /// The connections that can assume a role, by id and name: all but vaults. Tracks.
    pub fn possible_bases(self) -> Vec<(String, String)> {
        self.connections.with(|connections| {
            let list = connections.as_ref().map(|known| known.list.as_slice()).unwrap_or_default();
            let others = list.iter().filter(|known| !known.id.is_vault());
            others.map(|known| (known.id.0.clone(), known.name.clone())).collect()
        })
    }

    /// Checks the identity of the connection's credentials and whether they may list.
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
