//! Connections with the same identity: a new one starts with the strictest guard of the existing ones.

use latchkey_domain::connection::Connection;
use latchkey_domain::guard::Guard;
use latchkey_domain::{ApiError, ConnectionId};

use super::saved::SavedConnection;
use crate::Engine;

impl Engine {
    /// Adds all of them or none, guarded from the first moment on.
    pub(super) fn add_connections(&self, new: Vec<SavedConnection>) -> Result<(), ApiError> {
        let ids: Vec<ConnectionId> = new.iter().map(|added| added.id.clone()).collect();
        let guarded = new.iter().try_for_each(|added| self.inherit_guard(added));
        let added = guarded.and_then(|()| self.connections.pages().saved.add(new));
        if added.is_err() {
            ids.iter().try_for_each(|id| self.guards.forget(id))?;
        }
        added
    }

    /// Guards a connection like the strictest of those with the same key or role, and like the one that it assumes its
    /// role through: else a guard could be bypassed without confirmation. A forgotten connection has no effect:
    /// forgetting is the user's own choice.
    fn inherit_guard(&self, new: &SavedConnection) -> Result<(), ApiError> {
        let kind = new.shown().kind;
        let is_same = |known: &Connection| known.kind == kind || new.kind.base() == Some(&known.id);
        let mut same = self.known_connections().list;
        same.retain(is_same);
        let guard = same.iter().map(|known| known.marks.guard).max().unwrap_or(Guard::Free);
        let reveal_asks = same.iter().any(|known| known.marks.reveal_asks);
        self.guards.begin_with(&new.id, guard, reveal_asks)
    }
}

#[cfg(test)]
mod tests;
