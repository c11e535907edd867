//! For a write through another connection: credentials for that write only, and its account.

use latchkey_domain::connection::Connection;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};

use super::probe::account_of;
use super::saved::{SavedConnection, SavedKind};
use crate::Engine;
use crate::aws::client::Access;

impl Engine {
    /// Fresh credentials of a connection, which nothing keeps. Only a role with an MFA device is taken as it was
    /// assumed: a code counts once.
    pub(crate) async fn access_for_once(&self, id: &ConnectionId) -> Result<Access, ApiError> {
        if super::profiles::is_profile(id) {
            return self.profile_access_for_once(id).await;
        }
        self.check_detours(id)?;
        let found = self.connections.pages().saved.find(id).cloned();
        match &found {
            Some(saved) if let SavedKind::SsoRole(role) = &saved.kind => {
                self.role_access_for_once(role, saved.routes()).await
            }
            Some(SavedConnection { kind: SavedKind::AssumedRole(role), default_region, .. })
                if role.mfa_serial.is_none() =>
            {
                self.assume_for_once(role, default_region).await
            }
            _ => self.access(id).await,
        }
    }

    /// The account that a connection leads to: as STS says, else as its role does.
    pub(crate) async fn account_of(&self, connection: &Connection) -> Result<String, ApiError> {
        let scope = Scope { connection: connection.id.clone(), region: connection.default_region.clone() };
        let caller_arn = self.caller_arn(&scope).await;
        let told = caller_arn.as_deref().and_then(account_of).or_else(|| connection.kind.account());
        told.map(str::to_owned).ok_or_else(|| nobody_tells(&connection.name))
    }
}

pub(crate) fn nobody_tells(name: &str) -> ApiError {
    let message = format!(
        "The account of {name} could not be determined, so nothing is written through it. Try again."
    );
    ApiError::new(Code::ReadOnly, message)
}
