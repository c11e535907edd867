//! Which dialog stands over the window: one, and at most one more over it.

use latchkey_domain::connection::Connection;
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::{ConnectionId, Scope};
use leptos::prelude::*;

use super::session::Session;

/// The dialogs that are opened by name; those of one object live with their pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
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
pub struct Sheets {
    pub current: RwSignal<Option<Sheet>>,
    /// A dialog that stands over another one, which stays as it is.
    pub over: RwSignal<Option<Sheet>>,
    /// The secret that the next new one begins with.
    original: RwSignal<Option<(Scope, SecretDetail)>>,
    /// The connection that is edited.
    edited: RwSignal<Option<ConnectionId>>,
}

impl Sheets {
    pub fn new() -> Self {
        Self {
            current: RwSignal::new(None),
            over: RwSignal::new(None),
            original: RwSignal::default(),
            edited: RwSignal::default(),
        }
    }

    pub fn open(self, sheet: Sheet) {
        self.current.set(Some(sheet));
    }

    /// Opens a dialog over whatever stands there.
    pub fn open_over(self, sheet: Sheet) {
        self.over.set(Some(sheet));
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
        self.open(Sheet::CreateSecret);
    }

    /// Opens *Edit connection* on one.
    pub fn edit_connection(self, connection: ConnectionId) {
        self.edited.set(Some(connection));
        self.open(Sheet::EditConnection);
    }

    /// Opens *Recovery passphrase* on one vault.
    pub fn ask_recovery_passphrase(self, vault: ConnectionId) {
        self.edited.set(Some(vault));
        self.open(Sheet::RecoveryPassphrase);
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

    /// Whether `sheet` is in view; tracks.
    pub fn is(self, sheet: Sheet) -> bool {
        self.current.get() == Some(sheet)
    }
}

impl Default for Sheets {
    fn default() -> Self {
        Self::new()
    }
}
