//! How labels move: UpdateSecretVersionStage, and what a new value does to AWSCURRENT.
//!
//! Where AWS's recordings are silent: a new value takes every other label from the version that was current, custom
//! ones too (AWSPENDING is recorded, users report the rest); UpdateSecretVersionStage takes none but the one it names.

use latchkey_domain::stages::{CURRENT, MAX_LABELS, PREVIOUS};
use serde::Deserialize;

use super::answer::Named;
use super::rotate::give_up_unlabelled;
use super::validate::Checks;
use crate::call::Call;
use crate::fault::Fault;
use crate::store::secrets::Secret;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateSecretVersionStage {
    secret_id: Option<String>,
    version_stage: Option<String>,
    remove_from_version_id: Option<String>,
    move_to_version_id: Option<String>,
}

pub fn update_secret_version_stage(
    call: &Call<'_>,
    request: UpdateSecretVersionStage,
) -> Result<Named, Fault> {
    let mut checks = Checks::default();
    checks.required("secretId", request.secret_id.as_deref(), 1..=2048);
    checks.required("versionStage", request.version_stage.as_deref(), 1..=256);
    checks.text("removeFromVersionId", request.remove_from_version_id.as_deref(), 32..=64);
    checks.text("moveToVersionId", request.move_to_version_id.as_deref(), 32..=64);
    checks.finish()?;
    let label = request.version_stage.unwrap_or_default();
    let mut secret = call.rows.find_writable(&request.secret_id.unwrap_or_default())?;
    let from = request.remove_from_version_id.as_deref();
    match request.move_to_version_id.as_deref() {
        Some(to) => move_label(call, &secret, &label, from, to)?,
        None => remove_label(call, &secret, &label, from)?,
    }
    give_up_unlabelled(call, &secret)?;
    call.rows.drop_old_versions(&secret, call.now_millis())?;
    call.save_changed(&mut secret)?;
    Ok(Named { arn: secret.arn, name: secret.name })
}

/// Puts a label on a version; AWSPREVIOUS follows AWSCURRENT.
pub fn move_label(
    call: &Call<'_>,
    secret: &Secret,
    label: &str,
    from: Option<&str>,
    to: &str,
) -> Result<(), Fault> {
    if !call.rows.version(secret, to)?.is_some_and(|version| version.has_value) {
        return Err(Fault::no_value_of_version(to));
    }
    let holder = call.rows.holder(secret, label)?;
    match (holder.as_deref(), from) {
        (Some(holder), Some(from)) if holder != from => return Err(label_is_elsewhere(label, from)),
        (None, Some(from)) => return Err(label_is_elsewhere(label, from)),
        (Some(holder), None) if holder != to => {
            return Err(Fault::invalid_parameter(&format!(
                "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to \
                 version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
            )));
        }
        (Some(holder), _) if holder == to => return Ok(()),
        _ => {}
    }
    call.rows.attach(secret, label, to)?;
    if let (CURRENT, Some(former)) = (label, holder) {
        call.rows.attach(secret, PREVIOUS, &former)?;
    }
    check_label_count(call, secret)
}

fn remove_label(call: &Call<'_>, secret: &Secret, label: &str, from: Option<&str>) -> Result<(), Fault> {
    let Some(from) = from else {
        return Err(Fault::invalid_parameter(
            "You must provide MoveToVersionId, RemoveFromVersionId, or both.",
        ));
    };
    if label == CURRENT {
        return Err(Fault::invalid_parameter(
            "You can only move staging label AWSCURRENT to a different secret version. It can't be completely \
             removed.",
        ));
    }
    if call.rows.holder(secret, label)?.as_deref() != Some(from) {
        return Err(label_is_elsewhere(label, from));
    }
    Ok(call.rows.detach(secret, label)?)
}

fn label_is_elsewhere(label: &str, version_id: &str) -> Fault {
    Fault::invalid_parameter(&format!(
        "The staging label {label} is not attached to version {version_id}, which RemoveFromVersionId names."
    ))
}

/// Makes a new version the current one; the former keeps AWSPREVIOUS and nothing else.
pub fn put_current(call: &Call<'_>, secret: &Secret, version_id: &str) -> Result<(), Fault> {
    if let Some(former) = call.rows.holder(secret, CURRENT)? {
        call.rows.detach_all(secret, &former)?;
        call.rows.attach(secret, PREVIOUS, &former)?;
    }
    Ok(call.rows.attach(secret, CURRENT, version_id)?)
}

pub fn check_label_count(call: &Call<'_>, secret: &Secret) -> Result<(), Fault> {
    if call.rows.label_count(secret)? as usize > MAX_LABELS {
        return Err(Fault::limit_exceeded(&format!(
            "You can't attach more than {MAX_LABELS} staging labels to the versions of a secret."
        )));
    }
    Ok(())
}
