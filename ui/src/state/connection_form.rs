//! What is typed and chosen to mark one connection: its name, its looks and its guard.

use latchkey_domain::connection::Connection;
use latchkey_domain::guard::{Colour, EditConnection, Emblem, Guard};
use latchkey_domain::{ApiError, ConnectionId};
use leptos::prelude::*;

use super::form_failure::FormFailure;
use super::session::Session;
use crate::ipc;

const FIELDS: [&str; 3] = ["name", "guard", "writes_through"];

/// The form of one connection.
#[derive(Clone, Copy)]
pub struct ConnectionForm {
    session: Session,
    connection: StoredValue<Connection>,
    pub name: RwSignal<String>,
    pub guard: RwSignal<Guard>,
    pub colour: RwSignal<Option<Colour>>,
    pub icon: RwSignal<Option<Emblem>>,
    pub reveal_asks: RwSignal<bool>,
    /// The id of the connection that writes for it; empty for itself.
    pub writes_through: RwSignal<String>,
    pub failure: FormFailure,
    pub busy: RwSignal<bool>,
}

impl ConnectionForm {
    /// Begins with what the connection has.
    pub fn new(session: Session, connection: Connection) -> Self {
        let marks = connection.marks.clone();
        Self {
            session,
            name: RwSignal::new(connection.name.clone()),
            guard: RwSignal::new(marks.guard),
            colour: RwSignal::new(marks.colour),
            icon: RwSignal::new(marks.icon),
            reveal_asks: RwSignal::new(marks.reveal_asks),
            writes_through: RwSignal::new(
                marks.writes_through.map(|other| other.connection.0).unwrap_or_default(),
            ),
            connection: StoredValue::new(connection),
            failure: FormFailure::new(&FIELDS),
            busy: RwSignal::default(),
        }
    }

    /// Whether a window of the system will ask before this is saved; tracks.
    pub fn is_looser(self) -> bool {
        let (guard, reveal_asks) = (self.guard.get(), self.reveal_asks.get());
        self.connection.with_value(|connection| {
            guard < connection.marks.guard || (connection.marks.reveal_asks && !reveal_asks)
        })
    }

    /// The connections that may write for it, by id and name: those of its account, as far as that is known, that send
    /// to its endpoint and write themselves. The one that is set is among them. Tracks.
    pub fn possible_writers(self) -> Vec<(String, String)> {
        let (own, set) = (self.connection.get_value(), self.writes_through.get());
        self.session.connections.with(|connections| {
            let list = connections.as_ref().map(|known| known.list.as_slice()).unwrap_or_default();
            if own.id.is_vault() || list.iter().any(|known| known.writes_through(&own.id)) {
                return Vec::new();
            }
            let may_write = |other: &&Connection| {
                other.id.0 == set
                    || (other.id != own.id
                        && !other.id.is_vault()
                        && other.endpoint_url == own.endpoint_url
                        && other.marks.writes_through.is_none()
                        && !own.kind.is_of_another_account(&other.kind))
            };
            list.iter().filter(may_write).map(|known| (known.id.0.clone(), known.name.clone())).collect()
        })
    }

    /// Saves it; true if that was done. On a refusal everything typed stays.
    pub async fn save(self) -> bool {
        self.failure.clear();
        self.busy.set(true);
        let answer = self.send().await;
        self.busy.try_set(false);
        match answer {
            Ok(()) => true,
            Err(error) => {
                self.failure.set(error);
                false
            }
        }
    }

    async fn send(self) -> Result<(), ApiError> {
        let request = EditConnection {
            connection: self.connection.with_value(|connection| connection.id.clone()),
            name: self.name.get_untracked(),
            guard: self.guard.get_untracked(),
            colour: self.colour.get_untracked(),
            icon: self.icon.get_untracked(),
            reveal_asks: self.reveal_asks.get_untracked(),
            writes_through: Some(self.writes_through.get_untracked())
                .filter(|id| !id.is_empty())
                .map(ConnectionId),
        };
        let connections = ipc::call(request).await?;
        self.session.receive(connections);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::connection::{ConnectionKind, ConnectionState, Connections};
    use latchkey_domain::guard::{Marks, WritesThrough};
    use latchkey_domain::identity_center::SsoSession;

    use super::*;

    fn role(id: &str, account_id: &str) -> Connection {
        let session =
            SsoSession { start_url: "https://example.com/start".into(), region: "eu-west-1".into() };
        Connection {
            id: id.into(),
            name: id.to_uppercase(),
            kind: ConnectionKind::SsoRole { session, account_id: account_id.into(), role_name: id.into() },
            default_region: "eu-west-1".into(),
            endpoint_url: None,
            state: ConnectionState::Ready,
            marks: Marks::default(),
        }
    }

    #[test]
    fn a_connection_may_write_through_others_of_its_account_and_endpoint_that_write_themselves() {
        let _owner = Owner::new_root(None);
        let reader = role("reader", "111111111111");
        let elevated = WritesThrough { connection: "admin".into(), name: "ADMIN".into(), guard: Guard::Free };
        let second = Connection {
            marks: Marks { writes_through: Some(elevated), ..Marks::default() },
            ..role("second", "111111111111")
        };
        let private = Connection {
            endpoint_url: Some("https://vpce-1.example.com".into()),
            ..role("private", "111111111111")
        };
        let key = ConnectionKind::AccessKey { access_key_id: "AKIAFAKE".into() };
        let key = Connection { kind: key, ..role("key", "") };
        let admin = role("admin", "111111111111");
        let other = role("other", "222222222222");
        let session = Session::new();
        let list = vec![reader.clone(), admin.clone(), other, second, private, key];
        session.receive(Connections { list, ..Connections::default() });
        let names = |connection: &Connection| -> Vec<_> {
            let form = ConnectionForm::new(session, connection.clone());
            untrack(|| form.possible_writers()).into_iter().map(|(_, name)| name).collect()
        };
        assert_eq!(names(&reader), ["ADMIN", "KEY"], "the account of a key is asked when it is saved");
        assert!(names(&admin).is_empty(), "it writes for another one");
    }
}
