//! Values: how they come in, GetSecretValue and BatchGetSecretValue.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_domain::secret_text::SecretValue;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::answer::Instant;
use super::list::{PageQuery, WireFilter, check_filters, find_page};
use super::validate::Checks;
use crate::call::Call;
use crate::fault::{Fault, FaultCode};
use crate::store::page::{Order, SortBy};
use crate::store::secrets::{Secret, parse_secret_id};
use crate::vault::Reading;

/// Bytes of a value (AWS quota).
const MAX_VALUE_BYTES: usize = 65_536;
/// Secrets in one BatchGetSecretValue.
const MAX_BATCH: usize = 20;
const CURRENT: &str = latchkey_domain::stages::CURRENT;

/// The two ways in which a request carries a value.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ValueInput {
    secret_string: Option<Zeroizing<String>>,
    secret_binary: Option<Zeroizing<String>>,
}

impl ValueInput {
    /// The value, if there is one.
    pub fn read(self, checks: &mut Checks) -> Result<Option<SecretValue>, Fault> {
        let allowed = 1..=MAX_VALUE_BYTES;
        match (self.secret_string, self.secret_binary) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(Fault::invalid_parameter(
                "You can't specify both a binary secret value and a string secret value in the same secret.",
            )),
            (Some(text), None) => {
                checks.sensitive("secretString", Some(text.as_bytes()), allowed);
                Ok(Some(SecretValue::Text(text)))
            }
            (None, Some(base64)) => {
                let bytes = Zeroizing::new(STANDARD.decode(base64.as_bytes()).map_err(|_| {
                    Fault::new(FaultCode::SerializationException, "SecretBinary is not base64.")
                })?);
                checks.sensitive("secretBinary", Some(&bytes), allowed);
                Ok(Some(SecretValue::Binary(bytes)))
            }
        }
    }
}

/// Whether both are the same, told in a time that depends on their lengths only.
pub fn is_same(one: &SecretValue, other: &SecretValue) -> bool {
    let same_kind = matches!(one, SecretValue::Text(_)) == matches!(other, SecretValue::Text(_));
    same_kind && bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSecretValue {
    secret_id: Option<String>,
    version_id: Option<String>,
    version_stage: Option<String>,
}

/// One version with its value.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VersionValue {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    version_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_string: Option<Zeroizing<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_binary: Option<Zeroizing<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    version_stages: Vec<String>,
    created_date: Instant,
}

pub fn get_secret_value(call: &Call<'_>, request: GetSecretValue) -> Result<VersionValue, Fault> {
    let GetSecretValue { secret_id, version_id, version_stage } = request;
    let mut checks = Checks::default();
    checks.required("secretId", secret_id.as_deref(), 1..=2048);
    checks.text("versionId", version_id.as_deref(), 32..=64);
    checks.text("versionStage", version_stage.as_deref(), 1..=256);
    checks.finish()?;
    let secret = call.rows.find_live(&secret_id.unwrap_or_default())?;
    read_version(call, &secret, version_id.as_deref(), version_stage.as_deref())
}

fn read_version(
    call: &Call<'_>,
    secret: &Secret,
    version_id: Option<&str>,
    stage: Option<&str>,
) -> Result<VersionValue, Fault> {
    let version_id = match (version_id, stage) {
        (Some(id), _) => id.to_owned(),
        (None, stage) => {
            let stage = stage.unwrap_or(CURRENT);
            call.rows.holder(secret, stage)?.ok_or_else(|| Fault::no_value_at_stage(stage))?
        }
    };
    let no_version = || Fault::no_value_of_version(&version_id);
    let version = call.rows.version(secret, &version_id)?.ok_or_else(no_version)?;
    if stage.is_some_and(|stage| !version.stages.iter().any(|held| held == stage)) {
        return Err(Fault::invalid_request(
            "You provided a VersionStage that is not associated to the provided VersionId.",
        ));
    }
    let value = call.rows.value(call.sealer, secret, &version_id)?.ok_or_else(no_version)?;
    call.note_access(secret, &version);
    let (secret_string, secret_binary) = match value {
        SecretValue::Text(text) => (Some(text), None),
        SecretValue::Binary(bytes) => (None, Some(Zeroizing::new(STANDARD.encode(&*bytes)))),
    };
    Ok(VersionValue {
        arn: secret.arn.clone(),
        name: secret.name.clone(),
        version_id,
        secret_string,
        secret_binary,
        version_stages: version.stages,
        created_date: Instant(version.created_at),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchGetSecretValue {
    secret_id_list: Option<Vec<String>>,
    filters: Option<Vec<WireFilter>>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchOfValues {
    secret_values: Vec<VersionValue>,
    errors: Vec<BatchError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BatchError {
    secret_id: String,
    error_code: &'static str,
    message: String,
}

pub fn batch_get_secret_value(
    reading: &Reading<'_>,
    request: BatchGetSecretValue,
) -> Result<BatchOfValues, Fault> {
    let BatchGetSecretValue { secret_id_list, filters, max_results, next_token } = request;
    let mut checks = Checks::default();
    checks.list("secretIdList", secret_id_list.as_deref(), 1..=MAX_BATCH);
    for (index, id) in secret_id_list.iter().flatten().enumerate() {
        checks.text(&format!("secretIdList.{}.member", index + 1), Some(id), 1..=2048);
    }
    check_filters(&mut checks, filters.as_deref());
    checks.number("maxResults", max_results, 1..=20);
    checks.text("nextToken", next_token.as_deref(), 1..=4096);
    checks.finish()?;
    match (secret_id_list, filters) {
        (Some(ids), None) if max_results.is_none() => reading.look(|call| batch_by_id(call, ids)),
        (Some(_), None) => {
            Err(Fault::invalid_parameter("You can use MaxResults only together with Filters."))
        }
        (None, Some(filters)) => {
            let limit = max_results.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_BATCH);
            batch_by_filter(reading, filters, limit, next_token.as_deref())
        }
        _ => Err(Fault::invalid_parameter("You must include Filters or SecretIdList, but not both.")),
    }
}

fn batch_by_id(call: &Call<'_>, ids: Vec<String>) -> Result<BatchOfValues, Fault> {
    for id in &ids {
        parse_secret_id(id)?;
    }
    let mut batch = BatchOfValues { secret_values: Vec::new(), errors: Vec::new(), next_token: None };
    for id in ids {
        let read = call.rows.find_live(&id).and_then(|secret| read_version(call, &secret, None, None));
        batch.take(id, read);
    }
    Ok(batch)
}

fn batch_by_filter(
    reading: &Reading<'_>,
    filters: Vec<WireFilter>,
    limit: usize,
    token: Option<&str>,
) -> Result<BatchOfValues, Fault> {
    let order = Order { by: SortBy::Created, is_descending: false };
    let query = PageQuery { purpose: "batch", filters, order, includes_deleted: false, limit };
    let (read, next_token) = find_page(reading, query, token, |call, secret| {
        let read = read_version(call, &secret, None, None);
        Ok((secret.arn, read))
    })?;
    let mut batch = BatchOfValues { secret_values: Vec::new(), errors: Vec::new(), next_token };
    for (arn, read) in read {
        batch.take(arn, read);
    }
    Ok(batch)
}

impl BatchOfValues {
    fn take(&mut self, secret_id: String, read: Result<VersionValue, Fault>) {
        match read {
            Ok(value) => self.secret_values.push(value),
            Err(Fault { code, message }) => {
                self.errors.push(BatchError { secret_id, error_code: code.as_str(), message });
            }
        }
    }
}
