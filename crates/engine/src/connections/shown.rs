//! The connections as shown in the window, with the user's marks.

use chrono::{DateTime, Utc};
use latchkey_domain::connection::{Connection, ConnectionKind, ConnectionState, Connections};
use latchkey_domain::event::Event;
use latchkey_domain::guard::Marks;
use latchkey_domain::identity_center::KnownSession;
use latchkey_domain::{ConnectionId, Region};

use super::saved::{SavedConnection, SavedKind};
use super::{Pages, VAULT_REGION};
use crate::Engine;
use crate::aws::hosts::Service;

const VAULT_NAME: &str = "Local vault";

impl Pages {
    fn list(&mut self, sso_sessions: Vec<KnownSession>, now: DateTime<Utc>) -> Connections {
        let local = Connection {
            id: ConnectionId::local(),
            name: VAULT_NAME.to_owned(),
            kind: ConnectionKind::LocalVault { folder: self.vaults.folder(), has_passphrase: None },
            account_name: None,
            default_region: Region::from(VAULT_REGION),
            endpoint_url: None,
            variant: Default::default(),
            state: ConnectionState::Opening,
            marks: Marks::default(),
        };
        let saved = self.saved.list().iter().map(|saved| Connection {
            state: self.state(saved, now),
            variant: self.variant_of(&saved.id),
            endpoint_url: self
                .routes(&saved.id)
                .and_then(|routes| Some(routes.url(Service::SecretsManager)?.to_owned())),
            ..saved.shown()
        });
        let saved = std::iter::once(local).chain(saved).map(|shown| match self.vaults.find(&shown.id) {
            Some(vault) => vault.show(shown),
            None => shown,
        });
        let profiles = self.profiles.shown().map(|shown| match self.profiles.role(&shown.id) {
            Some(role) if shown.state == ConnectionState::Ready => {
                Connection { state: self.state(role, now), ..shown }
            }
            _ => shown,
        });
        let list = saved.chain(self.environment.shown()).chain(profiles).collect();
        self.told += 1;
        let profiles_failure = self.profiles.failure();
        Connections { list, profiles_failure, sso_sessions, told: self.told, ..Connections::default() }
    }

    fn state(&self, saved: &SavedConnection, now: DateTime<Utc>) -> ConnectionState {
        match &saved.kind {
            SavedKind::AssumedRole(role) => self.role_state(&saved.id, role, now),
            SavedKind::AccessKey { .. } | SavedKind::SsoRole(_) | SavedKind::VaultFile { .. } => {
                ConnectionState::Ready
            }
        }
    }
}

impl Engine {
    /// The endpoint of a connection that is not AWS's own.
    pub(crate) fn endpoint_of(&self, id: &ConnectionId) -> Option<String> {
        let connections = self.known_connections().list;
        connections.into_iter().find(|known| known.id == *id)?.endpoint_url
    }

    pub(crate) fn known_connections(&self) -> Connections {
        let mut known = self.unmarked_connections();
        known.list.iter_mut().for_each(|connection| self.guards.mark(connection));
        self.guards.mark_writes_through(&mut known.list);
        let pages = self.connections.pages();
        known.list.iter_mut().for_each(|shown| shown.marks.detours = self.detours(&pages, &shown.id));
        drop(pages);
        known.detours = self.detours_to_aws();
        known
    }

    /// The connections without what a person set on them.
    fn unmarked_connections(&self) -> Connections {
        let mut pages = self.connections.pages();
        let sso_sessions = self.identity_center.known(pages.profiles.sso_sessions());
        pages.list(sso_sessions, self.clock.now())
    }

    /// The name that a connection has of itself, before a person gave it another.
    pub(crate) fn own_name(&self, id: &ConnectionId) -> Option<String> {
        let known = self.unmarked_connections().list;
        known.into_iter().find(|known| known.id == *id).map(|known| known.name)
    }

    pub(crate) fn tell_connections(&self) -> Connections {
        let connections = self.known_connections();
        self.tell(Event::Connections(connections.clone()));
        connections
    }
}
