//! The client of a write: that of its connection, or one with credentials that another connection of the same account
//! fetches for this write only.

use latchkey_domain::connection::{Connection, Finding};
use latchkey_domain::guard::Guard;
use latchkey_domain::writes::{JournalEntry, JournalResult, Operation};
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};

use super::write_client::WriteClient;
use crate::Engine;
use crate::aws::client::{self, Access};
use crate::aws::read_client::ReadClient;
use crate::connections::{account_of, is_profile, nobody_tells};
use crate::journal::account_in;

/// The clients of one write; the credentials of the one that writes go with it.
pub(super) struct Writer {
    pub scope: Scope,
    pub guard: Guard,
    pub reads: ReadClient,
    pub writes: WriteClient,
    /// The caller's ARN from STS, if known.
    pub caller_arn: Option<String>,
    /// The name of the connection, for the journal.
    connection_name: String,
}

impl Writer {
    /// The same for another change, with notes of its own.
    pub fn anew(&self) -> Self {
        Self {
            scope: self.scope.clone(),
            guard: self.guard,
            reads: self.reads.clone(),
            writes: self.writes.anew(),
            caller_arn: self.caller_arn.clone(),
            connection_name: self.connection_name.clone(),
        }
    }
}

impl Engine {
    /// The client of a write, resolved now.
    pub(super) async fn writer(&self, scope: &Scope) -> Result<Writer, ApiError> {
        let reads = self.client(scope).await?;
        if is_profile(&scope.connection) {
            // Resolve the account before any write.
            self.caller_arn(scope).await;
        }
        self.check_may_write(&scope.connection)?;
        let guard = self.guard_of_writes(&scope.connection);
        let Some(through) = self.writes_through(&scope.connection) else {
            let caller_arn = self.caller_arn(scope).await;
            let (writes, connection_name) =
                (WriteClient::new(&reads), self.name_of_connection(&scope.connection));
            return Ok(Writer { scope: scope.clone(), guard, reads, writes, caller_arn, connection_name });
        };
        let known = self.known_connections().list;
        let find = |id: &ConnectionId| known.iter().find(|known| known.id == *id);
        let (Some(own), Some(other)) = (find(&scope.connection), find(&through.connection)) else {
            return Err(ApiError::new(
                Code::ReadOnly,
                format!(
                    "The connection {} that writes for this one is gone, so nothing was sent. Choose another one \
                     where this connection is edited.",
                    through.name
                ),
            ));
        };
        if own.endpoint_url != other.endpoint_url {
            return Err(ApiError::new(
                Code::ReadOnly,
                format!(
                    "{} sends to another endpoint than {}, so nothing was written.",
                    other.name, own.name
                ),
            ));
        }
        let variant = self.access(&own.id).await?.routes.variant;
        let mut access = self.access_for_once(&other.id).await?;
        access.routes.variant = variant;
        let caller_arn = self.check_same_account(scope, own, other, &access).await?;
        let share = self.share(&own.id, &scope.region);
        let gate = self.guards.gate(&own.id, Some(&other.id));
        let writes = client::secrets_manager(&self.transport, &access, &scope.region, share, gate);
        self.lock.check_open()?;
        let (writes, connection_name) = (WriteClient::new(&writes), own.name.clone());
        Ok(Writer { scope: scope.clone(), guard, reads, writes, caller_arn, connection_name })
    }

    /// Checks the identity that will write, and refuses one of a different account than the connection that reads.
    async fn check_same_account(
        &self,
        scope: &Scope,
        own: &Connection,
        other: &Connection,
        access: &Access,
    ) -> Result<Option<String>, ApiError> {
        let caller_arn = match self.identity(access, &scope.region).await {
            Finding::Passed(arn) => Some(arn),
            Finding::Failed(error) if error.code == Code::SignInNeeded || other.kind.account().is_none() => {
                return Err(error);
            }
            Finding::Failed(_) | Finding::Denied(_) | Finding::Unavailable(_) => None,
        };
        if self.note_account(&other.id, caller_arn.as_deref()) {
            self.tell_connections();
        }
        let told = caller_arn.as_deref().and_then(account_of).or_else(|| other.kind.account());
        let its = told.ok_or_else(|| nobody_tells(&other.name))?;
        let read = self.account_of(own).await?;
        if its == read {
            return Ok(caller_arn);
        }
        Err(ApiError::new(
            Code::ReadOnly,
            format!(
                "{} belongs to the account {its}, and {} reads in {read}, so nothing was sent. Choose another connection \
                 to write through.",
                other.name, own.name
            ),
        ))
    }

    /// A new entry of the journal about a secret.
    pub(super) fn new_entry(
        &self,
        writer: &Writer,
        entry_id: String,
        operation: Operation,
        (secret_id, secret_name): (&str, &str),
    ) -> JournalEntry {
        let Writer { scope, caller_arn, connection_name, .. } = writer;
        JournalEntry {
            entry_id,
            began_at: self.clock.now(),
            ended_at: None,
            scope: scope.clone(),
            connection_name: connection_name.clone(),
            account: account_in(secret_id),
            caller_arn: caller_arn.clone(),
            secret_id: secret_id.to_owned(),
            secret_name: secret_name.to_owned(),
            operation,
            version_ids: Vec::new(),
            request_ids: Vec::new(),
            stages: None,
            save: None,
            change: None,
            plan: None,
            result: JournalResult::Unfinished,
        }
    }
}

#[cfg(test)]
mod tests;
