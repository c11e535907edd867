//! Roles that another connection assumes: checked, saved, assumed when they are used, and again before they end.
//!
//! The credentials are kept in memory only. A role with an MFA device needs its code each time; the connection says so
//! by its state, so that everything else stays as it was while the code is requested.

mod draft;

use std::collections::HashSet;

use aws_sdk_sts::error::ProvideErrorMetadata;
use chrono::{DateTime, Utc};
use latchkey_domain::assumed_role::{AssumeRole, AssumedRoleDraft, SaveAssumedRole};
use latchkey_domain::connection::{ConnectionState, Connections};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId, Region};
use serde::{Deserialize, Serialize};

use super::Pages;
use super::saved::{SavedConnection, SavedKind};
use crate::Engine;
use crate::aws::client::{self, Access};
use crate::aws::fault::{Attempt, classify};
use crate::guards::unknown_connection;
use crate::ports::BoxFuture;

pub(super) const DEFAULT_SESSION_NAME: &str = "latchkey";

/// What AssumeRole is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AssumedRole {
    pub base: ConnectionId,
    pub role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<u32>,
    /// Profiles count in seconds.
    #[serde(skip)]
    pub duration_seconds: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_serial: Option<String>,
    /// Where Secrets Manager is asked with the role; none for the endpoint of its base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
}

impl Pages {
    /// Whether a code must be given before the role can be used.
    pub(super) fn role_state(
        &self,
        id: &ConnectionId,
        role: &AssumedRole,
        now: DateTime<Utc>,
    ) -> ConnectionState {
        match &role.mfa_serial {
            Some(serial) if self.credentials.fresh(id, now).is_none() => {
                ConnectionState::NeedsCode(serial.clone())
            }
            _ => ConnectionState::Ready,
        }
    }
}

impl Engine {
    /// Saves a role as a connection, if what was typed can be right.
    pub(crate) async fn save_assumed_role(&self, request: SaveAssumedRole) -> Result<Connections, ApiError> {
        let AssumedRoleDraft { name, region, .. } = &request.draft;
        let name = super::draft::check_name(name.trim())?;
        let region = super::draft::check_region(region.as_str().trim())?;
        let role = draft::check(&request.draft)?;
        let of_base = self.endpoint_of(&role.base);
        {
            let mut pages = self.connections.pages();
            pages.saved.reload_if_broken()?;
            if !pages.knows(&role.base) {
                return Err(ApiError::invalid("base", "This connection is gone. Choose another one."));
            }
            pages.saved.check_name(&name)?;
        }
        self.check_own_endpoint(&role.base, role.endpoint_url.as_deref())?;
        let destination = self.confirm_role(&request.draft, &role).await?;
        self.add_connections(vec![SavedConnection::of_assumed_role(name, role, region, of_base)])?;
        self.forget_confirmed(&destination);
        Ok(self.tell_connections())
    }

    /// The credentials of a role that is not saved. A code counts once, so a role with an MFA device is saved first.
    pub(super) async fn drafted_role_access(
        &self,
        draft: AssumedRoleDraft,
        region: &Region,
    ) -> Result<Access, ApiError> {
        let role = draft::check(&draft)?;
        if role.mfa_serial.is_some() {
            let message =
                "Save the connection, enter its code, and then test it: a code can be used only once.";
            return Err(ApiError::invalid("mfa_serial", message));
        }
        self.check_own_endpoint(&role.base, role.endpoint_url.as_deref())?;
        self.confirm_role(&draft, &role).await?;
        self.assume_for_once(&role, region).await
    }

    /// Assumes the role of a connection with a code of its MFA device.
    pub(crate) async fn assume_role(&self, request: AssumeRole) -> Result<Connections, ApiError> {
        let AssumeRole { connection, code } = request;
        let code = draft::check_code(&code)?;
        let found = {
            let pages = self.connections.pages();
            pages.saved.find(&connection).or_else(|| pages.profiles.role(&connection)).cloned()
        };
        let saved = found.ok_or_else(|| unknown_connection(&connection))?;
        let SavedKind::AssumedRole(role) = &saved.kind else {
            return Err(ApiError::invalid("code", format!("{} does not need a code.", saved.name)));
        };
        self.assume(&saved, role, Some(&code)).await?;
        Ok(self.tell_connections())
    }

    /// The credentials of a role: those at hand while they last, else new ones. Behind a pointer: the base may be a
    /// role itself.
    pub(super) fn assumed_access<'a>(
        &'a self,
        saved: &'a SavedConnection,
        role: &'a AssumedRole,
    ) -> BoxFuture<'a, Result<Access, ApiError>> {
        Box::pin(async move {
            if let Some(access) = self.connections.pages().credentials.fresh(&saved.id, self.clock.now()) {
                return Ok(access.clone());
            }
            if let Some(serial) = &role.mfa_serial {
                self.tell_connections();
                return Err(needs_code(&saved.name, serial));
            }
            self.assume(saved, role, None).await
        })
    }

    async fn assume(
        &self,
        saved: &SavedConnection,
        role: &AssumedRole,
        code: Option<&SecretInput>,
    ) -> Result<Access, ApiError> {
        self.check_bases(saved)?;
        let base = self.base_access(&saved.id, role).await?;
        let (access, expires_at) = self.ask_for_role(&base, &saved.default_region, role, code).await?;
        let mut pages = self.connections.pages();
        // Under the same lock as what is dropped when the console closes.
        self.lock.check_open()?;
        pages.credentials.renew(&saved.id, access.clone(), Some(expires_at));
        Ok(access)
    }

    /// An edited file may contain a cycle of roles.
    fn check_bases(&self, saved: &SavedConnection) -> Result<(), ApiError> {
        let pages = self.connections.pages();
        let mut seen = HashSet::new();
        let mut next = Some(saved);
        while let Some(SavedConnection { id, kind: SavedKind::AssumedRole(role), .. }) = next {
            if !seen.insert(id) {
                return Err(ApiError::internal(format!(
                    "The connection {} assumes its role through itself. Forget it, and add it again with another base.",
                    saved.name
                )));
            }
            next = pages.saved.find(&role.base);
        }
        Ok(())
    }

    /// Fresh credentials of a role without an MFA device, which nothing keeps.
    pub(super) async fn assume_for_once(
        &self,
        role: &AssumedRole,
        region: &Region,
    ) -> Result<Access, ApiError> {
        let base = self.access(&role.base).await?;
        let (access, _) = self.ask_for_role(&base, region, role, None).await?;
        Ok(access)
    }

    pub(super) async fn ask_for_role(
        &self,
        base: &Access,
        region: &Region,
        role: &AssumedRole,
        code: Option<&SecretInput>,
    ) -> Result<(Access, DateTime<Utc>), ApiError> {
        let of_minutes = || role.duration_minutes.and_then(|minutes| i32::try_from(minutes * 60).ok());
        let seconds = role.duration_seconds.or_else(of_minutes);
        let request = client::sts(&self.transport, base, region)
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(role.session_name.as_deref().unwrap_or(DEFAULT_SESSION_NAME))
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(seconds)
            .set_serial_number(role.mfa_serial.clone())
            .set_token_code(code.map(|code| code.expose().to_owned()));
        let answer = request.send().await.map_err(|error| {
            let says = error.message().unwrap_or_default().to_owned();
            let attempt = Attempt { operation: "AssumeRole", subject: &role.role_arn };
            explain(role, &says, code.is_some(), classify(attempt, &error))
        })?;
        let given = answer.credentials.ok_or_else(|| {
            ApiError::internal(format!("AssumeRole gave no credentials for {}. Try again.", role.role_arn))
        })?;
        let expires_at = DateTime::from_timestamp(given.expiration.secs(), 0).unwrap_or_default();
        let access = Access {
            routes: base.routes.clone().with_secrets_manager_at(role.endpoint_url.as_deref()),
            access_key_id: given.access_key_id,
            secret_access_key: SecretInput::new(given.secret_access_key),
            session_token: Some(SecretInput::new(given.session_token)),
        };
        Ok((access, expires_at))
    }
}

fn needs_code(name: &str, serial: &str) -> ApiError {
    ApiError::new(
        Code::SignInNeeded,
        format!(
            "{name} needs a new code from the MFA device {serial}. Enter it in the window, then try again."
        ),
    )
}

/// AWS uses one error code for a wrong code and a missing permission; only the message differs.
fn explain(role: &AssumedRole, says: &str, has_code: bool, error: ApiError) -> ApiError {
    let AssumedRole { role_arn, .. } = role;
    if error.code != Code::AccessDenied {
        return error;
    }
    if has_code && says.contains("MultiFactorAuthentication") {
        let message = "The code was not accepted. Wait for the next code on the device and enter it.";
        return ApiError { code: Code::Invalid("code".to_owned()), message: message.to_owned(), ..error };
    }
    let message = format!(
        "The role {role_arn} may not be assumed. Ask for sts:AssumeRole on it, and check that the role trusts the base \
         connection, with this external id and with or without MFA."
    );
    ApiError { message, ..error }
}

#[cfg(test)]
mod tests;
