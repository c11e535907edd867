//! The commands for what stands beside a value: description, key and tags, a deletion and its end.

use latchkey_domain::ApiError;
use latchkey_domain::change::Change;
use latchkey_domain::metadata::{DeleteSecret, RestoreSecret, SaveDescription, SaveKmsKey, SaveTags};
use latchkey_domain::secret::SecretDetail;

use crate::Engine;

impl Engine {
    /// Puts another description.
    pub async fn save_description(&self, request: SaveDescription) -> Result<SecretDetail, ApiError> {
        let SaveDescription { scope, secret_id, description } = request;
        self.carry_out(&scope, &secret_id, Change::Description { description }, None).await
    }

    /// Puts another encryption key; the secret shows then which versions AWS has sealed anew.
    pub async fn save_kms_key(&self, request: SaveKmsKey) -> Result<SecretDetail, ApiError> {
        let SaveKmsKey { scope, secret_id, kms_key_id } = request;
        let kms_key_id = kms_key_id.trim().to_owned();
        self.carry_out(&scope, &secret_id, Change::KmsKey { kms_key_id }, None).await
    }

    /// Makes the tags these: what is gone is taken away, what is new or other is put. The ones that stay are not touched.
    pub async fn save_tags(&self, request: SaveTags) -> Result<SecretDetail, ApiError> {
        let SaveTags { scope, secret_id, tags } = request;
        self.carry_out(&scope, &secret_id, Change::Tags { tags }, None).await
    }

    /// Schedules the deletion, with a window to restore the secret in; never at once.
    pub async fn delete_secret(&self, request: DeleteSecret) -> Result<SecretDetail, ApiError> {
        let DeleteSecret { scope, secret_id, recovery_days, typed_name } = request;
        self.carry_out(&scope, &secret_id, Change::Delete { recovery_days }, Some(&typed_name)).await
    }

    /// Takes a scheduled deletion back.
    pub async fn restore_secret(&self, request: RestoreSecret) -> Result<SecretDetail, ApiError> {
        let RestoreSecret { scope, secret_id } = request;
        self.carry_out(&scope, &secret_id, Change::Restore, None).await
    }
}

#[cfg(test)]
mod tests;
