//! The account that a connection leads to, which a write through another connection is compared with.

use latchkey_domain::connection::Connection;
use latchkey_domain::{ApiError, Code, Scope};

use super::probe::account_of;
use crate::Engine;

impl Engine {
    /// The account of a connection: as STS says, else as its role does.
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
