//! Where the window is: the connections, and the scope that everything in view belongs to.

use latchkey_domain::connection::{
    Connection, ConnectionKind, ConnectionState, Connections, ListConnections,
};
use latchkey_domain::detour::{Detour, TrustConnection};
use latchkey_domain::guard::{AcceptAccount, Guard, Marks, WritesThrough};
use latchkey_domain::{ApiError, ConnectionId, Region, Scope};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::ipc;

/// The connections and the chosen scope.
#[derive(Clone, Copy)]
pub struct Session {
    /// None until the engine has sent them.
    pub connections: RwSignal<Option<Connections>>,
    /// Why they could not be listed.
    pub failure: RwSignal<Option<ApiError>>,
    chosen: RwSignal<Option<Scope>>,
    /// The scope in view; None until there is a connection.
    pub scope: Memo<Option<Scope>>,
    /// The connection in view.
    pub connection: Memo<Option<Connection>>,
    together: RwSignal<Vec<Scope>>,
    /// The scopes whose secrets are shown as one list: those that were chosen, as long as the one in view is among
    /// them, else that one alone.
    pub scopes: Memo<Vec<Scope>>,
}

impl Session {
    pub fn new() -> Self {
        let connections = RwSignal::new(None::<Connections>);
        let chosen = RwSignal::new(None::<Scope>);
        let scope =
            Memo::new(move |_| connections.with(|connections| pick(connections.as_ref()?, chosen.get())));
        let connection = Memo::new(move |_| {
            let id = scope.get()?.connection;
            connections.with(|connections| find(connections.as_ref()?, &id).cloned())
        });
        let together = RwSignal::new(Vec::<Scope>::new());
        let scopes = Memo::new(move |_| {
            let Some(scope) = scope.get() else { return Vec::new() };
            let together = together.get();
            if !together.contains(&scope) {
                return vec![scope];
            }
            let exists = |scope: &Scope| {
                connections
                    .with(|list| list.as_ref().is_some_and(|list| find(list, &scope.connection).is_some()))
            };
            together.into_iter().filter(exists).collect()
        });
        Self { connections, failure: RwSignal::new(None), chosen, scope, connection, together, scopes }
    }

    /// Asks the engine for the connections.
    pub async fn load(self) {
        match ipc::call(ListConnections {}).await {
            Ok(connections) => self.receive(connections),
            Err(error) => self.failure.set(Some(error)),
        }
    }

    /// Reads the AWS configuration files again.
    pub fn refresh(self) {
        spawn_local(self.load());
    }

    /// Takes the connections as a command or an event has given them, unless later ones were there before them.
    pub fn receive(self, connections: Connections) {
        self.failure.set(None);
        let is_late = self
            .connections
            .with_untracked(|known| known.as_ref().is_some_and(|known| connections.told < known.told));
        if !is_late {
            self.connections.set(Some(connections));
        }
    }

    /// The connection in view and those that it needs: the one that writes for it, and those whose credentials assume
    /// a role; tracks.
    pub fn needed(self) -> Vec<Connection> {
        let in_view = self.connection.get();
        self.connections.with(|connections| {
            let Some(connections) = connections else { return Vec::new() };
            let mut needed: Vec<Connection> = in_view.into_iter().collect();
            let mut at = 0;
            while let Some(Connection { kind, marks, .. }) = needed.get(at) {
                let base = match kind {
                    ConnectionKind::AssumedRole { base, .. } => Some(base),
                    _ => None,
                };
                // Only the writer of what is in view writes.
                let writer = marks.writes_through.as_ref().filter(|_| at == 0).map(|other| &other.connection);
                let more = base.into_iter().chain(writer).filter_map(|id| find(connections, id)).cloned();
                let more: Vec<_> =
                    more.filter(|more| !needed.iter().any(|known| known.id == more.id)).collect();
                needed.extend(more);
                at += 1;
            }
            needed
        })
    }

    /// The detours of a connection to AWS that is being added; tracks.
    pub fn detours(self) -> Vec<Detour> {
        self.connections
            .with(|connections| connections.as_ref().map(|known| known.detours.clone()).unwrap_or_default())
    }

    /// Goes to a connection, in its default Region.
    pub fn choose_connection(self, id: &ConnectionId) {
        if let Some(region) = self.default_region(id) {
            self.go_to(Scope { connection: id.clone(), region });
        }
    }

    fn default_region(self, id: &ConnectionId) -> Option<Region> {
        self.connections
            .with_untracked(|list| find(list.as_ref()?, id).map(|found| found.default_region.clone()))
    }

    /// Goes to another Region of the same connection.
    pub fn choose_region(self, region: Region) {
        if let Some(scope) = self.scope.get_untracked() {
            self.go_to(Scope { region, ..scope });
        }
    }

    /// Goes to a scope, for a secret that was found by its ARN or a URL.
    pub fn go_to(self, scope: Scope) {
        self.chosen.set(Some(scope));
    }

    /// Shows a connection's secrets, in its default Region, among those in view; or takes them out again. The
    /// connection in view stays.
    pub fn toggle_together(self, id: &ConnectionId) {
        let mut scopes = self.scopes.get_untracked();
        if scopes.iter().any(|scope| scope.connection == *id) {
            let in_view = self.scope.get_untracked();
            scopes.retain(|scope| scope.connection != *id || Some(scope) == in_view.as_ref());
        } else if let Some(region) = self.default_region(id) {
            scopes.push(Scope { connection: id.clone(), region });
        }
        self.together.set(scopes);
    }

    /// What a scope is called while several are shown: its connection and its Region; tracks.
    pub fn scope_name(self, scope: &Scope) -> String {
        let name = self.connections.with(|connections| {
            connections
                .as_ref()
                .and_then(|list| find(list, &scope.connection))
                .map(|found| found.name.clone())
        });
        format!("{} · {}", name.unwrap_or_else(|| scope.connection.0.clone()), scope.region)
    }

    /// Whether requests can be sent through a connection; tracks.
    pub fn can_send(self, id: &ConnectionId) -> bool {
        self.connections.with(|connections| {
            connections
                .as_ref()
                .and_then(|list| find(list, id))
                .is_some_and(|found| found.state == ConnectionState::Ready)
        })
    }

    /// The marks of the connection in view; tracks.
    pub fn marks(self) -> Marks {
        self.connection.with(|connection| {
            connection.as_ref().map(|connection| connection.marks.clone()).unwrap_or_default()
        })
    }

    /// What the connection in view may be used for; tracks.
    pub fn guard(self) -> Guard {
        self.marks().guard_of_writes()
    }

    /// Whose credentials write for the connection in view, where they are not its own; tracks.
    pub fn writes_through(self) -> Option<WritesThrough> {
        self.marks().writes_through
    }

    /// Accepts the account that a profile now points to, after confirmation in a system dialog.
    pub async fn accept_account(self, connection: ConnectionId, account: String) -> Result<(), ApiError> {
        let connections = ipc::call(AcceptAccount { connection, account }).await?;
        self.receive(connections);
        Ok(())
    }

    /// Trusts the current routes of a connection, after confirmation in a system dialog.
    pub async fn trust(self, connection: ConnectionId) -> Result<(), ApiError> {
        let connections = ipc::call(TrustConnection { connection }).await?;
        self.receive(connections);
        Ok(())
    }

    /// Whether a connection lets nothing be written, as far as it is known now.
    pub fn is_read_only(self, id: &ConnectionId) -> bool {
        self.connections.with_untracked(|connections| {
            let mut list = connections.iter().flat_map(|connections| &connections.list);
            list.any(|known| known.id == *id && known.marks.is_read_only())
        })
    }

    /// Whether a vault is in view; tracks.
    pub fn shows_vault(self) -> bool {
        self.scope.with(|scope| scope.as_ref().is_some_and(|scope| scope.connection.is_vault()))
    }

    /// Whether requests can be sent; tracks.
    pub fn is_ready(self) -> bool {
        self.connection.with(|connection| {
            connection.as_ref().is_some_and(|connection| connection.state == ConnectionState::Ready)
        })
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

/// The chosen scope while its connection exists, else the first connection's.
fn pick(connections: &Connections, chosen: Option<Scope>) -> Option<Scope> {
    chosen.filter(|scope| find(connections, &scope.connection).is_some()).or_else(|| {
        let first = connections.list.first()?;
        Some(Scope { connection: first.id.clone(), region: first.default_region.clone() })
    })
}

fn find<'a>(connections: &'a Connections, id: &ConnectionId) -> Option<&'a Connection> {
    connections.list.iter().find(|connection| connection.id == *id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::in_window;

    #[tokio::test]
    async fn connections_that_were_overtaken_on_their_way_do_not_count() {
        in_window(async {
            let session = Session::new();
            let failure = |text: &str| Some(ApiError::internal(text));
            let told =
                |told, text| Connections { told, profiles_failure: failure(text), ..Connections::default() };
            for (connections, expected) in
                [(told(2, "second"), "second"), (told(1, "first"), "second"), (told(3, "third"), "third")]
            {
                session.receive(connections);
                let shown = session.connections.get_untracked().and_then(|known| known.profiles_failure);
                assert_eq!(shown, failure(expected));
            }
        })
        .await;
    }
}
