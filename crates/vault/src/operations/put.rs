//! PutSecretValue and UpdateSecret: new versions and changed metadata.

use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::stages::CURRENT;
use serde::{Deserialize, Serialize};

use super::create::read_kms_key_id;
use super::rotate::count_change;
use super::stages::{check_label_count, put_current};
use super::validate::Checks;
use super::value::{ValueInput, is_same};
use crate::call::Call;
use crate::fault::Fault;
use crate::store::secrets::{Secret, parse_secret_id};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutSecretValue {
    secret_id: Option<String>,
    client_request_token: Option<String>,
    #[serde(flatten)]
    value: ValueInput,
    version_stages: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutVersion {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    version_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    version_stages: Vec<String>,
}

pub fn put_secret_value(call: &Call<'_>, request: PutSecretValue) -> Result<PutVersion, Fault> {
    let mut checks = Checks::default();
    checks.required("secretId", request.secret_id.as_deref(), 1..=2048);
    checks.text("clientRequestToken", request.client_request_token.as_deref(), 32..=64);
    checks.list("versionStages", request.version_stages.as_deref(), 1..=20);
    for (index, stage) in request.version_stages.iter().flatten().enumerate() {
        checks.text(&format!("versionStages.{}.member", index + 1), Some(stage), 1..=256);
    }
    let value = request.value.read(&mut checks)?;
    checks.finish()?;
    let token = request.client_request_token.ok_or_else(Fault::no_request_token)?;
    let secret_id = request.secret_id.unwrap_or_default();
    parse_secret_id(&secret_id)?;
    let no_value = || Fault::invalid_request("You must provide either SecretString or SecretBinary.");
    let value = value.ok_or_else(no_value)?;
    let mut secret = call.rows.find_writable(&secret_id)?;
    let stages = request.version_stages.unwrap_or_else(|| vec![CURRENT.to_owned()]);
    if add_version(call, &secret, &token, &value, &stages)? {
        call.save_changed(&mut secret)?;
    }
    let version_stages =
        call.rows.version(&secret, &token)?.map(|version| version.stages).unwrap_or_default();
    Ok(PutVersion { arn: secret.arn, name: secret.name, version_id: token, version_stages })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateSecret {
    secret_id: Option<String>,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    #[serde(flatten)]
    value: ValueInput,
    #[serde(rename = "Type")]
    partner_type: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Updated {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

pub fn update_secret(call: &Call<'_>, request: UpdateSecret) -> Result<Updated, Fault> {
    let mut checks = Checks::default();
    checks.required("secretId", request.secret_id.as_deref(), 1..=2048);
    checks.text("clientRequestToken", request.client_request_token.as_deref(), 32..=64);
    checks.text("description", request.description.as_deref(), 0..=2048);
    checks.text("kmsKeyId", request.kms_key_id.as_deref(), 0..=2048);
    checks.text("type", request.partner_type.as_deref(), 0..=256);
    let value = request.value.read(&mut checks)?;
    checks.finish()?;
    let token = request.client_request_token.ok_or_else(Fault::no_request_token)?;
    let mut secret = call.rows.find_writable(&request.secret_id.unwrap_or_default())?;
    let mut is_changed = false;
    if let Some(text) = request.description {
        secret.description = Some(text).filter(|text| !text.is_empty());
        is_changed = true;
    }
    if let Some(text) = request.partner_type {
        secret.partner_type = Some(text).filter(|text| !text.is_empty());
        is_changed = true;
    }
    if let Some(key) = request.kms_key_id {
        secret.kms_key_id = read_kms_key_id(Some(key));
        call.rows.set_kms_key(&secret)?;
        is_changed = true;
    }
    if let Some(value) = &value {
        is_changed |= add_version(call, &secret, &token, value, &[CURRENT.to_owned()])?;
    }
    if is_changed {
        call.save_changed(&mut secret)?;
    }
    Ok(Updated { arn: secret.arn, name: secret.name, version_id: value.map(|_| token) })
}

/// Adds a version with its labels, unless the same request added it before; tells whether it did.
fn add_version(
    call: &Call<'_>,
    secret: &Secret,
    token: &str,
    value: &SecretValue,
    stages: &[String],
) -> Result<bool, Fault> {
    if let Some(known) = call.rows.value(call.sealer, secret, token)? {
        return match is_same(&known, value) {
            true => Ok(false),
            false => Err(Fault::token_in_use(token, &secret.arn)),
        };
    }
    let now = call.now_millis();
    call.rows.insert_version(call.sealer, secret, token, value, now)?;
    if stages.iter().any(|stage| stage == CURRENT) || call.rows.holder(secret, CURRENT)?.is_none() {
        put_current(call, secret, token)?;
    }
    for stage in stages {
        call.rows.attach(secret, stage, token)?;
    }
    check_label_count(call, secret)?;
    count_change(call, secret, token)?;
    call.rows.drop_old_versions(secret, now)?;
    Ok(true)
}
