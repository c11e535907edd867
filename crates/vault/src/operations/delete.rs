//! DeleteSecret and RestoreSecret.

use serde::{Deserialize, Serialize};

use super::answer::{Instant, Named};
use super::create::new_arn;
use super::validate::Checks;
use crate::call::Call;
use crate::fault::{Fault, FaultCode};
use crate::store::secrets::{Secret, SecretId, parse_secret_id};

const DEFAULT_WINDOW_DAYS: i64 = 30;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSecret {
    secret_id: Option<String>,
    recovery_window_in_days: Option<i64>,
    force_delete_without_recovery: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Deleted {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    deletion_date: Instant,
}

pub fn delete_secret(call: &Call<'_>, request: DeleteSecret) -> Result<Deleted, Fault> {
    let mut checks = Checks::default();
    checks.required("secretId", request.secret_id.as_deref(), 1..=2048);
    checks.finish()?;
    let secret_id = request.secret_id.unwrap_or_default();
    parse_secret_id(&secret_id)?;
    let is_forced = request.force_delete_without_recovery.unwrap_or_default();
    let window = request.recovery_window_in_days;
    if is_forced && window.is_some() {
        return Err(Fault::invalid_parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    if window.is_some_and(|days| !(7..=30).contains(&days)) {
        return Err(Fault::invalid_parameter(
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ));
    }
    match call.rows.find(&secret_id) {
        Ok(secret) if is_forced => delete_now(call, secret),
        Ok(secret) => schedule(call, secret, window.unwrap_or(DEFAULT_WINDOW_DAYS)),
        Err(fault) if is_forced && fault.code == FaultCode::ResourceNotFoundException => {
            pretend_deleted(call, &secret_id)
        }
        Err(fault) => Err(fault),
    }
}

fn delete_now(call: &Call<'_>, secret: Secret) -> Result<Deleted, Fault> {
    check_deletable(call, &secret)?;
    call.rows.remove(&secret)?;
    Ok(Deleted { arn: secret.arn, name: secret.name, deletion_date: Instant(call.now_millis()) })
}

fn schedule(call: &Call<'_>, mut secret: Secret, window_days: i64) -> Result<Deleted, Fault> {
    if secret.deleted_at.is_some() {
        return Err(Fault::marked_for_deletion());
    }
    check_deletable(call, &secret)?;
    let purge_at = call.now_millis() + window_days * DAY_MILLIS;
    secret.deleted_at = Some(call.now_millis());
    secret.purge_at = Some(purge_at);
    call.save_changed(&mut secret)?;
    Ok(Deleted { arn: secret.arn, name: secret.name, deletion_date: Instant(purge_at) })
}

/// AWS reports success for a forced deletion of nothing.
fn pretend_deleted(call: &Call<'_>, secret_id: &str) -> Result<Deleted, Fault> {
    let (arn, name) = match parse_secret_id(secret_id)? {
        SecretId::Name(name) => (new_arn(call, name)?, name.to_owned()),
        SecretId::Arn(arn) => (secret_id.to_owned(), arn.secret_name().unwrap_or_default().to_owned()),
    };
    Ok(Deleted { arn, name, deletion_date: Instant(call.now_millis()) })
}

fn check_deletable(call: &Call<'_>, secret: &Secret) -> Result<(), Fault> {
    call.rows.check_primary(secret)?;
    let regions: Vec<&str> =
        secret.replicas.iter().flatten().map(|replica| replica.region.as_str()).collect();
    if regions.is_empty() {
        return Ok(());
    }
    Err(Fault::invalid_parameter(&format!(
        "You can't delete secret {} that still has replica regions [{}].",
        secret.arn,
        regions.join(", ")
    )))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RestoreSecret {
    secret_id: Option<String>,
}

/// Restoring a secret that is not scheduled changes nothing.
pub fn restore_secret(call: &Call<'_>, request: RestoreSecret) -> Result<Named, Fault> {
    let mut checks = Checks::default();
    checks.required("secretId", request.secret_id.as_deref(), 1..=2048);
    checks.finish()?;
    let mut secret = call.rows.find(&request.secret_id.unwrap_or_default())?;
    call.rows.check_primary(&secret)?;
    if secret.deleted_at.take().is_some() {
        secret.purge_at = None;
        call.save_changed(&mut secret)?;
    }
    Ok(Named { arn: secret.arn, name: secret.name })
}
