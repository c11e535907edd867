//! Creates, describes and finds secrets: metadata and versions, never a value that comes back.

use std::collections::HashSet;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types;
use latchkey_domain::change::check_new_tags;
use latchkey_domain::name::{Arn, SecretLocator, check_name};
use latchkey_domain::secret::{
    CreateSecret, DescribeSecret, FindSecret, FoundSecret, SecretDetail, Version, VersionMap,
};
use latchkey_domain::text::too_long;
use latchkey_domain::value::{NewField, NewValue, SecretValue};
use latchkey_domain::writes::Operation;
use latchkey_domain::{ApiError, Code, Scope};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::Engine;
use crate::aws::fault::{Attempt, classify, withhold};
use crate::aws::from_sdk;
use crate::journal::Traces;

/// The API's limit (API model: SecretStringType).
pub(crate) const MAX_VALUE_BYTES: usize = 65_536;

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
        let creation = send_creation(&writer.writes, &request, &value);
        let subject = (request.name.as_str(), request.name.as_str());
        let made = self.journalled(&writer, subject, Operation::CreateSecret, creation).await?;
        let secret_id = made.secret_id.unwrap_or(request.name);
        self.describe(&request.scope, &writer.reads, &secret_id).await
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

    /// Everything that can be known of a secret without reading its value.
    pub async fn describe_secret(&self, request: DescribeSecret) -> Result<SecretDetail, ApiError> {
        let client = self.client(&request.scope).await?;
        self.describe(&request.scope, &client, &request.secret_id).await
    }

    /// Finds a secret by its name, its ARN or a URL of AWS's console; an ARN or a URL may lead to another Region.
    pub async fn find_secret(&self, request: FindSecret) -> Result<FoundSecret, ApiError> {
        let located = SecretLocator::parse(&request.text)
            .map_err(|problem| ApiError::invalid("text", problem.to_string()))?;
        let region = located.region.unwrap_or(request.scope.region);
        let scope = Scope { connection: request.scope.connection, region };
        let client = self.client(&scope).await?;
        let detail = self.describe(&scope, &client, &located.secret_id).await?;
        Ok(FoundSecret { scope, detail })
    }

    /// What the secret is now, for the commands that changed it; the list shows it at once.
    pub(crate) async fn describe(
        &self,
        scope: &Scope,
        client: &Client,
        secret_id: &str,
    ) -> Result<SecretDetail, ApiError> {
        let attempt = Attempt { operation: "DescribeSecret", subject: secret_id };
        let sent = client.describe_secret().secret_id(secret_id).send();
        let output = sent.await.map_err(|error| classify(attempt, &error))?;
        let (summary, version_map, replicas) = from_sdk::described(output).ok_or_else(|| {
            ApiError::internal(format!("DescribeSecret of {secret_id} answered without a name or an ARN."))
        })?;
        self.note_described(scope, &summary);
        // Versions may be refused, or not be listed while a deletion waits: the labels are known in any case.
        let (versions, versions_denied) = match list_versions(client, &summary.arn).await {
            Ok(listed) => (with_unlisted(listed, &version_map, Some(false)), None),
            Err(error) => (with_unlisted(Vec::new(), &version_map, None), Some(error)),
        };
        Ok(SecretDetail { summary, version_map, versions, versions_denied, replicas })
    }
}

async fn send_creation(
    client: &Client,
    request: &CreateSecret,
    value: &SecretValue,
) -> Result<Traces, ApiError> {
    let tags = request.tags.iter().map(|tag| types::Tag::builder().key(&tag.key).value(&tag.value).build());
    let creation = client
        .create_secret()
        .client_request_token(Uuid::new_v4().to_string())
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
    let traces = Traces::of(&created).with_version(created.version_id());
    Ok(Traces { secret_id: created.arn, ..traces })
}

async fn list_versions(client: &Client, arn: &str) -> Result<Vec<Version>, ApiError> {
    let mut versions = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let request =
            client.list_secret_version_ids().secret_id(arn).max_results(100).include_deprecated(true);
        let answer = request.set_next_token(token.clone()).send().await;
        let page = answer
            .map_err(|error| classify(Attempt { operation: "ListSecretVersionIds", subject: arn }, &error))?;
        versions.extend(page.versions.unwrap_or_default().into_iter().filter_map(from_sdk::version));
        let next = from_sdk::next_page(page.next_token);
        if next.is_none() {
            versions.sort_by(|a, b| {
                b.created_at.cmp(&a.created_at).then_with(|| a.version_id.cmp(&b.version_id))
            });
            return Ok(versions);
        }
        if next == token {
            let message = "The endpoint sends the same page of ListSecretVersionIds again and again.";
            return Err(ApiError::internal(message));
        }
        token = next;
    }
}

/// Adds the labelled versions that the list does not hold. AWS lists a pending version only once it holds a value
/// (AWS's behaviour, A9).
fn with_unlisted(mut listed: Vec<Version>, map: &VersionMap, has_value: Option<bool>) -> Vec<Version> {
    let known: HashSet<&str> = listed.iter().map(|version| version.version_id.as_str()).collect();
    let unlisted = map.0.iter().filter(|(id, _)| !known.contains(id.as_str())).map(|(id, stages)| Version {
        version_id: id.clone(),
        stages: stages.clone(),
        created_at: None,
        last_accessed_on: None,
        kms_key_ids: Vec::new(),
        has_value,
    });
    let mut versions: Vec<Version> = unlisted.collect();
    versions.append(&mut listed);
    versions
}

/// The name in the ARN of a secret; what is no ARN is a name itself.
pub(crate) fn name_of(secret_id: &str) -> String {
    let name = Arn::parse(secret_id).and_then(|arn| arn.secret_name().map(str::to_owned));
    name.unwrap_or_else(|| secret_id.to_owned())
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
    let mut inputs = Vec::new();
    if let SecretValue::Text(text) = value {
        inputs.push(text.as_str());
    }
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

#[cfg(test)]
mod tests;
