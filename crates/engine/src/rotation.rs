//! What went wrong with a rotation.

use latchkey_domain::rotation::{FindRotationTrouble, RevealFunctionOutput, RotationTrouble};
use latchkey_domain::value::Revealed;
use latchkey_domain::{ApiError, Code};

use crate::Engine;
use crate::ports::TroubleReport;
use crate::secrets::name_of;

impl Engine {
    /// What a vault saw go wrong; nothing for a secret in AWS.
    pub(crate) async fn find_rotation_trouble(
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
    pub(crate) async fn reveal_function_output(
        &self,
        request: RevealFunctionOutput,
    ) -> Result<Revealed, ApiError> {
        let RevealFunctionOutput { scope, secret_id } = request;
        if self.asks_before_reveal(&scope.connection) {
            self.confirm_exit(&scope.connection, "Show", &name_of(&secret_id)).await?;
        }
        let report = match scope.connection.is_vault() {
            true => self.vault_host(&scope.connection)?.rotation_trouble(scope.region, secret_id).await?,
            false => TroubleReport::default(),
        };
        let output = report.output.ok_or_else(|| {
            let message = "The function's output is no longer kept. Rotate again to see it.";
            ApiError::new(Code::NotFound, message)
        })?;
        Ok(Revealed::Text(output.expose().to_owned()))
    }
}

#[cfg(test)]
mod tests;
