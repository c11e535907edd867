//! The accounts of profiles. Each is pinned at its first use; a profile that points to a different account writes
//! nothing until the user accepts it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use latchkey_domain::connection::Connections;
use latchkey_domain::guard::{AcceptAccount, MovedAccount};
use latchkey_domain::{ApiError, Code, ConnectionId};

use crate::Engine;
use crate::ports::Question;

/// Where profiles lead to with the credentials that are in use.
#[derive(Debug, Default)]
pub(super) struct Accounts(Mutex<HashMap<ConnectionId, String>>);

impl Accounts {
    pub fn note(&self, connection: &ConnectionId, account: &str) {
        self.known().insert(connection.clone(), account.to_owned());
    }

    pub fn lose(&self, is_lost: impl Fn(&ConnectionId) -> bool) {
        self.known().retain(|connection, _| !is_lost(connection));
    }

    pub fn moved(&self, connection: &ConnectionId, pinned: Option<&str>) -> Option<MovedAccount> {
        let (pinned, now) = (pinned?, self.known().get(connection)?.clone());
        (pinned != now).then(|| MovedAccount { pinned: pinned.to_owned(), now })
    }

    /// Refuses writes while the account is unknown.
    pub fn check_known(&self, connection: &ConnectionId, pinned: Option<&str>) -> Result<(), ApiError> {
        match pinned.filter(|_| !self.known().contains_key(connection)) {
            Some(pinned) => Err(ApiError::new(
                Code::ReadOnly,
                format!(
                    "The profile is pinned to account {pinned}, and its current account could not be determined, so \
                     nothing was sent. Try again."
                ),
            )),
            None => Ok(()),
        }
    }

    /// Refuses what would be written into another account than the pinned one, as far as it is known.
    pub fn check_not_moved(&self, connection: &ConnectionId, pinned: Option<&str>) -> Result<(), ApiError> {
        let Some(MovedAccount { pinned, now }) = self.moved(connection, pinned) else { return Ok(()) };
        let message = format!(
            "The profile pointed to account {pinned} and now points to {now}, so nothing was sent. Accept the account \
             first, or fix the profile."
        );
        Err(ApiError::new(Code::ReadOnly, message))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<ConnectionId, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Pins a profile to the account that it leads to now, once the person agreed in a window of the system.
    pub(crate) async fn accept_account(&self, request: AcceptAccount) -> Result<Connections, ApiError> {
        let AcceptAccount { connection, account } = request;
        let known = self.known_connections().list;
        let shown = known.into_iter().find(|known| known.id == connection);
        let shown = shown.ok_or_else(|| super::unknown_connection(&connection))?;
        let Some(MovedAccount { pinned, now }) = shown.marks.moved.filter(|moved| moved.now == account)
        else {
            let message = format!("{} no longer points to account {account}. Check again.", shown.name);
            return Err(ApiError::new(Code::Conflict, message));
        };
        let question = Question {
            title: format!("Accept the account {now} for {}?", shown.name),
            text: format!("It pointed to account {pinned} until now. From now on, writes go to {now}."),
            verb: "Accept the account".to_owned(),
        };
        if !self.ask(question).await? {
            let message =
                format!("{} stays pinned to the account {pinned}: {now} was not accepted.", shown.name);
            return Err(ApiError::invalid("account", message));
        }
        self.guards.marks.change(&connection, |mark| mark.account = Some(now))?;
        Ok(self.tell_connections())
    }
}

#[cfg(test)]
mod tests;
