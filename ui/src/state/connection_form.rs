//! What is typed and chosen to mark one connection: its name, its looks and its guard.

use latchkey_domain::ApiError;
use latchkey_domain::connection::Connection;
use latchkey_domain::guard::{Colour, EditConnection, Emblem, Guard};
use leptos::prelude::*;

use super::form_failure::FormFailure;
use super::session::Session;
use crate::ipc;

const FIELDS: [&str; 2] = ["name", "guard"];

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
        };
        let connections = ipc::call(request).await?;
        self.session.receive(connections);
        Ok(())
    }
}
