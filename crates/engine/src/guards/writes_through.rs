//! Connections that write through another one of their account: which one that is, and whether it may be.

use latchkey_domain::connection::Connection;
use latchkey_domain::guard::{Guard, WritesThrough};
use latchkey_domain::{ApiError, Code, ConnectionId};

use super::Guards;
use crate::Engine;
use crate::aws::gate::WritePolicy;

impl Guards {
    /// The connection whose credentials write for this one. While the file is damaged nothing is written at all.
    pub fn writes_through(&self, connection: &ConnectionId) -> Option<ConnectionId> {
        self.marks.of(connection).ok()?.writes_through
    }

    /// Sets whose credentials write for a connection.
    pub fn set_writes_through(&self, connection: &ConnectionId, other: ConnectionId) -> Result<(), ApiError> {
        self.marks.change(connection, |mark| mark.writes_through = Some(other))
    }

    /// Shows through which connections others write, once all of them are marked. One that is gone writes nothing.
    pub fn mark_writes_through(&self, list: &mut [Connection]) {
        let through = |(at, connection): (usize, &Connection)| {
            Some((at, shown(self.writes_through(&connection.id)?, list)))
        };
        let found: Vec<_> = list.iter().enumerate().filter_map(through).collect();
        for (at, other) in found {
            list[at].marks.writes_through = Some(other);
        }
    }
}

impl WritePolicy for Guards {
    fn check_sender(&self, connection: &ConnectionId, writer: Option<&ConnectionId>) -> Result<(), ApiError> {
        self.check_write(connection)?;
        if self.writes_through(connection).as_ref() != writer {
            return Err(changed_meanwhile());
        }
        writer.map_or(Ok(()), |writer| self.check_write(writer))
    }
}

/// How a connection is shown that writes for another one.
pub(super) fn shown(id: ConnectionId, known: &[Connection]) -> WritesThrough {
    let found = known.iter().find(|known| known.id == id);
    let name = found.map_or_else(|| id.0.clone(), |known| known.name.clone());
    let guard = found.map_or(Guard::ReadOnly, |known| known.marks.guard);
    WritesThrough { connection: id, name, guard }
}

impl Engine {
    /// Whose credentials write for a connection, where they are not its own.
    pub(crate) fn writes_through(&self, connection: &ConnectionId) -> Option<WritesThrough> {
        let known = self.known_connections().list;
        known.into_iter().find(|known| known.id == *connection)?.marks.writes_through
    }

    /// Whether what writes is still what a plan was shown with.
    pub(crate) fn check_writer(
        &self,
        connection: &ConnectionId,
        shown: Option<&WritesThrough>,
    ) -> Result<(), ApiError> {
        let now = self.guards.writes_through(connection);
        if now.as_ref() == shown.map(|shown| &shown.connection) { Ok(()) } else { Err(changed_meanwhile()) }
    }

    /// Whether a connection may write through another one: both belong to one account and send to one endpoint.
    pub(super) async fn check_writes_through(
        &self,
        connection: &Connection,
        other: &ConnectionId,
        known: &[Connection],
    ) -> Result<(), ApiError> {
        let refuse = |message: String| Err(ApiError::invalid("writes_through", message));
        let Some(other) = known.iter().find(|known| known.id == *other) else {
            return refuse("This connection is gone. Choose another one.".to_owned());
        };
        let name = &other.name;
        if other.id == connection.id || other.id.is_local() || connection.id.is_local() {
            return refuse(format!("{} cannot write through {name}. Choose another one.", connection.name));
        }
        if let Some(third) = &other.marks.writes_through {
            return refuse(format!("{name} writes through {} itself. Choose that one.", third.name));
        }
        let is_used = |known: &&Connection| known.writes_through(&connection.id);
        if let Some(user) = known.iter().find(is_used) {
            let message =
                format!("{} writes through this connection, so this one has to write directly.", user.name);
            return refuse(message);
        }
        if other.endpoint_url != connection.endpoint_url {
            return refuse(format!(
                "{name} sends to another endpoint. Choose a connection with the endpoint of this one."
            ));
        }
        let accounts = (self.account_of(connection).await, self.account_of(other).await);
        match accounts {
            (Ok(own), Ok(its)) if own == its => Ok(()),
            (Ok(own), Ok(its)) => refuse(format!(
                "{name} belongs to the account {its}, and {} to {own}. Choose a connection of the same account.",
                connection.name
            )),
            (Err(error), _) | (_, Err(error)) => refuse(error.message),
        }
    }
}

fn changed_meanwhile() -> ApiError {
    let message = "The connection through which this one writes was changed meanwhile, so nothing was sent. Check \
                   again.";
    ApiError::new(Code::Conflict, message)
}
