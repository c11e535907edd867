//! Changes what stands beside a value: description, key and tags; and schedules a deletion or takes it back. Each is a
//! write of its own, makes no version, and stands in the journal.

use aws_sdk_secretsmanager::operation::update_secret::builders::UpdateSecretFluentBuilder;
use aws_sdk_secretsmanager::types;
use latchkey_domain::metadata::{
    DeleteSecret, MAX_DESCRIPTION_CHARS, MAX_KMS_KEY_CHARS, RECOVERY_DAYS, RestoreSecret, SaveDescription,
    SaveKmsKey, SaveTags,
};
use latchkey_domain::secret::{SecretDetail, Tag};
use latchkey_domain::writes::Operation;
use latchkey_domain::{ApiError, Code};
use uuid::Uuid;

use crate::Engine;
use crate::aws::fault::{Attempt, classify};
use crate::journal::Traces;
use crate::secrets::check_tags;
use crate::writes::check_writable;

impl Engine {
    /// Puts another description.
    pub async fn save_description(&self, request: SaveDescription) -> Result<SecretDetail, ApiError> {
        let SaveDescription { scope, secret_id, description } = request;
        check_length("description", &description, MAX_DESCRIPTION_CHARS)?;
        let client = self.client(&scope).await?;
        let detail = self.describe(&scope, &client, &secret_id).await?;
        check_writable(&scope, &detail)?;
        let arn = detail.summary.arn.clone();
        let writer = self.writer(&scope).await?;
        let update = send_update(writer.writes.update_secret().description(description), &arn);
        self.journalled(&writer, subject(&detail), Operation::SaveDescription, update).await?;
        self.describe(&scope, &client, &arn).await
    }

    /// Puts another encryption key and describes the secret, so that it shows which versions AWS has sealed anew.
    pub async fn save_kms_key(&self, request: SaveKmsKey) -> Result<SecretDetail, ApiError> {
        let SaveKmsKey { scope, secret_id, kms_key_id } = request;
        let kms_key_id = kms_key_id.trim().to_owned();
        check_length("kms_key_id", &kms_key_id, MAX_KMS_KEY_CHARS)?;
        let client = self.client(&scope).await?;
        let detail = self.describe(&scope, &client, &secret_id).await?;
        check_writable(&scope, &detail)?;
        let arn = detail.summary.arn.clone();
        let writer = self.writer(&scope).await?;
        let key = if kms_key_id.is_empty() { DEFAULT_KEY.to_owned() } else { kms_key_id };
        let update = send_update(writer.writes.update_secret().kms_key_id(key), &arn);
        self.journalled(&writer, subject(&detail), Operation::SaveKmsKey, update).await?;
        self.describe(&scope, &client, &arn).await
    }

    /// Makes the tags these: what is gone is taken away, what is new or other is put. The ones that stay are not touched.
    pub async fn save_tags(&self, request: SaveTags) -> Result<SecretDetail, ApiError> {
        let SaveTags { scope, secret_id, tags } = request;
        let client = self.client(&scope).await?;
        let detail = self.describe(&scope, &client, &secret_id).await?;
        check_writable(&scope, &detail)?;
        let known = &detail.summary.tags;
        let put: Vec<Tag> = tags.iter().filter(|tag| !known.contains(tag)).cloned().collect();
        check_tags(&put)?;
        check_tags(&own(&tags))?;
        let is_gone = |tag: &&Tag| !tags.iter().any(|kept| kept.key == tag.key);
        let removed: Vec<String> = known.iter().filter(is_gone).map(|tag| tag.key.clone()).collect();
        let arn = detail.summary.arn.clone();
        let writer = self.writer(&scope).await?;
        self.journalled(&writer, subject(&detail), Operation::SaveTags, async {
            let mut traces = Traces::default();
            if !removed.is_empty() {
                let sent = writer.writes.untag_resource().secret_id(&arn).set_tag_keys(Some(removed)).send();
                let attempt = Attempt { operation: "UntagResource", subject: &arn };
                traces
                    .request_ids
                    .extend(Traces::of(&sent.await.map_err(|error| classify(attempt, &error))?).request_ids);
            }
            if !put.is_empty() {
                let wire =
                    put.iter().map(|tag| types::Tag::builder().key(&tag.key).value(&tag.value).build());
                let sent = writer.writes.tag_resource().secret_id(&arn).set_tags(Some(wire.collect())).send();
                let attempt = Attempt { operation: "TagResource", subject: &arn };
                traces
                    .request_ids
                    .extend(Traces::of(&sent.await.map_err(|error| classify(attempt, &error))?).request_ids);
            }
            Ok(traces)
        })
        .await?;
        self.describe(&scope, &client, &arn).await
    }

    /// Schedules the deletion, with a window to restore the secret in; never at once.
    pub async fn delete_secret(&self, request: DeleteSecret) -> Result<SecretDetail, ApiError> {
        let DeleteSecret { scope, secret_id, recovery_days, typed_name } = request;
        let (shortest, longest) = RECOVERY_DAYS;
        if !(shortest..=longest).contains(&recovery_days) {
            let message = format!("The recovery window is {shortest} to {longest} days long.");
            return Err(ApiError::invalid("recovery_days", message));
        }
        let client = self.client(&scope).await?;
        let detail = self.describe(&scope, &client, &secret_id).await?;
        check_writable(&scope, &detail)?;
        let name = &detail.summary.name;
        if typed_name != *name {
            return Err(ApiError::invalid(
                "typed_name",
                format!("Type the name {name} to delete the secret."),
            ));
        }
        if !detail.replicas.is_empty() {
            let regions: Vec<&str> = detail.replicas.iter().map(|replica| replica.region.as_str()).collect();
            let message = format!(
                "{name} has replicas in {}. AWS deletes a secret only after its replicas are removed.",
                regions.join(", ")
            );
            return Err(ApiError::new(Code::Conflict, message));
        }
        let arn = detail.summary.arn.clone();
        let writer = self.writer(&scope).await?;
        self.journalled(&writer, subject(&detail), Operation::DeleteSecret, async {
            let sent = writer
                .writes
                .delete_secret()
                .secret_id(&arn)
                .recovery_window_in_days(recovery_days.into())
                .send();
            let attempt = Attempt { operation: "DeleteSecret", subject: &arn };
            let output = sent.await.map_err(|error| classify(attempt, &error))?;
            Ok(Traces::of(&output))
        })
        .await?;
        self.describe(&scope, &client, &arn).await
    }

    /// Takes a scheduled deletion back.
    pub async fn restore_secret(&self, request: RestoreSecret) -> Result<SecretDetail, ApiError> {
        let RestoreSecret { scope, secret_id } = request;
        let client = self.client(&scope).await?;
        let detail = self.describe(&scope, &client, &secret_id).await?;
        let arn = detail.summary.arn.clone();
        let writer = self.writer(&scope).await?;
        self.journalled(&writer, subject(&detail), Operation::RestoreSecret, async {
            let sent = writer.writes.restore_secret().secret_id(&arn).send();
            let attempt = Attempt { operation: "RestoreSecret", subject: &arn };
            let output = sent.await.map_err(|error| classify(attempt, &error))?;
            Ok(Traces::of(&output))
        })
        .await?;
        self.describe(&scope, &client, &arn).await
    }
}

/// The key that AWS uses where no customer managed one is set.
const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

fn subject(detail: &SecretDetail) -> (&str, &str) {
    (&detail.summary.arn, &detail.summary.name)
}

async fn send_update(request: UpdateSecretFluentBuilder, arn: &str) -> Result<Traces, ApiError> {
    let sent = request.secret_id(arn).client_request_token(Uuid::new_v4().to_string()).send().await;
    let output =
        sent.map_err(|error| classify(Attempt { operation: "UpdateSecret", subject: arn }, &error))?;
    Ok(Traces::of(&output))
}

/// The tags that a person may change: AWS and its services keep some for themselves.
fn own(tags: &[Tag]) -> Vec<Tag> {
    tags.iter().filter(|tag| !tag.key.starts_with("aws:")).cloned().collect()
}

fn check_length(field: &str, text: &str, most: usize) -> Result<(), ApiError> {
    let length = text.chars().count();
    if length <= most {
        return Ok(());
    }
    Err(ApiError::invalid(field, format!("It may have {most} characters, and has {length}. Shorten it.")))
}

#[cfg(test)]
mod tests;
