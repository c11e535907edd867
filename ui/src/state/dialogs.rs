//! The open dialog: one, and at most one more on top of it.

use latchkey_domain::connection::Connection;
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::{ConnectionId, Scope};
use leptos::prelude::*;

use super::session::Session;

/// The dialogs that are opened by name; those of one object live with their pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedDialog {
    AddAccessKey,
    AddRole,
    Connections,
    CreateSecret,
    Diagnostics,
    EditConnection,
    Journal,
    Keys,
    LockPassphrase,
    MakeVault,
    OpenSecret,
    RecoveryPassphrase,
    Settings,
    SignIn,
    TypeCode,
}

/// The dialog in view.
#[derive(Clone, Copy)]
pub struct Dialogs {
    pub current: RwSignal<Option<NamedDialog>>,
    /// A dialog that stands over another one, which stays as it is.
    pub over: RwSignal<Option<NamedDialog>>,
    /// The secret that the next new one begins with.
    original: RwSignal<Option<(Scope, SecretDetail)>>,
    /// The connection that is edited.
    edited: RwSignal<Option<ConnectionId>>,
}

impl Dialogs {
    pub fn new() -> Self {
        Self {
            current: RwSignal::new(None),
            over: RwSignal::new(None),
            original: RwSignal::default(),
            edited: RwSignal::default(),
        }
    }

    pub fn open(self, dialog: NamedDialog) {
        self.current.set(Some(dialog));
    }

    /// Opens a dialog over whatever stands there.
    pub fn open_over(self, dialog: NamedDialog) {
        self.over.set(Some(dialog));
    }

    /// Closes the dialog that is on top.
    pub fn close(self) {
        if self.over.try_update(Option::take).flatten().is_none() {
            self.current.set(None);
        }
    }

    /// Opens *Create secret* on what another secret has.
    pub fn duplicate(self, scope: Scope, secret: SecretDetail) {
        self.original.set(Some((scope, secret)));
        self.open(NamedDialog::CreateSecret);
    }

    /// Opens *Edit connection* on one.
    pub fn edit_connection(self, connection: ConnectionId) {
        self.edited.set(Some(connection));
        self.open(NamedDialog::EditConnection);
    }

    /// Opens *Recovery passphrase* on one vault.
    pub fn ask_recovery_passphrase(self, vault: ConnectionId) {
        self.edited.set(Some(vault));
        self.open(NamedDialog::RecoveryPassphrase);
    }

    /// The connection that is edited, as it is known now.
    pub fn edited_connection(self, session: Session) -> Option<Connection> {
        let id = self.edited.get_untracked()?;
        let known = session.connections.get_untracked()?.list;
        known.into_iter().find(|known| known.id == id)
    }

    /// Hands out the secret to begin with, once.
    pub fn take_original(self) -> Option<(Scope, SecretDetail)> {
        self.original.try_update(Option::take).flatten()
    }

    /// Whether `dialog` is in view; tracks.
    pub fn is(self, dialog: NamedDialog) -> bool {
        self.current.get() == Some(dialog)
    }
}

impl Default for Dialogs {
    fn default() -> Self {
        Self::new()
    }
}
