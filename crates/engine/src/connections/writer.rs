//! What a write is sent with: the client of its connection, or one whose credentials another connection of the same
//! account fetches for this write alone.

use latchkey_domain::connection::{Connection, Finding};
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};

use super::probe::account_of;
use super::saved::{SavedConnection, SavedKind};
use crate::Engine;
use crate::aws::client::{self, Access};
use crate::aws::read_client::ReadClient;
use crate::changes::WriteClient;

/// The clients of one write; the credentials of the one that writes go with it.
pub(crate) struct Writer {
    pub scope: Scope,
    pub reads: ReadClient,
    pub writes: WriteClient,
    /// Who writes, as far as anybody tells.
    pub caller_arn: Option<String>,
}

impl Engine {
    /// What a write is sent with, now.
    pub(crate) async fn writer(&self, scope: &Scope) -> Result<Writer, ApiError> {
        let client = self.sdk_client(scope).await?;
        let reads = ReadClient::new(client.clone());
        if super::profiles::is_profile(&scope.connection) {
            // Nothing is written while nobody knows where to.
            self.caller_arn(scope).await;
        }
        self.check_may_write(&scope.connection)?;
        let Some(through) = self.writes_through(&scope.connection) else {
            let caller_arn = self.caller_arn(scope).await;
            return Ok(Writer { scope: scope.clone(), reads, writes: WriteClient::new(client), caller_arn });
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
        let variant = self.access(&own.id).await?.variant;
        let access = Access { variant, ..self.access_for_once(&other.id).await? };
        let caller_arn = self.check_same_account(scope, own, other, &access).await?;
        let share = self.share(&own.id, &scope.region);
        let gate = self.guards.gate(&own.id, Some(&other.id));
        let writes = client::secrets_manager(&self.transport, &access, &scope.region, share, gate);
        self.lock.check_open()?;
        Ok(Writer { scope: scope.clone(), reads, writes: WriteClient::new(writes), caller_arn })
    }

    /// Fresh credentials of a connection, which nothing keeps. Only a role with an MFA device is taken as it was
    /// assumed: a code counts once.
    pub(super) async fn access_for_once(&self, id: &ConnectionId) -> Result<Access, ApiError> {
        if super::profiles::is_profile(id) {
            return self.profile_access_for_once(id).await;
        }
        self.check_way(id)?;
        let found = self.connections.pages().saved.find(id).cloned();
        match found {
            Some(SavedConnection { kind: SavedKind::SsoRole(role), endpoint_url, variant, .. }) => {
                self.role_access_for_once(&role, endpoint_url, variant).await
            }
            Some(SavedConnection { kind: SavedKind::AssumedRole(role), default_region, .. })
                if role.mfa_serial.is_none() =>
            {
                self.assume_for_once(&role, &default_region).await
            }
            _ => self.access(id).await,
        }
    }

    /// Asks who will write, and refuses who belongs to another account than the connection that reads.
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

    /// The account that a connection leads to: as STS says, else as its role does.
    pub(crate) async fn account_of(&self, connection: &Connection) -> Result<String, ApiError> {
        let scope = Scope { connection: connection.id.clone(), region: connection.default_region.clone() };
        let caller_arn = self.caller_arn(&scope).await;
        let told = caller_arn.as_deref().and_then(account_of).or_else(|| connection.kind.account());
        told.map(str::to_owned).ok_or_else(|| nobody_tells(&connection.name))
    }
}

fn nobody_tells(name: &str) -> ApiError {
    let message =
        format!("Nobody tells which account {name} belongs to, so nothing is written through it. Try again.");
    ApiError::new(Code::ReadOnly, message)
}

#[cfg(test)]
mod tests;
