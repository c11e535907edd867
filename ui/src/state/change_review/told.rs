//! What is said of a change that is done.

use latchkey_domain::change::{Change, ChangeRecord, ItemReview, Part, Planned, StageChange, StagePreview};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::text::short_id;
use latchkey_domain::writes::WayOut;

pub(super) fn done_text(item: &ItemReview, now: Option<&SecretDetail>) -> String {
    let name = &item.name;
    let change = match &item.planned {
        Planned::Change { change, .. } => change,
        Planned::Labels(preview) => return moved_text(name, preview),
        _ => return format!("Changed {name}."),
    };
    match change {
        Change::Description { .. } => format!("Saved the description of {name}."),
        Change::KmsKey { .. } => sealed_text(name, now),
        Change::Tags { .. } => format!("Saved the tags of {name}."),
        Change::Delete { .. } => format!("Scheduled {name} for deletion."),
        Change::Restore => format!("Restored {name}."),
        Change::ConfigureRotation { rotate_immediately: true, .. } => {
            "Rotation is set up, and a rotation has started.".to_owned()
        }
        Change::ConfigureRotation { .. } => "Rotation is set up and on.".to_owned(),
        Change::RotateNow { .. } if is_retry(item) => "Retrying the rotation.".to_owned(),
        Change::RotateNow { .. } => "A rotation has started.".to_owned(),
        Change::CancelRotation => "Rotation is off. Its function and schedule are kept.".to_owned(),
    }
}

/// What a notice says of labels that were moved.
fn moved_text(name: &str, preview: &StagePreview) -> String {
    if let StageChange::Recover { way_out, .. } = &preview.moved.change {
        return match way_out {
            WayOut::Finish => format!("Finished the change to {name}."),
            WayOut::Withdraw => format!("Withdrew the change to {name}."),
        };
    }
    if let Some(target) = &preview.target {
        return format!("Version {} is now AWSCURRENT.", short_id(&target.version_id));
    }
    let Some(step) = preview.steps.last() else { return "The labels were restored.".to_owned() };
    match &step.to {
        Some(to) => format!("{} is now on {}.", step.label, short_id(to)),
        None => format!("{} was removed.", step.label),
    }
}

/// Whether there is a change that takes it back.
pub(super) fn has_undo(item: &ItemReview) -> bool {
    match &item.planned {
        Planned::Change { change, before, .. } => {
            ChangeRecord { change: change.clone(), before: before.clone() }.undo().is_ok()
        }
        Planned::Labels(_) => true,
        _ => false,
    }
}

/// Whether a rotation is one that did not end, called again.
pub fn is_retry(item: &ItemReview) -> bool {
    matches!(&item.planned, Planned::Change { before: Part::RotatedVersion { is_there: true }, .. })
}

/// The keys that AWS reports after a change: some versions may keep the old one.
pub(super) fn sealed_text(name: &str, now: Option<&SecretDetail>) -> String {
    let versions = now.map(|now| now.versions.as_slice()).unwrap_or_default();
    let labelled = versions.iter().filter(|version| !version.stages.is_empty());
    let told: Vec<String> = labelled
        .filter(|version| !version.kms_key_ids.is_empty())
        .map(|version| format!("{} under {}", version.stages.join(", "), version.kms_key_ids.join(", ")))
        .collect();
    if told.is_empty() {
        return format!(
            "Saved the encryption key of {name}. AWS does not report which key its versions are encrypted with."
        );
    }
    format!("Saved the encryption key of {name}. Encrypted now: {}.", told.join("; "))
}
