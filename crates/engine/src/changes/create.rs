//! Plans and creates a secret with its first value, and checks the outcome if the response was lost.

use std::sync::Arc;

use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types;
use latchkey_domain::change::{ApplyCreation, CreationReview, PlanCreation};
use latchkey_domain::cli_line::CliTarget;
use latchkey_domain::document::NewField;
use latchkey_domain::guard::WritesThrough;
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::text::too_long;
use latchkey_domain::value::NewValue;
use latchkey_domain::writes::{JournalResult, Operation};
use latchkey_domain::{ApiError, Code, Scope};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Changing;
use super::apply::{Noted, Plan};
use super::item::unknown;
use super::labels::WAITS;
use super::plans::{LIFETIME, plan_id};
use super::put::sent_text;
use super::write_client::WriteClient;
use super::writer::Writer;
use crate::Engine;
use crate::aws::fault::{Attempt, classify, withhold};
use crate::secrets::MAX_VALUE_BYTES;

/// What came of a creation: the ARN of the secret, or why there is none.
type Created = Result<String, ApiError>;

/// A reviewed creation that waits for confirmation.
pub(super) struct PlannedCreation {
    request: PlanCreation,
    value: SecretValue,
    /// The ClientRequestToken, which becomes the id of the first version.
    version_id: String,
    is_quiet: bool,
    writes_through: Option<WritesThrough>,
}

impl Plan for Arc<PlannedCreation> {
    /// Whether the review was seen.
    type Word = bool;

    fn scope(&self) -> &Scope {
        &self.request.scope
    }

    fn check_word(&self, engine: &Engine, is_reviewed: &bool) -> Result<(), ApiError> {
        let connection = &self.request.scope.connection;
        engine.check_writer(connection, self.writes_through.as_ref())?;
        engine.check_reviewed(connection, self.is_quiet, *is_reviewed)
    }
}

impl Engine {
    /// Checks what was typed, reads what is copied, and says what would be made.
    pub(crate) async fn plan_creation(&self, request: PlanCreation) -> Result<CreationReview, ApiError> {
        request.check()?;
        let connection = &request.scope.connection;
        self.check_guard_of_writes(connection)?;
        let value = self.first_value(&request.value).await?;
        let version_id = Uuid::new_v4().to_string();
        let plan_id = plan_id(&request.scope, "", self.clock.now(), &(&request.name, &version_id));
        let endpoint_url = self.endpoint_of(connection);
        let region = request.scope.region.as_str();
        let target = CliTarget { secret_id: None, region, endpoint_url: endpoint_url.as_deref() };
        let cli = request.cli_line(&version_id, value.field(), target);
        let is_quiet = !self.asks_for_name(connection);
        let writes_through = self.writes_through(connection);
        let review = CreationReview {
            plan_id: plan_id.clone(),
            name: request.name.clone(),
            description: request.description.clone(),
            kms_key_id: request.kms_key_id.clone(),
            tags: request.tags.clone(),
            field: value.field(),
            size_bytes: value.as_bytes().len(),
            is_quiet,
            cli_problem: cli.as_ref().err().map(ToString::to_string),
            cli_line: cli.ok(),
            writes_through: writes_through.clone(),
            journal_in_memory: self.journal.is_in_memory(connection).await,
        };
        let connection = connection.clone();
        let planned = PlannedCreation { request, value, version_id, is_quiet, writes_through };
        self.keep(&self.plans.creations, &plan_id, &connection, LIFETIME, Arc::new(planned));
        Ok(review)
    }

    /// Creates a planned secret, once, and describes it.
    pub(crate) async fn apply_creation(&self, request: ApplyCreation) -> Result<SecretDetail, ApiError> {
        let ApplyCreation { plan_id, is_reviewed } = request;
        let begun = self.begin(&self.plans.creations, &plan_id, &is_reviewed).await?;
        let (planned, writer) = (&begun.plan, &begun.writer);
        let PlannedCreation { request, version_id, .. } = &**planned;
        let subject = (request.name.as_str(), request.name.as_str());
        let mut entry = self.new_entry(writer, plan_id.0, Operation::CreateSecret, subject);
        entry.version_ids = vec![version_id.clone()];
        let creation = async {
            let (created, result) = match send(&writer.writes, planned).await {
                Err(error) if writer.writes.may_have_landed() => {
                    self.look_up(writer, &request.name, version_id, error).await
                }
                Err(error) => (Err(error.clone()), JournalResult::NotDone(error)),
                Ok(arn) => (Ok(arn), JournalResult::Done),
            };
            let secret_id = created.clone().ok();
            (created, Noted { secret_id, ..result.into() })
        };
        let arn = self.journalled(&writer.writes, entry, creation).await?;
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
async fn send(client: &WriteClient, planned: &PlannedCreation) -> Created {
    let PlannedCreation { request, value, version_id, .. } = planned;
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
    let created = creation.send().await.map_err(|error| {
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
