//! Creates a secret with its first value, and looks up what came of it where the answer was lost.

use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types;
use latchkey_domain::change::check_new_tags;
use latchkey_domain::name::check_name;
use latchkey_domain::secret::{CreateSecret, SecretDetail};
use latchkey_domain::text::too_long;
use latchkey_domain::value::{NewField, NewValue, SecretValue};
use latchkey_domain::writes::{JournalResult, Operation};
use latchkey_domain::{ApiError, Code};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::item::unknown;
use super::labels::WAITS;
use super::put::sent_text;
use super::write_client::WriteClient;

use super::writer::Writer;
use crate::Engine;
use crate::aws::attempts::Attempts;
use crate::aws::fault::{Attempt, classify, withhold};
use crate::journal::Ending;
use crate::secrets::MAX_VALUE_BYTES;

/// What came of a creation: the ARN of the secret, or why there is none.
type Created = Result<String, ApiError>;

impl Engine {
    /// Creates a secret with its first value and describes it.
    pub async fn create_secret(&self, request: CreateSecret) -> Result<SecretDetail, ApiError> {
        check_name(&request.name).map_err(|problem| ApiError::invalid("name", problem.to_string()))?;
        check_new_tags(&request.tags)?;
        // What was typed is checked before anybody is asked; a copy is read once it is sure that it may be written.
        let typed = match &request.value {
            NewValue::CopyOf(_) => None,
            typed => Some(self.first_value(typed).await?),
        };
        let writer = self.writer(&request.scope).await?;
        let value = match typed {
            Some(value) => value,
            None => self.first_value(&request.value).await?,
        };
        let version_id = Uuid::new_v4().to_string();
        let entry_id = Uuid::new_v4().to_string();
        let subject = (request.name.as_str(), request.name.as_str());
        let mut entry = self.new_entry(&writer, entry_id.clone(), Operation::CreateSecret, subject);
        entry.version_ids = vec![version_id.clone()];
        self.journal.begin(entry).await;
        let attempts = Attempts::default();
        let sent = send(&writer.writes, &request, &value, &version_id, &attempts).await;
        let (created, result) = match sent {
            Err(error) if attempts.may_have_landed() => {
                self.look_up(&writer, &request.name, &version_id, error).await
            }
            Err(error) => (Err(error.clone()), JournalResult::NotDone(error)),
            Ok(arn) => (Ok(arn), JournalResult::Done),
        };
        let ending = Ending::new(entry_id, self.clock.now(), result);
        let (request_ids, secret_id) = (attempts.request_ids(), created.clone().ok());
        self.journal.end(&request.scope.connection, Ending { request_ids, secret_id, ..ending }).await;
        let arn = created?;
        let described = self.describe(&request.scope, &writer.reads, &arn).await;
        described.map_err(|mut error| {
            error.message.insert_str(0, &format!("{} was created, but cannot be described. ", request.name));
            error
        })
    }

    /// A secret of this name with the version that was sent is the one that was created.
    async fn look_up(
        &self,
        writer: &Writer,
        name: &str,
        version_id: &str,
        error: ApiError,
    ) -> (Created, JournalResult) {
        let mut waits = WAITS.iter();
        loop {
            let seen = self.describe(&writer.scope, &writer.reads, name).await;
            if let Ok(detail) = &seen
                && detail.has_version(version_id)
            {
                return (Ok(detail.summary.arn.clone()), JournalResult::Done);
            }
            if let Some(wait) = waits.next() {
                self.clock.sleep(*wait).await;
                continue;
            }
            let is_absent = match seen {
                Ok(_) => true,
                Err(told) => told.code == Code::NotFound,
            };
            let (result, error): (fn(ApiError) -> JournalResult, _) = match is_absent {
                true => (JournalResult::NotDone, error),
                false => (JournalResult::Unknown, unknown(error)),
            };
            return (Err(error.clone()), result(error));
        }
    }

    /// The value that will be stored. A JSON object keeps the order of its fields; a copy is read now.
    async fn first_value(&self, value: &NewValue) -> Result<SecretValue, ApiError> {
        let value = match value {
            NewValue::Text(text) => SecretValue::text(text.expose()),
            NewValue::Fields(fields) => object_of(fields)?,
            NewValue::CopyOf(version) => self.value_of(version).await?,
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
async fn send(
    client: &WriteClient,
    request: &CreateSecret,
    value: &SecretValue,
    version_id: &str,
    attempts: &Attempts,
) -> Created {
    let tags = request.tags.iter().map(|tag| types::Tag::builder().key(&tag.key).value(&tag.value).build());
    let creation = client
        .create_secret()
        .client_request_token(version_id)
        .name(&request.name)
        .set_description(request.description.clone().filter(|text| !text.is_empty()))
        .set_kms_key_id(request.kms_key_id.clone().filter(|id| !id.is_empty()))
        .set_tags((!request.tags.is_empty()).then(|| tags.collect()));
    let creation = match value {
        SecretValue::Text(text) => creation.secret_string(text.as_str()),
        SecretValue::Binary(bytes) => creation.secret_binary(Blob::new(bytes.as_slice())),
    };
    let sent = creation.customize().interceptor(attempts.clone()).send().await;
    let created = sent.map_err(|error| {
        let attempt = Attempt { operation: "CreateSecret", subject: &request.name };
        refused_creation(classify(attempt, &error), &request.name, &request.value, value)
    })?;
    Ok(created.arn.unwrap_or_else(|| request.name.clone()))
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

/// Says which part of the input is at fault, and drops AWS's words where they quote the value.
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
