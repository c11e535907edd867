//! Plans and creates a secret with its first value, and checks the outcome if the response was lost.

use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types;
use latchkey_domain::change::{ItemOutcome, NewSecret, Planned};
use latchkey_domain::document::NewField;
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::text::too_long;
use latchkey_domain::value::NewValue;
use latchkey_domain::{ApiError, Code};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Changing;
use super::apply::Noted;
use super::item::{Ended, Kind, PlannedItem, Planning, Prepared};
use super::labels::WAITS;
use super::plain::unknown;
use super::put::sent_text;
use super::write_client::WriteClient;
use super::writer::Writer;
use crate::Engine;
use crate::aws::fault::{Attempt, classify, withhold};
use crate::secrets::MAX_VALUE_BYTES;

/// A reviewed creation that waits for confirmation.
pub(super) struct PlannedCreation {
    secret: NewSecret,
    value: SecretValue,
    /// The ClientRequestToken, which becomes the id of the first version.
    pub version_id: String,
}

impl Engine {
    /// Checks what was typed, reads what is copied, and says what would be made.
    pub(super) async fn prepare_creation(
        &self,
        planning: &Planning<'_>,
        name: String,
        secret: NewSecret,
    ) -> Result<Prepared, ApiError> {
        secret.check(&name)?;
        let value = self.first_value(&secret.value).await?;
        let version_id = Uuid::new_v4().to_string();
        let cli = secret.cli_line(&name, &version_id, value.field(), planning.cli_target(None));
        let planned = Planned::Creation {
            description: secret.description.clone(),
            kms_key_id: secret.kms_key_id.clone(),
            tags: secret.tags.clone(),
            field: value.field(),
            size_bytes: value.as_bytes().len(),
        };
        let kind = Kind::Creation(Box::new(PlannedCreation { secret, value, version_id }));
        let item = PlannedItem { arn: name.clone(), name, kind };
        Ok(item.prepared(planned, Vec::new(), cli.map(|line| vec![line])))
    }

    /// Creates a planned secret.
    pub(super) async fn send_creation(
        &self,
        writer: &Writer,
        name: &str,
        creation: &PlannedCreation,
    ) -> (Ended, Noted) {
        let created = match send(&writer.writes, name, creation).await {
            Err(error) if writer.writes.may_have_landed() => {
                self.look_up(writer, name, &creation.version_id, error).await
            }
            created => created.map_err(ItemOutcome::NotDone),
        };
        let (outcome, shows) = match created {
            Ok(arn) => (ItemOutcome::Done, Some(arn)),
            Err(outcome) => (outcome, None),
        };
        let noted = Noted { secret_id: shows.clone(), ..outcome.journal_result().into() };
        (Ended { shows, ..outcome.into() }, noted)
    }

    /// A secret of this name with the version that was sent is the one that was created.
    async fn look_up(
        &self,
        writer: &Writer,
        name: &str,
        version_id: &str,
        error: ApiError,
    ) -> Result<String, ItemOutcome> {
        let mut waits = WAITS.iter();
        loop {
            let seen = self.describe(&writer.scope, &writer.reads, name).await;
            if let Ok(detail) = &seen
                && detail.has_version(version_id)
            {
                return Ok(detail.summary.arn.clone());
            }
            if let Some(wait) = waits.next() {
                self.clock.sleep(*wait).await;
                continue;
            }
            let is_absent = match seen {
                Ok(_) => true,
                Err(told) => told.code == Code::NotFound,
            };
            return Err(match is_absent {
                true => ItemOutcome::NotDone(error),
                false => ItemOutcome::Unknown(unknown(error)),
            });
        }
    }

    /// The value that will be stored. A JSON object keeps the order of its fields; a copy is read now.
    async fn first_value(&self, value: &NewValue) -> Result<SecretValue, ApiError> {
        let value = match value {
            NewValue::Text(text) => SecretValue::text(text.expose()),
            NewValue::Fields(fields) => object_of(fields)?,
            NewValue::CopyOf(version) => self.value_of(version, Changing(())).await?,
        };
        match value.as_bytes().len() {
            0 => Err(ApiError::invalid("value", "Type a value for the secret.")),
            bytes if bytes > MAX_VALUE_BYTES => {
                Err(ApiError::invalid("value", too_long(bytes, MAX_VALUE_BYTES)))
            }
            _ => Ok(value),
        }
    }
}

/// The ARN of the secret that was made.
async fn send(client: &WriteClient, name: &str, creation: &PlannedCreation) -> Result<String, ApiError> {
    let PlannedCreation { secret, value, version_id } = creation;
    let tags = secret.tags.iter().map(|tag| types::Tag::builder().key(&tag.key).value(&tag.value).build());
    let creation = client
        .create_secret()
        .client_request_token(version_id)
        .name(name)
        .set_description(secret.description.clone().filter(|text| !text.is_empty()))
        .set_kms_key_id(secret.kms_key_id.clone().filter(|id| !id.is_empty()))
        .set_tags((!secret.tags.is_empty()).then(|| tags.collect()));
    let creation = match value {
        SecretValue::Text(text) => creation.secret_string(text.as_str()),
        SecretValue::Binary(bytes) => creation.secret_binary(Blob::new(bytes.as_slice())),
    };
    let created = creation.send().await.map_err(|error| {
        let attempt = Attempt { operation: "CreateSecret", subject: name };
        refused_creation(classify(attempt, &error), name, &secret.value, value)
    })?;
    Ok(created.arn.unwrap_or_else(|| name.to_owned()))
}

fn object_of(fields: &[NewField]) -> Result<SecretValue, ApiError> {
    for (at, field) in fields.iter().enumerate() {
        if field.key.is_empty() {
            return Err(ApiError::invalid("value", format!("Field {} needs a key.", at + 1)));
        }
        if fields[..at].iter().any(|earlier| earlier.key == field.key) {
            return Err(ApiError::invalid(
                "value",
                format!("Field {} has the key of another field.", at + 1),
            ));
        }
    }
    // JSON makes of a byte at most six; so much room means that growing leaves no copy of a value behind.
    let room =
        fields.iter().map(|field| 6 * (field.key.len() + field.value.expose().len()) + 6).sum::<usize>();
    let mut json = Zeroizing::new(Vec::with_capacity(room + 2));
    let object = fields.iter().map(|field| (field.key.as_str(), field.value.expose()));
    let mut serializer = serde_json::Serializer::new(&mut *json);
    serde::Serializer::collect_map(&mut serializer, object)
        .map_err(|_| ApiError::internal("The fields could not be written as JSON."))?;
    String::from_utf8(std::mem::take(&mut *json))
        .map(SecretValue::text)
        .map_err(|_| ApiError::internal("The fields could not be written as JSON."))
}

/// Names the invalid input, and drops AWS's message if it quotes the value.
fn refused_creation(error: ApiError, name: &str, typed: &NewValue, value: &SecretValue) -> ApiError {
    let sent = sent_text(value);
    let mut inputs = vec![sent.as_str()];
    if let NewValue::Fields(fields) = typed {
        inputs.extend(fields.iter().map(|field| field.value.expose()));
    }
    let mut error = withhold(error, &inputs);
    match error.code {
        Code::Conflict => {
            error.code = Code::Invalid("name".to_owned());
            error.message =
                format!("A secret named {name} already exists in this Region. Choose another name.");
        }
        Code::PendingDeletion => {
            error.message = format!(
                "A secret named {name} is scheduled for deletion in this Region. Restore it or choose another name."
            );
        }
        _ => {}
    }
    error
}
