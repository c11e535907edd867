//! CreateSecret.

use latchkey_domain::name::{AWS_INVALID_NAME, check_name};
use latchkey_domain::partition::Partition;
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::stages::CURRENT;
use serde::{Deserialize, Serialize};

use super::answer::WireTag;
use super::tags::{check_tags, read_tags};
use super::validate::Checks;
use super::value::{ValueInput, is_same};
use crate::call::Call;
use crate::fault::{Fault, FaultCode};
use crate::random::random_text;
use crate::store::secrets::{MAX_SECRETS, Secret};

const SUFFIX_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSecret {
    name: Option<String>,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    #[serde(flatten)]
    value: ValueInput,
    tags: Option<Vec<WireTag>>,
    add_replica_regions: Option<Vec<serde::de::IgnoredAny>>,
    #[serde(rename = "Type")]
    partner_type: Option<String>,
    #[serde(rename = "CrossAccountPrimaryARN")]
    cross_account_primary_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Created {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

pub fn create_secret(call: &Call<'_>, request: CreateSecret) -> Result<Created, Fault> {
    let mut checks = Checks::default();
    checks.required("name", request.name.as_deref(), 1..=512);
    checks.text("clientRequestToken", request.client_request_token.as_deref(), 32..=64);
    checks.text("description", request.description.as_deref(), 0..=2048);
    checks.text("kmsKeyId", request.kms_key_id.as_deref(), 0..=2048);
    check_tags(&mut checks, request.tags.as_deref());
    checks.list("addReplicaRegions", request.add_replica_regions.as_deref(), 1..=usize::MAX);
    checks.text("type", request.partner_type.as_deref(), 0..=256);
    let value = request.value.read(&mut checks)?;
    checks.finish()?;
    let token = request.client_request_token.ok_or_else(Fault::no_request_token)?;
    let name = request.name.unwrap_or_default();
    check_name(&name).map_err(|_| Fault::validation(AWS_INVALID_NAME))?;
    if request.add_replica_regions.is_some() || request.cross_account_primary_arn.is_some() {
        return Err(Fault::not_implemented("replication"));
    }
    if let Some(known) = call.rows.named(&name)? {
        return answer_for_existing(call, known, &token, value.as_ref());
    }
    if call.rows.count()? >= MAX_SECRETS {
        return Err(Fault::limit_exceeded("You can't have more than 500000 secrets in one Region."));
    }
    let tags = read_tags(request.tags.unwrap_or_default())?;
    let now = call.now_millis();
    let mut secret = Secret {
        id: 0,
        arn: new_arn(call, &name)?,
        name,
        description: request.description.filter(|text| !text.is_empty()),
        kms_key_id: read_kms_key_id(request.kms_key_id),
        partner_type: request.partner_type.filter(|text| !text.is_empty()),
        tags: (!tags.is_empty()).then_some(tags),
        created_at: now,
        changed_at: now,
        accessed_on: 0,
        deleted_at: None,
        purge_at: None,
        owning_service: None,
        primary_region: None,
        replicas: None,
    };
    secret.id = call.rows.insert(&secret)?;
    if let Some(value) = &value {
        call.rows.insert_version(call.sealer, &secret, &token, value, now)?;
        call.rows.attach(&secret, CURRENT, &token)?;
    }
    Ok(Created { arn: secret.arn, name: secret.name, version_id: value.map(|_| token) })
}

/// A repeated request gets its answer again.
fn answer_for_existing(
    call: &Call<'_>,
    secret: Secret,
    token: &str,
    value: Option<&SecretValue>,
) -> Result<Created, Fault> {
    if secret.deleted_at.is_some() {
        return Err(Fault::invalid_request(
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        ));
    }
    let message = format!("The operation failed because the secret {} already exists.", secret.name);
    let exists = || Fault::new(FaultCode::ResourceExistsException, message.clone());
    let (known, value) = call.rows.value(call.sealer, &secret, token)?.zip(value).ok_or_else(exists)?;
    if !is_same(&known, value) {
        return Err(Fault::token_in_use(token, &secret.arn));
    }
    Ok(Created { arn: secret.arn, name: secret.name, version_id: Some(token.to_owned()) })
}

/// An ARN that no secret had before.
pub fn new_arn(call: &Call<'_>, name: &str) -> Result<String, Fault> {
    let no_random = |_| Fault::internal("The system gave no random numbers. Try again.");
    let suffix = random_text(SUFFIX_LETTERS, 6).map_err(no_random)?;
    let (partition, region) = (Partition::id_of(call.rows.region), call.rows.region);
    let account = call.rows.account;
    Ok(format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{suffix}"))
}

/// `None` for the default key, however it is called.
pub fn read_kms_key_id(text: Option<String>) -> Option<String> {
    text.filter(|key| !matches!(key.as_str(), "" | "aws/secretsmanager" | "alias/aws/secretsmanager"))
}
