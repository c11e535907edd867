//! Guards of connections: what a person set on each, and what keeps a write, or a look at a value, from happening.

mod accounts;
mod marks;
mod writes_through;

use std::path::Path;
use std::sync::Arc;

use latchkey_domain::connection::{Connection, Connections};
use latchkey_domain::detour::Way;
use latchkey_domain::guard::{EditConnection, Guard, Marks, names_production};
use latchkey_domain::{ApiError, Code, ConnectionId};

use crate::Engine;
use crate::aws::gate::Gate;
use crate::aws::iam::AccountAlias;
use crate::ports::Question;
use accounts::Accounts;
use marks::{Alias, MarksFile};

const MAX_NAME_CHARS: usize = 100;

/// What is known of the guards of all connections.
#[derive(Debug)]
pub(crate) struct Guards {
    marks: MarksFile,
    accounts: Accounts,
}

impl Guards {
    pub fn new(folder: &Path) -> Arc<Self> {
        Arc::new(Self { marks: MarksFile::load(folder), accounts: Accounts::default() })
    }

    /// The gate that a client of this connection goes through; `writer` is whose credentials it has, where they are not
    /// the connection's own.
    pub fn gate(self: &Arc<Self>, connection: &ConnectionId, writer: Option<&ConnectionId>) -> Gate {
        Gate::new(self.clone(), connection, writer)
    }

    /// Shows a connection as the person marked it.
    pub fn mark(&self, connection: &mut Connection) {
        let kind_name = connection.name.clone();
        let Ok(mark) = self.marks.of(&connection.id) else {
            (connection.marks.guard, connection.marks.reveal_asks) = (Guard::ReadOnly, true);
            return;
        };
        if let Some(name) = mark.name {
            connection.name = name;
        }
        let alias = mark.alias.map(|alias| alias.name);
        let account_names = [connection.account_name.as_deref(), alias.as_deref()];
        let is_production = says_production([&kind_name, &connection.name], account_names);
        connection.marks = Marks {
            guard: mark.guard.unwrap_or(Guard::proposed(is_production)),
            is_production,
            account_alias: alias,
            colour: mark.colour,
            icon: mark.icon,
            reveal_asks: mark.reveal_asks,
            saves_by_put: mark.saves_by_put,
            takes_no_writes: connection.marks.takes_no_writes,
            moved: self.accounts.moved(&connection.id, mark.account.as_deref()),
            writes_through: None,
            detours: Vec::new(),
        };
    }

    /// Makes the file of the guards, if this is the first start: from now on a missing one is missed.
    pub fn keep(&self) -> Result<(), ApiError> {
        self.marks.keep()
    }

    /// Begins what is set on a new connection with what holds already for its identity.
    pub fn begin_with(
        &self,
        connection: &ConnectionId,
        guard: Guard,
        reveal_asks: bool,
    ) -> Result<(), ApiError> {
        if guard == Guard::Free && !reveal_asks {
            return Ok(());
        }
        self.marks.change(connection, |mark| {
            mark.guard = Some(guard).filter(|guard| *guard != Guard::Free);
            mark.reveal_asks = reveal_asks;
        })
    }

    /// Whether a connection may write at all.
    pub fn check_write(&self, connection: &ConnectionId) -> Result<(), ApiError> {
        self.check_guard(connection)?;
        self.accounts.check_known(connection, self.marks.of(connection)?.account.as_deref())
    }

    /// Whether the guard of a connection lets anything be written, as far as its account is known.
    pub fn check_guard(&self, connection: &ConnectionId) -> Result<(), ApiError> {
        match self.marks.of(connection) {
            Ok(mark) if mark.guard != Some(Guard::ReadOnly) => {
                self.accounts.check_not_moved(connection, mark.account.as_deref())
            }
            Ok(_) => Err(ApiError::new(
                Code::ReadOnly,
                "The connection is read-only, so nothing was sent. Loosen its guard first.",
            )),
            Err(error) => Err(ApiError::new(
                Code::ReadOnly,
                format!(
                    "The guards of the connections could not be read, so nothing is written. {}",
                    error.message
                ),
            )),
        }
    }

    /// Reads the file again if it was damaged.
    pub fn reload_if_broken(&self) {
        self.marks.reload_if_broken();
    }

    /// Notes the account that a profile leads to; the first one is pinned. True if it is another one.
    pub fn note_account(&self, connection: &ConnectionId, account: &str) -> Result<bool, ApiError> {
        self.accounts.note(connection, account);
        if let Some(pinned) = self.marks.of(connection)?.account {
            return Ok(pinned != account);
        }
        self.marks.change(connection, |mark| mark.account = Some(account.to_owned()))?;
        Ok(false)
    }

    /// Notes what the account of a connection calls itself; an unknown one keeps its previous value, for that
    /// account. True
    /// if it is another name than before.
    pub fn note_alias(
        &self,
        connection: &ConnectionId,
        account: &str,
        told: AccountAlias,
    ) -> Result<bool, ApiError> {
        let known = self.marks.of(connection)?.alias;
        let alias = match told {
            AccountAlias::Named(name) => Some(Alias { account: account.to_owned(), name }),
            AccountAlias::Unnamed => None,
            AccountAlias::Untold => known.clone().filter(|known| known.account == account),
        };
        if alias == known {
            return Ok(false);
        }
        self.marks.change(connection, |mark| mark.alias = alias)?;
        Ok(true)
    }

    /// The account that a profile is pinned to.
    pub fn pinned(&self, connection: &ConnectionId) -> Option<String> {
        self.marks.of(connection).ok()?.account
    }

    /// Forgets the accounts of the selected connections: their credentials have changed.
    pub fn lose_accounts(&self, is_lost: impl Fn(&ConnectionId) -> bool) {
        self.accounts.lose(is_lost);
    }

    /// Whether a connection is set to save by one PutSecretValue.
    pub fn saves_by_put(&self, connection: &ConnectionId) -> bool {
        self.marks.of(connection).is_ok_and(|mark| mark.saves_by_put)
    }

    /// The detours of a connection that the person trusts; none while unknown.
    pub fn trusted(&self, connection: &ConnectionId) -> Vec<Way> {
        self.marks.of(connection).map(|mark| mark.trusted).unwrap_or_default()
    }

    /// Trusts these detours from now on, and no others.
    pub fn trust(&self, connection: &ConnectionId, detours: Vec<Way>) -> Result<(), ApiError> {
        self.marks.change(connection, |mark| mark.trusted = detours)
    }

    pub fn forget(&self, connection: &ConnectionId) -> Result<(), ApiError> {
        self.marks.forget(connection)
    }
}

impl Engine {
    /// Sets name, guard and looks of a connection. What is looser than before is asked in a system dialog, out
    /// of the reach of a page.
    pub(crate) async fn edit_connection(&self, request: EditConnection) -> Result<Connections, ApiError> {
        self.guards.reload_if_broken();
        // Whether a change loosens an unknown guard cannot be determined.
        self.guards.marks.of(&request.connection)?;
        let before = self.check_edit(&request).await?;
        let EditConnection {
            connection: id,
            name,
            guard,
            colour,
            icon,
            reveal_asks,
            saves_by_put,
            writes_through,
            variant,
            endpoint_url,
        } = request;
        let known = self.known_connections().list;
        let through = writes_through.clone().map(|other| writes_through::shown(other, &known));
        let after = Marks { guard, reveal_asks, writes_through: through, ..before.marks.clone() };
        if let Some(question) = loosening(&before, &after)
            && !self.ask(question).await?
        {
            let message = format!("{} keeps its guard: loosening it was not confirmed.", before.name);
            return Err(ApiError::invalid("guard", message));
        }
        let own_endpoint = match &endpoint_url {
            Some(typed) => Some(self.edited_endpoint(&before, typed, variant.unwrap_or(before.variant))?),
            None => None,
        };
        let destination = match &own_endpoint {
            Some(Some(url)) => self.confirm_endpoint(&before, url).await?,
            _ => None,
        };
        let own_name = self.own_name(&id).unwrap_or_default();
        let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty() && *name != own_name);
        let names = [own_name.as_str(), name.as_deref().unwrap_or_default()];
        let account_names = [before.account_name.as_deref(), before.marks.account_alias.as_deref()];
        let proposed = Guard::proposed(says_production(names, account_names));
        self.guards.marks.change(&id, |mark| {
            mark.name = name;
            // A guard that is as proposed was not decided: what is learnt of the account later may propose another one.
            if mark.guard.is_some() || guard != before.marks.guard || guard != proposed {
                mark.guard = Some(guard);
            }
            mark.colour = colour;
            mark.icon = icon;
            mark.reveal_asks = reveal_asks;
            mark.saves_by_put = saves_by_put;
            mark.writes_through = writes_through;
        })?;
        if let Some(variant) = variant.filter(|variant| *variant != before.variant) {
            self.set_variant(&id, variant)?;
        }
        if let Some(own) = own_endpoint {
            self.set_role_endpoint(&id, own)?;
        }
        destination.iter().for_each(|destination| self.forget_confirmed(destination));
        Ok(self.tell_connections())
    }

    /// Whether a connection can be edited so; answers it as it is.
    pub(crate) async fn check_edit(&self, edit: &EditConnection) -> Result<Connection, ApiError> {
        let mut known = self.known_connections().list;
        let at = known.iter().position(|known| known.id == edit.connection);
        let at = at.ok_or_else(|| unknown_connection(&edit.connection))?;
        let before = &known[at];
        check_name(edit.name.trim(), &edit.connection, &known)?;
        if let Some(variant) = edit.variant.filter(|variant| *variant != before.variant) {
            self.check_variant(before, variant)?;
        }
        if let Some(typed) = &edit.endpoint_url {
            self.edited_endpoint(before, typed, edit.variant.unwrap_or(before.variant))?;
        }
        if let Some(other) = edit.writes_through.as_ref().filter(|other| !before.writes_through(other)) {
            self.check_writes_through(before, other, &known).await?;
        }
        Ok(known.swap_remove(at))
    }

    /// Refuses to plan a write of a connection that is read only, or that writes through one that is.
    pub(crate) fn check_guard_of_writes(&self, connection: &ConnectionId) -> Result<(), ApiError> {
        self.check_takes_writes(connection)?;
        self.guards.check_guard(connection)?;
        self.guards.writes_through(connection).map_or(Ok(()), |other| self.guards.check_guard(&other))
    }

    /// Refuses a write of a connection that is read only, before the journal begins an entry of it.
    pub(crate) fn check_may_write(&self, connection: &ConnectionId) -> Result<(), ApiError> {
        self.guards.check_write(connection)?;
        self.check_guard_of_writes(connection)
    }

    /// Whether the name of a secret must be typed before its value, a stage or its deletion changes.
    pub(crate) fn asks_for_name(&self, connection: &ConnectionId) -> bool {
        self.guard_of_writes(connection) == Guard::Confirm
    }

    /// What counts for the writes of a connection.
    pub(crate) fn guard_of_writes(&self, connection: &ConnectionId) -> Guard {
        let known = self.known_connections().list;
        let found = known.iter().find(|known| known.id == *connection);
        found.map_or(Guard::Free, |known| known.marks.guard_of_writes())
    }

    /// Whether a system dialog asks before a value leaves the engine.
    pub(crate) fn asks_before_reveal(&self, connection: &ConnectionId) -> bool {
        let known = self.known_connections().list;
        known.iter().any(|known| known.id == *connection && known.marks.reveal_asks)
    }

    /// Asks before the value of a secret leaves the engine.
    pub(crate) async fn confirm_exit(
        &self,
        connection: &ConnectionId,
        verb: &str,
        secret_name: &str,
    ) -> Result<(), ApiError> {
        let known = self.known_connections().list;
        let connection = known.iter().find(|known| known.id == *connection);
        let connection_name = connection.map(|known| known.name.as_str()).unwrap_or("The connection");
        let question = Question {
            title: format!("{verb} the value of {secret_name}?"),
            text: format!("{connection_name} asks before a value is shown, copied or exported."),
            verb: verb.to_owned(),
        };
        if self.ask(question).await? {
            return Ok(());
        }
        let message = format!("The value of {secret_name} stays hidden: the confirmation was declined.");
        Err(ApiError::invalid("confirmation", message))
    }
}

fn check_name(name: &str, id: &ConnectionId, known: &[Connection]) -> Result<(), ApiError> {
    if name.chars().count() > MAX_NAME_CHARS {
        let message = format!("A name has at most {MAX_NAME_CHARS} characters. Shorten it.");
        return Err(ApiError::invalid("name", message));
    }
    if known.iter().any(|other| other.id != *id && other.name == name) {
        return Err(ApiError::invalid("name", "Another connection has this name. Choose a different one."));
    }
    Ok(())
}

/// Whether the names of a connection, or those of its account, say that it leads to production.
fn says_production(names: [&str; 2], account_names: [Option<&str>; 2]) -> bool {
    names.into_iter().chain(account_names.into_iter().flatten()).any(names_production)
}

/// What is asked before the marks of a connection become these; nothing if they are no looser.
fn loosening(before: &Connection, after: &Marks) -> Option<Question> {
    let marks = &before.marks;
    // An account that is not accepted yet, or a medium that takes no writes, keeps them back for its own reason.
    let for_writes =
        |marks: &Marks| Marks { moved: None, takes_no_writes: false, ..marks.clone() }.guard_of_writes();
    let mut changes = Vec::new();
    if after.guard < marks.guard {
        changes.push(format!("Its guard changes from {} to {}.", marks.guard.words(), after.guard.words()));
    } else if for_writes(after) < for_writes(marks) {
        let (old, new) = (for_writes(marks).words(), for_writes(after).words());
        changes.push(format!(
            "It writes through another connection, and the guard of its writes changes from {old} to {new}."
        ));
    }
    if marks.reveal_asks && !after.reveal_asks {
        changes.push("Values are shown, copied and exported without asking.".to_owned());
    }
    let question = Question {
        title: format!("Loosen the guard of {}?", before.name),
        text: changes.join(" "),
        verb: "Loosen the guard".to_owned(),
    };
    (!changes.is_empty()).then_some(question)
}

pub(crate) fn unknown_connection(id: &ConnectionId) -> ApiError {
    ApiError::new(
        Code::NotFound,
        format!("There is no connection {:?}. It may have been removed.", id.as_str()),
    )
}

#[cfg(test)]
mod tests;
