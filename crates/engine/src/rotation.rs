//! The commands for rotation: set up, started, turned off, and what went wrong with one.

mod keys;

use latchkey_domain::change::Change;
use latchkey_domain::rotation::{
    CancelRotation, FindRotationTrouble, RevealFunctionOutput, RotateSecret, RotationTrouble, SaveRotation,
};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::value::Revealed;
use latchkey_domain::{ApiError, Code};
use uuid::Uuid;

use crate::secrets::name_of;
use crate::{Engine, TroubleReport};

impl Engine {
    /// Stores function and rules, turns rotation on, and describes the secret.
    pub async fn save_rotation(&self, request: SaveRotation) -> Result<SecretDetail, ApiError> {
        let SaveRotation {
            scope,
            secret_id,
            lambda_arn,
            schedule_expression,
            duration,
            rotate_immediately,
            typed_name,
        } = request;
        let rotate_into = rotate_immediately.then(|| Uuid::new_v4().to_string());
        let change = Change::ConfigureRotation { lambda_arn, schedule_expression, duration, rotate_into };
        self.carry_out(&scope, &secret_id, change, typed_name.as_deref()).await
    }

    /// Starts a rotation, or one that did not end again, and describes the secret; the rotation goes on after the
    /// answer.
    pub async fn rotate_secret(&self, request: RotateSecret) -> Result<SecretDetail, ApiError> {
        let RotateSecret { scope, secret_id, again_for, typed_name } = request;
        let version_id = again_for.unwrap_or_else(|| Uuid::new_v4().to_string());
        self.carry_out(&scope, &secret_id, Change::RotateNow { version_id }, typed_name.as_deref()).await
    }

    /// Turns rotation off and describes the secret.
    pub async fn cancel_rotation(&self, request: CancelRotation) -> Result<SecretDetail, ApiError> {
        let CancelRotation { scope, secret_id } = request;
        self.carry_out(&scope, &secret_id, Change::CancelRotation, None).await
    }

    /// What a vault saw go wrong; nothing for a secret in AWS.
    pub async fn find_rotation_trouble(
        &self,
        request: FindRotationTrouble,
    ) -> Result<RotationTrouble, ApiError> {
        let FindRotationTrouble { scope, secret_id } = request;
        if !scope.connection.is_vault() {
            return Ok(RotationTrouble::default());
        }
        Ok(self.vault_host(&scope.connection)?.rotation_trouble(scope.region, secret_id).await?.trouble)
    }

    /// What a function of a vault wrote before it failed.
    pub async fn reveal_function_output(&self, request: RevealFunctionOutput) -> Result<Revealed, ApiError> {
        let RevealFunctionOutput { scope, secret_id } = request;
        if self.asks_before_reveal(&scope.connection) {
            self.confirm_exit(&scope.connection, "Show", &name_of(&secret_id)).await?;
        }
        let report = match scope.connection.is_vault() {
            true => self.vault_host(&scope.connection)?.rotation_trouble(scope.region, secret_id).await?,
            false => TroubleReport::default(),
        };
        let output = report.output.ok_or_else(|| {
            let message = "What the function wrote is kept no longer. Rotate again to see it.";
            ApiError::new(Code::NotFound, message)
        })?;
        Ok(Revealed::Text(output.expose().to_owned()))
    }
}

#[cfg(test)]
mod tests;
